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
 * The places of connections.  Each verifier has its own, every n-th of n, so
 * that whoever knows a connection's id knows whose session it is.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

struct slot {
	struct conn	*conn;
	uint32_t	 gen;
	uint32_t	 nextfree;
};

static struct slot	*slots;
static uint32_t		 nslots;

/*
 * Prepares n slots.  Free ones are used in turn, the one free for longest
 * first, so that an id does not come back soon.
 */
void
conns_init(uint32_t n)
{
	struct verifier	*v = net_verifier;
	uint32_t	 i;

	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		fatal("calloc");
	nslots = n;
	for (i = 0; i < n; i++)
		slots[i].nextfree = i + net_nverifiers;
	for (i = 0; i < net_nverifiers; i++, v++) {
		v->freefirst = v->freelast = i;
		if (i < n)
			v->freelast += (n - 1 - i) / net_nverifiers *
			    net_nverifiers;
	}
}

/*
 * The verifier for one more connection: of those that have room for it, the
 * one with the fewest.  NULL: none has.
 */
struct verifier *
slot_verifier(void)
{
	struct verifier	*best = NULL, *v;
	uint32_t	 i;

	for (i = 0; i < net_nverifiers; i++) {
		v = &net_verifier[i];
		if (v->freefirst < nslots &&
		    !hotpipe_full(&v->pipe, CHAN_MSGMAX) &&
		    (best == NULL || v->conns < best->conns))
			best = v;
	}
	return best;
}

/* Gives c a free slot of v's, and returns its id. */
uint64_t
slot_take(struct verifier *v, struct conn *c)
{
	uint32_t	 i = v->freefirst;

	v->freefirst = slots[i].nextfree;
	v->conns++;
	slots[i].conn = c;
	slots[i].gen++;
	net_counter[CN_CONNS]++;
	return CONN_ID(i, slots[i].gen);
}

/* Takes it back. */
void
slot_release(uint64_t id)
{
	uint32_t	 i = CONN_SLOT(id);
	struct verifier	*v = &net_verifier[i % net_nverifiers];

	slots[i].conn = NULL;
	slots[i].nextfree = nslots;
	if (v->freefirst >= nslots)
		v->freefirst = i;
	else
		slots[v->freelast].nextfree = i;
	v->freelast = i;
	v->conns--;
	net_counter[CN_CONNS]--;
}

/* The connection of this id if it is still there, or NULL. */
struct conn *
conn_find(uint64_t id)
{
	struct slot	*s;

	if (CONN_SLOT(id) >= nslots)
		ipc_intrusion(net_verifier[CONN_SLOT(id) %
		    net_nverifiers].pipe.peer, "a connection that cannot be",
		    0, CONN_SLOT(id));
	s = &slots[CONN_SLOT(id)];
	return s->conn != NULL && s->gen == CONN_GEN(id) ? s->conn : NULL;
}

/* The verifier that has a connection's session. */
struct verifier *
conn_verifier(const struct conn *c)
{
	return &net_verifier[CONN_SLOT(c->id) % net_nverifiers];
}

/* How many connections there are. */
size_t
conns_left(void)
{
	return net_counter[CN_CONNS];
}
