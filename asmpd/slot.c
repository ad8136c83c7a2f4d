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
 * The places of net's connections: what the parent remembers of each, for
 * those who answer verify about it.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "slot.h"

static struct slot	*slots;
static uint32_t		 nslots;

/* Prepares for connections in n slots. */
void
slots_init(uint32_t n)
{
	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		fatal("calloc");
	nslots = n;
}

/*
 * The place of a connection, of which this process speaks; whose place it is
 * now, slot_is() says.
 */
struct slot *
slot_of(const char *from, uint64_t conn)
{
	if (CONN_SLOT(conn) >= nslots)
		ipc_intrusion(from, "a connection that cannot be", 0,
		    CONN_SLOT(conn));
	return &slots[CONN_SLOT(conn)];
}

/* Whether this connection has the place, and is open in net. */
int
slot_is(const struct slot *s, uint64_t conn)
{
	return CONN_GEN(conn) == s->gen && s->open;
}

/* What a connection has earned is handed on, or forgotten. */
void
slot_ungrant(struct slot *s)
{
	freezero(s->grant, sizeof(*s->grant));
	s->grant = NULL;
}
