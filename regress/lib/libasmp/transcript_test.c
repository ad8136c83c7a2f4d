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
#include "profile_vectors.h"
#include "testutil.h"

static struct ident *
load(enum ident_alg alg, uint8_t first)
{
	struct ident	*id;
	uint8_t		 seed[48];

	count_up(seed, first, sizeof(seed));
	id = ident_fromseed(alg, seed, alg == IDENT_P384 ? 48 : 32);
	ATF_REQUIRE(id != NULL);
	return id;
}

static struct ident *
gateway(void)
{
	return load(IDENT_ED25519, V_GATEWAY_SEED);
}

static struct ident *
device(void)
{
	return load(IDENT_ED25519, V_DEVICE_SEED);
}

/* What the gateway says for h, in GATEWAY_AUTH_MAX bytes, and T1. */
static size_t
gateway_says(const struct ident *id, uint8_t *out, uint8_t *t1,
    const char *hex)
{
	uint8_t	 h[ASMP_HASHLEN], nonce[ASMP_NONCELEN];
	int	 len;

	unhex(h, hex);
	count_up(nonce, V_GATEWAY_NONCE, sizeof(nonce));
	len = gateway_sign(id, out, h, nonce, V_GATEWAY_ID);
	ATF_REQUIRE(len > 0);
	transcript_next(t1, h, out, (size_t)len);
	return (size_t)len;
}

static void
require_gateway(const char *hash, const char *gpt, const char *hash1)
{
	struct asmp_gateway_auth	 auth;
	struct ident			*id = gateway();
	uint8_t				 out[GATEWAY_AUTH_MAX], h[32], t1[32];
	size_t				 len;

	len = gateway_says(id, out, t1, hash);
	REQUIRE_HEX(gpt, out, len);
	REQUIRE_HEX(hash1, t1, sizeof(t1));
	ATF_REQUIRE_EQ(0, gateway_auth_get(&auth, out, len));
	ATF_REQUIRE_STREQ(V_GATEWAY_ID, auth.id);
	unhex(h, hash);
	ATF_REQUIRE_EQ(0, gateway_verify(ident_public(id), h, &auth));
	ident_free(id);
}

ATF_TC_WITHOUT_HEAD(gateway_vectors);
ATF_TC_BODY(gateway_vectors, tc)
{
	require_gateway(V_H, V_GPT, V_T1);
	require_gateway(V_HYBRID_H, V_HYBRID_GPT, V_HYBRID_T1);
}

/* The other profiles differ in h alone; S-5: both sides prove themselves. */
ATF_TC_WITHOUT_HEAD(gateway_of_every_profile);
ATF_TC_BODY(gateway_of_every_profile, tc)
{
	static const char *const	 v[][2] = {
		{ V_ZTP_H, V_ZTP_T1 }, { V_SLMP_H, V_SLMP_T1 },
		{ V_SMCP_H, V_SMCP_T1 }, { V_IOMT_H, V_IOMT_T1 }
	};
	struct ident			*id = gateway();
	uint8_t				 out[GATEWAY_AUTH_MAX], t1[32];
	size_t				 i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		gateway_says(id, out, t1, v[i][0]);
		REQUIRE_HEX(v[i][1], t1, sizeof(t1));
	}
	ident_free(id);
}

static void
require_device(const char *hash1, const char *body, const char *proof,
    const char *hash2)
{
	struct ident	*id = device();
	uint8_t		 init[INIT_MAX], t[32], hbody[32];
	struct part	 p = { init, 0 };
	size_t		 n;

	n = p.len = unhex(init, body);
	sha256_parts(hbody, &p, 1);
	unhex(t, hash1);
	ATF_REQUIRE_EQ(0, device_sign(id, init + n, t, hbody));
	REQUIRE_HEX(proof, init + n, 64);
	ATF_REQUIRE_EQ(0, device_verify(ident_public(id), init + n, 64, t,
	    hbody));
	transcript_next(t, t, init, n + 64);
	REQUIRE_HEX(hash2, t, sizeof(t));
	ident_free(id);
}

