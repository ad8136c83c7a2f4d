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

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define HMAC_IPAD	0x36
#define HMAC_OPAD	0x5c
#define HMAC_SHORT	(SHA256_CBLOCK - 1 - 8)	/* with a bit and a length */

static const char	label_prefix[] = "ASMP/1 ";

static void	update_parts(SHA256_CTX *, const struct part *, size_t);
static void	hmac_pad(uint8_t *, const uint8_t *, size_t);
static void	hmac_half(SHA256_CTX *, uint8_t *, uint8_t);
static int	gather(uint8_t *, size_t *, const struct part *, size_t);
static void	last_block(uint8_t *, const SHA256_CTX *, uint8_t *, size_t);

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

/* The key as one block of the hash. */
static void
hmac_pad(uint8_t *pad, const uint8_t *key, size_t keylen)
{
	struct part	 p = { key, keylen };

	memset(pad, 0, SHA256_CBLOCK);
	if (keylen > SHA256_CBLOCK)
		sha256_parts(pad, &p, 1);
	else if (keylen != 0)
		memcpy(pad, key, keylen);
}

/* One hash of the two, after the block xored with mask. */
static void
hmac_half(SHA256_CTX *ctx, uint8_t *pad, uint8_t mask)
{
	size_t	 i;

	for (i = 0; i < SHA256_CBLOCK; i++)
		pad[i] ^= mask;
	SHA256_Init(ctx);
	SHA256_Update(ctx, pad, SHA256_CBLOCK);
}

/*
 * Prepare a key of any length for hmac_with(), which then does half of what
 * hmac_parts() does for a short message.  It is as secret as the key:
 * hmac_wipe() it.
 */
void
hmac_key(struct hmac *h, const uint8_t *key, size_t keylen)
{
	uint8_t	 pad[SHA256_CBLOCK];

	hmac_pad(pad, key, keylen);
	hmac_half(&h->inner, pad, HMAC_IPAD);
	hmac_half(&h->outer, pad, HMAC_IPAD ^ HMAC_OPAD);
	explicit_bzero(pad, sizeof(pad));
}

/* Gathers what fits into one block with its padding; 0, or -1: it does not. */
static int
gather(uint8_t *block, size_t *len, const struct part *parts, size_t nparts)
{
	size_t	 i, n = 0;

	for (i = 0; i < nparts; i++) {
		if (parts[i].len > HMAC_SHORT - n)
			return -1;
		if (parts[i].len != 0)
			memcpy(block + n, parts[i].data, parts[i].len);
		n += parts[i].len;
	}
	*len = n;
	return 0;
}

/*
 * The hash of a key's block and of the len bytes in another one, which is
 * padded here: the functions for messages in pieces take as long for such a
 * block as it takes to hash it.
 */
static void
last_block(uint8_t *out, const SHA256_CTX *key, uint8_t *block, size_t len)
{
	SHA256_CTX	 ctx;
	uint64_t	 bits = htobe64(8 * (SHA256_CBLOCK + len));
	uint32_t	 word;
	size_t		 i;

	memcpy(ctx.h, key->h, sizeof(ctx.h));
	memset(block + len, 0, SHA256_CBLOCK - len);
	block[len] = 0x80;
	memcpy(block + SHA256_CBLOCK - sizeof(bits), &bits, sizeof(bits));
	SHA256_Transform(&ctx, block);
	for (i = 0; i < ASMP_HASHLEN; i += sizeof(word)) {
		word = htobe32(ctx.h[i / sizeof(word)]);
		memcpy(out + i, &word, sizeof(word));
	}
	explicit_bzero(ctx.h, sizeof(ctx.h));
}

/* HMAC-SHA256 over the parts; out takes ASMP_HASHLEN and may be one of them. */
void
hmac_with(const struct hmac *h, uint8_t *out, const struct part *parts,
    size_t nparts)
{
	SHA256_CTX	 ctx;
	uint8_t		 block[SHA256_CBLOCK];
	size_t		 len;

	if (gather(block, &len, parts, nparts) == 0)
		last_block(block, &h->inner, block, len);
	else {
		ctx = h->inner;
		update_parts(&ctx, parts, nparts);
		SHA256_Final(block, &ctx);
		explicit_bzero(&ctx, sizeof(ctx));
	}
	last_block(out, &h->outer, block, ASMP_HASHLEN);
	explicit_bzero(block, sizeof(block));
}

/* Wipes a key that was made ready. */
void
hmac_wipe(struct hmac *h)
{
	explicit_bzero(h, sizeof(*h));
}

/*
 * HMAC-SHA256 over the parts with a key of any length (RFC 2104); out takes
 * ASMP_HASHLEN bytes and may be one of the parts.
 */
void
hmac_parts(uint8_t *out, const uint8_t *key, size_t keylen,
    const struct part *parts, size_t nparts)
{
	struct hmac	 h;

	hmac_key(&h, key, keylen);
	hmac_with(&h, out, parts, nparts);
	hmac_wipe(&h);
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
