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
 * The outbox inside: its directory, the segments in it, and the queue that
 * they are; each knows those before it, and none behind.
 */

#ifndef OUTBOX_LOCAL_H
#define OUTBOX_LOCAL_H

#include <sys/types.h>
#include <sys/queue.h>

#include "outbox.h"

#define ERRORMAX	512
#define WRITEMAX	(2 * ENTRY_MAX)	/* gathered for one write */
#define SEGMENT_MAX	(1024 * 1024)	/* bytes, but for some at its end */

struct outbox_dir {
	char	*path;		/* for messages alone */
	char	 error[ERRORMAX];
	int	 fd;
	int	 lock;
	int	 newnames;	/* fd is to be synced */
};

struct segment {
	TAILQ_ENTRY(segment)	 entry;
	uint64_t		 first;
	size_t			 size;	/* bytes, all of whole entries */
};
TAILQ_HEAD(segment_list, segment);

struct segments {
	struct outbox_dir	*dir;
	struct segment_list	 list;		/* by number */
	uint64_t		 total;		/* bytes in all of them */
	size_t			 max;		/* of one, in bytes */
	int			 out;		/* the last one, or -1 */
	uint64_t		 next;		/* number of the next put */
	uint64_t		 written;	/* those before it are, */
	uint64_t		 durable;	/* and those durable */

	/* Not yet written. */
	uint8_t			 buf[WRITEMAX];
	size_t			 buflen;

	/* Where reading is. */
	struct segment		*reading;	/* in mem, or NULL */
	uint8_t			*mem;
	size_t			 memsize;
	size_t			 memlen;
	size_t			 pos;
	size_t			 step;		/* length of what is at pos */
	uint64_t		 lowest;	/* number that is due there */
	int			 bad;		/* damage was stepped over */

	uint64_t		 cut;		/* bytes of a torn tail */
	uint64_t		 hole;		/* what nobody has ... */
	uint64_t		 holelen;	/* ... because of it */
};

/* outbox_dir.c */
int		 dir_failed(struct outbox_dir *, const char *, ...)
		    __attribute__((__format__ (printf, 2, 3)));
int		 dir_open(struct outbox_dir *);
void		 dir_close(struct outbox_dir *);
int		 dir_sync(struct outbox_dir *);
int		 dir_scan(struct outbox_dir *, int (*)(void *, uint64_t,
		    size_t), void *);
int		 dir_segment(struct outbox_dir *, uint64_t, int);
int		 dir_remove(struct outbox_dir *, uint64_t);
int		 dir_load(struct outbox_dir *, struct outbox_state *);
int		 dir_save(struct outbox_dir *, const struct outbox_state *);
int		 write_at(int, const uint8_t *, size_t, size_t);
ssize_t		 read_at(int, uint8_t *, size_t, size_t);

/* outbox_segment.c */
void		 segments_init(struct segments *, struct outbox_dir *, size_t);
int		 segments_scan(struct segments *);
void		 segments_free(struct segments *);
int		 segments_resume(struct segments *, uint64_t, uint64_t);
uint64_t	 segments_first(const struct segments *);
int		 segments_due(const struct segments *, size_t);
int		 segments_put(struct segments *, struct entry *);
int		 segments_flush(struct segments *);
int		 segments_gathered(const struct segments *, struct entry *);
void		 segments_forget(struct segments *);
int		 segments_begin(struct segments *, uint64_t);
int		 segments_sync(struct segments *);
int		 segments_release(struct segments *, uint64_t);
int		 segments_clear(struct segments *);
void		 segments_rewind(struct segments *);
int		 segments_peek(struct segments *, uint64_t, struct entry *);
void		 segments_step(struct segments *);

#endif /* OUTBOX_LOCAL_H */
