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
 * Which of the last WINDOW_SIZE numbers have been seen: a bit each, in a ring
 * by number, so that moving on shifts nothing (the idea of RFC 6479).
 */

#include "asmp_proto.h"

static size_t	word(uint64_t);
static uint64_t	bit(uint64_t);

/* Where in the ring a number's bit is. */
static size_t
word(uint64_t seq)
{
	return seq % WINDOW_SIZE / 64;
}

static uint64_t
bit(uint64_t seq)
{
	return (uint64_t)1 << seq % 64;
}

/*
 * Whether a frame of this number may be taken: one that was not seen, among
 * the WINDOW_SIZE numbers below the next or the as many from it on.  Returns
 * 0; REASON_REPLAY where it was seen, or is too old to tell; REASON_SEQUENCE
 * where it is too far ahead, or the last number, which has no next.
 */
enum reason
window_check(const struct window *w, uint64_t seq)
{
	if (seq >= w->next)
		return seq - w->next >= WINDOW_SIZE || seq == UINT64_MAX ?
		    REASON_SEQUENCE : REASON_NONE;
	if (w->next - seq > WINDOW_SIZE ||
	    (w->seen[word(seq)] & bit(seq)) != 0)
		return REASON_REPLAY;
	return REASON_NONE;
}

/*
 * Note a number that window_check() let pass, once its frame has proved to
 * be genuine.  A window starts as zeros.
 */
void
window_add(struct window *w, uint64_t seq)
{
	for (; w->next <= seq; w->next++)
		w->seen[word(w->next)] &= ~bit(w->next);
	w->seen[word(seq)] |= bit(seq);
	while (w->whole < w->next && w->next - w->whole <= WINDOW_SIZE &&
	    (w->seen[word(w->whole)] & bit(w->whole)) != 0)
		w->whole++;
}

/*
 * Whether all numbers below seq have been seen: what must not be missed may
 * be taken then.  A number that the window has left behind unseen is never
 * seen any more.
 */
int
window_whole(const struct window *w, uint64_t seq)
{
	return w->whole >= seq;
}
