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
 * ML-KEM-768: the encryption scheme K-PKE of FIPS 203, section 5, and the
 * key encapsulation on it, sections 6 and 7.  What is secret goes through
 * arithmetic alone, and buffers that held it are wiped (section 3.3).
 */

#include <errno.h>
#include <string.h>

#include "asmp_proto.h"
#include "compat.h"
#include "keccak.h"
#include "mlkem.h"
#include "mlkem_local.h"

/* The parts of local lengths make up what mlkem.h promises. */
_Static_assert(EK_RHO + MLKEM_SYMLEN == MLKEM768_EKLEN, "ek");
_Static_assert(DK_Z + MLKEM_SYMLEN == MLKEM768_DKLEN, "dk");
_Static_assert(CT_V + POLY_LEN(MLKEM_DV) == MLKEM768_CTLEN, "ct");

static void	hash_h(uint8_t *, const uint8_t *);
static void	hash_g(uint8_t *, const uint8_t *, const uint8_t *, size_t);
static void	hash_j(uint8_t *, const uint8_t *, const uint8_t *);
static void	get_vec(struct polyvec *, const uint8_t *, unsigned int);
static void	noise_vec(struct polyvec *, const uint8_t *);
static void	keygen_row(uint8_t *, const struct polyvec *, const uint8_t *,
		    const uint8_t *, uint8_t);
static void	pke_keygen(uint8_t *, uint8_t *, const uint8_t *);
static void	add_noise(struct poly *, const uint8_t *, uint8_t);
static void	add_message(struct poly *, const uint8_t *);
static void	put_compressed(uint8_t *, struct poly *, unsigned int);
static void	pke_encrypt(uint8_t *, const struct polyvec *,
		    const uint8_t *, const uint8_t *, const uint8_t *);
static void	pke_decrypt(uint8_t *, const uint8_t *, const uint8_t *);
static int	get_ek(struct polyvec *, const uint8_t *);
static void	replace_if(int, uint8_t *, const uint8_t *, size_t);

/* H, G and J: equations 4.4 and 4.5. */
static void
hash_h(uint8_t *out, const uint8_t *ek)
{
	const struct part	 in = { ek, MLKEM768_EKLEN };

	keccak_parts(SHA3_256, out, SHA3_256_LEN, &in, 1);
}

static void
hash_g(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t blen)
{
	const struct part	 in[] = { { a, MLKEM_SYMLEN }, { b, blen } };

	keccak_parts(SHA3_512, out, SHA3_512_LEN, in, 2);
}

static void
hash_j(uint8_t *out, const uint8_t *z, const uint8_t *ct)
{
	const struct part	 in[] = {
		{ z, MLKEM_SYMLEN }, { ct, MLKEM768_CTLEN }
	};

	keccak_parts(SHAKE256, out, MLKEM768_SSLEN, in, 2);
}

static void
get_vec(struct polyvec *v, const uint8_t *in, unsigned int d)
{
	size_t	 i;

	for (i = 0; i < MLKEM_K; i++)
		poly_decode(&v->v[i], in + i * POLY_LEN(d), d);
}

/* The transforms of a secret vector: the seed's first k polynomials. */
static void
noise_vec(struct polyvec *v, const uint8_t *seed)
{
	uint8_t	 i;

	for (i = 0; i < MLKEM_K; i++) {
		poly_noise(&v->v[i], seed, i);
		poly_ntt(&v->v[i]);
	}
}

/* Write line i of t = A s + e, which is line i of ek. */
static void
keygen_row(uint8_t *out, const struct polyvec *s, const uint8_t *rho,
    const uint8_t *sigma, uint8_t i)
{
	struct polyvec	 row;
	struct poly	 t, e;
	uint8_t		 j;

	for (j = 0; j < MLKEM_K; j++)
		poly_uniform(&row.v[j], rho, j, i);
	poly_dot(&t, &row, s);
	poly_noise(&e, sigma, MLKEM_K + i);
	poly_ntt(&e);
	poly_add(&t, &e);
	poly_canon(&t);
	poly_encode(out, &t, MLKEM_DQ);
	explicit_bzero(&e, sizeof(e));
}

