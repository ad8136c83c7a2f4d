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

/* Registry rows: kept for the parent, who alone makes them. */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

static uint8_t	*pending;	/* rows, one after the other */
static size_t	 pendinglen, room;
static uint32_t	 npending;	/* since the last batch */
static size_t	 written;	/* of pendinglen, in the transaction */
static int	 writing;	/* the transaction is open */

static struct ipc_jobresult	 answering;
static struct event		 ev_slice;

/* Answers with a page of rows; an empty one is the end. */
void
registry_rows_get(const struct ipc_after *after)
{
	struct ipc_row	 rows[IPC_ROWS_MAX];
	uint8_t		 page[sizeof(rows)];
	uint32_t	 i, n = IPC_ROWS_MAX;
	size_t		 len = 0;

	if (engine->rows(after->number, rows, &n) == -1)
		fatalx("registry: %s", engine->error());
	for (i = 0; i < n; i++) {
		memcpy(page + len, &rows[i], ipc_row_len(&rows[i]));
		len += ipc_row_len(&rows[i]);
	}
	to_parent(IPC_ROWS, page, len);
}

/* A row of a change that IPC_ROWS_COMMIT completes. */
void
registry_row_put(const struct ipc_row *row)
{
	size_t	 len = ipc_row_len(row), want = room;

	while (want - pendinglen < len)
		want = want == 0 ? PENDING_MIN : want * 2;
	if (want != room) {
		pending = recallocarray(pending, room, want, 1);
		if (pending == NULL)
			fatal("recallocarray");
		room = want;
	}
	memcpy(pending + pendinglen, row, len);
	pendinglen += len;
	npending++;
}

static void
forget_pending(void)
{
	free(pending);
	pending = NULL;
	pendinglen = room = written = 0;
}

/* The change is on the disk, or nothing of it. */
static void
answer(int failed)
{
	answering.failed = failed;
	if (failed)
		strlcpy(answering.text, engine->error(),
		    sizeof(answering.text));
	forget_pending();
	writing = 0;
	to_parent(IPC_ROWS_RESULT, &answering, sizeof(answering));
}

/* The next rows of the change; 0, or -1 with engine->error(). */
static int
write_some(void)
{
	struct ipc_row	 row;
	const uint8_t	*p = pending + written;
	size_t		 left = pendinglen - written;
	int		 i;

	for (i = 0; i < PENDING_SLICE && left > 0; i++)
		if (ipc_row_get(&row, &p, &left) == -1 ||
		    engine->put_row(&row) == -1)
			return -1;
	written = pendinglen - left;
	return 0;
}

/* With the change goes what waits for the audit log; 0 or -1. */
static int
write_end(void)
{
	int	 ok = audit_put() == 0 && engine->commit() == 0;

	if (!ok)
		engine->rollback();
	audit_settle(ok);
	return ok ? 0 : -1;
}

/* Of a long change a slice at a time, so that others are answered too. */
static void
write_slice(int fd, short event, void *arg)
{
	struct timeval	 now = { 0, 0 };

	(void)fd;
	(void)event;
	(void)arg;
	/* An I/O error elsewhere may have undone what there was. */
	if (!engine->begun() || write_some() == -1) {
		engine->rollback();
		answer(1);
	} else if (written == pendinglen)
		answer(write_end() == -1);
	else if (evtimer_add(&ev_slice, &now) == -1)
		fatal("evtimer_add");
}

static void
write_begin(void)
{
	if (engine->begin(1) == -1) {
		answer(1);
		return;
	}
	writing = 1;
	evtimer_set(&ev_slice, write_slice, NULL);
	write_slice(-1, 0, NULL);
}

/* Whether a change is being written: others wait with their transactions. */
int
registry_writing(void)
{
	return writing;
}

/*
 * The end of a batch of rows.  If it was the last, all rows of the change, or
 * none, are on the disk when this is answered.
 */
void
registry_rows_commit(const struct ipc_job *job)
{
	memset(&answering, 0, sizeof(answering));
	answering.job = job->job;
	if (job->count != npending)
		fatalx("%u registry rows where %u were announced", npending,
		    job->count);
	npending = 0;
	if (job->more)
		to_parent(IPC_ROWS_RESULT, &answering, sizeof(answering));
	else
		write_begin();
}
