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


#include "asmp_proto.h"
#include "keccak.h"
#include "mlkem.h"
#include "mlkem_local.h"
#include "stack.h"
#include "testutil.h"

#define COEFFICIENTS	768	/* of ek's t, 12 bits each */

struct kem {
	uint8_t	 seed[MLKEM768_SEEDLEN];
	uint8_t	 m[MLKEM768_MLEN];
	uint8_t	 ek[MLKEM768_EKLEN];
	uint8_t	 dk[MLKEM768_DKLEN];
	uint8_t	 ct[MLKEM768_CTLEN];
	uint8_t	 ss[MLKEM768_SSLEN];
};

static struct kem	on_stack;	/* for run_on_stack() */

/* Keys, a ciphertext and its secret out of counting bytes. */
static void
kem_init(struct kem *k)
{
	count_up(k->seed, 0, sizeof(k->seed));
	count_up(k->m, 64, sizeof(k->m));
	mlkem768_keypair(k->ek, k->dk, k->seed);
	ATF_REQUIRE_EQ(0, mlkem768_encaps(k->ct, k->ss, k->ek, k->m));
}

static void
require_sha3(int line, const char *want, const uint8_t *p, size_t len)
{
	struct part	 in = { p, len };
	uint8_t		 h[SHA3_256_LEN];

	keccak_parts(SHA3_256, h, sizeof(h), &in, 1);
	require_hex(line, want, h, sizeof(h));
}

/*
 * For d = 00..1f, z = 20..3f, m = 40..5f: by @noble/post-quantum 0.7.1; ek
 * by PyPI's cryptography 50.0.2 as well.
 */
ATF_TC_WITHOUT_HEAD(known_answer);
ATF_TC_BODY(known_answer, tc)
{
	struct kem	 k;
	uint8_t		 ss[MLKEM768_SSLEN];

	kem_init(&k);
	require_sha3(__LINE__, "a24e16d8f8f9383a95b77050f4d9fd2f"
	    "5733eec1d63ef3c23ebf9918173669a7", k.ek, sizeof(k.ek));
	require_sha3(__LINE__, "1149f17c3c4ac6ab1e3e2d9d8bd01713"
	    "55ac0fa31bb8855c48ceade874c0864b", k.dk, sizeof(k.dk));
	require_sha3(__LINE__, "b4cfbd24cef67afd3764276c6980e0f8"
	    "8f8e9ca57f59b7f12fe1a9c1e72f4710", k.ct, sizeof(k.ct));
	REQUIRE_HEX("9cddd089ffe70e3996e76f7c8d06746d"
	    "f34d07e8657bc0fcf2bb0e1c3084aea1", k.ss, sizeof(k.ss));
	memset(k.ct, 0, sizeof(k.ct));
	mlkem768_decaps(ss, k.dk, k.ct);
	REQUIRE_HEX("c8fbeddafdacef2ffeb8b354ea644f11"
	    "b5c150f3e2c4a74ce38abba8f854ae16", ss, sizeof(ss));
}

/* One round: draw from in, give to out what came of it. */
static void
accumulate(struct keccak *in, struct keccak *out)
{
	struct kem	 k;
	uint8_t		 ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];

	keccak_squeeze(in, k.seed, sizeof(k.seed));
	keccak_squeeze(in, k.m, sizeof(k.m));
	keccak_squeeze(in, ct, sizeof(ct));
	mlkem768_keypair(k.ek, k.dk, k.seed);
	ATF_REQUIRE_EQ(0, mlkem768_check_dk(k.dk));
	ATF_REQUIRE_EQ(0, mlkem768_encaps(k.ct, k.ss, k.ek, k.m));
	mlkem768_decaps(ss, k.dk, k.ct);
	ATF_REQUIRE(memcmp(ss, k.ss, sizeof(ss)) == 0);
	mlkem768_decaps(ss, k.dk, ct);
	keccak_absorb(out, k.ek, sizeof(k.ek));
	keccak_absorb(out, k.ct, sizeof(k.ct));
	keccak_absorb(out, k.ss, sizeof(k.ss));
	keccak_absorb(out, ss, sizeof(ss));
}

static void
accumulated(const char *want, int rounds)
{
	struct keccak	 in, out;
	uint8_t		 h[32];

	keccak_init(&in, SHAKE128);
	keccak_init(&out, SHAKE128);
	while (rounds-- > 0)
		accumulate(&in, &out);
	keccak_squeeze(&out, h, sizeof(h));
	REQUIRE_HEX(want, h, sizeof(h));
}

