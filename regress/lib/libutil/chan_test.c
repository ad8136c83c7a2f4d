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
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "chan.h"
#include "log.h"

#define MAXMSG	64
#define INSIZE	(2 * MAXMSG)
#define OUTMAX	(2 * MAXMSG)

/* A channel under test and the bare other end of its socket. */
static int
rig_open(struct chan *c)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv));
	ATF_REQUIRE_EQ(0, chan_init(c, sv[0], INSIZE, OUTMAX, MAXMSG));
	return sv[1];
}

static void
rig_close(struct chan *c, int raw)
{
	chan_clear(c);
	close(c->fd);
	close(raw);
}

static size_t
craft(uint8_t *p, uint32_t len, uint16_t type, uint16_t spare, uint64_t id)
{
	struct chan_hdr	 hdr = { len, type, spare, id };

	memcpy(p, &hdr, sizeof(hdr));
	return sizeof(hdr);
}

static void
raw_write(int fd, const void *p, size_t n)
{
	ATF_REQUIRE_EQ((ssize_t)n, write(fd, p, n));
}

/* A whole message whose payload is n bytes of fill. */
static void
raw_message(int fd, uint64_t id, int fill, size_t n)
{
	uint8_t	 wire[MAXMSG];
	size_t	 len;

	len = craft(wire, CHAN_HDRLEN + n, 1, 0, id);
	memset(wire + len, fill, n);
	raw_write(fd, wire, len + n);
}

static void
expect(struct chan *c, uint64_t id, int fill, size_t n)
{
	struct chan_msg	 msg;
	size_t		 i;

	ATF_REQUIRE_EQ(1, chan_next(c, &msg));
	ATF_REQUIRE_EQ(1, msg.type);
	ATF_REQUIRE_EQ(id, msg.id);
	ATF_REQUIRE_EQ(n, msg.len);
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(fill, msg.data[i]);
}

/* Sizes that could not hold what they promise are refused at the start. */
ATF_TC_WITHOUT_HEAD(init_sizes);
ATF_TC_BODY(init_sizes, tc)
{
	struct chan	 c;

	ATF_REQUIRE_ERRNO(EINVAL,
	    chan_init(&c, -1, 1024, 1024, CHAN_HDRLEN - 1) == -1);
	ATF_REQUIRE_ERRNO(EINVAL,
	    chan_init(&c, -1, INSIZE - 1, OUTMAX, MAXMSG) == -1);
	ATF_REQUIRE_ERRNO(EINVAL,
	    chan_init(&c, -1, INSIZE, MAXMSG - 1, MAXMSG) == -1);
	ATF_REQUIRE_ERRNO(EINVAL,
	    chan_init(&c, -1, INSIZE, SIZE_MAX, MAXMSG) == -1);
	ATF_REQUIRE_EQ(0, chan_init(&c, -1, INSIZE, MAXMSG, MAXMSG));
	chan_clear(&c);
	chan_clear(&c);
}

/* What one end sends, in any size from nothing up, the other gets. */
ATF_TC_WITHOUT_HEAD(roundtrip);
ATF_TC_BODY(roundtrip, tc)
{
	struct chan	 a, b;
	struct chan_msg	 msg;
	uint8_t		 data[MAXMSG - sizeof(struct chan_hdr)];
	int		 sv[2];

	memset(data, 'x', sizeof(data));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    sv));
	ATF_REQUIRE_EQ(0, chan_init(&a, sv[0], INSIZE, OUTMAX, MAXMSG));
	ATF_REQUIRE_EQ(0, chan_init(&b, sv[1], INSIZE, OUTMAX, MAXMSG));
	ATF_REQUIRE_EQ(0, chan_send(&a, 1, UINT64_MAX, NULL, 0));
	ATF_REQUIRE_EQ(0, chan_send(&a, UINT16_MAX, 2, data, sizeof(data)));
	ATF_REQUIRE_EQ(CHAN_HDRLEN + MAXMSG, chan_queued(&a));
	ATF_REQUIRE_EQ(0, chan_write(&a));
	ATF_REQUIRE_EQ(0, chan_queued(&a));
	ATF_REQUIRE_EQ(1, a.nwrite);
	ATF_REQUIRE_EQ(1, chan_read(&b));
	ATF_REQUIRE_EQ(1, b.nread);
	ATF_REQUIRE_EQ(a.bytesout, b.bytesin);
	ATF_REQUIRE_EQ(1, chan_next(&b, &msg));
	ATF_REQUIRE(msg.type == 1 && msg.id == UINT64_MAX && msg.len == 0);
	ATF_REQUIRE_EQ(1, chan_next(&b, &msg));
	ATF_REQUIRE(msg.type == UINT16_MAX && msg.id == 2);
	ATF_REQUIRE_EQ(sizeof(data), msg.len);
	ATF_REQUIRE_EQ(0, memcmp(data, msg.data, sizeof(data)));
	ATF_REQUIRE_EQ(0, chan_next(&b, &msg));
	rig_close(&a, sv[1]);
	chan_clear(&b);
}

