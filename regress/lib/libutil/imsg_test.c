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

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "imsg.h"

#define FD_MARK		0x80000000U
#define MANY_FDS	5	/* more than one control buffer takes */

/* A buffer under test and the bare other end of its socket. */
struct rig {
	struct imsgbuf	 ib;
	int		 raw;
};

static void
rig_open(struct rig *rig)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&rig->ib, sv[0]));
	rig->raw = sv[1];
}

static void
rig_close(struct rig *rig)
{
	imsgbuf_clear(&rig->ib);
	close(rig->ib.fd);
	close(rig->raw);
}

/* Two buffers under test, one at each end, both passing descriptors. */
static void
link_open(struct imsgbuf *a, struct imsgbuf *b)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv));
	ATF_REQUIRE_EQ(0, imsgbuf_init(a, sv[0]));
	ATF_REQUIRE_EQ(0, imsgbuf_init(b, sv[1]));
	imsgbuf_allow_fdpass(a);
	imsgbuf_allow_fdpass(b);
}

static void
link_close(struct imsgbuf *a, struct imsgbuf *b)
{
	imsgbuf_clear(a);
	imsgbuf_clear(b);
	close(a->fd);
	close(b->fd);
}

static int
count_fds(void)
{
	int	 fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static int
open_null(void)
{
	int	 fd;

	ATF_REQUIRE((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1);
	return fd;
}

static int
open_file(const char *name)
{
	int	 fd;

	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ATF_REQUIRE(fd != -1);
	return fd;
}

static int
same_file(int a, int b)
{
	struct stat	 sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* A message as it looks on the socket, header field by header field. */
static size_t
craft(uint8_t *p, uint32_t type, uint32_t len, const void *data, size_t n)
{
	struct imsg_hdr	 hdr = { type, len, 7, 8 };

	memcpy(p, &hdr, sizeof(hdr));
	if (n > 0)
		memcpy(p + sizeof(hdr), data, n);
	return sizeof(hdr) + n;
}

static void
raw_write(int fd, const void *p, size_t n)
{
	ATF_REQUIRE_EQ((ssize_t)n, write(fd, p, n));
}

/* One sendmsg() with any number of descriptors. */
static void
raw_send(int fd, const void *p, size_t n, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr	 hdr;
		uint8_t		 buf[CMSG_SPACE(MANY_FDS * sizeof(int))];
	} ctl;
	struct msghdr	 msg;
	struct iovec	 iov;
	uint8_t		 copy[64];

	memcpy(copy, p, n);
	memset(&msg, 0, sizeof(msg));
	memset(&ctl, 0, sizeof(ctl));
	iov.iov_base = copy;
	iov.iov_len = n;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &ctl;
	msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	ctl.hdr.cmsg_level = SOL_SOCKET;
	ctl.hdr.cmsg_type = SCM_RIGHTS;
	ctl.hdr.cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(&ctl.hdr), fds, nfds * sizeof(int));
	ATF_REQUIRE_EQ((ssize_t)n, sendmsg(fd, &msg, 0));
}

static void
pump(struct imsgbuf *from, struct imsgbuf *to)
{
	while (imsgbuf_queuelen(from) > 0)
		ATF_REQUIRE_EQ(0, imsgbuf_write(from));
	ATF_REQUIRE_EQ(1, imsgbuf_read(to));
}

/* Until the table is full: the next descriptor does not fit. */
static void
limit_fds(struct rlimit *old)
{
	struct rlimit	 rl;
	int		 fd;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, old));
	fd = open_null();
	close(fd);
	rl = *old;
	rl.rlim_cur = fd;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &rl));
	ATF_REQUIRE_ERRNO(EMFILE, open("/dev/null", O_RDONLY) == -1);
}

/* What is composed arrives, field by field, once. */
ATF_TC_WITHOUT_HEAD(roundtrip);
ATF_TC_BODY(roundtrip, tc)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;
	char		 buf[6];

	link_open(&a, &b);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 3, 4, 0, -1, "hello", 6));
	ATF_REQUIRE_EQ(1, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(IMSG_HEADER_SIZE + 6, imsgbuf_queuebytes(&a));
	pump(&a, &b);
	ATF_REQUIRE_EQ(0, imsgbuf_queuebytes(&a));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_EQ(3, imsg_get_type(&imsg));
	ATF_REQUIRE_EQ(4, imsg_get_id(&imsg));
	ATF_REQUIRE_EQ(getpid(), imsg_get_pid(&imsg));
	ATF_REQUIRE_EQ(6, imsg_get_len(&imsg));
	ATF_REQUIRE_EQ(IMSG_HEADER_SIZE + 6, imsg.hdr.len);
	ATF_REQUIRE_EQ(-1, imsg_get_fd(&imsg));
	ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, buf, sizeof(buf)));
	ATF_REQUIRE_STREQ("hello", buf);
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(0, imsgbuf_get(&b, &imsg));
	link_close(&a, &b);
}

