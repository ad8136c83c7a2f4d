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

/* The order of P-256's group, less 1, itself and what is beyond. */
#define ORDER \
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define ORDER_LESS_1 \
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define BEYOND \
	"ffffffff00000001000000000000000000000000000000000000000000000000"
#define NIL \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define ONE \
	"0000000000000000000000000000000000000000000000000000000000000001"

/* What arc4random_buf() below gives, one after the other. */
static const char *const	*drawn;
static size_t			 ndrawn;

/* In libbsd's place: the keys drawn here are the tests' choice. */
void
arc4random_buf(void *buf, size_t len)
{
	ATF_REQUIRE_EQ(DH_LEN, len);
	ATF_REQUIRE(drawn[ndrawn] != NULL);
	unhex(buf, drawn[ndrawn++]);
}

/* Agree both ways between two private keys and compare all that is seen. */
static void
agree(const struct dh_group *dh, const char *apriv, const char *apub,
    const char *bpriv, const char *bpub, const char *shared)
{
	uint8_t	 priv[DH_LEN], pub[2][ASMP_PUBMAX], value[DH_LEN];
	void	*a, *b;

	unhex(priv, apriv);
	ATF_REQUIRE((a = dh->load(priv)) != NULL);
	unhex(priv, bpriv);
	ATF_REQUIRE((b = dh->load(priv)) != NULL);
	ATF_REQUIRE_EQ(0, dh->public(a, pub[0]));
	ATF_REQUIRE_EQ(0, dh->public(b, pub[1]));
	REQUIRE_HEX(apub, pub[0], dh->publen);
	REQUIRE_HEX(bpub, pub[1], dh->publen);
	ATF_REQUIRE_EQ(0, dh->value(a, value, pub[1]));
	REQUIRE_HEX(shared, value, sizeof(value));
	ATF_REQUIRE_EQ(0, dh->value(b, value, pub[0]));
	REQUIRE_HEX(shared, value, sizeof(value));
	dh->free(a);
	dh->free(b);
}

/* RFC 7748, section 6.1. */
ATF_TC_WITHOUT_HEAD(x25519_vector);
ATF_TC_BODY(x25519_vector, tc)
{
	ATF_REQUIRE_EQ(32, dh_x25519.publen);
	agree(&dh_x25519,
	    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

/* RFC 5903, section 8.1. */
ATF_TC_WITHOUT_HEAD(p256_vector);
ATF_TC_BODY(p256_vector, tc)
{
	ATF_REQUIRE_EQ(65, dh_p256.publen);
	agree(&dh_p256,
	    "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
	    "04"
	    "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
	    "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	    "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
	    "04"
	    "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
	    "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
	    "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
}

/* The value keeps its zeros in front: the point with x = 0, times 1. */
ATF_TC_WITHOUT_HEAD(p256_value_with_leading_zeros);
ATF_TC_BODY(p256_value_with_leading_zeros, tc)
{
	uint8_t	 priv[DH_LEN], pub[65], value[DH_LEN];
	void	*key;

	unhex(priv, ONE);
	ATF_REQUIRE((key = dh_p256.load(priv)) != NULL);
	unhex(pub, "04" NIL "66485c780e2f83d72433bd5d84a06bb6"
	    "541c2af31dae871728bf856a174f93f4");
	memset(value, 0xff, sizeof(value));
	ATF_REQUIRE_EQ(0, dh_p256.value(key, value, pub));
	REQUIRE_HEX(NIL, value, sizeof(value));
	dh_p256.free(key);
}

ATF_TC_WITHOUT_HEAD(p256_private_range);
ATF_TC_BODY(p256_private_range, tc)
{
	static const char *const bad[] = { NIL, ORDER, BEYOND };
	static const char *const good[] = { ONE, ORDER_LESS_1 };
	uint8_t			 priv[DH_LEN];
	void			*key;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unhex(priv, bad[i]);
		errno = 0;
		ATF_REQUIRE(dh_p256.load(priv) == NULL);
		ATF_REQUIRE_EQ(EINVAL, errno);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		unhex(priv, good[i]);
		ATF_REQUIRE((key = dh_p256.load(priv)) != NULL);
		dh_p256.free(key);
	}
}

/* What load() refuses is drawn again: one time in 2^32, so never in tests. */
ATF_TC_WITHOUT_HEAD(p256_draws_again);
ATF_TC_BODY(p256_draws_again, tc)
{
	static const char *const script[] = {
		ORDER, BEYOND, NIL, ORDER_LESS_1, ONE, NULL
	};
	uint8_t			 priv[DH_LEN];

	drawn = script;
	dh_p256.draw(priv);
	REQUIRE_HEX(ORDER_LESS_1, priv, sizeof(priv));
	ATF_REQUIRE_EQ(4, ndrawn);
	dh_p256.draw(priv);
	REQUIRE_HEX(ONE, priv, sizeof(priv));
	ATF_REQUIRE_EQ(5, ndrawn);
}

ATF_TC_WITHOUT_HEAD(x25519_takes_what_it_draws);
ATF_TC_BODY(x25519_takes_what_it_draws, tc)
{
	static const char *const script[] = { NIL, NULL };
	uint8_t			 priv[DH_LEN];
	void			*key;

	drawn = script;
	dh_x25519.draw(priv);
	ATF_REQUIRE_EQ(1, ndrawn);
	ATF_REQUIRE((key = dh_x25519.load(priv)) != NULL);
	dh_x25519.free(key);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, x25519_vector);
	ATF_TP_ADD_TC(tp, p256_vector);
	ATF_TP_ADD_TC(tp, p256_value_with_leading_zeros);
	ATF_TP_ADD_TC(tp, p256_private_range);
	ATF_TP_ADD_TC(tp, p256_draws_again);
	ATF_TP_ADD_TC(tp, x25519_takes_what_it_draws);
	return atf_no_error();
}
