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
 * SHA-256, HMAC (RFC 2104) and HKDF (RFC 5869) over messages in pieces.
 * HMAC is built on the plain hash functions because libcrypto's own, through
 * EVP, costs several times as much and may fail.  SHA256_Init, _Update and
 * _Final cannot: their result is not looked at.
 */

#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define HMAC_IPAD	0x36
#define HMAC_OPAD	0x5c

static const char	label_prefix[] = "ASMP/1 ";

static void	update_parts(SHA256_CTX *, const struct part *, size_t);
static void	hmac_pad(uint8_t *, const uint8_t *, size_t);

static void
update_parts(SHA256_CTX *ctx, const struct part *parts, size_t nparts)
{
	size_t	 i;

	for (i = 0; i < nparts; i++) {
		if (parts[i].len != 0)
			SHA256_Update(ctx, parts[i].data, parts[i].len);
	}
}

/* SHA-256 over the parts one after the other; out takes ASMP_HASHLEN. */
void
sha256_parts(uint8_t *out, const struct part *parts, size_t nparts)
{
	SHA256_CTX	 ctx;

	SHA256_Init(&ctx);
	update_parts(&ctx, parts, nparts);
	SHA256_Final(out, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
}

/* The key as one block of the hash, xored with the inner pad. */
static void
hmac_pad(uint8_t *pad, const uint8_t *key, size_t keylen)
{
	struct part	 p = { key, keylen };
	size_t		 i;

	memset(pad, 0, SHA256_CBLOCK);
	if (keylen > SHA256_CBLOCK)
		sha256_parts(pad, &p, 1);
	else if (keylen != 0)
		memcpy(pad, key, keylen);
	for (i = 0; i < SHA256_CBLOCK; i++)
		pad[i] ^= HMAC_IPAD;
}

/*
 * HMAC-SHA256 over the parts with a key of any length (RFC 2104); out takes
 * ASMP_HASHLEN bytes and may be one of the parts.
 */
void
hmac_parts(uint8_t *out, const uint8_t *key, size_t keylen,
    const struct part *parts, size_t nparts)
{
	SHA256_CTX	 ctx;
	uint8_t		 pad[SHA256_CBLOCK], inner[ASMP_HASHLEN];
	size_t		 i;

	hmac_pad(pad, key, keylen);
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, pad, sizeof(pad));
	update_parts(&ctx, parts, nparts);
	SHA256_Final(inner, &ctx);
	for (i = 0; i < sizeof(pad); i++)
		pad[i] ^= HMAC_IPAD ^ HMAC_OPAD;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, pad, sizeof(pad));
	SHA256_Update(&ctx, inner, sizeof(inner));
	SHA256_Final(out, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(pad, sizeof(pad));
	explicit_bzero(inner, sizeof(inner));
}

/* HKDF-Extract (RFC 5869, section 2.2); out takes ASMP_HASHLEN bytes. */
void
kdf_extract(uint8_t *out, const uint8_t *salt, size_t saltlen,
    const uint8_t *ikm, size_t ikmlen)
{
	struct part	 p = { ikm, ikmlen };

	hmac_parts(out, salt, saltlen, &p, 1);
}

/*
 * Write L(label), "ASMP/1 ", the label and a NUL, into the size bytes at
 * out and return its length.  Labels are constants of this code: one that
 * does not fit is a bug that no caller could make good.
 */
size_t
label_put(uint8_t *out, size_t size, const char *label)
{
	size_t	 plen = sizeof(label_prefix) - 1;
	size_t	 llen = strlen(label) + 1;

	if (size < plen || size - plen < llen)
		abort();
	memcpy(out, label_prefix, plen);
	memcpy(out + plen, label, llen);
	return plen + llen;
}

/*
 * HKDF-Expand (RFC 5869, section 2.3) to one block, with L(label) || ctx as
 * info: 32 bytes out of the 32 bytes at prk.
 */
void
kdf_expand(uint8_t *out, const uint8_t *prk, const char *label,
    const uint8_t *ctx, size_t ctxlen)
{
	uint8_t		 info[LABELMAX];
	const uint8_t	 counter = 1;
	struct part	 p[] = {
		{ info, label_put(info, sizeof(info), label) },
		{ ctx, ctxlen },
		{ &counter, sizeof(counter) }
	};

	hmac_parts(out, prk, ASMP_HASHLEN, p, 3);
}
