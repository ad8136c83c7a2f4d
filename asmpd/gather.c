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
 * A process that is woken for each of many small pieces of work spends most
 * of its time on waking.  Under such a load it is better to wait a little and
 * do more of it at once.  A lone piece must not wait, nor a sender who wants
 * its answer before it sends the next, nor one that comes beside a flood.  So
 * the load is looked at now and then: whether it is such, and where waiting
 * did not bring what it had promised, not to try it again soon.
 */

#include <sys/types.h>

#include "asmpd.h"
#include "gather.h"

#define LOOK_US		10000	/* between two looks */
#define MANY		80	/* senders in that time, at least */
#define SMALL		32	/* units in a turn: more is work enough */
#define LOOKS_MAX	64	/* looks */

static void
miss(struct gather *g)
{
	g->on = 0;
	g->rest = g->vain;
	g->vain = g->vain * 2 > LOOKS_MAX ? LOOKS_MAX : g->vain * 2;
}

static void
look(struct gather *g, uint64_t us)
{
	int	 many = g->senders * LOOK_US >= MANY * us;

	if (g->on && !many)
		miss(g);
	else if (g->on)
		g->vain = 1;
	else if (g->rest > 0)
		g->rest--;
	else
		g->on = many && g->units < g->turns * SMALL;
}

/* A turn is over: from so many senders came so many units of work. */
void
gather_turn(struct gather *g, uint64_t senders, uint64_t units)
{
	uint64_t	 now = mono_us();

	if (g->vain == 0)
		g->vain = 1;
	g->senders += senders;
	g->units += units;
	g->turns++;
	if (now - g->since < LOOK_US)
		return;
	look(g, now - g->since);
	g->since = now;
	g->senders = g->units = g->turns = 0;
}
