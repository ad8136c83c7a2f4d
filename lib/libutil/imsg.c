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
 * Messages with a header, cut out of a stream and checked before anything
 * is allocated for them.  The interface is OpenBSD's, the limit on queued
 * bytes is ours, and imsgbuf_flush() is left out on purpose: it loops until
 * everything is written, so on a non-blocking socket it spins, and two
 * processes that flush at each other wait forever.  Queue and wait for
 * EV_WRITE instead (imsgev.c).
 *
 * Descriptors: the sender marks the length of a message that carries one, so
 * the receiver knows whose it is even when messages arrive cut or merged.
 * The kernel hands a descriptor over with the read that returns the first
 * byte of its sendmsg(), and never two of them in one read; a reader that
 * has no whole header yet thus holds at most one, and after the next read at
 * most two.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define IMSG_FD_MARK	0x80000000U	/* in the header's length */
#define IMSG_READSIZE	65536		/* bytes taken by one recvmsg() */
#define IMSG_NFDS	2		/* arrived, waiting for a header */

struct imsg_reader {
	TAILQ_HEAD(, ibuf)	 msgs;	/* whole, not yet fetched */
	struct ibuf		*cur;	/* header known, data incomplete */
	uint8_t			 hdr[IMSG_HEADER_SIZE];
	size_t			 hdrlen;
	int			 fds[IMSG_NFDS];	/* -1: lost */
	int			 nfds;
	int			 error;	/* why the stream cannot be trusted */
	uint8_t			 buf[IMSG_READSIZE];
};

/*
 * Prepares imsgbuf for the socket fd, which stays the caller's to close.
 * Descriptors are refused until imsgbuf_allow_fdpass().  -1 with errno
 * ENOMEM.
 */
int
imsgbuf_init(struct imsgbuf *imsgbuf, int fd)
{
	memset(imsgbuf, 0, sizeof(*imsgbuf));
	imsgbuf->fd = fd;
	imsgbuf->pid = getpid();
	imsgbuf->maxsize = MAX_IMSGSIZE;
	imsgbuf->w = msgbuf_new();
	imsgbuf->r = calloc(1, sizeof(*imsgbuf->r));
	if (imsgbuf->w == NULL || imsgbuf->r == NULL) {
		imsgbuf_clear(imsgbuf);
		return -1;
	}
	TAILQ_INIT(&imsgbuf->r->msgs);
	return 0;
}

/* Lets messages carry a descriptor, both ways. */
void
imsgbuf_allow_fdpass(struct imsgbuf *imsgbuf)
{
	imsgbuf->fdpass = 1;
}

/* Lets messages to the peer carry a descriptor; the peer's may not. */
void
imsgbuf_allow_fdsend(struct imsgbuf *imsgbuf)
{
	imsgbuf->fdsend = 1;
}

/*
 * Sets the largest message, both ways, as bytes of data after the header.
 * -1 with errno ERANGE or EINVAL when the length field cannot express it.
 */
int
imsgbuf_set_maxsize(struct imsgbuf *imsgbuf, uint32_t max)
{
	if (max > UINT32_MAX - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return -1;
	}
	max += IMSG_HEADER_SIZE;
	if (max & IMSG_FD_MARK) {
		errno = EINVAL;
		return -1;
	}
	imsgbuf->maxsize = max;
	return 0;
}

/* Sets how many bytes may wait to be written; above, composing fails. */
void
imsgbuf_set_queuemax(struct imsgbuf *imsgbuf, size_t bytes)
{
	msgbuf_set_max(imsgbuf->w, bytes);
}

static void
reader_push_fd(struct imsg_reader *r, int fd)
{
	if (r->nfds < IMSG_NFDS)
		r->fds[r->nfds++] = fd;
	else if (fd != -1)
		close(fd);
}

/* The oldest descriptor, or -1. */
static int
reader_pop_fd(struct imsg_reader *r)
{
	int	 fd;

	if (r->nfds == 0)
		return -1;
	fd = r->fds[0];
	r->nfds--;
	memmove(r->fds, r->fds + 1, r->nfds * sizeof(r->fds[0]));
	return fd;
}

/* Closes the oldest descriptors until keep are left. */
static void
reader_drop_fds(struct imsg_reader *r, int keep)
{
	int	 fd;

	while (r->nfds > keep)
		if ((fd = reader_pop_fd(r)) != -1)
			close(fd);
}

/*
 * One descriptor per message: the first of a batch is kept.  A truncated
 * batch means that the table is full or the peer sent too many; what did
 * arrive may not be the right one, so all of it goes and the message will
 * say that it has none.
 */
