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
 * asmp(3): the device's state machine.  Bytes from the gateway go in, bytes
 * for the gateway come out; who carries them is the caller's business.
 */

#include <sodium.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"

/* A new device without identity or gateway; NULL: out of memory. */
struct asmp *
asmp_new(void)
{
	struct asmp	*a;

	if (sodium_init() == -1)
		return NULL;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	if ((a->pool = aead_pool_new(2)) == NULL) {
		free(a);
		return NULL;
	}
	a->profile = profile_next(NULL);
	TAILQ_INIT(&a->inbox);
	return a;
}

/* Wipe the session's secrets and forget what was queued either way. */
static void
session_wipe(struct asmp *a)
{
	keys_wipe(&a->session.keys);
	rekey_free(a->session.rekey);
	explicit_bzero(&a->session, sizeof(a->session));
	explicit_bzero(a->in, sizeof(a->in));
	freezero(a->out, a->outsize);
	a->out = NULL;
	a->inlen = a->outsize = a->outpos = a->outlen = 0;
}

/* Wipe and free everything, the socket too; NULL is fine. */
void
asmp_free(struct asmp *a)
{
	if (a == NULL)
		return;
	if (a->transport_free != NULL)
		a->transport_free(a);
	session_wipe(a);
	aead_pool_free(a->pool);
	compress_free(a->compress);
	identity_wipe(a);
	inbox_free(a);
	free(a->refused);
	freezero(a, sizeof(*a));
}

/*
 * Note why it is over and wipe the session; the first reason counts.
 * Always -1, with errno kept.
 */
int
asmp_fail(struct asmp *a, enum asmp_failure failure, const char *fmt, ...)
{
	va_list	 ap;
	int	 saved = errno;

	if (a->state == ASMP_FAILED)
		return -1;
	va_start(ap, fmt);
	vsnprintf(a->error, sizeof(a->error), fmt, ap);
	va_end(ap);
	a->failure = failure;
	a->state = ASMP_FAILED;
	session_wipe(a);
	errno = saved;
	return -1;
}

/* Over in good order. */
void
asmp_end(struct asmp *a)
{
	a->state = ASMP_CLOSED;
	session_wipe(a);
}

/* The profile's name, and who the device is: "" for nobody yet. */
const char *
asmp_profile(const struct asmp *a)
{
	return a->profile->name;
}

const char *
asmp_id(const struct asmp *a)
{
	return a->id;
}

/* The id of the gateway that is pinned; "" for none yet. */
const char *
asmp_gateway(const struct asmp *a)
{
	return a->gateway;
}

/*
 * For a device with an ML-KEM key, whether the gateway has shown that it
 * knows that key, and was answered.
 */
int
asmp_challenged(const struct asmp *a)
{
	return a->kind == ASMP_KIND_KEM && a->session.phase >= PHASE_ACK;
}

/* Where the connection stands; a new one is ASMP_CONNECTING. */
enum asmp_state
asmp_state(const struct asmp *a)
{
	return a->state;
}

/* The kind of failure; ASMP_E_NONE unless the state is ASMP_FAILED. */
enum asmp_failure
asmp_failure(const struct asmp *a)
{
	return a->failure;
}

/*
 * The failure in words, without the host's name or a newline; "" when there
 * is none.  Valid until the next call with this device.
 */
const char *
asmp_error(const struct asmp *a)
{
	return a->error;
}

/*
 * The reason code of the gateway's CLOSE, or of what was wrong with a record
 * that it sent; 0 as long as there was neither.
 */
int
asmp_reason(const struct asmp *a)
{
	return a->reason;
}

/* The highest id the gateway has decided: stored, quarantined or refused. */
uint64_t
asmp_acked(const struct asmp *a)
{
	return a->acked;
}

/* The id of the last reading sent, or what HANDSHAKE_ACK said it was. */
uint64_t
asmp_lastid(const struct asmp *a)
{
	return a->lastid;
}

