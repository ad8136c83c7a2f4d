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


#include <sodium.h>

#include "asmp_proto.h"
#include "testutil.h"

/* The orders of the two curves, FIPS 186-4, appendix D.1.2. */
#define P256_ORDER \
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define P384_ORDER \
	"ffffffffffffffffffffffffffffffffffffffffffffffff" \
	"c7634d81f4372ddf581a0db248b0a77aecec196accc52973"

/* A P-256 key as text, its y one higher than the curve's. */
#define OFF_CURVE \
	"p256:BFFcPW6545a5BNP+yn9U/c0MwemXvzddylFa0KbDtANf" \
	"RTa+OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1U="

static struct ident *
load(enum ident_alg alg, const char *hex)
{
	struct ident	*id;
	uint8_t		 seed[HEXMAX];

	id = ident_fromseed(alg, seed, unhex(seed, hex));
	ATF_REQUIRE(id != NULL);
	return id;
}

static void
refuse_seed(enum ident_alg alg, const char *hex)
{
	uint8_t	 seed[HEXMAX];

	errno = 0;
	ATF_REQUIRE(ident_fromseed(alg, seed, unhex(seed, hex)) == NULL);
	ATF_REQUIRE_EQ(EINVAL, errno);
}

/* Sign, compare, verify; then refuse another message. */
static void
sign_hex(enum ident_alg alg, const char *seed, const char *pub,
    const void *msg, size_t len, const char *want)
{
	struct ident	*id = load(alg, seed);
	struct part	 p = { msg, len }, other = { "other", 5 };
	uint8_t		 sig[ASMP_SIGMAX];
	size_t		 siglen = ident_siglen(alg);

	REQUIRE_HEX(pub, ident_public(id)->key, ident_publen(alg));
	ATF_REQUIRE_EQ(0, ident_sign(id, sig, &p, 1));
	REQUIRE_HEX(want, sig, siglen);
	ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), sig, siglen, &p, 1));
	REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig, siglen,
	    &other, 1));
	ident_free(id);
}

/* RFC 8032, section 7.1, tests 1 to 3. */
ATF_TC_WITHOUT_HEAD(ed25519_rfc8032);
ATF_TC_BODY(ed25519_rfc8032, tc)
{
	sign_hex(IDENT_ED25519, "9d61b19deffd5a60ba844af492ec2cc4"
	    "4449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a"
	    "0ee172f3daa62325af021a68f707511a", NULL, 0,
	    "e5564300c360ac729086e2cc806e828a"
	    "84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46b"
	    "d25bf5f0595bbe24655141438e7a100b");
	sign_hex(IDENT_ED25519, "4ccd089b28ff96da9db6c346ec114e0f"
	    "5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc"
	    "9c982ccf2ec4968cc0cd55f12af4660c", "\x72", 1,
	    "92a009a9f0d4cab8720e820b5f642540"
	    "a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c"
	    "387b2eaeb4302aeeb00d291612bb0c00");
	sign_hex(IDENT_ED25519, "c5aa8df43f9f837bedb7442f31dcb7b1"
	    "66d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f058"
	    "0816ed13ba3303ac5deb911548908025", "\xaf\x82", 2,
	    "6291d657deec24024827e69c3abe01a3"
	    "0ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc659"
	    "4a7c15e9716ed28dc027beceea1ec40a");
}

/* RFC 6979, appendix A.2.5, with SHA-256. */
ATF_TC_WITHOUT_HEAD(p256_rfc6979);
ATF_TC_BODY(p256_rfc6979, tc)
{
	static const char	 x[] = "c9afa9d845ba75166b5c215767b1d693"
	    "4e50c3db36e89b127b8a622b120f6721";
	static const char	 pub[] = "04"
	    "60fed4ba255a9d31c961eb74c6356d68"
	    "c049b8923b61fa6ce669622e60f29fb6"
	    "7903fe1008b8bc99a41ae9e95628bc64"
	    "f2f1b20c2d7e9f5177a3c294d4462299";

	sign_hex(IDENT_P256, x, pub, "sample", 6,
	    "efd48b2aacb6a8fd1140dd9cd45e81d6"
	    "9d2c877b56aaf991c34d0ea84eaf3716"
	    "f7cb1c942d657c41d436c7a1b6e29f65"
	    "f3e900dbb9aff4064dc4ab2f843acda8");
	sign_hex(IDENT_P256, x, pub, "test", 4,
	    "f1abb023518351cd71d881567b1ea663"
	    "ed3efcf6c5132b354f28d3b0b7d38367"
	    "019f4113742a2b14bd25926b49c64915"
	    "5f267e60d3814b4c0cc84250e46f0083");
}

