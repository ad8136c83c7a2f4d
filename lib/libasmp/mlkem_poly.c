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
 * Polynomials over Z_q[X]/(X^256 + 1) for ML-KEM: FIPS 203, section 4.2 and
 * 4.3.  No branch, index or division depends on a coefficient, except in
 * poly_uniform() and poly_is_canon(), whose input is public.  Right shifts
 * of negative numbers keep the sign and narrowing casts wrap, which gcc and
 * clang define so.
 */

#include <string.h>

#include "asmp_proto.h"
#include "keccak.h"
#include "mlkem_local.h"

#define QINV		62209	/* 1 / q modulo 2^16 */
#define MONT2		1353	/* 2^32 modulo q */
#define INVN		512	/* 2^16 / 128 modulo q */
#define RECIP		20159	/* 2^26 / q, rounded */
#define RECIP_SHIFT	26
#define DIVQ		20642679	/* 2^36 / q, rounded up */
#define DIVQ_SHIFT	36
#define NOISE_LEN	128	/* bytes for eta 2: four bits a coefficient */

static int16_t	mont_reduce(int32_t);
static int16_t	mont_mul(int16_t, int16_t);
static int16_t	centre(int16_t);
static void	dot_pair(int16_t *, const struct polyvec *,
		    const struct polyvec *, size_t, int16_t);
static size_t	take_uniform(struct poly *, size_t, const uint8_t *, size_t);

/*
 * FIPS 203, appendix A: 17^BitRev7(i), times 2^16 modulo q and centred, so
 * that mont_mul() by one of them multiplies by the power itself.
 */
static const int16_t	zetas[MLKEM_N / 2] = {
	-1044,  -758,  -359, -1517,  1493,  1422,   287,   202,
	 -171,   622,  1577,   182,   962, -1202, -1474,  1468,
	  573, -1325,   264,   383,  -829,  1458, -1602,  -130,
	 -681,  1017,   732,   608, -1542,   411,  -205, -1571,
	 1223,   652,  -552,  1015, -1293,  1491,  -282, -1544,
	  516,    -8,  -320,  -666, -1618, -1162,   126,  1469,
	 -853,   -90,  -271,   830,   107, -1421,  -247,  -951,
	 -398,   961, -1508,  -725,   448, -1065,   677, -1275,
	-1103,   430,   555,   843, -1251,   871,  1550,   105,
	  422,   587,   177,  -235,  -291,  -460,  1574,  1653,
	 -246,   778,  1159,  -147,  -777,  1483,  -602,  1119,
	-1590,   644,  -872,   349,   418,   329,  -156,   -75,
	  817,  1097,   603,   610,  1322, -1285, -1465,   384,
	-1215,  -136,  1218, -1335,  -874,   220, -1187, -1659,
	-1185, -1530, -1278,   794, -1510,  -854,  -870,   478,
	 -108,  -308,   996,   991,   958, -1460,  1522,  1628
};

/*
 * a / 2^16 modulo q, by Montgomery's method: between -q and q when a lies
 * between -2^15 q and 2^15 q.
 */
static inline int16_t
mont_reduce(int32_t a)
{
	int16_t	 m = (int16_t)((uint32_t)a * QINV);

	return (int16_t)((a - m * MLKEM_Q) >> 16);
}

/*
 * a b / 2^16 modulo q.  With b from the table of powers, whatever a, the
 * result lies between -2500 and 2500.
 */
static inline int16_t
mont_mul(int16_t a, int16_t b)
{
	return mont_reduce((int32_t)a * b);
}

/* The same modulo q, between -1664 and 1664, by Barrett's method. */
static inline int16_t
centre(int16_t a)
{
	int32_t	 t = (a * RECIP + (1 << (RECIP_SHIFT - 1))) >> RECIP_SHIFT;

	return (int16_t)(a - t * MLKEM_Q);
}

/* r + a and r - a, in place; the caller keeps both within 16 bits. */
void
poly_add(struct poly *r, const struct poly *a)
{
	size_t	 i;

	for (i = 0; i < MLKEM_N; i++)
		r->c[i] += a->c[i];
}

void
poly_sub(struct poly *r, const struct poly *a)
{
	size_t	 i;

	for (i = 0; i < MLKEM_N; i++)
		r->c[i] -= a->c[i];
}

