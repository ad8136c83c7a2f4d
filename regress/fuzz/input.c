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

/* How targets take an input apart.  What it lacks is zero, or empty. */

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* The next byte, two or eight of them, the last one least significant. */
uint8_t
in_u8(struct input *in)
{
	uint8_t	 v;

	in_fill(in, &v, sizeof(v));
	return v;
}

uint16_t
in_u16(struct input *in)
{
	uint8_t	 v[2];

	in_fill(in, v, sizeof(v));
	return (uint16_t)(v[0] << 8 | v[1]);
}

uint64_t
in_u64(struct input *in)
{
	uint64_t	 v = 0;
	int		 i;

	for (i = 0; i < 8; i++)
		v = v << 8 | in_u8(in);
	return v;
}

/* The next *n bytes where they lie, or as many as there are, then in *n. */
const uint8_t *
in_take(struct input *in, size_t *n)
{
	const uint8_t	*p = in->p;

	if (*n > in->left)
		*n = in->left;
	in->p += *n;
	in->left -= *n;
	return p;
}

/* The same in memory of that size, for the caller to change and free. */
uint8_t *
in_copy(struct input *in, size_t *n)
{
	const uint8_t	*p = in_take(in, n);
	uint8_t		*copy = fuzz_alloc(*n);

	if (*n > 0)
		memcpy(copy, p, *n);
	return copy;
}

/* All that is left as a string, for the caller to free. */
char *
in_text(struct input *in)
{
	size_t		 n = in->left;
	const uint8_t	*p = in_take(in, &n);
	char		*text = fuzz_alloc(n + 1);

	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	return text;
}

/* The next n bytes to dst. */
void
in_fill(struct input *in, void *dst, size_t n)
{
	size_t		 got = n;
	const uint8_t	*p = in_take(in, &got);

	memset(dst, 0, n);
	if (got > 0)
		memcpy(dst, p, got);
}
