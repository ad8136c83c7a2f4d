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
 * What the parent answers: OPEN and CLOSED from net, SIGN, LOOKUP and PROVE
 * from verify, once each per connection, in this order and in time.  It
 * builds every string that it signs and checks every proof itself.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "slot.h"

/* Records that messages, of which there are many, leave room for. */
#define MESSAGES_LEAVE	2560

enum permit_state {
	PERMIT_OPEN,
	PERMIT_SIGNED,
	PERMIT_FOUND
};

/* A connection's handshake; freed with its last question. */
struct permit {
	uint64_t		 deadline;	/* mono_ms() */
	enum permit_state	 state;
	uint8_t			 reason;	/* why it is refused, or 0 */
	uint32_t		 profiles;	/* the listener's, 1 << id */
	uint8_t			 t1[ASMP_HASHLEN];
	struct claim		 claim;
};

static void	 sign(const struct ipc_sign *, struct permit *);

/*
 * The permit behind a request of verify's, or NULL if net has closed the
 * connection in the meantime, which is nobody's fault.
 */
static struct permit *
permit_in(uint64_t conn, enum permit_state state, uint32_t type)
{
	struct slot	*s = slot_of(verifier_name(conn), conn);

	if (CONN_GEN(conn) < s->gen || (CONN_GEN(conn) == s->gen && !s->open))
		return NULL;
	if (CONN_GEN(conn) != s->gen || s->permit == NULL ||
	    s->permit->state != state)
		ipc_intrusion(verifier_name(conn), "a request out of turn",
		    type, CONN_SLOT(conn));
	return s->permit;
}

static void
permit_free(struct slot *s)
{
	freezero(s->permit, sizeof(*s->permit));
	s->permit = NULL;
}

/* Who was claimed, for the log; a ticket names nobody who is not there. */
static const char *
claimed_id(const struct claim *c)
{
	if (c->kind == ASMP_KIND_TICKET)
		return c->dev == NULL ? NULL : device_id(c->dev);
	return c->kind == ASMP_KIND_TOKEN ? c->token.client : c->id;
}

/* The one record of a proof that does not hold. */
static void
audit_refusal(const struct slot *s, const struct permit *p, uint32_t reason)
{
	char	 addr[CTL_ADDRMAX];

	addr_text(s->addr, s->port, addr, sizeof(addr));
	audit_failed(claimed_id(&p->claim), addr, reason);
}

/* Net has accepted a connection. */
void
oracle_open(const struct ipc_conn *open)
{
	struct slot	*s = slot_of("net", open->conn);
	struct ipc_sign	*parked = s->parked;

	if (s->open || CONN_GEN(open->conn) != s->gen + 1)
		ipc_intrusion("net", "a connection twice", IPC_OPEN,
		    CONN_SLOT(open->conn));
	if ((s->permit = calloc(1, sizeof(*s->permit))) == NULL)
		fatal("calloc");
	s->open = 1;
	s->gen++;
	s->dev = NULL;
	s->port = open->port;
	memcpy(s->addr, open->addr, sizeof(s->addr));
	s->permit->state = PERMIT_OPEN;
	s->permit->profiles = open->profiles;
	s->permit->deadline = mono_ms() + env->conf->limits.handshake_ms;
	if (parked != NULL && parked->conn == open->conn) {
		s->parked = NULL;
		sign(parked, s->permit);
		free(parked);
	}
}

/* Net has closed a connection: its permit goes. */
void
oracle_closed(uint64_t conn)
{
	struct slot	*s = slot_of("net", conn);
	struct device	*d = s->dev;

	if (!slot_is(s, conn))
		ipc_intrusion("net", "the end of no connection", IPC_CLOSED,
		    CONN_SLOT(conn));
	/* Who was not known, or has the wrong kem key, sees that and leaves. */
	if (s->permit != NULL && s->permit->state == PERMIT_FOUND)
		audit_refusal(s, s->permit, s->permit->reason != 0 ?
		    s->permit->reason : REASON_LOST);
	s->open = 0;
	s->rotating = 0;
	free(s->a);
	s->a = NULL;
	permit_free(s);
	slot_ungrant(s);
	if (d == NULL)
		return;
	if (d->conn == conn)
		d->conn = 0;
	ending_over(d, conn);
}

