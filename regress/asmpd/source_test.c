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

/* What one source address may ask for: asmpd/net_source.c. */

#include <sys/types.h>

#include <atf-c.h>

#include <string.h>

#include "addrs.h"
#include "asmpd.h"
#include "net.h"
#include "reason.h"

uint64_t	 net_counter[CTL_NCOUNTERS];
struct ipc_conf	 net_conf;

static uint64_t	 now = 1000000;		/* ms */
static int	 evictable;		/* connections that would give way */

uint64_t
mono_ms(void)
{
	return now;
}

/* Somebody silent gives way: a half-open place is free. */
int
deadline_evict(void)
{
	if (evictable == 0)
		return -1;
	evictable--;
	net_counter[CN_HALFOPEN]--;
	return 0;
}

static void
limits(uint32_t sessions, uint32_t halfopen, uint32_t per_source,
    uint32_t fresh)
{
	net_conf.max_sessions = sessions;
	net_conf.max_halfopen = halfopen;
	net_conf.halfopen_source = per_source;
	net_conf.new_source = fresh;
}

/* So many half-open from one source, and each that leaves makes room. */
ATF_TC_WITHOUT_HEAD(half_open_of_source);
ATF_TC_BODY(half_open_of_source, tc)
{
	struct source	*s[3], *other;

	limits(100, 100, 2, 100);
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s[0]));
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s[1]));
	ATF_REQUIRE_EQ(s[0], s[1]);
	ATF_REQUIRE_EQ(2, net_counter[CN_HALFOPEN]);
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(1), &s[2]));
	ATF_REQUIRE_EQ(0, source_admit(v4(2), &other));
	ATF_REQUIRE(other != s[0]);
	source_done(s[0]);
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s[2]));
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(1), &s[0]));
	ATF_REQUIRE_EQ(3, net_counter[CN_HALFOPEN]);
}

/* So many in a second, whatever became of them; the next is another. */
ATF_TC_WITHOUT_HEAD(rate_of_source);
ATF_TC_BODY(rate_of_source, tc)
{
	struct source	*s;
	int		 i, second;

	limits(100, 100, 100, 3);
	for (second = 0; second < 3; second++, now += 1000) {
		for (i = 0; i < 3; i++) {
			ATF_REQUIRE_EQ(0, source_admit(v4(1), &s));
			source_done(s);
		}
		ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(1), &s));
		now += 999;
		ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(1), &s));
		now -= 999;
	}
	ATF_REQUIRE_EQ(0, net_counter[CN_HALFOPEN]);
}

/* A host has a /64 of its own: it is one source; IPv4 hosts are one each. */
ATF_TC_WITHOUT_HEAD(networks);
ATF_TC_BODY(networks, tc)
{
	struct source	*s, *other;

	limits(100, 100, 1, 100);
	ATF_REQUIRE_EQ(0, source_admit(v6(1, 1), &s));
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v6(1, 2), &other));
	ATF_REQUIRE_EQ(0, source_admit(v6(2, 1), &other));
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s));
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(1), &other));
	ATF_REQUIRE_EQ(0, source_admit(v4(2), &other));
}

/* Limits of the whole gateway, each by its name. */
ATF_TC_WITHOUT_HEAD(totals);
ATF_TC_BODY(totals, tc)
{
	struct source	*s;

	limits(10, 2, 100, 100);
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s));
	ATF_REQUIRE_EQ(0, source_admit(v4(2), &s));
	ATF_REQUIRE_EQ(REASON_HALF_OPEN, source_admit(v4(3), &s));
	evictable = 1;
	ATF_REQUIRE_EQ(0, source_admit(v4(3), &s));
	ATF_REQUIRE_EQ(REASON_HALF_OPEN, source_admit(v4(4), &s));
	net_counter[CN_CONNS] = 10;
	ATF_REQUIRE_EQ(REASON_BUSY, source_admit(v4(5), &s));
}

/* Nobody gives way to who is over a limit of his own. */
ATF_TC_WITHOUT_HEAD(own_limit_first);
ATF_TC_BODY(own_limit_first, tc)
{
	struct source	*s;

	limits(10, 1, 1, 100);
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s));
	evictable = 1;
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(1), &s));
	ATF_REQUIRE_EQ(1, evictable);
	ATF_REQUIRE_EQ(0, source_admit(v4(2), &s));
	ATF_REQUIRE_EQ(0, evictable);
}

/* Addresses are remembered up to a bound, and those in use for sure. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct source	*s, *first;
	uint32_t	 i;

	limits(1000000, 1000000, 1, 1);
	ATF_REQUIRE_EQ(0, source_admit(v4(0), &first));
	for (i = 1; i < SOURCES_MAX + 1000; i++) {
		ATF_REQUIRE_EQ(0, source_admit(v4(i), &s));
		source_done(s);
	}
	/* The first is half-open still, and known. */
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(0), &s));
	/* The oldest idle one was forgotten, the latest was not. */
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s));
	ATF_REQUIRE_EQ(REASON_SOURCE_LIMIT, source_admit(v4(i - 1), &s));
	source_done(first);
}

/* With every place taken by somebody half-open, the next one is refused. */
ATF_TC_WITHOUT_HEAD(exhausted);
ATF_TC_BODY(exhausted, tc)
{
	struct source	*s;
	uint32_t	 i;

	limits(1000000, 1000000, 1, 1);
	for (i = 0; i < SOURCES_MAX; i++)
		ATF_REQUIRE_EQ(0, source_admit(v4(i), &s));
	ATF_REQUIRE_EQ(REASON_BUSY, source_admit(v4(i), &s));
	source_done(s);
	ATF_REQUIRE_EQ(0, source_admit(v4(i), &s));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, half_open_of_source);
	ATF_TP_ADD_TC(tp, rate_of_source);
	ATF_TP_ADD_TC(tp, networks);
	ATF_TP_ADD_TC(tp, totals);
	ATF_TP_ADD_TC(tp, own_limit_first);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, exhausted);
	return atf_no_error();
}