/* K-PKE.KeyGen (algorithm 13): ek, and s as the first part of dk, from d. */
static void
pke_keygen(uint8_t *ek, uint8_t *dk, const uint8_t *d)
{
	const uint8_t	 k = MLKEM_K;
	struct polyvec	 s;
	uint8_t		 g[SHA3_512_LEN], i;	/* rho || sigma */
	size_t		 len = POLY_LEN(MLKEM_DQ);

	hash_g(g, d, &k, sizeof(k));
	memcpy(ek + EK_RHO, g, MLKEM_SYMLEN);
	noise_vec(&s, g + MLKEM_SYMLEN);
	for (i = 0; i < MLKEM_K; i++) {
		keygen_row(ek + i * len, &s, g, g + MLKEM_SYMLEN, i);
		poly_canon(&s.v[i]);
		poly_encode(dk + i * len, &s.v[i], MLKEM_DQ);
	}
	explicit_bzero(&s, sizeof(s));
	explicit_bzero(g, sizeof(g));
}

/* Add the seed's polynomial number n. */
static void
add_noise(struct poly *p, const uint8_t *seed, uint8_t n)
{
	struct poly	 e;

	poly_noise(&e, seed, n);
	poly_add(p, &e);
	explicit_bzero(&e, sizeof(e));
}

/* Add q / 2 for each bit that is set. */
static void
add_message(struct poly *p, const uint8_t *m)
{
	struct poly	 mu;

	poly_decode(&mu, m, 1);
	poly_decompress(&mu, 1);
	poly_add(p, &mu);
	explicit_bzero(&mu, sizeof(mu));
}

static void
put_compressed(uint8_t *out, struct poly *p, unsigned int d)
{
	poly_compress(p, d);
	poly_encode(out, p, d);
}

/*
 * K-PKE.Encrypt (algorithm 14) of the MLKEM_SYMLEN bytes at m with the
 * randomness r, under the key whose t, as decoded, and rho are given.
 */
static void
pke_encrypt(uint8_t *ct, const struct polyvec *t, const uint8_t *rho,
    const uint8_t *m, const uint8_t *r)
{
	struct polyvec	 y, column;
	struct poly	 p;
	uint8_t		 i, j;

	noise_vec(&y, r);
	for (i = 0; i < MLKEM_K; i++) {
		for (j = 0; j < MLKEM_K; j++)
			poly_uniform(&column.v[j], rho, i, j);
		poly_dot(&p, &column, &y);
		poly_invntt(&p);
		add_noise(&p, r, MLKEM_K + i);
		put_compressed(ct + i * POLY_LEN(MLKEM_DU), &p, MLKEM_DU);
	}
	poly_dot(&p, t, &y);
	poly_invntt(&p);
	add_noise(&p, r, 2 * MLKEM_K);
	add_message(&p, m);
	put_compressed(ct + CT_V, &p, MLKEM_DV);
	explicit_bzero(&y, sizeof(y));
	explicit_bzero(&p, sizeof(p));
}

/* K-PKE.Decrypt (algorithm 15): MLKEM_SYMLEN bytes of m, right or wrong. */
static void
pke_decrypt(uint8_t *m, const uint8_t *dk, const uint8_t *ct)
{
	struct polyvec	 s, u;
	struct poly	 v, w;
	size_t		 i;

	get_vec(&s, dk, MLKEM_DQ);
	get_vec(&u, ct, MLKEM_DU);
	for (i = 0; i < MLKEM_K; i++) {
		poly_decompress(&u.v[i], MLKEM_DU);
		poly_ntt(&u.v[i]);
	}
	poly_dot(&w, &s, &u);
	poly_invntt(&w);
	poly_decode(&v, ct + CT_V, MLKEM_DV);
	poly_decompress(&v, MLKEM_DV);
	poly_sub(&v, &w);
	put_compressed(m, &v, 1);
	explicit_bzero(&s, sizeof(s));
	explicit_bzero(&v, sizeof(v));
	explicit_bzero(&w, sizeof(w));
}

/*
 * ML-KEM.KeyGen_internal (algorithm 16): the MLKEM768_EKLEN bytes of ek and
 * the MLKEM768_DKLEN of dk from a seed of MLKEM768_SEEDLEN, d || z.  Fresh
 * random bytes as seed make this KeyGen of section 7.1.
 */
void
mlkem768_keypair(uint8_t ek[MLKEM768_EKLEN], uint8_t dk[MLKEM768_DKLEN],
    const uint8_t seed[MLKEM768_SEEDLEN])
{
	pke_keygen(ek, dk, seed);
	memcpy(dk + DK_EK, ek, MLKEM768_EKLEN);
	hash_h(dk + DK_HASH, ek);
	memcpy(dk + DK_Z, seed + MLKEM_SYMLEN, MLKEM_SYMLEN);
}

