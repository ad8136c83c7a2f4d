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
 * Control, and clients at its socket that send any bytes in any pieces, read
 * or do not, and leave.  Whatever they do costs no more than their own
 * connection; the parent hears of each request with the client's own number
 * and user, one at a time, and on the restricted socket only of those that
 * show.
 *
 * Input: steps, each a byte and its own.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alone.h"
#include "fuzz.h"

#include "../../lib/libutil/imsgev.c"
#include "../../asmpd/control.c"

#define PEERS		6
#define STEPS		256	/* of one input */
#define ANSWERMAX	2048

/* A client's end, and what the parent knows of it. */
struct peer {
	int		 fd;		/* -1: none */
	uint32_t	 id;		/* control's number; 0: it has gone */
	uid_t		 uid;
	int		 restricted;
	int		 asked;		/* a request that is not answered */
};

static struct peer	 peers[PEERS];
static size_t		 queued;	/* bytes that the parent has not read */
static int		 watched;	/* somebody monitors */

/* What control wants of the rest of the process. */
void
childside_conf_done(const char *error)
{
	MUST(error == NULL);
}

void
childside_status(struct imsg *imsg, const uint64_t *counts, size_t n)
{
	(void)imsg;
	(void)counts;
	(void)n;
}

size_t
childside_queued(void)
{
	return queued;
}

static struct peer *
peer_of(uint32_t id)
{
	size_t	 i;

	for (i = 0; i < PEERS; i++)
		if (peers[i].id == id)
			return &peers[i];
	return NULL;
}

static void
heard_request(const uint8_t *data, size_t len)
{
	struct ipc_ctl	 ctl;
	struct peer	*p;

	MUST(len >= sizeof(ctl) && len <= sizeof(ctl) + REQUEST_MAX);
	memcpy(&ctl, data, sizeof(ctl));
	MUST((p = peer_of(ctl.client)) != NULL && ctl.client != 0);
	MUST(ctl.uid == p->uid);
	MUST(ctl.type != CTL_NONE && ctl.type < CTL_REQUESTS);
	MUST(ctl.type != CTL_MONITOR);
	MUST(!p->restricted || is_harmless(ctl.type));
	MUST(!p->asked);
	p->asked = ctl.type != CTL_IMPORT_ROW;
}

void
to_parent(uint32_t type, const void *data, size_t len)
{
	struct ipc_client	 who;
	struct ctl_log		 on;
	struct peer		*p;

	switch (type) {
	case IPC_CTL:
		heard_request(data, len);
		break;
	case IPC_CTL_GONE:
		MUST(len == sizeof(who));
		memcpy(&who, data, len);
		MUST((p = peer_of(who.client)) != NULL && who.client != 0);
		p->id = 0;
		p->asked = 0;
		break;
	default:
		MUST(type == IPC_MONITOR && len == sizeof(on));
		memcpy(&on, data, len);
		MUST((int)on.verbose != watched);
		watched = (int)on.verbose;
		break;
	}
}

/* What libevent does when something has happened to a client. */
static void
happens(struct peer *p, short what)
{
	struct client	*c;

	if (p->id != 0 && (c = client_find(p->id)) != NULL &&
	    ((what & EV_READ) == 0 || !c->iev.held))
		client_event(c->iev.ibuf.fd, what, c);
}

static void
leave(struct peer *p)
{
	if (p->fd == -1)
		return;
	close(p->fd);
	p->fd = -1;
	/* What waits is not read before its end is. */
	while (p->id != 0) {
		queued = 0;
		if (p->asked) {
			client_find(p->id)->asked = 0;
			p->asked = 0;
		}
		clients_resume();
		happens(p, EV_READ);
	}
}

static void
step_connect(struct input *in)
{
	static const uid_t	 uids[] = { 0, 1000, 1001 };
	struct peer		*p = &peers[in_u8(in) % PEERS];
	struct socket		 s;
	uint8_t			 how = in_u8(in);
	int			 pair[2];

	leave(p);
	p->uid = uids[how % 3];
	p->restricted = how & 64 ? 1 : 0;
	if (!client_admit(p->uid))
		return;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	memset(&s, 0, sizeof(s));
	s.restricted = p->restricted;
	p->fd = pair[0];
	client_new(pair[1], &s, p->uid);
	p->id = lastid;
}