/*
 * A hash not below the order, of which there is one in 2^32: RFC 6979's
 * bits2octets must reduce it.  The message was searched for; the signature
 * comes from PyPI's ecdsa, sign_deterministic(), key of appendix A.2.5.
 */
ATF_TC_WITHOUT_HEAD(p256_hash_above_order);
ATF_TC_BODY(p256_hash_above_order, tc)
{
	struct ident	*id = load(IDENT_P256,
	    "c9afa9d845ba75166b5c215767b1d693"
	    "4e50c3db36e89b127b8a622b120f6721");
	struct part	 p = { "3610672442", 10 };
	uint8_t		 sig[64];

	ATF_REQUIRE_EQ(0, ident_sign(id, sig, &p, 1));
	REQUIRE_HEX("f579af68f595cc5a042b4eabff9e10f4"
	    "454edd25b7884d0c732208befe3abeb9"
	    "b057de6d7a8ef5fcda90a45db3f9af27"
	    "4eb18c6e8e61e9990cbf6ed7de9c7162", sig, sizeof(sig));
	ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), sig, 64, &p, 1));
	ident_free(id);
}

/* RFC 6979, appendix A.2.6, with SHA-384. */
ATF_TC_WITHOUT_HEAD(p384_rfc6979);
ATF_TC_BODY(p384_rfc6979, tc)
{
	static const char	 x[] = "6b9d3dad2e1b8c1c05b19875b6659f4d"
	    "e23c3b667bf297ba9aa47740787137d8"
	    "96d5724e4c70a825f872c9ea60d2edf5";
	static const char	 pub[] = "04"
	    "ec3a4e415b4e19a4568618029f427fa5"
	    "da9a8bc4ae92e02e06aae5286b300c64"
	    "def8f0ea9055866064a254515480bc13"
	    "8015d9b72d7d57244ea8ef9ac0c62189"
	    "6708a59367f9dfb9f54ca84b3f1c9db1"
	    "288b231c3ae0d4fe7344fd2533264720";

	sign_hex(IDENT_P384, x, pub, "sample", 6,
	    "94edbb92a5ecb8aad4736e56c691916b"
	    "3f88140666ce9fa73d64c4ea95ad133c"
	    "81a648152e44acf96e36dd1e80fabe46"
	    "99ef4aeb15f178cea1fe40db2603138f"
	    "130e740a19624526203b6351d0a3a94f"
	    "a329c145786e679e7b82c71a38628ac8");
	sign_hex(IDENT_P384, x, pub, "test", 4,
	    "8203b63d3c853e8d77227fb377bcf7b7"
	    "b772e97892a80f36ab775d509d7a5feb"
	    "0542a7f0812998da8f1dd3ca3cf023db"
	    "ddd0760448d42d8a43af45af836fce4d"
	    "e8be06b485e9b61b827c2f13173923e0"
	    "6a739f040649a667bf3b828246baa5a5");
}

/* A message in pieces is the message; its pieces in other order are not. */
ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	struct part	 whole = { "abcd", 4 };
	struct part	 split[] = {
		{ "ab", 2 }, { NULL, 0 }, { "c", 1 }, { "d", 1 }
	};
	struct ident	*id;
	enum ident_alg	 alg;
	uint8_t		 a[ASMP_SIGMAX], b[ASMP_SIGMAX];
	size_t		 len;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		len = ident_siglen(alg);
		ATF_REQUIRE_EQ(0, ident_sign(id, a, &whole, 1));
		ATF_REQUIRE_EQ(0, ident_sign(id, b, split, 4));
		ATF_REQUIRE(memcmp(a, b, len) == 0);
		ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), a, len,
		    split, 4));
		REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), a, len,
		    split, 3));
		ident_free(id);
	}
}

