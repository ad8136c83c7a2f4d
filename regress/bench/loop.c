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
 * wrong ends the program: half a load would measure nothing.
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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define EVENTS		256	/* taken at once */
#define STEP_MS		10000	/* nothing for so long: it is stuck */
#define HANDSHAKES	64	/* under way at once */
#define VARIANTS	10	/* of a reading: what a device learns from */

struct client			*clients;
int				 apart;

static const struct protocol	*protocol;
static struct sockaddr_in	 gateway;
static unsigned int		 nclients, nup;
static int			 ep;
static char			 text[VARIANTS][READING_LEN + 1];

/* A reading as a monitor at a bedside would send it, filled up with a note. */
static void
readings_init(void)
{
	size_t	 len;
	int	 i;

	for (i = 0; i < VARIANTS; i++) {
		snprintf(text[i], sizeof(text[i]), "{\"unit\":\"ward 7 bed 2\","
		    "\"firmware\":\"2.4.1\",\"heart_rate\":%d,\"spo2\":97.%d,"
		    "\"systolic\":12%d,\"diastolic\":8%d,\"temperature\":36.%d"
		    ",\"respiration\":1%d.5,\"battery\":0.9%d,\"status\":"
		    "\"ok\",\"note\":\"", 70 + i, i, i, i, i, i, i);
		len = strlen(text[i]);
		memset(text[i] + len, '.', READING_LEN - 2 - len);
		memcpy(text[i] + READING_LEN - 2, "\"}", 3);
	}
}

/* The n-th reading of a device, READING_LEN bytes. */
const char *
reading_text(uint64_t n)
{
	return text[n % VARIANTS];
}

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
	readings_init();
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

static void
client_connect(struct client *c)
{
	int	 on = 1;

	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (connect(c->fd, (struct sockaddr *)&gateway, sizeof(gateway)) ==
	    -1)
		err(1, "port %u", ntohs(gateway.sin_port));
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
	    -1 || fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "socket options");
	c->up = 0;
	c->events = 0;
	c->sent = c->acked = 0;
	protocol->start(c);
	client_serve(c);
}

/* Its connection has ended in good order. */
void
client_gone(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	c->up = 0;
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
 * Waits for something to happen, up to ms (-1: it must), and serves it;
 * answered, unless NULL, gets each client all of whose readings came back.
 */
void
loop_step(void (*answered)(struct client *), int ms)
{
	struct epoll_event	 ev[EVENTS];
	struct client		*c;
	int			 i, n;

	n = epoll_wait(ep, ev, EVENTS, ms == -1 ? STEP_MS : ms);
	if (n == -1 && errno != EINTR)
		err(1, "epoll_wait");
	if (n == 0 && ms == -1)
		errx(1, "%s: no answer for %d seconds", protocol->name,
		    STEP_MS / 1000);
	for (i = 0; i < n; i++) {
		c = ev[i].data.ptr;
		client_serve(c);
		if (answered != NULL && c->up && c->acked == c->sent)
			answered(c);
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
