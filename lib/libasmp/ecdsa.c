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
 * ECDSA (FIPS 186-4) over P-256 with SHA-256 and P-384 with SHA-384, its
 * nonce made from key and message by RFC 6979, section 3.2: a random one
 * lets one bad number give the key away.  OpenSSL cannot do that before 3.2
 * and LibreSSL takes no nonce from outside, so signing is put together here.
 */

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/sha.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "ident_impl.h"

#define POINT_UNCOMPRESSED	0x04

/* The generator of RFC 6979; hash, scalar and group order are len bytes. */
struct drbg {
	const EVP_MD	*md;
	size_t		 len;
	uint8_t		 k[IDENT_SCALARMAX];
	uint8_t		 v[IDENT_SCALARMAX];
};

/* The numbers of FIPS 186-4, section 6: nonce, hash, signature. */
struct numbers {
	BIGNUM		*k;
	BIGNUM		*z;
	BIGNUM		*r;
	BIGNUM		*s;
	BN_CTX		*ctx;
};

static size_t	scalar_len(enum ident_alg);
static void	digest(enum ident_alg, uint8_t *, const struct part *, size_t);
static int	drbg_hmac(struct drbg *, uint8_t *, const uint8_t *, size_t);
static int	drbg_update(struct drbg *, uint8_t, const uint8_t *, size_t);
static int	drbg_seed(struct drbg *, const EC_KEY *, const uint8_t *);
static int	drbg_scalar(struct drbg *, BIGNUM *, const BIGNUM *);
static int	nonce(const struct ident *, const uint8_t *, BIGNUM *);
static int	make_r(const EC_GROUP *, struct numbers *);
static int	invert(const BIGNUM *, BIGNUM *, const BIGNUM *, BN_CTX *);
static int	make_s(const EC_KEY *, struct numbers *);
static int	numbers_new(struct numbers *, const uint8_t *, size_t);
static void	numbers_free(struct numbers *);
static ECDSA_SIG *sig_frombytes(const uint8_t *, size_t);

/* libcrypto's number of the curve; NID_undef when the key is on none. */
int
ecdsa_nid(enum ident_alg alg)
{
	switch (alg) {
	case IDENT_P256:
		return NID_X9_62_prime256v1;
	case IDENT_P384:
		return NID_secp384r1;
	default:
		return NID_undef;
	}
}

static size_t
scalar_len(enum ident_alg alg)
{
	return ident_siglen(alg) / 2;
}

static void
digest(enum ident_alg alg, uint8_t *out, const struct part *parts,
    size_t nparts)
{
	SHA512_CTX	 ctx;
	size_t		 i;

	if (alg == IDENT_P256) {
		sha256_parts(out, parts, nparts);
		return;
	}
	SHA384_Init(&ctx);
	for (i = 0; i < nparts; i++) {
		if (parts[i].len != 0)
			SHA384_Update(&ctx, parts[i].data, parts[i].len);
	}
	SHA384_Final(out, &ctx);
}

static int
drbg_hmac(struct drbg *d, uint8_t *out, const uint8_t *data, size_t len)
{
	unsigned int	 n;

	return HMAC(d->md, d->k, (int)d->len, data, len, out, &n) == NULL ?
	    -1 : 0;
}

/* K = HMAC_K(V || sep || seed), V = HMAC_K(V). */
static int
drbg_update(struct drbg *d, uint8_t sep, const uint8_t *seed, size_t seedlen)
{
	uint8_t	 buf[3 * IDENT_SCALARMAX + 1];
	int	 r;

	memcpy(buf, d->v, d->len);
	buf[d->len] = sep;
	if (seedlen != 0)
		memcpy(buf + d->len + 1, seed, seedlen);
	if ((r = drbg_hmac(d, d->k, buf, d->len + 1 + seedlen)) == 0)
		r = drbg_hmac(d, d->v, d->v, d->len);
	explicit_bzero(buf, sizeof(buf));
	return r;
}

