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
 * Contexts of libcrypto's, made once: those that aead.c lends, each with the
 * key of whom it is lent to, and those that all records share, each of which
 * has a key for one record.
 */

#ifndef AEAD_LOCAL_H
#define AEAD_LOCAL_H

#include <sys/queue.h>

#include <openssl/evp.h>

#include "asmp_proto.h"

enum pool_cipher {
	POOL_CHAPOLY,
	POOL_CBC128,
	POOL_CBC256,
	POOL_N
};

TAILQ_HEAD(aead_list, aead);

struct aead_pool {
	struct aead_list	 lent;		/* least recently lent first */
	struct aead		*all;
	size_t			 n;
	EVP_CIPHER_CTX		*ctx[POOL_N];
	uint8_t			 used[POOL_N];	/* there is a key to wipe */
	int			 held;		/* until pool_burn() */
};

/* aead.c: all records' way through libcrypto; a context may have its key */
int	 ctx_seal(EVP_CIPHER_CTX *, uint8_t *, const uint8_t *,
	    const uint8_t *, const uint8_t *, size_t, const uint8_t *, size_t);
int	 ctx_open(EVP_CIPHER_CTX *, uint8_t *, const uint8_t *,
	    const uint8_t *, const uint8_t *, size_t, const uint8_t *, size_t);

/* pool.c */
EVP_CIPHER_CTX *pool_take(struct aead_pool *, enum pool_cipher);
void	 pool_done(struct aead_pool *);
int	 pool_shared_new(struct aead_pool *);
void	 pool_shared_free(struct aead_pool *);

#endif /* AEAD_LOCAL_H */
