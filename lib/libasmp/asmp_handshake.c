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
 * The handshake as the device plays it: asmp(7), "Handshake".  Nothing about
 * the identity leaves before the gateway is proved.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"
#include "compat.h"

/* Queue HELLO, whose header and fixed fields are the prologue. */
int
handshake_start(struct asmp *a)
{
	struct session	*s = &a->session;
	uint8_t		 prologue[NOISE_PROLOGUE], *p;
	size_t		 len;

	ticket_take(a);
	len = HELLO_FIXED + noise_m1_len(a->profile->agreement);
	if ((p = out_room(a, ASMP_HDRLEN + len)) == NULL ||
	    out_header(a, p, ASMP_HELLO, ASMP_STREAM_CONN, len) == -1)
		return -1;
	hello_put(p + ASMP_HDRLEN, a->profile->id,
	    a->compress != NULL ? HELLO_COMPRESS : 0, DEVICE_MAX_IN);
	prologue_put(prologue, p, p + ASMP_HDRLEN);
	if (noise_init(&s->noise, a->profile->agreement, prologue) == -1 ||
	    noise_write_m1(&s->noise, p + ASMP_HDRLEN + HELLO_FIXED) == -1)
		return asmp_fail(a, ASMP_E_SYSTEM,
		    "cannot make an ephemeral key: %s", strerror(errno));
	a->outlen += ASMP_HDRLEN + len;
	s->phase = PHASE_REPLY;
	return 0;
}

static int
hello_reply_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *payload)
{
	struct session		*s = &a->session;
	struct noise_keys	 nk;
	int			 r;

	if (h->type != ASMP_HELLO_REPLY || h->stream != ASMP_STREAM_CONN ||
	    h->length != noise_m2_len(a->profile->agreement))
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway answered HELLO with a bad %s",
		    frame_typename(h->type));
	if ((r = noise_read_m2(&s->noise, payload, &nk)) == 0) {
		keys_handshake(&s->hs, &nk);
		memcpy(s->h, nk.h, sizeof(s->h));
		s->phase = PHASE_AUTH;
	}
	explicit_bzero(&nk, sizeof(nk));
	noise_wipe(&s->noise);
	if (r == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "key agreement with the gateway failed: something "
		    "between here and there changes what is sent");
	return 0;
}

static const struct pin *
pin_find(const struct asmp *a, const uint8_t *keyid)
{
	size_t	 i;

	for (i = 0; i < a->npins; i++) {
		if (timingsafe_bcmp(a->pin[i].keyid, keyid,
		    sizeof(a->pin[i].keyid)) == 0)
			return &a->pin[i];
	}
	return NULL;
}

/* Id, key and signature must be those of the gateway that was pinned. */
static int
gateway_check(struct asmp *a, const struct asmp_gateway_auth *auth)
{
	const struct pin	*pin;

	if (strcmp(auth->id, a->gateway) != 0)
		return asmp_fail(a, ASMP_E_GATEWAY,
		    "the gateway calls itself %s, and %s is pinned: "
		    "check the address and the pin file", auth->id,
		    a->gateway);
	if ((pin = pin_find(a, auth->keyid)) == NULL)
		return asmp_fail(a, ASMP_E_GATEWAY,
		    "the gateway calls itself %s and has another key than "
		    "the one pinned: if its key was changed, get the new pin "
		    "file from its operator; else it is an impostor",
		    auth->id);
	if (gateway_verify(&pin->pub, a->session.h, auth) == -1)
		return asmp_fail(a, ASMP_E_GATEWAY,
		    "the gateway names the pinned key of %s and cannot sign "
		    "with it: it is an impostor", auth->id);
	return 0;
}

/*
 * The body of HANDSHAKE_INIT into INIT_BODY_MAX bytes, and its hash into the
 * session.  Its length, or 0.
 */
static size_t
init_body(struct asmp *a, uint8_t *out)
{
	struct session	*s = &a->session;
	struct asmp_init init;
	struct part	 body = { out, 0 };

	memset(&init, 0, sizeof(init));
	init.kind = (uint8_t)s->kind;
	init.flags = ticket_wanted(a) ? INIT_TICKET : 0;
	init.group = a->shared.number;
	arc4random_buf(s->nonce, sizeof(s->nonce));
	memcpy(init.nonce, s->nonce, sizeof(init.nonce));
	if (s->kind == ASMP_KIND_TOKEN)
		init.token = a->secret.token;
	else if (s->kind == ASMP_KIND_TICKET)
		memcpy(init.ticket, s->ticket.id, sizeof(init.ticket));
	else
		memcpy(init.id, a->id, sizeof(init.id));
	body.len = init_body_put(out, &init);
	sha256_parts(s->hbody, &body, 1);
	return body.len;
}

/* Go over to the keys of epoch 1, which x of the proof goes into. */
static void
epoch_begin(struct asmp *a, const uint8_t *x)
{
	struct session		*s = &a->session;
	struct asmp_hskeys	*hs = &s->hs;
	uint8_t			 g[ASMP_KEYLEN];

	proof_shared(a, g);
	keys_session(&s->keys, a->profile, s->t, hs->agreed, x, g);
	s->keys.d2g.client = s->keys.g2d.client = smcp_client(a->id);
	s->oepoch = s->iepoch = 1;
	s->oseq = s->iseq = 0;
	s->phase = PHASE_ACK;
	explicit_bzero(hs, sizeof(*hs));
	explicit_bzero(g, sizeof(g));
}

