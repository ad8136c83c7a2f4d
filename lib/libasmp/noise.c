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
 * The Noise Protocol Framework, revision 34: pattern NN with empty payloads,
 * ChaChaPoly and SHA-256.  One function for each token of the pattern, and a
 * table of what the key agreement changes.
 */

#include <openssl/err.h>
#include <openssl/evp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "compat.h"

#define X25519_LEN	32

/* What depends on the key agreement.  The name is one hash long: not hashed. */
struct suite {
	const char	*protocol;
	size_t		 publen;
	EVP_PKEY	*(*load)(const uint8_t *);
	int		 (*public)(EVP_PKEY *, uint8_t *);
	int		 (*dh)(uint8_t *, EVP_PKEY *, const uint8_t *);
};

static EVP_PKEY	*x25519_load(const uint8_t *);
static int	 x25519_public(EVP_PKEY *, uint8_t *);
static int	 x25519_dh(uint8_t *, EVP_PKEY *, const uint8_t *);
static int	 derive(uint8_t *, EVP_PKEY *, EVP_PKEY *);
static void	 hkdf2(uint8_t *, uint8_t *, const uint8_t *, const uint8_t *,
		    size_t);
static void	 mix_hash(struct noise *, const uint8_t *, size_t);
static int	 write_e(struct noise *, EVP_PKEY *, uint8_t *);
static void	 read_e(struct noise *, const uint8_t *);
static int	 mix_ee(struct noise *, EVP_PKEY *, const uint8_t *);
static int	 seal_nothing(struct noise *, uint8_t *);
static int	 open_nothing(struct noise *, const uint8_t *);
static void	 split(struct noise *, struct noise_keys *);
static const struct suite *suite(const struct noise *);

static const struct suite	suites[] = {
	[ASMP_X25519] = {
		"Noise_NN_25519_ChaChaPoly_SHA256", X25519_LEN,
		x25519_load, x25519_public, x25519_dh
	}
};

static const uint8_t	nonce_zero[AEAD_NONCELEN];

static EVP_PKEY *
x25519_load(const uint8_t *priv)
{
	EVP_PKEY	*key;

	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv,
	    X25519_LEN);
	if (key == NULL) {
		ERR_clear_error();
		errno = ENOMEM;
	}
	return key;
}

