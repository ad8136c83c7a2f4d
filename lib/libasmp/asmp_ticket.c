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
 * Tickets: the gateway gives one with a session, and it opens the next in
 * place of a signature, once.
 */

#include <string.h>

#include "asmp_local.h"

/*
 * Whether to ask the gateway for tickets and to connect again with one; a
 * new device does not.  A ticket lives in memory only, and where the gateway
 * refuses it the next asmp_start() signs.
 */
void
asmp_set_tickets(struct asmp *a, int on)
{
	a->tickets = on != 0;
	explicit_bzero(&a->ticket, sizeof(a->ticket));
}

/*
 * Decide how the session about to begin proves the identity.  A ticket is
 * the session's from here on: whatever comes of it, it is used.
 */
void
ticket_take(struct asmp *a)
{
	struct ticket	*t = &a->ticket;

	a->session.kind = a->kind;
	if (!t->there ||
	    (a->profile->kinds & 1U << ASMP_KIND_TICKET) == 0)
		return;
	a->session.kind = ASMP_KIND_TICKET;
	a->session.ticket = *t;
	explicit_bzero(t, sizeof(*t));
}

/* Whether HANDSHAKE_INIT asks for a ticket. */
int
ticket_wanted(const struct asmp *a)
{
	return a->tickets && a->kind == ASMP_KIND_SIGNATURE &&
	    (a->profile->kinds & 1U << ASMP_KIND_TICKET) != 0;
}

/* Keep what HANDSHAKE_ACK brings.  0, or -1: nobody asked for it. */
int
ticket_keep(struct asmp *a, const struct asmp_ack *ack)
{
	if (!ack->ticketed)
		return 0;
	if (!ticket_wanted(a))
		return -1;
	a->ticket.there = 1;
	memcpy(a->ticket.id, ack->ticket, sizeof(a->ticket.id));
	memcpy(a->ticket.secret, ack->secret, sizeof(a->ticket.secret));
	return 0;
}
