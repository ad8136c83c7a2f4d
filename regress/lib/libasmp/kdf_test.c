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


#include <sys/wait.h>

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <signal.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "testutil.h"

static void
hmac_hex(const char *want, const char *key, const char *data)
{
	uint8_t		 k[HEXMAX], d[HEXMAX], out[ASMP_HASHLEN];
	size_t		 klen = unhex(k, key);
	struct part	 p = { d, unhex(d, data) };

	hmac_parts(out, k, klen, &p, 1);
	REQUIRE_HEX(want, out, sizeof(out));
}

/* n times the byte b in hexadecimal. */
static const char *
repeat(const char *b, size_t n)
{
	static char	 buf[2 * HEXMAX + 1];
	size_t		 i;

	for (i = 0; i < n; i++)
		memcpy(buf + 2 * i, b, 2);
	buf[2 * n] = '\0';
	return buf;
}

/* FIPS 180-4, the examples NIST publishes with it. */
ATF_TC_WITHOUT_HEAD(sha256_in_parts);
ATF_TC_BODY(sha256_in_parts, tc)
{
	struct part	 p[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
	uint8_t		 out[ASMP_HASHLEN];

	sha256_parts(out, p, 3);
	REQUIRE_HEX("ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad", out, sizeof(out));
	sha256_parts(out, NULL, 0);
	REQUIRE_HEX("e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855", out, sizeof(out));
}

/* RFC 4231: cases 1 to 4, and 6 and 7, whose keys exceed a block. */
ATF_TC_WITHOUT_HEAD(hmac_rfc4231);
ATF_TC_BODY(hmac_rfc4231, tc)
{
	hmac_hex("b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7",
	    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265");
	hmac_hex("5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843", "4a656665",
	    "7768617420646f2079612077616e7420666f72206e6f7468696e673f");
	hmac_hex("773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", repeat("dd", 50));
	hmac_hex("82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b",
	    "0102030405060708090a0b0c0d0e0f10111213141516171819",
	    repeat("cd", 50));
	hmac_hex("60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54", repeat("aa", 131),
	    "54657374205573696e67204c6172676572205468616e20426c6f636b2d"
	    "53697a65204b6579202d2048617368204b6579204669727374");
	hmac_hex("9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2", repeat("aa", 131),
	    "5468697320697320612074657374207573696e672061206c6172676572"
	    "207468616e20626c6f636b2d73697a65206b657920616e642061206c61"
	    "72676572207468616e20626c6f636b2d73697a6520646174612e205468"
	    "65206b6579206e6565647320746f20626520686173686564206265666f"
	    "7265206265696e6720757365642062792074686520484d414320616c67"
	    "6f726974686d2e");
}

/* Keys of one block less one, one block, and one more take three paths. */
ATF_TC_WITHOUT_HEAD(hmac_agrees_with_libcrypto);
ATF_TC_BODY(hmac_agrees_with_libcrypto, tc)
{
	uint8_t		 key[140], data[200], out[ASMP_HASHLEN], ref[64];
	struct part	 p[] = {
		{ data, 1 }, { data + 1, 99 }, { data + 100, 100 }
	};
	struct hmac	 h, none;
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	EVP_PKEY	*k;
	size_t		 i, len, reflen;

	memset(&none, 0, sizeof(none));

	count_up(key, 3, sizeof(key));
	count_up(data, 7, sizeof(data));
	for (len = 0; len <= sizeof(key); len++) {
		hmac_parts(out, key, len, p, 3);
		k = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key,
		    len);
		reflen = sizeof(ref);
		ATF_REQUIRE_EQ(1, EVP_DigestSignInit(ctx, NULL, EVP_sha256(),
		    NULL, k));
		ATF_REQUIRE_EQ(1, EVP_DigestSign(ctx, ref, &reflen, data,
		    sizeof(data)));
		ATF_REQUIRE_EQ(sizeof(out), reflen);
		ATF_REQUIRE(memcmp(out, ref, reflen) == 0);
		hmac_key(&h, key, len);
		for (i = 0; i < 2; i++) {
			memset(out, 0, sizeof(out));
			hmac_with(&h, out, p, 3);
			ATF_REQUIRE(memcmp(out, ref, reflen) == 0);
		}
		hmac_wipe(&h);
		ATF_REQUIRE(memcmp(&h, &none, sizeof(h)) == 0);
		EVP_PKEY_free(k);
		EVP_MD_CTX_reset(ctx);
	}
	EVP_MD_CTX_free(ctx);
}

/* The output may lie over an input: ratchets write where they read. */
ATF_TC_WITHOUT_HEAD(hmac_in_place);
ATF_TC_BODY(hmac_in_place, tc)
{
	uint8_t		 k[ASMP_KEYLEN], a[ASMP_HASHLEN], want[ASMP_HASHLEN];
	struct part	 p = { a, sizeof(a) };

	count_up(k, 0, sizeof(k));
	count_up(a, 50, sizeof(a));
	hmac_parts(want, k, sizeof(k), &p, 1);
	hmac_parts(a, k, sizeof(k), &p, 1);
	ATF_REQUIRE(memcmp(a, want, sizeof(a)) == 0);
	hmac_parts(want, a, sizeof(a), NULL, 0);
	hmac_parts(a, a, sizeof(a), NULL, 0);
	ATF_REQUIRE(memcmp(a, want, sizeof(a)) == 0);
}

/* RFC 5869, appendix A.1 to A.3: the extracted key and the first block. */
static void
hkdf_hex(const char *ikm, const char *salt, const char *info, const char *prk,
    const char *okm)
{
	uint8_t		 i[HEXMAX], s[HEXMAX], n[HEXMAX];
	uint8_t		 got[ASMP_HASHLEN], one = 1;
	size_t		 ilen = unhex(i, ikm), slen = unhex(s, salt);
	struct part	 p[] = { { n, unhex(n, info) }, { &one, 1 } };

	kdf_extract(got, s, slen, i, ilen);
	REQUIRE_HEX(prk, got, sizeof(got));
	hmac_parts(got, got, sizeof(got), p, 2);
	REQUIRE_HEX(okm, got, sizeof(got));
}

ATF_TC_WITHOUT_HEAD(hkdf_rfc5869);
ATF_TC_BODY(hkdf_rfc5869, tc)
{
	uint8_t	 b[80];
	char	 ikm[161], salt[161], info[161];
	size_t	 i;

	hkdf_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	    "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
	    "077709362c2e32df0ddc3f0dc47bba63"
	    "90b6c73bb50f9c3122ec844ad7c2b3e5",
	    "3cb25f25faacd57a90434f64d0362f2a"
	    "2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
	count_up(b, 0, sizeof(b));
	for (i = 0; i < sizeof(b); i++) {
		snprintf(ikm + 2 * i, 3, "%02x", b[i]);
		snprintf(salt + 2 * i, 3, "%02x",
		    (uint8_t)(b[i] + 0x60));
		snprintf(info + 2 * i, 3, "%02x",
		    (uint8_t)(b[i] + 0xb0));
	}
	hkdf_hex(ikm, salt, info, "06a6b88c5853361a06104c9ceb35b45c"
	    "ef760014904671014a193f40c15fc244",
	    "b11e398dc80327a1c8e7f78c596a4934"
	    "4f012eda2d4efad8a050cc4c19afa97c");
	hkdf_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "19ef24a32c717b167f33a91d6f648bdf"
	    "96596776afdb6377ac434c1c293ccb04",
	    "8da4e775a563c18f715f802a063c5a31"
	    "b8a11f5c5ee1879ec3454e5f3c738d2d");
}

