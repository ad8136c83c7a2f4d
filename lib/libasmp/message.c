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
 * The plaintexts of the handshake, asmp(7).  Every getter wants exactly the
 * message's length and leaves nothing unread.
 */

#include <string.h>

#include "asmp_proto.h"

static const char	id_chars[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-";

static int	siglen_valid(size_t);
static size_t	init_token_put(uint8_t *, const struct asmp_init *);
static size_t	init_ticket_put(uint8_t *, const struct asmp_init *);
static size_t	init_name_put(uint8_t *, const struct asmp_init *);
static int	prooflen_valid(uint8_t, size_t);
static int	init_token(struct asmp_init *, struct cursor *);
static int	init_name(struct asmp_init *, struct cursor *);
static size_t	ack_ticket_put(uint8_t *, const struct asmp_ack *);
static int	ack_ticket(struct asmp_ack *, struct cursor *);

/*
 * Whether this can be the id of a device or gateway: 1 to ASMP_IDMAX bytes
 * of letters, digits and ._:@- that do not begin with . or -, so that it
 * is safe in logs, JSON, file names and command lines.
 */
int
id_valid(const char *id)
{
	size_t	 n = strspn(id, id_chars);

	return n > 0 && n <= ASMP_IDMAX && id[n] == '\0' && id[0] != '.' &&
	    id[0] != '-';
}

/*
 * Write s(id) into the 1 + ASMP_IDMAX bytes at out.  Returns its length, or
 * 0 when the id is longer than any may be.
 */
size_t
id_put(uint8_t *out, const char *id)
{
	size_t	 n = strlen(id);

	if (n > ASMP_IDMAX)
		return 0;
	out[0] = n & 0xff;
	memcpy(out + 1, id, n);
	return 1 + n;
}

static int
siglen_valid(size_t len)
{
	return len == ident_siglen(IDENT_ED25519) ||
	    len == ident_siglen(IDENT_P384);
}

/*
 * Read a HELLO's payload; m1 points into it.  Returns 0, REASON_PROFILE, a
 * profile this build has not, or REASON_HELLO, any other fault.
 */
int
hello_get(struct asmp_hello *hello, const uint8_t *p, size_t len)
{
	const struct asmp_profile	*profile;
	struct cursor			 c;

	cursor_init(&c, p, len);
	hello->profile = cursor_u8(&c);
	hello->options = cursor_u8(&c);
	hello->max_in = cursor_u16(&c);
	if (c.bad)
		return REASON_HELLO;
	if ((profile = profile_byid(hello->profile)) == NULL)
		return REASON_PROFILE;
	hello->m1 = cursor_take(&c, noise_m1_len(profile->agreement));
	if (cursor_end(&c) == -1 || (hello->options & ~HELLO_COMPRESS) != 0 ||
	    hello->max_in < profile->max_in)
		return REASON_HELLO;
	return 0;
}

/* Write the HELLO_FIXED bytes in front of Noise message 1. */
void
hello_put(uint8_t *p, uint8_t profile, uint8_t options, uint16_t max_in)
{
	p[0] = profile;
	p[1] = options;
	put_u16(p + 2, max_in);
}

/*
 * Write the NOISE_PROLOGUE bytes that bind a HELLO's header (ASMP_HDRLEN)
 * and its fixed bytes (HELLO_FIXED) into the handshake.
 */
void
prologue_put(uint8_t *p, const uint8_t *header, const uint8_t *fixed)
{
	static const char	 name[] = "ASMP/1";

	memcpy(p, name, sizeof(name));
	memcpy(p + sizeof(name), header, ASMP_HDRLEN);
	memcpy(p + sizeof(name) + ASMP_HDRLEN, fixed, HELLO_FIXED);
}

/*
 * Write a GATEWAY_AUTH into GATEWAY_AUTH_MAX bytes.  Returns its length, or
 * 0 when id or signature cannot be one.
 */
size_t
gateway_auth_put(uint8_t *p, const struct asmp_gateway_auth *auth)
{
	size_t	 n = ASMP_NONCELEN + ASMP_HASHLEN;

	if (!id_valid(auth->id) || !siglen_valid(auth->siglen))
		return 0;
	memcpy(p, auth->nonce, ASMP_NONCELEN);
	memcpy(p + ASMP_NONCELEN, auth->keyid, ASMP_HASHLEN);
	n += id_put(p + n, auth->id);
	memcpy(p + n, auth->sig, auth->siglen);
	return n + auth->siglen;
}

/* Read a GATEWAY_AUTH; 0, or -1.  Nothing in it is believed yet. */
int
gateway_auth_get(struct asmp_gateway_auth *auth, const uint8_t *p, size_t len)
{
	struct cursor	 c;

	memset(auth, 0, sizeof(*auth));
	cursor_init(&c, p, len);
	cursor_copy(&c, auth->nonce, sizeof(auth->nonce));
	cursor_copy(&c, auth->keyid, sizeof(auth->keyid));
	if (cursor_id(&c, auth->id, sizeof(auth->id)) == -1 ||
	    !id_valid(auth->id) || !siglen_valid(c.left))
		return -1;
	auth->siglen = c.left;
	cursor_copy(&c, auth->sig, auth->siglen);
	return cursor_end(&c);
}

static size_t
init_token_put(uint8_t *p, const struct asmp_init *init)
{
	size_t	 n = token_put(p + 2, &init->token);

	if (n == 0)
		return 0;
	p[0] = 0;
	p[1] = n & 0xff;
	return 2 + n;
}

static size_t
init_ticket_put(uint8_t *p, const struct asmp_init *init)
{
	p[0] = 0;
	memcpy(p + 1, init->ticket, TICKET_IDLEN);
	return 1 + TICKET_IDLEN;
}

/* What stands for the id: itself, or nothing and a token or ticket. */
static size_t
init_name_put(uint8_t *p, const struct asmp_init *init)
{
	switch (init->kind) {
	case ASMP_KIND_SIGNATURE:
	case ASMP_KIND_PSK:
	case ASMP_KIND_KEM:
		return id_valid(init->id) ? id_put(p, init->id) : 0;
	case ASMP_KIND_TOKEN:
		return init_token_put(p, init);
	case ASMP_KIND_TICKET:
		return init_ticket_put(p, init);
	default:
		return 0;
	}
}

/*
 * Write the body of a HANDSHAKE_INIT into INIT_BODY_MAX bytes.  Returns its
 * length, or 0 when id, token or kind cannot be one.
 */
size_t
init_body_put(uint8_t *p, const struct asmp_init *init)
{
	size_t	 fixed = 3 + ASMP_NONCELEN, n;

	if ((n = init_name_put(p + fixed, init)) == 0)
		return 0;
	p[0] = init->kind;
	p[1] = init->flags;
	p[2] = init->group;
	memcpy(p + 3, init->nonce, ASMP_NONCELEN);
	return fixed + n;
}

static int
init_token(struct asmp_init *init, struct cursor *c)
{
	const uint8_t	*body;
	size_t		 len = cursor_u8(c);

	if ((body = cursor_take(c, len)) == NULL)
		return -1;
	return token_get(&init->token, body, len);
}

/* Read what init_name_put() wrote. */
static int
init_name(struct asmp_init *init, struct cursor *c)
{
	if (cursor_id(c, init->id, sizeof(init->id)) == -1)
		return -1;
	switch (init->kind) {
	case ASMP_KIND_SIGNATURE:
	case ASMP_KIND_PSK:
	case ASMP_KIND_KEM:
		return id_valid(init->id) ? 0 : -1;
	case ASMP_KIND_TOKEN:
		return init->id[0] == '\0' ? init_token(init, c) : -1;
	case ASMP_KIND_TICKET:
		cursor_copy(c, init->ticket, sizeof(init->ticket));
		return init->id[0] == '\0' && !c->bad ? 0 : -1;
	default:
		return -1;
	}
}

static int
prooflen_valid(uint8_t kind, size_t len)
{
	switch (kind) {
	case ASMP_KIND_SIGNATURE:
		return siglen_valid(len);
	case ASMP_KIND_KEM:
		return len == 0;
	default:
		return len == ASMP_HASHLEN;
	}
}

/*
 * Read a HANDSHAKE_INIT; proof points into the plaintext.  A kind of which
 * the form is known is read even when no profile takes it, so that it can
 * be refused like an unknown device.  Returns 0, or -1.
 */
int
init_get(struct asmp_init *init, const uint8_t *p, size_t len)
{
	struct cursor	 c;

	memset(init, 0, sizeof(*init));
	cursor_init(&c, p, len);
	init->kind = cursor_u8(&c);
	init->flags = cursor_u8(&c);
	init->group = cursor_u8(&c);
	cursor_copy(&c, init->nonce, sizeof(init->nonce));
	if (init_name(init, &c) == -1 || (init->flags & ~INIT_TICKET) != 0 ||
	    !prooflen_valid(init->kind, c.left))
		return -1;
	init->bodylen = len - c.left;
	init->prooflen = c.left;
	init->proof = cursor_take(&c, c.left);
	return cursor_end(&c);
}

/* s(nothing), or s(ticket id, ticket secret). */
static size_t
ack_ticket_put(uint8_t *p, const struct asmp_ack *ack)
{
	if (!ack->ticketed) {
		p[0] = 0;
		return 1;
	}
	p[0] = TICKET_IDLEN + ASMP_KEYLEN;
	memcpy(p + 1, ack->ticket, TICKET_IDLEN);
	memcpy(p + 1 + TICKET_IDLEN, ack->secret, ASMP_KEYLEN);
	return 1 + TICKET_IDLEN + ASMP_KEYLEN;
}

/*
 * Write a HANDSHAKE_ACK into HANDSHAKE_ACK_MAX bytes, which are secret if
 * there is a ticket in them.  Returns its length.
 */
size_t
ack_put(uint8_t *p, const struct asmp_ack *ack)
{
	memcpy(p, ack->session, 16);
	memcpy(p + 16, ack->nonce, ASMP_NONCELEN);
	put_u64(p + 32, ack->time);
	put_u64(p + 40, ack->lastid);
	p[48] = ack->role;
	put_u16(p + 49, ack->max_in);
	put_u16(p + 51, ack->seal_limit);
	put_u32(p + 53, ack->lifetime);
	return 57 + ack_ticket_put(p + 57, ack);
}

static int
ack_ticket(struct asmp_ack *ack, struct cursor *c)
{
	switch (cursor_u8(c)) {
	case 0:
		return 0;
	case TICKET_IDLEN + ASMP_KEYLEN:
		ack->ticketed = 1;
		cursor_copy(c, ack->ticket, sizeof(ack->ticket));
		cursor_copy(c, ack->secret, sizeof(ack->secret));
		return 0;
	default:
		return -1;
	}
}

/*
 * Read a HANDSHAKE_ACK.  Returns 0, or -1.  Whether the nonce is the
 * device's own, and a ticket was asked for, is for the caller to say; so
 * is to wipe the ticket's secret, which may be there after a failure too.
 */
int
ack_get(struct asmp_ack *ack, const uint8_t *p, size_t len)
{
	struct cursor	 c;

	memset(ack, 0, sizeof(*ack));
	cursor_init(&c, p, len);
	cursor_copy(&c, ack->session, sizeof(ack->session));
	cursor_copy(&c, ack->nonce, sizeof(ack->nonce));
	ack->time = cursor_u64(&c);
	ack->lastid = cursor_u64(&c);
	ack->role = cursor_u8(&c);
	ack->max_in = cursor_u16(&c);
	ack->seal_limit = cursor_u16(&c);
	ack->lifetime = cursor_u32(&c);
	if (ack_ticket(ack, &c) == -1 || ack->max_in < ASMP_MAX_IN_MIN)
		return -1;
	return cursor_end(&c);
}
