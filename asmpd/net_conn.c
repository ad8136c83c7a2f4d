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
 * Connections: net is their owner.  A read goes straight into the channel to
 * verify; only the beginning of a frame whose rest has not come is kept.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "asmp_proto.h"
#include "asmpd.h"
#include "log.h"
#include "net.h"

struct slot {
	struct conn	*conn;
	uint32_t	 gen;
	uint32_t	 nextfree;
};

static struct slot		*slots;
static uint32_t			 nslots, freefirst, freelast;
static TAILQ_HEAD(, conn)	 held = TAILQ_HEAD_INITIALIZER(held);

static void	 conn_event(int, short, void *);
static int	 conn_read(struct conn *);
static int	 conn_write(struct conn *);

/*
 * Prepares n slots.  Free ones are used in turn, the one free for longest
 * first, so that an id does not come back soon.
 */
void
conns_init(uint32_t n)
{
	uint32_t	 i;

	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		fatal("calloc");
	nslots = n;
	for (i = 0; i < n; i++)
		slots[i].nextfree = i + 1;
	freefirst = 0;
	freelast = n - 1;
}

static uint64_t
slot_take(struct conn *c)
{
	uint32_t	 i = freefirst;

	freefirst = slots[i].nextfree;
	slots[i].conn = c;
	slots[i].gen++;
	net_counter[CN_CONNS]++;
	return CONN_ID(i, slots[i].gen);
}

static void
slot_release(uint64_t id)
{
	uint32_t	 i = CONN_SLOT(id);

	slots[i].conn = NULL;
	slots[i].nextfree = nslots;
	if (freefirst == nslots)
		freefirst = i;
	else
		slots[freelast].nextfree = i;
	freelast = i;
	net_counter[CN_CONNS]--;
}

/* The connection of this id if it is still there, or NULL. */
struct conn *
conn_find(uint64_t id)
{
	struct slot	*s;

	if (CONN_SLOT(id) >= nslots)
		ipc_intrusion("verify", "a connection that cannot be", 0,
		    CONN_SLOT(id));
	s = &slots[CONN_SLOT(id)];
	return s->conn != NULL && s->gen == CONN_GEN(id) ? s->conn : NULL;
}

/* How many connections there are. */
size_t
conns_left(void)
{
	return net_counter[CN_CONNS];
}

static void
conn_wait(struct conn *c, short want)
{
	if (c->events == want)
		return;
	if (c->events != 0)
		event_del(&c->ev);
	c->events = want;
	if (want == 0)
		return;
	event_set(&c->ev, c->fd, want | EV_PERSIST, conn_event, c);
	if (event_add(&c->ev, NULL) == -1)
		fatal("event_add");
}

/*
 * Whether more is read from a device: not while what it sent before waits in
 * verify, where all devices share one queue and some ask for much work.
 */
static int
conn_wants(const struct conn *c)
{
	return !c->isheld && !c->broken && c->owed < OWED_MAX &&
	    (c->state == CONN_HALFOPEN || c->state == CONN_UP);
}

static void
conn_rewait(struct conn *c)
{
	short	 want = 0;

	if (c->state == CONN_LINGER || conn_wants(c))
		want |= EV_READ;
	if (c->outlen > c->outpos)
		want |= EV_WRITE;
	if (c->state == CONN_LOST)
		want = 0;
	conn_wait(c, want);
}

static void
conn_hold(struct conn *c, int on)
{
	if (c->isheld == on)
		return;
	c->isheld = on;
	if (on)
		TAILQ_INSERT_TAIL(&held, c, held);
	else
		TAILQ_REMOVE(&held, c, held);
	conn_rewait(c);
}

/* The parent forgets the connection; from here on it means nothing. */
static void
conn_report(struct conn *c)
{
	struct ipc_conn	 msg = { .conn = c->id };

	if (c->source != NULL)
		source_done(c->source);
	c->source = NULL;
	if (!c->reported)
		to_parent(IPC_CLOSED, &msg, sizeof(msg));
	c->reported = 1;
}

static void
conn_free(struct conn *c)
{
	conn_report(c);
	conn_hold(c, 0);
	conn_wait(c, 0);
	deadline_set(c, DEADLINE_NONE, 0);
	tls_free(c->tls);
	close(c->fd);
	slot_release(c->id);
	free(c->in);
	free(c->out);
	free(c);
	listen_resume();
}

