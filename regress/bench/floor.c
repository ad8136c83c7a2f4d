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
 * What no gateway on this machine can be below: the least of each kind of
 * work, and nothing else with it.
 *
 *	floor [-r runs] [-t seconds] dir
 *
 * Each figure is a line: what, metric, value.  dir is on the disk that counts.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "floor.h"

static __attribute__((noreturn)) void
usage(void)
{
	fprintf(stderr, "usage: floor [-r runs] [-t seconds] dir\n");
	exit(1);
}

int
main(int argc, char *argv[])
{
	unsigned int	 runs = 5;
	double		 seconds = 1;
	int		 ch;

	while ((ch = getopt(argc, argv, "r:t:")) != -1) {
		switch (ch) {
		case 'r':
			runs = strtoul(optarg, NULL, 10);
			break;
		case 't':
			seconds = strtod(optarg, NULL);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != 1 || runs == 0 || !(seconds > 0))
		usage();
	floor_frame(runs, seconds);
	floor_crypto(runs);
	floor_disk(runs, argv[0]);
	return 0;
}
