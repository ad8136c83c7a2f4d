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

/* The words for handlers, commands and functions. */

#include <string.h>

#include "stream.h"

struct words {
	const char *const	*word;	/* NULL where a number means nothing */
	unsigned int		 n;
};

#define WORDS(w)	{ (w), sizeof(w) / sizeof((w)[0]) }

static const char *const	handler[] = {
	[HANDLER_CHAT] = "chat",
	[HANDLER_CONTROL] = "control",
	[HANDLER_TELEMETRY] = "telemetry",
	[HANDLER_AGGREGATE] = "aggregate"
};

static const char *const	command[CMD_N] = {
	[CMD_PING] = "ping",
	[CMD_STATUS] = "status",
	[CMD_TIME] = "time",
	[CMD_ECHO] = "echo",
	[CMD_LIST] = "list"
};

static const char *const	function[] = {
	[FUNCTION_SUM] = "sum",
	[FUNCTION_MEAN] = "mean",
	[FUNCTION_MIN] = "min",
	[FUNCTION_MAX] = "max",
	[FUNCTION_COUNT] = "count"
};

static const struct words	handlers = WORDS(handler);
static const struct words	commands = WORDS(command);
static const struct words	functions = WORDS(function);

static const char *
word_name(const struct words *w, unsigned int i)
{
	return i < w->n ? w->word[i] : NULL;
}

static int
word_find(const struct words *w, const char *name)
{
	unsigned int	 i;

	for (i = 0; i < w->n; i++)
		if (w->word[i] != NULL && strcmp(w->word[i], name) == 0)
			return (int)i;
	return -1;
}

/* The name of an enum stream_handler, or NULL. */
const char *
handler_name(unsigned int n)
{
	return word_name(&handlers, n);
}

/* The enum stream_handler of this name, or -1. */
int
handler_byname(const char *name)
{
	return word_find(&handlers, name);
}

/* The name of an enum stream_command, or NULL. */
const char *
command_name(unsigned int n)
{
	return word_name(&commands, n);
}

/* The enum stream_command of this name, or -1. */
int
command_byname(const char *name)
{
	return word_find(&commands, name);
}

/* The name of an enum group_function, or NULL. */
const char *
function_name(unsigned int n)
{
	return word_name(&functions, n);
}

/* The enum group_function of this name, or -1. */
int
function_byname(const char *name)
{
	return word_find(&functions, name);
}
