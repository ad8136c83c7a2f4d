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
 *
 * Who holds a device is decided here too: a connection that proved its
 * device gets the store's lease on it, after the one before has given it
 * back with all its readings decided.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

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

/* A place of net's; the generation tells its connections apart. */
struct slot {
	struct permit	*permit;
	struct ipc_sign	*parked;	/* verify was faster than net */
	struct device	*dev;		/* proved by this connection */
	struct grant	*grant;		/* until the session has it */
	uint32_t	 gen;		/* of the last connection opened */
	int		 open;
};

static struct slot	*slots;
static uint32_t		 nslots;

static void	 sign(const struct ipc_sign *, struct permit *);
static void	 refuse(uint64_t, uint32_t);
static void	 lease_ask(struct device *, uint64_t);
static void	 end_lease(struct device *, uint32_t);

/* Prepares for connections in n slots. */
void
oracle_init(uint32_t n)
{
	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		fatal("calloc");
	nslots = n;
}

static struct slot *
slot_of(const char *from, uint64_t conn)
{
	if (CONN_SLOT(conn) >= nslots)
		ipc_intrusion(from, "a connection that cannot be", 0,
		    CONN_SLOT(conn));
	return &slots[CONN_SLOT(conn)];
}

/*
 * The permit behind a request of verify's, or NULL if net has closed the
 * connection in the meantime, which is nobody's fault.
 */
static struct permit *
permit_in(uint64_t conn, enum permit_state state, uint32_t type)
{
	struct slot	*s = slot_of("verify", conn);

	if (CONN_GEN(conn) < s->gen || (CONN_GEN(conn) == s->gen && !s->open))
		return NULL;
	if (CONN_GEN(conn) != s->gen || s->permit == NULL ||
	    s->permit->state != state)
		ipc_intrusion("verify", "a request out of turn", type,
		    CONN_SLOT(conn));
	return s->permit;
}

static void
permit_free(struct slot *s)
{
	freezero(s->permit, sizeof(*s->permit));
	s->permit = NULL;
}

static void
grant_free(struct slot *s)
{
	freezero(s->grant, sizeof(*s->grant));
	s->grant = NULL;
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

	if (!s->open || CONN_GEN(conn) != s->gen)
		ipc_intrusion("net", "the end of no connection", IPC_CLOSED,
		    CONN_SLOT(conn));
	s->open = 0;
	s->dev = NULL;
	permit_free(s);
	grant_free(s);
	if (d == NULL || d->conn != conn)
		return;
	d->conn = 0;
	if (!oracle_busy(d))
		enrol_session_over(d);
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
	to_child(CTL_VERIFY, IPC_SIGNED, &ans, sizeof(ans));
}

/*
 * SIGN.  It can overtake net's OPEN, since the two come over different
 * pipes: then it waits, one for each slot, the latest.
 */
