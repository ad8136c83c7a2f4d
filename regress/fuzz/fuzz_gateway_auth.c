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

/* GATEWAY_AUTH's plaintext: what is taken says the same when written. */

#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

int
fuzz_gateway_auth(const uint8_t *data, size_t size)
{
	static const uint8_t		 h[ASMP_HASHLEN];
	struct asmp_gateway_auth	 m;
	struct ident_pub		 pub = { .alg = IDENT_ED25519 };
	uint8_t				 out[GATEWAY_AUTH_MAX];

	if (gateway_auth_get(&m, data, size) == -1)
		return 0;
	MUST(id_valid(m.id) && m.siglen <= sizeof(m.sig));
	MUST(gateway_auth_put(out, &m) == size);
	MUST(memcmp(out, data, size) == 0);
	/* Nobody has signed it. */
	pub.key[0] = 9;
	MUST(gateway_verify(&pub, h, &m) == -1);
	return 0;
}
