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
 * How much of a device is under way.  Frames with readings are taken, as far
 * as net is concerned, when the store has decided on them: what one device can
 * have in all queues from there on is thus as little as net gives it, and no
 * flood of it makes a queue in which others stand.  Who sends most of all gets
 * it back a while later, see verify_flood.c.
 */

#include <sys/types.h>

#include "asmpd.h"
#include "verify.h"

/* Net may read as many bytes more from this connection. */
void
credit_give(uint64_t conn, size_t bytes)
{
	struct vn_taken	 taken = { .bytes = bytes };

	hotpipe_send(&verify_net, VN_TAKEN, conn, &taken, sizeof(taken));
}

static void
keep(struct session *s, size_t bytes)
{
	struct credit	*c = &s->up->credit;

	if (c->old != 0) {
		c->new += bytes;
		return;
	}
	c->old = bytes;
	c->mark = s->up->lastid;
	flood_begin(s);
}

/*
 * Takes frames, and gives back at once those without a new reading.  Where
 * readings wait for a seal there is none before it, and much behind it: what
 * comes while others are decided counts as well.
 */
void
credit_frames(struct session *s, uint8_t *buf, size_t len)
{
	uint64_t	 conn = s->conn, last = UINT64_MAX;

	if (s->up != NULL) {
		last = s->up->lastid;
		flood_count(s, len);
	}
	record_frames(s, buf, len);
	if ((s = session_find(conn)) != NULL && s->up != NULL &&
	    (s->up->lastid > last ||
	    (s->profile->sealed && credit_waits(s))))
		keep(s, len);
	else if (s != NULL && s->up != NULL)
		flood_worked(s, len);
	else
		credit_give(conn, len);
}

/* The store has decided on readings of the session, and maybe of others. */
void
credit_decided(struct session *s, int others)
{
	struct credit	*c = &s->up->credit;

	while (c->old != 0 && s->up->decided >= c->mark) {
		flood_end(s, c->old, others);
		c->old = c->new;
		c->new = 0;
		c->mark = s->up->lastid;
		flood_begin(s);
	}
}

/* Whether the device waits for the store. */
int
credit_waits(const struct session *s)
{
	return s->up->credit.old != 0;
}