ATF_TC_WITHOUT_HEAD(every_byte_of_a_signature_counts);
ATF_TC_BODY(every_byte_of_a_signature_counts, tc)
{
	struct part	 p = { "message", 7 };
	struct ident	*id;
	enum ident_alg	 alg;
	uint8_t		 sig[ASMP_SIGMAX];
	size_t		 i, len;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		len = ident_siglen(alg);
		ATF_REQUIRE_EQ(0, ident_sign(id, sig, &p, 1));
		for (i = 0; i < len; i += 7) {
			sig[i] ^= 1;
			REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id),
			    sig, len, &p, 1));
			sig[i] ^= 1;
		}
		ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), sig, len, &p,
		    1));
		ident_free(id);
	}
}

/*
 * Signatures that sloppy verifiers take: all zero, r or s zero, r or s the
 * order itself, and for Ed25519 the same S plus the order.
 */
ATF_TC_WITHOUT_HEAD(out_of_range_signatures);
ATF_TC_BODY(out_of_range_signatures, tc)
{
	static const struct {
		enum ident_alg	 alg;
		const char	*order;
	} curves[] = {
		{ IDENT_P256, P256_ORDER }, { IDENT_P384, P384_ORDER }
	};
	struct part	 p = { "message", 7 };
	struct ident	*id;
	uint8_t		 good[ASMP_SIGMAX], sig[ASMP_SIGMAX];
	size_t		 i, n;

	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((id = ident_generate(curves[i].alg)) != NULL);
		ATF_REQUIRE_EQ(0, ident_sign(id, good, &p, 1));
		n = ident_siglen(curves[i].alg) / 2;
		memcpy(sig, good, 2 * n);
		memset(sig, 0, n);
		REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig,
		    2 * n, &p, 1));
		unhex(sig, curves[i].order);
		REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig,
		    2 * n, &p, 1));
		memcpy(sig, good, n);
		memset(sig + n, 0, n);
		REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig,
		    2 * n, &p, 1));
		unhex(sig + n, curves[i].order);
		REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig,
		    2 * n, &p, 1));
		memset(sig, 0, 2 * n);
		REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig,
		    2 * n, &p, 1));
		ident_free(id);
	}
}

ATF_TC_WITHOUT_HEAD(ed25519_s_below_order);
ATF_TC_BODY(ed25519_s_below_order, tc)
{
	struct part	 p = { "message", 7 };
	struct ident	*id = ident_generate(IDENT_ED25519);
	uint8_t		 sig[64], order[32];
	unsigned int	 carry = 0;
	size_t		 i;

	unhex(order, "edd3f55c1a631258d69cf7a2def9de14"
	    "00000000000000000000000000000010");
	ATF_REQUIRE_EQ(0, ident_sign(id, sig, &p, 1));
	ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), sig, 64, &p, 1));
	for (i = 0; i < 32; i++) {
		carry += sig[32 + i] + (unsigned int)order[i];
		sig[32 + i] = carry & 0xff;
		carry >>= 8;
	}
	REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig, 64, &p,
	    1));
	ident_free(id);
}

ATF_TC_WITHOUT_HEAD(scalar_range);
ATF_TC_BODY(scalar_range, tc)
{
	struct ident	*id;

	refuse_seed(IDENT_P256, P256_ORDER);
	refuse_seed(IDENT_P384, P384_ORDER);
	refuse_seed(IDENT_P256, "00000000000000000000000000000000"
	    "00000000000000000000000000000000");
	id = load(IDENT_P256, "00000000000000000000000000000000"
	    "00000000000000000000000000000001");
	REQUIRE_HEX("04" "6b17d1f2e12c4247f8bce6e563a440f2"
	    "77037d812deb33a0f4a13945d898c296"
	    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e16"
	    "2bce33576b315ececbb6406837bf51f5", ident_public(id)->key, 65);
	ident_free(id);
	id = load(IDENT_P256, "ffffffff00000000ffffffffffffffff"
	    "bce6faada7179e84f3b9cac2fc632550");
	ident_free(id);
	refuse_seed(IDENT_P256, "ffffffff00000000ffffffffffffffff"
	    "bce6faada7179e84f3b9cac2fc632552");
	refuse_seed(IDENT_P256, "01");
	refuse_seed(IDENT_P384, P256_ORDER);
	refuse_seed(IDENT_ED25519, "01");
	refuse_seed(0, P256_ORDER);
	refuse_seed(IDENT_P384 + 1, P256_ORDER);
}

