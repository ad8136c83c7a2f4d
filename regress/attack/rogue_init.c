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
 * What a rogue device does in a handshake: messages of our own making, with
 * the keys of a genuine key agreement.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "rogue.h"
#include "tools.h"

/* Where the fields of a body are. */
#define BODY_KIND	0
#define BODY_FLAGS	1
#define BODY_GROUP	2
#define BODY_NONCE	3
#define BODY_ID		(BODY_NONCE + ASMP_NONCELEN)
#define ROOM		512	/* for a body or a proof that is too long */

/* A HANDSHAKE_INIT in pieces, and what it is signed over. */
struct identity {
	uint8_t		 body[INIT_BODY_MAX + ROOM];
	size_t		 bodylen;
	uint8_t		 t1[ASMP_HASHLEN];
	uint8_t		 proof[ASMP_SIGMAX + ROOM];
	size_t		 prooflen;
};

static void
next_frame(struct rogue *r, struct asmp_header *h, uint16_t due)
{
	if (rogue_frame(r, h) != 1 || h->type != due)
		errx(1, "the gateway sent no %s", frame_typename(due));
}

/*
 * HELLO and its answer; leaves T1 in id, and the session where
 * HANDSHAKE_INIT is the next frame.
 */
static void
until_init(struct rogue *r, struct identity *id)
{
	struct asmp_header	 h;
	uint8_t			 plain[ASMP_PRE_MAX];

	rogue_flush(r);
	next_frame(r, &h, ASMP_HELLO_REPLY);
	if (asmp_input(r->a, r->frame, r->len) == -1)
		errx(1, "%s", asmp_error(r->a));
	next_frame(r, &h, ASMP_GATEWAY_AUTH);
	if (record_open(plain, r->a->session.hs.g2d, &h, r->frame) == -1)
		errx(1, "GATEWAY_AUTH does not open");
	transcript_next(id->t1, r->a->session.h, plain, h.length -
	    ASMP_TAGLEN);
}

/* Proves the body, whatever it says, with what the device has. */
static void
sign(struct rogue *r, struct identity *id)
{
	struct session	*s = &r->a->session;
	struct part	 body = { id->body, id->bodylen };
	uint8_t		 x[ASMP_KEYLEN];
	int		 n;

	memcpy(s->t1, id->t1, sizeof(s->t1));
	sha256_parts(s->hbody, &body, 1);
	if ((n = proof_put(r->a, id->proof, x)) == -1)
		errx(1, "no proof");
	id->prooflen = (size_t)n;
}

/* What an honest device would say. */
static void
identity_make(struct rogue *r, struct identity *id)
{
	struct asmp_init	 init;

	memset(&init, 0, sizeof(init));
	init.kind = (uint8_t)r->a->session.kind;
	init.group = r->a->shared.number;
	arc4random_buf(init.nonce, sizeof(init.nonce));
	if (init.kind == ASMP_KIND_TOKEN)
		init.token = r->a->secret.token;
	else if (init.kind == ASMP_KIND_TICKET)
		memcpy(init.ticket, r->a->session.ticket.id,
		    sizeof(init.ticket));
	else
		strlcpy(init.id, r->a->id, sizeof(init.id));
	if ((id->bodylen = init_body_put(id->body, &init)) == 0)
		errx(1, "no body");
	sign(r, id);
}

/* A record of the handshake, under its key. */
static void
epoch0_make(struct rogue *r, uint16_t type, const uint8_t *plain, size_t len)
{
	make_header(r, type, ASMP_STREAM_CONN, len + ASMP_TAGLEN);
	if (chapoly_seal(r->frame + ASMP_HDRLEN, r->a->session.hs.d2g,
	    r->frame + 8, plain, len, r->frame, ASMP_HDRLEN) == -1)
		errx(1, "a record cannot be sealed");
}

static void
epoch0_send(struct rogue *r, uint16_t type, const uint8_t *plain, size_t len)
{
	epoch0_make(r, type, plain, len);
	send_made(r);
}

static void
identity_send(struct rogue *r, const struct identity *id)
{
	uint8_t		 plain[sizeof(id->body) + sizeof(id->proof)];

	memcpy(plain, id->body, id->bodylen);
	memcpy(plain + id->bodylen, id->proof, id->prooflen);
	epoch0_send(r, ASMP_HANDSHAKE_INIT, plain, id->bodylen +
	    id->prooflen);
}

static void
body_id(struct identity *id, const char *name, size_t len)
{
	id->body[BODY_ID] = (uint8_t)len;
	memcpy(id->body + BODY_ID + 1, name, len);
	id->bodylen = BODY_ID + 1 + len;
}

