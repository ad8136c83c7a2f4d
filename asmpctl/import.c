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

/* Lists of devices on their way to asmpd, all of them or none. */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "log.h"

#define IMPORT_WINDOW	(64 * 1024)	/* bytes sent ahead of the socket */
#define ERROR_MAX	512		/* bytes of a message about a file */
#define SUBJECT_MAX	1024		/* file, entry and id */
#define BLANKS		" \t"

static const char *
visible(const char *s)
{
	return log_vis(s, strlen(s));
}

/* Doubles what has room for *room elements until there is room for need. */
static void
grow(void *p, size_t *room, size_t need, size_t size)
{
	void	**data = p;
	size_t	 want = *room == 0 ? 64 : *room;

	while (want < need)
		want *= 2;
	if (want == *room)
		return;
	if ((*data = recallocarray(*data, *room, want, size)) == NULL)
		err(EXIT_LOCAL, NULL);
	*room = want;
}

/* Adds a device as it will be sent. */
static void
import_add(struct import *im, const struct enrolment *e, uint32_t place)
{
	struct ctl_newdevice	 new;
	size_t			 len;

	memset(&new, 0, sizeof(new));
	new.place = place;
	new.e = *e;
	len = CTL_NEWDEVICE_LEN(&new);
	grow(&im->rows, &im->size, im->len + len, 1);
	grow(&im->at, &im->room, im->n + 2, sizeof(*im->at));
	memcpy(im->rows + im->len, &new, len);
	im->at[im->n++] = im->len;
	im->len += len;
	im->at[im->n] = im->len;
	im->secret |= e->kind == ASMP_KIND_PSK;
	explicit_bzero(&new, sizeof(new));
}

/* Row i, below im->n, which the caller wipes. */
void
import_get(const struct import *im, size_t i, struct ctl_newdevice *new)
{
	memset(new, 0, sizeof(*new));
	memcpy(new, im->rows + im->at[i], im->at[i + 1] - im->at[i]);
}

/* One entry; NULL, or what is wrong with it. */
static const char *
json_entry(struct enrolment *e, const char *id, const json_t *value)
{
	const char	*text;

	if (!id_valid(id))
		return "not a device id: 1 to 64 of letters, digits and "
		    "._:@-, the first neither . nor -";
	if (!json_is_string(value))
		return "its value is not a string with a public key in PEM "
		    "format";
	text = json_string_value(value);
	if (is_psktext(text))
		return "a pre-shared key: enrol it by its line, not in JSON";
	/* Its first word may have others behind it. */
	if (is_keytext(text) || strncmp(text, "token ", 6) == 0)
		return device_fromtext(e, id, text);
	return device_frompem(e, id, text, json_string_length(value));
}

static int
json_entries(struct import *im, const char *name, json_t *root, char *error,
    size_t size)
{
	struct enrolment	 e;
	const char		*id, *why;
	json_t			*value;

	/* In the order of the text, which jansson keeps. */
	json_object_foreach(root, id, value) {
		if ((why = json_entry(&e, id, value)) != NULL) {
			snprintf(error, size, "%s: entry %zu \"%s\": %s", name,
			    im->n + 1, visible(id), why);
			return -1;
		}
		import_add(im, &e, im->n + 1);
	}
	return 0;
}

static int
parse_json(struct import *im, const char *name, const char *text, size_t len,
    char *error, size_t size)
{
	json_error_t	 jerr;
	json_t		*root;
	int		 r = -1;

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &jerr);
	if (root == NULL)
		snprintf(error, size, "%s:%d:%d: %s", name, jerr.line,
		    jerr.column, visible(jerr.text));
	else if (!json_is_object(root))
		snprintf(error, size, "%s: not a JSON object of ids and "
		    "public keys", name);
	else
		r = json_entries(im, name, root, error, size);
	json_decref(root);
	return r;
}

/* The line of len bytes at text; NULL, or what is wrong with it. */
static const char *
take_line(struct import *im, const char *text, size_t len, uint32_t number)
{
	struct enrolment	 e;
	const char		*why;
	char			 line[ENROLMENT_TEXTMAX];
	size_t			 blanks;

	if (len > 0 && text[0] == '#')
		return NULL;
	if (len >= sizeof(line))
		return "longer than the line of any device";
	if (memchr(text, '\0', len) != NULL)
		return "not text";
	memcpy(line, text, len);
	line[len] = '\0';
	blanks = strspn(line, BLANKS);
	if (blanks == len)
		return NULL;
	if ((why = enrolment_fromtext(&e, line)) == NULL)
		import_add(im, &e, number);
	explicit_bzero(&e, sizeof(e));
	explicit_bzero(line, sizeof(line));
	return why;
}

