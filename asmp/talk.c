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
 * A session of questions and answers: each line or argument waits for the
 * answer to the one before, from a terminal as from a pipe.
 */

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define TURN		250		/* ms that a signal may wait */
#define VALUEWHY	96		/* bytes: what is wrong with a value */

static char	text[INPUTMAX + 1];	/* the item at hand, and NUL */

static void
refuse(struct client *c, const char *why)
{
	warnx("%s %llu: %s: not sent", c->in.unit,
	    (unsigned long long)c->in.number, why);
	c->nrefused++;
}

/* One turn of waiting until end; 0, or the exit status. */
static int
wait_turn(struct client *c, int64_t end, const char *what)
{
	if (ticks() >= end) {
		warnx("%s: no %s within %d seconds", c->host, what,
		    c->timeout / 1000);
		return EXIT_LOST;
	}
	if (client_turn(c, 0, TURN) == -1 || asmp_state(c->a) != ASMP_OPEN)
		return client_failed(c);
	return 0;
}

/* A stream does not open twice, and a session is soon made. */
static int
again(struct client *c, uint32_t stream)
{
	if (c->verbose)
		warnx("stream %s is closed: connecting again",
		    stream_name(stream));
	(void)client_close(c);
	return client_open(c);
}

/* Queue what is asked; 0, or -1 with errno. */
static int
put(struct client *c, uint32_t stream, const char *what, size_t len,
    int64_t value)
{
	int	 r;

	r = c->mode == MODE_VALUES ? asmp_value(c->a, value) :
	    asmp_say(c->a, stream, what, len);
	return r == -1 ? -1 : asmp_seal(c->a);
}

/* Why it was not queued: wait, connect again, or leave it; *more: try. */
static int
put_failed(struct client *c, uint32_t stream, int64_t end, int *more)
{
	*more = 1;
	if (asmp_state(c->a) != ASMP_OPEN)
		return client_failed(c);
	switch (errno) {
	case EAGAIN:
		return wait_turn(c, end, "room");
	case EPIPE:
	case ENOSPC:
		return again(c, stream);
	case EMSGSIZE:
		refuse(c, "longer than the gateway takes");
		break;
	case EINVAL:
		refuse(c, "empty");
		break;
	default:
		refuse(c, strerror(errno));
		break;
	}
	*more = 0;
	return 0;
}

/* Ask, and wait for the answer, which is shown as it comes. */
static int
question(struct client *c, uint32_t stream, const char *what, size_t len,
    int64_t value)
{
	int64_t	 end = ticks() + c->timeout;
	int	 more = 1, status = 0;

	do {
		c->closed = 0;
		if (put(c, stream, what, len, value) == -1) {
			status = put_failed(c, stream, end, &more);
			continue;
		}
		more = 0;
		c->asked = stream;
		while (c->asked != 0 && status == 0 && !stopped())
			status = wait_turn(c, end, "answer");
		/* It was closed while the question was on its way. */
		if (status == 0 && c->closed) {
			status = again(c, stream);
			more = 1;
		}
	} while (more && status == 0);
	c->asked = 0;
	return status;
}

/* Say a text of len bytes on a stream; 0, or the exit status. */
int
ask(struct client *c, uint32_t stream, const char *what, size_t len)
{
	return question(c, stream, what, len, 0);
}

/* Queue a reading as soon as it can be; 0, or the exit status. */
static int
put_reading(struct client *c, const char *json, size_t len, int64_t end,
    uint64_t *id)
{
	int	 more = 1, status = 0;

	*id = 0;
	while (more && status == 0) {
		if (asmp_send(c->a, c->noclock ? 0 :
		    (uint64_t)now_ms(CLOCK_REALTIME), json, len, id) == 0) {
			c->number[*id % INFLIGHT] = c->in.number;
			return asmp_seal(c->a) == -1 ? client_failed(c) : 0;
		}
		status = put_failed(c, ASMP_STREAM_TELEMETRY, end, &more);
	}
	return status;
}

