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
 * Somebody at the door: connects again and again, one connection after the
 * other, from an address of its choice.
 *
 *	knock [-l] [-b source] [-t ms] -c host:port n file
 *
 * Each connection says what is in the file, and waits until the gateway has
 * closed it, or so many ms; with -l it leaves once it is answered.  In the end
 * a line tells how many of them got at least one byte:
 *
 *	knocked N, answered N
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "tools.h"

static __dead void
usage(void)
{
	fprintf(stderr, "usage: knock [-l] [-b source] [-t ms] -c host:port "
	    "n file\n");
	exit(1);
}

static struct sockaddr_in
address(char *text)
{
	struct sockaddr_in	 sin;
	char			*port;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	if ((port = strchr(text, ':')) != NULL) {
		*port++ = '\0';
		sin.sin_port = htons((uint16_t)atoi(port));
	}
	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		errx(1, "%s: no address", text);
	return sin;
}

static int
go(const struct sockaddr_in *from, const struct sockaddr_in *to)
{
	int	 fd;

	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (const struct sockaddr *)from, sizeof(*from)) == -1 ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) == -1)
		err(1, "connect");
	return fd;
}

/* Whether something came before the connection ended, or time did. */
static int
hears(int fd, int64_t ms, int leave)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	char		 buf[4096];
	int64_t		 end = tool_ms() + ms, now;
	int		 heard = 0;

	while (!(heard && leave) && (now = tool_ms()) < end &&
	    poll(&pfd, 1, (int)(end - now)) == 1 &&
	    read(fd, buf, sizeof(buf)) > 0)
		heard = 1;
	return heard;
}

int
main(int argc, char *argv[])
{
	char			 none[] = "0.0.0.0", *source = none;
	char			*where = NULL;
	uint8_t			 buf[65536];
	struct sockaddr_in	 from, to;
	ssize_t			 len;
	int64_t			 wait = 5000;
	int			 answered = 0, leave = 0, ch, fd, i, n;

	while ((ch = getopt(argc, argv, "b:c:lt:")) != -1) {
		switch (ch) {
		case 'b':
			source = optarg;
			break;
		case 'c':
			where = optarg;
			break;
		case 'l':
			leave = 1;
			break;
		case 't':
			wait = atoi(optarg);
			break;
		default:
			usage();
		}
	}
	if (where == NULL || argc != optind + 2)
		usage();
	signal(SIGPIPE, SIG_IGN);
	from = address(source);
	to = address(where);
	if ((fd = open(argv[optind + 1], O_RDONLY)) == -1 ||
	    (len = read(fd, buf, sizeof(buf))) == -1)
		err(1, "%s", argv[optind + 1]);
	n = atoi(argv[optind]);
	for (i = 0; i < n; i++) {
		fd = go(&from, &to);
		(void)tool_write(fd, buf, (size_t)len);
		answered += hears(fd, wait, leave);
		close(fd);
	}
	printf("knocked %d, answered %d\n", n, answered);
	return 0;
}
