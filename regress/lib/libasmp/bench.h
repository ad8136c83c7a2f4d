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
 * Times of single runs, for the benches of this directory: the median is
 * what a machine that does other things as well can give.
 */

#ifndef BENCH_H
#define BENCH_H

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS		2000
#define ROUNDS_MAX	1000000

static size_t	 rounds = ROUNDS;
static double	*bench_us;

/* Microseconds. */
static inline double
bench_now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static inline int
bench_cmp(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* One argument at most: how many rounds. */
static inline void
bench_init(int argc, char *argv[])
{
	const char	*why;

	if (argc > 1) {
		rounds = strtonum(argv[1], 1, ROUNDS_MAX, &why);
		if (why != NULL)
			errx(1, "rounds are %s: %s", why, argv[1]);
	}
	if ((bench_us = calloc(rounds, sizeof(*bench_us))) == NULL)
		err(1, NULL);
}

/* Run prepare, which may be NULL, and then what is timed. */
static inline void
measure(const char *name, void (*prepare)(void), void (*run)(void))
{
	double	 start;
	size_t	 i;

	for (i = 0; i < rounds; i++) {
		if (prepare != NULL)
			prepare();
		start = bench_now();
		run();
		bench_us[i] = bench_now() - start;
	}
	qsort(bench_us, rounds, sizeof(*bench_us), bench_cmp);
	printf("%-16s %7.1f us median, %7.1f us tenth percentile\n", name,
	    bench_us[rounds / 2], bench_us[rounds / 10]);
}

#endif /* BENCH_H */
