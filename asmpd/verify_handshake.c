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
 * The handshake of asmp(7), the gateway's side.  The parent signs, looks up
 * and checks; what waits for its answer is a state of the session.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

static void	 hello(struct session *, const struct asmp_header *,
		    const uint8_t *);
static void	 init(struct session *, const struct asmp_header *,
		    const uint8_t *);
static void	 response(struct session *, const struct asmp_header *,
		    const uint8_t *);

/* Wipes and frees what only the handshake needs. */
void
handshake_free(struct session *s)
{
	if (s->hs == NULL)
		return;
	question_over(s->hs);
	noise_wipe(&s->hs->noise);
	freezero(s->hs, sizeof(*s->hs));
	s->hs = NULL;
}

/* Before the session is up just one frame is right at a time. */
void
handshake_frame(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	s->heard = hotpipe_clock(&verify_net);
	if (s->state == S_HELLO && h->type == ASMP_HELLO)
		hello(s, h, frame);
	else if (s->state == S_INIT && h->type == ASMP_HANDSHAKE_INIT)
		init(s, h, frame);
	else if (s->state == S_RESPONSE && h->type == ASMP_RESPONSE)
		response(s, h, frame);
	else
		session_fail(s, REASON_TYPE);
}

static int
header_is(const struct asmp_header *h, uint64_t seq)
{
	return h->stream == ASMP_STREAM_CONN && h->epoch == 0 &&
	    h->seq == seq;
}

/*
 * HELLO: the key agreement is done here at once, the signature over it by
 * the parent.
 */
static void
hello(struct session *s, const struct asmp_header *h, const uint8_t *frame)
{
	const uint8_t		*payload = frame + ASMP_HDRLEN;
	struct asmp_hello	 msg;
	struct noise_keys	 keys;
	struct ipc_sign		 req;
	uint8_t			 prologue[NOISE_PROLOGUE];
	int			 reason;

	if (!header_is(h, 0)) {
		session_fail(s, REASON_SEQUENCE);
		return;
	}
	if ((reason = hello_get(&msg, payload, h->length)) == 0 &&
	    (s->profiles & 1U << msg.profile) == 0)
		reason = REASON_PROFILE;
	if (reason != 0) {
		session_fail(s, reason);
		return;
	}
	if ((s->hs = calloc(1, sizeof(*s->hs))) == NULL)
		fatal("calloc");
	s->profile = profile_byid(msg.profile);
	s->max_out = msg.max_in;
	s->compressed = (msg.options & HELLO_COMPRESS) != 0;
	prologue_put(prologue, frame, payload);
	if (noise_init(&s->hs->noise, s->profile->agreement, prologue) == -1)
		fatalx("no randomness");
	if (noise_read_m1_write_m2(&s->hs->noise, msg.m1, s->hs->m2, &keys) ==
	    -1) {
		session_fail(s, errno == EPROTO ? REASON_AGREEMENT :
		    REASON_INTERNAL);
		return;
	}
	keys_handshake(&s->hs->keys, &keys);
	memset(&req, 0, sizeof(req));
	req.conn = s->conn;
	memcpy(req.h, keys.h, sizeof(req.h));
	memcpy(s->hs->h, keys.h, sizeof(s->hs->h));
	explicit_bzero(&keys, sizeof(keys));
	noise_wipe(&s->hs->noise);
	s->rx = 1;
	s->state = S_SIGNING;
	question_ask(s, IPC_SIGN, &req, sizeof(req));
}

static uint8_t *
put_header(uint8_t *p, uint16_t type, uint64_t seq, uint32_t len)
{
	struct asmp_header	 h;

	memset(&h, 0, sizeof(h));
	h.version = ASMP_VERSION;
	h.type = type;
	h.seq = seq;
	h.length = len;
	frame_put(p, &h);
	return p + ASMP_HDRLEN;
}

/* A record of the handshake's into buf; returns its end. */
static uint8_t *
put_record(struct session *s, uint8_t *buf, uint16_t type,
    const uint8_t *plain, size_t len)
{
	uint8_t	*p;

	p = put_header(buf, type, s->tx++, len + ASMP_TAGLEN);
	if (pool_seal(verify_aeads, p, s->hs->keys.g2d, buf + 8, plain, len,
	    buf, ASMP_HDRLEN) == -1)
		fatalx("a record cannot be sealed");
	return p + len + ASMP_TAGLEN;
}

static uint8_t *
reserve(size_t len)
{
	uint8_t	*buf;

	if ((buf = chan_reserve(&verify_net.chan, len)) == NULL)
		fatalx("net does not take its messages");
	return buf;
}

