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
 * Messages between processes, from a peer that sends any bytes, in pieces,
 * with descriptors: what is read is what a second look at the bytes finds,
 * and no descriptor stays open.
 *
 * Input: largest message; whether descriptors may come; then pieces, each
 * with a byte of descriptors and one of length.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "imsg.h"

#define FD_MARK		0x80000000U	/* in a header's length */
#define FDS		3		/* with one piece, at most */
#define PIECES		64		/* that fit a socket unread */

/* What was sent, and how far it has been looked at. */
struct sent {
	uint8_t	*data;
	size_t	 len;
	size_t	 pos;
};

static void
send_piece(int fd, const uint8_t *p, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		uint8_t		 buf[CMSG_SPACE(FDS * sizeof(int))];
	} ctl;
	struct iovec	 iov = { (void *)(uintptr_t)p, len };
	struct msghdr	 msg;
	int		 i, fds[FDS] = { fd, fd, fd };

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		memset(&ctl, 0, sizeof(ctl));
		msg.msg_control = &ctl;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		ctl.hdr.cmsg_level = SOL_SOCKET;
		ctl.hdr.cmsg_type = SCM_RIGHTS;
		ctl.hdr.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(&ctl.hdr) + i * sizeof(int), &fds[i],
			    sizeof(int));
	}
	MUST(sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)len);
}

/* The header at hand: 1 whole and of a length that may be, 0 cut, -1 bad. */
static int
next_header(const struct sent *s, uint32_t max, struct imsg_hdr *hdr)
{
	if (s->len - s->pos < sizeof(*hdr))
		return 0;
	memcpy(hdr, s->data + s->pos, sizeof(*hdr));
	hdr->len &= ~FD_MARK;
	return hdr->len < sizeof(*hdr) || hdr->len > max ? -1 : 1;
}

/* Data taken as a string ends, and stays within what came. */
static void
check_string(struct imsg *imsg, size_t len)
{
	char	*text = fuzz_alloc(len + 1);

	if (len > 0 && imsg_get_strbuf(imsg, text, len) == 0)
		MUST(memchr(text, '\0', len) != NULL);
	free(text);
}

static void
check_message(struct sent *s, struct imsg *imsg, uint32_t max, int fdpass)
{
	struct imsg_hdr	 hdr;
	struct ibuf	 view;
	size_t		 len;
	int		 fd;

	MUST(next_header(s, max, &hdr) == 1 && hdr.len <= s->len - s->pos);
	len = hdr.len - sizeof(hdr);
	MUST(imsg_get_type(imsg) == hdr.type && imsg_get_len(imsg) == len);
	MUST((imsg->data == NULL) == (len == 0));
	MUST(len == 0 || memcmp(imsg->data, s->data + s->pos + sizeof(hdr),
	    len) == 0);
	if ((fd = imsg_get_fd(imsg)) != -1) {
		MUST(fdpass);
		close(fd);
	}
	MUST((imsg_get_ibuf(imsg, &view) == 0) == (len > 0));
	check_string(imsg, len);
	s->pos += hdr.len;
}

static void
take_messages(struct imsgbuf *ibuf, struct sent *s, uint32_t max, int fdpass)
{
	struct imsg	 imsg;

	while (imsgbuf_get(ibuf, &imsg) == 1) {
		check_message(s, &imsg, max, fdpass);
		imsg_free(&imsg);
	}
}

/* Sends and reads; -1 as soon as the reader has seen enough. */
static int
pieces(struct imsgbuf *ibuf, int peer, struct input *in, struct sent *s,
    int fdpass)
{
	const uint8_t	*p;
	size_t		 len;
	int		 n, nfds, r;

	for (n = 0; n < PIECES && in->left > 0; n++) {
		nfds = in_u8(in) % (FDS + 1);
		len = 1 + in_u8(in);
		p = in_take(in, &len);
		if (len == 0)
			break;
		send_piece(peer, p, len, nfds);
		memcpy(s->data + s->len, p, len);
		s->len += len;
		r = imsgbuf_read(ibuf);
		MUST(r == 1 || (r == -1 && errno == ERANGE));
		take_messages(ibuf, s, ibuf->maxsize, fdpass);
		if (r == -1)
			return -1;
	}
	return 0;
}

static int
lowest_free(void)
{
	int	 fd = dup(STDERR_FILENO);

	MUST(fd != -1);
	close(fd);
	return fd;
}

int
fuzz_imsg(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	struct imsgbuf	 ibuf;
	struct imsg_hdr	 hdr;
	struct sent	 s = { fuzz_alloc(size), 0, 0 };
	uint32_t	 max = in_u16(&in) % 1024;
	int		 fd = lowest_free(), fdpass = in_u8(&in) % 2;
	int		 pair[2], r;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	MUST(imsgbuf_init(&ibuf, pair[0]) == 0);
	MUST(imsgbuf_set_maxsize(&ibuf, max) == 0);
	if (fdpass)
		imsgbuf_allow_fdpass(&ibuf);
	r = pieces(&ibuf, pair[1], &in, &s, fdpass);
	/* A header that cannot be, and nothing else, is refused for good. */
	MUST((next_header(&s, ibuf.maxsize, &hdr) == -1) == (r == -1));
	if (r == -1)
		MUST(imsgbuf_read(&ibuf) == -1 && errno == ERANGE);
	imsgbuf_clear(&ibuf);
	close(pair[0]);
	close(pair[1]);
	MUST(lowest_free() == fd);
	free(s.data);
	return 0;
}
