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

/* The embedded engine: what its files share. */

#ifndef SQLITE_H
#define SQLITE_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "engine.h"

/*
 * The engine's limits: in one call it does no more than a few milliseconds'
 * work, since nothing else is done meanwhile.
 */
#define BUSY_MS		2000	/* somebody else looks into the file */
#define BUSY_LATER_MS	200	/* when others wait for the store as well */
#define EXAMINED	4096	/* rows that a question looks at */
#define SPAN_ROWS	256	/* of one span: the database has them so */
#define SPAN_COST	4	/* rows that a span costs which is left out */
#define CAUGHT_UP	8	/* spans that are made up for */
#define KEYS_MAX	64	/* large rows, and each is looked up */
#define DROPPED		1024	/* rows that are not kept any longer */
#define LOOKED		4096	/* readings in search of one with a seal */
#define WAL_FRAMES	1000	/* 16 MB; from so many on they go to the
				   database, as SQLite itself has it */
#define WAL_PIECE	(64 * 1024)	/* bytes of it read at once */

/* The statements of one subject: their text, and themselves once open. */
struct sqlite_set {
	const char *const	 *sql;
	sqlite3_stmt		**st;
	size_t			  n;
};

/* sqlite.c */
int	 sqlite_failed(void);
int	 sqlite_failed_as(int, const char *, int);
int	 sqlite_damaged(const char *, ...)
	    __attribute__((__format__ (printf, 1, 2)));
int	 sqlite_finish(sqlite3_stmt *);
int	 sqlite_ended(sqlite3_stmt *, int);
int	 sqlite_blob(sqlite3_stmt *, int, void *, size_t);
sqlite3_int64 sqlite_bounded(uint64_t, uint64_t);
int	 sqlite_size(sqlite3_stmt *, uint64_t *);
int	 sqlite_leaves(sqlite3_stmt *, uint64_t, uint8_t (*)[ASMP_HASHLEN],
	    uint32_t *);

/* sqlite_wal.c */
void	 sqlite_wal_doubt(void);
int	 sqlite_wal_open(sqlite3 *);
int	 sqlite_wal_sync(sqlite3 *);
int	 sqlite_wal_trust(sqlite3 *);
void	 sqlite_wal_close(sqlite3 *);

/* sqlite_registry.c */
extern const struct sqlite_set	 sqlite_registry;
int	 sqlite_rows(uint32_t, struct ipc_row *, uint32_t *);
int	 sqlite_put_row(const struct ipc_row *);

/* sqlite_device.c */
extern const struct sqlite_set	 sqlite_device;
int	 sqlite_device_id(uint32_t, char *);
int	 sqlite_figures(uint32_t, struct device_figures *);
int	 sqlite_add_figures(uint32_t, const struct device_figures *);
int	 sqlite_put_auth(const struct ipc_audit *, const void *);
int	 sqlite_model(uint32_t, uint8_t *, size_t *);
int	 sqlite_put_model(uint32_t, const void *, size_t);

/* sqlite_reading.c */
extern const struct sqlite_set	 sqlite_reading;
int	 sqlite_put_reading(const struct vs_reading *, const void *,
	    uint64_t);
int	 sqlite_put_blocked(const struct vs_reading *, const void *,
	    uint64_t);

/* sqlite_span.c */
extern const struct sqlite_set	 sqlite_span;
int	 sqlite_span_end(sqlite3_int64);
int	 sqlite_span_without(sqlite3_int64, const struct page *);
int	 sqlite_catch_up(void);

/* sqlite_retain.c */
extern const struct sqlite_set	 sqlite_retain;
int	 sqlite_drop_readings(uint64_t, uint64_t *);
int	 sqlite_drop_blocked(uint64_t, uint64_t *);
int	 sqlite_drop_seals(uint64_t *);
int	 sqlite_bytes(uint64_t *);

/* sqlite_query.c */
extern const struct sqlite_set	 sqlite_query;
int	 sqlite_sealed(uint64_t, int, sealed_taker, void *);
int	 sqlite_readings(struct page *, reading_taker, void *);
int	 sqlite_blocked(struct page *, reading_taker, void *);

/* sqlite_audit.c */
extern const struct sqlite_set	 sqlite_audit_log;
int	 sqlite_audit(struct page *, const char *, audit_taker, void *);
int	 sqlite_marks(struct page *, mark_taker, void *);

/* sqlite_seal.c */
extern const struct sqlite_set	 sqlite_seal;
int	 sqlite_put_seal(uint64_t, const struct vs_seal *, const uint8_t *,
	    const void *);
int	 sqlite_get_seal(uint64_t, struct stored_seal *);
int	 sqlite_seals_size(uint64_t *);
int	 sqlite_seals_leaves(uint64_t, uint8_t (*)[ASMP_HASHLEN], uint32_t *);

/* sqlite_log.c */
extern const struct sqlite_set	 sqlite_log;
int	 sqlite_put_audit(const struct ipc_audit *, const uint8_t *,
	    const void *, size_t);
int	 sqlite_audit_size(uint64_t *);
int	 sqlite_audit_bytes(uint64_t *);
int	 sqlite_audit_leaves(uint64_t, uint8_t (*)[ASMP_HASHLEN], uint32_t *);
int	 sqlite_audit_macs(uint64_t, uint8_t (*)[ASMP_HASHLEN], uint32_t *);
int	 sqlite_put_tile(enum tree_kind, unsigned int, uint64_t, const void *);
int	 sqlite_has_tile(enum tree_kind, unsigned int, uint64_t);
int	 sqlite_tile(enum tree_kind, unsigned int, uint64_t, void *);
int	 sqlite_put_checkpoint(enum tree_kind, uint64_t, const char *);

/* sqlite_record.c */
extern const struct sqlite_set	 sqlite_record;
int	 sqlite_count(const struct ipc_audit *);
int	 sqlite_keys(struct page *, key_taker, void *);
int	 sqlite_activity(uint32_t, struct ctl_activity *);
int	 sqlite_statistics(struct ctl_statistics *, char *, size_t);
int	 sqlite_about(const char *, struct ctl_database *, char *, size_t);

#endif /* SQLITE_H */
