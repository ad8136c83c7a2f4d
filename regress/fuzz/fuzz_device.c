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
 * asmp(3), the device, against the gateway of the library's tests, and with
 * that gateway's keys against one that says anything, before and after its
 * identity is proved.  As long as the gateway is honest no session fails and
 * the device breaks no rule; afterwards whatever fails is wiped.
 *
 * Input: profile; what the device may be told to do; then steps.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "../lib/libasmp/gateway.h"
#include "asmp_local.h"
#include "fuzz.h"

#define GATEWAY		"GATEWAY_CLINIC_A"
#define DEVICE		"BP_MONITOR_001"
#define CLIENT		"2"
#define STEPS		64	/* of one input */
#define TEXTMAX		256
#define ROUNDS		8	/* of one exchange, at most */

struct world {
	struct asmp	*a;
	struct gw	*gw;
	struct ident	*gwkey;
	uint64_t	 ticks;
	int		 hostile;	/* the gateway has been */
};

static struct ident *
key(uint8_t byte)
{
	uint8_t	 seed[32];

	memset(seed, byte, sizeof(seed));
	return ident_fromseed(IDENT_ED25519, seed, sizeof(seed));
}

static enum asmp_kind
kind_of(const struct asmp_profile *p)
{
	enum asmp_kind	 kind = ASMP_KIND_SIGNATURE;

	while ((p->kinds & 1U << kind) == 0)
		kind++;
	return kind;
}

static void
token(struct secret *s)
{
	struct asmp_token	*t = &s->token;

	s->kind = SECRET_TOKEN;
	s->len = ASMP_HASHLEN;
	t->version = 1;
	t->expires = 4000000000;
	strlcpy(t->audience, GATEWAY, sizeof(t->audience));
	strlcpy(t->client, DEVICE, sizeof(t->client));
}

/* As the setters do it that read files. */
static void
be(struct asmp *a, const struct asmp_profile *p)
{
	static const uint8_t	 psk[PSK_SHORT] = { 1 };

	MUST(asmp_set_profile(a, p->name) == 0);
	if (kind_of(p) == ASMP_KIND_PSK) {
		MUST(asmp_set_psk(a, CLIENT, psk, sizeof(psk)) == 0);
		return;
	}
	strlcpy(a->id, DEVICE, sizeof(a->id));
	a->kind = kind_of(p);
	if (a->kind == ASMP_KIND_SIGNATURE)
		MUST((a->ident = key(1)) != NULL);
	else if (a->kind == ASMP_KIND_TOKEN)
		token(&a->secret);
	else {
		a->secret.kind = SECRET_KEM;
		a->secret.len = MLKEM768_SEEDLEN;
	}
}

static void
pin(struct asmp *a, const struct ident *gwkey)
{
	strlcpy(a->gateway, GATEWAY, sizeof(a->gateway));
	a->pin[0].pub = *ident_public(gwkey);
	ident_keyid(&a->pin[0].pub, a->pin[0].keyid);
	a->npins = 1;
}

/* Knows the device as it is. */
static struct gw *
gateway(const struct world *w, const struct asmp_profile *p)
{
	uint8_t		 dk[MLKEM768_DKLEN];
	struct gw	*gw;

	gw = gw_new(w->gwkey, GATEWAY, w->a->ident == NULL ? NULL :
	    ident_public(w->a->ident), w->a->id);
	gw->profile = p;
	gw->kind = kind_of(p);
	memcpy(gw->secret, w->a->secret.key, sizeof(gw->secret));
	gw->secretlen = w->a->secret.len;
	if (gw->kind == ASMP_KIND_KEM)
		mlkem768_keypair(gw->ek, dk, w->a->secret.key);
	return gw;
}

/* A failure has left no secret of the session behind. */
static void
check(const struct world *w)
{
	static const struct asmp_keys	 none;
	size_t				 len;

	if (!w->hostile)
		MUST(w->gw->why == NULL && asmp_state(w->a) != ASMP_FAILED);
	if (asmp_state(w->a) != ASMP_FAILED)
		return;
	MUST(asmp_failure(w->a) != ASMP_E_NONE);
	MUST(asmp_error(w->a)[0] != '\0');
	MUST(asmp_output(w->a, &len) == NULL);
	MUST(memcmp(&w->a->session.keys, &none, sizeof(none)) == 0);
}

