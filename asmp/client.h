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


/* asmp(1): a device that sends readings from its arguments or its input. */

#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "asmp.h"
#include "asmp_proto.h"

/* Exit statuses, as asmp(1) has them. */
enum {
	EXIT_ACKED = 0,		/* all readings were acknowledged */
	EXIT_LOCAL = 1,		/* usage, files, memory */
	EXIT_LOST = 2,		/* no connection, or lost */
	EXIT_GATEWAY = 3,	/* not the pinned gateway */
	EXIT_IDENTITY = 4,	/* this identity was refused */
	EXIT_READING = 5,	/* a reading was refused */
	EXIT_PROTOCOL = 6	/* the peer broke the protocol */
};

/* One more than the longest reading there can be, for its newline. */
#define LINEMAX		(ASMP_PAYLOAD_MAX - ASMP_READING_HDR - ASMP_TAGLEN)
#define INPUTMAX	(LINEMAX + 1)

enum input_state {
	INPUT_READING,		/* one is at hand */
	INPUT_TOOLONG,		/* one beyond LINEMAX was dropped */
	INPUT_MORE,		/* input_fill() first */
	INPUT_END
};

/* Where readings come from: arguments, or lines of standard input. */
struct input {
	char		**args;		/* NULL: standard input */
	const char	*unit;		/* what messages call a reading */
	int		 eof;
	int		 dropping;	/* inside a line that is too long */
	uint64_t	 number;	/* of the reading at hand, from 1 */
	const char	*json;
	size_t		 len;
	size_t		 pos;		/* first byte not yet taken */
	size_t		 end;
	char		 buf[INPUTMAX];
};

/* input.c */
void			 input_init(struct input *, char **);
enum input_state	 input_next(struct input *);
int			 input_fill(struct input *);
void			 input_stop(struct input *);

/* Readings sent and not yet decided, of which the line is remembered. */
#define INFLIGHT	16384

struct client {
	struct asmp	*a;
	const char	*host;
	int		 noclock;
	int		 quiet;
	int		 raw;		/* leave checking to the gateway */
	int		 verbose;
	int		 timeout;	/* ms without any progress */
	struct input	 in;
	int		 pending;	/* the reading at hand is not sent */
	int		 ended;		/* there are no more */
	int		 unsealed;
	uint64_t	 firstid;	/* last id before our first */
	uint64_t	 nrefused;
	uint64_t	 seen;		/* asmp_acked() at last progress */
	int64_t		 progress;	/* when that was, ms */
	int64_t		 started;
	int64_t		 shown;		/* progress line; 0: none yet */
	uint64_t	 number[INFLIGHT];	/* by id */
};

/* feed.c */
int	 client_run(struct client *, const char *, const char *);

#endif /* CLIENT_H */