/*
 * The accumulated test: seeds, messages and ciphertexts from SHAKE128 of
 * nothing; SHAKE128 over ek, ct, the secret and the secret of the random
 * ciphertext of each round.  The values come from independent libraries.
 */
ATF_TC_WITHOUT_HEAD(accumulated_100);
ATF_TC_BODY(accumulated_100, tc)
{
	accumulated("1114b1b6699ed191734fa339376afa7e"
	    "285c9e6acf6ff0177d346696ce564415", 100);
}

ATF_TC_WITHOUT_HEAD(accumulated_10000);
ATF_TC_BODY(accumulated_10000, tc)
{
	accumulated("8a518cc63da366322a8e7a818c7a0d63"
	    "483cb3528d34a4cf42f35d5ad73f22fc", 10000);
}

/* Coefficient i of ek, or of another array of 12 bits each. */
static int
get_12(const uint8_t *b, size_t i)
{
	b += i / 2 * 3;
	return i % 2 == 0 ? b[0] | (b[1] & 15) << 8 : b[1] >> 4 | b[2] << 4;
}

static void
put_12(uint8_t *b, size_t i, int x)
{
	b += i / 2 * 3;
	if (i % 2 == 0) {
		b[0] = x & 0xff;
		b[1] = (b[1] & 0xf0) | x >> 8;
	} else {
		b[1] = (b[1] & 0x0f) | (x & 15) << 4;
		b[2] = x >> 4;
	}
}

/* FIPS 203, section 7.2: refused wherever it is, q - 1 is not. */
ATF_TC_WITHOUT_HEAD(ek_with_a_large_coefficient);
ATF_TC_BODY(ek_with_a_large_coefficient, tc)
{
	static const int	 bad[] = { 3329, 3330, 4095 };
	struct kem		 k;
	uint8_t			 ek[MLKEM768_EKLEN];
	size_t			 i, j;

	kem_init(&k);
	memcpy(ek, k.ek, sizeof(ek));
	for (i = 0; i < COEFFICIENTS; i++) {
		put_12(ek, i, 3328);
		ATF_REQUIRE_EQ(0, mlkem768_encaps(k.ct, k.ss, ek, k.m));
		ATF_REQUIRE_EQ(0, mlkem768_check_ek(ek));
		for (j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			put_12(ek, i, bad[j]);
			REQUIRE_ERRNO(EINVAL,
			    mlkem768_encaps(k.ct, k.ss, ek, k.m));
			REQUIRE_ERRNO(EINVAL, mlkem768_check_ek(ek));
		}
		put_12(ek, i, get_12(k.ek, i));
	}
	ATF_REQUIRE(memcmp(ek, k.ek, sizeof(ek)) == 0);
}

ATF_TC_WITHOUT_HEAD(refusal_writes_nothing);
ATF_TC_BODY(refusal_writes_nothing, tc)
{
	struct kem	 k, was;

	kem_init(&k);
	memset(k.ek, 0xff, sizeof(k.ek));
	was = k;
	REQUIRE_ERRNO(EINVAL, mlkem768_encaps(k.ct, k.ss, k.ek, k.m));
	ATF_REQUIRE(memcmp(&k, &was, sizeof(k)) == 0);
}

/* J(z || ct), equation 4.4. */
static void
require_rejection(const struct kem *k, const uint8_t *ct)
{
	struct part	 in[] = {
		{ k->dk + DK_Z, 32 }, { ct, MLKEM768_CTLEN }
	};
	uint8_t		 ss[MLKEM768_SSLEN], want[MLKEM768_SSLEN];

	mlkem768_decaps(ss, k->dk, ct);
	keccak_parts(SHAKE256, want, sizeof(want), in, 2);
	ATF_REQUIRE(memcmp(ss, want, sizeof(ss)) == 0);
	ATF_REQUIRE(memcmp(ss, k->ss, sizeof(ss)) != 0);
}

/* Every single bit counts, those that compression leaves no doubt about. */
ATF_TC_WITHOUT_HEAD(ct_with_any_bit_wrong);
ATF_TC_BODY(ct_with_any_bit_wrong, tc)
{
	struct kem	 k;
	uint8_t		 ss[MLKEM768_SSLEN];
	size_t		 i;

	kem_init(&k);
	for (i = 0; i < 8 * sizeof(k.ct); i++) {
		k.ct[i / 8] ^= 1 << i % 8;
		require_rejection(&k, k.ct);
		k.ct[i / 8] ^= 1 << i % 8;
	}
	mlkem768_decaps(ss, k.dk, k.ct);
	ATF_REQUIRE(memcmp(ss, k.ss, sizeof(ss)) == 0);
}

