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
 * AES-256-GCM (NIST SP 800-38D) through contexts lent from a pool: a key
 * schedule per record would cost more than the record, a context per idle
 * session more than the session.
 */

#include <openssl/err.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "aead_local.h"

struct aead {
	TAILQ_ENTRY(aead)	 entry;
	struct aead_pool	*pool;
	struct aead		**owner;	/* NULL: lent to nobody */
	EVP_CIPHER_CTX		*ctx;
};

static int	failed(int);
static int	too_long(size_t, size_t);
static int	set_key(struct aead *, const uint8_t *);
static int	aead_init(struct aead *, struct aead_pool *);

static const uint8_t	key_zero[ASMP_KEYLEN];

static int
failed(int error)
{
	ERR_clear_error();
	errno = error;
	return -1;
}

/* libcrypto counts in int. */
static int
too_long(size_t inlen, size_t adlen)
{
	return inlen > INT_MAX - ASMP_TAGLEN || adlen > INT_MAX;
}

/* Seal with a context that gets this key, or with NULL has its own. */
int
ctx_seal(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *key,
    const uint8_t *nonce, const uint8_t *in, size_t inlen, const uint8_t *ad,
    size_t adlen)
{
	int	 n;

	if (too_long(inlen, adlen))
		return failed(EMSGSIZE);
	if (EVP_EncryptInit_ex(ctx, NULL, NULL, key, nonce) != 1 ||
	    (adlen != 0 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, ad, (int)adlen) != 1) ||
	    (inlen != 0 &&
	    EVP_EncryptUpdate(ctx, out, &n, in, (int)inlen) != 1) ||
	    EVP_EncryptFinal_ex(ctx, out + inlen, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ASMP_TAGLEN,
	    out + inlen) != 1)
		return failed(EIO);
	return 0;
}

/*
 * Open likewise.  The tag is copied because libcrypto asks for it in memory
 * it might write to.  Only the last step says anything about the message.
 */
int
ctx_open(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *key,
    const uint8_t *nonce, const uint8_t *in, size_t inlen, const uint8_t *ad,
    size_t adlen)
{
	uint8_t	 tag[ASMP_TAGLEN], rest[ASMP_TAGLEN];
	size_t	 len;
	int	 n, error = EIO;

	if (inlen < ASMP_TAGLEN)
		return failed(EBADMSG);
	if (too_long(inlen, adlen))
		return failed(EMSGSIZE);
	len = inlen - ASMP_TAGLEN;
	memcpy(tag, in + len, sizeof(tag));
	if (EVP_DecryptInit_ex(ctx, NULL, NULL, key, nonce) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, ASMP_TAGLEN,
	    tag) == 1 &&
	    (adlen == 0 ||
	    EVP_DecryptUpdate(ctx, NULL, &n, ad, (int)adlen) == 1) &&
	    (len == 0 ||
	    EVP_DecryptUpdate(ctx, out, &n, in, (int)len) == 1)) {
		if (EVP_DecryptFinal_ex(ctx, rest, &n) == 1)
			return 0;
		error = EBADMSG;
	}
	if (len != 0)
		explicit_bzero(out, len);
	return failed(error);
}

/* AES-GCM expands a key alike for both directions: this serves both. */
static int
set_key(struct aead *a, const uint8_t *key)
{
	if (EVP_EncryptInit_ex(a->ctx, NULL, NULL, key, NULL) != 1)
		return failed(EIO);
	return 0;
}

static int
aead_init(struct aead *a, struct aead_pool *pool)
{
	a->pool = pool;
	TAILQ_INSERT_TAIL(&pool->lent, a, entry);
	if ((a->ctx = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_EncryptInit_ex(a->ctx, EVP_aes_256_gcm(), NULL, key_zero,
	    NULL) != 1)
		return failed(ENOMEM);
	return 0;
}

/*
 * A pool of n contexts, all allocated at once; n is 2 or more, so that a
 * session's two directions do not take each other's.  Returns NULL with
 * errno EINVAL or ENOMEM; ends with aead_pool_free().
 */
struct aead_pool *
aead_pool_new(size_t n)
{
	struct aead_pool	*pool;
	size_t			 i;

	if (n < 2) {
		errno = EINVAL;
		return NULL;
	}
	if ((pool = calloc(1, sizeof(*pool))) == NULL)
		return NULL;
	TAILQ_INIT(&pool->lent);
	if ((pool->all = calloc(n, sizeof(*pool->all))) == NULL)
		goto fail;
	pool->n = n;
	for (i = 0; i < n; i++) {
		if (aead_init(&pool->all[i], pool) == -1)
			goto fail;
	}
	if (pool_shared_new(pool) == -1)
		goto fail;
	return pool;
fail:
	aead_pool_free(pool);
	return NULL;
}

/* Free a pool, keys wiped, and empty the slots of all who borrowed. */
void
aead_pool_free(struct aead_pool *pool)
{
	size_t	 i;

	if (pool == NULL)
		return;
	for (i = 0; i < pool->n; i++) {
		if (pool->all[i].owner != NULL)
			*pool->all[i].owner = NULL;
		EVP_CIPHER_CTX_free(pool->all[i].ctx);
	}
	pool_shared_free(pool);
	free(pool->all);
	free(pool);
}

/*
 * The context for the 32-byte key of this slot: the one that *slot still
 * holds, or else the least recently lent, whose former owner's slot becomes
 * NULL.  It seals and opens, and is good until the next aead_borrow() from
 * the pool.  The slot must start as NULL, stay at its address and be given
 * back with aead_return() before it goes away or its key changes.  Returns
 * NULL with errno EIO.
 */
struct aead *
aead_borrow(struct aead_pool *pool, struct aead **slot, const uint8_t *key)
{
	struct aead	*a = *slot;

	if (a == NULL) {
		a = TAILQ_FIRST(&pool->lent);
		if (a->owner != NULL)
			*a->owner = NULL;
		a->owner = NULL;
		if (set_key(a, key) == -1)
			return NULL;
		a->owner = slot;
		*slot = a;
	}
	TAILQ_REMOVE(&pool->lent, a, entry);
	TAILQ_INSERT_TAIL(&pool->lent, a, entry);
	return a;
}

/*
 * Wipe the key of what *slot holds, lend it to the next who asks and empty
 * the slot.  A slot that is empty, or was emptied by the pool, stays so.
 */
void
aead_return(struct aead **slot)
{
	struct aead	*a = *slot;

	if (a == NULL)
		return;
	*slot = NULL;
	a->owner = NULL;
	if (set_key(a, key_zero) == -1)
		EVP_CIPHER_CTX_reset(a->ctx);
	TAILQ_REMOVE(&a->pool->lent, a, entry);
	TAILQ_INSERT_HEAD(&a->pool->lent, a, entry);
}

/*
 * AES-256-GCM with a lent context; sizes, errors and in-place use as for
 * pool_seal() and pool_open().
 */
int
aead_seal(struct aead *a, uint8_t *out, const uint8_t *nonce,
    const uint8_t *in, size_t inlen, const uint8_t *ad, size_t adlen)
{
	return ctx_seal(a->ctx, out, NULL, nonce, in, inlen, ad, adlen);
}

int
aead_open(struct aead *a, uint8_t *out, const uint8_t *nonce,
    const uint8_t *in, size_t inlen, const uint8_t *ad, size_t adlen)
{
	return ctx_open(a->ctx, out, NULL, nonce, in, inlen, ad, adlen);
}
