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
#define SEAL_NUMBERS	(8 + 4 + 8 + 8 + 2)
#define SEAL_TEXTMAX	(LABELMAX + ASMP_HASHLEN + SEAL_NUMBERS + \
			    2 * ASMP_HASHLEN + 1 + ASMP_IDMAX + ASMP_HASHLEN)

static void	numbers_put(uint8_t *, const struct seal *);
static size_t	text_put(uint8_t *, const struct ident_pub *, const uint8_t *,
		    const struct seal *, const char *);

/*
 * The leaf of one DATA frame: H(blind || header || plaintext), where blind
 * is HMAC(blindkey, header).  out takes ASMP_HASHLEN bytes; blindkey is of
 * ASMP_KEYLEN, header of ASMP_HDRLEN, plaintext of len bytes.
 */
void
seal_leaf(uint8_t *out, const uint8_t *blindkey, const uint8_t *header,
    const uint8_t *plaintext, size_t len)
{
	uint8_t		 blind[ASMP_HASHLEN];
	struct part	 p[] = {
		{ blind, sizeof(blind) },
		{ header, ASMP_HDRLEN },
		{ plaintext, len }
	};

	hmac_parts(blind, blindkey, ASMP_KEYLEN, &p[1], 1);
	sha256_parts(out, p, 3);
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
