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
 * asmp-keygen(1): makes the identities of devices and gateways and the
 * secrets between them, issues tokens, tells what is in such a file, and
 * checks what a gateway gives as evidence.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <sodium.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp-keygen.h"

#define LETTERS_MAX	32		/* options on a command line */

/* What can be done, by its letter, with the options of each. */
static const struct mode {
	char		 letter;	/* 0: make */
	const char	*options;
	int		 least;		/* operands */
	int		 most;
} modes[] = {
	{ 0, "Gbdnpt", 1, 1 },
	{ 'T', "Tadfkru", 1, 1 },
	{ 'e', "PSer", 0, 1 },
	{ 'l', "kl", 0, 0 },
	{ 'x', "x", 0, 0 },
	{ 'y', "y", 0, 1 }
};

#define NMODES		(sizeof(modes) / sizeof(modes[0]))

__dead void
usage(void)
{
	fprintf(stderr, "usage: asmp-keygen [-Gp] [-b bits] [-d dir] "
	    "[-n number] [-t type] id\n"
	    "       asmp-keygen -T -a gateway -k issuer [-d dir] [-f from]\n"
	    "           [-r role] [-u until] client\n"
	    "       asmp-keygen -e file [-S] [-P profiles] [-r role] [id]\n"
	    "       asmp-keygen -l file [-k issuer]\n"
	    "       asmp-keygen -x file\n"
	    "       asmp-keygen -y file [id]\n"
	    "       asmp-keygen verify [-q] -d device -g gateway file\n");
	exit(1);
}

static const struct keytype *
parse_type(const char *name)
{
	const struct keytype	*t = keytype_byname(name);

	if (t == NULL)
		errx(1, "%s: not a key type: ed25519, p256, p384, mlkem768, "
		    "psk, issuer or shared", name);
	return t;
}

static size_t
parse_bits(const char *text)
{
	if (strcmp(text, "128") == 0)
		return PSK_SHORT;
	if (strcmp(text, "256") == 0)
		return PSK_LONG;
	errx(1, "%s: a pre-shared key has 128 or 256 bits", text);
}

static uint8_t
parse_number(const char *text)
{
	const char	*errstr;
	uint8_t		 n = (uint8_t)strtonum(text, 1, UINT8_MAX, &errstr);

	if (errstr != NULL)
		errx(1, "%s: a key's number is from 1 to 255", text);
	return n;
}

/* Refuse what does not go together, and fill in what was left out. */
static void
check_make(struct options *o)
{
	enum secret_kind	 secret;

	if (o->type == NULL)
		o->type = keytype_byname("ed25519");
	secret = o->type->secret;
	if (o->gateway && o->type->alg != IDENT_ED25519)
		errx(1, "a gateway's key is always ed25519: leave out -t");
	if (o->gateway && o->protect)
		errx(1, "asmpd has nobody to ask for a passphrase: "
		    "leave out -p");
	if (o->protect && secret != 0)
		errx(1, "a passphrase protects ed25519, p256 and p384 keys: "
		    "leave out -p");
	if (o->psklen != 0 && secret != SECRET_PSK)
		errx(1, "-b goes with -t psk");
	if (o->number != 0 && secret != SECRET_ISSUER &&
	    secret != SECRET_SHARED)
		errx(1, "-n goes with -t issuer and -t shared");
	if (o->psklen == 0)
		o->psklen = PSK_SHORT;
	if (o->number == 0 && (secret == SECRET_ISSUER ||
	    secret == SECRET_SHARED))
		o->number = 1;
}

/* The way to go that these options say, or usage. */
static char
find_mode(const char *letters, int operands)
{
	const struct mode	*m = &modes[0];
	size_t			 i;

	for (i = 1; i < NMODES; i++) {
		if (strchr(letters, modes[i].letter) != NULL)
			m = &modes[i];
	}
	if (letters[strspn(letters, m->options)] != '\0' ||
	    operands < m->least || operands > m->most)
		usage();
	return m->letter;
}

static int
run(struct options *o, char mode)
{
	switch (mode) {
	case 'T':
		if (o->audience == NULL || o->issuer == NULL)
			usage();
		token_issue(o);
		return 0;
	case 'e':
		enrol(o);
		return 0;
	case 'l':
		return show(o);
	case 'x':
		show_hex(o);
		return 0;
	case 'y':
		show_public(o);
		return 0;
	default:
		check_make(o);
		make(o);
		return 0;
	}
}

int
main(int argc, char *argv[])
{
	struct options	 o = { .dir = "." };
	char		 letters[LETTERS_MAX] = "";
	size_t		 n = 0;
	int		 ch, status;

#ifdef __OpenBSD__
	if (pledge("stdio rpath wpath cpath tty", NULL) == -1)
		err(1, "pledge");
#endif
	if (sodium_init() == -1)
		errx(1, "libsodium does not work here");
	if (argc > 1 && strcmp(argv[1], "verify") == 0) {
		argv[1] = argv[0];
		return verify(argc - 1, argv + 1);
	}
	while ((ch = getopt(argc, argv,
	    "GP:STa:b:d:e:f:k:l:n:pr:t:u:x:y:")) != -1) {
		if (ch == '?' || n == sizeof(letters) - 1)
			usage();
		letters[n++] = (char)ch;
		switch (ch) {
		case 'G':
			o.gateway = 1;
			break;
		case 'P':
			o.profiles = optarg;
			break;
		case 'S':
			o.clear = 1;
			break;
		case 'a':
			o.audience = optarg;
			break;
		case 'b':
			o.psklen = parse_bits(optarg);
			break;
		case 'd':
			o.dir = optarg;
			break;
		case 'f':
			o.from = optarg;
			break;
		case 'k':
			o.issuer = optarg;
			break;
		case 'n':
			o.number = parse_number(optarg);
			break;
		case 'p':
			o.protect = 1;
			break;
		case 'r':
			o.role = optarg;
			break;
		case 't':
			o.type = parse_type(optarg);
			break;
		case 'u':
			o.until = optarg;
			break;
		case 'e':
		case 'l':
		case 'x':
		case 'y':
			if (o.file != NULL)
				usage();
			o.file = optarg;
			break;
		}
	}
	o.operand = argv[optind];
	ch = find_mode(letters, argc - optind);
	umask(022);
	status = run(&o, (char)ch);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	return status;
}