/* A field of the body, honestly signed: FIELD=VALUE. */
static void
body_change(struct identity *id, const char *field, const char *value)
{
	static const char	 longid[ASMP_IDMAX + 1] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	if (strcmp(field, "kind") == 0)
		id->body[BODY_KIND] = (uint8_t)rogue_number(value);
	else if (strcmp(field, "flags") == 0)
		id->body[BODY_FLAGS] = (uint8_t)rogue_number(value);
	else if (strcmp(field, "group") == 0)
		id->body[BODY_GROUP] = (uint8_t)rogue_number(value);
	else if (strcmp(field, "id") == 0)
		body_id(id, value, strlen(value));
	else if (strcmp(field, "id-nul") == 0)
		body_id(id, "A\0B", 3);
	else if (strcmp(field, "id-long") == 0) {
		body_id(id, longid, sizeof(longid) - 1);
		id->body[BODY_ID]++;
		id->body[id->bodylen++] = 'A';
	} else if (strcmp(field, "id-length") == 0)
		id->body[BODY_ID] = (uint8_t)rogue_number(value);
	else if (strcmp(field, "cut") == 0)
		id->bodylen = (size_t)rogue_number(value);
	else
		errx(1, "%s: no such field of HANDSHAKE_INIT", field);
}

static void
body_wrong(struct rogue *r)
{
	struct identity	 id;
	char		 field[32];
	const char	*value = rogue_field(r, field, sizeof(field));

	until_init(r, &id);
	identity_make(r, &id);
	body_change(&id, field, value);
	sign(r, &id);
	if (strcmp(field, "cut") == 0)
		id.prooflen = 0;
	else if (strcmp(field, "kind") == 0)
		id.prooflen = ASMP_HASHLEN;
	identity_send(r, &id);
}

/* A proof that does not hold. */
static void
proof_wrong(struct rogue *r)
{
	struct identity	 id;

	until_init(r, &id);
	identity_make(r, &id);
	if (strcmp(r->arg, "flipped") == 0)
		id.proof[0] ^= 1;
	else if (strcmp(r->arg, "zeros") == 0)
		memset(id.proof, 0, id.prooflen);
	else if (strcmp(r->arg, "other-gateway") == 0) {
		id.t1[0] ^= 1;
		sign(r, &id);
	} else if (strcmp(r->arg, "other-body") == 0)
		id.body[BODY_NONCE] ^= 1;
	else if (strcmp(r->arg, "none") == 0)
		id.prooflen = 0;
	else if (strcmp(r->arg, "short") == 0)
		id.prooflen--;
	else if (strcmp(r->arg, "long") == 0)
		id.prooflen++;
	else if (strcmp(r->arg, "longest") == 0)
		id.prooflen = sizeof(id.proof);
	else
		errx(1, "%s: no such proof", r->arg);
	identity_send(r, &id);
}

/* Kind kem, whoever the device is: the challenge, answered with a guess. */
static void
kem_guess(struct rogue *r)
{
	struct asmp_header	 h;
	struct identity		 id;
	uint8_t			 mac[RESPONSE_LEN] = { 0 };

	until_init(r, &id);
	identity_make(r, &id);
	id.body[BODY_KIND] = ASMP_KIND_KEM;
	id.prooflen = 0;
	identity_send(r, &id);
	next_frame(r, &h, ASMP_CHALLENGE);
	epoch0_send(r, ASMP_RESPONSE, mac, sizeof(mac));
}

/* The answer to a challenge; to one for another key, zeros. */
static void
respond(struct rogue *r)
{
	struct asmp_header	 h;
	uint8_t			 plain[ASMP_PRE_MAX], mac[RESPONSE_LEN];
	uint8_t			 x[ASMP_KEYLEN];

	next_frame(r, &h, ASMP_CHALLENGE);
	if (record_open(plain, r->a->session.hs.g2d, &h, r->frame) == -1)
		errx(1, "the challenge does not open");
	memset(mac, 0, sizeof(mac));
	(void)challenge_answer(r->a, plain, mac, x);
	epoch0_send(r, ASMP_RESPONSE, mac, sizeof(mac));
}

/* The genuine handshake, after all. */
static void
genuine(struct rogue *r)
{
	struct identity	 id;

	until_init(r, &id);
	identity_make(r, &id);
	identity_send(r, &id);
	if (r->a->session.kind == ASMP_KIND_KEM)
		respond(r);
}

/* A token that is not the one that was issued, with the tag of that one. */
static void
token_wrong(struct rogue *r)
{
	struct asmp_token	*t = &r->a->secret.token;
	char			 field[32];
	const char		*value = rogue_field(r, field, sizeof(field));

	if (strcmp(field, "key") == 0)
		t->key = (uint8_t)rogue_number(value);
	else if (strcmp(field, "role") == 0)
		t->role = (uint8_t)rogue_number(value);
	else if (strcmp(field, "audience") == 0)
		strlcpy(t->audience, value, sizeof(t->audience));
	else if (strcmp(field, "client") == 0)
		strlcpy(t->client, value, sizeof(t->client));
	else if (strcmp(field, "expires") == 0)
		t->expires += (uint64_t)rogue_number(value);
	else if (strcmp(field, "not_before") == 0)
		t->not_before -= (uint64_t)rogue_number(value);
	else if (strcmp(field, "jti") == 0)
		t->jti[0] ^= 1;
	else
		errx(1, "%s: no such field of a token", field);
	genuine(r);
}

