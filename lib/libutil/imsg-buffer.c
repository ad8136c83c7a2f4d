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
 * Buffers that know their limits (ibuf), and the queue of those waiting for
 * a socket (msgbuf).
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

/*
 * Buffers given to one sendmsg(): all that the system takes, since who writes
 * once a turn may have made hundreds of messages in it.
 */
#define MSGBUF_NIOV	IOV_MAX

struct msgbuf {
	TAILQ_HEAD(, ibuf)	 bufs;
	uint32_t		 len;	/* buffers in the queue */
	size_t			 bytes;	/* of them, not yet sent */
	size_t			 max;	/* cap on bytes */
};

/* A control message that holds one descriptor, aligned for the kernel. */
union fdcmsg {
	struct cmsghdr	 hdr;
	uint8_t		 buf[CMSG_SPACE(sizeof(int))];
};

/*
 * A buffer of exactly len bytes, to be released with ibuf_free().  NULL with
 * errno ENOMEM.
 */
struct ibuf *
ibuf_open(size_t len)
{
	struct ibuf	*buf;

	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return NULL;
	if (len > 0 && (buf->buf = calloc(1, len)) == NULL) {
		free(buf);
		return NULL;
	}
	buf->size = buf->max = len;
	buf->fd = -1;
	return buf;
}

/*
 * A buffer of len bytes that grows to max bytes as data is added.  NULL with
 * errno EINVAL when max is 0 or below len, ENOMEM otherwise.
 */
struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	struct ibuf	*buf;

	if (max == 0 || max < len) {
		errno = EINVAL;
		return NULL;
	}
	if ((buf = ibuf_open(len)) != NULL)
		buf->max = max;
	return buf;
}

/* recallocarray() wipes what is left behind: messages may hold secrets. */
static int
ibuf_grow(struct ibuf *buf, size_t need)
{
	uint8_t	*p;
	size_t	 size;

	size = buf->size > buf->max / 2 ? buf->max : buf->size * 2;
	if (size < need)
		size = need;
	if ((p = recallocarray(buf->buf, buf->size, size, 1)) == NULL)
		return -1;
	buf->buf = p;
	buf->size = size;
	return 0;
}

/*
 * Appends len bytes whose content the caller sets, and returns where they
 * are; the pointer holds until the next addition.  NULL with errno ERANGE
 * when the buffer may not grow that far, EINVAL for a view, or ENOMEM.
 */
void *
ibuf_reserve(struct ibuf *buf, size_t len)
{
	void	*p;

	if (buf->view) {
		errno = EINVAL;
		return NULL;
	}
	if (len > buf->max - buf->wpos) {
		errno = ERANGE;
		return NULL;
	}
	if (len > buf->size - buf->wpos &&
	    ibuf_grow(buf, buf->wpos + len) == -1)
		return NULL;
	p = buf->buf + buf->wpos;
	buf->wpos += len;
	return p;
}

/* Appends len bytes of data.  0, or -1 with the errno of ibuf_reserve(). */
int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	void	*p;

	if (len == 0)
		return 0;
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	memcpy(p, data, len);
	return 0;
}

/* Appends the unread bytes of from, which keeps them. */
int
ibuf_add_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	return ibuf_add(buf, ibuf_data(from), ibuf_size(from));
}

/* Appends len bytes of zero. */
int
ibuf_add_zero(struct ibuf *buf, size_t len)
{
	void	*p;

	if (len == 0)
		return 0;
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	memset(p, 0, len);
	return 0;
}

/*
 * Appends str as a field of len bytes, filled with zeros after the string.
 * -1 with errno EOVERFLOW when str and its terminator do not fit.
 */
int
ibuf_add_strbuf(struct ibuf *buf, const char *str, size_t len)
{
	char	*p;
	size_t	 n;

	n = strlen(str);
	if (n >= len) {
		errno = EOVERFLOW;
		return -1;
	}
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	memcpy(p, str, n);
	memset(p + n, 0, len - n);
	return 0;
}

/* Big-endian; a value that len bytes cannot hold is a mistake, not cut. */
static int
add_number(struct ibuf *buf, uint64_t value, size_t len)
{
	uint8_t	*p;

	if (len < sizeof(value) && value >> (8 * len) != 0) {
		errno = EINVAL;
		return -1;
	}
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	while (len-- > 0) {
		p[len] = value & 0xff;
		value >>= 8;
	}
	return 0;
}

/* Appends a number of 1 byte.  -1 with EINVAL when it does not fit. */
int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	return add_number(buf, value, 1);
}

/* Appends a number of 2 bytes, big-endian. */
int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	return add_number(buf, value, 2);
}

/* Appends a number of 4 bytes, big-endian. */
int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	return add_number(buf, value, 4);
}

