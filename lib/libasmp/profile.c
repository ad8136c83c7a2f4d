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
#define KIND(k)		(1U << ASMP_KIND_ ## k)
#define STREAM(s)	(1U << ASMP_STREAM_ ## s)

static const struct asmp_profile	profiles[] = {
	{
		.id = 1,
		.name = "hybrid",
		.agreement = ASMP_X25519_MLKEM768,
		.kinds = KIND(SIGNATURE) | KIND(TICKET),
		.record = ASMP_RATCHET,
		.sealed = 1,
		.rekey = 1,
		.max_in = 1280		/* a REKEY's answer */
	}, {
		.id = 2,
		.name = "asmp",
		.agreement = ASMP_X25519,
		.kinds = KIND(SIGNATURE) | KIND(TICKET),
		.record = ASMP_AES_256_GCM,
		.sealed = 1,
		.max_in = ASMP_MAX_IN_MIN
	}, {
		.id = 3,
		.name = "ztp",
		.agreement = ASMP_X25519,
		.kinds = KIND(TOKEN),
		.record = ASMP_CHACHA20_POLY1305,
		.window = 1,
		.max_in = ASMP_MAX_IN_MIN
	}, {
		.id = 4,
		.name = "slmp",
		.agreement = ASMP_P256,
		.kinds = KIND(TOKEN),
		.record = ASMP_FERNET,
		.max_in = ASMP_MAX_IN_MIN
	}, {
		.id = 5,
		.name = "smcp",
		.agreement = ASMP_X25519,
		.kinds = KIND(PSK),
		.record = ASMP_SMCP,
		.streams = STREAM(AGGREGATE),
		.max_in = ASMP_MAX_IN_MIN
	}, {
		.id = 6,
		.name = "iomt",
		.agreement = ASMP_X25519,
		.kinds = KIND(KEM),
		.record = ASMP_AES_CBC_HMAC,
		.max_in = ASMP_MAX_IN_MIN
	}
};

static const char *const	kinds[] = {
	[ASMP_KIND_SIGNATURE] = "signature",
	[ASMP_KIND_PSK] = "psk",
	[ASMP_KIND_TOKEN] = "token",
	[ASMP_KIND_KEM] = "kem",
	[ASMP_KIND_TICKET] = "ticket"
};

#define NKINDS		(sizeof(kinds) / sizeof(kinds[0]))

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

/* The profile after this one in the table, the first after NULL. */
const struct asmp_profile *
profile_next(const struct asmp_profile *p)
{
	if (p == NULL)
		return &profiles[0];
	return p + 1 < profiles + NPROFILES ? p + 1 : NULL;
}

/* The profiles that take this kind of proof, as a mask of 1 << id. */
uint8_t
profile_mask(enum asmp_kind kind)
{
	uint8_t	 mask = 0;
	size_t	 i;

	for (i = 0; i < NPROFILES; i++) {
		if ((profiles[i].kinds & 1U << kind) != 0)
			mask |= 1U << profiles[i].id;
	}
	return mask;
}

/* The kind of proof's name in files and logs; "unknown" for none. */
const char *
kind_name(unsigned int kind)
{
	return kind == 0 || kind >= NKINDS ? "unknown" : kinds[kind];
}

/* The kind of proof that goes by this name, or -1. */
int
kind_byname(const char *name)
{
	size_t	 i;

	for (i = 1; i < NKINDS; i++) {
		if (strcmp(kinds[i], name) == 0)
			return (int)i;
	}
	return -1;
}
