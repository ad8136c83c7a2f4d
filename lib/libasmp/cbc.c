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
 * AES in CBC mode (NIST SP 800-38A), then HMAC-SHA256 over all that stands
 * before it: what the profiles with Fernet, rounds and CBC have in common.  A
 * message is a prefix of the caller's, IV, ciphertext and MAC.
 */

#include <openssl/err.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aead_local.h"
#include "compat.h"
#include "data_local.h"

#define CBC_FIXED	(CBC_IVLEN + ASMP_HASHLEN)

static int		 encrypt(uint8_t *, const struct cbc_key *,
			    struct aead_pool *, const uint8_t *, size_t);
static int		 decrypt(uint8_t *, const struct cbc_key *,
			    struct aead_pool *, size_t);
static EVP_CIPHER_CTX	*begin(struct aead_pool *, const struct cbc_key *,
			    const uint8_t *, int);
static int		 end(struct aead_pool *, int);
static void		 mac(uint8_t *, const struct cbc_key *,
			    const uint8_t *, size_t);

/* The pool's context with this key; NULL: it is lost. */
static EVP_CIPHER_CTX *
begin(struct aead_pool *pool, const struct cbc_key *key, const uint8_t *iv,
    int enc)
{
	EVP_CIPHER_CTX	*ctx;

	ctx = pool_take(pool, key->enclen == CBC_KEY128 ? POOL_CBC128 :
	    POOL_CBC256);
	return EVP_CipherInit_ex(ctx, NULL, NULL, key->enc, iv, enc) == 1 ?
	    ctx : NULL;
}

static int
end(struct aead_pool *pool, int ok)
{
	pool_done(pool);
	if (ok)
		return 0;
	ERR_clear_error();
	errno = EIO;
	return -1;
}

/* Encrypt len bytes behind the IV at iv. */
static int
encrypt(uint8_t *iv, const struct cbc_key *key, struct aead_pool *pool,
    const uint8_t *plain, size_t len)
{
	EVP_CIPHER_CTX	*ctx;
	uint8_t		 last[CBC_BLOCK], *ct = iv + CBC_IVLEN;
	size_t		 rest = len % CBC_BLOCK, whole = len - rest;
	int		 n, ok;

	if (rest != 0)
		memcpy(last, plain + whole, rest);
	pkcs7_pad(last, rest);
	ok = (ctx = begin(pool, key, iv, 1)) != NULL && (whole == 0 ||
	    EVP_EncryptUpdate(ctx, ct, &n, plain, (int)whole) == 1) &&
	    EVP_EncryptUpdate(ctx, ct + whole, &n, last, sizeof(last)) == 1;
	explicit_bzero(last, sizeof(last));
	return end(pool, ok);
}

/* Decrypt len bytes behind the IV at iv, in place. */
static int
decrypt(uint8_t *iv, const struct cbc_key *key, struct aead_pool *pool,
    size_t len)
{
	EVP_CIPHER_CTX	*ctx;
	uint8_t		*ct = iv + CBC_IVLEN;
	int		 n;

	return end(pool, (ctx = begin(pool, key, iv, 0)) != NULL &&
	    EVP_DecryptUpdate(ctx, ct, &n, ct, (int)len) == 1);
}

static void
mac(uint8_t *out, const struct cbc_key *key, const uint8_t *msg, size_t len)
{
	struct part	 p = { msg, len };

	hmac_parts(out, key->mac, key->maclen, &p, 1);
}

/* Bytes of ciphertext for plain bytes of plaintext. */
size_t
cbc_ctlen(size_t plain)
{
	return plain - plain % CBC_BLOCK + CBC_BLOCK;
}

/* Bytes behind the prefix for plain bytes of plaintext. */
size_t
cbc_len(size_t plain)
{
	return CBC_FIXED + cbc_ctlen(plain);
}

/* The most plaintext in len bytes behind the prefix, 0 where none fits. */
size_t
cbc_max(size_t len)
{
	if (len < CBC_FIXED + CBC_BLOCK)
		return 0;
	len -= CBC_FIXED;
	return len - len % CBC_BLOCK - 1;
}

/*
 * Write IV, ciphertext and MAC behind the prefix bytes that stand at msg;
 * plain, of at most ASMP_PAYLOAD_MAX bytes, lies apart.  Returns 0, or -1 with
 * errno EIO.
 */
int
cbc_seal(uint8_t *msg, size_t prefix, const struct cbc_key *key,
    struct aead_pool *pool, const uint8_t *plain, size_t len)
{
	uint8_t	*iv = msg + prefix;
	size_t	 maclen = prefix + cbc_len(len) - ASMP_HASHLEN;

	arc4random_buf(iv, CBC_IVLEN);
	if (encrypt(iv, key, pool, plain, len) == -1)
		return -1;
	mac(msg + maclen, key, msg, maclen);
	return 0;
}

/*
 * Whether the len bytes behind the prefix, as many as cbc_len() may give,
 * are of the MAC key's owner.  Returns 0 or REASON_RECORD_MAC.
 */
enum reason
cbc_verify(const uint8_t *msg, size_t prefix, size_t len,
    const struct cbc_key *key)
{
	uint8_t	 want[ASMP_HASHLEN];
	size_t	 maclen = prefix + len - ASMP_HASHLEN;
	int	 r;

	mac(want, key, msg, maclen);
	r = timingsafe_bcmp(want, msg + maclen, sizeof(want));
	explicit_bzero(want, sizeof(want));
	return r == 0 ? REASON_NONE : REASON_RECORD_MAC;
}

/*
 * Decrypt, where it lies, what cbc_verify() has found good: *plain points
 * into it.  Returns 0, REASON_PADDING or REASON_INTERNAL.
 */
enum reason
cbc_open(uint8_t *msg, size_t prefix, size_t len, const struct cbc_key *key,
    struct aead_pool *pool, uint8_t **plain, size_t *plainlen)
{
	uint8_t	*iv = msg + prefix;
	size_t	 ctlen = len - CBC_FIXED;

	if (decrypt(iv, key, pool, ctlen) == -1)
		return REASON_INTERNAL;
	*plain = iv + CBC_IVLEN;
	if (pkcs7_unpad(*plain, ctlen, plainlen) == -1) {
		explicit_bzero(*plain, ctlen);
		return REASON_PADDING;
	}
	return REASON_NONE;
}
