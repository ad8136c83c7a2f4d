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
 * Expected values are of hashlib's SHAKE256, SHA3-512 and SHA-256 and of
 * pyca-cryptography's ML-KEM-768.
 */

#include "asmp_proto.h"
#include "testutil.h"

static void
make(uint8_t *ek)
{
	uint8_t	 private[KEM_PRIVLEN], seed[MLKEM768_SEEDLEN];
	uint8_t	 dk[MLKEM768_DKLEN];

	count_up(private, 0, sizeof(private));
	kem_seed(seed, private);
	mlkem768_keypair(ek, dk, seed);
}

/* I-3, I-54, I-65: 32 bytes are all of a private key. */
ATF_TC_WITHOUT_HEAD(a_key_grows_from_32_bytes);
ATF_TC_BODY(a_key_grows_from_32_bytes, tc)
{
	uint8_t		 private[KEM_PRIVLEN], seed[MLKEM768_SEEDLEN];
	uint8_t		 ek[MLKEM768_EKLEN], hash[ASMP_HASHLEN];
	struct part	 p = { ek, sizeof(ek) };

	count_up(private, 0, sizeof(private));
	kem_seed(seed, private);
	REQUIRE_HEX("69f07c8840ce80024db30939882c3d5bbc9c98b3e31e4513ebd2ca9b"
	    "4503cdd3c9c90742452c7173d4a75ac49163e14ee0cc24ef7035b272d19a7af1"
	    "099b333f", seed, sizeof(seed));
	make(ek);
	sha256_parts(hash, &p, 1);
	REQUIRE_HEX("2134d30754443a17662d99e129ba3edd208591847cca6ade83717500"
	    "b9e9c9ed", hash, sizeof(hash));
}

/* I-3, decision 9: the 64 bytes that stand for a public key. */
ATF_TC_WITHOUT_HEAD(fingerprint);
ATF_TC_BODY(fingerprint, tc)
{
	static const char	 want[] = "15e39ce81fd1cc58d670aca6e6b5ff1ebd"
	    "3575c6ddb0c081a6890496a011aa006d3acca861fc6a2ddaae48ca99f4a122cd"
	    "69239a4a0b4dd8ebdcf9586450bad6";
	uint8_t			 ek[MLKEM768_EKLEN], hash[KEM_HASHLEN];
	char			 text[KEM_FPMAX];

	make(ek);
	kem_hash(hash, ek);
	REQUIRE_HEX(want, hash, sizeof(hash));
	kem_fingerprint(text, ek);
	ATF_REQUIRE_EQ(sizeof(text) - 1, strlen(text));
	ATF_REQUIRE(strncmp(text, "0x", 2) == 0);
	ATF_REQUIRE_STREQ(want, text + 2);
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	uint8_t	 ek[MLKEM768_EKLEN], back[MLKEM768_EKLEN];
	char	 buf[KEM_TEXTMAX];

	make(ek);
	ATF_REQUIRE_EQ(0, kem_totext(buf, sizeof(buf), ek));
	ATF_REQUIRE_EQ(sizeof(buf) - 1, strlen(buf));
	ATF_REQUIRE(strncmp(buf, "mlkem768:b1QJigoOZBFGYUtpYLpg2", 30) == 0);
	ATF_REQUIRE_EQ(0, kem_fromtext(back, buf));
	ATF_REQUIRE(memcmp(ek, back, sizeof(ek)) == 0);
	REQUIRE_ERRNO(ENOSPC, kem_totext(buf, sizeof(buf) - 1, ek));
}

/* A short, a long, a changed one and one with a coefficient above q. */
ATF_TC_WITHOUT_HEAD(text_of_no_key);
ATF_TC_BODY(text_of_no_key, tc)
{
	uint8_t	 ek[MLKEM768_EKLEN];
	char	 good[KEM_TEXTMAX], bad[KEM_TEXTMAX + 4];
	size_t	 n = sizeof("mlkem768:") - 1;

	make(ek);
	ATF_REQUIRE_EQ(0, kem_totext(good, sizeof(good), ek));
	ATF_REQUIRE_EQ(0, kem_fromtext(ek, good));
	REQUIRE_ERRNO(EINVAL, kem_fromtext(ek, ""));
	REQUIRE_ERRNO(EINVAL, kem_fromtext(ek, "mlkem768:"));
	REQUIRE_ERRNO(EINVAL, kem_fromtext(ek, good + 1));
	strlcpy(bad, good, sizeof(good) - 4);
	REQUIRE_ERRNO(EINVAL, kem_fromtext(ek, bad));
	snprintf(bad, sizeof(bad), "%s", good);
	memcpy(bad + sizeof(good) - 2, "AAAA", 5);
	REQUIRE_ERRNO(EINVAL, kem_fromtext(ek, bad));
	strlcpy(bad, good, sizeof(bad));
	memcpy(bad + n, "////", 4);
	REQUIRE_ERRNO(EINVAL, kem_fromtext(ek, bad));
	memcpy(bad + n, "AAAA", 4);
	ATF_REQUIRE_EQ(0, kem_fromtext(ek, bad));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_key_grows_from_32_bytes);
	ATF_TP_ADD_TC(tp, fingerprint);
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, text_of_no_key);
	return atf_no_error();
}
