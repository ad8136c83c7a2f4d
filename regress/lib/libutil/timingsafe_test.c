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

#include <string.h>

#include <atf-c.h>

#include "compat.h"

/* A comparison of secrets that misses one byte or bit accepts a forgery. */
ATF_TC_WITHOUT_HEAD(every_bit_counts);
ATF_TC_BODY(every_bit_counts, tc)
{
	unsigned char	 a[64], b[64];
	size_t		 i;
	int		 bit;

	for (i = 0; i < sizeof(a); i++)
		a[i] = b[i] = i * 37;
	ATF_REQUIRE_EQ(0, timingsafe_bcmp(a, b, sizeof(a)));
	for (i = 0; i < sizeof(a); i++)
		for (bit = 0; bit < 8; bit++) {
			b[i] ^= 1 << bit;
			ATF_REQUIRE_EQ(1, timingsafe_bcmp(a, b, sizeof(a)));
			b[i] ^= 1 << bit;
		}
}

/* The length given is the length compared. */
ATF_TC_WITHOUT_HEAD(stops_at_length);
ATF_TC_BODY(stops_at_length, tc)
{
	ATF_REQUIRE_EQ(0, timingsafe_bcmp("abcX", "abcY", 3));
	ATF_REQUIRE_EQ(1, timingsafe_bcmp("abcX", "abcY", 4));
	ATF_REQUIRE_EQ(0, timingsafe_bcmp("a", "b", 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_bit_counts);
	ATF_TP_ADD_TC(tp, stops_at_length);
	return atf_no_error();
}
