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


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

enum {
	STEP_HELLO,
	STEP_INIT,
	STEP_RESPONSE,
	STEP_SESSION
};

/*
 * A gateway that takes one device, of kind signature and profile asmp until
 * the caller says otherwise; the key stays the caller's.
 */
struct gw *
gw_new(const struct ident *ident, const char *id,
    const struct ident_pub *device, const char *device_id)
{
	struct gw	*gw;

	if ((gw = calloc(1, sizeof(*gw))) == NULL ||
	    (gw->expand = expand_new()) == NULL ||
	    (gw->pool = aead_pool_new(2)) == NULL)
		abort();
	gw->ident = ident;
	gw->profile = profile_byname("asmp");
	gw->kind = ASMP_KIND_SIGNATURE;
	if (device != NULL)
		gw->device = *device;
	strlcpy(gw->id, id, sizeof(gw->id));
	strlcpy(gw->device_id, device_id, sizeof(gw->device_id));
	gw->time = 1700000000000ULL;
	gw->max_in = 4096;
	gw->seal_limit = ASMP_SEAL_FRAMES;
	gw->auth_type = ASMP_GATEWAY_AUTH;
	gw->ack_type = ASMP_HANDSHAKE_ACK;
	return gw;
}

void
gw_free(struct gw *gw)
{
	keys_wipe(&gw->keys);
	expand_free(gw->expand);
	aead_pool_free(gw->pool);
	free(gw);
}

static int
broken(struct gw *gw, const char *why)
{
	gw->why = why;
	return -1;
}

/* Queue a frame with the next sequence; key NULL leaves it in clear. */
void
gw_frame(struct gw *gw, uint16_t type, uint32_t stream, const uint8_t *key,
    const void *plain, size_t len)
{
	struct asmp_header	 h;
	uint8_t			*p = gw->out + gw->outlen;

	h.version = ASMP_VERSION;
	h.type = type;
	h.stream = stream;
	h.epoch = gw->oepoch;
	h.seq = gw->oseq++;
	h.length = (uint32_t)(len + (key == NULL ? 0 : ASMP_TAGLEN));
	if (gw->outlen + ASMP_HDRLEN + h.length > sizeof(gw->out))
		abort();
	frame_put(p, &h);
	if (key == NULL)
		memcpy(p + ASMP_HDRLEN, plain, len);
	else if (chapoly_seal(p + ASMP_HDRLEN, key, p + 8, plain, len, p,
	    ASMP_HDRLEN) == -1)
		abort();
	gw->outlen += ASMP_HDRLEN + h.length;
}

/* Queue DATA on a stream. */
void
gw_say(struct gw *gw, uint32_t stream, const void *data, size_t len)
{
	struct asmp_header	 h = { ASMP_VERSION, ASMP_DATA, stream,
		    gw->oepoch, gw->oseq++,
		    (uint32_t)data_len(gw->profile, len) };
	uint8_t			*p = gw->out + gw->outlen;

	if (gw->outlen + ASMP_HDRLEN + h.length > sizeof(gw->out))
		abort();
	frame_put(p, &h);
	if (data_seal(&gw->keys.g2d, gw->pool, p, data, len,
	    gw->time / 1000) == -1)
		abort();
	gw->outlen += ASMP_HDRLEN + h.length;
}

/* ACK up to decided, with one refused reading unless id is 0. */
void
gw_ack(struct gw *gw, uint64_t decided, uint64_t id, uint8_t reason)
{
	uint8_t	 plain[8 + 9];

	put_u64(plain, decided);
	put_u64(plain + 8, id);
	plain[16] = reason;
	gw_frame(gw, ASMP_ACK, ASMP_STREAM_CONN, gw->keys.g2d_control, plain,
	    id == 0 ? 8 : sizeof(plain));
}

void
gw_close(struct gw *gw, uint8_t reason)
{
	gw_frame(gw, ASMP_CLOSE, ASMP_STREAM_CONN, gw->keys.g2d_control,
	    &reason, 1);
	gw->closed = 1;
}

void
gw_stream_end(struct gw *gw, uint32_t stream, uint8_t reason)
{
	gw_frame(gw, ASMP_CLOSE, stream, gw->keys.g2d_control, &reason, 1);
}

