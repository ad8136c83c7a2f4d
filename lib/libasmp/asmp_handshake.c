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
 * The handshake as the device plays it: asmp(7), "Handshake", for kind
 * signature.  Nothing about the identity leaves before the gateway is proved.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"
#include "compat.h"

static const uint8_t	zeros[ASMP_KEYLEN];

/* Queue HELLO, whose header and fixed fields are the prologue. */
int
handshake_start(struct asmp *a)
{
	struct session	*s = &a->session;
	uint8_t		 prologue[NOISE_PROLOGUE], *p;
	size_t		 len;

	len = HELLO_FIXED + noise_m1_len(a->profile->agreement);
	if ((p = out_room(a, ASMP_HDRLEN + len)) == NULL ||
	    out_header(a, p, ASMP_HELLO, ASMP_STREAM_CONN, len) == -1)
		return -1;
	hello_put(p + ASMP_HDRLEN, a->profile->id, 0, DEVICE_MAX_IN);
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
 * The plaintext of HANDSHAKE_INIT, INIT_MAX bytes of room: body and proof,
 * a signature over T1 and the body's hash.  Its length, or 0.
 */
static size_t
init_build(struct asmp *a, uint8_t *out, const uint8_t *t1)
{
	struct session	*s = &a->session;
	struct asmp_init init;
	struct part	 body;
	uint8_t		 hash[ASMP_HASHLEN];
	size_t		 len;

	memset(&init, 0, sizeof(init));
	init.kind = ASMP_KIND_SIGNATURE;
	arc4random_buf(s->nonce, sizeof(s->nonce));
	memcpy(init.nonce, s->nonce, sizeof(init.nonce));
	memcpy(init.id, a->id, sizeof(init.id));
	len = init_body_put(out, &init);
	body.data = out;
	body.len = len;
	sha256_parts(hash, &body, 1);
	if (device_sign(a->ident, out + len, t1, hash) == -1)
		return 0;
	return len + ident_siglen(ident_public(a->ident)->alg);
}

/* Prove who we are, and go over to the keys of epoch 1. */
static int
init_send(struct asmp *a, const uint8_t *t1)
{
	struct session	*s = &a->session;
	struct asmp_hskeys *hs = &s->hs;
	uint8_t		 plain[INIT_MAX];
	size_t		 len;
	int		 r = -1;

	if ((len = init_build(a, plain, t1)) == 0) {
		asmp_fail(a, ASMP_E_SYSTEM, "cannot sign: %s",
		    strerror(errno));
		goto done;
	}
	if (out_record(a, ASMP_HANDSHAKE_INIT, hs->d2g, plain, len) == -1)
		goto done;
	transcript_next(s->t, t1, plain, len);
	keys_session(&s->keys, a->profile, s->t, hs->agreed, zeros, zeros);
	s->oepoch = s->iepoch = 1;
	s->oseq = s->iseq = 0;
	s->phase = PHASE_ACK;
	r = 0;
done:
	explicit_bzero(hs, sizeof(*hs));
	explicit_bzero(plain, sizeof(plain));
	return r;
}

static int
gateway_auth_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *frame)
{
	struct asmp_gateway_auth auth;
	uint8_t			 plain[DEVICE_MAX_IN], t1[ASMP_HASHLEN];
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
	transcript_next(t1, a->session.h, plain, len);
	return init_send(a, t1);
}

static int
ack_check(struct asmp *a, const struct asmp_ack *ack)
{
	struct session	*s = &a->session;

	if (timingsafe_bcmp(ack->nonce, s->nonce, sizeof(s->nonce)) != 0)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "HANDSHAKE_ACK answers somebody else's HANDSHAKE_INIT");
	if (ack->ticketed)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "HANDSHAKE_ACK has a ticket that nobody asked for");
	if (ack->max_in < ASMP_MAX_IN_MIN || ack->seal_limit == 0)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "HANDSHAKE_ACK offers limits nobody can keep");
	s->max_out = ack->max_in;
	s->seal_limit = ack->seal_limit < ASMP_SEAL_FRAMES ?
	    ack->seal_limit : ASMP_SEAL_FRAMES;
	a->lastid = a->acked = ack->lastid;
	return 0;
}

static int
handshake_ack_input(struct asmp *a, const struct asmp_header *h,
    const uint8_t *frame)
{
	struct session	*s = &a->session;
	struct asmp_ack	 ack;
	uint8_t		 plain[DEVICE_MAX_IN];

	if (h->type != ASMP_HANDSHAKE_ACK || h->stream != ASMP_STREAM_CONN ||
	    record_open(plain, s->keys.g2d_control, h, frame) == -1 ||
	    ack_get(&ack, plain, h->length - ASMP_TAGLEN) == -1)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway answered HANDSHAKE_INIT with a bad %s",
		    frame_typename(h->type));
	if (ack_check(a, &ack) == -1)
		return -1;
	s->phase = PHASE_SESSION;
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
	default:
		return handshake_ack_input(a, h, frame);
	}
}
