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

/* A device on one line: what is taken and written again is the same device. */

#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

static void
check(const struct enrolment *e)
{
	struct enrolment	 again;
	char			 one[ENROLMENT_TEXTMAX];
	char			 two[ENROLMENT_TEXTMAX];

	MUST(id_valid(e->id) && e->keylen <= sizeof(e->key));
	MUST((e->profiles & ~profile_mask(e->kind)) == 0);
	MUST(enrolment_totext(one, sizeof(one), e) == 0);
	MUST(enrolment_fromtext(&again, one) == NULL);
	MUST(memcmp(e, &again, sizeof(again)) == 0);
	MUST(enrolment_totext(two, sizeof(two), &again) == 0);
	MUST(strcmp(one, two) == 0);
	MUST(enrolment_totext(two, strlen(one), e) == -1);
}

int
fuzz_enrolment(const uint8_t *data, size_t size)
{
	struct input		 in = { data, size };
	struct enrolment	 e;
	char			*text = in_text(&in);

	if (enrolment_fromtext(&e, text) == NULL)
		check(&e);
	free(text);
	return 0;
}
