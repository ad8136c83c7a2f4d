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
 * Net, which cuts what devices send into frames.  Devices send any bytes in
 * any pieces, read or do not, and leave; verify takes, answers and closes in
 * its own time.  What verify is given are whole frames, each byte once and in
 * order, up to the first that is none; what it says arrives as it was said;
 * each connection begins and ends once.  Where the first byte is odd verify
 * is hostile, and net may end itself.
 *
 * Input: verify; then steps, each a byte and its own.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <poll.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alone.h"
#include "fuzz.h"

struct chan;

static int	 took(struct chan *);

#define chan_write	took

#include "../../asmpd/hotpipe.c"
#include "../../asmpd/net.c"
#include "../../asmpd/net_conn.c"
#include "../../asmpd/net_slot.c"
#include "../../asmpd/net_source.c"
#define ev		deadline_ev
#define arm		deadline_arm
#include "../../asmpd/net_deadline.c"
#undef ev
#undef arm

#define CONNS		6	/* slots */
#define PEERS		6
#define STEPS		256	/* of one input */
#define STREAM		65536	/* bytes of one device that are kept */
#define FILLER		0xffff	/* a message that stands for many */

/* A device's end of a connection, and verify's of the same. */
struct peer {
	int		 fd;		/* -1: it has left */
	uint64_t	 id;
	int		 known;		/* verify has it */
	int		 dismissed;	/* verify has closed it */
	int		 reported;	/* the parent knows its end */
	int		 up;
	int		 broken;
	uint8_t		 sent[STREAM];	/* by the device */
	size_t		 nsent;
	size_t		 ngiven;	/* of it, to verify */
	size_t		 owed;		/* of it, not yet taken */
	uint8_t		 said[STREAM];	/* by verify */
	size_t		 nsaid;
	size_t		 nheard;	/* of it, by the device */
};

static struct peer	 peers[PEERS];
static uint64_t		 opened;	/* the parent has heard of it last */
static int		 hostile, stalled;
static uint8_t		*bytes;

/* What net wants of the rest of the process; turn() asks sockets itself. */
void
ready_init(void)
{
}

void
ready_want(const struct conn *c, short want, short was)
{
	(void)c;
	(void)want;
	(void)was;
}

void
childside_conf_done(const char *error)
{
	(void)error;
}

void
childside_status(struct imsg *imsg, const uint64_t *counts, size_t n)
{
	(void)imsg;
	(void)counts;
	(void)n;
}

int
listen_add(const struct ipc_listener *msg, int fd)
{
	(void)msg;
	(void)fd;
	return -1;
}

void
listen_commit(void)
{
}

void
listen_abort(void)
{
}

void
listen_start(void)
{
}

void
listen_resume(void)
{
}

void
listen_release(void)
{
}

void
listen_stop(void)
{
}

static struct peer *
peer_of(uint64_t id)
{
	size_t	 i;

	for (i = 0; i < PEERS; i++)
		if (peers[i].id == id)
			return &peers[i];
	return NULL;
}

void
to_parent(uint32_t type, const void *data, size_t len)
{
	struct ipc_conn	 msg;
	struct peer	*p;

	if (type == IPC_STOPPED)
		return;
	MUST(len == sizeof(msg));
	memcpy(&msg, data, sizeof(msg));
	if (type == IPC_OPEN) {
		opened = msg.conn;
		return;
	}
	MUST(type == IPC_CLOSED && (p = peer_of(msg.conn)) != NULL);
	MUST(!p->reported);
	p->reported = 1;
}

/* Whether what comes next from the device is no frame. */
static int
next_is_bad(const struct peer *p)
{
	size_t	 flen;

	return frame_next(p->sent + p->ngiven, p->nsent - p->ngiven, p->up ?
	    ASMP_MAX_IN_MIN : ASMP_PRE_MAX, &flen) == -1;
}

static void
took_frames(struct peer *p, const uint8_t *data, size_t len)
{
	size_t	 flen, pos;

	/* What crosses verify's own end on its way is no matter. */
	MUST((p->known || p->dismissed) && !p->broken && len > 0);
	MUST(len <= p->nsent - p->ngiven);
	MUST(memcmp(data, p->sent + p->ngiven, len) == 0);
	for (pos = 0; pos < len; pos += flen)
		MUST(frame_next(data + pos, len - pos, ASMP_PRE_MAX, &flen) ==
		    1);
	p->ngiven += len;
	p->owed += len;
	MUST(p->owed <= OWED_MAX + READ_MAX + ASMP_HDRLEN + ASMP_PRE_MAX);
}