static void
reader_take_fds(struct imsg_reader *r, struct msghdr *msg)
{
	struct cmsghdr	*cmsg;
	size_t		 i, n;
	int		 fd, kept = -1, lost;

	lost = (msg->msg_flags & MSG_CTRUNC) != 0;
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd),
			    sizeof(fd));
			if (kept == -1 && !lost)
				kept = fd;
			else
				close(fd);
		}
	}
	if (kept != -1 || lost)
		reader_push_fd(r, kept);
}

/*
 * Without room for control data the kernel discards descriptors itself, and
 * they never enter this process.
 */
static ssize_t
reader_recv(struct imsgbuf *imsgbuf)
{
	struct imsg_reader	*r = imsgbuf->r;
	struct msghdr		 msg;
	struct iovec		 iov;
	union {
		struct cmsghdr	 hdr;
		uint8_t		 buf[CMSG_SPACE(sizeof(int))];
	} ctl;
	ssize_t			 n;

	do {
		memset(&msg, 0, sizeof(msg));
		iov.iov_base = r->buf;
		iov.iov_len = sizeof(r->buf);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		if (imsgbuf->fdpass) {
			msg.msg_control = &ctl;
			msg.msg_controllen = sizeof(ctl.buf);
		}
		n = recvmsg(imsgbuf->fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n > 0 && imsgbuf->fdpass)
		reader_take_fds(r, &msg);
	return n;
}

static void
reader_finish(struct imsg_reader *r)
{
	if (ibuf_left(r->cur) > 0)
		return;
	TAILQ_INSERT_TAIL(&r->msgs, r->cur, entry);
	r->cur = NULL;
}

/* The header is whole: checks its length, then makes room for the message. */
static int
reader_open(struct imsgbuf *imsgbuf)
{
	struct imsg_reader	*r = imsgbuf->r;
	struct imsg_hdr		 hdr;
	int			 marked;

	memcpy(&hdr, r->hdr, sizeof(hdr));
	marked = (hdr.len & IMSG_FD_MARK) != 0;
	hdr.len &= ~IMSG_FD_MARK;
	if (hdr.len < sizeof(hdr) || hdr.len > imsgbuf->maxsize) {
		errno = ERANGE;
		return -1;
	}
	if ((r->cur = ibuf_open(hdr.len)) == NULL)
		return -1;
	if (marked)
		ibuf_fd_set(r->cur, reader_pop_fd(r));
	r->hdrlen = 0;
	if (ibuf_add(r->cur, &hdr, sizeof(hdr)) == -1)
		return -1;
	reader_finish(r);
	return 0;
}

static ssize_t
reader_header(struct imsgbuf *imsgbuf, const uint8_t *p, size_t n)
{
	struct imsg_reader	*r = imsgbuf->r;

	if (n > sizeof(r->hdr) - r->hdrlen)
		n = sizeof(r->hdr) - r->hdrlen;
	memcpy(r->hdr + r->hdrlen, p, n);
	r->hdrlen += n;
	if (r->hdrlen == sizeof(r->hdr) && reader_open(imsgbuf) == -1)
		return -1;
	return n;
}

static ssize_t
reader_payload(struct imsg_reader *r, const uint8_t *p, size_t n)
{
	if (n > ibuf_left(r->cur))
		n = ibuf_left(r->cur);
	if (ibuf_add(r->cur, p, n) == -1)
		return -1;
	reader_finish(r);
	return n;
}

static int
reader_parse(struct imsgbuf *imsgbuf, size_t len)
{
	struct imsg_reader	*r = imsgbuf->r;
	const uint8_t		*p = r->buf;
	ssize_t			 n;

	while (len > 0) {
		if (r->cur == NULL)
			n = reader_header(imsgbuf, p, len);
		else
			n = reader_payload(r, p, len);
		if (n == -1)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

/*
 * Reads once from the socket and cuts out the messages that are now whole.
 * 1 when there may be some (or the socket had nothing to give), 0 when the
 * peer has closed, -1 with errno, ERANGE for a length outside the limits;
 * after that the stream is not read again, though imsgbuf_get() still
 * returns what came before.
 */
int
imsgbuf_read(struct imsgbuf *imsgbuf)
{
	struct imsg_reader	*r = imsgbuf->r;
	ssize_t			 n;

	if (r->error != 0) {
		errno = r->error;
		return -1;
	}
	if ((n = reader_recv(imsgbuf)) == -1)
		return errno == EAGAIN ? 1 : -1;
	if (n == 0)
		return 0;
	if (reader_parse(imsgbuf, n) == -1)
		r->error = errno;
	explicit_bzero(r->buf, n);
	/* What is left can only belong to a header that is still incomplete. */
	reader_drop_fds(r, r->error == 0 && r->hdrlen > 0);
	errno = r->error;
	return r->error != 0 ? -1 : 1;
}

/*
 * Writes once to the socket.  0 also when it is full (imsgbuf_queuelen()
 * tells what is left), -1 with errno otherwise.
 */
int
imsgbuf_write(struct imsgbuf *imsgbuf)
{
	return msgbuf_write(imsgbuf->fd, imsgbuf->w);
}

/*
 * Fetches the next whole message, to be released with imsg_free().  1, or 0
 * when there is none; the -1 of the manual cannot happen here, for headers
 * are checked before a message is queued.
 */
int
imsgbuf_get(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	struct ibuf	*buf;

	if ((buf = TAILQ_FIRST(&imsgbuf->r->msgs)) == NULL)
		return 0;
	TAILQ_REMOVE(&imsgbuf->r->msgs, buf, entry);
	memset(imsg, 0, sizeof(*imsg));
	memcpy(&imsg->hdr, buf->buf, sizeof(imsg->hdr));
	buf->rpos = sizeof(imsg->hdr);
	imsg->buf = buf;
	if (ibuf_size(buf) > 0)
		imsg->data = ibuf_data(buf);
	return 1;
}

static void
reader_free(struct imsg_reader *r)
{
	struct ibuf	*buf;

	if (r == NULL)
		return;
	while ((buf = TAILQ_FIRST(&r->msgs)) != NULL) {
		TAILQ_REMOVE(&r->msgs, buf, entry);
		ibuf_free(buf);
	}
	ibuf_free(r->cur);
	reader_drop_fds(r, 0);
	free(r);
}

/*
 * Frees everything queued in either direction and closes the descriptors in
 * it, not the socket.  May be called twice.
 */
void
imsgbuf_clear(struct imsgbuf *imsgbuf)
{
	msgbuf_free(imsgbuf->w);
	reader_free(imsgbuf->r);
	imsgbuf->w = NULL;
	imsgbuf->r = NULL;
}

/* Messages that wait to be written; none after imsgbuf_clear(). */
uint32_t
imsgbuf_queuelen(const struct imsgbuf *imsgbuf)
{
	return imsgbuf->w == NULL ? 0 : msgbuf_queuelen(imsgbuf->w);
}

/* Bytes that wait to be written; none after imsgbuf_clear(). */
size_t
imsgbuf_queuebytes(const struct imsgbuf *imsgbuf)
{
	return imsgbuf->w == NULL ? 0 : msgbuf_queuebytes(imsgbuf->w);
}

/*
 * Copies the data when it is exactly len bytes long.  -1 with errno EBADMSG
 * when it is not, EINVAL when len is 0.
 */
int
imsg_get_data(struct imsg *imsg, void *data, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return -1;
	}
	if (ibuf_size(imsg->buf) != len) {
		errno = EBADMSG;
		return -1;
	}
	return ibuf_get(imsg->buf, data, len);
}

/* Copies the next len bytes of data; -1 with EBADMSG if there are fewer. */
int
imsg_get_buf(struct imsg *imsg, void *data, size_t len)
{
	return ibuf_get(imsg->buf, data, len);
}

/* A view of all unread data; -1 with errno EBADMSG if there is none. */
int
imsg_get_ibuf(struct imsg *imsg, struct ibuf *ibuf)
{
	if (ibuf_size(imsg->buf) == 0) {
		errno = EBADMSG;
		return -1;
	}
	return ibuf_get_ibuf(imsg->buf, ibuf_size(imsg->buf), ibuf);
}

/* The next len bytes as a terminated string: see ibuf_get_strbuf(). */
int
imsg_get_strbuf(struct imsg *imsg, char *str, size_t len)
{
	return ibuf_get_strbuf(imsg->buf, str, len);
}

/* Hands the descriptor to the caller; -1 when none came or it was lost. */
int
imsg_get_fd(struct imsg *imsg)
{
	return ibuf_fd_get(imsg->buf);
}

/* The message's type, as the peer chose it. */
uint32_t
imsg_get_type(const struct imsg *imsg)
{
	return imsg->hdr.type;
}

/* Bytes of data not yet read. */
size_t
imsg_get_len(const struct imsg *imsg)
{
	return ibuf_size(imsg->buf);
}

/* The peerid field. */
uint32_t
imsg_get_id(const struct imsg *imsg)
{
	return imsg->hdr.peerid;
}

/* The pid field: a claim of the peer, not an identity. */
pid_t
imsg_get_pid(const struct imsg *imsg)
{
	return imsg->hdr.pid;
}

/* Wipes and frees the message and closes a descriptor nobody claimed. */
void
imsg_free(struct imsg *imsg)
{
	ibuf_free(imsg->buf);
	imsg->buf = NULL;
	imsg->data = NULL;
}

/*
 * Starts a message for about datalen bytes of data, which imsg_add() or
 * ibuf_add() append; pid 0 stands for this process.  NULL with errno EPIPE
 * after imsgbuf_clear(), ERANGE when datalen is above the limit, or ENOMEM.
 */
struct ibuf *
imsg_create(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    size_t datalen)
{
	struct imsg_hdr	 hdr;
	struct ibuf	*msg;

	if (imsgbuf->w == NULL) {
		errno = EPIPE;
		return NULL;
	}
	if (datalen > imsgbuf->maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return NULL;
	}
	msg = ibuf_dynamic(datalen + IMSG_HEADER_SIZE, imsgbuf->maxsize);
	if (msg == NULL)
		return NULL;
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.peerid = id;
	hdr.pid = pid != 0 ? pid : imsgbuf->pid;
	if (ibuf_add(msg, &hdr, sizeof(hdr)) == -1) {
		ibuf_free(msg);
		return NULL;
	}
	return msg;
}

/*
 * Appends len bytes and returns len; on failure msg is freed and -1 returned
 * with errno.
 */
int
imsg_add(struct ibuf *msg, const void *data, size_t len)
{
	if (ibuf_add(msg, data, len) == -1) {
		ibuf_free(msg);
		return -1;
	}
	return len;
}

/* Completes the header and queues msg; on failure msg is untouched. */
static int
enqueue(struct imsgbuf *imsgbuf, struct ibuf *msg)
{
	struct imsg_hdr	 hdr;

	if (ibuf_fd_avail(msg) && !imsgbuf->fdpass && !imsgbuf->fdsend) {
		errno = EINVAL;
		return -1;
	}
	memcpy(&hdr, msg->buf, sizeof(hdr));
	hdr.len = ibuf_size(msg);
	if (ibuf_fd_avail(msg))
		hdr.len |= IMSG_FD_MARK;
	memcpy(msg->buf, &hdr, sizeof(hdr));
	return ibuf_close(imsgbuf->w, msg);
}

/*
 * Queues a message made with imsg_create() and takes it over.  0, or -1 with
 * errno ENOBUFS when the queue is full, EINVAL when it carries a descriptor
 * and may not; msg and the descriptor given to it are then gone.
 */
int
imsg_close(struct imsgbuf *imsgbuf, struct ibuf *msg)
{
	if (enqueue(imsgbuf, msg) == -1) {
		ibuf_free(msg);
		return -1;
	}
	return 0;
}

/* On failure the descriptor goes back to the caller, who still owns it. */
static int
compose_done(struct imsgbuf *imsgbuf, struct ibuf *msg, int fd)
{
	ibuf_fd_set(msg, fd);
	if (enqueue(imsgbuf, msg) == -1) {
		ibuf_fd_get(msg);
		ibuf_free(msg);
		return -1;
	}
	return 1;
}

/*
 * Queues a message of len bytes of data, which are copied, with a descriptor
 * or -1.  1 on success: fd then belongs to the queue and is closed once it
 * is sent.  On failure -1 with the errno of imsg_create() or imsg_close(),
 * and fd is still the caller's.
 */
int
imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	struct ibuf	*msg;

	if ((msg = imsg_create(imsgbuf, type, id, pid, len)) == NULL)
		return -1;
	if (imsg_add(msg, data, len) == -1)
		return -1;
	return compose_done(imsgbuf, msg, fd);
}

/* As imsg_compose(), with the data in iovcnt pieces. */
int
imsg_composev(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf	*msg;
	int		 i;

	if ((msg = imsg_create(imsgbuf, type, id, pid, 0)) == NULL)
		return -1;
	for (i = 0; i < iovcnt; i++)
		if (imsg_add(msg, iov[i].iov_base, iov[i].iov_len) == -1)
			return -1;
	return compose_done(imsgbuf, msg, fd);
}

/*
 * Queues a copy of a received message, with all of its data however much of
 * it was read.  Its descriptor is never passed on: who may hold it was
 * decided for this process alone.
 */
int
imsg_forward(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	return imsg_compose(imsgbuf, imsg->hdr.type, imsg->hdr.peerid,
	    imsg->hdr.pid, -1, imsg->data, imsg->hdr.len - IMSG_HEADER_SIZE);
}
