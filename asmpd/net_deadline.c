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

/*
 * When connections must be over.  Each list holds deadlines of one length,
 * so that new ones go to its end, and one timer serves them all.
 */

#include <sys/types.h>

#include <event.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

static TAILQ_HEAD(deadlines, conn)	 lists[DEADLINE_NLISTS];
static struct event			 ev;

static void
arm(void)
{
	struct timeval	 tv;
	struct conn	*c;
	uint64_t	 first = UINT64_MAX, now = mono_ms();
	int		 i;

	for (i = DEADLINE_HANDSHAKE; i < DEADLINE_NLISTS; i++)
		if ((c = TAILQ_FIRST(&lists[i])) != NULL &&
		    c->deadline < first)
			first = c->deadline;
	if (first == UINT64_MAX) {
		evtimer_del(&ev);
		return;
	}
	first = first > now ? first - now : 0;
	tv.tv_sec = first / 1000;
	tv.tv_usec = first % 1000 * 1000;
	if (evtimer_add(&ev, &tv) == -1)
		fatal("evtimer_add");
}

static void
deadline_reached(int fd, short event, void *arg)
{
	struct conn	*c;
	uint64_t	 now = mono_ms();
	int		 i;

	(void)fd;
	(void)event;
	(void)arg;
	for (i = DEADLINE_HANDSHAKE; i < DEADLINE_NLISTS; i++)
		while ((c = TAILQ_FIRST(&lists[i])) != NULL &&
		    c->deadline <= now)
			conn_late(c);
	arm();
}

/* Prepares the lists and their timer. */
void
deadlines_init(void)
{
	int	 i;

	for (i = 0; i < DEADLINE_NLISTS; i++)
		TAILQ_INIT(&lists[i]);
	evtimer_set(&ev, deadline_reached, NULL);
}

/*
 * Moves c to a list, to be closed at when (mono_ms()), or with DEADLINE_NONE
 * out of all.  Deadlines that come a little out of order are sorted in.
 */
void
deadline_set(struct conn *c, enum deadline_list list, uint64_t when)
{
	struct conn	*o;

	if (c->list != DEADLINE_NONE)
		TAILQ_REMOVE(&lists[c->list], c, dead);
	c->list = list;
	c->deadline = when;
	if (list == DEADLINE_NONE)
		return;
	TAILQ_FOREACH_REVERSE(o, &lists[list], deadlines, dead)
		if (o->deadline <= when)
			break;
	if (o != NULL)
		TAILQ_INSERT_AFTER(&lists[list], o, c, dead);
	else {
		TAILQ_INSERT_HEAD(&lists[list], c, dead);
		arm();
	}
}

/*
 * Gives up the oldest half-open connection that has not said a word, so that
 * many silent ones cannot keep everybody out.  Returns 0, or -1 if there is
 * none among the oldest.
 */
int
deadline_evict(void)
{
	struct conn	*c;
	int		 n = 0;

	TAILQ_FOREACH(c, &lists[DEADLINE_HANDSHAKE], dead) {
		if (c->silent) {
			conn_evict(c);
			return 0;
		}
		if (++n == EVICT_SCAN)
			break;
	}
	return -1;
}
