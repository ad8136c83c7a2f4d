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

/* The same as net_epoll.c, where there is kqueue(2) instead. */

#ifndef __linux__

#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include <errno.h>
#include <event.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

static struct event	 ev;
static int		 fd = -1;

static void
ready(int kfd, short event, void *arg)
{
	const struct timespec	 now = { 0, 0 };
	struct kevent		 got[READY_TURN];
	struct conn		*c;
	int			 i, n;

	(void)event;
	(void)arg;
	if ((n = kevent(kfd, NULL, 0, got, READY_TURN, &now)) == -1) {
		if (errno != EINTR)
			fatal("kevent");
		return;
	}
	for (i = 0; i < n; i++)
		if ((c = conn_find((uintptr_t)got[i].udata)) != NULL)
			conn_ready(c, got[i].filter == EVFILT_READ ? EV_READ :
			    EV_WRITE);
}

/* See net_epoll.c. */
void
ready_init(void)
{
	if ((fd = kqueue()) == -1)
		fatal("kqueue");
	event_set(&ev, fd, EV_READ | EV_PERSIST, ready, NULL);
	if (event_add(&ev, NULL) == -1)
		fatal("event_add");
}

static void
change(const struct conn *c, short filter, int on)
{
	struct kevent	 e;

	EV_SET(&e, c->fd, filter, on ? EV_ADD : EV_DELETE, 0, 0,
	    (void *)(uintptr_t)c->id);
	if (kevent(fd, &e, 1, NULL, 0, NULL) == -1)
		fatal("kevent");
}

/* See net_epoll.c. */
void
ready_want(const struct conn *c, short want, short was)
{
	if (((want ^ was) & EV_READ) != 0)
		change(c, EVFILT_READ, (want & EV_READ) != 0);
	if (((want ^ was) & EV_WRITE) != 0)
		change(c, EVFILT_WRITE, (want & EV_WRITE) != 0);
}

#endif /* !__linux__ */