/* Say who we are and, but for kind kem, prove it. */
static int
init_send(struct asmp *a)
{
	struct session	*s = &a->session;
	uint8_t		 plain[INIT_MAX], x[ASMP_KEYLEN];
	size_t		 len;
	int		 n, r = -1;

	if ((len = init_body(a, plain)) == 0 ||
	    (n = proof_put(a, plain + len, x)) == -1) {
		asmp_fail(a, ASMP_E_SYSTEM, "cannot prove the identity: %s",
		    strerror(errno));
		goto done;
	}
	len += (size_t)n;
	if (out_record(a, ASMP_HANDSHAKE_INIT, ASMP_STREAM_CONN, s->hs.d2g,
	    plain, len) == -1)
		goto done;
	transcript_next(s->t, s->t1, plain, len);
	if (s->kind == ASMP_KIND_KEM)
		s->phase = PHASE_CHALLENGE;
	else
		epoch_begin(a, x);
	r = 0;
done:
	explicit_bzero(x, sizeof(x));
	explicit_bzero(plain, sizeof(plain));
	return r;
}

static int
gateway_auth_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *frame)
{
	struct asmp_gateway_auth auth;
	uint8_t			 plain[DEVICE_MAX_IN];
	size_t			 len;

	if (h->type != ASMP_GATEWAY_AUTH || h->stream != ASMP_STREAM_CONN ||
	    record_open(plain, a->session.hs.g2d, h, frame) == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway's proof is a bad %s: something between here "
		    "and there changes what is sent",
		    frame_typename(h->type));
	len = h->length - ASMP_TAGLEN;
	if (gateway_auth_get(&auth, plain, len) == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent a malformed GATEWAY_AUTH");
	if (gateway_check(a, &auth) == -1)
		return -1;
	transcript_next(a->session.t1, a->session.h, plain, len);
	return init_send(a);
}

/* Kind kem: the gateway has encapsulated to the key it has registered. */
static int
challenge_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *frame)
{
	struct session	*s = &a->session;
	uint8_t		 plain[DEVICE_MAX_IN], response[RESPONSE_LEN];
	uint8_t		 x[ASMP_KEYLEN];
	int		 r = -1;

	if (h->type != ASMP_CHALLENGE || h->stream != ASMP_STREAM_CONN ||
	    record_open(plain, s->hs.g2d, h, frame) == -1 ||
	    h->length != CHALLENGE_LEN + ASMP_TAGLEN)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway answered HANDSHAKE_INIT with a bad %s",
		    frame_typename(h->type));
	/* Who is unknown is challenged all the same, with nobody's key. */
	if (challenge_answer(a, plain, response, x) == -1) {
		identity_refused(a);
		return -1;
	}
	transcript_next(s->t, s->t, plain, CHALLENGE_LEN);
	if (out_record(a, ASMP_RESPONSE, ASMP_STREAM_CONN, s->hs.d2g,
	    response, sizeof(response)) == 0) {
		transcript_next(s->t, s->t, response, sizeof(response));
		epoch_begin(a, x);
		r = 0;
	}
	explicit_bzero(response, sizeof(response));
	explicit_bzero(x, sizeof(x));
	return r;
}

static int
ack_check(struct asmp *a, const struct asmp_ack *ack)
{
	struct session	*s = &a->session;

	if (timingsafe_bcmp(ack->nonce, s->nonce, sizeof(s->nonce)) != 0)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "HANDSHAKE_ACK answers somebody else's HANDSHAKE_INIT");
	if (ticket_keep(a, ack) == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "HANDSHAKE_ACK has a ticket that nobody asked for");
	if (ack->max_in < a->profile->max_in || ack->seal_limit == 0)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "HANDSHAKE_ACK offers limits nobody can keep");
	s->max_out = ack->max_in;
	s->seal_limit = ack->seal_limit < ASMP_SEAL_FRAMES ?
	    ack->seal_limit : ASMP_SEAL_FRAMES;
	a->lastid = a->acked = ack->lastid;
	s->time = ack->time;
	s->timetick = s->epochtick = a->ticks;
	return 0;
}

static int
handshake_ack_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *frame)
{
	struct session	*s = &a->session;
	struct asmp_ack	 ack;
	uint8_t		 plain[DEVICE_MAX_IN];
	int		 r;

	memset(&ack, 0, sizeof(ack));
	if (h->type != ASMP_HANDSHAKE_ACK || h->stream != ASMP_STREAM_CONN ||
	    record_open(plain, s->keys.g2d_control, h, frame) == -1 ||
	    ack_get(&ack, plain, h->length - ASMP_TAGLEN) == -1)
		r = asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway answered HANDSHAKE_INIT with a bad %s%s",
		    frame_typename(h->type), a->shared.number == 0 ? "" :
		    ": its shared key of this number is another one, or "
		    "something in between changes what is sent");
	else
		r = ack_check(a, &ack);
	explicit_bzero(&ack, sizeof(ack));
	explicit_bzero(plain, sizeof(plain));
	if (r == -1)
		return -1;
	s->phase = PHASE_SESSION;
	if (a->profile->window)
		window_add(&s->window, h->seq);
	if (a->profile->record == ASMP_SMCP)
		return smcp_begin(a);
	a->state = ASMP_OPEN;
	return 0;
}

/* A frame whose epoch and sequence are right, before the session stands. */
int
handshake_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *frame)
{
	switch (a->session.phase) {
	case PHASE_REPLY:
		return hello_reply_input(a, h, frame + ASMP_HDRLEN);
	case PHASE_AUTH:
		return gateway_auth_input(a, h, frame);
	case PHASE_CHALLENGE:
		return challenge_input(a, h, frame);
	default:
		return handshake_ack_input(a, h, frame);
	}
}