/*
 * Make HELLO, the first output.  Identity and gateway must be set.  After
 * ASMP_CLOSED or a failure of the connection this begins a new one.
 * 0, or -1 and ASMP_E_USAGE or ASMP_E_SYSTEM.
 */
int
asmp_start(struct asmp *a)
{
	session_wipe(a);
	a->state = ASMP_CONNECTING;
	a->failure = ASMP_E_NONE;
	a->error[0] = '\0';
	a->reason = 0;
	a->lastid = a->acked = 0;
	a->refusedpos = a->nrefused = 0;
	inbox_free(a);
	rotation_begin(a);
	if (a->kind == 0)
		return asmp_fail(a, ASMP_E_USAGE,
		    "no identity: asmp_set_identity() or another of its "
		    "kind comes first");
	if (a->npins == 0)
		return asmp_fail(a, ASMP_E_USAGE,
		    "no gateway: asmp_set_gateway() comes first");
	if (a->kind == ASMP_KIND_TOKEN &&
	    strcmp(a->secret.token.audience, a->gateway) != 0)
		return asmp_fail(a, ASMP_E_USAGE, "the token is for gateway "
		    "%s, and %s is pinned", a->secret.token.audience,
		    a->gateway);
	return handshake_start(a);
}

/*
 * Whether a frame is due by its number: the next, or in a session whose
 * profile has a window one that was not seen.  If so it is used up.
 */
static int
number_take(struct session *s, const struct asmp_profile *profile,
    const struct asmp_header *h)
{
	if (h->epoch != s->iepoch)
		return -1;
	if (profile->window && s->phase == PHASE_SESSION) {
		if (window_check(&s->window, h->seq) != REASON_NONE)
			return -1;
		window_add(&s->window, h->seq);
		return 0;
	}
	if (h->seq != s->iseq)
		return -1;
	s->iseq++;
	return 0;
}

/* One whole frame from the gateway. */
static int
frame_input(struct asmp *a, uint8_t *frame)
{
	struct session		*s = &a->session;
	struct asmp_header	 h;

	frame_get(&h, frame);
	if (number_take(s, a->profile, &h) == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent frame %u/%llu where %u/%llu was due",
		    h.epoch, (unsigned long long)h.seq, s->iepoch,
		    (unsigned long long)(s->window.next != 0 ?
		    s->window.next : s->iseq));
	if (s->phase == PHASE_SESSION)
		return record_input(a, &h, frame);
	return handshake_input(a, &h, frame);
}

