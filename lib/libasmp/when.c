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

/* Times that people give and get: durations, and dates of ISO 8601 in UTC. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asmp_proto.h"

#define DURATION_MAX	(100 * 366LL * 24 * 60 * 60)	/* seconds */

static long long duration(const char *);
static int	 shaped(const char *, const char *);
static long long date(const char *);

static const struct {
	char		 unit;
	long long	 seconds;
} units[] = {
	{ 's', 1 },
	{ 'm', 60 },
	{ 'h', 60 * 60 },
	{ 'd', 24 * 60 * 60 },
	{ 'w', 7 * 24 * 60 * 60 }
};

/* A number and a unit, in seconds; -1: something else. */
static long long
duration(const char *text)
{
	const char	*errstr;
	char		 number[16];
	size_t		 i, len;
	long long	 n;

	text += *text == '+';
	len = strlen(text);
	if (len < 2 || len > sizeof(number) ||
	    strspn(text, "0123456789") != len - 1)
		return -1;
	memcpy(number, text, len - 1);
	number[len - 1] = '\0';
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != text[len - 1])
			continue;
		n = strtonum(number, 1, DURATION_MAX / units[i].seconds,
		    &errstr);
		return errstr == NULL ? n * units[i].seconds : -1;
	}
	return -1;
}

/* Whether text has a digit where the shape has a 0, and else the same. */
static int
shaped(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		if (*shape == '0' ? *text < '0' || *text > '9' :
		    *text != *shape)
			return 0;
	}
	return *text == '\0';
}

/* Seconds since 1970 of a date; -1: not one that the calendar has. */
static long long
date(const char *text)
{
	struct tm	 tm, back;
	time_t		 t;

	if (!shaped(text, "0000-00-00") &&
	    !shaped(text, "0000-00-00T00:00Z") &&
	    !shaped(text, "0000-00-00T00:00:00Z"))
		return -1;
	memset(&tm, 0, sizeof(tm));
	if (sscanf(text, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) < 3)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	back = tm;
	if ((t = timegm(&back)) < 0 || back.tm_mon != tm.tm_mon ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min)
		return -1;
	return t;
}

/*
 * Read a duration, such as 90s, 5m, 24h, 30d or 4w, or 0.  Returns 0 with
 * seconds in *seconds, or -1.
 */
int
when_duration(uint64_t *seconds, const char *text)
{
	long long	 n = strcmp(text, "0") == 0 ? 0 : duration(text);

	if (n == -1)
		return -1;
	*seconds = (uint64_t)n;
	return 0;
}

/*
 * Read a time: a duration from now on, such as 90s, 5m, 24h, 30d or 4w, with
 * or without a plus, or a date with or without a time of day, 2027-01-31 or
 * 2027-01-31T12:00:00Z.  now is in seconds since 1970.  Returns 0 with the
 * same in *when, or -1.
 */
int
when_parse(uint64_t *when, const char *text, uint64_t now)
{
	long long	 n;

	if ((n = duration(text)) != -1)
		*when = now + (uint64_t)n;
	else if ((n = date(text)) != -1)
		*when = (uint64_t)n;
	return n == -1 ? -1 : 0;
}

/*
 * Reads a time that is over: how long ago, such as -2h, or a date as above,
 * also one with milliseconds.  Returns 0 with ms since 1970, or -1.
 */
int
when_ago(uint64_t *ms, const char *text, uint64_t now)
{
	char		 seconds[sizeof("0000-00-00T00:00:00Z")];
	long long	 n;

	if (text[0] == '-' && (n = duration(text + 1)) != -1) {
		*ms = (uint64_t)n < now / 1000 ? now - (uint64_t)n * 1000 : 0;
		return 0;
	}
	*ms = 0;
	if (shaped(text, "0000-00-00T00:00:00.000Z")) {
		strlcpy(seconds, text, sizeof(seconds) - 1);
		strlcat(seconds, "Z", sizeof(seconds));
		*ms = strtoul(text + sizeof(seconds) - 1, NULL, 10);
		text = seconds;
	}
	n = date(text);
	*ms += (uint64_t)n * 1000;
	return n == -1 ? -1 : 0;
}

/* Write a time, seconds since 1970; WHENMAX bytes hold any. */
void
when_format(char *buf, size_t size, uint64_t when)
{
	struct tm	 tm;
	time_t		 t = (time_t)when;

	if (when > WHEN_LAST || gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strlcpy(buf, "after the year 9999", size);
}
