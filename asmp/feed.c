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
 * A session that is fed with readings as fast as it takes them: seal as soon
 * as there is nothing more at once, wait for every acknowledgement, close.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define SHOWAFTER	1000	/* ms before there is a progress line */
#define SHOWEVERY	250
#define IDLEWAIT	1000	/* ms that a signal may wait for its effect */

/* Why feeding stopped. */
enum fed {
	FED_EMPTY,		/* no reading at hand */
	FED_FULL,		/* the session takes no more now */
	FED_END,
	FED_FAILED
};

/* Whether it is time for another progress line, which counts as shown. */
int
feed_show_due(struct client *c)
{
	int64_t	 now = ticks();

	if (c->quiet || !isatty(STDERR_FILENO) ||
	    now - c->started < SHOWAFTER || now - c->shown < SHOWEVERY)
		return 0;
	c->shown = now;
	return 1;
}

static void
show(struct client *c)
{
	if (!feed_show_due(c))
		return;
	fprintf(stderr, "\r%llu sent, %llu acknowledged\033[K",
	    (unsigned long long)(asmp_lastid(c->a) - c->firstid),
	    (unsigned long long)(asmp_acked(c->a) - c->firstid));
}

static void
refuse(struct client *c, const char *why, size_t offset)
{
	show_clear(c);
	warnx("%s %llu, byte %zu: %s: not sent", c->in.unit,
	    (unsigned long long)c->in.number, offset + 1, why);
	c->nrefused++;
}

/*
 * A reading that the gateway would only refuse is better refused here; what
 * a patient's monitor says in words becomes one.
 */
static int
check(struct client *c)
{
	struct json_fields	 fields;
	enum json_error		 error;
	size_t			 offset;

	if (c->mode == MODE_VITALS && c->in.len != 0 && c->in.json[0] != '{')
		c->in.json = vitals(c->in.json, c->in.len, &c->in.len);
	if (c->raw)
		return 0;
	error = json_scan((const uint8_t *)c->in.json, c->in.len, &fields,
	    &offset);
	if (error == JSON_OK)
		return 0;
	refuse(c, json_strerror(error), offset);
	return -1;
}

/* The reading at hand is empty, or longer than max: it is refused here. */
void
feed_refuse_length(struct client *c, size_t max)
{
	if (c->in.len == 0) {
		refuse(c, "empty", 0);
		return;
	}
	show_clear(c);
	warnx("%s %llu: longer than %zu bytes: not sent", c->in.unit,
	    (unsigned long long)c->in.number, max);
	c->nrefused++;
}

/* Send the reading at hand.  1 sent or refused, 0 no room, -1 failed. */
static int
send_one(struct client *c)
{
	uint64_t	 id, time = 0;

	if (asmp_lastid(c->a) - asmp_acked(c->a) == INFLIGHT)
		return 0;
	if (!c->noclock)
		time = (uint64_t)now_ms(CLOCK_REALTIME);
	if (asmp_send(c->a, time, c->in.json, c->in.len, &id) == 0) {
		if (asmp_acked(c->a) == id - 1)
			c->progress = ticks();
		c->number[id % INFLIGHT] = c->in.number;
		c->unsealed = 1;
		return 1;
	}
	if (asmp_state(c->a) != ASMP_OPEN)
		return -1;
	if (errno == EAGAIN)
		return 0;
	if (errno == EPIPE) {
		show_clear(c);
		warnx("%s: the gateway has closed the stream of readings: "
		    "connect again", c->host);
		return -1;
	}
	feed_refuse_length(c, asmp_reading_max(c->a));
	return 1;
}

/* The next reading that is worth sending is at hand: c->pending. */
enum input_state
feed_next(struct client *c)
{
	enum input_state	 st;

	while ((st = input_next(&c->in)) != INPUT_END && st != INPUT_MORE) {
		if (st == INPUT_TOOLONG)
			feed_refuse_length(c, LINEMAX);
		else if (check(c) == 0)
			break;
	}
	c->pending = st == INPUT_READING;
	return st;
}

/* Send what is there, as long as the session takes it. */
static enum fed
feed(struct client *c)
{
	enum input_state	 st;

	for (;;) {
		if (!c->pending && (st = feed_next(c)) != INPUT_READING)
			return st == INPUT_END ? FED_END : FED_EMPTY;
		switch (send_one(c)) {
		case 1:
			c->pending = 0;
			break;
		case 0:
			return FED_FULL;
		default:
			return FED_FAILED;
		}
	}
}