static void
verify_took(const struct chan_msg *msg)
{
	struct nv_closed closed;
	struct peer	*p;

	if (msg->type == FILLER)
		return;
	if (msg->type == NV_OPEN) {
		MUST(msg->len == sizeof(struct nv_open) && msg->id == opened);
		return;
	}
	/* Of what it has closed verify may still hear. */
	if ((p = peer_of(msg->id)) == NULL)
		return;
	if (msg->type == NV_FRAMES) {
		took_frames(p, msg->data, msg->len);
		return;
	}
	MUST(msg->type == NV_CLOSED || msg->type == NV_BROKEN);
	MUST(msg->len == sizeof(closed) && (p->known || p->dismissed));
	memcpy(&closed, msg->data, sizeof(closed));
	MUST(closed.reason != 0);
	if (closed.reason == REASON_VERSION || closed.reason == REASON_LENGTH)
		MUST(next_is_bad(p));
	if (msg->type == NV_BROKEN)
		p->broken = 1;
	else
		p->known = 0;
}

/* In place of writing: verify reads all there is, or nothing. */
static int
took(struct chan *c)
{
	struct chan_hdr	 hdr;
	struct chan_msg	 msg;
	struct chan_buf	*b = &c->out;

	if (stalled)
		return 0;
	for (; b->rpos < b->wpos; b->rpos += hdr.len) {
		memcpy(&hdr, b->data + b->rpos, sizeof(hdr));
		MUST(hdr.len >= CHAN_HDRLEN && hdr.len <= c->maxmsg);
		msg.type = hdr.type;
		msg.id = hdr.id;
		msg.data = b->data + b->rpos + CHAN_HDRLEN;
		msg.len = hdr.len - CHAN_HDRLEN;
		if (!hostile)
			verify_took(&msg);
	}
	b->rpos = b->wpos = 0;
	return 0;
}

/* What libevent does with what has happened; then the end of a turn. */
static void
turn(void)
{
	struct pollfd	 pfd;
	struct conn	*c;
	uint32_t	 i;
	short		 what;

	for (i = 0; i < nslots; i++) {
		if ((c = slots[i].conn) == NULL || c->events == 0)
			continue;
		pfd.fd = c->fd;
		pfd.events = ((c->events & EV_READ) ? POLLIN : 0) |
		    ((c->events & EV_WRITE) ? POLLOUT : 0);
		if (poll(&pfd, 1, 0) != 1)
			continue;
		what = ((pfd.revents & ~POLLOUT) ? EV_READ : 0) |
		    ((pfd.revents & POLLOUT) ? EV_WRITE : 0);
		conn_ready(c, what & c->events);
	}
	conns_again();
	verifiers_flush();
}

static void
hear(struct peer *p)
{
	uint8_t	 buf[STREAM];
	ssize_t	 n;

	while (p->fd != -1 && (n = recv(p->fd, buf, sizeof(buf), 0)) > 0) {
		MUST((size_t)n <= p->nsaid - p->nheard || hostile);
		if (!hostile)
			MUST(memcmp(buf, p->said + p->nheard, (size_t)n) == 0);
		p->nheard += (size_t)n;
	}
}

static void
leave(struct peer *p)
{
	if (p->fd == -1)
		return;
	close(p->fd);
	p->fd = -1;
	turn();
}

/* A place of the fuzzer's is free when net has nothing of it any more. */
static void
step_connect(struct input *in)
{
	static const uint8_t	 addr[16] = { [10] = 0xff, 0xff, 127 };
	struct peer		*p = &peers[in_u8(in) % PEERS];
	struct listener		 l;
	int			 pair[2], size = 4096;

	if (p->fd != -1 || p->known || (p->id != 0 && conn_find(p->id)))
		return;
	/* Verify has room when a connection is accepted. */
	if (hotpipe_full(&net_verifier->pipe, CHAN_MSGMAX))
		return;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	MUST(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)) == 0);
	memset(&l, 0, sizeof(l));
	l.profiles = PROFILES_ALL;
	memset(p, 0, offsetof(struct peer, sent));
	p->nsent = p->ngiven = p->owed = p->nsaid = p->nheard = 0;
	p->fd = pair[0];
	opened = 0;
	conn_new(net_verifier, pair[1], addr, 1, &l);
	p->id = opened;
	p->known = opened != 0;
	if (opened == 0) {
		close(p->fd);
		p->fd = -1;
	}
}

