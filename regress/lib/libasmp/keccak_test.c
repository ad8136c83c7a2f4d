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


#include <openssl/evp.h>

#include "asmp_proto.h"
#include "keccak.h"
#include "testutil.h"

#define OUT_MAX		512	/* of NIST's SHAKE examples */
#define MESSAGE_MAX	400	/* two of the largest blocks, and more */

static const enum keccak_kind	kinds[] = {
	SHA3_256, SHA3_512, SHAKE128, SHAKE256
};

/* As many times 0xa3 as the longer of NIST's examples has: 1600 bits. */
static void
message_a3(uint8_t m[200])
{
	memset(m, 0xa3, 200);
}

static void
sha3_hex(const char *want, enum keccak_kind kind, const void *data, size_t len)
{
	struct part	 p = { data, len };
	uint8_t		 out[SHA3_512_LEN];
	size_t		 outlen = strlen(want) / 2;

	keccak_parts(kind, out, outlen, &p, 1);
	REQUIRE_HEX(want, out, outlen);
}

/* The first and the last 32 of the example's 512 bytes. */
static void
shake_hex(const char *first, const char *last, enum keccak_kind kind,
    const void *data, size_t len)
{
	struct part	 p = { data, len };
	uint8_t		 out[OUT_MAX];

	keccak_parts(kind, out, sizeof(out), &p, 1);
	REQUIRE_HEX(first, out, 32);
	REQUIRE_HEX(last, out + sizeof(out) - 32, 32);
}

/* FIPS 202: NIST's examples with intermediate values, and FIPS 180's abc. */
ATF_TC_WITHOUT_HEAD(sha3_examples);
ATF_TC_BODY(sha3_examples, tc)
{
	uint8_t	 m[200];

	message_a3(m);
	sha3_hex("a7ffc6f8bf1ed76651c14756a061d662"
	    "f580ff4de43b49fa82d80a4b80f8434a", SHA3_256, "", 0);
	sha3_hex("3a985da74fe225b2045c172d6bd390bd"
	    "855f086e3e9d525b46bfe24511431532", SHA3_256, "abc", 3);
	sha3_hex("79f38adec5c20307a98ef76e8324afbf"
	    "d46cfd81b22e3973c65fa1bd9de31787", SHA3_256, m, sizeof(m));
	sha3_hex("a69f73cca23a9ac5c8b567dc185a756e"
	    "97c982164fe25859e0d1dcc1475c80a6"
	    "15b2123af1f5f94c11e3e9402c3ac558"
	    "f500199d95b6d3e301758586281dcd26", SHA3_512, "", 0);
	sha3_hex("b751850b1a57168a5693cd924b6b096e"
	    "08f621827444f70d884f5d0240d2712e"
	    "10e116e9192af3c91a7ec57647e39340"
	    "57340b4cf408d5a56592f8274eec53f0", SHA3_512, "abc", 3);
	sha3_hex("e76dfad22084a8b1467fcf2ffa58361b"
	    "ec7628edf5f3fdc0e4805dc48caeeca8"
	    "1b7c13c30adf52a3659584739a2df46b"
	    "e589c51ca1a4a8416df6545a1ce8ba00", SHA3_512, m, sizeof(m));
}

ATF_TC_WITHOUT_HEAD(shake_examples);
ATF_TC_BODY(shake_examples, tc)
{
	uint8_t	 m[200];

	message_a3(m);
	shake_hex("7f9c2ba4e88f827d616045507605853e"
	    "d73b8093f6efbc88eb1a6eacfa66ef26",
	    "43e41b45a653f2a5c4492c1add544512"
	    "dda2529833462b71a41a45be97290b6f", SHAKE128, "", 0);
	shake_hex("131ab8d2b594946b9c81333f9bb6e0ce"
	    "75c3b93104fa3469d3917457385da037",
	    "44c9fb359fd56ac0a9a75a743cff6862"
	    "f17d7259ab075216c0699511643b6439", SHAKE128, m, sizeof(m));
	shake_hex("46b9dd2b0ba88d13233b3feb743eeb24"
	    "3fcd52ea62b81b82b50c27646ed5762f",
	    "ab0bae316339894304e35877b0c28a9b"
	    "1fd166c796b9cc258a064a8f57e27f2a", SHAKE256, "", 0);
	shake_hex("cd8a920ed141aa0407a22d59288652e9"
	    "d9f1a7ee0c1e7c1ca699424da84a904d",
	    "6a1a9d7846436e4dca5728b6f760eef0"
	    "ca92bf0be5615e96959d767197a0beeb", SHAKE256, m, sizeof(m));
}

