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

/* The connection to asmpd's control socket. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"

#define MESSAGE_MAX	2048	/* bytes; a device with the largest key */

/* The next step for an operator whom the socket does not let in. */
static const char *
advice(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return "; is asmpd running?";
	case EACCES:
	case EPERM:
		return "; run asmpctl as root or as a member of the socket's "
		    "group";
	default:
		return "";
	}
}

/* Prepares c for the connected socket fd, which it takes over. */
void
conn_init(struct conn *c, int fd)
{
	int	 flags;

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		err(EXIT_LOCAL, "fcntl");
	if (imsgbuf_init(&c->ibuf, fd) == -1 ||
	    imsgbuf_set_maxsize(&c->ibuf, MESSAGE_MAX) == -1)
		err(EXIT_LOCAL, NULL);
	imsgbuf_allow_fdpass(&c->ibuf);
}

/* The same for a pipe, on which rows come. */
void
conn_pipe(struct conn *c, int fd)
{
	conn_init(c, fd);
	if (imsgbuf_set_maxsize(&c->ibuf, CTL_ROWMAX) == -1)
		err(EXIT_LOCAL, NULL);
}

/* Connects to the socket path; 0, or -1 after one line on stderr. */
int
conn_open(struct conn *c, const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd, saved;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		warnx("%s: longer than %zu bytes", path,
		    sizeof(sun.sun_path) - 1);
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1) {
		warn("socket");
		return -1;
	}
	if (connect(fd, (const void *)&sun, sizeof(sun)) == -1) {
		saved = errno;
		close(fd);
		warnx("%s: %s%s", path, strerror(saved), advice(saved));
		return -1;
	}
	conn_init(c, fd);
	return 0;
}

/* Connects to asmpd's socket, or ends the program. */
void
connect_to(struct conn *c, const char *path)
{
	if (conn_open(c, path) == -1)
		exit(EXIT_LOCAL);
}

/* Ends the connection and forgets what was queued. */
void
conn_close(struct conn *c)
{
	imsgbuf_clear(&c->ibuf);
	close(c->fd);
}

/* Queues a message; 0, or -1 if too much waits already. */
int
conn_send(struct conn *c, uint32_t type, const void *data, size_t len)
{
	return imsg_compose(&c->ibuf, type, 0, 0, -1, data, len) == -1 ? -1 :
	    0;
}

/*
 * Waits until the socket can be read or, if something is queued, written,
 * and does either.  0, or -1 if the connection is of no more use; messages
 * that came before are still there.
 */
int
conn_turn(struct conn *c)
{
	struct pollfd	 pfd = { .fd = c->fd, .events = POLLIN };

	if (c->eof)
		return -1;
	if (imsgbuf_queuelen(&c->ibuf) > 0)
		pfd.events |= POLLOUT;
	if (poll(&pfd, 1, -1) == -1)
		return errno == EINTR ? 0 : -1;
	if ((pfd.revents & POLLOUT) != 0 && imsgbuf_write(&c->ibuf) == -1)
		c->eof = 1;
	/* What the daemon said last can be read even if writing fails. */
	if ((c->eof || (pfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0) &&
	    imsgbuf_read(&c->ibuf) != 1)
		c->eof = 1;
	return 0;
}

/*
 * Sends what is queued and waits for the next message, to be released with
 * imsg_free(); 0, or -1 when none will come.
 */
int
conn_recv(struct conn *c, struct imsg *imsg)
{
	while (imsgbuf_get(&c->ibuf, imsg) != 1)
		if (conn_turn(c) == -1)
			return -1;
	return 0;
}
