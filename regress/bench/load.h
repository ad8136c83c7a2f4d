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


/* The load generator: what its files share. */

#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

#define READING_LEN	256	/* bytes of JSON */
#define WINDOW		64	/* readings under way, and under one seal */

struct asmp;
struct mqtt;

/* A device that is connected, or can be. */
struct client {
	unsigned int	 n;
	int		 fd;		/* -1: not connected */
	uint32_t	 events;	/* that epoll waits for */
	int		 up;		/* readings may be sent */
	uint64_t	 sent;		/* readings, since it is up */
	uint64_t	 acked;
	struct asmp	*asmp;		/* one of these two */
	struct mqtt	*mqtt;
};

struct protocol {
	const char	*name;
	void		(*prepare)(struct client *, const char *);
	void		(*start)(struct client *);
	uint32_t	(*event)(struct client *);	/* what to wait for */
	void		(*send)(struct client *, unsigned int);
	void		(*close)(struct client *);
};

/* device.c, mqtt.c */
extern const struct protocol	protocol_asmp, protocol_mqtt;
void		 identities_make(const char *, unsigned int);

/* loop.c */
void		 loop_init(const struct protocol *, const char *, uint16_t,
		    unsigned int);
void		 loop_step(void (*)(struct client *), int);
void		 loop_connect(unsigned int);
void		 loop_disconnect(void);
void		 client_send(struct client *, unsigned int);
void		 client_gone(struct client *);
const char	*reading_text(uint64_t);
extern struct client	*clients;
extern int		 apart;		/* each reading is written by itself */

/* measure.c */
void		 process_add(const char *);
void		 cpu_begin(void);
void		 cpu_end(const char *, uint64_t);
void		 rss_begin(void);
void		 rss_end(const char *, uint64_t);
double		 now_us(void);
double		 median(double *, size_t);

#endif /* LOAD_H */
