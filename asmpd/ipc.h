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
 * What the processes say to each other.  Every message has one struct here,
 * of one size; ipc.c holds what checks them.  A message of another size, from
 * a sender who may not send it, or at a time when it may not come, is an
 * intrusion: the receiver stops the daemon.
 */

#ifndef IPC_H
#define IPC_H

#include <stdint.h>

#include "ctl.h"
#include "sandbox.h"

struct imsg;

/* Over imsg, between the parent and one child. */
enum ipc_type {
	IPC_NONE,
	/* start, configuration, stop */
	IPC_INIT = 256,		/* parent -> child: ipc_init */
	IPC_READY,		/* child -> parent: ipc_ready */
	IPC_CHANNEL,		/* parent -> child: ipc_channel, descriptor */
	IPC_CONF,		/* parent -> child: ipc_conf */
	IPC_CONF_LISTENER,	/* parent -> net: ipc_listener, descriptor */
	IPC_CONF_TLS,		/* parent -> net: ipc_tls, then two PEMs */
	IPC_CONF_FIELD,		/* parent -> verify: ipc_field */
	IPC_CONF_STREAM,	/* parent -> verify: ipc_stream */
	IPC_CONF_ROLE,		/* parent -> verify: ipc_role */
	IPC_CONF_REQUIRE,	/* parent -> verify: ipc_require */
	IPC_CONF_GROUP,		/* parent -> verify: ipc_group, ids */
	IPC_CONF_CONTROL,	/* parent -> control: ipc_socket, descriptor */
	IPC_CONF_END,		/* parent -> child: nothing */
	IPC_CONF_DONE,		/* child -> parent: ipc_done */
	IPC_CONF_COMMIT,	/* parent -> child: nothing */
	IPC_CONF_ABORT,		/* parent -> child: nothing */
	IPC_START,		/* parent -> net, control: nothing */
	IPC_STOP,		/* parent -> verify: nothing */
	IPC_STOPPED,		/* net -> parent: nothing */
	IPC_VERBOSE,		/* parent -> child: ctl_log */
	/* what the parent answers */
	IPC_OPEN,		/* net -> parent: ipc_conn */
	IPC_CLOSED,		/* net -> parent: ipc_conn */
	IPC_SIGN,		/* verify -> parent: ipc_sign */
	IPC_SIGNED,		/* parent -> verify: ipc_signed */
	IPC_LOOKUP,		/* verify -> parent: ipc_lookup */
	IPC_FOUND,		/* parent -> verify: ipc_found */
	IPC_PROVE,		/* verify -> parent: ipc_prove */
	IPC_PROVED,		/* parent -> verify: ipc_proved, model */
	IPC_END,		/* parent -> verify: ipc_end */
	IPC_ENDED,		/* verify -> parent: ipc_end, keys are wiped */
	IPC_DROP,		/* parent -> net: ipc_conn */
	/* registry and leases */
	IPC_ROWS_GET,		/* parent -> store: ipc_after */
	IPC_ROWS,		/* store -> parent: ipc_row, cut, many */
	IPC_ROW_PUT,		/* parent -> store: ipc_row, cut */
	IPC_ROWS_COMMIT,	/* parent -> store: ipc_job */
	IPC_ROWS_RESULT,	/* store -> parent: ipc_jobresult */
	IPC_LEASE,		/* parent -> store: ipc_lease */
	IPC_LEASED,		/* store -> parent: ipc_leased, model */
	IPC_RELEASED,		/* store -> parent: ipc_lease */
	IPC_DEVICE_STATS,	/* parent -> store: ipc_devstats */
	IPC_DEVICE_STATS_REPLY,	/* store -> parent: ipc_devstats */
	/* control */
	IPC_CTL,		/* control -> parent: ipc_ctl, request */
	IPC_CTL_GONE,		/* control -> parent: ipc_client */
	IPC_REPLY,		/* child -> parent -> control: ipc_reply.. */
	IPC_STATUS,		/* parent -> child: ipc_client */
	IPC_SESSIONS,		/* parent -> verify: ipc_sessions */
	IPC_SEND,		/* parent -> verify: ipc_send */
	IPC_MONITOR,		/* control -> parent -> verify: ctl_log */
	IPC_EVENT		/* verify -> parent -> control: ctl_event */
};