/* Pieces given apart are one message, whichever way they were given. */
ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	struct imsgbuf	 a, b;
	struct iovec	 iov[2];
	struct ibuf	*msg;
	struct imsg	 imsg;
	char		 one[] = "one", two[] = "two", buf[6];

	link_open(&a, &b);
	iov[0].iov_base = one;
	iov[1].iov_base = two;
	iov[0].iov_len = iov[1].iov_len = 3;
	ATF_REQUIRE_EQ(1, imsg_composev(&a, 1, 0, 99, -1, iov, 2));
	ATF_REQUIRE((msg = imsg_create(&a, 2, 0, 99, 0)) != NULL);
	ATF_REQUIRE_EQ(3, imsg_add(msg, one, 3));
	ATF_REQUIRE_EQ(3, imsg_add(msg, two, 3));
	ATF_REQUIRE_EQ(0, imsg_close(&a, msg));
	pump(&a, &b);
	while (imsgbuf_get(&b, &imsg) == 1) {
		ATF_REQUIRE_EQ(99, imsg_get_pid(&imsg));
		ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, buf, sizeof(buf)));
		ATF_REQUIRE_EQ(0, memcmp(buf, "onetwo", 6));
		imsg_free(&imsg);
	}
	ATF_REQUIRE_EQ(2, imsg.hdr.type);
	link_close(&a, &b);
}

/* A stream may be cut anywhere; a message is presented whole or not. */
ATF_TC_WITHOUT_HEAD(byte_at_a_time);
ATF_TC_BODY(byte_at_a_time, tc)
{
	struct rig	 rig;
	struct imsg	 imsg;
	uint8_t		 wire[64];
	size_t		 i, n;
	char		 buf[4];

	rig_open(&rig);
	n = craft(wire, 1, IMSG_HEADER_SIZE + 4, "abcd", 4);
	n += craft(wire + n, 2, IMSG_HEADER_SIZE, NULL, 0);
	for (i = 0; i < n; i++) {
		raw_write(rig.raw, wire + i, 1);
		ATF_REQUIRE_EQ(1, imsgbuf_read(&rig.ib));
		if (i + 1 != IMSG_HEADER_SIZE + 4 && i + 1 != n) {
			ATF_REQUIRE_EQ(0, imsgbuf_get(&rig.ib, &imsg));
			continue;
		}
		ATF_REQUIRE_EQ(1, imsgbuf_get(&rig.ib, &imsg));
		if (i + 1 == n)
			ATF_REQUIRE(imsg.data == NULL);
		else {
			ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, buf, 4));
			ATF_REQUIRE_EQ(0, memcmp(buf, "abcd", 4));
		}
		imsg_free(&imsg);
	}
	rig_close(&rig);
}

/* One read may bring several messages and the start of another. */
ATF_TC_WITHOUT_HEAD(merged);
ATF_TC_BODY(merged, tc)
{
	struct rig	 rig;
	struct imsg	 imsg;
	uint8_t		 wire[128];
	uint32_t	 type;
	size_t		 n;

	rig_open(&rig);
	n = craft(wire, 1, IMSG_HEADER_SIZE + 2, "ab", 2);
	n += craft(wire + n, 2, IMSG_HEADER_SIZE, NULL, 0);
	n += craft(wire + n, 3, IMSG_HEADER_SIZE + 2, "cd", 2);
	raw_write(rig.raw, wire, n - 1);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&rig.ib));
	for (type = 1; type <= 2; type++) {
		ATF_REQUIRE_EQ(1, imsgbuf_get(&rig.ib, &imsg));
		ATF_REQUIRE_EQ(type, imsg_get_type(&imsg));
		imsg_free(&imsg);
	}
	ATF_REQUIRE_EQ(0, imsgbuf_get(&rig.ib, &imsg));
	raw_write(rig.raw, wire + n - 1, 1);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&rig.ib));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rig.ib, &imsg));
	ATF_REQUIRE_EQ(3, imsg_get_type(&imsg));
	imsg_free(&imsg);
	rig_close(&rig);
}

static void
refuse_length(uint32_t len)
{
	struct rig	 rig;
	struct imsg	 imsg;
	uint8_t		 wire[64];
	size_t		 n;

	rig_open(&rig);
	n = craft(wire, 1, IMSG_HEADER_SIZE, NULL, 0);
	n += craft(wire + n, 2, len, NULL, 0);
	raw_write(rig.raw, wire, n);
	ATF_REQUIRE_ERRNO(ERANGE, imsgbuf_read(&rig.ib) == -1);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rig.ib, &imsg));
	ATF_REQUIRE_EQ(1, imsg_get_type(&imsg));
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(0, imsgbuf_get(&rig.ib, &imsg));
	ATF_REQUIRE_ERRNO(ERANGE, imsgbuf_read(&rig.ib) == -1);
	rig_close(&rig);
}

/* A length is believed only inside its limits, and the stream dies of it. */
ATF_TC_WITHOUT_HEAD(bad_length);
ATF_TC_BODY(bad_length, tc)
{
	refuse_length(0);
	refuse_length(15);
	refuse_length(IMSG_HEADER_SIZE - 1);
	refuse_length(MAX_IMSGSIZE + 1);
	refuse_length(0x7fffffff);
}

