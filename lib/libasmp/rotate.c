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
 * ROTATE: a device gives itself another key in its session, asmp(7).  Both
 * keys sign over A = T1 || H(body) of the handshake that opened it, so that
 * what they say is of no use anywhere else.
 */

#include <string.h>

#include "asmp_proto.h"

#define NPARTS	6		/* the most that one signature covers */

static size_t	new_parts(struct part *, uint8_t *, uint8_t *, uint8_t *,
		    const struct ident_pub *, const uint8_t *,
		    const uint8_t *, const char *);
static size_t	old_parts(struct part *, uint8_t *, uint8_t *, uint8_t *,
		    const struct ident_pub *, const uint8_t *,
		    const uint8_t *, const char *);

/* L("rotate new"), T1, H(body), s(device id), key id of the old key. */
static size_t
new_parts(struct part *p, uint8_t *label, uint8_t *sid, uint8_t *keyid,
    const struct ident_pub *old, const uint8_t *t1, const uint8_t *hbody,
    const char *id)
{
	ident_keyid(old, keyid);
	p[0] = (struct part){ label,
	    label_put(label, LABELMAX, "rotate new") };
	p[1] = (struct part){ t1, ASMP_HASHLEN };
	p[2] = (struct part){ hbody, ASMP_HASHLEN };
	p[3] = (struct part){ sid, id_put(sid, id) };
	p[4] = (struct part){ keyid, ASMP_HASHLEN };
	return 5;
}

/* L("rotate old"), T1, H(body), s(device id), algorithm, new key. */
static size_t
old_parts(struct part *p, uint8_t *label, uint8_t *sid, uint8_t *alg,
    const struct ident_pub *new, const uint8_t *t1, const uint8_t *hbody,
    const char *id)
{
	*alg = (uint8_t)new->alg;
	p[0] = (struct part){ label,
	    label_put(label, LABELMAX, "rotate old") };
	p[1] = (struct part){ t1, ASMP_HASHLEN };
	p[2] = (struct part){ hbody, ASMP_HASHLEN };
	p[3] = (struct part){ sid, id_put(sid, id) };
	p[4] = (struct part){ alg, 1 };
	p[5] = (struct part){ new->key, ident_publen(new->alg) };
	return NPARTS;
}

/*
 * Write a device's ROTATE, ROTATE_MAX bytes hold any, from one with all of
 * its fields.  Returns its length.
 */
size_t
rotate_put(uint8_t *out, const struct rotate *r)
{
	size_t	 publen = ident_publen(r->pub.alg);
	uint8_t	*p = out;

	*p++ = (uint8_t)r->pub.alg;
	memcpy(p, r->pub.key, publen);
	p += publen;
	memcpy(p, r->newsig, r->newlen);
	p += r->newlen;
	memcpy(p, r->oldsig, r->oldlen);
	return (size_t)(p - out) + r->oldlen;
}

/*
 * Read a device's ROTATE of len bytes.  Returns 0, or -1 when it is none; the
 * key in it is only known to have the length of its algorithm.
 */
int
rotate_get(struct rotate *r, const uint8_t *plain, size_t len)
{
	struct cursor	 c;
	size_t		 publen;

	memset(r, 0, sizeof(*r));
	cursor_init(&c, plain, len);
	r->pub.alg = cursor_u8(&c);
	if (c.bad || (publen = ident_publen(r->pub.alg)) == 0)
		return -1;
	cursor_copy(&c, r->pub.key, publen);
	r->newlen = ident_siglen(r->pub.alg);
	cursor_copy(&c, r->newsig, r->newlen);
	if (c.bad || c.left == 0 || c.left > sizeof(r->oldsig))
		return -1;
	r->oldlen = c.left;
	cursor_copy(&c, r->oldsig, r->oldlen);
	return cursor_end(&c);
}

/*
 * Make a ROTATE by which the device id goes over from one key to another, in
 * the session of T1 and H(body).  Returns 0, or -1 with errno as of
 * ident_sign().
 */
int
rotate_sign(struct rotate *r, const struct ident *new,
    const struct ident *old, const uint8_t *t1, const uint8_t *hbody,
    const char *id)
{
	struct part	 p[NPARTS];
	uint8_t		 label[LABELMAX], sid[1 + ASMP_IDMAX];
	uint8_t		 with[ASMP_HASHLEN];
	size_t		 n;

	memset(r, 0, sizeof(*r));
	r->pub = *ident_public(new);
	r->newlen = ident_siglen(r->pub.alg);
	r->oldlen = ident_siglen(ident_public(old)->alg);
	n = new_parts(p, label, sid, with, ident_public(old), t1, hbody, id);
	if (ident_sign(new, r->newsig, p, n) == -1)
		return -1;
	n = old_parts(p, label, sid, with, &r->pub, t1, hbody, id);
	return ident_sign(old, r->oldsig, p, n);
}

/*
 * Whether both keys have signed this ROTATE of the device id, whose key is
 * old, in the session of T1 and H(body); 0 or -1.
 */
int
rotate_verify(const struct rotate *r, const struct ident_pub *old,
    const uint8_t *t1, const uint8_t *hbody, const char *id)
{
	struct part	 p[NPARTS];
	uint8_t		 label[LABELMAX], sid[1 + ASMP_IDMAX];
	uint8_t		 with[ASMP_HASHLEN];
	size_t		 n;

	if (ident_pub_check(&r->pub) == -1)
		return -1;
	n = old_parts(p, label, sid, with, &r->pub, t1, hbody, id);
	if (ident_verify(old, r->oldsig, r->oldlen, p, n) == -1)
		return -1;
	n = new_parts(p, label, sid, with, old, t1, hbody, id);
	return ident_verify(&r->pub, r->newsig, r->newlen, p, n);
}