static void
sign(const struct ipc_sign *req, struct permit *p)
{
	struct ipc_signed	 ans;
	int			 len;

	memset(&ans, 0, sizeof(ans));
	if ((len = keyring_gateway_auth(req->h, ans.gpt)) == -1)
		fatalx("the gateway's key does not sign");
	transcript_next(p->t1, req->h, ans.gpt, len);
	p->state = PERMIT_SIGNED;
	ans.conn = req->conn;
	ans.len = len;
	env->counter[CP_SIGNED]++;
	to_verifier(req->conn, IPC_SIGNED, &ans, sizeof(ans));
}

/*
 * SIGN.  It can overtake net's OPEN, since the two come over different
 * pipes: then it waits, one for each slot, the latest.
 */
void
oracle_sign(const struct ipc_sign *req)
{
	struct slot	*s = slot_of(verifier_name(req->conn), req->conn);
	struct permit	*p;

	if (CONN_GEN(req->conn) > s->gen) {
		if (s->parked == NULL &&
		    (s->parked = malloc(sizeof(*s->parked))) == NULL)
			fatal("malloc");
		*s->parked = *req;
		return;
	}
	p = permit_in(req->conn, PERMIT_OPEN, IPC_SIGN);
	if (p != NULL && mono_ms() <= p->deadline)
		sign(req, p);
}

/* LOOKUP: what is needed to check who is claimed, or a decoy's. */
void
oracle_lookup(const struct ipc_lookup *req)
{
	struct permit		*p;
	struct ipc_found	 ans;

	p = permit_in(req->conn, PERMIT_SIGNED, IPC_LOOKUP);
	if (p == NULL || mono_ms() > p->deadline)
		return;		/* net closes it any moment */
	memset(&ans, 0, sizeof(ans));
	ans.conn = req->conn;
	ans.reason = p->reason = identity_find(req, p->profiles,
	    p->t1, &p->claim);
	identity_offer(&p->claim, p->t1, &ans);
	p->state = PERMIT_FOUND;
	env->counter[CP_LOOKUPS]++;
	to_verifier(req->conn, IPC_FOUND, &ans, sizeof(ans));
}

/* Verify has seen for itself that it cannot hold, and asks no more. */
void
oracle_refused(const struct ipc_refused *msg)
{
	struct slot	*s = slot_of(verifier_name(msg->conn), msg->conn);
	struct permit	*p;

	if ((p = permit_in(msg->conn, PERMIT_FOUND, IPC_REFUSED)) == NULL)
		return;
	audit_refusal(s, p, p->reason != 0 ? p->reason : msg->reason);
	permit_free(s);
}

/*
 * The device of a connection that verify has or had.  Net and store may have
 * been faster to say that it is over: where its place is another's since, and
 * the device too, nobody knows whose it was.  NULL then: a record is lost.
 */
static struct device *
device_of(uint64_t conn, uint32_t number, uint32_t type)
{
	const struct slot	*s = slot_of(verifier_name(conn), conn);
	struct device		*d = registry_bynumber(number);
	uint32_t		 gen = CONN_GEN(conn);

	if (d == NULL || gen == 0 || gen > s->gen ||
	    (gen == s->gen && s->dev != d))
		ipc_intrusion(verifier_name(conn), "what is about another's "
		    "device", type, number);
	if (gen == s->gen || d->lease == conn || d->last == conn)
		return d;
	audit_lose();
	return NULL;
}

/* A reading was blocked. */
void
oracle_blocked(const struct ipc_blocked *msg)
{
	struct device	*d = device_of(msg->conn, msg->device, IPC_BLOCKED);

	if (d == NULL || !audit_spend(AUDIT_READING_BLOCKED))
		return;
	audit_event(AUDIT_READING_BLOCKED, device_id(d), 0, "id %llu reason "
	    "%s%s%s", (unsigned long long)msg->id, reason_name(msg->reason),
	    msg->detail[0] == '\0' ? "" : ": ", msg->detail);
}

/* A message was opened, or sent.  What a reload has ended is over at once. */
void
oracle_message(const struct ipc_message *msg)
{
	struct device	*d = device_of(msg->conn, msg->device, IPC_MESSAGE);
	char		 id[32] = "";

	if (d == NULL || !env->conf->limits.audit_messages)
		return;
	if (!audit_room(MESSAGES_LEAVE)) {
		audit_lose();
		return;
	}
	if (msg->id != 0)
		snprintf(id, sizeof(id), " id %llu",
		    (unsigned long long)msg->id);
	audit_event(msg->encrypted ? AUDIT_MESSAGE_ENCRYPTED :
	    AUDIT_MESSAGE_DECRYPTED, device_id(d), 1, "stream %u bytes %u%s",
	    msg->stream, msg->bytes, id);
}

