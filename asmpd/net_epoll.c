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
 * Which connections can be read or written: libevent's loop waits for this
 * epoll descriptor as one of its own.  An event of libevent's for each would
 * be half of what a quiet connection takes.
 */

#ifdef __linux__

#include <sys/types.h>
#include <sys/epoll.h>

#include <errno.h>
#include <event.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

static struct event	 ev;
static int		 fd = -1;

static void
ready(int efd, short event, void *arg)
{
	struct epoll_event	 got[READY_TURN];
	struct conn		*c;
	int			 i, n;

	(void)event;
	(void)arg;
	if ((n = epoll_wait(efd, got, READY_TURN, 0)) == -1) {
		if (errno != EINTR)
			fatal("epoll_wait");
		return;
	}
	for (i = 0; i < n; i++) {
		/* An end or an error is found by reading or writing. */
		if ((got[i].events & ~(uint32_t)(EPOLLIN | EPOLLOUT)) != 0)
			got[i].events |= EPOLLIN | EPOLLOUT;
		if ((c = conn_find(got[i].data.u64)) != NULL)
			conn_ready(c, (short)(
			    ((got[i].events & EPOLLIN) ? EV_READ : 0) |
			    ((got[i].events & EPOLLOUT) ? EV_WRITE : 0)));
	}
}

/* Prepares for connections. */
void
ready_init(void)
{
	if ((fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("epoll_create1");
	event_set(&ev, fd, EV_READ | EV_PERSIST, ready, NULL);
	if (event_add(&ev, NULL) == -1)
		fatal("event_add");
}

/*
 * From now on conn_ready() hears of c when it can do what is wanted, a mask
 * of EV_READ and EV_WRITE, for as long as it can; was is what was wanted
 * before.
 */
void
ready_want(const struct conn *c, short want, short was)
{
	struct epoll_event	 e = { .data.u64 = c->id };
	int			 op = EPOLL_CTL_MOD;

	if (want == was)
		return;
	if (was == 0)
		op = EPOLL_CTL_ADD;
	else if (want == 0)
		op = EPOLL_CTL_DEL;
	e.events = ((want & EV_READ) ? EPOLLIN : 0) |
	    ((want & EV_WRITE) ? EPOLLOUT : 0);
	if (epoll_ctl(fd, op, c->fd, &e) == -1)
		fatal("epoll_ctl");
}

#endif /* __linux__ */
