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

/* The verifier: what its files share. */

#ifndef VERIFY_H
#define VERIFY_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "asmp_proto.h"
#include "ctl.h"
#include "hotpipe.h"
#include "ipc.h"
#include "model.h"
#include "stream.h"

#define SESSION_FRAMES	(1ULL << 32)	/* then devices reconnect */
#define REKEY_LIFE	7200	/* seconds without REKEY, where there is one */
#define REKEY_FRAMES	(1U << 21)	/* likewise */
#define PATIENCE_MS	1000	/* that a device surely has in a handshake */
#define SEAL_WAIT	10000	/* ms that DATA waits for its seal */
#define MESSAGES_QUEUE	(256 * 1024)	/* bytes to the parent, at most */
#define TURN_MS		10	/* of work before the pipes are asked again */
#define SWEEP_SECONDS	1	/* how often waits and lives are looked at */
#define AEAD_CONTEXTS	512	/* lent to busy sessions */
#define ROOMS_BYTES	(256 * 1024 * 1024)	/* in all rooms together */
#define ROOMS_IDLE	64	/* waiting rooms kept for the next */
#define ROOM_FIRST	(16 * 1024)	/* bytes of a room to begin with */

/*
 * What one message of net's can make of work; kept free before taking it.  A
 * reading is as long on its way to the store as its frame was, or
 * EXPAND_RATIO times that, and what waited in a room comes on top; models go
 * only while as much is left again.
 */
#define PARENT_QUEUE	(1024 * 1024)	/* then net waits; values of groups go
				   there, of each reading as many as groups */
#define STORE_ROOM	(5 * 1024 * 1024)
#define MODEL_ROOM	(STORE_ROOM / 2)
#define NET_ROOM	(1024 * 1024)

/*
 * Questions of handshakes that the parent has yet to answer, of all verifiers
 * together: some ms of its work.
 */
#define ASKED_MAX	32
_Static_assert(ASKED_MAX / VERIFIERS_MAX > 0, "each verifier may ask");

/* DATA that waits, unopened, for its seal. */
struct room {
	TAILQ_ENTRY(room)	 entry;
	struct session		*owner;
	uint64_t		 since;		/* mono_ms() of the first */
	uint8_t			*buf;		/* frames, one after another */
	size_t			 size;
	size_t			 len;
	uint64_t		 first;		/* sequence numbers */
	uint64_t		 last;
	uint32_t		 count;
};

/* Bytes of frames whose readings the store has yet to decide. */
struct credit {
	uint64_t		 mark;	/* when this id is decided, */
	uint32_t		 old;	/* so many go back to net */
	uint32_t		 new;	/* those that came later */
};

/* What a device may still send, and who waits because it may not. */
struct bucket {
	int64_t			 level;	/* thousandths of a byte; below 0 */
	uint64_t		 when;	/* mono_ms(), it had that level */
	uint32_t		 spent;	/* bytes, of which it knows not yet */
	uint32_t		 holds;	/* how often the device was held back */
	struct hold		*hold;	/* while it is */
};

/* What only the handshake needs; wiped when it is over. */
struct handshake {
	struct noise		 noise;
	struct asmp_hskeys	 keys;
	struct ident_pub	 pub;
	uint8_t			 m2[NOISE_MSGMAX];
	uint8_t			 h[ASMP_HASHLEN];
	uint8_t			 t1[ASMP_HASHLEN];
	uint8_t			 t[ASMP_HASHLEN];
	uint8_t			 hbody[ASMP_HASHLEN];
	uint8_t			 nonce[ASMP_NONCELEN];
	uint8_t			 proof[ASMP_SIGMAX];
	size_t			 prooflen;
	struct question		*question;	/* while it waits to be asked */
	uint8_t			 kind;
	uint8_t			 reason;	/* the parent's, for the log */
	uint8_t			 asked;		/* the parent, who answers */
	char			 id[ASMP_IDMAX + 1];
};

/* A stream that a session has opened, once and for all. */
struct stream {
	LIST_ENTRY(stream)	 entry;
	RB_ENTRY(stream)	 timer;		/* while it can idle out */
	struct session		*owner;
	uint64_t		 active;	/* mono_ms() */
	uint64_t		 deadline;	/* when to look at it next */
	uint32_t		 number;
	uint8_t			 open;
	uint8_t			 timed;		/* it is among the timers */
	uint8_t			 readings;	/* are what comes on it */
};
LIST_HEAD(streams, stream);