/*
 * Whether a verifier may speak of this device as a member of groups: the
 * connection must be the device's own.  One that net has closed gives nothing
 * any more, and only its end is told.
 */
int
oracle_shares(const struct ipc_share *msg)
{
	const char		*from = verifier_name(msg->conn);
	const struct slot	*s = slot_of(from, msg->conn);

	if (msg->what == SHARE_LEFT)
		return 1;
	if (CONN_GEN(msg->conn) > s->gen)
		ipc_intrusion(from, "a member that cannot be", IPC_SHARE,
		    CONN_SLOT(msg->conn));
	if (!slot_is(s, msg->conn))
		return 0;
	if (s->dev == NULL || strcmp(device_id(s->dev), msg->id) != 0)
		ipc_intrusion(from, "another device as a member", IPC_SHARE,
		    CONN_SLOT(msg->conn));
	return 1;
}

static uint32_t
prove(struct permit *p, const struct ipc_prove *req, struct grant *g)
{
	uint32_t	 reason;

	if (mono_ms() > p->deadline)
		return REASON_TIMEOUT;
	reason = identity_check(&p->claim, p->t1, req, g);
	return p->reason != 0 ? p->reason : reason;
}

/*
 * A ticket opens one session: it must be gone from the disk before.  A new
 * one is the device's when it has it; if it is lost, there is the key.
 */
static void
take_with_ticket(struct slot *s, uint64_t conn, struct device *d, int kind,
    int wanted)
{
	if (kind == ASMP_KIND_TICKET)
		ticket_drop(d);
	if (wanted && ticket_make(d, s->grant->since, s->grant) == -1)
		log_warnx("device %s: no ticket: no memory or randomness",
		    device_id(d));
	use_write(d, kind == ASMP_KIND_TICKET ? conn : 0);
	if (kind != ASMP_KIND_TICKET)
		lease_take(conn, d);
}

/* The row without the used ticket is on the disk, or there is a reason. */
void
oracle_stored(uint64_t conn, struct device *d, uint32_t reason)
{
	struct slot	*s;

	if (conn == 0)
		return;
	s = slot_of(verifier_name(conn), conn);
	if (!slot_is(s, conn))
		return;		/* it did not wait */
	if (reason == 0)
		reason = device_refused(d);
	if (reason == 0 && !device_accepts(d, s->serial))
		reason = REASON_TICKET;
	if (reason != 0)
		lease_refuse(conn, reason);
	else
		lease_take(conn, d);
}

/* What the device's next signatures in this session must cover, too. */
static uint8_t *
keep_a(const struct permit *p)
{
	uint8_t	*a;

	if ((a = malloc(2 * ASMP_HASHLEN)) == NULL)
		fatal("malloc");
	memcpy(a, p->t1, ASMP_HASHLEN);
	memcpy(a + ASMP_HASHLEN, p->claim.hbody, ASMP_HASHLEN);
	return a;
}

/* PROVE: checked here again, since verify may be in other hands. */
void
oracle_prove(const struct ipc_prove *req)
{
	struct slot	*s = slot_of(verifier_name(req->conn), req->conn);
	struct permit	*p;
	struct device	*d;
	uint32_t	 reason;
	uint8_t		*a = NULL;
	int		 kind, wanted;

	if ((p = permit_in(req->conn, PERMIT_FOUND, IPC_PROVE)) == NULL)
		return;
	if ((s->grant = calloc(1, sizeof(*s->grant))) == NULL)
		fatal("calloc");
	reason = prove(p, req, s->grant);
	d = p->claim.dev;
	kind = p->claim.kind;
	if (reason != 0)
		audit_refusal(s, p, reason);
	else if (d->kind == ASMP_KIND_SIGNATURE)
		a = keep_a(p);
	wanted = reason == 0 && (p->claim.flags & INIT_TICKET) != 0 &&
	    (kind == ASMP_KIND_SIGNATURE || kind == ASMP_KIND_TICKET) &&
	    s->grant->serial == device_serial(d);
	permit_free(s);
	env->counter[CP_PROOFS]++;
	if (reason != 0) {
		env->counter[CP_PROOFS_BAD]++;
		lease_refuse(req->conn, reason);
		return;
	}
	s->serial = s->grant->serial;
	s->a = a;
	use_key(d, s->serial);
	if (wanted || kind == ASMP_KIND_TICKET)
		take_with_ticket(s, req->conn, d, kind, wanted);
	else
		lease_take(req->conn, d);
}
