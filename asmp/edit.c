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


/* Lines from a terminal, with history and completion, by editline(3). */

#include <errno.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "client.h"

#define TURN		250		/* ms that a signal may wait */
#define REMEMBERED	100		/* lines */

static EditLine		*el;
static History		*history_list;
static const char	*prompt;

static char *
prompt_give(EditLine *e)
{
	static char	 buf[32];

	(void)e;
	strlcpy(buf, prompt, sizeof(buf));
	return buf;
}

/* The byte that was typed; 0 at the end of input or of the session. */
static int
byte(struct client *c, char *out)
{
	int	 r;

	do {
		r = client_turn(c, 1, TURN);
		if (r == -1 || stopped() || asmp_state(c->a) != ASMP_OPEN)
			return 0;
		if (c->spoken)
			el_set(el, EL_REFRESH);
		c->spoken = 0;
	} while (r == 0);
	return read(STDIN_FILENO, out, 1) == 1;
}

/* A character, however many bytes it has. */
static int
character(EditLine *e, wchar_t *out)
{
	struct client	*c;
	mbstate_t	 state;
	char		 ch;
	size_t		 n;

	el_get(e, EL_CLIENTDATA, &c);
	memset(&state, 0, sizeof(state));
	do {
		if (!byte(c, &ch))
			return 0;
		n = mbrtowc(out, &ch, 1, &state);
		if (n == (size_t)-1)
			memset(&state, 0, sizeof(state));
	} while (n == (size_t)-1 || n == (size_t)-2);
	return 1;
}

/* Complete the first word of the line. */
static unsigned char
complete(EditLine *e, int ch)
{
	const LineInfo	*line = el_line(e);
	const char	*rest;

	(void)ch;
	rest = command_complete(line->buffer,
	    (size_t)(line->cursor - line->buffer));
	if (rest == NULL || el_insertstr(e, rest) == -1)
		return CC_ERROR;
	return CC_REFRESH;
}

/*
 * Edit lines if both ends are a terminal; output goes to whichever of
 * standard output and error is.  0, or -1: they are not.
 */
int
edit_open(struct client *c, const char *text)
{
	FILE		*out = isatty(STDOUT_FILENO) ? stdout : stderr;
	HistEvent	 ev;

	if (!isatty(STDIN_FILENO) || !isatty(fileno(out)) ||
	    (el = el_init("asmp", stdin, out, stderr)) == NULL)
		return -1;
	prompt = text;
	el_set(el, EL_CLIENTDATA, c);
	el_set(el, EL_PROMPT, prompt_give);
	el_set(el, EL_EDITOR, "emacs");
	el_set(el, EL_GETCFN, character);
	if ((history_list = history_init()) != NULL) {
		history(history_list, &ev, H_SETSIZE, REMEMBERED);
		el_set(el, EL_HIST, history, history_list);
	}
	if (c->mode == MODE_COMMANDS) {
		el_set(el, EL_ADDFN, "asmp-complete", "complete a command",
		    complete);
		el_set(el, EL_BIND, "^I", "asmp-complete", NULL);
	}
	return 0;
}

/*
 * The next line without blanks at its ends, valid until the next call; NULL:
 * there is none, or the session is over.
 */
const char *
edit_line(struct client *c, size_t *len)
{
	const char	*line;
	HistEvent	 ev;
	int		 n;

	c->editing = 1;
	c->spoken = 0;
	line = el_gets(el, &n);
	c->editing = 0;
	if (line == NULL || n <= 0) {
		fputc('\n', stderr);
		return NULL;
	}
	if (history_list != NULL && n > 1)
		history(history_list, &ev, H_ENTER, line);
	line += strspn(line, " \t");
	*len = strlen(line);
	while (*len > 0 && strchr(" \t\r\n", line[*len - 1]) != NULL)
		(*len)--;
	return line;
}

/* Give the terminal back as it was. */
void
edit_close(void)
{
	if (history_list != NULL)
		history_end(history_list);
	el_end(el);
	history_list = NULL;
	el = NULL;
}
