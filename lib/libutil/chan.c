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
 * Channels: see chan.h.  Both buffers are allocated once.  The one on its
 * way out is twice its cap, so that the bytes in it are moved at most once
 * for every cap's worth that was written; memory never touched costs
 * nothing.
 *
 * Going back: chan_mark() before chan_next() remembers a message, and
 * chan_rewind() makes it the next one again, with everything after it.
 * A mark holds until the next chan_read(), which may discard all that was
 * consumed by then but never what was rewound.  The buffer is the caller's
 * to decrypt in, so only a message whose payload was left alone may be
 * rewound.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chan.h"
#include "log.h"

_Static_assert(sizeof(struct chan_hdr) == 16, "chan_hdr has no padding");

/*
 * Prepares a channel over the stream socket fd, which stays the caller's to
 * close: insize bytes to read into, at most outmax bytes queued, messages of
 * at most maxmsg bytes, header included.  -1 with errno EINVAL when maxmsg
 * holds no header, insize not two messages or outmax not one, or ENOMEM.
 */
int
chan_init(struct chan *c, int fd, size_t insize, size_t outmax, size_t maxmsg)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	if (maxmsg < CHAN_HDRLEN || maxmsg > UINT32_MAX ||
	    insize / 2 < maxmsg || outmax < maxmsg || outmax > SIZE_MAX / 2) {
		errno = EINVAL;
		return -1;
	}
	c->maxmsg = maxmsg;
	c->outmax = outmax;
	c->in.size = insize;
	c->out.size = 2 * outmax;
	c->in.data = calloc(1, c->in.size);
	c->out.data = calloc(1, c->out.size);
	if (c->in.data == NULL || c->out.data == NULL) {
		chan_clear(c);
		return -1;
	}
	return 0;
}

/* Wipes and frees both buffers; the socket stays open. */
void
chan_clear(struct chan *c)
{
	freezero(c->in.data, c->in.size);
	freezero(c->out.data, c->out.size);
	memset(&c->in, 0, sizeof(c->in));
	memset(&c->out, 0, sizeof(c->out));
	c->reserved = 0;
}

static size_t
used(const struct chan_buf *b)
{
	return b->wpos - b->rpos;
}

/*
 * Moves what is in the buffer to its front.  What is left behind it may be a
 * copy of what should not stay.
 */
static void
compact(struct chan_buf *b)
{
	size_t	 end = b->wpos;

	if (b->rpos == 0)
		return;
	memmove(b->data, b->data + b->rpos, used(b));
	b->wpos -= b->rpos;
	b->rpos = 0;
	explicit_bzero(b->data + b->wpos, end - b->wpos);
}

