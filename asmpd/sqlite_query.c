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
 * SQLite: questions about readings.  They are looked through, a bounded
 * number of rows at a time, less the spans in which there can be none of
 * those that are asked for.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_READINGS_ENDS,
	ST_READINGS_UP,
	ST_READINGS_DOWN,
	ST_BLOCKED_ENDS,
	ST_BLOCKED_UP,
	ST_BLOCKED_DOWN,
	ST_READING_SEALED,
	ST_BLOCKED_SEALED,
	ST_N
};

#define ENDS(table) "SELECT coalesce((SELECT min(seq) FROM " table "), 0)," \
	" coalesce((SELECT max(seq) FROM " table "), -1)"
#define ROWS(reason, table) "SELECT seq, id, time, received, device, data, " \
	reason " FROM " table " WHERE seq BETWEEN ?1 AND ?2 AND (?3 = 0 OR" \
	" device = ?3) AND (?4 = 0 OR id = ?4) AND received >= ?5 AND" \
	" received < ?6 AND (?7 = '' OR " reason " = ?7)"

#define SEALED(reason, table) "SELECT seal, place, raw, id, time, received," \
	" device, data, " reason " FROM " table " WHERE seq = ?1"

static const char *const sql[ST_N] = {
	[ST_READING_SEALED] = SEALED("''", "reading"),
	[ST_BLOCKED_SEALED] = SEALED("reason", "blocked"),
	[ST_READINGS_ENDS] = ENDS("reading"),
	[ST_READINGS_UP] = ROWS("''", "reading") " ORDER BY seq",
	[ST_READINGS_DOWN] = ROWS("''", "reading") " ORDER BY seq DESC",
	[ST_BLOCKED_ENDS] = ENDS("blocked"),
	[ST_BLOCKED_UP] = ROWS("reason", "blocked") " ORDER BY seq",
	[ST_BLOCKED_DOWN] = ROWS("reason", "blocked") " ORDER BY seq DESC"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_query = { sql, st, ST_N };

/* A table of readings. */
struct source {
	enum statement	 ends;
	enum statement	 up;
	enum statement	 down;
	int		 spans;		/* it has some */
};

static const struct source	 accepted = {
	ST_READINGS_ENDS, ST_READINGS_UP, ST_READINGS_DOWN, 1
};
static const struct source	 put_aside = {
	ST_BLOCKED_ENDS, ST_BLOCKED_UP, ST_BLOCKED_DOWN, 0
};

/* Positions from first to last, both of which there may be. */
struct range {
	sqlite3_int64	 first;
	sqlite3_int64	 last;
};

/* What is left of a table for a page; empty if its first is above its last. */
static int
what_is_left(sqlite3_stmt *s, const struct page *p, struct range *r)
{
	sqlite3_int64	 cursor = sqlite_bounded(p->cursor, INT64_MAX);
	int		 ret;

	r->first = 0;
	r->last = -1;
	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		r->first = sqlite3_column_int64(s, 0);
		r->last = sqlite3_column_int64(s, 1);
	}
	if (p->newest && cursor != 0 && cursor <= r->last)
		r->last = cursor - 1;
	else if (!p->newest && cursor >= r->first)
		r->first = cursor == INT64_MAX ? cursor : cursor + 1;
	return sqlite_ended(s, ret);
}

/* The next part of it, in one span. */
static void
next_part(const struct page *p, const struct range *left, struct range *r)
{
	*r = *left;
	if (p->newest)
		r->first = left->last - left->last % SPAN_ROWS;
	else
		r->last = left->first - left->first % SPAN_ROWS +
		    SPAN_ROWS - 1;
	if (r->first < left->first)
		r->first = left->first;
	if (r->last > left->last)
		r->last = left->last;
}

/* Nothing more is to be seen in a part. */
static void
pass(struct page *p, struct range *left, const struct range *r)
{
	p->cursor = p->newest ? r->first : r->last;
	if (p->newest)
		left->last = r->first - 1;
	else
		left->first = r->last + 1;
}

