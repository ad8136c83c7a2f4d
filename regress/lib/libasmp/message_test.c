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
#include "profile_vectors.h"

#define HELLO_LEN	(HELLO_FIXED + 32)

static void
hello_sample(uint8_t *b)
{
	hello_put(b, 2, 0, V_MAX_IN);
	unhex(b + HELLO_FIXED, V_M1);
}

ATF_TC_WITHOUT_HEAD(hello);
ATF_TC_BODY(hello, tc)
{
	struct asmp_hello	 h;
	uint8_t			 b[HELLO_LEN];

	hello_sample(b);
	REQUIRE_HEX("02001000", b, HELLO_FIXED);
	ATF_REQUIRE_EQ(0, hello_get(&h, b, sizeof(b)));
	ATF_REQUIRE_EQ(2, h.profile);
	ATF_REQUIRE_EQ(0, h.options);
	ATF_REQUIRE_EQ(V_MAX_IN, h.max_in);
	ATF_REQUIRE(h.m1 == b + HELLO_FIXED);
}

ATF_TC_WITHOUT_HEAD(hello_lengths);
ATF_TC_BODY(hello_lengths, tc)
{
	struct asmp_hello	 h;
	uint8_t			 b[HELLO_LEN + 1] = { 0 };
	size_t			 len;

	hello_sample(b);
	for (len = 0; len <= sizeof(b); len++)
		ATF_REQUIRE_EQ(len == HELLO_LEN ? 0 : REASON_HELLO,
		    hello_get(&h, b, len));
}

/* An unknown profile is told apart so that the log can name it. */
ATF_TC_WITHOUT_HEAD(hello_unknown_profile);
ATF_TC_BODY(hello_unknown_profile, tc)
{
	struct asmp_hello	 h;
	uint8_t			 b[HELLO_LEN];
	int			 id;

	hello_sample(b);
	for (id = 0; id <= UINT8_MAX; id++) {
		b[0] = (uint8_t)id;
		if (id >= 1 && id <= 6)
			continue;
		ATF_REQUIRE_EQ(REASON_PROFILE, hello_get(&h, b, sizeof(b)));
		ATF_REQUIRE_EQ(REASON_PROFILE, hello_get(&h, b, HELLO_FIXED));
		ATF_REQUIRE_EQ(REASON_HELLO,
		    hello_get(&h, b, HELLO_FIXED - 1));
	}
}

/* Noise message 1 and the least max_in are those of the profile. */
ATF_TC_WITHOUT_HEAD(hello_profiles);
ATF_TC_BODY(hello_profiles, tc)
{
	const struct asmp_profile	*p = NULL;
	struct asmp_hello		 h;
	uint8_t				 b[NOISE_MSGMAX] = { 0 };
	size_t				 len, want;

	while ((p = profile_next(p)) != NULL) {
		want = HELLO_FIXED + noise_m1_len(p->agreement);
		hello_put(b, p->id, 0, p->max_in);
		for (len = HELLO_FIXED; len <= sizeof(b); len++)
			ATF_REQUIRE_EQ(len == want ? 0 : REASON_HELLO,
			    hello_get(&h, b, len));
		ATF_REQUIRE_EQ(0, hello_get(&h, b, want));
		ATF_REQUIRE_EQ(p->id, h.profile);
		hello_put(b, p->id, 0, p->max_in - 1);
		ATF_REQUIRE_EQ(REASON_HELLO, hello_get(&h, b, want));
	}
}

ATF_TC_WITHOUT_HEAD(hello_fields);
ATF_TC_BODY(hello_fields, tc)
{
	struct asmp_hello	 h;
	uint8_t			 b[HELLO_LEN];
	int			 bit;

	hello_sample(b);
	for (bit = 0; bit < 8; bit++) {
		b[1] = (uint8_t)(1 << bit);
		ATF_REQUIRE_EQ(bit == 0 ? 0 : REASON_HELLO,
		    hello_get(&h, b, sizeof(b)));
	}
	hello_put(b, 2, 0, ASMP_MAX_IN_MIN);
	ATF_REQUIRE_EQ(0, hello_get(&h, b, sizeof(b)));
	hello_put(b, 2, 0, ASMP_MAX_IN_MIN - 1);
	ATF_REQUIRE_EQ(REASON_HELLO, hello_get(&h, b, sizeof(b)));
	hello_put(b, 2, 0, 0xffff);
	ATF_REQUIRE_EQ(0, hello_get(&h, b, sizeof(b)));
}

