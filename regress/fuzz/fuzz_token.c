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
 * Tokens, after a byte that says as what: a body as it travels, or the line
 * of a file.  Either has one form only.
 */

#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

static void
check_token(const struct asmp_token *t)
{
	MUST(t->version == 1 && t->not_before < t->expires);
	MUST(id_valid(t->audience) && id_valid(t->client));
}

static void
body(const uint8_t *data, size_t size)
{
	struct asmp_token	 t;
	uint8_t			 out[TOKEN_BODYMAX];

	if (token_get(&t, data, size) == -1)
		return;
	check_token(&t);
	MUST(size <= sizeof(out) && token_put(out, &t) == size);
	MUST(memcmp(out, data, size) == 0);
}

static void
line(const char *text)
{
	struct asmp_token	 t;
	uint8_t			 tag[ASMP_HASHLEN];
	char			 out[TOKEN_TEXTMAX];

	if (token_fromtext(&t, tag, text) == -1)
		return;
	check_token(&t);
	MUST(token_totext(out, sizeof(out), &t, tag) == 0);
	MUST(strcmp(out, text) == 0);
}

int
fuzz_token(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	char		*text;

	if (in_u8(&in) % 2 == 0) {
		body(in.p, in.left);
		return 0;
	}
	text = in_text(&in);
	line(text);
	free(text);
	return 0;
}
