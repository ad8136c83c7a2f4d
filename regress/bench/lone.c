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
 * One reading at a time, while nothing else happens; and in between what the
 * disk asks for a few bytes that must stay, since that changes by the hour.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"

#define LONES		101	/* in a run of a second or more */
#define LONES_LEAST	5
#define PAUSE		5000	/* us before each, for all to idle */
#define BLOCK		4096	/* what SQLite writes at least */

static double
reading_us(struct client *c)
{
	double	 start;

	usleep(PAUSE);
	start = now_us();
	client_send(c, 1);
	while (c->acked != c->sent)
		loop_step(NULL, -1);
	return now_us() - start;
}

static double
sync_us(int fd)
{
	static char	 block[BLOCK];
	double		 start;

	usleep(PAUSE);
	start = now_us();
	if (write(fd, block, sizeof(block)) != sizeof(block) ||
	    fdatasync(fd) == -1)
		err(1, "fdatasync");
	return now_us() - start;
}

static void
run(int fd)
{
	double		 rtt[LONES], sync[LONES], m;
	unsigned int	 i, n = LONES;

	if (seconds < 1)
		n = LONES_LEAST + seconds * (LONES - LONES_LEAST);
	for (i = 0; i < n; i++) {
		sync[i] = sync_us(fd);
		rtt[i] = reading_us(&clients[0]);
	}
	m = median(sync, n);
	printf("lone rtt %.1f\n", median(rtt, n));
	printf("lone sync %.1f\n", m);
	printf("lone beyond %.1f\n", median(rtt, n) - m);
	fflush(stdout);
}

/* Where this is run should be the disk of the gateway. */
void
test_lone(void)
{
	char		 path[] = "lone.XXXXXX";
	unsigned int	 i;
	int		 fd;

	if ((fd = mkstemp(path)) == -1 || unlink(path) == -1)
		err(1, "%s", path);
	for (i = 0; i < runs; i++)
		run(fd);
	close(fd);
}
