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
 * A man in the middle: relays between a device and a gateway, cutting both
 * streams into frames by their headers, and does to chosen frames what it is
 * told.
 *
 *	mitm [-1v] [-l port] [-w prefix] [-m mode]... -c host:port
 *
 * It prints "port N", then serves one connection after another (-1: just
 * one).  -w keeps what either side sent in prefix.device and prefix.gateway;
 * -v prints a line for each frame: milliseconds since the connection began,
 * sender, type, epoch/sequence, payload bytes, what was done to it.
 *
 * Modes are ACTION:SENDER[:TYPE:N[:ARG]].  SENDER is device or gateway, TYPE
 * a frame type or any, N counts such frames from 1, 0 means every one:
 *
 *	flip:S:T:N[:OFFSET]	the lowest bit of a byte of the frame, counted
 *				from its header (24: the payload), or from its
 *				end if negative; or of a field by its name
 *	set:S:T:N:OFFSET:HEX	overwrite bytes, at an offset or in a field
 *	drop:S:T:N
 *	dup:S:T:N		send it twice
 *	swap:S:T:N		send it after the next one
 *	cut:S:T:N:BYTES		send that much of it, or all but so much if
 *				negative, then end everything
 *	reflect:S:T:N		send it back to its sender too
 *	inject:S:T:N:HEX	send these bytes before it
 *	bytes:S			write every byte alone
 *	merge:S			gather what comes in one write
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "compat.h"
#include "tools.h"

#define FRAME_MAX	(ASMP_HDRLEN + ASMP_PAYLOAD_MAX)
#define MERGE_MS	50	/* of silence end a gathering */
#define HEX_MAX		4096	/* bytes in a mode */

enum sender {
	DEVICE,
	GATEWAY
};

enum action {
	FLIP,
	SET,
	DROP,
	DUP,
	SWAP,
	CUT,
	REFLECT,
	INJECT,
	BYTES,
	MERGE,
	NACTIONS
};

static const char *const	 sender_name[] = { "device", "gateway" };
static const char *const	 action_name[NACTIONS] = {
	"flip", "set", "drop", "dup", "swap", "cut", "reflect", "inject",
	"bytes", "merge"
};

/* Fields of every frame and of HELLO: a flip changes their last byte. */
static const struct {
	const char	*name;
	long		 off;
	long		 len;
} field_name[] = {
	{ "version", 0, 2 }, { "type", 2, 2 }, { "stream", 4, 4 },
	{ "epoch", 8, 4 }, { "sequence", 12, 8 }, { "length", 20, 4 },
	{ "payload", 24, 1 }, { "tag", -1, 1 }, { "profile", 24, 1 },
	{ "options", 25, 1 }, { "max_in", 26, 2 }, { "key", 28, 32 }
};

struct rule {
	TAILQ_ENTRY(rule)	 entry;
	enum action		 action;
	enum sender		 sender;
	uint32_t		 type;		/* 0: any */
	long			 n;
	long			 arg;		/* offset or bytes */
	uint8_t			 hex[HEX_MAX];
	size_t			 hexlen;
	long			 seen;
};
static TAILQ_HEAD(, rule)	 rules = TAILQ_HEAD_INITIALIZER(rules);

/* One direction: what comes from in and goes on to out. */
struct way {
	enum sender	 sender;
	int		 in;
	int		 out;
	int		 ended;
	int		 bytes;
	int		 merge;
	FILE		*record;
	uint8_t		 buf[2 * FRAME_MAX];	/* not yet a whole frame */
	size_t		 len;
	uint8_t		 due[4 * FRAME_MAX];	/* to be written */
	size_t		 duelen;
	uint8_t		 held[FRAME_MAX];	/* waits for the next one */
	size_t		 heldlen;
};

static struct way	 ways[2];
static int		 cut_now, verbose;
static int64_t		 began;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: mitm [-1v] [-l port] [-m mode] [-w prefix] "
	    "-c host:port\n");
	exit(1);
}

