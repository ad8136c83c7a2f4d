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


#include "asmp_proto.h"
#include "testutil.h"
#include "vectors.h"

/*
 * A reading, its leaf, and a seal over it by the device of vectors.h.  All
 * values here were computed with Python's hashlib and hmac and with pyca
 * cryptography's Ed25519 after the text of asmp(7).
 */
#define HEADER	"000100030000000300000001000000000000000000000035"
#define READING	"\0\0\0\0\0\0\0\001\0\0\001\213\317\345h\0" \
		"{\"systolic\":120,\"pulse\":61}"
#define LEAF	"e8cbb427469d93862b9b2a554d3d4707" \
		"c4b28b0ab42f6faf00509b122033142d"
#define C	"594cfd2607d4f09e1ce6241203e418ca" \
		"cfed545063792bc5eab7afaadbf0c4e0"
#define P	"ff4b2c1a270bd2f20d50c403fe061ff8" \
		"2f17790fab38446c12a7bb67ef473b5f"
#define SIG	"02e02add19e8cf84506ce434310aa579" \
		"1f8c4bdf4805d3071748b5544bab4e27" \
		"bf898df7fc07379b6dd935fcdb3cde46" \
		"ab25e7f067919d047a5fc281c4b6d50b"

static struct ident	*device;
static struct seal	 sample;
static uint8_t		 t[ASMP_HASHLEN];

static void
setup(void)
{
	uint8_t	 seed[32];

	count_up(seed, V_DEVICE_SEED, sizeof(seed));
	device = ident_fromseed(IDENT_ED25519, seed, sizeof(seed));
	ATF_REQUIRE(device != NULL);
	unhex(t, V_T);
	sample.number = 7;
	sample.epoch = 1;
	sample.first = 3;
	sample.last = 5;
	sample.count = 3;
	unhex(sample.c, C);
	unhex(sample.p, P);
}

ATF_TC_WITHOUT_HEAD(leaf_vector);
ATF_TC_BODY(leaf_vector, tc)
{
	struct part	 p;
	uint8_t		 key[32], header[ASMP_HDRLEN], out[ASMP_HASHLEN];

	unhex(key, V_D2G_BLIND);
	unhex(header, HEADER);
	seal_leaf(out, key, header, (const uint8_t *)READING,
	    sizeof(READING) - 1);
	REQUIRE_HEX(LEAF, out, sizeof(out));
	p = (struct part){ out, sizeof(out) };
	sha256_parts(out, &p, 1);
	REQUIRE_HEX(P, out, sizeof(out));
}

/* Equal readings must not be recognised by their leaves. */
ATF_TC_WITHOUT_HEAD(leaf_hides);
ATF_TC_BODY(leaf_hides, tc)
{
	uint8_t	 key[32] = { 1 }, header[ASMP_HDRLEN] = { 0 };
	uint8_t	 a[ASMP_HASHLEN], b[ASMP_HASHLEN];

	seal_leaf(a, key, header, (const uint8_t *)"x", 1);
	seal_leaf(b, key, header, (const uint8_t *)"x", 1);
	ATF_REQUIRE(memcmp(a, b, sizeof(a)) == 0);
	header[19] = 1;
	seal_leaf(b, key, header, (const uint8_t *)"x", 1);
	ATF_REQUIRE(memcmp(a, b, sizeof(a)) != 0);
	header[19] = 0;
	key[31] = 1;
	seal_leaf(b, key, header, (const uint8_t *)"x", 1);
	ATF_REQUIRE(memcmp(a, b, sizeof(a)) != 0);
}

ATF_TC_WITHOUT_HEAD(signature_vector);
ATF_TC_BODY(signature_vector, tc)
{
	uint8_t	 sig[64];

	setup();
	ATF_REQUIRE_EQ(0, seal_sign(device, sig, t, &sample, V_DEVICE_ID));
	REQUIRE_HEX(SIG, sig, sizeof(sig));
	ATF_REQUIRE_EQ(0, seal_verify(ident_public(device), sig, sizeof(sig),
	    t, &sample, V_DEVICE_ID));
	ident_free(device);
}

