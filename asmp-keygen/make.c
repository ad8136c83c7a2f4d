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


/* New keys and secrets: all files of one, or none. */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp-keygen.h"

static const struct keytype	types[] = {
	{ "ed25519", IDENT_ED25519, 0, NULL },
	{ "p256", IDENT_P256, 0, NULL },
	{ "p384", IDENT_P384, 0, NULL },
	{ "mlkem768", 0, SECRET_KEM, "kem" },
	{ "psk", 0, SECRET_PSK, "psk" },
	{ "issuer", 0, SECRET_ISSUER, "issuer" },
	{ "shared", 0, SECRET_SHARED, "shared" }
};

/* What -t calls so; NULL: nothing. */
const struct keytype *
keytype_byname(const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return NULL;
}

/* Remove what was made, so that nobody is left with half an identity. */
static __dead void
fail(struct making *m)
{
	while (m->npaths > 0)
		(void)unlink(m->path[--m->npaths]);
	if (m->newdir)
		(void)rmdir(m->dir);
	make_end(m);
	exit(1);
}

/* Create dir/id.suffix; its path is noted for fail(). */
static int
create(struct making *m, const char *suffix, mode_t mode)
{
	char	*path = m->path[m->npaths];
	int	 n, fd;

	n = snprintf(path, PATH_MAX, "%s/%s.%s", m->dir, m->id, suffix);
	if (n < 0 || n >= PATH_MAX) {
		warnx("%s: path too long", m->dir);
		fail(m);
	}
	if ((fd = keyfile_create(path, mode)) == -1) {
		if (errno == EEXIST)
			warnx("%s exists already: move it away, or choose "
			    "another id or directory", path);
		else
			warn("%s", path);
		fail(m);
	}
	m->npaths++;
	return fd;
}

/* Be sure that the file just created is on the disk. */
static void
finish(struct making *m, int fd, int r)
{
	if (r == -1 || fsync(fd) == -1) {
		warn("%s", m->path[m->npaths - 1]);
		close(fd);
		fail(m);
	}
	close(fd);
}

/* Begin to make what goes by this name; make_end() follows. */
void
make_begin(struct making *m, const char *id)
{
	memset(m, 0, sizeof(*m));
	m->id = id;
	if (!id_valid(id))
		errx(1, "%s: not an id: 1 to %d letters, digits or ._:@-, "
		    "the first neither . nor -", id, ASMP_IDMAX);
}

/*
 * Files go to dir, which is made unless it is there, for nobody else: what
 * comes into a new one is secret.
 */
void
make_dir(struct making *m, const char *dir)
{
	if (mkdir(dir, 0700) == 0)
		m->newdir = 1;
	else if (errno != EEXIST)
		err(1, "%s", dir);
	if (realpath(dir, m->dir) == NULL)
		err(1, "%s", dir);
}

/* Write the secret to a file of its own, or exit. */
void
make_secretfile(struct making *m, const char *suffix)
{
	int	 fd = create(m, suffix, 0600);

	finish(m, fd, secretfile_write(fd, &m->secret));
}

/* Forget what was made; its files stay. */
void
make_end(struct making *m)
{
	ident_free(m->ident);
	explicit_bzero(m, sizeof(*m));
}

static int
write_line(int fd, const char *line)
{
	size_t	 len = strlen(line);
	ssize_t	 n;

	n = write(fd, line, len);
	if (n == -1)
		return -1;
	if ((size_t)n != len) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}

static void
make_pin(struct making *m, const char *text)
{
	char	 line[ASMP_IDMAX + IDENT_TEXTMAX + 2];
	int	 fd;

	snprintf(line, sizeof(line), "%s %s\n", m->id, text);
	fd = create(m, "pin", 0644);
	finish(m, fd, write_line(fd, line));
}

/* The secret under which the gateway keeps its registry and signs its logs. */
static void
make_seal(struct making *m)
{
	m->secret.kind = SECRET_SEAL;
	m->secret.len = ASMP_KEYLEN;
	arc4random_buf(m->secret.key, m->secret.len);
	make_secretfile(m, "seal");
}

/* What others verify the logs of the gateway with. */
static void
make_vkey(struct making *m)
{
	char	 text[VKEYSMAX];
	int	 fd;

	vkeys_text(text, m->id, &m->secret);
	fd = create(m, "vkey", 0644);
	finish(m, fd, write_line(fd, text));
}

/* Ask twice for the passphrase of the new key. */
static void
ask_new_passphrase(struct making *m)
{
	char		 again[PASSMAX];
	const char	*why = NULL;

	again[0] = '\0';
	if (readpassphrase("New passphrase: ", m->pass, sizeof(m->pass),
	    RPP_ECHO_OFF) == NULL)
		why = "no passphrase read";
	else if (m->pass[0] == '\0')
		why = "an empty passphrase protects nothing: leave out -p "
		    "instead";
	else if (readpassphrase("The same again: ", again, sizeof(again),
	    RPP_ECHO_OFF) == NULL)
		why = "no passphrase read";
	else if (strcmp(m->pass, again) != 0)
		why = "the two passphrases differ: try again";
	explicit_bzero(again, sizeof(again));
	if (why != NULL) {
		warnx("%s", why);
		fail(m);
	}
}

