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
 * The embedded engine: SQLite in WAL mode with full synchronisation, so that
 * a commit is there after a power cut.  Nothing outside this file knows SQL.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

#define SCHEMA_VERSION	2
#define BUSY_MS		2000	/* somebody else looks into the file */
#define CACHE_KIB	"-16384"

static const char schema[] =
    "CREATE TABLE device (number INTEGER PRIMARY KEY, id TEXT NOT NULL"
    " UNIQUE, kind INTEGER NOT NULL, alg INTEGER NOT NULL, state INTEGER NOT"
    " NULL, profiles INTEGER NOT NULL, role INTEGER NOT NULL, enrolled"
    " INTEGER NOT NULL, changed INTEGER NOT NULL, key BLOB NOT NULL, sealed"
    " BLOB NOT NULL, mac BLOB NOT NULL);"
    "CREATE TABLE figures (device INTEGER PRIMARY KEY, last_id INTEGER NOT"
    " NULL, last_time INTEGER NOT NULL, accepted INTEGER NOT NULL, blocked"
    " INTEGER NOT NULL);"
    "CREATE TABLE model (device INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE reading (seq INTEGER PRIMARY KEY, device INTEGER NOT NULL,"
    " id INTEGER NOT NULL, time INTEGER NOT NULL, received INTEGER NOT NULL,"
    " data TEXT NOT NULL);"
    "CREATE TABLE blocked (seq INTEGER PRIMARY KEY, device INTEGER NOT NULL,"
    " id INTEGER NOT NULL, time INTEGER NOT NULL, received INTEGER NOT NULL,"
    " reason TEXT NOT NULL, data BLOB NOT NULL);";

enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_ROWS,
	ST_PUT_ROW,
	ST_FIGURES,
	ST_ADD_FIGURES,
	ST_MODEL,
	ST_PUT_MODEL,
	ST_PUT_READING,
	ST_PUT_BLOCKED,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_ROWS] = "SELECT number, kind, alg, state, profiles, role,"
	    " enrolled, changed, id, key, sealed, mac FROM device WHERE number"
	    " > ?1 ORDER BY number LIMIT ?2",
	[ST_PUT_ROW] = "INSERT INTO device (number, kind, alg, state,"
	    " profiles, role, enrolled, changed, id, key, sealed, mac) VALUES"
	    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT"
	    " (number) DO UPDATE SET state = ?4, profiles = ?5, role = ?6,"
	    " changed = ?8, sealed = ?11, mac = ?12",
	[ST_FIGURES] = "SELECT last_id, last_time, accepted, blocked FROM"
	    " figures WHERE device = ?1",
	[ST_ADD_FIGURES] = "INSERT INTO figures (device, last_id, last_time,"
	    " accepted, blocked) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT"
	    " (device) DO UPDATE SET last_id = ?2, last_time = ?3, accepted ="
	    " accepted + ?4, blocked = blocked + ?5",
	[ST_MODEL] = "SELECT data FROM model WHERE device = ?1",
	[ST_PUT_MODEL] = "INSERT INTO model VALUES (?1, ?2) ON CONFLICT"
	    " (device) DO UPDATE SET data = ?2",
	[ST_PUT_READING] = "INSERT INTO reading (device, id, time, received,"
	    " data) VALUES (?1, ?2, ?3, ?4, ?5)",
	[ST_PUT_BLOCKED] = "INSERT INTO blocked (device, id, time, received,"
	    " reason, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
};

static sqlite3		*db;
static sqlite3_stmt	*st[ST_N];
static char		 error[256];

static int
failed(void)
{
	snprintf(error, sizeof(error), "%s", sqlite3_errmsg(db));
	return -1;
}

/* Why the last call failed. */
const char *
db_error(void)
{
	return error;
}

static int
run(const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	    failed();
}

static int
schema_version(int *version)
{
	sqlite3_stmt	*s;
	int		 ret;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) !=
	    SQLITE_OK)
		return failed();
	ret = sqlite3_step(s);
	*version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return ret == SQLITE_ROW ? 0 : failed();
}

