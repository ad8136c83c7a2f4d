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
 * a commit is there after a power cut, but for those that need not be.  This
 * file opens it, has its schema and its transactions; the subjects have files
 * of their own.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "sqlite.h"

#define CACHE_KIB	"-16384"

/* Version 2, with which it began. */
static const char schema_2[] =
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

/* Version 3: two logs, and rows that count their changes. */
static const char schema_3[] =
    "ALTER TABLE device ADD COLUMN version INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN rotated INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN until INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN used INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN old_used INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN old_alg INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN old_key BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE device ADD COLUMN old_sealed BLOB NOT NULL DEFAULT x'';"
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    " type INTEGER NOT NULL, ok INTEGER NOT NULL, device TEXT NOT NULL,"
    " gateway TEXT NOT NULL, leaf BLOB NOT NULL, mac BLOB NOT NULL,"
    " data TEXT NOT NULL, bytes INTEGER NOT NULL);"
    "CREATE INDEX audit_device ON audit (device) WHERE device <> '';"
    "ALTER TABLE reading ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE reading ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE reading ADD COLUMN raw BLOB;"
    "ALTER TABLE blocked ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE blocked ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE blocked ADD COLUMN raw BLOB;"
    "CREATE INDEX blocked_seal ON blocked (seal) WHERE seal > 0;"
    "CREATE TABLE seal (seq INTEGER PRIMARY KEY, device INTEGER NOT NULL,"
    " received INTEGER NOT NULL, leaf BLOB NOT NULL, record BLOB NOT NULL,"
    " key BLOB NOT NULL, leaves BLOB NOT NULL);"
    "CREATE TABLE auth (device INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    " gateway TEXT NOT NULL, sealed BLOB NOT NULL);"
    "CREATE TABLE activity (device INTEGER PRIMARY KEY, events INTEGER NOT"
    " NULL, successes INTEGER NOT NULL, failures INTEGER NOT NULL, last"
    " INTEGER NOT NULL);"
    "CREATE TABLE gateway (name TEXT PRIMARY KEY, events INTEGER NOT NULL,"
    " devices INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE span (number INTEGER PRIMARY KEY, low INTEGER NOT NULL,"
    " high INTEGER NOT NULL, devices BLOB NOT NULL);"
    "CREATE TABLE tile (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE checkpoint (log INTEGER NOT NULL, size INTEGER NOT NULL,"
    " note TEXT NOT NULL, PRIMARY KEY (log, size)) WITHOUT ROWID;";

/* What makes a version of the one before it. */
static const char *const steps[] = { schema_2, schema_3 };

#define SCHEMA_FIRST	2
#define SCHEMA_VERSION	3

_Static_assert(sizeof(steps) / sizeof(steps[0]) == SCHEMA_VERSION -
    SCHEMA_FIRST + 1, "a step for each version");

enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK"
};

static sqlite3			*db;
static sqlite3_stmt		*st[ST_N];
static char			 error[256];
static int			 durable;	/* what commits are now */

static const struct sqlite_set	 transaction = { sql, st, ST_N };
static const struct sqlite_set	*const sets[] = {
	&transaction, &sqlite_registry, &sqlite_device, &sqlite_reading,
	&sqlite_query, &sqlite_retain, &sqlite_seal, &sqlite_span,
	&sqlite_log, &sqlite_audit_log, &sqlite_record
};

#define NSETS	(sizeof(sets) / sizeof(sets[0]))

/*
 * Keeps why a call failed; always -1.  SQLite calls most failures an I/O
 * error; the system knows which.
 */
int
sqlite_failed_as(int code, const char *text, int saved)
{
	if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && saved != 0)
		snprintf(error, sizeof(error), "%s: %s", text,
		    strerror(saved));
	else
		snprintf(error, sizeof(error), "%s", text);
	return -1;
}

/*
 * Keeps why the last call failed; always -1.  Of failures of a COMMIT SQLite
 * does not keep what the system said.
 */
int
sqlite_failed(void)
{
	int	 saved = errno;

	if (sqlite3_system_errno(db) != 0)
		saved = sqlite3_system_errno(db);
	if (sqlite3_extended_errcode(db) == SQLITE_IOERR_FSYNC)
		sqlite_wal_doubt();
	return sqlite_failed_as(sqlite3_errcode(db), sqlite3_errmsg(db), saved);
}

/* Keeps what is wrong with what was read; always -1. */
int
sqlite_damaged(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(error, sizeof(error), fmt, ap);
	va_end(ap);
	return -1;
}

static const char *
last_error(void)
{
	return error;
}

