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
 * Verify in one process with its fuzzer: the channels' buffers are filled and
 * emptied here, what goes to the parent is kept, and nobody waits for events.
 */

#include <sys/types.h>

#include <errno.h>
#include <event.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "fuzz.h"

struct chan;

static void	 no_event_set(struct event *, int, short,
		    void (*)(int, short, void *), void *);
static int	 no_event_add(struct event *, const struct timeval *);
static int	 no_event_del(struct event *);
static int	 took(struct chan *);

#define event_set	no_event_set
#define event_add	no_event_add
#define event_del	no_event_del
#define chan_write	took

#include "../../asmpd/hotpipe.c"
#include "../../asmpd/verify.c"
#include "../../asmpd/verify_session.c"

#undef chan_write

#include "verify_world.h"

#define ASKS		64	/* kept; more than connections can have */
#define FILLER		0xffff	/* a message that stands for many */

struct device_side	 sides[CONNS];
int			 lent[DEVICES];
int			 hostile;
int			 stalled;
uint8_t			 model[IPC_MODELMAX];
size_t			 modellen;

static struct ask	 asks[ASKS];
static size_t		 nasks;
static uint64_t		 given, taken;	/* bytes of frames */

static void
no_event_set(struct event *ev, int fd, short what,
    void (*call)(int, short, void *), void *arg)
{
	(void)ev;
	(void)fd;
	(void)what;
	(void)call;
	(void)arg;
}

static int
no_event_add(struct event *ev, const struct timeval *tv)
{
	(void)ev;
	(void)tv;
	return 0;
}

static int
no_event_del(struct event *ev)
{
	(void)ev;
	return 0;
}

/* What verify wants of the rest of the process. */
void
childside_init(enum ctl_process proc, int debug, int verbose,
    void (*handler)(int, short, void *), struct ipc_init *init)
{
	(void)proc;
	(void)debug;
	(void)verbose;
	(void)handler;
	(void)init;
}

void
childside_ready(void)
{
}

int
childside_dispatch(short event, void (*recv)(struct imsg *))
{
	(void)event;
	(void)recv;
	return 0;
}

enum ctl_process
childside_channel(struct imsg *imsg, int *fd)
{
	(void)imsg;
	(void)fd;
	fatalx("no channel comes from the fuzzer");
}

void
childside_conf_done(const char *error)
{
	MUST(error == NULL);
}

void
childside_status(struct imsg *imsg, const uint64_t *counter, size_t n)
{
	struct ipc_client	 who;

	(void)counter;
	(void)n;
	ipc_get(imsg, "parent", &who, sizeof(who));
}

static void
check_event(const struct ctl_event *ev)
{
	MUST(memchr(ev->device, '\0', sizeof(ev->device)) != NULL);
	MUST(memchr(ev->address, '\0', sizeof(ev->address)) != NULL);
	MUST(memchr(ev->text, '\0', sizeof(ev->text)) != NULL);
}

static void
ask_keep(uint32_t type, const void *data, size_t len, size_t want)
{
	MUST(len == want);
	if (nasks == ASKS)
		return;
	asks[nasks].type = type;
	memcpy(&asks[nasks++].u, data, len);
}

/* Each message has the size that the parent insists on. */
void
to_parent(uint32_t type, const void *data, size_t len)
{
	switch (type) {
	case IPC_SIGN:
		ask_keep(type, data, len, sizeof(struct ipc_sign));
		break;
	case IPC_LOOKUP:
		ask_keep(type, data, len, sizeof(struct ipc_lookup));
		break;
	case IPC_PROVE:
		ask_keep(type, data, len, sizeof(struct ipc_prove));
		break;
	case IPC_ENDED:
		MUST(len == sizeof(struct ipc_end));
		break;
	case IPC_EVENT:
		MUST(len == sizeof(struct ctl_event));
		check_event(data);
		break;
	default:
		MUST(type == IPC_REPLY && len > sizeof(struct ipc_reply));
		break;
	}
}

/* The oldest question that the parent has not answered; 1, or 0: none. */
int
world_asked(struct ask *ask)
{
	if (nasks == 0)
		return 0;
	*ask = asks[0];
	memmove(asks, asks + 1, --nasks * sizeof(asks[0]));
	return 1;
}

