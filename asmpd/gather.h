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

/* Whether work that comes in small pieces is worth waiting for. */

#ifndef GATHER_H
#define GATHER_H

#include <stdint.h>

struct gather {
	uint64_t	 since;		/* mono_us(), when it was looked */
	uint64_t	 senders;	/* since then */
	uint64_t	 units;
	uint64_t	 turns;
	unsigned int	 rest;		/* looks until it is tried again */
	unsigned int	 vain;		/* looks to rest after the next miss */
	int		 on;
};

/* gather.c */
void	 gather_turn(struct gather *, uint64_t, uint64_t);

#endif /* GATHER_H */
