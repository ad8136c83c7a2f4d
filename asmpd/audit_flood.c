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
 * Audit records of which others choose how many there are: strangers, whose
 * proofs do not hold, devices, and verify, which may be in other hands.  The
 * log is kept for ever, so each kind has a budget, of a second and of a day;
 * what is beyond it is counted, and the count is one record a minute.
 */

#include <sys/types.h>

#include <event.h>

#include "asmpd.h"
#include "log.h"

#define FLOOD_LEAVE	1024	/* places in the queue, to who is no flood */
#define TELL_FIRST	1000	/* ms from what has no record to its count */
#define TELL_AGAIN	60000	/* ms between two such counts */
#define SECOND		1000	/* ms */

/*
 * What is saved up and not spent is there for later, up to a limit; a day so
 * has no more records than that and those that it brings.
 */
struct flood {
	enum audit_type	 type;
	const char	*more;		/* what the count counts */
	uint32_t	 rate;		/* records in a second */
	uint32_t	 limit;		/* saved up at most */
	uint32_t	 every;		/* ms that bring another one */
	uint64_t	 saved;
	uint64_t	 brought;	/* when the last one was */
	uint64_t	 began;		/* the second that is */
	uint32_t	 spent;		/* in it */
	uint64_t	 untold;	/* have no record */
	uint64_t	 since;		/* when the first of them came */
	uint64_t	 told;		/* when they were last told of, or 0 */
	struct event	 ev;
};

/* 10 000 refusals a day, and 100 000 readings of those who are known. */
static struct flood	 floods[] = {
	{ .type = AUDIT_AUTH_FAILED, .more = "more", .rate = 50,
	    .limit = 1500, .saved = 1500, .every = 10000 },
	{ .type = AUDIT_READING_BLOCKED, .more = "more", .rate = 50,
	    .limit = 15000, .saved = 15000, .every = 1000 },
	{ .type = AUDIT_KEY_ROTATED, .more = "more refused", .rate = 10,
	    .limit = 100, .saved = 100, .every = 100000 },
	{ .type = AUDIT_EVENTS_LOST }	/* all are told of together */
};

#define NFLOODS		(sizeof(floods) / sizeof(floods[0]))

static void	 tell_later(struct flood *, uint64_t);

static struct flood *
flood_of(enum audit_type type)
{
	size_t	 i;

	for (i = 0; i < NFLOODS; i++)
		if (floods[i].type == type)
			return &floods[i];
	fatalx("audit records of type %d have no budget", type);
}

static void
tell(struct flood *f)
{
	unsigned long long	 n = f->untold;

	if (n == 0)
		return;
	evtimer_del(&f->ev);
	f->untold = 0;
	f->told = mono_ms();
	if (f->type == AUDIT_EVENTS_LOST)
		audit_event(f->type, NULL, 0, "%llu records", n);
	else
		audit_event(f->type, NULL, 0, "%llu %s within %llu seconds",
		    n, f->more, (unsigned long long)(f->told - f->since) /
		    SECOND + 1);
}

static void
due(int fd, short event, void *arg)
{
	struct flood	*f = arg;

	(void)fd;
	(void)event;
	if (audit_room(0))
		tell(f);
	else
		tell_later(f, TELL_FIRST);
}

static void
tell_later(struct flood *f, uint64_t ms)
{
	struct timeval	 tv = { .tv_sec = ms / 1000,
			    .tv_usec = ms % 1000 * 1000 };

	evtimer_set(&f->ev, due, f);
	if (evtimer_add(&f->ev, &tv) == -1)
		fatal("evtimer_add");
}

/* One that has no record of its own is told of with others. */
static void
count(struct flood *f)
{
	uint64_t	 now = mono_ms(), ms = TELL_FIRST;

	if (f->untold++ > 0)
		return;
	f->since = now;
	if (f->told != 0 && now - f->told < TELL_AGAIN - TELL_FIRST)
		ms = TELL_AGAIN - (now - f->told);
	tell_later(f, ms);
}

/* What time has brought since. */
static void
earn(struct flood *f)
{
	uint64_t	 now = mono_ms(), n = (now - f->brought) / f->every;

	f->brought += n * f->every;
	f->saved = n < f->limit - f->saved ? f->saved + n : f->limit;
	if (now - f->began >= SECOND) {
		f->began = now;
		f->spent = 0;
	}
}

/*
 * Whether another record of a type that has a budget may be made; if not, it
 * is counted, and the count is told of soon.
 */
int
audit_spend(enum audit_type type)
{
	struct flood	*f = flood_of(type);

	earn(f);
	if (f->saved == 0 || f->spent == f->rate || !audit_room(FLOOD_LEAVE)) {
		count(f);
		return 0;
	}
	f->saved--;
	f->spent++;
	return 1;
}

/* Counts a record that is not made; one that is says how many. */
void
audit_lose(void)
{
	env->counter[CP_AUDIT_LOST]++;
	count(flood_of(AUDIT_EVENTS_LOST));
}

/* Somebody was refused; there may be very many of them. */
void
audit_failed(const char *device, const char *address, uint32_t reason)
{
	if (audit_spend(AUDIT_AUTH_FAILED))
		audit_event(AUDIT_AUTH_FAILED, device, 0, "address %s reason "
		    "%s", address, reason_name(reason));
}

/* The end: what is still to be told of is told now. */
void
audit_tell(void)
{
	size_t	 i;

	for (i = 0; i < NFLOODS; i++)
		tell(&floods[i]);
}
