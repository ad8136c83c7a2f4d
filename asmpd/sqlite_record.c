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
 * SQLite: what is counted as audit records come, and what is told about
 * devices and the database.  Ids that strangers claim are counted nowhere.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_COUNT_DEVICE,
	ST_COUNT_GATEWAY,
	ST_KEYS,
	ST_ACTIVITY,
	ST_STATISTICS,
	ST_GATEWAYS,
	ST_SCHEMA,
	ST_TABLES,
	ST_N
};

/* As registry_active() has it. */
#define ACTIVE	"d.state = 1 AND d.told = 0"

static const char *const sql[ST_N] = {
	[ST_COUNT_DEVICE] = "INSERT INTO activity (device, events, successes,"
	    " failures, last) SELECT number, 1, ?2, ?3, ?4 FROM device WHERE"
	    " id = ?1 ON CONFLICT (device) DO UPDATE SET events = events + 1,"
	    " successes = successes + ?2, failures = failures + ?3,"
	    " last = ?4",
	[ST_COUNT_GATEWAY] = "INSERT INTO gateway (name, events, devices)"
	    " VALUES (?1, 1, 0) ON CONFLICT (name) DO UPDATE SET events ="
	    " events + 1",
	[ST_KEYS] = "SELECT d.number, d.id, d.kind, " ACTIVE ", d.key, a.time,"
	    " a.gateway, a.sealed, c.last FROM device d LEFT JOIN auth a ON"
	    " a.device = d.number LEFT JOIN activity c ON c.device = d.number"
	    " WHERE d.number BETWEEN ?1 AND ?2 ORDER BY d.number LIMIT ?3",
	[ST_ACTIVITY] = "SELECT d.id, " ACTIVE ", c.events, c.successes,"
	    " c.failures, c.last FROM device d LEFT JOIN activity c ON"
	    " c.device = d.number WHERE d.number = ?1",
	[ST_STATISTICS] = "SELECT count(*), coalesce(sum(events), 0),"
	    " coalesce(sum(devices), 0) FROM gateway",
	[ST_GATEWAYS] = "SELECT name FROM gateway ORDER BY name",
	[ST_SCHEMA] = "PRAGMA user_version",
	[ST_TABLES] = "SELECT name FROM sqlite_master WHERE type = 'table'"
	    " ORDER BY name"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_record = { sql, st, ST_N };

static int
count_device(const struct ipc_audit *a)
{
	sqlite3_stmt	*s = st[ST_COUNT_DEVICE];

	sqlite3_bind_text(s, 1, a->device, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, a->type == AUDIT_AUTHENTICATED);
	sqlite3_bind_int(s, 3, a->type == AUDIT_AUTH_FAILED);
	sqlite3_bind_int64(s, 4, a->time);
	return sqlite_finish(s);
}

/* Counts an audit record, if it is an event of the first five types. */
int
sqlite_count(const struct ipc_audit *a)
{
	sqlite3_stmt	*s = st[ST_COUNT_GATEWAY];

	if (a->type > AUDIT_MESSAGE_DECRYPTED)
		return 0;
	if (a->device[0] != '\0' && count_device(a) == -1)
		return -1;
	sqlite3_bind_text(s, 1, a->gateway, -1, SQLITE_STATIC);
	return sqlite_finish(s);
}

/* Copies a word that fits, size bytes with its NUL, or is not ours. */
static int
take_word(sqlite3_stmt *s, int col, char *out, size_t size)
{
	int	 n = sqlite_blob(s, col, out, size - 1);

	out[n == -1 ? 0 : n] = '\0';
	return n == -1 ? -1 : 0;
}

/* The columns of ST_KEYS but the key, or -1: they cannot be. */
static int
take_key(sqlite3_stmt *s, struct ctl_devkey *k)
{
	int	 sealedlen;

	memset(k, 0, sizeof(*k));
	k->number = (uint32_t)sqlite3_column_int64(s, 0);
	k->kind = (uint8_t)sqlite3_column_int(s, 2);
	k->active = sqlite3_column_int(s, 3) != 0;
	k->authenticated = sqlite3_column_int64(s, 5);
	k->last = sqlite3_column_int64(s, 8);
	sealedlen = sqlite_blob(s, 7, k->sealed, sizeof(k->sealed));
	if (take_word(s, 1, k->device, sizeof(k->device)) == -1 ||
	    take_word(s, 6, k->gateway, sizeof(k->gateway)) == -1 ||
	    sealedlen == -1 || sqlite3_column_bytes(s, 4) > MLKEM768_EKLEN)
		return sqlite_damaged("record of device number %u is damaged",
		    k->number);
	k->keylen = sqlite3_column_bytes(s, 4);
	k->sealedlen = sealedlen;
	return 0;
}

/* Keys of devices, a part of a page; see engine.h. */
int
sqlite_keys(struct page *p, key_taker take, void *arg)
{
	sqlite3_stmt		*s = st[ST_KEYS];
	struct ctl_devkey	 k;
	uint32_t		 n = 0;
	int			 full = 0, ret = SQLITE_DONE;

	if (p->cursor >= UINT32_MAX)
		return 0;
	sqlite3_bind_int64(s, 1, p->device > p->cursor ? p->device :
	    (sqlite3_int64)p->cursor + 1);
	sqlite3_bind_int64(s, 2, p->device != 0 ? p->device : UINT32_MAX);
	sqlite3_bind_int(s, 3, KEYS_MAX);
	while (!full && (ret = sqlite3_step(s)) == SQLITE_ROW) {
		if (take_key(s, &k) == -1) {
			sqlite3_reset(s);
			return -1;
		}
		p->cursor = k.number;
		n++;
		full = take(arg, &k, sqlite3_column_blob(s, 4));
	}
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return full || n == KEYS_MAX;
}

/* What is counted of the device of a number, which must be there. */
int
sqlite_activity(uint32_t number, struct ctl_activity *a)
{
	sqlite3_stmt	*s = st[ST_ACTIVITY];
	int		 ret, ok = 0;

	memset(a, 0, sizeof(*a));
	sqlite3_bind_int64(s, 1, number);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		ok = take_word(s, 0, a->device, sizeof(a->device)) == 0;
		a->active = sqlite3_column_int(s, 1) != 0;
		a->events = sqlite3_column_int64(s, 2);
		a->successes = sqlite3_column_int64(s, 3);
		a->failures = sqlite3_column_int64(s, 4);
		a->last = sqlite3_column_int64(s, 5);
	}
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return ok ? 0 : sqlite_damaged("device number %u is not there",
	    number);
}