/* Send a reading and wait until it is decided; 0, or the exit status. */
int
ask_reading(struct client *c, const char *json, size_t len)
{
	struct json_fields	 fields;
	enum json_error		 error;
	int64_t			 end = ticks() + c->timeout;
	uint64_t		 id, refused = c->nrefused;
	size_t			 offset;
	int			 status;

	error = json_scan((const uint8_t *)json, len, &fields, &offset);
	if (error != JSON_OK && !c->raw) {
		refuse(c, json_strerror(error));
		return 0;
	}
	status = put_reading(c, json, len, end, &id);
	while (status == 0 && asmp_acked(c->a) < id)
		status = wait_turn(c, end, "acknowledgement");
	if (status == 0 && c->nrefused == refused && c->verbose)
		warnx("id %llu is acknowledged", (unsigned long long)id);
	return status;
}

/* Close a stream; 0, or the exit status. */
int
ask_close(struct client *c, uint32_t stream)
{
	if (asmp_close_stream(c->a, stream) == 0)
		return 0;
	if (asmp_state(c->a) != ASMP_OPEN)
		return client_failed(c);
	refuse(c, errno == EINVAL ? "the stream is not open" :
	    strerror(errno));
	return 0;
}

static int
ask_value(struct client *c)
{
	const char	*errstr;
	char		 why[VALUEWHY];
	long long	 value;

	value = strtonum(text, LLONG_MIN, LLONG_MAX, &errstr);
	if (errstr != NULL) {
		snprintf(why, sizeof(why), "%.32s: %s, a value is a whole "
		    "number of 64 bits", text, errstr);
		refuse(c, why);
		return 0;
	}
	return question(c, ASMP_STREAM_AGGREGATE, NULL, 0, value);
}

static int
item(struct client *c, size_t len)
{
	if (memchr(text, '\0', len) != NULL) {
		refuse(c, "a zero byte is no text");
		return 0;
	}
	switch (c->mode) {
	case MODE_VALUES:
		if (strcmp(text, "quit") == 0)
			return QUIT;
		return ask_value(c);
	case MODE_COMMANDS:
		return command(c, text);
	default:
		return ask(c, ASMP_STREAM_CHAT, text, len);
	}
}

/* The next item of a pipe or the arguments; 0: there is none. */
static int
next(struct client *c, size_t *len, int *status)
{
	enum input_state	 st;
	int			 r;

	while (!stopped() && (st = input_next(&c->in)) != INPUT_END) {
		if (st == INPUT_READING) {
			memcpy(text, c->in.json, c->in.len);
			*len = c->in.len;
			return 1;
		}
		if (st == INPUT_TOOLONG) {
			refuse(c, "longer than any gateway takes");
			continue;
		}
		r = client_turn(c, 1, TURN);
		if (r == -1 || asmp_state(c->a) != ASMP_OPEN) {
			*status = client_failed(c);
			return 0;
		}
		if (r == 1 && input_fill(&c->in) == -1)
			err(EXIT_LOCAL, "standard input");
	}
	return 0;
}

/* The next line from the terminal, with all that editing offers. */
static int
next_edited(struct client *c, size_t *len, int *status)
{
	const char	*line;

	line = edit_line(c, len);
	if (asmp_state(c->a) != ASMP_OPEN) {
		*status = client_failed(c);
		return 0;
	}
	if (line == NULL || *len >= sizeof(text))
		return 0;
	memcpy(text, line, *len);
	c->in.number++;
	return 1;
}

static int
talk(struct client *c, int edited)
{
	size_t	 len = 0;
	int	 status = 0;

	while ((edited ? next_edited(c, &len, &status) :
	    next(c, &len, &status)) == 1) {
		text[len] = '\0';
		if (len != 0 && (status = item(c, len)) != 0)
			break;
	}
	return status;
}

/* Connect, ask everything, close; the exit status. */
int
talk_run(struct client *c)
{
	int	 edited, status;

	if ((status = client_open(c)) != 0)
		return status;
	edited = c->in.args == NULL && edit_open(c, "asmp> ") == 0;
#ifdef __OpenBSD__
	if (pledge("stdio inet dns rpath tty", NULL) == -1)
		err(EXIT_LOCAL, "pledge");
#endif
	status = talk(c, edited);
	if (edited)
		edit_close();
	if (status > 0)
		return status;
	client_linger(c);
	return client_close(c);
}
