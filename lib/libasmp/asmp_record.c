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
 * The session as the device plays it: readings and seals out; ACK, CLOSE,
 * HEARTBEAT and what goes to other files in.  asmp(7), "Records".
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"

#define STORED_HDR	5	/* of a stored deflate block */
#define ACK_ENTRY	9	/* id, reason */

/*
 * Open a frame's payload under key; out takes the payload's length, of which
 * the last ASMP_TAGLEN bytes stay unused.  0, or -1: not whole, or not true.
 */
int
record_open(uint8_t *out, const uint8_t *key, const struct asmp_header *h,
    const uint8_t *frame)
{
	if (h->length < ASMP_TAGLEN)
		return -1;
	return chapoly_open(out, key, frame + 8, frame + ASMP_HDRLEN,
	    h->length, frame, ASMP_HDRLEN);
}

static void
run_begin(struct run *run)
{
	SHA256_Init(&run->c);
	SHA256_Init(&run->p);
	run->count = 0;
	run->bytes = 0;
}

/* Count a frame into the run: its bytes into C, its leaf into P. */
static void
run_add(struct session *s, const uint8_t *frame, size_t len,
    const uint8_t *plain, size_t plainlen)
{
	struct run	*run = &s->run;
	uint8_t		 leaf[ASMP_HASHLEN];

	if (run->count == 0) {
		run_begin(run);
		run->first = s->oseq - 1;
	}
	run->last = s->oseq - 1;
	seal_leaf(leaf, s->keys.d2g_blind, frame, plain, plainlen);
	SHA256_Update(&run->c, frame, len);
	SHA256_Update(&run->p, leaf, sizeof(leaf));
	run->bytes += len;
	run->count++;
}

/*
 * Sign what was sent since the last seal, if anything.  The caller does so
 * when it has nothing more to send at once: the gateway opens no reading
 * before its seal.  0, or -1 with a failure or, not open, errno ENOTCONN.
 */
int
asmp_seal(struct asmp *a)
{
	struct session	*s = &a->session;
	struct run	*run = &s->run;
	struct seal	 seal;
	uint8_t		 plain[SEAL_MAX];

	if (a->state != ASMP_OPEN) {
		errno = ENOTCONN;
		return -1;
	}
	if (run->count == 0)
		return 0;
	seal.number = run->number++;
	seal.epoch = s->oepoch;
	seal.first = run->first;
	seal.last = run->last;
	seal.count = run->count;
	SHA256_Final(seal.c, &run->c);
	SHA256_Final(seal.p, &run->p);
	run->count = 0;
	put_u16(plain, seal.count);
	memcpy(plain + 2, seal.p, sizeof(seal.p));
	if (seal_sign(a->ident, plain + SEAL_FIXED, s->t, &seal, a->id) == -1)
		return asmp_fail(a, ASMP_E_SYSTEM, "cannot sign: %s",
		    strerror(errno));
	return out_record(a, ASMP_SEAL, ASMP_STREAM_CONN,
	    s->keys.d2g_control, plain,
	    SEAL_FIXED + ident_siglen(ident_public(a->ident)->alg));
}

/*
 * The longest JSON, in bytes, this gateway takes; without a session, what
 * asmpd does, for who keeps readings until there is one.
 */
size_t
asmp_reading_max(const struct asmp *a)
{
	size_t	 head = ASMP_READING_HDR, max;

	if (a->profile->record == ASMP_SMCP)
		return 0;
	max = data_max(a->profile, a->session.phase == PHASE_SESSION ?
	    a->session.max_out : GATEWAY_MAX_IN);
	if (a->compress != NULL)
		head += STORED_HDR;
	return max > head ? max - head : 0;
}

/* Whether what is queued leaves no room for the shortest reading. */
static int
out_full(const struct asmp *a)
{
	return a->outlen + OUTRESERVE + ASMP_HDRLEN + ASMP_READING_HDR +
	    ASMP_TAGLEN >= OUTMAX;
}

