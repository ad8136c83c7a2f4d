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


/* Whether a function leaves secrets on the stack that it ran on. */

#ifndef STACK_H
#define STACK_H

#include <ucontext.h>

#include "testutil.h"

#define STACK_LEN	(128 * 1024)	/* several times what is used */
#define CHUNK		16	/* bytes in a row that betray a secret */

/* The stack, STACK_LEN bytes to free, that run has run on. */
static inline uint8_t *
run_on_stack(void (*run)(void))
{
	ucontext_t	 here, there;

	ATF_REQUIRE_EQ(0, getcontext(&there));
	there.uc_stack.ss_size = STACK_LEN;
	there.uc_stack.ss_sp = calloc(1, STACK_LEN);
	there.uc_link = &here;
	ATF_REQUIRE(there.uc_stack.ss_sp != NULL);
	makecontext(&there, run, 0);
	ATF_REQUIRE_EQ(0, swapcontext(&here, &there));
	return there.uc_stack.ss_sp;
}

/* Mostly zeros lie everywhere, and small noise is often just that. */
static inline int
is_telling(const uint8_t *chunk)
{
	size_t	 i, n = 0;

	for (i = 0; i < CHUNK; i++)
		n += chunk[i] != 0;
	return n >= CHUNK / 4;
}

/* How many chunks of a secret lie on the stack. */
static inline int
chunks_of(const uint8_t *stack, const void *secret, size_t len)
{
	const uint8_t	*p = secret, *end = p + len;
	int		 n = 0;

	for (; p + CHUNK <= end; p += CHUNK)
		if (is_telling(p) &&
		    memmem(stack, STACK_LEN, p, CHUNK) != NULL)
			n++;
	return n;
}

static inline void
require_wiped(const uint8_t *stack, const char *what, const void *secret,
    size_t len)
{
	int	 n = chunks_of(stack, secret, len);

	ATF_CHECK_MSG(n == 0, "%d chunks of %s left", n, what);
}

/* A key of 32 bytes or fewer, as it is and as HMAC's two pads hide it. */
static inline void
require_key_wiped(const uint8_t *stack, const char *what, const uint8_t *key,
    size_t len)
{
	static const uint8_t	 pads[] = { 0, 0x36, 0x5c };
	uint8_t			 padded[32];
	size_t			 i, j;

	ATF_REQUIRE(len <= sizeof(padded));
	for (i = 0; i < sizeof(pads); i++) {
		for (j = 0; j < len; j++)
			padded[j] = key[j] ^ pads[i];
		if (is_telling(key))
			require_wiped(stack, what, padded, len);
	}
}

#endif /* STACK_H */
