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

/* A stream of bytes taken apart into frames: two of limit, then the bytes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

/* A header says the same after another trip. */
static void
check_header(const uint8_t *frame, uint32_t limit, size_t len)
{
	struct asmp_header	 h;
	uint8_t			 again[ASMP_HDRLEN];

	frame_get(&h, frame);
	MUST(h.version == ASMP_VERSION);
	MUST(h.length <= limit && len == ASMP_HDRLEN + h.length);
	MUST(frame_typename(h.type) != NULL);
	frame_put(again, &h);
	MUST(memcmp(again, frame, sizeof(again)) == 0);
}

/* No shorter piece of a frame is one. */
static void
check_pieces(const uint8_t *frame, uint32_t limit, size_t len)
{
	size_t	 n, unused;
	uint8_t	*piece;

	for (n = 0; n < len; n += 1 + n / 2) {
		piece = fuzz_alloc(n);
		if (n > 0)
			memcpy(piece, frame, n);
		MUST(frame_next(piece, n, limit, &unused) == 0);
		free(piece);
	}
}

int
fuzz_frame(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	uint32_t	 limit = in_u16(&in);
	size_t		 len;
	int		 r = 0;

	while (in.left > 0 &&
	    (r = frame_next(in.p, in.left, limit, &len)) == 1) {
		MUST(len <= in.left);
		check_header(in.p, limit, len);
		check_pieces(in.p, limit, len);
		(void)in_take(&in, &len);
	}
	if (r == -1)
		MUST(in.left >= ASMP_HDRLEN &&
		    (errno == EPROTONOSUPPORT || errno == EMSGSIZE));
	return 0;
}
