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
 * Readings: who may give them, and what each message of a verifier's means
 * for the transaction that it is part of.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

/* The parent's leave to take readings of a device from a connection. */
struct lease {
	RB_ENTRY(lease)		 tree;
	uint64_t		 conn;
	uint64_t		 lastid;	/* committed, as all of this */
	uint64_t		 seal;		/* the last, from 1, or 0 */
	uint32_t		 nleaves;	/* of it */
	uint64_t		 rested;	/* for the parent, in the end */
	uint32_t		 device;
	struct change		*change;	/* NULL: not touched */
};

/* What the transaction means for a lease that it touches. */
struct change {
	TAILQ_ENTRY(change)	 entry;
	struct lease		*lease;
	uint64_t		 lastid;
	uint64_t		 lasttime;	/* of its last reading, ms */
	uint32_t		 accepted;
	uint32_t		 blocked;
	uint64_t		 seal;
	uint32_t		 nleaves;
	uint32_t		 nrefused;
	struct sv_refused	 refused[REFUSED_MAX];
	uint8_t			 releasing;
};

static int	 lease_cmp(const struct lease *, const struct lease *);

static RB_HEAD(leases, lease)	 leases = RB_INITIALIZER(&leases);
static TAILQ_HEAD(changes, change) touched = TAILQ_HEAD_INITIALIZER(touched);
static struct changes		 spare = TAILQ_HEAD_INITIALIZER(spare);
static size_t			 nspare;
static struct lease		*last;		/* the one found last */
static struct {
	uint64_t	 conn;
	uint64_t	 when;		/* mono_ms() */
} latest[2];			/* decided on last, and another one before */
static uint64_t			 duplicates;	/* in this transaction */
static uint64_t			 unleased;	/* the same */
static int			 sealed;	/* there were seals in it */

RB_GENERATE_STATIC(leases, lease, tree, lease_cmp)

static int
lease_cmp(const struct lease *a, const struct lease *b)
{
	return a->conn < b->conn ? -1 : a->conn > b->conn;
}

static struct lease *
lease_find(uint64_t conn, uint32_t device)
{
	struct lease	 key = { .conn = conn };

	if (last == NULL || last->conn != conn)
		last = RB_FIND(leases, &leases, &key);
	return last != NULL && last->device == device ? last : NULL;
}

