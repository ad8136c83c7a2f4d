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
 * Readings: everything that waits in the channel becomes one transaction,
 * and only after its commit do verify and device hear of it.  When the disk
 * refuses, nothing is taken from the channel, and it is tried again.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

static int	 lease_cmp(const struct lease *, const struct lease *);

static RB_HEAD(leases, lease)	 leases = RB_INITIALIZER(&leases);
static TAILQ_HEAD(, lease)	 touched = TAILQ_HEAD_INITIALIZER(touched);
static struct lease		*last;		/* the one found last */
static struct event		 ev_retry;

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
	if (db_figures(msg->device, &f) == -1 ||
	    db_model(msg->device, out.model, &len) == -1) {
		log_warnx("device number %u: %s", msg->device, db_error());
		out.ans.failed = 1;
		to_parent(IPC_LEASED, &out.ans, sizeof(out.ans));
		return;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("calloc");
	l->conn = msg->conn;
	l->device = msg->device;
	l->lastid = l->newid = f.lastid;
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

static void
lease_touch(struct lease *l)
{
	if (l->istouched)
		return;
	l->istouched = 1;
	TAILQ_INSERT_TAIL(&touched, l, touched);
}

static int
put_accepted(struct lease *l, const struct vs_reading *rd,
    const uint8_t *text)
{
	/* Verify looks for duplicates too; what counts is what is stored. */
	if (rd->id <= l->newid) {
		store_counter[CS_DUPLICATES]++;
		return 0;
	}
	if (db_put_reading(rd, text) == -1)
		return -1;
	l->newid = rd->id;
	l->lasttime = rd->received;
	l->accepted++;
	return 0;
}

static int
put_blocked(struct lease *l, const struct vs_reading *rd,
    const uint8_t *data)
{
	if (l->nrefused == REFUSED_MAX)
		return 0;
	if (db_put_blocked(rd, data) == -1)
		return -1;
	l->refused[l->nrefused].id = rd->id;
	l->refused[l->nrefused].reason = rd->reason;
	l->nrefused++;
	l->lasttime = rd->received;
	l->blocked++;
	if (rd->reason != REASON_ID_JUMP && rd->id > l->newid)
		l->newid = rd->id;
	return 0;
}

/* Returns -1 if the database refuses. */
static int
take_reading(const struct chan_msg *msg)
{
	struct vs_reading	 rd;
	const uint8_t		*text = msg->data + sizeof(rd);
	struct lease		*l;

	if (msg->len < sizeof(rd))
		ipc_intrusion("verify", "a message that is too short",
		    msg->type, msg->len);
	memcpy(&rd, msg->data, sizeof(rd));
	if (msg->len != sizeof(rd) + rd.textlen)
		ipc_intrusion("verify", "a message of a wrong size",
		    msg->type, msg->len);
	if ((l = lease_find(msg->id, rd.device)) == NULL) {
		store_counter[CS_UNLEASED]++;
		return 0;
	}
	lease_touch(l);
	return rd.reason == REASON_NONE ? put_accepted(l, &rd, text) :
	    put_blocked(l, &rd, text);
}

/* The same for a model, which belongs to the readings before it. */
static int
take_model(const struct chan_msg *msg)
{
	struct vs_model	 m;

	if (msg->len < sizeof(m) || msg->len > sizeof(m) + IPC_MODELMAX)
		ipc_intrusion("verify", "a model of a wrong size", msg->type,
		    msg->len);
	memcpy(&m, msg->data, sizeof(m));
	if (lease_find(msg->id, m.device) == NULL) {
		store_counter[CS_UNLEASED]++;
		return 0;
	}
	return db_put_model(m.device, msg->data + sizeof(m), msg->len -
	    sizeof(m));
}

static void
take_release(const struct chan_msg *msg)
{
	struct vs_release	 rel;
	struct lease		*l;

	hotpipe_get(&store_verify, msg, &rel, sizeof(rel));
	if ((l = lease_find(msg->id, rel.device)) == NULL)
		ipc_intrusion("verify", "the end of no lease", msg->type,
		    rel.device);
	l->releasing = 1;
	lease_touch(l);
}

static int
take_message(const struct chan_msg *msg)
{
	switch (msg->type) {
	case VS_READING:
		return take_reading(msg);
	case VS_MODEL:
		return take_model(msg);
	case VS_RELEASE:
		take_release(msg);
		return 0;
	default:
		ipc_intrusion("verify", "an unknown message", msg->type,
		    msg->len);
	}
}

static int
put_figures(void)
{
	struct device_figures	 f;
	struct lease		*l;

	TAILQ_FOREACH(l, &touched, touched) {
		if (l->accepted == 0 && l->blocked == 0)
			continue;
		f.lastid = l->newid;
		f.lasttime = l->lasttime;
		f.accepted = l->accepted;
		f.blocked = l->blocked;
		if (db_add_figures(l->device, &f) == -1)
			return -1;
	}
	return 0;
}

static void
tell_verify(const struct lease *l)
{
	struct {
		struct sv_decided	 d;
		struct sv_refused	 refused[REFUSED_MAX];
	} msg;

	memset(&msg, 0, sizeof(msg));
	msg.d.lastid = l->lastid;
	msg.d.nrefused = l->nrefused;
	memcpy(msg.refused, l->refused, l->nrefused * sizeof(l->refused[0]));
	hotpipe_send(&store_verify, SV_DECIDED, l->conn, &msg,
	    sizeof(msg.d) + l->nrefused * sizeof(l->refused[0]));
}

static void
tell_parent(const struct lease *l)
{
	struct ipc_lease	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = l->conn;
	msg.device = l->device;
	to_parent(IPC_RELEASED, &msg, sizeof(msg));
}

/* Forgets what the transaction meant for a lease, done or undone. */
static void
lease_settle(struct lease *l, int done)
{
	if (done) {
		l->lastid = l->newid;
		store_counter[CS_READINGS] += l->accepted;
		store_counter[CS_BLOCKED] += l->blocked;
		if (!l->releasing)
			tell_verify(l);
	}
	TAILQ_REMOVE(&touched, l, touched);
	l->istouched = 0;
	l->newid = l->lastid;
	l->accepted = l->blocked = l->nrefused = 0;
	if (done && l->releasing) {
		tell_parent(l);
		lease_free(l);
		return;
	}
	l->releasing = 0;
}

static void
settle_all(int done)
{
	struct lease	*l;

	while ((l = TAILQ_FIRST(&touched)) != NULL)
		lease_settle(l, done);
}

static void
retry_later(void)
{
	struct timeval	 tv = { .tv_sec = RETRY_SECONDS };

	evtimer_add(&ev_retry, &tv);
}

static void
retry(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	if (hotpipe_full(&store_verify, DECIDED_ROOM))
		retry_later();
	else
		readings_take(&store_verify);
}

/* Prepares for readings. */
void
readings_init(void)
{
	evtimer_set(&ev_retry, retry, NULL);
}

/* Says once that the database refuses, and once that it does not any more. */
static void
stalled(int now)
{
	if (now && !store_counter[CS_STALLED])
		log_warnx("database: %s; nothing is acknowledged until it "
		    "takes readings again", db_error());
	if (!now && store_counter[CS_STALLED])
		log_info("database: takes readings again");
	store_counter[CS_STALLED] = now;
	hotpipe_hold(&store_verify, now);
	if (!now)
		return;
	store_counter[CS_RETRIES]++;
	retry_later();
}

/*
 * One transaction over all whole messages that are here, once verify has
 * room for the answers to all of them.
 */
void
readings_take(struct hotpipe *p)
{
	struct chan_msg	 msg;
	size_t		 mark = chan_mark(&p->chan);

	if (hotpipe_full(p, DECIDED_ROOM)) {
		hotpipe_hold(p, 1);
		return;
	}
	if (hotpipe_next(p, &msg) == 0)
		return;
	if (db_begin() == -1)
		goto fail;
	do {
		if (take_message(&msg) == -1)
			goto fail;
	} while (hotpipe_next(p, &msg) == 1);
	if (put_figures() == -1 || db_commit() == -1)
		goto fail;
	store_counter[CS_COMMITS]++;
	settle_all(1);
	stalled(0);
	return;
fail:
	db_rollback();
	settle_all(0);
	chan_rewind(&p->chan, mark);
	stalled(1);
}
