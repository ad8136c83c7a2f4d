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
 * The registry as the store has it, at the start: each row must be the
 * parent's own, and all together those that the anchor remembers, which is
 * kept up to date here too.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "log.h"

static uint64_t		 newest;	/* version of any row */
static int		 complete;	/* the last page was here */

/* Asks the store for the registry; registry_rows() takes it, page by page. */
void
registry_load(void)
{
	struct ipc_after	 after = { .number = 0 };

	to_child(CTL_STORE, IPC_ROWS_GET, &after, sizeof(after));
}

/*
 * The number of the next change to the registry, which is the version of the
 * rows that it writes.  What was made, or tried, had another: a row of the
 * parent's that the store kept to itself fits into no later state.
 */
uint64_t
registry_nextchange(void)
{
	return anchor_get()->change + 1;
}

/*
 * Remembers durably that a change is under way which makes next of the set of
 * rows; its number is not given again.  Returns 0, or -1 if that cannot be:
 * then nothing may be written.  Until the next one it stays remembered, also
 * if it fails: it may be on the disk all the same.
 */
int
registry_announce(const uint8_t *next)
{
	struct anchor	 a = *anchor_get();

	a.change++;
	memcpy(a.set, registry_set(), sizeof(a.set));
	memcpy(a.next, next, sizeof(a.next));
	return anchor_put(&a);
}

/* Remembers that the rows are as they are in memory, and none comes next. */
void
registry_settled(void)
{
	struct anchor	 a = *anchor_get();

	memcpy(a.set, registry_set(), sizeof(a.set));
	memcpy(a.next, registry_set(), sizeof(a.next));
	(void)anchor_put(&a);
}

/* Whether a row may stand beside those that are there, but for its key. */
static int
row_fits(const struct ipc_row *row)
{
	return row->number != 0 && row->number <= DEVICES_MAX &&
	    registry_bynumber(row->number) == NULL && id_valid(row->id) &&
	    row_valid(row) && registry_byid(row->id) == NULL;
}

static void
load_row(const struct ipc_row *row)
{
	struct device	*d = NULL;

	if (!row_genuine(row))
		fatalx("registry row %u was not made with this gateway's seal: "
		    "the database was changed, or gateway seal names another "
		    "file; its id is %s; restore what belongs together from a "
		    "backup", row->number, log_vis(row->id, strnlen(row->id,
		    sizeof(row->id))));
	if (row_fits(row))
		d = device_new(row);
	if (d == NULL || registry_bykey(d) != NULL)
		fatalx("registry row %u does not fit the others", row->number);
	registry_insert(d);
	if (row->version > newest)
		newest = row->version;
}

/* The rows are taken as they are: their changes go on from the last of them. */
static void
anchor_begin(void)
{
	struct anchor	 a = *anchor_get();

	log_warnx("anchor %s: is new: the database is taken as it is",
	    env->conf->anchor);
	/* Later than what was lost, if they come from a backup. */
	a.change = newest > now_ms() ? newest : now_ms();
	(void)anchor_put(&a);
}

/*
 * At the start: an old row put back would be an old state put back.  A change
 * that was under way when the daemon ended was made, or was not.
 */
static void
anchor_compare(void)
{
	const struct anchor	*a = anchor_get();

	if (anchor_isnew())
		anchor_begin();
	else if (memcmp(registry_set(), a->set, sizeof(a->set)) != 0 &&
	    memcmp(registry_set(), a->next, sizeof(a->next)) != 0)
		fatalx("registry: rows are missing or are not the last ones "
		    "that were written: the database was changed, or comes "
		    "from a backup; to take it as it is, move the anchor %s "
		    "away", env->conf->anchor);
	registry_settled();
}

/*
 * A page of rows, len bytes of the store's; an empty one is the end: the audit
 * log is next.
 */
void
registry_rows(const void *data, size_t len)
{
	const uint8_t		*p = data;
	struct ipc_after	 after = { .number = 0 };
	struct ipc_row		 row;

	if (complete)
		ipc_intrusion("store", "registry rows out of turn", IPC_ROWS,
		    len);
	if (len == 0) {
		complete = 1;
		anchor_compare();
		audit_ask();
		return;
	}
	while (len > 0) {
		if (ipc_row_get(&row, &p, &len) == -1)
			ipc_intrusion("store", "registry rows of a wrong size",
			    IPC_ROWS, len);
		load_row(&row);
		after.number = row.number;
	}
	to_child(CTL_STORE, IPC_ROWS_GET, &after, sizeof(after));
}
