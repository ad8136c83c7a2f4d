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
 * A gateway for tests: strict about what a device sends, and ready to send
 * what no gateway should.  Bytes in, bytes out.
 */

#ifndef GATEWAY_H
#define GATEWAY_H

#include <stddef.h>
#include <stdint.h>

#include "asmp_proto.h"

#define GW_BUF		(1024 * 1024)
#define GW_READINGS	4096
#define GW_JSONMAX	128		/* of each reading and text, kept */
#define GW_TEXTS	256

struct gw_reading {
	uint64_t	 id;
	uint64_t	 time;
	size_t		 len;
	char		 json[GW_JSONMAX];
};

struct gw_text {
	uint32_t	 stream;
	size_t		 len;
	char		 text[GW_JSONMAX];
};

struct gw {
	/* Set before the first input; gw_new() has sound values. */
	const struct ident	*ident;
	char			 id[ASMP_IDMAX + 1];
	const struct asmp_profile *profile;
	enum asmp_kind		 kind;
	struct ident_pub	 device;	/* kind signature */
	uint8_t			 secret[ASMP_KEYLEN];	/* psk or tag */
	size_t			 secretlen;
	uint8_t			 ek[MLKEM768_EKLEN];	/* kind kem */
	uint8_t			 group;		/* 0: no shared key */
	uint8_t			 shared[ASMP_KEYLEN];
	char			 device_id[ASMP_IDMAX + 1];
	uint64_t		 lastid;
	uint64_t		 time;		/* ms since 1970 */
	int			 compressed;	/* HELLO must ask for it */
	int			 has_ticket;	/* to be taken: id, secret */
	uint8_t			 ticket[TICKET_IDLEN];
	uint8_t			 ticket_secret[ASMP_KEYLEN];
	int64_t			 others;	/* what a value is added to */
	uint8_t			 status;	/* of the sum */
	int			 silent;	/* answer no text or value */
	uint16_t		 max_in;
	uint16_t		 seal_limit;
	int			 mute;		/* acknowledge nothing */
	uint64_t		 refuse_id;	/* 0: none */
	uint8_t			 refuse_reason;
	int			 refuse_ends;	/* and CLOSE behind it */
	uint8_t			 nonce_change;	/* in HANDSHAKE_ACK */
	uint8_t			 ticketed;	/* a ticket in it */
	const struct ident_pub	*claim;		/* NULL: its own key */
	uint16_t		 auth_type;	/* of GATEWAY_AUTH */
	uint16_t		 ack_type;	/* of HANDSHAKE_ACK */
	uint8_t			 challenge_change;	/* in its MAC */

	/* What came of it. */
	int			 refused;	/* no byte: bad identity */
	int			 closed;	/* CLOSE came, or went */
	const char		*why;		/* what the device broke */
	size_t			 nreadings;
	size_t			 nseals;
	size_t			 nheartbeats;
	size_t			 nrekeys;
	uint8_t			 proved;	/* the kind that was */
	size_t			 ntexts;
	struct gw_text		 text[GW_TEXTS];
	uint32_t		 ended;		/* the stream closed last */
	uint16_t		 seal_count[GW_READINGS];
	struct gw_reading	 reading[GW_READINGS];

	int			 step;
	uint32_t		 iepoch, oepoch;
	uint64_t		 iseq, oseq;
	struct noise		 noise;
	struct noise_keys	 nk;
	struct asmp_hskeys	 hs;
	struct asmp_keys	 keys;
	uint8_t			 t1[ASMP_HASHLEN];
	uint8_t			 hbody[ASMP_HASHLEN];
	uint8_t			 t[ASMP_HASHLEN];
	uint8_t			 nonce[ASMP_NONCELEN];	/* the device's */
	struct kem_proof	 kem;
	struct expand		*expand;
	struct aead_pool	*pool;
	size_t			 runlen;	/* frames waiting for a seal */
	size_t			 runframes;
	uint8_t			 run[GW_BUF];
	size_t			 inlen, outlen;
	uint8_t			 in[GW_BUF], out[GW_BUF];
};

struct gw	*gw_new(const struct ident *, const char *,
		    const struct ident_pub *, const char *);
void		 gw_free(struct gw *);
int		 gw_input(struct gw *, const uint8_t *, size_t);
void		 gw_frame(struct gw *, uint16_t, uint32_t, const uint8_t *,
		    const void *, size_t);
void		 gw_say(struct gw *, uint32_t, const void *, size_t);
void		 gw_stream_end(struct gw *, uint32_t, uint8_t);
void		 gw_ack(struct gw *, uint64_t, uint64_t, uint8_t);
void		 gw_close(struct gw *, uint8_t);

#endif /* GATEWAY_H */