/* The parent's signature: HELLO_REPLY and GATEWAY_AUTH in one write. */
void
handshake_signed(const struct ipc_signed *msg)
{
	struct session		*s = session_find(msg->conn);
	struct handshake	*hs;
	uint8_t			*buf, *p;
	size_t			 m2len;

	if (s == NULL)
		return;
	if (s->state != S_SIGNING || !s->hs->asked)
		fatalx("a signature nobody asked for");
	hs = s->hs;
	question_over(hs);
	m2len = noise_m2_len(s->profile->agreement);
	buf = reserve(2 * ASMP_HDRLEN + m2len + msg->len + ASMP_TAGLEN);
	p = put_header(buf, ASMP_HELLO_REPLY, s->tx++, m2len);
	memcpy(p, hs->m2, m2len);
	p = put_record(s, p + m2len, ASMP_GATEWAY_AUTH, msg->gpt, msg->len);
	transcript_next(hs->t1, hs->h, msg->gpt, msg->len);
	s->state = S_INIT;
	chan_commit(&verify_net.chan, VN_SEND, s->conn, p - buf);
}

/* Kind kem: the device has to open this. */
static void
challenge(struct session *s, const uint8_t *plain)
{
	uint8_t	*buf, *end;

	buf = reserve(ASMP_HDRLEN + CHALLENGE_LEN + ASMP_TAGLEN);
	end = put_record(s, buf, ASMP_CHALLENGE, plain, CHALLENGE_LEN);
	transcript_next(s->hs->t, s->hs->t, plain, CHALLENGE_LEN);
	s->state = S_RESPONSE;
	chan_commit(&verify_net.chan, VN_SEND, s->conn, end - buf);
}

static void
lookup(struct session *s, const struct asmp_init *msg, const uint8_t *body)
{
	struct ipc_lookup	 req;
	struct part		 part = { body, msg->bodylen };

	memset(&req, 0, sizeof(req));
	req.conn = s->conn;
	req.profile = s->profile->id;
	req.kind = msg->kind;
	req.flags = msg->flags;
	req.group = msg->group;
	memcpy(req.nonce, msg->nonce, sizeof(req.nonce));
	strlcpy(req.id, msg->id, sizeof(req.id));
	req.token = msg->token;
	memcpy(req.ticket, msg->ticket, sizeof(req.ticket));
	sha256_parts(s->hs->hbody, &part, 1);
	s->state = S_LOOKING;
	question_ask(s, IPC_LOOKUP, &req, sizeof(req));
}

/* Opens a record of the handshake's; 0 or a reason. */
static enum reason
open_record(struct session *s, const struct asmp_header *h,
    const uint8_t *frame, uint8_t *plain, size_t max, size_t *len)
{
	if (!header_is(h, s->rx))
		return REASON_SEQUENCE;
	if (h->length < ASMP_TAGLEN || h->length > max + ASMP_TAGLEN)
		return REASON_HANDSHAKE_MAC;
	if (pool_open(verify_aeads, plain, s->hs->keys.d2g, frame + 8,
	    frame + ASMP_HDRLEN, h->length, frame, ASMP_HDRLEN) == -1)
		return errno == EBADMSG ? REASON_HANDSHAKE_MAC :
		    REASON_INTERNAL;
	s->rx++;
	*len = h->length - ASMP_TAGLEN;
	return REASON_NONE;
}

static void
keep_proof(struct handshake *hs, const uint8_t *proof, size_t len)
{
	/* Too long a proof is none: its check fails like any other. */
	hs->prooflen = len > sizeof(hs->proof) ? 0 : len;
	memcpy(hs->proof, proof, hs->prooflen);
}

/* Keeps what the proof will be checked with, and asks who that is. */
static void
claim(struct session *s, const struct asmp_init *msg, const uint8_t *plain,
    size_t len)
{
	struct handshake	*hs = s->hs;

	memcpy(hs->nonce, msg->nonce, sizeof(hs->nonce));
	hs->kind = msg->kind;
	strlcpy(hs->id, msg->kind == ASMP_KIND_TOKEN ? msg->token.client :
	    msg->id, sizeof(hs->id));
	keep_proof(hs, msg->proof, msg->prooflen);
	lookup(s, msg, plain);
	transcript_next(hs->t, hs->t1, plain, len);
}

