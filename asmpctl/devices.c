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

/* A device from the command line or from a line of its own. */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "log.h"

#define SHOWN_MAX	80	/* bytes of a bad key in a message */

/* Whether a word is a key itself and not the name of a file. */
int
is_keytext(const char *word)
{
	enum ident_alg	 alg;
	char		 name[IDENT_TEXTMAX];
	size_t		 n = strcspn(word, ":");

	if (word[n] == '\0')
		return strcmp(word, "token") == 0;
	if (n >= sizeof(name))
		return 0;
	memcpy(name, word, n);
	name[n] = '\0';
	return strcmp(name, "mlkem768") == 0 ||
	    ident_algbyname(name, &alg) == 0;
}

/* Whether there is, or was meant to be, a pre-shared key in a word. */
int
is_psktext(const char *word)
{
	return strcasestr(word, "psk:") != NULL ||
	    strstr(word, "asmp-psk-") != NULL;
}

/* A device from its id and what stands behind that on its line. */
const char *
device_fromtext(struct enrolment *e, const char *id, const char *rest)
{
	const char	*why;
	char		 line[ENROLMENT_TEXTMAX];
	int		 n;

	n = snprintf(line, sizeof(line), "%s %s", id, rest);
	if (n < 0 || (size_t)n >= sizeof(line))
		why = "longer than any key";
	else
		why = enrolment_fromtext(e, line);
	explicit_bzero(line, sizeof(line));
	return why;
}

/* A device as a line names it, by its id and its key and no more. */
void
device_enrolment(struct enrolment *e, const struct ctl_device *d)
{
	memset(e, 0, sizeof(*e));
	strlcpy(e->id, d->id, sizeof(e->id));
	e->kind = d->kind;
	e->alg = d->alg;
	e->keylen = d->keylen;
	memcpy(e->key, d->key, d->keylen);
}

/* What stands on its line behind the id; 0, or -1 with errno. */
int
device_totext(char *buf, size_t size, const struct enrolment *e)
{
	size_t	 id = strlen(e->id) + 1;

	if (enrolment_totext(buf, size, e) == -1)
		return -1;
	memmove(buf, buf + id, strlen(buf + id) + 1);
	return 0;
}

/* A device with a public key in PEM, len bytes; NULL, or what is wrong. */
const char *
device_frompem(struct enrolment *e, const char *id, const char *pem,
    size_t len)
{
	struct ident_pub	 pub;

	if (keyfile_parse_pub(&pub, pem, len) == -1)
		return keyfile_strerror(errno);
	memset(e, 0, sizeof(*e));
	strlcpy(e->id, id, sizeof(e->id));
	e->kind = ASMP_KIND_SIGNATURE;
	e->alg = pub.alg;
	e->keylen = ident_publen(pub.alg);
	memcpy(e->key, pub.key, e->keylen);
	return NULL;
}

/* The file of a public key: PEM, or the key's text on a line. */
static int
key_file(struct enrolment *e, const char *id, const char *path)
{
	const char	*why;
	char		*text;
	size_t		 len;

	if ((text = file_read(path, KEYFILE_MAX, &len)) == NULL) {
		warnx("%s: %s", path, errno == EFBIG ?
		    keyfile_strerror(errno) : strerror(errno));
		return -1;
	}
	if (is_keytext(text)) {
		text[strcspn(text, "\n")] = '\0';
		why = device_fromtext(e, id, text);
	} else if (strstr(text, "PRIVATE KEY-----") != NULL)
		why = "a private key, which stays with its device: name the "
		    "public one, as asmp-keygen -y prints it";
	else if (strncmp(text, "asmp-", 5) == 0)
		why = "a secret: what asmp-keygen -e says of it is a line for "
		    "asmpctl device add -";
	else
		why = device_frompem(e, id, text, len);
	if (why != NULL)
		warnx("%s: %s", path, why);
	/* It may be a secret that was given by mistake. */
	freezero(text, len);
	return why == NULL ? 0 : -1;
}

/*
 * A device from the arguments of a command: an id, a key as text or the path
 * of its file, "-" for standard input, and options.  0, or -1 after one line
 * on stderr.
 */
int
device_arguments(struct enrolment *e, const struct parse_result *res)
{
	const char	*why;
	int		 i;

	if (is_psktext(res->key)) {
		warnx("others can see arguments, so this pre-shared key is "
		    "none any more: make another with asmp-keygen -t psk, and "
		    "enrol it with asmp-keygen -e file | "
		    "asmpctl device %s -", res->action == ACT_DEVICE_ROTATE ?
		    "rotate" : "add");
		return -1;
	}
	if (!is_keytext(res->key)) {
		if (key_file(e, res->id, res->key) == -1)
			return -1;
	} else if ((why = device_fromtext(e, res->id, res->key)) != NULL) {
		warnx("%.*s: %s", SHOWN_MAX, log_visstr(res->key), why);
		return -1;
	}
	for (i = 0; i < res->noptions; i++)
		if ((why = enrolment_setoption(e, res->options[i])) != NULL) {
			warnx("%s: %s", log_visstr(res->options[i]), why);
			return -1;
		}
	return 0;
}

static const char *
one_line(struct enrolment *e, char *text, size_t len)
{
	char	*end;

	if (strlen(text) != len)
		return "not text";
	if ((end = strchr(text, '\n')) != NULL) {
		if (end[1] != '\0')
			return "more than one line: asmpctl device import "
			    "takes a list";
		*end = '\0';
	}
	return enrolment_fromtext(e, text);
}

/*
 * A device from the only line of a file, or of standard input for "-".  0, or
 * -1 after one line on stderr, which says nothing of what was read.  The
 * caller wipes e.
 */
int
device_line(struct enrolment *e, const char *path)
{
	const char	*why;
	char		*text;
	size_t		 len;

	if ((text = file_read(path, IMPORT_BYTES, &len)) == NULL) {
		warn("%s", path);
		return -1;
	}
	why = one_line(e, text, len);
	freezero(text, len);
	if (why != NULL) {
		warnx("%s: %s", path, why);
		return -1;
	}
	if (e->kind == ASMP_KIND_PSK)
		file_secret(path);
	return 0;
}
