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
 * SQLite: readings that are not kept any longer.  Always the oldest ones go,
 * a bounded number at a time, and never the newest of all, whose position the
 * next one follows.  After them go the seals that nothing left refers to.
 */

#include <sys/types.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_OLDEST_READINGS,
	ST_OLDEST_BLOCKED,
	ST_DROP_READINGS,
	ST_DROP_BLOCKED,
	ST_DROP_SPANS,
	ST_DROP_SEALS,
	ST_FIRST_SEAL,
	ST_LAST_TILE,
	ST_FIRST_READING,
	ST_LAST_READING,
	ST_SEALED,
	ST_PAGES,
	ST_PAGES_FREE,
	ST_PAGE_SIZE,
	ST_N
};

#define OLDEST(table)	"SELECT seq, received FROM " table " WHERE seq <" \
	" (SELECT max(seq) FROM " table ") ORDER BY seq LIMIT ?1"

static const char *const sql[ST_N] = {
	[ST_OLDEST_READINGS] = OLDEST("reading"),
	[ST_OLDEST_BLOCKED] = OLDEST("blocked"),
	[ST_DROP_READINGS] = "DELETE FROM reading WHERE seq <= ?1",
	[ST_DROP_BLOCKED] = "DELETE FROM blocked WHERE seq <= ?1",
	[ST_DROP_SPANS] = "DELETE FROM span WHERE number < (?1 + 1) / ?2",
	[ST_DROP_SEALS] = "DELETE FROM seal WHERE seq >= ?1 AND seq < ?2 AND"
	    " NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.seal > 0 AND"
	    " blocked.seal = seal.seq + 1)",
	[ST_FIRST_SEAL] = "SELECT coalesce(min(seq), ?2) FROM seal WHERE"
	    " seq >= ?1",
	[ST_LAST_TILE] = "SELECT coalesce(max(seq) - max(seq) % ?1, 0) FROM"
	    " seal",
	[ST_FIRST_READING] = "SELECT coalesce(min(seq), 0) FROM reading",
	[ST_LAST_READING] = "SELECT coalesce(max(seq), 0) FROM reading",
	[ST_SEALED] = "SELECT seq, seal FROM reading WHERE seq >= ?1 AND"
	    " seq < ?2 AND seal > 0 ORDER BY seq LIMIT 1",
	[ST_PAGES] = "PRAGMA page_count",
	[ST_PAGES_FREE] = "PRAGMA freelist_count",
	[ST_PAGE_SIZE] = "PRAGMA page_size"
};

static sqlite3_stmt		*st[ST_N];
static uint64_t			 unsealed;	/* no reading before has one */
static uint64_t			 unneeded;	/* all seals before are */

const struct sqlite_set		 sqlite_retain = { sql, st, ST_N };

/*
 * The last of the oldest rows that all came before a time, or 0; how many
 * there are, in *n.
 */
static int
last_of_oldest(sqlite3_stmt *s, uint64_t before, sqlite3_int64 *last,
    uint64_t *n)
{
	int	 ret;

	*last = 0;
	*n = 0;
	sqlite3_bind_int64(s, 1, DROPPED);
	while ((ret = sqlite3_step(s)) == SQLITE_ROW &&
	    (uint64_t)sqlite3_column_int64(s, 1) < before) {
		*last = sqlite3_column_int64(s, 0);
		(*n)++;
	}
	return sqlite_ended(s, ret);
}

static int
drop(enum statement oldest, enum statement what, uint64_t before,
    sqlite3_int64 *last, uint64_t *n)
{
	if (last_of_oldest(st[oldest], before, last, n) == -1)
		return -1;
	if (*n == 0)
		return 0;
	sqlite3_bind_int64(st[what], 1, *last);
	return sqlite_finish(st[what]);
}

/* Removes some of the oldest readings that came before a time; *n of them. */
int
sqlite_drop_readings(uint64_t before, uint64_t *n)
{
	sqlite3_stmt	*s = st[ST_DROP_SPANS];
	sqlite3_int64	 last;

	if (drop(ST_OLDEST_READINGS, ST_DROP_READINGS, before, &last, n) == -1)
		return -1;
	if (*n == 0)
		return 0;
	sqlite3_bind_int64(s, 1, last);
	sqlite3_bind_int64(s, 2, SPAN_ROWS);
	return sqlite_finish(s);
}

