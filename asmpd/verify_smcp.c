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
 * Profile smcp: HELLO and CHALLENGE, then a value and its aggregate in each
 * round.  The codec has checked opcode, round, direction and client.
 */

#include <sys/types.h>

#include <string.h>

#include <openssl/rand.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* The gateway has answered all that came before the last record. */
static int
in_turn(const struct session *s)
{
	const struct asmp_keys	*k = &s->up->keys;

	return k->d2g.round == k->g2d.round + 1;
}

static enum reason
hello(struct session *s)
{
	uint8_t	 random[SMCP_CHALLENGELEN];

	if (RAND_bytes(random, sizeof(random)) != 1)
		fatalx("no randomness");
	return stream_say(s, ASMP_STREAM_AGGREGATE, random, sizeof(random));
}

/* Takes an opened record; returns 0 or a reason to end the session. */
enum reason
smcp_take(struct session *s, uint32_t number, const uint8_t *plain,
    size_t len)
{
	if (s->profile->record != ASMP_SMCP)
		return REASON_STREAM;
	switch (s->up->keys.d2g.opcode) {
	case SMCP_HELLO:
		event_message(s, number, len, 0, 0);
		return hello(s);
	case SMCP_DATA:
		if (!in_turn(s))
			return REASON_ROUND;
		reading_value(s, number, (int64_t)get_u64(plain));
		return REASON_NONE;
	case SMCP_TERMINATE:
		event_message(s, number, len, 0, 0);
		return session_close(s);
	case SMCP_DESYNC:
		return REASON_DESYNC;
	default:
		return REASON_OPCODE;
	}
}

/*
 * Ends a round: status, then the aggregate.  Nothing goes to a device that
 * waits for none.
 */
void
smcp_result(struct session *s, uint8_t status, int64_t value)
{
	uint8_t	 plain[SMCP_AGGREGATELEN];

	if (!in_turn(s))
		return;
	plain[0] = status;
	put_u64(plain + 1, (uint64_t)value);
	(void)stream_say(s, ASMP_STREAM_AGGREGATE, plain, sizeof(plain));
}
