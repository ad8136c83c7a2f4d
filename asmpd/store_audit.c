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
 * Audit records, which the parent makes.  They wait here until the next
 * transaction, whoever begins it; the parent hears when they are on the
 * disk.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

struct record {
	TAILQ_ENTRY(record)	 entry;
	struct ipc_audit	 a;
	size_t			 len;		/* of the text */
	char			 text[];	/* and what is sealed */
};

static TAILQ_HEAD(, record)	 waiting = TAILQ_HEAD_INITIALIZER(waiting);
static struct event		 ev_retry;
static uint64_t			 next;		/* index that is due */
static int			 refused;	/* the database takes none */
static int			 put;		/* in this transaction */

/* Takes up the log as the database has it. */
void
audit_init(void)
{
	uint64_t	 size;

	if (engine->audit_size(&size) == -1 ||
	    log_load(TREE_AUDIT, size, engine->audit_leaves) == -1)
		fatalx("audit log: %s", engine->error());
}

/* What the parent asks for, of a log of this size and root. */
static void
answer(const struct ipc_log_get *get, uint64_t size, const uint8_t *root,
    uint32_t n)
{
	struct {
		struct ipc_log	 msg;
		uint8_t		 hash[2 * IPC_LEAVES_MAX][ASMP_HASHLEN];
	} out;

	if (engine->audit_leaves(get->from, out.hash, &n) == -1 ||
	    engine->audit_macs(get->from, out.hash + n, &n) == -1)
		fatalx("audit log: %s", engine->error());
	memset(&out.msg, 0, sizeof(out.msg));
	out.msg.from = get->from;
	out.msg.size = size;
	out.msg.log = get->log;
	out.msg.n = n;
	memcpy(out.msg.root, root, sizeof(out.msg.root));
	to_parent(IPC_LOG, &out, sizeof(out.msg) + 2 * n *
	    sizeof(out.hash[0]));
}

/* The parent compares the log with what it has signed. */
void
audit_get(const struct ipc_log_get *get)
{
	uint8_t		 root[ASMP_HASHLEN] = { 0 };
	uint32_t	 n = IPC_LEAVES_MAX;

	if (get->from > log_size(TREE_AUDIT))
		n = 0;
	else if (log_root(TREE_AUDIT, get->from, root) == -1)
		fatalx("audit log: %s", engine->error());
	answer(get, log_size(TREE_AUDIT), root, n);
}

/* From here on the parent sends records. */
void
audit_start(const struct ipc_log_start *start)
{
	if (start->log == TREE_READINGS) {
		seals_start(start->size);
		return;
	}
	if (engine->begin(1) == -1 ||
	    log_stretch(TREE_AUDIT, start->size) == -1 ||
	    engine->commit() == -1)
		fatalx("audit log: %s", engine->error());
	next = start->size;
}

/* A record to keep: len bytes of text, and of what is sealed. */
void
audit_take(const struct ipc_audit *a, const void *text, size_t len)
{
	struct record	*r;

	if (a->sealedlen > len)
		fatalx("an audit record of %zu bytes", len);
	if (a->index != next++)
		fatalx("audit record %llu where %llu is due",
		    (unsigned long long)a->index,
		    (unsigned long long)next - 1);
	if ((r = malloc(sizeof(*r) + len)) == NULL)
		fatal("malloc");
	r->a = *a;
	r->len = len - a->sealedlen;
	memcpy(r->text, text, len);
	TAILQ_INSERT_TAIL(&waiting, r, entry);
}

static int
put_record(const struct record *r)
{
	const struct part	 p = { r->text, r->len };
	uint8_t			 leaf[ASMP_HASHLEN];

	merkle_leaf(leaf, &p, 1);
	if (engine->put_audit(&r->a, leaf, r->text, r->len) == -1 ||
	    log_append(TREE_AUDIT, leaf) == -1)
		return -1;
	return r->a.number == 0 ? 0 : engine->put_auth(&r->a, r->text +
	    r->len);
}

/*
 * Writes what waits, in a transaction that the caller has begun; with its end
 * comes audit_settle().  Returns 0 or -1.
 */
int
audit_put(void)
{
	struct record	*r;

	if (TAILQ_EMPTY(&waiting))
		return 0;
	log_mark(TREE_AUDIT);
	put = 1;
	TAILQ_FOREACH(r, &waiting, entry)
		if (put_record(r) == -1)
			return -1;
	return 0;
}

/*
 * The transaction is on the disk, or is undone; it may have failed before
 * anything was put into it.
 */
void
audit_settle(int done)
{
	struct ipc_audited	 msg;
	struct record		*r;

	if (!put)
		return;
	put = 0;
	if (!done) {
		log_undo(TREE_AUDIT);
		return;
	}
	while ((r = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, r, entry);
		free(r);
	}
	stall_over(STALL_AUDIT);
	msg.size = log_size(TREE_AUDIT);
	to_parent(IPC_AUDITED, &msg, sizeof(msg));
}

/* Only wakes the loop: audit_flush() runs after each turn of it. */
static void
retry(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	refused = 0;
}

static void
refuse(void)
{
	struct timeval	 tv = { .tv_sec = RETRY_SECONDS };

	stall(STALL_AUDIT);
	refused = 1;
	evtimer_set(&ev_retry, retry, NULL);
	if (evtimer_add(&ev_retry, &tv) == -1)
		fatal("evtimer_add");
}

/* Writes what still waits at the end of a turn, in its own transaction. */
void
audit_flush(void)
{
	int	 ok;

	if (refused || registry_writing() || TAILQ_EMPTY(&waiting))
		return;
	ok = engine->begin(1) == 0 && audit_put() == 0 &&
	    engine->commit() == 0;
	if (!ok)
		engine->rollback();
	audit_settle(ok);
	if (!ok)
		refuse();
}

/*
 * Keeps what the parent has signed; a later one makes up for a lost one.  In
 * the midst of a change to the registry it goes with that.
 */
void
checkpoint_take(const struct ipc_checkpoint *c, const char *note)
{
	int	 alone = !registry_writing();

	if (c->log == TREE_READINGS)
		seals_signed(c->size);

	if ((!alone || engine->begin(1) == 0) &&
	    engine->put_checkpoint(c->log, c->size, note) == 0 &&
	    (!alone || engine->commit() == 0))
		return;
	if (alone)
		engine->rollback();
	log_debug("checkpoint: %s", engine->error());
}
