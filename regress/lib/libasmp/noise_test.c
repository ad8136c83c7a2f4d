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
#include "drawn.h"
#include "testutil.h"
#include "vectors.h"

#define V_SEED		0x40	/* ML-KEM, the device's */
#define HYBRID_CT	32	/* where ekem1 begins in m2 */

/*
 * Prologues that vectors.h does not name: that of asmp with the other
 * profile's number and length of message 1.
 */
#define SMCP_PROLOGUE \
	"41534d502f310000010005000000000000000000000000000000000000002405" \
	"001000"
#define SLMP_PROLOGUE \
	"41534d502f310000010005000000000000000000000000000000000000004504" \
	"001000"

/* A handshake whose messages are pinned; NULL where nothing is given. */
struct vector {
	const char		*profile;
	enum asmp_agreement	 agreement;
	const char		*prologue;
	const char		*m1;
	const char		*m2;
	const char		*n1;
	const char		*n2;
	const char		*h;
};

static const struct vector	vectors[] = {
	{
		"asmp", ASMP_X25519, V_PROLOGUE, V_M1, V_M2, V_N1, V_N2, V_H
	}, {
		"smcp", ASMP_X25519, SMCP_PROLOGUE, V_M1, NULL, V_N1, V_N2,
		V_SMCP_H
	}, {
		"slmp", ASMP_P256, SLMP_PROLOGUE, V_SLMP_M1, V_SLMP_M2, NULL,
		NULL, V_SLMP_H
	}, {
		"hybrid", ASMP_X25519_MLKEM768, V_HYBRID_PROLOGUE,
		V_HYBRID_M1, V_HYBRID_M2, V_HYBRID_N1, V_HYBRID_N2,
		V_HYBRID_H
	}
};

#define NVECTORS	(sizeof(vectors) / sizeof(vectors[0]))
#define ASMP_VECTOR	(&vectors[0])
#define SLMP_VECTOR	(&vectors[2])
#define HYBRID_VECTOR	(&vectors[3])

/* Begin with the ephemeral key that counts up from first. */
static void
begin(struct noise *n, const struct vector *v, uint8_t first)
{
	uint8_t	 prologue[NOISE_PROLOGUE], priv[DH_LEN];
	uint8_t	 seed[MLKEM768_SEEDLEN];

	ATF_REQUIRE_EQ(sizeof(prologue), unhex(prologue, v->prologue));
	count_up(priv, first, sizeof(priv));
	count_up(seed, V_SEED, sizeof(seed));
	ATF_REQUIRE_EQ(0, noise_init_fixed(n, v->agreement, prologue, priv,
	    seed));
}

/* The same for the device, which has sent message 1. */
static void
begin_device(struct noise *n, const struct vector *v)
{
	uint8_t	 m1[NOISE_MSGMAX];

	begin(n, v, V_DEVICE_E);
	ATF_REQUIRE_EQ(0, noise_write_m1(n, m1));
}

static void
require_zero(const struct noise *n)
{
	static const struct noise	 zero;

	ATF_REQUIRE(memcmp(n, &zero, sizeof(zero)) == 0);
}

static void
require_hex_if(const char *hex, const uint8_t *p, size_t len)
{
	if (hex != NULL)
		REQUIRE_HEX(hex, p, len);
}

static void
require_keys(const struct vector *v, const struct noise_keys *k)
{
	REQUIRE_HEX(v->h, k->h, sizeof(k->h));
	require_hex_if(v->n1, k->n1, sizeof(k->n1));
	require_hex_if(v->n2, k->n2, sizeof(k->n2));
}

