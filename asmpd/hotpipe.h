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

/* A channel with its event: one of the two direct ones of the hot path. */

#ifndef HOTPIPE_H
#define HOTPIPE_H

#include <event.h>

#include "chan.h"

#define HOTPIPE_IN	(1024 * 1024)		/* one read's worth */
#define HOTPIPE_OUT	(8 * 1024 * 1024)	/* cap on what may queue */
#define HOTPIPE_LOW	(512 * 1024)		/* below this, go on */

struct hotpipe {
	struct chan	 chan;
	struct event	 ev;
	short		 events;	/* what ev waits for */
	int		 held;		/* do not read for now */
	int		 ended;		/* the peer has closed */
	uint64_t	 deaf;		/* since when (mono_ms()), if held */
	uint64_t	 missed;	/* ms for which it was held before */
	const char	*peer;
	void		(*work)(struct hotpipe *);
};

/* hotpipe.c */
void	 hotpipe_init(struct hotpipe *, int, const char *, size_t,
	    void (*)(struct hotpipe *));
int	 hotpipe_read(struct hotpipe *);
void	 hotpipe_flush(struct hotpipe *);
void	 hotpipe_hold(struct hotpipe *, int);
uint64_t	 hotpipe_clock(const struct hotpipe *);
int	 hotpipe_next(struct hotpipe *, struct chan_msg *);
void	 hotpipe_get(const struct hotpipe *, const struct chan_msg *, void *,
	    size_t);
int	 hotpipe_full(const struct hotpipe *, size_t);
void	 hotpipe_send(struct hotpipe *, uint16_t, uint64_t, const void *,
	    size_t);

#endif /* HOTPIPE_H */
