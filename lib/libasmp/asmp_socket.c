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
 * asmp(3) over a socket of the library's own: TCP, or TLS in it.  Nothing
 * here waits but getaddrinfo(3) in asmp_connect() and poll(2) in asmp_poll().
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tls.h>
#include <unistd.h>

#include "asmp_local.h"

#define READSIZE	16384	/* one TLS record */
#define READS		4		/* in a step: the caller has work too */
#define STRINGIFY(x)	#x
#define PORTSTRING(x)	STRINGIFY(x)

enum step {
	STEP_CONNECT,		/* to the address tried last */
	STEP_TLS,		/* handshake of the wrap */
	STEP_UP
};

struct transport {
	int			 fd;
	enum step		 step;
	struct addrinfo		*addrs;
	struct addrinfo		*next;		/* not yet tried */
	char			*host;
	struct tls		*tls;		/* NULL: plain TCP */
	struct tls_config	*config;
	short			 wantread;	/* poll(2) events to go on */
	short			 wantwrite;
	int			 broken;	/* no more writing */
};

static void
sock_close(struct transport *t)
{
	tls_free(t->tls);
	t->tls = NULL;
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
}

static void
transport_free(struct asmp *a)
{
	struct transport	*t = a->transport;

	sock_close(t);
	tls_config_free(t->config);
	if (t->addrs != NULL)
		freeaddrinfo(t->addrs);
	free(t->host);
	free(t);
	a->transport = NULL;
	a->transport_free = NULL;
}

/* libtls writes with write(2): these spare the program a SIGPIPE. */
static ssize_t
tls_recv(struct tls *ctx, void *buf, size_t len, void *arg)
{
	struct transport	*t = arg;
	ssize_t			 n;

	(void)ctx;
	n = recv(t->fd, buf, len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return TLS_WANT_POLLIN;
	return n;
}

static ssize_t
tls_send(struct tls *ctx, const void *buf, size_t len, void *arg)
{
	struct transport	*t = arg;
	ssize_t			 n;

	(void)ctx;
	n = send(t->fd, buf, len, MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return TLS_WANT_POLLOUT;
	return n;
}

static int
tls_begin(struct asmp *a)
{
	struct transport	*t = a->transport;

	if ((t->tls = tls_client()) == NULL)
		return asmp_fail(a, ASMP_E_SYSTEM, "TLS: %s",
		    strerror(errno));
	if (tls_configure(t->tls, t->config) == -1 || tls_connect_cbs(t->tls,
	    tls_recv, tls_send, t, t->host) == -1)
		return asmp_fail(a, ASMP_E_CONNECT, "TLS: %s: see that the "
		    "file of authorities holds certificates in PEM format",
		    tls_error(t->tls));
	t->step = STEP_TLS;
	t->wantwrite = POLLOUT;
	return 0;
}

static int
sock_connected(struct asmp *a)
{
	struct transport	*t = a->transport;

	if (t->config != NULL)
		return tls_begin(a);
	t->step = STEP_UP;
	t->wantread = POLLIN;
	t->wantwrite = POLLOUT;
	return 0;
}

/* Begin to connect to one address: 1 connected, 0 under way, -1 errno. */
static int
sock_try(struct transport *t, const struct addrinfo *ai)
{
	int	 on = 1, saved;

	t->fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, ai->ai_protocol);
	if (t->fd == -1)
		return -1;
	/* A reading is small, and there is one who waits for its ACK. */
	(void)setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(t->fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return 1;
	if (errno == EINPROGRESS)
		return 0;
	saved = errno;
	sock_close(t);
	errno = saved;
	return -1;
}

/* What to look at, for the commonest of failures. */
static const char *
advice(int error)
{
	return error == ECONNREFUSED ? ": no gateway listens there, or a "
	    "firewall is in between; check that it runs, its address and "
	    "port" : "";
}

/* Go on to the next address; error is what the last one said. */
static int
sock_next(struct asmp *a, int error)
{
	struct transport	*t = a->transport;
	struct addrinfo		*ai;

	sock_close(t);
	t->step = STEP_CONNECT;
	while ((ai = t->next) != NULL) {
		t->next = ai->ai_next;
		switch (sock_try(t, ai)) {
		case 1:
			return sock_connected(a);
		case 0:
			return 0;
		default:
			error = errno;
			break;
		}
	}
	return asmp_fail(a, ASMP_E_CONNECT, "cannot connect: %s%s",
	    strerror(error), advice(error));
}

static int
sock_resolve(struct asmp *a, const char *port)
{
	struct transport	*t = a->transport;
	struct addrinfo		 hints;
	int			 error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(t->host, port, &hints, &t->addrs);
	if (error != 0)
		return asmp_fail(a, ASMP_E_CONNECT, "no address for port %s: "
		    "%s", port, error == EAI_SYSTEM ? strerror(errno) :
		    gai_strerror(error));
	t->next = t->addrs;
	return 0;
}

static int
config_new(struct asmp *a, const char *cafile)
{
	struct transport	*t = a->transport;

	if ((t->config = tls_config_new()) == NULL)
		return asmp_fail(a, ASMP_E_SYSTEM, "TLS: %s",
		    strerror(errno));
	if (tls_config_set_ca_file(t->config, cafile) == -1)
		return asmp_fail(a, ASMP_E_USAGE, "%s: %s", cafile,
		    tls_config_error(t->config));
	return 0;
}

static int
transport_new(struct asmp *a, const char *host)
{
	struct transport	*t;

	if (a->transport_free != NULL)
		a->transport_free(a);
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->host = strdup(host)) == NULL) {
		free(t);
		return asmp_fail(a, ASMP_E_SYSTEM, "%s", strerror(errno));
	}
	t->fd = -1;
	a->transport = t;
	a->transport_free = transport_free;
	return 0;
}

