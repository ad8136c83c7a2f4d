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

/* imsg with libevent; apart from imsg.c so that tools need no libevent. */

#include <sys/types.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "imsgev.h"
#include "log.h"

/*
 * Prepares iev for the socket fd and waits for input: handler(fd, events,
 * arg) runs with a mask of EV_READ and EV_WRITE and ends with imsgev_rearm()
 * or imsgev_clear().  Takes over fd on success; -1 with errno otherwise.
 */
int
imsgev_init(struct imsgev *iev, int fd, void (*handler)(int, short, void *),
    void *arg)
{
	memset(iev, 0, sizeof(*iev));
	if (imsgbuf_init(&iev->ibuf, fd) == -1)
		return -1;
	iev->handler = handler;
	iev->arg = arg;
	imsgev_rearm(iev);
	return 0;
}

/*
 * Waits for input unless held, and for room to write while something is
 * queued.  The event persists, so a call that changes nothing costs no system
 * call.
 */
void
imsgev_rearm(struct imsgev *iev)
{
	short	 events = iev->held ? 0 : EV_READ;

	if (imsgbuf_queuelen(&iev->ibuf) > 0)
		events |= EV_WRITE;
	if (events == iev->events)
		return;
	if (iev->events != 0)
		event_del(&iev->ev);
	iev->events = events;
	if (events == 0)
		return;
	event_set(&iev->ev, iev->ibuf.fd, events | EV_PERSIST, iev->handler,
	    iev->arg);
	if (event_add(&iev->ev, NULL) == -1)
		fatal("event_add");
}

/*
 * Stops taking input, or goes on: what is not read presses back on the peer.
 * Messages that were read already stay in the buffer for imsgbuf_get().
 */
void
imsgev_hold(struct imsgev *iev, int held)
{
	iev->held = held;
	imsgev_rearm(iev);
}

/* imsg_compose(), and waits for room to write it: see there for fd. */
int
imsgev_compose(struct imsgev *iev, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	int	 ret;

	ret = imsg_compose(&iev->ibuf, type, id, pid, fd, data, len);
	if (ret != -1)
		imsgev_rearm(iev);
	return ret;
}

/* imsg_close(), and waits for room to write it. */
int
imsgev_close(struct imsgev *iev, struct ibuf *msg)
{
	if (imsg_close(&iev->ibuf, msg) == -1)
		return -1;
	imsgev_rearm(iev);
	return 0;
}

/*
 * Stops waiting, drops what is queued and closes the socket.  May be called
 * twice, and after a failed imsgev_init().
 */
void
imsgev_clear(struct imsgev *iev)
{
	if (iev->events != 0)
		event_del(&iev->ev);
	iev->events = 0;
	if (iev->ibuf.w != NULL)
		close(iev->ibuf.fd);
	imsgbuf_clear(&iev->ibuf);
	iev->ibuf.fd = -1;
}
