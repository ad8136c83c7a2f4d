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


/* What the files of asmp(3) share, and nobody else needs to see. */

#ifndef ASMP_LOCAL_H
#define ASMP_LOCAL_H

#include <sys/queue.h>

#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

#include "asmp.h"
#include "asmp_proto.h"

#define DEVICE_MAX_IN	4096		/* what the device announces */
#define INMAX		(ASMP_HDRLEN + DEVICE_MAX_IN)
#define OUTMAX		(256 * 1024)	/* output not yet taken */
#define OUTMIN		4096		/* first allocation */
#define ERRORMAX	512
#define PINS		2		/* two while the gateway rotates */
#define SEQMAX		(1ULL << 32)	/* frames of one direction */
#define INBOXMAX	(256 * 1024)	/* messages not yet fetched, bytes */
#define STREAMSMAX	64		/* open and closed in a session */

/*
 * Of OUTMAX, what asmp_send() leaves: two seals, a heartbeat, CLOSE of as
 * many streams as there may be, ROTATE, REKEY and CLOSE must always find room.
 */
#define OUTRESERVE	(20 * (ASMP_HDRLEN + SEAL_MAX + ASMP_TAGLEN) + \
			    2 * (ASMP_HDRLEN + ASMP_TAGLEN) + ROTATE_MAX + \
			    ASMP_REKEY_DEVICE)

enum phase {
	PHASE_NONE,		/* asmp_start() has not been called */
	PHASE_REPLY,		/* HELLO sent */
	PHASE_AUTH,		/* HELLO_REPLY read */
	PHASE_CHALLENGE,	/* HANDSHAKE_INIT sent, kind kem */
	PHASE_ACK,		/* the proof is sent */
	PHASE_SESSION		/* HANDSHAKE_ACK read */
};

struct pin {
	struct ident_pub	 pub;
	uint8_t			 keyid[ASMP_HASHLEN];
};

/* DATA sent since the last seal. */
struct run {
	SHA256_CTX	 c;		/* over the frames */
	SHA256_CTX	 p;		/* over the leaves */
	uint64_t	 number;	/* of the seal that will end it */
	uint64_t	 first;
	uint64_t	 last;
	size_t		 bytes;		/* of the frames */
	uint16_t	 count;
};

/* A stream that either side has used; none opens twice. */
struct stream {
	uint32_t	 number;
	int		 open;
};

/* From the gateway, not yet fetched. */
struct message {
	TAILQ_ENTRY(message)	 entry;
	struct asmp_message	 msg;
	char			 data[];
};
TAILQ_HEAD(messages, message);

/* What opens one session in place of a signature. */
struct ticket {
	int		 there;
	uint8_t		 id[TICKET_IDLEN];
	uint8_t		 secret[ASMP_KEYLEN];
};

/* All that one connection knows, wiped in one go at its end. */
struct session {
	enum phase		 phase;
	enum asmp_kind		 kind;		/* the identity's, or ticket */
	struct ticket		 ticket;	/* used by this session */
	uint32_t		 oepoch;	/* of our next frame */
	uint64_t		 oseq;
	uint32_t		 iepoch;	/* of the gateway's */
	uint64_t		 iseq;
	struct noise		 noise;
	uint8_t			 h[ASMP_HASHLEN];
	struct asmp_hskeys	 hs;
	uint8_t			 nonce[ASMP_NONCELEN];	/* the device's */
	uint8_t			 t1[ASMP_HASHLEN];
	uint8_t			 hbody[ASMP_HASHLEN];
	uint8_t			 t[ASMP_HASHLEN];
	struct asmp_keys	 keys;
	struct window		 window;	/* of the gateway's frames */
	size_t			 max_out;	/* payload it accepts */
	uint16_t		 seal_limit;
	struct run		 run;
	uint64_t		 time;		/* the gateway's, ms, at ... */
	uint64_t		 timetick;	/* ... this tick of ours */
	uint64_t		 epochtick;	/* when the epoch began */
	struct rekey		*rekey;		/* REKEY sent, no answer yet */
	int			 closelater;	/* CLOSE, after that answer */
	int			 asked;		/* smcp: a round is open */
	struct stream		 stream[STREAMSMAX];
	size_t			 nstreams;
};

struct asmp {
	enum asmp_state			 state;
	enum asmp_failure		 failure;
	int				 reason;
	char				 error[ERRORMAX];