/*
 * asmp_start(), and begin to connect to host, all of its addresses in turn;
 * port NULL means 8888.  With a cafile the connection is TLS whose
 * certificate must chain to a CA of that file and name host; NULL is plain
 * TCP, which loses no secret: the protocol has its own.  Only the name
 * lookup waits.  0: asmp_poll() or asmp_step() go on; or -1 with a failure.
 */
int
asmp_connect(struct asmp *a, const char *host, const char *port,
    const char *cafile)
{
	if (asmp_start(a) == -1 || transport_new(a, host) == -1 ||
	    (cafile != NULL && config_new(a, cafile) == -1) ||
	    sock_resolve(a, port != NULL ? port : PORTSTRING(ASMP_PORT)) == -1)
		return -1;
	return sock_next(a, 0);
}

/*
 * The socket, for poll(2); -1 when there is none.  It may be another one
 * after each asmp_step() as long as the state is ASMP_CONNECTING.
 */
int
asmp_fd(const struct asmp *a)
{
	return a->transport == NULL ? -1 : a->transport->fd;
}

/* The events of poll(2) that asmp_step() waits for at this moment. */
short
asmp_events(const struct asmp *a)
{
	const struct transport	*t = a->transport;

	if (t == NULL || t->fd == -1)
		return 0;
	if (t->step == STEP_CONNECT)
		return POLLOUT;
	if (t->step == STEP_TLS)
		return t->wantwrite;
	return (short)(t->wantread |
	    (a->outlen != 0 && !t->broken ? t->wantwrite : 0));
}

static int
connect_step(struct asmp *a)
{
	struct transport	*t = a->transport;
	socklen_t		 len = sizeof(int);
	int			 error = 0;

	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		return sock_next(a, error);
	return sock_connected(a);
}

static int
tls_step(struct asmp *a)
{
	struct transport	*t = a->transport;

	switch (tls_handshake(t->tls)) {
	case 0:
		t->step = STEP_UP;
		t->wantread = POLLIN;
		t->wantwrite = POLLOUT;
		return 0;
	case TLS_WANT_POLLIN:
		t->wantwrite = POLLIN;
		return 0;
	case TLS_WANT_POLLOUT:
		t->wantwrite = POLLOUT;
		return 0;
	default:
		return asmp_fail(a, ASMP_E_CONNECT, "TLS: %s: check that the "
		    "gateway has tls on this port, and who signed its "
		    "certificate", tls_error(t->tls));
	}
}

