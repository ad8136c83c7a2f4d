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
 * ML-KEM-768 keys (FIPS 203) as people meet them: the text of a public one,
 * its fingerprint, and the 32 bytes that a private one grows from.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "asmp_proto.h"
#include "keccak.h"

static const char	prefix[] = "mlkem768:";

/*
 * The MLKEM768_SEEDLEN bytes d || z of a key pair from KEM_PRIVLEN secret
 * random ones, by SHAKE256.  FIPS 203 draws d and z each by itself; either
 * way nobody tells them from random without 2^256 guesses.
 */
void
kem_seed(uint8_t *seed, const uint8_t *private)
{
	struct part	 p = { private, KEM_PRIVLEN };

	keccak_parts(SHAKE256, seed, MLKEM768_SEEDLEN, &p, 1);
}

/*
 * A public key of MLKEM768_EKLEN bytes as one word, "mlkem768:" and base64;
 * KEM_TEXTMAX bytes hold it.  Returns 0, or -1 with errno ENOSPC.
 */
int
kem_totext(char *out, size_t size, const uint8_t *ek)
{
	size_t	 n = sizeof(prefix) - 1;

	if (size < KEM_TEXTMAX) {
		errno = ENOSPC;
		return -1;
	}
	memcpy(out, prefix, n);
	b64_encode(out + n, ek, MLKEM768_EKLEN);
	return 0;
}

/*
 * Read what kem_totext() wrote into MLKEM768_EKLEN bytes and check that it
 * can be a key (FIPS 203, section 7.2).  Returns 0, or -1 with errno EINVAL.
 */
int
kem_fromtext(uint8_t *ek, const char *text)
{
	size_t	 n = sizeof(prefix) - 1, len;

	if (strncmp(text, prefix, n) == 0 && b64_decode(ek, MLKEM768_EKLEN,
	    &len, text + n, strlen(text + n)) == 0 && len == MLKEM768_EKLEN)
		return mlkem768_check_ek(ek);
	errno = EINVAL;
	return -1;
}

/* A public key's KEM_HASHLEN bytes in registries and logs: its SHA3-512. */
void
kem_hash(uint8_t *hash, const uint8_t *ek)
{
	struct part	 p = { ek, MLKEM768_EKLEN };

	keccak_parts(SHA3_512, hash, KEM_HASHLEN, &p, 1);
}

/* The same as people read it, "0x" and hex, in KEM_FPMAX bytes. */
void
kem_fingerprint(char *out, const uint8_t *ek)
{
	uint8_t	 hash[KEM_HASHLEN];
	size_t	 i;

	kem_hash(hash, ek);
	memcpy(out, "0x", 2);
	for (i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 + 2 * i, 3, "%02x", hash[i]);
}