/*
 * After a step: note what was decided.  -1 when nothing was for too long
 * although something is due.
 */
static int
note(struct client *c)
{
	int64_t	 now = ticks();

	if (asmp_acked(c->a) != c->seen) {
		c->seen = asmp_acked(c->a);
		c->progress = now;
	}
	show(c);
	if (asmp_acked(c->a) == asmp_lastid(c->a) ||
	    now - c->progress < c->timeout)
		return 0;
	show_clear(c);
	warnx("%s: no acknowledgement for %d seconds", c->host,
	    c->timeout / 1000);
	return -1;
}

/* A turn of the session, and what input there is; -1: it has failed. */
static int
turn(struct client *c, enum fed fed)
{
	int	 timeout, r;

	timeout = c->unsealed && fed == FED_EMPTY ? 0 :
	    asmp_acked(c->a) != asmp_lastid(c->a) ? SHOWEVERY : IDLEWAIT;
	if ((r = client_turn(c, fed == FED_EMPTY, timeout)) == -1)
		return -1;
	if (r == 1 && input_fill(&c->in) == -1)
		err(EXIT_LOCAL, "standard input");
	/* Nothing more at once: the gateway need not wait for a seal. */
	if (fed == FED_EMPTY && r == 0 && c->unsealed) {
		c->unsealed = 0;
		return asmp_seal(c->a);
	}
	return 0;
}

/* All readings out and decided.  0, or -1: failed, or no progress. */
static int
stream(struct client *c)
{
	enum fed	 fed;

	for (;;) {
		if (stopped()) {
			input_stop(&c->in);
			c->pending = 0;
		}
		if ((fed = feed(c)) == FED_FAILED)
			return -1;
		c->ended = fed == FED_END;
		if (c->ended && asmp_seal(c->a) == -1)
			return -1;
		if (c->ended && asmp_acked(c->a) == asmp_lastid(c->a))
			return 0;
		if (turn(c, fed) == -1 || note(c) == -1 ||
		    asmp_state(c->a) != ASMP_OPEN)
			return -1;
	}
}

/* What has to be sent again, for the one who has to. */
static void
advise(struct client *c)
{
	uint64_t	 acked = asmp_acked(c->a), next;

	if (acked != asmp_lastid(c->a))
		next = c->number[(acked + 1) % INFLIGHT];
	else if (c->pending)
		next = c->in.number;
	else
		return;
	warnx("%llu readings are decided; send those from %s %llu on again",
	    (unsigned long long)(acked - c->firstid), c->in.unit,
	    (unsigned long long)next);
	/*
	 * The gateway may have stored more than it came to say, unless it has
	 * refused one, behind which it stores nothing.
	 */
	if (acked != asmp_lastid(c->a) &&
	    (c->refused == 0 || c->refused != acked))
		warnx("some of them may be stored already: the last id was "
		    "%llu, and -v shows what it is at the next connection",
		    (unsigned long long)acked);
}

/* Connect, send everything, close; the exit status. */
int
feed_run(struct client *c)
{
	uint64_t	 n;
	int		 status;

	if ((status = client_open(c)) != 0)
		return status;
#ifdef __OpenBSD__
	if (pledge("stdio inet", NULL) == -1)
		err(EXIT_LOCAL, "pledge");
#endif
	c->firstid = c->seen = asmp_lastid(c->a);
	c->progress = c->started = ticks();
	/* Lost behind the last acknowledgement is not lost. */
	if (stream(c) == -1 && (!c->ended ||
	    asmp_acked(c->a) != asmp_lastid(c->a) ||
	    asmp_failure(c->a) != ASMP_E_CONNECT)) {
		status = client_failed(c);
		advise(c);
		return status;
	}
	show_clear(c);
	client_linger(c);
	status = client_close(c);
	n = asmp_acked(c->a) - c->firstid;
	if (c->verbose)
		warnx("%llu reading%s acknowledged, %llu refused",
		    (unsigned long long)n, n == 1 ? "" : "s",
		    (unsigned long long)c->nrefused);
	return status;
}
