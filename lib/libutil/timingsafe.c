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

#include <stddef.h>

#include "compat.h"

#ifndef __OpenBSD__
/*
 * Whether n bytes at a and b differ, 0 or 1, in a time that depends on n
 * alone.  The difference passes through a volatile so that the compiler
 * cannot leave the loop early.
 */
int
timingsafe_bcmp(const void *a, const void *b, size_t n)
{
	const volatile unsigned char	*p = a, *q = b;
	volatile unsigned char		 diff = 0;
	size_t				 i;

	for (i = 0; i < n; i++)
		diff = diff | (p[i] ^ q[i]);
	return diff != 0;
}
#endif
