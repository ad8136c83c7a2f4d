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
 * What the gateway says, on standard output: text that cannot play tricks on
 * a terminal, and results as numbers.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "client.h"
#include "log.h"

static const char *const	names[] = {
	[ASMP_STREAM_CHAT] = "chat",
	[ASMP_STREAM_CONTROL] = "control",
	[ASMP_STREAM_TELEMETRY] = "telemetry",
	[ASMP_STREAM_AGGREGATE] = "aggregate"
};

#define NNAMES		(sizeof(names) / sizeof(names[0]))

/* A stream's name, or its number in memory that the next call changes. */
const char *
stream_name(uint32_t stream)
{
	static char	 number[16];

	if (stream != ASMP_STREAM_CONN && stream < NNAMES)
		return names[stream];
	snprintf(number, sizeof(number), "%u", stream);
	return number;
}

/* The stream of this name or number; 0: there is none. */
uint32_t
stream_byname(const char *name)
{
	const char	*errstr;
	uint32_t	 i;

	for (i = 1; i < NNAMES; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return (uint32_t)strtonum(name, 1, ASMP_STREAM_MAX, &errstr);
}

/* The bytes of one character that the locale can print; 0: not such. */
static size_t
printable(const char *p, size_t len)
{
	mbstate_t	 state;
	wchar_t		 wc;
	size_t		 n;

	memset(&state, 0, sizeof(state));
	n = mbrtowc(&wc, p, len, &state);
	if (n == 0 || n > len || !iswprint((wint_t)wc))
		return 0;
	return n;
}

/* A text and a newline; what is not printable is escaped. */
void
show_text(const char *text, size_t len)
{
	size_t	 i, n;

	for (i = 0; i < len; i += n) {
		n = 1;
		if (text[i] == '\n' || text[i] == '\t')
			putchar(text[i]);
		else if ((n = printable(text + i, len - i)) != 0)
			fwrite(text + i, 1, n, stdout);
		else {
			n = 1;
			fputs(log_vis(text + i, n), stdout);
		}
	}
	putchar('\n');
}

static void
show_result(const struct asmp_message *m)
{
	switch (m->status) {
	case ASMP_COMPLETE:
		printf("%lld\n", (long long)m->result);
		break;
	case ASMP_PARTIAL:
		printf("%lld (partial: not all values came in time)\n",
		    (long long)m->result);
		break;
	default:
		printf("overflow: the result does not fit 64 bits\n");
		break;
	}
}

/* A message of the gateway; it may be the answer that is waited for. */
void
show_message(struct client *c, const struct asmp_message *m)
{
	int	 answer = m->stream == c->asked;

	show_clear(c);
	if (answer)
		c->asked = 0;
	switch (m->kind) {
	case ASMP_TEXT:
		if (!answer && m->stream != ASMP_STREAM_AGGREGATE)
			printf("%s: ", stream_name(m->stream));
		show_text(m->data, m->len);
		break;
	case ASMP_RESULT:
		show_result(m);
		break;
	case ASMP_STREAM_END:
		c->closed = answer;
		if (c->verbose)
			warnx("stream %s was closed: %s",
			    stream_name(m->stream), reason_text(m->reason));
		break;
	}
	if (fflush(stdout) == EOF)
		err(EXIT_LOCAL, "standard output");
}
