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


/* The polynomials of ML-KEM against the definitions of FIPS 203. */

#include "asmp_proto.h"
#include "keccak.h"
#include "mlkem_local.h"
#include "testutil.h"

#define ROUNDS		20
#define LIMIT12		4095		/* what 12 bits hold */

static const unsigned int	widths[] = { 1, MLKEM_DV, MLKEM_DU, 11 };

/* A value modulo q, between 0 and q - 1. */
static int64_t
mod(int64_t a)
{
	a %= MLKEM_Q;
	return a < 0 ? a + MLKEM_Q : a;
}

/* Fill with values from lo to hi out of a stream that n names. */
static void
fill(struct poly *p, unsigned int n, int lo, int hi)
{
	struct part	 in = { &n, sizeof(n) };
	uint32_t	 r[MLKEM_N];
	size_t		 i;

	keccak_parts(SHAKE128, r, sizeof(r), &in, 1);
	for (i = 0; i < MLKEM_N; i++)
		p->c[i] = (int16_t)(lo + (int)(r[i] % (uint32_t)(hi - lo + 1)));
}

static void
fill_with(struct poly *p, int16_t x)
{
	size_t	 i;

	for (i = 0; i < MLKEM_N; i++)
		p->c[i] = x;
}

/* sum += a b modulo X^256 + 1, term by term. */
static void
schoolbook(int64_t *sum, const struct poly *a, const struct poly *b)
{
	size_t	 i, j;
	int64_t	 t;

	for (i = 0; i < MLKEM_N; i++)
		for (j = 0; j < MLKEM_N; j++) {
			t = (int64_t)a->c[i] * b->c[j];
			if (i + j < MLKEM_N)
				sum[i + j] += t;
			else
				sum[i + j - MLKEM_N] -= t;
		}
}

static void
require_product(const struct polyvec *a, const struct polyvec *b)
{
	int64_t		 want[MLKEM_N] = { 0 };
	struct polyvec	 fa = *a, fb = *b;
	struct poly	 got;
	size_t		 i;

	for (i = 0; i < MLKEM_K; i++) {
		schoolbook(want, &a->v[i], &b->v[i]);
		poly_ntt(&fa.v[i]);
		poly_canon(&fa.v[i]);
		poly_ntt(&fb.v[i]);
	}
	poly_dot(&got, &fa, &fb);
	poly_invntt(&got);
	for (i = 0; i < MLKEM_N; i++)
		ATF_REQUIRE_EQ(mod(want[i]), mod(got.c[i]));
}

/* Random coefficients, as many as a vector has, then each end of the range. */
ATF_TC_WITHOUT_HEAD(product_agrees_with_schoolbook);
ATF_TC_BODY(product_agrees_with_schoolbook, tc)
{
	static const int16_t	 ends[] = { LIMIT12, -LIMIT12, MLKEM_Q - 1 };
	struct polyvec		 a, b;
	unsigned int		 n = 0;
	size_t			 i, j, k;

	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < MLKEM_K; k++) {
			fill(&a.v[k], n++, -LIMIT12, LIMIT12);
			fill(&b.v[k], n++, -LIMIT12, LIMIT12);
		}
		require_product(&a, &b);
	}
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++) {
			for (k = 0; k < MLKEM_K; k++) {
				fill_with(&a.v[k], ends[i]);
				fill_with(&b.v[k], ends[j]);
			}
			require_product(&a, &b);
		}
}

/* X^i times X^j, where each pair of terms shows a wrong power on its own. */
ATF_TC_WITHOUT_HEAD(product_of_monomials);
ATF_TC_BODY(product_of_monomials, tc)
{
	struct polyvec	 a, b;
	size_t		 i;

	for (i = 0; i < MLKEM_N; i++) {
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		a.v[i % MLKEM_K].c[i] = 1;
		b.v[i % MLKEM_K].c[i * 7 % MLKEM_N] = MLKEM_Q - 1;
		require_product(&a, &b);
	}
}

/*
 * The largest sums that poly_dot() may meet: a key with 12 bits set in each
 * coefficient, and transforms at the end of their range.
 */
ATF_TC_WITHOUT_HEAD(dot_at_its_limits);
ATF_TC_BODY(dot_at_its_limits, tc)
{
	static const int16_t	 ends[] = { 1664, -1664 };
	struct polyvec		 a, reduced, b;
	struct poly		 got, want;
	size_t			 i, j, k;

	for (i = 0; i < 2; i++) {
		for (k = 0; k < MLKEM_K; k++) {
			fill_with(&a.v[k], LIMIT12);
			fill_with(&b.v[k], ends[i]);
		}
		reduced = a;
		for (k = 0; k < MLKEM_K; k++)
			poly_canon(&reduced.v[k]);
		poly_dot(&got, &a, &b);
		poly_dot(&want, &reduced, &b);
		for (j = 0; j < MLKEM_N; j++)
			ATF_REQUIRE_EQ(mod(want.c[j]), mod(got.c[j]));
	}
}

