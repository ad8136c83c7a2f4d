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

/* HELLO's payload, and the two numbers in it that come first. */

#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

static void
check(const struct asmp_hello *m, const uint8_t *data, size_t size)
{
	const struct asmp_profile	*p = profile_byid(m->profile);
	uint8_t				 fixed[HELLO_FIXED];

	MUST(p != NULL && m->max_in >= p->max_in);
	MUST(m->m1 == data + HELLO_FIXED);
	MUST(size == HELLO_FIXED + noise_m1_len(p->agreement));
	hello_put(fixed, m->profile, m->options, m->max_in);
	MUST(memcmp(fixed, data, sizeof(fixed)) == 0);
}

int
fuzz_hello(const uint8_t *data, size_t size)
{
	struct asmp_hello	 m;
	int			 reason = hello_get(&m, data, size);

	MUST(reason == 0 || reason == REASON_HELLO ||
	    reason == REASON_PROFILE);
	if (reason == 0)
		check(&m, data, size);
	return 0;
}