/*
 * Ends a connection that verify still believes in.  If the channel is full
 * the connection keeps its slot, so that no more can wait than there are
 * slots, and its end is told later.
 */
static void
conn_lost(struct conn *c, uint32_t reason)
{
	struct nv_closed	 msg = { .reason = reason };
	int			 known;

	known = c->state == CONN_HALFOPEN || c->state == CONN_UP ||
	    c->state == CONN_LOST;
	if (known && hotpipe_full(&net_verify, sizeof(msg))) {
		c->state = CONN_LOST;
		c->lost = reason;
		deadline_set(c, DEADLINE_NONE, 0);
		conn_hold(c, 1);
		conn_rewait(c);
		return;
	}
	if (known)
		hotpipe_send(&net_verify, NV_CLOSED, c->id, &msg,
		    sizeof(msg));
	conn_free(c);
}

/* Verify has taken what was queued: those who had to wait go on. */
void
conns_resume(void)
{
	struct conn	*c, *next;

	TAILQ_FOREACH_SAFE(c, &held, held, next) {
		if (c->state == CONN_LOST)
			conn_lost(c, c->lost);
		else {
			conn_hold(c, 0);
			/* libtls may hold bytes that no event will tell of. */
			if (c->tls != NULL)
				event_active(&c->ev, EV_READ, 1);
		}
	}
	listen_release();
}

static void
conn_announce(struct conn *c)
{
	struct nv_open	 msg;
	struct ipc_conn	 open = { .conn = c->id, .profiles = c->profiles };

	to_parent(IPC_OPEN, &open, sizeof(open));
	memset(&msg, 0, sizeof(msg));
	memcpy(msg.addr, c->addr, sizeof(msg.addr));
	msg.port = c->port;
	msg.profiles = c->profiles;
	hotpipe_send(&net_verify, NV_OPEN, c->id, &msg, sizeof(msg));
}

/* Takes over fd, just accepted from addr; refuses it where limits say so. */
void
conn_new(int fd, const uint8_t *addr, uint16_t port,
    const struct listener *l)
{
	struct source	*src = NULL;
	struct conn	*c;
	uint8_t		 reason;

	if ((reason = source_admit(addr, &src)) != 0) {
		source_refused(reason, addr, port);
		close(fd);
		return;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		log_warn("connection refused");
		source_done(src);
		close(fd);
		return;
	}
	c->fd = fd;
	c->source = src;
	c->port = port;
	c->profiles = l->profiles;
	memcpy(c->addr, addr, sizeof(c->addr));
	c->state = CONN_HALFOPEN;
	c->max_in = ASMP_PRE_MAX;
	c->silent = 1;
	c->lastframe = mono_ms();
	c->id = slot_take(c);
	net_counter[CN_ACCEPTED]++;
	conn_announce(c);
	deadline_set(c, DEADLINE_HANDSHAKE, c->lastframe +
	    net_conf.handshake_ms);
	if (l->tls && io_start_tls(c) == -1) {
		conn_lost(c, REASON_TLS);
		return;
	}
	conn_rewait(c);
}

/* The handshake is done: longer frames may come, and no deadline holds. */
void
conn_up(struct conn *c, uint32_t max_in)
{
	if (c->state == CONN_LOST)
		return;
	if (c->state != CONN_HALFOPEN || max_in < ASMP_MAX_IN_MIN ||
	    max_in > ASMP_PAYLOAD_MAX)
		ipc_intrusion("verify", "a session out of turn", VN_UP,
		    max_in);
	c->state = CONN_UP;
	c->max_in = max_in;
	source_done(c->source);
	c->source = NULL;
	deadline_set(c, DEADLINE_NONE, 0);
}

/*
 * Verify has done with bytes of what the device sent.  More than that were
 * never owed: what it says of flow alone harms no one.
 */
void
conn_taken(struct conn *c, uint32_t bytes)
{
	c->owed -= bytes < c->owed ? bytes : c->owed;
	conn_rewait(c);
	/* libtls may hold more, of which the socket says nothing. */
	if (c->tls != NULL && conn_wants(c))
		event_active(&c->ev, EV_READ, 1);
}