/* Steps b to g: seed with int2octets(x) || bits2octets(h). */
static int
drbg_seed(struct drbg *d, const EC_KEY *ec, const uint8_t *h)
{
	const BIGNUM	*q = EC_GROUP_get0_order(EC_KEY_get0_group(ec));
	uint8_t		 seed[2 * IDENT_SCALARMAX];
	BIGNUM		*z;
	int		 r = -1, len = (int)d->len;

	memset(d->k, 0x00, d->len);
	memset(d->v, 0x01, d->len);
	if ((z = BN_bin2bn(h, len, NULL)) == NULL ||
	    (BN_cmp(z, q) >= 0 && BN_sub(z, z, q) != 1))
		goto done;
	if (BN_bn2binpad(EC_KEY_get0_private_key(ec), seed, len) == len &&
	    BN_bn2binpad(z, seed + len, len) == len &&
	    drbg_update(d, 0x00, seed, 2 * d->len) == 0 &&
	    drbg_update(d, 0x01, seed, 2 * d->len) == 0)
		r = 0;
done:
	explicit_bzero(seed, sizeof(seed));
	BN_free(z);
	return r;
}

/* Step h: the first candidate from 1 to q - 1; V is as long as q. */
static int
drbg_scalar(struct drbg *d, BIGNUM *k, const BIGNUM *q)
{
	for (;;) {
		if (drbg_hmac(d, d->v, d->v, d->len) == -1 ||
		    BN_bin2bn(d->v, (int)d->len, k) == NULL)
			return -1;
		if (!BN_is_zero(k) && BN_cmp(k, q) < 0)
			return 0;
		if (drbg_update(d, 0x00, NULL, 0) == -1)
			return -1;
	}
}

static int
nonce(const struct ident *id, const uint8_t *h, BIGNUM *k)
{
	struct drbg	 d;
	int		 r;

	d.len = scalar_len(id->pub.alg);
	d.md = id->pub.alg == IDENT_P256 ? EVP_sha256() : EVP_sha384();
	if ((r = drbg_seed(&d, id->ec, h)) == 0)
		r = drbg_scalar(&d, k,
		    EC_GROUP_get0_order(EC_KEY_get0_group(id->ec)));
	explicit_bzero(&d, sizeof(d));
	return r;
}

/* r = the x of k times the generator, modulo the order. */
static int
make_r(const EC_GROUP *group, struct numbers *n)
{
	const BIGNUM	*q = EC_GROUP_get0_order(group);
	EC_POINT	*p;
	int		 ok;

	ok = (p = EC_POINT_new(group)) != NULL &&
	    EC_POINT_mul(group, p, n->k, NULL, NULL, n->ctx) == 1 &&
	    EC_POINT_get_affine_coordinates(group, p, n->r, NULL,
	    n->ctx) == 1 &&
	    BN_nnmod(n->r, n->r, q, n->ctx) == 1 && !BN_is_zero(n->r);
	EC_POINT_clear_free(p);
	return ok ? 0 : -1;
}

/* Fermat: a to the order minus 2, in a time that a does not change. */
static int
invert(const BIGNUM *q, BIGNUM *inv, const BIGNUM *a, BN_CTX *ctx)
{
	BIGNUM	*e;
	int	 ok;

	ok = (e = BN_dup(q)) != NULL && BN_sub_word(e, 2) == 1 &&
	    BN_mod_exp_mont_consttime(inv, a, e, q, ctx, NULL) == 1;
	BN_free(e);
	return ok ? 0 : -1;
}

/*
 * s = (z + r x) / k.  libcrypto's multiplication may tell by its time what
 * it works on, so a random factor b, new each time, hides key and nonce:
 * s = (b z + b r x) / (b k).
 */
