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

/* SQLite: seals, which are the log of readings. */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

enum statement {
	ST_PUT_SEAL,
	ST_SEAL,
	ST_SEALS_SIZE,
	ST_SEALS_LEAVES,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_PUT_SEAL] = "INSERT INTO seal (seq, device, received, leaf,"
	    " record, key, leaves) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[ST_SEAL] = "SELECT record, key, leaves FROM seal WHERE seq = ?1",
	[ST_SEALS_SIZE] = "SELECT coalesce(max(seq) + 1, 0) FROM seal",
	[ST_SEALS_LEAVES] = "SELECT seq, leaf FROM seal WHERE seq >= ?1 AND"
	    " seq < ?2 ORDER BY seq"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_seal = { sql, st, ST_N };

/*
 * Keeps a seal: leaf is its ASMP_HASHLEN bytes in the log, data its record,
 * the device's key, its leaves.
 */
int
sqlite_put_seal(uint64_t index, const struct vs_seal *seal,
    const uint8_t *leaf, const void *data)
{
	sqlite3_stmt	*s = st[ST_PUT_SEAL];

	sqlite3_bind_int64(s, 1, index);
	sqlite3_bind_int64(s, 2, seal->device);
	sqlite3_bind_int64(s, 3, seal->received);
	sqlite3_bind_blob(s, 4, leaf, ASMP_HASHLEN, SQLITE_STATIC);
	sqlite3_bind_blob(s, 5, data, seal->recordlen, SQLITE_STATIC);
	sqlite3_bind_blob(s, 6, (const uint8_t *)data + seal->recordlen,
	    seal->keylen, SQLITE_STATIC);
	sqlite3_bind_blob(s, 7, (const uint8_t *)data + seal->recordlen +
	    seal->keylen, seal->count * sizeof(struct vs_leaf),
	    SQLITE_STATIC);
	return sqlite_finish(s);
}

/* The columns of ST_SEAL; 0, or -1 if they are not what was put there. */
static int
take_seal(sqlite3_stmt *s, struct stored_seal *out)
{
	int	 recordlen, keylen, leaves;

	recordlen = sqlite_blob(s, 0, out->record, sizeof(out->record));
	keylen = sqlite_blob(s, 1, out->key, sizeof(out->key));
	leaves = sqlite_blob(s, 2, out->leaf, sizeof(out->leaf));
	if (recordlen == -1 || keylen == -1 || leaves == -1 ||
	    leaves % sizeof(out->leaf[0]) != 0)
		return -1;
	out->recordlen = recordlen;
	out->keylen = keylen;
	out->count = leaves / sizeof(out->leaf[0]);
	return 0;
}

/* The seal of this index; one that is not there is an error. */
int
sqlite_get_seal(uint64_t index, struct stored_seal *out)
{
	sqlite3_stmt	*s = st[ST_SEAL];
	int		 ret, bad = 1;

	sqlite3_bind_int64(s, 1, index);
	if ((ret = sqlite3_step(s)) == SQLITE_ROW)
		bad = take_seal(s, out) == -1;
	if (sqlite_ended(s, ret) == -1)
		return -1;
	return bad ? sqlite_damaged("seal %llu is missing or damaged",
	    (unsigned long long)index) : 0;
}

/* How many seals there ever were. */
int
sqlite_seals_size(uint64_t *size)
{
	return sqlite_size(st[ST_SEALS_SIZE], size);
}

/* Up to *n leaves of the log from index from on; how many, in *n. */
int
sqlite_seals_leaves(uint64_t from, uint8_t (*leaf)[ASMP_HASHLEN], uint32_t *n)
{
	return sqlite_leaves(st[ST_SEALS_LEAVES], from, leaf, n);
}