static int
run(const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	    sqlite_failed();
}

static int
schema_version(int *version)
{
	sqlite3_stmt	*s;
	int		 ret;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) !=
	    SQLITE_OK)
		return sqlite_failed();
	ret = sqlite3_step(s);
	*version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return ret == SQLITE_ROW ? 0 : sqlite_failed();
}

/* From a version, or 0 for nothing, to the next one there is. */
static int
schema_step(int version)
{
	char	 pragma[64];
	int	 next = version == 0 ? SCHEMA_FIRST : version + 1;

	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", next);
	return run(steps[next - SCHEMA_FIRST]) == -1 || run(pragma) == -1 ?
	    -1 : next;
}

/* Makes the tables, or brings those of an older version up to this one. */
static int
schema_make(void)
{
	int	 version, was = 0;

	if (schema_version(&was) == -1)
		return -1;
	if (was > SCHEMA_VERSION)
		return sqlite_damaged("was written by a newer asmpd (schema "
		    "%d, this one knows %d): install that one again, or "
		    "restore a backup from before it", was, SCHEMA_VERSION);
	if (was != 0 && was < SCHEMA_FIRST)
		return sqlite_damaged("was written by another version of "
		    "asmpd (schema %d, this one knows %d)", was,
		    SCHEMA_VERSION);
	if (was == SCHEMA_VERSION)
		return 0;
	if (run("BEGIN EXCLUSIVE") == -1)
		return -1;
	for (version = was; version != -1 && version < SCHEMA_VERSION;)
		version = schema_step(version);
	if (version == -1 || run("COMMIT") == -1)
		return -1;
	if (was != 0)
		log_info("database: schema %d brought to %d", was,
		    SCHEMA_VERSION);
	return 0;
}

static int
prepare_all(void)
{
	const struct sqlite_set	*set;
	size_t			 i, j;

	for (i = 0; i < NSETS; i++) {
		set = sets[i];
		for (j = 0; j < set->n; j++)
			if (sqlite3_prepare_v3(db, set->sql[j], -1,
			    SQLITE_PREPARE_PERSISTENT, &set->st[j], NULL) !=
			    SQLITE_OK)
				return sqlite_failed();
	}
	return 0;
}

/* One thread needs no locks, and nobody asks how much memory there is. */
static void
without_threads(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int
open_database(const char *path, const char *name)
{
	without_threads();
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return sqlite_failed();
	sqlite3_busy_timeout(db, BUSY_MS);
	/* What cannot be written opens all the same. */
	if (sqlite3_db_readonly(db, "main") != 0)
		return sqlite_failed_as(SQLITE_READONLY,
		    sqlite3_errstr(SQLITE_READONLY), 0);
	if (run("PRAGMA page_size = 16384") == -1 ||
	    run("PRAGMA journal_mode = WAL") == -1 ||
	    run("PRAGMA synchronous = FULL") == -1 ||
	    run("PRAGMA temp_store = MEMORY") == -1 ||
	    run("PRAGMA trusted_schema = OFF") == -1 ||
	    run("PRAGMA cache_size = " CACHE_KIB) == -1 ||
	    sqlite_wal_open(db) == -1 || schema_make() == -1 ||
	    prepare_all() == -1)
		return -1;
	durable = 1;
	sqlite3_busy_timeout(db, BUSY_LATER_MS);
	log_debug("database %s: SQLite %s", name, sqlite3_libversion());
	return 0;
}

static void
close_database(void)
{
	size_t	 i, j;

	for (i = 0; i < NSETS; i++)
		for (j = 0; j < sets[i]->n; j++)
			sqlite3_finalize(sets[i]->st[j]);
	sqlite_wal_close(db);
	sqlite3_close(db);
}

/*
 * Makes a statement ready for the next time, whose last step returned ret: 0
 * if that was its end or a row, -1 otherwise.
 */
int
sqlite_ended(sqlite3_stmt *s, int ret)
{
	int	 ok = ret == SQLITE_DONE || ret == SQLITE_ROW;

	if (!ok)
		sqlite_failed();
	sqlite3_reset(s);
	return ok ? 0 : -1;
}

/* Runs a statement that returns no row, and makes it ready for the next. */
int
sqlite_finish(sqlite3_stmt *s)
{
	errno = 0;
	return sqlite_ended(s, sqlite3_step(s));
}

/* Copies a column of at most max bytes; its length, or -1: not ours. */
int
sqlite_blob(sqlite3_stmt *s, int col, void *out, size_t max)
{
	size_t	 n = sqlite3_column_bytes(s, col);

	if (n > max)
		return -1;
	if (n > 0)
		memcpy(out, sqlite3_column_blob(s, col), n);
	return (int)n;
}

/* A number that somebody has asked for, as SQLite has them, up to most. */
sqlite3_int64
sqlite_bounded(uint64_t n, uint64_t most)
{
	return (sqlite3_int64)(n > most ? most : n);
}

/* Runs a statement that gives one number. */
int
sqlite_size(sqlite3_stmt *s, uint64_t *size)
{
	int	 ret;

	if ((ret = sqlite3_step(s)) == SQLITE_ROW)
		*size = sqlite3_column_int64(s, 0);
	return sqlite_ended(s, ret);
}

/*
 * Runs a statement that gives indexes and hashes, for those from an index on,
 * up to *n of them; how many, in *n.  Zeros stand where one is missing.
 */
int
sqlite_leaves(sqlite3_stmt *s, uint64_t from, uint8_t (*leaf)[ASMP_HASHLEN],
    uint32_t *n)
{
	uint32_t	 i;
	int		 ret;

	memset(leaf, 0, (size_t)*n * sizeof(*leaf));
	sqlite3_bind_int64(s, 1, from);
	sqlite3_bind_int64(s, 2, from + *n);
	*n = 0;
	while ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		i = (uint32_t)(sqlite3_column_int64(s, 0) - from);
		if (sqlite_blob(s, 1, leaf[i], sizeof(leaf[i])) !=
		    sizeof(leaf[i]))
			memset(leaf[i], 0, sizeof(leaf[i]));
		*n = i + 1;
	}
	return sqlite_ended(s, ret);
}

