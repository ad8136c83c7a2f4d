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


/* What those share that read keys, and nobody else sees. */

#ifndef IDENT_IMPL_H
#define IDENT_IMPL_H

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "asmp_proto.h"

#define IDENT_SCALARMAX	48		/* P-384 */
#define ED25519_LEN	32		/* of a seed, and of a public key */

/* One of the two keys is there. */
struct ident {
	struct ident_pub	 pub;
	uint8_t			 ed[2 * ED25519_LEN];	/* seed, public key */
	EC_KEY			*ec;
};

/* ident.c */
EVP_PKEY	*ident_pkey(const struct ident *);
EVP_PKEY	*ident_pub_pkey(const struct ident_pub *);

/* ed25519.c */
int		 ed25519_check(const uint8_t *);
int		 ed25519_load(struct ident *, const uint8_t *, size_t);
int		 ed25519_sign(const struct ident *, uint8_t *,
		    const struct part *, size_t);
int		 ed25519_verify(const struct ident_pub *, const uint8_t *,
		    const struct part *, size_t);

/* ecdsa.c */
int		 ecdsa_nid(enum ident_alg);
EC_KEY		*ecdsa_fromscalar(enum ident_alg, const uint8_t *, size_t);
EC_KEY		*ecdsa_frompoint(const struct ident_pub *);
int		 ecdsa_point(const EC_KEY *, uint8_t *, size_t);
int		 ecdsa_sign(const struct ident *, uint8_t *,
		    const struct part *, size_t);
int		 ecdsa_verify(const struct ident_pub *, const uint8_t *,
		    const struct part *, size_t);

/* keyfile.c */
int		 keyfile_slurp(int, char *, size_t, size_t *);

#endif /* IDENT_IMPL_H */