static int
hello(struct gw *gw, const struct asmp_header *h, const uint8_t *frame)
{
	struct asmp_hello	 msg;
	uint8_t			 prologue[NOISE_PROLOGUE], m2[NOISE_MSGMAX];
	uint8_t			 plain[GATEWAY_AUTH_MAX], nonce[ASMP_NONCELEN];
	enum asmp_agreement	 agreement = gw->profile->agreement;
	int			 len;

	if (h->type != ASMP_HELLO || h->stream != 0 ||
	    hello_get(&msg, frame + ASMP_HDRLEN, h->length) != 0)
		return broken(gw, "HELLO");
	if (msg.profile != gw->profile->id ||
	    msg.options != (gw->compressed ? HELLO_COMPRESS : 0) ||
	    msg.max_in != 4096)
		return broken(gw, "HELLO's offer");
	prologue_put(prologue, frame, frame + ASMP_HDRLEN);
	if (noise_init(&gw->noise, agreement, prologue) == -1 ||
	    noise_read_m1_write_m2(&gw->noise, msg.m1, m2, &gw->nk) == -1)
		return broken(gw, "Noise message 1");
	keys_handshake(&gw->hs, &gw->nk);
	gw_frame(gw, ASMP_HELLO_REPLY, 0, NULL, m2, noise_m2_len(agreement));
	arc4random_buf(nonce, sizeof(nonce));
	len = gateway_sign(gw->ident, plain, gw->nk.h, nonce, gw->id);
	if (len == -1)
		abort();
	if (gw->claim != NULL)
		ident_keyid(gw->claim, plain + ASMP_NONCELEN);
	gw_frame(gw, gw->auth_type, 0, gw->hs.g2d, plain, (size_t)len);
	transcript_next(gw->t1, gw->nk.h, plain, (size_t)len);
	gw->step = STEP_INIT;
	return 0;
}

static void
handshake_ack(struct gw *gw)
{
	struct asmp_ack	 ack;
	uint8_t		 plain[HANDSHAKE_ACK_MAX];

	memset(&ack, 0, sizeof(ack));
	memcpy(ack.nonce, gw->nonce, sizeof(ack.nonce));
	ack.nonce[0] ^= gw->nonce_change;
	ack.time = gw->time;
	ack.lastid = gw->lastid;
	ack.max_in = gw->max_in;
	ack.seal_limit = gw->seal_limit;
	ack.lifetime = 86400;
	ack.ticketed = gw->ticketed;
	if (gw->ticketed) {
		arc4random_buf(ack.ticket, sizeof(ack.ticket));
		arc4random_buf(ack.secret, sizeof(ack.secret));
		memcpy(gw->ticket, ack.ticket, sizeof(gw->ticket));
		memcpy(gw->ticket_secret, ack.secret,
		    sizeof(gw->ticket_secret));
	}
	gw_frame(gw, gw->ack_type, 0, gw->keys.g2d_control, plain,
	    ack_put(plain, &ack));
}

/* The identity is proved: epoch 1. */
static void
session_begin(struct gw *gw, const uint8_t *x)
{
	uint8_t	 g[ASMP_KEYLEN] = { 0 };
	int	 n = atoi(gw->device_id);

	if (gw->group != 0)
		proof_group(g, gw->shared, sizeof(gw->shared), gw->t1,
		    gw->hbody);
	keys_session(&gw->keys, gw->profile, gw->t, gw->hs.agreed, x, g);
	gw->keys.d2g.client = gw->keys.g2d.client =
	    n > 0 && n < 256 ? (uint8_t)n : 0;
	gw->iepoch = gw->oepoch = 1;
	gw->iseq = gw->oseq = 0;
	handshake_ack(gw);
	gw->step = STEP_SESSION;
}

/* Whether it is the proof that this secret makes; X where it is. */
static int
mac_check(struct gw *gw, const struct asmp_init *init, const uint8_t *secret,
    size_t len, uint8_t *x)
{
	uint8_t	 mac[ASMP_HASHLEN];

	proof_mac(mac, secret, len, gw->t1, gw->hbody);
	proof_extra(x, secret, len, gw->t1, gw->hbody);
	return memcmp(mac, init->proof, sizeof(mac)) == 0 ? 0 : -1;
}

