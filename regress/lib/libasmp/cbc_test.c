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

/* AES-CBC with HMAC, its padding, and profile iomt, which is made of it. */

#include "codec.h"
#include "data_local.h"
#include "fixediv.h"

#define CBC_FIXED	(CBC_IVLEN + ASMP_HASHLEN)

/* NIST SP 800-38A, appendix F.2: the plaintext, all four blocks. */
#define NIST_IV	"000102030405060708090a0b0c0d0e0f"
#define NIST_PLAIN \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

/* The MAC again, over what a test has changed before it. */
static void
again(const struct cbc_key *key, uint8_t *msg, size_t len)
{
	struct part	 p = { msg, len - ASMP_HASHLEN };

	hmac_parts(msg + len - ASMP_HASHLEN, key->mac, key->maclen, &p, 1);
}

static struct cbc_key
iomt_key(const struct asmp_data *d)
{
	struct cbc_key	 key = {
		d->key, CBC_KEY256, d->mac, sizeof(d->mac)
	};

	return key;
}

static void
nist(const char *hexkey, const char *want)
{
	static const uint8_t	 mac[32] = "the MAC's key is not NIST's";
	uint8_t			 k[32], in[64], msg[3 + CBC_FIXED + 80];
	struct cbc_key		 key = { k, 0, mac, sizeof(mac) };
	struct aead_pool	*pool = aead_pool_new(2);
	uint8_t			*plain;
	size_t			 n;

	key.enclen = unhex(k, hexkey);
	unhex(in, NIST_PLAIN);
	unhex(fixed_iv, NIST_IV);
	memcpy(msg, "pre", 3);
	ATF_REQUIRE_EQ(CBC_FIXED + 80, cbc_len(sizeof(in)));
	ATF_REQUIRE_EQ(0, cbc_seal(msg, 3, &key, pool, in,
	    sizeof(in)));
	ATF_REQUIRE(memcmp(msg, "pre", 3) == 0);
	REQUIRE_HEX(NIST_IV, msg + 3, CBC_IVLEN);
	REQUIRE_HEX(want, msg + 3 + CBC_IVLEN, sizeof(in));
	ATF_REQUIRE_EQ(REASON_NONE, cbc_verify(msg, 3, cbc_len(64), &key));
	ATF_REQUIRE_EQ(REASON_NONE, cbc_open(msg, 3, cbc_len(64), &key,
	    pool, &plain, &n));
	ATF_REQUIRE_EQ(sizeof(in), n);
	ATF_REQUIRE(memcmp(in, plain, n) == 0);
	aead_pool_free(pool);
}

/* M-2, I-15: F.2.1 and F.2.2 for 128 bits, F.2.5 and F.2.6 for 256. */
ATF_TC_WITHOUT_HEAD(nist_vectors);
ATF_TC_BODY(nist_vectors, tc)
{
	nist("2b7e151628aed2a6abf7158809cf4f3c",
	    "7649abac8119b246cee98e9b12e9197d"
	    "5086cb9b507219ee95db113a917678b2"
	    "73bed6b8e3c1743b7116e69e22229516"
	    "3ff1caa1681fac09120eca307586e1a7");
	nist("603deb1015ca71be2b73aef0857d7781"
	    "1f352c073b6108d72d9810a30914dff4",
	    "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
	    "9cfc4e967edb808d679f777bc6702c7d"
	    "39f23369a9d9bacfa530e26304231461"
	    "b2eb05e2c39be9fcda6c19078c6a9d1b");
}

/* The MAC covers prefix, IV and ciphertext, and nothing of it is spare. */
ATF_TC_WITHOUT_HEAD(every_byte_counts);
ATF_TC_BODY(every_byte_counts, tc)
{
	uint8_t		 k[32], m[32], msg[3 + CBC_FIXED + 16] = "pre";
	struct cbc_key	 key = { k, CBC_KEY256, m, sizeof(m) };
	struct aead_pool *pool = aead_pool_new(2);
	size_t		 i;

	count_up(k, 0, sizeof(k));
	count_up(m, 32, sizeof(m));
	ATF_REQUIRE_EQ(0, cbc_seal(msg, 3, &key, pool, k, 5));
	for (i = 0; i < sizeof(msg); i++) {
		msg[i] ^= 0x10;
		ATF_REQUIRE_EQ(REASON_RECORD_MAC, cbc_verify(msg, 3,
		    sizeof(msg) - 3, &key));
		msg[i] ^= 0x10;
	}
	ATF_REQUIRE_EQ(REASON_NONE, cbc_verify(msg, 3, sizeof(msg) - 3,
	    &key));
	m[31] ^= 1;
	ATF_REQUIRE_EQ(REASON_RECORD_MAC, cbc_verify(msg, 3, sizeof(msg) - 3,
	    &key));
	aead_pool_free(pool);
}

