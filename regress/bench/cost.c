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
 * What a command costs processes that serve it.
 *
 *	cost [-m] [-n times] -p name=pid ... test [command ...]
 *
 * Prints, each on a line with the name of the test, microseconds of CPU of
 * each process and of all, and of the clock, for one of so many runs; with -m
 * what they are resident with.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "measure.h"

#define TIMES_MAX	1000000

static __attribute__((noreturn)) void
usage(void)
{
	fprintf(stderr, "usage: cost [-m] [-n times] -p name=pid ... test "
	    "[command ...]\n");
	exit(1);
}

/* Its output is not wanted, other than that of errors. */
static __attribute__((noreturn)) void
become(char *argv[])
{
	int	 fd = open("/dev/null", O_WRONLY);

	if (fd != -1 && dup2(fd, STDOUT_FILENO) != -1)
		execvp(argv[0], argv);
	err(1, "%s", argv[0]);
}

static void
run(char *argv[])
{
	pid_t	 pid;
	int	 status;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0)
		become(argv);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	if (status != 0)
		errx(1, "%s failed", argv[0]);
}

static void
repeat(const char *test, char *argv[], unsigned int times)
{
	double		*us, begun;
	unsigned int	 i;

	if ((us = calloc(times, sizeof(*us))) == NULL)
		err(1, NULL);
	cpu_begin();
	for (i = 0; i < times; i++) {
		begun = now_us();
		run(argv);
		us[i] = now_us() - begun;
	}
	cpu_end(test, times);
	printf("%s wall %.1f\n", test, median(us, times));
	free(us);
}

int
main(int argc, char *argv[])
{
	const char	*why;
	unsigned int	 times = 1;
	int		 ch, memory = 0;

	while ((ch = getopt(argc, argv, "+mn:p:")) != -1) {
		switch (ch) {
		case 'm':
			memory = 1;
			break;
		case 'n':
			times = strtonum(optarg, 1, TIMES_MAX, &why);
			if (why != NULL)
				errx(1, "-n %s: %s", optarg, why);
			break;
		case 'p':
			process_add(optarg);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || (argc == 1 && !memory))
		usage();
	if (memory)
		rss_now(argv[0]);
	if (argc > 1)
		repeat(argv[0], argv + 1, times);
	return 0;
}