/* Whether the proof holds; X where it does. */
static int
proof_check(struct gw *gw, const struct asmp_init *init, uint8_t *x)
{
	const char	*id = init->id;

	gw->proved = init->kind;
	memset(x, 0, ASMP_KEYLEN);
	if (init->group != gw->group)
		return -1;
	if (init->kind == ASMP_KIND_TICKET)
		return !gw->has_ticket || memcmp(gw->ticket, init->ticket,
		    sizeof(gw->ticket)) != 0 ? -1 : mac_check(gw, init,
		    gw->ticket_secret, sizeof(gw->ticket_secret), x);
	if (init->kind == ASMP_KIND_TOKEN)
		id = init->token.client;
	if (init->kind != gw->kind || strcmp(id, gw->device_id) != 0)
		return -1;
	if (gw->kind == ASMP_KIND_KEM)
		return 0;
	if (gw->kind == ASMP_KIND_SIGNATURE)
		return device_verify(&gw->device, init->proof,
		    init->prooflen, gw->t1, gw->hbody);
	return mac_check(gw, init, gw->secret, gw->secretlen, x);
}

static void
challenge(struct gw *gw)
{
	uint8_t	 plain[CHALLENGE_LEN], ss[MLKEM768_SSLEN];
	uint8_t	 m[MLKEM768_MLEN];

	arc4random_buf(m, sizeof(m));
	if (mlkem768_encaps(plain, ss, gw->ek, m) == -1)
		abort();
	proof_kem(&gw->kem, ss, plain, gw->t1, gw->hbody);
	memcpy(plain + MLKEM768_CTLEN, gw->kem.gateway, ASMP_HASHLEN);
	plain[CHALLENGE_LEN - 1] ^= gw->challenge_change;
	transcript_next(gw->t, gw->t, plain, sizeof(plain));
	gw_frame(gw, ASMP_CHALLENGE, 0, gw->hs.g2d, plain, sizeof(plain));
	gw->step = STEP_RESPONSE;
}

static int
init_input(struct gw *gw, const struct asmp_header *h, const uint8_t *frame)
{
	struct asmp_init msg;
	struct part	 body;
	uint8_t		 plain[ASMP_PRE_MAX], x[ASMP_KEYLEN];

	if (h->type != ASMP_HANDSHAKE_INIT || h->stream != 0 ||
	    chapoly_open(plain, gw->hs.d2g, frame + 8, frame + ASMP_HDRLEN,
	    h->length, frame, ASMP_HDRLEN) == -1 ||
	    init_get(&msg, plain, h->length - ASMP_TAGLEN) == -1)
		return broken(gw, "HANDSHAKE_INIT");
	body.data = plain;
	body.len = msg.bodylen;
	sha256_parts(gw->hbody, &body, 1);
	if (proof_check(gw, &msg, x) == -1) {
		gw->refused = 1;
		return -1;
	}
	memcpy(gw->nonce, msg.nonce, sizeof(gw->nonce));
	transcript_next(gw->t, gw->t1, plain, h->length - ASMP_TAGLEN);
	if (gw->kind == ASMP_KIND_KEM)
		challenge(gw);
	else
		session_begin(gw, x);
	return 0;
}

static int
response_input(struct gw *gw, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t	 plain[RESPONSE_LEN + ASMP_TAGLEN];

	if (h->type != ASMP_RESPONSE || h->stream != 0 ||
	    h->length != sizeof(plain) || chapoly_open(plain, gw->hs.d2g,
	    frame + 8, frame + ASMP_HDRLEN, h->length, frame,
	    ASMP_HDRLEN) == -1)
		return broken(gw, "RESPONSE");
	if (memcmp(plain, gw->kem.device, RESPONSE_LEN) != 0) {
		gw->refused = 1;
		return -1;
	}
	transcript_next(gw->t, gw->t, plain, RESPONSE_LEN);
	session_begin(gw, gw->kem.extra);
	return 0;
}

static void
answer(struct gw *gw, uint32_t stream, const char *text)
{
	gw_say(gw, stream, text, strlen(text));
}

