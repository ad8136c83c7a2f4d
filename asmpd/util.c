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

/* Small things that more than one process needs. */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <time.h>

#include "asmpd.h"
#include "log.h"

#define PAIR_BUFFER	(512 * 1024)	/* many messages for one wake-up */

static uint64_t
clock_us(clockid_t id)
{
	struct timespec	 ts;

	if (clock_gettime(id, &ts) == -1)
		fatal("clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Milliseconds since 1970. */
uint64_t
now_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

/* Milliseconds of a clock that nobody sets. */
uint64_t
mono_ms(void)
{
	return mono_us() / 1000;
}

/* The same in microseconds. */
uint64_t
mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/*
 * A pair of connected sockets for two processes, non-blocking, closed on
 * exec, with room for bursts.  Returns 0 or -1 with errno.
 */
int
sock_pair(int pair[2])
{
	int	 i, size = PAIR_BUFFER;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    pair) == -1)
		return -1;
	for (i = 0; i < 2; i++) {
		/* Less room than asked for only costs speed. */
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
		(void)setsockopt(pair[i], SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	}
	return 0;
}
