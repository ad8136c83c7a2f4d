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
 * JSON (RFC 8259) as it comes, without a tree: answers have no bound on
 * their length.  Each value knows whether one stands before it.
 */

#include <stdio.h>
#include <string.h>

#include "asmpctl.h"

static int	 comma;		/* a value stands before the next one */

static void
escaped(FILE *fp, const char *s, size_t len)
{
	char	 one[JSON_ESCAPEMAX];
	size_t	 i;

	putc('"', fp);
	for (i = 0; i < len; i++) {
		json_escape_byte(one, (unsigned char)s[i]);
		fputs(one, fp);
	}
	putc('"', fp);
}

static void
member(FILE *fp, const char *name)
{
	if (comma)
		putc(',', fp);
	comma = 1;
	if (name != NULL) {
		escaped(fp, name, strlen(name));
		putc(':', fp);
	}
}

/* Opens an object, '{', or an array, '['; name is NULL outside objects. */
void
jsonw_open(FILE *fp, const char *name, char bracket)
{
	member(fp, name);
	putc(bracket, fp);
	comma = 0;
}

/* Closes what was opened last with '}' or ']'. */
void
jsonw_close(FILE *fp, char bracket)
{
	putc(bracket, fp);
	comma = 1;
}

/* Text that may hold anything; its bytes beyond ASCII become U+FFFD. */
void
jsonw_string(FILE *fp, const char *name, const char *text)
{
	jsonw_bytes(fp, name, text, strlen(text));
}

/* The same of len bytes, NULs among them. */
void
jsonw_bytes(FILE *fp, const char *name, const char *text, size_t len)
{
	member(fp, name);
	escaped(fp, text, len);
}

/* A value that is JSON, len bytes, and stays on its line. */
void
jsonw_value(FILE *fp, const char *name, const char *text, size_t len)
{
	size_t	 i;

	member(fp, name);
	for (i = 0; i < len; i++)
		putc(text[i] == '\n' || text[i] == '\r' ? ' ' : text[i], fp);
}

/* A number, with all its digits. */
void
jsonw_number(FILE *fp, const char *name, uint64_t n)
{
	member(fp, name);
	fprintf(fp, "%llu", (unsigned long long)n);
}

/* True or false. */
void
jsonw_bool(FILE *fp, const char *name, int yes)
{
	member(fp, name);
	fputs(yes ? "true" : "false", fp);
}

/* The next value starts on a line of its own. */
void
jsonw_break(FILE *fp)
{
	if (comma)
		putc(',', fp);
	comma = 0;
	putc('\n', fp);
}

/* Ends the text with a newline; the next value starts another one. */
void
jsonw_end(FILE *fp)
{
	putc('\n', fp);
	comma = 0;
}
