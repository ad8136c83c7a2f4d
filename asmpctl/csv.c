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

/* Lists of devices as CSV, see RFC 4180: a line names the columns. */

#include <stdio.h>
#include <string.h>

#include "asmpctl.h"

#define RECORD_MAX	4096	/* bytes; the longest key takes 1600 */

/* Where a record is cut, and into what. */
struct csv {
	const char	*p;
	const char	*end;
	uint32_t	 line;		/* of the record's first byte */
	uint32_t	 lines;		/* line ends so far */
	size_t		 n;		/* fields; those from NCOLUMNS on are
					   counted only */
	const char	*field[NCOLUMNS];
	size_t		 len;
	char		 text[RECORD_MAX];	/* of the fields, with NUL */
};

/* The next byte of the field; -1: there is no room for so many. */
static int
put(struct csv *c, char ch)
{
	if (c->len == sizeof(c->text))
		return -1;
	c->text[c->len++] = ch;
	return 0;
}

static int
at_line_end(const struct csv *c)
{
	return c->p == c->end || c->p[0] == '\n' ||
	    (c->p[0] == '\r' && c->p + 1 < c->end && c->p[1] == '\n');
}

/* What stands between quotes; a quote in it stands there twice. */
static const char *
take_quoted(struct csv *c)
{
	for (c->p++; c->p < c->end; c->p++) {
		if (c->p[0] == '"') {
			if (c->p + 1 == c->end || c->p[1] != '"')
				break;
			c->p++;
		} else if (c->p[0] == '\n')
			c->lines++;
		if (c->p[0] == '\0')
			return "not text";
		if (put(c, c->p[0]) == -1)
			return "a quote that nothing ends, or longer than the "
			    "row of any device";
	}
	if (c->p == c->end)
		return "a quote that nothing ends";
	c->p++;
	return at_line_end(c) || c->p[0] == ',' ? NULL :
	    "something stands behind the quote that ends a field";
}

static const char *
take_bare(struct csv *c)
{
	for (; !at_line_end(c) && c->p[0] != ','; c->p++) {
		if (c->p[0] == '\0')
			return "not text";
		if (c->p[0] == '"')
			return "a quote within a field that has none around "
			    "it";
		if (c->p[0] == '\r')
			return "a carriage return within";
		if (put(c, c->p[0]) == -1)
			return "longer than the row of any device";
	}
	return NULL;
}

static const char *
take_field(struct csv *c)
{
	const char	*why;

	if (c->n < NCOLUMNS)
		c->field[c->n] = c->text + c->len;
	c->n++;
	why = c->p < c->end && c->p[0] == '"' ? take_quoted(c) : take_bare(c);
	if (why == NULL && put(c, '\0') == -1)
		why = "longer than the row of any device";
	return why;
}

static void
next_line(struct csv *c)
{
	const char	*nl = memchr(c->p, '\n', c->end - c->p);

	c->p = nl == NULL ? c->end : nl + 1;
	c->lines++;
}

/*
 * The next record: 1, 0 for the end, or -1 with *why, and the next call goes
 * on behind the line where that was seen.
 */
static int
take_record(struct csv *c, const char **why)
{
	if (c->p == c->end)
		return 0;
	c->line = c->lines + 1;
	c->n = c->len = 0;
	while ((*why = take_field(c)) == NULL && c->p < c->end &&
	    c->p[0] == ',')
		c->p++;
	next_line(c);
	return *why == NULL ? 1 : -1;
}

static int
is_empty(const struct csv *c)
{
	return c->n == 1 && c->field[0][0] == '\0';
}

/*
 * The names of the columns, into which column each field goes; 0, or -1 after
 * an error.  No name is repeated: without them, this is a device.
 */
static int
take_names(struct import *im, struct csv *c, size_t *column)
{
	size_t	 i, j;
	int	 seen[NCOLUMNS + 1] = { 0 };

	for (i = 0; i < c->n; i++) {
		j = i < NCOLUMNS ? column_byname(c->field[i],
		    strlen(c->field[i])) : NCOLUMNS;
		if (j == NCOLUMNS || seen[j]) {
			import_error(im, c->line, "", "column %zu %s: the "
			    "first line names the columns, %s, parted by "
			    "commas", i + 1, i < NCOLUMNS && j < NCOLUMNS ?
			    "is there twice" : "is none", column_names());
			return -1;
		}
		seen[j] = 1;
		column[i] = j;
	}
	if (seen[COLUMN_ID])
		return 0;
	import_error(im, c->line, "", "no column has the name id");
	return -1;
}

static void
take_row(struct import *im, const struct csv *c, const size_t *column,
    size_t n)
{
	struct enrolment	 e;
	const char		*value[NCOLUMNS] = { NULL }, *why;
	size_t			 i;

	if (c->n != n) {
		import_error(im, c->line, "", "%zu field%s where there are %zu "
		    "columns", c->n, c->n == 1 ? "" : "s", n);
		return;
	}
	for (i = 0; i < n; i++)
		value[column[i]] = c->field[i];
	if ((why = columns_take(&e, value)) != NULL)
		import_error(im, c->line, "", "%s", why);
	else
		import_add(im, &e, c->line);
	explicit_bzero(&e, sizeof(e));
}

/* Takes the devices, or what is wrong with them, from CSV. */
void
csv_parse(struct import *im, const char *text, size_t len)
{
	struct csv	 c = { .p = text, .end = text + len };
	const char	*why;
	size_t		 column[NCOLUMNS], n = 0;
	int		 r;

	im->lines = 1;
	while ((r = take_record(&c, &why)) != 0) {
		if (r == -1)
			import_error(im, c.line, "", "%s", why);
		else if (is_empty(&c))
			continue;
		else if (n > 0)
			take_row(im, &c, column, n);
		else if (take_names(im, &c, column) == 0)
			n = c.n;
		if (n == 0)
			break;
	}
	explicit_bzero(&c, sizeof(c));
}

/* Writes the names of the columns. */
void
csv_names(FILE *fp)
{
	size_t	 i;

	for (i = 0; i < NCOLUMNS; i++)
		fprintf(fp, "%s%s", i == 0 ? "" : ",", columns[i].name);
	putc('\n', fp);
}

/* Writes a device, whose fields hold no quotes. */
void
csv_device(FILE *fp, const struct ctl_device *d)
{
	char	 text[COLUMN_MAX];
	size_t	 i;

	for (i = 0; i < NCOLUMNS; i++) {
		columns[i].give(d, text);
		fprintf(fp, strchr(text, ',') == NULL ? "%s%s" : "%s\"%s\"",
		    i == 0 ? "" : ",", text);
	}
	putc('\n', fp);
}
