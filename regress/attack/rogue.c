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
 * A rogue device.
 *
 *	rogue [-n readings] [-P profile] [-t seconds]
 *	    [-K keyfile -I id [-G pinfile]]
 *	    -k keyfile -i id -g pinfile -c host:port misbehaviour [argument]
 *
 * First it does what a genuine device does: handshake, readings (2), seal,
 * and waits until they are acknowledged; a misbehaviour of the handshake
 * then begins a new connection, with -K and -I under another identity.  It
 * prints
 *
 *	accepted ID			the id up to which all is acknowledged
 *	close REASON after N ms		the gateway said why it ended
 *	closed after N ms		it closed without a word
 *	open after N ms			it did not, and the time was up
 *
 * counted from the misbehaviour, and "answer TYPE" before that for whatever
 * else the gateway sent.  If the genuine part fails, the exit status is 1.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "rogue.h"
#include "tools.h"

#define GENUINE_VALUE	100	/* of smcp, which no model finds strange */

static __dead void
usage(void)
{
	fprintf(stderr, "usage: rogue [-n readings] [-P profile] [-t seconds] "
	    "[-K keyfile -I id [-G pinfile]]\n\t-k keyfile -i id -g pinfile "
	    "-c host:port misbehaviour [argument]\n");
	exit(1);
}

/* A number from the command line, decimal or hexadecimal. */
long
rogue_number(const char *word)
{
	char	*end;
	long	 n = strtol(word, &end, 0);

	if (*word == '\0' || *end != '\0')
		errx(1, "%s: not a number", word);
	return n;
}

/*
 * FIELD=VALUE of the argument: the field into name, size bytes of room; the
 * value is returned.
 */
const char *
rogue_field(struct rogue *r, char *name, size_t size)
{
	const char	*value = strchr(r->arg, '=');

	if (value == NULL || (size_t)(value - r->arg) >= size)
		errx(1, "%s: not FIELD=VALUE", r->arg);
	memcpy(name, r->arg, (size_t)(value - r->arg));
	name[value - r->arg] = '\0';
	return value + 1;
}

/* Bytes for the gateway; one that has closed already is what some want. */
void
rogue_write(struct rogue *r, const void *data, size_t len)
{
	if (tool_write(r->fd, data, len) == -1)
		r->gone = 1;
}

static void
keep(struct kept *k, const uint8_t *frame, size_t len)
{
	if (k->len != 0 || len > sizeof(k->frame))
		return;
	memcpy(k->frame, frame, len);
	k->len = len;
}

/* Looks into what is about to be sent for frames to be sent again. */
static void
keep_frames(struct rogue *r, const uint8_t *p, size_t len)
{
	struct asmp_header	 h;
	size_t			 flen, off = 0;

	while (frame_next(p + off, len - off, ASMP_PAYLOAD_MAX, &flen) == 1) {
		frame_get(&h, p + off);
		/* That of smcp's round 0 is no reading. */
		if (h.type == ASMP_DATA && !(h.seq == 0 &&
		    r->a->profile->record == ASMP_SMCP))
			keep(&r->data, p + off, flen);
		else if (h.type == ASMP_SEAL)
			keep(&r->seal, p + off, flen);
		off += flen;
	}
}

/* Sends what libasmp has made. */
void
rogue_flush(struct rogue *r)
{
	const uint8_t	*p;
	size_t		 len;

	while ((p = asmp_output(r->a, &len)) != NULL) {
		keep_frames(r, p, len);
		rogue_write(r, p, len);
		asmp_output_done(r->a, len);
	}
}

/* Reads once, within ms; -1 when the gateway has closed or says nothing. */
static ssize_t
take(struct rogue *r, uint8_t *buf, size_t size, int64_t ms)
{
	struct pollfd	 pfd = { .fd = r->fd, .events = POLLIN };
	ssize_t		 n;

	if (ms < 0 || poll(&pfd, 1, (int)ms) != 1)
		return -1;
	if ((n = read(r->fd, buf, size)) == -1)
		n = 0;		/* reset: closed as well */
	return n;
}

