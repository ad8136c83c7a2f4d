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
 * The sponge of FIPS 202 with SHA-3 and SHAKE on it.  The permutation has no
 * branch and no index that depends on data; how much time the sponge takes
 * depends on lengths alone.
 */

#include <stdatomic.h>
#include <string.h>

#include "asmp_proto.h"
#include "keccak.h"

#define ROUNDS		24
#define LANE		8		/* bytes */
#define PAD_END		0x80

static uint64_t	rotl(uint64_t, unsigned int);
static uint64_t	get_lane(const uint8_t *);
static void	put_lane(uint8_t *, uint64_t);
static uint64_t	parity(const uint64_t *);
static void	mix_column(uint64_t *, uint64_t);
static void	theta(uint64_t *);
static void	rho_pi(uint64_t *, const uint64_t *);
static void	chi(uint64_t *, const uint64_t *);
static void	permute(struct keccak *);
static void	pad(struct keccak *);
static void	squeeze_bytes(const struct keccak *, uint8_t *, size_t);

/* FIPS 202, section 3.2.5: iota's constants, one a round. */
static const uint64_t	iota[ROUNDS] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
	0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
	0x8000000080008081, 0x8000000000008009, 0x000000000000008a,
	0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
	0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
	0x000000000000800a, 0x800000008000000a, 0x8000000080008081,
	0x8000000000008080, 0x0000000080000001, 0x8000000080008008
};

/*
 * The block and what tells one function from another: the two or four bits
 * of section 6 after the message, with the first one bit of the padding.
 */
static const struct {
	size_t		 rate;
	uint8_t		 suffix;
} kinds[] = {
	[SHA3_256] = { 136, 0x06 },
	[SHA3_512] = { 72, 0x06 },
	[SHAKE128] = { KECCAK_RATE_MAX, 0x1f },
	[SHAKE256] = { 136, 0x1f }
};

static inline uint64_t
rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

