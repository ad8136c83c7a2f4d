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
 * Readings as a monitor at a bedside would send them, of one length: what
 * does not fit is left out, and a note fills up what is left.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "reading.h"

#define VARIANTS	10	/* of a reading: what a device learns from */
#define NOTE		",\"note\":\""

size_t			 reading_len;

static char		 text[VARIANTS][READING_MAX + 1];

/* The last digit of a number is that of the variant. */
static const char *const	 members[] = {
	"\"heart_rate\":7#", "\"spo2\":97.#", "\"systolic\":12#",
	"\"diastolic\":8#", "\"temperature\":36.#", "\"respiration\":1#.5",
	"\"battery\":0.9#", "\"unit\":\"ward 7 bed 2\"",
	"\"firmware\":\"2.4.1\"", "\"status\":\"ok\""
};

#define NMEMBERS	(sizeof(members) / sizeof(members[0]))

static void
put_members(char *p, size_t len, int variant)
{
	size_t	 i, used = 0;
	char	*digit;

	for (i = 0; i < NMEMBERS; i++) {
		if (used + 1 + strlen(members[i]) + 1 > len)
			break;
		p[used] = i == 0 ? '{' : ',';
		memcpy(p + used + 1, members[i], strlen(members[i]) + 1);
		if ((digit = strchr(p + used, '#')) != NULL)
			*digit = '0' + variant;
		used += 1 + strlen(members[i]);
	}
}

/* Makes len bytes of the text in p, of which the members are there. */
static void
fill_up(char *p, size_t len)
{
	size_t	 used = strlen(p), left = len - 1 - used;

	memset(p + used, ' ', left);
	if (left > strlen(NOTE)) {
		memset(p + used, '.', left);
		memcpy(p + used, NOTE, strlen(NOTE));
		p[len - 2] = '"';
	}
	p[len - 1] = '}';
	p[len] = '\0';
}

/* From here on readings have len bytes. */
void
reading_init(size_t len)
{
	int	 i;

	if (len < READING_MIN || len > READING_MAX)
		errx(1, "a reading has %d to %d bytes", READING_MIN,
		    READING_MAX);
	reading_len = len;
	for (i = 0; i < VARIANTS; i++) {
		put_members(text[i], len, i);
		fill_up(text[i], len);
	}
}

/* The n-th reading of a device, reading_len bytes and a NUL. */
const char *
reading_text(uint64_t n)
{
	return text[n % VARIANTS];
}
