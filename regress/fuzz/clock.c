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

/* asmpd/util.c as it is, but for the time, which is the target's to set. */

#include <sys/types.h>

#include <time.h>

#include "fuzz.h"

#define clock_gettime(id, ts)	clock_set((id), (ts))

static int	clock_set(clockid_t, struct timespec *);

#include "../../asmpd/util.c"

static int
clock_set(clockid_t id, struct timespec *ts)
{
	(void)id;
	fuzz_clock += fuzz_tick;
	ts->tv_sec = (time_t)(fuzz_clock / 1000);
	ts->tv_nsec = (long)(fuzz_clock % 1000) * 1000000;
	return 0;
}
