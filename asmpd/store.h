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

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "compat.h"
#include "ctl.h"
#include "hotpipe.h"
#include "ipc.h"

#define REFUSED_MAX	8	/* of one session in one commit; it ends at 1 */
#define DECIDED_ROOM	(3 * 1024 * 1024)	/* what one transaction says */
#define RETRY_SECONDS	1	/* between attempts while the disk refuses */

/* The parent's leave to take readings of a device from a connection. */
struct lease {
	RB_ENTRY(lease)		 tree;
	TAILQ_ENTRY(lease)	 touched;	/* in this transaction */
	uint64_t		 conn;
	uint64_t		 lastid;	/* committed */
	uint64_t		 newid;		/* in this transaction */
	uint64_t		 lasttime;	/* of its last reading, ms */
	uint32_t		 device;
	uint32_t		 accepted;	/* in this transaction */
	uint32_t		 blocked;	/* the same */
	uint32_t		 nrefused;
	struct sv_refused	 refused[REFUSED_MAX];
	uint8_t			 istouched;
	uint8_t			 releasing;
};

/* What the store knows about one device. */
struct device_figures {
	uint64_t	 lastid;
	uint64_t	 lasttime;	/* of the last reading, ms since 1970 */
	uint64_t	 accepted;
	uint64_t	 blocked;
};

/* store.c */
extern struct hotpipe	 store_verify;
extern uint64_t		 store_counter[CTL_NCOUNTERS];

/* store_db.c: the engine; each returns 0, or -1 with db_error() */
int		 db_open(const char *, const char *);
void		 db_close(void);
const char	*db_error(void);
int		 db_begin(void);
int		 db_commit(void);
void		 db_rollback(void);
int		 db_rows(uint32_t, struct ipc_row *, uint32_t *);
int		 db_put_row(const struct ipc_row *);
int		 db_figures(uint32_t, struct device_figures *);
int		 db_model(uint32_t, uint8_t *, size_t *);
int		 db_put_model(uint32_t, const void *, size_t);
int		 db_put_reading(const struct vs_reading *, const void *);
int		 db_put_blocked(const struct vs_reading *, const void *);
int		 db_add_figures(uint32_t, const struct device_figures *);

/* store_registry.c */
void	 registry_rows_get(const struct ipc_after *);
void	 registry_row_put(const struct ipc_row *);
void	 registry_rows_commit(const struct ipc_job *);

/* store_reading.c */
void	 lease_grant(const struct ipc_lease *);
void	 readings_init(void);
void	 readings_take(struct hotpipe *);

#endif /* STORE_H */