ATF_TC_WITHOUT_HEAD(device_vectors);
ATF_TC_BODY(device_vectors, tc)
{
	require_device(V_T1, V_BODY, V_PROOF, V_T);
	require_device(V_HYBRID_T1, V_HYBRID_BODY, V_HYBRID_PROOF,
	    V_HYBRID_T);
}

/* Whatever in the message or the handshake differs, the proof is void. */
ATF_TC_WITHOUT_HEAD(gateway_changed);
ATF_TC_BODY(gateway_changed, tc)
{
	struct asmp_gateway_auth	 good, auth;
	struct ident			*id = gateway();
	struct ident			*other = load(IDENT_ED25519, 1);
	const struct ident_pub		*pub = ident_public(id);
	uint8_t				 b[GATEWAY_AUTH_MAX], h[32];

	unhex(h, V_H);
	ATF_REQUIRE_EQ(0, gateway_auth_get(&good, b, unhex(b, V_GPT)));
	ATF_REQUIRE_EQ(0, gateway_verify(pub, h, &good));
	ATF_REQUIRE_EQ(-1, gateway_verify(ident_public(other), h, &good));
	auth = good;
	auth.nonce[0] ^= 1;
	ATF_REQUIRE_EQ(-1, gateway_verify(pub, h, &auth));
	auth = good;
	auth.keyid[31] ^= 1;
	ATF_REQUIRE_EQ(-1, gateway_verify(pub, h, &auth));
	auth = good;
	auth.id[0] = 'X';
	ATF_REQUIRE_EQ(-1, gateway_verify(pub, h, &auth));
	auth = good;
	auth.sig[63] ^= 1;
	ATF_REQUIRE_EQ(-1, gateway_verify(pub, h, &auth));
	auth = good;
	auth.siglen = 96;
	ATF_REQUIRE_EQ(-1, gateway_verify(pub, h, &auth));
	h[0] ^= 1;
	ATF_REQUIRE_EQ(-1, gateway_verify(pub, h, &good));
	ident_free(id);
	ident_free(other);
}

/* The same key id in the message does not make another key the gateway's. */
ATF_TC_WITHOUT_HEAD(gateway_keyid_is_no_proof);
ATF_TC_BODY(gateway_keyid_is_no_proof, tc)
{
	struct asmp_gateway_auth	 auth;
	struct ident			*id = gateway();
	struct ident			*thief = load(IDENT_ED25519, 1);
	uint8_t				 b[GATEWAY_AUTH_MAX], h[32] = { 0 };
	int				 len;

	len = gateway_sign(thief, b, h, h, V_GATEWAY_ID);
	ATF_REQUIRE_EQ(0, gateway_auth_get(&auth, b, (size_t)len));
	ATF_REQUIRE_EQ(0, gateway_verify(ident_public(thief), h, &auth));
	ident_keyid(ident_public(id), auth.keyid);
	ATF_REQUIRE_EQ(-1, gateway_verify(ident_public(id), h, &auth));
	ident_free(id);
	ident_free(thief);
}

/* Nor does the pinned key speak for a key id that is not its own. */
ATF_TC_WITHOUT_HEAD(gateway_keyid_is_its_own);
ATF_TC_BODY(gateway_keyid_is_its_own, tc)
{
	struct asmp_gateway_auth	 auth = { .id = "g", .siglen = 64 };
	struct ident			*id = gateway();
	uint8_t				 label[LABELMAX], h[32] = { 0 };
	struct part			 p[] = {
		{ label, label_put(label, sizeof(label), "gateway auth") },
		{ h, sizeof(h) }, { auth.nonce, sizeof(auth.nonce) },
		{ auth.keyid, sizeof(auth.keyid) }, { "\001g", 2 }
	};

	ident_keyid(ident_public(id), auth.keyid);
	ATF_REQUIRE_EQ(0, ident_sign(id, auth.sig, p, 5));
	ATF_REQUIRE_EQ(0, gateway_verify(ident_public(id), h, &auth));
	auth.keyid[0] ^= 1;
	ATF_REQUIRE_EQ(0, ident_sign(id, auth.sig, p, 5));
	ATF_REQUIRE_EQ(-1, gateway_verify(ident_public(id), h, &auth));
	ident_free(id);
}

