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

/* The store: what its files share. */

#ifndef STORE_H
#define STORE_H

#include <stdint.h>

#include "compat.h"
#include "ctl.h"
#include "engine.h"
#include "hotpipe.h"
#include "ipc.h"

/*
 * The store's limits.  Devices wait while it does anything else: whatever is
 * long is done in pieces, and what may wait for a better time does.
 */
#define REFUSED_MAX	8	/* of one session in one commit; it ends at 1 */
#define CHANGES_SPARE	1024	/* kept for the next transaction: 200 KB */
#define DECIDED_ROOM	(3 * 1024 * 1024)	/* what one transaction says */
#define OTHERS_MS	60000	/* for so long others count as there */
#define RETRY_SECONDS	1	/* between attempts while the disk refuses */
#define LATE_SECONDS	1	/* what "acknowledge received" may lose */
#define COMMIT_US	4000	/* between commits, when they are many */
#define COMMIT_NEAR	500	/* us before: libevent counts in ms */
#define SIGN_SECONDS	1	/* many seals share a checkpoint, which is a
				   signature and a sync of the anchor */
#define STRETCH_MAX	(1024 * 1024)	/* lost hashes, some seconds' work:
					   more is another log */
#define KEEP_SOON_MS	20	/* while there is more to remove, beside
				   which readings have their turns */
#define KEEP_LATER_MS	5000	/* a limit may be exceeded so long */
#define KEEP_EPISODE_MS	3600000	/* without it, a shortage is a new one */
#define PENDING_MIN	(16 * 1024)	/* bytes: most changes are small */
#define PENDING_SLICE	2048	/* rows written before others' turn: a list
				   may have a million */
#define READERS_MAX	16	/* answers under way, each with a descriptor
				   and a page in memory */
#define READER_ROWS	64	/* in the queue of one .. */
#define READER_BYTES	(64 * 1024)	/* .. but for the last one, bytes */
#define READER_WAIT	60	/* seconds until it has taken something: a
				   pager, or somebody who is gone */

/* The most that the messages of one seal can be, from VS_SEAL to VS_SEALED. */
#define SEALED_BYTES	(ASMP_SEAL_BYTES * (EXPAND_RATIO + 1) + \
			    ASMP_SEAL_FRAMES * (EXPAND_EXTRA + 256) + \
			    SEAL_RECORD_MAX + 1024)
#define STORE_IN	(2 * 1024 * 1024)	/* such a seal finds room */
_Static_assert(SEALED_BYTES + CHAN_MSGMAX <= STORE_IN, "a seal is whole");

/* A verifier, and what is taken of its messages in a transaction. */
struct verifier {
	struct hotpipe		 pipe;
	size_t			 mark;		/* from here */
	size_t			 end;		/* to here */
};

/* What can wait for the database. */
enum stall {
	STALL_READINGS,
	STALL_AUDIT,
	STALL_KEEP,		/* housekeeping */
	STALL_N
};

/* store.c */
extern uint64_t		 store_counter[CTL_NCOUNTERS];
extern const struct engine *engine;

/* store_registry.c */
void	 registry_rows_get(const struct ipc_after *);
void	 registry_row_put(const struct ipc_row *);
void	 registry_rows_commit(const struct ipc_job *);
int	 registry_writing(void);

/* store_reading.c */
void	 lease_grant(const struct ipc_lease *);
void	 readings_init(void);
int	 reading_message(struct hotpipe *, const struct chan_msg *);
int	 readings_figures(void);
uint64_t readings_settle(int);

/* store_take.c */
void	 verifiers_init(uint32_t);
void	 verifier_channel(enum ctl_process, int);
struct verifier *store_verifier(uint64_t);
uint64_t verifiers_queued(void);
void	 readings_conf(const struct ipc_conf *);
int	 readings_sync(void);
void	 readings_turn(void);

/* store_stall.c */
int	 stalled(enum stall);
void	 stall(enum stall);
void	 stall_over(enum stall);

/* store_log.c */
int	 log_append(enum tree_kind, const uint8_t *);
uint64_t log_size(enum tree_kind);
void	 log_mark(enum tree_kind);
void	 log_undo(enum tree_kind);
int	 log_node(void *, unsigned int, uint64_t, uint8_t *);
int	 log_root(enum tree_kind, uint64_t, uint8_t *);
int	 log_load(enum tree_kind, uint64_t, int (*)(uint64_t,
	    uint8_t (*)[ASMP_HASHLEN], uint32_t *));
int	 log_stretch(enum tree_kind, uint64_t);

/* store_seals.c */
void	 seals_ask(void);
void	 seals_later(void);
void	 seals_start(uint64_t);
void	 seals_signed(uint64_t);

/* store_keep.c */
void	 keep_init(void);
void	 keep_conf(const struct ipc_conf *);

/* store_query.c */
void	 query_open(const struct ipc_query *, int);
int	 queries_ready(void);
void	 queries_turn(void);

/* store_record.c */
typedef int (*row_putter)(void *, uint32_t, const void *, size_t,
    const void *, size_t);

void	 record_init(const char *);
int	 record_page(const struct ipc_query *, struct page *, row_putter,
	    void *);

/* store_audit.c */
void	 audit_init(void);
void	 audit_get(const struct ipc_log_get *);
void	 audit_start(const struct ipc_log_start *);
void	 audit_take(const struct ipc_audit *, const void *, size_t);
int	 audit_put(void);
void	 audit_settle(int);
void	 audit_flush(void);
void	 checkpoint_take(const struct ipc_checkpoint *, const char *);

#endif /* STORE_H */