ATF_TC_WITHOUT_HEAD(prologue_vector);
ATF_TC_BODY(prologue_vector, tc)
{
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = ASMP_HELLO,
		.length = HELLO_LEN
	};
	uint8_t			 header[ASMP_HDRLEN], fixed[HELLO_FIXED];
	uint8_t			 out[NOISE_PROLOGUE];

	frame_put(header, &h);
	hello_put(fixed, 2, 0, V_MAX_IN);
	prologue_put(out, header, fixed);
	REQUIRE_HEX(V_PROLOGUE, out, sizeof(out));
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	static const char *const good[] = {
		"a", "BP_MONITOR_001", "a.b:c@d-e", "0", "_", ":", "@"
	};
	static const char *const bad[] = {
		"", ".", "..", ".hidden", "-rf", "a b", "a/b", "a\\b", "a\"b",
		"a\nb", "a\x7f", "\xc3\xa4", "a%", "a\033"
	};
	char	 id[ASMP_IDMAX + 2];
	size_t	 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ATF_REQUIRE_MSG(id_valid(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_REQUIRE_MSG(!id_valid(bad[i]), "%s", bad[i]);
	memset(id, 'a', sizeof(id));
	id[ASMP_IDMAX + 1] = '\0';
	ATF_REQUIRE(!id_valid(id));
	id[ASMP_IDMAX] = '\0';
	ATF_REQUIRE(id_valid(id));
}

ATF_TC_WITHOUT_HEAD(id_put_length);
ATF_TC_BODY(id_put_length, tc)
{
	uint8_t	 b[1 + ASMP_IDMAX];
	char	 id[ASMP_IDMAX + 2];

	ATF_REQUIRE_EQ(3, id_put(b, "ab"));
	REQUIRE_HEX("026162", b, 3);
	ATF_REQUIRE_EQ(1, id_put(b, ""));
	REQUIRE_HEX("00", b, 1);
	memset(id, 'a', sizeof(id));
	id[ASMP_IDMAX + 1] = '\0';
	ATF_REQUIRE_EQ(0, id_put(b, id));
	id[ASMP_IDMAX] = '\0';
	ATF_REQUIRE_EQ(sizeof(b), id_put(b, id));
}

ATF_TC_WITHOUT_HEAD(gateway_auth_vector);
ATF_TC_BODY(gateway_auth_vector, tc)
{
	struct asmp_gateway_auth	 a;
	uint8_t				 b[GATEWAY_AUTH_MAX], nonce[16];
	uint8_t				 out[GATEWAY_AUTH_MAX];
	size_t				 len = unhex(b, V_GPT);

	ATF_REQUIRE_EQ(0, gateway_auth_get(&a, b, len));
	count_up(nonce, V_GATEWAY_NONCE, sizeof(nonce));
	ATF_REQUIRE(memcmp(nonce, a.nonce, sizeof(nonce)) == 0);
	ATF_REQUIRE_STREQ(V_GATEWAY_ID, a.id);
	ATF_REQUIRE_EQ(64, a.siglen);
	ATF_REQUIRE_EQ(len, gateway_auth_put(out, &a));
	REQUIRE_HEX(V_GPT, out, len);
}

/* Only what is left can be the signature: 64 bytes or 96, nothing else. */
ATF_TC_WITHOUT_HEAD(gateway_auth_lengths);
ATF_TC_BODY(gateway_auth_lengths, tc)
{
	struct asmp_gateway_auth	 a;
	uint8_t				 b[GATEWAY_AUTH_MAX] = { 0 };
	size_t				 len, fixed = 16 + 32 + 1 + 16;

	unhex(b, V_GPT);
	for (len = 0; len <= sizeof(b); len++)
		ATF_REQUIRE_EQ(len == fixed + 64 || len == fixed + 96 ? 0 : -1,
		    gateway_auth_get(&a, b, len));
}

ATF_TC_WITHOUT_HEAD(gateway_auth_refuses);
ATF_TC_BODY(gateway_auth_refuses, tc)
{
	struct asmp_gateway_auth	 a;
	uint8_t				 b[GATEWAY_AUTH_MAX];
	size_t				 len = unhex(b, V_GPT);

	b[50] = '/';
	ATF_REQUIRE_EQ(-1, gateway_auth_get(&a, b, len));
	b[50] = 'A';
	ATF_REQUIRE_EQ(0, gateway_auth_get(&a, b, len));
	a.siglen = 65;
	ATF_REQUIRE_EQ(0, gateway_auth_put(b, &a));
	a.siglen = 64;
	a.id[0] = '\0';
	ATF_REQUIRE_EQ(0, gateway_auth_put(b, &a));
}

static size_t
init_sample(uint8_t *b)
{
	size_t	 n = unhex(b, V_BODY);

	return n + unhex(b + n, V_PROOF);
}

ATF_TC_WITHOUT_HEAD(init_vector);
ATF_TC_BODY(init_vector, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX], out[INIT_BODY_MAX];
	size_t			 len = init_sample(b);

	ATF_REQUIRE_EQ(0, init_get(&i, b, len));
	ATF_REQUIRE_EQ(ASMP_KIND_SIGNATURE, i.kind);
	ATF_REQUIRE_EQ(0, i.flags);
	ATF_REQUIRE_EQ(0, i.group);
	ATF_REQUIRE_STREQ(V_DEVICE_ID, i.id);
	ATF_REQUIRE_EQ(34, i.bodylen);
	ATF_REQUIRE_EQ(64, i.prooflen);
	ATF_REQUIRE(i.proof == b + 34);
	ATF_REQUIRE_EQ(34, init_body_put(out, &i));
	REQUIRE_HEX(V_BODY, out, 34);
}