/* Every field is under the signature. */
ATF_TC_WITHOUT_HEAD(every_field_counts);
ATF_TC_BODY(every_field_counts, tc)
{
	const struct ident_pub	*pub;
	struct seal		 s[7];
	uint8_t			 sig[64];
	size_t			 i;

	setup();
	pub = ident_public(device);
	unhex(sig, SIG);
	for (i = 0; i < 7; i++)
		s[i] = sample;
	s[0].number++;
	s[1].epoch++;
	s[2].first--;
	s[3].last++;
	s[4].count--;
	s[5].c[0] ^= 1;
	s[6].p[31] ^= 1;
	for (i = 0; i < 7; i++)
		REQUIRE_ERRNO(EBADMSG, seal_verify(pub, sig, sizeof(sig), t,
		    &s[i], V_DEVICE_ID));
	REQUIRE_ERRNO(EBADMSG, seal_verify(pub, sig, sizeof(sig), t, &sample,
	    "BP_MONITOR_002"));
	t[0] ^= 1;
	REQUIRE_ERRNO(EBADMSG, seal_verify(pub, sig, sizeof(sig), t, &sample,
	    V_DEVICE_ID));
	t[0] ^= 1;
	ATF_REQUIRE_EQ(0, seal_verify(pub, sig, sizeof(sig), t, &sample,
	    V_DEVICE_ID));
	ident_free(device);
}

ATF_TC_WITHOUT_HEAD(bad_arguments);
ATF_TC_BODY(bad_arguments, tc)
{
	uint8_t	 sig[ASMP_SIGMAX] = { 0 };

	setup();
	REQUIRE_ERRNO(EINVAL, seal_sign(device, sig, t, &sample, ""));
	REQUIRE_ERRNO(EINVAL, seal_sign(device, sig, t, &sample, "a b"));
	unhex(sig, SIG);
	REQUIRE_ERRNO(EINVAL, seal_verify(ident_public(device), sig, 64, t,
	    &sample, ""));
	REQUIRE_ERRNO(EINVAL, seal_verify(ident_public(device), sig, 96, t,
	    &sample, V_DEVICE_ID));
	ident_free(device);
}

/* The longest id and the longest key fit the text that is signed. */
ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct ident	*id;
	uint8_t		 sig[ASMP_SIGMAX];
	char		 name[ASMP_IDMAX + 1];

	setup();
	memset(name, 'z', ASMP_IDMAX);
	name[ASMP_IDMAX] = '\0';
	ATF_REQUIRE((id = ident_generate(IDENT_P384)) != NULL);
	ATF_REQUIRE_EQ(0, seal_sign(id, sig, t, &sample, name));
	ATF_REQUIRE_EQ(0, seal_verify(ident_public(id), sig, sizeof(sig), t,
	    &sample, name));
	ident_free(id);
	ident_free(device);
}

static size_t
record_sample(struct seal_record *r, uint8_t *out)
{
	setup();
	memset(r, 0, sizeof(*r));
	r->received = 0x0102030405060708;
	strlcpy(r->id, V_DEVICE_ID, sizeof(r->id));
	r->alg = IDENT_ED25519;
	ident_keyid(ident_public(device), r->keyid);
	memcpy(r->t, t, sizeof(r->t));
	r->seal = sample;
	unhex(r->sig, SIG);
	ident_free(device);
	return seal_record_put(out, r);
}

/* Field by field, as asmp(7) says it. */
ATF_TC_WITHOUT_HEAD(record_vector);
ATF_TC_BODY(record_vector, tc)
{
	struct seal_record	 r, got;
	uint8_t			 out[SEAL_RECORD_MAX], *p = out;
	size_t			 len = record_sample(&r, out);
	size_t			 idlen = strlen(V_DEVICE_ID);

	ATF_REQUIRE_EQ(0, memcmp(p, "ASMP/1 log seal", 16));
	REQUIRE_HEX("0102030405060708", p += 16, 8);
	ATF_REQUIRE_EQ(idlen, *(p += 8));
	ATF_REQUIRE_EQ(0, memcmp(++p, V_DEVICE_ID, idlen));
	REQUIRE_HEX("01", p += idlen, 1);
	ATF_REQUIRE_EQ(0, memcmp(++p, r.keyid, 32));
	REQUIRE_HEX(V_T, p += 32, 32);
	REQUIRE_HEX("000000000000000700000001"
	    "00000000000000030000000000000005" "0003", p += 32, 30);
	REQUIRE_HEX(C, p += 30, 32);
	REQUIRE_HEX(P, p += 32, 32);
	REQUIRE_HEX(SIG, p += 32, 64);
	ATF_REQUIRE_EQ(len, (size_t)(p + 64 - out));
	ATF_REQUIRE_EQ(0, seal_record_get(&got, out, len));
	ATF_REQUIRE_EQ(0, memcmp(&r, &got, sizeof(r)));
}