/* Anything but an uncompressed point of the curve is no key. */
ATF_TC_WITHOUT_HEAD(points_off_the_curve);
ATF_TC_BODY(points_off_the_curve, tc)
{
	struct part		 p = { "message", 7 };
	struct ident_pub	 pub, bad;
	struct ident		*id;
	enum ident_alg		 alg;
	uint8_t			 sig[ASMP_SIGMAX];
	size_t			 len;

	for (alg = IDENT_P256; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		len = ident_siglen(alg);
		ATF_REQUIRE_EQ(0, ident_sign(id, sig, &p, 1));
		pub = bad = *ident_public(id);
		ident_free(id);
		ATF_REQUIRE_EQ(0, ident_pub_check(&pub));
		bad.key[ident_publen(alg) - 1] ^= 1;
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&bad));
		REQUIRE_ERRNO(EINVAL, ident_verify(&bad, sig, len, &p, 1));
		bad = pub;
		bad.key[0] = 0x06 | (pub.key[ident_publen(alg) - 1] & 1);
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&bad));
		bad.key[0] = 0x02;
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&bad));
		memset(bad.key, 0, sizeof(bad.key));
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&bad));
		bad.key[0] = 0x04;
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&bad));
		memset(bad.key + 1, 0xff, sizeof(bad.key) - 1);
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&bad));
		ATF_REQUIRE_EQ(0, ident_verify(&pub, sig, len, &p, 1));
	}
}

/*
 * Under a key of small order one signature holds for every message: with
 * the neutral element, R = S = 0 suffices for verifiers that do not look.
 */
ATF_TC_WITHOUT_HEAD(ed25519_small_order);
ATF_TC_BODY(ed25519_small_order, tc)
{
	static const char *const small[] = {
		"00000000000000000000000000000000"
		"00000000000000000000000000000000",
		"00000000000000000000000000000000"
		"00000000000000000000000000000080",
		"01000000000000000000000000000000"
		"00000000000000000000000000000000",
		"01000000000000000000000000000000"
		"00000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffff",
		"26e8958fc2b227b045c3f489f2ef98f0"
		"d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0"
		"d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f"
		"2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f"
		"2a2053fa2c39ccc64ec7fd7792ac03fa",
		"edffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffff"
	};
	struct part		 p = { "message", 7 };
	struct ident_pub	 pub = { .alg = IDENT_ED25519 };
	uint8_t			 sig[64] = { 1 };
	size_t			 i;

	for (i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		unhex(pub.key, small[i]);
		REQUIRE_ERRNO(EINVAL, ident_pub_check(&pub));
		REQUIRE_ERRNO(EINVAL, ident_verify(&pub, sig, 64, &p, 1));
	}
	unhex(pub.key, "ebffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffff7f");
	ATF_REQUIRE_EQ(0, ident_pub_check(&pub));
}

/*
 * Signs as RFC 8032, section 5.1.6, with this number in place of r, whose
 * point is R: only who has the key can.
 */
