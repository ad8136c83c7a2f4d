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
 * Changes to the registry, one at a time: what job.c and those who have some
 * to make share.
 */

#ifndef JOB_H
#define JOB_H

#include <sys/queue.h>

#include <stdint.h>

#include "asmpd.h"

enum job_step {
	JOB_SEND,		/* its rows go to the store */
	JOB_MORE,		/* it goes on in its next turn */
	JOB_OVER		/* whoever asked has the answer */
};

struct job;

/* What is special about a kind of change; called while the job is the first. */
struct job_kind {
	/* Against what is in memory; NULL: there is nothing to check. */
	enum job_step	(*check)(struct job *);
	/* The next of n rows, at a time in ms; NULL: the one in row. */
	void		(*fill)(struct job *, uint64_t, struct ipc_row *);
	/* All is on the disk, and the one in row in memory; not JOB_SEND. */
	enum job_step	(*done)(struct job *);
	/* It is not, for this reason; NULL: the client hears it. */
	void		(*failed)(struct job *, const char *);
	/* It was refused for what it is; NULL: the client hears why. */
	void		(*refused)(struct job *);
};

struct job {
	TAILQ_ENTRY(job)	 entry;
	const struct job_kind	*kind;
	uint32_t		 number;
	uint32_t		 client;	/* who hears of it, or 0 */
	uint64_t		 conn;		/* whose device waits, or 0 */
	int			 behind;	/* operators come first */
	uint32_t		 n;		/* rows to write */
	uint32_t		 sent;		/* of n, to the store */
	int			 stored;	/* all of them */
	uint32_t		 pause;		/* ms until its next turn */

	/* A change to a device. */
	char			 id[ASMP_IDMAX + 1];	/* whom, as asked */
	struct device		*dev;
	struct ipc_row		*row;		/* what it is to be, or NULL */

	struct newlist		*list;		/* enrol.c: n devices */
	struct newcomer		*at;		/* the next to look at */
	uint32_t		 newnumber;	/* it will have, or 0 */
	uint8_t			 next[ASMP_HASHLEN];	/* registry's */

	enum ctl_state		 state;		/* access.c: to be */
	struct device		*barred;	/* until its turn, or NULL */
	uint32_t		 sessions;	/* that ended by that */
	uint64_t		 expires;	/* ms since 1970, or 0 */

	struct ipc_row		*key;		/* newkey.c: the new one */
	uint32_t		 serial;	/* of the key that asks */
	uint32_t		 overlap;	/* seconds for the old one */
	int			 given;		/* and they were asked for */

	int			 lapsed;	/* life.c: LAPSED_* */
};

/* job.c */
struct job	*job_new(const struct job_kind *, uint32_t, const char *);
void		 job_queue(struct job *);
struct job	*job_waiting(const struct job_kind *, const struct device *);
enum job_step	 job_refuse(struct job *, enum ctl_code, const char *);
struct device	*job_device(struct job *);
struct ipc_row	*job_change(struct job *, struct device *);
enum job_step	 job_changed(struct job *);
enum job_step	 job_announce(struct job *, const uint8_t *);

#endif /* JOB_H */