static void
send_bytes(struct peer *p, const uint8_t *data, size_t len)
{
	ssize_t	 n;

	if (p->fd == -1 || len > STREAM - p->nsent)
		return;
	if ((n = send(p->fd, data, len, MSG_NOSIGNAL)) <= 0)
		return;
	memcpy(p->sent + p->nsent, data, (size_t)n);
	p->nsent += (size_t)n;
}

static void
step_bytes(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	size_t		 len = in_u8(in);
	const uint8_t	*data = in_take(in, &len);

	send_bytes(p, data, len);
}

/* A frame, or a number of them, whole or cut. */
static void
step_frames(struct input *in)
{
	uint8_t			 buf[ASMP_HDRLEN + 2048];
	struct peer		*p = &peers[in_u8(in) % PEERS];
	struct asmp_header	 h;
	int			 i, n = 1 + in_u8(in) % 4;
	size_t			 cut;

	memset(&h, 0, sizeof(h));
	memset(buf, 0, sizeof(buf));
	h.version = in_u8(in) % 32 == 0 ? in_u8(in) : ASMP_VERSION;
	h.type = in_u8(in);
	h.length = in_u16(in) % 2048;
	if (in_u8(in) % 32 == 0)
		h.length = (uint32_t)in_u64(in);
	frame_put(buf, &h);
	cut = ASMP_HDRLEN + (h.length < 2048 ? h.length : 2048);
	for (i = 0; i < n; i++)
		send_bytes(p, buf, i + 1 == n ? in_u16(in) % (cut + 1) : cut);
}

static void
verify_says(uint16_t type, uint64_t id, const void *data, size_t len)
{
	struct chan_hdr	 hdr;
	struct chan_buf	*b = &net_verifier->pipe.chan.in;
	size_t		 left = b->wpos - b->rpos;
	uint8_t		*buf = fuzz_alloc(left + sizeof(hdr) + len);

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = (uint32_t)(sizeof(hdr) + len);
	hdr.type = type;
	hdr.id = id;
	if (left > 0)
		memcpy(buf, b->data + b->rpos, left);
	memcpy(buf + left, &hdr, sizeof(hdr));
	if (len > 0)
		memcpy(buf + left + sizeof(hdr), data, len);
	free(b->data);
	b->data = buf;
	b->size = b->wpos = left + sizeof(hdr) + len;
	b->rpos = 0;
	work_verify(&net_verifier->pipe);
}

/* Verify says something to a device that it has. */
static void
step_say(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	size_t		 len = in_u16(in) % 4096;
	uint8_t		 buf[4096];

	if (!p->known || len > STREAM - p->nsaid || len == 0)
		return;
	memset(buf, in_u8(in), len);
	memcpy(p->said + p->nsaid, buf, len);
	p->nsaid += len;
	verify_says(VN_SEND, p->id, buf, len);
}

static void
step_up(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	struct vn_up	 msg = { .max_in = ASMP_MAX_IN_MIN };

	if (!p->known || p->up)
		return;
	p->up = 1;
	verify_says(VN_UP, p->id, &msg, sizeof(msg));
}

static void
step_close(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	struct vn_close	 msg = { .how = in_u8(in) % 3 };

	if (!p->known)
		return;
	p->known = 0;
	p->dismissed = 1;
	verify_says(VN_CLOSE, p->id, &msg, sizeof(msg));
}

static void
step_taken(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	struct vn_taken	 msg = { .bytes = (uint32_t)p->owed };

	if (p->owed == 0)
		return;
	p->owed = 0;
	verify_says(VN_TAKEN, p->id, &msg, sizeof(msg));
}

static void
step_hear(struct input *in)
{
	hear(&peers[in_u8(in) % PEERS]);
}

static void
step_leave(struct input *in)
{
	leave(&peers[in_u8(in) % PEERS]);
}

