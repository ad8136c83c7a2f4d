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
 * Tokens: an issuer's word on who a bearer is, in which role, until when
 * and for which gateway.  The body is public; its tag is the bearer's
 * secret, which proves and never travels, asmp(7).
 */

#include <errno.h>
#include <string.h>

#include "asmp_proto.h"

#define TOKEN_VERSION	1
#define TOKEN_FIXED	(3 + 8 + 8 + TOKEN_JTILEN)
#define TOKEN_MAX	(TOKEN_BODYMAX + ASMP_HASHLEN)	/* with its tag */

static const char	magic[] = "asmp-token-1 ";

static int	token_valid(const struct asmp_token *);

static int
token_valid(const struct asmp_token *t)
{
	return t->version == TOKEN_VERSION && t->not_before < t->expires &&
	    id_valid(t->audience) && id_valid(t->client);
}

/*
 * Write a token's body into TOKEN_BODYMAX bytes.  Returns its length, or 0
 * for a token that token_get() would not take.
 */
size_t
token_put(uint8_t *p, const struct asmp_token *t)
{
	size_t	 n = TOKEN_FIXED;

	if (!token_valid(t))
		return 0;
	p[0] = t->version;
	p[1] = t->key;
	p[2] = t->role;
	put_u64(p + 3, t->not_before);
	put_u64(p + 11, t->expires);
	memcpy(p + 19, t->jti, TOKEN_JTILEN);
	n += id_put(p + n, t->audience);
	return n + id_put(p + n, t->client);
}

/*
 * Read the len bytes of a token's body: version 1, ids that can be some, a
 * time that is not empty, nothing more.  Returns 0, or -1.  Whether any of
 * it is true is for the issuer's tag to say.
 */
int
token_get(struct asmp_token *t, const uint8_t *p, size_t len)
{
	struct cursor	 c;

	memset(t, 0, sizeof(*t));
	cursor_init(&c, p, len);
	t->version = cursor_u8(&c);
	t->key = cursor_u8(&c);
	t->role = cursor_u8(&c);
	t->not_before = cursor_u64(&c);
	t->expires = cursor_u64(&c);
	cursor_copy(&c, t->jti, sizeof(t->jti));
	if (cursor_id(&c, t->audience, sizeof(t->audience)) == -1 ||
	    cursor_id(&c, t->client, sizeof(t->client)) == -1 ||
	    !token_valid(t))
		return -1;
	return cursor_end(&c);
}

/*
 * The secret of a token's bearer: HMAC(issuer key, L("token") body) with the
 * issuer's ASMP_KEYLEN bytes; tag takes ASMP_HASHLEN.  Returns 0, or -1 with
 * errno EINVAL for a token that cannot be one.
 */
int
token_tag(uint8_t *tag, const uint8_t *key, const struct asmp_token *t)
{
	uint8_t		 label[LABELMAX], body[TOKEN_BODYMAX];
	struct part	 p[] = {
		{ label, label_put(label, sizeof(label), "token") },
		{ body, token_put(body, t) }
	};

	if (p[1].len == 0) {
		errno = EINVAL;
		return -1;
	}
	hmac_parts(tag, key, ASMP_KEYLEN, p, 2);
	return 0;
}

/*
 * A token and its tag as one line without its end, "asmp-token-1 " and
 * base64 of both; TOKEN_TEXTMAX bytes hold any.  The text is as secret as
 * the tag.  Returns 0, or -1 with errno EINVAL, no token, or ENOSPC.
 */
int
token_totext(char *out, size_t size, const struct asmp_token *t,
    const uint8_t *tag)
{
	uint8_t	 bin[TOKEN_MAX];
	size_t	 mlen = sizeof(magic) - 1, len;

	if ((len = token_put(bin, t)) == 0) {
		errno = EINVAL;
		return -1;
	}
	if (size < mlen + B64_LEN(len + ASMP_HASHLEN) + 1) {
		errno = ENOSPC;
		return -1;
	}
	memcpy(bin + len, tag, ASMP_HASHLEN);
	len += ASMP_HASHLEN;
	memcpy(out, magic, mlen);
	b64_encode(out + mlen, bin, len);
	explicit_bzero(bin, sizeof(bin));
	return 0;
}

/*
 * Read the line that token_totext() wrote, without its end, and nothing
 * else; tag takes ASMP_HASHLEN bytes.  Returns 0, or -1 with errno EINVAL.
 */
int
token_fromtext(struct asmp_token *t, uint8_t *tag, const char *text)
{
	uint8_t	 bin[TOKEN_MAX];
	size_t	 mlen = sizeof(magic) - 1, len;
	int	 r = -1;

	if (strncmp(text, magic, mlen) != 0 || b64_decode(bin, sizeof(bin),
	    &len, text + mlen, strlen(text + mlen)) == -1 ||
	    len < ASMP_HASHLEN || token_get(t, bin, len - ASMP_HASHLEN) == -1)
		goto done;
	memcpy(tag, bin + len - ASMP_HASHLEN, ASMP_HASHLEN);
	r = 0;
done:
	explicit_bzero(bin, sizeof(bin));
	if (r == -1)
		errno = EINVAL;
	return r;
}
