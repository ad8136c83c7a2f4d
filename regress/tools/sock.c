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

/* Sockets on the loopback, a clock, and bytes from the command line. */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "tools.h"

/* Milliseconds of a clock that nobody sets. */
int64_t
tool_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* What is written is on its way at once, however little it is. */
void
tool_nodelay(int fd)
{
	int	 on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		err(1, "TCP_NODELAY");
}

static struct addrinfo *
resolve(const char *host, const char *port)
{
	struct addrinfo	 hints, *res;
	int		 e;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	if ((e = getaddrinfo(host, port, &hints, &res)) != 0)
		errx(1, "%s:%s: %s", host, port, gai_strerror(e));
	return res;
}

/* A connection to "host:port"; what fails ends the program. */
int
tool_connect(const char *where)
{
	struct addrinfo	*res;
	char		*host, *port;
	int		 fd;

	if ((host = strdup(where)) == NULL ||
	    (port = strrchr(host, ':')) == NULL)
		errx(1, "%s: not host:port", where);
	*port++ = '\0';
	res = resolve(host, port);
	if ((fd = socket(res->ai_family, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, res->ai_addr, res->ai_addrlen) == -1)
		err(1, "%s", where);
	tool_nodelay(fd);
	freeaddrinfo(res);
	free(host);
	return fd;
}

/*
 * Listens on the loopback; port "0" leaves the choice to the kernel.  The
 * port goes to *number.
 */
int
tool_listen(const char *port, int *number)
{
	struct sockaddr_in	 sin;
	struct addrinfo		*res = resolve("127.0.0.1", port);
	socklen_t		 len = sizeof(sin);
	int			 fd, on = 1;

	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, res->ai_addr, res->ai_addrlen) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "port %s", port);
	*number = ntohs(sin.sin_port);
	freeaddrinfo(res);
	return fd;
}

/* Writes all of it; -1 if the peer is gone. */
int
tool_write(int fd, const void *data, size_t len)
{
	const uint8_t	*p = data;
	ssize_t		 n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) == -1) {
			if (errno != EINTR)
				return -1;
			n = 0;
		}
	return 0;
}

/* Bytes from hexadecimal digits; their number, or -1 if they are none. */
ssize_t
tool_unhex(uint8_t *out, size_t max, const char *hex)
{
	char	 pair[3] = "", *end;
	size_t	 n;

	for (n = 0; *hex != '\0'; n++, hex += 2) {
		if (n == max || hex[1] == '\0')
			return -1;
		pair[0] = hex[0];
		pair[1] = hex[1];
		out[n] = (uint8_t)strtoul(pair, &end, 16);
		if (end != pair + 2)
			return -1;
	}
	return (ssize_t)n;
}
