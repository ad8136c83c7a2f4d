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
 * the tenth percentile of each operation in microseconds.
 */

#include "bench.h"
#include "mlkem.h"

static uint8_t	seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
static uint8_t	ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
static uint8_t	ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];

static void	run_keypair(void);
static void	run_encaps(void);
static void	run_decaps(void);
static void	run_check_dk(void);

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

int
main(int argc, char *argv[])
{
	bench_init(argc, argv);
	measure("keypair", NULL, run_keypair);
	measure("encaps", NULL, run_encaps);
	measure("decaps", NULL, run_decaps);
	measure("check_dk", NULL, run_check_dk);
	return 0;
}
