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

/* SQLite: readings, accepted and blocked. */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_PUT_READING,
	ST_PUT_BLOCKED,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_PUT_READING] = "INSERT INTO reading (device, id, time, received,"
	    " seal, place, raw, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ST_PUT_BLOCKED] = "INSERT INTO blocked (device, id, time, received,"
	    " seal, place, raw, data, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
	    " ?7, ?8, ?9)"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_reading = { sql, st, ST_N };

static void
bind_reading(sqlite3_stmt *s, const struct vs_reading *rd, const void *text,
    uint64_t seal)
{
	sqlite3_bind_int64(s, 1, rd->device);
	sqlite3_bind_int64(s, 2, rd->id);
	sqlite3_bind_int64(s, 3, rd->time);
	sqlite3_bind_int64(s, 4, rd->received);
	sqlite3_bind_int64(s, 5, seal);
	sqlite3_bind_int64(s, 6, rd->place);
	if (rd->rawlen == 0)
		sqlite3_bind_null(s, 7);
	else
		sqlite3_bind_blob(s, 7, (const uint8_t *)text + rd->textlen,
		    rd->rawlen, SQLITE_STATIC);
}

/*
 * Keeps an accepted reading; its text is rd->textlen bytes, behind which its
 * record stands if that is compressed.  seal is the index of its seal, from
 * 1, or 0.
 */
int
sqlite_put_reading(const struct vs_reading *rd, const void *text,
    uint64_t seal)
{
	sqlite3_stmt	*s = st[ST_PUT_READING];

	bind_reading(s, rd, text, seal);
	sqlite3_bind_text(s, 8, text, rd->textlen, SQLITE_STATIC);
	if (sqlite_finish(s) == -1)
		return -1;
	return sqlite_span_end(sqlite3_last_insert_rowid(
	    sqlite3_db_handle(s)));
}

/* The same for a blocked one, for review; its bytes may be anything. */
int
sqlite_put_blocked(const struct vs_reading *rd, const void *data,
    uint64_t seal)
{
	sqlite3_stmt	*s = st[ST_PUT_BLOCKED];

	bind_reading(s, rd, data, seal);
	sqlite3_bind_blob(s, 8, data, rd->textlen, SQLITE_STATIC);
	sqlite3_bind_text(s, 9, reason_name(rd->reason), -1, SQLITE_STATIC);
	return sqlite_finish(s);
}