/* A few of the commands, and what chat does. */
static void
text_answer(struct gw *gw, uint32_t stream, const char *text)
{
	char	 reply[GW_JSONMAX + 32];

	if (stream == ASMP_STREAM_CONTROL)
		answer(gw, stream, strcmp(text, "ping") == 0 ? "pong" :
		    strcmp(text, "status") == 0 ? "server OK" :
		    "unknown command");
	else if (gw->profile->record == ASMP_FERNET) {
		snprintf(reply, sizeof(reply), "Message received: %s", text);
		answer(gw, stream, reply);
	} else
		answer(gw, stream, text);
}

static int
text_input(struct gw *gw, uint32_t stream, const uint8_t *plain, size_t len)
{
	struct gw_text	*t = &gw->text[gw->ntexts];

	if (gw->ntexts == GW_TEXTS)
		return -1;
	gw->ntexts++;
	t->stream = stream;
	t->len = len;
	memset(t->text, 0, sizeof(t->text));
	memcpy(t->text, plain, len < GW_JSONMAX ? len : GW_JSONMAX - 1);
	if (!gw->silent)
		text_answer(gw, stream, t->text);
	return 0;
}

static struct gw_reading *
reading_new(struct gw *gw, uint64_t id, size_t len)
{
	struct gw_reading	*r = &gw->reading[gw->nreadings];

	if (gw->nreadings == GW_READINGS || id != gw->lastid + 1)
		return NULL;
	gw->lastid++;
	gw->nreadings++;
	r->id = id;
	r->len = len;
	return r;
}

static int
reading_input(struct gw *gw, const uint8_t *plain, size_t len)
{
	static uint8_t		 expanded[ASMP_PAYLOAD_MAX];
	struct gw_reading	*r;
	size_t			 n = sizeof(expanded);

	if (gw->compressed) {
		if (expand_record(gw->expand, expanded, &n, plain, len) == -1)
			return -1;
		plain = expanded;
		len = n;
	}
	if (len < ASMP_READING_HDR || (r = reading_new(gw, get_u64(plain),
	    len - ASMP_READING_HDR)) == NULL)
		return -1;
	r->time = get_u64(plain + 8);
	memcpy(r->json, plain + ASMP_READING_HDR,
	    r->len < GW_JSONMAX ? r->len : GW_JSONMAX);
	return 0;
}

/* The round of smcp: a value, and the sum of all. */
static int
value_input(struct gw *gw, const uint8_t *plain, size_t len)
{
	struct gw_reading	*r;
	int64_t			 value = (int64_t)get_u64(plain);
	uint8_t			 out[1 + SMCP_VALUELEN];

	if (len != SMCP_VALUELEN ||
	    (r = reading_new(gw, gw->lastid + 1, 0)) == NULL)
		return -1;
	r->len = (size_t)snprintf(r->json, sizeof(r->json),
	    "{\"value\": %lld}", (long long)value);
	out[0] = gw->status;
	put_u64(out + 1, (uint64_t)(value + gw->others));
	if (!gw->silent)
		gw_say(gw, ASMP_STREAM_AGGREGATE, out, sizeof(out));
	return 0;
}

static int
smcp_input(struct gw *gw, const uint8_t *plain, size_t len)
{
	uint8_t	 random[16];

	switch (gw->keys.d2g.opcode) {
	case SMCP_HELLO:
		if (len != 5 || memcmp(plain, "HELLO", len) != 0)
			return -1;
		arc4random_buf(random, sizeof(random));
		gw_say(gw, ASMP_STREAM_AGGREGATE, random, sizeof(random));
		return 0;
	case SMCP_DATA:
		return value_input(gw, plain, len);
	default:
		return -1;
	}
}

/* An opened record. */
static int
deliver(struct gw *gw, uint32_t stream, const uint8_t *plain, size_t len)
{
	if (gw->profile->record == ASMP_SMCP)
		return stream == ASMP_STREAM_AGGREGATE ?
		    smcp_input(gw, plain, len) : -1;
	if (stream == ASMP_STREAM_TELEMETRY)
		return reading_input(gw, plain, len);
	return text_input(gw, stream, plain, len);
}

/* Keep DATA unopened until its seal. */
static int
run_add(struct gw *gw, const uint8_t *frame, size_t len)
{
	if (gw->runframes == gw->seal_limit ||
	    gw->runlen + len > ASMP_SEAL_BYTES)
		return broken(gw, "more DATA than a seal covers");
	memcpy(gw->run + gw->runlen, frame, len);
	gw->runlen += len;
	gw->runframes++;
	return 0;
}