ATF_TC_WITHOUT_HEAD(gateway_bad_id);
ATF_TC_BODY(gateway_bad_id, tc)
{
	struct ident	*id = gateway();
	uint8_t		 b[GATEWAY_AUTH_MAX], h[32] = { 0 };
	char		 longest[ASMP_IDMAX + 2];

	memset(longest, 'a', sizeof(longest));
	longest[ASMP_IDMAX + 1] = '\0';
	ATF_REQUIRE_EQ(-1, gateway_sign(id, b, h, h, longest));
	ATF_REQUIRE_EQ(-1, gateway_sign(id, b, h, h, ""));
	longest[ASMP_IDMAX] = '\0';
	ATF_REQUIRE_EQ(16 + 32 + 1 + 64 + 64,
	    gateway_sign(id, b, h, h, longest));
	ident_free(id);
}

/* All three algorithms on both sides. */
ATF_TC_WITHOUT_HEAD(every_algorithm);
ATF_TC_BODY(every_algorithm, tc)
{
	struct asmp_gateway_auth	 auth;
	struct ident			*id;
	enum ident_alg			 alg;
	uint8_t				 b[GATEWAY_AUTH_MAX], h[32] = { 0 };
	uint8_t				 sig[ASMP_SIGMAX];
	size_t				 siglen;
	int				 len;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		id = load(alg, 1);
		siglen = ident_siglen(alg);
		len = gateway_sign(id, b, h, h, V_GATEWAY_ID);
		ATF_REQUIRE_EQ(16 + 32 + 1 + 16 + siglen, (size_t)len);
		ATF_REQUIRE_EQ(0, gateway_auth_get(&auth, b, (size_t)len));
		ATF_REQUIRE_EQ(siglen, auth.siglen);
		ATF_REQUIRE_EQ(0, gateway_verify(ident_public(id), h, &auth));
		ATF_REQUIRE_EQ(0, device_sign(id, sig, h, h));
		ATF_REQUIRE_EQ(0, device_verify(ident_public(id), sig, siglen,
		    h, h));
		sig[0] ^= 1;
		REQUIRE_ERRNO(EBADMSG, device_verify(ident_public(id), sig,
		    siglen, h, h));
		ident_free(id);
	}
}

/* A device's proof holds for its own transcript and body and no other. */
ATF_TC_WITHOUT_HEAD(device_changed);
ATF_TC_BODY(device_changed, tc)
{
	struct ident		*id = device();
	const struct ident_pub	*pub = ident_public(id);
	uint8_t			 t1[32] = { 1 }, hb[32] = { 2 }, sig[64];

	ATF_REQUIRE_EQ(0, device_sign(id, sig, t1, hb));
	ATF_REQUIRE_EQ(0, device_verify(pub, sig, sizeof(sig), t1, hb));
	REQUIRE_ERRNO(EBADMSG, device_verify(pub, sig, sizeof(sig), hb, t1));
	REQUIRE_ERRNO(EINVAL, device_verify(pub, sig, sizeof(sig) - 1, t1,
	    hb));
	t1[31] ^= 1;
	REQUIRE_ERRNO(EBADMSG, device_verify(pub, sig, sizeof(sig), t1, hb));
	ident_free(id);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, gateway_vectors);
	ATF_TP_ADD_TC(tp, gateway_of_every_profile);
	ATF_TP_ADD_TC(tp, device_vectors);
	ATF_TP_ADD_TC(tp, gateway_changed);
	ATF_TP_ADD_TC(tp, gateway_keyid_is_no_proof);
	ATF_TP_ADD_TC(tp, gateway_keyid_is_its_own);
	ATF_TP_ADD_TC(tp, gateway_bad_id);
	ATF_TP_ADD_TC(tp, every_algorithm);
	ATF_TP_ADD_TC(tp, device_changed);
	return atf_no_error();
}
