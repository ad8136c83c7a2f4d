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
 * The life of one session: connect, feed it readings as fast as it takes
 * them, seal as soon as there is nothing more at once, wait for every
 * acknowledgement, close.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define HEARTBEAT	10000	/* ms without a word from us */
#define SHOWAFTER	1000	/* ms before there is a progress line */
#define SHOWEVERY	250
#define IDLEWAIT	1000	/* ms that a signal may wait for its effect */
#define CLOSEWAIT	5000	/* ms for the gateway's CLOSE */

/* Why feeding stopped. */
enum fed {
	FED_EMPTY,		/* no reading at hand */
	FED_FULL,		/* the session takes no more now */
	FED_END,
	FED_FAILED
};

static volatile sig_atomic_t	 stopped;

static void
on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int64_t
now_ms(clockid_t clock)
{
	struct timespec	 ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
ticks(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

/* Take the progress line away, so that a message does not run into it. */
static void
show_clear(struct client *c)
{
	if (c->shown != 0)
		fprintf(stderr, "\r\033[K");
}

static void
show(struct client *c)
{
	int64_t	 now = ticks();

	if (c->quiet || !isatty(STDERR_FILENO) ||
	    now - c->started < SHOWAFTER || now - c->shown < SHOWEVERY)
		return;
	fprintf(stderr, "\r%llu sent, %llu acknowledged\033[K",
	    (unsigned long long)(asmp_lastid(c->a) - c->firstid),
	    (unsigned long long)(asmp_acked(c->a) - c->firstid));
	c->shown = now;
}

static void
refuse(struct client *c, const char *why, size_t offset)
{
	show_clear(c);
	warnx("%s %llu, byte %zu: %s: not sent", c->in.unit,
	    (unsigned long long)c->in.number, offset + 1, why);
	c->nrefused++;
}

/* A reading that the gateway would only refuse is better refused here. */
static int
check(struct client *c)
{
	struct json_fields	 fields;
	enum json_error		 error;
	size_t			 offset;

	if (c->raw)
		return 0;
	error = json_scan((const uint8_t *)c->in.json, c->in.len, &fields,
	    &offset);
	if (error == JSON_OK)
		return 0;
	refuse(c, json_strerror(error), offset);
	return -1;
}

static void
too_long(struct client *c, size_t max)
{
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
	if (errno == EMSGSIZE)
		too_long(c, asmp_reading_max(c->a));
	else
		refuse(c, "empty", 0);
	return 1;
}

/* The next reading that is worth sending is at hand: c->pending. */
static enum input_state
fetch(struct client *c)
{
	enum input_state	 st;

	while ((st = input_next(&c->in)) != INPUT_END && st != INPUT_MORE) {
		if (st == INPUT_TOOLONG)
			too_long(c, LINEMAX);
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
		if (!c->pending && (st = fetch(c)) != INPUT_READING)
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

static void
refusals(struct client *c)
{
	struct asmp_refusal	 r;

	while (asmp_next_refusal(c->a, &r)) {
		show_clear(c);
		warnx("%s %llu (id %llu) was refused: %s", c->in.unit,
		    (unsigned long long)c->number[r.id % INFLIGHT],
		    (unsigned long long)r.id, reason_text(r.reason));
		c->nrefused++;
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

	refusals(c);
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

/* Wait for the socket, and for input where more is wanted; take steps. */
static int
turn(struct client *c, enum fed fed)
{
	struct pollfd	 pfd[2];
	int		 timeout;

	pfd[0].fd = asmp_fd(c->a);
	pfd[0].events = asmp_events(c->a);
	pfd[1].fd = fed == FED_EMPTY ? STDIN_FILENO : -1;
	pfd[1].events = POLLIN;
	pfd[0].revents = pfd[1].revents = 0;
	timeout = c->unsealed && fed == FED_EMPTY ? 0 :
	    asmp_acked(c->a) != asmp_lastid(c->a) ? SHOWEVERY : IDLEWAIT;
	if (poll(pfd, 2, timeout) == -1) {
		if (errno == EINTR)
			return 0;
		err(EXIT_LOCAL, "poll");
	}
	if (pfd[1].revents != 0 && input_fill(&c->in) == -1)
		err(EXIT_LOCAL, "standard input");
	/* Nothing more at once: the gateway need not wait for a seal. */
	if (fed == FED_EMPTY && pfd[1].revents == 0) {
		c->unsealed = 0;
		if (asmp_seal(c->a) == -1)
			return -1;
	}
	return asmp_step(c->a, pfd[0].revents);
}

/* Keep an idle connection from being taken for a dead one. */
static int
keep_alive(struct client *c, int64_t *last, uint64_t *lastid)
{
	int64_t	 now = ticks();

	if (asmp_lastid(c->a) != *lastid) {
		*lastid = asmp_lastid(c->a);
		*last = now;
	}
	if (now - *last < HEARTBEAT)
		return 0;
	*last = now;
	if (asmp_heartbeat(c->a) == -1 && asmp_state(c->a) != ASMP_OPEN)
		return -1;
	return 0;
}

/* All readings out and decided.  0, or -1: failed, or no progress. */
static int
stream(struct client *c)
{
	int64_t		 last = ticks();
	uint64_t	 lastid = c->firstid;
	enum fed	 fed;

	for (;;) {
		if (stopped) {
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
		    keep_alive(c, &last, &lastid) == -1 ||
		    asmp_state(c->a) != ASMP_OPEN)
			return -1;
	}
}

/* Poll until the state is no longer this one.  -1: it failed, or too slow. */
static int
while_state(struct client *c, enum asmp_state state, int64_t wait)
{
	int64_t	 end = ticks() + wait, left;

	while (asmp_state(c->a) == state) {
		if ((left = end - ticks()) <= 0)
			return -1;
		if (asmp_poll(c->a, (int)left) == -1)
			return -1;
	}
	return 0;
}

/* Say why the session failed; the exit status. */
static int
client_failed(struct client *c)
{
	static const int	 status[] = {
		[ASMP_E_NONE] = EXIT_LOST,
		[ASMP_E_CONNECT] = EXIT_LOST,
		[ASMP_E_GATEWAY] = EXIT_GATEWAY,
		[ASMP_E_IDENTITY] = EXIT_IDENTITY,
		[ASMP_E_REFUSED] = EXIT_READING,
		[ASMP_E_PROTOCOL] = EXIT_PROTOCOL,
		[ASMP_E_USAGE] = EXIT_LOCAL,
		[ASMP_E_SYSTEM] = EXIT_LOCAL
	};

	show_clear(c);
	if (asmp_error(c->a)[0] != '\0')
		warnx("%s: %s", c->host, asmp_error(c->a));
	return status[asmp_failure(c->a)];
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
	/* The gateway may have stored more than it came to say. */
	if (acked != asmp_lastid(c->a))
		warnx("some of them may be stored already: the last id was "
		    "%llu, and -v shows what it is at the next connection",
		    (unsigned long long)acked);
}

static void
catch_signals(void)
{
	struct sigaction	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* Connect to host, send everything, close; the exit status. */
int
client_run(struct client *c, const char *port, const char *cafile)
{
	int	 status;

	if (asmp_connect(c->a, c->host, port, cafile) == -1)
		return client_failed(c);
#ifdef __OpenBSD__
	if (pledge("stdio inet", NULL) == -1)
		err(EXIT_LOCAL, "pledge");
#endif
	if (while_state(c, ASMP_CONNECTING, c->timeout) == -1) {
		if (asmp_failure(c->a) == ASMP_E_NONE)
			warnx("%s: no session within %d seconds", c->host,
			    c->timeout / 1000);
		return client_failed(c);
	}
	c->firstid = c->seen = asmp_lastid(c->a);
	c->progress = c->started = ticks();
	if (c->verbose)
		warnx("%s: session is open, last id %llu", c->host,
		    (unsigned long long)c->firstid);
	catch_signals();
	if (stream(c) == -1) {
		refusals(c);
		/* Lost behind the last acknowledgement is not lost. */
		if (!c->ended || asmp_acked(c->a) != asmp_lastid(c->a) ||
		    asmp_failure(c->a) != ASMP_E_CONNECT) {
			status = client_failed(c);
			advise(c);
			return status;
		}
	}
	show_clear(c);
	if (asmp_close(c->a) == 0)
		(void)while_state(c, ASMP_CLOSING, CLOSEWAIT);
	if (c->verbose)
		warnx("%llu readings acknowledged, %llu refused",
		    (unsigned long long)(asmp_acked(c->a) - c->firstid),
		    (unsigned long long)c->nrefused);
	return c->nrefused == 0 ? EXIT_ACKED : EXIT_READING;
}
