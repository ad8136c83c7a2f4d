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


/* A device that does one thing after another, and shows what comes back. */

#ifndef SAY_H
#define SAY_H

#include <sys/queue.h>

#include <stdarg.h>

#include "asmp_local.h"
#include "tools.h"

#define FRAME_MAX	(ASMP_HDRLEN + ASMP_PAYLOAD_MAX)
#define WAIT_MS		10000	/* for what is expected of the gateway */

/* A line that was shown and nobody has waited for yet. */
struct line {
	STAILQ_ENTRY(line)	 entry;
	char			 text[];
};
STAILQ_HEAD(lines, line);

struct say {
	struct asmp	*a;
	const char	*where;		/* host:port of the gateway */
	int		 fd;
	struct ticket	 ticket;	/* the last */
	struct ticket	 old;		/* the one before */
	struct asmp_hskeys hs;		/* of the handshake, kept */
	uint64_t	 acked;		/* last shown */
	uint32_t	 epoch;
	int		 over;		/* the end was shown */
	int		 held;		/* nothing is written */
	int		 rotating;	/* and not answered */
	uint8_t		 in[FRAME_MAX];
	size_t		 inlen;
	struct lines	 lines;
};

/* say.c */
void	 show(struct say *, const char *, ...)
	    __attribute__((__format__ (printf, 2, 3)));

/* say_wire.c */
void	 wire_open(struct say *, const struct ticket *);
int	 wire_read(struct say *);
void	 wire_flush(struct say *);
void	 wire_lose(struct say *);

#endif /* SAY_H */