static int
conn_keepout(struct conn *c, const uint8_t *data, size_t len)
{
	uint32_t	 left = c->outlen - c->outpos;
	uint8_t		*new;

	if (left + len > OUT_MAX || (new = malloc(left + len)) == NULL)
		return -1;
	if (left > 0)
		memcpy(new, c->out + c->outpos, left);
	memcpy(new + left, data, len);
	free(c->out);
	c->out = new;
	c->outpos = 0;
	c->outlen = left + len;
	return 0;
}

/* Sends at once what the socket takes and keeps the rest, up to OUT_MAX. */
void
conn_send(struct conn *c, const uint8_t *data, size_t len)
{
	ssize_t	 n = 0;
	short	 want;

	if (c->state != CONN_HALFOPEN && c->state != CONN_UP)
		return;
	if (c->outlen == c->outpos) {
		net_counter[CN_WRITES]++;
		n = io_write(c, data, len, &want);
		if (n == IO_ERROR) {
			conn_lost(c, REASON_LOST);
			return;
		}
		if (n == IO_AGAIN)
			n = 0;
		net_counter[CN_BYTES_OUT] += n;
	}
	if ((size_t)n == len)
		return;
	if (conn_keepout(c, data + n, len - n) == -1) {
		conn_lost(c, REASON_SLOW_READER);
		return;
	}
	conn_rewait(c);
}

/*
 * All is written: the device gets the end of the stream, and its own bytes
 * are read into nothing for a while, since closing over unread bytes would
 * reset the connection and could cost it the last record.
 */
static void
conn_linger(struct conn *c)
{
	c->state = CONN_LINGER;
	c->broken = 0;
	conn_report(c);
	if (c->tls != NULL)
		(void)tls_close(c->tls);
	if (shutdown(c->fd, SHUT_WR) == -1) {
		conn_free(c);
		return;
	}
	conn_hold(c, 0);
	conn_rewait(c);
}

/* Ends a connection the way verify wants it. */
void
conn_close(struct conn *c, enum vn_close_how how)
{
	if (c->state != CONN_HALFOPEN && c->state != CONN_UP)
		return;
	switch (how) {
	case VN_CLOSE_SILENT:
		c->state = CONN_LINGER;
		conn_free(c);
		break;
	case VN_CLOSE_FLUSH:
		c->state = CONN_FLUSH;
		deadline_set(c, DEADLINE_LINGER, mono_ms() + LINGER_MS);
		if (c->outlen == c->outpos)
			conn_linger(c);
		else
			conn_rewait(c);
		break;
	case VN_CLOSE_LATE:
		c->state = CONN_LATE;
		deadline_set(c, DEADLINE_LATE, c->lastframe + LATE_MS);
		conn_rewait(c);
		break;
	default:
		ipc_intrusion("verify", "an unknown way to close", VN_CLOSE,
		    how);
	}
}

/* The parent wants it gone now. */
void
conn_drop(struct conn *c)
{
	conn_lost(c, REASON_KILLED);
}

/* A deadline has passed. */
void
conn_late(struct conn *c)
{
	conn_lost(c, REASON_TIMEOUT);
}

/* Writes what is kept.  Returns -1 if c is gone. */
static int
conn_write(struct conn *c)
{
	ssize_t	 n;
	short	 want;

	net_counter[CN_WRITES]++;
	n = io_write(c, c->out + c->outpos, c->outlen - c->outpos, &want);
	if (n == IO_ERROR) {
		conn_lost(c, REASON_LOST);
		return -1;
	}
	if (n > 0) {
		net_counter[CN_BYTES_OUT] += n;
		c->outpos += n;
	}
	if (c->outpos < c->outlen)
		return 0;
	free(c->out);
	c->out = NULL;
	c->outpos = c->outlen = 0;
	if (c->state == CONN_FLUSH) {
		conn_linger(c);
		return -1;
	}
	conn_rewait(c);
	return 0;
}

/* Reads what a device still sends after its end, into nothing. */
static void
conn_discard(struct conn *c)
{
	uint8_t	 buf[4096];
	ssize_t	 n;

	n = recv(c->fd, buf, sizeof(buf), 0);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		conn_free(c);
}