ATF_TC_WITHOUT_HEAD(init_lengths);
ATF_TC_BODY(init_lengths, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX] = { 0 };
	size_t			 len;

	init_sample(b);
	for (len = 0; len <= sizeof(b); len++)
		ATF_REQUIRE_EQ(len == 34 + 64 || len == 34 + 96 ? 0 : -1,
		    init_get(&i, b, len));
}

/* The length of the proof is that of its kind, and no other. */
static void
require_proof(const uint8_t *b, size_t body, size_t proof)
{
	struct asmp_init	 i;
	size_t			 len;

	for (len = body; len <= body + ASMP_SIGMAX; len++)
		ATF_REQUIRE_EQ(len == body + proof ? 0 : -1,
		    init_get(&i, b, len));
	ATF_REQUIRE_EQ(0, init_get(&i, b, body + proof));
	ATF_REQUIRE_EQ(body, i.bodylen);
	ATF_REQUIRE_EQ(proof, i.prooflen);
	ATF_REQUIRE(i.proof == b + body);
}

ATF_TC_WITHOUT_HEAD(init_psk_and_kem);
ATF_TC_BODY(init_psk_and_kem, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX] = { 0 }, out[INIT_BODY_MAX];

	unhex(b, V_SMCP_BODY);
	require_proof(b, 34, ASMP_HASHLEN);
	memset(&i, 0xee, sizeof(i));
	ATF_REQUIRE_EQ(0, init_get(&i, b, 34 + ASMP_HASHLEN));
	ATF_REQUIRE_EQ('\0', i.token.client[0]);
	ATF_REQUIRE_EQ(0, i.ticket[0]);
	ATF_REQUIRE_EQ(ASMP_KIND_PSK, i.kind);
	ATF_REQUIRE_EQ(34, init_body_put(out, &i));
	REQUIRE_HEX(V_SMCP_BODY, out, 34);

	unhex(b, V_IOMT_BODY);
	require_proof(b, 34, 0);
	ATF_REQUIRE_EQ(0, init_get(&i, b, 34));
	ATF_REQUIRE_EQ(ASMP_KIND_KEM, i.kind);
	ATF_REQUIRE_EQ(34, init_body_put(out, &i));
	REQUIRE_HEX(V_IOMT_BODY, out, 34);
}

