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
 * How much a device may send.  Each has a bucket that fills at its role's rate
 * and that its records are taken out of.  Nothing is refused: below zero net
 * is told to read no more from it until that is made up for, so that the
 * device waits, and nobody with it.  The bucket is the device's, not the
 * session's: what is missing in it at the end goes with the lease.
 *
 * A record counts as many readings as it has KB, and one at least, since few
 * large ones cost the gateway as much as many small.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define READING_BYTES	1024	/* that one reading may have */
#define PRECISION	1000	/* of a bucket; a rate is by the second */
#define ROOM_MS		10	/* until net is asked for room again */

/* A device that is held back. */
struct hold {
	RB_ENTRY(hold)	 entry;
	struct session	*owner;
	uint64_t	 until;		/* mono_ms() */
};

static int	 hold_cmp(const struct hold *, const struct hold *);
static void	 due(int, short, void *);

static RB_HEAD(holds, hold)	 holds = RB_INITIALIZER(&holds);
static struct event		 ev;

RB_GENERATE_STATIC(holds, hold, entry, hold_cmp)

static int
hold_cmp(const struct hold *a, const struct hold *b)
{
	if (a->until != b->until)
		return a->until < b->until ? -1 : 1;
	return a->owner->conn < b->owner->conn ? -1 :
	    a->owner->conn > b->owner->conn;
}

/* The session's role if it has a rate, or NULL. */
static const struct ipc_role *
rate_of(const struct session *s)
{
	const struct ipc_role	*r = conf_role_bynumber(s->up->role);

	return r == NULL || r->rate == 0 ? NULL : r;
}

static int64_t
full(const struct ipc_role *r)
{
	return (int64_t)r->burst * READING_BYTES * PRECISION;
}

/* What comes in within a ms. */
static int64_t
speed(const struct ipc_role *r)
{
	return (int64_t)r->rate * READING_BYTES;
}

/* How long it takes to fill in so much, ms. */
static uint64_t
filling(const struct ipc_role *r, int64_t missing)
{
	return missing <= 0 ? 0 : (missing + speed(r) - 1) / speed(r);
}

/* Brings the bucket up to date. */
static void
fill(struct bucket *b, const struct ipc_role *r, uint64_t now)
{
	if (now - b->when >= filling(r, full(r) - b->level))
		b->level = full(r);
	else
		b->level += (int64_t)(now - b->when) * speed(r);
	b->level -= (int64_t)b->spent * PRECISION;
	b->spent = 0;
	b->when = now;
}

static void
arm(uint64_t now, uint64_t least)
{
	struct hold	*h;
	struct timeval	 tv;
	uint64_t	 ms;

	if ((h = RB_MIN(holds, &holds)) == NULL)
		return;
	ms = h->until > now + least ? h->until - now : least;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	if (!evtimer_initialized(&ev))
		evtimer_set(&ev, due, NULL);
	if (evtimer_add(&ev, &tv) == -1)
		fatal("evtimer_add");
}

static void
tell_net(const struct session *s, int on)
{
	struct vn_hold	 msg = { .on = on };

	hotpipe_send(&verify_net, VN_HOLD, s->conn, &msg, sizeof(msg));
}

static void
hold_new(struct session *s, const struct ipc_role *r)
{
	struct bucket	*b = &s->up->bucket;

	if ((b->hold = calloc(1, sizeof(*b->hold))) == NULL)
		fatal("calloc");
	b->hold->owner = s;
	if (b->holds++ == 0)
		log_info("device %s is held back: more than %u readings a "
		    "second", s->up->id, r->rate);
	verify_counter[CV_HOLDS]++;
	verify_counter[CV_HELD]++;
	tell_net(s, 1);
}

static void
hold_free(struct bucket *b)
{
	RB_REMOVE(holds, &holds, b->hold);
	free(b->hold);
	b->hold = NULL;
	verify_counter[CV_HELD]--;
}

/* Holds the device back until its bucket is not below zero any more. */
static void
hold(struct session *s, const struct ipc_role *r, uint64_t now)
{
	struct bucket	*b = &s->up->bucket;

	if (b->hold == NULL)
		hold_new(s, r);
	else
		RB_REMOVE(holds, &holds, b->hold);
	b->hold->until = now + filling(r, -b->level);
	RB_INSERT(holds, &holds, b->hold);
	arm(now, 0);
}

static void
let_go(struct session *s)
{
	hold_free(&s->up->bucket);
	tell_net(s, 0);
	session_excuse(s);
}

/* Those who have waited go on, as many as there is room for. */
static void
due(int fd, short event, void *arg)
{
	struct hold	*h;
	uint64_t	 now = mono_ms();

	(void)fd;
	(void)event;
	(void)arg;
	while ((h = RB_MIN(holds, &holds)) != NULL && h->until <= now) {
		if (!session_room()) {
			arm(now, ROOM_MS);
			return;
		}
		let_go(h->owner);
	}
	arm(now, 0);
}

/* A session begins with what the device had left; full at rested, mono_ms(). */
void
rate_begin(struct session *s, uint64_t rested)
{
	const struct ipc_role	*r = rate_of(s);
	struct bucket		*b = &s->up->bucket;
	uint64_t		 now = mono_ms();

	b->when = now;
	if (r == NULL)
		return;
	tell_net(s, 0);		/* to read a little at a time */
	b->level = full(r);
	if (rested > now)
		b->level -= (int64_t)(rested - now) * speed(r);
	rate_settle(s);
}

/* The session ends. */
void
rate_end(struct session *s)
{
	if (s->up->bucket.hold != NULL)
		hold_free(&s->up->bucket);
}

/*
 * Counts a record.  A seal is a part of what it covers, and with nothing to
 * cover it ends the session.
 */
void
rate_record(struct session *s, const struct asmp_header *h)
{
	if (h->type != ASMP_SEAL)
		s->up->bucket.spent += h->length < READING_BYTES ?
		    READING_BYTES : h->length;
}

/* A record that was counted with so many bytes turns out to have more. */
void
rate_expanded(struct session *s, size_t from, size_t to)
{
	if (to > READING_BYTES && to > from)
		s->up->bucket.spent += to - (from < READING_BYTES ?
		    READING_BYTES : from);
}

/* What was counted is taken out, and who has no more waits. */
void
rate_settle(struct session *s)
{
	const struct ipc_role	*r = rate_of(s);
	struct bucket		*b = &s->up->bucket;
	uint64_t		 now;

	if (r == NULL) {
		b->spent = 0;
		return;
	}
	now = mono_ms();
	fill(b, r, now);
	if (b->level < 0)
		hold(s, r, now);
}

/* Whether the device is held back. */
int
rate_holds(const struct session *s)
{
	return s->up->bucket.hold != NULL;
}

/* When (mono_ms()) the device's bucket will be full; 0: it is. */
uint64_t
rate_rested(struct session *s)
{
	const struct ipc_role	*r = rate_of(s);
	struct bucket		*b = &s->up->bucket;
	uint64_t		 ms, now = mono_ms();

	if (r == NULL)
		return 0;
	fill(b, r, now);
	if ((ms = filling(r, full(r) - b->level)) == 0)
		return 0;
	return now + (ms > REST_MAX ? REST_MAX : ms);
}

/* There may be other rates: who still has none left will wait again. */
void
rates_reload(void)
{
	struct holds	 now = RB_INITIALIZER(&now);
	struct hold	*h;

	while ((h = RB_MIN(holds, &holds)) != NULL) {
		RB_REMOVE(holds, &holds, h);
		h->until = 0;
		RB_INSERT(holds, &now, h);
	}
	holds = now;
	arm(mono_ms(), 0);
}
