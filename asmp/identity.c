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


/* Who we are: a key file of any kind, or a client's number and key. */

#include <err.h>
#include <limits.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "compat.h"

#define PASSMAX		1024
#define TRIES		3		/* to type the passphrase */

/* What asmp-keygen(1) names such files with. */
static const char *const	suffixes[] = {
	".key", ".psk", ".kem", ".token"
};

/* The id a key file is named for: its last component without a suffix. */
static void
id_of_keyfile(char *id, size_t size, const char *keyfile)
{
	const char	*base = strrchr(keyfile, '/');
	size_t		 i, len, n;

	base = base == NULL ? keyfile : base + 1;
	len = strlcpy(id, base, size);
	if (len >= size)
		errx(EXIT_LOCAL, "%s: not named for a device: use -i",
		    keyfile);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		n = strlen(suffixes[i]);
		if (len > n && strcmp(id + len - n, suffixes[i]) == 0) {
			id[len - n] = '\0';
			return;
		}
	}
}

/*
 * Ask on the terminal alone: standard input may carry readings.  Without an
 * id the key is the one to rotate to.
 */
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
		r = id == NULL ? asmp_set_newkey(a, keyfile, pass) :
		    asmp_set_identity(a, id, keyfile, pass);
		explicit_bzero(pass, sizeof(pass));
	}
	return r;
}

/* What kind of secret is in the file; 0: a key in PEM format, or nothing. */
static enum secret_kind
kind_of_file(const char *keyfile)
{
	struct secret	 s;
	char		 why[SECRET_WHYMAX];
	enum secret_kind kind = 0;

	if (secretfile_read(&s, 0, keyfile, why) == 0)
		kind = s.kind;
	explicit_bzero(&s, sizeof(s));
	return kind;
}

static int
set(struct asmp *a, const char *id, const char *keyfile)
{
	enum secret_kind	 kind = kind_of_file(keyfile);

	if (kind == SECRET_PSK)
		return asmp_set_pskfile(a, id, keyfile);
	if (kind == SECRET_TOKEN)
		return asmp_set_token(a, keyfile);
	if (kind == SECRET_KEM)
		return asmp_set_kem(a, id, keyfile);
	if (kind != 0)
		errx(EXIT_LOCAL, "%s: is %s, which is no device's", keyfile,
		    secret_name(kind));
	if (asmp_set_identity(a, id, keyfile, NULL) == 0)
		return 0;
	return asmp_locked(a) ? unlock(a, id, keyfile) : -1;
}

/*
 * Be the device of this key file, under the id it is named for unless there
 * is one; a token names its own.  Exits where that cannot be.
 */
void
identify(struct asmp *a, const char *id, const char *keyfile)
{
	char	 name[NAME_MAX + 1];

	if (id == NULL) {
		id_of_keyfile(name, sizeof(name), keyfile);
		id = name;
	}
	if (set(a, id, keyfile) == -1)
		errx(EXIT_LOCAL, "%s", asmp_error(a));
}

/* The key of this file is to take the place of the device's. */
void
identify_next(struct asmp *a, const char *keyfile)
{
	if (asmp_set_newkey(a, keyfile, NULL) == -1 && (!asmp_locked(a) ||
	    unlock(a, NULL, keyfile) == -1))
		errx(EXIT_LOCAL, "%s", asmp_error(a));
}

static int
digit(char c)
{
	static const char	 digits[] = "0123456789abcdef0123456789ABCDEF";
	const char		*p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)((p - digits) % 16);
}

/* 32 hexadecimal digits to PSK_SHORT bytes, and the digits are wiped. */
static int
master_key(uint8_t *key, char *hex)
{
	size_t	 i, len = strlen(hex);
	int	 hi = -1, lo = -1;

	for (i = 0; len == 2 * PSK_SHORT && i < PSK_SHORT; i++) {
		hi = digit(hex[2 * i]);
		lo = digit(hex[2 * i + 1]);
		if (hi == -1 || lo == -1)
			break;
		key[i] = (uint8_t)(hi * 16 + lo);
	}
	explicit_bzero(hex, len);
	return hi == -1 || lo == -1 ? -1 : 0;
}

/*
 * Be a client of profile smcp, 1 to 255, whose key is in the argument hex,
 * which is wiped so that ps(1) shows it no longer.  Exits where that cannot
 * be.
 */
void
identify_client(struct asmp *a, const char *client, char *hex)
{
	const char	*errstr;
	uint8_t		 key[PSK_SHORT];
	int		 r;

	r = master_key(key, hex);
	(void)strtonum(client, 1, UINT8_MAX, &errstr);
	if (errstr != NULL)
		errx(EXIT_LOCAL, "client id %s: %s, it goes from 1 to 255",
		    client, errstr);
	if (r == -1)
		errx(EXIT_LOCAL, "the master key must be 32 hexadecimal "
		    "digits");
	r = asmp_set_psk(a, client, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	if (r == -1)
		errx(EXIT_LOCAL, "%s", asmp_error(a));
}