/* What an authenticated session has; id and key are of their own length. */
struct up {
	struct asmp_keys	 keys;
	uint8_t			 t[ASMP_HASHLEN];
	struct room		*room;		/* while DATA waits */
	struct model		*model;		/* from its first reading */
	struct window		*window;	/* where the profile has one */
	struct streams		 streams;	/* that were ever opened */
	uint64_t		 seal;		/* number of the next */
	uint64_t		 lastid;	/* sent to the store */
	uint64_t		 decided;	/* by the store */
	uint64_t		 since;		/* now_ms() */
	uint64_t		 active;
	uint64_t		 accepted;
	uint64_t		 blocked;
	uint64_t		 expires;	/* mono_ms() */
	uint64_t		 ends;		/* with or without REKEY */
	struct bucket		 bucket;
	struct credit		 credit;
	uint32_t		 device;
	uint8_t			 role;
	uint8_t			 grouped;	/* a group has it as member */
	uint8_t			 kind;		/* of its proof */
	uint8_t			 ackdue;	/* a duplicate wants one */
	uint8_t			 learned;	/* the store lacks it */
	uint8_t			 ending;	/* reason, after its decision */
	uint8_t			 rotating;	/* ROTATE is not answered */
	uint8_t			 alg;		/* of its key, or 0: none */
	char			 id[];		/* the key follows its end */
};

enum session_state {
	S_HELLO,		/* waits for HELLO */
	S_SIGNING,		/* for the parent's SIGNED */
	S_INIT,			/* for HANDSHAKE_INIT */
	S_LOOKING,		/* for the parent's FOUND */
	S_RESPONSE,		/* kind kem: for RESPONSE */
	S_PROVING,		/* for the parent's PROVED */
	S_UP,
	S_ENDING		/* for the store to decide the last reading */
};

struct session {
	TAILQ_ENTRY(session)		 life;	/* while up: by its end */
	TAILQ_ENTRY(session)		 quiet;	/* while up: by its last word */
	uint64_t			 conn;
	const struct asmp_profile	*profile;
	struct handshake		*hs;
	struct up			*up;
	uint64_t			 rx;	/* next sequence expected */
	uint64_t			 tx;	/* next sequence to send */
	uint64_t			 heard;	/* mono_ms() of its last word */
	uint32_t			 epoch;
	enum session_state		 state;
	uint16_t			 port;
	uint16_t			 profiles;	/* of the listener */
	uint16_t			 max_out;	/* device's max_in */
	uint8_t				 compressed;	/* its telemetry is */
	uint8_t				 addr[16];
};

/* A group of devices whose values are brought together. */
struct group {
	struct ipc_group	 g;
	const char		**member;	/* g.nmembers ids, sorted */
	char			*ids;		/* what they point into */
};

/* Expanded, unexpanded, and a seal with its leaf for each frame. */
_Static_assert((CHAN_MSGMAX + ASMP_SEAL_BYTES) * (EXPAND_RATIO + 1) <=
    MODEL_ROOM, "readings of one message find room beside models");

/* verify.c */
extern struct hotpipe		 verify_net, verify_store;
extern uint64_t			 verify_counter[CTL_NCOUNTERS];
extern uint32_t			 verify_nth, verify_of;	/* from 0; how many */
extern struct aead_pool		*verify_aeads;
extern struct expand		*verify_expand;

/* verify_conf.c: what these return lasts until the next generation */
extern struct ipc_conf		 verify_conf;
extern struct model_rules	 verify_rules;	/* and the generation */

struct imsg;

void		 conf_recv(struct imsg *);
void		 conf_commit(void);
void		 conf_abort(void);
const struct ipc_stream *conf_stream_bynumber(uint32_t, uint32_t *);
const struct ipc_role *conf_role_bynumber(uint32_t);
const struct ipc_require *conf_required(size_t *);
const struct group *conf_group_next(const struct group *);
const struct group *conf_group_byname(const char *);
int		 conf_group_place(const struct group *, const char *);
const struct group *conf_group_with(const char *, const struct group *);

/* verify_session.c */
void		 sessions_init(uint32_t);
struct session	*session_find(uint64_t);
void		 session_open(uint64_t, const struct nv_open *);
void		 session_gone(struct session *, uint32_t);
void		 session_fail(struct session *, enum reason);
void		 session_refuse(struct session *, enum reason);
void		 session_end(struct session *, enum reason);
int		 session_up(struct session *, const struct ipc_proved *,
		    const uint8_t *);
const uint8_t	*session_key(const struct session *);
void		 session_heard(struct session *);
int		 session_waits(const struct session *);
void		 session_excuse(struct session *);
void		 session_renew(struct session *, const uint8_t *,
		    const uint8_t *, size_t);
enum reason	 session_close(struct session *);
enum reason	 session_whole(const struct session *);
void		 session_ending(struct session *, enum reason);
void		 session_end_decided(struct session *);
void		 sessions_each(void (*)(struct session *));
void		 sessions_sweep(void);
int		 sessions_freed(void);
int		 session_room(void);
int		 sessions_stop(void);
void		 sessions_show(const struct ipc_sessions *);

