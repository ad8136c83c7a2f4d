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
 * ML-KEM-768 with every secret marked undefined, for mlkem_ct_test to run
 * under valgrind, which then reports each branch and each address that
 * depends on one: "mlkem_ct kem".  "mlkem_ct branch" and "mlkem_ct index"
 * do what must not be done, to show that it would be reported.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mlkem.h"
#include "mlkem_local.h"

#define EXIT_UNABLE	77	/* and why on standard output */

#ifdef HAVE_VALGRIND
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(p, len)	((void)(p))
#define VALGRIND_MAKE_MEM_UNDEFINED(p, len)	((void)(p))
#define RUNNING_ON_VALGRIND			0
#endif

static uint8_t	seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
static uint8_t	ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
static uint8_t	ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];

static volatile uint8_t	sink;
static size_t		sampled;	/* calls of poly_uniform() seen */

void		__real_poly_uniform(struct poly *, const uint8_t *, uint8_t,
		    uint8_t);
void		__wrap_poly_uniform(struct poly *, const uint8_t *, uint8_t,
		    uint8_t);
static int	unable(const char *);
static void	keypair(void);
static void	encaps(void);
static void	decaps(int);
static void	run_kem(void);
static void	branch(void);
static void	index_by(void);

/*
 * The linker puts this in the place of poly_uniform().  rho comes from the
 * secret d, yet is public, being part of ek: FIPS 203 makes the sampling
 * from it depend on it.
 */
void
__wrap_poly_uniform(struct poly *p, const uint8_t *rho, uint8_t x, uint8_t y)
{
	uint8_t	 public[MLKEM_SYMLEN];

	sampled++;
	memcpy(public, rho, sizeof(public));
	VALGRIND_MAKE_MEM_DEFINED(public, sizeof(public));
	__real_poly_uniform(p, public, x, y);
}

static int
unable(const char *why)
{
	puts(why);
	return EXIT_UNABLE;
}

/* What leaves ek is public, and so is the part of dk that repeats it. */
static void
keypair(void)
{
	VALGRIND_MAKE_MEM_UNDEFINED(seed, sizeof(seed));
	mlkem768_keypair(ek, dk, seed);
	VALGRIND_MAKE_MEM_DEFINED(ek, sizeof(ek));
	VALGRIND_MAKE_MEM_UNDEFINED(dk, sizeof(dk));
	VALGRIND_MAKE_MEM_DEFINED(dk + DK_EK, DK_Z - DK_EK);
	if (mlkem768_check_dk(dk) == -1)
		err(1, "mlkem768_check_dk");
}

static void
encaps(void)
{
	VALGRIND_MAKE_MEM_UNDEFINED(m, sizeof(m));
	if (mlkem768_encaps(ct, ss, ek, m) == -1)
		err(1, "mlkem768_encaps");
	VALGRIND_MAKE_MEM_DEFINED(ct, sizeof(ct));
	VALGRIND_MAKE_MEM_DEFINED(ss, sizeof(ss));
}

/* Only now that all is done does it show whether ct was taken. */
static void
decaps(int accepted)
{
	uint8_t	 got[MLKEM768_SSLEN];

	mlkem768_decaps(got, dk, ct);
	VALGRIND_MAKE_MEM_DEFINED(got, sizeof(got));
	if ((memcmp(got, ss, sizeof(got)) == 0) != accepted)
		errx(1, "a ciphertext was not %s", accepted ? "accepted" :
		    "rejected");
}

static void
run_kem(void)
{
	uint8_t	 i;

	for (i = 0; i < 4; i++) {
		memset(seed, i, sizeof(seed));
		memset(m, 3 * i, sizeof(m));
		keypair();
		encaps();
		decaps(1);
		ct[i * 300] ^= 1;
		decaps(0);
	}
}

static void
branch(void)
{
	VALGRIND_MAKE_MEM_UNDEFINED(dk, sizeof(dk));
	if (dk[0] < 128)
		puts("low");
}

static void
index_by(void)
{
	VALGRIND_MAKE_MEM_UNDEFINED(dk, sizeof(dk));
	sink = ek[dk[0]];
}

int
main(int argc, char *argv[])
{
	if (argc != 2)
		errx(1, "usage: mlkem_ct kem|branch|index");
	if (!RUNNING_ON_VALGRIND)
		return unable("built without valgrind's headers");
	mlkem768_keypair(ek, dk, seed);
	if (sampled == 0)
		return unable("the linker did not wrap poly_uniform()");
	if (strcmp(argv[1], "kem") == 0)
		run_kem();
	else if (strcmp(argv[1], "branch") == 0)
		branch();
	else
		index_by();
	return 0;
}