/* What the device says is right even where the gateway is not. */
static void
to_gateway(struct world *w, size_t chunk)
{
	const uint8_t	*out;
	size_t		 len;

	while ((out = asmp_output(w->a, &len)) != NULL) {
		if (len > chunk)
			len = chunk;
		if (w->gw->why == NULL && !w->gw->refused)
			(void)gw_input(w->gw, out, len);
		asmp_output_done(w->a, len);
	}
}

/* In memory of its own size. */
static void
give(struct world *w, const uint8_t *p, size_t len)
{
	uint8_t	*copy = fuzz_alloc(len);

	if (len > 0)
		memcpy(copy, p, len);
	(void)asmp_input(w->a, copy, len);
	free(copy);
}

static void
to_device(struct world *w, size_t chunk)
{
	size_t	 n, pos;

	for (pos = 0; pos < w->gw->outlen; pos += n) {
		n = w->gw->outlen - pos;
		if (n > chunk)
			n = chunk;
		give(w, w->gw->out + pos, n);
	}
	w->gw->outlen = 0;
}

/* All that either has to say, a piece at a time. */
static void
step_exchange(struct world *w, struct input *in)
{
	size_t	 chunk = 1 + in_u16(in), len;
	int	 i;

	for (i = 0; i < ROUNDS; i++) {
		to_gateway(w, chunk);
		to_device(w, chunk);
		if (asmp_output(w->a, &len) == NULL)
			break;
	}
}

/* Part of it, one way. */
static void
step_one_way(struct world *w, struct input *in)
{
	if (in_u8(in) % 2 == 0)
		to_gateway(w, SIZE_MAX);
	else
		to_device(w, SIZE_MAX);
}

static void
step_send(struct world *w, struct input *in)
{
	char	 text[TEXTMAX];
	size_t	 len = 1 + in_u8(in);
	uint8_t	 what = in_u8(in);

	in_fill(in, text, len);
	if (what % 2 == 0)
		(void)asmp_send(w->a, in_u64(in), text, len, NULL);
	else if (what % 4 == 1)
		(void)asmp_say(w->a, what / 4 % 12, text, len);
	else
		(void)asmp_value(w->a, (int64_t)in_u64(in));
}

static void
step_order(struct world *w, struct input *in)
{
	uint8_t	 what = in_u8(in);

	switch (what % 6) {
	case 0:
		(void)asmp_seal(w->a);
		break;
	case 1:
		(void)asmp_heartbeat(w->a);
		break;
	case 2:
		(void)asmp_rekey(w->a);
		break;
	case 3:
		w->ticks += what * 60000;
		w->gw->time += what * 60000;
		/* What is under way may become too old. */
		w->hostile |= w->gw->profile->record == ASMP_FERNET;
		(void)asmp_tick(w->a, w->ticks);
		break;
	case 4:
		(void)asmp_close_stream(w->a, what / 6);
		break;
	default:
		(void)asmp_close(w->a);
		break;
	}
}

/* What has come for the caller; each byte of it is there. */
static void
step_fetch(struct world *w, struct input *in)
{
	struct asmp_message	 msg;
	struct asmp_refusal	 r;
	char			 text[DEVICE_MAX_IN];

	(void)in;
	while (asmp_next_message(w->a, &msg) == 1) {
		MUST(msg.kind == ASMP_TEXT || msg.len == 0);
		MUST(msg.len <= sizeof(text));
		if (msg.len > 0)
			memcpy(text, msg.data, msg.len);
	}
	while (asmp_next_refusal(w->a, &r) == 1)
		MUST(r.reason != 0 || w->hostile);
	MUST(asmp_sendable(w->a) <= asmp_reading_max(w->a));
}

/* Before the handshake has begun there are no keys to say it under. */
static int
has_session(const struct world *w)
{
	return w->gw->keys.g2d.profile != NULL;
}