/* The longest plaintext that one DATA can carry now; 0: none can leave. */
size_t
data_room(const struct asmp *a)
{
	const struct session	*s = &a->session;
	size_t			 used = a->outlen + OUTRESERVE + ASMP_HDRLEN;

	if (a->state != ASMP_OPEN || s->rekey != NULL || s->asked ||
	    used >= OUTMAX)
		return 0;
	return data_max(a->profile, OUTMAX - used < s->max_out ?
	    OUTMAX - used : s->max_out);
}

/*
 * The longest reading, in bytes of JSON, that asmp_send() takes now; 0 when
 * it takes none before output has left, new keys are there or the session
 * stands.
 */
size_t
asmp_sendable(const struct asmp *a)
{
	size_t	 room = data_room(a), max = asmp_reading_max(a);

	room = room > ASMP_READING_HDR ? room - ASMP_READING_HDR : 0;
	return room < max ? room : max;
}

static int
send_check(struct asmp *a, size_t len)
{
	if (a->state != ASMP_OPEN)
		errno = ENOTCONN;
	else if (a->profile->record == ASMP_SMCP)
		errno = ENOTSUP;
	else if (len == 0)
		errno = EINVAL;
	else if (len > asmp_reading_max(a))
		errno = EMSGSIZE;
	else if (len > asmp_sendable(a))
		errno = EAGAIN;
	else
		return stream_check(&a->session, ASMP_STREAM_TELEMETRY);
	return -1;
}

/*
 * Queue one DATA record, with a seal in front or behind where the limits of
 * one are reached and the profile has seals.  0, or -1 with a failure.
 */
int
data_put(struct asmp *a, uint32_t stream, const uint8_t *plain, size_t len)
{
	struct session	*s = &a->session;
	size_t		 payload = data_len(a->profile, len);
	size_t		 total = ASMP_HDRLEN + payload;
	uint8_t		*p;

	if (s->run.count != 0 && s->run.bytes + total > ASMP_SEAL_BYTES &&
	    asmp_seal(a) == -1)
		return -1;
	if ((p = out_room(a, total)) == NULL ||
	    out_header(a, p, ASMP_DATA, stream, payload) == -1)
		return -1;
	if (data_seal(&s->keys.d2g, a->pool, p, plain, len,
	    gateway_time(a) / 1000) == -1)
		return asmp_fail(a, ASMP_E_SYSTEM, "cannot encrypt: %s",
		    strerror(errno));
	a->outlen += total;
	if (a->profile->sealed)
		run_add(s, p, total, plain, len);
	if (s->run.count == s->seal_limit && asmp_seal(a) == -1)
		return -1;
	return rekey_due(a);
}

/* A deflate stream that holds its bytes as they are, RFC 1951, 3.2.4. */
static size_t
store_raw(uint8_t *out, const uint8_t *in, size_t len)
{
	out[0] = 1;		/* the last block, stored */
	out[1] = len & 0xff;
	out[2] = len >> 8 & 0xff;
	out[3] = ~out[1] & 0xff;
	out[4] = ~out[2] & 0xff;
	memcpy(out + STORED_HDR, in, len);
	return STORED_HDR + len;
}

/*
 * Queue a reading's record, compressed if that was agreed on: but not to less
 * than the gateway expands, nor to more than it was.
 */
static int
reading_put(struct asmp *a, const uint8_t *plain, size_t len)
{
	uint8_t	 out[ASMP_PAYLOAD_MAX + STORED_HDR];
	size_t	 n = len;
	int	 r;

	if (a->compress == NULL)
		return data_put(a, ASMP_STREAM_TELEMETRY, plain, len);
	if (compress_record(a->compress, out, &n, plain, len) == -1 ||
	    len > n * EXPAND_RATIO + EXPAND_EXTRA)
		n = store_raw(out, plain, len);
	r = data_put(a, ASMP_STREAM_TELEMETRY, out, n);
	explicit_bzero(out, n);
	return r;
}

