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

/* Text as a JSON string (RFC 8259, section 7) has it. */

#include <stdio.h>
#include <string.h>

#include "asmp_proto.h"

/*
 * One byte of text into out, at most JSON_ESCAPEMAX bytes with NUL; what is
 * not ASCII becomes U+FFFD, since texts of ours are.  Returns out's length.
 */
size_t
json_escape_byte(char *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		return (size_t)snprintf(out, JSON_ESCAPEMAX, "\\%c", c);
	if (c == '\n')
		return (size_t)snprintf(out, JSON_ESCAPEMAX, "\\n");
	if (c < ' ')
		return (size_t)snprintf(out, JSON_ESCAPEMAX, "\\u%04x", c);
	if (c > '~')
		return (size_t)snprintf(out, JSON_ESCAPEMAX, "\\ufffd");
	return (size_t)snprintf(out, JSON_ESCAPEMAX, "%c", c);
}

/*
 * The text, without quotes around it, into the size bytes at out; it is cut
 * short behind a whole character where they do not hold it.
 */
void
json_escape(char *out, size_t size, const char *text)
{
	char	 one[JSON_ESCAPEMAX];
	size_t	 len, used = 0;

	for (; *text != '\0'; text++) {
		len = json_escape_byte(one, (unsigned char)*text);
		if (used + len >= size)
			break;
		memcpy(out + used, one, len);
		used += len;
	}
	out[used] = '\0';
}