/* The setting stays as it is for as long as it is not asked for another. */
static int
begin(int last)
{
	if (sqlite_wal_trust(db) == -1)
		return -1;
	if (durable != last && run(last ? "PRAGMA synchronous = FULL" :
	    "PRAGMA synchronous = NORMAL") == -1)
		return -1;
	durable = last;
	return sqlite_finish(st[ST_BEGIN]);
}

static int
commit(void)
{
	return sqlite_finish(st[ST_COMMIT]);
}

/* SQLite ends a transaction by itself after some errors. */
static int
begun(void)
{
	return !sqlite3_get_autocommit(db);
}

static int
sync_database(void)
{
	return sqlite_wal_sync(db);
}

/* A page that is damaged may be whole again in the file: none is kept. */
static void
rollback(void)
{
	char	 why[sizeof(error)];

	/* What went wrong before matters more than this. */
	strlcpy(why, error, sizeof(why));
	if (begun())
		(void)sqlite_finish(st[ST_ROLLBACK]);
	strlcpy(error, why, sizeof(error));
	sqlite3_db_release_memory(db);
}

const struct engine	 engine_sqlite = {
	.open = open_database,
	.close = close_database,
	.error = last_error,
	.begin = begin,
	.begun = begun,
	.commit = commit,
	.sync = sync_database,
	.rollback = rollback,
	.rows = sqlite_rows,
	.put_row = sqlite_put_row,
	.device_id = sqlite_device_id,
	.figures = sqlite_figures,
	.add_figures = sqlite_add_figures,
	.model = sqlite_model,
	.put_model = sqlite_put_model,
	.put_audit = sqlite_put_audit,
	.put_auth = sqlite_put_auth,
	.audit_size = sqlite_audit_size,
	.audit_bytes = sqlite_audit_bytes,
	.audit_leaves = sqlite_audit_leaves,
	.audit_macs = sqlite_audit_macs,
	.put_tile = sqlite_put_tile,
	.has_tile = sqlite_has_tile,
	.tile = sqlite_tile,
	.put_checkpoint = sqlite_put_checkpoint,
	.audit = sqlite_audit,
	.marks = sqlite_marks,
	.put_seal = sqlite_put_seal,
	.seal = sqlite_get_seal,
	.seals_size = sqlite_seals_size,
	.seals_leaves = sqlite_seals_leaves,
	.put_reading = sqlite_put_reading,
	.put_blocked = sqlite_put_blocked,
	.readings = sqlite_readings,
	.sealed = sqlite_sealed,
	.blocked = sqlite_blocked,
	.keys = sqlite_keys,
	.activity = sqlite_activity,
	.statistics = sqlite_statistics,
	.about = sqlite_about,
	.drop_readings = sqlite_drop_readings,
	.drop_blocked = sqlite_drop_blocked,
	.drop_seals = sqlite_drop_seals,
	.bytes = sqlite_bytes,
	.catch_up = sqlite_catch_up
};
