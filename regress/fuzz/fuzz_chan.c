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
 * Channels, with small buffers, from a peer that sends any bytes: what comes
 * out is what a second look at the bytes finds, and what is sent arrives as
 * it is.
 *
 * Input: steps, each a byte and its own.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chan.h"
#include "fuzz.h"

#define MAXMSG	64
#define INSIZE	160		/* messages lie across its end */
#define OUTMAX	96
#define STREAM	16384		/* bytes of all that one side sends */

struct stream {
	uint8_t	 data[STREAM];
	size_t	 len;
	size_t	 pos;
};

struct world {
	struct chan	 c;
	struct stream	 to;		/* the channel: bytes of the input's */
	struct stream	 from;		/* it: what was committed */
	int		 peer;
	int		 bad;		/* chan_next() has refused */
};

static void
add(struct stream *s, const void *p, size_t len)
{
	MUST(len <= sizeof(s->data) - s->len);
	if (len > 0)
		memcpy(s->data + s->len, p, len);
	s->len += len;
}

/* As chan_next() should find it: 1, 0, -1. */
static int
expected(const struct world *w, struct chan_hdr *hdr)
{
	size_t	 have = w->c.bytesin - w->to.pos;

	if (have < CHAN_HDRLEN)
		return 0;
	memcpy(hdr, w->to.data + w->to.pos, sizeof(*hdr));
	if (hdr->len < CHAN_HDRLEN || hdr->len > MAXMSG || hdr->type == 0 ||
	    hdr->spare != 0)
		return -1;
	return have >= hdr->len;
}

static void
check_next(struct world *w)
{
	struct chan_hdr	 hdr;
	struct chan_msg	 msg;
	int		 r = chan_next(&w->c, &msg);

	MUST(r == expected(w, &hdr));
	if (r == -1)
		w->bad = 1;
	if (r != 1)
		return;
	MUST(msg.type == hdr.type && msg.id == hdr.id);
	MUST(msg.len == hdr.len - CHAN_HDRLEN);
	MUST(msg.len == 0 || memcmp(msg.data, w->to.data + w->to.pos +
	    CHAN_HDRLEN, msg.len) == 0);
	w->to.pos += hdr.len;
}

/* The same message twice. */
static void
step_rewind(struct world *w)
{
	size_t	 mark = chan_mark(&w->c), pos = w->to.pos;

	check_next(w);
	chan_rewind(&w->c, mark);
	w->to.pos = pos;
	check_next(w);
}

/* As much as the socket takes of what the peer sends. */
static void
peer_sends(struct world *w, const uint8_t *p, size_t len)
{
	ssize_t	 n;

	if (len > 0 && (n = write(w->peer, p, len)) > 0)
		add(&w->to, p, (size_t)n);
}

static void
step_peer(struct world *w, struct input *in)
{
	size_t		 len = in_u8(in);
	const uint8_t	*p = in_take(in, &len);

	peer_sends(w, p, len);
}

/* A message as the input has it, but for its length. */
static void
step_peer_message(struct world *w, struct input *in)
{
	uint8_t		 buf[MAXMSG];
	struct chan_hdr	 hdr;
	size_t		 len = in_u8(in) % (MAXMSG - CHAN_HDRLEN + 1);

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = (uint32_t)(CHAN_HDRLEN + len);
	hdr.type = 1 + in_u8(in);
	hdr.id = in_u8(in);
	memcpy(buf, &hdr, sizeof(hdr));
	in_fill(in, buf + sizeof(hdr), len);
	peer_sends(w, buf, hdr.len);
}

static void
step_read(struct world *w)
{
	uint64_t	 before = w->c.bytesin;
	int		 r = chan_read(&w->c);

	MUST(r == 1 || (r == -1 && errno == EBADMSG));
	MUST(w->c.bytesin <= w->to.len && w->c.bytesin >= before);
}

static void
step_send(struct world *w, struct input *in)
{
	uint8_t		 buf[256];
	struct chan_hdr	 hdr;
	size_t		 len = in_u8(in), room = chan_room(&w->c);
	int		 r;

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = (uint32_t)(CHAN_HDRLEN + len);
	hdr.type = 1 + in_u8(in);
	hdr.id = 7;
	in_fill(in, buf, len);
	r = chan_send(&w->c, hdr.type, hdr.id, buf, len);
	if (CHAN_HDRLEN + len > MAXMSG)
		MUST(r == -1 && errno == EMSGSIZE);
	else if (CHAN_HDRLEN + len > room)
		MUST(r == -1 && errno == ENOBUFS);
	else {
		MUST(r == 0);
		add(&w->from, &hdr, sizeof(hdr));
		add(&w->from, buf, len);
	}
}

static void
step_write(struct world *w)
{
	uint8_t	 buf[2 * OUTMAX];
	ssize_t	 n;

	MUST(chan_write(&w->c) == 0);
	if ((n = read(w->peer, buf, sizeof(buf))) == -1)
		return;
	MUST((size_t)n <= w->from.len - w->from.pos);
	MUST(memcmp(buf, w->from.data + w->from.pos, (size_t)n) == 0);
	w->from.pos += (size_t)n;
	MUST(chan_queued(&w->c) == w->from.len - w->from.pos);
}

static void
step(struct world *w, struct input *in)
{
	switch (in_u8(in) % 7) {
	case 0:
		step_peer(w, in);
		break;
	case 1:
		step_peer_message(w, in);
		break;
	case 2:
		step_read(w);
		break;
	case 3:
		check_next(w);
		break;
	case 4:
		step_rewind(w);
		break;
	case 5:
		step_send(w, in);
		break;
	default:
		step_write(w);
		break;
	}
}

int
fuzz_chan(const uint8_t *data, size_t size)
{
	static struct world	 w;
	struct input		 in = { data, size };
	int			 pair[2];

	memset(&w, 0, sizeof(w));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	w.peer = pair[1];
	MUST(chan_init(&w.c, pair[0], INSIZE, OUTMAX, MAXMSG) == 0);
	while (in.left > 0 && !w.bad && w.to.len < STREAM - 256 &&
	    w.from.len < STREAM - 512)
		step(&w, &in);
	chan_clear(&w.c);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