/* The parent's leave: answered with what a session must know. */
void
lease_grant(const struct ipc_lease *msg)
{
	struct {
		struct ipc_leased	 ans;
		uint8_t			 model[IPC_MODELMAX];
	} out;
	struct device_figures	 f;
	struct lease		*l;
	size_t			 len;

	memset(&out.ans, 0, sizeof(out.ans));
	out.ans.conn = msg->conn;
	out.ans.device = msg->device;
	if (engine->figures(msg->device, &f) == -1 ||
	    engine->model(msg->device, out.model, &len) == -1) {
		log_warnx("device number %u: %s", msg->device, engine->error());
		out.ans.failed = 1;
		to_parent(IPC_LEASED, &out.ans, sizeof(out.ans));
		return;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("calloc");
	l->conn = msg->conn;
	l->device = msg->device;
	l->lastid = f.lastid;
	if (RB_INSERT(leases, &leases, l) != NULL)
		fatalx("a lease twice");
	store_counter[CS_LEASES]++;
	out.ans.lastid = f.lastid;
	out.ans.modellen = len;
	to_parent(IPC_LEASED, &out, sizeof(out.ans) + len);
}

static void
lease_free(struct lease *l)
{
	if (last == l)
		last = NULL;
	RB_REMOVE(leases, &leases, l);
	store_counter[CS_LEASES]--;
	free(l);
}

static struct change *
change_new(void)
{
	struct change	*t;

	if ((t = TAILQ_FIRST(&spare)) != NULL) {
		TAILQ_REMOVE(&spare, t, entry);
		nspare--;
		memset(t, 0, sizeof(*t));
	} else if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("calloc");
	return t;
}

static void
change_free(struct change *t)
{
	t->lease->change = NULL;
	TAILQ_REMOVE(&touched, t, entry);
	if (nspare == CHANGES_SPARE) {
		free(t);
		return;
	}
	TAILQ_INSERT_HEAD(&spare, t, entry);
	nspare++;
}

/* What the transaction means for a lease so far. */
static struct change *
lease_touch(struct lease *l)
{
	struct change	*t = l->change;

	if (t != NULL)
		return t;
	t = l->change = change_new();
	t->lease = l;
	t->lastid = l->lastid;
	t->seal = l->seal;
	t->nleaves = l->nleaves;
	TAILQ_INSERT_TAIL(&touched, t, entry);
	return t;
}

/* The tree goes back with the transaction, if this one has changed it. */
static void
seals_touch(void)
{
	if (!sealed)
		log_mark(TREE_READINGS);
	sealed = 1;
}

static void
seals_settle(int done)
{
	if (sealed && !done)
		log_undo(TREE_READINGS);
	if (sealed && done)
		seals_later();
	sealed = 0;
}

/* The index of a reading's seal, from 1, or 0. */
static uint64_t
seal_of(const struct change *t, const struct vs_reading *rd)
{
	return rd->place == 0 ? 0 : t->seal;
}

static int
put_accepted(struct change *t, const struct vs_reading *rd,
    const uint8_t *text)
{
	/* Verify looks for duplicates too; what counts is what is stored. */
	if (rd->id <= t->lastid) {
		duplicates++;
		return 0;
	}
	if (engine->put_reading(rd, text, seal_of(t, rd)) == -1)
		return -1;
	t->lastid = rd->id;
	t->lasttime = rd->received;
	t->accepted++;
	return 0;
}

static int
put_blocked(struct change *t, const struct vs_reading *rd,
    const uint8_t *data)
{
	if (t->nrefused == REFUSED_MAX)
		return 0;
	if (engine->put_blocked(rd, data, seal_of(t, rd)) == -1)
		return -1;
	t->refused[t->nrefused].id = rd->id;
	t->refused[t->nrefused].reason = rd->reason;
	t->nrefused++;
	t->lasttime = rd->received;
	t->blocked++;
	if (rd->reason != REASON_ID_JUMP && rd->id > t->lastid)
		t->lastid = rd->id;
	return 0;
}

/* Returns -1 if the database refuses. */
static int
take_reading(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vs_reading	 rd;
	const uint8_t		*text = msg->data + sizeof(rd);
	struct lease		*l;
	struct change		*t;

	if (msg->len < sizeof(rd))
		ipc_intrusion(p->peer, "a message that is too short",
		    msg->type, msg->len);
	memcpy(&rd, msg->data, sizeof(rd));
	if (rd.textlen > msg->len || rd.rawlen > msg->len ||
	    msg->len != sizeof(rd) + rd.textlen + rd.rawlen)
		ipc_intrusion(p->peer, "a message of a wrong size",
		    msg->type, msg->len);
	if ((l = lease_find(msg->id, rd.device)) == NULL) {
		unleased++;
		return 0;
	}
	t = lease_touch(l);
	if (rd.place > t->nleaves)
		ipc_intrusion(p->peer, "a reading of no seal", msg->type,
		    rd.place);
	/* Retention relies on it that readings have the order of seals. */
	if (rd.place != 0 && t->seal != log_size(TREE_READINGS))
		ipc_intrusion(p->peer, "a reading behind another's seal",
		    msg->type, rd.place);
	return rd.reason == REASON_NONE ? put_accepted(t, &rd, text) :
	    put_blocked(t, &rd, text);
}

/* A seal: the next record of the log of readings.  Likewise. */
static int
take_seal(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vs_seal	 seal;
	struct part	 record = { msg->data + sizeof(seal), 0 };
	struct lease	*l;
	struct change	*t;
	uint8_t		 leaf[ASMP_HASHLEN];

	if (msg->len < sizeof(seal))
		ipc_intrusion(p->peer, "a message that is too short",
		    msg->type, msg->len);
	memcpy(&seal, msg->data, sizeof(seal));
	if (seal.recordlen > SEAL_RECORD_MAX || seal.keylen > ASMP_PUBMAX ||
	    seal.count > ASMP_SEAL_FRAMES || msg->len != sizeof(seal) +
	    seal.recordlen + seal.keylen +
	    seal.count * sizeof(struct vs_leaf))
		ipc_intrusion(p->peer, "a seal of a wrong size", msg->type,
		    msg->len);
	if ((l = lease_find(msg->id, seal.device)) == NULL) {
		unleased++;
		return 0;
	}
	record.len = seal.recordlen;
	merkle_leaf(leaf, &record, 1);
	t = lease_touch(l);
	seals_touch();
	if (engine->put_seal(log_size(TREE_READINGS), &seal, leaf,
	    record.data) == -1 || log_append(TREE_READINGS, leaf) == -1)
		return -1;
	t->seal = log_size(TREE_READINGS);
	t->nleaves = seal.count;
	return 0;
}

/* The same for a model, which belongs to the readings before it. */
static int
take_model(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vs_model	 m;

	if (msg->len < sizeof(m) || msg->len > sizeof(m) + IPC_MODELMAX)
		ipc_intrusion(p->peer, "a model of a wrong size", msg->type,
		    msg->len);
	memcpy(&m, msg->data, sizeof(m));
	if (lease_find(msg->id, m.device) == NULL) {
		unleased++;
		return 0;
	}
	return engine->put_model(m.device, msg->data + sizeof(m), msg->len -
	    sizeof(m));
}

static void
take_release(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vs_release	 rel;
	struct lease		*l;

	hotpipe_get(p, msg, &rel, sizeof(rel));
	if ((l = lease_find(msg->id, rel.device)) == NULL)
		ipc_intrusion(p->peer, "the end of no lease", msg->type,
		    rel.device);
	if (rel.rested > mono_ms() + REST_MAX)
		ipc_intrusion(p->peer, "a rest that cannot be", msg->type,
		    rel.device);
	l->rested = rel.rested;
	lease_touch(l)->releasing = 1;
}

/* A verifier has a part in nothing but its own connections. */
static void
check_conn(const struct hotpipe *p, const struct chan_msg *msg)
{
	if (p != &store_verifier(msg->id)->pipe)
		ipc_intrusion(p->peer, "what is about another verifier's "
		    "connection", msg->type, CONN_SLOT(msg->id));
}

/* Takes a message of a verifier's.  Returns -1 if the database refuses. */
int
reading_message(struct hotpipe *p, const struct chan_msg *msg)
{
	check_conn(p, msg);
	switch (msg->type) {
	case VS_SEAL:
		return take_seal(p, msg);
	case VS_READING:
		return take_reading(p, msg);
	case VS_MODEL:
		return take_model(p, msg);
	case VS_SEALED:
		return 0;
	case VS_RELEASE:
		take_release(p, msg);
		return 0;
	default:
		ipc_intrusion(p->peer, "an unknown message", msg->type,
		    msg->len);
	}
}

/* The last of a transaction: what it means for each device.  0 or -1. */
int
readings_figures(void)
{
	struct device_figures	 f;
	struct change		*t;

	TAILQ_FOREACH(t, &touched, entry) {
		if (t->accepted == 0 && t->blocked == 0)
			continue;
		f.lastid = t->lastid;
		f.lasttime = t->lasttime;
		f.accepted = t->accepted;
		f.blocked = t->blocked;
		if (engine->add_figures(t->lease->device, &f) == -1)
			return -1;
	}
	return 0;
}

static void
latest_note(uint64_t conn, uint64_t now)
{
	if (latest[0].conn != conn) {
		latest[1] = latest[0];
		latest[0].conn = conn;
	}
	latest[0].when = now;
}

/* Whether another session than this one has said something lately. */
static int
latest_others(uint64_t conn, uint64_t now)
{
	int	 i = latest[0].conn == conn;

	return latest[i].conn != 0 && now - latest[i].when <= OTHERS_MS;
}

static void
tell_verify(const struct change *t, uint64_t now)
{
	struct {
		struct sv_decided	 d;
		struct sv_refused	 refused[REFUSED_MAX];
	} msg;

	memset(&msg, 0, sizeof(msg));
	msg.d.lastid = t->lastid;
	msg.d.nrefused = t->nrefused;
	msg.d.others = latest_others(t->lease->conn, now);
	memcpy(msg.refused, t->refused, t->nrefused * sizeof(t->refused[0]));
	hotpipe_send(&store_verifier(t->lease->conn)->pipe, SV_DECIDED,
	    t->lease->conn, &msg, sizeof(msg.d) +
	    t->nrefused * sizeof(t->refused[0]));
}

static void
tell_parent(const struct lease *l)
{
	struct ipc_lease	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = l->conn;
	msg.device = l->device;
	msg.rested = l->rested;
	to_parent(IPC_RELEASED, &msg, sizeof(msg));
}

/* What the transaction meant for a lease is so, or never was. */
static void
lease_settle(struct change *t, int done, uint64_t now)
{
	struct lease	*l = t->lease;
	int		 over = done && t->releasing;

	if (done) {
		l->lastid = t->lastid;
		l->seal = t->seal;
		l->nleaves = t->nleaves;
		store_counter[CS_READINGS] += t->accepted;
		store_counter[CS_BLOCKED] += t->blocked;
		latest_note(l->conn, now);
		if (!over)
			tell_verify(t, now);
	}
	change_free(t);
	if (over) {
		tell_parent(l);
		lease_free(l);
	}
}

/*
 * The transaction is committed, or it never was.  Returns how many sessions it
 * was about, either way.
 */
uint64_t
readings_settle(int done)
{
	struct change	*t;
	uint64_t	 n, now = mono_ms();

	for (n = 0; (t = TAILQ_FIRST(&touched)) != NULL; n++)
		lease_settle(t, done, now);
	if (done) {
		store_counter[CS_DUPLICATES] += duplicates;
		store_counter[CS_UNLEASED] += unleased;
	}
	duplicates = unleased = 0;
	seals_settle(done);
	return n;
}

/* Prepares for readings. */
void
readings_init(void)
{
	uint64_t	 size;

	if (engine->seals_size(&size) == -1 ||
	    log_load(TREE_READINGS, size, engine->seals_leaves) == -1)
		fatalx("log of readings: %s", engine->error());
}
