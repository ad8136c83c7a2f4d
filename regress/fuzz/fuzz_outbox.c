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
 * What asmp(1) finds in its outbox after a crash: the state, and a segment
 * from which it takes what is whole and steps over what is not.
 */

#include <string.h>

#include <zlib.h>

#include "fuzz.h"
#include "outbox.h"

static void
state(const uint8_t *data, size_t size)
{
	struct outbox_state	 st;
	uint8_t			 out[STATE_MAX];

	if (state_get(&st, data, size) == -1)
		return;
	MUST(size <= sizeof(out));
	MUST(state_put(out, &st) == size);
	MUST(memcmp(out, data, size) == 0);
}

/* What is taken is there byte by byte, in the order of numbers. */
static void
segment(const uint8_t *data, size_t size)
{
	static uint8_t	 out[ENTRY_MAX];
	struct entry	 e;
	uint64_t	 next = 1;
	size_t		 found, pos = 0;

	while ((found = entry_find(&e, data, size, pos, next)) < size) {
		MUST(found >= pos);
		MUST(e.seq >= next && e.len <= size - found - ENTRY_HDR);
		pos = found + entry_put(out, &e);
		MUST(memcmp(out, data + found, pos - found) == 0);
		next = e.seq + 1;
	}
	MUST(found == size);
}

/* The same with checksums that hold, which mutations seldom leave. */
static void
repaired(void (*target)(const uint8_t *, size_t), const uint8_t *data,
    size_t size)
{
	static uint8_t	 buf[65536];
	size_t		 len, pos;

	if (size < 4 || size > sizeof(buf))
		return;
	memcpy(buf, data, size);
	if (target == state)
		put_u32(buf + size - 4, (uint32_t)crc32_z(0, buf, size - 4));
	for (pos = 0; target == segment && size - pos >= ENTRY_HDR;
	    pos += ENTRY_HDR + len) {
		len = get_u32(buf + pos + 4);
		if (len > size - pos - ENTRY_HDR)
			break;
		put_u32(buf + pos, (uint32_t)crc32_z(0, buf + pos + 4,
		    ENTRY_HDR - 4 + len));
	}
	target(buf, size);
}

static void
name(const uint8_t *data, size_t size)
{
	char		 text[SEGMENT_NAMELEN + 1];
	char		 again[SEGMENT_NAMELEN + 1];
	uint64_t	 first;

	if (size != SEGMENT_NAMELEN)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if ((first = segment_first(text)) == 0)
		return;
	segment_name(again, first);
	MUST(strcmp(text, again) == 0);
}

int
fuzz_outbox(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 0:
		state(data + 1, size - 1);
		break;
	case 1:
		segment(data + 1, size - 1);
		break;
	case 2:
		repaired(state, data + 1, size - 1);
		break;
	case 3:
		repaired(segment, data + 1, size - 1);
		break;
	default:
		name(data + 1, size - 1);
		break;
	}
	return 0;
}