void
oracle_sign(const struct ipc_sign *req)
{
	struct slot	*s = slot_of("verify", req->conn);
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
	to_child(CTL_VERIFY, IPC_FOUND, &ans, sizeof(ans));
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

/* The connection is the device's.  Its older session goes first. */
static void
take(struct slot *s, uint64_t conn, struct device *d)
{
	s->dev = d;
	d->conn = conn;
	if (d->lease == 0) {
		lease_ask(d, conn);
		return;
	}
	if (d->next != 0)
		refuse(d->next, REASON_REPLACED);
	d->next = conn;
	end_lease(d, REASON_REPLACED);
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
	enrol_ticket(d, kind == ASMP_KIND_TICKET ? conn : 0);
	if (kind != ASMP_KIND_TICKET)
		take(s, conn, d);
}

/* The row without the used ticket is on the disk, or cannot be. */
void
oracle_stored(uint64_t conn, struct device *d, int ok)
{
	struct slot	*s;

	if (conn == 0)
		return;
	s = slot_of("verify", conn);
	if (CONN_GEN(conn) != s->gen || !s->open)
		return;		/* it did not wait */
	if (!ok || d->state == CTL_DEVICE_REVOKED)
		refuse(conn, ok ? REASON_REVOKED_DEVICE : REASON_INTERNAL);
	else
		take(s, conn, d);
}

/* PROVE: checked here again, since verify may be in other hands. */
void
oracle_prove(const struct ipc_prove *req)
{
	struct slot	*s = slot_of("verify", req->conn);
	struct permit	*p;
	struct device	*d;
	uint32_t	 reason;
	int		 kind, wanted;

	if ((p = permit_in(req->conn, PERMIT_FOUND, IPC_PROVE)) == NULL)
		return;
	if ((s->grant = calloc(1, sizeof(*s->grant))) == NULL)
		fatal("calloc");
	reason = prove(p, req, s->grant);
	d = p->claim.dev;
	kind = p->claim.kind;
	wanted = req->ticket != 0 && (kind == ASMP_KIND_SIGNATURE ||
	    kind == ASMP_KIND_TICKET);
	permit_free(s);
	env->counter[CP_PROOFS]++;
	if (reason != 0) {
		env->counter[CP_PROOFS_BAD]++;
		refuse(req->conn, reason);
		return;
	}
	if (wanted || kind == ASMP_KIND_TICKET)
		take_with_ticket(s, req->conn, d, kind, wanted);
	else
		take(s, req->conn, d);
}

/* Has verify end the session that holds the lease and wipe its keys. */
static void
end_lease(struct device *d, uint32_t reason)
{
	struct ipc_end	 end;

	memset(&end, 0, sizeof(end));
	end.conn = d->lease;
	end.device = d->number;
	end.reason = reason;
	d->ending++;
	to_child(CTL_VERIFY, IPC_END, &end, sizeof(end));
}

/* Verify has wiped it, or it was gone before. */
void
oracle_ended(const struct ipc_end *end)
{
	struct device	*d = registry_bynumber(end->device);

	if (d == NULL || d->ending == 0)
		ipc_intrusion("verify", "an answer to nothing", IPC_ENDED,
		    end->device);
	d->ending--;
	if (!oracle_busy(d))
		enrol_session_over(d);
}

/* Forgets what a connection has earned; its place may be another's now. */
static void
grant_drop(uint64_t conn)
{
	struct slot	*s = slot_of("verify", conn);

	if (CONN_GEN(conn) == s->gen)
		grant_free(s);
}

static void
refuse(uint64_t conn, uint32_t reason)
{
	struct ipc_proved	 ans;

	memset(&ans, 0, sizeof(ans));
	ans.conn = conn;
	ans.reason = reason;
	grant_drop(conn);
	to_child(CTL_VERIFY, IPC_PROVED, &ans, sizeof(ans));
}

static void
lease_ask(struct device *d, uint64_t conn)
{
	struct ipc_lease	 lease;

	memset(&lease, 0, sizeof(lease));
	lease.conn = d->lease = conn;
	d->leased = 0;
	lease.device = d->number;
	to_child(CTL_STORE, IPC_LEASE, &lease, sizeof(lease));
}

/* Nobody holds the device: who waits for it is next, unless it was revoked. */
static void
lease_over(struct device *d)
{
	uint64_t	 next = d->next;

	d->lease = d->next = 0;
	if (next == 0)
		return;
	if (d->state == CTL_DEVICE_REVOKED)
		refuse(next, REASON_REVOKED_DEVICE);
	else
		lease_ask(d, next);
}

/* What the connection has earned; nothing where it has gone meanwhile. */
static void
grant_move(uint64_t conn, const struct device *d, struct ipc_proved *ans)
{
	uint64_t	 now = now_ms() / 1000;
	struct slot	*s = slot_of("store", conn);

	if (CONN_GEN(conn) != s->gen || s->grant == NULL)
		return;
	ans->role = s->grant->role;
	ans->lifetime = s->grant->ends > now ? s->grant->ends - now : 0;
	memcpy(ans->x, s->grant->x, sizeof(ans->x));
	memcpy(ans->g, s->grant->g, sizeof(ans->g));
	ans->ticketed = s->grant->ticketed;
	memcpy(ans->ticket, s->grant->ticket, sizeof(ans->ticket));
	memcpy(ans->secret, s->grant->secret, sizeof(ans->secret));
	strlcpy(ans->id, device_id(d), sizeof(ans->id));
	grant_free(s);
}

/* The store takes readings from the connection: its session may begin. */
void
oracle_leased(const struct ipc_leased *leased, const void *model)
{
	struct {
		struct ipc_proved	 ans;
		uint8_t			 model[IPC_MODELMAX];
	} msg;
	struct device	*d = registry_bynumber(leased->device);

	if (d == NULL || d->lease != leased->conn || d->leased)
		ipc_intrusion("store", "a lease nobody asked for", IPC_LEASED,
		    leased->device);
	d->leased = 1;
	if (leased->failed) {
		refuse(leased->conn, REASON_INTERNAL);
		lease_over(d);
		return;
	}
	memset(&msg.ans, 0, sizeof(msg.ans));
	msg.ans.conn = leased->conn;
	msg.ans.lastid = leased->lastid;
	msg.ans.device = leased->device;
	msg.ans.modellen = leased->modellen;
	memcpy(msg.model, model, leased->modellen);
	grant_move(leased->conn, d, &msg.ans);
	/* Even if the connection has gone: verify gives the lease back. */
	to_child(CTL_VERIFY, IPC_PROVED, &msg,
	    sizeof(msg.ans) + leased->modellen);
	explicit_bzero(&msg.ans, sizeof(msg.ans));
}

/* The lease is back, and all that came under it is decided. */
void
oracle_released(const struct ipc_lease *lease)
{
	struct device	*d = registry_bynumber(lease->device);

	if (d == NULL || !d->leased || d->lease == 0 ||
	    d->lease != lease->conn)
		ipc_intrusion("store", "the end of no lease", IPC_RELEASED,
		    lease->device);
	lease_over(d);
}

/*
 * Ends the device's session, and the one that waits for it.  Returns how
 * many that were; oracle_busy() says when they are over.
 */
uint32_t
oracle_end(struct device *d, uint32_t reason)
{
	uint32_t	 n = 0;

	if (d->next != 0) {
		refuse(d->next, reason);
		d->next = 0;
		n++;
	}
	if (d->lease != 0) {
		end_lease(d, reason);
		n++;
	}
	return n;
}

/* Whether the device has a session, or is about to. */
int
oracle_held(const struct device *d)
{
	return d->lease != 0 || d->next != 0;
}

/*
 * Whether an end that was asked for is still to come: keys in verify, a
 * connection in net.  The lease does not count: it comes back when the store
 * has written, which a full disk can put off, and serves nobody meanwhile.
 */
int
oracle_busy(const struct device *d)
{
	return d->ending != 0 || d->conn != 0;
}
