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

static TAILQ_HEAD(unreads, conn) unread = TAILQ_HEAD_INITIALIZER(unread);

static int	 conn_read(struct conn *);
static int	 conn_write(struct conn *);

static void
conn_wait(struct conn *c, short want)
{
	ready_want(c, want, c->events);
	c->events = want;
}

/*
 * Whether more is read from a device: not while verify has yet to give back
 * what it sent before, since all devices share one queue there, some ask for
 * much work, and who sends most has to let others go first.
 */
static int
conn_wants(const struct conn *c)
{
	return !c->isheld && !c->stopped && !c->broken &&
	    c->owed < OWED_MAX &&
	    (c->state == CONN_HALFOPEN || c->state == CONN_UP);
}

/*
 * TLS may have to write before it can read, or read before it can write:
 * who waits for the other event then is woken in vain, again and again.
 */
static void
conn_rewait(struct conn *c)
{
	short	 want = 0;

	if (c->state == CONN_LINGER)
		want |= EV_READ;
	if (conn_wants(c))
		want |= c->toread;
	if (c->outlen > c->outpos)
		want |= c->towrite;
	if (c->state == CONN_LOST)
		want = 0;
	conn_wait(c, want);
}

/*
 * Has c read from once more: libtls may hold bytes of which the socket says
 * nothing.
 */
static void
conn_again(struct conn *c)
{
	if (c->tls == NULL || c->isunread || !conn_wants(c))
		return;
	c->isunread = 1;
	TAILQ_INSERT_TAIL(&unread, c, entry);
}

/* Not once more, for now: who is held is in another list. */
static void
conn_notagain(struct conn *c)
{
	if (c->isunread)
		TAILQ_REMOVE(&unread, c, entry);
	c->isunread = 0;
}