static void	run_decide(struct gw *);

static int
data_input(struct gw *gw, const struct asmp_header *h, uint8_t *frame)
{
	struct asmp_data	*d = &gw->keys.d2g;
	uint8_t			*plain;
	size_t			 len, before = gw->nreadings;
	enum reason		 reason;

	if (h->stream == 0 || h->length > gw->max_in)
		return broken(gw, "DATA");
	if (gw->profile->sealed)
		return run_add(gw, frame, ASMP_HDRLEN + h->length);
	if ((reason = data_verify(d, frame)) != REASON_NONE ||
	    (reason = data_open(d, gw->pool, frame, gw->time / 1000, &plain,
	    &len)) != REASON_NONE)
		return broken(gw, reason_name(reason));
	if (deliver(gw, h->stream, plain, len) == -1)
		return broken(gw, "what DATA carries");
	if (gw->nreadings != before)
		run_decide(gw);
	return 0;
}

/* Open one sealed frame and take what is in it; its length, or 0. */
static size_t
sealed_open(struct gw *gw, uint8_t *frame, uint8_t *leaf)
{
	struct asmp_header	 h;
	uint8_t			*plain;
	size_t			 len;

	frame_get(&h, frame);
	if (data_verify(&gw->keys.d2g, frame) != REASON_NONE ||
	    data_open(&gw->keys.d2g, gw->pool, frame, gw->time / 1000,
	    &plain, &len) != REASON_NONE)
		return 0;
	seal_leaf(leaf, gw->keys.d2g_blind, frame, plain, len);
	return deliver(gw, h.stream, plain, len) == -1 ? 0 :
	    ASMP_HDRLEN + h.length;
}

/* Open what the seal covers; P over the leaves, 0 or -1. */
static int
run_open(struct gw *gw, uint8_t *p)
{
	uint8_t		 leaves[ASMP_SEAL_FRAMES * ASMP_HASHLEN];
	struct part	 part = { leaves, gw->runframes * ASMP_HASHLEN };
	size_t		 i, n, pos = 0;

	for (i = 0; i < gw->runframes; i++) {
		n = sealed_open(gw, gw->run + pos, leaves + i * ASMP_HASHLEN);
		if (n == 0)
			return -1;
		pos += n;
	}
	sha256_parts(p, &part, 1);
	return 0;
}

/* First and last sequence, and C, of what waits. */
static void
run_numbers(struct gw *gw, struct seal *seal)
{
	struct asmp_header	 h;
	struct part		 all = { gw->run, gw->runlen };
	size_t			 pos;

	sha256_parts(seal->c, &all, 1);
	for (pos = 0; pos < gw->runlen; pos += ASMP_HDRLEN + h.length) {
		frame_get(&h, gw->run + pos);
		if (pos == 0)
			seal->first = h.seq;
		seal->last = h.seq;
	}
}

static void
run_decide(struct gw *gw)
{
	if (gw->mute)
		return;
	if (gw->refuse_id == 0 || gw->lastid < gw->refuse_id) {
		gw_ack(gw, gw->lastid, 0, 0);
		return;
	}
	gw_ack(gw, gw->refuse_ends ? gw->refuse_id : gw->lastid,
	    gw->refuse_id, gw->refuse_reason);
	gw->refuse_id = 0;
	if (gw->refuse_ends)
		gw_close(gw, gw->refuse_reason);
}

static int
seal_input(struct gw *gw, const uint8_t *plain, size_t len)
{
	struct seal	 seal;
	uint8_t		 p[ASMP_HASHLEN];

	if (len != SEAL_FIXED + ident_siglen(gw->device.alg))
		return broken(gw, "SEAL");
	seal.number = gw->nseals;
	seal.epoch = gw->iepoch;
	seal.count = get_u16(plain);
	memcpy(seal.p, plain + 2, sizeof(seal.p));
	if (gw->runframes == 0 || seal.count != gw->runframes)
		return broken(gw, "SEAL's count");
	run_numbers(gw, &seal);
	if (seal_verify(&gw->device, plain + SEAL_FIXED, len - SEAL_FIXED,
	    gw->t, &seal, gw->device_id) == -1)
		return broken(gw, "SEAL's signature");
	if (run_open(gw, p) == -1)
		return broken(gw, "sealed DATA");
	if (memcmp(p, seal.p, sizeof(p)) != 0)
		return broken(gw, "SEAL's P");
	gw->seal_count[gw->nseals++] = seal.count;
	gw->runframes = gw->runlen = 0;
	run_decide(gw);
	return 0;
}