/* protocol.md's cost table rests on these, and HELLO's parser. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	ATF_REQUIRE_EQ(32, noise_m1_len(ASMP_X25519));
	ATF_REQUIRE_EQ(48, noise_m2_len(ASMP_X25519));
	ATF_REQUIRE_EQ(65, noise_m1_len(ASMP_P256));
	ATF_REQUIRE_EQ(81, noise_m2_len(ASMP_P256));
	ATF_REQUIRE_EQ(1216, noise_m1_len(ASMP_X25519_MLKEM768));
	ATF_REQUIRE_EQ(1152, noise_m2_len(ASMP_X25519_MLKEM768));
	ATF_REQUIRE(noise_m1_len(ASMP_X25519_MLKEM768) <= NOISE_MSGMAX);
}

/* What the gateway says to hybrid is new each time: see hybrid_gateway. */
ATF_TC_WITHOUT_HEAD(responder_vectors);
ATF_TC_BODY(responder_vectors, tc)
{
	const struct vector	*v;
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];

	for (v = vectors; v < vectors + NVECTORS; v++) {
		if (v->agreement == ASMP_X25519_MLKEM768)
			continue;
		begin(&n, v, V_GATEWAY_E);
		unhex(m1, v->m1);
		ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&n, m1, m2, &k));
		require_hex_if(v->m2, m2, noise_m2_len(v->agreement));
		require_keys(v, &k);
		require_zero(&n);
	}
}

ATF_TC_WITHOUT_HEAD(initiator_vectors);
ATF_TC_BODY(initiator_vectors, tc)
{
	const struct vector	*v;
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];

	for (v = vectors; v < vectors + NVECTORS; v++) {
		begin(&n, v, V_DEVICE_E);
		ATF_REQUIRE_EQ(0, noise_write_m1(&n, m1));
		REQUIRE_HEX(v->m1, m1, noise_m1_len(v->agreement));
		if (v->m2 == NULL)
			continue;
		ATF_REQUIRE_EQ(noise_m2_len(v->agreement), unhex(m2, v->m2));
		ATF_REQUIRE_EQ(0, noise_read_m2(&n, m2, &k));
		require_keys(v, &k);
		require_zero(&n);
	}
}

/*
 * The gateway's half of hybrid, with all that is fixed in it as in the
 * vector: the device of the vector comes to the same keys.
 */
ATF_TC_WITHOUT_HEAD(hybrid_gateway);
ATF_TC_BODY(hybrid_gateway, tc)
{
	struct noise		 d, g;
	struct noise_keys	 dk, gk;
	uint8_t			 m1[NOISE_MSGMAX], m2[2][NOISE_MSGMAX];
	uint8_t			 want[NOISE_MSGMAX];
	int			 i;

	unhex(m1, V_HYBRID_M1);
	unhex(want, V_HYBRID_M2);
	for (i = 0; i < 2; i++) {
		begin(&g, HYBRID_VECTOR, V_GATEWAY_E);
		ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&g, m1, m2[i], &gk));
		require_zero(&g);
		ATF_REQUIRE(memcmp(want, m2[i], HYBRID_CT) == 0);
		begin_device(&d, HYBRID_VECTOR);
		ATF_REQUIRE_EQ(0, noise_read_m2(&d, m2[i], &dk));
		ATF_REQUIRE(memcmp(&dk, &gk, sizeof(dk)) == 0);
	}
	ATF_REQUIRE(memcmp(m2[0] + HYBRID_CT, m2[1] + HYBRID_CT,
	    MLKEM768_CTLEN) != 0);
}

