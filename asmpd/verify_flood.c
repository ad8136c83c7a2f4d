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
 * The one device that sends more than all others together, if there is one.
 * What it has done with comes back to it only when as much time has passed
 * again as it took: so much is left for the others, however few they are, and
 * most of what they send finds nobody before it.
 */

#include <sys/types.h>

#include <event.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define LEAD_MIN	(512 * 1024)	/* bytes before all others together */
#define LEAD_MAX	(1024 * 1024)	/* so that it is forgotten as soon */
#define PAUSE_MAX	50000		/* us, also when the disk takes long */

static struct {
	uint64_t	 conn;
	uint64_t	 lead;		/* before all others together, bytes */
	uint64_t	 came;		/* mono_us(), its last frames */
	uint64_t	 since;		/* those that are to be decided next */
	size_t		 parked;	/* bytes that come back later */
} first;
static struct event	 ev;

static void
parked_over(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	credit_give(first.conn, first.parked);
	first.parked = 0;
}

static void
park(size_t bytes, uint64_t us)
{
	struct timeval	 tv = { .tv_usec = us > PAUSE_MAX ? PAUSE_MAX : us };

	first.parked += bytes;
	if (!evtimer_initialized(&ev))
		evtimer_set(&ev, parked_over, NULL);
	if (!evtimer_pending(&ev, NULL) && evtimer_add(&ev, &tv) == -1)
		fatal("evtimer_add");
}

/* Another one is first now. */
static void
replace(uint64_t conn, size_t lead)
{
	if (first.parked > 0) {
		evtimer_del(&ev);
		parked_over(-1, 0, NULL);
	}
	first.conn = conn;
	first.lead = lead;
	first.since = first.came = mono_us();
}

/*
 * So many bytes came from a connection.  Who sends more than half of all is
 * found with one counter, as in the majority vote of Boyer and Moore.
 */
void
flood_count(uint64_t conn, size_t bytes)
{
	if (conn == first.conn) {
		first.came = mono_us();
		first.lead += bytes;
		if (first.lead > LEAD_MAX)
			first.lead = LEAD_MAX;
	} else if (bytes <= first.lead)
		first.lead -= bytes;
	else
		replace(conn, bytes - first.lead);
}

/* What came last from a connection is what is to be decided next of its. */
void
flood_begin(uint64_t conn)
{
	if (conn == first.conn)
		first.since = first.came;
}

/* It is decided: so many bytes come back, at once or in time. */
void
flood_end(uint64_t conn, size_t bytes)
{
	if (conn == first.conn && first.lead >= LEAD_MIN &&
	    (verify_of > 1 || verify_counter[CV_SESSIONS] > 1))
		park(bytes, mono_us() - first.since);
	else
		credit_give(conn, bytes);
}
