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
 * The clients, their sockets and the loop that serves them.  Whatever goes
 * wrong ends the program, for half a load would measure nothing; but for a
 * connection that storm.c lets end.
 */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define EVENTS		256	/* taken at once */
#define STEP_US		10e6	/* nothing for so long: it is stuck */
#define HANDSHAKES	64	/* under way at once */
#define FIRST_SOURCE	2	/* 127.0.0.2, and those after it */

struct client			*clients;
int				 apart, packed;

static const struct protocol	*protocol;
static struct sockaddr_in	 gateway;
static unsigned int		 nclients, nup, sources;
static int			 ep;

static void
descriptors_raise(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
}

/* Prepares n clients of the gateway at a port of this machine. */
void
loop_init(const struct protocol *p, const char *dir, uint16_t port,
    unsigned int n)
{
	unsigned int	 i;

	protocol = p;
	nclients = n;
	descriptors_raise();
	gateway.sin_family = AF_INET;
	gateway.sin_port = htons(port);
	gateway.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((ep = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll_create1");
	if ((clients = calloc(n, sizeof(*clients))) == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		clients[i].n = i;
		clients[i].fd = -1;
		p->prepare(&clients[i], dir);
	}
}

static void
client_wait(struct client *c, uint32_t events)
{
	struct epoll_event	 ev = { .events = events, .data.ptr = c };

	if (c->fd == -1 || events == c->events)
		return;
	if (epoll_ctl(ep, c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
	    c->fd, &ev) == -1)
		err(1, "epoll_ctl");
	c->events = events;
}

static void
client_serve(struct client *c)
{
	int		 was = c->up;
	uint32_t	 events = protocol->event(c);

	nup += c->up - was;
	client_wait(c, events);
}

/* Clients come from so many addresses of this machine, in turn; 0: any. */
void
loop_sources(unsigned int n)
{
	sources = n;
}

/* One address has no more than some 28000 ports to connect from. */
static void
client_source(const struct client *c)
{
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	int			 on = 1;

	if (sources == 0)
		return;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + FIRST_SOURCE +
	    c->n % sources);
	if (setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on)) == -1 ||
	    bind(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "source address %u", c->n % sources);
}

/* Begins to connect; whether that works is seen later. */
void
client_connect(struct client *c)
{
	int	 on = 1;

	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		err(1, "socket");
	client_source(c);
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
	    -1)
		err(1, "socket options");
	if (connect(c->fd, (struct sockaddr *)&gateway, sizeof(gateway)) ==
	    -1 && errno != EINPROGRESS)
		err(1, "port %u", ntohs(gateway.sin_port));
	c->up = 0;
	c->events = 0;
	c->sent = c->acked = c->results = 0;
	protocol->start(c);
	client_serve(c);
}

/* Its connection is over, in whatever order. */
void
client_gone(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	c->up = 0;
}

/* Its connection ends without a word, as when its power does. */
void
client_cut(struct client *c)
{
	struct linger	 none = { .l_onoff = 1 };

	if (setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) ==
	    -1)
		err(1, "SO_LINGER");
	nup -= c->up;
	client_gone(c);
}

/* Sends n readings at once. */
void
client_send(struct client *c, unsigned int n)
{
	c->sent += n;
	protocol->send(c, n);
	client_serve(c);
}

/*
 * Waits for something to happen, up to us microseconds (-1: it must), and
 * serves it; served, unless NULL, gets each client that was and is up.
 */
void
loop_step(void (*served)(struct client *), double us)
{
	struct epoll_event	 ev[EVENTS];
	struct timespec		 ts;
	struct client		*c;
	int			 i, n;
	double			 wait = us == -1 ? STEP_US : us;

	ts.tv_sec = wait / 1e6;
	ts.tv_nsec = (wait - ts.tv_sec * 1e6) * 1e3;
	n = epoll_pwait2(ep, ev, EVENTS, &ts, NULL);
	if (n == -1 && errno != EINTR)
		err(1, "epoll_pwait2");
	if (n == 0 && us == -1)
		errx(1, "%s: no answer for %.0f seconds", protocol->name,
		    STEP_US / 1e6);
	for (i = 0; i < n; i++) {
		c = ev[i].data.ptr;
		client_serve(c);
		if (served != NULL && c->up)
			served(c);
	}
}

/* Brings the first n clients up, HANDSHAKES at once. */
void
loop_connect(unsigned int n)
{
	unsigned int	 i, begun = nup;

	for (i = 0; i < n; i++) {
		if (clients[i].fd != -1)
			continue;
		while (begun - nup >= HANDSHAKES)
			loop_step(NULL, -1);
		client_connect(&clients[i]);
		begun++;
	}
	while (nup < begun)
		loop_step(NULL, -1);
}

/* Takes all clients down. */
void
loop_disconnect(void)
{
	unsigned int	 i, left;

	for (i = 0; i < nclients; i++)
		if (clients[i].fd != -1) {
			protocol->close(&clients[i]);
			client_serve(&clients[i]);
		}
	do {
		for (i = left = 0; i < nclients; i++)
			left += clients[i].fd != -1;
		if (left > 0)
			loop_step(NULL, -1);
	} while (left > 0);
}
