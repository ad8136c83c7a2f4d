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


/* Words about a patient, as a reading: {"vitals":"..."}. */

#include <stdio.h>
#include <string.h>

#include "client.h"

#define ESCAPED		6		/* "\\u001f", the longest of a byte */

static char	buf[sizeof("{\"vitals\":\"\"}") + ESCAPED * LINEMAX];

/*
 * The reading that says this text, *outlen bytes, valid until the next call.
 * text is of at most LINEMAX bytes.
 */
const char *
vitals(const char *text, size_t len, size_t *outlen)
{
	size_t	 i, n = strlcpy(buf, "{\"vitals\":\"", sizeof(buf));

	for (i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf[n++] = '\\';
		if ((unsigned char)text[i] < ' ')
			n += (size_t)snprintf(buf + n, ESCAPED + 1,
			    "\\u%04x", text[i]);
		else
			buf[n++] = text[i];
	}
	*outlen = n + strlcpy(buf + n, "\"}", sizeof(buf) - n);
	return buf;
}
