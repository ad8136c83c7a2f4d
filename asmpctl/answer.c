/*
 * Copyright (c) 2026 The asmpd developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * What asmpd says, checked before anything is made of it: sizes, ends of
 * strings, ranges.  A daemon that was taken over gains nothing here.
 */

#include <string.h>

#include "asmpctl.h"
#include "ipc.h"

static int
is_string(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static int
is_id(const char *s, size_t size)
{
	return is_string(s, size) && id_valid(s);
}

/* Each of these takes one message: 0, or -1 if it is not what it says. */
int
answer_status(struct imsg *imsg, struct ctl_status *st)
{
	return imsg_get_data(imsg, st, sizeof(*st)) == 0 &&
	    st->process < CTL_NPROCESSES && st->pid > 0 &&
	    is_string(st->trouble, sizeof(st->trouble)) ? 0 : -1;
}

/* See answer_status(). */
int
answer_session(struct imsg *imsg, struct ctl_session *s)
{
	return imsg_get_data(imsg, s, sizeof(*s)) == 0 &&
	    is_id(s->device, sizeof(s->device)) &&
	    is_string(s->address, sizeof(s->address)) ? 0 : -1;
}

/* Whether the key is one of its kind, so that it can be written as text. */
static int
is_key(const struct ctl_device *d)
{
	struct ident_pub	 pub;

	switch (d->kind) {
	case ASMP_KIND_SIGNATURE:
		device_pubkey(d, &pub);
		return d->keylen != 0 && d->keylen == ident_publen(pub.alg) &&
		    ident_pub_check(&pub) == 0;
	case ASMP_KIND_PSK:
	case ASMP_KIND_TOKEN:
		return d->keylen == 0;
	case ASMP_KIND_KEM:
		return d->keylen == MLKEM768_EKLEN &&
		    mlkem768_check_ek(d->key) == 0;
	default:
		return 0;
	}
}

/* Whether a role is one that a list can name, or none. */
static int
is_role(const char *s, size_t size)
{
	struct enrolment	 e;

	return is_string(s, size) && (s[0] == '\0' ||
	    enrolment_setrole(&e, s) == NULL);
}

/* See answer_status(); it ends with its key. */
int
answer_device(struct imsg *imsg, struct ctl_device *d)
{
	struct ibuf	 buf;

	memset(d, 0, sizeof(*d));
	if (imsg_get_ibuf(imsg, &buf) == -1 ||
	    ibuf_get(&buf, d, CTL_DEVICE_HEAD) == -1 ||
	    d->keylen > sizeof(d->key) || ibuf_size(&buf) != d->keylen ||
	    ibuf_get(&buf, d->key, d->keylen) == -1)
		return -1;
	return is_id(d->id, sizeof(d->id)) &&
	    is_role(d->role, sizeof(d->role)) &&
	    state_name(d->state) != NULL && is_key(d) ? 0 : -1;
}

/* See answer_status(). */
int
answer_rotation(struct imsg *imsg, struct ctl_rotation *r)
{
	return imsg_get_data(imsg, r, sizeof(*r)) == 0 &&
	    is_id(r->id, sizeof(r->id)) &&
	    is_string(r->key, sizeof(r->key)) &&
	    is_string(r->oldkey, sizeof(r->oldkey)) &&
	    (r->kind == ASMP_KIND_SIGNATURE || r->kind == ASMP_KIND_PSK) &&
	    r->session <= CTL_KEY_NEW ? 0 : -1;
}

/* See answer_status(); a refused device may have named no id. */
int
answer_event(struct imsg *imsg, struct ctl_event *ev)
{
	return imsg_get_data(imsg, ev, sizeof(*ev)) == 0 &&
	    event_name(ev->kind) != NULL &&
	    is_string(ev->device, sizeof(ev->device)) &&
	    is_string(ev->address, sizeof(ev->address)) &&
	    is_string(ev->text, sizeof(ev->text)) ? 0 : -1;
}

/*
 * A message and the *len bytes behind it, one of its own members, which are
 * for as long as the message is.
 */
static int
take_with(struct imsg *imsg, void *head, size_t size, const uint32_t *len,
    const char **rest)
{
	struct ibuf	 buf;

	if (imsg_get_ibuf(imsg, &buf) == -1 ||
	    ibuf_get(&buf, head, size) == -1 || ibuf_size(&buf) != *len)
		return -1;
	*rest = ibuf_data(&buf);
	return 0;
}

/*
 * See answer_status(); its text, of r->len bytes, is for as long as the
 * message is.
 */
int
answer_reading(struct imsg *imsg, struct ctl_reading *r, const char **text)
{
	return take_with(imsg, r, sizeof(*r), &r->len, text) == 0 &&
	    r->position != 0 && (r->device[0] == '\0' ||
	    is_id(r->device, sizeof(r->device))) ? 0 : -1;
}

/* See answer_reading(). */
int
answer_audit(struct imsg *imsg, struct ctl_audit *r, const char **text)
{
	return take_with(imsg, r, sizeof(*r), &r->len, text) == 0 &&
	    r->position != 0 && is_string(r->type, sizeof(r->type)) &&
	    is_string(r->device, sizeof(r->device)) &&
	    is_string(r->gateway, sizeof(r->gateway)) ? 0 : -1;
}

/* See answer_reading(); the note has its NUL. */
int
answer_mark(struct imsg *imsg, struct ctl_mark *m, const char **note)
{
	return take_with(imsg, m, sizeof(*m), &m->len, note) == 0 &&
	    m->position != 0 && is_string(*note, m->len) ? 0 : -1;
}

/* See answer_reading(); what follows is as long as its counts say. */
int
answer_sealed(struct imsg *imsg, struct ctl_sealed *s, const uint8_t **data)
{
	struct ibuf	 buf;

	if (imsg_get_ibuf(imsg, &buf) == -1 ||
	    ibuf_get(&buf, s, sizeof(*s)) == -1)
		return -1;
	*data = ibuf_data(&buf);
	return s->position != 0 && s->textlen <= ASMP_PAYLOAD_MAX &&
	    s->rawlen <= ASMP_PAYLOAD_MAX &&
	    s->recordlen <= SEAL_RECORD_MAX && s->keylen <= ASMP_PUBMAX &&
	    s->nleaves <= ASMP_SEAL_FRAMES && s->npath <= MERKLE_PROOFMAX &&
	    s->place >= 1 && s->place <= s->nleaves &&
	    ibuf_size(&buf) == s->textlen + s->rawlen + s->recordlen +
	    s->keylen + s->nleaves * sizeof(struct vs_leaf) +
	    s->npath * (size_t)ASMP_HASHLEN ? 0 : -1;
}

/* See answer_status(). */
int
answer_note(struct imsg *imsg, struct ctl_note *note)
{
	return imsg_get_data(imsg, note, sizeof(*note)) == 0 &&
	    is_string(note->text, sizeof(note->text)) &&
	    is_string(note->key, sizeof(note->key)) ? 0 : -1;
}

/* See answer_status(); keys are in range and ids are some. */
int
answer_devkey(struct imsg *imsg, struct ctl_devkey *k)
{
	return imsg_get_data(imsg, k, sizeof(*k)) == 0 && k->number != 0 &&
	    k->keylen <= sizeof(k->key) &&
	    k->sealedlen <= sizeof(k->sealed) &&
	    is_id(k->device, sizeof(k->device)) &&
	    is_string(k->gateway, sizeof(k->gateway)) ? 0 : -1;
}

/* See answer_status(). */
int
answer_activity(struct imsg *imsg, struct ctl_activity *a)
{
	return imsg_get_data(imsg, a, sizeof(*a)) == 0 &&
	    is_id(a->device, sizeof(a->device)) ? 0 : -1;
}

/* A message and len bytes of names behind it, each with its end. */
static int
take_names(struct imsg *imsg, void *head, size_t size, const uint32_t *len,
    const char **names)
{
	return take_with(imsg, head, size, len, names) == 0 &&
	    (*len == 0 || (*names)[*len - 1] == '\0') ? 0 : -1;
}

/* See answer_status(); the names are for as long as the message is. */
int
answer_statistics(struct imsg *imsg, struct ctl_statistics *s,
    const char **names)
{
	return take_names(imsg, s, sizeof(*s), &s->len, names);
}

/* The same; the first two names, its URI and its own, are there. */
int
answer_database(struct imsg *imsg, struct ctl_database *d, const char **names)
{
	if (take_names(imsg, d, sizeof(*d), &d->len, names) == -1 ||
	    !is_string(d->engine, sizeof(d->engine)) ||
	    !is_string(d->trouble, sizeof(d->trouble)) || d->len == 0)
		return -1;
	return strlen(*names) + 1 < d->len ? 0 : -1;
}

/* See answer_status(). */
int
answer_page(struct imsg *imsg, struct ctl_page *page)
{
	return imsg_get_data(imsg, page, sizeof(*page));
}

/* See answer_status(). */
int
answer_result(struct imsg *imsg, struct ctl_result *res)
{
	return imsg_get_data(imsg, res, sizeof(*res)) == 0 &&
	    res->code <= CTL_FAILED &&
	    is_string(res->text, sizeof(res->text)) ? 0 : -1;
}

/* The result of an answer that did not come: RESULT_LOST or _BROKEN. */
void
answer_local(struct ctl_result *res, uint32_t code)
{
	memset(res, 0, sizeof(*res));
	res->code = code;
	strlcpy(res->text, code == RESULT_LOST ? "asmpd closed the connection "
	    "before its answer was complete; its log may tell why" :
	    "asmpd answered something else than it was asked; is asmpctl of "
	    "the same version?", sizeof(res->text));
}

/* The exit status that goes with a result. */
int
answer_exit(const struct ctl_result *res)
{
	if (res->code == CTL_OK)
		return EXIT_DONE;
	return res->code <= CTL_FAILED ? EXIT_REFUSED : EXIT_LOCAL;
}
