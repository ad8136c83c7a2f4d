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
 * A load for asmpd, or for an MQTT broker beside it, and what it costs them.
 * Each figure is a line on standard output: test, metric, value; a test that
 * is run several times gives each line several times.  bench.sh makes a table
 * of them.
 */

#include <sys/types.h>

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define LONES		101	/* lone readings in a run */
#define LONE_PAUSE	5000	/* us before each, for the gateway to idle */
#define SETTLE		100000	/* us for what is written late */
#define SYNC_LEN	4096

static unsigned int	 nbusy = 200, nidle = 2000, runs = 5, seconds = 1;
static unsigned int	 window;
static double		 until;

static __attribute__((noreturn)) void
usage(void)
{
	fprintf(stderr, "usage: load -k count dir\n"
	    "       load -s dir\n"
	    "       load [-M] [-i idle] [-n busy] [-r runs] [-t seconds]\n"
	    "            -p name=pid ... dir port [test ...]\n");
	exit(1);
}

static unsigned int
number(const char *arg, int max)
{
	const char	*why;
	unsigned int	 n = strtonum(arg, 1, max, &why);

	if (why != NULL)
		errx(1, "%s: %s", arg, why);
	return n;
}

static uint64_t
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

/* Every busy client sends n readings, as soon as the last n came back. */
static uint64_t
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
		usleep(SETTLE);
		cpu_begin();
		done = send_for(seconds * 1e6, n);
		cpu_end(test, done);
	}
}

static void
send_one(struct client *c)
{
	client_send(c, 1);
	while (c->acked != c->sent)
		loop_step(NULL, -1);
}

/* One reading at a time, while nothing else happens. */
static void
test_lone(void)
{
	double		 us[LONES], start;
	unsigned int	 i, run;

	for (run = 0; run < runs; run++) {
		for (i = 0; i < LONES; i++) {
			usleep(LONE_PAUSE);
			start = now_us();
			send_one(&clients[0]);
			us[i] = now_us() - start;
		}
		printf("lone rtt %.1f\n", median(us, LONES));
	}
}

static void
test_handshake(void)
{
	unsigned int	 i;

	for (i = 0; i < runs; i++) {
		loop_disconnect();
		usleep(SETTLE);
		cpu_begin();
		loop_connect(nbusy);
		usleep(SETTLE);
		cpu_end("handshake", nbusy);
	}
}

/* Sessions that stay quiet: at first, and after one reading of each. */
static void
test_idle(void)
{
	unsigned int	 i;

	usleep(SETTLE);
	rss_begin();
	loop_connect(nbusy + nidle);
	usleep(SETTLE);
	rss_end("idle", nidle);
	for (i = nbusy; i < nbusy + nidle; i++)
		send_one(&clients[i]);
	usleep(SETTLE);
	rss_end("used", nidle);
}

/* What a disk asks for a few bytes that must stay: the floor of a reading. */
static void
test_sync(const char *dir)
{
	static char	 block[SYNC_LEN];
	double		 us[LONES], start;
	char		 path[PATH_MAX];
	unsigned int	 i, run;
	int		 fd;

	snprintf(path, sizeof(path), "%s/sync.XXXXXX", dir);
	if ((fd = mkstemp(path)) == -1 || unlink(path) == -1)
		err(1, "%s", path);
	for (run = 0; run < runs; run++) {
		for (i = 0; i < LONES; i++) {
			usleep(LONE_PAUSE);
			start = now_us();
			if (write(fd, block, sizeof(block)) != sizeof(block) ||
			    fdatasync(fd) == -1)
				err(1, "%s", path);
			us[i] = now_us() - start;
		}
		printf("disk sync %.1f\n", median(us, LONES));
	}
	close(fd);
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
test_single(void)
{
	test_readings("single", 1);
}

static const struct {
	const char	*name;
	void		(*run)(void);
} tests[] = {
	{ "batch", test_batch },
	{ "apart", test_apart },
	{ "single", test_single },
	{ "lone", test_lone },
	{ "handshake", test_handshake },
	{ "idle", test_idle }
};

/*
 * Runs the tests named, or without names all of them.  The first readings
 * teach the gateway what is normal, and are not measured.
 */
static void
test_all(char *names[], int n)
{
	size_t	 i;
	int	 j;

	loop_connect(nbusy);
	(void)send_for(0, WINDOW);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		for (j = 0; j < n || n == 0; j++)
			if (n == 0 || strcmp(names[j], tests[i].name) == 0) {
				tests[i].run();
				break;
			}
	loop_disconnect();
}

int
main(int argc, char *argv[])
{
	const struct protocol	*p = &protocol_asmp;
	unsigned int		 count = 0;
	int			 ch, disk = 0;

	while ((ch = getopt(argc, argv, "i:k:Mn:p:r:st:")) != -1) {
		switch (ch) {
		case 'i':
			nidle = number(optarg, 1000000);
			break;
		case 'k':
			count = number(optarg, 100000);
			break;
		case 'M':
			p = &protocol_mqtt;
			break;
		case 'n':
			nbusy = number(optarg, 100000);
			break;
		case 'p':
			process_add(optarg);
			break;
		case 'r':
			runs = number(optarg, 100);
			break;
		case 's':
			disk = 1;
			break;
		case 't':
			seconds = number(optarg, 3600);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (count > 0 || disk ? argc != 1 : argc < 2)
		usage();
	if (count > 0)
		identities_make(argv[0], count);
	else if (disk)
		test_sync(argv[0]);
	else {
		loop_init(p, argv[0], number(argv[1], 65535), nbusy + nidle);
		test_all(argv + 2, argc - 2);
	}
	return 0;
}
