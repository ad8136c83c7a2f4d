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
 * ChaChaPoly and SHA-256; and NNhfs, which adds the tokens e1 and ekem1 of
 * noise_hfs, revision 1.  One function for each token, and a table of what
 * the key agreement changes.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define TAGGED(len)	((len) + ASMP_TAGLEN)

/* What depends on the key agreement; tokens that it lacks have no length. */
struct suite {
	const char		*protocol;
	const struct dh_group	*dh;
	size_t			 e1len;
	size_t			 ekem1len;
};

static void	 hkdf2(uint8_t *, uint8_t *, const uint8_t *, const uint8_t *,
		    size_t);
static const struct suite *suite(const struct noise *);
static void	 begin(struct noise *);
static void	 mix_hash(struct noise *, const uint8_t *, size_t);
static void	 mix_key(struct noise *, const uint8_t *, size_t);
static int	 encrypt_and_hash(struct noise *, uint8_t *, const uint8_t *,
		    size_t);
static int	 decrypt_and_hash(struct noise *, uint8_t *, const uint8_t *,
		    size_t);
static int	 write_e(struct noise *, void *, uint8_t *);
static void	 read_e(struct noise *, const uint8_t *);
static void	 write_e1(struct noise *, uint8_t *);
static void	 read_e1(struct noise *, const uint8_t *);
static int	 mix_ee(struct noise *, void *, const uint8_t *);
static int	 write_ekem1(struct noise *, uint8_t *, const uint8_t *);
static int	 read_ekem1(struct noise *, const uint8_t *);
static void	 split(struct noise *, struct noise_keys *);

static const struct suite	suites[] = {
	[ASMP_X25519] = {
		.protocol = "Noise_NN_25519_ChaChaPoly_SHA256",
		.dh = &dh_x25519
	},
	[ASMP_P256] = {
		.protocol = "Noise_NN_P256_ChaChaPoly_SHA256",
		.dh = &dh_p256
	},
	[ASMP_X25519_MLKEM768] = {
		.protocol = "Noise_NNhfs_25519+MLKEM768_ChaChaPoly_SHA256",
		.dh = &dh_x25519,
		.e1len = MLKEM768_EKLEN,
		.ekem1len = TAGGED(MLKEM768_CTLEN)
	}
};

/* Every key seals one message, so the counter never gets beyond this. */
static const uint8_t	nonce_zero[AEAD_NONCELEN];

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

static const struct suite *
suite(const struct noise *n)
{
	return &suites[n->agreement];
}

/* InitializeSymmetric: a long name is hashed, a short one padded (5.2). */
static void
begin(struct noise *n)
{
	struct part	 name;

	name.data = suite(n)->protocol;
	name.len = strlen(suite(n)->protocol);
	if (name.len > sizeof(n->h))
		sha256_parts(n->h, &name, 1);
	else
		memcpy(n->h, name.data, name.len);
	memcpy(n->ck, n->h, sizeof(n->ck));
}

static void
mix_hash(struct noise *n, const uint8_t *data, size_t len)
{
	struct part	 p[] = { { n->h, sizeof(n->h) }, { data, len } };

	sha256_parts(n->h, p, 2);
}

static void
mix_key(struct noise *n, const uint8_t *ikm, size_t len)
{
	hkdf2(n->ck, n->k, n->ck, ikm, len);
}

/* TAGGED(len) bytes at out, which may be in. */
static int
encrypt_and_hash(struct noise *n, uint8_t *out, const uint8_t *in, size_t len)
{
	if (chapoly_seal(out, n->k, nonce_zero, in, len, n->h,
	    sizeof(n->h)) == -1)
		return -1;
	mix_hash(n, out, TAGGED(len));
	return 0;
}

/* len bytes at out from TAGGED(len) at in. */
static int
decrypt_and_hash(struct noise *n, uint8_t *out, const uint8_t *in, size_t len)
{
	if (chapoly_open(out, n->k, nonce_zero, in, TAGGED(len), n->h,
	    sizeof(n->h)) == -1)
		return -1;
	mix_hash(n, in, TAGGED(len));
	return 0;
}

/* Token "e", sent. */
static int
write_e(struct noise *n, void *key, uint8_t *out)
{
	if (suite(n)->dh->public(key, out) == -1)
		return -1;
	mix_hash(n, out, suite(n)->dh->publen);
	return 0;
}

/* Token "e", received. */
static void
read_e(struct noise *n, const uint8_t *pub)
{
	mix_hash(n, pub, suite(n)->dh->publen);
}

/* Token "e1", sent: EncryptAndHash, but no key has been agreed yet. */
static void
write_e1(struct noise *n, uint8_t *ek)
{
	uint8_t	 dk[MLKEM768_DKLEN];

	mlkem768_keypair(ek, dk, n->seed);
	explicit_bzero(dk, sizeof(dk));
	mix_hash(n, ek, MLKEM768_EKLEN);
}

/* Token "e1", received. */
static void
read_e1(struct noise *n, const uint8_t *ek)
{
	mix_hash(n, ek, MLKEM768_EKLEN);
}

/* Token "ee": MixKey(DH). */
static int
mix_ee(struct noise *n, void *key, const uint8_t *peer)
{
	uint8_t	 value[DH_LEN];
	int	 r;

	if ((r = suite(n)->dh->value(key, value, peer)) == 0)
		mix_key(n, value, sizeof(value));
	explicit_bzero(value, sizeof(value));
	return r;
}