/* HANDSHAKE_INIT: who the device says it is, and mostly its proof. */
static void
init(struct session *s, const struct asmp_header *h, const uint8_t *frame)
{
	struct asmp_init msg;
	uint8_t		 plain[ASMP_PRE_MAX];
	enum reason	 reason;
	size_t		 len;

	reason = open_record(s, h, frame, plain, sizeof(plain) - ASMP_TAGLEN,
	    &len);
	if (reason == REASON_NONE && init_get(&msg, plain, len) == -1)
		reason = REASON_INIT;
	if (reason == REASON_NONE)
		claim(s, &msg, plain, len);
	else
		session_fail(s, reason);
	explicit_bzero(plain, sizeof(plain));
}

/* Hands the proof to the parent, who decides. */
static void
prove(struct session *s)
{
	struct ipc_prove	 req;

	memset(&req, 0, sizeof(req));
	req.conn = s->conn;
	req.len = s->hs->prooflen;
	memcpy(req.proof, s->hs->proof, s->hs->prooflen);
	s->state = S_PROVING;
	to_parent(IPC_PROVE, &req, sizeof(req));
}

/* RESPONSE: the proof of kind kem. */
static void
response(struct session *s, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		 plain[RESPONSE_LEN];
	enum reason	 reason;
	size_t		 len;

	reason = open_record(s, h, frame, plain, sizeof(plain), &len);
	if (reason == REASON_NONE && len != sizeof(plain))
		reason = REASON_LENGTH;
	if (reason != REASON_NONE) {
		session_fail(s, reason);
		return;
	}
	keep_proof(s->hs, plain, len);
	transcript_next(s->hs->t, s->hs->t, plain, len);
	explicit_bzero(plain, sizeof(plain));
	prove(s);
}

static int
proof_holds(const struct handshake *hs)
{
	return device_verify(&hs->pub, hs->proof, hs->prooflen, hs->t1,
	    hs->hbody) == 0;
}

/* Goes over to the key before it, if there is one; seals go by it, too. */
static int
take_oldkey(struct handshake *hs, const struct ipc_found *msg)
{
	if (msg->oldalg == 0)
		return 0;
	hs->pub.alg = msg->oldalg;
	memcpy(hs->pub.key, msg->oldkey, sizeof(hs->pub.key));
	return 1;
}

/*
 * The key of who was claimed, or a decoy: the work is the same.  Junk stays
 * here; a signature that holds goes to the parent, which checks it again.
 */
static void
found_key(struct session *s, const struct ipc_found *msg)
{
	struct handshake	*hs = s->hs;
	enum reason		 reason = msg->reason;

	if (!proof_holds(hs) && !(take_oldkey(hs, msg) && proof_holds(hs)) &&
	    reason == REASON_NONE)
		reason = REASON_BAD_PROOF;
	if (reason == REASON_NONE) {
		prove(s);
		return;
	}
	event_unproved(s, reason);
	session_refuse(s, reason);
}

/* The parent knows who is claimed, or pretends to. */
void
handshake_found(const struct ipc_found *msg)
{
	struct session	*s = session_find(msg->conn);

	if (s == NULL)
		return;
	if (s->state != S_LOOKING || !s->hs->asked)
		fatalx("a key nobody asked for");
	question_over(s->hs);
	s->hs->reason = msg->reason;
	s->hs->pub.alg = msg->alg;
	memcpy(s->hs->pub.key, msg->key, sizeof(s->hs->pub.key));
	switch (s->hs->kind) {
	case ASMP_KIND_SIGNATURE:
		found_key(s, msg);
		break;
	case ASMP_KIND_KEM:
		challenge(s, msg->challenge);
		break;
	default:
		prove(s);
		break;
	}
}

/* A lease that no session came of. */
static void
give_back(const struct ipc_proved *msg)
{
	struct vs_release	 release;

	memset(&release, 0, sizeof(release));
	release.device = msg->device;
	release.rested = msg->rested;
	hotpipe_send(&verify_store, VS_RELEASE, msg->conn, &release,
	    sizeof(release));
}

/* The parent's verdict.  A lease for a connection that is gone goes back. */
void
handshake_proved(const struct ipc_proved *msg, const uint8_t *model)
{
	struct session	*s = session_find(msg->conn);

	if (s == NULL) {
		if (msg->reason == 0)
			give_back(msg);
		return;
	}
	if (s->state != S_PROVING)
		fatalx("a verdict nobody asked for");
	if (msg->reason != 0) {
		session_refuse(s, msg->reason);
		return;
	}
	/* The parent saw the connection go before we did. */
	if (msg->id[0] == '\0') {
		give_back(msg);
		session_fail(s, REASON_LOST);
		return;
	}
	if (session_up(s, msg, model) == 0)
		return;
	log_warnx("device %s: no memory, or its model is damaged", msg->id);
	give_back(msg);
	session_refuse(s, REASON_INTERNAL);
}