/* Over a channel, between net and verify, verify and store. */
enum chan_type {
	CHAN_NONE,
	NV_OPEN,		/* nv_open */
	NV_FRAMES,		/* whole frames, one after the other */
	NV_CLOSED,		/* nv_closed */
	NV_BROKEN,		/* nv_closed; the connection is still there */
	VN_SEND,		/* bytes for the device */
	VN_UP,			/* vn_up: the handshake is done */
	VN_CLOSE,		/* vn_close */
	VN_TAKEN,		/* vn_taken: of NV_FRAMES */
	VN_STOPPED,		/* nothing follows */
	VS_READING,		/* vs_reading, text */
	VS_MODEL,		/* vs_model, model */
	VS_RELEASE,		/* vs_release */
	SV_DECIDED		/* sv_decided, then sv_refused many */
};

#define IPC_PATHMAX	1024
#define IPC_NAMEMAX	17	/* of a stream, role or group, with NUL */
#define IPC_MODELMAX	12288	/* a model as the store keeps it */
#define IPC_ROWS_MAX	48	/* registry rows in one message */
#define TICKET_SECRETLEN	(TICKET_IDLEN + ASMP_KEYLEN + 8)
#define SEALABLE_MAX	TICKET_SECRETLEN	/* longer than a psk */
#define SEALED_MAX	(AEAD_NONCELEN + SEALABLE_MAX + ASMP_TAGLEN)
#define IPC_MSGMAX	(512 * 1024)	/* certificate chains are large */
#define CHAN_MSGMAX	(192 * 1024)	/* one read's frames, or a reading */

/* A connection: net's slot in the low half, its generation above. */
#define CONN_SLOT(c)		((uint32_t)((c) & 0xffffffff))
#define CONN_GEN(c)		((uint32_t)((c) >> 32))
#define CONN_ID(slot, gen)	((uint64_t)(gen) << 32 | (slot))

struct ipc_init {
	uint32_t	 drop;		/* change user, chroot */
	uint32_t	 uid;
	uint32_t	 gid;
	char		 chroot[IPC_PATHMAX];
	char		 file[IPC_PATHMAX];	/* the store's database */
	char		 name[IPC_PATHMAX];	/* the same, for messages */
};

struct ipc_ready {
	uint32_t	 layers;
	uint32_t	 uid;
};

struct ipc_channel {
	uint32_t	 peer;		/* enum ctl_process */
};

struct ipc_conf {
	uint32_t	 max_sessions;
	uint32_t	 max_halfopen;
	uint32_t	 halfopen_source;
	uint32_t	 new_source;
	uint32_t	 handshake_ms;
	uint32_t	 log_data;
	uint32_t	 samples;
	uint32_t	 silence_ms;	/* 0: a session may be silent */
	uint32_t	 within_ms;	/* 0: a reading may be of any time */
	uint32_t	 spare;
	double		 threshold;
	double		 floor;
};

struct ipc_listener {
	uint32_t	 tls;
	uint32_t	 profiles;	/* mask of 1 << id */
};

struct ipc_tls {
	uint32_t	 certlen;
	uint32_t	 keylen;
};

struct ipc_field {
	double		 floor;
	uint32_t	 ignore;
	char		 pattern[JSON_PATHMAX];
};

struct ipc_stream {
	uint32_t	 number;
	uint32_t	 handler;	/* enum stream_handler */
	uint32_t	 idle_ms;	/* 0: it is never closed for idleness */
	char		 name[IPC_NAMEMAX];
};

struct ipc_role {
	uint64_t	 streams;	/* mask of 1 << place in the list */
	uint32_t	 commands;	/* mask of 1 << enum stream_command */
	uint32_t	 number;	/* 1 to 255 */
	char		 name[IPC_NAMEMAX];
};

enum require_type {
	REQUIRE_ANY,
	REQUIRE_NUMBER,
	REQUIRE_STRING
};

