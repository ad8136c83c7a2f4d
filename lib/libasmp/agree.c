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
 * Diffie-Hellman over X25519 (RFC 7748) and P-256 (SP 800-56A, section
 * 5.7.1.2), a table each, from libsodium and libcrypto.  Private keys are of
 * DH_LEN bytes; a key that is loaded goes back with free().
 */

#include <openssl/ecdh.h>
#include <openssl/err.h>
#include <sodium.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "compat.h"
#include "ident_impl.h"

#define X25519_PUBLEN	32
#define P256_PUBLEN	65

static int	 failed(int);
static void	 x25519_draw(uint8_t *);
static void	*x25519_load(const uint8_t *);
static int	 x25519_public(void *, uint8_t *);
static int	 x25519_value(void *, uint8_t *, const uint8_t *);
static void	 x25519_free(void *);
static void	 p256_draw(uint8_t *);
static void	*p256_load(const uint8_t *);
static int	 p256_public(void *, uint8_t *);
static int	 p256_value(void *, uint8_t *, const uint8_t *);
static void	 p256_free(void *);

const struct dh_group	dh_x25519 = {
	X25519_PUBLEN, x25519_draw, x25519_load, x25519_public,
	x25519_value, x25519_free
};

const struct dh_group	dh_p256 = {
	P256_PUBLEN, p256_draw, p256_load, p256_public, p256_value, p256_free
};

static const uint8_t	zero[DH_LEN];

/* The order of P-256's group, SP 800-186, section 3.2.1.3. */
static const uint8_t	p256_order[DH_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};

static int
failed(int error)
{
	ERR_clear_error();
	errno = error;
	return -1;
}

/* Any 32 bytes are a private key. */
static void
x25519_draw(uint8_t *priv)
{
	arc4random_buf(priv, DH_LEN);
}

static void *
x25519_load(const uint8_t *priv)
{
	uint8_t	*key;

	if ((key = malloc(DH_LEN)) != NULL)
		memcpy(key, priv, DH_LEN);
	return key;
}

static int
x25519_public(void *key, uint8_t *pub)
{
	int	 r;

	r = crypto_scalarmult_base(pub, key);
	burn_stack();		/* it leaves bits of the key there */
	return r;
}

/* Refused when all zero, which a point of low order forces. */
static int
x25519_value(void *key, uint8_t *out, const uint8_t *peer)
{
	int	 r;

	r = crypto_scalarmult(out, key, peer);
	burn_stack();		/* .. and the value */
	if (r == -1 || timingsafe_bcmp(out, zero, sizeof(zero)) == 0)
		return failed(EPROTO);
	return 0;
}

static void
x25519_free(void *key)
{
	freezero(key, DH_LEN);
}

/* From 1 to the order less 1: nearly always what is drawn first. */
static void
p256_draw(uint8_t *priv)
{
	do
		arc4random_buf(priv, DH_LEN);
	while (memcmp(priv, p256_order, DH_LEN) >= 0 ||
	    timingsafe_bcmp(priv, zero, DH_LEN) == 0);
}

static void *
p256_load(const uint8_t *priv)
{
	return ecdsa_fromscalar(IDENT_P256, priv, DH_LEN);
}

static int
p256_public(void *key, uint8_t *pub)
{
	return ecdsa_point(key, pub, P256_PUBLEN);
}

/* The value is the shared point's x; refused when peer is no point. */
static int
p256_value(void *key, uint8_t *out, const uint8_t *peer)
{
	struct ident_pub	 pub = { .alg = IDENT_P256 };
	EC_KEY			*ec;
	int			 len;

	memcpy(pub.key, peer, P256_PUBLEN);
	if ((ec = ecdsa_frompoint(&pub)) == NULL)
		return failed(EPROTO);
	len = ECDH_compute_key(out, DH_LEN, EC_KEY_get0_public_key(ec), key,
	    NULL);
	EC_KEY_free(ec);
	return len == DH_LEN ? 0 : failed(ENOMEM);
}

static void
p256_free(void *key)
{
	EC_KEY_free(key);
}
