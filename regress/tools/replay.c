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
 * Sends bytes from a file to a gateway, as a device recorded by mitm sent
 * them or as nobody should, and says what came back; or to a device, as a
 * gateway did.
 *
 *	replay [-t seconds] -c host:port | -l file
 *
 * After a HELLO it waits for GATEWAY_AUTH, as the device did; the rest goes
 * out at once.  With -l it prints "port N", waits for a device's first bytes
 * there, and sends it everything.  It ends with one line:
 *
 *	sent N bytes, received N bytes, closed after N ms
 *
 * counted from the last byte sent, or "open after N ms" and exit status 1 if
 * the gateway has not closed the connection by then.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "compat.h"
#include "tools.h"

#define STREAM_MAX	(4 * 1024 * 1024)	/* of a recorded session */
#define REPLY_WAIT	5000	/* ms for GATEWAY_AUTH */

static uint8_t	 out[STREAM_MAX], in[STREAM_MAX];
static size_t	 outlen, inlen;
static int	 closed;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: replay [-t seconds] -c host:port | -l file\n");
	exit(1);
}

static void
load(const char *path)
{
	ssize_t	 n;
	int	 fd;

	if ((fd = open(path, O_RDONLY)) == -1)
		err(1, "%s", path);
	while ((n = read(fd, out + outlen, sizeof(out) - outlen)) > 0)
		outlen += (size_t)n;
	if (n == -1)
		err(1, "%s", path);
	close(fd);
}

/* Reads what comes within ms; 0 if nothing did. */
static int
take(int fd, int64_t ms)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	ssize_t		 n;

	if (ms < 0 || poll(&pfd, 1, (int)ms) <= 0)
		return 0;
	n = read(fd, in + inlen, sizeof(in) - inlen);
	if (n <= 0)
		closed = 1;
	else
		inlen += (size_t)n;
	return 1;
}

static int
has_gateway_auth(void)
{
	struct asmp_header	 h;
	size_t			 flen, off = 0;

	while (frame_next(in + off, inlen - off, ASMP_PAYLOAD_MAX, &flen) ==
	    1) {
		frame_get(&h, in + off);
		if (h.type == ASMP_GATEWAY_AUTH)
			return 1;
		off += flen;
	}
	return 0;
}

/* A HELLO goes first, alone, and its answer is waited for. */
static size_t
greet(int fd)
{
	struct asmp_header	 h;
	size_t			 flen;
	int64_t			 end = tool_ms() + REPLY_WAIT;

	if (frame_next(out, outlen, ASMP_PAYLOAD_MAX, &flen) != 1)
		return 0;
	frame_get(&h, out);
	if (h.type != ASMP_HELLO)
		return 0;
	(void)tool_write(fd, out, flen);
	while (!closed && !has_gateway_auth())
		if (!take(fd, end - tool_ms()))
			break;
	return flen;
}

/* The device that comes first, once it has begun to speak. */
static int
await(int64_t ms)
{
	struct pollfd	 pfd = { .events = POLLIN };
	int		 fd, port;

	pfd.fd = tool_listen("0", &port);
	printf("port %d\n", port);
	if (poll(&pfd, 1, (int)ms) != 1 ||
	    (fd = accept(pfd.fd, NULL, NULL)) == -1)
		errx(1, "no device came");
	tool_nodelay(fd);
	if (!take(fd, ms))
		errx(1, "the device says nothing");
	return fd;
}

int
main(int argc, char *argv[])
{
	const char	*where = NULL, *why;
	int64_t		 sent, wait = 5000;
	size_t		 off = 0;
	int		 ch, fd, server = 0;

	while ((ch = getopt(argc, argv, "c:lt:")) != -1) {
		switch (ch) {
		case 'l':
			server = 1;
			break;
		case 'c':
			where = optarg;
			break;
		case 't':
			wait = strtonum(optarg, 0, 600, &why) * 1000;
			if (why != NULL)
				errx(1, "%s: %s", optarg, why);
			break;
		default:
			usage();
		}
	}
	if (server == (where != NULL) || argc != optind + 1)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	load(argv[optind]);
	if (server)
		fd = await(wait);
	else {
		fd = tool_connect(where);
		off = greet(fd);
	}
	(void)tool_write(fd, out + off, outlen - off);
	sent = tool_ms();
	while (!closed && take(fd, sent + wait - tool_ms()))
		;
	printf("sent %zu bytes, received %zu bytes, %s after %lld ms\n",
	    outlen, inlen, closed ? "closed" : "open",
	    (long long)(tool_ms() - sent));
	return closed ? 0 : 1;
}
