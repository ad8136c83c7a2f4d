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

static void
handshake(struct asmp_hskeys *hk)
{
	struct noise_keys	 nk;

	unhex(nk.n1, V_N1);
	unhex(nk.n2, V_N2);
	unhex(nk.h, V_H);
	keys_handshake(hk, &nk);
}

ATF_TC_WITHOUT_HEAD(handshake_vector);
ATF_TC_BODY(handshake_vector, tc)
{
	struct asmp_hskeys	 hk;

	handshake(&hk);
	REQUIRE_HEX(V_HS_D, hk.d2g, sizeof(hk.d2g));
	REQUIRE_HEX(V_HS_G, hk.g2d, sizeof(hk.g2d));
}

/*
 * The two secrets between, which keys_session() does not give away, made
 * step by step: they pin `agreed', and where a failing key went wrong.
 */
ATF_TC_WITHOUT_HEAD(secrets_vector);
ATF_TC_BODY(secrets_vector, tc)
{
	struct asmp_hskeys	 hk;
	uint8_t			 t[32], ikm[96] = { 0 }, ms[32], e1[32];

	handshake(&hk);
	unhex(t, V_T);
	memcpy(ikm, hk.agreed, sizeof(hk.agreed));
	unhex(ikm + 32, V_X);
	kdf_extract(ms, t, sizeof(t), ikm, sizeof(ikm));
	REQUIRE_HEX(V_MS, ms, sizeof(ms));
	kdf_expand(e1, ms, "epoch", NULL, 0);
	REQUIRE_HEX(V_E1, e1, sizeof(e1));
}

ATF_TC_WITHOUT_HEAD(session_vector);
ATF_TC_BODY(session_vector, tc)
{
	static const uint8_t	 zero[ASMP_KEYLEN];
	struct asmp_hskeys	 hk;
	struct asmp_keys	 k;
	uint8_t			 t[32], x[32];

	handshake(&hk);
	unhex(t, V_T);
	unhex(x, V_X);
	keys_session(&k, profile_byname("asmp"), t, hk.agreed, x,
	    zero);
	REQUIRE_HEX(V_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_G2D_DATA, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_D2G_CONTROL, k.d2g_control, sizeof(k.d2g_control));
	REQUIRE_HEX(V_G2D_CONTROL, k.g2d_control, sizeof(k.g2d_control));
	REQUIRE_HEX(V_D2G_BLIND, k.d2g_blind, sizeof(k.d2g_blind));
}

/*
 * Profile smcp, kind psk: X is not zero, so its place in the mix shows.
 * The values are of the same origin as those in vectors.h; the psk is
 * d0..df, h, T1 and proof differ with the prologue.
 */
ATF_TC_WITHOUT_HEAD(extra_secret_vector);
ATF_TC_BODY(extra_secret_vector, tc)
{
	static const uint8_t	 zero[ASMP_KEYLEN];
	struct noise_keys	 nk;
	struct asmp_hskeys	 hk;
	struct asmp_keys	 k;
	uint8_t			 t[32], x[32], e1[32], want[32];

	unhex(nk.n1, V_N1);
	unhex(nk.n2, V_N2);
	unhex(nk.h, "da8d736a3bd2494a63eca92033379c62"
	    "8a1fdc6930b071bc37bcbaa66fcd76e5");
	keys_handshake(&hk, &nk);
	unhex(x, "f6bd9e929791e5730beb2c678b77b066"
	    "e93f42f662a62c90210dd9d09bce2524");
	unhex(t, "6f2a6255b87f58468ec372b526c1815d"
	    "448e385348b139500fb057d404103577");
	unhex(e1, "edecb0ff52fa3672bc0615e68864521b"
	    "400e974dd3f1a5a27f5653cf516b07c2");
	keys_session(&k, profile_byname("asmp"), t, hk.agreed, x,
	    zero);
	kdf_expand(want, e1, "d2g data", NULL, 0);
	ATF_REQUIRE(memcmp(want, k.d2g.key, sizeof(want)) == 0);
	kdf_expand(want, e1, "g2d control", NULL, 0);
	ATF_REQUIRE(memcmp(want, k.g2d_control, sizeof(want)) == 0);
}

/* Each of the four inputs must change every key. */
ATF_TC_WITHOUT_HEAD(every_input_counts);
ATF_TC_BODY(every_input_counts, tc)
{
	uint8_t			 in[4][ASMP_KEYLEN];
	const struct asmp_profile *p = profile_byname("asmp");
	struct asmp_keys	 k[5];
	size_t			 i, j;

	memset(in, 0, sizeof(in));
	keys_session(&k[4], p, in[0], in[1], in[2], in[3]);
	for (i = 0; i < 4; i++) {
		in[i][31] ^= 1;
		keys_session(&k[i], p, in[0], in[1], in[2], in[3]);
		in[i][31] ^= 1;
	}
	for (i = 0; i < 5; i++) {
		for (j = 0; j < i; j++) {
			ATF_REQUIRE(memcmp(k[i].d2g.key, k[j].d2g.key,
			    ASMP_KEYLEN) != 0);
			ATF_REQUIRE(memcmp(k[i].d2g_blind, k[j].d2g_blind,
			    ASMP_KEYLEN) != 0);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, handshake_vector);
	ATF_TP_ADD_TC(tp, secrets_vector);
	ATF_TP_ADD_TC(tp, session_vector);
	ATF_TP_ADD_TC(tp, extra_secret_vector);
	ATF_TP_ADD_TC(tp, every_input_counts);
	return atf_no_error();
}
