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

#include <openssl/evp.h>

#include "asmp_proto.h"
#include "floor.h"
#include "measure.h"

#define ROUNDS	1000	/* in a run */
#define TEXTLEN	128	/* what is signed: about what a seal covers */

static uint8_t		 text[TEXTLEN], sig[ASMP_SIGMAX];
static EVP_PKEY		*ed, *x, *xpeer;
static EVP_MD_CTX	*md;

static void
sign(void)
{
	size_t	 len = sizeof(sig);

	if (EVP_DigestSignInit(md, NULL, NULL, NULL, ed) != 1 ||
	    EVP_DigestSign(md, sig, &len, text, sizeof(text)) != 1)
		errx(1, "no signature");
	EVP_MD_CTX_reset(md);
}

static void
verify(void)
{
	if (EVP_DigestVerifyInit(md, NULL, NULL, NULL, ed) != 1 ||
	    EVP_DigestVerify(md, sig, ident_siglen(IDENT_ED25519), text,
	    sizeof(text)) != 1)
		errx(1, "a signature does not verify");
	EVP_MD_CTX_reset(md);
}

static void
agree(void)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new(x, NULL);
	uint8_t		 shared[ASMP_KEYLEN];
	size_t		 len = sizeof(shared);

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, xpeer) != 1 ||
	    EVP_PKEY_derive(ctx, shared, &len) != 1)
		errx(1, "no agreement");
	EVP_PKEY_CTX_free(ctx);
}

static EVP_PKEY *
key(int type, uint8_t first)
{
	uint8_t		 raw[ASMP_KEYLEN] = { first };
	EVP_PKEY	*k;

	k = EVP_PKEY_new_raw_private_key(type, NULL, raw, sizeof(raw));
	if (k == NULL)
		errx(1, "no key");
	return k;
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
	ed = key(EVP_PKEY_ED25519, 1);
	x = key(EVP_PKEY_X25519, 1);
	xpeer = key(EVP_PKEY_X25519, 2);
	if ((md = EVP_MD_CTX_new()) == NULL)
		err(1, NULL);
	repeat("sign", sign, runs);
	repeat("verify", verify, runs);
	repeat("agree", agree, runs);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(x);
	EVP_PKEY_free(xpeer);
}