/* Work through the whole frames in the input buffer. */
static int
frames_input(struct asmp *a)
{
	size_t	 len, pos = 0;
	int	 n;

	while ((n = frame_next(a->in + pos, a->inlen - pos, DEVICE_MAX_IN,
	    &len)) == 1) {
		if (frame_input(a, a->in + pos) == -1)
			return -1;
		if (a->state == ASMP_CLOSED)
			return 0;
		pos += len;
	}
	if (n == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent what is no frame of this protocol");
	a->inlen -= pos;
	memmove(a->in, a->in + pos, a->inlen);
	return 0;
}

/*
 * Take len bytes that came from the gateway, cut anywhere.  Afterwards there
 * may be output, another state, another asmp_acked() or refusals.
 * 0, or -1 when the connection is over with a failure.
 */
int
asmp_input(struct asmp *a, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 n;

	while (len > 0) {
		if (a->state == ASMP_FAILED)
			return -1;
		if (a->state == ASMP_CLOSED)
			return 0;
		if (a->session.phase == PHASE_NONE)
			return asmp_fail(a, ASMP_E_USAGE,
			    "input before asmp_start()");
		n = sizeof(a->in) - a->inlen;
		if (n > len)
			n = len;
		memcpy(a->in + a->inlen, p, n);
		a->inlen += n;
		p += n;
		len -= n;
		if (frames_input(a) == -1)
			return -1;
	}
	return 0;
}

/* The bytes to send next, *len of them; NULL and 0 when there are none. */
const uint8_t *
asmp_output(struct asmp *a, size_t *len)
{
	*len = a->outlen;
	return a->outlen == 0 ? NULL : a->out + a->outpos;
}

/* The first n bytes of asmp_output() are on their way. */
void
asmp_output_done(struct asmp *a, size_t n)
{
	if (n > a->outlen)
		n = a->outlen;
	a->outpos += n;
	a->outlen -= n;
	if (a->outlen == 0)
		a->outpos = 0;
}

static int
out_grow(struct asmp *a, size_t need)
{
	size_t	 size = a->outsize == 0 ? OUTMIN : a->outsize;
	uint8_t	*p;

	while (size < need)
		size *= 2;
	if (size == a->outsize)
		return 0;
	if ((p = recallocarray(a->out, a->outsize, size, 1)) == NULL)
		return asmp_fail(a, ASMP_E_SYSTEM, "%s", strerror(errno));
	a->out = p;
	a->outsize = size;
	return 0;
}

/*
 * Room for len more bytes behind what is queued, which whoever asked has
 * checked against OUTMAX; NULL and a failure without memory.
 */
uint8_t *
out_room(struct asmp *a, size_t len)
{
	if (a->outpos != 0 && a->outpos + a->outlen + len > a->outsize) {
		memmove(a->out, a->out + a->outpos, a->outlen);
		a->outpos = 0;
	}
	if (out_grow(a, a->outpos + a->outlen + len) == -1)
		return NULL;
	return a->out + a->outpos + a->outlen;
}

/*
 * Write the header of our next frame.  -1 and a failure where the direction
 * has used up its sequence numbers.
 */
int
out_header(struct asmp *a, uint8_t *p, enum asmp_type type, uint32_t stream,
    size_t length)
{
	struct session		*s = &a->session;
	struct asmp_header	 h = { ASMP_VERSION, type, stream, s->oepoch,
		    s->oseq, (uint32_t)length };

	if (s->oseq == SEQMAX)
		return asmp_fail(a, ASMP_E_CONNECT,
		    "the session has no frames left: connect again");
	frame_put(p, &h);
	s->oseq++;
	return 0;
}

/* Queue a frame: len bytes under key, header as bound data. */
int
out_record(struct asmp *a, enum asmp_type type, uint32_t stream,
    const uint8_t *key, const void *plain, size_t len)
{
	uint8_t	*p;

	if ((p = out_room(a, ASMP_HDRLEN + len + ASMP_TAGLEN)) == NULL ||
	    out_header(a, p, type, stream, len + ASMP_TAGLEN) == -1)
		return -1;
	if (chapoly_seal(p + ASMP_HDRLEN, key, p + 8, plain, len, p,
	    ASMP_HDRLEN) == -1)
		return asmp_fail(a, ASMP_E_SYSTEM, "cannot encrypt: %s",
		    strerror(errno));
	a->outlen += ASMP_HDRLEN + len + ASMP_TAGLEN;
	return 0;
}

/*
 * The gateway has ended the stream of bytes.  Without a CLOSE before it that
 * is a failure; where it should answer a proof it is how it refuses an
 * identity.
 */
void
asmp_eof(struct asmp *a)
{
	if (a->state == ASMP_CLOSED || a->state == ASMP_FAILED)
		return;
	switch (a->session.phase) {
	case PHASE_CHALLENGE:
	case PHASE_ACK:
		if (a->inlen != 0)
			break;
		identity_refused(a);
		return;
	case PHASE_REPLY:
		asmp_fail(a, ASMP_E_CONNECT, "closed by the other side "
		    "before it answered: it is no asmp gateway, wants TLS "
		    "(-T), is busy, takes no more connections from this "
		    "address in a second, or does not offer profile %s",
		    a->profile->name);
		return;
	default:
		break;
	}
	asmp_fail(a, ASMP_E_CONNECT, "the connection was lost");
}
