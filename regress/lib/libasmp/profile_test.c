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

ATF_TC_WITHOUT_HEAD(asmp);
ATF_TC_BODY(asmp, tc)
{
	const struct asmp_profile	*p = profile_byname("asmp");

	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE(p == profile_byid(2));
	ATF_REQUIRE_STREQ("asmp", p->name);
	ATF_REQUIRE_EQ(ASMP_X25519, p->agreement);
	ATF_REQUIRE_EQ(1U << ASMP_KIND_SIGNATURE, p->kinds);
	ATF_REQUIRE_EQ(ASMP_AES_256_GCM, p->record);
	ATF_REQUIRE(p->sealed);
}

/* What is not built yet must be refused, not half spoken. */
ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	int	 id;

	for (id = 0; id <= UINT8_MAX; id++)
		ATF_REQUIRE_EQ(id >= 1 && id <= 6, profile_byid((uint8_t)id) != NULL);
	ATF_REQUIRE(profile_byname("ASMP") == NULL);
	ATF_REQUIRE(profile_byname("") == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, asmp);
	ATF_TP_ADD_TC(tp, unknown);
	return atf_no_error();
}
