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

/* What failures cost an address: asmpd/net_penalty.c. */

#include <sys/types.h>

#include <atf-c.h>

#include <event.h>
#include <string.h>

#include "addrs.h"
#include "asmpd.h"
#include "net.h"
#include "reason.h"

uint64_t	 net_counter[CTL_NCOUNTERS];
struct ipc_conf	 net_conf;

static uint64_t	 now = 1000000;		/* ms */

uint64_t
mono_ms(void)
{
	return now;
}

int
deadline_evict(void)
{
	return -1;
}

static void
usual(void)
{
	memset(&net_conf, 0, sizeof(net_conf));
	net_conf.max_sessions = net_conf.max_halfopen = 1000000;
	net_conf.halfopen_source = net_conf.new_source = 1000000;
	penalties_default(&net_conf);
}

/* An exempt network, as a configuration has it. */
static void
exempt(const char *text)
{
	struct asmpd_conf	*c;
	struct conf_exempt	*e;

	ATF_REQUIRE((c = conf_new()) != NULL);
	ATF_REQUIRE_EQ(NULL, penalty_set(c, "exempt", text));
	e = TAILQ_FIRST(&c->exempts);
	ATF_REQUIRE_EQ(0, penalty_exempt(&e->e));
	conf_free(c);
}

/* n failures, each so many ms after the one before; 1 if it is shut out. */
static int
fails(const uint8_t *from, int n, uint64_t ms)
{
	uint8_t	 addr[16];

	memcpy(addr, from, sizeof(addr));
	while (n-- > 0) {
		now += ms;
		penalty_add(addr, PENALTY_REFUSED);
		if (penalty_refuses(addr))
			return 1;
	}
	return 0;
}

/* Who fails once in a while is never shut out, a flood is. */
ATF_TC_WITHOUT_HEAD(mild);
ATF_TC_BODY(mild, tc)
{
	usual();
	ATF_REQUIRE_EQ(0, fails(v4(1), 100000, 1000));
	ATF_REQUIRE_EQ(0, fails(v4(2), 100000, 200));
	ATF_REQUIRE_EQ(1, fails(v4(3), 200, 100));
	ATF_REQUIRE_EQ(1, fails(v4(4), 76, 0));
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(5)));
	ATF_REQUIRE_EQ(2, net_counter[CN_PENALTIES]);
}

/* It counts from the minimum on, ends when it is over, and not before. */
ATF_TC_WITHOUT_HEAD(until);
ATF_TC_BODY(until, tc)
{
	usual();
	ATF_REQUIRE_EQ(0, fails(v4(1), 74, 0));
	penalty_add(v4(1), PENALTY_REFUSED);
	ATF_REQUIRE_EQ(1, penalty_refuses(v4(1)));
	now += 14999;
	ATF_REQUIRE_EQ(1, penalty_refuses(v4(1)));
	now += 1;
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(1)));
	ATF_REQUIRE_EQ(2, net_counter[CN_TURNED]);
	/* One more failure is one more, even if nobody has looked yet. */
	penalty_add(v4(1), PENALTY_REFUSED);
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(1)));
	ATF_REQUIRE_EQ(0, net_counter[CN_SHUT]);
}

/* Whatever somebody does, it is over after the maximum. */
ATF_TC_WITHOUT_HEAD(at_most);
ATF_TC_BODY(at_most, tc)
{
	int	 i;

	usual();
	for (i = 0; i < 100000; i++)
		penalty_add(v4(1), PENALTY_UNFINISHED);
	now += 599999;
	ATF_REQUIRE_EQ(1, penalty_refuses(v4(1)));
	now += 1;
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(1)));
}

/* Each kind has a price of its own. */
ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	int	 i;

	usual();
	net_conf.penalty_ms[PENALTY_PROTOCOL] = 0;
	for (i = 0; i < 15; i++) {
		ATF_REQUIRE_EQ(0, penalty_refuses(v4(1)));
		penalty_add(v4(1), PENALTY_UNFINISHED);
		penalty_add(v4(2), PENALTY_REFUSED);
		penalty_add(v4(3), PENALTY_PROTOCOL);
	}
	ATF_REQUIRE_EQ(1, penalty_refuses(v4(1)));
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(2)));
	ATF_REQUIRE_EQ(0, penalty_runs(source_of(v4(3), 1)));
}

/* A host has all of its /64, and is shut out with it. */
ATF_TC_WITHOUT_HEAD(networks);
ATF_TC_BODY(networks, tc)
{
	int	 i;

	usual();
	for (i = 0; i < 80; i++)
		penalty_add(v6(1, i), PENALTY_REFUSED);
	ATF_REQUIRE_EQ(1, penalty_refuses(v6(1, 1000)));
	ATF_REQUIRE_EQ(0, penalty_refuses(v6(2, 1)));
}

