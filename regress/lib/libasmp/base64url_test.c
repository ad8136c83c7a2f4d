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
#include "testutil.h"

/* Longer than two groups, so that each position in a group is tried. */
#define SOMEMAX	70

/* RFC 4648, section 10. */
ATF_TC_WITHOUT_HEAD(base64_rfc4648);
ATF_TC_BODY(base64_rfc4648, tc)
{
	static const char *const text[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"
	};
	uint8_t	 out[6];
	size_t	 i, len;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		ATF_REQUIRE_EQ(0, b64_decode(out, sizeof(out), &len, text[i],
		    strlen(text[i])));
		ATF_REQUIRE_EQ(i, len);
		ATF_REQUIRE(memcmp(out, "foobar", len) == 0);
	}
}

/* Two texts for one value would be two names for one key. */
ATF_TC_WITHOUT_HEAD(base64_one_text_only);
ATF_TC_BODY(base64_one_text_only, tc)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==",
		"Zm 9", "Zm9v\n", " Zm9v", "Zm9v====", "Zm-_", "=m9v"
	};
	uint8_t	 out[16];
	size_t	 i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE_ERRNO(EINVAL, b64_decode(out, sizeof(out), &len,
		    bad[i], strlen(bad[i])));
	REQUIRE_ERRNO(EINVAL, b64_decode(out, sizeof(out), &len, "Zm\0v", 4));
}

ATF_TC_WITHOUT_HEAD(base64_room);
ATF_TC_BODY(base64_room, tc)
{
	uint8_t	 out[4] = { 0, 0, 0, 0x55 };
	size_t	 len;

	ATF_REQUIRE_EQ(0, b64_decode(out, 3, &len, "Zm9v", 4));
	ATF_REQUIRE_EQ(0x55, out[3]);
	REQUIRE_ERRNO(EINVAL, b64_decode(out, 2, &len, "Zm9v", 4));
	ATF_REQUIRE_EQ(0, b64_decode(out, 1, &len, "Zg==", 4));
}

/* What libcrypto writes, to the NUL, for bytes of every length and value. */
ATF_TC_WITHOUT_HEAD(base64_encode);
ATF_TC_BODY(base64_encode, tc)
{
	uint8_t	 in[256];
	char	 want[B64_LEN(sizeof(in)) + 1], out[sizeof(want) + 1];
	size_t	 i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	for (i = 0; i <= sizeof(in); i++) {
		memset(out, 0x55, sizeof(out));
		EVP_EncodeBlock((unsigned char *)want, in, (int)i);
		b64_encode(out, in, i);
		ATF_REQUIRE_STREQ(want, out);
		ATF_REQUIRE_EQ(B64_LEN(i), strlen(out));
		ATF_REQUIRE_EQ(0x55, out[B64_LEN(i) + 1]);
	}
}

/* RFC 4648, section 10, and the two digits that differ from base64. */
ATF_TC_WITHOUT_HEAD(url_rfc4648);
ATF_TC_BODY(url_rfc4648, tc)
{
	static const char *const text[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"
	};
	static const uint8_t	 last[] = { 0xfb, 0xff, 0xbf };
	uint8_t			 out[6];
	char			 b[9];
	size_t			 i, len;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		memset(b, 0, sizeof(b));
		ATF_REQUIRE_EQ(strlen(text[i]), b64url_len(i));
		b64url_encode(b, (const uint8_t *)"foobar", i);
		ATF_REQUIRE_STREQ(text[i], b);
		ATF_REQUIRE_EQ(0, b64url_decode(out, sizeof(out), &len, b,
		    strlen(b)));
		ATF_REQUIRE_EQ(i, len);
		ATF_REQUIRE(memcmp(out, "foobar", len) == 0);
	}
	b64url_encode(b, last, sizeof(last));
	ATF_REQUIRE(memcmp(b, "-_-_", 4) == 0);
	ATF_REQUIRE_EQ(0, b64url_decode(out, sizeof(out), &len, "-_-_", 4));
	REQUIRE_HEX("fbffbf", out, len);
	ATF_REQUIRE_EQ(0, b64_decode(out, sizeof(out), &len, "+/+/", 4));
	REQUIRE_HEX("fbffbf", out, len);
}

/* Each of the two alphabets refuses the digits of the other. */
ATF_TC_WITHOUT_HEAD(url_one_text_only);
ATF_TC_BODY(url_one_text_only, tc)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==",
		"Zm 9", "Zm9v\n", " Zm9v", "Zm9v====", "Zm+/", "=m9v"
	};
	uint8_t	 out[16];
	size_t	 i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE_ERRNO(EINVAL, b64url_decode(out, sizeof(out), &len,
		    bad[i], strlen(bad[i])));
	REQUIRE_ERRNO(EINVAL, b64url_decode(out, sizeof(out), &len, "Zm\0v",
	    4));
	ATF_REQUIRE_EQ(0, b64url_decode(out, sizeof(out), &len, "Zm9v", 4));
}

