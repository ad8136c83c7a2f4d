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


/* asmp(1): options, gateway, and what the operands are. */

#include <err.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "client.h"
#include "compat.h"

#define TIMEOUT		30		/* seconds */
#define PINFILE		".asmp/gateway.pin"
#define LOCALHOST	"localhost"
#define VALUE		"100"		/* of a client that names none */
#define LIMIT		64		/* of an outbox, MiB */
#define LIMITMAX	(1024 * 1024)

/* What the command line says, beside what struct client keeps. */
struct options {
	const char	*host;
	const char	*id;
	const char	*keyfile;
	const char	*pinfile;
	const char	*profile;
	const char	*shared;
	int		 commands;
	int		 compress;
	int		 tls;
};

static __dead void
usage(void)
{
	fprintf(stderr, "usage: asmp [-cnqrTvz] [-C cafile] [-g pinfile] "
	    "[-i id]\n"
	    "            [-o directory [-m mebibytes]] [-P profile] [-p port]\n"
	    "            [-R newkeyfile] [-S sharedfile] [-t timeout] "
	    "[-w wait]\n"
	    "            -k keyfile host [item ...]\n"
	    "       asmp -P smcp [-Tv] [-C cafile] [-g pinfile] [-h host] "
	    "[-p port]\n"
	    "            [-S sharedfile] [-t timeout] client masterkey "
	    "[value | -i]\n");
	exit(EXIT_LOCAL);
}

static int
seconds(const char *text)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(text, 1, INT_MAX / 1000, &errstr);
	if (errstr != NULL)
		errx(EXIT_LOCAL, "%s: not a number of seconds: %s", text,
		    errstr);
	return (int)n * 1000;
}

static uint64_t
mebibytes(const char *text)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(text, 1, LIMITMAX, &errstr);
	if (errstr != NULL)
		errx(EXIT_LOCAL, "%s mebibytes: %s", text, errstr);
	return (uint64_t)n * 1024 * 1024;
}

/* A port above 65535 would be taken for another one. */
static const char *
port_number(const char *text)
{
	const char	*errstr;

	(void)strtonum(text, 1, UINT16_MAX, &errstr);
	if (errstr != NULL)
		errx(EXIT_LOCAL, "port %s: %s: from 1 to 65535", text,
		    errstr);
	return text;
}

/* The pin file that is named, or the user's own. */
static void
pin(struct asmp *a, const char *pinfile)
{
	const char	*home = getenv("HOME");
	char		 path[PATH_MAX];
	int		 n;

	if (pinfile == NULL) {
		n = snprintf(path, sizeof(path), "%s/%s",
		    home == NULL ? "" : home, PINFILE);
		if (n < 0 || (size_t)n >= sizeof(path))
			usage();
		if (access(path, R_OK) == -1)
			err(EXIT_LOCAL, "no pin file (-g), which the gateway's "
			    "operator has, and %s", path);
		pinfile = path;
	}
	if (asmp_set_gateway(a, pinfile) == -1)
		errx(EXIT_LOCAL, "%s", asmp_error(a));
}

/* What the profile's clients have always sent. */
static enum mode
mode_of(const char *profile)
{
	static const struct {
		const char	*profile;
		enum mode	 mode;
	} table[] = {
		{ "ztp", MODE_COMMANDS },
		{ "slmp", MODE_CHAT },
		{ "smcp", MODE_VALUES },
		{ "iomt", MODE_VITALS }
	};
	size_t	 i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].profile, profile) == 0)
			return table[i].mode;
	}
	return MODE_READINGS;
}

/* Whether these are the operands of the original client of smcp. */
static int
is_original(const struct options *o)
{
	return o->keyfile == NULL && o->profile != NULL &&
	    strcmp(o->profile, "smcp") == 0;
}

/* What an outbox keeps is readings, in each profile that has them. */
static void
readings_only(struct client *c)
{
	if (c->mode == MODE_VALUES)
		errx(EXIT_LOCAL, "profile smcp has no readings (-o)");
	if (c->mode == MODE_COMMANDS || c->mode == MODE_CHAT)
		c->mode = MODE_READINGS;
}