/* What n1 and n2 of slmp are is seen through the keys that grow from them. */
ATF_TC_WITHOUT_HEAD(slmp_keys_vector);
ATF_TC_BODY(slmp_keys_vector, tc)
{
	static const uint8_t	 group[ASMP_KEYLEN];
	struct noise		 n;
	struct noise_keys	 nk;
	struct asmp_hskeys	 hk;
	struct asmp_keys	 k;
	uint8_t			 m2[NOISE_MSGMAX], t[32], x[32];

	begin_device(&n, SLMP_VECTOR);
	unhex(m2, V_SLMP_M2);
	ATF_REQUIRE_EQ(0, noise_read_m2(&n, m2, &nk));
	keys_handshake(&hk, &nk);
	unhex(t, V_SLMP_T);
	unhex(x, V_SLMP_X);
	keys_session(&k, profile_byname("slmp"), t, hk.agreed, x, group);
	REQUIRE_HEX(V_SLMP_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_SLMP_D2G_USER, k.d2g.mac, sizeof(k.d2g.mac));
	keys_wipe(&k);
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
	uint8_t			 prologue[NOISE_PROLOGUE];
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
	const struct vector	*v;
	struct noise		 d, g;
	struct noise_keys	 dk, gk;
	uint8_t			 prologue[NOISE_PROLOGUE];
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];

	for (v = vectors; v < vectors + NVECTORS; v++) {
		unhex(prologue, v->prologue);
		ATF_REQUIRE_EQ(0, noise_init(&d, v->agreement, prologue));
		ATF_REQUIRE_EQ(0, noise_init(&g, v->agreement, prologue));
		ATF_REQUIRE_EQ(0, noise_write_m1(&d, m1));
		ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&g, m1, m2, &gk));
		ATF_REQUIRE_EQ(0, noise_read_m2(&d, m2, &dk));
		ATF_REQUIRE(memcmp(&dk, &gk, sizeof(dk)) == 0);
		ATF_REQUIRE(memcmp(dk.n1, dk.n2, sizeof(dk.n1)) != 0);
	}
}

/*
 * An ephemeral that comes twice would open every session made with it.  A
 * seed is drawn where there is ML-KEM, and there alone.
 */
ATF_TC_WITHOUT_HEAD(ephemerals_differ);
ATF_TC_BODY(ephemerals_differ, tc)
{
	static const uint8_t	 none[MLKEM768_SEEDLEN];
	const struct vector	*v;
	struct noise		 a, b;
	uint8_t			 prologue[NOISE_PROLOGUE];
	int			 kem;

	for (v = vectors; v < vectors + NVECTORS; v++) {
		kem = v->agreement == ASMP_X25519_MLKEM768;
		unhex(prologue, v->prologue);
		ATF_REQUIRE_EQ(0, noise_init(&a, v->agreement, prologue));
		ATF_REQUIRE_EQ(0, noise_init(&b, v->agreement, prologue));
		ATF_REQUIRE(memcmp(a.e, b.e, sizeof(a.e)) != 0);
		ATF_REQUIRE_EQ(kem,
		    memcmp(a.seed, b.seed, sizeof(a.seed)) != 0);
		ATF_REQUIRE_EQ(kem, memcmp(a.seed, none, sizeof(none)) != 0);
		noise_wipe(&a);
		noise_wipe(&b);
		require_zero(&a);
	}
}

/*
 * Every byte of message 2 counts, the tag's and the ciphertext's as those
 * of the point; one that is changed is none of P-256's.
 */
ATF_TC_WITHOUT_HEAD(changed_m2);
ATF_TC_BODY(changed_m2, tc)
{
	const struct vector	*v;
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m2[NOISE_MSGMAX];
	size_t			 i;

	for (v = vectors; v < vectors + NVECTORS; v++) {
		for (i = 0; v->m2 != NULL && i < noise_m2_len(v->agreement);
		    i++) {
			begin_device(&n, v);
			unhex(m2, v->m2);
			m2[i] ^= 0x40;
			REQUIRE_ERRNO(v == SLMP_VECTOR && i < 65 ? EPROTO :
			    EBADMSG, noise_read_m2(&n, m2, &k));
			require_zero(&n);
		}
	}
}

/*
 * Nor can message 1 be changed on its way: a gateway that takes the other
 * one, and it takes what is a key, gives an answer that the device refuses.
 */