/* 1 header at hand, 0 not whole yet, -1 what is there cannot be one. */
static int
peek_header(const struct chan *c, struct chan_hdr *hdr)
{
	if (used(&c->in) < CHAN_HDRLEN)
		return 0;
	memcpy(hdr, c->in.data + c->in.rpos, sizeof(*hdr));
	if (hdr->len < CHAN_HDRLEN || hdr->len > c->maxmsg ||
	    hdr->type == 0 || hdr->spare != 0) {
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

/*
 * Reads once into the free space, moving what is unread to the front first
 * when less than a message would fit behind it: all that chan_next() handed
 * out and all marks are void after that.  1 when data came, the socket had
 * none, or whole messages fill the buffer; 0 when the peer has closed; -1
 * with errno, EBADMSG when a full buffer starts with no valid message.
 */
int
chan_read(struct chan *c)
{
	struct chan_hdr	 hdr;
	ssize_t		 n;

	if (used(&c->in) == 0 || c->in.size - c->in.wpos < c->maxmsg)
		compact(&c->in);
	if (c->in.wpos == c->in.size)
		return peek_header(c, &hdr);
	n = read(c->fd, c->in.data + c->in.wpos, c->in.size - c->in.wpos);
	c->nread++;
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 1 : -1;
	if (n == 0)
		return 0;
	c->in.wpos += n;
	c->bytesin += n;
	return 1;
}

/*
 * Takes the next message.  Its payload lies in the channel's buffer, at no
 * particular alignment; it may be overwritten and is valid until the next
 * chan_read().  1, 0 when none is whole yet, -1 with errno EBADMSG when the
 * peer does not speak the protocol: then and later, for nothing is consumed.
 */
int
chan_next(struct chan *c, struct chan_msg *msg)
{
	struct chan_hdr	 hdr;
	int		 ret;

	if ((ret = peek_header(c, &hdr)) != 1)
		return ret;
	if (used(&c->in) < hdr.len)
		return 0;
	msg->type = hdr.type;
	msg->id = hdr.id;
	msg->data = c->in.data + c->in.rpos + CHAN_HDRLEN;
	msg->len = hdr.len - CHAN_HDRLEN;
	c->in.rpos += hdr.len;
	return 1;
}

/*
 * The place of the next message in the stream, counted from its beginning,
 * so that a mark that has become void can be told from a good one.
 */
size_t
chan_mark(const struct chan *c)
{
	return c->bytesin - used(&c->in);
}

/* Goes back to a mark; one that is void is a mistake of ours, and fatal. */
void
chan_rewind(struct chan *c, size_t mark)
{
	size_t	 back = chan_mark(c) - mark;

	if (back > c->in.rpos)
		fatalx("chan_rewind: the mark is no longer in the buffer");
	c->in.rpos -= back;
}

/*
 * Lends room for a payload of n bytes, until chan_commit(); calling it again
 * before that lends the same room anew.  NULL with errno EMSGSIZE when n is
 * more than a message may have, ENOBUFS when the cap does not allow it now.
 */
uint8_t *
chan_reserve(struct chan *c, size_t n)
{
	if (n > c->maxmsg - CHAN_HDRLEN) {
		errno = EMSGSIZE;
		return NULL;
	}
	if (CHAN_HDRLEN + n > chan_room(c)) {
		errno = ENOBUFS;
		return NULL;
	}
	if (used(&c->out) == 0 || CHAN_HDRLEN + n > c->out.size - c->out.wpos)
		compact(&c->out);
	c->reserved = CHAN_HDRLEN + n;
	return c->out.data + c->out.wpos + CHAN_HDRLEN;
}

/*
 * Queues the first len bytes of what chan_reserve() lent as a message.  More
 * than was lent, or type 0, is a mistake of ours, and fatal.
 */
void
chan_commit(struct chan *c, uint16_t type, uint64_t id, size_t len)
{
	struct chan_hdr	 hdr;

	if (type == 0 || c->reserved == 0 || len > c->reserved - CHAN_HDRLEN)
		fatalx("chan_commit: type %u, %zu bytes: not reserved", type,
		    len);
	memset(&hdr, 0, sizeof(hdr));
	hdr.len = CHAN_HDRLEN + len;
	hdr.type = type;
	hdr.id = id;
	memcpy(c->out.data + c->out.wpos, &hdr, sizeof(hdr));
	c->out.wpos += hdr.len;
	c->reserved = 0;
}

/* Queues a copy of len bytes.  0, or -1 with the errno of chan_reserve(). */
int
chan_send(struct chan *c, uint16_t type, uint64_t id, const void *data,
    size_t len)
{
	uint8_t	*p;

	if ((p = chan_reserve(c, len)) == NULL)
		return -1;
	if (len > 0)
		memcpy(p, data, len);
	chan_commit(c, type, id, len);
	return 0;
}

/*
 * Writes once, everything queued, and wipes what was written: it may be what
 * a device has said.  0 also when the socket took a part or nothing
 * (chan_queued() tells what is left), -1 with errno otherwise.  Never raises
 * SIGPIPE.  Nothing moves here: room may be on loan.
 */
int
chan_write(struct chan *c)
{
	ssize_t	 n;

	if (used(&c->out) == 0)
		return 0;
	n = send(c->fd, c->out.data + c->out.rpos, used(&c->out),
	    MSG_NOSIGNAL);
	c->nwrite++;
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	explicit_bzero(c->out.data + c->out.rpos, (size_t)n);
	c->out.rpos += n;
	c->bytesout += n;
	return 0;
}

/* Bytes committed and not yet written. */
size_t
chan_queued(const struct chan *c)
{
	return used(&c->out);
}

/* Bytes, headers included, that may be queued before the cap is reached. */
size_t
chan_room(const struct chan *c)
{
	return c->outmax - used(&c->out);
}
