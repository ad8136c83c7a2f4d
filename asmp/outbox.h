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
 * The outbox of asmp(1): readings in files of a directory, from when they
 * are taken until the gateway has decided them.
 */

#ifndef OUTBOX_H
#define OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "asmp_proto.h"

/*
 * A segment is a file of entries, named in hexadecimal for the number of its
 * first.  An entry: CRC-32 of the rest u32, bytes of JSON u32, number u64,
 * time u64, line u64, JSON.  Numbers begin with 1 and rise by 1; an entry
 * without JSON stands for its number and all before it that are missing.
 */
#define NUMBER_MAX	INT64_MAX	/* never reached; sums do not wrap */
#define ENTRY_HDR	32
#define ENTRY_JSONMAX	(ASMP_PAYLOAD_MAX - ASMP_READING_HDR - ASMP_TAGLEN)
#define ENTRY_MAX	(ENTRY_HDR + ENTRY_JSONMAX)

struct entry {
	uint64_t	 seq;
	uint64_t	 time;		/* ms after 1970; 0: no clock */
	uint64_t	 line;		/* of that run's input, from 1 */
	const char	*json;		/* not ended by a NUL */
	size_t		 len;
};

/*
 * The file "state": magic, head u64, sent u64, seq u64, id u64, s(device),
 * s(gateway), CRC-32 of all that.  Entry seq has message id id, the next one
 * the next id, and so on; an id of 0: there was no session yet.
 */
#define STATE_MAX	(8 + 4 * 8 + 2 * (1 + ASMP_IDMAX) + 4)

struct outbox_state {
	uint64_t	 head;		/* those before it were decided */
	uint64_t	 sent;		/* it and those behind never were */
	uint64_t	 seq;
	uint64_t	 id;
	char		 device[ASMP_IDMAX + 1];
	char		 gateway[ASMP_IDMAX + 1];
};

#define OUTBOX_MIN	(1024 * 1024)	/* least limit, bytes */
#define OUTBOX_FULL	1		/* neither done nor failed */

/* What the gateway's last id has told about readings sent before. */
struct outbox_news {
	uint64_t	 decided;	/* so many more are */
	uint64_t	 forgotten;	/* decided once, and no longer */
	uint64_t	 foreign;	/* ids were used that are not ours */
	uint64_t	 doubted;	/* sent before, and now again */
};

struct outbox;

/* outbox_file.c */
size_t		 entry_put(uint8_t *, const struct entry *);
size_t		 entry_get(struct entry *, const uint8_t *, size_t);
size_t		 entry_find(struct entry *, const uint8_t *, size_t, size_t,
		    uint64_t);
size_t		 state_put(uint8_t *, const struct outbox_state *);
int		 state_get(struct outbox_state *, const uint8_t *, size_t);
int		 state_older(const uint8_t *, size_t);
void		 segment_name(char *, uint64_t);
uint64_t	 segment_first(const char *);

#define SEGMENT_NAMELEN	16	/* without NUL */

/* outbox.c */
struct outbox	*outbox_open(const char *, const char *, const char *,
		    uint64_t, char *, size_t);
void		 outbox_free(struct outbox *);
int		 outbox_close(struct outbox *);
const char	*outbox_error(const struct outbox *);
uint64_t	 outbox_cut(const struct outbox *);
uint64_t	 outbox_damaged(const struct outbox *);
uint64_t	 outbox_waiting(const struct outbox *);
uint64_t	 outbox_unwritten(const struct outbox *);
int		 outbox_put(struct outbox *, uint64_t, uint64_t, const char *,
		    size_t);
int		 outbox_sync(struct outbox *);
int		 outbox_begin(struct outbox *, uint64_t, struct outbox_news *);
int		 outbox_next(struct outbox *, struct entry *);
void		 outbox_sent(struct outbox *);
void		 outbox_drop(struct outbox *);
uint64_t	 outbox_id(const struct outbox *);
int		 outbox_own(const struct outbox *, const struct entry *);
int		 outbox_acked(struct outbox *, uint64_t);
int		 outbox_rest(struct outbox *);

#endif /* OUTBOX_H */
