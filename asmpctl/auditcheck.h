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

/* Whether an audit log is the one that was signed, and if not, where. */

#ifndef AUDITCHECK_H
#define AUDITCHECK_H

#include <stddef.h>
#include <stdint.h>

#include "asmp_proto.h"
#include "ctl.h"

#define VERDICT_MAX	256

enum verdict {
	VERDICT_WHOLE,
	VERDICT_EDITED,
	VERDICT_MISFILED,	/* it says something else than finds it */
	VERDICT_DELETED,
	VERDICT_CUT,		/* the end is missing */
	VERDICT_REWRITTEN	/* with its hashes: between two checkpoints */
};

/* The first size records had this root when that was signed. */
struct mark {
	uint64_t	 size;
	uint8_t		 root[ASMP_HASHLEN];
};

struct auditcheck {
	struct merkle	 tree;		/* over the records as they are */
	struct mark	 word;		/* the parent's, and the last */
	int		 kept;		/* the records are what it says */
	struct mark	*marks;		/* of the store, by size */
	size_t		 nmarks;
	size_t		 mark;		/* the one that comes next */
	uint64_t	 good;		/* signed so far, and so found */
	uint64_t	 odd;		/* a record that is not its hash .. */
	int		 isodd;		/* .. if there is one */
	uint8_t		 oddleaf[ASMP_HASHLEN];
	uint64_t	 misfiled;	/* a record not found by what it .. */
	int		 ismisfiled;	/* .. says, if there is one */
	enum verdict	 verdict;
	uint64_t	 first;		/* bad record */
	uint64_t	 last;		/* and the last that is as bad */
};

void		 auditcheck_init(struct auditcheck *, uint64_t,
		    const uint8_t *);
void		 auditcheck_free(struct auditcheck *);
int		 auditcheck_mark(struct auditcheck *, uint64_t,
		    const uint8_t *);
void		 auditcheck_record(struct auditcheck *,
		    const struct ctl_audit *, const char *);
int		 auditcheck_filed(const struct ctl_audit *, const char *);
enum verdict	 auditcheck_end(struct auditcheck *);
const char	*auditcheck_text(const struct auditcheck *, char *, size_t);
const char	*verdict_name(enum verdict);

#endif /* AUDITCHECK_H */