/* The other side of bad_length: both limits themselves are good. */
ATF_TC_WITHOUT_HEAD(limit_length);
ATF_TC_BODY(limit_length, tc)
{
	static uint8_t	 wire[MAX_IMSGSIZE];
	struct rig	 rig;
	struct imsg	 imsg;

	rig_open(&rig);
	craft(wire, 1, MAX_IMSGSIZE, NULL, 0);
	raw_write(rig.raw, wire, sizeof(wire));
	craft(wire, 2, IMSG_HEADER_SIZE, NULL, 0);
	raw_write(rig.raw, wire, IMSG_HEADER_SIZE);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&rig.ib));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rig.ib, &imsg));
	ATF_REQUIRE_EQ(MAX_IMSGSIZE - IMSG_HEADER_SIZE, imsg_get_len(&imsg));
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rig.ib, &imsg));
	ATF_REQUIRE_EQ(0, imsg_get_len(&imsg));
	imsg_free(&imsg);
	rig_close(&rig);
}

/* The limit can be moved, binds the sender too, and has limits itself. */
ATF_TC_WITHOUT_HEAD(maxsize);
ATF_TC_BODY(maxsize, tc)
{
	static uint8_t	 data[MAX_IMSGSIZE];
	struct imsgbuf	 a, b;
	struct imsg	 imsg;

	link_open(&a, &b);
	ATF_REQUIRE_ERRNO(ERANGE,
	    imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data)) == -1);
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&a, sizeof(data)));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data)));
	ATF_REQUIRE_ERRNO(ERANGE,
	    imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data) + 1) == -1);
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&b, sizeof(data)));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_EQ(sizeof(data), imsg_get_len(&imsg));
	imsg_free(&imsg);
	ATF_REQUIRE_ERRNO(ERANGE, imsgbuf_set_maxsize(&a, UINT32_MAX) == -1);
	ATF_REQUIRE_ERRNO(EINVAL,
	    imsgbuf_set_maxsize(&a, FD_MARK - IMSG_HEADER_SIZE) == -1);
	link_close(&a, &b);
}

/* A peer that does not read must not take the memory. */
ATF_TC_WITHOUT_HEAD(queue_cap);
ATF_TC_BODY(queue_cap, tc)
{
	struct imsgbuf	 a, b;
	struct ibuf	*msg;
	uint8_t		 data[84] = { 0 };

	link_open(&a, &b);
	imsgbuf_set_queuemax(&a, 250);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data)));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data)));
	ATF_REQUIRE_ERRNO(ENOBUFS,
	    imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data)) == -1);
	ATF_REQUIRE((msg = imsg_create(&a, 1, 0, 0, sizeof(data))) != NULL);
	ATF_REQUIRE_EQ(84, imsg_add(msg, data, sizeof(data)));
	ATF_REQUIRE_ERRNO(ENOBUFS, imsg_close(&a, msg) == -1);
	ATF_REQUIRE_EQ(2, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(200, imsgbuf_queuebytes(&a));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data, 34));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data, sizeof(data)));
	imsgbuf_set_queuemax(&a, 10);
	ATF_REQUIRE_ERRNO(ENOBUFS,
	    imsg_compose(&a, 1, 0, 0, -1, NULL, 0) == -1);
	link_close(&a, &b);
}

/* Sender and receiver must agree on a struct to the byte. */
ATF_TC_WITHOUT_HEAD(exact_size);
ATF_TC_BODY(exact_size, tc)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;
	uint8_t		 buf[16];

	link_open(&a, &b);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, "12345678", 8));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 2, 0, 0, -1, NULL, 0));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_ERRNO(EBADMSG, imsg_get_data(&imsg, buf, 7) == -1);
	ATF_REQUIRE_ERRNO(EBADMSG, imsg_get_data(&imsg, buf, 9) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, imsg_get_data(&imsg, buf, 0) == -1);
	ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, buf, 8));
	ATF_REQUIRE_EQ(0, memcmp(buf, "12345678", 8));
	ATF_REQUIRE_ERRNO(EBADMSG, imsg_get_data(&imsg, buf, 8) == -1);
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_ERRNO(EBADMSG, imsg_get_data(&imsg, buf, 1) == -1);
	imsg_free(&imsg);
	link_close(&a, &b);
}