/* Z-18: client, role and expiry travel as the issuer wrote them. */
ATF_TC_WITHOUT_HEAD(init_token);
ATF_TC_BODY(init_token, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX] = { 0 }, out[INIT_BODY_MAX];
	size_t			 len = unhex(b, V_SLMP_BODY);

	require_proof(b, len, ASMP_HASHLEN);
	ATF_REQUIRE_EQ(0, init_get(&i, b, len + ASMP_HASHLEN));
	ATF_REQUIRE_EQ(ASMP_KIND_TOKEN, i.kind);
	ATF_REQUIRE_STREQ("", i.id);
	ATF_REQUIRE_STREQ("kemal-client", i.token.client);
	ATF_REQUIRE_STREQ(V_GATEWAY_ID, i.token.audience);
	ATF_REQUIRE_EQ(2, i.token.role);
	ATF_REQUIRE_EQ(0x692da8c0, i.token.expires);
	ATF_REQUIRE_EQ(len, init_body_put(out, &i));
	REQUIRE_HEX(V_SLMP_BODY, out, len);
	i.token.client[0] = '\0';
	ATF_REQUIRE_EQ(0, init_body_put(out, &i));
}

/* A body has one form: no id beside a token, no token but a whole one. */
ATF_TC_WITHOUT_HEAD(init_token_refuses);
ATF_TC_BODY(init_token_refuses, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX + 1] = { 0 };
	size_t			 len = unhex(b, V_SLMP_BODY), n;

	for (n = 0; n <= UINT8_MAX; n++) {
		b[20] = n & 0xff;
		ATF_REQUIRE_EQ(n == len - 21 ? 0 : -1,
		    init_get(&i, b, len + ASMP_HASHLEN));
	}
	unhex(b, V_SLMP_BODY);
	b[21] = 2;
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len + ASMP_HASHLEN));
	unhex(b, V_SLMP_BODY);
	memmove(b + 21, b + 20, len - 20);
	b[19] = 1;
	b[20] = 'a';
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len + 1 + ASMP_HASHLEN));
	for (n = 20; n < len; n++)
		ATF_REQUIRE_EQ(-1, init_get(&i, b, n));
}

ATF_TC_WITHOUT_HEAD(init_longest_token);
ATF_TC_BODY(init_longest_token, tc)
{
	struct asmp_init	 i, got;
	uint8_t			 b[INIT_BODY_MAX + ASMP_HASHLEN] = { 0 };

	memset(&i, 0, sizeof(i));
	i.kind = ASMP_KIND_TOKEN;
	i.token.version = 1;
	i.token.expires = 1;
	memset(i.token.audience, 'a', ASMP_IDMAX);
	memset(i.token.client, 'c', ASMP_IDMAX);
	ATF_REQUIRE_EQ(INIT_BODY_MAX, init_body_put(b, &i));
	ATF_REQUIRE_EQ(0, init_get(&got, b, sizeof(b)));
	ATF_REQUIRE_STREQ(i.token.client, got.token.client);
}

/* Z-27: a ticket stands for the device by its number alone. */
ATF_TC_WITHOUT_HEAD(init_ticket);
ATF_TC_BODY(init_ticket, tc)
{
	static const char	 body[] =
	    "050102" "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf" "00"
	    "707172737475767778797a7b7c7d7e7f";
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX] = { 0 }, out[INIT_BODY_MAX];
	size_t			 len = unhex(b, body);

	require_proof(b, len, ASMP_HASHLEN);
	ATF_REQUIRE_EQ(0, init_get(&i, b, len + ASMP_HASHLEN));
	ATF_REQUIRE_EQ(ASMP_KIND_TICKET, i.kind);
	ATF_REQUIRE_EQ(INIT_TICKET, i.flags);
	ATF_REQUIRE_EQ(2, i.group);
	REQUIRE_HEX("707172737475767778797a7b7c7d7e7f", i.ticket, 16);
	ATF_REQUIRE_EQ(len, init_body_put(out, &i));
	REQUIRE_HEX(body, out, len);
	for (len = 0; len < 36 + ASMP_HASHLEN; len++)
		ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
	unhex(b, V_SMCP_BODY);
	b[0] = ASMP_KIND_TICKET;
	ATF_REQUIRE_EQ(-1, init_get(&i, b, 34 + 16 + ASMP_HASHLEN));
}