/* verify_send.c */
void		 session_send_under(struct session *, const uint8_t *, uint16_t,
		    uint32_t, const uint8_t *, size_t);
void		 session_send(struct session *, uint16_t, uint32_t,
		    const uint8_t *, size_t);
enum reason	 session_data(struct session *, uint32_t, const uint8_t *,
		    size_t);

/* verify_handshake.c */
void	 handshake_frame(struct session *, const struct asmp_header *,
	    const uint8_t *);
void	 handshake_signed(const struct ipc_signed *);
void	 handshake_found(const struct ipc_found *);
void	 handshake_proved(const struct ipc_proved *, const uint8_t *);
void	 handshake_free(struct session *);

/* verify_question.c */
void	 question_ask(struct session *, uint32_t, const void *, size_t);
void	 question_over(struct handshake *);

/* verify_record.c */
void	 record_rotated(const struct ipc_rotated *);
void	 record_frames(struct session *, uint8_t *, size_t);

/* verify_seal.c */
enum reason	 room_add(struct session *, const struct asmp_header *,
		    const uint8_t *, size_t);
void		 room_leave(struct session *);
void		 room_renew(struct session *);
void		 rooms_sweep(void);
enum reason	 seal_take(struct session *, const uint8_t *, size_t);
uint32_t	 seal_place(const struct session *, const uint8_t *);

/* verify_credit.c */
void		 credit_frames(struct session *, uint8_t *, size_t);
void		 credit_give(uint64_t, size_t);
void		 credit_decided(struct session *, int);
int		 credit_waits(const struct session *);

/* verify_flood.c */
void		 flood_count(const struct session *, size_t);
void		 flood_begin(const struct session *);
void		 flood_end(const struct session *, size_t, int);
void		 flood_worked(const struct session *, size_t);

/* verify_rate.c */
void		 rate_begin(struct session *, uint64_t);
void		 rate_end(struct session *);
void		 rate_record(struct session *, const struct asmp_header *);
void		 rate_expanded(struct session *, size_t, size_t);
void		 rate_settle(struct session *);
int		 rate_holds(const struct session *);
uint64_t	 rate_rested(struct session *);
void		 rates_reload(void);

/* verify_reading.c */
void		 reading_save_model(struct session *);
enum reason	 reading_take(struct session *, uint32_t, const uint8_t *,
		    size_t);
void		 reading_value(struct session *, uint32_t, int64_t);
void		 readings_done(struct session *);
void		 reading_decided(struct session *, const struct sv_decided *,
		    const uint8_t *);

/* verify_stream.c: the device's records, told apart by stream */
enum reason	 stream_take(struct session *, uint32_t, uint8_t *, size_t);
void		 streams_run(struct session *);
enum reason	 stream_say(struct session *, uint32_t, const void *, size_t);
int		 stream_reads(uint32_t);
void		 stream_close(struct session *, uint32_t);
size_t		 streams_list(const struct session *, char *, size_t);
void		 streams_free(struct session *);
void		 streams_sweep(void);
void		 streams_renew(struct session *);
void		 streams_reload(void);

/* verify_text.c */
void		 chat_take(struct session *, uint32_t, const uint8_t *, size_t);
void		 control_take(struct session *, uint32_t, const uint8_t *,
		    size_t);
void		 chat_send(const struct ipc_send *);

/* verify_smcp.c */
enum reason	 smcp_take(struct session *, uint32_t, const uint8_t *,
		    size_t);
void		 smcp_result(struct session *, uint8_t, int64_t);

/* verify_group.c */
void		 group_share(const struct ipc_share *);
void		 groups_run(void);
void		 groups_reload(void);

/* verify_member.c */
void		 member_value(struct session *, const struct json_fields *,
		    const int64_t *);
void		 member_joined(struct session *);
void		 member_left(struct session *);
void		 members_reload(void);
void		 member_result(const struct ipc_result *);
const char	*member_metric(const char *);

/* verify_fault.c */
void	 fault_tell(const struct session *, enum reason);

/* verify_event.c */
void	 event_monitor(int);
void	 event_session(const struct session *, enum ctl_event_kind,
	    enum reason);
void	 event_text(const struct session *, const uint8_t *, size_t);
void	 event_refused(const struct session *, const char *, enum reason);
void	 event_unproved(const struct session *, enum reason);
void	 event_blocked(const struct session *, uint64_t, enum reason,
	    const char *);
void	 event_message(const struct session *, uint32_t, size_t, uint64_t,
	    int);
void	 event_reading(const struct session *, uint64_t, enum reason,
	    const uint8_t *, size_t, const char *);

#endif /* VERIFY_H */