static int
schema_make(void)
{
	char	 pragma[64];
	int	 version;

	if (schema_version(&version) == -1)
		return -1;
	if (version == SCHEMA_VERSION)
		return 0;
	if (version != 0) {
		snprintf(error, sizeof(error), "was written by another "
		    "version of asmpd (schema %d, this one knows %d)",
		    version, SCHEMA_VERSION);
		return -1;
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d",
	    SCHEMA_VERSION);
	if (run("BEGIN EXCLUSIVE") == -1 || run(schema) == -1 ||
	    run(pragma) == -1 || run("COMMIT") == -1)
		return -1;
	return 0;
}

static int
prepare_all(void)
{
	int	 i;

	for (i = 0; i < ST_N; i++)
		if (sqlite3_prepare_v3(db, sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &st[i], NULL) != SQLITE_OK)
			return failed();
	return 0;
}

/*
 * Opens the database at path, making it if it is not there.  name is what
 * the configuration calls it.  Returns 0, or -1 with db_error().
 */
int
db_open(const char *path, const char *name)
{
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return failed();
	sqlite3_busy_timeout(db, BUSY_MS);
	if (run("PRAGMA page_size = 16384") == -1 ||
	    run("PRAGMA journal_mode = WAL") == -1 ||
	    run("PRAGMA synchronous = FULL") == -1 ||
	    run("PRAGMA temp_store = MEMORY") == -1 ||
	    run("PRAGMA trusted_schema = OFF") == -1 ||
	    run("PRAGMA cache_size = " CACHE_KIB) == -1 ||
	    schema_make() == -1 || prepare_all() == -1)
		return -1;
	log_debug("database %s: SQLite %s", name, sqlite3_libversion());
	return 0;
}

/* Closes what db_open() opened. */
void
db_close(void)
{
	int	 i;

	for (i = 0; i < ST_N; i++)
		sqlite3_finalize(st[i]);
	sqlite3_close(db);
}

/* Runs a statement that returns no row, and makes it ready for the next. */
static int
finish(sqlite3_stmt *s)
{
	int	 ret = sqlite3_step(s);

	if (ret != SQLITE_DONE)
		failed();
	sqlite3_reset(s);
	return ret == SQLITE_DONE ? 0 : -1;
}

/* Begins a transaction; nothing is kept before db_commit(). */
int
db_begin(void)
{
	return finish(st[ST_BEGIN]);
}

/* Returns once the transaction is on the disk. */
int
db_commit(void)
{
	return finish(st[ST_COMMIT]);
}

/* Undoes the transaction, if there is one; db_error() stays as it was. */
void
db_rollback(void)
{
	char	 why[sizeof(error)];

	/* What went wrong before matters more than this. */
	strlcpy(why, error, sizeof(why));
	if (!sqlite3_get_autocommit(db))
		(void)finish(st[ST_ROLLBACK]);
	strlcpy(error, why, sizeof(error));
}

/* Copies a column of at most max bytes; its length, or -1: not ours. */
static int
take_blob(sqlite3_stmt *s, int col, void *out, size_t max)
{
	size_t	 n = sqlite3_column_bytes(s, col);

	if (n > max)
		return -1;
	if (n > 0)
		memcpy(out, sqlite3_column_blob(s, col), n);
	return (int)n;
}

/* A column that is a small number; *bad if it is not. */
static uint8_t
take_u8(sqlite3_stmt *s, int col, int *bad)
{
	sqlite3_int64	 n = sqlite3_column_int64(s, col);

	*bad |= n < 0 || n > UINT8_MAX;
	return (uint8_t)n;
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
	idlen = take_blob(s, 8, row->id, sizeof(row->id) - 1);
	keylen = take_blob(s, 9, row->key, sizeof(row->key));
	sealedlen = take_blob(s, 10, row->sealed, sizeof(row->sealed));
	maclen = take_blob(s, 11, row->mac, sizeof(row->mac));
	if (bad || idlen == -1 || keylen == -1 || sealedlen == -1 ||
	    maclen != sizeof(row->mac)) {
		snprintf(error, sizeof(error), "row %lld is damaged",
		    (long long)number);
		return -1;
	}
	row->keylen = keylen;
	row->sealedlen = sealedlen;
	return 0;
}

/*
 * Registry rows with numbers above after, in order, up to *n; their number
 * in *n.
 */
