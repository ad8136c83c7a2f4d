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
 * Base64 and base64url (RFC 4648, sections 4 and 5) without the freedoms
 * that let two texts mean one key.  Key files pass through here: nothing
 * branches on a digit's value or looks it up in a table.
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "asmp_proto.h"

/* Four bytes at a time, each in its own eight bits. */
#define ONES	0x01010101U
#define HIGHS	0x80808080U

/* What makes digits of one '=' at the end, or of two. */
static const uint32_t	pad_digits[] = {
	0, 'A' - '=', ('A' - '=') * 0x101
};

static inline uint32_t
		within(uint32_t, uint32_t, uint32_t);
static inline uint32_t
		from_digits(uint32_t, uint32_t *, char, char);
static uint32_t	to_digits(uint32_t, const char *);
static void	encode(char *, const uint8_t *, size_t, const char *);
static int	decode(uint8_t *, size_t, size_t *, const char *, size_t,
		    const char *);

/* All ones in each byte, none of them above 127, where lo <= byte <= hi. */
static inline uint32_t
within(uint32_t w, uint32_t lo, uint32_t hi)
{
	uint32_t	 reaches = w + ONES * (0x80 - lo);
	uint32_t	 exceeds = w + ONES * (0x7f - hi);

	return ((reaches & ~exceeds & HIGHS) >> 7) * 0xff;
}

/*
 * The 24 bits that four digits stand for, the first in the highest byte of w;
 * something is set in *bad where one is none.  d62 and d63 are the last two.
 */
static inline uint32_t
from_digits(uint32_t w, uint32_t *bad, char d62, char d63)
{
	uint32_t	 c = w & ~HIGHS, v;
	uint32_t	 upper = within(c, 'A', 'Z');
	uint32_t	 lower = within(c, 'a', 'z');
	uint32_t	 number = within(c, '0', '9');
	uint32_t	 is62 = within(c, d62, d62);
	uint32_t	 is63 = within(c, d63, d63);

	*bad |= (w & HIGHS) | ~(upper | lower | number | is62 | is63);
	v = ((c & upper) - (ONES * 'A' & upper)) |
	    ((c & lower) - (ONES * ('a' - 26) & lower)) |
	    ((c & number) + (ONES * (52 - '0') & number)) |
	    (ONES * 62 & is62) | (ONES * 63 & is63);
	return (v >> 24 & 0x3f) << 18 | (v >> 16 & 0x3f) << 12 |
	    (v >> 8 & 0x3f) << 6 | (v & 0x3f);
}

/* The four digits for 24 bits; last: those for 62 and 63. */
static uint32_t
to_digits(uint32_t bits, const char *last)
{
	uint32_t	 v = (bits >> 18 & 0x3f) << 24 |
			    (bits >> 12 & 0x3f) << 16 |
			    (bits >> 6 & 0x3f) << 8 | (bits & 0x3f);
	uint32_t	 upper = within(v, 0, 25);
	uint32_t	 lower = within(v, 26, 51);
	uint32_t	 number = within(v, 52, 61);

	return ((v & upper) + (ONES * 'A' & upper)) |
	    ((v & lower) + (ONES * ('a' - 26) & lower)) |
	    ((v & number) - (ONES * (52 - '0') & number)) |
	    (ONES * (uint8_t)last[0] & within(v, 62, 62)) |
	    (ONES * (uint8_t)last[1] & within(v, 63, 63));
}

static int
decode(uint8_t *out, size_t size, size_t *outlen, const char *text,
    size_t len, const char *last)
{
	char		 d62 = last[0], d63 = last[1];
	uint32_t	 w, bits = 0, bad = 0;
	size_t		 i, n = 0, pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	if (len % 4 != 0 || len / 4 * 3 - pad > size)
		goto fail;
	for (i = 0; i < len; i += 4) {
		memcpy(&w, text + i, sizeof(w));
		w = be32toh(w);
		if (i + 4 == len)	/* 'A' is 0: in place of '=' */
			w += pad_digits[pad];
		bits = from_digits(w, &bad, d62, d63);
		out[n++] = bits >> 16;
		if (i + 4 < len || pad < 2)
			out[n++] = bits >> 8;
		if (i + 4 < len || pad < 1)
			out[n++] = bits;
	}
	if (bad != 0 || (bits & ((1U << 8 * pad) - 1)) != 0)
		goto fail;
	*outlen = n;
	return 0;
fail:
	errno = EINVAL;
	return -1;
}

/*
 * Decode the len characters of padded base64 into the size bytes at out,
 * which may be text.  Only the one canonical text of some bytes is taken: no
 * spaces, exact padding, unused bits zero.  Returns 0 with the length in
 * *outlen, or -1 with errno EINVAL; out may then hold a part.
 */
int
b64_decode(uint8_t *out, size_t size, size_t *outlen, const char *text,
    size_t len)
{
	return decode(out, size, outlen, text, len, "+/");
}

/* The same for base64url. */
int
b64url_decode(uint8_t *out, size_t size, size_t *outlen, const char *text,
    size_t len)
{
	return decode(out, size, outlen, text, len, "-_");
}

static void
encode(char *out, const uint8_t *in, size_t len, const char *last)
{
	uint32_t	 bits, w;
	size_t		 i, n;

	for (i = 0; i < len; i += 3, out += 4) {
		n = len - i;
		bits = (uint32_t)in[i] << 16;
		if (n > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (n > 2)
			bits |= in[i + 2];
		w = htobe32(to_digits(bits, last));
		memcpy(out, &w, sizeof(w));
		if (n < 3)
			out[3] = '=';
		if (n < 2)
			out[2] = '=';
	}
}

/* Encode len bytes as B64_LEN() characters of base64 at out, and a NUL. */
void
b64_encode(char *out, const uint8_t *in, size_t len)
{
	encode(out, in, len, "+/");
	out[B64_LEN(len)] = '\0';
}

/* Characters of padded base64url for len bytes, at most SIZE_MAX / 2. */
size_t
b64url_len(size_t len)
{
	return B64_LEN(len);
}

/*
 * Encode len bytes as b64url_len() characters at out, without a NUL.  The
 * bytes may be the last ones of the room at out: reading stays ahead.
 */
void
b64url_encode(char *out, const uint8_t *in, size_t len)
{
	encode(out, in, len, "-_");
}