/* The stream may be cut anywhere: a message is whole or not there. */
ATF_TC_WITHOUT_HEAD(byte_at_a_time);
ATF_TC_BODY(byte_at_a_time, tc)
{
	struct chan	 c;
	struct chan_msg	 msg;
	uint8_t		 wire[CHAN_HDRLEN + 3];
	size_t		 i;
	int		 raw, round;

	raw = rig_open(&c);
	craft(wire, sizeof(wire), 1, 0, 9);
	memset(wire + CHAN_HDRLEN, 'z', 3);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < sizeof(wire); i++) {
			ATF_REQUIRE_EQ(0, chan_next(&c, &msg));
			raw_write(raw, wire + i, 1);
			ATF_REQUIRE_EQ(1, chan_read(&c));
		}
		expect(&c, 9, 'z', 3);
	}
	rig_close(&c, raw);
}

/* One read may bring many, and the start of one more. */
ATF_TC_WITHOUT_HEAD(merged);
ATF_TC_BODY(merged, tc)
{
	struct chan	 c;
	struct chan_msg	 msg;
	uint8_t		 wire[CHAN_HDRLEN];
	int		 raw;

	raw = rig_open(&c);
	raw_message(raw, 1, 'a', 10);
	raw_message(raw, 2, 'b', 0);
	raw_message(raw, 3, 'c', 20);
	craft(wire, sizeof(wire), 1, 0, 4);
	raw_write(raw, wire, 7);
	ATF_REQUIRE_EQ(1, chan_read(&c));
	expect(&c, 1, 'a', 10);
	expect(&c, 2, 'b', 0);
	expect(&c, 3, 'c', 20);
	ATF_REQUIRE_EQ(0, chan_next(&c, &msg));
	raw_write(raw, wire + 7, sizeof(wire) - 7);
	ATF_REQUIRE_EQ(1, chan_read(&c));
	expect(&c, 4, 0, 0);
	rig_close(&c, raw);
}

static void
refuse(uint32_t len, uint16_t type, uint16_t spare)
{
	struct chan	 c;
	struct chan_msg	 msg;
	uint8_t		 wire[CHAN_HDRLEN];
	int		 raw;

	raw = rig_open(&c);
	raw_message(raw, 1, 'a', 1);
	craft(wire, len, type, spare, 2);
	raw_write(raw, wire, sizeof(wire));
	ATF_REQUIRE_EQ(1, chan_read(&c));
	expect(&c, 1, 'a', 1);
	ATF_REQUIRE_ERRNO(EBADMSG, chan_next(&c, &msg) == -1);
	ATF_REQUIRE_ERRNO(EBADMSG, chan_next(&c, &msg) == -1);
	rig_close(&c, raw);
}

/* Each field of the header has values it may not have. */
ATF_TC_WITHOUT_HEAD(bad_header);
ATF_TC_BODY(bad_header, tc)
{
	refuse(0, 1, 0);
	refuse(CHAN_HDRLEN - 1, 1, 0);
	refuse(MAXMSG + 1, 1, 0);
	refuse(UINT32_MAX, 1, 0);
	refuse(CHAN_HDRLEN, 0, 0);
	refuse(CHAN_HDRLEN, 1, 1);
}

/* A buffer that is full of no message can never become one. */
ATF_TC_WITHOUT_HEAD(full_of_nothing);
ATF_TC_BODY(full_of_nothing, tc)
{
	struct chan	 c;
	uint8_t		 junk[INSIZE];
	int		 raw;

	raw = rig_open(&c);
	memset(junk, 0xff, sizeof(junk));
	raw_write(raw, junk, sizeof(junk));
	ATF_REQUIRE_EQ(1, chan_read(&c));
	ATF_REQUIRE_ERRNO(EBADMSG, chan_read(&c) == -1);
	rig_close(&c, raw);
}