/* The answer is the last frame under the old keys. */
static int
rekey_input(struct gw *gw, const uint8_t *plain, size_t len)
{
	uint8_t	 old[ASMP_KEYLEN], out[ASMP_REKEY_GATEWAY];

	if (!gw->profile->rekey || len != ASMP_REKEY_DEVICE ||
	    gw->runframes != 0)
		return broken(gw, "REKEY");
	memcpy(old, gw->keys.g2d_control, sizeof(old));
	if (rekey_answer(&gw->keys, plain, out) == -1)
		return broken(gw, "REKEY's keys");
	gw_frame(gw, ASMP_REKEY, 0, old, out, sizeof(out));
	gw->iepoch++;
	gw->oepoch++;
	gw->iseq = gw->oseq = 0;
	gw->nrekeys++;
	return 0;
}

static int
close_input(struct gw *gw, uint32_t stream, const uint8_t *plain, size_t len)
{
	if (len != 1 || plain[0] != REASON_DONE || gw->runframes != 0)
		return broken(gw, "CLOSE");
	if (stream != ASMP_STREAM_CONN)
		gw->ended = stream;
	else
		gw_close(gw, REASON_DONE);
	return 0;
}

static int
heartbeat_input(struct gw *gw, size_t len)
{
	gw->nheartbeats++;
	if (len != 0)
		return broken(gw, "HEARTBEAT");
	gw_frame(gw, ASMP_HEARTBEAT, 0, gw->keys.g2d_control, "", 0);
	return 0;
}

static int
control_input(struct gw *gw, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t	 plain[ASMP_PRE_MAX];
	size_t	 len = h->length - ASMP_TAGLEN;

	if ((h->stream != 0 && h->type != ASMP_CLOSE) ||
	    h->length > sizeof(plain) ||
	    chapoly_open(plain, gw->keys.d2g_control, frame + 8,
	    frame + ASMP_HDRLEN, h->length, frame, ASMP_HDRLEN) == -1)
		return broken(gw, "record");
	switch (h->type) {
	case ASMP_SEAL:
		return gw->profile->sealed ? seal_input(gw, plain, len) :
		    broken(gw, "SEAL");
	case ASMP_HEARTBEAT:
		return heartbeat_input(gw, len);
	case ASMP_REKEY:
		return rekey_input(gw, plain, len);
	case ASMP_CLOSE:
		return close_input(gw, h->stream, plain, len);
	default:
		return broken(gw, "type");
	}
}

static int
frame_input(struct gw *gw, uint8_t *frame)
{
	struct asmp_header	 h;

	frame_get(&h, frame);
	if (gw->closed)
		return gw->refuse_ends ? 0 : broken(gw, "frame after CLOSE");
	if (h.epoch != gw->iepoch || h.seq != gw->iseq++)
		return broken(gw, "sequence");
	if (gw->step == STEP_HELLO)
		return hello(gw, &h, frame);
	if (gw->step == STEP_INIT)
		return init_input(gw, &h, frame);
	if (gw->step == STEP_RESPONSE)
		return response_input(gw, &h, frame);
	if (h.type == ASMP_DATA)
		return data_input(gw, &h, frame);
	return control_input(gw, &h, frame);
}

/* Bytes from the device; -1 where it broke a rule or was refused. */
int
gw_input(struct gw *gw, const uint8_t *data, size_t len)
{
	size_t	 n, pos = 0;
	int	 r;

	if (len > sizeof(gw->in) - gw->inlen)
		abort();
	memcpy(gw->in + gw->inlen, data, len);
	gw->inlen += len;
	while ((r = frame_next(gw->in + pos, gw->inlen - pos,
	    gw->step == STEP_SESSION ? gw->max_in : ASMP_PRE_MAX, &n)) == 1) {
		if (frame_input(gw, gw->in + pos) == -1)
			return -1;
		pos += n;
	}
	gw->inlen -= pos;
	memmove(gw->in, gw->in + pos, gw->inlen);
	return r == -1 ? broken(gw, "frame") : 0;
}