/* Appends a number of 8 bytes, big-endian. */
int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return add_number(buf, value, 8);
}

/* Bytes added and not yet read. */
size_t
ibuf_size(const struct ibuf *buf)
{
	return buf->wpos - buf->rpos;
}

/* Bytes that may still be added. */
size_t
ibuf_left(const struct ibuf *buf)
{
	return buf->view ? 0 : buf->max - buf->wpos;
}

/* The unread bytes; NULL when the buffer has no memory at all. */
void *
ibuf_data(const struct ibuf *buf)
{
	return buf->buf == NULL ? NULL : buf->buf + buf->rpos;
}

/*
 * Steps over len unread bytes.  0, or -1 with errno EBADMSG, and nothing
 * consumed, when there are fewer; so do all getters below.
 */
int
ibuf_skip(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return -1;
	}
	buf->rpos += len;
	return 0;
}

/* Copies the next len unread bytes to data. */
int
ibuf_get(struct ibuf *buf, void *data, size_t len)
{
	const uint8_t	*p = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return -1;
	if (len > 0)
		memcpy(data, p, len);
	return 0;
}

/*
 * Makes new a view of the next len unread bytes: it can be read, not added
 * to, needs no ibuf_free() and must not outlive buf.
 */
int
ibuf_get_ibuf(struct ibuf *buf, size_t len, struct ibuf *new)
{
	uint8_t	*p = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return -1;
	memset(new, 0, sizeof(*new));
	new->buf = p;
	new->size = new->max = new->wpos = len;
	new->fd = -1;
	new->view = 1;
	return 0;
}

static int
get_number(struct ibuf *buf, uint64_t *value, size_t len)
{
	const uint8_t	*p = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return -1;
	*value = 0;
	while (len-- > 0)
		*value = *value << 8 | *p++;
	return 0;
}

/* Reads a number of 1 byte; value is untouched on failure, here and below. */
int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	uint64_t	 n;

	if (get_number(buf, &n, sizeof(*value)) == -1)
		return -1;
	*value = n;
	return 0;
}

/* Reads a number of 2 bytes, big-endian. */
int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	uint64_t	 n;

	if (get_number(buf, &n, sizeof(*value)) == -1)
		return -1;
	*value = n;
	return 0;
}

/* Reads a number of 4 bytes, big-endian. */
int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	uint64_t	 n;

	if (get_number(buf, &n, sizeof(*value)) == -1)
		return -1;
	*value = n;
	return 0;
}

/* Reads a number of 8 bytes, big-endian. */
int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	return get_number(buf, value, sizeof(*value));
}

/*
 * The next len unread bytes as a string of its own, for the caller to
 * free().  NULL with errno EBADMSG when there are fewer or when a NUL among
 * them would hide the rest, or with ENOMEM.
 */
char *
ibuf_get_string(struct ibuf *buf, size_t len)
{
	char	*str;

	if (len > ibuf_size(buf) ||
	    (len > 0 && memchr(ibuf_data(buf), '\0', len) != NULL)) {
		errno = EBADMSG;
		return NULL;
	}
	if ((str = calloc(1, len + 1)) == NULL)
		return NULL;
	if (ibuf_get(buf, str, len) == -1) {
		free(str);
		return NULL;
	}
	return str;
}

/*
 * Reads a field of exactly len bytes that holds a string into str, of the
 * same size.  -1 with errno EOVERFLOW when the field's last byte is not NUL
 * (str is then terminated but cut), EINVAL when len is 0, or EBADMSG.
 */
int
ibuf_get_strbuf(struct ibuf *buf, char *str, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return -1;
	}
	if (ibuf_get(buf, str, len) == -1)
		return -1;
	if (str[len - 1] != '\0') {
		str[len - 1] = '\0';
		errno = EOVERFLOW;
		return -1;
	}
	return 0;
}

/* Whether a descriptor is with the buffer. */
int
ibuf_fd_avail(const struct ibuf *buf)
{
	return buf->fd != -1;
}

/* Hands the descriptor to the caller, who then owns it; -1 if there is none. */
int
ibuf_fd_get(struct ibuf *buf)
{
	int	 fd = buf->fd;

	buf->fd = -1;
	return fd;
}

/* Gives the buffer a descriptor, or none (-1); one it had is closed. */
void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd != -1)
		close(buf->fd);
	buf->fd = fd < 0 ? -1 : fd;
}

/*
 * Wipes and frees a buffer and closes the descriptor nobody claimed.  NULL
 * and views are left alone; errno is kept.
 */
void
ibuf_free(struct ibuf *buf)
{
	int	 save_errno = errno;

	if (buf == NULL || buf->view)
		return;
	ibuf_fd_set(buf, -1);
	freezero(buf->buf, buf->size);
	free(buf);
	errno = save_errno;
}

