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
 * Both alphabets of base64: bytes have one text, and a text that is not that
 * of any bytes is refused.
 *
 * Input: room for the result; then the text, which is taken as bytes as well.
 */

#include <openssl/evp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

static void
encode(int url, char *out, const uint8_t *p, size_t len)
{
	if (url)
		b64url_encode(out, p, len);
	else
		EVP_EncodeBlock((unsigned char *)out, p, (int)len);
}

static int
decode(int url, uint8_t *out, size_t size, size_t *len, const char *text,
    size_t textlen)
{
	return url ? b64url_decode(out, size, len, text, textlen) :
	    b64_decode(out, size, len, text, textlen);
}

static void
check_text(int url, const char *text, size_t len, size_t room)
{
	uint8_t	*out = fuzz_alloc(room);
	char	*again;
	size_t	 n;

	if (decode(url, out, room, &n, text, len) == 0) {
		MUST(n <= room && b64url_len(n) == len);
		again = fuzz_alloc(len + 1);
		encode(url, again, out, n);
		MUST(memcmp(again, text, len) == 0);
		free(again);
	} else
		MUST(errno == EINVAL);
	free(out);
}

static void
check_bytes(int url, const uint8_t *p, size_t len, size_t room)
{
	size_t	 n, textlen = b64url_len(len);
	char	*text = fuzz_alloc(textlen + 1);
	uint8_t	*out = fuzz_alloc(room);

	encode(url, text, p, len);
	if (decode(url, out, room, &n, text, textlen) == 0)
		MUST(n == len && (len == 0 || memcmp(out, p, n) == 0));
	else
		MUST(room < len);
	free(out);
	free(text);
}

int
fuzz_base64(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	size_t		 room = in_u16(&in);
	int		 url;

	for (url = 0; url < 2; url++) {
		check_text(url, (const char *)in.p, in.left, room);
		check_text(url, (const char *)in.p, in.left, in.left);
		check_bytes(url, in.p, in.left, room);
	}
	return 0;
}
