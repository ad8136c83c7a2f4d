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
 * The contexts of a pool that all records share.  None is allocated for a
 * record: so none is wanting when memory is.  What a record leaves in one is
 * wiped after it or, for whoever has many at hand, after all of them.
 */

#include <openssl/err.h>

#include <errno.h>

#include "aead_local.h"

static EVP_CIPHER_CTX	*shared_new(const EVP_CIPHER *);
static int		 blank(EVP_CIPHER_CTX *, enum pool_cipher);

static const uint8_t	 zero[ASMP_KEYLEN];	/* a key, and any IV */

/* With a key of no meaning, so that a record's need not be set twice. */
static EVP_CIPHER_CTX *
shared_new(const EVP_CIPHER *cipher)
{
	EVP_CIPHER_CTX	*ctx;

	if ((ctx = EVP_CIPHER_CTX_new()) != NULL &&
	    EVP_EncryptInit_ex(ctx, cipher, NULL, zero, zero) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	errno = ENOMEM;
	return NULL;
}

/*
 * The contexts that records share, one of each cipher.  Returns 0, or -1 with
 * errno set to ENOMEM, when pool_shared_free() is still due.  Padding is our
 * own: libcrypto's would tell by its time.
 */
int
pool_shared_new(struct aead_pool *pool)
{
	int	 i;

	pool->ctx[POOL_CHAPOLY] = shared_new(EVP_chacha20_poly1305());
	pool->ctx[POOL_CBC128] = shared_new(EVP_aes_128_cbc());
	pool->ctx[POOL_CBC256] = shared_new(EVP_aes_256_cbc());
	for (i = 0; i < POOL_N; i++)
		if (pool->ctx[i] == NULL)
			return -1;
	EVP_CIPHER_CTX_set_padding(pool->ctx[POOL_CBC128], 0);
	EVP_CIPHER_CTX_set_padding(pool->ctx[POOL_CBC256], 0);
	return 0;
}

/* Frees what pool_shared_new() has made, all or part of it. */
void
pool_shared_free(struct aead_pool *pool)
{
	int	 i;

	for (i = 0; i < POOL_N; i++)
		EVP_CIPHER_CTX_free(pool->ctx[i]);
}

/* A context for one record, to be followed by pool_done(). */
EVP_CIPHER_CTX *
pool_take(struct aead_pool *pool, enum pool_cipher cipher)
{
	pool->used[cipher] = 1;
	return pool->ctx[cipher];
}

/*
 * Writes over a key and, with a byte that is authenticated, over the block of
 * ChaCha20's stream that came of it last; Poly1305's state libcrypto wipes by
 * itself.  0, or -1.
 */
static int
blank(EVP_CIPHER_CTX *ctx, enum pool_cipher cipher)
{
	int	 n;

	if (EVP_EncryptInit_ex(ctx, NULL, NULL, zero, zero) != 1)
		return -1;
	return cipher != POOL_CHAPOLY ||
	    EVP_EncryptUpdate(ctx, NULL, &n, zero, 1) == 1 ? 0 : -1;
}

/* The record is over. */
void
pool_done(struct aead_pool *pool)
{
	if (!pool->held)
		pool_burn(pool);
}

/*
 * From here to pool_burn() records leave their keys in the pool and on the
 * stack: for who has many records at hand, and comes to an end with them.
 */
void
pool_hold(struct aead_pool *pool)
{
	pool->held = 1;
}

/*
 * Wipes what records have left in the pool and on the stack below the caller.
 * A context that cannot be wiped is lost, and later records fail with EIO.
 */
void
pool_burn(struct aead_pool *pool)
{
	int	 i, any = 0;

	for (i = 0; i < POOL_N; i++) {
		if (!pool->used[i])
			continue;
		any = 1;
		pool->used[i] = 0;
		if (blank(pool->ctx[i], i) == -1)
			EVP_CIPHER_CTX_reset(pool->ctx[i]);
	}
	pool->held = 0;
	if (any)
		burn_stack();
}
