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
 * Housekeeping, a little at a time between transactions: readings that are
 * not kept any longer go, and what an older asmpd did not write is made up
 * for.
 */

#include <sys/types.h>

#include <event.h>
#include <stdio.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

/* A shortage of room, said once while it lasts. */
struct shortage {
	uint64_t	 last;		/* ms of mono_ms(), or 0 */
	const char	*what;
};

static struct event	 ev_keep;
static uint64_t		 readings_ms, blocked_ms, bytes_max;	/* or 0 */
static struct shortage	 of_readings = { 0, "readings" },
			 of_blocked = { 0, "blocked readings" };

/* Removes by age: how many, or -1. */
static int
by_age(uint64_t age, int (*drop)(uint64_t, uint64_t *))
{
	uint64_t	 n, now = now_ms();

	if (age == 0 || age > now)
		return 0;
	if (drop(now - age, &n) == -1)
		return -1;
	store_counter[CS_EXPIRED] += n;
	return (int)n;
}

static void
shortage_say(struct shortage *s)
{
	uint64_t	 now = mono_ms();

	if (s->last == 0 || now - s->last > KEEP_EPISODE_MS)
		log_warnx("database: more than %llu bytes are in use: the "
		    "oldest %s are removed before their time",
		    (unsigned long long)bytes_max, s->what);
	s->last = now;
}

static int
by_size_of(struct shortage *s, int (*drop)(uint64_t, uint64_t *))
{
	uint64_t	 n;

	if (drop(UINT64_MAX, &n) == -1)
		return -1;
	if (n > 0)
		shortage_say(s);
	store_counter[CS_EVICTED] += n;
	return (int)n;
}

/*
 * What was acknowledged goes last.  The audit log does not count: strangers
 * can make it grow, and would remove readings by that.
 */
static int
by_size(void)
{
	uint64_t	 bytes, audit;
	int		 n;

	if (engine->bytes(&bytes) == -1 || engine->audit_bytes(&audit) == -1)
		return -1;
	store_counter[CS_BYTES] = bytes;
	if (bytes_max == 0 || bytes <= audit || bytes - audit <= bytes_max)
		return 0;
	if ((n = by_size_of(&of_blocked, engine->drop_blocked)) != 0)
		return n;
	return by_size_of(&of_readings, engine->drop_readings);
}

/* One thing of all there is to do: whether there may be more, or -1. */
static int
keep_some(void)
{
	uint64_t	 seals;
	int		 n, more;

	/* First, since they are larger than what they cover. */
	if ((more = engine->drop_seals(&seals)) == -1 || seals > 0)
		return more;
	if ((n = by_age(readings_ms, engine->drop_readings)) != 0 ||
	    (n = by_age(blocked_ms, engine->drop_blocked)) != 0 ||
	    (n = by_size()) != 0)
		return n;
	return (n = engine->catch_up()) == 0 ? more : n;
}

/* A power cut may undo it: it is done again. */
static int
keep(void)
{
	int	 more;

	if (engine->begin(0) == -1)
		return -1;
	if ((more = keep_some()) == -1 || engine->commit() == -1) {
		engine->rollback();
		return -1;
	}
	return more;
}

/* Milliseconds until there may be something to do again. */
static int
keep_turn(void)
{
	int	 more;

	if (registry_writing() || stalled(STALL_READINGS))
		return KEEP_LATER_MS;
	if ((more = keep()) == -1) {
		stall(STALL_KEEP);
		return RETRY_SECONDS * 1000;
	}
	stall_over(STALL_KEEP);
	return more ? KEEP_SOON_MS : KEEP_LATER_MS;
}

static void
keep_event(int fd, short event, void *arg)
{
	struct timeval	 tv;
	int		 ms = keep_turn();

	(void)fd;
	(void)event;
	(void)arg;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	evtimer_add(&ev_keep, &tv);
}

/* Begins once the database is open. */
void
keep_init(void)
{
	evtimer_set(&ev_keep, keep_event, NULL);
	keep_event(-1, 0, NULL);
}

/* Takes what the configuration says of it. */
void
keep_conf(const struct ipc_conf *conf)
{
	struct timeval	 tv = { 0, 0 };

	readings_ms = conf->keep_readings_ms;
	blocked_ms = conf->keep_blocked_ms;
	bytes_max = conf->keep_bytes;
	evtimer_add(&ev_keep, &tv);
}
