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

#include <errno.h>

#include "asmp_proto.h"

static uint32_t	within(uint32_t, uint32_t, uint32_t);
static uint32_t	digit_value(uint32_t, const char *);
static char	digit(uint32_t, const char *);
static void	encode(char *, const uint8_t *, size_t, const char *);
static int	decode(uint8_t *, size_t, size_t *, const char *, size_t,
		    const char *);

/* All ones where lo <= c <= hi, else 0; none of the three above 2^31. */
static uint32_t
within(uint32_t c, uint32_t lo, uint32_t hi)
{
	return 0 - ((~(c - lo) & ~(hi - c)) >> 31);
}

/* What a digit stands for, UINT32_MAX for none; last: the digits 62 and 63. */
static uint32_t
digit_value(uint32_t c, const char *last)
{
	uint32_t	 c62 = (unsigned char)last[0];
	uint32_t	 c63 = (unsigned char)last[1];

	return ((within(c, 'A', 'Z') & (c - 'A' + 1)) |
	    (within(c, 'a', 'z') & (c - 'a' + 27)) |
	    (within(c, '0', '9') & (c - '0' + 53)) |
	    (within(c, c62, c62) & 63) | (within(c, c63, c63) & 64)) - 1;
}

/* The digit for a value below 64; last as above. */
static char
digit(uint32_t v, const char *last)
{
	return (char)((within(v, 0, 25) & (v + 'A')) |
	    (within(v, 26, 51) & (v - 26 + 'a')) |
	    (within(v, 52, 61) & (v - 52 + '0')) |
	    (within(v, 62, 62) & (unsigned char)last[0]) |
	    (within(v, 63, 63) & (unsigned char)last[1]));
}

static int
decode(uint8_t *out, size_t size, size_t *outlen, const char *text,
    size_t len, const char *last)
{
	uint32_t	 acc = 0, bad = 0, v;
	size_t		 i, n = 0, pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	if (len % 4 != 0 || len / 4 * 3 - pad > size)
		goto fail;
	for (i = 0; i < len - pad; i++) {
		v = digit_value((unsigned char)text[i], last);
		bad |= v;
		acc = acc << 6 | (v & 0x3f);
		if (i % 4 != 0)
			out[n++] = acc >> (6 - 2 * (i % 4)) & 0xff;
	}
	if (bad > 0x3f || (pad == 1 && (acc & 0x03) != 0) ||
	    (pad == 2 && (acc & 0x0f) != 0))
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
	uint32_t	 acc;
	size_t		 i, n;

	for (i = 0; i < len; i += 3) {
		n = len - i;
		acc = (uint32_t)in[i] << 16;
		if (n > 1)
			acc |= (uint32_t)in[i + 1] << 8;
		if (n > 2)
			acc |= in[i + 2];
		*out++ = digit(acc >> 18, last);
		*out++ = digit(acc >> 12 & 0x3f, last);
		*out++ = n > 1 ? digit(acc >> 6 & 0x3f, last) : '=';
		*out++ = n > 2 ? digit(acc & 0x3f, last) : '=';
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
