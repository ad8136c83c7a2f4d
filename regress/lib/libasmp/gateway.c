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


#include <stdlib.h>
#include <string.h>

#include "gateway.h"

enum {
	STEP_HELLO,
	STEP_INIT,
	STEP_SESSION
};

static const uint8_t	zeros[ASMP_KEYLEN];

/* A gateway that takes one device; the key stays the caller's. */
struct gw *
gw_new(const struct ident *ident, const char *id,
    const struct ident_pub *device, const char *device_id)
{
	struct gw	*gw;

	if ((gw = calloc(1, sizeof(*gw))) == NULL ||
	    (gw->pool = aead_pool_new(2)) == NULL)
		abort();
	gw->ident = ident;
	gw->device = *device;
	strlcpy(gw->id, id, sizeof(gw->id));
	strlcpy(gw->device_id, device_id, sizeof(gw->device_id));
	gw->max_in = 4096;
	gw->seal_limit = ASMP_SEAL_FRAMES;
	gw->auth_type = ASMP_GATEWAY_AUTH;
	gw->ack_type = ASMP_HANDSHAKE_ACK;
	return gw;
}

void
gw_free(struct gw *gw)
{
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

static int
hello(struct gw *gw, const struct asmp_header *h, const uint8_t *frame)
{
	struct asmp_hello	 msg;
	uint8_t			 prologue[NOISE_PROLOGUE], m2[NOISE_MSGMAX];
	uint8_t			 plain[GATEWAY_AUTH_MAX], nonce[ASMP_NONCELEN];
	int			 len;

	if (h->type != ASMP_HELLO || h->stream != 0 ||
	    hello_get(&msg, frame + ASMP_HDRLEN, h->length) != 0)
		return broken(gw, "HELLO");
	if (msg.profile != profile_byname("asmp")->id || msg.options != 0 ||
	    msg.max_in != 4096)
		return broken(gw, "HELLO's offer");
	prologue_put(prologue, frame, frame + ASMP_HDRLEN);
	if (noise_init(&gw->noise, ASMP_X25519, prologue) == -1 ||
	    noise_read_m1_write_m2(&gw->noise, msg.m1, m2, &gw->nk) == -1)
		return broken(gw, "Noise message 1");
	keys_handshake(&gw->hs, &gw->nk);
	gw_frame(gw, ASMP_HELLO_REPLY, 0, NULL, m2, noise_m2_len(ASMP_X25519));
	arc4random_buf(nonce, sizeof(nonce));
	len = gateway_sign(gw->ident, plain, gw->nk.h, nonce, gw->id);
	if (len == -1)
		abort();
	if (gw->claim != NULL)
		ident_keyid(gw->claim, plain + ASMP_NONCELEN);
	gw_frame(gw, gw->auth_type, 0, gw->hs.g2d, plain, (size_t)len);
	transcript_next(gw->t, gw->nk.h, plain, (size_t)len);
	gw->step = STEP_INIT;
	return 0;
}

static void
handshake_ack(struct gw *gw, const struct asmp_init *init)
{
	struct asmp_ack	 ack;
	uint8_t		 plain[HANDSHAKE_ACK_MAX];

	memset(&ack, 0, sizeof(ack));
	memcpy(ack.nonce, init->nonce, sizeof(ack.nonce));
	ack.nonce[0] ^= gw->nonce_change;
	ack.ticketed = gw->ticketed;
	ack.time = 1;
	ack.lastid = gw->lastid;
	ack.max_in = gw->max_in;
	ack.seal_limit = gw->seal_limit;
	ack.lifetime = 86400;
	gw_frame(gw, gw->ack_type, 0, gw->keys.g2d_control, plain,
	    ack_put(plain, &ack));
}

static int
init_input(struct gw *gw, const struct asmp_header *h, const uint8_t *frame)
{
	struct asmp_init msg;
	struct part	 body;
	uint8_t		 plain[ASMP_PRE_MAX], hash[ASMP_HASHLEN];

	if (h->type != ASMP_HANDSHAKE_INIT || h->stream != 0 ||
	    chapoly_open(plain, gw->hs.d2g, frame + 8, frame + ASMP_HDRLEN,
	    h->length, frame, ASMP_HDRLEN) == -1 ||
	    init_get(&msg, plain, h->length - ASMP_TAGLEN) == -1)
		return broken(gw, "HANDSHAKE_INIT");
	body.data = plain;
	body.len = msg.bodylen;
	sha256_parts(hash, &body, 1);
	if (strcmp(msg.id, gw->device_id) != 0 || device_verify(&gw->device,
	    msg.proof, msg.prooflen, gw->t, hash) == -1) {
		gw->refused = 1;
		return -1;
	}
	transcript_next(gw->t, gw->t, plain, h->length - ASMP_TAGLEN);
	keys_session(&gw->keys, profile_byname("asmp"), gw->t, gw->hs.agreed,
	    zeros, zeros);
	gw->iepoch = gw->oepoch = 1;
	gw->iseq = gw->oseq = 0;
	handshake_ack(gw, &msg);
	gw->step = STEP_SESSION;
	return 0;
}

/* Keep DATA unopened until its seal. */
static int
data_input(struct gw *gw, const struct asmp_header *h, const uint8_t *frame)
{
	size_t	 len = ASMP_HDRLEN + h->length;

	if (h->stream != ASMP_STREAM_TELEMETRY || h->length > gw->max_in)
		return broken(gw, "DATA");
	if (gw->runframes == gw->seal_limit ||
	    gw->runlen + len > ASMP_SEAL_BYTES)
		return broken(gw, "more DATA than a seal covers");
	memcpy(gw->run + gw->runlen, frame, len);
	gw->runlen += len;
	gw->runframes++;
	return 0;
}

/* Open one sealed frame and note its reading; its length, or 0. */
static size_t
reading_open(struct gw *gw, const uint8_t *frame, uint8_t *leaf)
{
	struct gw_reading	*r = &gw->reading[gw->nreadings];
	struct asmp_header	 h;
	struct aead		*a;
	uint8_t			 plain[ASMP_PAYLOAD_MAX];
	size_t			 len;

	frame_get(&h, frame);
	a = aead_borrow(gw->pool, &gw->keys.d2g.aead, gw->keys.d2g.key);
	if (a == NULL || gw->nreadings == GW_READINGS || aead_open(a, plain,
	    frame + 8, frame + ASMP_HDRLEN, h.length, frame,
	    ASMP_HDRLEN) == -1)
		return 0;
	len = h.length - ASMP_TAGLEN;
	seal_leaf(leaf, gw->keys.d2g_blind, frame, plain, len);
	r->id = get_u64(plain);
	r->time = get_u64(plain + 8);
	r->len = len - ASMP_READING_HDR;
	memcpy(r->json, plain + ASMP_READING_HDR,
	    r->len < GW_JSONMAX ? r->len : GW_JSONMAX);
	if (r->id != gw->lastid + 1)
		return 0;
	gw->lastid++;
	gw->nreadings++;
	return ASMP_HDRLEN + h.length;
}

/* Open what the seal covers; P over the leaves, 0 or -1. */
static int
run_open(struct gw *gw, uint8_t *p)
{
	uint8_t		 leaves[ASMP_SEAL_FRAMES * ASMP_HASHLEN];
	struct part	 part = { leaves, gw->runframes * ASMP_HASHLEN };
	size_t		 i, n, pos = 0;

	for (i = 0; i < gw->runframes; i++) {
		n = reading_open(gw, gw->run + pos, leaves + i * ASMP_HASHLEN);
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
	seal.epoch = 1;
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

static int
control_input(struct gw *gw, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t	 plain[ASMP_PRE_MAX];
	size_t	 len = h->length - ASMP_TAGLEN;

	if (h->stream != 0 || h->length > sizeof(plain) ||
	    chapoly_open(plain, gw->keys.d2g_control, frame + 8,
	    frame + ASMP_HDRLEN, h->length, frame, ASMP_HDRLEN) == -1)
		return broken(gw, "record");
	switch (h->type) {
	case ASMP_SEAL:
		return seal_input(gw, plain, len);
	case ASMP_HEARTBEAT:
		gw->nheartbeats++;
		return len == 0 ? 0 : broken(gw, "HEARTBEAT");
	case ASMP_CLOSE:
		if (len != 1 || plain[0] != REASON_DONE || gw->runframes != 0)
			return broken(gw, "CLOSE");
		gw_close(gw, REASON_DONE);
		return 0;
	default:
		return broken(gw, "type");
	}
}

static int
frame_input(struct gw *gw, const uint8_t *frame)
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