/* A consumer that pauses finds everything where it was. */
ATF_TC_WITHOUT_HEAD(full_of_messages);
ATF_TC_BODY(full_of_messages, tc)
{
	struct chan	 c;
	int		 raw, i;

	raw = rig_open(&c);
	for (i = 0; i < 4; i++)
		raw_message(raw, i, 'a' + i, MAXMSG - CHAN_HDRLEN);
	for (i = 0; i < 5; i++)
		ATF_REQUIRE_EQ(1, chan_read(&c));
	ATF_REQUIRE_EQ(INSIZE, c.bytesin);
	ATF_REQUIRE_EQ(1, c.nread);
	for (i = 0; i < 4; i++) {
		expect(&c, i, 'a' + i, MAXMSG - CHAN_HDRLEN);
		ATF_REQUIRE_EQ(1, chan_read(&c));
	}
	rig_close(&c, raw);
}

/* Sizes that never divide the buffer: what moves must stay itself. */
ATF_TC_WITHOUT_HEAD(compaction);
ATF_TC_BODY(compaction, tc)
{
	struct chan	 c;
	struct chan_msg	 msg;
	uint64_t	 sent = 0, got = 0;
	size_t		 i;
	int		 raw;

	raw = rig_open(&c);
	while (got < 1000) {
		while (sent < got + 3) {
			raw_message(raw, sent, sent & 0xff, sent % 48);
			sent++;
		}
		ATF_REQUIRE_EQ(1, chan_read(&c));
		while (chan_next(&c, &msg) == 1) {
			ATF_REQUIRE_EQ(got, msg.id);
			ATF_REQUIRE_EQ(got % 48, msg.len);
			for (i = 0; i < msg.len; i++)
				ATF_REQUIRE_EQ(got & 0xff, msg.data[i]);
			got++;
		}
	}
	rig_close(&c, raw);
}

/* A payload may be decrypted where it lies, without touching the next. */
ATF_TC_WITHOUT_HEAD(writable_in_place);
ATF_TC_BODY(writable_in_place, tc)
{
	struct chan	 c;
	struct chan_msg	 msg;
	int		 raw;

	raw = rig_open(&c);
	raw_message(raw, 1, 'a', 5);
	raw_message(raw, 2, 'b', 5);
	ATF_REQUIRE_EQ(1, chan_read(&c));
	ATF_REQUIRE_EQ(1, chan_next(&c, &msg));
	memset(msg.data, 0xff, msg.len);
	expect(&c, 2, 'b', 5);
	rig_close(&c, raw);
}

/* Rolled back messages come again, even after a read that moves them. */
ATF_TC_WITHOUT_HEAD(rewind_survives_read);
ATF_TC_BODY(rewind_survives_read, tc)
{
	struct chan	 c;
	struct chan_msg	 msg;
	size_t		 mark;
	int		 raw;

	raw = rig_open(&c);
	raw_message(raw, 1, 'a', 40);
	raw_message(raw, 2, 'b', 10);
	raw_message(raw, 3, 'c', 10);
	ATF_REQUIRE_EQ(1, chan_read(&c));
	expect(&c, 1, 'a', 40);
	mark = chan_mark(&c);
	expect(&c, 2, 'b', 10);
	expect(&c, 3, 'c', 10);
	chan_rewind(&c, chan_mark(&c));
	ATF_REQUIRE_EQ(0, chan_next(&c, &msg));
	chan_rewind(&c, mark);
	raw_message(raw, 4, 'd', 40);
	ATF_REQUIRE_EQ(1, chan_read(&c));
	expect(&c, 2, 'b', 10);
	expect(&c, 3, 'c', 10);
	expect(&c, 4, 'd', 40);
	ATF_REQUIRE_EQ(0, chan_next(&c, &msg));
	rig_close(&c, raw);
}

/* Runs f in a child; 0 or the status it ended with. */
static int
status_of(void (*f)(struct chan *))
{
	struct chan	 c;
	pid_t		 pid;
	int		 status, raw;

	raw = rig_open(&c);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		raw_message(raw, 1, 'a', 30);
		f(&c);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	rig_close(&c, raw);
	return WEXITSTATUS(status);
}

static void
rewind_in_time(struct chan *c)
{
	struct chan_msg	 msg;
	size_t		 mark;

	chan_read(c);
	mark = chan_mark(c);
	chan_next(c, &msg);
	chan_rewind(c, mark);
}