static void
step_answer(struct world *w, struct input *in)
{
	uint8_t	 text[TEXTMAX];
	size_t	 len = 1 + in_u8(in);
	uint8_t	 what = in_u8(in);

	if (!has_session(w) || w->gw->closed)
		return;
	in_fill(in, text, len);
	switch (what % 4) {
	case 0:
		w->hostile = 1;		/* nothing of it need be true */
		gw_ack(w->gw, in_u8(in), in_u8(in), in_u8(in));
		break;
	case 1:
		if (w->gw->profile->record != ASMP_SMCP)
			gw_say(w->gw, ASMP_STREAM_CHAT, text, len);
		break;
	case 2:
		gw_stream_end(w->gw, 1 + what / 4 % 12, REASON_IDLE);
		break;
	default:
		if (what <= 240)
			break;
		w->hostile = 1;		/* as far as check() goes */
		gw_close(w->gw, REASON_SHUTDOWN);
		break;
	}
}

/* How this gateway will go on, each of which ends in a failure or not. */
static void
step_settings(struct world *w, struct input *in)
{
	struct gw	*gw = w->gw;

	w->hostile = 1;
	switch (in_u8(in) % 9) {
	case 0:
		gw->auth_type = in_u8(in);
		break;
	case 1:
		gw->ack_type = in_u8(in);
		break;
	case 2:
		gw->nonce_change = in_u8(in);
		break;
	case 3:
		gw->challenge_change = in_u8(in);
		break;
	case 4:
		gw->max_in = in_u16(in);
		break;
	case 5:
		gw->seal_limit = in_u16(in);
		break;
	case 6:
		gw->lastid = in_u64(in);
		break;
	case 7:
		gw->time = in_u64(in);
		break;
	default:
		gw->status = in_u8(in);
		break;
	}
}

/* A record that is genuine but for what it says. */
static void
step_record(struct world *w, struct input *in)
{
	uint16_t	 type = in_u8(in) % 16;
	uint32_t	 stream = in_u8(in) % 4 == 0 ? in_u8(in) : 0;
	size_t		 len = in_u8(in) % 2 == 0 ? in_u8(in) : in_u16(in);
	const uint8_t	*p = in_take(in, &len);

	w->hostile = 1;
	if (type == ASMP_DATA && has_session(w) &&
	    w->gw->profile->record != ASMP_SMCP)
		gw_say(w->gw, stream, p, len);
	else
		gw_frame(w->gw, type, stream, has_session(w) ?
		    w->gw->keys.g2d_control : w->gw->hs.g2d, p, len);
}

/* What is on its way, changed. */
static void
step_change(struct world *w, struct input *in)
{
	w->hostile = 1;
	if (w->gw->outlen > 0)
		w->gw->out[in_u16(in) % w->gw->outlen] ^= in_u8(in);
}

static void
step_bytes(struct world *w, struct input *in)
{
	size_t		 len = in_u8(in);
	const uint8_t	*p = in_take(in, &len);

	w->hostile = 1;
	give(w, p, len);
}

/* Other numbers from here on. */
static void
step_numbers(struct world *w, struct input *in)
{
	w->hostile = 1;
	w->gw->oseq += (uint64_t)(int8_t)in_u8(in);
	if (in_u8(in) % 4 == 0)
		w->gw->oepoch ^= 1;
}

static void
step_end(struct world *w, struct input *in)
{
	(void)in;
	w->hostile = 1;
	asmp_eof(w->a);
}

static void
step(struct world *w, struct input *in)
{
	static void	(*const steps[])(struct world *, struct input *) = {
		step_exchange, step_exchange, step_exchange, step_one_way,
		step_send, step_send, step_order, step_fetch, step_answer,
		step_settings, step_record, step_record, step_change,
		step_bytes, step_numbers, step_end
	};

	steps[in_u8(in) % (sizeof(steps) / sizeof(steps[0]))](w, in);
	check(w);
}

int
fuzz_device(const uint8_t *data, size_t size)
{
	struct input			 in = { data, size };
	struct world			 w = { .gwkey = key(2) };
	const struct asmp_profile	*p = profile_byid(1 + in_u8(&in) % 6);
	int				 i;

	MUST(w.gwkey != NULL && (w.a = asmp_new()) != NULL);
	be(w.a, p);
	pin(w.a, w.gwkey);
	w.gw = gateway(&w, p);
	MUST(asmp_start(w.a) == 0);
	for (i = 0; i < STEPS && in.left > 0; i++)
		step(&w, &in);
	asmp_free(w.a);
	gw_free(w.gw);
	ident_free(w.gwkey);
	return 0;
}