static void
sign_with(uint8_t *sig, const uint8_t *seed, const struct ident_pub *pub,
    const uint8_t *r, const char *msg)
{
	uint8_t			 a[64], h[64], k[32];
	crypto_hash_sha512_state ctx;

	crypto_hash_sha512(a, seed, 32);
	a[0] &= 248;
	a[31] = (a[31] & 127) | 64;
	memset(a + 32, 0, 32);
	crypto_core_ed25519_scalar_reduce(a, a);
	crypto_hash_sha512_init(&ctx);
	crypto_hash_sha512_update(&ctx, sig, 32);
	crypto_hash_sha512_update(&ctx, pub->key, 32);
	crypto_hash_sha512_update(&ctx, (const uint8_t *)msg, strlen(msg));
	crypto_hash_sha512_final(&ctx, h);
	crypto_core_ed25519_scalar_reduce(k, h);
	crypto_core_ed25519_scalar_mul(k, k, a);
	crypto_core_ed25519_scalar_add(sig + 32, k, r);
}

/* Verifiers differ about an R of small order; asmp(7) refuses it. */
ATF_TC_WITHOUT_HEAD(ed25519_small_r);
ATF_TC_BODY(ed25519_small_r, tc)
{
	static const uint8_t	 seed[32] = { 1 }, two[32] = { 2 };
	static const uint8_t	 nothing[32] = { 0 };
	struct part		 p = { "message", 7 };
	struct ident		*id;
	uint8_t			 sig[64] = { 0 };

	ATF_REQUIRE((id = ident_fromseed(IDENT_ED25519, seed, 32)) != NULL);
	ATF_REQUIRE_EQ(0, crypto_scalarmult_ed25519_base_noclamp(sig, two));
	sign_with(sig, seed, ident_public(id), two, "message");
	ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), sig, 64, &p, 1));
	memset(sig, 0, sizeof(sig));
	sig[0] = 1;			/* the neutral element */
	sign_with(sig, seed, ident_public(id), nothing, "message");
	REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig, 64, &p, 1));
	ident_free(id);
}

/*
 * An equation multiplied by the cofactor would hold for this one, as it does
 * for some libraries: who takes evidence must decide as the gateway does.
 */
ATF_TC_WITHOUT_HEAD(ed25519_cofactorless);
ATF_TC_BODY(ed25519_cofactorless, tc)
{
	static const uint8_t	 seed[32] = { 1 }, two[32] = { 2 };
	struct part		 p = { "message", 7 };
	struct ident		*id;
	uint8_t			 sig[64] = { 0 }, of_eight[32];

	ATF_REQUIRE((id = ident_fromseed(IDENT_ED25519, seed, 32)) != NULL);
	unhex(of_eight, "26e8958fc2b227b045c3f489f2ef98f0"
	    "d5dfac05d3c63339b13802886d53fc05");
	ATF_REQUIRE_EQ(0, crypto_scalarmult_ed25519_base_noclamp(sig, two));
	ATF_REQUIRE_EQ(0, crypto_core_ed25519_add(sig, sig, of_eight));
	sign_with(sig, seed, ident_public(id), two, "message");
	REQUIRE_ERRNO(EBADMSG, ident_verify(ident_public(id), sig, 64, &p, 1));
	ident_free(id);
}

ATF_TC_WITHOUT_HEAD(lengths_and_limits);
ATF_TC_BODY(lengths_and_limits, tc)
{
	static uint8_t	 msg[IDENT_MSGMAX + 1];
	struct part	 most = { msg, IDENT_MSGMAX };
	struct part	 more[] = { { msg, IDENT_MSGMAX }, { msg, 1 } };
	struct part	 wrap[] = { { msg, 2 }, { msg, SIZE_MAX - 1 } };
	struct ident	*id;
	enum ident_alg	 alg;
	uint8_t		 sig[ASMP_SIGMAX] = { 0 };
	size_t		 len;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		len = ident_siglen(alg);
		ATF_REQUIRE_EQ(0, ident_sign(id, sig, &most, 1));
		ATF_REQUIRE_EQ(0, ident_verify(ident_public(id), sig, len,
		    &most, 1));
		REQUIRE_ERRNO(EMSGSIZE, ident_sign(id, sig, more, 2));
		REQUIRE_ERRNO(EMSGSIZE, ident_sign(id, sig, wrap, 2));
		REQUIRE_ERRNO(EMSGSIZE, ident_verify(ident_public(id), sig,
		    len, more, 2));
		REQUIRE_ERRNO(EINVAL, ident_verify(ident_public(id), sig,
		    len - 1, &most, 1));
		REQUIRE_ERRNO(EINVAL, ident_verify(ident_public(id), sig, 0,
		    &most, 1));
		ident_free(id);
	}
}