ATF_TC_WITHOUT_HEAD(record_refuses);
ATF_TC_BODY(record_refuses, tc)
{
	struct seal_record	 r, got;
	uint8_t			 out[SEAL_RECORD_MAX + 1] = { 0 };
	size_t			 i, len = record_sample(&r, out);

	for (i = 0; i < sizeof(out); i++)
		ATF_REQUIRE_EQ(i == len ? 0 : -1, seal_record_get(&got, out,
		    i));
	for (i = 0; i < 16; i++) {
		out[i] ^= 1;
		ATF_REQUIRE_EQ(-1, seal_record_get(&got, out, len));
		out[i] ^= 1;
	}
	out[25] = ' ';
	ATF_REQUIRE_EQ(-1, seal_record_get(&got, out, len));
	out[25] = V_DEVICE_ID[0];
	for (i = 0; i <= UINT8_MAX; i++) {
		/* P-256 has signatures of the same length. */
		out[25 + strlen(V_DEVICE_ID)] = (uint8_t)i;
		ATF_REQUIRE_EQ(i == 1 || i == 2 ? 0 : -1,
		    seal_record_get(&got, out, len));
		r.alg = (uint8_t)i;
		ATF_REQUIRE((seal_record_put(out, &r) != 0) ==
		    (i >= 1 && i <= 3));
	}
	r.alg = IDENT_ED25519;
	r.id[0] = '\0';
	ATF_REQUIRE_EQ(0, seal_record_put(out, &r));
}

ATF_TC_WITHOUT_HEAD(record_longest);
ATF_TC_BODY(record_longest, tc)
{
	struct seal_record	 r, got;
	uint8_t			 out[SEAL_RECORD_MAX];
	size_t			 len;

	record_sample(&r, out);
	memset(r.id, 'a', ASMP_IDMAX);
	r.id[ASMP_IDMAX] = '\0';
	r.alg = IDENT_P384;
	count_up(r.sig, 0, sizeof(r.sig));
	len = seal_record_put(out, &r);
	ATF_REQUIRE(len != 0 && len <= sizeof(out));
	ATF_REQUIRE_EQ(0, seal_record_get(&got, out, len));
	ATF_REQUIRE_EQ(0, memcmp(&r, &got, sizeof(r)));
}

/* A leaf that is shown is the one that was hidden. */
ATF_TC_WITHOUT_HEAD(leaf_shown);
ATF_TC_BODY(leaf_shown, tc)
{
	uint8_t		 key[32], header[ASMP_HDRLEN], blind[32];
	uint8_t		 out[ASMP_HASHLEN];
	struct hmac	 h;

	unhex(key, V_D2G_BLIND);
	unhex(header, HEADER);
	hmac_key(&h, key, sizeof(key));
	seal_blind(blind, &h, header);
	seal_leaf_shown(out, blind, header, (const uint8_t *)READING,
	    sizeof(READING) - 1);
	REQUIRE_HEX(LEAF, out, sizeof(out));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, leaf_vector);
	ATF_TP_ADD_TC(tp, leaf_hides);
	ATF_TP_ADD_TC(tp, signature_vector);
	ATF_TP_ADD_TC(tp, every_field_counts);
	ATF_TP_ADD_TC(tp, bad_arguments);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, record_vector);
	ATF_TP_ADD_TC(tp, record_refuses);
	ATF_TP_ADD_TC(tp, record_longest);
	ATF_TP_ADD_TC(tp, leaf_shown);
	return atf_no_error();
}
