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


/* asmp(1): options, identity, gateway. */

#include <err.h>
#include <limits.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "client.h"
#include "compat.h"

#define PASSMAX		1024
#define TRIES		3		/* to type the passphrase */
#define TIMEOUT		30		/* seconds */
#define KEYSUFFIX	".key"

static __dead void
usage(void)
{
	fprintf(stderr, "usage: asmp [-nqrTv] [-C cafile] [-i id] "
	    "[-P profile] [-p port] [-t timeout]\n"
	    "            -g pinfile -k keyfile host [reading ...]\n");
	exit(EXIT_LOCAL);
}

/* The id a key file is named for: its last component without ".key". */
static void
id_of_keyfile(char *id, size_t size, const char *keyfile)
{
	const char	*base = strrchr(keyfile, '/');
	size_t		 len;

	base = base == NULL ? keyfile : base + 1;
	len = strlcpy(id, base, size);
	if (len >= size)
		errx(EXIT_LOCAL, "%s: not named for a device: use -i",
		    keyfile);
	if (len > strlen(KEYSUFFIX) &&
	    strcmp(id + len - strlen(KEYSUFFIX), KEYSUFFIX) == 0)
		id[len - strlen(KEYSUFFIX)] = '\0';
}

/* Ask on the terminal alone: standard input may carry readings. */
static int
unlock(struct asmp *a, const char *id, const char *keyfile)
{
	char	 prompt[PATH_MAX + 32], pass[PASSMAX];
	int	 i, r = -1;

	snprintf(prompt, sizeof(prompt), "Passphrase of %s: ", keyfile);
	for (i = 0; i < TRIES && r == -1 && asmp_locked(a); i++) {
		if (readpassphrase(prompt, pass, sizeof(pass),
		    RPP_REQUIRE_TTY) == NULL)
			errx(EXIT_LOCAL, "%s: protected by a passphrase, and "
			    "there is no terminal to ask for it", keyfile);
		r = asmp_set_identity(a, id, keyfile, pass);
		explicit_bzero(pass, sizeof(pass));
	}
	return r;
}

static void
identify(struct asmp *a, const char *id, const char *keyfile)
{
	char	 name[ASMP_IDMAX + sizeof(KEYSUFFIX)];

	if (id == NULL) {
		id_of_keyfile(name, sizeof(name), keyfile);
		id = name;
	}
	if (asmp_set_identity(a, id, keyfile, NULL) == -1 &&
	    (!asmp_locked(a) || unlock(a, id, keyfile) == -1))
		errx(EXIT_LOCAL, "%s", asmp_error(a));
}

static int
seconds(const char *text)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(text, 1, INT_MAX / 1000, &errstr);
	if (errstr != NULL)
		errx(EXIT_LOCAL, "timeout %s: %s", text, errstr);
	return (int)n * 1000;
}

int
main(int argc, char *argv[])
{
	static struct client	 c;
	const char		*cafile = NULL, *id = NULL, *keyfile = NULL;
	const char		*pinfile = NULL, *port = NULL;
	const char		*profile = "asmp";
	int			 ch, status, tls = 0;

	c.timeout = TIMEOUT * 1000;
	while ((ch = getopt(argc, argv, "C:g:i:k:nP:p:qrTt:v")) != -1) {
		switch (ch) {
		case 'C':
			cafile = optarg;
			break;
		case 'g':
			pinfile = optarg;
			break;
		case 'i':
			id = optarg;
			break;
		case 'k':
			keyfile = optarg;
			break;
		case 'n':
			c.noclock = 1;
			break;
		case 'P':
			profile = optarg;
			break;
		case 'p':
			port = optarg;
			break;
		case 'q':
			c.quiet = 1;
			break;
		case 'r':
			c.raw = 1;
			break;
		case 'T':
			tls = 1;
			break;
		case 't':
			c.timeout = seconds(optarg);
			break;
		case 'v':
			c.verbose = 1;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || keyfile == NULL || pinfile == NULL)
		usage();
	if (tls && cafile == NULL)
		cafile = tls_default_ca_cert_file();
	c.host = argv[0];
	input_init(&c.in, argv + 1);
	if ((c.a = asmp_new()) == NULL)
		err(EXIT_LOCAL, NULL);
	if (asmp_set_profile(c.a, profile) == -1 ||
	    asmp_set_gateway(c.a, pinfile) == -1)
		errx(EXIT_LOCAL, "%s", asmp_error(c.a));
	identify(c.a, id, keyfile);
	status = client_run(&c, port, cafile);
	asmp_free(c.a);
	return status;
}
