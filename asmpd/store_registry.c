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

static struct ipc_row	*pending;
static uint32_t		 npending, room;

/* Answers with a page of rows; an empty one is the end. */
void
registry_rows_get(const struct ipc_after *after)
{
	struct ipc_row	 rows[IPC_ROWS_MAX];
	uint32_t	 n = IPC_ROWS_MAX;

	if (db_rows(after->number, rows, &n) == -1)
		fatalx("registry: %s", db_error());
	to_parent(IPC_ROWS, rows, n * sizeof(rows[0]));
}

/* A row of a change that IPC_ROWS_COMMIT completes. */
void
registry_row_put(const struct ipc_row *row)
{
	if (npending == room) {
		pending = recallocarray(pending, room, room == 0 ? 64 :
		    room * 2, sizeof(*pending));
		if (pending == NULL)
			fatal("recallocarray");
		room = room == 0 ? 64 : room * 2;
	}
	pending[npending++] = *row;
}

static int
write_pending(void)
{
	uint32_t	 i;

	if (db_begin() == -1)
		return -1;
	for (i = 0; i < npending; i++)
		if (db_put_row(&pending[i]) == -1)
			goto fail;
	if (db_commit() == 0)
		return 0;
fail:
	db_rollback();
	return -1;
}

/* All rows of the change, or none, are on the disk when this answers. */
void
registry_rows_commit(const struct ipc_job *job)
{
	struct ipc_jobresult	 res;

	memset(&res, 0, sizeof(res));
	res.job = job->job;
	if (job->count != npending)
		fatalx("%u registry rows where %u were announced", npending,
		    job->count);
	if (write_pending() == -1) {
		res.failed = 1;
		strlcpy(res.text, db_error(), sizeof(res.text));
	}
	free(pending);
	pending = NULL;
	npending = room = 0;
	to_parent(IPC_ROWS_RESULT, &res, sizeof(res));
}