static int
one_of(const char *word, const char *const *names, int n)
{
	int	 i;

	for (i = 0; i < n; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	errx(1, "%s: unknown word in a mode", word);
}

static uint32_t
type_of(const char *word)
{
	uint16_t	 t;

	if (strcmp(word, "any") == 0)
		return 0;
	for (t = ASMP_HANDSHAKE_INIT; t <= ASMP_ROTATE; t++)
		if (strcmp(word, frame_typename(t)) == 0)
			return t;
	errx(1, "%s: not a frame type", word);
}

static long
number_of(const char *word, long least)
{
	const char	*why;
	long		 n;

	n = strtonum(word, least, INT_MAX, &why);
	if (why != NULL)
		errx(1, "%s: %s", word, why);
	return n;
}

static void
hex_of(struct rule *r, const char *word)
{
	ssize_t	 n = tool_unhex(r->hex, sizeof(r->hex), word);

	if (n == -1)
		errx(1, "%s: not hexadecimal, or too long", word);
	r->hexlen = (size_t)n;
}

/* The next field of a mode; one that is missing ends the program. */
static char *
field(char **rest)
{
	char	*word = strsep(rest, ":");

	if (word == NULL)
		errx(1, "a mode has too few fields");
	return word;
}

/* An offset: a number, or a field's name. */
static long
offset_of(const char *word, int last)
{
	size_t	 i;

	for (i = 0; i < sizeof(field_name) / sizeof(field_name[0]); i++)
		if (strcmp(word, field_name[i].name) == 0)
			return field_name[i].off +
			    (last ? field_name[i].len - 1 : 0);
	return number_of(word, INT_MIN);
}

static void
rule_add(char *mode)
{
	struct rule	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		err(1, NULL);
	r->action = one_of(field(&mode), action_name, NACTIONS);
	r->sender = one_of(field(&mode), sender_name, 2);
	TAILQ_INSERT_TAIL(&rules, r, entry);
	if (r->action == BYTES || r->action == MERGE)
		return;
	r->type = type_of(field(&mode));
	r->n = number_of(field(&mode), 0);
	r->arg = ASMP_HDRLEN;
	if (r->action == CUT || r->action == SET ||
	    (r->action == FLIP && mode != NULL))
		r->arg = offset_of(field(&mode), r->action == FLIP);
	if (r->action == SET || r->action == INJECT)
		hex_of(r, field(&mode));
	if (mode != NULL)
		errx(1, "%s: left over in a mode", mode);
}

/* Writes what is due, byte by byte if it must be. */
static void
flush(struct way *w)
{
	size_t	 i, step = w->bytes ? 1 : w->duelen;

	for (i = 0; i < w->duelen; i += step)
		if (tool_write(w->out, w->due + i, step) == -1)
			break;
	w->duelen = 0;
}

static void
put(struct way *w, const uint8_t *data, size_t len)
{
	if (w->duelen + len > sizeof(w->due))
		flush(w);
	memcpy(w->due + w->duelen, data, len);
	w->duelen += len;
}

/* The byte that a mode means; outside the frame it means none. */
static uint8_t *
byte_at(uint8_t *frame, size_t len, long off)
{
	if (off < 0)
		off += (long)len;
	if (off < 0 || (size_t)off >= len)
		errx(1, "no such byte in a frame of %zu", len);
	return frame + off;
}

/* What rule r does to a frame; returns how often it is sent. */
static int
act(struct way *w, const struct rule *r, uint8_t *frame, size_t len)
{
	size_t	 cut;

	switch (r->action) {
	case FLIP:
		*byte_at(frame, len, r->arg) ^= 1;
		return 1;
	case SET:
		byte_at(frame, len, r->arg + (long)r->hexlen - 1);
		memcpy(byte_at(frame, len, r->arg), r->hex, r->hexlen);
		return 1;
	case DROP:
		return 0;
	case DUP:
		return 2;
	case SWAP:
		memcpy(w->held, frame, len);
		w->heldlen = len;
		return 0;
	case CUT:
		cut = (size_t)(r->arg < 0 ? (long)len + r->arg : r->arg);
		put(w, frame, cut < len ? cut : len);
		cut_now = 1;
		return 0;
	case REFLECT:
		(void)tool_write(w->in, frame, len);
		return 1;
	case INJECT:
		put(w, r->hex, r->hexlen);
		return 1;
	default:
		return 1;
	}
}

static int
applies(struct rule *r, const struct way *w, uint32_t type)
{
	if (r->action == BYTES || r->action == MERGE ||
	    r->sender != w->sender || (r->type != 0 && r->type != type))
		return 0;
	r->seen++;
	return r->n == 0 || r->seen == r->n;
}

static void
take_frame(struct way *w, uint8_t *frame, size_t len)
{
	struct asmp_header	 h;
	struct rule		*r;
	size_t			 waits = w->heldlen;
	int			 times = 1;

	frame_get(&h, frame);
	if (verbose)
		printf("%lld %s %s %u/%llu %u", (long long)(tool_ms() -
		    began), sender_name[w->sender], frame_typename(h.type),
		    h.epoch, (unsigned long long)h.seq, h.length);
	TAILQ_FOREACH(r, &rules, entry)
		if (applies(r, w, h.type)) {
			times *= act(w, r, frame, len);
			if (verbose)
				printf(" %s", action_name[r->action]);
		}
	if (verbose)
		printf("\n");
	while (times-- > 0)
		put(w, frame, len);
	if (waits > 0) {
		put(w, w->held, waits);
		w->heldlen = 0;
	}
}

/* Cuts what has come into frames; what is none goes on as it is. */
static void
cut_frames(struct way *w)
{
	size_t	 flen, off = 0;
	int	 ret = 1;

	while (!cut_now && (ret = frame_next(w->buf + off, w->len - off,
	    ASMP_PAYLOAD_MAX, &flen)) == 1) {
		take_frame(w, w->buf + off, flen);
		off += flen;
	}
	if (ret == -1) {
		put(w, w->buf + off, w->len - off);
		off = w->len;
	}
	memmove(w->buf, w->buf + off, w->len - off);
	w->len -= off;
}

static void
end_way(struct way *w)
{
	if (verbose)
		printf("%lld %s end\n", (long long)(tool_ms() - began),
		    sender_name[w->sender]);
	put(w, w->buf, w->len);
	flush(w);
	shutdown(w->out, SHUT_WR);
	w->ended = 1;
}

static void
serve_way(struct way *w)
{
	ssize_t	 n;

	n = read(w->in, w->buf + w->len, sizeof(w->buf) - w->len);
	if (n <= 0) {
		end_way(w);
		return;
	}
	if (w->record != NULL &&
	    fwrite(w->buf + w->len, 1, (size_t)n, w->record) != (size_t)n)
		err(1, "record");
	w->len += (size_t)n;
	cut_frames(w);
	if (!w->merge || cut_now)
		flush(w);
}

/* Waits for either side; those that gather may write after a silence. */
static void
turn(void)
{
	struct pollfd	 pfd[2];
	int		 i, wait = -1;

	for (i = 0; i < 2; i++) {
		pfd[i].fd = ways[i].ended ? -1 : ways[i].in;
		pfd[i].events = POLLIN;
		pfd[i].revents = 0;
		if (ways[i].duelen > 0)
			wait = MERGE_MS;
	}
	if ((i = poll(pfd, 2, wait)) == -1 && errno != EINTR)
		err(1, "poll");
	if (i == 0)
		for (i = 0; i < 2; i++)
			flush(&ways[i]);
	for (i = 0; i < 2 && !cut_now; i++)
		if (pfd[i].fd != -1 && pfd[i].revents != 0)
			serve_way(&ways[i]);
}

static FILE *
record_open(const char *prefix, enum sender sender)
{
	char	 path[PATH_MAX];
	FILE	*f;

	if (prefix == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s.%s", prefix, sender_name[sender]);
	if ((f = fopen(path, "w")) == NULL)
		err(1, "%s", path);
	return f;
}

static void
way_init(enum sender sender, int in, int out, const char *prefix)
{
	struct way	*w = &ways[sender];
	struct rule	*r;

	memset(w, 0, sizeof(*w));
	w->sender = sender;
	w->in = in;
	w->out = out;
	w->record = record_open(prefix, sender);
	TAILQ_FOREACH(r, &rules, entry)
		if (r->sender == sender) {
			w->bytes |= r->action == BYTES;
			w->merge |= r->action == MERGE;
			r->seen = 0;
		}
}

/* Relays one connection until both sides, or a cut, have ended it. */
static void
relay(int device, const char *where, const char *prefix)
{
	int	 gateway = tool_connect(where), i;

	began = tool_ms();
	cut_now = 0;
	tool_nodelay(device);
	way_init(DEVICE, device, gateway, prefix);
	way_init(GATEWAY, gateway, device, prefix);
	while (!cut_now && !(ways[DEVICE].ended && ways[GATEWAY].ended))
		turn();
	for (i = 0; i < 2; i++) {
		if (ways[i].record != NULL)
			fclose(ways[i].record);
		close(ways[i].in);
	}
}

int
main(int argc, char *argv[])
{
	const char	*port = "0", *prefix = NULL, *where = NULL;
	int		 ch, fd, lfd, number, once = 0;

	while ((ch = getopt(argc, argv, "1c:l:m:vw:")) != -1) {
		switch (ch) {
		case '1':
			once = 1;
			break;
		case 'c':
			where = optarg;
			break;
		case 'l':
			port = optarg;
			break;
		case 'm':
			rule_add(optarg);
			break;
		case 'v':
			verbose = 1;
			break;
		case 'w':
			prefix = optarg;
			break;
		default:
			usage();
		}
	}
	if (where == NULL || argc != optind)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	lfd = tool_listen(port, &number);
	printf("port %d\n", number);
	do {
		if ((fd = accept(lfd, NULL, NULL)) == -1)
			err(1, "accept");
		relay(fd, where, prefix);
	} while (!once);
	return 0;
}
