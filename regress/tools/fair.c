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
 * How much one device that floods the gateway is in another's way.
 *
 *	fair [-l] [-n rounds] -g pinfile -a host:port profile:id:keyfile
 *	    small|large|knock [profile:id:keyfile]
 *
 * The first device sends one reading after the other, each when the one
 * before is acknowledged: for a while with nobody beside it, then beside
 * another process, and again.  That one is the second device, and sends as
 * fast as it can, the smallest readings or the largest; or it is nobody, and
 * opens connections and closes them.  In the end lines tell the medians of
 * the round trip, in us, the ratio of the two, how many of the flood's
 * readings were acknowledged while one was under way, and in a second:
 *
 *	alone rtt N
 *	beside rtt N
 *	beside ratio N
 *	beside passed N
 *	beside flood N
 *
 * With - in place of the first device there is just the flood, until a signal
 * comes.  With -l its seals come later than what they cover.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asmp.h"
#include "compat.h"
#include "tools.h"

#define ROUND		16	/* readings at a time */
#define ROUNDS_MAX	1000
#define SEAL		64	/* readings under one, at most */
#define BYTES		200000	/* the same, of the 256 KB that may be */
#define PATIENCE	20	/* seconds for anything to happen */
#define LATE		3	/* ms */

/* What both processes see. */
struct shared {
	volatile int		 go;
	volatile uint64_t	 sent;
	volatile uint64_t	 acked;		/* readings; or connections */
};

static struct shared	*shared;
static const char	*pinfile, *host;
static char		*port;
static int		 late;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: fair [-l] [-n rounds] -g pinfile -a host:port "
	    "profile:id:keyfile\n\tsmall|large|knock "
	    "[profile:id:keyfile]\n");
	exit(1);
}

static uint64_t
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
nap(void)
{
	(void)poll(NULL, 0, 1);
}

static struct asmp *
device(char *arg)
{
	const char	*profile = strsep(&arg, ":"), *id = strsep(&arg, ":"),
			*ext;
	struct asmp	*a;
	int		 ret;

	if (arg == NULL || (a = asmp_new()) == NULL)
		usage();
	ext = strrchr(arg, '.');
	ret = ext != NULL && strcmp(ext, ".kem") == 0 ?
	    asmp_set_kem(a, id, arg) : asmp_set_identity(a, id, arg, NULL);
	if (ret == -1 || asmp_set_profile(a, profile) == -1 ||
	    asmp_set_gateway(a, pinfile) == -1 ||
	    asmp_connect(a, host, port, NULL) == -1)
		errx(1, "%s: %s", id, asmp_error(a));
	while (asmp_state(a) == ASMP_CONNECTING)
		if (asmp_poll(a, PATIENCE * 1000) != 1)
			errx(1, "%s: %s", id, asmp_error(a));
	return a;
}

/* As much as one seal may cover, as long as there is room. */
static void
send_many(struct asmp *a, const char *text, size_t len)
{
	size_t	 n;
	int	 i;

	for (n = 0; n < SEAL && n * len < BYTES && asmp_sendable(a) >= len;
	    n++) {
		if (asmp_send(a, 0, text, len, NULL) == -1)
			err(1, "asmp_send");
		shared->sent++;
	}
	for (i = 0; n > 0 && late && i < LATE; i++) {
		(void)asmp_poll(a, 0);
		nap();
	}
	if (n > 0 && asmp_seal(a) == -1)
		errx(1, "%s", asmp_error(a));
}

static __dead void
flood(char *arg, int large)
{
	static char	 text[65536];
	struct asmp	*a = device(arg);
	size_t		 max = asmp_reading_max(a), len;
	uint64_t	 first = asmp_lastid(a);

	memset(text, ' ', sizeof(text));
	len = large ? (max < sizeof(text) ? max : sizeof(text)) : 2;
	memcpy(text + len - 2, "{}", 2);
	for (;;) {
		if (shared->go)
			send_many(a, text, len);
		if (asmp_poll(a, shared->go ? 0 : 1) == -1 ||
		    asmp_state(a) != ASMP_OPEN)
			errx(1, "flood: %s", asmp_error(a));
		shared->acked = asmp_acked(a) - first;
	}
}