/* Bring every coefficient into 0 to q - 1. */
void
poly_canon(struct poly *p)
{
	int16_t	 x;
	size_t	 i;

	for (i = 0; i < MLKEM_N; i++) {
		x = centre(p->c[i]);
		p->c[i] = x + (x >> 15 & MLKEM_Q);
	}
}

/* 1 when every coefficient is below q, else 0; only for what is public. */
int
poly_is_canon(const struct poly *p)
{
	size_t	 i;

	for (i = 0; i < MLKEM_N; i++)
		if (p->c[i] >= MLKEM_Q)
			return 0;
	return 1;
}

/*
 * The number-theoretic transform (algorithm 9), in place.  Coefficients of
 * up to 12 bits go in, of either sign; seven layers add at most 2500 each,
 * which 16 bits hold.  They come out between -1664 and 1664.
 */
void
poly_ntt(struct poly *p)
{
	const int16_t	*zeta = zetas + 1;
	int16_t		*lo, *hi, t;
	size_t		 len, start, j;

	for (len = MLKEM_N / 2; len >= 2; len /= 2)
		for (start = 0; start < MLKEM_N; start += 2 * len, zeta++) {
			lo = p->c + start;
			hi = lo + len;
			for (j = 0; j < len; j++) {
				t = mont_mul(hi[j], *zeta);
				hi[j] = lo[j] - t;
				lo[j] += t;
			}
		}
	for (j = 0; j < MLKEM_N; j++)
		p->c[j] = centre(p->c[j]);
}

/*
 * Its inverse (algorithm 10), in place, with the same powers from the end
 * of their table: from up to 12 bits with a sign to between -q and q.
 */
void
poly_invntt(struct poly *p)
{
	const int16_t	*zeta = zetas + MLKEM_N / 2 - 1;
	int16_t		*lo, *hi, t;
	size_t		 len, start, j;

	for (len = 2; len < MLKEM_N; len *= 2)
		for (start = 0; start < MLKEM_N; start += 2 * len, zeta--) {
			lo = p->c + start;
			hi = lo + len;
			for (j = 0; j < len; j++) {
				t = lo[j];
				lo[j] = centre(t + hi[j]);
				hi[j] = mont_mul(hi[j] - t, *zeta);
			}
		}
	for (j = 0; j < MLKEM_N; j++)
		p->c[j] = mont_mul(p->c[j], INVN);
}

/*
 * Algorithm 12 on coefficients i and i + 1 of each pair of polynomials, and
 * their sum: three times two products of 12 and of 11 bits stay within what
 * mont_reduce() takes.
 */
static inline void
dot_pair(int16_t *r, const struct polyvec *a, const struct polyvec *b,
    size_t i, int16_t gamma)
{
	const int16_t	*x, *y;
	int32_t		 even = 0, odd = 0;
	size_t		 k;

	for (k = 0; k < MLKEM_K; k++) {
		x = a->v[k].c + i;
		y = b->v[k].c + i;
		even += x[0] * y[0] + x[1] * mont_mul(y[1], gamma);
		odd += x[0] * y[1] + x[1] * y[0];
	}
	r[0] = mont_mul(mont_reduce(even), MONT2);
	r[1] = mont_mul(mont_reduce(odd), MONT2);
}

/*
 * The product of a row and a column of transforms (equation 2.14, with
 * algorithm 11): coefficients of a within 0 to 4095, of b as poly_ntt()
 * leaves them, of r between -q and q.
 */
void
poly_dot(struct poly *r, const struct polyvec *a, const struct polyvec *b)
{
	const int16_t	*zeta = zetas + MLKEM_N / 4;
	size_t		 i;

	for (i = 0; i < MLKEM_N; i += 4, zeta++) {
		dot_pair(r->c + i, a, b, i, *zeta);
		dot_pair(r->c + i + 2, a, b, i + 2, -*zeta);
	}
}

/*
 * Compress_d (equation 4.7) of every coefficient, in place, for d up to 11.
 * The quotient by q is a product and a shift, exact for the 23 bits that
 * can occur: a division would take a time that tells the dividend.
 */
