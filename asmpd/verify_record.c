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
 * Frames of a session: cut again here, since net is not believed, told apart
 * by state and type, opened in the order of asmp(7).
 */

#include <sys/types.h>

#include <errno.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* Opens a record under the control key into plain; returns 0 or a reason. */
static enum reason
control_open(const struct session *s, const struct asmp_header *h,
    const uint8_t *frame, uint8_t *plain, size_t max, size_t *len)
{
	if (h->length < ASMP_TAGLEN)
		return REASON_RECORD_MAC;
	if (h->length - ASMP_TAGLEN > max)
		return REASON_LENGTH;
	if (chapoly_open(plain, s->up->keys.d2g_control, frame + 8,
	    frame + ASMP_HDRLEN, h->length, frame, ASMP_HDRLEN) == -1)
		return REASON_RECORD_MAC;
	*len = h->length - ASMP_TAGLEN;
	return REASON_NONE;
}

/* DATA waits unopened for its seal. */
static enum reason
take_data(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	if (h->stream != ASMP_STREAM_TELEMETRY)
		return REASON_STREAM;
	return room_add(s, h, frame, ASMP_HDRLEN + h->length);
}

static enum reason
take_seal(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		 plain[SEAL_MAX];
	enum reason	 reason;
	size_t		 len;

	if (h->stream != ASMP_STREAM_CONN)
		return REASON_STREAM;
	reason = control_open(s, h, frame, plain, sizeof(plain), &len);
	if (reason != REASON_NONE)
		return reason;
	return seal_take(s, plain, len);
}

static enum reason
take_heartbeat(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		 none[1];
	enum reason	 reason;
	size_t		 len;

	if (h->stream != ASMP_STREAM_CONN)
		return REASON_STREAM;
	reason = control_open(s, h, frame, none, 0, &len);
	if (reason == REASON_NONE)
		s->up->active = now_ms();
	return reason;
}

/*
 * The device has nothing more to say.  What it did not seal is dropped; what
 * the store has yet to decide is acknowledged first.
 */
static enum reason
take_close(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		 why;
	enum reason	 reason;
	size_t		 len;

	if (h->stream != ASMP_STREAM_CONN)
		return REASON_STREAM;
	reason = control_open(s, h, frame, &why, sizeof(why), &len);
	if (reason != REASON_NONE)
		return reason;
	if (len != sizeof(why))
		return REASON_LENGTH;
	if (s->up->room != NULL)
		return REASON_UNSEALED;
	if (s->up->decided >= s->up->lastid)
		return REASON_DONE;
	s->up->ending = REASON_DONE;
	s->state = S_ENDING;
	return REASON_NONE;
}

/*
 * A frame's number must be the next.  An earlier one is a replay, a later one
 * means that something between was taken away.
 */
static enum reason
check_sequence(const struct session *s, const struct asmp_header *h)
{
	if (s->rx >= SESSION_FRAMES)
		return REASON_LIFETIME;
	if (h->epoch == s->epoch && h->seq == s->rx)
		return REASON_NONE;
	if (h->epoch < s->epoch || (h->epoch == s->epoch && h->seq < s->rx))
		return REASON_REPLAY;
	return REASON_SEQUENCE;
}

static enum reason
take_record(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	enum reason	 reason;

	if ((reason = check_sequence(s, h)) != REASON_NONE)
		return reason;
	switch (h->type) {
	case ASMP_DATA:
		reason = take_data(s, h, frame);
		break;
	case ASMP_SEAL:
		reason = take_seal(s, h, frame);
		break;
	case ASMP_HEARTBEAT:
		reason = take_heartbeat(s, h, frame);
		break;
	case ASMP_CLOSE:
		reason = take_close(s, h, frame);
		break;
	default:
		reason = REASON_TYPE;
		break;
	}
	if (reason == REASON_NONE)
		s->rx++;
	return reason;
}

/*
 * Takes len bytes that net says are whole frames of s.  The session may be
 * gone after it.
 */
void
record_frames(struct session *s, uint8_t *buf, size_t len)
{
	struct asmp_header	 h;
	uint64_t		 conn = s->conn;
	enum reason		 reason;
	size_t			 flen;

	for (; len > 0; buf += flen, len -= flen) {
		if (frame_next(buf, len, GATEWAY_MAX_IN, &flen) != 1)
			ipc_intrusion("net", "what is not whole frames",
			    NV_FRAMES, len);
		frame_get(&h, buf);
		verify_counter[CV_RECORDS]++;
		if (s->state == S_ENDING)
			return;		/* its end is decided */
		if (s->state != S_UP)
			handshake_frame(s, &h, buf);
		else if ((reason = take_record(s, &h, buf)) != REASON_NONE)
			session_end(s, reason);
		if (session_find(conn) == NULL)
			return;
	}
}