/* RFC 5652, section 6.3: one to sixteen bytes, each their number. */
ATF_TC_WITHOUT_HEAD(padding);
ATF_TC_BODY(padding, tc)
{
	uint8_t	 b[3 * CBC_BLOCK];
	size_t	 n, i, len;

	for (n = 0; n < CBC_BLOCK; n++) {
		memset(b, 0x55, sizeof(b));
		pkcs7_pad(b, n);
		for (i = 0; i < sizeof(b); i++)
			ATF_REQUIRE_EQ(i < n || i >= CBC_BLOCK ? 0x55 :
			    CBC_BLOCK - n, b[i]);
		ATF_REQUIRE_EQ(0, pkcs7_unpad(b, CBC_BLOCK, &len));
		ATF_REQUIRE_EQ(n, len);
		memset(b, 0x55, sizeof(b));
		pkcs7_pad(b + 2 * CBC_BLOCK, n);
		ATF_REQUIRE_EQ(0, pkcs7_unpad(b, sizeof(b), &len));
		ATF_REQUIRE_EQ(2 * CBC_BLOCK + n, len);
	}
}

/* M-33: each count that is none, and each byte of each count. */
ATF_TC_WITHOUT_HEAD(bad_padding);
ATF_TC_BODY(bad_padding, tc)
{
	uint8_t	 b[2 * CBC_BLOCK];
	size_t	 i, pad, len;
	int	 v;

	for (v = 0; v <= UINT8_MAX; v++) {
		memset(b, v, sizeof(b));
		ATF_REQUIRE_EQ(v >= 1 && v <= CBC_BLOCK ? 0 : -1,
		    pkcs7_unpad(b, sizeof(b), &len));
	}
	for (pad = 2; pad <= CBC_BLOCK; pad++) {
		for (i = 2; i <= pad; i++) {
			memset(b, 0x55, sizeof(b));
			memset(b + sizeof(b) - pad, (int)pad, pad);
			ATF_REQUIRE_EQ(0, pkcs7_unpad(b, sizeof(b), &len));
			ATF_REQUIRE_EQ(sizeof(b) - pad, len);
			b[sizeof(b) - i] ^= 0x80;
			ATF_REQUIRE_EQ(-1, pkcs7_unpad(b, sizeof(b), &len));
			b[sizeof(b) - i] ^= 0x81;
			ATF_REQUIRE_EQ(-1, pkcs7_unpad(b, sizeof(b), &len));
		}
	}
}

/* I-13, I-15: the payload by its parts, IV first. */
ATF_TC_WITHOUT_HEAD(iomt_layout);
ATF_TC_BODY(iomt_layout, tc)
{
	static uint8_t	 frame[FRAMEMAX];
	struct ends	 e;
	struct cbc_key	 key;
	uint8_t		 want[ASMP_HASHLEN];
	struct part	 p = { frame, ASMP_HDRLEN + 16 + 48 };

	ends_init(&e, "iomt");
	unhex(fixed_iv, NIST_IV);
	key = iomt_key(&e.tx.d2g);
	ATF_REQUIRE_EQ(ASMP_HDRLEN + 16 + 48 + 32, frame_seal(&e, &e.tx.d2g,
	    frame, "BP=145/92, HR=88, O2=96%, Temp=37.2C", 36));
	REQUIRE_HEX(NIST_IV, frame + ASMP_HDRLEN, CBC_IVLEN);
	hmac_parts(want, key.mac, key.maclen, &p, 1);
	ATF_REQUIRE(memcmp(want, frame + p.len, sizeof(want)) == 0);
	REQUIRE_OPENS(&e, &e.rx.d2g, frame,
	    "BP=145/92, HR=88, O2=96%, Temp=37.2C", 36);
	ends_free(&e);
}

