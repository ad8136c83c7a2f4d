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
 * What keeps what must last.  The store speaks to one engine, and nothing
 * outside an engine's files knows how it does it.  A transaction is begun,
 * filled and committed; outside of one only questions are asked.
 *
 * Each function that can fail returns 0, or -1 with error() saying why.
 */

#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "ipc.h"

#define TILE_HASHES	256	/* of one level of a log, in one piece */
#define TILE_BYTES	(TILE_HASHES * ASMP_HASHLEN)

/* What is known about one device. */
struct device_figures {
	uint64_t	 lastid;
	uint64_t	 lasttime;	/* of the last reading, ms since 1970 */
	uint64_t	 accepted;
	uint64_t	 blocked;
};

/* A seal, as it came from verify. */
struct stored_seal {
	uint32_t	 recordlen;
	uint32_t	 keylen;
	uint32_t	 count;		/* of leaves */
	uint8_t		 record[SEAL_RECORD_MAX];
	uint8_t		 key[ASMP_PUBMAX];
	struct vs_leaf	 leaf[ASMP_SEAL_FRAMES];
};

/* What is asked for, and how far it was looked at. */
struct page {
	uint64_t	 cursor;	/* of the last one seen, or 0 */
	uint64_t	 since;		/* ms since 1970 */
	uint64_t	 until;		/* the same; not itself; 0: no end */
	uint64_t	 id;		/* of the message, or 0 */
	uint32_t	 device;	/* its number, or 0 */
	int		 newest;	/* first */
	char		 type[CTL_TYPEMAX];		/* or "" */
	int		 event;		/* enum audit_type, or -1 */
	char		 gateway[ASMP_IDMAX + 1];	/* the same */
};

/*
 * Is given a reading, its position and its text, for as long as it runs;
 * says whether it wants no more for now.
 */
typedef int (*reading_taker)(void *, uint64_t, const struct vs_reading *,
    const void *);

/* The same for an audit record: what is kept beside it, and its text. */
typedef int (*audit_taker)(void *, const struct ctl_audit *, const void *);

/* And for a checkpoint: its size and note. */
typedef int (*mark_taker)(void *, uint64_t, const char *);

/* And for one reading: the index of its seal, from 1, or 0, and its record. */
typedef void (*sealed_taker)(void *, uint64_t, const struct vs_reading *,
    const void *, const void *);

/* And for a device's key, which is keylen bytes and stands beside. */
typedef int (*key_taker)(void *, struct ctl_devkey *, const void *);

struct engine {
	/* Opens the database at a path, making it; its name, for messages. */
	int		 (*open)(const char *, const char *);
	void		 (*close)(void);
	const char	*(*error)(void);

	/*
	 * After commit() a power cut takes nothing, unless begin() was told 0:
	 * then not before sync() either, but never a part of a transaction,
	 * nor one without those before it.  rollback() keeps error().
	 */
	int		 (*begin)(int);
	/* Whether one is open: no error has ended it. */
	int		 (*begun)(void);
	int		 (*commit)(void);
	int		 (*sync)(void);
	void		 (*rollback)(void);

	/* Up to *n registry rows with numbers above this, in order. */
	int		 (*rows)(uint32_t, struct ipc_row *, uint32_t *);
	/* Adds a row, or changes what may change of the one of its number. */
	int		 (*put_row)(const struct ipc_row *);

	/* The id of a device, ASMP_IDMAX + 1 bytes; "" if there is none. */
	int		 (*device_id)(uint32_t, char *);
	/* Of a device, by its number; zeros where nothing is known. */
	int		 (*figures)(uint32_t, struct device_figures *);
	/* Sets last id and time, adds to the counts. */
	int		 (*add_figures)(uint32_t,
			    const struct device_figures *);
	/* A model of at most IPC_MODELMAX bytes, and its length. */
	int		 (*model)(uint32_t, uint8_t *, size_t *);
	int		 (*put_model)(uint32_t, const void *, size_t);

