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
 * SQLite: what stands in for an index of readings.  Of each span of rows
 * there is one that says when they came, and as a Bloom filter, of which
 * devices.  An index would touch a page of its own for each device in each
 * transaction, and with a few hundred of them it costs several times what
 * keeping the readings does; this is written once in SPAN_ROWS.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "sqlite.h"

#define FILTER_BITS	2048	/* 2 in 100 spans are looked at in vain */
#define FILTER_HASHES	5
#define HASH_BITS	11

_Static_assert(1 << HASH_BITS == FILTER_BITS, "HASH_BITS");
_Static_assert(FILTER_HASHES * HASH_BITS <= 64, "FILTER_HASHES");

enum statement {
	ST_ROWS,
	ST_PUT,
	ST_GET,
	ST_FIRST,
	ST_END,
	ST_N
};

static const char *const sql[ST_N] = {
	[ST_ROWS] = "SELECT device, received FROM reading WHERE seq BETWEEN"
	    " ?1 AND ?2",
	[ST_PUT] = "INSERT OR REPLACE INTO span VALUES (?1, ?2, ?3, ?4)",
	[ST_GET] = "SELECT low, high, devices FROM span WHERE number = ?1",
	[ST_FIRST] = "SELECT coalesce((SELECT min(seq) FROM reading) / ?1, 0)",
	[ST_END] = "SELECT coalesce((SELECT min(number) FROM span),"
	    " (SELECT max(seq) + 1 FROM reading) / ?1, 0)"
};

static sqlite3_stmt		*st[ST_N];

const struct sqlite_set		 sqlite_span = { sql, st, ST_N };

struct span {
	sqlite3_int64	 low;		/* when the first came, ms */
	sqlite3_int64	 high;		/* and the last */
	uint8_t		 devices[FILTER_BITS / 8];
};

/* Numbers of devices are near each other; their hashes must not be. */
static uint64_t
hash(uint64_t n)
{
	n = (n ^ n >> 33) * 0xff51afd7ed558ccdULL;
	n = (n ^ n >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return n ^ n >> 33;
}

static void
filter_add(uint8_t *filter, uint32_t device)
{
	uint64_t	 h = hash(device);
	int		 i;

	for (i = 0; i < FILTER_HASHES; i++, h >>= HASH_BITS)
		filter[h % FILTER_BITS / 8] |= 1 << h % 8;
}

static int
filter_has(const uint8_t *filter, uint32_t device)
{
	uint64_t	 h = hash(device);
	int		 i;

	for (i = 0; i < FILTER_HASHES; i++, h >>= HASH_BITS)
		if ((filter[h % FILTER_BITS / 8] & 1 << h % 8) == 0)
			return 0;
	return 1;
}

static void
span_add(struct span *sp, uint32_t device, sqlite3_int64 received)
{
	if (received < sp->low)
		sp->low = received;
	if (received > sp->high)
		sp->high = received;
	filter_add(sp->devices, device);
}

/* Writes a span, all of whose rows are there. */
static int
span_put(sqlite3_int64 number)
{
	struct span	 sp = { .low = INT64_MAX, .high = INT64_MIN };
	sqlite3_stmt	*s = st[ST_ROWS];
	int		 ret;

	sqlite3_bind_int64(s, 1, number * SPAN_ROWS);
	sqlite3_bind_int64(s, 2, number * SPAN_ROWS + SPAN_ROWS - 1);
	while ((ret = sqlite3_step(s)) == SQLITE_ROW)
		span_add(&sp, (uint32_t)sqlite3_column_int64(s, 0),
		    sqlite3_column_int64(s, 1));
	if (sqlite_ended(s, ret) == -1)
		return -1;
	s = st[ST_PUT];
	sqlite3_bind_int64(s, 1, number);
	sqlite3_bind_int64(s, 2, sp.low);
	sqlite3_bind_int64(s, 3, sp.high);
	sqlite3_bind_blob(s, 4, sp.devices, sizeof(sp.devices),
	    SQLITE_STATIC);
	return sqlite_finish(s);
}

/* The row of this position was added, in the same transaction. */
int
sqlite_span_end(sqlite3_int64 seq)
{
	return seq % SPAN_ROWS == SPAN_ROWS - 1 ? span_put(seq / SPAN_ROWS) :
	    0;
}

/* Whether nothing in the span of a row can belong to a page. */
int
sqlite_span_without(sqlite3_int64 seq, const struct page *p)
{
	sqlite3_stmt	*s = st[ST_GET];
	struct span	 sp;
	int		 without = 0;

	if (p->device == 0 && p->since == 0 && p->until == 0)
		return 0;
	sqlite3_bind_int64(s, 1, seq / SPAN_ROWS);
	if (sqlite3_step(s) == SQLITE_ROW &&
	    sqlite_blob(s, 2, sp.devices, sizeof(sp.devices)) ==
	    sizeof(sp.devices)) {
		sp.low = sqlite3_column_int64(s, 0);
		sp.high = sqlite3_column_int64(s, 1);
		without = (sp.high < 0 || (uint64_t)sp.high < p->since) ||
		    (p->until != 0 && sp.low >= 0 &&
		    (uint64_t)sp.low >= p->until) ||
		    (p->device != 0 && !filter_has(sp.devices, p->device));
	}
	sqlite3_reset(s);
	return without;
}

/* Number n as a statement of it and SPAN_ROWS gives it. */
static int
span_number(enum statement which, uint64_t *n)
{
	sqlite3_bind_int64(st[which], 1, SPAN_ROWS);
	return sqlite_size(st[which], n);
}

/*
 * Writes some of the spans that an older asmpd has not, the newest first.
 * Part of a transaction: 1 if there may be more, 0 at the end, or -1.
 */
int
sqlite_catch_up(void)
{
	uint64_t	 first = 0, end = 0;
	int		 i;

	if (span_number(ST_FIRST, &first) == -1 ||
	    span_number(ST_END, &end) == -1)
		return -1;
	for (i = 0; i < CAUGHT_UP && end > first; i++)
		if (span_put((sqlite3_int64)--end) == -1)
			return -1;
	return end > first;
}