static void
make_keys(struct making *m)
{
	int	 fd, r;

	fd = create(m, "key", 0600);
	r = keyfile_write(fd, m->ident, m->pass[0] != '\0' ? m->pass : NULL);
	explicit_bzero(m->pass, sizeof(m->pass));
	finish(m, fd, r);
	fd = create(m, "pub", 0644);
	finish(m, fd, keyfile_write_pub(fd, ident_public(m->ident)));
}

/* Whether the gateway knows this id already, nobody here can tell. */
static void
print_device(const struct making *m, const char *key)
{
	printf("\nEnrol it at the gateway:\n\n"
	    "\tasmpctl device add %s %s\n\n"
	    "or, where the device has another key by now, replace that:\n\n"
	    "\tasmpctl device rotate %s %s\n", m->id, key, m->id, key);
}

static void
print_gateway(const struct making *m)
{
	printf("\nIn asmpd.conf:\n\n"
	    "\tgateway id \"%s\"\n"
	    "\tgateway key \"%s/%s.key\"\n"
	    "\tgateway seal \"%s/%s.seal\"\n\n"
	    "Give every device %s/%s.pin,\n"
	    "and who is to check logs and evidence %s/%s.vkey.\n",
	    m->id, m->dir, m->id, m->dir, m->id, m->dir, m->id, m->dir,
	    m->id);
}

/* A key that signs, of a device or a gateway. */
static void
make_identity(struct making *m, const struct options *o)
{
	char	 text[IDENT_TEXTMAX];

	if ((m->ident = ident_generate(o->type->alg)) == NULL)
		err(1, "cannot make a key");
	if (ident_pub_totext(ident_public(m->ident), text, sizeof(text)) == -1)
		err(1, "cannot print the key");
	if (o->protect)
		ask_new_passphrase(m);
	make_keys(m);
	if (o->gateway) {
		make_pin(m, text);
		make_seal(m);
		make_vkey(m);
	}
	print_fingerprint(ident_public(m->ident), m->id);
	putchar('\n');
	if (o->gateway)
		print_gateway(m);
	else
		print_device(m, text);
}

static void
print_kem(const struct making *m)
{
	uint8_t	 ek[MLKEM768_EKLEN];
	char	 text[KEM_TEXTMAX], fp[KEM_FPMAX];

	kem_public(ek, &m->secret);
	kem_texts(text, fp, ek);
	printf("%s mlkem768 %s\n", m->id, fp);
	print_device(m, text);
}

/* What to do with a secret now, which itself is not shown. */
static void
print_secret(const struct making *m)
{
	const char	*path = m->path[0];

	switch (m->secret.kind) {
	case SECRET_KEM:
		print_kem(m);
		break;
	case SECRET_PSK:
		printf("%s psk %zu bits\n\nEnrol it at the gateway:\n\n"
		    "\tasmp-keygen -e %s | asmpctl device add -\n\n"
		    "or, where the device has another key by now, replace "
		    "that:\n\n"
		    "\tasmp-keygen -e %s | asmpctl device rotate -\n", m->id,
		    m->secret.len * 8, path, path);
		break;
	case SECRET_ISSUER:
		printf("%s issuer number %u\n\nIn asmpd.conf:\n\n"
		    "\tissuer \"%s\"\n\nIssue a token:\n\n"
		    "\tasmp-keygen -T -a gateway -k %s client\n", m->id,
		    m->secret.number, path, path);
		break;
	default:
		printf("%s shared number %u\n\nIn asmpd.conf:\n\n"
		    "\tshared key \"%s\"\n\nGive every device of the group "
		    "a copy of that file.\n", m->id, m->secret.number, path);
		break;
	}
}

/* An ML-KEM key grows from 32 bytes, others are random as they are. */
static void
make_secret(struct making *m, const struct options *o)
{
	struct secret	*s = &m->secret;
	uint8_t		 private[KEM_PRIVLEN];

	s->kind = o->type->secret;
	s->number = o->number;
	if (s->kind == SECRET_KEM) {
		s->len = MLKEM768_SEEDLEN;
		arc4random_buf(private, sizeof(private));
		kem_seed(s->key, private);
		explicit_bzero(private, sizeof(private));
	} else {
		s->len = s->kind == SECRET_PSK ? o->psklen : ASMP_KEYLEN;
		arc4random_buf(s->key, s->len);
	}
	make_secretfile(m, o->type->suffix);
	print_secret(m);
}

/* Make what -t and -G say, and print what to do with it. */
void
make(const struct options *o)
{
	struct making	 m;

	make_begin(&m, o->operand);
	make_dir(&m, o->dir);
	if (o->type->secret != 0)
		make_secret(&m, o);
	else
		make_identity(&m, o);
	make_end(&m);
}
