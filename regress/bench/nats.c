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
 * Clients that speak as much of the NATS client protocol as the comparison
 * needs.  As "nats" a message is acknowledged by the +OK of a verbose
 * connection: the server has taken it, and kept it nowhere.  As "jetstream"
 * it names an inbox, to which the server says under which number it is in a
 * stream that is kept in files.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define INFO_MAX	4096
#define INFO_MS		10000
#define SAY_MAX	256	/* of what we say and hear */
#define STREAM		"{\"name\":\"bench\",\"subjects\":[\"bench.>\"]," \
			"\"storage\":\"file\",\"num_replicas\":1}"

static void
say(struct client *c, const char *fmt, ...)
{
	char	 line[SAY_MAX];
	va_list	 ap;
	int	 len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(line))
		errx(1, "client %u: a line too long", c->n);
	peer_put(c, line, len);
}

/* The server speaks first, one line in clear; then TLS begins. */
static void
nats_start(struct client *c)
{
	struct pollfd	 pfd = { .fd = c->fd, .events = POLLIN };
	char		 info[INFO_MAX], *end;
	ssize_t		 n;

	do {
		if (poll(&pfd, 1, INFO_MS) != 1)
			errx(1, "client %u: the server is silent", c->n);
		n = recv(c->fd, info, sizeof(info) - 1, MSG_PEEK);
		if (n <= 0 || n == sizeof(info) - 1)
			errx(1, "client %u: no INFO", c->n);
		info[n] = '\0';
	} while ((end = strchr(info, '\n')) == NULL);
	n = end + 1 - info;
	if (recv(c->fd, info, n, 0) != n)
		err(1, "client %u", c->n);
	peer_start(c);
}

/* PONG comes when the server has taken the client. */
static void
nats_opened(struct client *c)
{
	say(c, "CONNECT {\"verbose\":true,\"pedantic\":false,"
	    "\"tls_required\":true}\r\nPING\r\n");
}

/* The first client makes the stream; that it is there already is no error. */
static void
jetstream_opened(struct client *c)
{
	say(c, "CONNECT {\"verbose\":false,\"pedantic\":false,"
	    "\"tls_required\":true}\r\nSUB in.%u 1\r\n", c->n);
	if (c->n == 0)
		say(c, "PUB $JS.API.STREAM.CREATE.bench in.0 %zu\r\n%s\r\n",
		    strlen(STREAM), STREAM);
	else
		say(c, "PING\r\n");
}

/* A message to our inbox: what became of the stream, or of a reading. */
static void
answered(struct client *c, const char *text, size_t len)
{
	if (memmem(text, len, "\"error\"", strlen("\"error\"")) != NULL)
		errx(1, "client %u: %.*s", c->n, (int)len, text);
	if (c->up)
		c->acked++;
	else
		peer_up(c);
}

/* MSG SUBJECT SID LEN and that many bytes; what it took, 0: not whole. */
static size_t
message(struct client *c, const char *line, size_t linelen, size_t left)
{
	const char	*blank = memrchr(line, ' ', linelen);
	size_t		 len;

	if (blank == NULL)
		errx(1, "client %u: not a message", c->n);
	len = strtoul(blank, NULL, 10);
	if (linelen + len + 2 > left)
		return 0;
	answered(c, line + linelen, len);
	return linelen + len + 2;
}

static int
begins(const char *line, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

/* A line of len bytes, its end included; what it took, 0: not whole. */
static size_t
hear(struct client *c, const char *line, size_t len, size_t left)
{
	if (begins(line, len, "MSG "))
		return message(c, line, len, left);
	if (begins(line, len, "+OK"))
		c->acked += c->up;
	else if (begins(line, len, "PONG"))
		peer_up(c);
	else if (begins(line, len, "PING"))
		say(c, "PONG\r\n");
	else if (!begins(line, len, "INFO "))
		errx(1, "client %u: %.*s", c->n, (int)len, line);
	return len;
}

static size_t
nats_input(struct client *c, const uint8_t *p, size_t len)
{
	const char	*text = (const char *)p, *end;
	size_t		 off = 0, n;

	while ((end = memchr(text + off, '\n', len - off)) != NULL) {
		n = hear(c, text + off, end + 1 - text - off, len - off);
		if (n == 0)
			break;
		off += n;
	}
	return off;
}

static void
nats_prepare(struct client *c, const char *dir)
{
	static const struct peer_ops	 ops = { nats_opened, nats_input };

	peer_prepare(c, dir, &ops);
}

static void
jetstream_prepare(struct client *c, const char *dir)
{
	static const struct peer_ops	 ops = {
		jetstream_opened, nats_input
	};

	peer_prepare(c, dir, &ops);
}

/* Client libraries gather what they write, and so do we. */
static void
send_all(struct client *c, unsigned int n, int inbox)
{
	uint64_t	 i;

	for (i = c->sent - n; i < c->sent; i++) {
		if (inbox)
			say(c, "PUB bench.%u in.%u %zu\r\n", c->n, c->n,
			    reading_len);
		else
			say(c, "PUB bench.%u %zu\r\n", c->n, reading_len);
		peer_put(c, reading_text(i), reading_len);
		peer_put(c, "\r\n", 2);
		if (apart)
			peer_flush(c);
	}
}

static void
nats_send(struct client *c, unsigned int n)
{
	send_all(c, n, 0);
}

static void
jetstream_send(struct client *c, unsigned int n)
{
	send_all(c, n, 1);
}

const struct protocol	protocol_nats = {
	"nats", nats_prepare, nats_start, peer_event, nats_send, peer_closing
};

const struct protocol	protocol_jetstream = {
	"jetstream", jetstream_prepare, nats_start, peer_event,
	jetstream_send, peer_closing
};