/* A payload of variable parts is read to its end, and not beyond. */
ATF_TC_WITHOUT_HEAD(cursor);
ATF_TC_BODY(cursor, tc)
{
	struct imsgbuf	 a, b;
	struct ibuf	*msg, view, part;
	struct imsg	 imsg;
	uint64_t	 n64;
	uint32_t	 n32;
	uint16_t	 n16;
	uint8_t		 n8;
	char		*s, name[8];

	link_open(&a, &b);
	ATF_REQUIRE((msg = imsg_create(&a, 1, 0, 0, 0)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add_n8(msg, 0x01));
	ATF_REQUIRE_EQ(0, ibuf_add_n16(msg, 0x0203));
	ATF_REQUIRE_EQ(0, ibuf_add_n32(msg, 0x04050607));
	ATF_REQUIRE_EQ(0, ibuf_add_n64(msg, 0x08090a0b0c0d0e0fULL));
	ATF_REQUIRE_EQ(0, ibuf_add_strbuf(msg, "name", sizeof(name)));
	ATF_REQUIRE_EQ(0, ibuf_add_zero(msg, 3));
	ATF_REQUIRE_EQ(0, ibuf_add(msg, "text", 4));
	ATF_REQUIRE_EQ(0, imsg_close(&a, msg));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_EQ(0, memcmp(imsg.data, "\1\2\3\4\5\6\7\10\11", 9));
	ATF_REQUIRE_EQ(0, imsg_get_ibuf(&imsg, &view));
	ATF_REQUIRE_EQ(0, ibuf_get_n8(&view, &n8));
	ATF_REQUIRE_EQ(0, ibuf_get_n16(&view, &n16));
	ATF_REQUIRE_EQ(0, ibuf_get_n32(&view, &n32));
	ATF_REQUIRE_EQ(0, ibuf_get_n64(&view, &n64));
	ATF_REQUIRE(n8 == 1 && n16 == 0x0203 && n32 == 0x04050607 &&
	    n64 == 0x08090a0b0c0d0e0fULL);
	ATF_REQUIRE_EQ(0, ibuf_get_strbuf(&view, name, sizeof(name)));
	ATF_REQUIRE_STREQ("name", name);
	ATF_REQUIRE_EQ(0, ibuf_skip(&view, 3));
	ATF_REQUIRE_EQ(0, ibuf_get_ibuf(&view, 4, &part));
	ATF_REQUIRE((s = ibuf_get_string(&part, 4)) != NULL);
	ATF_REQUIRE_STREQ("text", s);
	ATF_REQUIRE_EQ(0, ibuf_size(&view));
	ATF_REQUIRE_EQ(0, ibuf_size(&part));
	ATF_REQUIRE_ERRNO(EBADMSG, ibuf_get_n8(&view, &n8) == -1);
	ATF_REQUIRE_ERRNO(EBADMSG, ibuf_skip(&view, 1) == -1);
	ATF_REQUIRE_ERRNO(EBADMSG, imsg_get_ibuf(&imsg, &view) == -1);
	free(s);
	imsg_free(&imsg);
	link_close(&a, &b);
}

/* A field whose string does not end must not be read past its end. */
ATF_TC_WITHOUT_HEAD(unterminated);
ATF_TC_BODY(unterminated, tc)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;
	char		 name[4];

	link_open(&a, &b);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, "abcdabc", 8));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_ERRNO(EINVAL, imsg_get_strbuf(&imsg, name, 0) == -1);
	ATF_REQUIRE_ERRNO(EOVERFLOW, imsg_get_strbuf(&imsg, name, 4) == -1);
	ATF_REQUIRE_STREQ("abc", name);
	ATF_REQUIRE_EQ(0, imsg_get_strbuf(&imsg, name, 4));
	ATF_REQUIRE_STREQ("abc", name);
	ATF_REQUIRE_ERRNO(EBADMSG, imsg_get_strbuf(&imsg, name, 4) == -1);
	imsg_free(&imsg);
	link_close(&a, &b);
}

