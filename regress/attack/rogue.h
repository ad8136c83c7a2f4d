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
 * A rogue device: it has the right key, begins as a genuine device does, and
 * then misbehaves in one way.
 */

#ifndef ROGUE_H
#define ROGUE_H

#include <openssl/sha.h>

#include <stdint.h>

#include "asmp_local.h"

#define FRAME_MAX	(ASMP_HDRLEN + ASMP_PAYLOAD_MAX)
#define GENUINE_MAX	1024	/* bytes of a genuine DATA or SEAL frame */
#define WAIT_MS		10000	/* for what an honest gateway answers */

/* A frame as a genuine device sent it, to be sent again. */
struct kept {
	uint8_t		 frame[GENUINE_MAX];
	size_t		 len;
};

struct rogue {
	struct asmp	*a;
	const char	*where;		/* host:port of the gateway */
	const char	*arg;		/* of the misbehaviour, or NULL */
	int		 fd;
	int64_t		 since;		/* tool_ms() of the misbehaviour */
	uint64_t	 said;		/* genuine readings so far */
	struct kept	 data;		/* the first of this connection */
	struct kept	 seal;
	struct run	 run;		/* DATA of our own making */
	struct asmp_data before;	/* the keys of the last such frame */
	size_t		 plainlen;	/* its plaintext */
	int		 deaf;		/* it does not read what it is sent */
	int		 gone;		/* the gateway takes no more */
	uint8_t		 frame[FRAME_MAX];	/* the last one of our making */
	size_t		 len;
	uint8_t		 in[FRAME_MAX];
	size_t		 inlen;
};

/* A seal before it is signed; whatever is changed in it is a forgery. */
struct forgery {
	struct seal		 seal;
	uint8_t			 t[ASMP_HASHLEN];
	const char		*id;
	const struct ident	*ident;
	uint16_t		 count;		/* what the record says */
	uint8_t			 p[ASMP_HASHLEN];
	size_t			 drop;		/* bytes less at the end */
	size_t			 add;		/* zeros more */
};

#define JUNK		"{\"junk\":\"1\"}"

struct act {
	const char	*name;
	int		 wants;			/* an argument */
	void		(*run)(struct rogue *);
};

/* rogue.c */
void	 rogue_listen(struct rogue *);
void	 rogue_identity(struct rogue *, const char *, const char *,
	    const char *, const char *);
void	 rogue_connect(struct rogue *);
void	 rogue_open(struct rogue *);
void	 rogue_write(struct rogue *, const void *, size_t);
void	 rogue_flush(struct rogue *);
void	 rogue_genuine(struct rogue *, unsigned int);
void	 rogue_close(struct rogue *);
int	 rogue_frame(struct rogue *, struct asmp_header *);
long	 rogue_number(const char *);
const char *rogue_field(struct rogue *, char *, size_t);

/* rogue_make.c */
void	 make_header(struct rogue *, uint16_t, uint32_t, size_t);
void	 make_record(struct rogue *, uint16_t, uint32_t, const void *, size_t);
void	 make_data(struct rogue *, uint32_t, const void *, size_t);
size_t	 make_reading(struct rogue *, uint8_t *, uint64_t, const char *);
void	 make_junk(struct rogue *, uint32_t);
uint32_t data_stream(const struct rogue *);
void	 send_made(struct rogue *);
void	 send_data(struct rogue *);
void	 send_record(struct rogue *, uint16_t, uint32_t, const void *, size_t);
void	 send_reading(struct rogue *, uint64_t, const char *);
void	 seal_begin(struct rogue *, struct forgery *);
void	 seal_end(struct rogue *, struct forgery *);
void	 send_seal(struct rogue *);

/* rogue_session.c, rogue_record.c, rogue_init.c */
extern const struct act	 session_acts[];
extern const struct act	 record_acts[];
extern const struct act	 hello_acts[];
extern const struct act	 handshake_acts[];

#endif /* ROGUE_H */
