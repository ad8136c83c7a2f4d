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


/* What goes by the clock, and new keys for a session under way. */

#include <errno.h>
#include <string.h>

#include "asmp_local.h"

#define REKEY_MS	(3600 * 1000)	/* an epoch's age at the latest */
#define REKEY_FRAMES	(1U << 20)	/* and how many it sends */

/* The gateway's time, ms since 1970: that of HANDSHAKE_ACK and our ticks. */
uint64_t
gateway_time(const struct asmp *a)
{
	return a->session.time + (a->ticks - a->session.timetick);
}

/*
 * Seal what is open and ask for new keys, which only profile hybrid has:
 * REKEY is the last frame under the old ones, and nothing more can be sent
 * before the gateway has answered.  0, also when one is under way; or -1
 * with errno ENOTCONN or ENOTSUP, or with a failure.
 */
int
asmp_rekey(struct asmp *a)
{
	struct session	*s = &a->session;
	uint8_t		 plain[ASMP_REKEY_DEVICE];

	if (a->state != ASMP_OPEN || !a->profile->rekey) {
		errno = a->state != ASMP_OPEN ? ENOTCONN : ENOTSUP;
		return -1;
	}
	if (s->rekey != NULL)
		return 0;
	if (asmp_seal(a) == -1)
		return -1;
	if ((s->rekey = rekey_begin(plain)) == NULL)
		return asmp_fail(a, ASMP_E_SYSTEM, "cannot make new keys: %s",
		    strerror(errno));
	return out_record(a, ASMP_REKEY, ASMP_STREAM_CONN,
	    s->keys.d2g_control, plain, sizeof(plain));
}

/* New keys when these are used up or old.  0, or -1 with a failure. */
int
rekey_due(struct asmp *a)
{
	const struct session	*s = &a->session;

	if (a->state != ASMP_OPEN || !a->profile->rekey ||
	    (s->oseq < REKEY_FRAMES && a->ticks - s->epochtick < REKEY_MS))
		return 0;
	return asmp_rekey(a);
}

/* The gateway's half: its last frame under the old keys. */
int
rekey_input(struct asmp *a, const uint8_t *plain, size_t len)
{
	struct session	*s = &a->session;
	int		 r;

	if (s->rekey == NULL || len != ASMP_REKEY_GATEWAY)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent an unexpected REKEY");
	r = rekey_finish(s->rekey, &s->keys, plain);
	rekey_free(s->rekey);
	s->rekey = NULL;
	if (r == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway's answer to REKEY has a key that is refused");
	s->oepoch++;
	s->iepoch++;
	s->oseq = s->iseq = 0;
	memset(&s->window, 0, sizeof(s->window));
	s->epochtick = a->ticks;
	return s->closelater ? close_put(a, ASMP_STREAM_CONN, REASON_DONE) :
	    0;
}

/*
 * Tell the time: ms of a clock that never goes back, whose origin does not
 * matter.  A caller with a transport of its own does so before it hands
 * over input and sends; asmp_step() does it by itself.  0, or -1 with a
 * failure.
 */
int
asmp_tick(struct asmp *a, uint64_t ms)
{
	if (ms > a->ticks)
		a->ticks = ms;
	return rekey_due(a);
}