/* A NUL inside a counted string would hide what follows it. */
ATF_TC_WITHOUT_HEAD(embedded_nul);
ATF_TC_BODY(embedded_nul, tc)
{
	struct ibuf	*buf;
	char		*s;

	ATF_REQUIRE((buf = ibuf_open(6)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add(buf, "ab\0cde", 6));
	ATF_REQUIRE_ERRNO(EBADMSG, ibuf_get_string(buf, 6) == NULL);
	ATF_REQUIRE_ERRNO(EBADMSG, ibuf_get_string(buf, 7) == NULL);
	ATF_REQUIRE((s = ibuf_get_string(buf, 2)) != NULL);
	ATF_REQUIRE_STREQ("ab", s);
	free(s);
	ATF_REQUIRE_EQ(4, ibuf_size(buf));
	ibuf_free(buf);
}

/* A buffer keeps to the size it was given, a number to its width. */
ATF_TC_WITHOUT_HEAD(ibuf_limits);
ATF_TC_BODY(ibuf_limits, tc)
{
	struct ibuf	*buf, *from, view;

	ATF_REQUIRE_ERRNO(EINVAL, ibuf_dynamic(0, 0) == NULL);
	ATF_REQUIRE_ERRNO(EINVAL, ibuf_dynamic(2, 1) == NULL);
	ATF_REQUIRE((buf = ibuf_dynamic(1, 100)) != NULL);
	ATF_REQUIRE_ERRNO(EINVAL, ibuf_add_n8(buf, 0x100) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, ibuf_add_n16(buf, 0x10000) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, ibuf_add_n32(buf, 0x100000000ULL) == -1);
	ATF_REQUIRE_EQ(0, ibuf_add_n8(buf, 0xff));
	ATF_REQUIRE_EQ(99, ibuf_left(buf));
	ATF_REQUIRE_ERRNO(ERANGE, ibuf_reserve(buf, 100) == NULL);
	ATF_REQUIRE_ERRNO(ERANGE, ibuf_reserve(buf, SIZE_MAX) == NULL);
	ATF_REQUIRE(ibuf_reserve(buf, 96) != NULL);
	ATF_REQUIRE_ERRNO(EOVERFLOW, ibuf_add_strbuf(buf, "abc", 3) == -1);
	ATF_REQUIRE_ERRNO(ERANGE, ibuf_add_strbuf(buf, "abc", 4) == -1);
	ATF_REQUIRE((from = ibuf_open(4)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add(from, "wxyz", 4));
	ATF_REQUIRE_ERRNO(ERANGE, ibuf_add_n8(from, 0) == -1);
	ATF_REQUIRE_ERRNO(ERANGE, ibuf_add_ibuf(buf, from) == -1);
	ATF_REQUIRE_EQ(0, ibuf_skip(from, 1));
	ATF_REQUIRE_EQ(0, ibuf_add_ibuf(buf, from));
	ATF_REQUIRE_EQ(0, ibuf_left(buf));
	ATF_REQUIRE_EQ(0, ibuf_get_ibuf(buf, 1, &view));
	ATF_REQUIRE_EQ(0, ibuf_left(&view));
	ATF_REQUIRE_ERRNO(EINVAL, ibuf_add_n8(&view, 0) == -1);
	ibuf_free(&view);
	ATF_REQUIRE_EQ(0, ibuf_skip(buf, 96));
	ATF_REQUIRE_EQ(0, memcmp(ibuf_data(buf), "xyz", 3));
	ibuf_free(from);
	ibuf_free(buf);
	ibuf_free(NULL);
}

/* Bytes that lie at the bare end; they are gone after that. */
static size_t
raw_drain(int fd)
{
	static uint8_t	 buf[65536];
	size_t		 total = 0;
	ssize_t		 n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		total += n;
	ATF_REQUIRE_ERRNO(EAGAIN, n == -1);
	return total;
}

/* Nothing there, no room, nobody there: three different things. */
ATF_TC_WITHOUT_HEAD(socket_states);
ATF_TC_BODY(socket_states, tc)
{
	static uint8_t	 data[MAX_IMSGSIZE - sizeof(struct imsg_hdr)];
	struct rig	 rig;
	size_t		 left;
	int		 i;

	rig_open(&rig);
	ATF_REQUIRE_EQ(0, imsgbuf_write(&rig.ib));
	ATF_REQUIRE_EQ(1, imsgbuf_read(&rig.ib));
	for (i = 0; i < 100; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&rig.ib, 1, 0, 0, -1, data,
		    sizeof(data)));
	for (i = 0; i < 200; i++)
		ATF_REQUIRE_EQ(0, imsgbuf_write(&rig.ib));
	left = imsgbuf_queuebytes(&rig.ib);
	ATF_REQUIRE(left > 0);
	ATF_REQUIRE_EQ((left + MAX_IMSGSIZE - 1) / MAX_IMSGSIZE,
	    imsgbuf_queuelen(&rig.ib));
	ATF_REQUIRE_EQ(100 * MAX_IMSGSIZE - left, raw_drain(rig.raw));
	shutdown(rig.raw, SHUT_WR);
	ATF_REQUIRE_EQ(0, imsgbuf_read(&rig.ib));
	close(rig.raw);
	ATF_REQUIRE_ERRNO(EPIPE, imsgbuf_write(&rig.ib) == -1);
	rig.raw = -1;
	rig_close(&rig);
}

/* A message in the middle of being written still counts, by its rest. */
ATF_TC_WITHOUT_HEAD(short_write);
ATF_TC_BODY(short_write, tc)
{
	static uint8_t	 data[4 * 1024 * 1024 - 1024];
	struct imsgbuf	 a, b;
	size_t		 taken;
	int		 before, fd;

	link_open(&a, &b);
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&a, sizeof(data)));
	fd = open_null();
	before = count_fds();
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, fd, data, sizeof(data)));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(1, imsgbuf_queuelen(&a));
	/* The descriptor went with the first byte and goes only once. */
	ATF_REQUIRE_EQ(before - 1, count_fds());
	taken = raw_drain(b.fd);
	ATF_REQUIRE(taken > 0);
	ATF_REQUIRE_EQ(IMSG_HEADER_SIZE + sizeof(data) - taken,
	    imsgbuf_queuebytes(&a));
	link_close(&a, &b);
}

/* A descriptor arrives, works, belongs to who takes it, survives no exec. */
ATF_TC_WITHOUT_HEAD(fd_passed);
ATF_TC_BODY(fd_passed, tc)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;
	int		 before, fd, keep;

	before = count_fds();
	link_open(&a, &b);
	keep = open_file("passed");
	ATF_REQUIRE((fd = dup(keep)) != -1);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, fd, "x", 1));
	ATF_REQUIRE(fcntl(fd, F_GETFD) != -1);
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_ERRNO(EBADF, fcntl(fd, F_GETFD) == -1);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_EQ(IMSG_HEADER_SIZE + 1, imsg.hdr.len);
	ATF_REQUIRE((fd = imsg_get_fd(&imsg)) != -1);
	ATF_REQUIRE_EQ(-1, imsg_get_fd(&imsg));
	imsg_free(&imsg);
	ATF_REQUIRE(same_file(fd, keep));
	ATF_REQUIRE_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	close(fd);
	close(keep);
	link_close(&a, &b);
	ATF_REQUIRE_EQ(before, count_fds());
}

/* What nobody claimed is closed with the message, or with the buffer. */
ATF_TC_WITHOUT_HEAD(fd_unclaimed);
ATF_TC_BODY(fd_unclaimed, tc)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;
	uint8_t		 wire[32];
	int		 before, i, fd;

	before = count_fds();
	link_open(&a, &b);
	for (i = 0; i < 2; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, open_null(), NULL,
		    0));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	imsg_free(&imsg);
	/* One is left in b's queue, one never leaves a's, one has no header. */
	craft(wire, 1, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	fd = open_null();
	raw_send(a.fd, wire, 5, &fd, 1);
	close(fd);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, open_null(), NULL, 0));
	ATF_REQUIRE_EQ(before + 5, count_fds());
	link_close(&a, &b);
	ATF_REQUIRE_EQ(before, count_fds());
	imsgbuf_clear(&b);
}

