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

/* The text of a file with a secret, after a byte: the kind that is wanted. */

#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define KINDS	(SECRET_TOKEN + 1)	/* 0: any */

/* But for the end of its line there is one text for it. */
static void
check(const struct secret *s, const char *text, size_t len)
{
	char	 out[SECRET_TEXTMAX];

	if (len > 0 && text[len - 1] == '\n')
		len--;
	MUST(secret_totext(out, sizeof(out), s) == 0);
	MUST(strlen(out) == len && memcmp(out, text, len) == 0);
}

int
fuzz_secret(const uint8_t *data, size_t size)
{
	struct input		 in = { data, size };
	enum secret_kind	 want = in_u8(&in) % KINDS;
	struct secret		 s;
	char			 why[SECRET_WHYMAX] = "";

	if (secret_fromtext(&s, want, (const char *)in.p, in.left, why) == 0) {
		MUST(want == 0 || s.kind == want);
		check(&s, (const char *)in.p, in.left);
	} else
		MUST(why[0] != '\0' && s.kind == 0 && s.len == 0);
	return 0;
}