/* There and back, and within the ranges that others count on. */
ATF_TC_WITHOUT_HEAD(ntt_has_an_inverse);
ATF_TC_BODY(ntt_has_an_inverse, tc)
{
	struct poly	 p, q;
	unsigned int	 n;
	size_t		 i;

	for (n = 0; n < ROUNDS; n++) {
		fill(&p, n, -LIMIT12, LIMIT12);
		q = p;
		poly_ntt(&q);
		for (i = 0; i < MLKEM_N; i++)
			ATF_REQUIRE(q.c[i] >= -1664 && q.c[i] <= 1664);
		poly_invntt(&q);
		for (i = 0; i < MLKEM_N; i++) {
			ATF_REQUIRE(q.c[i] > -MLKEM_Q && q.c[i] < MLKEM_Q);
			ATF_REQUIRE_EQ(mod(p.c[i]), mod(q.c[i]));
		}
	}
}

/* All 65536 values, in 256 polynomials. */
ATF_TC_WITHOUT_HEAD(canon_of_every_value);
ATF_TC_BODY(canon_of_every_value, tc)
{
	struct poly	 p;
	int		 base, i;

	for (base = INT16_MIN; base <= INT16_MAX; base += MLKEM_N) {
		for (i = 0; i < MLKEM_N; i++)
			p.c[i] = (int16_t)(base + i);
		poly_canon(&p);
		ATF_REQUIRE_EQ(1, poly_is_canon(&p));
		for (i = 0; i < MLKEM_N; i++)
			ATF_REQUIRE_EQ(mod(base + i), p.c[i]);
	}
}

/* One coefficient at q is enough, wherever it is. */
ATF_TC_WITHOUT_HEAD(canon_is_told_from_not);
ATF_TC_BODY(canon_is_told_from_not, tc)
{
	struct poly	 p;
	size_t		 i;

	fill_with(&p, MLKEM_Q - 1);
	ATF_REQUIRE_EQ(1, poly_is_canon(&p));
	for (i = 0; i < MLKEM_N; i++) {
		p.c[i] = MLKEM_Q;
		ATF_REQUIRE_EQ(0, poly_is_canon(&p));
		p.c[i] = MLKEM_Q - 1;
	}
}

/* Equation 4.7 in whole numbers: x 2^d / q, a half rounded up, modulo 2^d. */
static int
compressed(int x, unsigned int d)
{
	return ((2 * x << d) + MLKEM_Q) / (2 * MLKEM_Q) % (1 << d);
}