/*
 * Queue a reading: len bytes of JSON, measured time_ms milliseconds after
 * 1970, or 0 without a clock.  *id, unless id is NULL, is the number under
 * which asmp_acked() and asmp_next_refusal() will speak of it.
 *
 * 0; or -1 with errno EAGAIN (nothing fits before output has left),
 * EMSGSIZE (longer than this gateway takes), EINVAL (empty), EPIPE (it has
 * closed the stream of readings), ENOSPC (too many streams), ENOTSUP (the
 * profile has values alone), ENOTCONN (not open), which change nothing; or
 * -1 with a failure.
 */
int
asmp_send(struct asmp *a, uint64_t time_ms, const char *json, size_t len,
    uint64_t *id)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX];
	size_t	 plainlen = ASMP_READING_HDR + len;
	int	 r;

	if (send_check(a, len) == -1)
		return -1;
	stream_use(&a->session, ASMP_STREAM_TELEMETRY);
	put_u64(plain, a->lastid + 1);
	put_u64(plain + 8, time_ms);
	memcpy(plain + ASMP_READING_HDR, json, len);
	r = reading_put(a, plain, plainlen);
	explicit_bzero(plain, plainlen);
	if (r == -1)
		return -1;
	a->lastid++;
	if (id != NULL)
		*id = a->lastid;
	return 0;
}

/*
 * Queue a HEARTBEAT, which keeps the connection and no stream from idling
 * out.  0, or -1 with errno ENOTCONN or EAGAIN, or with a failure.
 */
int
asmp_heartbeat(struct asmp *a)
{
	if (a->state != ASMP_OPEN) {
		errno = ENOTCONN;
		return -1;
	}
	if (a->session.rekey != NULL || out_full(a)) {
		errno = EAGAIN;
		return -1;
	}
	return out_record(a, ASMP_HEARTBEAT, ASMP_STREAM_CONN,
	    a->session.keys.d2g_control, NULL, 0);
}

/* Queue CLOSE of a stream, or with stream 0 of the session. */
int
close_put(struct asmp *a, uint32_t stream, uint8_t reason)
{
	return out_record(a, ASMP_CLOSE, stream,
	    a->session.keys.d2g_control, &reason, 1);
}

/*
 * Seal what is open and queue CLOSE; the gateway's CLOSE, after its last
 * ACK, then leads to ASMP_CLOSED.  A handshake under way is dropped and the
 * device closed at once.  0, or -1 when it has failed.
 */
int
asmp_close(struct asmp *a)
{
	switch (a->state) {
	case ASMP_CONNECTING:
		asmp_end(a);
		return 0;
	case ASMP_OPEN:
		if (a->session.rekey != NULL)
			a->session.closelater = 1;
		else if (asmp_seal(a) == -1 || close_put(a,
		    ASMP_STREAM_CONN, REASON_DONE) == -1)
			return -1;
		a->state = ASMP_CLOSING;
		return 0;
	case ASMP_FAILED:
		return -1;
	default:
		return 0;
	}
}

/*
 * Hand over the next refused reading, in the order of ids.  1, or 0 when
 * none is left.  What is not fetched is kept until the next asmp_start().
 */
int
asmp_next_refusal(struct asmp *a, struct asmp_refusal *r)
{
	if (a->refusedpos == a->nrefused) {
		a->refusedpos = a->nrefused = 0;
		return 0;
	}
	*r = a->refused[a->refusedpos++];
	return 1;
}

/*
 * Ids only rise, and each was sent once: no more are kept than the caller
 * has sent readings and not asked about.
 */
static int
refusal_add(struct asmp *a, uint64_t id, uint8_t reason)
{
	struct asmp_refusal	*p;
	size_t			 size;

	if (a->nrefused == a->refusedsize) {
		size = a->refusedsize == 0 ? 16 : 2 * a->refusedsize;
		p = recallocarray(a->refused, a->refusedsize, size,
		    sizeof(*p));
		if (p == NULL)
			return asmp_fail(a, ASMP_E_SYSTEM, "%s",
			    strerror(errno));
		a->refused = p;
		a->refusedsize = size;
	}
	a->refused[a->nrefused].id = id;
	a->refused[a->nrefused++].reason = reason;
	return 0;
}