/*
 * Key ids, fingerprints and texts of three keys: the Ed25519 seed a0..bf
 * and the scalars 01..20 and 01..30, computed with pyca cryptography.
 */
ATF_TC_WITHOUT_HEAD(names_of_a_key);
ATF_TC_BODY(names_of_a_key, tc)
{
	static const struct {
		const char	*keyid;
		const char	*fp;
		const char	*text;
		enum ident_alg	 alg;
		uint8_t		 first;
	} keys[] = {
		{ "a18112b0b7b4225ff30527e0f7cf7a1e"
		  "3742f632b03b65f4542703c3a5654dc9",
		  "SHA256:oYESsLe0Il/zBSfg9896HjdC9jKwO2X0VCcDw6VlTck",
		  "ed25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ=",
		  IDENT_ED25519, 0xa0 },
		{ "4269889431e3131966fcaf6a45714194"
		  "3ed2c35b5b917ae62cb339546f523551",
		  "SHA256:QmmIlDHjExlm/K9qRXFBlD7Sw1tbkXrmLLM5VG9SNVE",
		  "p256:BFFcPW6545a5BNP+yn9U/c0MwemXvzddylFa0KbDtANf"
		  "RTa+OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q=",
		  IDENT_P256, 1 },
		{ "7575876f523d8d122ddf95514aeff235"
		  "d3b5823e709c4a33d417aab04aedf17d",
		  "SHA256:dXWHb1I9jRIt35VRSu/yNdO1gj5wnEoz1BeqsErt8X0",
		  "p384:BMdvIoPdqVzUmw7Z5zPSkER043IW8SThPSyatM8BAhxJ"
		  "rZyrs9C5dJmu8vCrMT+gKCa8H4NFG1yJYqdcr/c1iNRACmKW"
		  "Q2FU+zQ8OT6RBIpse8utyDzYpfJv6uiDFW+SoQ==",
		  IDENT_P384, 1 }
	};
	struct ident_pub	 back;
	struct ident		*id;
	uint8_t			 seed[48], keyid[ASMP_HASHLEN];
	char			 text[IDENT_TEXTMAX], fp[IDENT_FPMAX];
	size_t			 i, len;

	for (i = 0; i < 3; i++) {
		len = keys[i].alg == IDENT_P384 ? 48 : 32;
		count_up(seed, keys[i].first, len);
		id = ident_fromseed(keys[i].alg, seed, len);
		ATF_REQUIRE(id != NULL);
		ident_keyid(ident_public(id), keyid);
		REQUIRE_HEX(keys[i].keyid, keyid, sizeof(keyid));
		ident_fingerprint(ident_public(id), fp, sizeof(fp));
		ATF_REQUIRE_STREQ(keys[i].fp, fp);
		len = strlen(keys[i].text) + 1;
		REQUIRE_ERRNO(ENOSPC, ident_pub_totext(ident_public(id), text,
		    len - 1));
		ATF_REQUIRE_EQ(0, ident_pub_totext(ident_public(id), text,
		    len));
		ATF_REQUIRE_STREQ(keys[i].text, text);
		ATF_REQUIRE_EQ(0, ident_pub_fromtext(&back, text));
		ATF_REQUIRE_EQ(keys[i].alg, back.alg);
		ATF_REQUIRE(memcmp(back.key, ident_public(id)->key,
		    ident_publen(back.alg)) == 0);
		ident_free(id);
	}
	ATF_REQUIRE_EQ(IDENT_FPMAX, strlen(fp) + 1);
	ATF_REQUIRE_EQ(IDENT_TEXTMAX, strlen(text) + 1);
}

