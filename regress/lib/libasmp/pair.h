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


/* A device and a gateway in one process, and what passes between them. */

#ifndef PAIR_H
#define PAIR_H

#include "asmp.h"
#include "gateway.h"

#define GATEWAY		"GATEWAY_CLINIC_A"
#define DEVICE		"BP_MONITOR_001"
#define CLIENT		"2"		/* who has a pre-shared key */

struct pair {
	const struct asmp_profile *profile;
	struct ident	*gwkey;
	struct ident	*devkey;
	struct ident	*other;		/* nobody's */
	struct secret	 secret;	/* psk, token or ML-KEM seed */
	struct asmp	*a;
	struct gw	*gw;
};

struct ident	*key(enum ident_alg, uint8_t);
void		 write_key(const char *, const struct ident *, const char *);
void		 write_secret(const char *, const struct secret *);
void		 write_text(const char *, const char *);
void		 write_pin(const char *, const char *, const struct ident *,
		    const struct ident *);
void		 pair_init_alg(struct pair *, enum ident_alg);
void		 pair_init(struct pair *);
void		 pair_init_profile(struct pair *, const char *);
void		 pair_free(struct pair *);
void		 pair_again(struct pair *);
void		 to_gateway(struct pair *, size_t);
void		 to_device(struct pair *, size_t);
void		 pump(struct pair *, size_t);
void		 open_session(struct pair *);
void		 until_hello_reply(struct pair *);
void		 until_handshake_ack(struct pair *);
void		 check_failed(const struct asmp *, enum asmp_failure,
		    const char *);
void		 check_wiped(struct asmp *);
void		 send_readings(struct pair *, int);

#endif /* PAIR_H */