ATF_TC_WITHOUT_HEAD(init_unknown_kind);
ATF_TC_BODY(init_unknown_kind, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX];
	size_t			 len = init_sample(b);
	int			 kind;

	for (kind = ASMP_KIND_TICKET + 1; kind <= UINT8_MAX + 1; kind++) {
		ATF_REQUIRE_EQ(0, init_get(&i, b, len));
		i.kind = kind & 0xff;
		ATF_REQUIRE_EQ(0, init_body_put(b, &i));
		b[0] = kind & 0xff;
		ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
		ATF_REQUIRE_EQ(-1, init_get(&i, b, 34 + ASMP_HASHLEN));
		ATF_REQUIRE_EQ(-1, init_get(&i, b, 34));
		b[0] = ASMP_KIND_SIGNATURE;
	}
}

/* An id that a log, a path or a shell could misread goes no further. */
ATF_TC_WITHOUT_HEAD(init_refuses);
ATF_TC_BODY(init_refuses, tc)
{
	struct asmp_init	 i;
	uint8_t			 b[INIT_MAX];
	size_t			 len = init_sample(b);

	b[1] = 1;
	ATF_REQUIRE_EQ(0, init_get(&i, b, len));
	b[1] = 2;
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
	b[1] = 0;
	b[20] = '/';
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
	b[20] = '\0';
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
	b[20] = 'B';
	ATF_REQUIRE_EQ(0, init_get(&i, b, len));
	b[19] = ASMP_IDMAX + 1;
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
	b[19] = 0;
	ATF_REQUIRE_EQ(-1, init_get(&i, b, len));
	i.id[0] = '\0';
	ATF_REQUIRE_EQ(0, init_body_put(b, &i));
}

/* Written out by hand from the table in asmp(7). */
ATF_TC_WITHOUT_HEAD(ack);
ATF_TC_BODY(ack, tc)
{
	struct asmp_ack	 a = {
		.time = 0x0102030405060708, .lastid = 0x1112131415161718,
		.role = 0x21, .max_in = 0x2223, .seal_limit = 0x2425,
		.lifetime = 0x26272829
	}, got;
	uint8_t		 b[HANDSHAKE_ACK_LEN];	/* no ticket, no more room */

	count_up(a.session, 0x40, sizeof(a.session));
	count_up(a.nonce, V_DEVICE_NONCE, sizeof(a.nonce));
	memset(&got, 0, sizeof(got));
	ATF_REQUIRE_EQ(58, HANDSHAKE_ACK_LEN);
	ATF_REQUIRE_EQ(sizeof(b), ack_put(b, &a));
	REQUIRE_HEX("404142434445464748494a4b4c4d4e4f"
	    "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	    "0102030405060708" "1112131415161718" "21" "2223" "2425"
	    "26272829" "00", b, sizeof(b));
	ATF_REQUIRE_EQ(0, ack_get(&got, b, sizeof(b)));
	ATF_REQUIRE(memcmp(a.session, got.session, 16) == 0);
	ATF_REQUIRE(memcmp(a.nonce, got.nonce, 16) == 0);
	ATF_REQUIRE_EQ(a.time, got.time);
	ATF_REQUIRE_EQ(a.lastid, got.lastid);
	ATF_REQUIRE_EQ(a.role, got.role);
	ATF_REQUIRE_EQ(a.max_in, got.max_in);
	ATF_REQUIRE_EQ(a.seal_limit, got.seal_limit);
	ATF_REQUIRE_EQ(a.lifetime, got.lifetime);
	ATF_REQUIRE_EQ(0, got.ticketed);
}

/* Z-27: the ticket that the next connection may use. */
ATF_TC_WITHOUT_HEAD(ack_with_ticket);
ATF_TC_BODY(ack_with_ticket, tc)
{
	struct asmp_ack	 a = { .max_in = 512, .ticketed = 1 }, got;
	uint8_t		 b[HANDSHAKE_ACK_MAX + 1];
	size_t		 len;

	count_up(a.ticket, 0x70, sizeof(a.ticket));
	count_up(a.secret, 0x80, sizeof(a.secret));
	memset(b, 0, sizeof(b));
	ATF_REQUIRE_EQ(58 + 48, HANDSHAKE_ACK_MAX);
	ATF_REQUIRE_EQ(HANDSHAKE_ACK_MAX, ack_put(b, &a));
	REQUIRE_HEX("30" "707172737475767778797a7b7c7d7e7f"
	    "808182838485868788898a8b8c8d8e8f"
	    "909192939495969798999a9b9c9d9e9f", b + 57, 49);
	for (len = 0; len <= sizeof(b); len++)
		ATF_REQUIRE_EQ(len == HANDSHAKE_ACK_MAX ? 0 : -1,
		    ack_get(&got, b, len));
	ATF_REQUIRE_EQ(0, ack_get(&got, b, HANDSHAKE_ACK_MAX));
	ATF_REQUIRE_EQ(1, got.ticketed);
	ATF_REQUIRE(memcmp(a.ticket, got.ticket, sizeof(a.ticket)) == 0);
	ATF_REQUIRE(memcmp(a.secret, got.secret, sizeof(a.secret)) == 0);
}