/* Who is exempt runs up nothing, and does not pay for others either. */
ATF_TC_WITHOUT_HEAD(exempts);
ATF_TC_BODY(exempts, tc)
{
	usual();
	exempt("10.0.1.0/25");
	exempt("10.0.2.7");
	exempt("2001:db8:0:7::1");
	exempt("::/3");
	penalties_commit();
	ATF_REQUIRE_EQ(0, fails(v4(0x100), 1000, 0));
	ATF_REQUIRE_EQ(0, fails(v4(0x17f), 1000, 0));
	ATF_REQUIRE_EQ(1, fails(v4(0x180), 1000, 0));
	ATF_REQUIRE_EQ(1, fails(v4(0x0ff), 1000, 0));
	ATF_REQUIRE_EQ(0, fails(v4(0x207), 1000, 0));
	ATF_REQUIRE_EQ(1, fails(v4(0x206), 1000, 0));
	/* A network of IPv6 has no address of IPv4 in it. */
	ATF_REQUIRE_EQ(1, fails(v4(0x300), 1000, 0));
	ATF_REQUIRE_EQ(1, fails(v6(7, 2), 1000, 0));
	ATF_REQUIRE_EQ(0, penalty_refuses(v6(7, 1)));
	/* The next configuration has none of these. */
	penalties_commit();
	ATF_REQUIRE_EQ(1, penalty_refuses(v6(7, 1)));
	ATF_REQUIRE_EQ(1, fails(v4(0x207), 1000, 0));
}

/* What is aborted was never there. */
ATF_TC_WITHOUT_HEAD(aborted);
ATF_TC_BODY(aborted, tc)
{
	usual();
	exempt("10.0.0.0/8");
	penalties_abort();
	penalties_commit();
	ATF_REQUIRE_EQ(1, fails(v4(1), 1000, 0));
}

/* Where nothing costs any more, nobody is shut out. */
ATF_TC_WITHOUT_HEAD(none);
ATF_TC_BODY(none, tc)
{
	usual();
	ATF_REQUIRE_EQ(1, fails(v4(1), 1000, 0));
	penalties_commit();
	ATF_REQUIRE_EQ(1, penalty_refuses(v4(1)));
	penalties_none(&net_conf);
	penalties_commit();
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(1)));
	ATF_REQUIRE_EQ(0, net_counter[CN_SHUT]);
	ATF_REQUIRE_EQ(0, fails(v4(1), 1000, 0));
}

/* The end is seen without anybody coming. */
ATF_TC_WITHOUT_HEAD(swept);
ATF_TC_BODY(swept, tc)
{
	usual();
	ATF_REQUIRE(event_init() != NULL);
	penalties_init();
	ATF_REQUIRE_EQ(1, fails(v4(1), 1000, 0));
	event_loop(EVLOOP_ONCE);
	ATF_REQUIRE_EQ(1, net_counter[CN_SHUT]);
	now += 15000;
	event_loop(EVLOOP_ONCE);
	ATF_REQUIRE_EQ(0, net_counter[CN_SHUT]);
}

/*
 * With a full table others are forgotten first.  Who comes from as many
 * addresses as it holds gets rid of penalties, and of nothing else.
 */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct source	*s;
	uint32_t	 i;

	usual();
	for (i = 0; i < 10; i++)
		ATF_REQUIRE_EQ(1, fails(v4(i), 1000, 0));
	for (; i < 3 * SOURCES_MAX; i++) {
		ATF_REQUIRE_EQ(0, source_admit(v4(i), &s));
		source_done(s);
	}
	for (i = 0; i < 10; i++)
		ATF_REQUIRE_EQ(1, penalty_refuses(v4(i)));
	net_conf.penalty_ms[PENALTY_REFUSED] = net_conf.penalty_least_ms;
	for (i = 0; i < 2 * SOURCES_MAX; i++)
		ATF_REQUIRE_EQ(1, fails(v4(0x800000 + i), 1, 0));
	ATF_REQUIRE_EQ(SOURCES_MAX, net_counter[CN_SHUT]);
	ATF_REQUIRE_EQ(0, penalty_refuses(v4(0)));
	ATF_REQUIRE_EQ(1, penalty_refuses(v4(0x800000 + i - 1)));
	ATF_REQUIRE_EQ(0, source_admit(v4(1), &s));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mild);
	ATF_TP_ADD_TC(tp, until);
	ATF_TP_ADD_TC(tp, at_most);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, networks);
	ATF_TP_ADD_TC(tp, exempts);
	ATF_TP_ADD_TC(tp, aborted);
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, swept);
	ATF_TP_ADD_TC(tp, bounded);
	return atf_no_error();
}