/* Fills buf from the device.  Returns bytes, or as io_read() does. */
static ssize_t
conn_fill(struct conn *c, uint8_t *buf, short *want)
{
	size_t	 len = 0;
	ssize_t	 n;

	do {
		net_counter[CN_READS]++;
		n = io_read(c, buf + len, READ_MAX - len, want);
		if (n > 0)
			len += n;
	} while (n > 0 && c->tls != NULL && len < READ_MAX);
	if (len == 0)
		return n;
	net_counter[CN_BYTES_IN] += len;
	/* libtls may hold more, of which the socket says nothing. */
	if (c->tls != NULL && len == READ_MAX)
		event_active(&c->ev, EV_READ, 1);
	return len;
}

/* Keeps the beginning of a frame until its rest comes.  0 or -1. */
static int
conn_keepin(struct conn *c, const uint8_t *data, size_t len)
{
	free(c->in);
	c->in = NULL;
	c->inlen = len;
	if (len == 0)
		return 0;
	if ((c->in = malloc(len)) == NULL)
		return -1;
	memcpy(c->in, data, len);
	return 0;
}

/*
 * Takes len bytes that lie in the room lent by the channel: whole frames go
 * on to verify as they lie there.  Returns 0, or a reason to end.
 */
static uint32_t
conn_frames(struct conn *c, const uint8_t *buf, size_t len)
{
	size_t	 flen, off = 0;
	int	 ret;

	while ((ret = frame_next(buf + off, len - off, c->max_in, &flen)) ==
	    1) {
		off += flen;
		net_counter[CN_FRAMES]++;
	}
	if (conn_keepin(c, buf + off, ret == -1 ? 0 : len - off) == -1)
		return REASON_INTERNAL;
	if (off > 0) {
		c->lastframe = mono_ms();
		c->silent = 0;
		chan_commit(&net_verify.chan, NV_FRAMES, c->id, off);
		c->owed += off;
	}
	if (ret == -1)
		return errno == EMSGSIZE ? REASON_LENGTH : REASON_VERSION;
	return 0;
}

/*
 * What came is no frame.  With a session verify tells the device why before
 * it ends; without one there is nothing to say.  Returns -1 if c is gone.
 */
static int
conn_broken(struct conn *c, uint32_t reason)
{
	struct nv_closed	 msg = { .reason = reason };

	if (c->state != CONN_UP || hotpipe_full(&net_verify, sizeof(msg))) {
		conn_lost(c, reason);
		return -1;
	}
	c->broken = 1;
	hotpipe_send(&net_verify, NV_BROKEN, c->id, &msg, sizeof(msg));
	conn_rewait(c);
	return 0;
}

/* Takes what a device sends.  Returns -1 if c is gone. */
static int
conn_read(struct conn *c)
{
	uint8_t		*buf;
	uint32_t	 reason;
	ssize_t		 n;
	short		 want;

	if (hotpipe_full(&net_verify, CHAN_MSGMAX) ||
	    (buf = chan_reserve(&net_verify.chan, c->inlen + READ_MAX)) ==
	    NULL) {
		conn_hold(c, 1);
		return 0;
	}
	n = conn_fill(c, buf + c->inlen, &want);
	if (n == IO_AGAIN) {
		if (want == EV_WRITE)
			conn_wait(c, EV_READ | EV_WRITE);
		return 0;
	}
	if (n <= 0) {
		conn_lost(c, n == IO_ERROR && c->tls != NULL ? REASON_TLS :
		    REASON_LOST);
		return -1;
	}
	if (c->inlen > 0)
		memcpy(buf, c->in, c->inlen);
	if ((reason = conn_frames(c, buf, c->inlen + n)) != 0)
		return conn_broken(c, reason);
	conn_rewait(c);
	return 0;
}

static void
conn_event(int fd, short event, void *arg)
{
	struct conn	*c = arg;

	(void)fd;
	if (c->state == CONN_LINGER) {
		conn_discard(c);
		return;
	}
	if (c->outlen > c->outpos && conn_write(c) == -1)
		return;
	if (((event & EV_READ) != 0 || c->tls != NULL) && conn_wants(c))
		(void)conn_read(c);
}
