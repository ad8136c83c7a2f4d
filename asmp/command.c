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


/* The commands of the prompt: the gateway's own, and ours around them. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define HELPCOLUMN	18

static int	do_chat(struct client *, char *);
static int	do_close(struct client *, char *);
static int	do_control(struct client *, char *);
static int	do_help(struct client *, char *);
static int	do_quit(struct client *, char *);
static int	do_say(struct client *, char *);
static int	do_send(struct client *, char *);

/* whole: run gets all of the line, else what follows the name. */
static const struct row {
	const char	*name;
	int		 (*run)(struct client *, char *);
	int		 whole;
	const char	*args;
	const char	*help;		/* NULL: another name for one above */
} rows[] = {
	{ "chat", do_chat, 0, " TEXT", "say it on the chat stream" },
	{ "close", do_close, 0, " STREAM", "chat, control or a number" },
	{ "echo", do_control, 1, " TEXT", "the gateway says it back" },
	{ "exit", do_quit, 0, NULL, NULL },
	{ "help", do_help, 0, "", "this list" },
	{ "list", do_control, 1, "", "your open streams" },
	{ "ping", do_control, 1, "", "whether the gateway is there" },
	{ "quit", do_quit, 0, "", "close the session" },
	{ "say", do_say, 0, " STREAM TEXT", "on a stream of any number" },
	{ "send", do_send, 0, " JSON", "a reading" },
	{ "status", do_control, 1, "", "how the gateway is" },
	{ "time", do_control, 1, "", "the gateway's, in UTC" }
};

#define NROWS		(sizeof(rows) / sizeof(rows[0]))

static int
wrong(struct client *c, const char *what, const char *why)
{
	warnx("%s: %s", what, why);
	c->nrefused++;
	return 0;
}

static int
wrong_stream(struct client *c, const char *what, const char *name)
{
	warnx("%s: \"%s\": not a stream: chat, control, telemetry, aggregate "
	    "or the number of one", what, name);
	c->nrefused++;
	return 0;
}

/* Cut the first word off; what follows it. */
static char *
word(char *line)
{
	line += strcspn(line, " \t");
	if (*line != '\0')
		*line++ = '\0';
	return line + strspn(line, " \t");
}

static int
do_chat(struct client *c, char *rest)
{
	if (*rest == '\0')
		return wrong(c, "chat", "say what?");
	return ask(c, ASMP_STREAM_CHAT, rest, strlen(rest));
}

static int
do_close(struct client *c, char *rest)
{
	uint32_t	 stream;

	(void)word(rest);
	if ((stream = stream_byname(rest)) == 0)
		return wrong_stream(c, "close", rest);
	return ask_close(c, stream);
}

static int
do_control(struct client *c, char *line)
{
	return ask(c, ASMP_STREAM_CONTROL, line, strlen(line));
}

static int
do_help(struct client *c, char *rest)
{
	size_t	 i;

	(void)c;
	(void)rest;
	for (i = 0; i < NROWS; i++) {
		if (rows[i].help != NULL)
			printf("%s%-*s%s\n", rows[i].name,
			    HELPCOLUMN - (int)strlen(rows[i].name),
			    rows[i].args, rows[i].help);
	}
	fflush(stdout);
	return 0;
}

static int
do_quit(struct client *c, char *rest)
{
	(void)c;
	(void)rest;
	return QUIT;
}

static int
do_say(struct client *c, char *rest)
{
	char		*what = word(rest);
	uint32_t	 stream;

	if ((stream = stream_byname(rest)) == 0)
		return wrong_stream(c, "say", rest);
	if (*what == '\0')
		return wrong(c, "say", "say what?");
	if (stream == ASMP_STREAM_TELEMETRY)
		return wrong(c, "say", "that stream takes readings: use send");
	if (stream == ASMP_STREAM_AGGREGATE)
		return wrong(c, "say", "that stream gives results, and takes "
		    "no text");
	return ask(c, stream, what, strlen(what));
}

static int
do_send(struct client *c, char *rest)
{
	return ask_reading(c, rest, strlen(rest));
}

/*
 * Obey a line, which is changed.  0: done or refused, -1: it was quit, else
 * the exit status of a session that has failed.
 */
int
command(struct client *c, char *line)
{
	size_t	 i, n;

	line += strspn(line, " \t");
	n = strcspn(line, " \t");
	for (i = 0; i < NROWS; i++) {
		if (strlen(rows[i].name) != n ||
		    strncmp(rows[i].name, line, n) != 0)
			continue;
		return rows[i].run(c, rows[i].whole ? line : word(line));
	}
	return wrong(c, line, "unknown command: help lists those there are");
}

/*
 * What can be added to the len bytes of a command's beginning without
 * choosing for the user; NULL: nothing.  Valid until the next call.
 */
const char *
command_complete(const char *begin, size_t len)
{
	static char	 rest[16];
	const char	*name = NULL;
	size_t		 i, n, common = 0;

	for (i = 0; i < NROWS; i++) {
		if (strncmp(rows[i].name, begin, len) != 0)
			continue;
		if (name == NULL) {
			name = rows[i].name;
			common = strlen(name);
		}
		for (n = 0; n < common && name[n] == rows[i].name[n]; n++)
			;
		common = n;
	}
	if (name == NULL || common < len)
		return NULL;
	n = (size_t)snprintf(rest, sizeof(rest), "%.*s%s",
	    (int)(common - len), name + len, name[common] == '\0' ? " " : "");
	return n == 0 ? NULL : rest;
}
