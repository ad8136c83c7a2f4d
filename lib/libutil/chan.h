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
 * A channel: many small messages over a stream socket with one system call
 * for many of them and no allocation for any.  The hot paths net-verify and
 * verify-store use it; everything rare uses imsg.
 */

#ifndef CHAN_H
#define CHAN_H

#include <stddef.h>
#include <stdint.h>

struct chan_hdr {
	uint32_t	 len;		/* header and payload, bytes */
	uint16_t	 type;		/* never 0 */
	uint16_t	 spare;		/* 0 */
	uint64_t	 id;		/* connection the message is about */
};

#define CHAN_HDRLEN	sizeof(struct chan_hdr)

struct chan_buf {
	uint8_t		*data;
	size_t		 size;
	size_t		 rpos;		/* first byte not yet consumed */
	size_t		 wpos;		/* first free byte */
};

struct chan {
	struct chan_buf	 in;
	struct chan_buf	 out;
	size_t		 maxmsg;	/* largest message, with header */
	size_t		 outmax;	/* cap on bytes queued to the peer */
	size_t		 reserved;	/* bytes lent by chan_reserve() */
	uint64_t	 nread;		/* system calls and bytes, for show */
	uint64_t	 nwrite;
	uint64_t	 bytesin;
	uint64_t	 bytesout;
	int		 fd;
};

struct chan_msg {
	uint16_t	 type;
	uint64_t	 id;
	uint8_t		*data;		/* into the channel's own buffer */
	size_t		 len;
};

/* chan.c */
int		 chan_init(struct chan *, int, size_t, size_t, size_t);
void		 chan_clear(struct chan *);
int		 chan_read(struct chan *);
int		 chan_next(struct chan *, struct chan_msg *);
void		 chan_rewind(struct chan *, size_t);
size_t		 chan_mark(const struct chan *);
uint8_t		*chan_reserve(struct chan *, size_t);
void		 chan_commit(struct chan *, uint16_t, uint64_t, size_t);
int		 chan_send(struct chan *, uint16_t, uint64_t, const void *,
		    size_t);
int		 chan_write(struct chan *);
size_t		 chan_queued(const struct chan *);
size_t		 chan_room(const struct chan *);

#endif /* CHAN_H */