/* Read; bytes, 0 at the end, -1: *again, or the connection is gone. */
static ssize_t
sock_read(struct transport *t, void *buf, size_t size, int *again)
{
	ssize_t	 n;

	if (t->tls == NULL) {
		n = recv(t->fd, buf, size, 0);
		*again = n == -1 && (errno == EAGAIN || errno == EINTR);
		return n;
	}
	n = tls_read(t->tls, buf, size);
	*again = n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT;
	t->wantread = n == TLS_WANT_POLLOUT ? POLLOUT : POLLIN;
	return n < 0 ? -1 : n;
}

static ssize_t
sock_write(struct transport *t, const void *buf, size_t len, int *again)
{
	ssize_t	 n;

	if (t->tls == NULL) {
		n = send(t->fd, buf, len, MSG_NOSIGNAL);
		*again = n == -1 && (errno == EAGAIN || errno == EINTR);
		return n;
	}
	n = tls_write(t->tls, buf, len);
	*again = n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT;
	t->wantwrite = n == TLS_WANT_POLLIN ? POLLIN : POLLOUT;
	return n < 0 ? -1 : n;
}

/*
 * What has arrived, up to READS buffers of it: poll(2) tells of the rest,
 * for a buffer takes a whole TLS record.
 */
static int
read_step(struct asmp *a)
{
	struct transport	*t = a->transport;
	uint8_t			 buf[READSIZE];
	ssize_t			 n = 0;
	int			 i, again;

	for (i = 0; i < READS; i++) {
		if ((n = sock_read(t, buf, sizeof(buf), &again)) <= 0)
			break;
		if (asmp_input(a, buf, (size_t)n) == -1)
			return -1;
		if (a->state == ASMP_CLOSED)
			return 0;
	}
	if (n > 0 || (n == -1 && again))
		return 0;
	asmp_eof(a);
	return -1;
}

/*
 * As much output as the socket takes.  An error is no end yet: why the
 * gateway hung up may still be there to read.
 */
static void
write_step(struct asmp *a)
{
	struct transport	*t = a->transport;
	const uint8_t		*p;
	size_t			 len;
	ssize_t			 n;
	int			 again;

	while (!t->broken && (p = asmp_output(a, &len)) != NULL) {
		if ((n = sock_write(t, p, len, &again)) > 0)
			asmp_output_done(a, (size_t)n);
		else if (again)
			return;
		else
			t->broken = 1;
	}
}

static int
step(struct asmp *a, short revents)
{
	struct transport	*t = a->transport;

	if (revents == 0)
		return 0;
	if (t->step == STEP_CONNECT && connect_step(a) == -1)
		return -1;
	if (t->step == STEP_TLS && tls_step(a) == -1)
		return -1;
	if (t->step != STEP_UP)
		return 0;
	if (read_step(a) == -1)
		return -1;
	write_step(a);
	return 0;
}

static int
tick(struct asmp *a)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return asmp_tick(a, (uint64_t)ts.tv_sec * 1000 +
	    (uint64_t)ts.tv_nsec / 1000000);
}

/*
 * Do what can be done without waiting, given what poll(2) said of
 * asmp_fd(), which may be nothing.  0, or -1 with a failure.  The socket is
 * closed once it is over.
 */
int
asmp_step(struct asmp *a, short revents)
{
	int	 r;

	if (a->transport == NULL || a->transport->fd == -1)
		return a->state == ASMP_FAILED ? -1 : 0;
	if ((r = tick(a)) == 0)
		r = step(a, revents);
	if (a->state == ASMP_CLOSED || a->state == ASMP_FAILED)
		sock_close(a->transport);
	return r == -1 && a->state == ASMP_FAILED ? -1 : 0;
}

/*
 * Wait at most timeout milliseconds (-1: for ever) and take a step.  1 when
 * one was taken, 0 when the time was up or a signal came, -1 with a failure.
 */
int
asmp_poll(struct asmp *a, int timeout)
{
	struct pollfd	 pfd;
	int		 n;

	pfd.fd = asmp_fd(a);
	pfd.events = asmp_events(a);
	pfd.revents = 0;
	if (pfd.fd == -1)
		return a->state == ASMP_FAILED ? -1 : 0;
	if ((n = poll(&pfd, 1, timeout)) == -1 && errno != EINTR)
		return asmp_fail(a, ASMP_E_SYSTEM, "poll: %s",
		    strerror(errno));
	if (asmp_step(a, n > 0 ? pfd.revents : 0) == -1)
		return -1;
	return n > 0;
}
