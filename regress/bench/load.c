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
 * A load for asmpd, or for a broker beside it, and what it costs them.
 *
 *	load -e count [-c profile] [-f first]
 *	load [-w] [-a addresses] [-c profile | mqtt | nats | jetstream]
 *	    [-d dir] [-i idle] [-l bytes] [-n busy] [-R rate] [-r runs]
 *	    [-t seconds] -P port -p name=pid ... test ...
 *
 * With -e it prints the lines that enrol its devices.  Otherwise each figure
 * is a line on standard output: test, metric, value.  What the clients need
 * to know of the other side is in dir; they come from so many addresses of
 * the loopback network.  With -w sessions stay until it is told to end, once
 * it has said "ready".
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

static unsigned int	 nprint, first;
static const char	*dir = ".";
static uint16_t		 port;
static int		 waits;

static __attribute__((noreturn)) void
usage(void)
{
	fprintf(stderr, "usage: load -e count [-c profile] [-f first]\n"
	    "       load [-w] [-a addresses] [-c profile|mqtt|nats|jetstream]"
	    "\n            [-d dir] [-i idle] [-l bytes] [-n busy] [-R rate]"
	    " [-r runs]\n            [-t seconds] -P port -p name=pid ... "
	    "test ...\n");
	exit(1);
}

static unsigned int
number(const char *arg, int least, int most)
{
	const char	*why;
	unsigned int	 n = strtonum(arg, least, most, &why);

	if (why != NULL)
		errx(1, "%s: %s", arg, why);
	return n;
}

/* Most of a second is still some load. */
static double
duration(const char *arg)
{
	char	*end;
	double	 s = strtod(arg, &end);

	if (*end != '\0' || end == arg || !(s > 0 && s <= 3600))
		errx(1, "%s: not a number of seconds", arg);
	return s;
}

static const struct protocol *
protocol_named(const char *name)
{
	static const struct protocol	*const peers[] = {
		&protocol_mqtt, &protocol_nats, &protocol_jetstream
	};
	size_t	 i;

	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		if (strcmp(name, peers[i]->name) == 0)
			return peers[i];
	device_profile(name);
	return &protocol_asmp;
}

static void
option(int ch, const char *arg)
{
	switch (ch) {
	case 'a':
		loop_sources(number(arg, 1, 250));
		break;
	case 'd':
		dir = arg;
		break;
	case 'e':
		nprint = number(arg, 1, CLIENTS_MAX);
		break;
	case 'f':
		first = number(arg, 0, CLIENTS_MAX);
		break;
	case 'i':
		nidle = number(arg, 1, CLIENTS_MAX);
		break;
	case 'l':
		reading_init(number(arg, READING_MIN, READING_MAX));
		break;
	case 'n':
		nbusy = number(arg, 1, CLIENTS_MAX);
		break;
	case 'P':
		port = number(arg, 1, UINT16_MAX);
		break;
	case 'p':
		process_add(arg);
		break;
	case 'R':
		rate = number(arg, 1, 10000000);
		break;
	case 'r':
		runs = number(arg, 1, 100);
		break;
	case 't':
		seconds = duration(arg);
		break;
	case 'w':
		waits = 1;
		break;
	default:
		usage();
	}
}

/* Sessions stay as they are for as long as somebody looks at them. */
static void
wait_for_end(void)
{
	puts("ready");
	fflush(stdout);
	pause();
}

int
main(int argc, char *argv[])
{
	const struct protocol	*p = &protocol_asmp;
	const char		*profile = "asmp";
	int			 ch;

	reading_init(READING_LEN);
	while ((ch = getopt(argc, argv, "a:c:d:e:f:i:l:n:P:p:R:r:t:w")) != -1)
		if (ch == 'c')
			p = protocol_named(profile = optarg);
		else
			option(ch, optarg);
	argc -= optind;
	argv += optind;
	if (nprint > 0 ? argc != 0 : argc == 0 || port == 0)
		usage();
	if (nprint > 0) {
		identity_lines(profile, first, nprint);
		return 0;
	}
	loop_init(p, dir, port, nbusy + nidle);
	test_all(argv, argc);
	if (waits)
		wait_for_end();
	else
		loop_disconnect();
	return 0;
}
