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
 * Channels in an event loop.  Messages gather in the channel while a turn of
 * the loop lasts; hotpipe_flush() at its end writes them all at once.
 */

#include <sys/types.h>

#include <errno.h>
#include <event.h>
#include <string.h>

#include "asmpd.h"
#include "hotpipe.h"
#include "log.h"

static void	 hotpipe_event(int, short, void *);

static void
rearm(struct hotpipe *p)
{
	short	 want = EV_PERSIST;

	if (p->ended)
		return;
	if (!p->held)
		want |= EV_READ;
	if (chan_queued(&p->chan) > 0)
		want |= EV_WRITE;
	if (want == p->events)
		return;
	if (p->events != EV_PERSIST)
		event_del(&p->ev);
	p->events = want;
	if (want == EV_PERSIST)
		return;
	event_set(&p->ev, p->chan.fd, want, hotpipe_event, p);
	if (event_add(&p->ev, NULL) == -1)
		fatal("event_add");
}

/* When a core process ends, so does its neighbour: the parent says why. */
static void
pipe_over(struct hotpipe *p)
{
	if (p->events != EV_PERSIST)
		event_del(&p->ev);
	p->ended = 1;
	log_debug("%s closed its channel", p->peer);
}

/*
 * Reads what is there, also of who is held.  Returns 0, or -1 when the peer
 * has closed.
 */
int
hotpipe_read(struct hotpipe *p)
{
	int	 n;

	if (p->ended)
		return -1;
	n = chan_read(&p->chan);
	if (n == -1 && errno != ECONNRESET)
		fatal("channel from %s", p->peer);
	if (n == 1)
		return 0;
	pipe_over(p);
	return -1;
}

static void
hotpipe_event(int fd, short event, void *arg)
{
	struct hotpipe	*p = arg;

	(void)fd;
	if ((event & EV_READ) != 0 && hotpipe_read(p) == -1)
		return;
	if ((event & EV_WRITE) != 0)
		hotpipe_flush(p);
	if (!p->held)
		p->work(p);
}

/*
 * Takes over the descriptor fd, with room for in bytes that were read; work
 * is called when there is something.
 */
void
hotpipe_init(struct hotpipe *p, int fd, const char *peer, size_t in,
    void (*work)(struct hotpipe *))
{
	memset(p, 0, sizeof(*p));
	if (chan_init(&p->chan, fd, in, HOTPIPE_OUT, CHAN_MSGMAX) == -1)
		fatal("channel to %s", peer);
	p->peer = peer;
	p->work = work;
	p->events = EV_PERSIST;
	rearm(p);
}

/* Writes what has gathered; what the peer does not take now waits. */
void
hotpipe_flush(struct hotpipe *p)
{
	if (p->ended)
		return;
	if (chan_queued(&p->chan) > 0 && chan_write(&p->chan) == -1) {
		if (errno != EPIPE && errno != ECONNRESET)
			fatal("channel to %s", p->peer);
		pipe_over(p);
		return;
	}
	rearm(p);
}

/* Stops reading, or goes on: what is not read presses back on its sender. */
void
hotpipe_hold(struct hotpipe *p, int held)
{
	if (p->held == held)
		return;
	if (held)
		p->deaf = mono_ms();
	else
		p->missed += mono_ms() - p->deaf;
	p->held = held;
	rearm(p);
}

/*
 * A clock in ms that stands still while nothing is read: who cannot be heard
 * is not late.
 */
uint64_t
hotpipe_clock(const struct hotpipe *p)
{
	return (p->held ? p->deaf : mono_ms()) - p->missed;
}

/* The next message, 1, or 0; a malformed one is an intrusion. */
int
hotpipe_next(struct hotpipe *p, struct chan_msg *msg)
{
	int	 n;

	if ((n = chan_next(&p->chan, msg)) == -1)
		ipc_intrusion(p->peer, "a malformed message", 0, 0);
	return n;
}

/* Copies a payload of exactly len bytes to out. */
void
hotpipe_get(const struct hotpipe *p, const struct chan_msg *msg, void *out,
    size_t len)
{
	if (msg->len != len)
		ipc_intrusion(p->peer, "a message of a wrong size", msg->type,
		    msg->len);
	memcpy(out, msg->data, len);
}

/* Whether a payload of n bytes would go above the cap. */
int
hotpipe_full(const struct hotpipe *p, size_t n)
{
	return chan_room(&p->chan) < n + CHAN_HDRLEN;
}

/* Queues a message that must not be lost: the caller has seen the room. */
void
hotpipe_send(struct hotpipe *p, uint16_t type, uint64_t id, const void *data,
    size_t len)
{
	if (!p->ended && chan_send(&p->chan, type, id, data, len) == -1)
		fatalx("%s does not take its messages", p->peer);
}
