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
 * asmp(3): the device's side of the wire, without threads and without I/O
 * that the caller does not see.
 */

#ifndef ASMP_H
#define ASMP_H

#include <stddef.h>
#include <stdint.h>

struct asmp;

enum asmp_state {
	ASMP_CONNECTING,	/* TCP, or the handshake */
	ASMP_OPEN,		/* readings may be sent */
	ASMP_CLOSING,		/* CLOSE is on its way */
	ASMP_CLOSED,		/* over, in good order */
	ASMP_FAILED		/* over: asmp_error() says why */
};

enum asmp_failure {
	ASMP_E_NONE,
	ASMP_E_CONNECT,		/* no connection, or it was lost */
	ASMP_E_GATEWAY,		/* not the gateway that was pinned */
	ASMP_E_IDENTITY,	/* the gateway refused this identity */
	ASMP_E_REFUSED,		/* the gateway refused a reading */
	ASMP_E_PROTOCOL,	/* the peer broke the protocol */
	ASMP_E_USAGE,		/* the caller asked for what cannot be */
	ASMP_E_SYSTEM		/* out of memory, no randomness */
};

enum asmp_rotation {		/* of the device's key */
	ASMP_ROTATION_NONE,
	ASMP_ROTATION_ASKED,
	ASMP_ROTATION_DONE,
	ASMP_ROTATION_REFUSED
};

/* A refused reading; valid during the call that hands it over. */
struct asmp_refusal {
	uint64_t	 id;
	uint8_t		 reason;	/* enum reason */
};

/* What the gateway has to say besides acknowledgements. */
enum asmp_message_kind {
	ASMP_TEXT,		/* data: a reply, or what it sends unasked */
	ASMP_RESULT,		/* profile smcp: status and result */
	ASMP_STREAM_END		/* it closed the stream: reason */
};

enum asmp_status {		/* of a result */
	ASMP_COMPLETE,
	ASMP_PARTIAL,		/* somebody's value is missing */
	ASMP_OVERFLOW		/* result means nothing */
};

/* data is valid until the next call that hands one over. */
struct asmp_message {
	enum asmp_message_kind	 kind;
	uint32_t		 stream;
	const char		*data;		/* not ended by a NUL */
	size_t			 len;
	uint8_t			 status;
	int64_t			 result;
	uint8_t			 reason;
};

/* asmp.c, asmp_config.c, asmp_identity.c, asmp_record.c, asmp_ticket.c */
struct asmp	*asmp_new(void);
void		 asmp_free(struct asmp *);
int		 asmp_set_identity(struct asmp *, const char *, const char *,
		    const char *);
int		 asmp_locked(const struct asmp *);
int		 asmp_set_psk(struct asmp *, const char *, const void *,
		    size_t);
int		 asmp_set_pskfile(struct asmp *, const char *, const char *);
int		 asmp_set_token(struct asmp *, const char *);
int		 asmp_set_kem(struct asmp *, const char *, const char *);
int		 asmp_set_shared(struct asmp *, const char *);
void		 asmp_set_tickets(struct asmp *, int);
int		 asmp_set_compression(struct asmp *, int);
int		 asmp_set_gateway(struct asmp *, const char *);
int		 asmp_set_profile(struct asmp *, const char *);
const char	*asmp_profile(const struct asmp *);
const char	*asmp_id(const struct asmp *);
const char	*asmp_gateway(const struct asmp *);
enum asmp_state	 asmp_state(const struct asmp *);
int		 asmp_challenged(const struct asmp *);
enum asmp_failure asmp_failure(const struct asmp *);
const char	*asmp_error(const struct asmp *);
int		 asmp_reason(const struct asmp *);
int		 asmp_start(struct asmp *);
int		 asmp_send(struct asmp *, uint64_t, const char *, size_t,
		    uint64_t *);
size_t		 asmp_reading_max(const struct asmp *);
size_t		 asmp_sendable(const struct asmp *);
int		 asmp_seal(struct asmp *);
uint64_t	 asmp_acked(const struct asmp *);
uint64_t	 asmp_lastid(const struct asmp *);
int		 asmp_next_refusal(struct asmp *, struct asmp_refusal *);
int		 asmp_heartbeat(struct asmp *);
int		 asmp_close(struct asmp *);

/* asmp_stream.c */
int		 asmp_say(struct asmp *, uint32_t, const char *, size_t);
size_t		 asmp_text_max(const struct asmp *);
int		 asmp_value(struct asmp *, int64_t);
int		 asmp_close_stream(struct asmp *, uint32_t);
int		 asmp_next_message(struct asmp *, struct asmp_message *);

/* asmp_rekey.c */
int		 asmp_tick(struct asmp *, uint64_t);
int		 asmp_rekey(struct asmp *);

/* asmp_rotate.c */
int		 asmp_set_newkey(struct asmp *, const char *, const char *);
int		 asmp_rotate(struct asmp *);
enum asmp_rotation asmp_rotation(const struct asmp *, int *, uint64_t *);

/* asmp.c: bytes in, bytes out; the caller owns the transport */
int		 asmp_input(struct asmp *, const void *, size_t);
const uint8_t	*asmp_output(struct asmp *, size_t *);
void		 asmp_output_done(struct asmp *, size_t);
void		 asmp_eof(struct asmp *);

/* asmp_socket.c: the same over a socket of the library's */
int		 asmp_connect(struct asmp *, const char *, const char *,
		    const char *);
int		 asmp_fd(const struct asmp *);
short		 asmp_events(const struct asmp *);
int		 asmp_step(struct asmp *, short);
int		 asmp_poll(struct asmp *, int);

#endif /* ASMP_H */