ATF_TC_WITHOUT_HEAD(ct_of_somebody_else);
ATF_TC_BODY(ct_of_somebody_else, tc)
{
	struct kem	 k, other;
	uint8_t		 ct[MLKEM768_CTLEN];

	kem_init(&k);
	kem_init(&other);
	other.seed[0] ^= 1;
	mlkem768_keypair(other.ek, other.dk, other.seed);
	ATF_REQUIRE_EQ(0, mlkem768_encaps(other.ct, other.ss, other.ek, k.m));
	require_rejection(&k, other.ct);
	memset(ct, 0, sizeof(ct));
	require_rejection(&k, ct);
	memset(ct, 0xff, sizeof(ct));
	require_rejection(&k, ct);
}

/* z decides what a wrong ct gives, and only that. */
ATF_TC_WITHOUT_HEAD(rejection_takes_z);
ATF_TC_BODY(rejection_takes_z, tc)
{
	struct kem	 k;
	uint8_t		 a[MLKEM768_SSLEN], b[MLKEM768_SSLEN];

	kem_init(&k);
	k.ct[0] ^= 1;
	mlkem768_decaps(a, k.dk, k.ct);
	k.dk[DK_Z] ^= 1;
	mlkem768_decaps(b, k.dk, k.ct);
	ATF_REQUIRE(memcmp(a, b, sizeof(a)) != 0);
	k.ct[0] ^= 1;
	mlkem768_decaps(b, k.dk, k.ct);
	ATF_REQUIRE(memcmp(b, k.ss, sizeof(b)) == 0);
}

/* FIPS 203, section 7.3: ek and its hash in dk; the rest it cannot see. */
ATF_TC_WITHOUT_HEAD(dk_hash_check);
ATF_TC_BODY(dk_hash_check, tc)
{
	struct kem	 k;
	size_t		 i;

	kem_init(&k);
	ATF_REQUIRE_EQ(0, mlkem768_check_dk(k.dk));
	for (i = 0; i < sizeof(k.dk); i++) {
		k.dk[i] ^= 0x10;
		if (i >= DK_EK && i < DK_Z)
			REQUIRE_ERRNO(EINVAL, mlkem768_check_dk(k.dk));
		else
			ATF_REQUIRE_EQ(0, mlkem768_check_dk(k.dk));
		k.dk[i] ^= 0x10;
	}
}

/*
 * ByteDecode_12 reduces modulo q: a dk whose numbers are written larger than
 * need be is the same key.
 */
ATF_TC_WITHOUT_HEAD(dk_not_reduced);
ATF_TC_BODY(dk_not_reduced, tc)
{
	struct kem	 k;
	uint8_t		 ss[MLKEM768_SSLEN];
	size_t		 i, changed = 0;
	int		 x;

	kem_init(&k);
	for (i = 0; i < 2 * COEFFICIENTS; i++)
		if ((x = get_12(k.dk, i) + 3329) <= 4095) {
			put_12(k.dk, i, x);
			changed++;
		}
	ATF_REQUIRE(changed > COEFFICIENTS / 8);
	mlkem768_decaps(ss, k.dk, k.ct);
	ATF_REQUIRE(memcmp(ss, k.ss, sizeof(ss)) == 0);
}

/* What runs on a stack that can be read afterwards. */
static void
run_keypair(void)
{
	mlkem768_keypair(on_stack.ek, on_stack.dk, on_stack.seed);
}

static void
run_encaps(void)
{
	if (mlkem768_encaps(on_stack.ct, on_stack.ss, on_stack.ek,
	    on_stack.m) == -1)
		abort();
}

static void
run_decaps(void)
{
	mlkem768_decaps(on_stack.ss, on_stack.dk, on_stack.ct);
}

/* A bit wrong still decrypts to m, and is seen when that is encrypted. */
static void
run_reject(void)
{
	on_stack.ct[0] ^= 1;
	run_decaps();
	on_stack.ct[0] ^= 1;
}

/* What a function that does not wipe leaves. */
static void
run_careless(void)
{
	uint8_t		 copy[sizeof(on_stack.m)];
	struct part	 in = { copy, sizeof(copy) };

	memcpy(copy, on_stack.m, sizeof(copy));
	keccak_parts(SHA3_256, on_stack.ss, sizeof(on_stack.ss), &in, 1);
}

