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
 * asmp-keygen(1): makes the identities of devices and gateways, and tells
 * what is in a key file.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "compat.h"

#define PASSMAX		1024		/* what keyfile_read() takes */
#define SEALLEN		32		/* the gateway's sealing secret */
#define SEALMAGIC	"asmp-seal-1 "
#define NFILES		4		/* key, pub, pin, seal */

/* What is being made, and the files of it that exist by now. */
struct making {
	const char	*id;
	char		 dir[PATH_MAX];
	struct ident	*ident;
	char		 text[IDENT_TEXTMAX];
	char		 pass[PASSMAX];		/* "": not asked for */
	char		 path[NFILES][PATH_MAX];
	size_t		 npaths;
};

static __dead void
usage(void)
{
	fprintf(stderr, "usage: asmp-keygen [-Gp] [-d dir] "
	    "[-t ed25519|p256|p384] id\n"
	    "       asmp-keygen -l file\n"
	    "       asmp-keygen -y file\n");
	exit(1);
}

/* Remove what was made, so that nobody is left with half an identity. */
static __dead void
fail(struct making *m)
{
	while (m->npaths > 0)
		(void)unlink(m->path[--m->npaths]);
	ident_free(m->ident);
	explicit_bzero(m->pass, sizeof(m->pass));
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
make_pin(struct making *m)
{
	char	 line[ASMP_IDMAX + IDENT_TEXTMAX + 2];
	int	 fd;

	snprintf(line, sizeof(line), "%s %s\n", m->id, m->text);
	fd = create(m, "pin", 0644);
	finish(m, fd, write_line(fd, line));
}

/* The secret under which the gateway keeps its registry. */
static void
make_seal(struct making *m)
{
	uint8_t	 secret[SEALLEN];
	char	 line[sizeof(SEALMAGIC) + (SEALLEN + 2) / 3 * 4 + 1];
	size_t	 n = sizeof(SEALMAGIC) - 1;
	int	 fd, r;

	fd = create(m, "seal", 0600);
	arc4random_buf(secret, sizeof(secret));
	memcpy(line, SEALMAGIC, n);
	n += (size_t)EVP_EncodeBlock((uint8_t *)line + n, secret,
	    sizeof(secret));
	line[n++] = '\n';
	line[n] = '\0';
	r = write_line(fd, line);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(line, sizeof(line));
	finish(m, fd, r);
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

static void
print_fingerprint(const struct ident_pub *pub, const char *name)
{
	char	 fp[IDENT_FPMAX];

	ident_fingerprint(pub, fp, sizeof(fp));
	printf("%s %s %s", name, ident_algname(pub->alg), fp);
}

static void
print_device(const struct making *m)
{
	printf("Enrol it at the gateway:\n\n"
	    "\tasmpctl device add %s %s\n", m->id, m->text);
}

static void
print_gateway(const struct making *m)
{
	printf("In asmpd.conf:\n\n"
	    "\tgateway id \"%s\"\n"
	    "\tgateway key \"%s/%s.key\"\n"
	    "\tgateway seal \"%s/%s.seal\"\n\n"
	    "Give every device %s/%s.pin.\n",
	    m->id, m->dir, m->id, m->dir, m->id, m->dir, m->id);
}

/* All files of an identity, or none. */
static void
make(const char *id, const char *dir, enum ident_alg alg, int gateway,
    int protect)
{
	struct making	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	if (!id_valid(id))
		errx(1, "%s: not an id: 1 to %d letters, digits or ._:@-, "
		    "the first neither . nor -", id, ASMP_IDMAX);
	if (realpath(dir, m.dir) == NULL)
		err(1, "%s", dir);
	if ((m.ident = ident_generate(alg)) == NULL)
		err(1, "cannot make a key");
	if (ident_pub_totext(ident_public(m.ident), m.text,
	    sizeof(m.text)) == -1)
		err(1, "cannot print the key");
	if (protect)
		ask_new_passphrase(&m);
	make_keys(&m);
	if (gateway) {
		make_pin(&m);
		make_seal(&m);
	}
	print_fingerprint(ident_public(m.ident), id);
	printf("\n\n");
	if (gateway)
		print_gateway(&m);
	else
		print_device(&m);
	ident_free(m.ident);
}

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

/* Whether the file holds a public key, and which. */
static int
load_public(const char *path, struct ident_pub *pub)
{
	char	 text[KEYFILE_MAX];
	ssize_t	 n;
	int	 fd = open_key(path, 0), r;

	if ((n = read(fd, text, sizeof(text))) == -1)
		err(1, "%s", path);
	close(fd);
	r = keyfile_parse_pub(pub, text, (size_t)n);
	explicit_bzero(text, sizeof(text));
	return r == 0;
}

static void
list(const char *path)
{
	struct ident_pub pub;
	char		 text[IDENT_TEXTMAX];

	if (!load_public(path, &pub))
		load_private(path, &pub);
	if (ident_pub_totext(&pub, text, sizeof(text)) == -1)
		err(1, "%s", path);
	print_fingerprint(&pub, path);
	printf(" %s\n", text);
}

static void
print_public(const char *path)
{
	struct ident_pub pub;

	load_private(path, &pub);
	if (keyfile_write_pub(STDOUT_FILENO, &pub) == -1)
		err(1, "stdout");
}

int
main(int argc, char *argv[])
{
	const char	*dir = ".", *file = NULL;
	enum ident_alg	 alg = IDENT_ED25519;
	int		 ch, what = 0, gateway = 0, protect = 0, making = 0;

#ifdef __OpenBSD__
	if (pledge("stdio rpath wpath cpath tty", NULL) == -1)
		err(1, "pledge");
#endif
	while ((ch = getopt(argc, argv, "Gd:l:pt:y:")) != -1) {
		switch (ch) {
		case 'G':
			making = gateway = 1;
			break;
		case 'd':
			making = 1;
			dir = optarg;
			break;
		case 'p':
			making = protect = 1;
			break;
		case 't':
			making = 1;
			if (ident_algbyname(optarg, &alg) == -1)
				errx(1, "%s: not a key type: ed25519, p256 "
				    "or p384", optarg);
			break;
		case 'l':
		case 'y':
			if (what != 0)
				usage();
			what = ch;
			file = optarg;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (what != 0 ? making || argc != 0 : argc != 1)
		usage();
	if (gateway && alg != IDENT_ED25519)
		errx(1, "a gateway's key is always ed25519: leave out -t");
	if (gateway && protect)
		errx(1, "asmpd has nobody to ask for a passphrase: "
		    "leave out -p");
	umask(022);
	if (what == 'l')
		list(file);
	else if (what == 'y')
		print_public(file);
	else
		make(argv[0], dir, alg, gateway, protect);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	return 0;
}