void
poly_compress(struct poly *p, unsigned int d)
{
	uint64_t	 n;
	size_t		 i;

	poly_canon(p);
	for (i = 0; i < MLKEM_N; i++) {
		n = ((uint64_t)p->c[i] << d) + MLKEM_Q / 2;
		p->c[i] = (n * DIVQ >> DIVQ_SHIFT) & ((1U << d) - 1);
	}
}

/* Decompress_d (equation 4.8) of coefficients of d bits, d up to 11. */
void
poly_decompress(struct poly *p, unsigned int d)
{
	size_t	 i;

	for (i = 0; i < MLKEM_N; i++)
		p->c[i] = (p->c[i] * MLKEM_Q + (1 << (d - 1))) >> d;
}

/*
 * ByteEncode_d (algorithm 5): coefficients of d bits, d up to 12, least
 * significant bit first, into POLY_LEN(d) bytes.
 */
void
poly_encode(uint8_t *out, const struct poly *p, unsigned int d)
{
	uint32_t	 acc = 0;
	unsigned int	 bits = 0;
	size_t		 i;

	for (i = 0; i < MLKEM_N; i++) {
		acc |= (uint32_t)p->c[i] << bits;
		for (bits += d; bits >= 8; bits -= 8) {
			*out++ = acc & 0xff;
			acc >>= 8;
		}
	}
}

/*
 * ByteDecode_d (algorithm 6) of POLY_LEN(d) bytes, d up to 12; for d = 12
 * without the reduction, so that poly_is_canon() can see what was sent.
 */
void
poly_decode(struct poly *p, const uint8_t *in, unsigned int d)
{
	uint32_t	 acc = 0;
	unsigned int	 bits = 0;
	size_t		 i;

	for (i = 0; i < MLKEM_N; i++) {
		for (; bits < d; bits += 8)
			acc |= (uint32_t)*in++ << bits;
		p->c[i] = acc & ((1U << d) - 1);
		acc >>= d;
		bits -= d;
	}
}

/* Fill p from coefficient n on with what of a block is below q. */
static size_t
take_uniform(struct poly *p, size_t n, const uint8_t *block, size_t len)
{
	int16_t	 x, y;
	size_t	 i;

	for (i = 0; i < len; i += 3) {
		x = block[i] | (block[i + 1] & 0x0f) << 8;
		y = block[i + 1] >> 4 | block[i + 2] << 4;
		if (x < MLKEM_Q && n < MLKEM_N)
			p->c[n++] = x;
		if (y < MLKEM_Q && n < MLKEM_N)
			p->c[n++] = y;
	}
	return n;
}

/*
 * SampleNTT (algorithm 7): a transform drawn from a public seed of
 * MLKEM_SYMLEN bytes and two indices, rejecting what is not below q.
 */
void
poly_uniform(struct poly *p, const uint8_t *rho, uint8_t x, uint8_t y)
{
	struct keccak	 k;
	const uint8_t	 index[] = { x, y };
	uint8_t		 block[KECCAK_RATE_MAX];
	size_t		 n = 0;

	keccak_init(&k, SHAKE128);
	keccak_absorb(&k, rho, MLKEM_SYMLEN);
	keccak_absorb(&k, index, sizeof(index));
	while (n < MLKEM_N) {
		keccak_squeeze(&k, block, sizeof(block));
		n = take_uniform(p, n, block, sizeof(block));
	}
}

/*
 * SamplePolyCBD_2 of PRF_2 (algorithm 8, equation 4.3): small coefficients
 * from a secret seed of MLKEM_SYMLEN bytes and a counter.  Each is the sum
 * of two bits less the sum of the next two.
 */
void
poly_noise(struct poly *p, const uint8_t *seed, uint8_t counter)
{
	const struct part	 in[] = {
		{ seed, MLKEM_SYMLEN }, { &counter, sizeof(counter) }
	};
	uint8_t			 buf[NOISE_LEN], sums;
	size_t			 i;

	keccak_parts(SHAKE256, buf, sizeof(buf), in, 2);
	for (i = 0; i < sizeof(buf); i++) {
		sums = (buf[i] & 0x55) + (buf[i] >> 1 & 0x55);
		p->c[2 * i] = (sums & 3) - (sums >> 2 & 3);
		p->c[2 * i + 1] = (sums >> 4 & 3) - (sums >> 6);
	}
	explicit_bzero(buf, sizeof(buf));
}