static void
bind_page(sqlite3_stmt *s, const struct page *p, const struct range *r)
{
	sqlite3_bind_int64(s, 1, r->first);
	sqlite3_bind_int64(s, 2, r->last);
	sqlite3_bind_int64(s, 3, p->device);
	sqlite3_bind_int64(s, 4, sqlite_bounded(p->id, INT64_MAX));
	sqlite3_bind_int64(s, 5, sqlite_bounded(p->since, INT64_MAX));
	sqlite3_bind_int64(s, 6, p->until == 0 ? INT64_MAX :
	    sqlite_bounded(p->until, INT64_MAX));
	sqlite3_bind_text(s, 7, p->type, -1, SQLITE_STATIC);
}

/* What both kinds of rows have, from a column on. */
static void
take_reading(sqlite3_stmt *s, int col, struct vs_reading *rd)
{
	const char	*reason;
	int		 number;

	rd->id = sqlite3_column_int64(s, col);
	rd->time = sqlite3_column_int64(s, col + 1);
	rd->received = sqlite3_column_int64(s, col + 2);
	rd->device = (uint32_t)sqlite3_column_int64(s, col + 3);
	rd->textlen = sqlite3_column_bytes(s, col + 4);
	reason = (const char *)sqlite3_column_text(s, col + 5);
	if (reason != NULL && reason[0] != '\0') {
		number = reason_byname(reason);
		rd->reason = number == -1 ? REASON_INTERNAL : number;
	}
}

/* Gives away the row that s is at. */
static int
give(sqlite3_stmt *s, struct page *p, reading_taker take, void *arg)
{
	struct vs_reading	 rd;

	memset(&rd, 0, sizeof(rd));
	p->cursor = sqlite3_column_int64(s, 0);
	take_reading(s, 1, &rd);
	return take(arg, p->cursor, &rd, sqlite3_column_blob(s, 5));
}

/* Looks at a part: 1 if enough was given away, 0, or -1. */
static int
look_at(const struct source *src, struct page *p, const struct range *r,
    reading_taker take, void *arg)
{
	sqlite3_stmt	*s = st[p->newest ? src->down : src->up];
	int		 full = 0, ret = SQLITE_DONE;

	bind_page(s, p, r);
	while (!full && (ret = sqlite3_step(s)) == SQLITE_ROW)
		full = give(s, p, take, arg);
	return sqlite_ended(s, ret) == -1 ? -1 : full;
}

/* A part of a page; see engine.h. */
static int
look(const struct source *src, struct page *p, reading_taker take, void *arg)
{
	struct range	 left, r;
	int		 budget = EXAMINED, full;

	if (what_is_left(st[src->ends], p, &left) == -1)
		return -1;
	while (budget > 0 && left.first <= left.last) {
		next_part(p, &left, &r);
		if (src->spans && sqlite_span_without(r.first, p)) {
			budget -= SPAN_COST;
			pass(p, &left, &r);
			continue;
		}
		if ((full = look_at(src, p, &r, take, arg)) == -1)
			return -1;
		if (full)
			return 1;
		budget -= (int)(r.last - r.first) + 1;
		pass(p, &left, &r);
	}
	return left.first <= left.last;
}

/* Readings that were accepted. */
int
sqlite_readings(struct page *p, reading_taker take, void *arg)
{
	return look(&accepted, p, take, arg);
}

/* Readings that were blocked; their type is the reason. */
int
sqlite_blocked(struct page *p, reading_taker take, void *arg)
{
	return look(&put_aside, p, take, arg);
}

/* One reading with its seal, accepted or blocked; see engine.h. */
int
sqlite_sealed(uint64_t position, int refused, sealed_taker take, void *arg)
{
	sqlite3_stmt		*s = st[refused ? ST_BLOCKED_SEALED :
				    ST_READING_SEALED];
	struct vs_reading	 rd;
	int			 ret;

	memset(&rd, 0, sizeof(rd));
	sqlite3_bind_int64(s, 1, sqlite_bounded(position, INT64_MAX));
	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		rd.place = (uint32_t)sqlite3_column_int64(s, 1);
		rd.rawlen = sqlite3_column_bytes(s, 2);
		take_reading(s, 3, &rd);
		take(arg, sqlite3_column_int64(s, 0), &rd,
		    sqlite3_column_blob(s, 7), sqlite3_column_blob(s, 2));
	}
	return sqlite_ended(s, ret);
}
