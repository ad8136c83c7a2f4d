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


/* SHA-3 and SHAKE (FIPS 202), as far as ML-KEM needs them. */

#ifndef KECCAK_H
#define KECCAK_H

#include <stddef.h>
#include <stdint.h>

#define KECCAK_LANES		25	/* 64-bit words of the state */
#define KECCAK_RATE_MAX		168	/* SHAKE128's block, bytes */
#define SHA3_256_LEN		32
#define SHA3_512_LEN		64

struct part;

enum keccak_kind {
	SHA3_256,
	SHA3_512,
	SHAKE128,
	SHAKE256
};

/* What went in may be secret: the owner wipes the whole of it. */
struct keccak {
	uint64_t	 a[KECCAK_LANES];
	uint64_t	 scratch[KECCAK_LANES];
	size_t		 rate;		/* bytes of a block */
	size_t		 pos;		/* in the block */
	uint8_t		 suffix;	/* 0 once output has begun */
};

/* keccak.c */
void	 keccak_init(struct keccak *, enum keccak_kind);
void	 keccak_absorb(struct keccak *, const void *, size_t);
void	 keccak_squeeze(struct keccak *, void *, size_t);
void	 keccak_parts(enum keccak_kind, void *, size_t, const struct part *,
	    size_t);

#endif /* KECCAK_H */
