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
 * Compressed records: any bytes expand within the room there is or are
 * refused, and leave nothing behind for the next; what was compressed
 * expands to itself.
 *
 * Input: room; then bytes, taken as a compressed record and as a plain one.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

static void
check_expand(struct expand *x, const uint8_t *in, size_t len, size_t room)
{
	uint8_t	*out = fuzz_alloc(room);
	size_t	 n = room;

	if (expand_record(x, out, &n, in, len) == 0)
		MUST(n <= room);
	else
		MUST(errno == EINVAL || errno == EMSGSIZE || errno == EBADMSG);
	free(out);
}

static void
check_trip(struct compress *c, struct expand *x, const uint8_t *in,
    size_t len)
{
	size_t	 small = compress_max(len), n = len;
	uint8_t	*packed = fuzz_alloc(small), *out = fuzz_alloc(len);

	MUST(compress_record(c, packed, &small, in, len) == 0);
	MUST(expand_record(x, out, &n, packed, small) == 0);
	MUST(n == len && memcmp(out, in, len) == 0);
	/* In one byte less it does not fit, and cut short it is none. */
	n = len - 1;
	MUST(expand_record(x, out, &n, packed, small) == -1);
	n = len;
	MUST(expand_record(x, out, &n, packed, small - 1) == -1);
	free(packed);
	free(out);
}

int
fuzz_compress(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	struct compress	*c = compress_new();
	struct expand	*x = expand_new();
	size_t		 room = in_u16(&in);

	MUST(c != NULL && x != NULL);
	check_expand(x, in.p, in.left, room);
	if (in.left > 0 && in.left <= ASMP_PAYLOAD_MAX)
		check_trip(c, x, in.p, in.left);
	compress_free(c);
	expand_free(x);
	return 0;
}