ATF_TC_WITHOUT_HEAD(bad_texts);
ATF_TC_BODY(bad_texts, tc)
{
	static const char *const bad[] = {
		"", ":", "ed25519", "ed25519:", "rsa:AAAA",
		"T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ=",
		"ed25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ",
		"ed25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ= ",
		"ed25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcR=",
		"ed25519: T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+Zc",
		"p256:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ=",
		"ED25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ=",
		"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"ed25519ed25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ=",
		OFF_CURVE
	};
	struct ident_pub	 pub;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE_ERRNO(EINVAL, ident_pub_fromtext(&pub, bad[i]));
	ATF_REQUIRE_EQ(0, ident_pub_fromtext(&pub,
	    "ed25519:T9CZzNR9eJPf6ewkQU7LDZtUICMqrTDZHEZb4zy+ZcQ="));
}

ATF_TC_WITHOUT_HEAD(algorithms);
ATF_TC_BODY(algorithms, tc)
{
	static const struct {
		enum ident_alg	 alg;
		const char	*name;
		size_t		 publen;
		size_t		 siglen;
	} want[] = {
		{ IDENT_ED25519, "ed25519", 32, 64 },
		{ IDENT_P256, "p256", 65, 64 },
		{ IDENT_P384, "p384", 97, 96 }
	};
	struct ident_pub	 none = { .alg = 0 };
	enum ident_alg		 alg;
	char			 text[IDENT_TEXTMAX];
	size_t			 i;

	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(0, ident_algbyname(want[i].name, &alg));
		ATF_REQUIRE_EQ(want[i].alg, alg);
		ATF_REQUIRE_STREQ(want[i].name, ident_algname(alg));
		ATF_REQUIRE_EQ(want[i].publen, ident_publen(alg));
		ATF_REQUIRE_EQ(want[i].siglen, ident_siglen(alg));
	}
	REQUIRE_ERRNO(EINVAL, ident_algbyname("rsa", &alg));
	ATF_REQUIRE_STREQ("unknown", ident_algname(4));
	ATF_REQUIRE_EQ(0, ident_publen(4));
	ATF_REQUIRE_EQ(0, ident_siglen(0));
	REQUIRE_ERRNO(EINVAL, ident_pub_check(&none));
	REQUIRE_ERRNO(EINVAL, ident_pub_totext(&none, text, sizeof(text)));
	errno = 0;
	ATF_REQUIRE(ident_generate(4) == NULL);
	ATF_REQUIRE_EQ(EINVAL, errno);
	ident_free(NULL);
}

ATF_TC_WITHOUT_HEAD(generated_keys_differ);
ATF_TC_BODY(generated_keys_differ, tc)
{
	struct ident	*a, *b;
	enum ident_alg	 alg;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		a = ident_generate(alg);
		b = ident_generate(alg);
		ATF_REQUIRE(a != NULL && b != NULL);
		ATF_REQUIRE_EQ(0, ident_pub_check(ident_public(a)));
		ATF_REQUIRE(memcmp(ident_public(a)->key, ident_public(b)->key,
		    ident_publen(alg)) != 0);
		ident_free(a);
		ident_free(b);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ed25519_rfc8032);
	ATF_TP_ADD_TC(tp, p256_rfc6979);
	ATF_TP_ADD_TC(tp, p256_hash_above_order);
	ATF_TP_ADD_TC(tp, p384_rfc6979);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, every_byte_of_a_signature_counts);
	ATF_TP_ADD_TC(tp, out_of_range_signatures);
	ATF_TP_ADD_TC(tp, ed25519_s_below_order);
	ATF_TP_ADD_TC(tp, scalar_range);
	ATF_TP_ADD_TC(tp, points_off_the_curve);
	ATF_TP_ADD_TC(tp, ed25519_small_order);
	ATF_TP_ADD_TC(tp, ed25519_small_r);
	ATF_TP_ADD_TC(tp, ed25519_cofactorless);
	ATF_TP_ADD_TC(tp, lengths_and_limits);
	ATF_TP_ADD_TC(tp, names_of_a_key);
	ATF_TP_ADD_TC(tp, bad_texts);
	ATF_TP_ADD_TC(tp, algorithms);
	ATF_TP_ADD_TC(tp, generated_keys_differ);
	return atf_no_error();
}
