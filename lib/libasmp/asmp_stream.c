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
 * What goes both ways on streams: text, and the values and results of
 * profile smcp.  asmp(7), "Streams".
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"

static void
message_free(struct message *m)
{
	if (m != NULL)
		freezero(m, sizeof(*m) + m->msg.len);
}

static struct message *
inbox_take(struct asmp *a)
{
	struct message	*m = TAILQ_FIRST(&a->inbox);

	if (m != NULL) {
		TAILQ_REMOVE(&a->inbox, m, entry);
		a->inboxlen -= sizeof(*m) + m->msg.len;
	}
	return m;
}

/* Forget all that was not fetched, and what was. */
void
inbox_free(struct asmp *a)
{
	struct message	*m;

	while ((m = inbox_take(a)) != NULL)
		message_free(m);
	message_free(a->fetched);
	a->fetched = NULL;
}

/* Keep a message; where nobody fetches them the oldest give way. */
static int
inbox_add(struct asmp *a, const struct asmp_message *msg)
{
	struct message	*m;

	if ((m = malloc(sizeof(*m) + msg->len)) == NULL)
		return asmp_fail(a, ASMP_E_SYSTEM, "%s", strerror(errno));
	m->msg = *msg;
	m->msg.data = m->data;
	if (msg->len != 0)
		memcpy(m->data, msg->data, msg->len);
	TAILQ_INSERT_TAIL(&a->inbox, m, entry);
	a->inboxlen += sizeof(*m) + msg->len;
	while (a->inboxlen > INBOXMAX)
		message_free(inbox_take(a));
	return 0;
}

/*
 * Hand over the next message of the gateway.  1, or 0 when there is none.
 * Up to 256 KB of them are kept, the newest, until the next asmp_start().
 */
int
asmp_next_message(struct asmp *a, struct asmp_message *msg)
{
	message_free(a->fetched);
	if ((a->fetched = inbox_take(a)) == NULL)
		return 0;
	*msg = a->fetched->msg;
	return 1;
}

static struct stream *
stream_find(struct session *s, uint32_t number)
{
	size_t	 i;

	for (i = 0; i < s->nstreams; i++) {
		if (s->stream[i].number == number)
			return &s->stream[i];
	}
	return NULL;
}

static size_t
streams_open(const struct session *s)
{
	size_t	 i, n = 0;

	for (i = 0; i < s->nstreams; i++)
		n += s->stream[i].open != 0;
	return n;
}

/*
 * Whether DATA may go over this stream, if need be by opening it; 0, or -1
 * with errno EPIPE, it was closed, or ENOSPC.
 */
int
stream_check(struct session *s, uint32_t number)
{
	const struct stream	*st = stream_find(s, number);

	if (st == NULL && (s->nstreams == STREAMSMAX ||
	    streams_open(s) == ASMP_STREAMS))
		errno = ENOSPC;
	else if (st != NULL && !st->open)
		errno = EPIPE;
	else
		return 0;
	return -1;
}

/* The first DATA opens a stream, for as long as stream_check() let it. */
void
stream_use(struct session *s, uint32_t number)
{
	if (stream_find(s, number) == NULL) {
		s->stream[s->nstreams].number = number;
		s->stream[s->nstreams++].open = 1;
	}
}

/* The longest text, in bytes, this gateway takes; 0 without a session. */
size_t
asmp_text_max(const struct asmp *a)
{
	if (a->session.phase != PHASE_SESSION ||
	    a->profile->record == ASMP_SMCP)
		return 0;
	return data_max(a->profile, a->session.max_out);
}

static int
say_check(struct asmp *a, uint32_t stream, size_t len)
{
	if (a->state != ASMP_OPEN)
		errno = ENOTCONN;
	else if (a->profile->record == ASMP_SMCP)
		errno = ENOTSUP;
	else if (len == 0 || stream == ASMP_STREAM_CONN ||
	    stream == ASMP_STREAM_TELEMETRY || stream > ASMP_STREAM_MAX)
		errno = EINVAL;
	else if (len > asmp_text_max(a))
		errno = EMSGSIZE;
	else if (len > data_room(a))
		errno = EAGAIN;
	else
		return stream_check(&a->session, stream);
	return -1;
}

/*
 * Queue len bytes of text on a stream other than that of readings, and open
 * it if it is new.  As with readings the caller asks for a seal when it has
 * nothing more at once.
 *
 * 0; or -1 with errno EAGAIN (nothing fits now), EMSGSIZE, EINVAL (empty, or
 * not such a stream), EPIPE (it was closed), ENOSPC (too many streams),
 * ENOTSUP (the profile has values alone), ENOTCONN, which change nothing; or
 * -1 with a failure.
 */
int
asmp_say(struct asmp *a, uint32_t stream, const char *text, size_t len)
{
	if (say_check(a, stream, len) == -1)
		return -1;
	stream_use(&a->session, stream);
	return data_put(a, stream, (const uint8_t *)text, len);
}

/*
 * Close a stream and leave the session open; it does not open again.  0; or
 * -1 with errno EINVAL (it is not open), EAGAIN, ENOTCONN; or -1 with a
 * failure.
 */
int
asmp_close_stream(struct asmp *a, uint32_t stream)
{
	struct session	*s = &a->session;
	struct stream	*st = stream_find(s, stream);

	if (a->state != ASMP_OPEN || st == NULL || !st->open ||
	    s->rekey != NULL) {
		errno = a->state != ASMP_OPEN ? ENOTCONN :
		    st == NULL || !st->open ? EINVAL : EAGAIN;
		return -1;
	}
	if (asmp_seal(a) == -1 || close_put(a, stream, REASON_DONE) == -1)
		return -1;
	st->open = 0;
	return 0;
}

