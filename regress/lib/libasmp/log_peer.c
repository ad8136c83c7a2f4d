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
 * A log as outsiders see it, for them to check: its key, its leaves, and for
 * each size up to LEAVES the checkpoint and all proofs, a line each, in hex.
 *
 *	key VKEY
 *	leaf DATA
 *	checkpoint SIZE TEXT
 *	inclusion INDEX SIZE HASH ...
 *	consistency SIZE1 SIZE2 HASH ...
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "evsample.h"

#define LEAVES	70
#define GATEWAY	"GATEWAY_CLINIC_A"

static struct evlog	l;

static void
print_hex(const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 i;

	putchar(' ');
	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
}

static void
print_proof(uint8_t (*proof)[ASMP_HASHLEN], size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		print_hex(proof[i], ASMP_HASHLEN);
	putchar('\n');
}

static void
print_key(const struct ident *key)
{
	char	 text[VKEY_MAX];

	if (vkey_totext(text, sizeof(text), GATEWAY "/" LOG_READINGS,
	    ident_public(key)) == -1)
		err(1, "vkey_totext");
	printf("key %s\n", text);
}

static void
print_leaf(uint64_t i)
{
	uint8_t	 data[8];

	put_u64(data, i);
	printf("leaf");
	print_hex(data, sizeof(data));
	putchar('\n');
}

static void
print_checkpoint(const struct ident *key, uint64_t size)
{
	struct checkpoint	 c = { .origin = GATEWAY "/" LOG_READINGS };
	char			 text[CHECKPOINT_MAX];

	evlog_checkpoint(&l, size, &c);
	if (checkpoint_sign(text, sizeof(text), &c, key) == -1)
		err(1, "checkpoint_sign");
	printf("checkpoint %llu", (unsigned long long)size);
	print_hex(text, strlen(text));
	putchar('\n');
}

static void
print_inclusion(uint64_t index, uint64_t size)
{
	uint8_t	 proof[MERKLE_PROOFMAX][ASMP_HASHLEN];
	size_t	 n;

	if (merkle_inclusion(proof, &n, index, size, evlog_get, &l) == -1)
		err(1, "merkle_inclusion");
	printf("inclusion %llu %llu", (unsigned long long)index,
	    (unsigned long long)size);
	print_proof(proof, n);
}

static void
print_consistency(uint64_t size1, uint64_t size2)
{
	uint8_t	 proof[MERKLE_CONSISTENCYMAX][ASMP_HASHLEN];
	size_t	 n;

	if (merkle_consistency(proof, &n, size1, size2, evlog_get, &l) == -1)
		err(1, "merkle_consistency");
	printf("consistency %llu %llu", (unsigned long long)size1,
	    (unsigned long long)size2);
	print_proof(proof, n);
}

int
main(void)
{
	static const uint8_t	 secret[ASMP_KEYLEN] = "of no gateway";
	struct ident		*key;
	uint64_t		 i, size;

	if ((key = note_key(secret)) == NULL)
		err(1, "note_key");
	evlog_fill(&l, LEAVES);
	print_key(key);
	for (i = 0; i < LEAVES; i++)
		print_leaf(i);
	for (size = 0; size <= LEAVES; size++)
		print_checkpoint(key, size);
	for (size = 1; size <= LEAVES; size++) {
		for (i = 0; i < size; i++)
			print_inclusion(i, size);
		for (i = 1; i <= size; i++)
			print_consistency(i, size);
	}
	ident_free(key);
	return 0;
}