static int
parse_lines(struct import *im, const char *name, const char *text, size_t len,
    char *error, size_t size)
{
	const char	*end, *why, *p = text;
	uint32_t	 number = 0;
	size_t		 n;

	im->lines = 1;
	for (; p < text + len; p += n + 1) {
		end = memchr(p, '\n', text + len - p);
		n = (end == NULL ? text + len : end) - p;
		if ((why = take_line(im, p, n, ++number)) != NULL) {
			snprintf(error, size, "%s:%u: %s", name, number, why);
			return -1;
		}
	}
	return 0;
}

/*
 * Takes the len bytes of text apart, a line for each device, or a JSON object
 * of ids and keys; name stands for it in messages.  0, or -1 with what is
 * wrong and where in the size bytes at error.  Ends with import_free().
 */
int
import_parse(struct import *im, const char *name, const char *text, size_t len,
    char *error, size_t size)
{
	size_t	 first;
	int	 r;

	memset(im, 0, sizeof(*im));
	for (first = 0; first < len && strchr(" \t\r\n", text[first]) != NULL;
	    first++)
		;
	if (first < len && (text[first] == '{' || text[first] == '['))
		r = parse_json(im, name, text, len, error, size);
	else
		r = parse_lines(im, name, text, len, error, size);
	if (r == 0 && im->n == 0) {
		snprintf(error, size, "%s: no devices in it", name);
		r = -1;
	}
	if (r == -1)
		import_free(im);
	return r;
}

/* Reads a list of devices from a file; 0, or -1 after one line on stderr. */
int
import_load(struct import *im, const char *path)
{
	char	*text, error[ERROR_MAX];
	size_t	 len;
	int	 r;

	if ((text = file_read(path, IMPORT_BYTES, &len)) == NULL) {
		warn("%s", path);
		return -1;
	}
	r = import_parse(im, path, text, len, error, sizeof(error));
	freezero(text, len);
	if (r == -1)
		warnx("%s", error);
	else if (im->secret)
		file_secret(path);
	return r;
}

/* Forgets a list. */
void
import_free(struct import *im)
{
	freezero(im->rows, im->size);
	free(im->at);
	memset(im, 0, sizeof(*im));
}

/* Sends row i; 1 if asmpd has said something meanwhile, into *res. */
static int
import_row(struct conn *c, const struct import *im, size_t i,
    struct ctl_result *res)
{
	if (conn_send(c, CTL_IMPORT_ROW, im->rows + im->at[i],
	    im->at[i + 1] - im->at[i]) == -1)
		return -1;
	while (imsgbuf_queuebytes(&c->ibuf) > IMPORT_WINDOW) {
		if (ask_early(c, res))
			return 1;
		if (conn_turn(c) == -1)
			return -1;
	}
	return 0;
}

static void
import_run(struct conn *c, const struct import *im, struct ctl_result *res)
{
	size_t	 i;
	int	 r = 0;

	if (conn_send(c, CTL_IMPORT_BEGIN, NULL, 0) == -1)
		goto lost;
	if (ask_result(c, res) != CTL_OK)
		return;
	for (i = 0; i < im->n && r == 0; i++)
		r = import_row(c, im, i, res);
	if (r == 1)
		return;		/* the list cannot go on */
	if (r == 0 && conn_send(c, CTL_IMPORT_COMMIT, NULL, 0) == 0) {
		(void)ask_result(c, res);
		return;
	}
lost:
	answer_local(res, RESULT_LOST);
}

/* Names the entry of this place behind what stands in subject. */
static void
name_entry(const struct import *im, uint32_t place, char *subject,
    size_t size)
{
	struct ctl_newdevice	 new;
	size_t			 i, n = strlen(subject);

	for (i = 0; i < im->n; i++) {
		import_get(im, i, &new);
		if (new.place == place) {
			snprintf(subject + n, size - n, ": %s %u \"%s\"",
			    im->lines ? "line" : "entry", place, new.e.id);
			break;
		}
	}
	explicit_bzero(&new, sizeof(new));
}

/*
 * Enrols a list that import_load() read from path, all of it or nothing.
 * Returns the exit status.
 */
int
device_import(struct conn *c, const struct import *im, const char *path,
    const struct output *out)
{
	struct ctl_result	 res;
	char			 subject[SUBJECT_MAX];

	import_run(c, im, &res);
	snprintf(subject, sizeof(subject), "device import %s", path);
	if (res.place > 0)
		name_entry(im, res.place, subject, sizeof(subject));
	out->result(stdout, subject, &res);
	return answer_exit(&res);
}
