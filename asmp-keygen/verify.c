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


/* Whether evidence proves its reading, with public keys and nothing else. */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp-keygen.h"
#include "log.h"

#define VKEYFILE_MAX	8192
#define PIECE		64		/* bytes of a reading, at a time */

/* All of a file, or of standard input, and a NUL; whoever calls frees it. */
static char *
slurp(const char *path, size_t max, const char *what)
{
	char	*text;
	size_t	 len = 0;
	ssize_t	 n;
	int	 fd = STDIN_FILENO;

	if ((text = malloc(max + 1)) == NULL)
		err(1, NULL);
	if (strcmp(path, "-") != 0 &&
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	while ((n = read(fd, text + len, max + 1 - len)) > 0) {
		len += (size_t)n;
		if (len > max)
			errx(1, "%s: too long for %s", path, what);
	}
	if (n == -1)
		err(1, "%s", path);
	text[len] = '\0';
	if (strlen(text) != len)
		errx(1, "%s: has a NUL in it, as %s has not", path, what);
	if (fd != STDIN_FILENO)
		close(fd);
	return text;
}

/* A key as text, or the file of one, in PEM or as text. */
static void
load_device(struct ident_pub *pub, const char *arg)
{
	char	*text;
	int	 error;

	if (ident_pub_fromtext(pub, arg) == 0)
		return;
	text = slurp(arg, KEYFILE_MAX - 1, "a key");
	if (keyfile_parse_pub(pub, text, strlen(text)) == -1) {
		error = errno;
		text[strcspn(text, "\n")] = '\0';
		if (ident_pub_fromtext(pub, text) == -1)
			errx(1, "%s: %s", arg, keyfile_strerror(error));
	}
	free(text);
}

/* The first key of the log in lines of such keys; 0, or -1 for none. */
static int
find_vkey(struct ident_pub *pub, char *lines, const char *log)
{
	char	 name[NOTE_NAMEMAX];
	char	*line;

	while ((line = strsep(&lines, "\n")) != NULL) {
		if (vkey_fromtext(name, sizeof(name), pub, line) == 0 &&
		    strcmp(name, log) == 0)
			return 0;
	}
	return -1;
}

/* The key of the gateway's log of readings: as text, or in a file. */
static void
load_gateway(struct ident_pub *pub, const char *arg, const char *gateway)
{
	char	 log[NOTE_NAMEMAX], name[NOTE_NAMEMAX];
	char	*text;

	if (note_name(log, gateway, LOG_READINGS) == -1)
		err(1, "%s", gateway);
	if (vkey_fromtext(name, sizeof(name), pub, arg) == 0)
		text = strdup(arg);
	else
		text = slurp(arg, VKEYFILE_MAX, "keys of logs");
	if (text == NULL)
		err(1, NULL);
	if (find_vkey(pub, text, log) == -1)
		errx(1, "%s: has no key of %s", arg, log);
	free(text);
}

static void
load_evidence(struct evidence *e, const char *path)
{
	char		*text = slurp(path, EVIDENCE_MAX, "evidence");
	unsigned int	 line;

	if (evidence_fromtext(e, text, &line) == -1)
		errx(1, "%s: not evidence, or changed in line %u", path,
		    line);
	free(text);
}

static void
print_ms(const char *name, uint64_t ms)
{
	char	 when[WHENMAX];
	size_t	 len;

	when_format(when, sizeof(when), ms / 1000);
	len = strlen(when);
	if (when[len - 1] == 'Z')
		printf("%s%.*s.%03uZ\n", name, (int)len - 1, when,
		    (unsigned int)(ms % 1000));
	else
		printf("%s%s\n", name, when);
}

/* What is proved; what the device wrote cannot play tricks on a terminal. */
static void
print_evidence(const struct evidence *e, const struct checkpoint *log)
{
	struct evidence_reading	 r;
	size_t			 i;

	evidence_reading(e, &r);
	printf("gateway     %s\n", e->gateway);
	printf("device      ");
	print_fingerprint(&e->key, e->record.id);
	printf("\nmessage id  %llu\n", (unsigned long long)r.id);
	if (r.time == 0)
		printf("time        none\n");
	else
		print_ms("time        ", r.time);
	print_ms("received    ", e->record.received);
	printf("log         %s index %llu size %llu\n", log->origin,
	    (unsigned long long)e->index, (unsigned long long)log->size);
	printf("reading     ");
	for (i = 0; i < r.len; i += PIECE)
		fputs(log_vis(r.text + i, r.len - i < PIECE ? r.len - i :
		    PIECE), stdout);
	putchar('\n');
}

static void
check(const char *path, const char *device, const char *gateway, int quiet)
{
	struct evidence		*e;
	struct ident_pub	 pub, vkey;
	struct checkpoint	 log;
	const char		*why;

	if ((e = malloc(sizeof(*e))) == NULL)
		err(1, NULL);
	load_evidence(e, path);
	load_device(&pub, device);
	load_gateway(&vkey, gateway, e->gateway);
	if ((why = evidence_check(e, &pub, &vkey, &log)) != NULL)
		errx(1, "%s: %s", path, why);
	if (!quiet)
		print_evidence(e, &log);
	free(e);
}

/* asmp-keygen verify: says what evidence proves, or exits with what not. */
int
verify(int argc, char *argv[])
{
	const char	*device = NULL, *gateway = NULL;
	int		 ch, quiet = 0;

	while ((ch = getopt(argc, argv, "d:g:q")) != -1) {
		switch (ch) {
		case 'd':
			device = optarg;
			break;
		case 'g':
			gateway = optarg;
			break;
		case 'q':
			quiet = 1;
			break;
		default:
			usage();
		}
	}
	if (device == NULL || gateway == NULL || argc - optind != 1)
		usage();
	check(argv[optind], device, gateway, quiet);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	return 0;
}