/* Lets libasmp read; whatever fails here is no misbehaviour of ours. */
void
rogue_listen(struct rogue *r)
{
	uint8_t	 buf[4096];
	ssize_t	 n;

	if ((n = take(r, buf, sizeof(buf), WAIT_MS)) == -1)
		errx(1, "the gateway is silent");
	if (n == 0)
		asmp_eof(r->a);
	else
		(void)asmp_input(r->a, buf, (size_t)n);
	if (asmp_state(r->a) == ASMP_FAILED)
		errx(1, "%s", asmp_error(r->a));
}

static void
listen_once(struct rogue *r)
{
	rogue_listen(r);
	rogue_flush(r);
}

/* A new connection, on which libasmp has said HELLO and nothing more. */
void
rogue_connect(struct rogue *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = tool_connect(r->where);
	r->data.len = r->seal.len = r->inlen = 0;
	r->gone = 0;
	r->run.count = 0;
	if (asmp_start(r->a) == -1)
		errx(1, "%s", asmp_error(r->a));
}

/* The genuine handshake on it. */
void
rogue_open(struct rogue *r)
{
	rogue_connect(r);
	rogue_flush(r);
	while (asmp_state(r->a) == ASMP_CONNECTING)
		listen_once(r);
}

/* A genuine value of smcp, and its result. */
static void
genuine_value(struct rogue *r)
{
	if (asmp_value(r->a, GENUINE_VALUE) == -1)
		err(1, "asmp_value");
	rogue_flush(r);
	while (r->a->session.asked)
		listen_once(r);
}

static void
genuine_reading(struct rogue *r)
{
	char	 text[64];

	snprintf(text, sizeof(text), "{\"genuine\":\"%llu\"}",
	    (unsigned long long)++r->said);
	if (asmp_send(r->a, 0, text, strlen(text), NULL) == -1)
		err(1, "asmp_send");
	rogue_flush(r);
}

/* n genuine readings, or values, sealed and acknowledged. */
void
rogue_genuine(struct rogue *r, unsigned int n)
{
	while (n-- > 0)
		if (r->a->profile->record == ASMP_SMCP)
			genuine_value(r);
		else
			genuine_reading(r);
	if (asmp_seal(r->a) == -1)
		errx(1, "%s", asmp_error(r->a));
	rogue_flush(r);
	while (asmp_acked(r->a) < asmp_lastid(r->a))
		listen_once(r);
}

/* The genuine end of it. */
void
rogue_close(struct rogue *r)
{
	if (asmp_close(r->a) == -1)
		errx(1, "%s", asmp_error(r->a));
	rogue_flush(r);
	while (asmp_state(r->a) != ASMP_CLOSED)
		listen_once(r);
}

/*
 * The next whole frame into r->frame.  1, 0 if the gateway has closed, -1 if
 * it says nothing.
 */
int
rogue_frame(struct rogue *r, struct asmp_header *h)
{
	ssize_t	 n;
	size_t	 flen;

	while (frame_next(r->in, r->inlen, ASMP_PAYLOAD_MAX, &flen) != 1) {
		n = take(r, r->in + r->inlen, sizeof(r->in) - r->inlen,
		    r->since == 0 ? WAIT_MS : r->since - tool_ms());
		if (n <= 0)
			return (int)n;
		r->inlen += (size_t)n;
	}
	frame_get(h, r->in);
	memcpy(r->frame, r->in, flen);
	r->len = flen;
	r->inlen -= flen;
	memmove(r->in, r->in + flen, r->inlen);
	return 1;
}

/* Says what a frame was; 1 if it was CLOSE. */
static int
report_frame(struct rogue *r, const struct asmp_header *h, int64_t ms)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX];

	if (h->type != ASMP_CLOSE || h->stream != ASMP_STREAM_CONN) {
		printf("answer %s\n", frame_typename(h->type));
		return 0;
	}
	if (record_open(plain, r->a->session.keys.g2d_control, h, r->frame) ==
	    -1 || h->length != 1 + ASMP_TAGLEN)
		errx(1, "a CLOSE that is none");
	printf("close %s after %lld ms\n", reason_name(plain[0]),
	    (long long)ms);
	return 1;
}

