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
 * The shim: a library that is loaded into asmpd before all others, with
 * LD_PRELOAD, and makes the file system or the memory of one of its processes
 * fail when a test says so.  The test and the shim share a file, which is
 * named by CRASH_SHIM and mapped before the process is shut in, and which
 * shimctl writes and shows.
 */

#ifndef SHIM_H
#define SHIM_H

#include <stdatomic.h>
#include <stdint.h>

#define SHIM_ENV	"CRASH_SHIM"
#define SHIM_SECTOR	512

/* What is counted, and fails; a mask. */
#define SHIM_WRITE	0x1	/* to the database, its WAL and its index */
#define SHIM_SYNC	0x2	/* of one of them */
#define SHIM_TRUNCATE	0x4
#define SHIM_ALLOC	0x8	/* of memory */
#define SHIM_READ	0x10

enum shim_how {
	SHIM_COUNT,		/* it does not fail */
	SHIM_ERROR,		/* with the error below */
	SHIM_HALF,		/* the same, after half of it was written */
	SHIM_TEAR,		/* half is written, and the process dies */
	SHIM_POWER,		/* it dies, and of what was not synced, some
				   sectors are as before */
	SHIM_LOSE		/* as SHIM_ERROR, and what a sync that failed
				   was to keep is gone after a power cut, even
				   if another sync comes before that */
};

struct shim {
	uint32_t		 role;		/* letter of a child, or 'p' */
	uint32_t		 what;
	uint32_t		 how;
	uint32_t		 error;		/* errno */
	uint64_t		 at;		/* the first to fail, from 1 */
	uint64_t		 times;		/* how many; 0: for ever */
	uint64_t		 seed;		/* for what is left to chance */
	_Atomic uint64_t	 count;		/* of what, so far */
	_Atomic uint64_t	 fired;		/* that failed */
	_Atomic uint64_t	 undone;	/* sectors, after a power cut */
};

/* shim.c */
struct shim	*shim_here(void);
int		 shim_due(uint32_t);
uint64_t	 shim_random(void);
void		 shim_die(void) __attribute__((__noreturn__));

#endif /* SHIM_H */
