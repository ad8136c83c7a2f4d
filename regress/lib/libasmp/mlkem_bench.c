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
 * What ML-KEM-768 costs here: "mlkem_bench [ROUNDS]" prints the median and
 * the tenth percentile of each operation in microseconds.  The median of
 * single runs is what a machine that does other things as well can give.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mlkem.h"

#define ROUNDS		2000
#define ROUNDS_MAX	1000000

static uint8_t	seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
static uint8_t	ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
static uint8_t	ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];

static void	run_keypair(void);
static void	run_encaps(void);
static void	run_decaps(void);
static void	run_check_dk(void);
static double	now(void);
static int	by_value(const void *, const void *);
static void	measure(const char *, void (*)(void), double *, size_t);

static void
run_keypair(void)
{
	seed[0]++;
	mlkem768_keypair(ek, dk, seed);
}

static void
run_encaps(void)
{
	m[0]++;
	if (mlkem768_encaps(ct, ss, ek, m) == -1)
		err(1, "mlkem768_encaps");
}

static void
run_decaps(void)
{
	mlkem768_decaps(ss, dk, ct);
}

static void
run_check_dk(void)
{
	if (mlkem768_check_dk(dk) == -1)
		err(1, "mlkem768_check_dk");
}

/* Microseconds. */
static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure(const char *name, void (*run)(void), double *us, size_t n)
{
	double	 start;
	size_t	 i;

	for (i = 0; i < n; i++) {
		start = now();
		run();
		us[i] = now() - start;
	}
	qsort(us, n, sizeof(*us), by_value);
	printf("%-8s %7.1f us median, %7.1f us tenth percentile\n", name,
	    us[n / 2], us[n / 10]);
}

int
main(int argc, char *argv[])
{
	const char	*why;
	double		*us;
	size_t		 n = ROUNDS;

	if (argc > 1) {
		n = strtonum(argv[1], 1, ROUNDS_MAX, &why);
		if (why != NULL)
			errx(1, "rounds are %s: %s", why, argv[1]);
	}
	if ((us = calloc(n, sizeof(*us))) == NULL)
		err(1, NULL);
	measure("keypair", run_keypair, us, n);
	measure("encaps", run_encaps, us, n);
	measure("decaps", run_decaps, us, n);
	measure("check_dk", run_check_dk, us, n);
	free(us);
	return 0;
}
