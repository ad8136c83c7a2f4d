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
 * Seals under a key of each algorithm: a genuine one holds, one of which
 * anything was changed does not.
 *
 * Input: algorithm; transcript hash, id; what is sealed; changes to that and
 * to the signature.
 */

#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define ALGS	3
#define ID	"BP_MONITOR_001"

static struct ident	*keys[ALGS];

static const struct ident *
key(enum ident_alg alg)
{
	uint8_t	 seed[48];
	size_t	 i;

	for (i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)(i + 1);
	if (keys[alg - 1] == NULL)
		keys[alg - 1] = ident_fromseed(alg, seed,
		    alg == IDENT_P384 ? 48 : 32);
	MUST(keys[alg - 1] != NULL);
	return keys[alg - 1];
}

static void
fill(struct input *in, struct seal *s)
{
	memset(s, 0, sizeof(*s));
	s->number = in_u64(in);
	s->epoch = (uint32_t)in_u64(in);
	s->first = in_u64(in);
	s->last = in_u64(in);
	s->count = in_u16(in);
	in_fill(in, s->c, sizeof(s->c));
	in_fill(in, s->p, sizeof(s->p));
}

static int
same(const struct seal *a, const struct seal *b)
{
	return a->number == b->number && a->epoch == b->epoch &&
	    a->first == b->first && a->last == b->last &&
	    a->count == b->count && memcmp(a->c, b->c, sizeof(a->c)) == 0 &&
	    memcmp(a->p, b->p, sizeof(a->p)) == 0;
}

/* The signature of another length, or with other bytes. */
static uint8_t *
change(struct input *in, const uint8_t *sig, size_t *len)
{
	size_t	 n = *len;
	uint8_t	*p;

	if (in_u8(in) % 4 == 0)
		*len = in_u8(in);
	p = fuzz_alloc(*len);
	memset(p, 0, *len);
	memcpy(p, sig, n < *len ? n : *len);
	if (*len > 0)
		p[in_u8(in) % *len] ^= in_u8(in);
	return p;
}

int
fuzz_seal(const uint8_t *data, size_t size)
{
	struct input		 in = { data, size };
	enum ident_alg		 alg = IDENT_ED25519 + in_u8(&in) % ALGS;
	const struct ident	*id = key(alg);
	struct seal		 s, other;
	uint8_t			 t[ASMP_HASHLEN], sig[ASMP_SIGMAX], *bad;
	size_t			 len = ident_siglen(alg), n = len;

	in_fill(&in, t, sizeof(t));
	fill(&in, &s);
	MUST(seal_sign(id, sig, t, &s, ID) == 0);
	MUST(seal_verify(ident_public(id), sig, len, t, &s, ID) == 0);
	bad = change(&in, sig, &n);
	if (n != len || memcmp(bad, sig, n) != 0)
		MUST(seal_verify(ident_public(id), bad, n, t, &s, ID) == -1);
	free(bad);
	fill(&in, &other);
	if (!same(&s, &other))
		MUST(seal_verify(ident_public(id), sig, len, t, &other,
		    ID) == -1);
	return 0;
}