static void
rewind_too_late(struct chan *c)
{
	struct chan_msg	 msg;
	size_t		 mark;

	chan_read(c);
	mark = chan_mark(c);
	chan_next(c, &msg);
	chan_read(c);
	chan_rewind(c, mark);
}

static void
rewind_forward(struct chan *c)
{
	chan_read(c);
	chan_rewind(c, chan_mark(c) + 1);
}

static void
commit_unreserved(struct chan *c)
{
	chan_commit(c, 1, 1, 0);
}

static void
commit_too_much(struct chan *c)
{
	chan_reserve(c, 4);
	chan_commit(c, 1, 1, 5);
}

static void
commit_type_zero(struct chan *c)
{
	chan_reserve(c, 4);
	chan_commit(c, 0, 1, 4);
}

/* Mistakes that would corrupt the stream end the process instead. */
ATF_TC_WITHOUT_HEAD(misuse_is_fatal);
ATF_TC_BODY(misuse_is_fatal, tc)
{
	ATF_REQUIRE_EQ(0, status_of(rewind_in_time));
	ATF_REQUIRE_EQ(1, status_of(rewind_too_late));
	ATF_REQUIRE_EQ(1, status_of(rewind_forward));
	ATF_REQUIRE_EQ(1, status_of(commit_unreserved));
	ATF_REQUIRE_EQ(1, status_of(commit_too_much));
	ATF_REQUIRE_EQ(1, status_of(commit_type_zero));
}

/* What is lent need not be used up, or at all. */
ATF_TC_WITHOUT_HEAD(commit_shorter);
ATF_TC_BODY(commit_shorter, tc)
{
	struct chan	 a, b;
	struct chan_msg	 msg;
	uint8_t		*p;
	int		 raw;

	raw = rig_open(&a);
	ATF_REQUIRE((p = chan_reserve(&a, 40)) != NULL);
	ATF_REQUIRE_EQ(0, chan_queued(&a));
	ATF_REQUIRE((p = chan_reserve(&a, 40)) != NULL);
	memset(p, 'q', 40);
	chan_commit(&a, 1, 5, 3);
	ATF_REQUIRE_EQ(CHAN_HDRLEN + 3, chan_queued(&a));
	ATF_REQUIRE_EQ(OUTMAX - CHAN_HDRLEN - 3, chan_room(&a));
	ATF_REQUIRE_EQ(0, chan_write(&a));
	ATF_REQUIRE_EQ(0, chan_init(&b, raw, INSIZE, OUTMAX, MAXMSG));
	ATF_REQUIRE_EQ(1, chan_read(&b));
	expect(&b, 5, 'q', 3);
	ATF_REQUIRE_EQ(0, chan_next(&b, &msg));
	chan_clear(&b);
	rig_close(&a, raw);
}

/* Room on loan stays where it is while what came before it is written. */
ATF_TC_WITHOUT_HEAD(write_while_reserved);
ATF_TC_BODY(write_while_reserved, tc)
{
	struct chan	 a, b;
	uint8_t		*p;
	int		 raw;

	raw = rig_open(&a);
	ATF_REQUIRE_EQ(0, chan_send(&a, 1, 1, "aaaa", 4));
	ATF_REQUIRE((p = chan_reserve(&a, 4)) != NULL);
	ATF_REQUIRE_EQ(0, chan_write(&a));
	memcpy(p, "bbbb", 4);
	chan_commit(&a, 1, 2, 4);
	ATF_REQUIRE_EQ(0, chan_write(&a));
	ATF_REQUIRE_EQ(0, chan_init(&b, raw, INSIZE, OUTMAX, MAXMSG));
	ATF_REQUIRE_EQ(1, chan_read(&b));
	expect(&b, 1, 'a', 4);
	expect(&b, 2, 'b', 4);
	chan_clear(&b);
	rig_close(&a, raw);
}

