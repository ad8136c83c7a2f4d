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
 * The window of numbers seen, against a list of them.
 *
 * Input: the first number due; then steps: a byte and, near to what is due or
 * anywhere, a number.
 */

#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define STEPS	1024

static uint64_t	 added[STEPS];
static size_t	 nadded;

static int
was_added(uint64_t seq)
{
	size_t	 i;

	for (i = 0; i < nadded; i++)
		if (added[i] == seq)
			return 1;
	return 0;
}

/* As far as all have been added, or as was not left behind. */
static uint64_t
whole_to(uint64_t whole, uint64_t next)
{
	while (whole < next && next - whole <= WINDOW_SIZE && was_added(whole))
		whole++;
	return whole;
}

/* What window_check() says in its comment. */
static enum reason
expected(uint64_t next, uint64_t seq)
{
	if (seq >= next)
		return seq - next < WINDOW_SIZE && seq != UINT64_MAX ?
		    REASON_NONE : REASON_SEQUENCE;
	return next - seq > WINDOW_SIZE || was_added(seq) ? REASON_REPLAY :
	    REASON_NONE;
}

static uint64_t
number(struct input *in, uint64_t next)
{
	switch (in_u8(in) % 4) {
	case 0:
		return next + in_u16(in);
	case 1:
		return next - in_u16(in);
	case 2:
		return next + in_u8(in) % 8;
	default:
		return in_u64(in);
	}
}

int
fuzz_window(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	struct window	 w, before;
	uint64_t	 next, seq, whole;

	memset(&w, 0, sizeof(w));
	w.next = w.whole = next = whole = in_u64(&in);
	for (nadded = 0; nadded < STEPS && in.left > 0; ) {
		seq = number(&in, next);
		before = w;
		MUST(window_check(&w, seq) == expected(next, seq));
		MUST(memcmp(&w, &before, sizeof(w)) == 0);
		if (expected(next, seq) != REASON_NONE)
			continue;
		window_add(&w, seq);
		added[nadded++] = seq;
		if (seq >= next)
			next = seq + 1;
		whole = whole_to(whole, next);
		MUST(w.next == next && window_whole(&w, whole));
		MUST(!window_whole(&w, whole + 1) || whole == UINT64_MAX);
	}
	return 0;
}