static void
step_bytes(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	size_t		 len = in_u8(in);
	const uint8_t	*bytes = in_take(in, &len);

	if (p->fd == -1 || p->id == 0)
		return;
	(void)send(p->fd, bytes, len, MSG_NOSIGNAL);
	happens(p, EV_READ);
}

/* A whole message, of a type that there is. */
static void
step_message(struct input *in)
{
	uint8_t		 buf[sizeof(struct imsg_hdr) + 1024];
	struct peer	*p = &peers[in_u8(in) % PEERS];
	struct imsg_hdr	 hdr;
	size_t		 len;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = in_u8(in) % (CTL_REQUESTS + 2);
	len = in_u8(in) * 4;
	hdr.len = (uint32_t)(sizeof(hdr) + len);
	memcpy(buf, &hdr, sizeof(hdr));
	in_fill(in, buf + sizeof(hdr), len);
	if (p->fd == -1 || p->id == 0)
		return;
	(void)send(p->fd, buf, hdr.len, MSG_NOSIGNAL);
	happens(p, EV_READ);
}

/* It reads what it was told, and is told more. */
static void
step_read(struct input *in)
{
	struct peer	*p = &peers[in_u8(in) % PEERS];
	uint8_t		 buf[65536];

	if (p->fd == -1)
		return;
	while (recv(p->fd, buf, sizeof(buf), 0) > 0)
		;
	happens(p, EV_WRITE);
}

static void
step_leave(struct input *in)
{
	leave(&peers[in_u8(in) % PEERS]);
}

static void
parent_says(uint32_t type, const void *data, size_t len)
{
	struct imsg	 imsg;

	memset(&imsg, 0, sizeof(imsg));
	imsg.hdr.type = type;
	imsg.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + len);
	MUST((imsg.buf = ibuf_open(len)) != NULL);
	MUST(ibuf_add(imsg.buf, data, len) == 0);
	imsg.data = ibuf_data(imsg.buf);
	dispatch(&imsg);
	imsg_free(&imsg);
}

/* An answer, to somebody who asked, or has left meanwhile. */
static void
step_answer(struct input *in)
{
	uint8_t			 buf[sizeof(struct ipc_reply) + ANSWERMAX];
	struct peer		*p = &peers[in_u8(in) % PEERS];
	struct ipc_reply	 reply;
	size_t			 len = in_u16(in) % ANSWERMAX;

	memset(buf, 0, sizeof(buf));
	memset(&reply, 0, sizeof(reply));
	reply.client = in_u8(in) % 16 == 0 ? in_u8(in) : p->id;
	reply.type = CTL_RESULT;
	reply.last = in_u8(in) % 2;
	memcpy(buf, &reply, sizeof(reply));
	p = reply.client == 0 ? NULL : peer_of(reply.client);
	if (p != NULL && reply.last)
		p->asked = 0;
	parent_says(IPC_REPLY, buf, sizeof(reply) + len);
}

static void
step_event(struct input *in)
{
	struct ctl_event	 ev;
	int			 n = in_u8(in);

	memset(&ev, 0, sizeof(ev));
	ev.kind = CTL_EV_ACCEPTED;
	while (n-- > 0)
		parent_says(IPC_EVENT, &ev, sizeof(ev));
}

/* The parent has read all, or is behind; then the loop goes round. */
static void
step_turn(struct input *in)
{
	queued = in_u8(in) % 2 == 0 ? 0 : PARENT_QUEUE + 1;
	clients_resume();
}

static void
step(struct input *in)
{
	static void	(*const steps[])(struct input *) = {
		step_connect, step_bytes, step_message, step_message,
		step_read, step_leave, step_answer, step_event, step_turn
	};

	steps[in_u8(in) % (sizeof(steps) / sizeof(steps[0]))](in);
}

int
fuzz_control(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	int		 i;

	memset(counter, 0, sizeof(counter));
	lastid = 0;
	queued = 0;
	for (i = 0; i < PEERS; i++)
		peers[i] = (struct peer){ .fd = -1 };
	for (i = 0; i < STEPS && in.left > 0; i++)
		step(&in);
	for (i = 0; i < PEERS; i++)
		leave(&peers[i]);
	MUST(TAILQ_EMPTY(&clients) && counter[CC_CLIENTS] == 0);
	MUST(monitors == 0 && !watched);
	return 0;
}