/* Which of the 256 bytes are digits, told from the alphabet's own text. */
ATF_TC_WITHOUT_HEAD(every_digit);
ATF_TC_BODY(every_digit, tc)
{
	static const char	 digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char		*p;
	char			 text[4] = "AAA";
	uint8_t			 out[3];
	size_t			 len;
	int			 c, r;

	for (c = 1; c <= UINT8_MAX; c++) {
		text[3] = (char)c;
		r = b64url_decode(out, sizeof(out), &len, text, 4);
		p = strchr(digits, (char)c);
		if (c == '=') {
			ATF_REQUIRE_EQ(0, r);
			ATF_REQUIRE_EQ(2, len);
			continue;
		}
		ATF_REQUIRE_EQ_MSG(p == NULL ? -1 : 0, r, "%#x", c);
		if (p != NULL)
			ATF_REQUIRE_EQ(p - digits, out[2]);
	}
	for (c = 0; c < 64; c++) {
		out[0] = out[1] = 0;
		out[2] = (uint8_t)c;
		b64url_encode(text, out, 3);
		ATF_REQUIRE_EQ(digits[c], text[3]);
		out[0] = (uint8_t)(c << 2);
		b64url_encode(text, out, 3);
		ATF_REQUIRE_EQ(digits[c], text[0]);
	}
}

/* Bits of the last digit that no byte has must be zero, each of them. */
ATF_TC_WITHOUT_HEAD(unused_bits);
ATF_TC_BODY(unused_bits, tc)
{
	static const char	 digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char			 one[] = "AA==", two[] = "AAA=";
	uint8_t			 out[3];
	size_t			 i, len;

	for (i = 0; i < 64; i++) {
		one[1] = two[2] = digits[i];
		ATF_REQUIRE_EQ(i % 16 == 0 ? 0 : -1, b64url_decode(out,
		    sizeof(out), &len, one, 4));
		ATF_REQUIRE_EQ(i % 4 == 0 ? 0 : -1, b64url_decode(out,
		    sizeof(out), &len, two, 4));
	}
}

/* A record is encoded from the end of its room, and decoded in place. */
ATF_TC_WITHOUT_HEAD(in_place);
ATF_TC_BODY(in_place, tc)
{
	uint8_t	 want[SOMEMAX], b[SOMEMAX * 2];
	char	 apart[SOMEMAX * 2];
	size_t	 len, textlen, got;

	count_up(want, 0xb0, sizeof(want));
	for (len = 0; len <= SOMEMAX; len++) {
		textlen = b64url_len(len);
		b64url_encode(apart, want, len);
		memcpy(b + textlen - len, want, len);
		b64url_encode((char *)b, b + textlen - len, len);
		ATF_REQUIRE(memcmp(apart, b, textlen) == 0);
		ATF_REQUIRE_EQ(0, b64url_decode(b, len, &got, (char *)b,
		    textlen));
		ATF_REQUIRE_EQ(len, got);
		ATF_REQUIRE(memcmp(want, b, len) == 0);
		if (len != 0)
			REQUIRE_ERRNO(EINVAL, b64url_decode(b, len - 1, &got,
			    apart, textlen));
	}
}

/*
 * S-14: RFC 5869 as that system derived its key, with the source's label
 * and no salt, written the way Fernet keys are.  The value comes from
 * Python's cryptography.
 */
ATF_TC_WITHOUT_HEAD(fernet_key_text);
ATF_TC_BODY(fernet_key_text, tc)
{
	static const char	 info[] = "handshake data\001";
	struct part		 p = { info, sizeof(info) - 1 };
	uint8_t			 ikm[32], prk[32], key[32];
	char			 text[45] = "";

	count_up(ikm, 0, sizeof(ikm));
	kdf_extract(prk, NULL, 0, ikm, sizeof(ikm));
	hmac_parts(key, prk, sizeof(prk), &p, 1);
	REQUIRE_HEX("5250f61c0ebb1575559501bde721faec"
	    "473da78dfe622746e1c4b96b2e7ee833", key, sizeof(key));
	b64url_encode(text, key, sizeof(key));
	ATF_REQUIRE_STREQ("UlD2HA67FXVVlQG95yH67Ec9p43-YidG4cS5ay5-6DM=",
	    text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, base64_rfc4648);
	ATF_TP_ADD_TC(tp, base64_one_text_only);
	ATF_TP_ADD_TC(tp, base64_room);
	ATF_TP_ADD_TC(tp, base64_encode);
	ATF_TP_ADD_TC(tp, url_rfc4648);
	ATF_TP_ADD_TC(tp, url_one_text_only);
	ATF_TP_ADD_TC(tp, every_digit);
	ATF_TP_ADD_TC(tp, unused_bits);
	ATF_TP_ADD_TC(tp, in_place);
	ATF_TP_ADD_TC(tp, fernet_key_text);
	return atf_no_error();
}
