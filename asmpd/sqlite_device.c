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

/* SQLite: what is known about one device. */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_DEVICE_ID,
	ST_FIGURES,
	ST_FIRST_AUTH,
	ST_PUT_AUTH,
	ST_ADD_FIGURES,
	ST_MODEL,
	ST_PUT_MODEL,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_DEVICE_ID] = "SELECT id FROM device WHERE number = ?1",
	[ST_FIGURES] = "SELECT last_id, last_time, accepted, blocked FROM"
	    " figures WHERE device = ?1",
	[ST_ADD_FIGURES] = "INSERT INTO figures (device, last_id, last_time,"
	    " accepted, blocked) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT"
	    " (device) DO UPDATE SET last_id = ?2, last_time = ?3, accepted ="
	    " accepted + ?4, blocked = blocked + ?5",
	[ST_FIRST_AUTH] = "UPDATE gateway SET devices = devices + 1 WHERE"
	    " name = ?2 AND NOT EXISTS (SELECT 1 FROM auth WHERE device ="
	    " ?1)",
	[ST_PUT_AUTH] = "INSERT OR REPLACE INTO auth (device, time, gateway,"
	    " sealed) VALUES (?1, ?2, ?3, ?4)",
	[ST_MODEL] = "SELECT data FROM model WHERE device = ?1",
	[ST_PUT_MODEL] = "INSERT INTO model VALUES (?1, ?2) ON CONFLICT"
	    " (device) DO UPDATE SET data = ?2"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_device = { sql, st, ST_N };

/* The id of the device of a number, or "". */
int
sqlite_device_id(uint32_t number, char *id)
{
	sqlite3_stmt	*s = st[ST_DEVICE_ID];
	int		 ret, n = 0;

	sqlite3_bind_int64(s, 1, number);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW)
		n = sqlite_blob(s, 0, id, ASMP_IDMAX);
	id[n == -1 ? 0 : n] = '\0';
	return sqlite_ended(s, ret);
}

/* What is known about a device; zeros if nothing is. */
int
sqlite_figures(uint32_t device, struct device_figures *f)
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
	}
	return sqlite_ended(s, ret);
}

/* A device was let in: sealed is a->sealedlen bytes. */
int
sqlite_put_auth(const struct ipc_audit *a, const void *sealed)
{
	sqlite3_stmt	*s = st[ST_FIRST_AUTH];

	sqlite3_bind_int64(s, 1, a->number);
	sqlite3_bind_text(s, 2, a->gateway, -1, SQLITE_STATIC);
	if (sqlite_finish(s) == -1)
		return -1;
	s = st[ST_PUT_AUTH];
	sqlite3_bind_int64(s, 1, a->number);
	sqlite3_bind_int64(s, 2, a->time);
	sqlite3_bind_text(s, 3, a->gateway, -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 4, sealed, a->sealedlen, SQLITE_STATIC);
	return sqlite_finish(s);
}

/* Sets a device's last id and time and adds to its counts. */
int
sqlite_add_figures(uint32_t device, const struct device_figures *f)
{
	sqlite3_stmt	*s = st[ST_ADD_FIGURES];

	sqlite3_bind_int64(s, 1, device);
	sqlite3_bind_int64(s, 2, f->lastid);
	sqlite3_bind_int64(s, 3, f->lasttime);
	sqlite3_bind_int64(s, 4, f->accepted);
	sqlite3_bind_int64(s, 5, f->blocked);
	return sqlite_finish(s);
}

/* A device's model, up to IPC_MODELMAX bytes, its length in *len. */
int
sqlite_model(uint32_t device, uint8_t *out, size_t *len)
{
	sqlite3_stmt	*s = st[ST_MODEL];
	int		 ret, n = 0;

	sqlite3_bind_int64(s, 1, device);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW)
		n = sqlite_blob(s, 0, out, IPC_MODELMAX);
	*len = n == -1 ? 0 : n;
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return n == -1 ? sqlite_damaged("model of device number %u is damaged",
	    device) : 0;
}

/* Keeps a device's model, len bytes. */
int
sqlite_put_model(uint32_t device, const void *data, size_t len)
{
	sqlite3_stmt	*s = st[ST_PUT_MODEL];

	sqlite3_bind_int64(s, 1, device);
	sqlite3_bind_blob(s, 2, data, len, SQLITE_STATIC);
	return sqlite_finish(s);
}
