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
 * ChaCha20-Poly1305 (RFC 8439): with the context of a pool, which allocates
 * nothing, or with one of its own for who has no pool.
 */

#include <openssl/err.h>

#include <errno.h>

#include "aead_local.h"

static EVP_CIPHER_CTX	*begin(void);
static void		 end(EVP_CIPHER_CTX *);

static EVP_CIPHER_CTX *
begin(void)
{
	EVP_CIPHER_CTX	*ctx;

	if ((ctx = EVP_CIPHER_CTX_new()) != NULL && EVP_EncryptInit_ex(ctx,
	    EVP_chacha20_poly1305(), NULL, NULL, NULL) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	errno = ENOMEM;
	return NULL;
}

static void
end(EVP_CIPHER_CTX *ctx)
{
	int	 saved = errno;

	EVP_CIPHER_CTX_free(ctx);
	burn_stack();
	errno = saved;
}

/*
 * Seal inlen bytes under a 32-byte key and a 12-byte nonce, with adlen bytes
 * authenticated beside them; out gets inlen + ASMP_TAGLEN bytes and may be
 * in.  Returns 0, or -1 with errno EMSGSIZE, ENOMEM or EIO.
 */
int
chapoly_seal(uint8_t *out, const uint8_t *key, const uint8_t *nonce,
    const uint8_t *in, size_t inlen, const uint8_t *ad, size_t adlen)
{
	EVP_CIPHER_CTX	*ctx;
	int		 r;

	if ((ctx = begin()) == NULL)
		return -1;
	r = ctx_seal(ctx, out, key, nonce, in, inlen, ad, adlen);
	end(ctx);
	return r;
}

/*
 * Open what chapoly_seal() made; out gets inlen - ASMP_TAGLEN bytes and may
 * be in.  Returns 0, or -1 with errno EBADMSG, EMSGSIZE, EIO (out wiped) or
 * ENOMEM.
 */
int
chapoly_open(uint8_t *out, const uint8_t *key, const uint8_t *nonce,
    const uint8_t *in, size_t inlen, const uint8_t *ad, size_t adlen)
{
	EVP_CIPHER_CTX	*ctx;
	int		 r;

	if ((ctx = begin()) == NULL)
		return -1;
	r = ctx_open(ctx, out, key, nonce, in, inlen, ad, adlen);
	end(ctx);
	return r;
}

/* chapoly_seal() with a pool, which has memory already: no ENOMEM. */
int
pool_seal(struct aead_pool *pool, uint8_t *out, const uint8_t *key,
    const uint8_t *nonce, const uint8_t *in, size_t inlen, const uint8_t *ad,
    size_t adlen)
{
	int	 r;

	r = ctx_seal(pool_take(pool, POOL_CHAPOLY), out, key, nonce, in,
	    inlen, ad, adlen);
	pool_done(pool);
	return r;
}

/* chapoly_open() likewise. */
int
pool_open(struct aead_pool *pool, uint8_t *out, const uint8_t *key,
    const uint8_t *nonce, const uint8_t *in, size_t inlen, const uint8_t *ad,
    size_t adlen)
{
	int	 r;

	r = ctx_open(pool_take(pool, POOL_CHAPOLY), out, key, nonce, in,
	    inlen, ad, adlen);
	pool_done(pool);
	return r;
}