/* The highest decided id, then id and reason of each refused reading. */
static int
ack_input(struct asmp *a, const uint8_t *plain, size_t len)
{
	struct cursor	 c;
	uint64_t	 decided, id, before = a->acked;
	uint8_t		 reason;

	cursor_init(&c, plain, len);
	decided = cursor_u64(&c);
	if (c.bad || c.left % ACK_ENTRY != 0 || decided < a->acked ||
	    decided > a->lastid)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway acknowledged what was not sent");
	while (c.left != 0) {
		id = cursor_u64(&c);
		reason = cursor_u8(&c);
		if (id <= before || id > decided)
			return asmp_fail(a, ASMP_E_PROTOCOL,
			    "the gateway refused what was not sent");
		if (refusal_add(a, id, reason) == -1)
			return -1;
		before = id;
	}
	a->acked = decided;
	return 0;
}

/* What a reason in CLOSE means for the one who asked for none. */
static enum asmp_failure
close_failure(unsigned int reason)
{
	switch (reason) {
	case REASON_READING:
	case REASON_JSON:
	case REASON_ID_JUMP:
	case REASON_ANOMALY:
	case REASON_FIELD:
	case REASON_STALE:
	case REASON_ROLE:
		return ASMP_E_REFUSED;
	case REASON_REVOKED:
	case REASON_REVOKED_DEVICE:
	case REASON_DISABLED:
	case REASON_DISABLED_DEVICE:
	case REASON_EXPIRED:
		return ASMP_E_IDENTITY;
	case REASON_DONE:
	case REASON_SHUTDOWN:
	case REASON_TIMEOUT:
	case REASON_LIFETIME:
	case REASON_REPLACED:
	case REASON_KILLED:
	case REASON_BUSY:
	case REASON_SLOW_READER:
	case REASON_INTERNAL:
	case REASON_DESYNC:
		return ASMP_E_CONNECT;
	default:
		return ASMP_E_PROTOCOL;
	}
}

/* The gateway has ended the session; 0 if that was our wish too. */
int
close_reason(struct asmp *a, uint8_t reason)
{
	enum asmp_failure	 failure = close_failure(reason);

	a->reason = reason;
	if (a->state == ASMP_CLOSING && failure == ASMP_E_CONNECT) {
		asmp_end(a);
		return 0;
	}
	return asmp_fail(a, failure, "the gateway ended the session: %s%s",
	    smcp_cause(a, reason), reason_text(reason));
}

static int
close_input(struct asmp *a, uint32_t stream, const uint8_t *plain, size_t len)
{
	if (len != 1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent a malformed CLOSE");
	return stream == ASMP_STREAM_CONN ? close_reason(a, plain[0]) :
	    stream_end(a, stream, plain[0]);
}

/* A frame of the session whose epoch and sequence are right. */
int
record_input(struct asmp *a, const struct asmp_header *h, uint8_t *frame)
{
	uint8_t	 plain[DEVICE_MAX_IN];
	size_t	 len;

	if (h->type == ASMP_DATA)
		return data_input(a, h, frame);
	if ((h->stream != ASMP_STREAM_CONN && h->type != ASMP_CLOSE) ||
	    record_open(plain, a->session.keys.g2d_control, h, frame) == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent a bad %s", frame_typename(h->type));
	len = h->length - ASMP_TAGLEN;
	switch (h->type) {
	case ASMP_ACK:
		return ack_input(a, plain, len);
	case ASMP_CLOSE:
		return close_input(a, h->stream, plain, len);
	case ASMP_REKEY:
		return rekey_input(a, plain, len);
	case ASMP_ROTATE:
		return rotate_input(a, plain, len);
	case ASMP_HEARTBEAT:
		if (len == 0)
			return 0;
		break;
	default:
		break;
	}
	return asmp_fail(a, ASMP_E_PROTOCOL,
	    "the gateway sent an unexpected %s", frame_typename(h->type));
}
