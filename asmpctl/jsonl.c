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
 * Lists of devices as JSON lines: on each an object, whose members are the
 * columns.  There may be pre-shared keys among them.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "log.h"

#define BLOCK_HEAD	sizeof(max_align_t)
#define LIST_MAX	128	/* bytes of a list's names, with commas */

/* What jansson has allocated stands behind its size, so that it is wiped. */
static void *
block_new(size_t size)
{
	size_t	*p;

	if (size > SIZE_MAX - BLOCK_HEAD ||
	    (p = malloc(BLOCK_HEAD + size)) == NULL)
		return NULL;
	*p = size;
	return (uint8_t *)p + BLOCK_HEAD;
}

static void
block_free(void *data)
{
	size_t	*p;

	if (data == NULL)
		return;
	p = (void *)((uint8_t *)data - BLOCK_HEAD);
	freezero(p, BLOCK_HEAD + *p);
}

/* From now on JSON leaves nothing in memory that was freed. */
void
jsonl_wipe(void)
{
	json_set_alloc_funcs(block_new, block_free);
}

/* The strings of an array with commas between them; 0 or -1. */
static int
take_list(const json_t *array, char *buf)
{
	const char	*text;
	json_t		*v;
	size_t		 i;

	buf[0] = '\0';
	if (!json_is_array(array))
		return -1;
	json_array_foreach(array, i, v) {
		if ((text = json_string_value(v)) == NULL || text[0] == '\0' ||
		    strchr(text, ',') != NULL)
			return -1;
		if (i > 0)
			strlcat(buf, ",", LIST_MAX);
		/* What does not fit has names that there are not. */
		strlcat(buf, text, LIST_MAX);
	}
	return 0;
}

/* The name of a member, which could be a secret that is in its place. */
static const char *
shown(const char *name)
{
	return is_psktext(name) ? "psk:..." : log_visstr(name);
}

/* A device from an object; NULL, or what is wrong, perhaps in why. */
static const char *
take_object(struct enrolment *e, json_t *root, char *why, size_t size)
{
	const char	*value[NCOLUMNS] = { NULL }, *name;
	char		 list[NCOLUMNS][LIST_MAX];
	json_t		*v;
	size_t		 i;

	json_object_foreach(root, name, v) {
		if ((i = column_byname(name, strlen(name))) == NCOLUMNS) {
			snprintf(why, size, "the member \"%.32s\" is none of "
			    "%s", shown(name), column_names());
			return why;
		}
		value[i] = columns[i].list ? list[i] : json_string_value(v);
		if (columns[i].list ? take_list(v, list[i]) == -1 :
		    value[i] == NULL) {
			snprintf(why, size, "%s is not %s", columns[i].name,
			    columns[i].list ? "an array of strings" :
			    "a string");
			return why;
		}
	}
	return columns_take(e, value);
}

/*
 * The place of a syntax error; what stands there may be a secret, but not if
 * it is the name of a member that is there twice.
 */
static void
bad_syntax(struct import *im, uint32_t number, json_error_t *jerr)
{
	char	*near = strstr(jerr->text, " near "), where[32];

	if (near != NULL && (json_error_code(jerr) !=
	    json_error_duplicate_key || strstr(near, "psk:") != NULL))
		*near = '\0';
	snprintf(where, sizeof(where), ":%d", jerr->column);
	import_error(im, number, where, "%s", log_visstr(jerr->text));
}

static void
take_line(struct import *im, const char *text, size_t len, uint32_t number)
{
	struct enrolment	 e;
	json_error_t		 jerr;
	json_t			*root;
	const char		*why;
	char			 buf[256];

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &jerr);
	if (root == NULL)
		bad_syntax(im, number, &jerr);
	else if (!json_is_object(root))
		import_error(im, number, "", "not a JSON object");
	else if ((why = take_object(&e, root, buf, sizeof(buf))) != NULL)
		import_error(im, number, "", "%s", why);
	else
		import_add(im, &e, number);
	explicit_bzero(&e, sizeof(e));
	json_decref(root);
}

/* Takes the devices, or what is wrong with them, from JSON lines. */
void
jsonl_parse(struct import *im, const char *text, size_t len)
{
	const char	*end, *p = text;
	uint32_t	 number = 1;
	size_t		 n;

	im->lines = 1;
	for (; p < text + len; p += n + 1, number++) {
		end = memchr(p, '\n', text + len - p);
		n = (end == NULL ? text + len : end) - p;
		if (!is_blank(p, n))
			take_line(im, p, n, number);
	}
}

/* Whether a line alone is an object that says who a device is. */
int
jsonl_is_device(const char *text, size_t len)
{
	json_t	*root = json_loadb(text, len, 0, NULL);
	int	 yes;

	yes = json_is_object(root) && json_object_get(root, "id") != NULL &&
	    (json_object_get(root, "key") != NULL ||
	    json_object_get(root, "kind") != NULL);
	json_decref(root);
	return yes;
}

static void
put_list(FILE *fp, const char *name, char *text)
{
	const char	*word;

	jsonw_open(fp, name, '[');
	while ((word = strsep(&text, ",")) != NULL)
		jsonw_string(fp, NULL, word);
	jsonw_close(fp, ']');
}

/* Writes a device, less what there is nothing of. */
void
jsonl_device(FILE *fp, const struct ctl_device *d)
{
	char	 text[COLUMN_MAX];
	size_t	 i;

	jsonw_open(fp, NULL, '{');
	for (i = 0; i < NCOLUMNS; i++) {
		columns[i].give(d, text);
		if (text[0] == '\0')
			continue;
		if (columns[i].list)
			put_list(fp, columns[i].name, text);
		else
			jsonw_string(fp, columns[i].name, text);
	}
	jsonw_close(fp, '}');
	jsonw_end(fp);
}