	/* An audit record, its leaf's hash and its text. */
	int		 (*put_audit)(const struct ipc_audit *, const uint8_t *,
			    const void *, size_t);
	/* That a device was let in, when and by which gateway, and a secret. */
	int		 (*put_auth)(const struct ipc_audit *, const void *);
	/* How many there are: the highest index and one. */
	int		 (*audit_size)(uint64_t *);
	/* About what it takes of the disk. */
	int		 (*audit_bytes)(uint64_t *);
	/* Up to *n leaves from this index on; zeros where one is missing. */
	int		 (*audit_leaves)(uint64_t, uint8_t (*)[ASMP_HASHLEN],
			    uint32_t *);
	/* The same of the parent's MACs of them. */
	int		 (*audit_macs)(uint64_t, uint8_t (*)[ASMP_HASHLEN],
			    uint32_t *);
	/*
	 * A tile of a log: TILE_BYTES.  One that is to be put and is there, or
	 * to be read and is not, is an error.
	 */
	int		 (*put_tile)(enum tree_kind, unsigned int, uint64_t,
			    const void *);
	int		 (*has_tile)(enum tree_kind, unsigned int, uint64_t);
	int		 (*tile)(enum tree_kind, unsigned int, uint64_t,
			    void *);
	int		 (*put_checkpoint)(enum tree_kind, uint64_t,
			    const char *);
	/* As readings() below; of a device, by its id, or "" for all. */
	int		 (*audit)(struct page *, const char *, audit_taker,
			    void *);
	int		 (*marks)(struct page *, mark_taker, void *);

	/* A seal by its index in the log: hash, record, key, leaves. */
	int		 (*put_seal)(uint64_t, const struct vs_seal *,
			    const uint8_t *, const void *);
	int		 (*seal)(uint64_t, struct stored_seal *);
	/* How many there ever were: the highest index and one. */
	int		 (*seals_size)(uint64_t *);
	/* Up to *n leaves of the log of readings from this index on. */
	int		 (*seals_leaves)(uint64_t, uint8_t (*)[ASMP_HASHLEN],
			    uint32_t *);

	/*
	 * A reading with its text, and its record if that is another; a
	 * blocked one may hold anything.  Its seal's index, from 1, or 0.
	 */
	int		 (*put_reading)(const struct vs_reading *, const void *,
			    uint64_t);
	int		 (*put_blocked)(const struct vs_reading *, const void *,
			    uint64_t);
	/*
	 * A part of what a page asks for, in the order of positions; it moves
	 * the cursor and does no more than a few milliseconds' work, so it may
	 * give nothing.  1 if there may be more, 0 at the end, or -1.
	 */
	int		 (*readings)(struct page *, reading_taker, void *);
	/* The reading, accepted or blocked, at a position that was given. */
	int		 (*sealed)(uint64_t, int, sealed_taker, void *);
	int		 (*blocked)(struct page *, reading_taker, void *);
	/* The same for keys, by the numbers of their devices. */
	int		 (*keys)(struct page *, key_taker, void *);

	/* What is counted of a device, by its number. */
	int		 (*activity)(uint32_t, struct ctl_activity *);
	/* Events, gateways and as many of their names as there is room for. */
	int		 (*statistics)(struct ctl_statistics *, char *, size_t);
	/* What it is and where, from its path, and whether it can be read. */
	int		 (*about)(const char *, struct ctl_database *, char *,
			    size_t);

	/*
	 * Removes some of the oldest that came before a time, ms since 1970,
	 * but never the newest one; how many, in *n.  Positions go on.
	 */
	int		 (*drop_readings)(uint64_t, uint64_t *n);
	int		 (*drop_blocked)(uint64_t, uint64_t *n);
	/*
	 * Removes some seals that no reading and no blocked one refers to any
	 * more; how many, in *n.  1 if there may be more, 0, or -1.
	 */
	int		 (*drop_seals)(uint64_t *n);
	/* What is in use of the disk, less what was and can be used again. */
	int		 (*bytes)(uint64_t *);
	/* Some of what an older asmpd left undone: 1 if there is more, or 0. */
	int		 (*catch_up)(void);
};

extern const struct engine	 engine_sqlite;

#endif /* ENGINE_H */