/*
 * Queues a buffer, which then belongs to the queue.  -1, with the buffer
 * still the caller's, and errno ENOBUFS when the queue would pass its cap,
 * EINVAL when there is nothing to send.
 */
int
ibuf_close(struct msgbuf *msgbuf, struct ibuf *buf)
{
	size_t	 n = ibuf_size(buf);

	if (n == 0) {
		errno = EINVAL;
		return -1;
	}
	if (msgbuf->bytes > msgbuf->max || n > msgbuf->max - msgbuf->bytes) {
		errno = ENOBUFS;
		return -1;
	}
	TAILQ_INSERT_TAIL(&msgbuf->bufs, buf, entry);
	msgbuf->len++;
	msgbuf->bytes += n;
	return 0;
}

/* An empty queue with the default cap; NULL with errno ENOMEM. */
struct msgbuf *
msgbuf_new(void)
{
	struct msgbuf	*msgbuf;

	if ((msgbuf = calloc(1, sizeof(*msgbuf))) == NULL)
		return NULL;
	TAILQ_INIT(&msgbuf->bufs);
	msgbuf->max = IMSG_QUEUEMAX;
	return msgbuf;
}

static void
msgbuf_pop(struct msgbuf *msgbuf)
{
	struct ibuf	*buf = TAILQ_FIRST(&msgbuf->bufs);

	TAILQ_REMOVE(&msgbuf->bufs, buf, entry);
	msgbuf->len--;
	msgbuf->bytes -= ibuf_size(buf);
	ibuf_free(buf);
}

/* Drops everything queued, descriptors included. */
void
msgbuf_clear(struct msgbuf *msgbuf)
{
	while (!TAILQ_EMPTY(&msgbuf->bufs))
		msgbuf_pop(msgbuf);
}

/* Frees the queue and everything in it; NULL is allowed. */
void
msgbuf_free(struct msgbuf *msgbuf)
{
	if (msgbuf == NULL)
		return;
	msgbuf_clear(msgbuf);
	free(msgbuf);
}

/* Sets the cap on queued bytes; what is queued already stays. */
void
msgbuf_set_max(struct msgbuf *msgbuf, size_t max)
{
	msgbuf->max = max;
}

/* Buffers in the queue. */
uint32_t
msgbuf_queuelen(const struct msgbuf *msgbuf)
{
	return msgbuf->len;
}

/* Bytes in the queue that are not yet sent. */
size_t
msgbuf_queuebytes(const struct msgbuf *msgbuf)
{
	return msgbuf->bytes;
}

/*
 * The vector ends before the next descriptor: one handed over in the middle
 * of a sendmsg() would reach the peer with the first byte of another buffer.
 */
static size_t
msgbuf_vector(const struct msgbuf *msgbuf, struct iovec *iov)
{
	struct ibuf	*buf;
	size_t		 n = 0;

	TAILQ_FOREACH(buf, &msgbuf->bufs, entry) {
		if (n == MSGBUF_NIOV || (n > 0 && ibuf_fd_avail(buf)))
			break;
		iov[n].iov_base = ibuf_data(buf);
		iov[n].iov_len = ibuf_size(buf);
		n++;
	}
	return n;
}

static void
attach_fd(struct msghdr *msg, union fdcmsg *ctl, int fd)
{
	struct cmsghdr	*cmsg;

	memset(ctl, 0, sizeof(*ctl));
	msg->msg_control = ctl;
	msg->msg_controllen = sizeof(ctl->buf);
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

static void
msgbuf_drain(struct msgbuf *msgbuf, size_t n)
{
	struct ibuf	*buf;

	while (n > 0) {
		buf = TAILQ_FIRST(&msgbuf->bufs);
		if (n < ibuf_size(buf)) {
			buf->rpos += n;
			msgbuf->bytes -= n;
			return;
		}
		n -= ibuf_size(buf);
		msgbuf_pop(msgbuf);
	}
}

/*
 * Sends what one sendmsg() takes.  0 when it took something, when there was
 * nothing, or when the socket is full; -1 with errno otherwise.  SIGPIPE is
 * never raised.
 */
int
msgbuf_write(int fd, struct msgbuf *msgbuf)
{
	struct iovec	 iov[MSGBUF_NIOV];
	struct msghdr	 msg;
	union fdcmsg	 ctl;
	struct ibuf	*first;
	ssize_t		 n;

	if ((first = TAILQ_FIRST(&msgbuf->bufs)) == NULL)
		return 0;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = msgbuf_vector(msgbuf, iov);
	if (ibuf_fd_avail(first))
		attach_fd(&msg, &ctl, first->fd);
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	/* It left with the first byte; the rest of a short write has none. */
	ibuf_fd_set(first, -1);
	msgbuf_drain(msgbuf, n);
	return 0;
}