/* As many names as fit behind the *len bytes that are there. */
static int
take_names(sqlite3_stmt *s, char *names, size_t size, uint32_t *len)
{
	size_t	 n;
	int	 ret;

	while ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		n = sqlite3_column_bytes(s, 0);
		if (n == 0 || n >= size - *len)
			break;
		memcpy(names + *len, sqlite3_column_blob(s, 0), n);
		names[*len + n] = '\0';
		*len += n + 1;
	}
	return sqlite_ended(s, ret);
}

/*
 * Sets how many events, gateways and devices that were let in there are, and
 * fills up to size bytes with names of the gateways; their length in out.
 */
int
sqlite_statistics(struct ctl_statistics *out, char *names, size_t size)
{
	sqlite3_stmt	*s = st[ST_STATISTICS];
	int		 ret;

	if ((ret = sqlite3_step(s)) == SQLITE_ROW) {
		out->gateways = sqlite3_column_int64(s, 0);
		out->events = sqlite3_column_int64(s, 1);
		out->authenticated = sqlite3_column_int64(s, 2);
	}
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return take_names(st[ST_GATEWAYS], names, size, &out->len);
}

/* A path as a URI, and the last part of it; what they take of size bytes. */
static uint32_t
put_place(const char *path, char *out, size_t size)
{
	const char	*p, *name;
	int		 n;

	name = (name = strrchr(path, '/')) == NULL ? path : name + 1;
	n = snprintf(out, size, "file:");
	for (p = path; *p != '\0' && (size_t)n + 4 < size; p++)
		n += snprintf(out + n, size - n, strchr("%?#", *p) != NULL ||
		    *p <= ' ' || *p > '~' ? "%%%02X" : "%c",
		    (unsigned char)*p);
	n++;
	n += snprintf(out + n, size - n, "%s", name) + 1;
	return (uint32_t)n;
}

/*
 * The schema and the names of tables, behind the URI of a path and its name,
 * in size bytes of at least four times the path; out->len of them.  The
 * engine and the place are there even if the rest cannot be read.
 */
int
sqlite_about(const char *path, struct ctl_database *out, char *names,
    size_t size)
{
	uint64_t	 schema = 0;

	snprintf(out->engine, sizeof(out->engine), "SQLite %s",
	    sqlite3_libversion());
	out->len = put_place(path, names, size);
	if (sqlite_size(st[ST_SCHEMA], &schema) == -1)
		return -1;
	out->schema = (uint32_t)schema;
	return take_names(st[ST_TABLES], names, size, &out->len);
}
