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

/* HANDSHAKE_INIT's plaintext, of every kind. */

#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

/* The body says the same when written, and is all but the proof. */
static void
check(const struct asmp_init *m, const uint8_t *data, size_t size)
{
	uint8_t	 out[INIT_BODY_MAX];

	MUST(m->bodylen <= sizeof(out) && m->bodylen + m->prooflen == size);
	MUST(m->proof == data + m->bodylen);
	MUST(m->prooflen <= ASMP_SIGMAX);
	MUST(init_body_put(out, m) == m->bodylen);
	MUST(memcmp(out, data, m->bodylen) == 0);
	if (m->kind == ASMP_KIND_TOKEN)
		MUST(id_valid(m->token.client) && id_valid(m->token.audience));
	else if (m->kind != ASMP_KIND_TICKET)
		MUST(id_valid(m->id));
}

int
fuzz_init(const uint8_t *data, size_t size)
{
	struct asmp_init	 m;

	if (init_get(&m, data, size) == 0)
		check(&m, data, size);
	return 0;
}