static void
compare_lengths(enum keccak_kind kind, const EVP_MD *md)
{
	uint8_t		 m[MESSAGE_MAX], got[EVP_MAX_MD_SIZE];
	uint8_t		 want[EVP_MAX_MD_SIZE];
	struct part	 p = { m, 0 };
	unsigned int	 n;

	count_up(m, 1, sizeof(m));
	for (p.len = 0; p.len <= sizeof(m); p.len++) {
		ATF_REQUIRE_EQ(1, EVP_Digest(m, p.len, want, &n, md, NULL));
		keccak_parts(kind, got, n, &p, 1);
		ATF_REQUIRE_MSG(memcmp(got, want, n) == 0, "%zu bytes differ",
		    p.len);
	}
}

/* Every place in a block where the padding can begin. */
ATF_TC_WITHOUT_HEAD(every_length_agrees_with_libcrypto);
ATF_TC_BODY(every_length_agrees_with_libcrypto, tc)
{
	compare_lengths(SHA3_256, EVP_sha3_256());
	compare_lengths(SHA3_512, EVP_sha3_512());
}

static void
absorb_in_steps(enum keccak_kind kind, size_t step)
{
	uint8_t		 m[MESSAGE_MAX], got[64], want[64];
	struct keccak	 k;
	struct part	 p = { m, sizeof(m) };
	size_t		 i, n;

	count_up(m, 1, sizeof(m));
	keccak_parts(kind, want, sizeof(want), &p, 1);
	keccak_init(&k, kind);
	for (i = 0; i < sizeof(m); i += n) {
		n = step < sizeof(m) - i ? step : sizeof(m) - i;
		keccak_absorb(&k, m + i, n);
	}
	keccak_squeeze(&k, got, sizeof(got));
	ATF_REQUIRE_MSG(memcmp(got, want, sizeof(want)) == 0,
	    "function %d, absorbed %zu at a time", (int)kind, step);
}

static void
squeeze_in_steps(enum keccak_kind kind, size_t step)
{
	uint8_t		 got[MESSAGE_MAX], want[MESSAGE_MAX];
	struct keccak	 k;
	size_t		 i, n;

	keccak_parts(kind, want, sizeof(want), NULL, 0);
	keccak_init(&k, kind);
	for (i = 0; i < sizeof(got); i += n) {
		n = step < sizeof(got) - i ? step : sizeof(got) - i;
		keccak_squeeze(&k, got + i, n);
	}
	ATF_REQUIRE_MSG(memcmp(got, want, sizeof(want)) == 0,
	    "function %d, squeezed %zu at a time", (int)kind, step);
}

/* Whole lanes take another way than single bytes: each meets the other. */
ATF_TC_WITHOUT_HEAD(pieces_of_every_size);
ATF_TC_BODY(pieces_of_every_size, tc)
{
	size_t	 i, step;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (step = 1; step <= MESSAGE_MAX; step++) {
			absorb_in_steps(kinds[i], step);
			squeeze_in_steps(kinds[i], step);
		}
}

/* ML-KEM hashes what is not one buffer, and a part may be empty. */
ATF_TC_WITHOUT_HEAD(parts_and_place);
ATF_TC_BODY(parts_and_place, tc)
{
	struct part	 p[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
	uint8_t		 out[SHA3_256_LEN], want[SHA3_256_LEN];
	struct part	 same = { out, sizeof(out) };

	keccak_parts(SHA3_256, out, sizeof(out), p, 3);
	REQUIRE_HEX("3a985da74fe225b2045c172d6bd390bd"
	    "855f086e3e9d525b46bfe24511431532", out, sizeof(out));
	keccak_parts(SHA3_256, want, sizeof(want), &same, 1);
	keccak_parts(SHA3_256, out, sizeof(out), &same, 1);
	ATF_REQUIRE(memcmp(out, want, sizeof(out)) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sha3_examples);
	ATF_TP_ADD_TC(tp, shake_examples);
	ATF_TP_ADD_TC(tp, every_length_agrees_with_libcrypto);
	ATF_TP_ADD_TC(tp, pieces_of_every_size);
	ATF_TP_ADD_TC(tp, parts_and_place);
	return atf_no_error();
}
