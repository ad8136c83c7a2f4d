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


/* Hexadecimal and expectations, for the tests of this directory. */

#ifndef TESTUTIL_H
#define TESTUTIL_H

#include <atf-c.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEXMAX	2048		/* bytes of the longest value pinned */

/* Fails, with errno as it should be. */
#define REQUIRE_ERRNO(e, expr) do {					\
	errno = 0;							\
	ATF_REQUIRE_EQ(-1, (expr));					\
	ATF_REQUIRE_EQ_MSG((e), errno, "%s: errno is %d (%s)", #expr,	\
	    errno, strerror(errno));					\
} while (0)

#define REQUIRE_HEX(hex, p, len) \
	require_hex(__LINE__, (hex), (const uint8_t *)(p), (len))

static inline size_t
unhex(uint8_t *out, const char *hex)
{
	char	 two[3] = "";
	size_t	 n;

	for (n = 0; hex[2 * n] != '\0'; n++) {
		ATF_REQUIRE(n < HEXMAX && hex[2 * n + 1] != '\0');
		memcpy(two, hex + 2 * n, 2);
		out[n] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

static inline void
require_hex(int line, const char *hex, const uint8_t *p, size_t len)
{
	char	 got[2 * HEXMAX + 1] = "";
	size_t	 i;

	ATF_REQUIRE(len <= HEXMAX);
	for (i = 0; i < len; i++)
		snprintf(got + 2 * i, 3, "%02x", p[i]);
	ATF_REQUIRE_MSG(strcmp(hex, got) == 0, "line %d: want %s, got %s",
	    line, hex, got);
}

/* n bytes that count up from first. */
static inline void
count_up(uint8_t *p, uint8_t first, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(first + i);
}

#endif /* TESTUTIL_H */