static struct device_side *
side_of(uint64_t conn)
{
	struct device_side	*d;

	MUST(CONN_SLOT(conn) < CONNS);
	d = &sides[CONN_SLOT(conn)];
	return d->open && d->conn == conn ? d : NULL;
}

static void
net_took(const struct chan_msg *msg)
{
	struct device_side	*d;
	struct vn_taken		 done;

	if (msg->type == FILLER)
		return;
	d = side_of(msg->id);
	switch (msg->type) {
	case VN_SEND:
		if (d != NULL && !hostile)
			side_heard(d, msg->data, msg->len);
		break;
	case VN_UP:
		MUST(msg->len == sizeof(struct vn_up));
		break;
	case VN_TAKEN:
		MUST(msg->len == sizeof(done));
		memcpy(&done, msg->data, sizeof(done));
		taken += done.bytes;
		break;
	default:
		MUST(msg->type == VN_CLOSE);
		MUST(msg->len == sizeof(struct vn_close));
		if (d != NULL)
			side_free(d);
		break;
	}
}

static void
took_reading(const struct chan_msg *msg)
{
	struct vs_reading	 rd;

	MUST(msg->len >= sizeof(rd));
	memcpy(&rd, msg->data, sizeof(rd));
	MUST(rd.textlen == msg->len - sizeof(rd));
	MUST(hostile || (rd.device < DEVICES && lent[rd.device]));
}

static void
took_model(const struct chan_msg *msg)
{
	struct model	*m;
	size_t		 head = sizeof(struct vs_model);

	MUST(msg->len > head && msg->len - head <= sizeof(model));
	modellen = msg->len - head;
	memcpy(model, msg->data + head, modellen);
	MUST((m = model_decode(model, modellen)) != NULL);
	model_free(m);
}

static void
store_took(const struct chan_msg *msg)
{
	struct vs_release	 release;

	switch (msg->type) {
	case FILLER:
		break;
	case VS_READING:
		took_reading(msg);
		break;
	case VS_MODEL:
		took_model(msg);
		break;
	default:
		MUST(msg->type == VS_RELEASE && msg->len == sizeof(release));
		memcpy(&release, msg->data, sizeof(release));
		if (hostile)
			break;
		MUST(release.device < DEVICES && lent[release.device]);
		lent[release.device] = 0;
		break;
	}
}

/* In place of writing: the peer takes all there is, or nothing. */
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
		MUST(hdr.len <= b->wpos - b->rpos);
		msg.type = hdr.type;
		msg.id = hdr.id;
		msg.data = b->data + b->rpos + CHAN_HDRLEN;
		msg.len = hdr.len - CHAN_HDRLEN;
		if (c == &verify_net.chan)
			net_took(&msg);
		else
			store_took(&msg);
	}
	b->rpos = b->wpos = 0;
	return 0;
}

/* What is unread moves to memory of its own size, with more behind it. */
static void
arrive(struct chan *c, const void *p, size_t len)
{
	struct chan_buf	*b = &c->in;
	size_t		 left = b->wpos - b->rpos;
	uint8_t		*data = fuzz_alloc(left + len);

	if (left > 0)
		memcpy(data, b->data + b->rpos, left);
	if (len > 0)
		memcpy(data + left, p, len);
	free(b->data);
	b->data = data;
	b->size = b->wpos = left + len;
	b->rpos = 0;
	c->bytesin += len;
}

static void
arrive_message(struct chan *c, uint16_t type, uint64_t id, const void *p,
    size_t len)
{
	struct chan_hdr	 hdr;
	uint8_t		*buf = fuzz_alloc(sizeof(hdr) + len);

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = (uint32_t)(sizeof(hdr) + len);
	hdr.type = type;
	hdr.id = id;
	memcpy(buf, &hdr, sizeof(hdr));
	if (len > 0)
		memcpy(buf + sizeof(hdr), p, len);
	arrive(c, buf, sizeof(hdr) + len);
	free(buf);
}

/* One message from net, or from store, and what verify makes of it. */
static void
work(struct hotpipe *p)
{
	if (!p->held)
		p->work(p);
	world_turn();
}

void
world_net(uint16_t type, uint64_t conn, const void *data, size_t len)
{
	if (type == NV_FRAMES)
		given += len;
	arrive_message(&verify_net.chan, type, conn, data, len);
	work(&verify_net);
}

