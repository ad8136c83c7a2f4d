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

/* Evidence made up, without a gateway: what the tests and tools share. */

#ifndef EVSAMPLE_H
#define EVSAMPLE_H

#include "asmp_proto.h"

#define EVSAMPLE_LEAVES	300		/* of the largest log */

/* What to make evidence of. */
struct evsample {
	const struct ident	*device;
	const struct ident	*log;		/* the gateway's, of its log */
	const char		*gateway;
	const char		*id;
	const char		*text;		/* JSON */
	uint64_t		 message;	/* its id */
	uint64_t		 time;
	uint64_t		 received;
	uint16_t		 count;		/* frames in the seal */
	uint16_t		 place;
	uint64_t		 index;
	uint64_t		 size;		/* of the log */
	int			 compressed;
};

/* A log of such leaves; the one at index is another's. */
struct evlog {
	uint64_t	 size;
	uint8_t		 leaf[EVSAMPLE_LEAVES][ASMP_HASHLEN];
};

void	 evlog_fill(struct evlog *, uint64_t);
int	 evlog_get(void *, unsigned int, uint64_t, uint8_t *);
void	 evlog_checkpoint(const struct evlog *, uint64_t,
	    struct checkpoint *);
void	 evsample_seal(struct evidence *, const struct evsample *);
void	 evsample_log(struct evidence *, const struct evsample *);
void	 evsample_make(struct evidence *, const struct evsample *);

#endif /* EVSAMPLE_H */
