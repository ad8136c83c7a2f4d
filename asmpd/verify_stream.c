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
 * Streams of a session: opened by their first record if the role allows it,
 * closed for good by either side or by silence.  What came on them is handed
 * on by priority: control, telemetry, chat.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* A record that was opened and waits for its turn. */
struct waiting {
	const struct ipc_stream	*conf;
	uint8_t			*plain;
	size_t			 len;
};

static struct waiting	 inbox[ASMP_SEAL_FRAMES];
static size_t		 ninbox;

static enum reason	 dispatch(struct session *, const struct waiting *);

static int
timer_cmp(struct stream *a, struct stream *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return a < b ? -1 : a > b;
}
static RB_HEAD(timers, stream)	 timers = RB_INITIALIZER(&timers);
RB_GENERATE_STATIC(timers, stream, timer, timer_cmp)

static const struct ipc_stream *
conf_stream_of(uint32_t number)
{
	uint32_t	 place;

	return conf_stream_bynumber(number, &place);
}

static struct stream *
stream_find(struct session *s, uint32_t number)
{
	struct stream	*st;

	LIST_FOREACH(st, &s->up->streams, entry)
		if (st->number == number)
			return st;
	return NULL;
}

static unsigned int
streams_open(const struct session *s)
{
	struct stream	*st;
	unsigned int	 n = 0;

	LIST_FOREACH(st, &s->up->streams, entry)
		n += st->open;
	return n;
}

/* Sets the time at which to look whether the stream idles. */
static void
timer_set(struct stream *st, const struct ipc_stream *conf)
{
	if (conf->idle_ms == 0)
		return;
	st->deadline = st->active + conf->idle_ms;
	st->timed = 1;
	RB_INSERT(timers, &timers, st);
}

static void
timer_clear(struct stream *st)
{
	if (st->timed)
		RB_REMOVE(timers, &timers, st);
	st->timed = 0;
}

/* Whether this session's role may open the stream. */
static int
role_may_open(const struct session *s, const struct ipc_stream *conf)
{
	const struct ipc_role	*role = conf_role_bynumber(s->up->role);
	uint32_t		 place;

	return role != NULL && conf_stream_bynumber(conf->number, &place) ==
	    conf && (role->streams & 1ULL << place) != 0;
}

static enum reason
stream_new(struct session *s, const struct ipc_stream *conf,
    struct stream **out)
{
	uint32_t	 mask = s->profile->streams;
	struct stream	*st;

	if (mask != 0 && (conf->number > 31 ||
	    (mask & 1U << conf->number) == 0))
		return REASON_STREAM;
	if (!role_may_open(s, conf))
		return REASON_ROLE;
	if (streams_open(s) == ASMP_STREAMS)
		return REASON_STREAMS;
	if ((st = calloc(1, sizeof(*st))) == NULL)
		fatal("calloc");
	st->owner = s;
	st->number = conf->number;
	st->readings = conf->handler == HANDLER_TELEMETRY;
	st->open = 1;
	st->active = hotpipe_clock(&verify_net);
	LIST_INSERT_HEAD(&s->up->streams, st, entry);
	timer_set(st, conf);
	verify_counter[CV_STREAMS]++;
	*out = st;
	return REASON_NONE;
}

/*
 * The stream of a record that was opened or is to be sent, which may be its
 * first.  *out is NULL where it is closed already.
 */
static enum reason
stream_touch(struct session *s, const struct ipc_stream *conf,
    struct stream **out)
{
	struct stream	*st;

	*out = NULL;
	if ((st = stream_find(s, conf->number)) == NULL)
		return stream_new(s, conf, out);
	if (!st->open)
		return REASON_NONE;
	st->active = hotpipe_clock(&verify_net);
	*out = st;
	return REASON_NONE;
}

/*
 * A record of a stream that is closed is counted and dropped.  But a reading
 * that was dropped would seem to be stored, once one after it is.
 */
static enum reason
late(struct session *s, uint32_t number)
{
	const struct stream	*st = stream_find(s, number);

	if (st == NULL || st->readings)
		return REASON_STREAM;
	verify_counter[CV_LATE]++;
	return REASON_NONE;
}

static void
stream_shut(struct stream *st)
{
	timer_clear(st);
	st->open = 0;
	verify_counter[CV_STREAMS]--;
}

/*
 * Takes an opened record of stream number, which lies at plain until
 * streams_run().  Returns 0 or a reason to end the session.
 */
enum reason
stream_take(struct session *s, uint32_t number, uint8_t *plain, size_t len)
{
	const struct ipc_stream	*conf = conf_stream_of(number);
	struct stream		*st;
	enum reason		 reason;

	if (conf == NULL)
		return late(s, number);
	if ((reason = stream_touch(s, conf, &st)) != REASON_NONE)
		return reason;
	if (st == NULL)
		return late(s, number);
	/* Where there is one stream alone, nothing is more urgent. */
	if (s->profile->streams != 0)
		return dispatch(s, &(struct waiting){ conf, plain, len });
	if (ninbox == ASMP_SEAL_FRAMES)
		streams_run(s);
	inbox[ninbox].conf = conf;
	inbox[ninbox].plain = plain;
	inbox[ninbox++].len = len;
	return REASON_NONE;
}

