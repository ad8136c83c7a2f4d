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

/* HANDSHAKE_ACK's plaintext, with and without a ticket. */

#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

int
fuzz_ack(const uint8_t *data, size_t size)
{
	struct asmp_ack	 m;
	uint8_t		 out[HANDSHAKE_ACK_MAX];

	if (ack_get(&m, data, size) == -1)
		return 0;
	MUST(m.max_in >= ASMP_MAX_IN_MIN);
	MUST(ack_put(out, &m) == size);
	MUST(memcmp(out, data, size) == 0);
	return 0;
}