/* Token "ekem1", sent: a secret for the owner of ek. */
static int
write_ekem1(struct noise *n, uint8_t *out, const uint8_t *ek)
{
	uint8_t	 m[MLKEM768_MLEN], ss[MLKEM768_SSLEN];
	int	 r;

	arc4random_buf(m, sizeof(m));
	if ((r = mlkem768_encaps(out, ss, ek, m)) == -1)
		errno = EPROTO;
	else if ((r = encrypt_and_hash(n, out, out, MLKEM768_CTLEN)) == 0)
		mix_key(n, ss, sizeof(ss));
	explicit_bzero(m, sizeof(m));
	explicit_bzero(ss, sizeof(ss));
	return r;
}

/* Token "ekem1", received. */
static int
read_ekem1(struct noise *n, const uint8_t *in)
{
	uint8_t	 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
	uint8_t	 ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];

	if (decrypt_and_hash(n, ct, in, sizeof(ct)) == -1)
		return -1;
	mlkem768_keypair(ek, dk, n->seed);
	mlkem768_decaps(ss, dk, ct);
	mix_key(n, ss, sizeof(ss));
	explicit_bzero(dk, sizeof(dk));
	explicit_bzero(ss, sizeof(ss));
	return 0;
}

/* Split(), and the handshake hash. */
static void
split(struct noise *n, struct noise_keys *keys)
{
	hkdf2(keys->n1, keys->n2, n->ck, NULL, 0);
	memcpy(keys->h, n->h, sizeof(keys->h));
}

/* Bytes of message 1: the device's ephemeral keys. */
size_t
noise_m1_len(enum asmp_agreement agreement)
{
	return suites[agreement].dh->publen + suites[agreement].e1len;
}

/*
 * Bytes of message 2: the gateway's ephemeral, the ciphertext, the empty
 * payload's tag.
 */
size_t
noise_m2_len(enum asmp_agreement agreement)
{
	return suites[agreement].dh->publen + suites[agreement].ekem1len +
	    TAGGED(0);
}

/*
 * Begin a handshake, on either side, with new ephemeral keys over the
 * NOISE_PROLOGUE bytes of the prologue.  Returns 0, or -1 with errno EINVAL
 * for an agreement that is none.  Ends with noise_wipe().
 */
int
noise_init(struct noise *n, enum asmp_agreement agreement,
    const uint8_t *prologue)
{
	static const uint8_t	 none[DH_LEN];

	if (noise_init_fixed(n, agreement, prologue, none, NULL) == -1)
		return -1;
	suite(n)->dh->draw(n->e);
	if (suite(n)->e1len != 0)
		arc4random_buf(n->seed, sizeof(n->seed));
	return 0;
}

/*
 * The same with the DH_LEN bytes of a given private key, and those of a
 * given ML-KEM seed where the agreement has one: for tests alone.
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
	memcpy(n->e, priv, sizeof(n->e));
	if (seed != NULL)
		memcpy(n->seed, seed, sizeof(n->seed));
	begin(n);
	mix_hash(n, prologue, NOISE_PROLOGUE);
	return 0;
}

/*
 * Device: write message 1, noise_m1_len() bytes.  Returns 0, or -1 with
 * errno ENOMEM, or EINVAL when a given private key is none.
 */
int
noise_write_m1(struct noise *n, uint8_t *m1)
{
	const struct suite	*s = suite(n);
	void			*key;
	int			 r;

	if ((key = s->dh->load(n->e)) == NULL)
		return -1;
	if ((r = write_e(n, key, m1)) == 0) {
		if (s->e1len != 0)
			write_e1(n, m1 + s->dh->publen);
		mix_hash(n, NULL, 0);
	}
	s->dh->free(key);
	return r;
}

/*
 * Gateway: read message 1, write message 2 (noise_m2_len() bytes) and give
 * the keys.  Returns 0, or -1 with errno EPROTO, a refused point or ML-KEM
 * key (FIPS 203, section 7.2), or ENOMEM.  Either way the state is wiped:
 * there is no further message.
 */
int
noise_read_m1_write_m2(struct noise *n, const uint8_t *m1, uint8_t *m2,
    struct noise_keys *keys)
{
	const struct suite	*s = suite(n);
	const size_t		 elen = s->dh->publen;
	void			*key;
	int			 r = -1;

	if ((key = s->dh->load(n->e)) == NULL)
		goto done;
	read_e(n, m1);
	if (s->e1len != 0)
		read_e1(n, m1 + elen);
	mix_hash(n, NULL, 0);
	if (write_e(n, key, m2) == -1 || mix_ee(n, key, m1) == -1 ||
	    (s->e1len != 0 && write_ekem1(n, m2 + elen, m1 + elen) == -1) ||
	    encrypt_and_hash(n, m2 + elen + s->ekem1len, NULL, 0) == -1)
		goto done;
	split(n, keys);
	r = 0;
done:
	s->dh->free(key);
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
	const struct suite	*s = suite(n);
	const size_t		 elen = s->dh->publen;
	void			*key;
	int			 r = -1;

	if ((key = s->dh->load(n->e)) == NULL)
		goto done;
	read_e(n, m2);
	if (mix_ee(n, key, m2) == -1 ||
	    (s->e1len != 0 && read_ekem1(n, m2 + elen) == -1) ||
	    decrypt_and_hash(n, NULL, m2 + elen + s->ekem1len, 0) == -1)
		goto done;
	split(n, keys);
	r = 0;
done:
	s->dh->free(key);
	noise_wipe(n);
	return r;
}

/* Forget a handshake, at any point of it and as often as one likes. */
void
noise_wipe(struct noise *n)
{
	explicit_bzero(n, sizeof(*n));
}