/* Decode ek's t; -1 with errno EINVAL when it fails the modulus check. */
static int
get_ek(struct polyvec *t, const uint8_t *ek)
{
	size_t	 i;

	get_vec(t, ek, MLKEM_DQ);
	for (i = 0; i < MLKEM_K; i++)
		if (!poly_is_canon(&t->v[i])) {
			errno = EINVAL;
			return -1;
		}
	return 0;
}

/*
 * The modulus check of section 7.2 on the MLKEM768_EKLEN bytes of an ek: 0,
 * or -1 with errno EINVAL when a coefficient is not below q.
 */
int
mlkem768_check_ek(const uint8_t ek[MLKEM768_EKLEN])
{
	struct polyvec	 t;

	return get_ek(&t, ek);
}

/*
 * Make MLKEM768_SSLEN bytes of secret for the owner of ek, and the
 * MLKEM768_CTLEN bytes of ct that tell it, from MLKEM768_MLEN fresh random
 * bytes at m: Encaps of section 7.2 on algorithm 17.  Returns 0, or -1 with
 * errno EINVAL and nothing written when ek fails the modulus check, that
 * is, when a coefficient is not below q.  The other check of section 7.2,
 * ek's length, is the caller's.
 */
int
mlkem768_encaps(uint8_t ct[MLKEM768_CTLEN], uint8_t ss[MLKEM768_SSLEN],
    const uint8_t ek[MLKEM768_EKLEN], const uint8_t m[MLKEM768_MLEN])
{
	struct polyvec	 t;
	uint8_t		 h[SHA3_256_LEN], g[SHA3_512_LEN];	/* K || r */

	if (get_ek(&t, ek) == -1)
		return -1;
	hash_h(h, ek);
	hash_g(g, m, h, sizeof(h));
	pke_encrypt(ct, &t, ek + EK_RHO, m, g + MLKEM_SYMLEN);
	memcpy(ss, g, MLKEM768_SSLEN);
	explicit_bzero(g, sizeof(g));
	return 0;
}

/*
 * Copy n bytes of alt over out when cond is 1, not 0; either way the same
 * is read and written.  The volatile keeps a compiler that sees where cond
 * comes from from making a branch of it.
 */
static void
replace_if(int cond, uint8_t *out, const uint8_t *alt, size_t n)
{
	volatile uint8_t	 mask = (uint8_t)-cond;
	size_t			 i;

	for (i = 0; i < n; i++)
		out[i] ^= mask & (out[i] ^ alt[i]);
}

/*
 * The MLKEM768_SSLEN bytes of secret that ct tells the owner of dk:
 * algorithm 18.  There is no error: for a ct that mlkem768_encaps() did not
 * make, the secret is J(z || ct), which its sender cannot know, and nothing
 * that can be observed here tells the two apart.  The checks of section 7.3
 * are the caller's: ct's length, and mlkem768_check_dk() once for a dk that
 * was stored.
 */
void
mlkem768_decaps(uint8_t ss[MLKEM768_SSLEN], const uint8_t dk[MLKEM768_DKLEN],
    const uint8_t ct[MLKEM768_CTLEN])
{
	struct polyvec	 t;
	uint8_t		 m[MLKEM_SYMLEN], g[SHA3_512_LEN];	/* K || r */
	uint8_t		 reject[MLKEM768_SSLEN], again[MLKEM768_CTLEN];

	pke_decrypt(m, dk, ct);
	hash_g(g, m, dk + DK_HASH, MLKEM_SYMLEN);
	hash_j(reject, dk + DK_Z, ct);
	get_vec(&t, dk + DK_EK, MLKEM_DQ);
	pke_encrypt(again, &t, dk + DK_EK + EK_RHO, m, g + MLKEM_SYMLEN);
	replace_if(timingsafe_bcmp(ct, again, sizeof(again)), g, reject,
	    MLKEM768_SSLEN);
	memcpy(ss, g, MLKEM768_SSLEN);
	explicit_bzero(m, sizeof(m));
	explicit_bzero(g, sizeof(g));
	explicit_bzero(reject, sizeof(reject));
	explicit_bzero(again, sizeof(again));
}

/*
 * The hash check of section 7.3 on the MLKEM768_DKLEN bytes of a dk that
 * was stored or sent: 0, or -1 with errno EINVAL when the hash in it is not
 * that of the ek in it.  It does not see a change of s or z.
 */
int
mlkem768_check_dk(const uint8_t dk[MLKEM768_DKLEN])
{
	uint8_t	 h[SHA3_256_LEN];

	hash_h(h, dk + DK_EK);
	if (timingsafe_bcmp(h, dk + DK_HASH, sizeof(h)) != 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