static int
make_s(const EC_KEY *ec, struct numbers *n)
{
	const BIGNUM	*q = EC_GROUP_get0_order(EC_KEY_get0_group(ec));
	const BIGNUM	*x = EC_KEY_get0_private_key(ec);
	BIGNUM		*b, *t, *inv;
	int		 ok;

	BN_CTX_start(n->ctx);
	b = BN_CTX_get(n->ctx);
	t = BN_CTX_get(n->ctx);
	inv = BN_CTX_get(n->ctx);
	ok = inv != NULL && BN_rand_range(b, q) == 1 && !BN_is_zero(b) &&
	    BN_mod_mul(n->s, b, x, q, n->ctx) == 1 &&
	    BN_mod_mul(n->s, n->s, n->r, q, n->ctx) == 1 &&
	    BN_mod_mul(t, b, n->z, q, n->ctx) == 1 &&
	    BN_mod_add(n->s, n->s, t, q, n->ctx) == 1 &&
	    BN_mod_mul(t, b, n->k, q, n->ctx) == 1 &&
	    invert(q, inv, t, n->ctx) == 0 &&
	    BN_mod_mul(n->s, n->s, inv, q, n->ctx) == 1 &&
	    !BN_is_zero(n->s);
	BN_CTX_end(n->ctx);
	return ok ? 0 : -1;
}

static int
numbers_new(struct numbers *n, const uint8_t *h, size_t len)
{
	n->k = BN_new();
	n->z = BN_bin2bn(h, (int)len, NULL);
	n->r = BN_new();
	n->s = BN_new();
	n->ctx = BN_CTX_new();
	if (n->k == NULL || n->z == NULL || n->r == NULL || n->s == NULL ||
	    n->ctx == NULL)
		return -1;
	BN_set_flags(n->k, BN_FLG_CONSTTIME);
	return 0;
}

static void
numbers_free(struct numbers *n)
{
	BN_clear_free(n->k);
	BN_clear_free(n->z);
	BN_clear_free(n->r);
	BN_clear_free(n->s);
	BN_CTX_free(n->ctx);
}

/*
 * A private key from its big-endian scalar, the public point computed from
 * it.  NULL with errno EINVAL when the scalar is not of the curve's length
 * or not from 1 to the order less 1, or ENOMEM.
 */
EC_KEY *
ecdsa_fromscalar(enum ident_alg alg, const uint8_t *scalar, size_t len)
{
	const EC_GROUP	*group;
	EC_POINT	*pub = NULL;
	EC_KEY		*ec = NULL;
	BIGNUM		*x = NULL;
	int		 error = ENOMEM, ok = 0;

	if (len != scalar_len(alg) ||
	    (ec = EC_KEY_new_by_curve_name(ecdsa_nid(alg))) == NULL ||
	    (x = BN_bin2bn(scalar, (int)len, NULL)) == NULL)
		goto done;
	group = EC_KEY_get0_group(ec);
	error = EINVAL;
	if (BN_is_zero(x) || BN_cmp(x, EC_GROUP_get0_order(group)) >= 0)
		goto done;
	BN_set_flags(x, BN_FLG_CONSTTIME);
	error = ENOMEM;
	ok = (pub = EC_POINT_new(group)) != NULL &&
	    EC_POINT_mul(group, pub, x, NULL, NULL, NULL) == 1 &&
	    EC_KEY_set_private_key(ec, x) == 1 &&
	    EC_KEY_set_public_key(ec, pub) == 1;
done:
	BN_clear_free(x);
	EC_POINT_free(pub);
	if (ok)
		return ec;
	EC_KEY_free(ec);
	ERR_clear_error();
	errno = len != scalar_len(alg) ? EINVAL : error;
	return NULL;
}

/*
 * A public key from its uncompressed point.  NULL with errno EINVAL when
 * that is not a point of the curve, or is at infinity.
 */
