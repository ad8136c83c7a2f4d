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


#include <limits.h>

#include "asmp_proto.h"
#include "testutil.h"

#define KIND(k)		(1U << ASMP_KIND_ ## k)
#define SIGNED		(KIND(SIGNATURE) | KIND(TICKET))

/* The table of asmp(7), told once more: what two builds must agree on. */
static const struct asmp_profile	want[] = {
	{ 1, "hybrid", ASMP_X25519_MLKEM768, SIGNED, ASMP_RATCHET,
	    1, 0, 1, 0, 1280 },
	{ 2, "asmp", ASMP_X25519, SIGNED, ASMP_AES_256_GCM,
	    1, 0, 0, 0, 512 },
	{ 3, "ztp", ASMP_X25519, KIND(TOKEN), ASMP_CHACHA20_POLY1305,
	    0, 1, 0, 0, 512 },
	{ 4, "slmp", ASMP_P256, KIND(TOKEN), ASMP_FERNET,
	    0, 0, 0, 0, 512 },
	{ 5, "smcp", ASMP_X25519, KIND(PSK), ASMP_SMCP,
	    0, 0, 0, 1U << ASMP_STREAM_AGGREGATE, 512 },
	{ 6, "iomt", ASMP_X25519, KIND(KEM), ASMP_AES_CBC_HMAC,
	    0, 0, 0, 0, 512 }
};

#define NWANT	(sizeof(want) / sizeof(want[0]))

ATF_TC_WITHOUT_HEAD(rows);
ATF_TC_BODY(rows, tc)
{
	const struct asmp_profile	*p = NULL, *w;

	for (w = want; w < want + NWANT; w++) {
		ATF_REQUIRE((p = profile_next(p)) != NULL);
		ATF_REQUIRE(p == profile_byid(w->id));
		ATF_REQUIRE(p == profile_byname(w->name));
		ATF_REQUIRE_STREQ(w->name, p->name);
		ATF_REQUIRE_EQ(w->id, p->id);
		ATF_REQUIRE_EQ_MSG(w->agreement, p->agreement, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->kinds, p->kinds, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->record, p->record, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->sealed, p->sealed, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->window, p->window, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->rekey, p->rekey, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->streams, p->streams, "%s", w->name);
		ATF_REQUIRE_EQ_MSG(w->max_in, p->max_in, "%s", w->name);
	}
	ATF_REQUIRE(profile_next(p) == NULL);
}

/* What is none of ours is refused, not half spoken. */
ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	int	 id;

	for (id = 0; id <= UINT8_MAX; id++)
		ATF_REQUIRE_EQ(id >= 1 && id <= (int)NWANT,
		    profile_byid((uint8_t)id) != NULL);
	ATF_REQUIRE(profile_byname("ASMP") == NULL);
	ATF_REQUIRE(profile_byname("asm") == NULL);
	ATF_REQUIRE(profile_byname("") == NULL);
}

/* An answer that the profile's own HELLO could not take would be lost. */
ATF_TC_WITHOUT_HEAD(own_messages_fit);
ATF_TC_BODY(own_messages_fit, tc)
{
	const struct asmp_profile	*p;

	for (p = profile_next(NULL); p != NULL; p = profile_next(p)) {
		ATF_REQUIRE(noise_m1_len(p->agreement) <= NOISE_MSGMAX);
		ATF_REQUIRE(noise_m2_len(p->agreement) <= NOISE_MSGMAX);
		ATF_REQUIRE(p->max_in >= ASMP_MAX_IN_MIN);
		if (p->rekey)
			ATF_REQUIRE(p->max_in >= ASMP_REKEY_GATEWAY +
			    ASMP_TAGLEN);
	}
}

ATF_TC_WITHOUT_HEAD(masks);
ATF_TC_BODY(masks, tc)
{
	ATF_REQUIRE_EQ(1U << 1 | 1U << 2, profile_mask(ASMP_KIND_SIGNATURE));
	ATF_REQUIRE_EQ(1U << 5, profile_mask(ASMP_KIND_PSK));
	ATF_REQUIRE_EQ(1U << 3 | 1U << 4, profile_mask(ASMP_KIND_TOKEN));
	ATF_REQUIRE_EQ(1U << 6, profile_mask(ASMP_KIND_KEM));
	ATF_REQUIRE_EQ(1U << 1 | 1U << 2, profile_mask(ASMP_KIND_TICKET));
}

ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	static const char *const names[] = {
		"signature", "psk", "token", "kem", "ticket"
	};
	unsigned int		 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_REQUIRE_STREQ(names[i], kind_name(i + 1));
		ATF_REQUIRE_EQ((int)i + 1, kind_byname(names[i]));
	}
	ATF_REQUIRE_STREQ("unknown", kind_name(0));
	ATF_REQUIRE_STREQ("unknown", kind_name(6));
	ATF_REQUIRE_STREQ("unknown", kind_name(UINT_MAX));
	ATF_REQUIRE_EQ(-1, kind_byname("unknown"));
	ATF_REQUIRE_EQ(-1, kind_byname(""));
	ATF_REQUIRE_EQ(-1, kind_byname("PSK"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rows);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, own_messages_fit);
	ATF_TP_ADD_TC(tp, masks);
	ATF_TP_ADD_TC(tp, kinds);
	return atf_no_error();
}