static void
step_drop(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	struct conn	*c;

	/* The parent does so while a device's session ends. */
	if (p->id != 0 && !p->reported && (c = conn_find(p->id)) != NULL)
		conn_drop(c);
}

static void
step_time(struct input *in)
{
	fuzz_clock += in_u8(in) * 50;
	deadline_reached(-1, 0, NULL);
}

/* Verify reads nothing, with much queued, or goes on. */
static void
step_stall(struct input *in)
{
	struct chan	*c = &net_verifier->pipe.chan;
	size_t		 n, room = in_u16(in);

	if ((stalled = in_u8(in) % 2) == 0)
		return;
	while (chan_room(c) > room + CHAN_HDRLEN) {
		n = chan_room(c) - room - CHAN_HDRLEN;
		if (n > CHAN_MSGMAX - CHAN_HDRLEN)
			n = CHAN_MSGMAX - CHAN_HDRLEN;
		MUST(chan_reserve(c, n) != NULL);
		chan_commit(c, FILLER, 0, n);
	}
}

static void
step_hostile(struct input *in)
{
	uint16_t	 type = in_u8(in) % 16;
	uint64_t	 id = peers[in_u8(in) % PEERS].id;
	size_t		 len = in_u8(in);

	if (!hostile)
		return;
	if (in_u8(in) % 8 == 0)
		id = in_u64(in);
	free(bytes);
	bytes = in_copy(in, &len);
	verify_says(type, id, bytes, len);
}

static void
step(struct input *in)
{
	static void	(*const steps[])(struct input *) = {
		step_connect, step_bytes, step_bytes, step_frames,
		step_frames, step_say, step_up, step_close, step_taken,
		step_taken, step_hear, step_leave, step_drop, step_time,
		step_stall, step_hostile
	};

	steps[in_u8(in) % (sizeof(steps) / sizeof(steps[0]))](in);
	turn();
}

static void
begin(void)
{
	static int	 begun;
	size_t		 i;

	if (!begun) {
		begun = 1;
		deadlines_init();
		net_nverifiers = 1;
		conns_init(CONNS);
		TAILQ_INIT(&net_verifier->held);
		hotpipe_init(&net_verifier->pipe, -1, "verify", HOTPIPE_IN,
		    work_verify);
	}
	net_conf.max_sessions = CONNS;
	net_conf.max_halfopen = 4;
	net_conf.halfopen_source = 4;
	net_conf.new_source = 5;
	net_conf.handshake_ms = 10000;
	net_conf.penalty_ms[PENALTY_REFUSED] = 1000;
	net_conf.penalty_least_ms = 1000;
	net_conf.penalty_most_ms = 2000;
	stalled = 0;
	flushing = 0;
	for (i = 0; i < PEERS; i++) {
		memset(&peers[i], 0, offsetof(struct peer, sent));
		peers[i].fd = -1;
		peers[i].owed = 0;
	}
}

/* All connections go, and each has been reported to the parent. */
static void
end(void)
{
	struct source	*s;
	struct conn	*c;
	uint32_t	 i;

	stalled = 0;
	free(net_verifier->pipe.chan.in.data);
	memset(&net_verifier->pipe.chan.in, 0,
	    sizeof(net_verifier->pipe.chan.in));
	turn();
	for (i = 0; i < PEERS; i++)
		leave(&peers[i]);
	for (i = 0; i < nslots; i++)
		if ((c = slots[i].conn) != NULL)
			conn_drop(c);
	turn();
	MUST(conns_left() == 0 && net_counter[CN_HALFOPEN] == 0);
	MUST(TAILQ_EMPTY(&net_verifier->held));
	for (i = 0; i < PEERS && !hostile; i++)
		MUST(peers[i].id == 0 ||
		    (peers[i].reported && !peers[i].known));
	while ((s = TAILQ_FIRST(&idle)) != NULL)
		source_free(s);
	free(slots);
	net_verifier->conns = 0;
	conns_init(CONNS);
}

int
fuzz_net(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	jmp_buf		 over;
	int		 i;

	hostile = in_u8(&in) % 2;
	begin();
	if (setjmp(over) == 0) {
		if (hostile)
			fuzz_end = &over;
		for (i = 0; i < STEPS && in.left > 0; i++)
			step(&in);
	}
	fuzz_end = NULL;
	end();
	free(bytes);
	bytes = NULL;
	return 0;
}
