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
 * Listeners: sockets that the parent bound.  Those of a new configuration
 * wait beside the old ones until it is decided.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

static struct listeners	 current = TAILQ_HEAD_INITIALIZER(current);
static struct listeners	 offered = TAILQ_HEAD_INITIALIZER(offered);
static struct event	 ev_pause;
static int		 started, paused, held;

static void	 listen_event(int, short, void *);

static void
listener_off(struct listener *l)
{
	if (l->active)
		event_del(&l->ev);
	l->active = 0;
}

static void
listener_on(struct listener *l)
{
	if (l->active || !started || paused || held)
		return;
	event_set(&l->ev, l->fd, EV_READ | EV_PERSIST, listen_event, l);
	if (event_add(&l->ev, NULL) == -1)
		fatal("event_add");
	l->active = 1;
}

static void
listeners_free(struct listeners *head)
{
	struct listener	*l;

	while ((l = TAILQ_FIRST(head)) != NULL) {
		TAILQ_REMOVE(head, l, entry);
		listener_off(l);
		close(l->fd);
		free(l);
	}
}

/* Takes over fd, in any case; used from listen_commit() on.  0 or -1. */
int
listen_add(const struct ipc_listener *msg, int fd)
{
	struct listener	*l;

	if (fd == -1)
		return -1;
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		close(fd);
		return -1;
	}
	l->fd = fd;
	l->tls = msg->tls;
	l->profiles = msg->profiles;
	TAILQ_INSERT_TAIL(&offered, l, entry);
	return 0;
}

/* The listeners offered replace those in use. */
void
listen_commit(void)
{
	struct listener	*l;

	listeners_free(&current);
	TAILQ_CONCAT(&current, &offered, entry);
	TAILQ_FOREACH(l, &current, entry)
		listener_on(l);
}

/* Closes the listeners offered. */
void
listen_abort(void)
{
	listeners_free(&offered);
}

/* Begins to accept. */
void
listen_start(void)
{
	struct listener	*l;

	started = 1;
	TAILQ_FOREACH(l, &current, entry)
		listener_on(l);
}

/* Closes all listeners, for good. */
void
listen_stop(void)
{
	started = 0;
	listeners_free(&current);
}

static void
listeners_off(void)
{
	struct listener	*l;

	TAILQ_FOREACH(l, &current, entry)
		listener_off(l);
}

/* A verifier takes messages again: so do the listeners take connections. */
void
listen_release(void)
{
	if (!held)
		return;
	held = 0;
	listen_start();
}

/* A descriptor may be free again. */
void
listen_resume(void)
{
	if (!paused)
		return;
	paused = 0;
	evtimer_del(&ev_pause);
	listen_start();
}

static void
pause_over(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	listen_resume();
}

/*
 * Without descriptors the listeners stay readable: left alone, the loop
 * would spin.  They rest until a connection ends, or a while.
 */
static void
listen_pause(void)
{
	struct timeval	 tv = { .tv_sec = ACCEPT_PAUSE };

	log_warn("accept: pausing until a connection ends");
	net_counter[CN_PAUSES]++;
	paused = 1;
	listeners_off();
	evtimer_set(&ev_pause, pause_over, NULL);
	if (evtimer_add(&ev_pause, &tv) == -1)
		fatal("evtimer_add");
}

static void
addr_bytes(const struct sockaddr_storage *ss, uint8_t *addr, uint16_t *port)
{
	const struct sockaddr_in	*sin = (const void *)ss;
	const struct sockaddr_in6	*sin6 = (const void *)ss;

	if (ss->ss_family == AF_INET) {
		addr_map(addr, &sin->sin_addr);
		*port = ntohs(sin->sin_port);
	} else {
		memcpy(addr, &sin6->sin6_addr, 16);
		*port = ntohs(sin6->sin6_port);
	}
}

static void
socket_options(int fd)
{
	int	 on = 1, idle = KEEPALIVE_IDLE;

	/* A reply is whole when it is written: waiting gains nothing. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1)
		log_debug("setsockopt: %s", strerror(errno));
#ifdef TCP_KEEPIDLE
	if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) ==
	    -1)
		log_debug("setsockopt: %s", strerror(errno));
#endif
}

static void
listen_event(int lfd, short event, void *arg)
{
	struct listener		*l = arg;
	struct verifier		*v;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	uint8_t			 addr[16];
	uint16_t		 port;
	int			 fd, n;

	(void)event;
	for (n = 0; n < ACCEPT_TURN; n++) {
		/*
		 * The backlog can wait, who is accepted cannot; when there
		 * are too many already, they are told.
		 */
		if ((v = slot_verifier()) == NULL && conns_left() <
		    net_conf.max_sessions) {
			held = 1;
			listeners_off();
			return;
		}
		len = sizeof(ss);
		fd = accept4(lfd, (void *)&ss, &len, SOCK_NONBLOCK |
		    SOCK_CLOEXEC);
		if (fd == -1) {
			if (errno == EMFILE || errno == ENFILE)
				listen_pause();
			else if (errno != EAGAIN && errno != EINTR &&
			    errno != ECONNABORTED)
				log_warn("accept");
			return;
		}
		addr_bytes(&ss, addr, &port);
		socket_options(fd);
		conn_new(v, fd, addr, port, l);
	}
}