ATF_TC_WITHOUT_HEAD(labels);
ATF_TC_BODY(labels, tc)
{
	uint8_t	 b[LABELMAX];

	ATF_REQUIRE_EQ(13, label_put(b, sizeof(b), "epoch"));
	REQUIRE_HEX("41534d502f312065706f636800", b, 13);
	ATF_REQUIRE_EQ(13, label_put(b, 13, "epoch"));
}

/* A label that does not fit must not be cut: two might become one. */
ATF_TC_WITHOUT_HEAD(label_too_long_aborts);
ATF_TC_BODY(label_too_long_aborts, tc)
{
	uint8_t	 b[LABELMAX];
	pid_t	 pid;
	int	 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		label_put(b, 12, "epoch");
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status));
	ATF_REQUIRE_EQ(SIGABRT, WTERMSIG(status));
}

/* kdf_expand() is HKDF-Expand with L(label) || ctx as info. */
ATF_TC_WITHOUT_HEAD(expand_agrees_with_libcrypto);
ATF_TC_BODY(expand_agrees_with_libcrypto, tc)
{
	uint8_t		 prk[ASMP_HASHLEN], ctx[64], info[LABELMAX + 64];
	uint8_t		 out[ASMP_KEYLEN], ref[ASMP_KEYLEN];
	EVP_PKEY_CTX	*c;
	size_t		 n, len, reflen = sizeof(ref);

	count_up(prk, 9, sizeof(prk));
	count_up(ctx, 1, sizeof(ctx));
	n = label_put(info, LABELMAX, "epoch");
	memcpy(info + n, ctx, sizeof(ctx));
	for (len = 0; len <= sizeof(ctx); len += sizeof(ctx) / 2) {
		kdf_expand(out, prk, "epoch", ctx, len);
		c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
		ATF_REQUIRE_EQ(1, EVP_PKEY_derive_init(c));
		ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_hkdf_mode(c,
		    EVP_PKEY_HKDEF_MODE_EXPAND_ONLY));
		ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()));
		ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_set1_hkdf_key(c, prk,
		    sizeof(prk)));
		ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_add1_hkdf_info(c, info,
		    (int)(n + len)));
		ATF_REQUIRE_EQ(1, EVP_PKEY_derive(c, ref, &reflen));
		ATF_REQUIRE(memcmp(out, ref, sizeof(out)) == 0);
		EVP_PKEY_CTX_free(c);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sha256_in_parts);
	ATF_TP_ADD_TC(tp, hmac_rfc4231);
	ATF_TP_ADD_TC(tp, hmac_agrees_with_libcrypto);
	ATF_TP_ADD_TC(tp, hmac_in_place);
	ATF_TP_ADD_TC(tp, hkdf_rfc5869);
	ATF_TP_ADD_TC(tp, labels);
	ATF_TP_ADD_TC(tp, label_too_long_aborts);
	ATF_TP_ADD_TC(tp, expand_agrees_with_libcrypto);
	return atf_no_error();
}