struct ipc_require {
	uint32_t	 type;		/* enum require_type */
	char		 path[JSON_PATHMAX];
};

struct ipc_group {
	uint32_t	 function;	/* enum group_function */
	uint32_t	 wait_ms;
	uint32_t	 nmembers;	/* ids that follow, each with its NUL */
	char		 name[IPC_NAMEMAX];
	char		 metric[JSON_PATHMAX];
};

struct ipc_socket {
	uint32_t	 restricted;
};

struct ipc_done {
	uint32_t	 failed;
	char		 text[CTL_TEXTMAX];
};

struct ipc_conn {
	uint64_t	 conn;
	uint32_t	 profiles;	/* of IPC_OPEN: the listener's mask */
	uint32_t	 spare;
};

struct ipc_sign {
	uint64_t	 conn;
	uint8_t		 h[ASMP_HASHLEN];
};

struct ipc_signed {
	uint64_t	 conn;
	uint32_t	 len;
	uint8_t		 gpt[GATEWAY_AUTH_MAX];
};

struct ipc_lookup {
	uint64_t	 conn;
	uint8_t		 profile;
	uint8_t		 kind;
	uint8_t		 group;		/* number of a shared key, or 0 */
	uint8_t		 hbody[ASMP_HASHLEN];
	char		 id[ASMP_IDMAX + 1];	/* signature, psk, kem */
	struct asmp_token token;
	uint8_t		 ticket[TICKET_IDLEN];
};

struct ipc_found {
	uint64_t	 conn;
	uint8_t		 reason;	/* for the log; a decoy follows */
	uint8_t		 alg;		/* signature: the public key */
	uint8_t		 key[ASMP_PUBMAX];
	uint8_t		 challenge[CHALLENGE_LEN];	/* kem */
};

struct ipc_prove {
	uint64_t	 conn;
	uint32_t	 len;
	uint32_t	 ticket;	/* one is wanted */
	uint8_t		 proof[ASMP_SIGMAX];
};

struct ipc_proved {
	uint64_t	 conn;
	uint64_t	 lastid;
	uint32_t	 reason;	/* 0: proved */
	uint32_t	 device;
	uint32_t	 modellen;	/* bytes that follow */
	uint32_t	 role;
	uint32_t	 lifetime;	/* seconds at most */
	uint32_t	 ticketed;	/* the ticket below is one */
	uint8_t		 ticket[TICKET_IDLEN];
	uint8_t		 secret[ASMP_KEYLEN];
	char		 id[ASMP_IDMAX + 1];	/* who it is */
	uint8_t		 x[ASMP_KEYLEN];
	uint8_t		 g[ASMP_KEYLEN];
};

struct ipc_end {
	uint64_t	 conn;
	uint32_t	 device;
	uint32_t	 reason;
};

struct ipc_after {
	uint32_t	 number;	/* rows with a higher number */
};

/*
 * A registry row.  What a signature is verified with or a secret is
 * encapsulated to is the key; a pre-shared key stands there as a keyed hash,
 * and itself, sealed, beside it, as does a ticket beside the key of a
 * signature; a token's device has none.  It travels
 * without what its key leaves free: ipc_row_len() bytes.
 */
struct ipc_row {
	uint32_t	 number;
	uint8_t		 kind;		/* enum asmp_kind */
	uint8_t		 alg;		/* enum ident_alg; 0: no signatures */
	uint8_t		 state;		/* enum ctl_state */
	uint8_t		 profiles;	/* mask of 1 << id */
	uint64_t	 enrolled;	/* ms since 1970 */
	uint64_t	 changed;
	uint8_t		 role;
	uint8_t		 sealedlen;
	uint16_t	 keylen;
	char		 id[ASMP_IDMAX + 1];
	uint8_t		 sealed[SEALED_MAX];
	uint8_t		 mac[ASMP_HASHLEN];	/* the parent's, over all */
	uint8_t		 key[MLKEM768_EKLEN];
};

