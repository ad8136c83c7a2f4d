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


/* What is in a file: a public key, a private one, or a secret of one line. */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp-keygen.h"

#define PEM		"-----BEGIN "
#define PEM_PUBLIC	PEM "PUBLIC KEY"

static int
open_key(const char *path, int secret)
{
	const char	*why;
	int		 fd;

	if ((fd = keyfile_open(path, secret, &why)) == -1) {
		if (why != NULL)
			errx(1, "%s: %s", path, why);
		err(1, "%s", path);
	}
	return fd;
}

static int
passphrase_ask(char *buf, int size, int rwflag, void *arg)
{
	char	 prompt[PATH_MAX + 32];

	(void)rwflag;
	snprintf(prompt, sizeof(prompt), "Passphrase of %s: ",
	    (const char *)arg);
	if (readpassphrase(prompt, buf, (size_t)size, RPP_ECHO_OFF) == NULL)
		return -1;
	return (int)strlen(buf);
}

/* The public half of a private key file. */
static void
load_private(const char *path, struct ident_pub *pub)
{
	struct ident	*ident;
	char		*name;
	int		 fd = open_key(path, 1);

	if ((name = strdup(path)) == NULL)
		err(1, NULL);
	if ((ident = keyfile_read(fd, passphrase_ask, name)) == NULL)
		errx(1, "%s: %s", path, keyfile_strerror(errno));
	*pub = *ident_public(ident);
	ident_free(ident);
	free(name);
	close(fd);
}

/* The lines of a pin file; 0, or -1: it is none. */
static int
load_pins(struct content *c, char *text)
{
	struct ident_pub	 pub;
	char			 id[ASMP_IDMAX + 1], *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (pin_fromtext(id, &pub, line) != NULL)
			return -1;
		if (id[0] == '\0')
			continue;
		if (c->npins == PINS)
			return -1;
		(void)strlcpy(c->gateway, id, sizeof(c->gateway));
		c->pin[c->npins++] = pub;
	}
	return c->npins > 0 ? 0 : -1;
}

/* Public keys in words: one for ML-KEM, or what gateways are known by. */
static int
load_words(struct content *c, char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (kem_fromtext(c->ek, text) == -1)
		return load_pins(c, text);
	c->kem = 1;
	return 0;
}

/* Whether the text begins so. */
static int
begins(const char *text, const char *what)
{
	return strncmp(text, what, strlen(what)) == 0;
}

/*
 * Whether a public key is in the file, and which; else whether a secret is,
 * or a private key.
 */
static int
load_public(const char *path, struct content *c, int *secret)
{
	char	 text[KEYFILE_MAX + 1];
	ssize_t	 n;
	int	 fd = open_key(path, 0), r;

	if ((n = read(fd, text, sizeof(text) - 1)) == -1)
		err(1, "%s", path);
	close(fd);
	text[n] = '\0';
	*secret = begins(text, "asmp-");
	r = keyfile_parse_pub(&c->pub, text, (size_t)n);
	if (r == -1 && begins(text, PEM_PUBLIC))
		errx(1, "%s: %s", path, keyfile_strerror(errno));
	if (r == -1 && !*secret && !begins(text, PEM) &&
	    (r = load_words(c, text, (size_t)n)) == -1)
		errx(1, "%s: damaged, cut short or neither key nor secret",
		    path);
	explicit_bzero(text, sizeof(text));
	return r == 0;
}

/* Read a file of any kind, or exit; the caller wipes c. */
void
content_load(struct content *c, const char *path)
{
	int	 secret;

	memset(c, 0, sizeof(*c));
	if (load_public(path, c, &secret))
		return;
	if (!secret) {
		load_private(path, &c->pub);
		return;
	}
	secret_load(&c->secret, 0, path);
	if (c->secret.kind == SECRET_KEM) {
		kem_public(c->ek, &c->secret);
		c->kem = 1;
	}
}

/* Read a secret, of any kind if want is 0, or exit; the caller wipes s. */
void
secret_load(struct secret *s, enum secret_kind want, const char *path)
{
	char	 why[SECRET_WHYMAX];

	if (secretfile_read(s, want, path, why) == -1)
		errx(1, "%s: %s", path, why);
}

/*
 * Whose the file is: the operand, or the file's name to its last dot; in
 * ASMP_IDMAX + 1 bytes, or exit.
 */
void
id_offile(char *id, const struct options *o, const char *whose)
{
	const char	*name = o->operand;
	char		*dot;

	if (name == NULL) {
		name = strrchr(o->file, '/');
		name = name == NULL ? o->file : name + 1;
	}
	(void)strlcpy(id, name, ASMP_IDMAX + 1);
	if (o->operand == NULL && (dot = strrchr(id, '.')) != NULL)
		*dot = '\0';
	if (!id_valid(id) || strlen(name) > ASMP_IDMAX)
		errx(1, "%s: not a %s id: give one after the file", name,
		    whose);
}

/* The public half of an ML-KEM key, in MLKEM768_EKLEN bytes. */
void
kem_public(uint8_t *ek, const struct secret *s)
{
	uint8_t	 dk[MLKEM768_DKLEN];

	mlkem768_keypair(ek, dk, s->key);
	explicit_bzero(dk, sizeof(dk));
}

/* The same as text, in KEM_TEXTMAX bytes, and its hash, in KEM_FPMAX. */
void
kem_texts(char *text, char *fp, const uint8_t *ek)
{
	kem_fingerprint(fp, ek);
	if (kem_totext(text, KEM_TEXTMAX, ek) == -1)
		err(1, "cannot print the key");
}