/* The gateway has closed a stream; both may do so at once. */
int
stream_end(struct asmp *a, uint32_t stream, uint8_t reason)
{
	struct stream		*st = stream_find(&a->session, stream);
	struct asmp_message	 msg = {
		.kind = ASMP_STREAM_END, .stream = stream, .reason = reason
	};

	if (st == NULL || !st->open)
		return 0;
	st->open = 0;
	return inbox_add(a, &msg);
}

/*
 * Queue a value of profile smcp.  It begins a round, which ends with a
 * message of kind ASMP_RESULT; there is one round at a time.  0; or -1 with
 * errno EAGAIN (the last round is open), EPIPE (the stream was closed),
 * ENOTSUP (another profile), ENOTCONN; or -1 with a failure.
 */
int
asmp_value(struct asmp *a, int64_t value)
{
	uint8_t	 plain[SMCP_VALUELEN];

	if (a->state != ASMP_OPEN || a->profile->record != ASMP_SMCP) {
		errno = a->state != ASMP_OPEN ? ENOTCONN : ENOTSUP;
		return -1;
	}
	if (stream_check(&a->session, ASMP_STREAM_AGGREGATE) == -1)
		return -1;
	if (data_room(a) < sizeof(plain)) {
		errno = EAGAIN;
		return -1;
	}
	put_u64(plain, (uint64_t)value);
	if (data_put(a, ASMP_STREAM_AGGREGATE, plain, sizeof(plain)) == -1)
		return -1;
	a->session.asked = 1;
	a->lastid++;
	return 0;
}

/* Round 0 of smcp: HELLO, and the session stands with the CHALLENGE. */
int
smcp_begin(struct asmp *a)
{
	static const uint8_t	 hello[] = { 'H', 'E', 'L', 'L', 'O' };

	stream_use(&a->session, ASMP_STREAM_AGGREGATE);
	a->session.asked = 1;
	return data_put(a, ASMP_STREAM_AGGREGATE, hello, sizeof(hello));
}

/*
 * What users of smcp know a reason as, to stand before its sentence; "" in
 * other profiles, and where there is no such name.
 */
const char *
smcp_cause(const struct asmp *a, uint8_t reason)
{
	if (a->profile->record != ASMP_SMCP)
		return "";
	switch (reason) {
	case REASON_RECORD_MAC:
		return "HMAC verification failed: ";
	case REASON_LENGTH:
	case REASON_TYPE:
	case REASON_READING:
	case REASON_OPCODE:
	case REASON_DIRECTION:
	case REASON_CLIENT:
	case REASON_PADDING:
		return "Invalid message format: ";
	default:
		return "";
	}
}

static int
data_failed(struct asmp *a, enum reason reason)
{
	if (reason == REASON_INTERNAL)
		return asmp_fail(a, ASMP_E_SYSTEM, "cannot decrypt: %s",
		    strerror(errno));
	a->reason = (int)reason;
	return asmp_fail(a, ASMP_E_PROTOCOL, "the gateway sent a bad DATA: "
	    "%s%s", smcp_cause(a, (uint8_t)reason), reason_text(reason));
}

static int
result_input(struct asmp *a, const uint8_t *plain)
{
	struct asmp_message	 msg = {
		.kind = ASMP_RESULT, .stream = ASMP_STREAM_AGGREGATE,
		.status = plain[0], .result = (int64_t)get_u64(plain + 1)
	};

	return inbox_add(a, &msg);
}

/*
 * An opened record of smcp, of which length and opcode fit its round: the
 * answer to our last one, or the end.
 */
static int
smcp_input(struct asmp *a, const uint8_t *plain)
{
	struct session	*s = &a->session;
	uint8_t		 opcode = s->keys.g2d.opcode;

	if (opcode == SMCP_TERMINATE)
		return close_reason(a, REASON_DONE);
	if (opcode == SMCP_DESYNC)
		return close_reason(a, REASON_DESYNC);
	if (!s->asked)
		return data_failed(a, REASON_ROUND);
	s->asked = 0;
	if (opcode == SMCP_AGGREGATE)
		return result_input(a, plain);
	a->state = ASMP_OPEN;
	return 0;
}

/* What is still under way when a stream is closed is dropped. */
static int
text_input(struct asmp *a, uint32_t stream, const uint8_t *text, size_t len)
{
	struct asmp_message	 msg = {
		.kind = ASMP_TEXT, .stream = stream,
		.data = (const char *)text, .len = len
	};

	if (stream_check(&a->session, stream) == -1)
		return errno == EPIPE ? 0 : data_failed(a, REASON_STREAMS);
	stream_use(&a->session, stream);
	return inbox_add(a, &msg);
}

/* A DATA frame, whose number is right: MAC, decryption, then what it says. */
int
data_input(struct asmp *a, const struct asmp_header *h, uint8_t *frame)
{
	struct asmp_data	*d = &a->session.keys.g2d;
	enum reason		 reason;
	uint8_t			*plain;
	size_t			 len;

	if ((reason = data_verify(d, frame)) != REASON_NONE ||
	    (reason = data_open(d, a->pool, frame, gateway_time(a) / 1000,
	    &plain, &len)) != REASON_NONE)
		return data_failed(a, reason);
	if (a->profile->streams != 0 && (h->stream > 31 ||
	    (a->profile->streams & 1U << h->stream) == 0))
		return data_failed(a, REASON_STREAM);
	if (a->profile->record == ASMP_SMCP)
		return smcp_input(a, plain);
	if (h->stream == ASMP_STREAM_CONN || h->stream > ASMP_STREAM_MAX)
		return data_failed(a, REASON_STREAM);
	return text_input(a, h->stream, plain, len);
}