/* A cleared buffer holds nothing and takes nothing, not even a descriptor. */
ATF_TC_WITHOUT_HEAD(cleared);
ATF_TC_BODY(cleared, tc)
{
	struct imsgbuf	 a, b;
	int		 fd = open_null();

	link_open(&a, &b);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, "x", 1));
	imsgbuf_clear(&a);
	ATF_REQUIRE_EQ(0, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_queuebytes(&a));
	ATF_REQUIRE_ERRNO(EPIPE, imsg_create(&a, 1, 0, 0, 0) == NULL);
	ATF_REQUIRE_ERRNO(EPIPE,
	    imsg_compose(&a, 1, 0, 0, fd, "x", 1) == -1);
	ATF_REQUIRE_EQ(0, close(fd));
	link_close(&a, &b);
}

/* Every message keeps its own descriptor, or none, in a merged stream. */
ATF_TC_WITHOUT_HEAD(fd_order);
ATF_TC_BODY(fd_order, tc)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;
	int		 fd, one, two;

	link_open(&a, &b);
	one = open_file("one");
	two = open_file("two");
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 0, 0, 0, -1, "a", 1));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, dup(one), "b", 1));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 0, 0, 0, -1, "c", 1));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 2, 0, 0, dup(two), "d", 1));
	/* A message with a descriptor is the first of its sendmsg(). */
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(3, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(1, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_queuelen(&a));
	while (imsgbuf_get(&b, &imsg) == 0)
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	do {
		fd = imsg_get_fd(&imsg);
		switch (imsg_get_type(&imsg)) {
		case 0:
			ATF_REQUIRE_EQ(-1, fd);
			break;
		case 1:
			ATF_REQUIRE(same_file(one, fd));
			break;
		case 2:
			ATF_REQUIRE(same_file(two, fd));
			break;
		}
		if (fd != -1)
			close(fd);
		imsg_free(&imsg);
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	} while (imsgbuf_get(&b, &imsg) == 1);
	ATF_REQUIRE_EQ(2, imsg.hdr.type);
	link_close(&a, &b);
}

/* The header of the first message is whole only when two are at hand. */
static void
send_cut(int raw, int one, int two)
{
	uint8_t	 wire[64];
	size_t	 n;

	n = craft(wire, 1, FD_MARK | (IMSG_HEADER_SIZE + 1), "a", 1);
	raw_send(raw, wire, 5, &one, 1);
	raw_write(raw, wire + 5, n - 5);
	craft(wire, 2, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(raw, wire, IMSG_HEADER_SIZE, &two, 1);
}

static void
expect_fd(struct imsgbuf *ib, uint32_t type, int want)
{
	struct imsg	 imsg;
	int		 fd;

	while (imsgbuf_get(ib, &imsg) == 0)
		ATF_REQUIRE_EQ(1, imsgbuf_read(ib));
	ATF_REQUIRE_EQ(type, imsg_get_type(&imsg));
	fd = imsg_get_fd(&imsg);
	if (want == -1)
		ATF_REQUIRE_EQ(-1, fd);
	else
		ATF_REQUIRE(same_file(want, fd));
	if (fd != -1)
		close(fd);
	imsg_free(&imsg);
}

/* A cut header must not exchange the descriptors of two messages. */
ATF_TC_WITHOUT_HEAD(fd_cut_header);
ATF_TC_BODY(fd_cut_header, tc)
{
	struct rig	 rig;
	int		 before, one, two;

	one = open_file("one");
	two = open_file("two");
	before = count_fds();
	rig_open(&rig);
	imsgbuf_allow_fdpass(&rig.ib);
	send_cut(rig.raw, one, two);
	expect_fd(&rig.ib, 1, one);
	expect_fd(&rig.ib, 2, two);
	rig_close(&rig);
	ATF_REQUIRE_EQ(before, count_fds());
}

/* Nor may a lost one be replaced by that of the next message. */
ATF_TC_WITHOUT_HEAD(fd_lost_keeps_order);
ATF_TC_BODY(fd_lost_keeps_order, tc)
{
	struct rlimit	 old;
	struct rig	 rig;
	int		 one, two;

	one = open_file("one");
	two = open_file("two");
	rig_open(&rig);
	imsgbuf_allow_fdpass(&rig.ib);
	send_cut(rig.raw, one, two);
	limit_fds(&old);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&rig.ib));
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	expect_fd(&rig.ib, 1, -1);
	expect_fd(&rig.ib, 2, two);
	rig_close(&rig);
}

/* A full table loses the descriptor, not the message and not the stream. */
ATF_TC_WITHOUT_HEAD(fd_table_full);
ATF_TC_BODY(fd_table_full, tc)
{
	struct imsgbuf	 a, b;
	struct rlimit	 old;
	struct imsg	 imsg;
	int		 before, keep;
	char		 c;

	link_open(&a, &b);
	keep = open_file("kept");
	before = count_fds();
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, dup(keep), "x", 1));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	limit_fds(&old);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_EQ(-1, imsg_get_fd(&imsg));
	ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, &c, 1));
	ATF_REQUIRE_EQ('x', c);
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	ATF_REQUIRE_EQ(before, count_fds());
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 2, 0, 0, dup(keep), NULL, 0));
	pump(&a, &b);
	expect_fd(&b, 2, keep);
	ATF_REQUIRE_EQ(before, count_fds());
	link_close(&a, &b);
}

