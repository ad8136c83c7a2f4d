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
 * What is measured.  Whatever is run several times prints each of its figures
 * several times.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define SETTLE		100000	/* us for what is written late */
#define FILL_BYTES	(32 * 1024 * 1024)	/* twice the cache of store */
#define LEARNED		16	/* readings of each device, before it counts */

unsigned int		 nbusy = 200, nidle, runs = 5;
double			 seconds = 1, rate = 20000;

static unsigned int	 window;
static double		 until;

/* What is still written, or freed, is no part of what comes next. */
void
settle(void)
{
	usleep(SETTLE);
}

/* What the busy clients' readings come to that were acknowledged. */
uint64_t
acked_sum(void)
{
	uint64_t	 sum = 0;
	unsigned int	 i;

	for (i = 0; i < nbusy; i++)
		sum += clients[i].acked;
	return sum;
}

static int
all_answered(void)
{
	unsigned int	 i;

	for (i = 0; i < nbusy; i++)
		if (clients[i].acked != clients[i].sent)
			return 0;
	return 1;
}

/* An answer can be there before client_send() is done. */
static void
send_more(struct client *c)
{
	while (c->acked == c->sent && now_us() < until)
		client_send(c, window);
}

/*
 * Every busy client sends n readings, as soon as the last n came back; how
 * many did.
 */
uint64_t
send_for(double us, unsigned int n)
{
	uint64_t	 before = acked_sum();
	unsigned int	 i;

	window = n;
	until = now_us() + us;
	for (i = 0; i < nbusy; i++) {
		client_send(&clients[i], n);
		send_more(&clients[i]);
	}
	while (now_us() < until || !all_answered())
		loop_step(send_more, -1);
	return acked_sum() - before;
}

static void
test_readings(const char *test, unsigned int n)
{
	uint64_t	 done;
	unsigned int	 i;

	for (i = 0; i < runs; i++) {
		settle();
		cpu_begin();
		done = send_for(seconds * 1e6, n);
		cpu_end(test, done);
	}
}

static void
test_batch(void)
{
	test_readings("batch", WINDOW);
}

static void
test_apart(void)
{
	apart = 1;
	test_readings("apart", WINDOW);
	apart = 0;
}

static void
test_packed(void)
{
	packed = 1;
	test_readings("packed", WINDOW);
	packed = 0;
}

static void
test_single(void)
{
	test_readings("single", 1);
}

static void
test_handshake(void)
{
	unsigned int	 i;

	for (i = 0; i < runs; i++) {
		loop_disconnect();
		settle();
		cpu_begin();
		loop_connect(nbusy);
		settle();
		cpu_end("handshake", nbusy);
	}
}

/*
 * What the gateway keeps in memory of its database has a limit, whatever the
 * number of sessions: it is reached now.
 */
static void
test_fill(void)
{
	uint64_t	 sent = 0;

	while (sent < FILL_BYTES)
		sent += send_for(0, WINDOW) * reading_len;
}

static const struct {
	const char	*name;
	void		(*run)(void);
} tests[] = {
	{ "batch", test_batch },
	{ "apart", test_apart },
	{ "packed", test_packed },
	{ "single", test_single },
	{ "paced", test_paced },
	{ "lone", test_lone },
	{ "handshake", test_handshake },
	{ "fill", test_fill },
	{ "idle", test_idle },
	{ "storm", test_storm }
};

#define NTESTS	(sizeof(tests) / sizeof(tests[0]))

static void
test_named(const char *name)
{
	size_t	 i;

	for (i = 0; i < NTESTS; i++)
		if (strcmp(name, tests[i].name) == 0) {
			tests[i].run();
			return;
		}
	errx(1, "%s: no such test", name);
}

/*
 * Runs the n tests named, in this order.  The first readings teach the
 * gateway what is normal, and are not measured.
 */
void
test_all(char *names[], int n)
{
	int	 i;

	loop_connect(nbusy);
	for (i = 0; i < LEARNED; i++)
		(void)send_for(0, 1);
	for (i = 0; i < n; i++)
		test_named(names[i]);
}
