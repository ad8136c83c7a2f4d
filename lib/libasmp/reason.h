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
 * Why something was refused or ended.  The numbers travel in CLOSE and ACK,
 * the names stand in logs: neither changes once released.
 */

#ifndef REASON_H
#define REASON_H

#include <stdint.h>

enum reason {
	REASON_NONE = 0,
	REASON_DONE = 1,		/* the peer closed in good order */
	REASON_LOST = 2,		/* the connection ended without CLOSE */
	REASON_SHUTDOWN = 3,
	REASON_TIMEOUT = 4,
	REASON_LIFETIME = 5,
	REASON_REPLACED = 6,
	REASON_REVOKED = 7,
	REASON_KILLED = 8,
	REASON_DISABLED = 9,
	REASON_VERSION = 16,
	REASON_TYPE = 17,
	REASON_LENGTH = 18,
	REASON_PROFILE = 19,
	REASON_HELLO = 20,
	REASON_AGREEMENT = 21,
	REASON_HANDSHAKE_MAC = 22,
	REASON_INIT = 23,
	REASON_UNKNOWN_DEVICE = 24,
	REASON_REVOKED_DEVICE = 25,
	REASON_WRONG_KIND = 26,
	REASON_BAD_PROOF = 27,
	REASON_HALF_OPEN = 28,
	REASON_SOURCE_LIMIT = 29,
	REASON_BUSY = 30,
	REASON_SLOW_READER = 31,
	REASON_TLS = 32,
	REASON_EXPIRED = 33,		/* the device or token, or too early */
	REASON_AUDIENCE = 34,		/* a token for another gateway */
	REASON_ISSUER = 35,		/* a token of no issuer of ours */
	REASON_SHARED_KEY = 36,		/* no shared key of this number */
	REASON_TICKET = 37,		/* used, expired or never given */
	REASON_DISABLED_DEVICE = 38,
	REASON_RECORD_MAC = 40,
	REASON_REPLAY = 41,
	REASON_STREAM = 42,
	REASON_BAD_SEAL = 43,
	REASON_SEAL_CONTENT = 44,
	REASON_SEAL_LIMIT = 45,
	REASON_UNSEALED = 46,
	REASON_READING = 47,
	REASON_JSON = 48,
	REASON_ID_JUMP = 49,
	REASON_ANOMALY = 50,
	REASON_SEQUENCE = 51,		/* a frame is missing or out of order */
	REASON_PADDING = 52,
	REASON_ROUND = 53,
	REASON_OPCODE = 54,
	REASON_DIRECTION = 55,
	REASON_CLIENT = 56,		/* another client's number */
	REASON_STALE = 57,		/* too old, or ahead of the clock */
	REASON_FIELD = 58,		/* a mandatory field is missing */
	REASON_ROLE = 59,
	REASON_INTERNAL = 60,
	REASON_IDLE = 61,		/* a stream nobody used */
	REASON_STREAMS = 62,		/* too many at once */
	REASON_COMPRESSION = 63,
	REASON_DESYNC = 64,		/* the peer lost its keys */
	REASON_REKEY = 65,		/* malformed, or not now */
	REASON_ROTATE = 66,		/* malformed, or not signed */
	REASON_OLD_KEY = 67,		/* ROTATE by one that was replaced */
	REASON_KEY_TAKEN = 68		/* ROTATE to a device's key */
};

/* reason.c */
const char	*reason_name(unsigned int);
const char	*reason_text(unsigned int);
int		 reason_byname(const char *);

#endif /* REASON_H */