static int
x25519_public(EVP_PKEY *key, uint8_t *pub)
{
	size_t	 len = X25519_LEN;

	if (EVP_PKEY_get_raw_public_key(key, pub, &len) != 1) {
		ERR_clear_error();
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* The DH value; refused when all zero, which a low-order point forces. */
static int
x25519_dh(uint8_t *out, EVP_PKEY *key, const uint8_t *peer)
{
	static const uint8_t	 zero[X25519_LEN];
	EVP_PKEY		*pub;
	int			 r;

	pub = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer,
	    X25519_LEN);
	r = pub == NULL ? -1 : derive(out, key, pub);
	EVP_PKEY_free(pub);
	if (r == -1 || timingsafe_bcmp(out, zero, sizeof(zero)) == 0) {
		ERR_clear_error();
		errno = EPROTO;
		return -1;
	}
	return 0;
}

static int
derive(uint8_t *out, EVP_PKEY *key, EVP_PKEY *peer)
{
	EVP_PKEY_CTX	*ctx;
	size_t		 len = X25519_LEN;
	int		 ok;

	ctx = EVP_PKEY_CTX_new(key, NULL);
	ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	    EVP_PKEY_derive(ctx, out, &len) == 1 && len == X25519_LEN;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* Noise's HKDF with two outputs (section 4.3); out1 may be ck. */
static void
hkdf2(uint8_t *out1, uint8_t *out2, const uint8_t *ck, const uint8_t *ikm,
    size_t ikmlen)
{
	uint8_t		 prk[ASMP_HASHLEN], n = 1;
	struct part	 p[] = { { out1, 0 }, { &n, sizeof(n) } };

	kdf_extract(prk, ck, ASMP_HASHLEN, ikm, ikmlen);
	hmac_parts(out1, prk, sizeof(prk), p, 2);
	p[0].len = ASMP_HASHLEN;
	n = 2;
	hmac_parts(out2, prk, sizeof(prk), p, 2);
	explicit_bzero(prk, sizeof(prk));
}

static void
mix_hash(struct noise *n, const uint8_t *data, size_t len)
{
	struct part	 p[] = { { n->h, sizeof(n->h) }, { data, len } };

	sha256_parts(n->h, p, 2);
}

static const struct suite *
suite(const struct noise *n)
{
	return &suites[n->agreement];
}

/* Token "e", sent. */
static int
write_e(struct noise *n, EVP_PKEY *key, uint8_t *out)
{
	if (suite(n)->public(key, n->epub) == -1)
		return -1;
	memcpy(out, n->epub, suite(n)->publen);
	mix_hash(n, n->epub, suite(n)->publen);
	return 0;
}

/* Token "e", received. */
static void
read_e(struct noise *n, const uint8_t *pub)
{
	mix_hash(n, pub, suite(n)->publen);
}

/* Token "ee": MixKey(DH). */
static int
mix_ee(struct noise *n, EVP_PKEY *key, const uint8_t *peer)
{
	uint8_t	 dh[X25519_LEN];
	int	 r;

	if ((r = suite(n)->dh(dh, key, peer)) == 0)
		hkdf2(n->ck, n->k, n->ck, dh, sizeof(dh));
	explicit_bzero(dh, sizeof(dh));
	return r;
}

/* EncryptAndHash of an empty payload: 16 bytes of tag. */
static int
seal_nothing(struct noise *n, uint8_t *tag)
{
	if (chapoly_seal(tag, n->k, nonce_zero, NULL, 0, n->h,
	    sizeof(n->h)) == -1)
		return -1;
	mix_hash(n, tag, ASMP_TAGLEN);
	return 0;
}

/* DecryptAndHash of the same. */
static int
open_nothing(struct noise *n, const uint8_t *tag)
{
	if (chapoly_open(NULL, n->k, nonce_zero, tag, ASMP_TAGLEN, n->h,
	    sizeof(n->h)) == -1)
		return -1;
	mix_hash(n, tag, ASMP_TAGLEN);
	return 0;
}

/* Split(), and the handshake hash. */
static void
split(struct noise *n, struct noise_keys *keys)
{
	hkdf2(keys->n1, keys->n2, n->ck, NULL, 0);
	memcpy(keys->h, n->h, sizeof(keys->h));
}

/* Bytes of message 1: the device's ephemeral. */
size_t
noise_m1_len(enum asmp_agreement agreement)
{
	return suites[agreement].publen;
}

/* Bytes of message 2: the gateway's ephemeral and the empty payload's tag. */
size_t
noise_m2_len(enum asmp_agreement agreement)
{
	return suites[agreement].publen + ASMP_TAGLEN;
}

/*
 * Begin a handshake, on either side, with a new ephemeral key over the
 * NOISE_PROLOGUE bytes of the prologue.  Returns 0, or -1 with errno EINVAL
 * for an agreement that is none.  Ends with noise_wipe().
 */
int
noise_init(struct noise *n, enum asmp_agreement agreement,
    const uint8_t *prologue)
{
	uint8_t	 priv[sizeof(n->e)];
	int	 r;

	arc4random_buf(priv, sizeof(priv));
	r = noise_init_fixed(n, agreement, prologue, priv, NULL);
	explicit_bzero(priv, sizeof(priv));
	return r;
}

/*
 * The same with the 32 bytes of a given private key, and the 64 of a given
 * ML-KEM seed where the agreement has one: for tests alone.
 */
int
noise_init_fixed(struct noise *n, enum asmp_agreement agreement,
    const uint8_t *prologue, const uint8_t *priv, const uint8_t *seed)
{
	memset(n, 0, sizeof(*n));
	if ((size_t)agreement >= sizeof(suites) / sizeof(suites[0])) {
		errno = EINVAL;
		return -1;
	}
	n->agreement = agreement;
	memcpy(n->h, suite(n)->protocol, sizeof(n->h));
	memcpy(n->ck, n->h, sizeof(n->ck));
	memcpy(n->e, priv, sizeof(n->e));
	if (seed != NULL)
		memcpy(n->seed, seed, sizeof(n->seed));
	mix_hash(n, prologue, NOISE_PROLOGUE);
	return 0;
}

/*
 * Device: write message 1, noise_m1_len() bytes.  Returns 0, or -1 with
 * errno ENOMEM.
 */
int
noise_write_m1(struct noise *n, uint8_t *m1)
{
	EVP_PKEY	*key;
	int		 r;

	if ((key = suite(n)->load(n->e)) == NULL)
		return -1;
	if ((r = write_e(n, key, m1)) == 0)
		mix_hash(n, NULL, 0);
	EVP_PKEY_free(key);
	return r;
}

/*
 * Gateway: read message 1, write message 2 (noise_m2_len() bytes) and give
 * the keys.  Returns 0, or -1 with errno EPROTO, a refused point, or
 * ENOMEM.  Either way the state is wiped: there is no further message.
 */
int
noise_read_m1_write_m2(struct noise *n, const uint8_t *m1, uint8_t *m2,
    struct noise_keys *keys)
{
	EVP_PKEY	*key;
	int		 r = -1;

	if ((key = suite(n)->load(n->e)) == NULL)
		goto done;
	read_e(n, m1);
	mix_hash(n, NULL, 0);
	if (write_e(n, key, m2) == -1 || mix_ee(n, key, m1) == -1 ||
	    seal_nothing(n, m2 + suite(n)->publen) == -1)
		goto done;
	split(n, keys);
	r = 0;
done:
	EVP_PKEY_free(key);
	noise_wipe(n);
	return r;
}

/*
 * Device: read message 2 and give the keys.  Returns 0, or -1 with errno
 * EPROTO, a refused point, EBADMSG, a wrong tag, or ENOMEM.  Either way the
 * state is wiped.
 */
int
noise_read_m2(struct noise *n, const uint8_t *m2, struct noise_keys *keys)
{
	EVP_PKEY	*key;
	int		 r = -1;

	if ((key = suite(n)->load(n->e)) == NULL)
		goto done;
	read_e(n, m2);
	if (mix_ee(n, key, m2) == -1 ||
	    open_nothing(n, m2 + suite(n)->publen) == -1)
		goto done;
	split(n, keys);
	r = 0;
done:
	EVP_PKEY_free(key);
	noise_wipe(n);
	return r;
}

/* Forget a handshake, at any point of it and as often as one likes. */
void
noise_wipe(struct noise *n)
{
	explicit_bzero(n, sizeof(*n));
}
