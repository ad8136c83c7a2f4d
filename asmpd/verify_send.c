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
 * Frames to devices: numbered here and nowhere else, sealed into the room
 * that net's channel has for them.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* A frame's room in net's channel, its header in place. */
static uint8_t *
frame_begin(struct session *s, uint16_t type, uint32_t stream, size_t len)
{
	struct asmp_header	 h;
	uint8_t			*buf;

	memset(&h, 0, sizeof(h));
	h.version = ASMP_VERSION;
	h.type = type;
	h.stream = stream;
	h.epoch = s->epoch;
	h.seq = s->tx++;
	h.length = len;
	buf = chan_reserve(&verify_net.chan, ASMP_HDRLEN + len);
	if (buf == NULL)
		fatalx("net does not take its messages");
	frame_put(buf, &h);
	return buf;
}

/* Sends one record under a control key that need not be the epoch's. */
void
session_send_under(struct session *s, const uint8_t *key, uint16_t type,
    uint32_t stream, const uint8_t *plain, size_t len)
{
	uint8_t	*buf = frame_begin(s, type, stream, len + ASMP_TAGLEN);

	if (pool_seal(verify_aeads, buf + ASMP_HDRLEN, key, buf + 8, plain,
	    len, buf, ASMP_HDRLEN) == -1)
		fatalx("a record cannot be sealed");
	chan_commit(&verify_net.chan, VN_SEND, s->conn, ASMP_HDRLEN + len +
	    ASMP_TAGLEN);
}

/* Sends one record under the control key; it fits any device's max_in. */
void
session_send(struct session *s, uint16_t type, uint32_t stream,
    const uint8_t *plain, size_t len)
{
	session_send_under(s, s->up->keys.g2d_control, type, stream, plain,
	    len);
}

/*
 * Sends len bytes as DATA of a stream.  Returns 0; REASON_LENGTH where the
 * device takes no frame as long, REASON_BUSY where net takes none at present.
 */
enum reason
session_data(struct session *s, uint32_t stream, const uint8_t *plain,
    size_t len)
{
	size_t	 payload = data_len(s->profile, len);
	uint8_t	*buf;

	if (payload > s->max_out || hotpipe_full(&verify_net, NET_ROOM / 2)) {
		verify_counter[CV_UNSENT]++;
		return payload > s->max_out ? REASON_LENGTH : REASON_BUSY;
	}
	buf = frame_begin(s, ASMP_DATA, stream, payload);
	if (data_seal(&s->up->keys.g2d, verify_aeads, buf, plain, len,
	    now_ms() / 1000) == -1) {
		s->tx--;	/* smcp has no more rounds: not said */
		return REASON_LENGTH;
	}
	chan_commit(&verify_net.chan, VN_SEND, s->conn, ASMP_HDRLEN + payload);
	event_message(s, stream, len, 0, 1);
	return REASON_NONE;
}