/* All q values, each also as a number below 0 and one above q. */
ATF_TC_WITHOUT_HEAD(compress_rounds_every_value);
ATF_TC_BODY(compress_rounds_every_value, tc)
{
	struct poly	 p;
	size_t		 w;
	int		 x, i;

	for (w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
		for (x = -MLKEM_Q; x < 2 * MLKEM_Q; x += MLKEM_N) {
			for (i = 0; i < MLKEM_N; i++)
				p.c[i] = (int16_t)(x + i);
			poly_compress(&p, widths[w]);
			for (i = 0; i < MLKEM_N; i++)
				ATF_REQUIRE_EQ(compressed((int)mod(x + i),
				    widths[w]), p.c[i]);
		}
}

/* Equation 4.8, and that a value compressed again is itself. */
ATF_TC_WITHOUT_HEAD(decompress_rounds_every_value);
ATF_TC_BODY(decompress_rounds_every_value, tc)
{
	struct poly	 p;
	unsigned int	 d;
	size_t		 w;
	int		 y, i;

	for (w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		d = widths[w];
		for (y = 0; y < 1 << d; y += MLKEM_N) {
			for (i = 0; i < MLKEM_N; i++)
				p.c[i] = (int16_t)((y + i) % (1 << d));
			poly_decompress(&p, d);
			for (i = 0; i < MLKEM_N; i++)
				ATF_REQUIRE_EQ(((y + i) % (1 << d) * 2 *
				    MLKEM_Q + (1 << d)) / (2 << d), p.c[i]);
			poly_compress(&p, d);
			for (i = 0; i < MLKEM_N; i++)
				ATF_REQUIRE_EQ((y + i) % (1 << d), p.c[i]);
		}
	}
}

/* Bit j of coefficient i is bit i d + j of the bytes. */
static void
require_bits(const uint8_t *b, const struct poly *p, unsigned int d)
{
	size_t	 bit;

	for (bit = 0; bit < (size_t)MLKEM_N * d; bit++)
		ATF_REQUIRE_EQ(p->c[bit / d] >> bit % d & 1,
		    b[bit / 8] >> bit % 8 & 1);
}

ATF_TC_WITHOUT_HEAD(encoding_bit_by_bit);
ATF_TC_BODY(encoding_bit_by_bit, tc)
{
	static const unsigned int	 ds[] = { 1, 4, 10, 11, 12 };
	uint8_t				 b[POLY_LEN(12) + 1];
	struct poly			 p, q;
	size_t				 i;

	for (i = 0; i < sizeof(ds) / sizeof(ds[0]); i++) {
		fill(&p, ds[i], 0, (1 << ds[i]) - 1);
		memset(b, 0x5a, sizeof(b));
		poly_encode(b, &p, ds[i]);
		require_bits(b, &p, ds[i]);
		ATF_REQUIRE_EQ(0x5a, b[POLY_LEN(ds[i])]);
		poly_decode(&q, b, ds[i]);
		ATF_REQUIRE(memcmp(&p, &q, sizeof(p)) == 0);
	}
}

/* Algorithm 8 read off the bits: two less the next two. */
ATF_TC_WITHOUT_HEAD(noise_is_centred_binomial);
ATF_TC_BODY(noise_is_centred_binomial, tc)
{
	uint8_t		 seed[MLKEM_SYMLEN + 1], b[128];
	struct part	 in = { seed, sizeof(seed) };
	struct poly	 p;
	size_t		 i, bit;
	int		 x[4];

	count_up(seed, 0, MLKEM_SYMLEN);
	seed[MLKEM_SYMLEN] = 5;
	keccak_parts(SHAKE256, b, sizeof(b), &in, 1);
	poly_noise(&p, seed, 5);
	for (i = 0; i < MLKEM_N; i++) {
		for (bit = 0; bit < 4; bit++)
			x[bit] = b[(4 * i + bit) / 8] >> (4 * i + bit) % 8 & 1;
		ATF_REQUIRE_EQ(x[0] + x[1] - x[2] - x[3], p.c[i]);
	}
}

/* Algorithm 7 on one long output, which need not be cut into blocks. */
ATF_TC_WITHOUT_HEAD(uniform_rejects_from_q_on);
ATF_TC_BODY(uniform_rejects_from_q_on, tc)
{
	uint8_t		 seed[MLKEM_SYMLEN + 2], b[1536];
	struct part	 in = { seed, sizeof(seed) };
	struct poly	 p;
	size_t		 i, n;
	int		 x;

	count_up(seed, 7, sizeof(seed));
	keccak_parts(SHAKE128, b, sizeof(b), &in, 1);
	poly_uniform(&p, seed, seed[MLKEM_SYMLEN], seed[MLKEM_SYMLEN + 1]);
	for (i = n = 0; n < MLKEM_N; i++) {
		ATF_REQUIRE(i / 2 * 3 + 2 < sizeof(b));
		if (i % 2 == 0)
			x = b[i / 2 * 3] | b[i / 2 * 3 + 1] % 16 << 8;
		else
			x = b[i / 2 * 3 + 1] / 16 | b[i / 2 * 3 + 2] << 4;
		if (x < MLKEM_Q)
			ATF_REQUIRE_EQ(x, p.c[n++]);
	}
	ATF_REQUIRE_MSG(i > MLKEM_N, "this seed rejects nothing");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, product_agrees_with_schoolbook);
	ATF_TP_ADD_TC(tp, product_of_monomials);
	ATF_TP_ADD_TC(tp, dot_at_its_limits);
	ATF_TP_ADD_TC(tp, ntt_has_an_inverse);
	ATF_TP_ADD_TC(tp, canon_of_every_value);
	ATF_TP_ADD_TC(tp, canon_is_told_from_not);
	ATF_TP_ADD_TC(tp, compress_rounds_every_value);
	ATF_TP_ADD_TC(tp, decompress_rounds_every_value);
	ATF_TP_ADD_TC(tp, encoding_bit_by_bit);
	ATF_TP_ADD_TC(tp, noise_is_centred_binomial);
	ATF_TP_ADD_TC(tp, uniform_rejects_from_q_on);
	return atf_no_error();
}
