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

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

#define PENDING_MIN	(16 * 1024)	/* bytes */

static uint8_t	*pending;	/* rows, one after the other */
static size_t	 pendinglen, room;
static uint32_t	 npending;	/* since the last batch */

/* Answers with a page of rows; an empty one is the end. */
void
registry_rows_get(const struct ipc_after *after)
{
	struct ipc_row	 rows[IPC_ROWS_MAX];
	uint8_t		 page[sizeof(rows)];
	uint32_t	 i, n = IPC_ROWS_MAX;
	size_t		 len = 0;

	if (db_rows(after->number, rows, &n) == -1)
		fatalx("registry: %s", db_error());
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

static int
write_pending(void)
{
	struct ipc_row	 row;
	const uint8_t	*p = pending;
	size_t		 left = pendinglen;

	if (db_begin() == -1)
		return -1;
	while (left > 0)
		if (ipc_row_get(&row, &p, &left) == -1 ||
		    db_put_row(&row) == -1)
			goto fail;
	if (db_commit() == 0)
		return 0;
fail:
	db_rollback();
	return -1;
}

static void
forget_pending(void)
{
	free(pending);
	pending = NULL;
	pendinglen = room = 0;
}

/*
 * The end of a batch of rows.  If it was the last, all rows of the change, or
 * none, are on the disk when this answers.
 */
void
registry_rows_commit(const struct ipc_job *job)
{
	struct ipc_jobresult	 res;

	memset(&res, 0, sizeof(res));
	res.job = job->job;
	if (job->count != npending)
		fatalx("%u registry rows where %u were announced", npending,
		    job->count);
	npending = 0;
	if (!job->more) {
		if (write_pending() == -1) {
			res.failed = 1;
			strlcpy(res.text, db_error(), sizeof(res.text));
		}
		forget_pending();
	}
	to_parent(IPC_ROWS_RESULT, &res, sizeof(res));
}
