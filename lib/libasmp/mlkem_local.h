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


/* What mlkem.c, mlkem_poly.c and their test share and nobody else sees. */

#ifndef MLKEM_LOCAL_H
#define MLKEM_LOCAL_H

#include <stddef.h>
#include <stdint.h>

/* FIPS 203, sections 2.4 and 8, ML-KEM-768's column of table 2. */
#define MLKEM_N		256		/* coefficients of a polynomial */
#define MLKEM_Q		3329		/* what they are taken modulo */
#define MLKEM_K		3		/* polynomials of a vector */
#define MLKEM_DU	10		/* bits of ct's coefficients: u */
#define MLKEM_DV	4		/* and v */
#define MLKEM_DQ	12		/* bits that hold 0 to q - 1 */
#define MLKEM_SYMLEN	32		/* bytes of seeds, hashes, messages */

#define POLY_LEN(d)	(MLKEM_N / 8 * (d))	/* bytes, at d bits each */
#define VEC_LEN(d)	(MLKEM_K * POLY_LEN(d))

/* Where the parts of ek, dk and ct lie: algorithms 13, 14 and 16. */
#define EK_RHO		VEC_LEN(MLKEM_DQ)		/* after t */
#define DK_EK		VEC_LEN(MLKEM_DQ)		/* after s */
#define DK_HASH		(DK_EK + EK_RHO + MLKEM_SYMLEN)	/* H(ek) */
#define DK_Z		(DK_HASH + MLKEM_SYMLEN)
#define CT_V		VEC_LEN(MLKEM_DU)		/* after u */

/* Coefficients of any sign, true modulo q; or images under poly_ntt(). */
struct poly {
	int16_t		 c[MLKEM_N];
};

struct polyvec {
	struct poly	 v[MLKEM_K];
};

/* mlkem_poly.c */
void	 poly_add(struct poly *, const struct poly *);
void	 poly_sub(struct poly *, const struct poly *);
void	 poly_canon(struct poly *);
int	 poly_is_canon(const struct poly *);
void	 poly_ntt(struct poly *);
void	 poly_invntt(struct poly *);
void	 poly_dot(struct poly *, const struct polyvec *,
	    const struct polyvec *);
void	 poly_compress(struct poly *, unsigned int);
void	 poly_decompress(struct poly *, unsigned int);
void	 poly_encode(uint8_t *, const struct poly *, unsigned int);
void	 poly_decode(struct poly *, const uint8_t *, unsigned int);
void	 poly_uniform(struct poly *, const uint8_t *, uint8_t, uint8_t);
void	 poly_noise(struct poly *, const uint8_t *, uint8_t);

#endif /* MLKEM_LOCAL_H */