struct ipc_job {
	uint32_t	 job;
	uint32_t	 count;		/* rows since the last one */
	uint32_t	 more;		/* rows follow: answer, write nothing */
};

struct ipc_jobresult {
	uint32_t	 job;
	uint32_t	 failed;
	char		 text[CTL_TEXTMAX];
};

struct ipc_lease {
	uint64_t	 conn;
	uint32_t	 device;
	uint32_t	 spare;
};

struct ipc_leased {
	uint64_t	 conn;
	uint64_t	 lastid;
	uint32_t	 device;
	uint32_t	 modellen;	/* bytes that follow */
	uint32_t	 failed;	/* it cannot be lent now */
	uint32_t	 spare;
};

struct ipc_devstats {
	uint32_t	 client;
	uint32_t	 device;
	uint32_t	 failed;	/* the figures are not known */
	uint32_t	 spare;
	uint64_t	 lastid;
	uint64_t	 lasttime;
	uint64_t	 accepted;
	uint64_t	 blocked;
};

struct ipc_ctl {
	uint32_t	 client;	/* control's name for who asks */
	uint32_t	 uid;
	uint32_t	 type;		/* enum ctl_type */
	uint32_t	 spare;		/* what follows is aligned */
};

struct ipc_client {
	uint32_t	 client;
};

struct ipc_reply {
	uint32_t	 client;
	uint32_t	 type;		/* enum ctl_type, its struct follows */
	uint32_t	 last;		/* the answer is complete */
	uint32_t	 spare;		/* what follows is aligned */
};

struct ipc_sessions {
	uint64_t	 cursor;
	uint32_t	 client;
};

struct ipc_send {
	uint64_t	 conn;
	uint32_t	 client;
	char		 text[ASMP_TEXTMAX + 1];
};

struct nv_open {
	uint8_t		 addr[16];	/* IPv6, or IPv4 mapped into it */
	uint16_t	 port;
	uint16_t	 profiles;	/* the listener's, mask of 1 << id */
};

struct nv_closed {
	uint32_t	 reason;
};

struct vn_up {
	uint32_t	 max_in;
};

struct vn_taken {
	uint32_t	 bytes;
};

enum vn_close_how {
	VN_CLOSE_SILENT,	/* now, no byte more */
	VN_CLOSE_FLUSH,		/* after what was queued */
	VN_CLOSE_LATE		/* 1 s after the last frame, no byte more */
};

struct vn_close {
	uint32_t	 how;
};

struct vs_reading {
	uint64_t	 id;
	uint64_t	 time;		/* the device's, ms, or 0 */
	uint64_t	 received;	/* the gateway's, ms */
	uint32_t	 device;
	uint32_t	 reason;	/* 0: accepted */
	uint32_t	 textlen;	/* bytes that follow */
	uint32_t	 spare;
};

struct vs_model {
	uint32_t	 device;
};

struct vs_release {
	uint32_t	 device;
};

struct sv_decided {
	uint64_t	 lastid;
	uint32_t	 nrefused;
};

struct sv_refused {
	uint64_t	 id;
	uint32_t	 reason;
};

/* Sizes that sender and receiver must agree on to the byte. */
_Static_assert(sizeof(struct vs_reading) == 40, "vs_reading");
_Static_assert(sizeof(struct nv_open) == 20, "nv_open");
_Static_assert(sizeof(struct ipc_ctl) == 16, "ipc_ctl");
_Static_assert(sizeof(struct ipc_reply) == 16, "ipc_reply");

/* ipc.c */
const char	*ipc_procname(enum ctl_process);
enum sandbox_role ipc_role(enum ctl_process);
void		 ipc_get(struct imsg *, const char *, void *, size_t);
const void	*ipc_get_with(struct imsg *, const char *, void *, size_t,
		    size_t *);
void		 ipc_string(const char *, const char *, const char *, size_t);
size_t		 ipc_row_len(const struct ipc_row *);
int		 ipc_row_get(struct ipc_row *, const uint8_t **, size_t *);
__attribute__((__noreturn__))
void		 ipc_intrusion(const char *, const char *, uint32_t, size_t);

#endif /* IPC_H */
