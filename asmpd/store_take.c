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
 * The transaction: everything that waits in the verifiers' channels becomes
 * one, and only after its commit do they and the devices hear of it.  When
 * the disk refuses, nothing is taken from the channels, and it is tried
 * again.
 */

#include <sys/types.h>

#include <event.h>

#include "asmpd.h"
#include "gather.h"
#include "log.h"
#include "store.h"

static struct verifier	 verifiers[VERIFIERS_MAX];
static uint32_t		 nverifiers;
static struct event	 ev_retry;
static struct event	 ev_late;
static struct event	 ev_due;
static struct gather	 gather;
static uint64_t		 committed;	/* mono_us(), the last time */
static int		 received;	/* acknowledge what may go */
static int		 unsynced;	/* some of it may */

#define FOREACH_VERIFIER(v) \
	for ((v) = verifiers; (v) < verifiers + nverifiers; (v)++)

static void	 retry(int, short, void *);
static void	 late(int, short, void *);
static void	 due(int, short, void *);

/* Prepares for n verifiers. */
void
verifiers_init(uint32_t n)
{
	nverifiers = n;
	evtimer_set(&ev_retry, retry, NULL);
	evtimer_set(&ev_late, late, NULL);
	evtimer_set(&ev_due, due, NULL);
}

/* Something has come; it is taken when all that has come is there. */
static void
arrived(struct hotpipe *p)
{
	(void)p;
}

/* Takes over the descriptor of the channel to a verifier. */
void
verifier_channel(enum ctl_process proc, int fd)
{
	hotpipe_init(&verifiers[proc - CTL_VERIFY].pipe, fd,
	    ipc_procname(proc), STORE_IN, arrived);
}

/* The verifier that has a connection's session. */
struct verifier *
store_verifier(uint64_t conn)
{
	return &verifiers[CONN_SLOT(conn) % nverifiers];
}

/* Takes what the configuration says of acknowledgements. */
void
readings_conf(const struct ipc_conf *conf)
{
	received = conf->received;
}

/* Bytes that wait for verifiers. */
uint64_t
verifiers_queued(void)
{
	struct verifier	*v;
	uint64_t	 n = 0;

	FOREACH_VERIFIER(v)
		n += chan_queued(&v->pipe.chan);
	return n;
}

static void
hold_all(int held)
{
	struct verifier	*v;

	FOREACH_VERIFIER(v)
		hotpipe_hold(&v->pipe, held);
}

static void
retry_later(void)
{
	struct timeval	 tv = { .tv_sec = RETRY_SECONDS };

	if (evtimer_add(&ev_retry, &tv) == -1)
		fatal("evtimer_add");
}

/* The database refuses: the verifiers' messages wait, and are tried again. */
static void
refused(void)
{
	stall(STALL_READINGS);
	hold_all(1);
	store_counter[CS_RETRIES]++;
	retry_later();
}

/* Makes durable what was committed and is not.  Returns 0 or -1. */
int
readings_sync(void)
{
	if (unsynced && engine->sync() == -1)
		return -1;
	unsynced = 0;
	return 0;
}

/* What was acknowledged a moment ago becomes as good as stored. */
static void
late(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	if (readings_sync() == -1)
		refused();
}

static void
late_later(void)
{
	struct timeval	 tv = { .tv_sec = LATE_SECONDS };

	if (unsynced)
		return;
	unsynced = 1;
	if (evtimer_add(&ev_late, &tv) == -1)
		fatal("evtimer_add");
}

/*
 * How far a verifier's messages may be taken: a seal together with all that
 * it covers, for readings have the order of seals in the database.
 */