/* asmp -k keyfile host [item ...] */
static void
operands(struct client *c, const struct options *o, char **argv)
{
	if (o->keyfile == NULL || o->host != NULL ||
	    (o->commands && c->outbox != NULL))
		usage();
	identify(c->a, o->id, o->keyfile);
	if (c->newkey != NULL)
		identify_next(c->a, c->newkey);
	c->mode = mode_of(asmp_profile(c->a));
	if (o->commands && c->mode == MODE_VALUES)
		errx(EXIT_LOCAL, "profile smcp has no commands (-c)");
	if (o->commands)
		c->mode = MODE_COMMANDS;
	if (c->outbox != NULL)
		readings_only(c);
	input_init(&c->in, argv);
}

/* asmp -P smcp client masterkey [value | -i] */
static void
operands_original(struct client *c, const struct options *o, int argc,
    char **argv)
{
	static char	*value[] = { NULL, NULL };
	static char	 standard[] = VALUE;

	if (argc < 2 || argc > 3 || o->id != NULL || o->commands ||
	    c->outbox != NULL)
		usage();
	c->host = o->host == NULL ? LOCALHOST : o->host;
	identify_client(c->a, argv[0], argv[1]);
	c->mode = MODE_VALUES;
	value[0] = argc == 2 ? standard : argv[2];
	if (argc == 3 && strcmp(argv[2], "-i") == 0)
		value[0] = NULL;
	input_init(&c->in, value);
}

static void
set_up(struct client *c, const struct options *o, int argc, char **argv)
{
	if ((c->a = asmp_new()) == NULL)
		err(EXIT_LOCAL, NULL);
	if ((o->profile != NULL &&
	    asmp_set_profile(c->a, o->profile) == -1) ||
	    (o->shared != NULL && asmp_set_shared(c->a, o->shared) == -1) ||
	    (o->compress && asmp_set_compression(c->a, 1) == -1))
		errx(EXIT_LOCAL, "%s", asmp_error(c->a));
	if (c->host == NULL)
		operands_original(c, o, argc, argv);
	else
		operands(c, o, argv);
	pin(c->a, o->pinfile);
	if (o->tls && c->cafile == NULL)
		c->cafile = tls_default_ca_cert_file();
}

/* Options up to the first operand. */
static void
parse(struct client *c, struct options *o, int argc, char *argv[])
{
	int	 ch;

	while ((ch = getopt(argc, argv,
	    "+C:cg:h:i:k:m:no:P:p:qR:rS:Tt:vw:z")) != -1) {
		switch (ch) {
		case 'C':
			c->cafile = optarg;
			break;
		case 'c':
			o->commands = 1;
			break;
		case 'g':
			o->pinfile = optarg;
			break;
		case 'h':
			o->host = optarg;
			break;
		case 'i':
			o->id = optarg;
			break;
		case 'k':
			o->keyfile = optarg;
			break;
		case 'm':
			c->limit = mebibytes(optarg);
			break;
		case 'n':
			c->noclock = 1;
			break;
		case 'o':
			c->outbox = optarg;
			break;
		case 'P':
			o->profile = optarg;
			break;
		case 'p':
			c->port = port_number(optarg);
			break;
		case 'q':
			c->quiet = 1;
			break;
		case 'R':
			c->newkey = optarg;
			break;
		case 'r':
			c->raw = 1;
			break;
		case 'S':
			o->shared = optarg;
			break;
		case 'T':
			o->tls = 1;
			break;
		case 't':
			c->timeout = seconds(optarg);
			break;
		case 'v':
			c->verbose = 1;
			break;
		case 'w':
			c->linger = seconds(optarg);
			break;
		case 'z':
			o->compress = 1;
			break;
		default:
			usage();
		}
	}
}

/* Options again behind the host, where a value may be negative. */
static void
parse_host(struct client *c, struct options *o, int argc, char *argv[])
{
	const char	*next;

	c->host = argv[optind++];
	next = optind < argc ? argv[optind] : "";
	if (next[0] != '-' || strchr("0123456789", next[1]) == NULL)
		parse(c, o, argc, argv);
}

int
main(int argc, char *argv[])
{
	static struct client	 c;
	static struct options	 o;
	int			 status;

	setlocale(LC_CTYPE, "");
	c.timeout = TIMEOUT * 1000;
	c.limit = LIMIT * 1024 * 1024;
	parse(&c, &o, argc, argv);
	if (optind == argc)
		usage();
	if (!is_original(&o))
		parse_host(&c, &o, argc, argv);
	set_up(&c, &o, argc - optind, argv + optind);
	if (c.outbox != NULL)
		status = deliver_run(&c);
	else
		status = c.mode == MODE_READINGS || c.mode == MODE_VITALS ?
		    feed_run(&c) : talk_run(&c);
	asmp_free(c.a);
	return status;
}
