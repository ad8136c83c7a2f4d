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
	    st->process < CTL_NPROCESSES ? 0 : -1;
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
	    is_string(d->role, sizeof(d->role)) &&
	    (d->state == CTL_DEVICE_ACTIVE || d->state == CTL_DEVICE_REVOKED)
	    && is_key(d) ? 0 : -1;
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
