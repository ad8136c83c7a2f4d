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
 * Ed25519 (RFC 8032, pure).  libsodium computes it in half of the time that
 * libcrypto takes, and allocates nothing for it.
 */

#include <sodium.h>

#include <errno.h>
#include <string.h>

#include "asmp_proto.h"
#include "ident_impl.h"

/*
 * Ed25519 points whose order divides 8: with them one signature holds for
 * any message.  The sign bit is cleared before the comparison.
 */
static const uint8_t	small_order[][ED25519_LEN] = {
	{ 0 },
	{ 1 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a }
};

static int	canonical(const uint8_t *);
static size_t	gather(uint8_t *, const struct part *, size_t);

/* Whether y is below 2^255 - 19, as RFC 8032, section 5.1.3, demands. */
static int
canonical(const uint8_t *key)
{
	size_t	 i;

	if ((key[ED25519_LEN - 1] & 0x7f) != 0x7f || key[0] < 0xed)
		return 1;
	for (i = 1; i < ED25519_LEN - 1; i++) {
		if (key[i] != 0xff)
			return 1;
	}
	return 0;
}

/* Whether it is canonical and not of small order.  Returns 0 or -1. */
int
ed25519_check(const uint8_t *key)
{
	uint8_t	 y[ED25519_LEN];
	size_t	 i;

	memcpy(y, key, sizeof(y));
	y[ED25519_LEN - 1] &= 0x7f;
	for (i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
		if (memcmp(y, small_order[i], sizeof(y)) == 0)
			return -1;
	}
	return canonical(key) ? 0 : -1;
}

/*
 * Takes the len bytes of a seed.  Returns 0, or -1 with errno EINVAL: there
 * are not 32 of them.
 */
int
ed25519_load(struct ident *id, const uint8_t *seed, size_t len)
{
	if (len != ED25519_LEN) {
		errno = EINVAL;
		return -1;
	}
	return crypto_sign_seed_keypair(id->pub.key, id->ed, seed);
}

/* The message is read twice, so it is wanted in one piece. */
static size_t
gather(uint8_t *buf, const struct part *parts, size_t nparts)
{
	size_t	 i, len = 0;

	for (i = 0; i < nparts; i++) {
		if (parts[i].len != 0)
			memcpy(buf + len, parts[i].data, parts[i].len);
		len += parts[i].len;
	}
	return len;
}

/* Signs the parts, IDENT_MSGMAX bytes at most.  Returns 0. */
int
ed25519_sign(const struct ident *id, uint8_t *sig, const struct part *parts,
    size_t nparts)
{
	uint8_t	 msg[IDENT_MSGMAX];

	return crypto_sign_detached(sig, NULL, msg,
	    gather(msg, parts, nparts), id->ed);
}

/*
 * Verifies a signature over the parts, IDENT_MSGMAX bytes at most; an R of
 * small order, which only the key's owner can sign with, is refused.  Returns
 * 0, or -1 with errno EBADMSG, or EINVAL: the key cannot be one.
 */
int
ed25519_verify(const struct ident_pub *pub, const uint8_t *sig,
    const struct part *parts, size_t nparts)
{
	uint8_t	 msg[IDENT_MSGMAX];

	if (ed25519_check(pub->key) == -1) {
		errno = EINVAL;
		return -1;
	}
	if (crypto_sign_verify_detached(sig, msg, gather(msg, parts, nparts),
	    pub->key) == -1) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}