ATF_TC_WITHOUT_HEAD(changed_m1);
ATF_TC_BODY(changed_m1, tc)
{
	const struct vector	*v;
	struct noise		 d, g;
	struct noise_keys	 k;
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];
	size_t			 i, taken;

	for (v = vectors; v < vectors + NVECTORS; v++) {
		taken = 0;
		for (i = 0; i < noise_m1_len(v->agreement); i++) {
			begin(&g, v, V_GATEWAY_E);
			unhex(m1, v->m1);
			m1[i] ^= 0x01;
			errno = 0;
			if (noise_read_m1_write_m2(&g, m1, m2, &k) == -1) {
				ATF_REQUIRE_EQ(EPROTO, errno);
				continue;
			}
			taken++;
			begin_device(&d, v);
			REQUIRE_ERRNO(EBADMSG, noise_read_m2(&d, m2, &k));
		}
		ATF_REQUIRE_EQ(v->agreement != ASMP_P256, taken >= 32);
	}
}

/* HELLO's header and fields stand in the prologue: none can be changed. */
ATF_TC_WITHOUT_HEAD(changed_prologue);
ATF_TC_BODY(changed_prologue, tc)
{
	const struct vector	*v;
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 prologue[NOISE_PROLOGUE], priv[DH_LEN];
	uint8_t			 seed[MLKEM768_SEEDLEN];
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];
	size_t			 i;

	count_up(priv, V_DEVICE_E, sizeof(priv));
	count_up(seed, V_SEED, sizeof(seed));
	for (v = vectors; v < vectors + NVECTORS; v++) {
		for (i = 0; v->m2 != NULL && i < NOISE_PROLOGUE; i++) {
			unhex(prologue, v->prologue);
			prologue[i] ^= 1;
			ATF_REQUIRE_EQ(0, noise_init_fixed(&n, v->agreement,
			    prologue, priv, seed));
			ATF_REQUIRE_EQ(0, noise_write_m1(&n, m1));
			unhex(m2, v->m2);
			REQUIRE_ERRNO(EBADMSG, noise_read_m2(&n, m2, &k));
		}
	}
}

/* Give both sides a first part of their peer's message. */
static void
give_both(const struct vector *v, const char *hex, int want)
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];

	begin(&n, v, V_GATEWAY_E);
	unhex(m1, v->m1);
	unhex(m1, hex);
	if (want == 0)
		ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&n, m1, m2, &k));
	else
		REQUIRE_ERRNO(want, noise_read_m1_write_m2(&n, m1, m2, &k));
	require_zero(&n);

	/* A good point that is not the gateway's gets as far as the tag. */
	begin_device(&n, v);
	unhex(m2, v->m2);
	unhex(m2, hex);
	REQUIRE_ERRNO(want == 0 ? EBADMSG : want, noise_read_m2(&n, m2, &k));
	require_zero(&n);
}

/*
 * Points of low order force the DH value to zero whatever the other side's
 * key is.  RFC 7748, section 6.1, has both sides check for that; the points
 * are 0, 1, two of order 8, p - 1, p and p + 1, of which the top bit does
 * not count (section 5).
 */
ATF_TC_WITHOUT_HEAD(x25519_low_order_points);
ATF_TC_BODY(x25519_low_order_points, tc)
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
		"ffffffffffffffffffffffffffffff7f",
		"00000000000000000000000000000000"
		"00000000000000000000000000000080",
		"01000000000000000000000000000000"
		"00000000000000000000000000000080",
		"e0eb7a7c3b41b8ae1656e3faf19fc46a"
		"da098deb9c32b1fd866205165f49b880",
		"5f9c95bca3508c24b1d0b1559c83ef5b"
		"04445cc4581c8e86d8224eddd09f11d7",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffff"
	};
	/* Neighbours of some, and p + 2, which is 2. */
	static const char *const good[] = {
		"02000000000000000000000000000000"
		"00000000000000000000000000000000",
		"e1eb7a7c3b41b8ae1656e3faf19fc46a"
		"da098deb9c32b1fd866205165f49b800",
		"ebffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"efffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffff"
	};
	size_t			 i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		give_both(ASMP_VECTOR, points[i], EPROTO);
		give_both(HYBRID_VECTOR, points[i], EPROTO);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		give_both(ASMP_VECTOR, good[i], 0);
		give_both(HYBRID_VECTOR, good[i], 0);
	}
}