static void
conn_hold(struct conn *c, int on)
{
	if (c->isheld == on)
		return;
	conn_notagain(c);
	c->isheld = on;
	if (on)
		TAILQ_INSERT_TAIL(&conn_verifier(c)->held, c, entry);
	else
		TAILQ_REMOVE(&conn_verifier(c)->held, c, entry);
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
	conn_notagain(c);
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

/* Verify has not looked at what the device said a while ago. */
static int
conn_neglected(const struct conn *c)
{
	return c->owed > 0 && mono_ms() - c->lastframe >= LATE_MS;
}

/*
 * Ends a connection that verify still believes in.  If the channel is full
 * the connection keeps its slot, so that no more can wait than there are
 * slots, and its end is told later.
 */
static void
conn_lost(struct conn *c, uint32_t reason)
{
	struct nv_closed	 msg;
	struct hotpipe		*p = &conn_verifier(c)->pipe;
	int			 known;

	if (c->state == CONN_HALFOPEN && conn_neglected(c))
		reason = REASON_BUSY;
	msg.reason = reason;
	known = c->state == CONN_HALFOPEN || c->state == CONN_UP ||
	    c->state == CONN_LOST;
	if (known && hotpipe_full(p, sizeof(msg))) {
		c->state = CONN_LOST;
		c->lost = reason;
		deadline_set(c, DEADLINE_NONE, 0);
		conn_hold(c, 1);
		conn_rewait(c);
		return;
	}
	if (known)
		hotpipe_send(p, NV_CLOSED, c->id, &msg, sizeof(msg));
	conn_free(c);
}

/* A verifier has taken what was queued: those who had to wait go on. */
void
conns_resume(struct verifier *v)
{
	struct conn	*c, *next;

	TAILQ_FOREACH_SAFE(c, &v->held, entry, next) {
		if (c->state == CONN_LOST)
			conn_lost(c, c->lost);
		else {
			conn_hold(c, 0);
			conn_again(c);
		}
	}
	/* Where another one has no room, this says nothing. */
	if (slot_verifier() != NULL)
		listen_release();
}

static void
conn_announce(struct conn *c, const uint8_t *addr, uint16_t port,
    uint16_t profiles)
{
	struct nv_open	 msg;
	struct ipc_conn	 open = { .conn = c->id, .profiles = profiles,
	    .port = port };

	memcpy(open.addr, addr, sizeof(open.addr));
	to_parent(IPC_OPEN, &open, sizeof(open));
	memset(&msg, 0, sizeof(msg));
	memcpy(msg.addr, addr, sizeof(msg.addr));
	msg.port = port;
	msg.profiles = profiles;
	hotpipe_send(&conn_verifier(c)->pipe, NV_OPEN, c->id, &msg,
	    sizeof(msg));
}

/*
 * Takes over fd, just accepted from addr, for verifier v; refuses it where
 * limits say so.  v is NULL only when there are as many connections as may be:
 * then it is refused.
 */
void
conn_new(struct verifier *v, int fd, const uint8_t *addr, uint16_t port,
    const struct listener *l)
{
	struct source	*src = NULL;
	struct conn	*c;
	uint8_t		 reason;

	if (penalty_refuses(addr)) {
		close(fd);
		return;
	}
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
	c->state = CONN_HALFOPEN;
	c->max_in = ASMP_PRE_MAX;
	c->silent = 1;
	c->quantum = READ_MIN;
	c->toread = EV_READ;
	c->lastframe = mono_ms();
	c->id = slot_take(v, c);
	net_counter[CN_ACCEPTED]++;
	conn_announce(c, addr, port, l->profiles);
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
		ipc_intrusion(conn_verifier(c)->pipe.peer, "a session out of "
		    "turn", VN_UP, max_in);
	c->state = CONN_UP;
	c->max_in = max_in;
	source_done(c->source);
	c->source = NULL;
	deadline_set(c, DEADLINE_NONE, 0);
}

/*
 * The device is over its rate: what it sends waits where it is.  From then on
 * less is read from it at a time, so that it goes on evenly.
 */
void
conn_stop(struct conn *c, int on)
{
	c->stopped = on;
	c->paced = 1;
	conn_rewait(c);
	conn_again(c);
}

/*
 * Verify has done with bytes of what the device sent.  More than that were
 * never owed: what it says of flow alone harms no one.
 */
void
conn_taken(struct conn *c, uint32_t bytes)
{
	if (bytes >= c->given)
		c->given = c->owed = 0;
	else {
		c->owed -= (uint64_t)c->owed * bytes / c->given;
		c->given -= bytes;
	}
	conn_rewait(c);
	conn_again(c);
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

	if (c->state != CONN_HALFOPEN && c->state != CONN_UP)
		return;
	if (c->outlen == c->outpos) {
		net_counter[CN_WRITES]++;
		n = io_write(c, data, len);
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
		ipc_intrusion(conn_verifier(c)->pipe.peer, "an unknown way to "
		    "close", VN_CLOSE, how);
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

/* Another one needs its half-open place more. */
void
conn_evict(struct conn *c)
{
	conn_lost(c, REASON_HALF_OPEN);
}

/* Writes what is kept.  Returns -1 if c is gone. */
static int
conn_write(struct conn *c)
{
	ssize_t	 n;

	net_counter[CN_WRITES]++;
	n = io_write(c, c->out + c->outpos, c->outlen - c->outpos);
	if (n == IO_ERROR) {
		conn_lost(c, REASON_LOST);
		return -1;
	}
	if (n > 0) {
		net_counter[CN_BYTES_OUT] += n;
		c->outpos += n;
	}
	if (c->outpos < c->outlen) {
		conn_rewait(c);
		return 0;
	}
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
conn_fill(struct conn *c, uint8_t *buf)
{
	size_t	 len = 0, max = c->quantum;
	ssize_t	 n;

	do {
		net_counter[CN_READS]++;
		n = io_read(c, buf + len, max - len);
		if (n > 0)
			len += n;
	} while (n > 0 && c->tls != NULL && len < max);
	if (len == 0)
		return n;
	net_counter[CN_BYTES_IN] += len;
	if (len == max)
		conn_again(c);
	return len;
}

/*
 * Reads so much the next time that it is not very many frames: a small one is
 * nearly as much work as a larger one.  n came in len bytes.
 */
static void
conn_adapt(struct conn *c, size_t len, uint32_t n)
{
	size_t	 max = n == 0 ? READ_MAX : len / n * READ_FRAMES;

	if (max > READ_MAX)
		max = READ_MAX;
	if (max > 2 * c->quantum)
		max = 2 * c->quantum;
	c->quantum = c->paced || max < READ_MIN ? READ_MIN : max;
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
	uint32_t cost = 0, n = 0;
	int	 ret;

	while ((ret = frame_next(buf + off, len - off, c->max_in, &flen)) ==
	    1) {
		off += flen;
		cost += flen < FRAME_COST ? FRAME_COST : flen;
		n++;
	}
	net_counter[CN_FRAMES] += n;
	conn_adapt(c, off, n);
	if (conn_keepin(c, buf + off, ret == -1 ? 0 : len - off) == -1)
		return REASON_INTERNAL;
	if (off > 0) {
		c->lastframe = mono_ms();
		c->silent = 0;
		chan_commit(&conn_verifier(c)->pipe.chan, NV_FRAMES, c->id,
		    off);
		c->given += off;
		c->owed += cost;
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
	struct hotpipe		*p = &conn_verifier(c)->pipe;

	if (c->state != CONN_UP || hotpipe_full(p, sizeof(msg))) {
		conn_lost(c, reason);
		return -1;
	}
	c->broken = 1;
	hotpipe_send(p, NV_BROKEN, c->id, &msg, sizeof(msg));
	conn_rewait(c);
	return 0;
}

/* Takes what a device sends.  Returns -1 if c is gone. */
static int
conn_read(struct conn *c)
{
	struct hotpipe	*p = &conn_verifier(c)->pipe;
	uint8_t		*buf;
	uint32_t	 reason;
	ssize_t		 n;

	if (hotpipe_full(p, CHAN_MSGMAX) ||
	    (buf = chan_reserve(&p->chan, c->inlen + READ_MAX)) == NULL) {
		conn_hold(c, 1);
		return 0;
	}
	n = conn_fill(c, buf + c->inlen);
	if (n == IO_AGAIN) {
		conn_rewait(c);
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

/* The socket of c can do these, a mask of EV_READ and EV_WRITE. */
void
conn_ready(struct conn *c, short event)
{
	if (c->state == CONN_LINGER) {
		conn_discard(c);
		return;
	}
	if (c->outlen > c->outpos && conn_write(c) == -1)
		return;
	if ((event & c->toread) != 0 && conn_wants(c))
		(void)conn_read(c);
}

/* Whether libtls has bytes that were not read. */
int
conns_unread(void)
{
	return !TAILQ_EMPTY(&unread);
}

/* Reads once more from each of those that it has bytes of. */
void
conns_again(void)
{
	struct conn	*c, *last = TAILQ_LAST(&unread, unreads);

	while ((c = TAILQ_FIRST(&unread)) != NULL) {
		conn_notagain(c);
		if (c == last)
			last = NULL;
		conn_ready(c, EV_READ);
		if (last == NULL)
			break;
	}
}
