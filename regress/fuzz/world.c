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
 * The world around a target: no real randomness and nothing said, so that an
 * input does the same each time.  These stand in for functions of libraries.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "fuzz.h"

#define SINK	512		/* bytes of what is formatted and not said */

uint64_t	 fuzz_clock, fuzz_tick;
jmp_buf		*fuzz_end;

static uint64_t	 state;

/* Before each input. */
void
fuzz_begin(void)
{
	state = 1;
	fuzz_clock = 1700000000000;
	fuzz_tick = 0;
	fuzz_end = NULL;
}

/* Something that must hold does not: says what, and stops the process. */
void
fuzz_broken(const char *file, int line, const char *what)
{
	dprintf(STDERR_FILENO, "%s:%d: %s does not hold (errno %d)\n", file,
	    line, what, errno);
	abort();
}

/* Never NULL, and of exactly n bytes, so that a sanitizer sees the next. */
void *
fuzz_alloc(size_t n)
{
	void	*p;

	if ((p = malloc(n)) == NULL && n > 0)
		abort();
	return p;
}

/* splitmix64: anything but constant will do. */
static uint8_t
next_byte(void)
{
	uint64_t	 z = (state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (uint8_t)(z >> 56);
}

/* For arc4random_buf(3). */
void
arc4random_buf(void *buf, size_t n)
{
	uint8_t	*p = buf;

	while (n-- > 0)
		*p++ = next_byte();
}

/* For RAND_bytes(3). */
int
RAND_bytes(unsigned char *buf, int n)
{
	arc4random_buf(buf, (size_t)n);
	return 1;
}

/* For warn(3) and warnx(3), which format and keep silent. */
static void
sink(const char *fmt, va_list ap)
{
	char	 buf[SINK];

	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
}

void
warn(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	sink(fmt, ap);
	va_end(ap);
}

void
warnx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	sink(fmt, ap);
	va_end(ap);
}
