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

/* Network order is what the wire says; the host's must not show. */
ATF_TC_WITHOUT_HEAD(integers_are_big_endian);
ATF_TC_BODY(integers_are_big_endian, tc)
{
	uint8_t	 b[8];

	put_u16(b, 0x0102);
	REQUIRE_HEX("0102", b, 2);
	ATF_REQUIRE_EQ(0x0102, get_u16(b));
	put_u32(b, 0xfffefdfc);
	REQUIRE_HEX("fffefdfc", b, 4);
	ATF_REQUIRE_EQ(0xfffefdfc, get_u32(b));
	put_u64(b, 0xfffefdfcfbfaf9f8);
	REQUIRE_HEX("fffefdfcfbfaf9f8", b, 8);
	ATF_REQUIRE_EQ(0xfffefdfcfbfaf9f8, get_u64(b));
}

ATF_TC_WITHOUT_HEAD(cursor_takes_all);
ATF_TC_BODY(cursor_takes_all, tc)
{
	struct cursor	 c;
	uint8_t		 m[18], rest[3];

	count_up(m, 1, sizeof(m));
	cursor_init(&c, m, sizeof(m));
	ATF_REQUIRE_EQ(0x01, cursor_u8(&c));
	ATF_REQUIRE_EQ(0x0203, cursor_u16(&c));
	ATF_REQUIRE_EQ(0x04050607, cursor_u32(&c));
	ATF_REQUIRE_EQ(0x08090a0b0c0d0e0f, cursor_u64(&c));
	ATF_REQUIRE_EQ(-1, cursor_end(&c));
	cursor_copy(&c, rest, sizeof(rest));
	REQUIRE_HEX("101112", rest, sizeof(rest));
	ATF_REQUIRE_EQ(0, cursor_end(&c));
}

/* A short message must spoil all that follows, not only the take it hit. */
ATF_TC_WITHOUT_HEAD(cursor_stays_bad);
ATF_TC_BODY(cursor_stays_bad, tc)
{
	struct cursor	 c;
	uint8_t		 m[3] = { 1, 2, 3 }, out[4] = { 9, 9, 9, 9 };

	cursor_init(&c, m, sizeof(m));
	ATF_REQUIRE_EQ(0, cursor_u32(&c));
	ATF_REQUIRE_EQ(1, c.bad);
	ATF_REQUIRE_EQ(0, cursor_u8(&c));
	ATF_REQUIRE_EQ(0, cursor_u16(&c));
	ATF_REQUIRE_EQ(0, cursor_u64(&c));
	ATF_REQUIRE(cursor_take(&c, 0) == NULL);
	cursor_copy(&c, out, sizeof(out));
	REQUIRE_HEX("00000000", out, sizeof(out));
	ATF_REQUIRE_EQ(-1, cursor_end(&c));
}

ATF_TC_WITHOUT_HEAD(cursor_of_nothing);
ATF_TC_BODY(cursor_of_nothing, tc)
{
	struct cursor	 c;

	cursor_init(&c, "", 0);
	ATF_REQUIRE_EQ(0, cursor_end(&c));
	ATF_REQUIRE_EQ(0, cursor_u8(&c));
	ATF_REQUIRE_EQ(-1, cursor_end(&c));
}

/* A length close to the largest must not wrap round the check. */
ATF_TC_WITHOUT_HEAD(cursor_huge_take);
ATF_TC_BODY(cursor_huge_take, tc)
{
	struct cursor	 c;
	uint8_t		 m[4] = { 0 };

	cursor_init(&c, m, sizeof(m));
	ATF_REQUIRE(cursor_take(&c, 4) == m);
	cursor_init(&c, m, sizeof(m));
	ATF_REQUIRE(cursor_take(&c, SIZE_MAX) == NULL);
	ATF_REQUIRE_EQ(1, c.bad);
}

ATF_TC_WITHOUT_HEAD(cursor_id_copies);
ATF_TC_BODY(cursor_id_copies, tc)
{
	struct cursor	 c;
	char		 id[4];

	cursor_init(&c, "\003abc\000", 5);
	ATF_REQUIRE_EQ(0, cursor_id(&c, id, sizeof(id)));
	ATF_REQUIRE_STREQ("abc", id);
	ATF_REQUIRE_EQ(0, cursor_id(&c, id, sizeof(id)));
	ATF_REQUIRE_STREQ("", id);
	ATF_REQUIRE_EQ(0, cursor_end(&c));
}

/* Too long for its buffer, cut short, with a NUL that would hide its end. */
ATF_TC_WITHOUT_HEAD(cursor_id_refuses);
ATF_TC_BODY(cursor_id_refuses, tc)
{
	static const struct {
		const char	*m;
		size_t		 len;
	} bad[] = {
		{ "\004abcd", 5 }, { "\003ab", 3 }, { "\003a\0b", 4 }, { "", 0 }
	};
	struct cursor	 c;
	char		 id[4];
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(id, 'x', sizeof(id));
		cursor_init(&c, bad[i].m, bad[i].len);
		ATF_REQUIRE_EQ(-1, cursor_id(&c, id, sizeof(id)));
		ATF_REQUIRE_EQ(1, c.bad);
		ATF_REQUIRE_STREQ("", id);
		ATF_REQUIRE_EQ(-1, cursor_end(&c));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, integers_are_big_endian);
	ATF_TP_ADD_TC(tp, cursor_takes_all);
	ATF_TP_ADD_TC(tp, cursor_stays_bad);
	ATF_TP_ADD_TC(tp, cursor_of_nothing);
	ATF_TP_ADD_TC(tp, cursor_huge_take);
	ATF_TP_ADD_TC(tp, cursor_id_copies);
	ATF_TP_ADD_TC(tp, cursor_id_refuses);
	return atf_no_error();
}