/* A queue is memory; it ends where it was said to end. */
ATF_TC_WITHOUT_HEAD(out_cap);
ATF_TC_BODY(out_cap, tc)
{
	struct chan	 c;
	uint8_t		 data[MAXMSG] = { 0 };
	int		 raw;

	raw = rig_open(&c);
	ATF_REQUIRE_ERRNO(EMSGSIZE,
	    chan_send(&c, 1, 1, data, MAXMSG - CHAN_HDRLEN + 1) == -1);
	ATF_REQUIRE_ERRNO(EMSGSIZE, chan_reserve(&c, SIZE_MAX) == NULL);
	ATF_REQUIRE_EQ(0, chan_send(&c, 1, 1, data, MAXMSG - CHAN_HDRLEN));
	ATF_REQUIRE_EQ(0, chan_send(&c, 1, 1, data, 10));
	ATF_REQUIRE_EQ(OUTMAX - MAXMSG - CHAN_HDRLEN - 10, chan_room(&c));
	ATF_REQUIRE_ERRNO(ENOBUFS,
	    chan_send(&c, 1, 1, data, chan_room(&c) - CHAN_HDRLEN + 1) == -1);
	ATF_REQUIRE_EQ(0,
	    chan_send(&c, 1, 1, data, chan_room(&c) - CHAN_HDRLEN));
	ATF_REQUIRE_EQ(0, chan_room(&c));
	ATF_REQUIRE_ERRNO(ENOBUFS, chan_send(&c, 1, 1, data, 0) == -1);
	ATF_REQUIRE_EQ(0, chan_write(&c));
	ATF_REQUIRE_EQ(OUTMAX, chan_room(&c));
	ATF_REQUIRE_EQ(0, chan_send(&c, 1, 1, data, 0));
	rig_close(&c, raw);
}

/* Short writes of any size: everything arrives, in order, once. */
ATF_TC_WITHOUT_HEAD(slow_reader);
ATF_TC_BODY(slow_reader, tc)
{
	struct chan	 a, b;
	struct chan_msg	 msg;
	uint64_t	 sent = 0, got = 0;
	uint8_t		 data[1000], *p;
	size_t		 n;
	int		 sv[2], full = 0, small = 1;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    sv));
	setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	ATF_REQUIRE_EQ(0, chan_init(&a, sv[0], 2048, 20000, 1024));
	ATF_REQUIRE_EQ(0, chan_init(&b, sv[1], 2048, 20000, 1024));
	while (got < 3000) {
		while ((p = chan_reserve(&a, n = sent % 1000)) != NULL) {
			memset(p, sent & 0xff, n);
			chan_commit(&a, 1, sent++, n);
		}
		full++;
		ATF_REQUIRE_EQ(0, chan_write(&a));
		ATF_REQUIRE_EQ(1, chan_read(&b));
		while (chan_next(&b, &msg) == 1) {
			ATF_REQUIRE_EQ(got, msg.id);
			memset(data, got & 0xff, sizeof(data));
			ATF_REQUIRE_EQ(got % 1000, msg.len);
			ATF_REQUIRE_EQ(0, memcmp(data, msg.data, msg.len));
			got++;
		}
	}
	ATF_REQUIRE(full > 100);
	rig_close(&a, sv[1]);
	chan_clear(&b);
}

/* Nothing there, nobody there, no reader: three different answers. */
ATF_TC_WITHOUT_HEAD(socket_states);
ATF_TC_BODY(socket_states, tc)
{
	struct chan	 c;
	int		 raw;

	raw = rig_open(&c);
	ATF_REQUIRE_EQ(1, chan_read(&c));
	ATF_REQUIRE_EQ(0, chan_write(&c));
	close(raw);
	ATF_REQUIRE_EQ(0, chan_read(&c));
	ATF_REQUIRE_EQ(0, chan_send(&c, 1, 1, NULL, 0));
	ATF_REQUIRE_ERRNO(EPIPE, chan_write(&c) == -1);
	rig_close(&c, -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, init_sizes);
	ATF_TP_ADD_TC(tp, roundtrip);
	ATF_TP_ADD_TC(tp, byte_at_a_time);
	ATF_TP_ADD_TC(tp, merged);
	ATF_TP_ADD_TC(tp, bad_header);
	ATF_TP_ADD_TC(tp, full_of_nothing);
	ATF_TP_ADD_TC(tp, full_of_messages);
	ATF_TP_ADD_TC(tp, compaction);
	ATF_TP_ADD_TC(tp, writable_in_place);
	ATF_TP_ADD_TC(tp, rewind_survives_read);
	ATF_TP_ADD_TC(tp, misuse_is_fatal);
	ATF_TP_ADD_TC(tp, commit_shorter);
	ATF_TP_ADD_TC(tp, write_while_reserved);
	ATF_TP_ADD_TC(tp, out_cap);
	ATF_TP_ADD_TC(tp, slow_reader);
	ATF_TP_ADD_TC(tp, socket_states);
	return atf_no_error();
}