static enum reason
dispatch(struct session *s, const struct waiting *w)
{
	uint32_t	 number = w->conf->number;

	switch (w->conf->handler) {
	case HANDLER_CONTROL:
		event_message(s, number, w->len, 0, 0);
		control_take(s, number, w->plain, w->len);
		return REASON_NONE;
	case HANDLER_TELEMETRY:
		return reading_take(s, number, w->plain, w->len);
	case HANDLER_AGGREGATE:
		return smcp_take(s, number, w->plain, w->len);
	case HANDLER_CHAT:
		event_message(s, number, w->len, 0, 0);
		chat_take(s, number, w->plain, w->len);
		return REASON_NONE;
	}
	return REASON_STREAM;
}

/*
 * Hands on what waits, the most urgent first and each stream in its order;
 * after a blocked reading the rest is dropped.
 */
void
streams_run(struct session *s)
{
	static const uint32_t	 order[] = {
		HANDLER_CONTROL, HANDLER_TELEMETRY, HANDLER_AGGREGATE,
		HANDLER_CHAT
	};
	enum reason	 reason;
	size_t		 i, j;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (j = 0; j < ninbox && s->state == S_UP; j++)
			if (inbox[j].conf->handler == order[i] &&
			    (reason = dispatch(s, &inbox[j])) != REASON_NONE)
				session_ending(s, reason);
	ninbox = 0;
}

/*
 * Sends len bytes as a record of a stream, which it opens where the role
 * allows that.  Returns 0 or why it cannot be: the session is not harmed.
 */
enum reason
stream_say(struct session *s, uint32_t number, const void *data, size_t len)
{
	const struct ipc_stream	*conf = conf_stream_of(number);
	struct stream		*st;
	enum reason		 reason;

	if (conf == NULL)
		return REASON_STREAM;
	if ((reason = stream_touch(s, conf, &st)) != REASON_NONE)
		return reason;
	if (st == NULL)
		return REASON_IDLE;
	return session_data(s, number, data, len);
}

/* Whether readings come on streams of this number. */
int
stream_reads(uint32_t number)
{
	const struct ipc_stream	*conf = conf_stream_of(number);

	return conf != NULL && conf->handler == HANDLER_TELEMETRY;
}

/* The device has closed a stream; one that it never had is no matter. */
void
stream_close(struct session *s, uint32_t number)
{
	struct stream	*st = stream_find(s, number);

	if (st != NULL && st->open)
		stream_shut(st);
}

/* The open streams' names, for the session's own eyes; returns the length. */
size_t
streams_list(const struct session *s, char *out, size_t size)
{
	const struct ipc_stream	*conf;
	struct stream		*st;
	size_t			 len = 0;
	int			 n;

	LIST_FOREACH(st, &s->up->streams, entry) {
		if (!st->open || (conf = conf_stream_of(st->number)) == NULL)
			continue;
		n = snprintf(out + len, size - len, "%s%u %s",
		    len == 0 ? "" : "\n", st->number, conf->name);
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += n;
	}
	return len;
}

/* Frees all streams of a session. */
void
streams_free(struct session *s)
{
	struct stream	*st;

	while ((st = LIST_FIRST(&s->up->streams)) != NULL) {
		if (st->open)
			stream_shut(st);
		LIST_REMOVE(st, entry);
		free(st);
	}
}

/* Both sides forget it, for this reason; the session goes on. */
static void
stream_end(struct stream *st, uint8_t reason)
{
	struct session	*s = st->owner;

	session_send(s, ASMP_CLOSE, st->number, &reason, sizeof(reason));
	log_debug("stream closed: device %s stream %u reason %s", s->up->id,
	    st->number, reason_name(reason));
	stream_shut(st);
}

/* Streams of a session are as good as used. */
void
streams_renew(struct session *s)
{
	struct stream	*st;

	LIST_FOREACH(st, &s->up->streams, entry)
		st->active = hotpipe_clock(&verify_net);
}

/* Closes streams that were silent for too long, as there is room for. */
void
streams_sweep(void)
{
	const struct ipc_stream	*conf;
	struct stream		*st;
	uint64_t		 now = hotpipe_clock(&verify_net);

	while ((st = RB_MIN(timers, &timers)) != NULL &&
	    st->deadline <= now && session_room()) {
		if (session_waits(st->owner))
			session_excuse(st->owner);
		conf = conf_stream_of(st->number);
		if (conf == NULL)
			stream_end(st, REASON_STREAM);
		else if (conf->idle_ms != 0 &&
		    st->active + conf->idle_ms <= now)
			stream_end(st, REASON_IDLE);
		else {
			timer_clear(st);
			timer_set(st, conf);
		}
	}
}

/* What is no stream any more is looked at next, and closed. */
static void
streams_retime(struct session *s)
{
	static const struct ipc_stream	 gone = { .idle_ms = 1 };
	const struct ipc_stream		*conf;
	struct stream			*st;

	LIST_FOREACH(st, &s->up->streams, entry) {
		if (!st->open)
			continue;
		conf = conf_stream_of(st->number);
		timer_clear(st);
		timer_set(st, conf == NULL ? &gone : conf);
	}
}

/* A new configuration has come into use: other idle limits, fewer streams. */
void
streams_reload(void)
{
	sessions_each(streams_retime);
}
