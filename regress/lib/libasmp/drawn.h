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
 * Random bytes that are remembered, for tests that look for them where they
 * should no longer be.
 */

#ifndef DRAWN_H
#define DRAWN_H

#include <unistd.h>

#include "stack.h"

static uint8_t	drawn[4096];
static size_t	ndrawn;

/* In libbsd's place. */
void
arc4random_buf(void *buf, size_t len)
{
	if (getentropy(buf, len) == -1)
		abort();
	if (len <= sizeof(drawn) - ndrawn) {
		memcpy(drawn + ndrawn, buf, len);
		ndrawn += len;
	}
}

static inline void
require_drawn_wiped(const uint8_t *stack)
{
	ATF_REQUIRE(ndrawn > 0);
	require_wiped(stack, "what was drawn", drawn, ndrawn);
}

#endif /* DRAWN_H */
