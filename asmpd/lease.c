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
 * Who holds a device: a connection that proved it gets the store's lease on
 * it, after the one before has given it back with all its readings decided.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "slot.h"

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
	to_verifier(end.conn, IPC_END, &end, sizeof(end));
}

/* Verify has wiped it, or it was gone before. */
void
lease_ended(const struct ipc_end *end)
{
	struct device	*d = registry_bynumber(end->device);

	if (d == NULL || d->ending == 0)
		ipc_intrusion(verifier_name(end->conn), "an answer to "
		    "nothing", IPC_ENDED, end->device);
	d->ending--;
	ending_over(d, 0);
}

/* Forgets what a connection has earned; its place may be another's now. */
static void
grant_drop(uint64_t conn)
{
	struct slot	*s = slot_of(verifier_name(conn), conn);

	if (CONN_GEN(conn) == s->gen)
		slot_ungrant(s);
}

/* The connection's proof does not open a session, for this enum reason. */
void
lease_refuse(uint64_t conn, uint32_t reason)
{
	struct ipc_proved	 ans;

	memset(&ans, 0, sizeof(ans));
	ans.conn = conn;
	ans.reason = reason;
	grant_drop(conn);
	to_verifier(conn, IPC_PROVED, &ans, sizeof(ans));
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

/* Nobody holds the device: who waits for it is next, if it may come in. */
static void
lease_over(struct device *d)
{
	uint64_t	 next = d->next;
	uint32_t	 reason;

	d->last = d->lease;
	d->lease = d->next = 0;
	if (next == 0)
		return;
	if ((reason = device_refused(d)) != 0)
		lease_refuse(next, reason);
	else
		lease_ask(d, next);
}

/*
 * The connection, which is open, is the device's.  Its older session goes
 * first.
 */
void
lease_take(uint64_t conn, struct device *d)
{
	slot_of(verifier_name(conn), conn)->dev = d;
	d->conn = conn;
	if (d->lease == 0) {
		lease_ask(d, conn);
		return;
	}
	if (d->next != 0)
		lease_refuse(d->next, REASON_REPLACED);
	d->next = conn;
	end_lease(d, REASON_REPLACED);
}

static void
audit_session(uint64_t conn, const struct device *d, const struct grant *g)
{
	const struct slot	*s = slot_of("store", conn);
	char			 addr[CTL_ADDRMAX], message[AUDIT_DETAILMAX];

	addr_text(s->addr, s->port, addr, sizeof(addr));
	snprintf(message, sizeof(message), "address %s proof %s role %u", addr,
	    kind_name(d->kind), g->role);
	audit_authenticated(d, message, g->sealed, g->sealedlen);
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
	audit_session(conn, d, s->grant);
	slot_ungrant(s);
}

/* The store takes readings from the connection: its session may begin. */
void
lease_granted(const struct ipc_leased *leased, const void *model)
{
	struct {
		struct ipc_proved	 ans;
		uint8_t			 model[IPC_MODELMAX];
	} msg;
	struct device	*d = registry_bynumber(leased->device);

	if (d == NULL || d->lease != leased->conn || d->leased)
		ipc_intrusion("store", "a lease nobody asked for", IPC_LEASED,
		    leased->device);
	if (leased->lastid > INT64_MAX)		/* no database holds it */
		ipc_intrusion("store", "a last id that cannot be", IPC_LEASED,
		    leased->device);
	d->leased = 1;
	if (leased->failed) {
		lease_refuse(leased->conn, REASON_INTERNAL);
		lease_over(d);
		return;
	}
	memset(&msg.ans, 0, sizeof(msg.ans));
	msg.ans.conn = leased->conn;
	msg.ans.lastid = leased->lastid;
	msg.ans.device = leased->device;
	msg.ans.modellen = leased->modellen;
	msg.ans.rested = d->rested;
	memcpy(msg.model, model, leased->modellen);
	grant_move(leased->conn, d, &msg.ans);
	/* Even if the connection has gone: verify gives the lease back. */
	to_verifier(leased->conn, IPC_PROVED, &msg,
	    sizeof(msg.ans) + leased->modellen);
	explicit_bzero(&msg.ans, sizeof(msg.ans));
}

/* The lease is back, and all that came under it is decided. */
void
lease_released(const struct ipc_lease *lease)
{
	struct device	*d = registry_bynumber(lease->device);

	if (d == NULL || !d->leased || d->lease == 0 ||
	    d->lease != lease->conn)
		ipc_intrusion("store", "the end of no lease", IPC_RELEASED,
		    lease->device);
	if (lease->rested > mono_ms() + REST_MAX)
		ipc_intrusion("store", "a rest that cannot be", IPC_RELEASED,
		    lease->device);
	d->rested = lease->rested;
	lease_over(d);
}

/*
 * Ends the device's session, and the one that waits for it.  Returns how
 * many that were; lease_busy() says when they are over.
 */
uint32_t
lease_end(struct device *d, uint32_t reason)
{
	uint32_t	 n = 0;

	if (d->next != 0) {
		lease_refuse(d->next, reason);
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
lease_held(const struct device *d)
{
	return d->lease != 0 || d->next != 0;
}

/* Whether a connection holds or waits that was proved by a key of no use. */
static int
is_stale(const struct device *d, uint64_t conn)
{
	const struct slot	*s;

	if (conn == 0)
		return 0;
	s = slot_of(verifier_name(conn), conn);
	return slot_is(s, conn) && !device_accepts(d, s->serial);
}

/* Whether the device's session was proved by a key that is out of use. */
int
lease_stale(const struct device *d)
{
	return is_stale(d, d->lease) || is_stale(d, d->next);
}

/* The serial of the key that proved the session; the device has one. */
uint32_t
lease_serial(const struct device *d)
{
	return slot_of(verifier_name(d->lease), d->lease)->serial;
}

/*
 * Whether verify has yet to wipe a session that it was told to end.  The
 * lease does not count: it comes back when the store has written, which a
 * full disk can put off, and serves nobody meanwhile.
 */
int
lease_busy(const struct device *d)
{
	return d->ending != 0;
}
