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
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* How a frame's number stands to the one that is due. */
static enum reason
number_check(const struct session *s, const struct asmp_header *h)
{
	uint64_t	 due;

	due = s->profile->window ? s->up->window->next : s->rx;
	if (due >= (s->profile->rekey ? REKEY_FRAMES : SESSION_FRAMES))
		return REASON_LIFETIME;
	if (h->epoch != s->epoch)
		return h->epoch < s->epoch ? REASON_REPLAY : REASON_SEQUENCE;
	if (s->profile->window)
		return window_check(s->up->window, h->seq);
	if (h->seq == s->rx)
		return REASON_NONE;
	return h->seq < s->rx ? REASON_REPLAY : REASON_SEQUENCE;
}

/* The frame holds: its number is used up. */
static void
number_take(struct session *s, const struct asmp_header *h)
{
	if (s->profile->window)
		window_add(s->up->window, h->seq);
	else
		s->rx++;
}

/*
 * Opens a record under the control key into plain and takes its number.
 * Returns 0 or a reason.
 */
static enum reason
control_open(struct session *s, const struct asmp_header *h,
    const uint8_t *frame, uint8_t *plain, size_t max, size_t *len)
{
	enum reason	 reason;

	if (h->length < ASMP_TAGLEN)
		return REASON_RECORD_MAC;
	if (h->length - ASMP_TAGLEN > max)
		return REASON_LENGTH;
	if (pool_open(verify_aeads, plain, s->up->keys.d2g_control, frame + 8,
	    frame + ASMP_HDRLEN, h->length, frame, ASMP_HDRLEN) == -1)
		return errno == EBADMSG ? REASON_RECORD_MAC : REASON_INTERNAL;
	if ((reason = number_check(s, h)) != REASON_NONE)
		return reason;
	number_take(s, h);
	*len = h->length - ASMP_TAGLEN;
	return REASON_NONE;
}

/*
 * DATA without seals: the record's MAC, its number, then it is opened where
 * it lies.
 */
static enum reason
open_data(struct session *s, const struct asmp_header *h, uint8_t *frame)
{
	struct asmp_data	*d = &s->up->keys.d2g;
	enum reason		 reason;
	uint8_t			*plain;
	size_t			 len;

	if ((reason = data_verify(d, frame)) != REASON_NONE ||
	    (reason = number_check(s, h)) != REASON_NONE ||
	    (reason = data_open(d, verify_aeads, frame, now_ms() / 1000,
	    &plain, &len)) != REASON_NONE)
		return reason;
	number_take(s, h);
	/* A later reading's ACK would stand for one that is missing. */
	if (s->profile->window && stream_reads(h->stream) &&
	    !window_whole(s->up->window, h->seq))
		return REASON_SEQUENCE;
	return stream_take(s, h->stream, plain, len);
}

/*
 * Where there are seals DATA waits unopened for one, and all there is to
 * check before is its number.
 */
static enum reason
take_data(struct session *s, const struct asmp_header *h, uint8_t *frame)
{
	enum reason	 reason;

	if (h->stream == ASMP_STREAM_CONN || h->stream > ASMP_STREAM_MAX)
		return REASON_STREAM;
	if (!s->profile->sealed)
		return open_data(s, h, frame);
	if ((reason = number_check(s, h)) != REASON_NONE)
		return reason;
	number_take(s, h);
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

/* The device is there, and hears that the gateway is too. */
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
	if (reason != REASON_NONE)
		return reason;
	s->up->active = now_ms();
	session_send(s, ASMP_HEARTBEAT, ASMP_STREAM_CONN, none, 0);
	return REASON_NONE;
}

/* The end of a stream, or of the session. */
static enum reason
take_close(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		 why;
	enum reason	 reason;
	size_t		 len;

	reason = control_open(s, h, frame, &why, sizeof(why), &len);
	if (reason != REASON_NONE)
		return reason;
	if (len != sizeof(why))
		return REASON_LENGTH;
	streams_run(s);
	if (s->state != S_UP)
		return REASON_NONE;
	if (h->stream == ASMP_STREAM_CONN)
		return session_close(s);
	stream_close(s, h->stream);
	return REASON_NONE;
}

/*
 * New keys.  The answer is the gateway's last frame under the old ones, and
 * the device is silent until it has it.
 */
static enum reason
take_rekey(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		 plain[ASMP_REKEY_DEVICE], out[ASMP_REKEY_GATEWAY];
	uint8_t		 old[ASMP_KEYLEN];
	enum reason	 reason;
	size_t		 len;

	if (h->stream != ASMP_STREAM_CONN)
		return REASON_STREAM;
	if (!s->profile->rekey)
		return REASON_TYPE;
	reason = control_open(s, h, frame, plain, sizeof(plain), &len);
	if (reason != REASON_NONE)
		return reason;
	if ((reason = session_whole(s)) != REASON_NONE)
		return reason;
	memcpy(old, s->up->keys.g2d_control, sizeof(old));
	if (len != sizeof(plain) ||
	    rekey_answer(&s->up->keys, plain, out) == -1)
		reason = REASON_REKEY;
	else
		session_renew(s, old, out, sizeof(out));
	explicit_bzero(old, sizeof(old));
	return reason;
}

