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

/* The parent's side of the connections that net has. */

#ifndef SLOT_H
#define SLOT_H

#include <stdint.h>

/* A place of net's; the generation tells its connections apart. */
struct slot {
	struct permit	*permit;
	struct ipc_sign	*parked;	/* verify was faster than net */
	struct device	*dev;		/* proved by the last connection */
	struct grant	*grant;		/* until the session has it */
	uint32_t	 gen;		/* of the last connection opened */
	uint32_t	 serial;	/* of the key that proved it */
	uint8_t		*a;		/* T1, H(body), of a signature */
	int		 rotating;	/* ROTATE is being answered */
	uint16_t	 port;		/* whence it came */
	uint8_t		 addr[16];
	int		 open;
};

/* slot.c */
struct slot	*slot_of(const char *, uint64_t);
int		 slot_is(const struct slot *, uint64_t);
void		 slot_ungrant(struct slot *);

#endif /* SLOT_H */