int
db_rows(uint32_t after, struct ipc_row *rows, uint32_t *n)
{
	sqlite3_stmt	*s = st[ST_ROWS];
	uint32_t	 max = *n;
	int		 ret, bad = 0;

	sqlite3_bind_int64(s, 1, after);
	sqlite3_bind_int64(s, 2, max);
	*n = 0;
	while ((ret = sqlite3_step(s)) == SQLITE_ROW && *n < max && !bad)
		bad = take_row(s, &rows[(*n)++]) == -1;
	if (ret != SQLITE_DONE && !bad)
		bad = failed() == -1;
	sqlite3_reset(s);
	return bad ? -1 : 0;
}

/* Adds a row, or changes what may change of the one with its number. */
int
db_put_row(const struct ipc_row *row)
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
	return finish(s);
}

/* What is known about a device; zeros if nothing is. */
int
db_figures(uint32_t device, struct device_figures *f)
{
	sqlite3_stmt	*s = st[ST_FIGURES];
	int		 ret;

	memset(f, 0, sizeof(*f));
	sqlite3_bind_int64(s, 1, device);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		f->lastid = sqlite3_column_int64(s, 0);
		f->lasttime = sqlite3_column_int64(s, 1);
		f->accepted = sqlite3_column_int64(s, 2);
		f->blocked = sqlite3_column_int64(s, 3);
	} else if (ret != SQLITE_DONE)
		failed();
	sqlite3_reset(s);
	return ret == SQLITE_ROW || ret == SQLITE_DONE ? 0 : -1;
}

/* Sets a device's last id and time and adds to its counts. */
int
db_add_figures(uint32_t device, const struct device_figures *f)
{
	sqlite3_stmt	*s = st[ST_ADD_FIGURES];

	sqlite3_bind_int64(s, 1, device);
	sqlite3_bind_int64(s, 2, f->lastid);
	sqlite3_bind_int64(s, 3, f->lasttime);
	sqlite3_bind_int64(s, 4, f->accepted);
	sqlite3_bind_int64(s, 5, f->blocked);
	return finish(s);
}

/* A device's model, up to IPC_MODELMAX bytes, its length in *len. */
int
db_model(uint32_t device, uint8_t *out, size_t *len)
{
	sqlite3_stmt	*s = st[ST_MODEL];
	int		 ret, bad = 0;

	*len = 0;
	sqlite3_bind_int64(s, 1, device);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		*len = sqlite3_column_bytes(s, 0);
		if (take_blob(s, 0, out, IPC_MODELMAX) == -1) {
			snprintf(error, sizeof(error), "model of device "
			    "number %u is damaged", device);
			bad = 1;
		}
	} else if (ret != SQLITE_DONE)
		bad = failed() == -1;
	sqlite3_reset(s);
	return bad ? -1 : 0;
}

/* Keeps a device's model, len bytes. */
int
db_put_model(uint32_t device, const void *data, size_t len)
{
	sqlite3_stmt	*s = st[ST_PUT_MODEL];

	sqlite3_bind_int64(s, 1, device);
	sqlite3_bind_blob(s, 2, data, len, SQLITE_STATIC);
	return finish(s);
}

static void
bind_reading(sqlite3_stmt *s, const struct vs_reading *rd)
{
	sqlite3_bind_int64(s, 1, rd->device);
	sqlite3_bind_int64(s, 2, rd->id);
	sqlite3_bind_int64(s, 3, rd->time);
	sqlite3_bind_int64(s, 4, rd->received);
}

/* Keeps an accepted reading; its text is rd->textlen bytes. */
int
db_put_reading(const struct vs_reading *rd, const void *text)
{
	sqlite3_stmt	*s = st[ST_PUT_READING];

	bind_reading(s, rd);
	sqlite3_bind_text(s, 5, text, rd->textlen, SQLITE_STATIC);
	return finish(s);
}

/* Keeps a blocked reading for review; its bytes may be anything. */
int
db_put_blocked(const struct vs_reading *rd, const void *data)
{
	sqlite3_stmt	*s = st[ST_PUT_BLOCKED];

	bind_reading(s, rd);
	sqlite3_bind_text(s, 5, reason_name(rd->reason), -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 6, data, rd->textlen, SQLITE_STATIC);
	return finish(s);
}