/* The curve's points with x = 0, and with the least y, 5, and what is none. */
#define P256_Y0 \
	"66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"
#define P256_X5 \
	"d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7"
#define P256_P \
	"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define P256_P5 \
	"ffffffff00000001000000000000000000000001000000000000000000000004"
#define ZERO31 \
	"00000000000000000000000000000000000000000000000000000000000000"

/*
 * What is not the one encoding of a point of the curve could have a secret
 * tell itself bit by bit, on a curve that an attacker picks.
 */
ATF_TC_WITHOUT_HEAD(p256_bad_points);
ATF_TC_BODY(p256_bad_points, tc)
{
	static const char *const bad[] = {
		"04" ZERO31 "00" ZERO31 "00",		/* (0, 0) */
		"00" ZERO31 "00" ZERO31 "00",		/* infinity */
		"00" ZERO31 "00" P256_Y0,
		"04" ZERO31 "00" ZERO31 "01",		/* off the curve */
		"04" P256_X5 ZERO31 "04",
		"04" P256_P P256_Y0,			/* x = p: 0 again */
		"04" P256_X5 P256_P5,			/* y = p + 5 */
		"04" P256_P P256_P,
		"02" ZERO31 "00" ZERO31 "00",		/* compressed */
		"03" P256_X5 ZERO31 "00",
		"02" ZERO31 "00" P256_Y0,
		"06" ZERO31 "00" P256_Y0,		/* both forms at once */
		"07" P256_X5 ZERO31 "05",
		"05" P256_X5 ZERO31 "05",
		"84" P256_X5 ZERO31 "05"
	};
	static const char *const good[] = {
		"04" ZERO31 "00" P256_Y0,
		"04" P256_X5 ZERO31 "05"
	};
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		give_both(SLMP_VECTOR, bad[i], EPROTO);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		give_both(SLMP_VECTOR, good[i], 0);
}

/*
 * FIPS 203, section 7.2: a coefficient of 12 bits that is not below q,
 * 3329.  Those looked at stand first, last and between.
 */
ATF_TC_WITHOUT_HEAD(mlkem_key_not_reduced);
ATF_TC_BODY(mlkem_key_not_reduced, tc)
{
	static const size_t	 at[] = { 0, 1, 255, 256, 511, 767 };
	static const uint16_t	 value[] = { 3328, 3329, 3330, 0xfff };
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX], *p;
	size_t			 i, j;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (j = 0; j < sizeof(value) / sizeof(value[0]); j++) {
			begin(&n, HYBRID_VECTOR, V_GATEWAY_E);
			unhex(m1, V_HYBRID_M1);
			p = m1 + DH_LEN + at[i] / 2 * 3;
			if (at[i] % 2 == 0) {
				p[0] = value[j] & 0xff;
				p[1] = (p[1] & 0xf0) | value[j] >> 8;
			} else {
				p[1] = (p[1] & 0x0f) | (value[j] & 0xf) << 4;
				p[2] = value[j] >> 4;
			}
			if (value[j] < 3329)
				ATF_REQUIRE_EQ(0, noise_read_m1_write_m2(&n,
				    m1, m2, &k));
			else
				REQUIRE_ERRNO(EPROTO,
				    noise_read_m1_write_m2(&n, m1, m2, &k));
			require_zero(&n);
		}
	}
}

/* What runs on a stack that can be read afterwards. */
static struct noise		 on_stack;
static struct noise_keys	 on_stack_keys;
static uint8_t			 on_stack_m1[NOISE_MSGMAX];
static uint8_t			 on_stack_m2[NOISE_MSGMAX];
static int			 on_stack_r;

