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

#include "measure.h"
#include "reading.h"

#define WINDOW		64	/* readings under way, and under one seal */
#define CLIENTS_MAX	1000000

struct asmp;
struct peer;

/* A device that is connected, or can be. */
struct client {
	unsigned int	 n;
	int		 fd;		/* -1: not connected */
	uint32_t	 events;	/* that epoll waits for */
	int		 up;		/* readings may be sent */
	uint64_t	 sent;		/* readings, since it is up */
	uint64_t	 acked;
	uint64_t	 results;	/* of rounds, profile smcp */
	uint64_t	 begun;		/* pace.c: acked when it began, */
	uint64_t	 noted;		/* and how many were timed since */
	int		 maylose;	/* storm.c: a connection, and go on */
	double		 again;		/* now_us(), to connect again; or 0 */
	struct asmp	*asmp;		/* one of these two */
	struct peer	*peer;
};

struct protocol {
	const char	*name;
	void		(*prepare)(struct client *, const char *);
	void		(*start)(struct client *);
	uint32_t	(*event)(struct client *);	/* what to wait for */
	void		(*send)(struct client *, unsigned int);
	void		(*close)(struct client *);
};

/* device.c, identity.c */
extern const struct protocol	protocol_asmp;
void		 device_profile(const char *);
void		 identity_take(struct client *, const char *, const char *);
void		 identity_lines(const char *, unsigned int, unsigned int);

/* mqtt.c, nats.c */
extern const struct protocol	protocol_mqtt, protocol_nats;
extern const struct protocol	protocol_jetstream;

/* loop.c */
void		 loop_init(const struct protocol *, const char *, uint16_t,
		    unsigned int);
void		 loop_sources(unsigned int);
void		 loop_step(void (*)(struct client *), double);
void		 loop_connect(unsigned int);
void		 loop_disconnect(void);
void		 client_send(struct client *, unsigned int);
void		 client_connect(struct client *);
void		 client_gone(struct client *);
void		 client_cut(struct client *);
extern struct client	*clients;
extern int		 apart;		/* each reading is written by itself */
extern int		 packed;	/* mqtt.c: many share a TLS record */

/* test.c, pace.c, lone.c, idle.c, storm.c */
extern unsigned int	 nbusy, nidle, runs;
extern double		 seconds, rate;
void		 test_all(char *[], int);
uint64_t	 acked_sum(void);
uint64_t	 send_for(double, unsigned int);
void		 settle(void);
void		 test_paced(void);
void		 test_lone(void);
void		 test_idle(void);
void		 test_storm(void);

#endif /* LOAD_H */