/* Another key for the device: the parent alone can tell whether it is. */
static enum reason
take_rotate(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	struct ipc_rotate	 ask;
	enum reason		 reason;
	size_t			 len;

	if (h->stream != ASMP_STREAM_CONN)
		return REASON_STREAM;
	if (!s->profile->sealed)
		return REASON_TYPE;
	memset(&ask, 0, sizeof(ask));
	reason = control_open(s, h, frame, ask.plain, sizeof(ask.plain), &len);
	if (reason != REASON_NONE)
		return reason;
	if (s->up->rotating)
		return REASON_ROTATE;
	s->up->rotating = 1;
	ask.conn = s->conn;
	ask.len = len;
	to_parent(IPC_ROTATE, &ask, sizeof(ask));
	return REASON_NONE;
}

/* The parent's word on a device's ROTATE. */
void
record_rotated(const struct ipc_rotated *msg)
{
	struct session	*s = session_find(msg->conn);
	uint8_t		 plain[ROTATE_ANSWER];

	if (s == NULL)
		return;
	if (s->up == NULL || !s->up->rotating)
		fatalx("a key nobody has announced");
	s->up->rotating = 0;
	if (s->state != S_UP)
		return;
	if (msg->reason == REASON_ROTATE) {
		session_end(s, REASON_ROTATE);
		return;
	}
	plain[0] = msg->reason;
	put_u64(plain + 1, msg->until);
	session_send(s, ASMP_ROTATE, ASMP_STREAM_CONN, plain, sizeof(plain));
}

static enum reason
open_record(struct session *s, const struct asmp_header *h, uint8_t *frame)
{
	switch (h->type) {
	case ASMP_DATA:
		return take_data(s, h, frame);
	case ASMP_SEAL:
		return take_seal(s, h, frame);
	case ASMP_HEARTBEAT:
		return take_heartbeat(s, h, frame);
	case ASMP_CLOSE:
		return take_close(s, h, frame);
	case ASMP_REKEY:
		return take_rekey(s, h, frame);
	case ASMP_ROTATE:
		return take_rotate(s, h, frame);
	default:
		return REASON_TYPE;
	}
}

/*
 * What is no record of ours and has a number that is not due either is named
 * by the number, since that tells an operator more.
 */
static enum reason
take_record(struct session *s, const struct asmp_header *h, uint8_t *frame)
{
	enum reason	 reason, number = number_check(s, h);

	reason = open_record(s, h, frame);
	if (number != REASON_NONE &&
	    (reason == REASON_RECORD_MAC || reason == REASON_TYPE))
		return number;
	return reason;
}

/* What came before the fault still counts, and may end the session itself. */
static void
broken(struct session *s, enum reason reason)
{
	streams_run(s);
	if (s->state == S_UP)
		session_end(s, reason);
}

static void
take_counted(struct session *s, const struct asmp_header *h, uint8_t *frame)
{
	enum reason	 reason;

	rate_record(s, h);
	if ((reason = take_record(s, h, frame)) != REASON_NONE)
		broken(s, reason);
}

/* Takes frames until the session is to end; 0, or -1 if it is gone. */
static int
take_frames(struct session *s, uint8_t *buf, size_t len)
{
	struct asmp_header	 h;
	uint64_t		 conn = s->conn;
	size_t			 flen;

	for (; len > 0; buf += flen, len -= flen) {
		if (frame_next(buf, len, GATEWAY_MAX_IN, &flen) != 1)
			ipc_intrusion("net", "what is not whole frames",
			    NV_FRAMES, len);
		frame_get(&h, buf);
		verify_counter[CV_RECORDS]++;
		if (s->state == S_ENDING)
			break;		/* its end is decided */
		if (s->state != S_UP)
			handshake_frame(s, &h, buf);
		else
			take_counted(s, &h, buf);
		if (session_find(conn) == NULL)
			return -1;
	}
	return 0;
}

/*
 * Takes len bytes that net says are whole frames of s, and wipes them: some
 * were opened where they lie.  The session may be gone after it; one that is
 * up has said nothing that does not hold.
 */
void
record_frames(struct session *s, uint8_t *buf, size_t len)
{
	if (take_frames(s, buf, len) == 0 && s->up != NULL) {
		if (s->state == S_UP)
			session_heard(s);
		streams_run(s);
		readings_done(s);
		if (s->state == S_ENDING)
			session_end_decided(s);
		else
			rate_settle(s);
	}
	explicit_bzero(buf, len);
}
