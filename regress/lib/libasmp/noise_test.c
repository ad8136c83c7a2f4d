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

static uint8_t	prologue[NOISE_PROLOGUE];

/* Begin with the ephemeral key that counts up from first. */
static void
begin(struct noise *n, uint8_t first)
{
	uint8_t	 priv[32];

	unhex(prologue, V_PROLOGUE);
	count_up(priv, first, sizeof(priv));
	ATF_REQUIRE_EQ(0, noise_init_fixed(n, ASMP_X25519, prologue, priv,
	    NULL));
}

static void
require_wiped(const struct noise *n)
{
	static const struct noise	 zero;

	ATF_REQUIRE(memcmp(n, &zero, sizeof(zero)) == 0);
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	ATF_REQUIRE_EQ(32, noise_m1_len(ASMP_X25519));
	ATF_REQUIRE_EQ(48, noise_m2_len(ASMP_X25519));
}

ATF_TC_WITHOUT_HEAD(responder_vector);
ATF_TC_BODY(responder_vector, tc)
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[32], m2[48];

	begin(&n, V_GATEWAY_E);
	unhex(m1, V_M1);
	ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&n, m1, m2, &k));
	REQUIRE_HEX(V_M2, m2, sizeof(m2));
	REQUIRE_HEX(V_N1, k.n1, sizeof(k.n1));
	REQUIRE_HEX(V_N2, k.n2, sizeof(k.n2));
	REQUIRE_HEX(V_H, k.h, sizeof(k.h));
	require_wiped(&n);
}

ATF_TC_WITHOUT_HEAD(initiator_vector);
ATF_TC_BODY(initiator_vector, tc)
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[32], m2[48];

	begin(&n, V_DEVICE_E);
	ATF_REQUIRE_EQ(0, noise_write_m1(&n, m1));
	REQUIRE_HEX(V_M1, m1, sizeof(m1));
	unhex(m2, V_M2);
	ATF_REQUIRE_EQ(0, noise_read_m2(&n, m2, &k));
	REQUIRE_HEX(V_N1, k.n1, sizeof(k.n1));
	REQUIRE_HEX(V_N2, k.n2, sizeof(k.n2));
	REQUIRE_HEX(V_H, k.h, sizeof(k.h));
	require_wiped(&n);
}

/*
 * RFC 7748, section 6.1.  Both public keys are seen on the wire; the shared
 * secret is seen through the keys, which Split makes of it and of the
 * protocol's name alone.
 */
ATF_TC_WITHOUT_HEAD(x25519_rfc7748);
ATF_TC_BODY(x25519_rfc7748, tc)
{
	static const char	 name[] = "Noise_NN_25519_ChaChaPoly_SHA256";
	struct noise		 a, b;
	struct noise_keys	 k;
	uint8_t			 priv[32], m1[32], m2[48], secret[32];
	uint8_t			 prk[32], want[32], n = 1;
	struct part		 p = { &n, sizeof(n) };

	unhex(prologue, V_PROLOGUE);
	unhex(priv, "77076d0a7318a57d3c16c17251b26645"
	    "df4c2f87ebc0992ab177fba51db92c2a");
	ATF_REQUIRE_EQ(0, noise_init_fixed(&a, ASMP_X25519, prologue, priv,
	    NULL));
	unhex(priv, "5dab087e624a8a4b79e17f8b83800ee6"
	    "6f3bb1292618b6fd1c2f8b27ff88e0eb");
	ATF_REQUIRE_EQ(0, noise_init_fixed(&b, ASMP_X25519, prologue, priv,
	    NULL));
	ATF_REQUIRE_EQ(0, noise_write_m1(&a, m1));
	REQUIRE_HEX("8520f0098930a754748b7ddcb43ef75a"
	    "0dbf3a0d26381af4eba4a98eaa9b4e6a", m1, sizeof(m1));
	ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&b, m1, m2, &k));
	REQUIRE_HEX("de9edb7d7b7dc1b4d35b61c2ece43537"
	    "3f8343c85b78674dadfc7e146f882b4f", m2, 32);

	unhex(secret, "4a5d9d5ba4ce2de1728e3bf480350f25"
	    "e07e21c947d19e3376f09b3c1e161742");
	kdf_extract(prk, (const uint8_t *)name, 32, secret, sizeof(secret));
	hmac_parts(prk, prk, sizeof(prk), &p, 1);
	kdf_extract(prk, prk, sizeof(prk), NULL, 0);
	hmac_parts(want, prk, sizeof(prk), &p, 1);
	ATF_REQUIRE(memcmp(want, k.n1, sizeof(want)) == 0);
}

