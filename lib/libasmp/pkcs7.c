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
 * PKCS#7 padding (RFC 5652, section 6.3) for blocks of 16 bytes, taken off
 * in a time that tells nothing about the bytes: MACs are checked first, and
 * this holds even where one day they are not.
 */

#include <string.h>

#include "data_local.h"

/* Fill up a block of which n bytes, fewer than CBC_BLOCK, are taken. */
void
pkcs7_pad(uint8_t *block, size_t n)
{
	memset(block + n, (int)(CBC_BLOCK - n), CBC_BLOCK - n);
}

/*
 * How much of the len bytes at p, whole blocks and at least one, is no
 * padding: 0 with that in *plainlen, or -1 where the padding is wrong.
 */
int
pkcs7_unpad(const uint8_t *p, size_t len, size_t *plainlen)
{
	uint32_t	 bad, i, inside, pad = p[len - 1];

	bad = (pad - 1) >> 31 | (CBC_BLOCK - pad) >> 31;
	for (i = 0; i < CBC_BLOCK; i++) {
		inside = 0 - ((i - pad) >> 31);
		bad |= inside & (p[len - 1 - i] ^ pad);
	}
	*plainlen = len - pad;
	return bad == 0 ? 0 : -1;
}