	/* What the caller has set. */
	const struct asmp_profile	*profile;
	int				 chosen;	/* the profile is */
	enum asmp_kind			 kind;		/* 0: no identity */
	char				 id[ASMP_IDMAX + 1];
	struct ident			*ident;		/* signature */
	struct ident			*next;		/* to rotate to */
	enum asmp_rotation		 rotation;
	uint64_t			 rotuntil;	/* ms since 1970 */
	int				 rotreason;	/* it was refused */
	struct secret			 secret;	/* other kinds */
	struct secret			 shared;	/* number 0: none */
	struct compress			*compress;	/* telemetry; or NULL */
	int				 tickets;	/* are asked for */
	struct ticket			 ticket;	/* for the next time */
	int				 locked;
	char				 gateway[ASMP_IDMAX + 1];
	struct pin			 pin[PINS];
	size_t				 npins;

	struct session			 session;
	struct aead_pool		*pool;
	uint64_t			 ticks;		/* asmp_tick()'s last */
	uint64_t			 lastid;
	uint64_t			 acked;

	struct messages			 inbox;
	size_t				 inboxlen;	/* bytes in it */
	struct message			*fetched;	/* lent to the caller */

	/* Told in ACK and not yet fetched: a ring's worth, kept in order. */
	struct asmp_refusal		*refused;
	size_t				 refusedsize;
	size_t				 refusedpos;
	size_t				 nrefused;

	uint8_t				*out;
	size_t				 outsize;
	size_t				 outpos;
	size_t				 outlen;
	uint8_t				 in[INMAX];
	size_t				 inlen;

	/* asmp_socket.c's, so that who owns a transport links none. */
	struct transport		*transport;
	void				(*transport_free)(struct asmp *);
};

/* asmp.c */
int	 asmp_fail(struct asmp *, enum asmp_failure, const char *, ...)
	    __attribute__((__format__ (printf, 3, 4)));
void	 asmp_end(struct asmp *);
uint8_t	*out_room(struct asmp *, size_t);
int	 out_header(struct asmp *, uint8_t *, enum asmp_type, uint32_t,
	    size_t);
int	 out_record(struct asmp *, enum asmp_type, uint32_t, const uint8_t *,
	    const void *, size_t);

/* asmp_ticket.c */
void	 ticket_take(struct asmp *);
int	 ticket_wanted(const struct asmp *);
int	 ticket_keep(struct asmp *, const struct asmp_ack *);

/* asmp_config.c */
int	 set_begin(struct asmp *);
int	 profile_fit(struct asmp *);

/* asmp_identity.c */
void	 identity_wipe(struct asmp *);
struct ident *ident_read(struct asmp *, const char *, const char *);

/* asmp_handshake.c */
int	 handshake_start(struct asmp *);
int	 handshake_input(struct asmp *, const struct asmp_header *,
	    const uint8_t *);

/* asmp_proof.c */
int	 proof_put(struct asmp *, uint8_t *, uint8_t *);
void	 proof_shared(const struct asmp *, uint8_t *);
int	 challenge_answer(struct asmp *, const uint8_t *, uint8_t *,
	    uint8_t *);
void	 identity_refused(struct asmp *);

/* asmp_record.c */
int	 data_put(struct asmp *, uint32_t, const uint8_t *, size_t);
size_t	 data_room(const struct asmp *);
int	 close_put(struct asmp *, uint32_t, uint8_t);
int	 close_reason(struct asmp *, uint8_t);
int	 record_input(struct asmp *, const struct asmp_header *, uint8_t *);
int	 record_open(uint8_t *, const uint8_t *, const struct asmp_header *,
	    const uint8_t *);

/* asmp_rotate.c */
void	 rotation_begin(struct asmp *);
int	 rotate_input(struct asmp *, const uint8_t *, size_t);

/* asmp_stream.c */
int	 data_input(struct asmp *, const struct asmp_header *, uint8_t *);
int	 stream_check(struct session *, uint32_t);
void	 stream_use(struct session *, uint32_t);
int	 stream_end(struct asmp *, uint32_t, uint8_t);
void	 inbox_free(struct asmp *);
int	 smcp_begin(struct asmp *);
const char *smcp_cause(const struct asmp *, uint8_t);

/* asmp_rekey.c */
uint64_t gateway_time(const struct asmp *);
int	 rekey_due(struct asmp *);
int	 rekey_input(struct asmp *, const uint8_t *, size_t);

#endif /* ASMP_LOCAL_H */