/* I-14: whose MAC holds and whose padding does not is named by that. */
ATF_TC_WITHOUT_HEAD(iomt_padding);
ATF_TC_BODY(iomt_padding, tc)
{
	static uint8_t	 frame[FRAMEMAX];
	struct ends	 e;
	struct cbc_key	 key;
	uint8_t		*iv = frame + ASMP_HDRLEN;
	size_t		 len;

	ends_init(&e, "iomt");
	key = iomt_key(&e.tx.d2g);
	len = frame_seal(&e, &e.tx.d2g, frame, "vitals", 6);
	iv[15] ^= 0x40;
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
	again(&key, frame, len);
	REQUIRE_REFUSED(REASON_PADDING, &e, &e.rx.d2g, frame, NOW);
	iv[15] ^= 0x40;
	again(&key, frame, len);
	REQUIRE_OPENS(&e, &e.rx.d2g, frame, "vitals", 6);
	ends_free(&e);
}

/* A padding that is wrong leaves nothing of the plaintext behind. */
ATF_TC_WITHOUT_HEAD(iomt_padding_wipes);
ATF_TC_BODY(iomt_padding_wipes, tc)
{
	static uint8_t	 frame[FRAMEMAX];
	struct ends	 e;
	struct cbc_key	 key;
	uint8_t		*plain;
	size_t		 len, n;

	ends_init(&e, "iomt");
	key = iomt_key(&e.tx.d2g);
	len = frame_seal(&e, &e.tx.d2g, frame,
	    "sixteen bytes, and some of a second block", 41);
	frame[len - ASMP_HASHLEN - 2 * CBC_BLOCK + 15] ^= 0x40;
	again(&key, frame, len);
	ATF_REQUIRE_EQ(REASON_NONE, data_verify(&e.rx.d2g, frame));
	ATF_REQUIRE_EQ(REASON_PADDING, data_open(&e.rx.d2g, e.pool, frame,
	    NOW, &plain, &n));
	ATF_REQUIRE(memmem(frame, len, "sixteen bytes", 13) == NULL);
	ends_free(&e);
}

/* Break 13: encryption and MAC have a key each. */
ATF_TC_WITHOUT_HEAD(iomt_two_keys);
ATF_TC_BODY(iomt_two_keys, tc)
{
	static uint8_t	 frame[FRAMEMAX];
	struct ends	 e;
	struct cbc_key	 key;
	size_t		 len;

	ends_init(&e, "iomt");
	ATF_REQUIRE(memcmp(e.tx.d2g.key, e.tx.d2g.mac, ASMP_KEYLEN) != 0);
	len = frame_seal(&e, &e.tx.d2g, frame, "vitals", 6);
	key = iomt_key(&e.tx.d2g);
	key.mac = e.tx.d2g.key;
	again(&key, frame, len);
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
	key.mac = e.tx.d2g.mac;
	again(&key, frame, len);
	REQUIRE_OPENS(&e, &e.rx.d2g, frame, "vitals", 6);
	ends_free(&e);
}

/* Break 10: ciphertext of 0, 15 and 17 bytes, under a MAC that holds. */
ATF_TC_WITHOUT_HEAD(iomt_ciphertext_lengths);
ATF_TC_BODY(iomt_ciphertext_lengths, tc)
{
	static const size_t	 lens[] = { 0, 1, 15, 17, 31, 33 };
	static uint8_t		 frame[FRAMEMAX];
	struct ends		 e;
	struct cbc_key		 key;
	size_t			 i;

	ends_init(&e, "iomt");
	key = iomt_key(&e.tx.d2g);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		memset(frame, 0, sizeof(frame));
		header_put(frame, CBC_FIXED + lens[i]);
		again(&key, frame, ASMP_HDRLEN + CBC_FIXED + lens[i]);
		REQUIRE_REFUSED(REASON_LENGTH, &e, &e.rx.d2g, frame, NOW);
	}
	frame_seal(&e, &e.tx.d2g, frame, "vitals", 6);
	REQUIRE_OPENS(&e, &e.rx.d2g, frame, "vitals", 6);
	ends_free(&e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nist_vectors);
	ATF_TP_ADD_TC(tp, every_byte_counts);
	ATF_TP_ADD_TC(tp, padding);
	ATF_TP_ADD_TC(tp, bad_padding);
	ATF_TP_ADD_TC(tp, iomt_layout);
	ATF_TP_ADD_TC(tp, iomt_padding);
	ATF_TP_ADD_TC(tp, iomt_padding_wipes);
	ATF_TP_ADD_TC(tp, iomt_two_keys);
	ATF_TP_ADD_TC(tp, iomt_ciphertext_lengths);
	return atf_no_error();
}
