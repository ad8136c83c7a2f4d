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
 * SQLite: the logs.  Audit records with the hash of each; of both trees the
 * whole tiles, and what was signed.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

#define ROW_BYTES	24	/* of a row, without its texts and blobs */

enum statement {
	ST_PUT_AUDIT,
	ST_AUDIT_SIZE,
	ST_AUDIT_BYTES,
	ST_ADD_BYTES,
	ST_AUDIT_LEAVES,
	ST_AUDIT_MACS,
	ST_PUT_TILE,
	ST_HAS_TILE,
	ST_TILE,
	ST_PUT_CHECKPOINT,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_PUT_AUDIT] = "INSERT INTO audit (seq, time, type, ok, device,"
	    " gateway, leaf, data, mac, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
	    " ?7, ?8, ?9, ?10 + coalesce((SELECT bytes FROM audit WHERE"
	    " seq = ?1 - 1), 0))",
	[ST_AUDIT_SIZE] = "SELECT coalesce(max(seq) + 1, 0) FROM audit",
	[ST_AUDIT_BYTES] = "SELECT coalesce((SELECT bytes FROM audit"
	    " ORDER BY seq DESC LIMIT 1), 0)",
	[ST_ADD_BYTES] = "UPDATE audit SET bytes = bytes + ?1 WHERE seq ="
	    " (SELECT max(seq) FROM audit)",
	[ST_AUDIT_LEAVES] = "SELECT seq, leaf FROM audit WHERE seq >= ?1 AND"
	    " seq < ?2 ORDER BY seq",
	[ST_AUDIT_MACS] = "SELECT seq, mac FROM audit WHERE seq >= ?1 AND"
	    " seq < ?2 ORDER BY seq",
	[ST_PUT_TILE] = "INSERT INTO tile VALUES (?1, ?2)",
	[ST_HAS_TILE] = "SELECT count(*) FROM tile WHERE id = ?1",
	[ST_TILE] = "SELECT data FROM tile WHERE id = ?1",
	[ST_PUT_CHECKPOINT] = "INSERT OR REPLACE INTO checkpoint VALUES"
	    " (?1, ?2, ?3)"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_log = { sql, st, ST_N };

/* Where a tile stands: its log, its level and its place there. */
static sqlite3_int64
tile_id(enum tree_kind log, unsigned int level, uint64_t index)
{
	return (sqlite3_int64)((uint64_t)log << 56 | (uint64_t)level << 48 |
	    index);
}

/* About what a record takes in the file, with its entry in an index. */
static sqlite3_int64
record_bytes(const struct ipc_audit *a, size_t len)
{
	return ROW_BYTES + 2 * ASMP_HASHLEN + sizeof(a->mac) + len +
	    2 * strlen(a->device) + strlen(a->gateway);
}

/*
 * Keeps a record: text is len bytes, leaf ASMP_HASHLEN.  What all take up to
 * a record stands in it.
 */
int
sqlite_put_audit(const struct ipc_audit *a, const uint8_t *leaf,
    const void *text, size_t len)
{
	sqlite3_stmt	*s = st[ST_PUT_AUDIT];

	sqlite3_bind_int64(s, 1, a->index);
	sqlite3_bind_int64(s, 2, a->time);
	sqlite3_bind_int64(s, 3, a->type);
	sqlite3_bind_int64(s, 4, a->ok);
	sqlite3_bind_text(s, 5, a->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 6, a->gateway, -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 7, leaf, ASMP_HASHLEN, SQLITE_STATIC);
	sqlite3_bind_text(s, 8, text, (int)len, SQLITE_STATIC);
	sqlite3_bind_blob(s, 9, a->mac, sizeof(a->mac), SQLITE_STATIC);
	sqlite3_bind_int64(s, 10, record_bytes(a, len));
	return sqlite_finish(s) == -1 ? -1 : sqlite_count(a);
}

/* How many records there are. */
int
sqlite_audit_size(uint64_t *size)
{
	return sqlite_size(st[ST_AUDIT_SIZE], size);
}

/* About what they take in the file, with their hashes and checkpoints. */
int
sqlite_audit_bytes(uint64_t *bytes)
{
	return sqlite_size(st[ST_AUDIT_BYTES], bytes);
}

/* Up to *n leaves of records from index from on; how many, in *n. */
int
sqlite_audit_leaves(uint64_t from, uint8_t (*leaf)[ASMP_HASHLEN], uint32_t *n)
{
	return sqlite_leaves(st[ST_AUDIT_LEAVES], from, leaf, n);
}

/* The same of the MACs that the parent has made of them. */
int
sqlite_audit_macs(uint64_t from, uint8_t (*mac)[ASMP_HASHLEN], uint32_t *n)
{
	return sqlite_leaves(st[ST_AUDIT_MACS], from, mac, n);
}

/* Keeps a tile of TILE_BYTES; there must be none yet. */
int
sqlite_put_tile(enum tree_kind log, unsigned int level, uint64_t index,
    const void *data)
{
	sqlite3_stmt	*s = st[ST_PUT_TILE];

	sqlite3_bind_int64(s, 1, tile_id(log, level, index));
	sqlite3_bind_blob(s, 2, data, TILE_BYTES, SQLITE_STATIC);
	if (sqlite_finish(s) == 0)
		return 0;
	if (sqlite3_errcode(sqlite3_db_handle(s)) != SQLITE_CONSTRAINT)
		return -1;
	return sqlite_damaged("a log was cut off: hashes of what was there "
	    "are left (level %u, tile %llu)", level,
	    (unsigned long long)index);
}

/* Whether there is such a tile, or -1. */
int
sqlite_has_tile(enum tree_kind log, unsigned int level, uint64_t index)
{
	sqlite3_stmt	*s = st[ST_HAS_TILE];
	uint64_t	 n = 0;

	sqlite3_bind_int64(s, 1, tile_id(log, level, index));
	return sqlite_size(s, &n) == -1 ? -1 : n != 0;
}

/* Reads a tile of TILE_BYTES; it must be there. */
int
sqlite_tile(enum tree_kind log, unsigned int level, uint64_t index, void *out)
{
	sqlite3_stmt	*s = st[ST_TILE];
	int		 ret, n = -1;

	sqlite3_bind_int64(s, 1, tile_id(log, level, index));
	if ((ret = sqlite3_step(s)) == SQLITE_ROW)
		n = sqlite_blob(s, 0, out, TILE_BYTES);
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return n == TILE_BYTES ? 0 : sqlite_damaged("hashes of a log are "
	    "missing (level %u, tile %llu)", level, (unsigned long long)index);
}

/* Keeps what the parent has signed. */
int
sqlite_put_checkpoint(enum tree_kind log, uint64_t size, const char *note)
{
	sqlite3_stmt	*s = st[ST_PUT_CHECKPOINT];

	sqlite3_bind_int64(s, 1, log);
	sqlite3_bind_int64(s, 2, size);
	sqlite3_bind_text(s, 3, note, -1, SQLITE_STATIC);
	if (sqlite_finish(s) == -1)
		return -1;
	if (log != TREE_AUDIT)
		return 0;
	sqlite3_bind_int64(st[ST_ADD_BYTES], 1, ROW_BYTES + strlen(note));
	return sqlite_finish(st[ST_ADD_BYTES]);
}
