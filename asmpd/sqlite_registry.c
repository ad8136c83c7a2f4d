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

/* SQLite: registry rows. */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_ROWS,
	ST_PUT_ROW,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_ROWS] = "SELECT number, kind, alg, state, profiles, role,"
	    " enrolled, changed, id, key, sealed, mac, version, expires,"
	    " told, rotated, until, used, old_used, old_alg, old_key,"
	    " old_sealed FROM device WHERE number > ?1 ORDER BY number"
	    " LIMIT ?2",
	[ST_PUT_ROW] = "INSERT INTO device (number, kind, alg, state,"
	    " profiles, role, enrolled, changed, id, key, sealed, mac,"
	    " version, expires, told, rotated, until, used, old_used,"
	    " old_alg, old_key, old_sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
	    " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
	    " ?20, ?21, ?22) ON CONFLICT (number) DO UPDATE SET alg = ?3,"
	    " state = ?4, profiles = ?5, role = ?6, changed = ?8, key = ?10,"
	    " sealed = ?11, mac = ?12, version = ?13, expires = ?14,"
	    " told = ?15, rotated = ?16, until = ?17, used = ?18,"
	    " old_used = ?19, old_alg = ?20, old_key = ?21,"
	    " old_sealed = ?22"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_registry = { sql, st, ST_N };

/* A column that is a small number; *bad if it is not. */
static uint8_t
take_u8(sqlite3_stmt *s, int col, int *bad)
{
	sqlite3_int64	 n = sqlite3_column_int64(s, col);

	*bad |= n < 0 || n > UINT8_MAX;
	return (uint8_t)n;
}

/* The columns that few devices have; 0, or -1: they cannot be. */
static int
take_life(sqlite3_stmt *s, struct ipc_row *row)
{
	int	 keylen, sealedlen, bad = 0;

	row->expires = sqlite3_column_int64(s, 13);
	row->told = take_u8(s, 14, &bad);
	row->rotated = sqlite3_column_int64(s, 15);
	row->until = sqlite3_column_int64(s, 16);
	row->used = sqlite3_column_int64(s, 17);
	row->oldused = sqlite3_column_int64(s, 18);
	row->oldalg = take_u8(s, 19, &bad);
	keylen = sqlite_blob(s, 20, row->key + row->keylen,
	    sizeof(row->key) - row->keylen);
	if (bad || keylen == -1)
		return -1;
	row->oldkeylen = keylen;
	keylen += row->keylen;
	sealedlen = sqlite_blob(s, 21, row->key + keylen,
	    sizeof(row->key) - keylen);
	if (sealedlen == -1 || sealedlen > UINT8_MAX)
		return -1;
	row->oldsealedlen = sealedlen;
	return 0;
}

/* The columns of ST_ROWS. */
static int
take_row(sqlite3_stmt *s, struct ipc_row *row)
{
	sqlite3_int64	 number = sqlite3_column_int64(s, 0);
	int		 idlen, keylen, sealedlen, maclen, bad;

	memset(row, 0, sizeof(*row));
	bad = number < 1 || number > UINT32_MAX;
	row->number = (uint32_t)number;
	row->kind = take_u8(s, 1, &bad);
	row->alg = take_u8(s, 2, &bad);
	row->state = take_u8(s, 3, &bad);
	row->profiles = take_u8(s, 4, &bad);
	row->role = take_u8(s, 5, &bad);
	row->enrolled = sqlite3_column_int64(s, 6);
	row->changed = sqlite3_column_int64(s, 7);
	row->version = (uint64_t)sqlite3_column_int64(s, 12);
	idlen = sqlite_blob(s, 8, row->id, sizeof(row->id) - 1);
	keylen = sqlite_blob(s, 9, row->key, sizeof(row->key));
	sealedlen = sqlite_blob(s, 10, row->sealed, sizeof(row->sealed));
	maclen = sqlite_blob(s, 11, row->mac, sizeof(row->mac));
	if (bad || idlen == -1 || keylen == -1 || sealedlen == -1 ||
	    maclen != sizeof(row->mac))
		return sqlite_damaged("row %lld is damaged",
		    (long long)number);
	row->keylen = keylen;
	row->sealedlen = sealedlen;
	return take_life(s, row) == 0 ? 0 : sqlite_damaged("row %lld is "
	    "damaged", (long long)number);
}

/*
 * Registry rows with numbers above after, in order, up to *n; their number
 * in *n.
 */
int
sqlite_rows(uint32_t after, struct ipc_row *rows, uint32_t *n)
{
	sqlite3_stmt	*s = st[ST_ROWS];
	uint32_t	 max = *n;
	int		 ret, bad = 0;

	sqlite3_bind_int64(s, 1, after);
	sqlite3_bind_int64(s, 2, max);
	*n = 0;
	while ((ret = sqlite3_step(s)) == SQLITE_ROW && *n < max && !bad)
		bad = take_row(s, &rows[(*n)++]) == -1;
	if (!bad)
		return sqlite_ended(s, ret);
	sqlite3_reset(s);
	return -1;
}

static void
bind_life(sqlite3_stmt *s, const struct ipc_row *row)
{
	const uint8_t	*old = row->key + row->keylen;

	sqlite3_bind_int64(s, 14, row->expires);
	sqlite3_bind_int(s, 15, row->told);
	sqlite3_bind_int64(s, 16, row->rotated);
	sqlite3_bind_int64(s, 17, row->until);
	sqlite3_bind_int64(s, 18, row->used);
	sqlite3_bind_int64(s, 19, row->oldused);
	sqlite3_bind_int(s, 20, row->oldalg);
	sqlite3_bind_blob(s, 21, old, row->oldkeylen, SQLITE_STATIC);
	sqlite3_bind_blob(s, 22, old + row->oldkeylen, row->oldsealedlen,
	    SQLITE_STATIC);
}

/* Adds a row, or changes what may change of the one with its number. */
int
sqlite_put_row(const struct ipc_row *row)
{
	sqlite3_stmt	*s = st[ST_PUT_ROW];

	sqlite3_bind_int64(s, 1, row->number);
	sqlite3_bind_int(s, 2, row->kind);
	sqlite3_bind_int(s, 3, row->alg);
	sqlite3_bind_int(s, 4, row->state);
	sqlite3_bind_int(s, 5, row->profiles);
	sqlite3_bind_int(s, 6, row->role);
	sqlite3_bind_int64(s, 7, row->enrolled);
	sqlite3_bind_int64(s, 8, row->changed);
	sqlite3_bind_text(s, 9, row->id, -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 10, row->key, row->keylen, SQLITE_STATIC);
	sqlite3_bind_blob(s, 11, row->sealed, row->sealedlen, SQLITE_STATIC);
	sqlite3_bind_blob(s, 12, row->mac, sizeof(row->mac), SQLITE_STATIC);
	sqlite3_bind_int64(s, 13, row->version);
	bind_life(s, row);
	return sqlite_finish(s);
}
