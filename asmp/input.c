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


/* Readings, one at a time, in memory that does not grow. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

/* Readings from these arguments, or from standard input without any. */
void
input_init(struct input *in, char **args)
{
	in->args = args[0] == NULL ? NULL : args;
	in->unit = args[0] == NULL ? "line" : "argument";
	in->eof = in->dropping = 0;
	in->number = 0;
	in->pos = in->end = 0;
}

/* Take no more than what has been read. */
void
input_stop(struct input *in)
{
	in->eof = 1;
	in->pos = in->end;
	in->args = NULL;
}

/* Take no more than the whole lines that have been read, or what is left. */
void
input_cut(struct input *in)
{
	if (in->eof)
		return;
	in->eof = 1;
	in->dropping = 0;
	while (in->end > in->pos && in->buf[in->end - 1] != '\n')
		in->end--;
}

static enum input_state
next_arg(struct input *in)
{
	if (*in->args == NULL)
		return INPUT_END;
	in->json = *in->args++;
	in->len = strlen(in->json);
	in->number++;
	return in->len > LINEMAX ? INPUT_TOOLONG : INPUT_READING;
}

/* Cut white space off both ends; what is left may be nothing. */
static void
trim(struct input *in)
{
	while (in->len > 0 && strchr(" \t\r", *in->json) != NULL) {
		in->json++;
		in->len--;
	}
	while (in->len > 0 && strchr(" \t\r", in->json[in->len - 1]) != NULL)
		in->len--;
}

/* The line up to the newline at nl, or up to the end of input. */
static enum input_state
take_line(struct input *in, const char *nl)
{
	in->json = in->buf + in->pos;
	in->len = (size_t)(nl - in->json);
	in->pos += in->len + (nl < in->buf + in->end);
	in->number++;
	if (in->dropping) {
		in->dropping = 0;
		return INPUT_TOOLONG;
	}
	trim(in);
	return INPUT_READING;
}

static enum input_state
next_line(struct input *in)
{
	const char	*nl;

	nl = memchr(in->buf + in->pos, '\n', in->end - in->pos);
	if (nl != NULL)
		return take_line(in, nl);
	if (in->eof) {
		if (in->pos == in->end && !in->dropping)
			return INPUT_END;
		return take_line(in, in->buf + in->end);
	}
	if (in->end - in->pos == sizeof(in->buf)) {
		in->dropping = 1;
		in->pos = in->end = 0;
	}
	return INPUT_MORE;
}

/*
 * Step to the next reading: json, len and number are valid until the next
 * call.  Lines of nothing but white space are counted and passed over.
 */
enum input_state
input_next(struct input *in)
{
	enum input_state	 st;

	do {
		st = in->args != NULL ? next_arg(in) : next_line(in);
	} while (st == INPUT_READING && in->len == 0 && in->args == NULL);
	return st;
}

/* Read once, behind what is there; 0, also at the end, or -1 with errno. */
int
input_fill(struct input *in)
{
	ssize_t	 n;

	if (in->pos != 0) {
		memmove(in->buf, in->buf + in->pos, in->end - in->pos);
		in->end -= in->pos;
		in->pos = 0;
	}
	n = read(STDIN_FILENO, in->buf + in->end, sizeof(in->buf) - in->end);
	if (n == -1)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (n == 0)
		in->eof = 1;
	in->end += (size_t)n;
	return 0;
}
