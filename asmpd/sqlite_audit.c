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

/* SQLite: questions about the audit log, a bounded number of rows at a time. */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

#define US		1000	/* microseconds in a millisecond */

enum statement {
	ST_UP,
	ST_DOWN,
	ST_DEVICE_UP,
	ST_DEVICE_DOWN,
	ST_ENDS,
	ST_MARKS,
	ST_N
};

/* Each looks at ?7 rows and gives those that fit: what is left out is NULL. */
#define FITS	"time >= ?3 AND time < ?4 AND (?5 < 0 OR type = ?5) AND" \
	" (?6 = '' OR gateway = ?6)"
#define ROWS(where, order) ("SELECT seq, leaf, CASE WHEN " FITS " THEN data" \
	" END, time, type, ok, device, gateway FROM audit WHERE seq >= ?1 AND" \
	" seq <= ?2" where " ORDER BY seq" order " LIMIT ?7")
#define OF_DEVICE	" AND device = ?8 AND device <> ''"

static const char *const sql[ST_N] = {
	[ST_UP] = ROWS("", ""),
	[ST_DOWN] = ROWS("", " DESC"),
	[ST_DEVICE_UP] = ROWS(OF_DEVICE, ""),
	[ST_DEVICE_DOWN] = ROWS(OF_DEVICE, " DESC"),
	[ST_ENDS] = "SELECT coalesce(max(seq), -1) FROM audit",
	[ST_MARKS] = "SELECT size, note FROM checkpoint WHERE log = ?1 AND"
	    " size > ?2 ORDER BY size LIMIT ?3"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_audit_log = { sql, st, ST_N };

/* The highest index there is, or -1. */
static int
highest(sqlite3_int64 *last)
{
	sqlite3_stmt	*s = st[ST_ENDS];
	int		 ret;

	if ((ret = sqlite3_step(s)) == SQLITE_ROW)
		*last = sqlite3_column_int64(s, 0);
	return sqlite_ended(s, ret);
}

static void
bind_page(sqlite3_stmt *s, const struct page *p, sqlite3_int64 last)
{
	sqlite3_int64	 cursor = sqlite_bounded(p->cursor, INT64_MAX);

	/* Positions are indexes and one. */
	sqlite3_bind_int64(s, 1, p->newest ? 0 : cursor);
	sqlite3_bind_int64(s, 2, p->newest && cursor != 0 ? cursor - 2 : last);
	sqlite3_bind_int64(s, 3, sqlite_bounded(p->since, INT64_MAX / US) * US);
	sqlite3_bind_int64(s, 4, p->until == 0 ? INT64_MAX :
	    sqlite_bounded(p->until, INT64_MAX / US) * US);
	sqlite3_bind_int(s, 5, p->event);
	sqlite3_bind_text(s, 6, p->gateway, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 7, EXAMINED);
}

static sqlite3_stmt *
page_statement(const struct page *p, const char *device)
{
	sqlite3_stmt	*s;

	if (device[0] == '\0')
		return st[p->newest ? ST_DOWN : ST_UP];
	s = st[p->newest ? ST_DEVICE_DOWN : ST_DEVICE_UP];
	sqlite3_bind_text(s, 8, device, -1, SQLITE_STATIC);
	return s;
}

/* A column that is compared as a number; -1, as none is, if it is none. */
static sqlite3_int64
number(sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) == SQLITE_INTEGER ?
	    sqlite3_column_int64(s, column) : -1;
}

/* A column that is compared as a text; "?", which is no id, if it is none. */
static void
word(sqlite3_stmt *s, int column, char *out, size_t size)
{
	const char	*text = NULL;

	if (sqlite3_column_type(s, column) == SQLITE_TEXT)
		text = (const char *)sqlite3_column_text(s, column);
	if (text == NULL || strlcpy(out, text, size) !=
	    (size_t)sqlite3_column_bytes(s, column) || strlen(text) >= size)
		strlcpy(out, "?", size);
}

/* What a record is found by: all that says anything but what it should. */
static void
found_by(sqlite3_stmt *s, struct ctl_audit *r)
{
	const char	*type = audit_name(number(s, 4));

	r->time = number(s, 3);
	strlcpy(r->type, type == NULL ? "" : type, sizeof(r->type));
	r->ok = (uint32_t)sqlite_bounded((uint64_t)number(s, 5), UINT32_MAX);
	word(s, 6, r->device, sizeof(r->device));
	word(s, 7, r->gateway, sizeof(r->gateway));
}

/* Gives away the row that s is at, if it fits. */
static int
give(sqlite3_stmt *s, struct page *p, audit_taker take, void *arg)
{
	struct ctl_audit	 r;

	memset(&r, 0, sizeof(r));
	r.position = p->cursor = (uint64_t)sqlite3_column_int64(s, 0) + 1;
	if (sqlite3_column_type(s, 2) == SQLITE_NULL)
		return 0;
	(void)sqlite_blob(s, 1, r.leaf, sizeof(r.leaf));
	found_by(s, &r);
	r.len = sqlite3_column_bytes(s, 2);
	return take(arg, &r, sqlite3_column_blob(s, 2));
}

/* Audit records; see engine.h. */
int
sqlite_audit(struct page *p, const char *device, audit_taker take, void *arg)
{
	sqlite3_stmt	*s = page_statement(p, device);
	sqlite3_int64	 last = -1;
	int		 full = 0, ret = SQLITE_DONE, n = 0;

	if (highest(&last) == -1)
		return -1;
	bind_page(s, p, last);
	while (!full && (ret = sqlite3_step(s)) == SQLITE_ROW) {
		n++;
		full = give(s, p, take, arg);
	}
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return full || n == EXAMINED;
}

/* Checkpoints of the audit log, by size. */
int
sqlite_marks(struct page *p, mark_taker take, void *arg)
{
	sqlite3_stmt	*s = st[ST_MARKS];
	const char	*note;
	int		 full = 0, n = 0, ret = SQLITE_DONE;

	sqlite3_bind_int(s, 1, TREE_AUDIT);
	sqlite3_bind_int64(s, 2, sqlite_bounded(p->cursor, INT64_MAX));
	sqlite3_bind_int(s, 3, EXAMINED);
	while (!full && (ret = sqlite3_step(s)) == SQLITE_ROW) {
		n++;
		p->cursor = sqlite3_column_int64(s, 0);
		note = (const char *)sqlite3_column_text(s, 1);
		full = take(arg, p->cursor, note == NULL ? "" : note);
	}
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return full || n == EXAMINED;
}
