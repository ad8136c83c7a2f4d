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
 * The JSON scanner: limits, paths that differ, and where libjansson is there,
 * the same verdict and the same numbers as its.
 */

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define NUMBERMAX	128		/* of one number, as in json_scan() */

static struct json_fields	 fields;

static void
check_fields(void)
{
	const struct json_field	*f = fields.f;
	size_t			 i, j;

	MUST(fields.n <= JSON_FIELDS);
	for (i = 0; i < fields.n; i++) {
		MUST(memchr(f[i].path, '\0', sizeof(f[i].path)) != NULL);
		MUST(isfinite(f[i].value));
		for (j = 0; j < i; j++)
			MUST(strcmp(f[i].path, f[j].path) != 0);
	}
}

#ifdef HAVE_JANSSON
static size_t	 walked;

static size_t
add_key(char *path, size_t len, int top, const char *key)
{
	if (!top)
		path[len++] = '.';
	for (; *key != '\0'; key++) {
		if (strchr(".[\\", *key) != NULL)
			path[len++] = '\\';
		path[len++] = *key;
	}
	path[len] = '\0';
	return len;
}

/* What json_scan() took has no path longer than this. */
static void
walk(json_t *v, char path[JSON_PATHMAX], size_t len, int top)
{
	const char	*key;
	json_t		*item;
	size_t		 i;

	if (json_is_real(v)) {
		MUST(walked < fields.n);
		MUST(strcmp(fields.f[walked].path, path) == 0);
		MUST(fields.f[walked].value == json_real_value(v));
		walked++;
	} else if (json_is_object(v)) {
		json_object_foreach(v, key, item)
			walk(item, path, add_key(path, len, top, key), 0);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, item)
			walk(item, path, len + (size_t)snprintf(path + len,
			    JSON_PATHMAX - len, "[%zu]", i), 0);
	}
}

/* Whether a number begins there that is longer than ours may be. */
static int
long_number(const uint8_t *p, size_t len)
{
	size_t	 n;

	for (n = 0; n < len && p[n] != '\0' &&
	    strchr("+-.0123456789Ee", p[n]) != NULL; n++)
		;
	return n > NUMBERMAX;
}

/*
 * Beyond our limits alone; or libjansson may have lost a NUL, as it does
 * where it has read one byte too far.
 */
static int
may_differ(const uint8_t *data, size_t size, enum json_error err, size_t off)
{
	return err == JSON_TOODEEP || err == JSON_TOOMANY ||
	    (err == JSON_NUMBER && long_number(data + off, size - off)) ||
	    (err != JSON_OK && memchr(data, '\0', size) != NULL);
}

static void
compare(const uint8_t *data, size_t size, enum json_error err, size_t off)
{
	char	 path[JSON_PATHMAX] = "";
	json_t	*v;

	if (may_differ(data, size, err, off))
		return;
	v = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES |
	    JSON_DECODE_INT_AS_REAL, NULL);
	MUST((v != NULL && json_is_object(v)) == (err == JSON_OK));
	if (err == JSON_OK) {
		walked = 0;
		walk(v, path, 0, 1);
		MUST(walked == fields.n);
	}
	json_decref(v);
}
#endif

int
fuzz_json(const uint8_t *data, size_t size)
{
	enum json_error	 err;
	size_t		 off;

	err = json_scan(data, size, &fields, &off);
	MUST(off <= size);
	MUST(strcmp(json_strerror(err), "unknown error") != 0);
	if (err == JSON_OK) {
		MUST(off == size);
		check_fields();
	}
#ifdef HAVE_JANSSON
	compare(data, size, err, off);
#endif
	return 0;
}
