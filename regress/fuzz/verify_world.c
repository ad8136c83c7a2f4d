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
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "alone.h"
#include "fuzz.h"

struct chan;

static int	 took(struct chan *);

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

/* What verify wants of the rest of the process. */
void
childside_conf_done(const char *error)
{
	MUST(error == NULL);
}

size_t
childside_queued(void)
{
	return 0;
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

/* Of a device that verify has: else the parent stops the daemon. */
static void
check_message(const struct ipc_message *msg)
{
	MUST(CONN_GEN(msg->conn) != 0 && msg->stream != ASMP_STREAM_CONN);
	MUST(hostile || (msg->device < DEVICES && lent[msg->device]));
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
	case IPC_ROTATE:
		MUST(len == sizeof(struct ipc_rotate));
		break;
	case IPC_REFUSED:
		MUST(len == sizeof(struct ipc_refused));
		break;
	case IPC_BLOCKED:
		MUST(len == sizeof(struct ipc_blocked));
		break;
	case IPC_MESSAGE:
		MUST(len == sizeof(struct ipc_message));
		check_message(data);
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
		if (d != NULL)
			d->taken += done.bytes;
		break;
	case VN_HOLD:
		MUST(msg->len == sizeof(struct vn_hold));
		break;
	case VN_FAULT:
		MUST(msg->len == sizeof(struct vn_fault));
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
	MUST(rd.textlen + rd.rawlen == msg->len - sizeof(rd));
	MUST(rd.place <= ASMP_SEAL_FRAMES && (rd.place != 0 || rd.rawlen == 0));
	MUST(hostile || (rd.device < DEVICES && lent[rd.device]));
}

static void
took_seal(const struct chan_msg *msg)
{
	struct vs_seal		 seal;
	struct seal_record	 rec;

	MUST(msg->len >= sizeof(seal));
	memcpy(&seal, msg->data, sizeof(seal));
	MUST(msg->len == sizeof(seal) + seal.recordlen +
	    seal.keylen + seal.count * sizeof(struct vs_leaf));
	MUST(seal_record_get(&rec, msg->data + sizeof(seal),
	    seal.recordlen) == 0);
	MUST(rec.seal.count == seal.count);
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
	case VS_SEAL:
		took_seal(msg);
		break;
	case VS_READING:
		took_reading(msg);
		break;
	case VS_SEALED:
		MUST(msg->len == sizeof(struct vs_sealed));
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
	struct device_side	*d;

	if (type == NV_FRAMES && !hostile && (d = side_of(conn)) != NULL)
		d->given += len;
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

/*
 * Net reads no more from a device whose frames are not done with; those with
 * readings that the store has not decided on are not.
 */
static void
check_taken(void)
{
	struct device_side	*d;
	struct session		*s;
	size_t			 i, kept;

	for (i = 0; i < CONNS; i++) {
		d = &sides[i];
		if (!d->open || (s = session_find(d->conn)) == NULL)
			continue;
		kept = s->up == NULL ? 0 : s->up->credit.old +
		    s->up->credit.new;
		MUST(d->given == d->taken + kept);
		MUST(kept == 0 || s->up->decided < s->up->lastid);
	}
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
	if (!verify_net.held && !stalled && !hostile)
		check_taken();
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
	verify_of = 1;
	hotpipe_init(&verify_store, -1, "store", HOTPIPE_IN, work_store);
	pipe_reset(&verify_store);
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
	/* What was queued is gone: nobody can hear the rest in order. */
	for (i = 0; i < CONNS; i++)
		side_free(&sides[i]);
	pipe_reset(&verify_net);
	pipe_reset(&verify_store);
	streams_run(&nobody);		/* what an end has left there */
	for (i = 0; i < ntable; i++)
		if (table[i] != NULL)
			session_free(table[i]);
	took(&verify_net.chan);
	took(&verify_store.chan);
	MUST(TAILQ_EMPTY(&lives) && TAILQ_EMPTY(&quiet));
	MUST(verify_counter[CV_SESSIONS] == 0);
	MUST(verify_counter[CV_ROOMS] == 0);
	MUST(verify_counter[CV_ROOM_BYTES] == 0);
	MUST(verify_counter[CV_STREAMS] == 0);
}