/* A ticket is whole or not there, whatever its length says. */
ATF_TC_WITHOUT_HEAD(ack_ticket_lengths);
ATF_TC_BODY(ack_ticket_lengths, tc)
{
	struct asmp_ack	 a = { .max_in = ASMP_MAX_IN_MIN }, got;
	uint8_t		 b[HANDSHAKE_ACK_LEN + UINT8_MAX] = { 0 };
	size_t		 n;

	ATF_REQUIRE_EQ(HANDSHAKE_ACK_LEN, ack_put(b, &a));
	for (n = 0; n <= UINT8_MAX; n++) {
		b[HANDSHAKE_ACK_LEN - 1] = n & 0xff;
		ATF_REQUIRE_EQ(n == 0 || n == 48 ? 0 : -1,
		    ack_get(&got, b, HANDSHAKE_ACK_LEN + n));
		ATF_REQUIRE_EQ(n == 48, got.ticketed);
	}
}

ATF_TC_WITHOUT_HEAD(ack_refuses);
ATF_TC_BODY(ack_refuses, tc)
{
	struct asmp_ack	 a = { .max_in = ASMP_MAX_IN_MIN }, got;
	uint8_t		 b[HANDSHAKE_ACK_LEN + 1] = { 0 };
	size_t		 len;

	ack_put(b, &a);
	for (len = 0; len <= sizeof(b); len++)
		ATF_REQUIRE_EQ(len == HANDSHAKE_ACK_LEN ? 0 : -1,
		    ack_get(&got, b, len));
	b[HANDSHAKE_ACK_LEN - 1] = 1;
	ATF_REQUIRE_EQ(-1, ack_get(&got, b, HANDSHAKE_ACK_LEN));
	ATF_REQUIRE_EQ(-1, ack_get(&got, b, sizeof(b)));
	a.max_in = ASMP_MAX_IN_MIN - 1;
	ack_put(b, &a);
	ATF_REQUIRE_EQ(-1, ack_get(&got, b, HANDSHAKE_ACK_LEN));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hello);
	ATF_TP_ADD_TC(tp, hello_lengths);
	ATF_TP_ADD_TC(tp, hello_unknown_profile);
	ATF_TP_ADD_TC(tp, hello_profiles);
	ATF_TP_ADD_TC(tp, hello_fields);
	ATF_TP_ADD_TC(tp, prologue_vector);
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, id_put_length);
	ATF_TP_ADD_TC(tp, gateway_auth_vector);
	ATF_TP_ADD_TC(tp, gateway_auth_lengths);
	ATF_TP_ADD_TC(tp, gateway_auth_refuses);
	ATF_TP_ADD_TC(tp, init_vector);
	ATF_TP_ADD_TC(tp, init_lengths);
	ATF_TP_ADD_TC(tp, init_psk_and_kem);
	ATF_TP_ADD_TC(tp, init_token);
	ATF_TP_ADD_TC(tp, init_token_refuses);
	ATF_TP_ADD_TC(tp, init_longest_token);
	ATF_TP_ADD_TC(tp, init_ticket);
	ATF_TP_ADD_TC(tp, init_unknown_kind);
	ATF_TP_ADD_TC(tp, init_refuses);
	ATF_TP_ADD_TC(tp, ack);
	ATF_TP_ADD_TC(tp, ack_with_ticket);
	ATF_TP_ADD_TC(tp, ack_ticket_lengths);
	ATF_TP_ADD_TC(tp, ack_refuses);
	return atf_no_error();
}
