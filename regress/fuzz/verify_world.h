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
 * Verify without its neighbours: fuzz_verify.c plays net, store, the parent
 * and the devices, verify_world.c is what lies between, verify_device.c what
 * a device knows.
 */

#ifndef VERIFY_WORLD_H
#define VERIFY_WORLD_H

#include "asmpd.h"
#include "verify.h"

#define CONNS		8	/* slots of net's */
#define DEVICES		6
#define BATCH		(48 * 1024)	/* bytes of one message of frames */

/* A device and its connection: what it needs to say what holds. */
struct device_side {
	uint64_t			 conn;
	int				 open;		/* to net */
	size_t				 given;		/* bytes, to verify */
	size_t				 taken;		/* and it says so */
	int				 up;
	int				 lost;		/* it sent nonsense */
	int				 who;		/* of the DEVICES */
	uint16_t			 max_in;
	const struct asmp_profile	*profile;
	const struct ident		*ident;
	struct asmp_keys		 keys;
	struct aead_pool		*pool;
	struct rekey			*rekey;
	uint32_t			 epoch;
	uint64_t			 seq;
	uint64_t			 gwseq;		/* of the next one */
	uint32_t			 gwepoch;
	uint64_t			 id;		/* last reading's */
	uint64_t			 seal;
	SHA256_CTX			 c;
	SHA256_CTX			 p;
	uint64_t			 first;
	uint16_t			 count;		/* DATA, unsealed */
	uint8_t				 t[ASMP_HASHLEN];
	uint8_t				 batch[BATCH];
	size_t				 len;
};

/* What verify has asked the parent, in order. */
struct ask {
	uint32_t	 type;
	union {
		struct ipc_sign		 sign;
		struct ipc_lookup	 lookup;
		struct ipc_prove	 prove;
	} u;
};

/* verify_world.c */
extern struct device_side	 sides[CONNS];
extern int			 lent[DEVICES];		/* to a session */
extern int			 hostile;	/* are the neighbours */
extern int			 stalled;		/* net, store: deaf */
extern uint8_t			 model[IPC_MODELMAX];	/* the last one saved */
extern size_t			 modellen;

void		 world_begin(void);
void		 world_end(void);
void		 world_net(uint16_t, uint64_t, const void *, size_t);
void		 world_net_bytes(const uint8_t *, size_t);
void		 world_store(uint16_t, uint64_t, const void *, size_t);
void		 world_store_bytes(const uint8_t *, size_t);
void		 world_parent(uint32_t, const void *, size_t);
void		 world_turn(void);
void		 world_sweep(void);
void		 world_fill(int, size_t);
int		 world_asked(struct ask *);

/* verify_device.c */
const char	*device_name(int);
const struct ident *device_ident(int);
void		 side_open(struct device_side *, uint64_t, int,
		    const struct asmp_profile *);
void		 side_up(struct device_side *, const struct session *);
void		 side_free(struct device_side *);
uint8_t		*side_frame(struct device_side *, uint16_t, uint32_t, size_t);
void		 side_record(struct device_side *, const uint8_t *, uint16_t,
		    uint32_t, const uint8_t *, size_t);
void		 side_data(struct device_side *, uint32_t, const uint8_t *,
		    size_t);
void		 side_seal(struct device_side *);
void		 side_heard(struct device_side *, const uint8_t *, size_t);

#endif /* VERIFY_WORLD_H */
