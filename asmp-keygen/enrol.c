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


/* The line that tells a gateway of a device. */

#include <sys/types.h>

#include <err.h>
#include <string.h>

#include "asmp-keygen.h"

static void
enrol_pub(struct enrolment *e, const struct ident_pub *pub)
{
	e->kind = ASMP_KIND_SIGNATURE;
	e->alg = (uint8_t)pub->alg;
	e->keylen = (uint16_t)ident_publen(pub->alg);
	memcpy(e->key, pub->key, e->keylen);
}

static void
enrol_kem(struct enrolment *e, const uint8_t *ek)
{
	e->kind = ASMP_KIND_KEM;
	e->keylen = MLKEM768_EKLEN;
	memcpy(e->key, ek, MLKEM768_EKLEN);
}

/* A token names its client, and a role that the client is given too. */
static void
enrol_token(struct enrolment *e, const struct asmp_token *t,
    const struct options *o)
{
	const char	*role = role_name(t->role);

	e->kind = ASMP_KIND_TOKEN;
	if (o->operand != NULL && strcmp(o->operand, t->client) != 0)
		errx(1, "%s: is a token of client %s", o->file, t->client);
	(void)strlcpy(e->id, t->client, sizeof(e->id));
	if (role != NULL)
		(void)strlcpy(e->role, role, sizeof(e->role));
}

static void
enrol_secret(struct enrolment *e, const struct secret *s,
    const struct options *o)
{
	switch (s->kind) {
	case SECRET_TOKEN:
		enrol_token(e, &s->token, o);
		break;
	case SECRET_PSK:
		e->kind = ASMP_KIND_PSK;
		e->keylen = (uint16_t)s->len;
		memcpy(e->key, s->key, s->len);
		break;
	default:
		errx(1, "%s: is %s, which is no device's", o->file,
		    secret_name(s->kind));
	}
}

static void
enrol_options(struct enrolment *e, const struct options *o)
{
	const char	*why;

	if (o->role != NULL && (why = enrolment_setrole(e, o->role)) != NULL)
		errx(1, "%s: %s", o->role, why);
	if (o->profiles != NULL &&
	    (why = enrolment_setprofiles(e, o->profiles)) != NULL)
		errx(1, "%s: %s", o->profiles, why);
}

/* Print the line of the device whose key is in a file. */
void
enrol(const struct options *o)
{
	struct content		 c;
	struct enrolment	 e;
	char			 line[ENROLMENT_TEXTMAX + 1];	/* its end */

	memset(&e, 0, sizeof(e));
	content_load(&c, o->file);
	if (c.npins > 0)
		errx(1, "%s: is a gateway's pin file, no device's key",
		    o->file);
	if (c.kem)
		enrol_kem(&e, c.ek);
	else if (c.secret.kind == 0)
		enrol_pub(&e, &c.pub);
	else
		enrol_secret(&e, &c.secret, o);
	if (e.kind != ASMP_KIND_TOKEN)
		id_offile(e.id, o, "device");
	enrol_options(&e, o);
	if (e.kind == ASMP_KIND_PSK)
		out_check(o->clear);
	if (enrolment_totext(line, sizeof(line) - 1, &e) == -1)
		err(1, "%s", o->file);
	explicit_bzero(&c, sizeof(c));
	explicit_bzero(&e, sizeof(e));
	out_line(line, sizeof(line));
}