static size_t
whole(struct hotpipe *p, size_t mark)
{
	struct chan_msg	 msg;
	size_t		 end = mark, at = mark;
	int		 open = 0;

	while (hotpipe_next(p, &msg) == 1) {
		at += CHAN_HDRLEN + msg.len;
		if (msg.type == VS_SEAL && open)
			ipc_intrusion(p->peer, "a seal inside another",
			    msg.type, msg.len);
		if (msg.type == VS_SEAL)
			open = 1;
		else if (msg.type == VS_SEALED)
			open = 0;
		if (!open)
			end = at;
	}
	if (at - end > SEALED_BYTES)
		ipc_intrusion(p->peer, "a seal without end", VS_SEAL,
		    at - end);
	chan_rewind(&p->chan, mark);
	return end;
}

/*
 * Looks at what is there of each verifier that has room for the answers to
 * all of it.  Whether there is anything to take.
 */
static int
look(void)
{
	struct verifier	*v;
	int		 full, some = 0;

	FOREACH_VERIFIER(v) {
		v->mark = v->end = chan_mark(&v->pipe.chan);
		full = hotpipe_full(&v->pipe, DECIDED_ROOM);
		hotpipe_hold(&v->pipe, full);
		if (!full)
			v->end = whole(&v->pipe, v->mark);
		some |= v->end != v->mark;
	}
	return some;
}

/* Returns -1 if the database refuses. */
static int
take(struct verifier *v)
{
	struct chan_msg	 msg;
	size_t		 at = v->mark;

	while (at != v->end && hotpipe_next(&v->pipe, &msg) == 1) {
		at += CHAN_HDRLEN + msg.len;
		if (reading_message(&v->pipe, &msg) == -1)
			return -1;
	}
	return 0;
}

static int
take_all(void)
{
	struct verifier	*v;

	if (engine->begin(!received) == -1)
		return -1;
	FOREACH_VERIFIER(v)
		if (take(v) == -1)
			return -1;
	if (readings_figures() == -1)
		return -1;
	return engine->commit();
}

static void
take_back(void)
{
	struct verifier	*v;

	engine->rollback();
	(void)readings_settle(0);
	FOREACH_VERIFIER(v)
		chan_rewind(&v->pipe.chan, v->mark);
	refused();
}

/* One transaction over all that is here and may be taken. */
static void
transaction(void)
{
	uint64_t	 sessions, before = store_counter[CS_READINGS];

	if (!look())
		return;
	if (take_all() == -1) {
		take_back();
		return;
	}
	if (received)
		late_later();
	store_counter[CS_COMMITS]++;
	sessions = readings_settle(1);
	committed = mono_us();
	gather_turn(&gather, sessions, store_counter[CS_READINGS] - before);
}

static void
due(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
}

/*
 * With many commits of little each, more is to come before the next one.
 * Whether it is too early; then the timer ends the wait.
 */
static int
early(void)
{
	struct timeval	 tv = { 0, 0 };
	uint64_t	 since;

	if (!gather.on || (since = mono_us() - committed) + COMMIT_NEAR >=
	    COMMIT_US)
		return 0;
	tv.tv_usec = COMMIT_US - since;
	if (!evtimer_pending(&ev_due, NULL) && evtimer_add(&ev_due, &tv) == -1)
		fatal("evtimer_add");
	return 1;
}

/* With nothing to take there is nothing that could fail, and it is over. */
static void
retry(int fd, short event, void *arg)
{
	late(fd, event, arg);
	if (unsynced)
		return;
	if (registry_writing()) {
		retry_later();
		return;
	}
	transaction();
	if (!evtimer_pending(&ev_retry, NULL))
		stall_over(STALL_READINGS);
}

/* With what came while it was too early. */
static void
on_time(void)
{
	struct verifier	*v;

	if (gather.on)
		FOREACH_VERIFIER(v)
			(void)hotpipe_read(&v->pipe);
	transaction();
	if (early())
		hold_all(1);
}

/* A turn: readings are taken unless others write, and answers leave. */
void
readings_turn(void)
{
	struct verifier	*v;

	if (registry_writing() || early())
		hold_all(1);
	else if (!stalled(STALL_READINGS))
		on_time();
	FOREACH_VERIFIER(v)
		hotpipe_flush(&v->pipe);
}