EC_KEY *
ecdsa_frompoint(const struct ident_pub *pub)
{
	const EC_GROUP	*group;
	EC_POINT	*p = NULL;
	EC_KEY		*ec = NULL;
	int		 ok = 0;

	if (pub->key[0] != POINT_UNCOMPRESSED ||
	    (ec = EC_KEY_new_by_curve_name(ecdsa_nid(pub->alg))) == NULL)
		goto done;
	group = EC_KEY_get0_group(ec);
	ok = (p = EC_POINT_new(group)) != NULL &&
	    EC_POINT_oct2point(group, p, pub->key, ident_publen(pub->alg),
	    NULL) == 1 && EC_KEY_set_public_key(ec, p) == 1;
done:
	EC_POINT_free(p);
	if (ok)
		return ec;
	EC_KEY_free(ec);
	ERR_clear_error();
	errno = EINVAL;
	return NULL;
}

/* Write a key's uncompressed point, exactly len bytes; 0, or -1. */
int
ecdsa_point(const EC_KEY *ec, uint8_t *out, size_t len)
{
	if (EC_POINT_point2oct(EC_KEY_get0_group(ec),
	    EC_KEY_get0_public_key(ec), POINT_CONVERSION_UNCOMPRESSED, out,
	    len, NULL) != len) {
		ERR_clear_error();
		errno = EINVAL;
		return -1;
	}
	return 0;
}

/*
 * Sign; sig gets r || s, ident_siglen() bytes.  Returns 0, or -1 with errno
 * ENOMEM.
 */
int
ecdsa_sign(const struct ident *id, uint8_t *sig, const struct part *parts,
    size_t nparts)
{
	struct numbers	 n;
	uint8_t		 h[IDENT_SCALARMAX];
	int		 len = (int)scalar_len(id->pub.alg), r = -1;

	digest(id->pub.alg, h, parts, nparts);
	if (numbers_new(&n, h, (size_t)len) == 0 && nonce(id, h, n.k) == 0 &&
	    make_r(EC_KEY_get0_group(id->ec), &n) == 0 &&
	    make_s(id->ec, &n) == 0 &&
	    BN_bn2binpad(n.r, sig, len) == len &&
	    BN_bn2binpad(n.s, sig + len, len) == len)
		r = 0;
	numbers_free(&n);
	if (r == -1) {
		ERR_clear_error();
		errno = ENOMEM;
	}
	return r;
}

static ECDSA_SIG *
sig_frombytes(const uint8_t *sig, size_t len)
{
	ECDSA_SIG	*es;
	BIGNUM		*r, *s;

	es = ECDSA_SIG_new();
	r = BN_bin2bn(sig, (int)len, NULL);
	s = BN_bin2bn(sig + len, (int)len, NULL);
	if (es != NULL && r != NULL && s != NULL &&
	    ECDSA_SIG_set0(es, r, s) == 1)
		return es;
	ECDSA_SIG_free(es);
	BN_free(r);
	BN_free(s);
	return NULL;
}

/*
 * Verify ident_siglen() bytes of r || s.  Returns 0, or -1 with errno
 * EINVAL, no point of the curve, or EBADMSG.
 */
int
ecdsa_verify(const struct ident_pub *pub, const uint8_t *sig,
    const struct part *parts, size_t nparts)
{
	uint8_t		 h[IDENT_SCALARMAX];
	size_t		 len = scalar_len(pub->alg);
	ECDSA_SIG	*es = NULL;
	EC_KEY		*ec;
	int		 ok;

	if ((ec = ecdsa_frompoint(pub)) == NULL)
		return -1;
	digest(pub->alg, h, parts, nparts);
	ok = (es = sig_frombytes(sig, len)) != NULL &&
	    ECDSA_do_verify(h, (int)len, es, ec) == 1;
	ECDSA_SIG_free(es);
	EC_KEY_free(ec);
	if (!ok) {
		ERR_clear_error();
		errno = EBADMSG;
		return -1;
	}
	return 0;
}
