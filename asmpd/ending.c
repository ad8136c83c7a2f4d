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
 * Sessions that an operator ends, in one way or another: the answer waits
 * until nothing is left of them, neither keys in verify nor a connection in
 * net.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define OVER_WAIT	2	/* seconds until net is told to drop */
#define WHATMAX		16	/* what became of the device, with NUL */

/* Somebody who waits until the session that a device had then is over. */
struct waiter {
	TAILQ_ENTRY(waiter)	 entry;
	const struct device	*dev;
	uint64_t		 conn;		/* in net, or 0: not any more */
	uint32_t		 client;
	uint32_t		 sessions;
	char			 what[WHATMAX];
	struct event		 late;
};
static TAILQ_HEAD(, waiter)	 waiters = TAILQ_HEAD_INITIALIZER(waiters);

static void
waiter_late(int fd, short event, void *arg)
{
	struct waiter	*w = arg;
	struct ipc_conn	 conn = { .conn = w->conn };

	(void)fd;
	(void)event;
	if (conn.conn != 0)
		to_child(CTL_NET, IPC_DROP, &conn, sizeof(conn));
}

static void
waiter_done(struct waiter *w)
{
	reply_result(w->client, CTL_OK, w->sessions, 0, "%s %s, %u session%s "
	    "closed", device_id(w->dev), w->what, w->sessions,
	    w->sessions == 1 ? "" : "s");
	TAILQ_REMOVE(&waiters, w, entry);
	evtimer_del(&w->late);
	free(w);
}

/* Answers who waits for nothing more: keys in verify, a connection in net. */
static void
waiter_check(struct waiter *w)
{
	if (w->conn == 0 && !lease_busy(w->dev))
		waiter_done(w);
}

/*
 * Ends the device's session, told this enum reason, and answers client when
 * it is over: that the device is what, at most WHATMAX - 1 characters, and how
 * many sessions that were, of which some may have ended before.
 */
void
ending_wait(struct device *d, uint32_t client, uint32_t reason,
    const char *what, uint32_t ended)
{
	struct timeval	 tv = { .tv_sec = OVER_WAIT };
	struct waiter	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("calloc");
	w->dev = d;
	w->conn = d->conn;
	w->client = client;
	strlcpy(w->what, what, sizeof(w->what));
	evtimer_set(&w->late, waiter_late, w);
	TAILQ_INSERT_TAIL(&waiters, w, entry);
	/* One that is ending is ended again. */
	w->sessions = lease_end(d, reason);
	if (w->sessions < ended)
		w->sessions = ended;
	if (evtimer_add(&w->late, &tv) == -1)
		fatal("evtimer_add");
	waiter_check(w);
}

/*
 * The oracle's word that net has closed connection conn of a device, or with
 * 0, that verify has answered.  The device may have come back meanwhile: that
 * session is none that anybody waits for.
 */
void
ending_over(const struct device *d, uint64_t conn)
{
	struct waiter	*w, *next;

	TAILQ_FOREACH_SAFE(w, &waiters, entry, next) {
		if (w->dev != d)
			continue;
		if (w->conn == conn)
			w->conn = 0;
		waiter_check(w);
	}
}

/* Ends the session of the device of this id, which may come back. */
void
ending_kill(uint32_t client, const char *id)
{
	struct device	*d = registry_byid(id);

	if (d == NULL || !lease_held(d)) {
		reply_result(client, CTL_NOTFOUND, 0, 0, d == NULL ?
		    "no such device" : "the device has no session");
		return;
	}
	log_info("device %s: session killed", id);
	ending_wait(d, client, REASON_KILLED, "killed", 0);
}