/* Waits for the end, wait ms at most, and says how it was. */
static void
report(struct rogue *r, int64_t wait)
{
	struct asmp_header	 h;
	int64_t			 began = tool_ms();
	int			 closed = 0, n;

	if (asmp_state(r->a) == ASMP_CLOSED) {
		printf("close %s after 0 ms\n", reason_name(REASON_DONE));
		return;
	}
	r->since = began + wait;
	if (r->deaf) {
		printf("%s after 0 ms\n", r->gone ? "closed" : "open");
		return;
	}
	while ((n = rogue_frame(r, &h)) == 1)
		closed |= report_frame(r, &h, tool_ms() - began);
	if (!closed)
		printf("%s after %lld ms\n", n == 0 ? "closed" : "open",
		    (long long)(tool_ms() - began));
}

static const struct act *
act_find(const struct act *a, const char *name)
{
	for (; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

/* Sets up libasmp for this key file, of whatever kind. */
void
rogue_identity(struct rogue *r, const char *id, const char *key,
    const char *pin, const char *profile)
{
	struct secret	 s;
	char		 why[SECRET_WHYMAX];
	int		 e;

	if ((r->a = asmp_new()) == NULL)
		err(1, NULL);
	if (secretfile_read(&s, 0, key, why) == -1)
		s.kind = 0;
	e = asmp_set_profile(r->a, profile);
	if (e == 0 && s.kind == SECRET_PSK)
		e = asmp_set_pskfile(r->a, id, key);
	else if (e == 0 && s.kind == SECRET_TOKEN)
		e = asmp_set_token(r->a, key);
	else if (e == 0 && s.kind == SECRET_KEM)
		e = asmp_set_kem(r->a, id, key);
	else if (e == 0)
		e = asmp_set_identity(r->a, id, key, NULL);
	if (e == -1 || asmp_set_gateway(r->a, pin) == -1)
		errx(1, "%s", asmp_error(r->a));
}

static void
misbehave(struct rogue *r, const char *name, unsigned int readings,
    struct asmp *other)
{
	const struct act	*act = act_find(session_acts, name);
	int			 later;

	if (act == NULL)
		act = act_find(record_acts, name);
	later = act == NULL;
	if (later && (act = act_find(hello_acts, name)) == NULL &&
	    (act = act_find(handshake_acts, name)) == NULL)
		errx(1, "%s: no such misbehaviour", name);
	if (act->wants != (r->arg != NULL))
		errx(1, "%s: %s argument", name, act->wants ? "wants an" :
		    "has no");
	rogue_open(r);
	rogue_genuine(r, readings);
	printf("accepted %llu\n", (unsigned long long)asmp_acked(r->a));
	if (later) {
		rogue_close(r);
		if (other != NULL)
			r->a = other;
		rogue_connect(r);
	}
	act->run(r);
}

int
main(int argc, char *argv[])
{
	static struct rogue	 r;
	const char		*id = NULL, *key = NULL, *pin = NULL;
	const char		*otherid = NULL, *otherkey = NULL;
	const char		*otherpin = NULL;
	const char		*profile = "asmp";
	struct asmp		*other = NULL;
	int			 ch, readings = 2, wait = 5;

	while ((ch = getopt(argc, argv, "+c:G:g:I:i:K:k:n:P:t:")) != -1) {
		switch (ch) {
		case 'G':
			otherpin = optarg;
			break;
		case 'I':
			otherid = optarg;
			break;
		case 'K':
			otherkey = optarg;
			break;
		case 'c':
			r.where = optarg;
			break;
		case 'g':
			pin = optarg;
			break;
		case 'i':
			id = optarg;
			break;
		case 'k':
			key = optarg;
			break;
		case 'n':
			readings = (int)rogue_number(optarg);
			break;
		case 'P':
			profile = optarg;
			break;
		case 't':
			wait = (int)rogue_number(optarg);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (r.where == NULL || pin == NULL || id == NULL || key == NULL ||
	    (otherid == NULL) != (otherkey == NULL) || argc < 1 || argc > 2)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	r.fd = -1;
	r.arg = argv[1];
	if (otherid != NULL) {
		rogue_identity(&r, otherid, otherkey, otherpin != NULL ?
		    otherpin : pin, profile);
		other = r.a;
	}
	rogue_identity(&r, id, key, pin, profile);
	misbehave(&r, argv[0], (unsigned int)readings, other);
	report(&r, (int64_t)wait * 1000);
	return 0;
}