/* Section 3.1.2: lanes are little-endian. */
static inline uint64_t
get_lane(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

static inline void
put_lane(uint8_t *p, uint64_t v)
{
	p[0] = v & 0xff;
	p[1] = v >> 8 & 0xff;
	p[2] = v >> 16 & 0xff;
	p[3] = v >> 24 & 0xff;
	p[4] = v >> 32 & 0xff;
	p[5] = v >> 40 & 0xff;
	p[6] = v >> 48 & 0xff;
	p[7] = v >> 56 & 0xff;
}

static inline uint64_t
parity(const uint64_t *a)
{
	return a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
}

static inline void
mix_column(uint64_t *a, uint64_t d)
{
	a[0] ^= d;
	a[5] ^= d;
	a[10] ^= d;
	a[15] ^= d;
	a[20] ^= d;
}

/* Section 3.2.1: each column takes the parities of two others. */
static inline void
theta(uint64_t *a)
{
	const uint64_t	 c[] = {
		parity(a), parity(a + 1), parity(a + 2), parity(a + 3),
		parity(a + 4)
	};

	mix_column(a, c[4] ^ rotl(c[1], 1));
	mix_column(a + 1, c[0] ^ rotl(c[2], 1));
	mix_column(a + 2, c[1] ^ rotl(c[3], 1));
	mix_column(a + 3, c[2] ^ rotl(c[4], 1));
	mix_column(a + 4, c[3] ^ rotl(c[0], 1));
}

/*
 * Sections 3.2.2 and 3.2.3: each lane turns and moves to its new place.
 * Written out: a loop over two tables costs half as much again.
 */
static inline void
rho_pi(uint64_t *b, const uint64_t *a)
{
	b[0] = a[0];
	b[1] = rotl(a[6], 44);
	b[2] = rotl(a[12], 43);
	b[3] = rotl(a[18], 21);
	b[4] = rotl(a[24], 14);
	b[5] = rotl(a[3], 28);
	b[6] = rotl(a[9], 20);
	b[7] = rotl(a[10], 3);
	b[8] = rotl(a[16], 45);
	b[9] = rotl(a[22], 61);
	b[10] = rotl(a[1], 1);
	b[11] = rotl(a[7], 6);
	b[12] = rotl(a[13], 25);
	b[13] = rotl(a[19], 8);
	b[14] = rotl(a[20], 18);
	b[15] = rotl(a[4], 27);
	b[16] = rotl(a[5], 36);
	b[17] = rotl(a[11], 10);
	b[18] = rotl(a[17], 15);
	b[19] = rotl(a[23], 56);
	b[20] = rotl(a[2], 62);
	b[21] = rotl(a[8], 55);
	b[22] = rotl(a[14], 39);
	b[23] = rotl(a[15], 41);
	b[24] = rotl(a[21], 2);
}

/* Section 3.2.4: the step that is not linear, on one row. */
static inline void
chi(uint64_t *a, const uint64_t *b)
{
	a[0] = b[0] ^ (~b[1] & b[2]);
	a[1] = b[1] ^ (~b[2] & b[3]);
	a[2] = b[2] ^ (~b[3] & b[4]);
	a[3] = b[3] ^ (~b[4] & b[0]);
	a[4] = b[4] ^ (~b[0] & b[1]);
}

/*
 * Section 3.3: KECCAK-p[1600, 24]; the next block starts.  The fence has the
 * compiler put the state back where its owner wipes it; else it keeps it on
 * the stack from round to round, and leaves it there.
 */
static void
permute(struct keccak *k)
{
	uint64_t	*a = k->a, *b = k->scratch;
	size_t		 i;

	for (i = 0; i < ROUNDS; i++) {
		theta(a);
		rho_pi(b, a);
		chi(a, b);
		chi(a + 5, b + 5);
		chi(a + 10, b + 10);
		chi(a + 15, b + 15);
		chi(a + 20, b + 20);
		a[0] ^= iota[i];
		atomic_signal_fence(memory_order_seq_cst);
	}
	k->pos = 0;
}

/*
 * Start one of the four functions of FIPS 202, section 6.  Nothing of this
 * file can fail.
 */
void
keccak_init(struct keccak *k, enum keccak_kind kind)
{
	memset(k, 0, sizeof(*k));
	k->rate = kinds[kind].rate;
	k->suffix = kinds[kind].suffix;
}

/*
 * Take len bytes more of the message, in pieces of any size.  Not after the
 * first keccak_squeeze().
 */
void
keccak_absorb(struct keccak *k, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 n;

	for (; len > 0; p += n, len -= n) {
		n = 1;
		if (k->pos % LANE == 0 && len >= LANE) {
			n = LANE;
			k->a[k->pos / LANE] ^= get_lane(p);
		} else
			k->a[k->pos / LANE] ^=
			    (uint64_t)*p << 8 * (k->pos % LANE);
		k->pos += n;
		if (k->pos == k->rate)
			permute(k);
	}
}

/* Section 5.1: pad10*1, which may need no more than one byte. */
static void
pad(struct keccak *k)
{
	size_t	 last = k->rate - 1;

	k->a[k->pos / LANE] ^= (uint64_t)k->suffix << 8 * (k->pos % LANE);
	k->a[last / LANE] ^= (uint64_t)PAD_END << 8 * (last % LANE);
	k->suffix = 0;
	permute(k);
}

/* n bytes at the place reached, within one lane when fewer than a lane. */
static inline void
squeeze_bytes(const struct keccak *k, uint8_t *out, size_t n)
{
	uint64_t	 lane = k->a[k->pos / LANE];

	if (n == LANE)
		put_lane(out, lane);
	else
		*out = lane >> 8 * (k->pos % LANE) & 0xff;
}

/*
 * Give the next len bytes of output.  A SHA-3 hash is the first SHA3_256_LEN
 * or SHA3_512_LEN of them; SHAKE gives as many as are asked for, in pieces
 * of any size.
 */
void
keccak_squeeze(struct keccak *k, void *out, size_t len)
{
	uint8_t	*p = out;
	size_t	 n;

	if (k->suffix != 0)
		pad(k);
	for (; len > 0; p += n, len -= n) {
		if (k->pos == k->rate)
			permute(k);
		n = k->pos % LANE == 0 && len >= LANE ? LANE : 1;
		squeeze_bytes(k, p, n);
		k->pos += n;
	}
}

/*
 * The first len bytes that the function gives for the parts one after the
 * other; out may be one of the parts.
 */
void
keccak_parts(enum keccak_kind kind, void *out, size_t len,
    const struct part *parts, size_t nparts)
{
	struct keccak	 k;
	size_t		 i;

	keccak_init(&k, kind);
	for (i = 0; i < nparts; i++)
		keccak_absorb(&k, parts[i].data, parts[i].len);
	keccak_squeeze(&k, out, len);
	explicit_bzero(&k, sizeof(k));
}
