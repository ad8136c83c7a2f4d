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
 * What libcrypto 3 makes at its first use and does not look after.  Where it
 * had no memory for its default library context, it follows NULL; where it
 * had none while it loaded an algorithm, it takes it that there is no such
 * algorithm, for as long as the process lives.  So all of it is loaded while
 * the caller can still give up.
 */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sodium.h>

#include <stddef.h>
#include <stdint.h>

#include "asmp_proto.h"

#ifndef LIBRESSL_VERSION_NUMBER

/* One algorithm of each kind; they stay loaded. */
static int	 digest(const char *);
static int	 cipher(const char *);
static int	 mac(const char *);
static int	 keys(const char *);
static int	 exchange(const char *);
static int	 signature(const char *);

static const struct {
	int		(*load)(const char *);
	const char	*name;
} algorithms[] = {
	{ digest, "SHA256" },
	{ digest, "SHA384" },
	{ digest, "SHA512" },
	{ mac, "HMAC" },
	{ cipher, "ChaCha20-Poly1305" },
	{ cipher, "AES-256-GCM" },
	{ cipher, "AES-256-CBC" },
	{ cipher, "AES-128-CBC" },
	{ keys, "X25519" },
	{ exchange, "X25519" },
	{ keys, "ED25519" },
	{ signature, "ED25519" },
	{ keys, "EC" },
	{ exchange, "ECDH" },
	{ signature, "ECDSA" }
};

static int
digest(const char *name)
{
	return EVP_MD_fetch(NULL, name, NULL) != NULL;
}

static int
cipher(const char *name)
{
	return EVP_CIPHER_fetch(NULL, name, NULL) != NULL;
}

static int
mac(const char *name)
{
	return EVP_MAC_fetch(NULL, name, NULL) != NULL;
}

static int
keys(const char *name)
{
	return EVP_KEYMGMT_fetch(NULL, name, NULL) != NULL;
}

static int
exchange(const char *name)
{
	return EVP_KEYEXCH_fetch(NULL, name, NULL) != NULL;
}

static int
signature(const char *name)
{
	return EVP_SIGNATURE_fetch(NULL, name, NULL) != NULL;
}

static int
load(void)
{
	uint8_t	 byte;
	size_t	 i;

	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		return -1;
	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (!algorithms[i].load(algorithms[i].name))
			return -1;
	return RAND_priv_bytes(&byte, sizeof(byte)) == 1 ? 0 : -1;
}

#else

static int
load(void)
{
	return 0;
}

#endif

/*
 * To be called once, before libcrypto and libsodium are asked for anything
 * else; libsodium aborts without randomness, so it is looked for before.
 * Returns 0, or -1: no memory, no randomness or not all algorithms, and
 * nothing of the two may be used.
 */
int
crypto_start(void)
{
	uint8_t	 byte;

	return load() == 0 && RAND_bytes(&byte, sizeof(byte)) == 1 &&
	    sodium_init() != -1 ? 0 : -1;
}
