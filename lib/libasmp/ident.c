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
 * Identities: Ed25519 and ECDSA keys, their names, texts and signatures.
 * Public keys stay bytes, because a gateway keeps a million of them and
 * libcrypto's object for one takes half a kilobyte.
 */

#include <openssl/err.h>
#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "ident_impl.h"

static const struct algorithm {
	const char	*name;
	size_t		 publen;
	size_t		 siglen;
} algorithms[] = {
	[IDENT_ED25519] = { "ed25519", ED25519_LEN, 64 },
	[IDENT_P256] = { "p256", 65, 64 },
	[IDENT_P384] = { "p384", 97, 96 }
};

static int	known(enum ident_alg);
static int	failed(int);
static int	ec_load(struct ident *, enum ident_alg, const uint8_t *,
		    size_t);
static int	parts_len(const struct part *, size_t, size_t *);

static int
known(enum ident_alg alg)
{
	return alg >= IDENT_ED25519 && alg <= IDENT_P384;
}

static int
failed(int error)
{
	ERR_clear_error();
	errno = error;
	return -1;
}

/* The algorithm's name in texts and files; "unknown" for what is none. */
const char *
ident_algname(enum ident_alg alg)
{
	return known(alg) ? algorithms[alg].name : "unknown";
}

/* The algorithm that goes by this name; 0, or -1 with errno EINVAL. */
int
ident_algbyname(const char *name, enum ident_alg *alg)
{
	enum ident_alg	 a;

	for (a = IDENT_ED25519; a <= IDENT_P384; a++) {
		if (strcmp(algorithms[a].name, name) == 0) {
			*alg = a;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/* Bytes of a public key; 0 for what is no algorithm. */
size_t
ident_publen(enum ident_alg alg)
{
	return known(alg) ? algorithms[alg].publen : 0;
}

/* Bytes of a signature; 0 for what is no algorithm. */
size_t
ident_siglen(enum ident_alg alg)
{
	return known(alg) ? algorithms[alg].siglen : 0;
}

/*
 * Whether these bytes can be a public key: a point of the curve and not at
 * infinity; for Ed25519 in canonical form and not of small order, while
 * whether it decodes at all shows only when a signature is verified.
 * Returns 0, or -1 with errno EINVAL.
 */
int
ident_pub_check(const struct ident_pub *pub)
{
	EC_KEY	*ec;

	if (!known(pub->alg))
		return failed(EINVAL);
	if (pub->alg == IDENT_ED25519)
		return ed25519_check(pub->key) == 0 ? 0 : failed(EINVAL);
	if ((ec = ecdsa_frompoint(pub)) == NULL)
		return -1;
	EC_KEY_free(ec);
	return 0;
}

/* The key's id: SHA-256 of its bytes, ASMP_HASHLEN of them. */
void
ident_keyid(const struct ident_pub *pub, uint8_t *out)
{
	struct part	 p = { pub->key, ident_publen(pub->alg) };

	sha256_parts(out, &p, 1);
}

/*
 * The key's id as people read it, "SHA256:" and base64 without padding.
 * The IDENT_FPMAX bytes hold it; in less it is cut short.
 */
void
ident_fingerprint(const struct ident_pub *pub, char *out, size_t size)
{
	uint8_t	 id[ASMP_HASHLEN];
	char	 text[B64_LEN(ASMP_HASHLEN) + 1];

	ident_keyid(pub, id);
	b64_encode(text, id, sizeof(id));
	text[strcspn(text, "=")] = '\0';
	(void)snprintf(out, size, "SHA256:%s", text);
}

/*
 * The key as one word, "ed25519:" and base64; IDENT_TEXTMAX bytes hold any.
 * Returns 0, or -1 with errno ENOSPC, or EINVAL for no algorithm.
 */
int
ident_pub_totext(const struct ident_pub *pub, char *out, size_t size)
{
	char	 b64[B64_LEN(ASMP_PUBMAX) + 1];
	int	 n;

	if (!known(pub->alg))
		return failed(EINVAL);
	b64_encode(b64, pub->key, ident_publen(pub->alg));
	n = snprintf(out, size, "%s:%s", ident_algname(pub->alg), b64);
	if (n < 0 || (size_t)n >= size)
		return failed(ENOSPC);
	return 0;
}

/*
 * Read what ident_pub_totext() wrote and check that it can be a key.
 * Returns 0, or -1 with errno EINVAL.
 */
int
ident_pub_fromtext(struct ident_pub *pub, const char *text)
{
	char		 name[sizeof("ed25519")];
	size_t		 n, len;

	memset(pub, 0, sizeof(*pub));
	n = strcspn(text, ":");
	if (text[n] == '\0' || n >= sizeof(name))
		return failed(EINVAL);
	memcpy(name, text, n);
	name[n] = '\0';
	text += n + 1;
	if (ident_algbyname(name, &pub->alg) == -1 ||
	    b64_decode(pub->key, sizeof(pub->key), &len, text,
	    strlen(text)) == -1 || len != ident_publen(pub->alg))
		return failed(EINVAL);
	return ident_pub_check(pub);
}

static int
ec_load(struct ident *id, enum ident_alg alg, const uint8_t *scalar,
    size_t len)
{
	if ((id->ec = ecdsa_fromscalar(alg, scalar, len)) == NULL)
		return -1;
	return ecdsa_point(id->ec, id->pub.key, ident_publen(alg));
}

/*
 * A private key from its seed, RFC 8032's 32 bytes, or from its big-endian
 * scalar of 32 (P-256) or 48 (P-384) bytes.  Returns NULL with errno EINVAL
 * when that is no key of this algorithm, or ENOMEM; ends with ident_free().
 */
struct ident *
ident_fromseed(enum ident_alg alg, const uint8_t *seed, size_t len)
{
	struct ident	*id;
	int		 r;

	if (!known(alg)) {
		errno = EINVAL;
		return NULL;
	}
	if ((id = calloc(1, sizeof(*id))) == NULL)
		return NULL;
	id->pub.alg = alg;
	if (alg == IDENT_ED25519)
		r = ed25519_load(id, seed, len);
	else
		r = ec_load(id, alg, seed, len);
	if (r == -1) {
		ident_free(id);
		return NULL;
	}
	return id;
}

/*
 * A new private key.  Scalars that no curve has are drawn again, which
 * keeps the choice even (FIPS 186-4, appendix B.4.2).  Returns NULL with
 * errno EINVAL or ENOMEM.
 */
struct ident *
ident_generate(enum ident_alg alg)
{
	struct ident	*id;
	uint8_t		 seed[IDENT_SCALARMAX];
	size_t		 len;

	len = alg == IDENT_ED25519 ? ED25519_LEN : ident_siglen(alg) / 2;
	do {
		arc4random_buf(seed, sizeof(seed));
		id = ident_fromseed(alg, seed, len);
	} while (id == NULL && errno == EINVAL && known(alg));
	explicit_bzero(seed, sizeof(seed));
	return id;
}

/* Wipe and free a private key; NULL is fine. */
void
ident_free(struct ident *id)
{
	int	 saved = errno;

	if (id == NULL)
		return;
	EC_KEY_free(id->ec);
	freezero(id, sizeof(*id));
	errno = saved;
}

/* The public half, inside the private key. */
const struct ident_pub *
ident_public(const struct ident *id)
{
	return &id->pub;
}

/* The private key as libcrypto wants it in files; NULL: ENOMEM. */
EVP_PKEY *
ident_pkey(const struct ident *id)
{
	EVP_PKEY	*key;

	if (id->pub.alg == IDENT_ED25519) {
		if ((key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519,
		    NULL, id->ed, ED25519_LEN)) != NULL)
			return key;
	} else if ((key = EVP_PKEY_new()) != NULL &&
	    EVP_PKEY_set1_EC_KEY(key, id->ec) == 1)
		return key;
	EVP_PKEY_free(key);
	failed(ENOMEM);
	return NULL;
}

/* The public key as libcrypto wants it; NULL: EINVAL or ENOMEM. */
EVP_PKEY *
ident_pub_pkey(const struct ident_pub *pub)
{
	EVP_PKEY	*key;
	EC_KEY		*ec;
	int		 ok;

	if (pub->alg == IDENT_ED25519) {
		if ((key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    pub->key, ED25519_LEN)) == NULL)
			failed(ENOMEM);
		return key;
	}
	if ((ec = ecdsa_frompoint(pub)) == NULL)
		return NULL;
	ok = (key = EVP_PKEY_new()) != NULL &&
	    EVP_PKEY_set1_EC_KEY(key, ec) == 1;
	EC_KEY_free(ec);
	if (ok)
		return key;
	EVP_PKEY_free(key);
	failed(ENOMEM);
	return NULL;
}

/* The sum of the parts; -1 with errno EMSGSIZE above IDENT_MSGMAX. */
static int
parts_len(const struct part *parts, size_t nparts, size_t *total)
{
	size_t	 i;

	*total = 0;
	for (i = 0; i < nparts; i++) {
		if (parts[i].len > IDENT_MSGMAX - *total)
			return failed(EMSGSIZE);
		*total += parts[i].len;
	}
	return 0;
}

/*
 * Sign the parts one after the other, at most IDENT_MSGMAX bytes; sig gets
 * ident_siglen() bytes.  Returns 0, or -1 with errno EMSGSIZE or ENOMEM.
 */
int
ident_sign(const struct ident *id, uint8_t *sig, const struct part *parts,
    size_t nparts)
{
	size_t	 len;

	if (parts_len(parts, nparts, &len) == -1)
		return -1;
	if (id->pub.alg == IDENT_ED25519)
		return ed25519_sign(id, sig, parts, nparts);
	return ecdsa_sign(id, sig, parts, nparts);
}

/*
 * Verify a signature over the parts one after the other.  Returns 0, or -1
 * with errno EBADMSG, it does not hold; EINVAL, the key cannot be one or the
 * signature is not of its length; EMSGSIZE, more than IDENT_MSGMAX bytes.
 */
int
ident_verify(const struct ident_pub *pub, const uint8_t *sig, size_t siglen,
    const struct part *parts, size_t nparts)
{
	size_t	 len;

	if (!known(pub->alg) || siglen != ident_siglen(pub->alg))
		return failed(EINVAL);
	if (parts_len(parts, nparts, &len) == -1)
		return -1;
	if (pub->alg == IDENT_ED25519)
		return ed25519_verify(pub, sig, parts, nparts);
	return ecdsa_verify(pub, sig, parts, nparts);
}
