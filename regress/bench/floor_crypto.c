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

/* One signature, one check, one agreement, with nothing around them. */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "floor.h"
#include "measure.h"

#define ROUNDS	1000	/* in a run */
#define TEXTLEN	128	/* what is signed: about what a seal covers */

static uint8_t	 text[TEXTLEN], sig[crypto_sign_BYTES];
static uint8_t	 pub[crypto_sign_PUBLICKEYBYTES];
static uint8_t	 priv[crypto_sign_SECRETKEYBYTES];
static uint8_t	 scalar[crypto_scalarmult_SCALARBYTES] = { 1 };
static uint8_t	 peer[crypto_scalarmult_BYTES];

static void
sign(void)
{
	crypto_sign_detached(sig, NULL, text, sizeof(text), priv);
}

static void
verify(void)
{
	if (crypto_sign_verify_detached(sig, text, sizeof(text), pub) == -1)
		errx(1, "a signature does not verify");
}

static void
agree(void)
{
	uint8_t	 shared[crypto_scalarmult_BYTES];

	if (crypto_scalarmult(shared, scalar, peer) == -1)
		errx(1, "no agreement");
}

static void
repeat(const char *what, void (*run)(void), unsigned int runs)
{
	double		 begun;
	unsigned int	 i, j;

	for (i = 0; i < runs; i++) {
		begun = cpu_us();
		for (j = 0; j < ROUNDS; j++)
			run();
		printf("%s cpu %.2f\n", what, (cpu_us() - begun) / ROUNDS);
	}
}

/* The dear operations of a handshake and of a seal. */
void
floor_crypto(unsigned int runs)
{
	if (sodium_init() == -1)
		errx(1, "sodium_init");
	crypto_sign_seed_keypair(pub, priv, scalar);
	crypto_scalarmult_base(peer, priv);
	repeat("sign", sign, runs);
	repeat("verify", verify, runs);
	repeat("agree", agree, runs);
}