static void
run_write_m1(void)
{
	on_stack_r = noise_write_m1(&on_stack, on_stack_m1);
}

static void
run_gateway(void)
{
	on_stack_r = noise_read_m1_write_m2(&on_stack, on_stack_m1,
	    on_stack_m2, &on_stack_keys);
}

static void
run_read_m2(void)
{
	on_stack_r = noise_read_m2(&on_stack, on_stack_m2, &on_stack_keys);
}

/* What a function that does not wipe leaves. */
static void
run_careless(void)
{
	struct noise	 n = on_stack;
	struct part	 p = { &n, sizeof(n) };

	sha256_parts(on_stack_m1, &p, 1);
}

/*
 * The secrets of both sides: private keys, what they come to, and what
 * MixKey and Split make of that.
 */
struct secrets {
	struct noise	 n;
	uint8_t		 dh[DH_LEN];
	uint8_t		 prk[2][ASMP_HASHLEN];
	uint8_t		 ck[2][ASMP_HASHLEN];
	uint8_t		 k[2][ASMP_KEYLEN];
	uint8_t		 dk[MLKEM768_DKLEN];
	uint8_t		 ss[MLKEM768_SSLEN];
};

#define DK_SECRET	1152	/* of dk; the rest is public, but for z */

/* MixKey number i, once more, from the chaining key before it. */
static void
next_key(struct secrets *s, int i, const uint8_t *old, const uint8_t *ikm)
{
	const uint8_t	 one = 1, two = 2;
	struct part	 p[] = { { s->ck[i], ASMP_HASHLEN }, { &two, 1 } };
	struct part	 first = { &one, 1 };

	kdf_extract(s->prk[i], old, ASMP_HASHLEN, ikm, 32);
	hmac_parts(s->ck[i], s->prk[i], ASMP_HASHLEN, &first, 1);
	hmac_parts(s->k[i], s->prk[i], ASMP_HASHLEN, p, 2);
}

/* Of the device's state before message 2, and that message. */
static void
find_secrets(struct secrets *s, const struct noise *n, const uint8_t *m2)
{
	static const uint8_t	 nonce[AEAD_NONCELEN];
	const struct dh_group	*dh = n->agreement == ASMP_P256 ? &dh_p256 :
				    &dh_x25519;
	uint8_t			 ek[MLKEM768_EKLEN], ct[MLKEM768_CTLEN];
	uint8_t			 h[ASMP_HASHLEN];
	struct part		 p[] = {
		{ n->h, sizeof(n->h) }, { m2, DH_LEN }
	};
	void			*key;

	memset(s, 0, sizeof(*s));
	s->n = *n;
	ATF_REQUIRE((key = dh->load(n->e)) != NULL);
	ATF_REQUIRE_EQ(0, dh->value(key, s->dh, m2));
	dh->free(key);
	next_key(s, 0, n->ck, s->dh);
	if (n->agreement != ASMP_X25519_MLKEM768)
		return;
	sha256_parts(h, p, 2);
	ATF_REQUIRE_EQ(0, chapoly_open(ct, s->k[0], nonce, m2 + DH_LEN,
	    sizeof(ct) + ASMP_TAGLEN, h, sizeof(h)));
	mlkem768_keypair(ek, s->dk, n->seed);
	mlkem768_decaps(s->ss, s->dk, ct);
	next_key(s, 1, s->ck[0], s->ss);
}