/*
 * Kind kem: a wrong answer to the challenge and the right one, in one segment,
 * so that no verdict comes in between.
 */
static void
second_guess(struct rogue *r)
{
	uint8_t			 both[2 * (ASMP_HDRLEN + RESPONSE_LEN +
				    ASMP_TAGLEN)];
	struct asmp_header	 h;
	struct identity		 id;
	uint8_t			 plain[ASMP_PRE_MAX], mac[RESPONSE_LEN];
	uint8_t			 x[ASMP_KEYLEN];

	until_init(r, &id);
	identity_make(r, &id);
	identity_send(r, &id);
	next_frame(r, &h, ASMP_CHALLENGE);
	if (record_open(plain, r->a->session.hs.g2d, &h, r->frame) == -1 ||
	    challenge_answer(r->a, plain, mac, x) == -1)
		errx(1, "the challenge is not for us");
	mac[0] ^= 1;
	epoch0_make(r, ASMP_RESPONSE, mac, sizeof(mac));
	memcpy(both, r->frame, r->len);
	mac[0] ^= 1;
	epoch0_make(r, ASMP_RESPONSE, mac, sizeof(mac));
	memcpy(both + r->len, r->frame, r->len);
	rogue_write(r, both, 2 * r->len);
}

/* What the gateway sent as its own proof, back as the device's. */
static void
echo_commitment(struct rogue *r)
{
	struct asmp_header	 h;
	struct identity		 id;
	uint8_t			 plain[ASMP_PRE_MAX];

	until_init(r, &id);
	identity_make(r, &id);
	identity_send(r, &id);
	next_frame(r, &h, ASMP_CHALLENGE);
	if (record_open(plain, r->a->session.hs.g2d, &h, r->frame) == -1)
		errx(1, "the challenge does not open");
	epoch0_send(r, ASMP_RESPONSE, plain + MLKEM768_CTLEN, RESPONSE_LEN);
}

/* The identity of an earlier connection, whole, under the keys of this. */
static void
identity_old(struct rogue *r)
{
	struct identity	 old, id;

	until_init(r, &old);
	identity_make(r, &old);
	rogue_connect(r);
	until_init(r, &id);
	identity_send(r, &old);
}

static void
identity_twice(struct rogue *r)
{
	struct identity	 id;

	until_init(r, &id);
	identity_make(r, &id);
	identity_send(r, &id);
	identity_send(r, &id);
}

/* After it, a frame of this type, under the same keys. */
static void
then_type(struct rogue *r)
{
	struct identity	 id;

	until_init(r, &id);
	epoch0_send(r, (uint16_t)rogue_number(r->arg), NULL, 0);
}

static void
hex_send(struct rogue *r)
{
	uint8_t	 buf[ASMP_PAYLOAD_MAX];
	ssize_t	 n;

	if ((n = tool_unhex(buf, sizeof(buf), r->arg)) == -1)
		errx(1, "%s: not hexadecimal", r->arg);
	rogue_write(r, buf, (size_t)n);
}

/* Bytes in place of HELLO, or of what follows the gateway's answer. */
static void
first(struct rogue *r)
{
	hex_send(r);
}

static void
second(struct rogue *r)
{
	struct identity	 id;

	until_init(r, &id);
	hex_send(r);
}

/* HELLO with one byte that is not what an honest device says: OFFSET=BYTE. */
static void
hello_wrong(struct rogue *r)
{
	const uint8_t	*p;
	char		 off[16];
	const char	*value = rogue_field(r, off, sizeof(off));
	size_t		 len;

	p = asmp_output(r->a, &len);
	memcpy(r->frame, p, len);
	r->len = len;
	r->frame[rogue_number(off)] = (uint8_t)rogue_number(value);
	send_made(r);
}

/* As many HELLOs, one after the other in one connection. */
static void
hello_flood(struct rogue *r)
{
	const uint8_t	*p;
	size_t		 len;
	long		 n;

	p = asmp_output(r->a, &len);
	for (n = rogue_number(r->arg); n > 0; n--)
		rogue_write(r, p, len);
}

const struct act	handshake_acts[] = {
	{ "identity", 0, genuine },
	{ "init", 1, body_wrong },
	{ "proof", 1, proof_wrong },
	{ "kem-guess", 0, kem_guess },
	{ "second-guess", 0, second_guess },
	{ "echo-commitment", 0, echo_commitment },
	{ "token", 1, token_wrong },
	{ "identity-old", 0, identity_old },
	{ "identity-twice", 0, identity_twice },
	{ "then-type", 1, then_type },
	{ "first", 1, first },
	{ "second", 1, second },
	{ "hello", 1, hello_wrong },
	{ "hello-flood", 1, hello_flood },
	{ NULL, 0, NULL }
};
