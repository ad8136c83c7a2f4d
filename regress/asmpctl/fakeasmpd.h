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
 * A daemon for the tests of asmpctl: everything it will ever say is written
 * before it is asked, since a socket holds that much.
 */

#ifndef FAKEASMPD_H
#define FAKEASMPD_H

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"

#define FAKE_WAIT	10000	/* ms until a test is lost */

struct fake {
	struct conn	 c;		/* asmpctl's side */
	struct imsgbuf	 ibuf;		/* asmpd's */
};

static inline void
fake_init(struct fake *f)
{
	int	 fd[2], size = 1024 * 1024;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	ATF_REQUIRE_EQ(0, setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)));
	conn_init(&f->c, fd[0]);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&f->ibuf, fd[1]));
	atf_utils_redirect(STDERR_FILENO, "err");
}

static inline void
fake_say(struct fake *f, uint32_t type, const void *data, size_t len)
{
	ATF_REQUIRE_EQ(1, imsg_compose(&f->ibuf, type, 0, 0, -1, data, len));
	while (imsgbuf_queuelen(&f->ibuf) > 0)
		ATF_REQUIRE_EQ(0, imsgbuf_write(&f->ibuf));
}

static inline void
fake_result(struct fake *f, uint32_t code, const char *text)
{
	struct ctl_result	 res = { .code = code };

	strlcpy(res.text, text, sizeof(res.text));
	fake_say(f, CTL_RESULT, &res, sizeof(res));
}

/* It says no more, and hears what it was asked. */
static inline void
fake_end(struct fake *f)
{
	ATF_REQUIRE_EQ(0, shutdown(f->ibuf.fd, SHUT_WR));
}

/* Waits for more from asmpctl, which may still have it in its queue. */
static inline void
fake_listen(struct fake *f)
{
	struct pollfd	 pfd = { .fd = f->ibuf.fd, .events = POLLIN };

	if (imsgbuf_queuelen(&f->c.ibuf) > 0)
		ATF_REQUIRE_EQ(0, conn_turn(&f->c));
	ATF_REQUIRE_EQ(1, poll(&pfd, 1, FAKE_WAIT));
	ATF_REQUIRE_EQ(1, imsgbuf_read(&f->ibuf));
}

/* The next thing that asmpctl asked, of this type and size. */
static inline void
fake_heard(struct fake *f, uint32_t type, void *data, size_t len)
{
	struct imsg	 imsg;

	while (imsgbuf_get(&f->ibuf, &imsg) != 1)
		fake_listen(f);
	ATF_REQUIRE_EQ(type, imsg_get_type(&imsg));
	ATF_REQUIRE_EQ(len, imsg_get_len(&imsg));
	if (len > 0)
		ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, data, len));
	imsg_free(&imsg);
}

static inline void
fake_free(struct fake *f)
{
	conn_close(&f->c);
	imsgbuf_clear(&f->ibuf);
	close(f->ibuf.fd);
}

static inline void
fake_device(struct ctl_device *d, uint32_t number)
{
	memset(d, 0, sizeof(*d));
	d->number = number;
	d->state = CTL_DEVICE_ACTIVE;
	d->kind = ASMP_KIND_SIGNATURE;
	d->alg = IDENT_ED25519;
	d->profiles = profile_mask(d->kind);
	d->keylen = 32;
	d->key[0] = 9;
	snprintf(d->id, sizeof(d->id), "DEV%u", number);
	strlcpy(d->role, "device", sizeof(d->role));
}

static inline void
fake_say_device(struct fake *f, const struct ctl_device *d)
{
	fake_say(f, CTL_DEVICE, d, CTL_DEVICE_LEN(d));
}

#endif /* FAKEASMPD_H */