static void
require_secrets_wiped(uint8_t *stack, const struct secrets *s)
{
	size_t	 i;

	require_key_wiped(stack, "e", s->n.e, sizeof(s->n.e));
	require_wiped(stack, "the seed", s->n.seed, sizeof(s->n.seed));
	require_wiped(stack, "dk", s->dk, DK_SECRET);
	require_key_wiped(stack, "the DH value", s->dh, sizeof(s->dh));
	require_key_wiped(stack, "ML-KEM's secret", s->ss, sizeof(s->ss));
	for (i = 0; i < 2; i++) {
		require_key_wiped(stack, "prk", s->prk[i], sizeof(s->prk[i]));
		require_key_wiped(stack, "ck", s->ck[i], sizeof(s->ck[i]));
		require_key_wiped(stack, "k", s->k[i], sizeof(s->k[i]));
	}
	require_drawn_wiped(stack);
	require_key_wiped(stack, "n1", on_stack_keys.n1, ASMP_KEYLEN);
	require_key_wiped(stack, "n2", on_stack_keys.n2, ASMP_KEYLEN);
	free(stack);
}

/*
 * Whatever stays where a function was is there for the next bug to show.
 * The device fails once, too, at a tag that is wrong.
 */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	const struct vector	*v;
	struct noise		 d, g;
	struct secrets		 s;
	uint8_t			 prologue[NOISE_PROLOGUE];
	uint8_t			*stack[4];

	for (v = vectors; v < vectors + NVECTORS; v++) {
		unhex(prologue, v->prologue);
		ATF_REQUIRE_EQ(0, noise_init(&d, v->agreement, prologue));
		on_stack = d;
		stack[0] = run_on_stack(run_write_m1);
		ATF_REQUIRE_EQ(0, on_stack_r);
		d = on_stack;
		ATF_REQUIRE_EQ(0, noise_init(&g, v->agreement, prologue));
		on_stack = g;
		stack[1] = run_on_stack(run_gateway);
		ATF_REQUIRE_EQ(0, on_stack_r);
		on_stack = d;
		stack[2] = run_on_stack(run_read_m2);
		ATF_REQUIRE_EQ(0, on_stack_r);
		find_secrets(&s, &d, on_stack_m2);
		on_stack_m2[noise_m2_len(v->agreement) - 1] ^= 1;
		on_stack = d;
		stack[3] = run_on_stack(run_read_m2);
		ATF_REQUIRE_EQ(-1, on_stack_r);
		require_secrets_wiped(stack[0], &s);
		require_secrets_wiped(stack[1], &s);
		require_secrets_wiped(stack[2], &s);
		require_secrets_wiped(stack[3], &s);
		on_stack = d;
	}
	stack[0] = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(4, chunks_of(stack[0], d.seed, sizeof(d.seed)));
	free(stack[0]);
}

ATF_TC_WITHOUT_HEAD(no_such_agreement);
ATF_TC_BODY(no_such_agreement, tc)
{
	struct noise	 n;
	uint8_t		 prologue[NOISE_PROLOGUE];

	unhex(prologue, V_PROLOGUE);
	REQUIRE_ERRNO(EINVAL, noise_init(&n, 3, prologue));
	require_zero(&n);
	ATF_REQUIRE_EQ(0, noise_init(&n, 2, prologue));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, responder_vectors);
	ATF_TP_ADD_TC(tp, initiator_vectors);
	ATF_TP_ADD_TC(tp, hybrid_gateway);
	ATF_TP_ADD_TC(tp, slmp_keys_vector);
	ATF_TP_ADD_TC(tp, x25519_rfc7748);
	ATF_TP_ADD_TC(tp, new_keys_agree);
	ATF_TP_ADD_TC(tp, ephemerals_differ);
	ATF_TP_ADD_TC(tp, changed_m2);
	ATF_TP_ADD_TC(tp, changed_m1);
	ATF_TP_ADD_TC(tp, changed_prologue);
	ATF_TP_ADD_TC(tp, x25519_low_order_points);
	ATF_TP_ADD_TC(tp, p256_bad_points);
	ATF_TP_ADD_TC(tp, mlkem_key_not_reduced);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	ATF_TP_ADD_TC(tp, no_such_agreement);
	return atf_no_error();
}