/* One place in the table and two descriptors: neither may stay open. */
ATF_TC_WITHOUT_HEAD(fd_table_nearly_full);
ATF_TC_BODY(fd_table_nearly_full, tc)
{
	struct rlimit	 rl;
	struct rig	 rig;
	uint8_t		 wire[32];
	int		 before, fds[2];

	fds[0] = open_file("one");
	fds[1] = open_file("two");
	rig_open(&rig);
	imsgbuf_allow_fdpass(&rig.ib);
	craft(wire, 1, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, fds, 2);
	before = count_fds();
	limit_fds(&rl);
	rl.rlim_cur = rig.raw + 2;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &rl));
	expect_fd(&rig.ib, 1, -1);
	ATF_REQUIRE_EQ(before, count_fds());
	rig_close(&rig);
}

/* At most one per message: the first; whatever else came is closed. */
ATF_TC_WITHOUT_HEAD(fd_two_at_once);
ATF_TC_BODY(fd_two_at_once, tc)
{
	struct rig	 rig;
	uint8_t		 wire[32];
	int		 before, fds[2];

	fds[0] = open_file("one");
	fds[1] = open_file("two");
	before = count_fds();
	rig_open(&rig);
	imsgbuf_allow_fdpass(&rig.ib);
	craft(wire, 1, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, fds, 2);
	expect_fd(&rig.ib, 1, fds[0]);
	rig_close(&rig);
	ATF_REQUIRE_EQ(before, count_fds());
}

/* More than the control buffer holds: truncated, so none is believed. */
ATF_TC_WITHOUT_HEAD(fd_many_at_once);
ATF_TC_BODY(fd_many_at_once, tc)
{
	struct rig	 rig;
	uint8_t		 wire[32];
	int		 before, i, fds[MANY_FDS];

	for (i = 0; i < MANY_FDS; i++)
		fds[i] = open_null();
	before = count_fds();
	rig_open(&rig);
	imsgbuf_allow_fdpass(&rig.ib);
	craft(wire, 1, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, fds, MANY_FDS);
	expect_fd(&rig.ib, 1, -1);
	rig_close(&rig);
	ATF_REQUIRE_EQ(before, count_fds());
}

/* A descriptor that no header announces is nobody's, now and later. */
ATF_TC_WITHOUT_HEAD(fd_unannounced);
ATF_TC_BODY(fd_unannounced, tc)
{
	struct rig	 rig;
	uint8_t		 wire[32];
	int		 before, stray, fd;

	stray = open_file("stray");
	fd = open_file("good");
	before = count_fds();
	rig_open(&rig);
	imsgbuf_allow_fdpass(&rig.ib);
	craft(wire, 1, IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, &stray, 1);
	expect_fd(&rig.ib, 1, -1);
	ATF_REQUIRE_EQ(before + 2, count_fds());
	craft(wire, 2, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, &fd, 1);
	expect_fd(&rig.ib, 2, fd);
	rig_close(&rig);
	ATF_REQUIRE_EQ(before, count_fds());
}

/* Without imsgbuf_allow_fdpass() none goes out and none comes in. */
ATF_TC_WITHOUT_HEAD(fd_not_allowed);
ATF_TC_BODY(fd_not_allowed, tc)
{
	struct rig	 rig;
	struct ibuf	*msg;
	uint8_t		 wire[32];
	int		 before, fd;

	fd = open_null();
	rig_open(&rig);
	before = count_fds();
	ATF_REQUIRE_ERRNO(EINVAL,
	    imsg_compose(&rig.ib, 1, 0, 0, fd, NULL, 0) == -1);
	ATF_REQUIRE(fcntl(fd, F_GETFD) != -1);
	ATF_REQUIRE_EQ(0, imsgbuf_queuelen(&rig.ib));
	craft(wire, 1, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, &fd, 1);
	expect_fd(&rig.ib, 1, -1);
	ATF_REQUIRE_EQ(before, count_fds());
	/* Given to a message before imsg_close(), it goes with it. */
	ATF_REQUIRE((msg = imsg_create(&rig.ib, 1, 0, 0, 0)) != NULL);
	ibuf_fd_set(msg, fd);
	ATF_REQUIRE(ibuf_fd_avail(msg));
	ATF_REQUIRE_ERRNO(EINVAL, imsg_close(&rig.ib, msg) == -1);
	ATF_REQUIRE_EQ(before - 1, count_fds());
	rig_close(&rig);
}