ATF_TC_WITHOUT_HEAD(new_keys_agree);
ATF_TC_BODY(new_keys_agree, tc)
{
	struct noise		 d, g;
	struct noise_keys	 dk, gk;
	uint8_t			 m1[32], m2[48];

	unhex(prologue, V_PROLOGUE);
	ATF_REQUIRE_EQ(0, noise_init(&d, ASMP_X25519, prologue));
	ATF_REQUIRE_EQ(0, noise_init(&g, ASMP_X25519, prologue));
	ATF_REQUIRE_EQ(0, noise_write_m1(&d, m1));
	ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&g, m1, m2, &gk));
	ATF_REQUIRE_EQ(0, noise_read_m2(&d, m2, &dk));
	ATF_REQUIRE(memcmp(&dk, &gk, sizeof(dk)) == 0);
	ATF_REQUIRE(memcmp(dk.n1, dk.n2, sizeof(dk.n1)) != 0);
}

/* An ephemeral that comes twice would open every session made with it. */
ATF_TC_WITHOUT_HEAD(ephemerals_differ);
ATF_TC_BODY(ephemerals_differ, tc)
{
	struct noise	 a, b;

	unhex(prologue, V_PROLOGUE);
	ATF_REQUIRE_EQ(0, noise_init(&a, ASMP_X25519, prologue));
	ATF_REQUIRE_EQ(0, noise_init(&b, ASMP_X25519, prologue));
	ATF_REQUIRE(memcmp(a.e, b.e, sizeof(a.e)) != 0);
	noise_wipe(&a);
	noise_wipe(&b);
	require_wiped(&a);
}

/* Every bit of message 2 counts, the tag's and the point's alike. */
ATF_TC_WITHOUT_HEAD(changed_m2);
ATF_TC_BODY(changed_m2, tc)
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[32], m2[48];
	size_t			 i;

	for (i = 0; i < sizeof(m2); i++) {
		begin(&n, V_DEVICE_E);
		ATF_REQUIRE_EQ(0, noise_write_m1(&n, m1));
		unhex(m2, V_M2);
		m2[i] ^= 0x40;
		REQUIRE_ERRNO(EBADMSG, noise_read_m2(&n, m2, &k));
		require_wiped(&n);
	}
}

/* HELLO's header and fields stand in the prologue: none can be changed. */
ATF_TC_WITHOUT_HEAD(changed_prologue);
ATF_TC_BODY(changed_prologue, tc)
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 priv[32], m1[32], m2[48];
	size_t			 i;

	count_up(priv, V_DEVICE_E, sizeof(priv));
	unhex(m2, V_M2);
	for (i = 0; i < NOISE_PROLOGUE; i++) {
		unhex(prologue, V_PROLOGUE);
		prologue[i] ^= 1;
		ATF_REQUIRE_EQ(0, noise_init_fixed(&n, ASMP_X25519, prologue,
		    priv, NULL));
		ATF_REQUIRE_EQ(0, noise_write_m1(&n, m1));
		REQUIRE_ERRNO(EBADMSG, noise_read_m2(&n, m2, &k));
	}
}

/*
 * Points of low order force the DH value to zero whatever the other side's
 * key is: 0, 1, two of order 8, p - 1, p, p + 1.
 */
ATF_TC_WITHOUT_HEAD(low_order_points);
ATF_TC_BODY(low_order_points, tc)
{
	static const char *const points[] = {
		"00000000000000000000000000000000"
		"00000000000000000000000000000000",
		"01000000000000000000000000000000"
		"00000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46a"
		"da098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b"
		"04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f"
	};
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[32], m2[48];
	size_t			 i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		begin(&n, V_GATEWAY_E);
		unhex(m1, points[i]);
		REQUIRE_ERRNO(EPROTO, noise_read_m1_write_m2(&n, m1, m2, &k));
		require_wiped(&n);
		begin(&n, V_DEVICE_E);
		ATF_REQUIRE_EQ(0, noise_write_m1(&n, m1));
		unhex(m2, V_M2);
		unhex(m2, points[i]);
		REQUIRE_ERRNO(EPROTO, noise_read_m2(&n, m2, &k));
		require_wiped(&n);
	}
}

ATF_TC_WITHOUT_HEAD(no_such_agreement);
ATF_TC_BODY(no_such_agreement, tc)
{
	struct noise	 n;

	unhex(prologue, V_PROLOGUE);
	REQUIRE_ERRNO(EINVAL, noise_init(&n, 99, prologue));
	require_wiped(&n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, responder_vector);
	ATF_TP_ADD_TC(tp, initiator_vector);
	ATF_TP_ADD_TC(tp, x25519_rfc7748);
	ATF_TP_ADD_TC(tp, new_keys_agree);
	ATF_TP_ADD_TC(tp, ephemerals_differ);
	ATF_TP_ADD_TC(tp, changed_m2);
	ATF_TP_ADD_TC(tp, changed_prologue);
	ATF_TP_ADD_TC(tp, low_order_points);
	ATF_TP_ADD_TC(tp, no_such_agreement);
	return atf_no_error();
}