static __dead void
knock(void)
{
	char	 where[256];

	snprintf(where, sizeof(where), "%s:%s", host, port);
	for (;;) {
		if (!shared->go) {
			nap();
			continue;
		}
		close(tool_connect(where));
		shared->sent++;
		shared->acked++;
	}
}

/* One reading there and back, in microseconds. */
static double
trip(struct asmp *a)
{
	uint64_t	 id, begun = now_us();

	if (asmp_send(a, 0, "{\"t\":\"x\"}", 9, &id) == -1 ||
	    asmp_seal(a) == -1)
		errx(1, "%s", asmp_error(a));
	while (asmp_acked(a) < id)
		if (asmp_poll(a, PATIENCE * 1000) != 1)
			errx(1, "no acknowledgement: %s", asmp_error(a));
	return (double)(now_us() - begun);
}

static int
cmp(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), cmp);
	return v[n / 2];
}

/* The flood begins and is under way, or ends and is over. */
static void
turn(int on)
{
	uint64_t	 acked = shared->acked, end;

	shared->go = on;
	end = now_us() + PATIENCE * 1000000ULL;
	while (on ? shared->acked == acked : shared->acked != shared->sent) {
		if (now_us() > end)
			errx(1, "the flood does not %s", on ? "begin" : "end");
		nap();
	}
}

static void
report(double alone, double beside, double passed, double flood)
{
	printf("alone rtt %.1f\n", alone);
	printf("beside rtt %.1f\n", beside);
	printf("beside ratio %.2f\n", beside / alone);
	printf("beside passed %.0f\n", passed);
	printf("beside flood %.0f\n", flood);
}

static void
measure(struct asmp *a, size_t rounds)
{
	static double	 alone[ROUNDS_MAX * ROUND], beside[ROUNDS_MAX * ROUND],
			 passed[ROUNDS_MAX * ROUND];
	uint64_t	 acked;
	double		 us = 0, got = 0;
	size_t		 i, n = 0, r;

	for (r = 0; r < rounds; r++) {
		turn(0);
		for (i = 0; i < ROUND; i++)
			alone[n + i] = trip(a);
		turn(1);
		for (i = 0; i < ROUND; i++) {
			acked = shared->acked;
			beside[n + i] = trip(a);
			passed[n + i] = (double)(shared->acked - acked);
			us += beside[n + i];
			got += passed[n + i];
		}
		n += ROUND;
	}
	report(median(alone, n), median(beside, n), median(passed, n),
	    got * 1e6 / us);
}

int
main(int argc, char *argv[])
{
	size_t	 rounds = 20;
	pid_t	 pid;
	char	*where = NULL;
	int	 ch, large;

	while ((ch = getopt(argc, argv, "a:g:ln:")) != -1) {
		switch (ch) {
		case 'a':
			where = optarg;
			break;
		case 'g':
			pinfile = optarg;
			break;
		case 'l':
			late = 1;
			break;
		case 'n':
			rounds = (size_t)atoi(optarg);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (where == NULL || pinfile == NULL || argc < 2 ||
	    rounds > ROUNDS_MAX || (port = strrchr(where, ':')) == NULL)
		usage();
	*port++ = '\0';
	host = where;
	large = strcmp(argv[1], "large") == 0;
	if (strcmp(argv[1], "knock") != 0 && argc != 3)
		usage();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(argv[0], "-") == 0 && argc == 3) {
		shared->go = 1;
		flood(argv[2], large);
	}
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		/* The gateway is to be in the way, not who floods it. */
		(void)setpriority(PRIO_PROCESS, 0, 19);
		if (argc == 3)
			flood(argv[2], large);
		knock();
	}
	measure(device(argv[0]), rounds);
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return 0;
}
