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
 * Lists of devices in files, in each of their forms.  All that is wrong with
 * a list is found before asmpd hears of it.
 */

#include <err.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "log.h"

#define BLANKS		" \t"
#define BOM		"\xef\xbb\xbf"

static void	 json_parse(struct import *, const char *, size_t);
static void	 lines_parse(struct import *, const char *, size_t);

static const struct {
	const char	*name;
	void		(*parse)(struct import *, const char *, size_t);
} forms[FORM_N] = {
	[FORM_LINES] = { "lines", lines_parse },
	[FORM_CSV] = { "csv", csv_parse },
	[FORM_JSON] = { "json", json_parse },
	[FORM_JSONL] = { "jsonl", jsonl_parse }
};

/* The form of this name, or FORM_ANY. */
enum form
form_byname(const char *name)
{
	int	 i;

	for (i = FORM_ANY + 1; i < FORM_N; i++)
		if (strcmp(forms[i].name, name) == 0)
			return i;
	return FORM_ANY;
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

static void
json_entries(struct import *im, json_t *root)
{
	struct enrolment	 e;
	const char		*id, *why;
	char			 where[WHERE_MAX];
	uint32_t		 n = 0;
	json_t			*value;

	/* In the order of the text, which jansson keeps. */
	json_object_foreach(root, id, value) {
		n++;
		if ((why = json_entry(&e, id, value)) == NULL) {
			import_add(im, &e, n);
			continue;
		}
		snprintf(where, sizeof(where), " \"%s\"", log_visstr(id));
		import_error(im, n, where, "%s", why);
	}
}

/* An object of ids and keys. */
static void
json_parse(struct import *im, const char *text, size_t len)
{
	json_error_t	 jerr;
	json_t		*root;
	char		 where[WHERE_MAX];

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &jerr);
	if (root == NULL) {
		im->lines = 1;
		snprintf(where, sizeof(where), ":%d", jerr.column);
		import_error(im, jerr.line, where, "%s", log_visstr(jerr.text));
	} else if (!json_is_object(root))
		import_error(im, 0, "", "not a JSON object of ids and public "
		    "keys");
	else
		json_entries(im, root);
	json_decref(root);
}

/* Whether nothing stands on a line, whose end may be that of another system. */
int
is_blank(const char *text, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (text[i] == '\0' || strchr(BLANKS "\r", text[i]) == NULL)
			return 0;
	return 1;
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

/* A line for each device, as asmp-keygen prints it. */
static void
lines_parse(struct import *im, const char *text, size_t len)
{
	const char	*end, *why, *p = text;
	uint32_t	 number = 0;
	size_t		 n;

	im->lines = 1;
	for (; p < text + len; p += n + 1) {
		end = memchr(p, '\n', text + len - p);
		n = (end == NULL ? text + len : end) - p;
		if ((why = take_line(im, p, n, ++number)) != NULL)
			import_error(im, number, "", "%s", why);
	}
}

/*
 * Which of its two forms this JSON has.  Only in that of lines another object
 * can begin after the first.
 */
static enum form
guess_json(const char *text, size_t len)
{
	size_t	 next, n;

	for (n = 0; n < len && text[n] != '\n'; n++)
		;
	next = n;
	while (next < len && strchr(BLANKS "\r\n", text[next]) != NULL)
		next++;
	if ((next < len && text[next] == '{') || jsonl_is_device(text, n))
		return FORM_JSONL;
	return FORM_JSON;
}

/*
 * The form that a list has by its first line.  That of CSV has a comma before
 * any blank, where others have an id; whoever parts columns otherwise, or
 * quotes the first, means CSV too.
 */
static enum form
guess(const char *text, size_t len)
{
	size_t	 n;

	while (len > 0 && text[0] != '\0' &&
	    strchr(BLANKS "\r\n", text[0]) != NULL) {
		text++;
		len--;
	}
	if (len > 0 && (text[0] == '{' || text[0] == '['))
		return guess_json(text, len);
	for (n = 0; n < len && text[n] != '\0' &&
	    strchr(BLANKS "#\r\n", text[n]) == NULL; n++)
		if (strchr(",;\"", text[n]) != NULL)
			return FORM_CSV;
	return FORM_LINES;
}

/*
 * Takes the len bytes of text apart, which are in this form, or for FORM_ANY
 * in the one that they look like.  0, or -1 with what is wrong and where in
 * im->errors.  Ends with import_free() in any case.
 */
int
import_parse(struct import *im, enum form form, const char *text, size_t len)
{
	import_init(im);
	jsonl_wipe();
	if (len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0) {
		text += strlen(BOM);
		len -= strlen(BOM);
	}
	forms[form == FORM_ANY ? guess(text, len) : form].parse(im, text, len);
	if (im->errors.n == 0 && im->n == 0)
		import_error(im, 0, "", "no devices in it");
	return im->errors.n == 0 ? 0 : -1;
}

/*
 * Reads a list of devices from a file, "-" for standard input.  1, or 0 with
 * what is wrong with it in im->errors, or -1 after one line on stderr.  Ends
 * with import_free() in any case.
 */
int
import_load(struct import *im, enum form form, const char *path)
{
	char	*text;
	size_t	 len;
	int	 r;

	import_init(im);
	if ((text = file_read(path, IMPORT_BYTES, &len)) == NULL) {
		warn("%s", path);
		return -1;
	}
	r = import_parse(im, form, text, len);
	freezero(text, len);
	if (im->secret)
		file_secret(path);
	return r == 0;
}
