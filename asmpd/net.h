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

/* The network process: what its files share. */

#ifndef NET_H
#define NET_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <event.h>
#include <stdint.h>
#include <tls.h>

#include "compat.h"
#include "ctl.h"
#include "gather.h"
#include "hotpipe.h"
#include "ipc.h"

#define READ_MAX	(32 * 1024)	/* taken from one device in a turn */
#define READ_MIN	(4 * 1024)	/* the same, of who may send less */
#define READ_FRAMES	64		/* and so many, as they were last */
#define OWED_MAX	(32 * 1024)	/* given to verify and not taken yet */
#define FRAME_COST	(OWED_MAX / READ_FRAMES)	/* of the smallest */
#define OUT_MAX		(256 * 1024)	/* kept for a slow reader */
#define ACCEPT_TURN	16		/* connections accepted in a turn */
#define READY_TURN	256		/* served in a turn */
#define GATHER_US	1000		/* between turns, when they are many */
#define ACCEPT_PAUSE	1		/* seconds, without descriptors */
#define LATE_MS		1000		/* from the proof to a silent close */
#define LINGER_MS	1000		/* for a last record to be read */
#define EVICT_SCAN	64		/* looked at for one to give way */
#define SOURCES_MAX	65536		/* addresses remembered at once */
#define KEEPALIVE_IDLE	60		/* seconds until a dead peer is asked */

/* A source address and what it may still do. */
struct source {
	RB_ENTRY(source)	 tree;
	TAILQ_ENTRY(source)	 idle;		/* while halfopen is 0 */
	uint8_t			 addr[16];	/* IPv6: the /64 */
	uint32_t		 halfopen;
	uint32_t		 fresh;		/* connections in this second */
	uint64_t		 second;
	TAILQ_ENTRY(source)	 shut;		/* while isshut */
	uint64_t		 until;		/* mono_ms(), it pays */
	uint64_t		 turned;	/* away, while it is */
	uint8_t			 isshut;
};

struct conn;

/* A verifier, and the connections whose sessions it has. */
struct verifier {
	struct hotpipe		 pipe;
	TAILQ_HEAD(, conn)	 held;		/* until it has room */
	uint32_t		 conns;
	uint32_t		 freefirst;	/* slots */
	uint32_t		 freelast;
	int			 stopped;	/* nothing comes from it */
};

enum conn_state {
	CONN_HALFOPEN,		/* until verify says VN_UP */
	CONN_UP,
	CONN_LATE,		/* to be closed without a byte, in time */
	CONN_FLUSH,		/* to be closed once all is written */
	CONN_LINGER,		/* shut down; waits for the peer's end */
	CONN_LOST		/* gone; verify has yet to be told */
};

struct conn {
	TAILQ_ENTRY(conn)	 dead;		/* in a deadline list */
	TAILQ_ENTRY(conn)	 entry;		/* while held, or unread */
	struct tls		*tls;
	struct source		*source;	/* while half-open */
	uint64_t		 id;
	uint64_t		 deadline;	/* mono_ms(), 0: none */
	uint64_t		 lastframe;	/* mono_ms() */
	uint8_t			*in;		/* the start of a frame */
	uint8_t			*out;		/* what the device must read */
	uint32_t		 inlen;
	uint32_t		 outlen;
	uint32_t		 outpos;
	uint32_t		 max_in;	/* payload bytes in a frame */
	uint32_t		 quantum;	/* bytes to read in a turn */
	uint32_t		 given;		/* bytes verify has to take */
	uint32_t		 owed;		/* and what work they are */
	int			 fd;
	short			 events;
	short			 toread;	/* what reading waits for */
	short			 towrite;	/* TLS may want the other */
	uint8_t			 state;
	uint8_t			 isheld;	/* its reading waits */
	uint8_t			 isunread;	/* libtls has some of it */
	uint8_t			 stopped;	/* verify wants no more now */
	uint8_t			 paced;		/* and did so before */
	uint8_t			 reported;	/* the parent knows the end */
	uint8_t			 list;		/* which deadline list */
	uint8_t			 lost;		/* reason, in CONN_LOST */
	uint8_t			 silent;	/* no frame has come yet */
	uint8_t			 broken;	/* nothing more is read */
};

struct listener {
	TAILQ_ENTRY(listener)	 entry;
	struct event		 ev;
	int			 fd;
	int			 tls;
	uint16_t		 profiles;	/* mask of 1 << id */
	int			 active;	/* its event is added */
};
TAILQ_HEAD(listeners, listener);

/* net.c */
extern struct verifier	 net_verifier[VERIFIERS_MAX];
extern uint32_t		 net_nverifiers;
extern uint64_t		 net_counter[CTL_NCOUNTERS];
extern struct ipc_conf	 net_conf;

/* net_listen.c */
int	 listen_add(const struct ipc_listener *, int);
void	 listen_commit(void);
void	 listen_abort(void);
void	 listen_start(void);
void	 listen_resume(void);
void	 listen_release(void);
void	 listen_stop(void);

/* net_slot.c */
void	 conns_init(uint32_t);
struct verifier *slot_verifier(void);
uint64_t slot_take(struct verifier *, struct conn *);
void	 slot_release(uint64_t);
struct conn *conn_find(uint64_t);
struct verifier *conn_verifier(const struct conn *);
size_t	 conns_left(void);

/* net_conn.c */
void	 conn_new(struct verifier *, int, const uint8_t *, uint16_t,
	    const struct listener *);
void	 conn_taken(struct conn *, uint32_t);
void	 conn_up(struct conn *, uint32_t);
void	 conn_stop(struct conn *, int);
void	 conn_send(struct conn *, const uint8_t *, size_t);
void	 conn_close(struct conn *, enum vn_close_how);
void	 conn_ready(struct conn *, short);
int	 conns_unread(void);
void	 conns_again(void);
void	 conn_drop(struct conn *);
void	 conn_late(struct conn *);
void	 conn_evict(struct conn *);
void	 conns_resume(struct verifier *);

/* net_epoll.c, net_kqueue.c */
void	 ready_init(void);
void	 ready_want(const struct conn *, short, short);

/* net_io.c */
#define IO_AGAIN	-1
#define IO_ERROR	-2
ssize_t	 io_read(struct conn *, uint8_t *, size_t);
ssize_t	 io_write(struct conn *, const uint8_t *, size_t);
int	 tls_offer(const uint8_t *, size_t, const uint8_t *, size_t, char *,
	    size_t);
void	 tls_commit(void);
void	 tls_abort(void);
int	 io_start_tls(struct conn *);

/* net_deadline.c */
enum deadline_list {
	DEADLINE_NONE,
	DEADLINE_HANDSHAKE,
	DEADLINE_LATE,
	DEADLINE_LINGER,
	DEADLINE_NLISTS
};
void	 deadlines_init(void);
void	 deadline_set(struct conn *, enum deadline_list, uint64_t);
int	 deadline_evict(void);

/* net_penalty.c */
void		 penalties_init(void);
int		 penalty_exempt(const struct ipc_exempt *);
void		 penalties_commit(void);
void		 penalties_abort(void);
void		 penalty_add(const uint8_t *, unsigned int);
int		 penalty_refuses(const uint8_t *);
int		 penalty_runs(const struct source *);
void		 penalty_forget(struct source *);

/* net_source.c */
struct source	*source_of(const uint8_t *, int);
uint8_t		 source_admit(const uint8_t *, struct source **);
void		 source_done(struct source *);
void		 source_refused(uint8_t, const uint8_t *, uint16_t);

#endif /* NET_H */
