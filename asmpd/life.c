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
 * What comes with time: devices that expire and old keys that are accepted no
 * more.  Whoever comes too late is refused by the clock; this is for those
 * who are there, for the log and the database.
 */

#include <sys/types.h>

#include <event.h>

#include "asmpd.h"
#include "job.h"
#include "log.h"

#define WAIT_MAX	60000	/* ms: the clock may be set meanwhile */
#define AGAIN		60000	/* ms until what failed is tried again */
#define LAPSED_DEVICE	1	/* it expired */
#define LAPSED_KEY	2	/* its old key is out of use */

static int	 life_cmp(const struct life *, const struct life *);

RB_HEAD(lifes, life);
RB_GENERATE_STATIC(lifes, life, entry, life_cmp)

static struct lifes	 lifes = RB_INITIALIZER(&lifes);
static struct event	 ev_due;
static int		 started;
static int		 lapsing;	/* one at a time: others come between */

static int
life_cmp(const struct life *a, const struct life *b)
{
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	return a->dev->number < b->dev->number ? -1 :
	    a->dev->number > b->dev->number;
}

static void
schedule(void)
{
	const struct life	*l = RB_MIN(lifes, &lifes);
	uint64_t		 now = now_ms(), ms = WAIT_MAX;
	struct timeval		 tv;

	if (!started || lapsing || l == NULL)
		return;
	if (l->due <= now)
		ms = 0;
	else if (l->due - now < ms)
		ms = l->due - now;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	evtimer_add(&ev_due, &tv);
}

static void
set_due(struct life *l, uint64_t due)
{
	if (l->due != 0)
		RB_REMOVE(lifes, &lifes, l);
	if ((l->due = due) != 0)
		RB_INSERT(lifes, &lifes, l);
	schedule();
}

/* A registered device's times may have changed. */
void
life_due(struct device *d)
{
	struct life	*l = d->life;
	uint64_t	 due = 0;

	if (l == NULL)
		return;
	if (d->state != CTL_DEVICE_REVOKED) {
		if (!l->told)
			due = l->expires;
		if (l->old != NULL && (due == 0 || l->until < due))
			due = l->until;
	}
	set_due(l, due);
}

static void
lapse_over(struct device *d)
{
	lapsing = 0;
	life_due(d);
}

/* What is due of a device that time has changed: its end is now. */
static enum job_step
lapse_check(struct job *j)
{
	struct device		*d = j->dev;
	const struct life	*l = d->life;
	struct ipc_row		*row;
	uint64_t		 now = now_ms();

	if (l->expires != 0 && !l->told && l->expires <= now)
		j->lapsed |= LAPSED_DEVICE;
	if (l->old != NULL && l->until <= now)
		j->lapsed |= LAPSED_KEY;
	if (j->lapsed == 0 || d->state == CTL_DEVICE_REVOKED) {
		lapse_over(d);		/* something has come between */
		return JOB_OVER;
	}
	row = job_change(j, d);
	if (j->lapsed & LAPSED_KEY)
		row_forget(row);
	if (j->lapsed & LAPSED_DEVICE) {
		row->told = 1;
		ticket_drop(d);
		lease_end(d, REASON_EXPIRED);
	} else if (lease_stale(d))
		lease_end(d, REASON_LIFETIME);
	return job_changed(j);
}

static enum job_step
lapse_done(struct job *j)
{
	const char	*id = device_id(j->dev);

	if (j->lapsed & LAPSED_DEVICE) {
		log_info("device %s expired", id);
		audit_event(AUDIT_KEY_EXPIRED, id, 1, "its time is over");
	}
	if (j->lapsed & LAPSED_KEY) {
		log_info("device %s: its old key is forgotten", id);
		audit_event(AUDIT_KEY_ROTATED, id, 1, "the old key is "
		    "forgotten");
	}
	lapse_over(j->dev);
	return JOB_OVER;
}

static void
lapse_failed(struct job *j, const char *why)
{
	log_warnx("device %s: that %s is not stored: %s", device_id(j->dev),
	    j->lapsed & LAPSED_DEVICE ? "it expired" :
	    "its old key is forgotten", why);
	lapsing = 0;
	set_due(j->dev->life, now_ms() + AGAIN);
}

static const struct job_kind	 lapse_kind = { lapse_check, NULL, lapse_done,
				    lapse_failed, NULL };

/* Does the first thing that is due, if it is. */
static void
look(int fd, short event, void *arg)
{
	struct life	*l = RB_MIN(lifes, &lifes);
	struct job	*j;

	(void)fd;
	(void)event;
	(void)arg;
	if (l != NULL && l->due <= now_ms()) {
		lapsing = 1;
		j = job_new(&lapse_kind, 0, "");
		j->dev = l->dev;
		job_queue(j);
	}
	schedule();
}

/* From now on what is due happens. */
void
life_start(void)
{
	evtimer_set(&ev_due, look, NULL);
	started = 1;
	schedule();
}