/* The noise out of one seed: its bytes, and the forms that it passes. */
static void
require_noise_wiped(const uint8_t *stack, const uint8_t *seed)
{
	uint8_t		 i, b[128];
	struct part	 in[] = { { seed, 32 }, { &i, 1 } };
	struct poly	 p;

	require_wiped(stack, "a seed", seed, 32);
	for (i = 0; i < 2 * MLKEM_K + 1; i++) {
		keccak_parts(SHAKE256, b, sizeof(b), in, 2);
		require_wiped(stack, "PRF", b, sizeof(b));
		poly_noise(&p, seed, i);
		require_wiped(stack, "noise", &p, sizeof(p));
		poly_ntt(&p);
		require_wiped(stack, "its transform", &p, sizeof(p));
		poly_canon(&p);
		require_wiped(stack, "its canonical form", &p, sizeof(p));
	}
}

/*
 * What decryption meets on its way to m, and what encrypting that again
 * makes, which whoever sent something else must not learn.
 */
static void
require_decryption_wiped(const uint8_t *stack, const struct kem *k)
{
	struct polyvec	 s, u;
	struct poly	 p;
	size_t		 i;

	for (i = 0; i < MLKEM_K; i++) {
		poly_decode(&s.v[i], k->dk + i * POLY_LEN(12), 12);
		require_wiped(stack, "s, decoded", &s.v[i], sizeof(s.v[i]));
		poly_decode(&u.v[i], k->ct + i * POLY_LEN(10), 10);
		poly_decompress(&u.v[i], 10);
		poly_ntt(&u.v[i]);
	}
	poly_dot(&p, &s, &u);
	require_wiped(stack, "s u", &p, sizeof(p));
	poly_invntt(&p);
	require_wiped(stack, "s u, transformed back", &p, sizeof(p));
	poly_decode(&p, k->m, 1);
	require_wiped(stack, "bits of m", &p, sizeof(p));
	poly_decompress(&p, 1);
	require_wiped(stack, "m, decompressed", &p, sizeof(p));
	poly_decode(&p, k->ct + CT_V, 4);
	require_wiped(stack, "v", &p, sizeof(p));
	require_wiped(stack, "ct", k->ct, sizeof(k->ct));
}

/* G(d || k) and G(m || H(ek)), and all that is drawn from them. */
static void
require_stack_wiped(const uint8_t *stack, const struct kem *k)
{
	const uint8_t	 rank = MLKEM_K;
	struct part	 d[] = { { k->seed, 32 }, { &rank, 1 } };
	struct part	 m[] = { { k->m, 32 }, { k->dk + DK_HASH, 32 } };
	uint8_t		 g[SHA3_512_LEN];

	require_wiped(stack, "d || z", k->seed, sizeof(k->seed));
	require_wiped(stack, "m", k->m, sizeof(k->m));
	require_wiped(stack, "ss", k->ss, sizeof(k->ss));
	require_wiped(stack, "s", k->dk, DK_EK);
	keccak_parts(SHA3_512, g, sizeof(g), d, 2);
	require_noise_wiped(stack, g + 32);
	keccak_parts(SHA3_512, g, sizeof(g), m, 2);
	require_wiped(stack, "K", g, 32);
	require_noise_wiped(stack, g + 32);
	require_decryption_wiped(stack, k);
}

/* Whatever stays where a function was is there for the next bug to show. */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	void	 (*runs[])(void) = {
		run_keypair, run_encaps, run_decaps, run_reject
	};
	uint8_t	*stack;
	size_t	 i;

	kem_init(&on_stack);
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack, on_stack.m, sizeof(on_stack.m)));
	free(stack);
	kem_init(&on_stack);
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		stack = run_on_stack(runs[i]);
		require_stack_wiped(stack, &on_stack);
		free(stack);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, known_answer);
	ATF_TP_ADD_TC(tp, accumulated_100);
	ATF_TP_ADD_TC(tp, accumulated_10000);
	ATF_TP_ADD_TC(tp, ek_with_a_large_coefficient);
	ATF_TP_ADD_TC(tp, refusal_writes_nothing);
	ATF_TP_ADD_TC(tp, ct_with_any_bit_wrong);
	ATF_TP_ADD_TC(tp, ct_of_somebody_else);
	ATF_TP_ADD_TC(tp, rejection_takes_z);
	ATF_TP_ADD_TC(tp, dk_hash_check);
	ATF_TP_ADD_TC(tp, dk_not_reduced);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	return atf_no_error();
}