void
world_store(uint16_t type, uint64_t conn, const void *data, size_t len)
{
	arrive_message(&verify_store.chan, type, conn, data, len);
	work(&verify_store);
}

/* Bytes that need not be a message. */
void
world_net_bytes(const uint8_t *p, size_t len)
{
	arrive(&verify_net.chan, p, len);
	work(&verify_net);
}

void
world_store_bytes(const uint8_t *p, size_t len)
{
	arrive(&verify_store.chan, p, len);
	work(&verify_store);
}

/* A message from the parent. */
void
world_parent(uint32_t type, const void *data, size_t len)
{
	static struct imsg	 imsg;

	/* One that verify ended itself over is still here. */
	ibuf_free(imsg.buf);
	memset(&imsg, 0, sizeof(imsg));
	imsg.hdr.type = type;
	imsg.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + len);
	MUST((imsg.buf = ibuf_open(len)) != NULL);
	MUST(len == 0 || ibuf_add(imsg.buf, data, len) == 0);
	if (len > 0)
		imsg.data = ibuf_data(imsg.buf);
	dispatch(&imsg);
	imsg_free(&imsg);
	world_turn();
}

/* The end of a turn of verify's loop, before which devices hear their keys. */
void
world_turn(void)
{
	struct device_side	*d;
	struct session		*s;
	size_t			 i;

	for (i = 0; i < CONNS; i++) {
		d = &sides[i];
		if (d->open && !d->up &&
		    (s = session_find(d->conn)) != NULL && s->up != NULL)
			side_up(d, s);
	}
	flush();
	/* Net reads no more from a device whose frames are not done with. */
	if (!verify_net.held && !stalled && !hostile)
		MUST(given == taken);
}

/* What happens once a second. */
void
world_sweep(void)
{
	sweep(-1, 0, NULL);
	world_turn();
}

/* Net, or store, has so much queued that this room is left. */
void
world_fill(int store, size_t room)
{
	struct chan	*c = store ? &verify_store.chan : &verify_net.chan;
	size_t		 n;

	while (chan_room(c) > room + CHAN_HDRLEN) {
		n = chan_room(c) - room - CHAN_HDRLEN;
		if (n > CHAN_MSGMAX - CHAN_HDRLEN)
			n = CHAN_MSGMAX - CHAN_HDRLEN;
		MUST(chan_reserve(c, n) != NULL);
		chan_commit(c, FILLER, 0, n);
	}
}

static void
pipe_reset(struct hotpipe *p)
{
	struct chan	*c = &p->chan;

	free(c->in.data);
	memset(&c->in, 0, sizeof(c->in));
	c->out.rpos = c->out.wpos = c->reserved = 0;
	p->held = 0;
}

static void
begin_once(void)
{
	static int	 begun;

	if (begun)
		return;
	begun = 1;
	libraries_warm();
	hotpipe_init(&verify_net, -1, "net", work_net);
	hotpipe_init(&verify_store, -1, "store", work_store);
}

/* A verifier with no session. */
void
world_begin(void)
{
	begin_once();
	conf_abort();
	event_monitor(0);
	stalled = 0;
	stopping = 0;
	nasks = 0;
	given = taken = 0;
	fuzz_tick = 0;
	modellen = 0;
	memset(lent, 0, sizeof(lent));
}

/* All connections end, and nothing of them is left. */
void
world_end(void)
{
	static struct session	 nobody = { .state = S_HELLO };
	uint32_t		 i;

	stalled = 0;
	pipe_reset(&verify_net);
	pipe_reset(&verify_store);
	streams_run(&nobody);		/* what an end has left there */
	for (i = 0; i < ntable; i++)
		if (table[i] != NULL)
			session_free(table[i]);
	took(&verify_net.chan);
	took(&verify_store.chan);
	for (i = 0; i < CONNS; i++)
		side_free(&sides[i]);
	MUST(TAILQ_EMPTY(&lives) && TAILQ_EMPTY(&quiet));
	MUST(verify_counter[CV_SESSIONS] == 0);
	MUST(verify_counter[CV_ROOMS] == 0);
	MUST(verify_counter[CV_ROOM_BYTES] == 0);
	MUST(verify_counter[CV_STREAMS] == 0);
}
