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

#include "asmp_proto.h"
#include "testutil.h"

#define NUMBERS	20000		/* of the comparison with a plain list */
#define STEPS	1000000

static void
take(struct window *w, uint64_t seq)
{
	ATF_REQUIRE_EQ(REASON_NONE, window_check(w, seq));
	window_add(w, seq);
	ATF_REQUIRE_EQ(REASON_REPLAY, window_check(w, seq));
}

/* Frames in order, each once, around the ring several times. */
ATF_TC_WITHOUT_HEAD(in_order);
ATF_TC_BODY(in_order, tc)
{
	struct window	 w = { 0 };
	uint64_t	 seq;

	for (seq = 0; seq < 5 * WINDOW_SIZE; seq++) {
		take(&w, seq);
		ATF_REQUIRE_EQ(seq + 1, w.next);
		ATF_REQUIRE_EQ(REASON_REPLAY, window_check(&w, 0));
	}
}

/* Break 7: a replay after more than the window's size is one still. */
ATF_TC_WITHOUT_HEAD(old_is_replay);
ATF_TC_BODY(old_is_replay, tc)
{
	struct window	 w = { 0 };

	take(&w, 0);
	take(&w, WINDOW_SIZE);
	/* One below the oldest that can be told, and that one. */
	ATF_REQUIRE_EQ(REASON_REPLAY, window_check(&w, 0));
	take(&w, 1);
	take(&w, WINDOW_SIZE - 1);
	take(&w, 2 * WINDOW_SIZE);
	ATF_REQUIRE_EQ(REASON_REPLAY, window_check(&w, 2));
	ATF_REQUIRE_EQ(REASON_REPLAY, window_check(&w, WINDOW_SIZE));
	take(&w, WINDOW_SIZE + 1);
}

/* A jump leaves the numbers between to come late, and clears the ring. */
ATF_TC_WITHOUT_HEAD(late_within_the_window);
ATF_TC_BODY(late_within_the_window, tc)
{
	struct window	 w = { 0 };
	uint64_t	 seq;

	for (seq = 0; seq < WINDOW_SIZE; seq++)
		take(&w, seq);
	take(&w, 2 * WINDOW_SIZE - 1);
	for (seq = 2 * WINDOW_SIZE - 2; seq >= WINDOW_SIZE; seq--)
		take(&w, seq);
	ATF_REQUIRE_EQ(2 * WINDOW_SIZE, w.next);
	for (seq = 0; seq < 2 * WINDOW_SIZE; seq++)
		ATF_REQUIRE_EQ(REASON_REPLAY, window_check(&w, seq));
}

ATF_TC_WITHOUT_HEAD(too_far_ahead);
ATF_TC_BODY(too_far_ahead, tc)
{
	struct window	 w = { 0 };

	ATF_REQUIRE_EQ(REASON_SEQUENCE, window_check(&w, WINDOW_SIZE));
	ATF_REQUIRE_EQ(REASON_SEQUENCE, window_check(&w, UINT64_MAX));
	take(&w, WINDOW_SIZE - 1);
	ATF_REQUIRE_EQ(REASON_SEQUENCE, window_check(&w, 2 * WINDOW_SIZE));
	take(&w, 2 * WINDOW_SIZE - 1);
}

/* The last number of all would leave no next. */
ATF_TC_WITHOUT_HEAD(end_of_numbers);
ATF_TC_BODY(end_of_numbers, tc)
{
	struct window	 w = { .next = UINT64_MAX - 1 };

	ATF_REQUIRE_EQ(REASON_SEQUENCE, window_check(&w, UINT64_MAX));
	take(&w, UINT64_MAX - 1);
	ATF_REQUIRE_EQ(UINT64_MAX, w.next);
	ATF_REQUIRE_EQ(REASON_SEQUENCE, window_check(&w, UINT64_MAX));
	take(&w, UINT64_MAX - WINDOW_SIZE);
	ATF_REQUIRE_EQ(REASON_REPLAY, window_check(&w,
	    UINT64_MAX - WINDOW_SIZE - 1));
}

/* To check changes nothing: a forged number must not move the window. */
ATF_TC_WITHOUT_HEAD(check_is_pure);
ATF_TC_BODY(check_is_pure, tc)
{
	struct window	 w = { 0 }, before;
	uint64_t	 seq;

	take(&w, 3);
	before = w;
	for (seq = 0; seq < 3 * WINDOW_SIZE; seq++)
		window_check(&w, seq);
	ATF_REQUIRE(memcmp(&before, &w, sizeof(w)) == 0);
}

/* Against a list of all that was seen, over numbers near the next. */
ATF_TC_WITHOUT_HEAD(as_a_plain_list);
ATF_TC_BODY(as_a_plain_list, tc)
{
	static char	 seen[NUMBERS + 4 * WINDOW_SIZE];
	struct window	 w = { 0 };
	enum reason	 want;
	uint64_t	 next = 0, seq;
	size_t		 taken = 0, i;

	srandom(1);
	for (i = 0; i < STEPS && next < NUMBERS; i++) {
		seq = next + (uint64_t)random() % 1160;
		seq = seq > 1150 ? seq - 1150 : 0;
		if (i % 20000 == 0)
			seq = next + (uint64_t)random() % 1100;
		if (seq >= next)
			want = seq - next < WINDOW_SIZE ? REASON_NONE :
			    REASON_SEQUENCE;
		else
			want = next - seq <= WINDOW_SIZE && !seen[seq] ?
			    REASON_NONE : REASON_REPLAY;
		ATF_REQUIRE_EQ(want, window_check(&w, seq));
		if (want != REASON_NONE)
			continue;
		window_add(&w, seq);
		seen[seq] = 1;
		next = seq >= next ? seq + 1 : next;
		ATF_REQUIRE_EQ(next, w.next);
		taken++;
	}
	ATF_REQUIRE(taken > NUMBERS / 2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, in_order);
	ATF_TP_ADD_TC(tp, old_is_replay);
	ATF_TP_ADD_TC(tp, late_within_the_window);
	ATF_TP_ADD_TC(tp, too_far_ahead);
	ATF_TP_ADD_TC(tp, end_of_numbers);
	ATF_TP_ADD_TC(tp, check_is_pure);
	ATF_TP_ADD_TC(tp, as_a_plain_list);
	return atf_no_error();
}
