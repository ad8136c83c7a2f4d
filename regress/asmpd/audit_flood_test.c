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

/* What others cause has a budget in the audit log, and all of it is told. */

#include <sys/types.h>

#include <atf-c.h>
#include <event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"

#define DAY		86400000ULL	/* ms */
#define MINUTE		60000

/* The world around it: a clock, a timer for each kind, and the log. */
struct asmpd		*env;
static struct asmpd	 parent;
static uint64_t		 clock_ms = 1000000;
static int		 full;
static uint64_t		 own, told, counts;	/* records, what they count */

static struct timer {
	struct event	*ev;
	void		(*due)(evutil_socket_t, short, void *);
	void		*arg;
	uint64_t	 at;			/* 0: it is not set */
} timers[AUDIT_N];

uint64_t
mono_ms(void)
{
	return clock_ms;
}

int
audit_room(uint64_t n)
{
	(void)n;
	return !full;
}

int
audit_event(enum audit_type type, const char *device, int ok,
    const char *fmt, ...)
{
	char	 text[AUDIT_DETAILMAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ATF_CHECK(!ok);
	if (device != NULL || strncmp(text, "address ", 8) == 0) {
		own++;
		return 0;
	}
	counts++;
	told += strtoull(text, NULL, 10);
	ATF_CHECK(type == AUDIT_EVENTS_LOST ?
	    strstr(text, " records") != NULL :
	    strstr(text, " within ") != NULL);
	return 0;
}

static struct timer *
timer_of(const struct event *ev)
{
	struct timer	*t;

	for (t = timers; t->ev != NULL && t->ev != ev; t++)
		continue;
	return t;
}

int
event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd,
    short events, event_callback_fn cb, void *arg)
{
	struct timer	*t = timer_of(ev);

	(void)base;
	(void)fd;
	(void)events;
	ATF_REQUIRE(t->at == 0);
	t->ev = ev;
	t->due = cb;
	t->arg = arg;
	return 0;
}

void
event_set(struct event *ev, evutil_socket_t fd, short events,
    event_callback_fn cb, void *arg)
{
	(void)event_assign(ev, NULL, fd, events, cb, arg);
}

int
event_add(struct event *ev, const struct timeval *tv)
{
	timer_of(ev)->at = clock_ms + tv->tv_sec * 1000 + tv->tv_usec / 1000;
	return 0;
}

int
event_del(struct event *ev)
{
	timer_of(ev)->at = 0;
	return 0;
}

/* Time goes on, and what is due happens. */
static void
pass(uint64_t ms)
{
	struct timer	*t;

	clock_ms += ms;
	for (t = timers; t->ev != NULL; t++)
		if (t->at != 0 && t->at <= clock_ms) {
			t->at = 0;
			t->due(-1, 0, t->arg);
		}
}

static void
start(void)
{
	env = &parent;
	own = told = counts = 0;
}

ATF_TC_WITHOUT_HEAD(second);
ATF_TC_BODY(second, tc)
{
	int	 i;

	(void)tc;
	start();
	for (i = 0; i < 300; i++)
		audit_failed("DEV", "192.0.2.1:1", REASON_BAD_PROOF);
	ATF_CHECK_EQ(own, 50);
	pass(1000);
	ATF_CHECK_EQ(told, 250);
	ATF_CHECK_EQ(counts, 1);
	/* The next count is not before a minute is over. */
	for (i = 0; i < 60; i++)
		audit_failed("DEV", "192.0.2.1:1", REASON_BAD_PROOF);
	ATF_CHECK_EQ(own, 100);
	pass(MINUTE - 1000);
	ATF_CHECK_EQ(counts, 1);
	pass(1000);
	ATF_CHECK_EQ(counts, 2);
	ATF_CHECK_EQ(told, 260);
}

/* A day of as many as there can be, ten in each tenth of a second. */
static void
flooded(enum audit_type type, uint64_t least, uint64_t most)
{
	uint64_t	 ms, made = 0, spent = 0;
	int		 i;

	start();
	for (ms = 0; ms < DAY; ms += 100) {
		for (i = 0; i < 10; i++, made++)
			spent += audit_spend(type);
		pass(100);
	}
	ATF_CHECK_MSG(spent >= least && spent <= most, "%llu of type %d",
	    (unsigned long long)spent, type);
	ATF_CHECK(counts <= DAY / MINUTE);
	audit_tell();
	ATF_CHECK_EQ(spent + told, made);
}

ATF_TC_WITHOUT_HEAD(day);
ATF_TC_BODY(day, tc)
{
	(void)tc;
	flooded(AUDIT_AUTH_FAILED, 10000, 10200);
	flooded(AUDIT_READING_BLOCKED, 100000, 102000);
	flooded(AUDIT_KEY_ROTATED, 900, 1000);
	/* What a quiet day saves up has a limit. */
	pass(100 * DAY);
	flooded(AUDIT_AUTH_FAILED, 10000, 10200);
}

ATF_TC_WITHOUT_HEAD(room);
ATF_TC_BODY(room, tc)
{
	(void)tc;
	start();
	full = 1;
	ATF_CHECK(!audit_spend(AUDIT_READING_BLOCKED));
	audit_lose();
	audit_lose();
	pass(1000);
	pass(1000);
	ATF_CHECK_EQ(counts, 0);
	full = 0;
	pass(1000);
	ATF_CHECK_EQ(counts, 2);
	ATF_CHECK_EQ(told, 3);
	ATF_CHECK_EQ(parent.counter[CP_AUDIT_LOST], 2);
	/* The end tells what is left, and leaves no timer that is told. */
	audit_lose();
	audit_tell();
	ATF_CHECK_EQ(told, 4);
	audit_lose();
	audit_tell();
	ATF_CHECK_EQ(told, 5);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, second);
	ATF_TP_ADD_TC(tp, day);
	ATF_TP_ADD_TC(tp, room);
	return atf_no_error();
}
