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
 * What is held against the address of who did not become a session: net
 * hears of it, and keeps the penalties.  What was the gateway's own fault, or
 * that of too much to do, is held against nobody.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "verify.h"

/* Whether it was the device's turn to speak. */
static int
was_due(const struct session *s)
{
	return s->state == S_HELLO || s->state == S_INIT ||
	    s->state == S_RESPONSE;
}

/*
 * Who never said a word may have come to see whether the port is open.  Who
 * leaves while it is the gateway's turn, or after it took its time, may have
 * lost patience.
 */
static int
has_left(const struct session *s)
{
	return (s->state == S_INIT || s->state == S_RESPONSE) &&
	    hotpipe_clock(&verify_net) < s->heard + PATIENCE_MS;
}

/* An enum penalty, or PENALTY_N for none. */
static unsigned int
penalty_of(const struct session *s, enum reason reason)
{
	switch (reason) {
	case REASON_UNKNOWN_DEVICE:
	case REASON_REVOKED_DEVICE:
	case REASON_DISABLED_DEVICE:
	case REASON_WRONG_KIND:
	case REASON_BAD_PROOF:
	case REASON_EXPIRED:
	case REASON_AUDIENCE:
	case REASON_ISSUER:
	case REASON_SHARED_KEY:
	case REASON_TICKET:
		return PENALTY_REFUSED;
	case REASON_VERSION:
	case REASON_TYPE:
	case REASON_LENGTH:
	case REASON_SEQUENCE:
	case REASON_PROFILE:
	case REASON_HELLO:
	case REASON_AGREEMENT:
	case REASON_HANDSHAKE_MAC:
	case REASON_INIT:
	case REASON_TLS:
		return PENALTY_PROTOCOL;
	case REASON_TIMEOUT:
		return was_due(s) ? PENALTY_UNFINISHED : PENALTY_N;
	case REASON_LOST:
		return has_left(s) ? PENALTY_UNFINISHED : PENALTY_N;
	default:
		return PENALTY_N;
	}
}

/* Tells net what is held against the session's address, if anything is. */
void
fault_tell(const struct session *s, enum reason reason)
{
	struct vn_fault	 msg;

	memset(&msg, 0, sizeof(msg));
	if ((msg.kind = penalty_of(s, reason)) == PENALTY_N)
		return;
	memcpy(msg.addr, s->addr, sizeof(msg.addr));
	hotpipe_send(&verify_net, VN_FAULT, s->conn, &msg, sizeof(msg));
}
