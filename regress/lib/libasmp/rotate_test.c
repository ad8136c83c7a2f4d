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

/* ROTATE on its way, and what its two signatures cover: rotate.c. */

#include <atf-c.h>

#include <string.h>

#include "asmp_proto.h"

static const uint8_t	 t1[ASMP_HASHLEN] = { 1 }, hbody[ASMP_HASHLEN] = { 2 };

static struct ident *
key(enum ident_alg alg, uint8_t first)
{
	struct ident	*id;
	uint8_t		 seed[48];

	memset(seed, first, sizeof(seed));
	id = ident_fromseed(alg, seed, alg == IDENT_P384 ? 48 : 32);
	ATF_REQUIRE(id != NULL);
	return id;
}

/* Every pair of algorithms: what is written is read, and holds. */
ATF_TC_WITHOUT_HEAD(there_and_back);
ATF_TC_BODY(there_and_back, tc)
{
	struct rotate	 r, back;
	struct ident	*new, *old;
	uint8_t		 plain[ROTATE_MAX];
	enum ident_alg	 i, j;
	size_t		 len, cut;

	for (i = IDENT_ED25519; i <= IDENT_P384; i++)
		for (j = IDENT_ED25519; j <= IDENT_P384; j++) {
			new = key(i, 7);
			old = key(j, 8);
			ATF_REQUIRE_EQ(0, rotate_sign(&r, new, old, t1,
			    hbody, "DEV1"));
			len = rotate_put(plain, &r);
			ATF_REQUIRE_EQ(1 + ident_publen(i) + ident_siglen(i) +
			    ident_siglen(j), len);
			ATF_REQUIRE_EQ(0, rotate_get(&back, plain, len));
			ATF_REQUIRE_EQ(0, rotate_verify(&back,
			    ident_public(old), t1, hbody, "DEV1"));
			for (cut = 0; cut < len; cut++)
				ATF_REQUIRE(rotate_get(&back, plain, cut) ==
				    -1 || rotate_verify(&back,
				    ident_public(old), t1, hbody, "DEV1") ==
				    -1);
			ident_free(new);
			ident_free(old);
		}
}

/* Any bit of it, and anything that it is about. */
ATF_TC_WITHOUT_HEAD(covers_all);
ATF_TC_BODY(covers_all, tc)
{
	struct rotate	 r, back;
	struct ident	*new = key(IDENT_ED25519, 7);
	struct ident	*old = key(IDENT_ED25519, 8);
	uint8_t		 plain[ROTATE_MAX];
	size_t		 len, i;

	ATF_REQUIRE_EQ(0, rotate_sign(&r, new, old, t1, hbody, "DEV1"));
	len = rotate_put(plain, &r);
	for (i = 0; i < len; i++) {
		plain[i] ^= 1;
		ATF_REQUIRE(rotate_get(&back, plain, len) == -1 ||
		    rotate_verify(&back, ident_public(old), t1, hbody,
		    "DEV1") == -1);
		plain[i] ^= 1;
	}
	ATF_REQUIRE_EQ(-1, rotate_verify(&r, ident_public(old), hbody, hbody,
	    "DEV1"));
	ATF_REQUIRE_EQ(-1, rotate_verify(&r, ident_public(old), t1, t1,
	    "DEV1"));
	ATF_REQUIRE_EQ(-1, rotate_verify(&r, ident_public(old), t1, hbody,
	    "DEV2"));
	ATF_REQUIRE_EQ(-1, rotate_verify(&r, ident_public(new), t1, hbody,
	    "DEV1"));
	ident_free(new);
	ident_free(old);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, there_and_back);
	ATF_TP_ADD_TC(tp, covers_all);
	return atf_no_error();
}
