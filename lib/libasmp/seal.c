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
 * Seals: a device's one signature over a run of DATA frames, which lets any
 * single reading be shown to a stranger without a session key, asmp(7).
 */

#include <errno.h>
#include <string.h>

#include "asmp_proto.h"

/* L("seal"), T, the numbers, C, P, s(device id), key id. */
#define SEAL_TEXTMAX	(LABELMAX + ASMP_HASHLEN + SEAL_NUMBERS + \
			    2 * ASMP_HASHLEN + 1 + ASMP_IDMAX + ASMP_HASHLEN)

static void	numbers_put(uint8_t *, const struct seal *);
static void	numbers_take(struct cursor *, struct seal *);
static size_t	text_put(uint8_t *, const struct ident_pub *, const uint8_t *,
		    const struct seal *, const char *);

/*
 * What hides a frame's plaintext in its leaf, HMAC(blindkey, header), until
 * it is shown to somebody; out takes ASMP_HASHLEN bytes, header is of
 * ASMP_HDRLEN, blindkey the ASMP_KEYLEN bytes after hmac_key().
 */
void
seal_blind(uint8_t *out, const struct hmac *blindkey, const uint8_t *header)
{
	struct part	 p = { header, ASMP_HDRLEN };

	hmac_with(blindkey, out, &p, 1);
}

/* The leaf of a frame of which the blind is known, else as seal_leaf(). */
void
seal_leaf_shown(uint8_t *out, const uint8_t *blind, const uint8_t *header,
    const uint8_t *plaintext, size_t len)
{
	struct part	 p[] = {
		{ blind, ASMP_HASHLEN },
		{ header, ASMP_HDRLEN },
		{ plaintext, len }
	};

	sha256_parts(out, p, 3);
}

/*
 * The leaf of one DATA frame: H(blind || header || plaintext).  out takes
 * ASMP_HASHLEN bytes; blindkey is of ASMP_KEYLEN, header of ASMP_HDRLEN,
 * plaintext of len bytes.
 */
void
seal_leaf(uint8_t *out, const uint8_t *blindkey, const uint8_t *header,
    const uint8_t *plaintext, size_t len)
{
	struct hmac	 key;
	uint8_t		 blind[ASMP_HASHLEN];

	hmac_key(&key, blindkey, ASMP_KEYLEN);
	seal_blind(blind, &key, header);
	hmac_wipe(&key);
	seal_leaf_shown(out, blind, header, plaintext, len);
	explicit_bzero(blind, sizeof(blind));
}

static void
numbers_put(uint8_t *p, const struct seal *s)
{
	put_u64(p, s->number);
	put_u32(p + 8, s->epoch);
	put_u64(p + 12, s->first);
	put_u64(p + 20, s->last);
	put_u16(p + 28, s->count);
}

/* What the signature covers, in SEAL_TEXTMAX bytes; 0: no such id. */
static size_t
text_put(uint8_t *out, const struct ident_pub *pub, const uint8_t *t,
    const struct seal *s, const char *id)
{
	uint8_t	*p = out;
	size_t	 n;

	if (!id_valid(id)) {
		errno = EINVAL;
		return 0;
	}
	p += label_put(p, LABELMAX, "seal");
	memcpy(p, t, ASMP_HASHLEN);
	p += ASMP_HASHLEN;
	numbers_put(p, s);
	p += SEAL_NUMBERS;
	memcpy(p, s->c, ASMP_HASHLEN);
	memcpy(p + ASMP_HASHLEN, s->p, ASMP_HASHLEN);
	p += 2 * ASMP_HASHLEN;
	n = id_put(p, id);
	ident_keyid(pub, p + n);
	return (size_t)(p - out) + n + ASMP_HASHLEN;
}

/*
 * Sign a seal of the session with transcript hash t by the device of this
 * id; sig gets ident_siglen() bytes.  Returns 0, or -1 with errno EINVAL,
 * no such id, or as of ident_sign().
 */
int
seal_sign(const struct ident *ident, uint8_t *sig, const uint8_t *t,
    const struct seal *s, const char *id)
{
	uint8_t		 text[SEAL_TEXTMAX];
	struct part	 p = { text, 0 };

	if ((p.len = text_put(text, ident_public(ident), t, s, id)) == 0)
		return -1;
	return ident_sign(ident, sig, &p, 1);
}

/* Whether that seal holds; 0, or -1 with errno as of ident_verify(). */
int
seal_verify(const struct ident_pub *pub, const uint8_t *sig, size_t siglen,
    const uint8_t *t, const struct seal *s, const char *id)
{
	uint8_t		 text[SEAL_TEXTMAX];
	struct part	 p = { text, 0 };

	if ((p.len = text_put(text, pub, t, s, id)) == 0)
		return -1;
	return ident_verify(pub, sig, siglen, &p, 1);
}

/*
 * Write what the log of readings has of a seal into SEAL_RECORD_MAX bytes,
 * the data of its leaf.  Returns the length, or 0 when id or algorithm
 * cannot be one.
 */
size_t
seal_record_put(uint8_t *out, const struct seal_record *r)
{
	uint8_t	*p = out;
	size_t	 siglen = ident_siglen(r->alg);

	if (!id_valid(r->id) || siglen == 0)
		return 0;
	p += label_put(p, LABELMAX, "log seal");
	put_u64(p, r->received);
	p += 8;
	p += id_put(p, r->id);
	*p++ = r->alg;
	memcpy(p, r->keyid, ASMP_HASHLEN);
	memcpy(p + ASMP_HASHLEN, r->t, ASMP_HASHLEN);
	p += 2 * ASMP_HASHLEN;
	numbers_put(p, &r->seal);
	p += SEAL_NUMBERS;
	memcpy(p, r->seal.c, ASMP_HASHLEN);
	memcpy(p + ASMP_HASHLEN, r->seal.p, ASMP_HASHLEN);
	p += 2 * ASMP_HASHLEN;
	memcpy(p, r->sig, siglen);
	return (size_t)(p - out) + siglen;
}

static void
numbers_take(struct cursor *c, struct seal *s)
{
	s->number = cursor_u64(c);
	s->epoch = cursor_u32(c);
	s->first = cursor_u64(c);
	s->last = cursor_u64(c);
	s->count = cursor_u16(c);
}

/* Read what seal_record_put() wrote; 0, or -1.  Nothing of it is believed. */
int
seal_record_get(struct seal_record *r, const uint8_t *p, size_t len)
{
	struct cursor	 c;
	const uint8_t	*label;
	uint8_t		 want[LABELMAX];
	size_t		 n = label_put(want, sizeof(want), "log seal");

	memset(r, 0, sizeof(*r));
	cursor_init(&c, p, len);
	if ((label = cursor_take(&c, n)) == NULL ||
	    memcmp(label, want, n) != 0)
		return -1;
	r->received = cursor_u64(&c);
	if (cursor_id(&c, r->id, sizeof(r->id)) == -1 || !id_valid(r->id))
		return -1;
	r->alg = cursor_u8(&c);
	cursor_copy(&c, r->keyid, sizeof(r->keyid));
	cursor_copy(&c, r->t, sizeof(r->t));
	numbers_take(&c, &r->seal);
	cursor_copy(&c, r->seal.c, sizeof(r->seal.c));
	cursor_copy(&c, r->seal.p, sizeof(r->seal.p));
	if (c.bad || c.left == 0 || c.left != ident_siglen(r->alg))
		return -1;
	cursor_copy(&c, r->sig, c.left);
	return cursor_end(&c);
}