/* The same for blocked ones. */
int
sqlite_drop_blocked(uint64_t before, uint64_t *n)
{
	sqlite3_int64	 last;

	if (drop(ST_OLDEST_BLOCKED, ST_DROP_BLOCKED, before, &last, n) == -1)
		return -1;
	if (*n > 0)
		unneeded = 0;
	return 0;
}

/* The readings that there are, or may be: from *first, before *end. */
static int
readings_left(uint64_t *first, uint64_t *end)
{
	*first = *end = 0;
	if (sqlite_size(st[ST_FIRST_READING], first) == -1 ||
	    sqlite_size(st[ST_LAST_READING], end) == -1)
		return -1;
	++*end;
	return 0;
}

/*
 * The index of the first seal that readings refer to, which they do in the
 * order of seals, or UINT64_MAX.  1 if so many come before the first one that
 * does that it is not known yet, else 0, or -1.
 */
static int
first_needed(uint64_t *index)
{
	sqlite3_stmt	*s = st[ST_SEALED];
	uint64_t	 first, end, to;
	int		 ret, more = 0;

	*index = UINT64_MAX;
	if (readings_left(&first, &end) == -1)
		return -1;
	if (unsealed < first || unsealed > end)
		unsealed = first;
	to = end - unsealed > LOOKED ? unsealed + LOOKED : end;
	sqlite3_bind_int64(s, 1, unsealed);
	sqlite3_bind_int64(s, 2, to);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		unsealed = sqlite3_column_int64(s, 0);
		*index = sqlite3_column_int64(s, 1) - 1;
	} else {
		unsealed = to;
		more = to < end;
	}
	return sqlite_ended(s, ret) == -1 ? -1 : more;
}

/*
 * The seals that may be gone from: not those that were looked at, nor those
 * of the last tile, on which the tree is built on.
 */
static int
seals_left(uint64_t *first, uint64_t *end)
{
	*end = *first = 0;
	sqlite3_bind_int64(st[ST_LAST_TILE], 1, TILE_HASHES);
	if (sqlite_size(st[ST_LAST_TILE], end) == -1)
		return -1;
	sqlite3_bind_int64(st[ST_FIRST_SEAL], 1, unneeded);
	sqlite3_bind_int64(st[ST_FIRST_SEAL], 2, *end);
	return sqlite_size(st[ST_FIRST_SEAL], first);
}

/* Removes those from first on, before end, that no blocked one refers to. */
static int
drop_unblocked(uint64_t first, uint64_t end, uint64_t *n)
{
	sqlite3_stmt	*s = st[ST_DROP_SEALS];

	sqlite3_bind_int64(s, 1, first);
	sqlite3_bind_int64(s, 2, end);
	if (sqlite_finish(s) == -1)
		return -1;
	*n = sqlite3_changes(sqlite3_db_handle(s));
	/* What was removed may come back with the transaction. */
	if (*n == 0)
		unneeded = end;
	return 0;
}

/*
 * Removes some of the seals that nothing left refers to; *n of them.  Their
 * place in the log stays.  1 if there may be more to look at, 0, or -1.
 */
int
sqlite_drop_seals(uint64_t *n)
{
	uint64_t	 first, end, needed;
	int		 more;

	*n = 0;
	if (seals_left(&first, &end) == -1)
		return -1;
	if (first >= end)
		return 0;
	if ((more = first_needed(&needed)) != 0 || first >= needed)
		return more;
	if (end > needed)
		end = needed;
	if (end > first + DROPPED)
		end = first + DROPPED;
	return drop_unblocked(first, end, n) == -1 ? -1 : 1;
}

/* Bytes of pages that hold something. */
int
sqlite_bytes(uint64_t *bytes)
{
	uint64_t	 pages = 0, unused = 0, size = 0;

	if (sqlite_size(st[ST_PAGES], &pages) == -1 ||
	    sqlite_size(st[ST_PAGES_FREE], &unused) == -1 ||
	    sqlite_size(st[ST_PAGE_SIZE], &size) == -1)
		return -1;
	*bytes = (pages - unused) * size;
	return 0;
}
