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

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "imsgev.h"

struct side {
	struct imsgev	 iev;
	int		 reads;
	int		 writes;
	int		 got;		/* messages fetched */
	int		 closed;
};

static void
side_event(int fd, short events, void *arg)
{
	struct side	*side = arg;
	struct imsg	 imsg;
	int		 n;

	ATF_REQUIRE_EQ(side->iev.ibuf.fd, fd);
	if (events & EV_WRITE) {
		side->writes++;
		ATF_REQUIRE_EQ(0, imsgbuf_write(&side->iev.ibuf));
	}
	if (events & EV_READ) {
		side->reads++;
		ATF_REQUIRE((n = imsgbuf_read(&side->iev.ibuf)) != -1);
		if (n == 0) {
			side->closed = 1;
			imsgev_clear(&side->iev);
			return;
		}
		while (imsgbuf_get(&side->iev.ibuf, &imsg) == 1) {
			side->got++;
			imsg_free(&imsg);
		}
	}
	imsgev_rearm(&side->iev);
}

static struct event_base *
sides_open(struct side *a, struct side *b)
{
	struct event_base	*base;
	int			 sv[2];

	ATF_REQUIRE((base = event_init()) != NULL);
	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv));
	ATF_REQUIRE_EQ(0, imsgev_init(&a->iev, sv[0], side_event, a));
	ATF_REQUIRE_EQ(0, imsgev_init(&b->iev, sv[1], side_event, b));
	return base;
}

static void
turn(int n)
{
	while (n-- > 0)
		event_loop(EVLOOP_NONBLOCK);
}

/* Room to write is waited for while something is queued, and not after. */
ATF_TC_WITHOUT_HEAD(write_only_when_queued);
ATF_TC_BODY(write_only_when_queued, tc)
{
	struct event_base	*base;
	struct side		 a, b;
	struct ibuf		*msg;

	base = sides_open(&a, &b);
	ATF_REQUIRE_EQ(EV_READ, a.iev.events);
	turn(3);
	ATF_REQUIRE_EQ(0, a.writes + a.reads);
	ATF_REQUIRE_EQ(1, imsgev_compose(&a.iev, 1, 0, 0, -1, "x", 1));
	ATF_REQUIRE((msg = imsg_create(&a.iev.ibuf, 2, 0, 0, 0)) != NULL);
	ATF_REQUIRE_EQ(0, imsgev_close(&a.iev, msg));
	ATF_REQUIRE_EQ(EV_READ | EV_WRITE, a.iev.events);
	turn(4);
	ATF_REQUIRE_EQ(1, a.writes);
	ATF_REQUIRE_EQ(EV_READ, a.iev.events);
	ATF_REQUIRE_EQ(2, b.got);
	imsgev_clear(&a.iev);
	imsgev_clear(&b.iev);
	event_base_free(base);
}

/* The end of the peer is seen; clearing closes, once, and stops waiting. */
ATF_TC_WITHOUT_HEAD(clear_closes);
ATF_TC_BODY(clear_closes, tc)
{
	struct event_base	*base;
	struct side		 a, b;
	int			 fd;

	base = sides_open(&a, &b);
	fd = a.iev.ibuf.fd;
	ATF_REQUIRE(fcntl(fd, F_GETFD) != -1);
	imsgev_clear(&a.iev);
	ATF_REQUIRE_ERRNO(EBADF, fcntl(fd, F_GETFD) == -1);
	imsgev_clear(&a.iev);
	turn(2);
	ATF_REQUIRE_EQ(1, b.closed);
	ATF_REQUIRE_EQ(0, event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED));
	event_base_free(base);
}

/* Errors of imsg come through, and nothing is waited for because of them. */
ATF_TC_WITHOUT_HEAD(errors_come_through);
ATF_TC_BODY(errors_come_through, tc)
{
	struct event_base	*base;
	struct side		 a, b;
	struct ibuf		*msg;

	base = sides_open(&a, &b);
	imsgbuf_set_queuemax(&a.iev.ibuf, 10);
	ATF_REQUIRE_ERRNO(ENOBUFS,
	    imsgev_compose(&a.iev, 1, 0, 0, -1, NULL, 0) == -1);
	ATF_REQUIRE((msg = imsg_create(&a.iev.ibuf, 1, 0, 0, 0)) != NULL);
	ATF_REQUIRE_ERRNO(ENOBUFS, imsgev_close(&a.iev, msg) == -1);
	ATF_REQUIRE_EQ(EV_READ, a.iev.events);
	imsgev_clear(&a.iev);
	imsgev_clear(&b.iev);
	event_base_free(base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, write_only_when_queued);
	ATF_TP_ADD_TC(tp, clear_closes);
	ATF_TP_ADD_TC(tp, errors_come_through);
	return atf_no_error();
}
