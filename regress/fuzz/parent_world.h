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
 * The parent without its children: fuzz_parent.c plays them, parent_world.c
 * keeps what the parent tells each until it comes to it.
 */

#ifndef PARENT_WORLD_H
#define PARENT_WORLD_H

#include "asmpd.h"

#define CONNS		4	/* slots of net's */
#define DEVICES		6	/* enrolled at the beginning */
#define GATEWAY		"GATEWAY"

/* A message to a child. */
struct told {
	TAILQ_ENTRY(told)	 entry;
	uint32_t		 type;
	size_t			 len;
	uint8_t			 data[];
};

/* parent_world.c */
extern struct ident	*idents[DEVICES];	/* of kind signature */
extern uint8_t		 kem_dk[MLKEM768_DKLEN];

void		 parent_begin(void);
void		 parent_end(void);
void		 parent_due(void);
void		 parent_from(enum ctl_process, uint32_t, const void *, size_t);
struct told	*parent_told(enum ctl_process);
int		 parent_idle(void);
int		 parent_secret(int, const struct asmp_token *, uint8_t *,
		    size_t *);

#endif /* PARENT_WORLD_H */
