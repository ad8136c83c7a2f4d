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


/* The profiles this build speaks: a row each. */

#include <string.h>

#include "asmp_proto.h"

#define NPROFILES	(sizeof(profiles) / sizeof(profiles[0]))

static const struct asmp_profile	profiles[] = {
	{ 2, "asmp", ASMP_X25519, 1U << ASMP_KIND_SIGNATURE,
	    ASMP_AES_256_GCM, 1 }
};

/* The profile that goes by this number on the wire; NULL: none of ours. */
const struct asmp_profile *
profile_byid(uint8_t id)
{
	size_t	 i;

	for (i = 0; i < NPROFILES; i++) {
		if (profiles[i].id == id)
			return &profiles[i];
	}
	return NULL;
}

/* The profile that goes by this name in files; NULL: none of ours. */
const struct asmp_profile *
profile_byname(const char *name)
{
	size_t	 i;

	for (i = 0; i < NPROFILES; i++) {
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	}
	return NULL;
}