/* One way: what goes out arrives, and what comes never enters. */
ATF_TC_WITHOUT_HEAD(fd_send_only);
ATF_TC_BODY(fd_send_only, tc)
{
	struct rig	 rig;
	struct imsgbuf	 peer;
	uint8_t		 wire[32];
	int		 before, fd;

	fd = open_null();
	rig_open(&rig);
	imsgbuf_allow_fdsend(&rig.ib);
	before = count_fds();
	craft(wire, 1, FD_MARK | IMSG_HEADER_SIZE, NULL, 0);
	raw_send(rig.raw, wire, IMSG_HEADER_SIZE, &fd, 1);
	expect_fd(&rig.ib, 1, -1);
	ATF_REQUIRE_EQ(before, count_fds());
	ATF_REQUIRE_EQ(1, imsg_compose(&rig.ib, 2, 0, 0, fd, NULL, 0));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&rig.ib));
	ATF_REQUIRE_EQ(before - 1, count_fds());
	ATF_REQUIRE_EQ(0, imsgbuf_init(&peer, rig.raw));
	imsgbuf_allow_fdpass(&peer);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&peer));
	ATF_REQUIRE_EQ(before, count_fds());
	imsgbuf_clear(&peer);
	ATF_REQUIRE_EQ(before - 1, count_fds());
	rig_close(&rig);
}

/* Whoever closes on failure what he still owns must find it open. */
ATF_TC_WITHOUT_HEAD(fd_compose_fails);
ATF_TC_BODY(fd_compose_fails, tc)
{
	struct imsgbuf	 a, b;
	uint8_t		 data[64] = { 0 };
	struct iovec	 iov = { data, sizeof(data) };
	int		 fd;

	link_open(&a, &b);
	fd = open_null();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&a, 10));
	ATF_REQUIRE_ERRNO(ERANGE,
	    imsg_compose(&a, 1, 0, 0, fd, data, 11) == -1);
	ATF_REQUIRE_ERRNO(ERANGE, imsg_composev(&a, 1, 0, 0, fd, &iov, 1) ==
	    -1);
	imsgbuf_set_queuemax(&a, 20);
	ATF_REQUIRE_ERRNO(ENOBUFS,
	    imsg_compose(&a, 1, 0, 0, fd, data, 10) == -1);
	ATF_REQUIRE(fcntl(fd, F_GETFD) != -1);
	ATF_REQUIRE_EQ(0, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, fd, data, 4));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_ERRNO(EBADF, fcntl(fd, F_GETFD) == -1);
	link_close(&a, &b);
}

/* Forwarding copies what was said, not what was handed over. */
ATF_TC_WITHOUT_HEAD(forward);
ATF_TC_BODY(forward, tc)
{
	struct imsgbuf	 a, b, c, d;
	struct imsg	 imsg;
	int		 before, fd;
	char		 buf[6];

	fd = open_null();
	before = count_fds();
	link_open(&a, &b);
	link_open(&c, &d);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 5, 6, 7, dup(fd), "hello", 6));
	pump(&a, &b);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_REQUIRE_EQ(0, imsg_get_buf(&imsg, buf, 2));
	ATF_REQUIRE_EQ(1, imsg_forward(&c, &imsg));
	imsg_free(&imsg);
	pump(&c, &d);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&d, &imsg));
	ATF_REQUIRE_EQ(5, imsg_get_type(&imsg));
	ATF_REQUIRE_EQ(6, imsg_get_id(&imsg));
	ATF_REQUIRE_EQ(7, imsg_get_pid(&imsg));
	ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, buf, sizeof(buf)));
	ATF_REQUIRE_STREQ("hello", buf);
	ATF_REQUIRE_EQ(-1, imsg_get_fd(&imsg));
	imsg_free(&imsg);
	link_close(&a, &b);
	link_close(&c, &d);
	ATF_REQUIRE_EQ(before, count_fds());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, roundtrip);
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, byte_at_a_time);
	ATF_TP_ADD_TC(tp, merged);
	ATF_TP_ADD_TC(tp, bad_length);
	ATF_TP_ADD_TC(tp, limit_length);
	ATF_TP_ADD_TC(tp, maxsize);
	ATF_TP_ADD_TC(tp, queue_cap);
	ATF_TP_ADD_TC(tp, exact_size);
	ATF_TP_ADD_TC(tp, cursor);
	ATF_TP_ADD_TC(tp, unterminated);
	ATF_TP_ADD_TC(tp, embedded_nul);
	ATF_TP_ADD_TC(tp, ibuf_limits);
	ATF_TP_ADD_TC(tp, socket_states);
	ATF_TP_ADD_TC(tp, short_write);
	ATF_TP_ADD_TC(tp, cleared);
	ATF_TP_ADD_TC(tp, fd_passed);
	ATF_TP_ADD_TC(tp, fd_unclaimed);
	ATF_TP_ADD_TC(tp, fd_order);
	ATF_TP_ADD_TC(tp, fd_cut_header);
	ATF_TP_ADD_TC(tp, fd_lost_keeps_order);
	ATF_TP_ADD_TC(tp, fd_table_full);
	ATF_TP_ADD_TC(tp, fd_table_nearly_full);
	ATF_TP_ADD_TC(tp, fd_two_at_once);
	ATF_TP_ADD_TC(tp, fd_many_at_once);
	ATF_TP_ADD_TC(tp, fd_unannounced);
	ATF_TP_ADD_TC(tp, fd_not_allowed);
	ATF_TP_ADD_TC(tp, fd_send_only);
	ATF_TP_ADD_TC(tp, fd_compose_fails);
	ATF_TP_ADD_TC(tp, forward);
	return atf_no_error();
}
