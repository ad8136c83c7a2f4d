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
 * The one device that sends this verifier more than all others together, if
 * there is one.  What net may read of it is given back only when as much time
 * has passed again as its frames took: so much is left for the others, however
 * little they send, and most of that finds nobody before it.
 */

#include <sys/types.h>

#include <event.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* Bytes more than all others: 16 times what net has under way of a device. */
#define LEAD_MIN	(512 * 1024)
#define LEAD_MAX	(1024 * 1024)	/* so soon others can make up for it */
#define PAUSE_MAX	50000		/* us, however long the disk took */
#define WORK_MIN	500		/* us; less is not worth a timer */
#define OTHERS_US	60000000	/* for so long others count as there */

static struct {
	uint32_t	 device;
	uint64_t	 lead;		/* before all others together, bytes */
	uint64_t	 came;		/* mono_us(), its last frames */
	uint64_t	 since;		/* those that are to be decided next */
	uint64_t	 others;	/* the last of others', or 0 */
	uint64_t	 conn;		/* that the parked ones are of */
	size_t		 parked;	/* bytes to be given back later, */
	uint64_t	 due;		/* at this time */
} first;
static struct event	 ev;

static void	 due(int, short, void *);

static void
unpark(void)
{
	if (first.parked > 0)
		credit_give(first.conn, first.parked);
	first.parked = 0;
}

static void
arm(uint64_t now)
{
	struct timeval	 tv = { .tv_usec = first.due - now };

	if (!evtimer_initialized(&ev))
		evtimer_set(&ev, due, NULL);
	if (evtimer_add(&ev, &tv) == -1)
		fatal("evtimer_add");
}

static void
due(int fd, short event, void *arg)
{
	uint64_t	 now = mono_us();

	(void)fd;
	(void)event;
	(void)arg;
	if (first.due <= now)
		unpark();
	else if (first.parked > 0)
		arm(now);
}

/* What joins while some is parked already comes back with it, later. */
static void
park(uint64_t conn, size_t bytes, uint64_t us)
{
	uint64_t	 now = mono_us();

	if (first.conn != conn)
		unpark();
	first.conn = conn;
	first.parked += bytes;
	first.due = now + (us > PAUSE_MAX ? PAUSE_MAX : us);
	verify_counter[CV_YIELDS]++;
	arm(now);
}

/* Who was first is one of the others now. */
static void
replace(uint32_t device, uint64_t lead)
{
	unpark();
	first.device = device;
	first.lead = lead;
	first.others = first.came;
	first.since = first.came = mono_us();
}

/* Whether there is somebody for whom the device has to wait. */
static int
must_yield(const struct session *s, uint64_t now)
{
	return s->up->device == first.device && first.lead >= LEAD_MIN &&
	    first.others != 0 && now - first.others < OTHERS_US;
}

/*
 * So many bytes came from a device.  Who sends more than half of all is found
 * with one counter, as in the majority vote of Boyer and Moore.
 */
void
flood_count(const struct session *s, size_t bytes)
{
	if (s->up->device == first.device) {
		first.came = mono_us();
		first.lead += bytes;
		if (first.lead > LEAD_MAX)
			first.lead = LEAD_MAX;
		return;
	}
	if (bytes > first.lead) {
		replace(s->up->device, bytes - first.lead);
		return;
	}
	first.others = mono_us();
	first.lead -= bytes;
}

/*
 * What the device sent last is what the store decides on next: the time that
 * this takes runs from when it came.
 */
void
flood_begin(const struct session *s)
{
	if (s->up->device == first.device)
		first.since = first.came;
}

/*
 * It is decided: net gets the bytes back at once, or when others had time.
 * Others may have said something to another verifier, too.
 */
void
flood_end(const struct session *s, size_t bytes, int others)
{
	uint64_t	 now = mono_us();

	if (others)
		first.others = now;
	if (must_yield(s, now))
		park(s->conn, bytes, now - first.since);
	else
		credit_give(s->conn, bytes);
}

/* The same for what was no reading, or a duplicate: there was just work. */
void
flood_worked(const struct session *s, size_t bytes)
{
	uint64_t	 now = mono_us();

	if (must_yield(s, now) && now - first.came >= WORK_MIN)
		park(s->conn, bytes, now - first.came);
	else
		credit_give(s->conn, bytes);
}
