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
	IPC_CONF_EXEMPT,	/* parent -> net: ipc_exempt */
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
	IPC_ROTATE,		/* verify -> parent: ipc_rotate */
	IPC_ROTATED,		/* parent -> verify: ipc_rotated */
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
	/* logs */
	IPC_LOG_GET,		/* parent -> store: ipc_log_get */
	IPC_LOG,		/* store -> parent: ipc_log, leaves, MACs */
	IPC_LOG_START,		/* parent -> store: ipc_log_start */
	IPC_AUDIT,		/* parent -> store: ipc_audit, text */
	IPC_AUDITED,		/* store -> parent: ipc_audited */
	IPC_CHECKPOINT,		/* parent -> store: ipc_checkpoint, note */
	IPC_TREE_GET,		/* parent -> store: nothing */
	IPC_TREE,		/* store -> parent: ipc_tree, hashes */
	IPC_TREE_FAILED,	/* store -> parent: ipc_tree_failed */
	IPC_REFUSED,		/* verify -> parent: ipc_refused */
	IPC_BLOCKED,		/* verify -> parent: ipc_blocked */
	IPC_MESSAGE,		/* verify -> parent: ipc_message */
	/* control */
	IPC_CTL,		/* control -> parent: ipc_ctl, request */
	IPC_CTL_GONE,		/* control -> parent: ipc_client */
	IPC_REPLY,		/* child -> parent -> control: ipc_reply..;
				   with CTL_PIPE from the parent a descriptor */
	IPC_STATUS,		/* parent -> child: ipc_client */
	IPC_SESSIONS,		/* parent -> verify: ipc_sessions */
	IPC_SEND,		/* parent -> verify: ipc_send */
	IPC_SHARE,		/* verify -> parent -> first one: ipc_share */
	IPC_RESULT,		/* first one -> parent -> verify: ipc_result */
	IPC_MONITOR,		/* control -> parent -> verify: ctl_log */
	IPC_EVENT,		/* verify -> parent -> control: ctl_event */
	IPC_QUERY		/* parent -> store: ipc_query, descriptor */
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
	VN_FAULT,		/* vn_fault; its connection may be gone */
	VN_HOLD,		/* vn_hold: read no more from it, or go on */
	VN_STOPPED,		/* nothing follows */
	VS_SEAL,		/* vs_seal, record, vs_leaf many */
	VS_SEALED,		/* vs_sealed: the end of what a seal covers */
	VS_READING,		/* vs_reading, text, record if compressed */
	VS_MODEL,		/* vs_model, model */
	VS_RELEASE,		/* vs_release */
	SV_DECIDED		/* sv_decided, then sv_refused many */
};

#define IPC_PATHMAX	1024
#define IPC_NAMEMAX	17	/* of a stream, role or group, with NUL */
#define IPC_MODELMAX	12288	/* a model as the store keeps it */
#define IPC_ROWS_MAX	48	/* registry rows in one message */
#define IPC_LEAVES_MAX	1024	/* hashes of a log in one message */
#define RESULT_TEXTMAX	512	/* a group's result as JSON, with NUL */
#define AUDIT_TEXTMAX	1024	/* bytes of an audit record, with NUL */
#define AUDIT_DETAILMAX	256	/* of its message, before escapes */
#define TICKET_SECRETLEN	(TICKET_IDLEN + ASMP_KEYLEN + 8)
#define SEALABLE_MAX	TICKET_SECRETLEN	/* longer than a psk */
#define SEALED_MAX	(AEAD_NONCELEN + SEALABLE_MAX + ASMP_TAGLEN)
#define IPC_MSGMAX	(512 * 1024)	/* certificate chains are large */
#define IPC_QUEUEMAX	(64 * 1024 * 1024)	/* an import of 100000 rows */
#define CHAN_MSGMAX	(192 * 1024)	/* one read's frames, or a reading */

/* A connection: net's slot in the low half, its generation above. */
#define CONN_SLOT(c)		((uint32_t)((c) & 0xffffffff))
#define CONN_GEN(c)		((uint32_t)((c) >> 32))
#define CONN_ID(slot, gen)	((uint64_t)(gen) << 32 | (slot))

/* The verifier, of n, that has the session of a connection, for good. */
#define CONN_VERIFIER(c, n)	(CTL_VERIFY + CONN_SLOT(c) % (n))

struct ipc_init {
	uint32_t	 drop;		/* change user, chroot */
	uint32_t	 uid;
	uint32_t	 gid;
	uint32_t	 process;	/* enum ctl_process: who it is */
	uint32_t	 verifiers;	/* how many there are */
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

/* What is held against the address of who did not become a session. */
enum penalty {
	PENALTY_REFUSED,	/* no identity that may come in was proved */
	PENALTY_PROTOCOL,	/* what came was not the protocol */
	PENALTY_UNFINISHED,	/* the handshake was left, or took too long */
	PENALTY_N
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
	uint32_t	 received;	/* acknowledge before the disk has it */
	uint32_t	 audit_messages;
	uint32_t	 penalty_ms[PENALTY_N];	/* of each, 0: none */
	uint32_t	 penalty_least_ms;	/* shuts a source out */
	uint32_t	 penalty_most_ms;
	uint32_t	 rate;		/* of a device; 0: any */
	uint32_t	 burst;
	uint32_t	 verifiers;	/* as in ipc_init */
	uint64_t	 keep_readings_ms;	/* 0: for ever */
	uint64_t	 keep_blocked_ms;	/* the same */
	uint64_t	 keep_bytes;	/* in the database; 0: any number */
	double		 threshold;
	double		 floor;
};

struct ipc_listener {
	uint32_t	 tls;
	uint32_t	 profiles;	/* mask of 1 << id */
};

/* A network that gets no penalties; both as in ipc_conn. */
struct ipc_exempt {
	uint8_t		 addr[16];	/* what is behind bits is 0 */
	uint32_t	 bits;		/* of the 128 */
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
	uint32_t	 rate;		/* readings a second; 0: any */
	uint32_t	 burst;		/* and so many at once */
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
	uint16_t	 port;		/* the same: the device's */
	uint8_t		 addr[16];	/* the same; IPv4 mapped into IPv6 */
	uint16_t	 spare;
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
	uint8_t		 flags;		/* all of HANDSHAKE_INIT's body */
	uint8_t		 group;		/* number of a shared key, or 0 */
	uint8_t		 nonce[ASMP_NONCELEN];
	char		 id[ASMP_IDMAX + 1];	/* signature, psk, kem */
	struct asmp_token token;
	uint8_t		 ticket[TICKET_IDLEN];
};

struct ipc_found {
	uint64_t	 conn;
	uint8_t		 reason;	/* for the log; a decoy follows */
	uint8_t		 alg;		/* signature: the public key */
	uint8_t		 key[ASMP_PUBMAX];
	uint8_t		 oldalg;	/* 0: it has no old key */
	uint8_t		 oldkey[ASMP_PUBMAX];
	uint8_t		 challenge[CHALLENGE_LEN];	/* kem */
};

struct ipc_prove {
	uint64_t	 conn;
	uint32_t	 len;
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
	uint64_t	 rested;	/* as in ipc_lease */
	uint8_t		 ticket[TICKET_IDLEN];
	uint8_t		 secret[ASMP_KEYLEN];
	char		 id[ASMP_IDMAX + 1];	/* who it is */
	uint8_t		 x[ASMP_KEYLEN];
	uint8_t		 g[ASMP_KEYLEN];
};

/* A device's ROTATE, as it came. */
struct ipc_rotate {
	uint64_t	 conn;
	uint32_t	 len;
	uint8_t		 plain[ROTATE_MAX];
};

struct ipc_rotated {
	uint64_t	 conn;
	uint64_t	 until;		/* the old key is accepted, ms */
	uint32_t	 reason;	/* 0: it has the new key */
	uint32_t	 spare;
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
 * signature; a token's device has none.  Behind the key stand, while there is
 * one, the key before it and that one's sealed secret.  It travels without
 * what these leave free: ipc_row_len() bytes.
 */
struct ipc_row {
	uint32_t	 number;
	uint8_t		 kind;		/* enum asmp_kind */
	uint8_t		 alg;		/* enum ident_alg; 0: no signatures */
	uint8_t		 state;		/* enum ctl_state */
	uint8_t		 profiles;	/* mask of 1 << id */
	uint64_t	 enrolled;	/* ms since 1970 */
	uint64_t	 changed;
	uint64_t	 expires;	/* 0: never */
	uint64_t	 rotated;	/* when the old key was, or 0 */
	uint64_t	 until;		/* and until when it is accepted */
	uint64_t	 used;		/* the key, last, since then */
	uint64_t	 oldused;	/* the old one */
	uint64_t	 version;	/* 0: from before there were any */
	uint8_t		 role;
	uint8_t		 sealedlen;
	uint16_t	 keylen;
	uint16_t	 oldkeylen;	/* 0: there is no old key */
	uint8_t		 oldsealedlen;
	uint8_t		 oldalg;
	uint8_t		 told;		/* that it expired was audited */
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
	uint64_t	 rested;	/* of IPC_RELEASED: as in vs_release */
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

struct ipc_log_get {
	uint64_t	 from;		/* leaves from this one on */
	uint32_t	 log;		/* enum tree_kind */
	uint32_t	 spare;
};

struct ipc_log {
	uint64_t	 from;
	uint64_t	 size;		/* of the whole log */
	uint32_t	 log;
	uint32_t	 n;		/* leaves, and MACs, that follow */
	uint8_t		 root[ASMP_HASHLEN];	/* of the first from */
};

struct ipc_log_start {
	uint64_t	 size;		/* the next record has this index */
	uint32_t	 log;
	uint32_t	 spare;
};

enum audit_type {
	AUDIT_AUTHENTICATED,
	AUDIT_AUTH_FAILED,
	AUDIT_KEY_REVOKED,
	AUDIT_MESSAGE_ENCRYPTED,
	AUDIT_MESSAGE_DECRYPTED,
	AUDIT_KEY_ENROLLED,
	AUDIT_KEY_ROTATED,
	AUDIT_KEY_DISABLED,
	AUDIT_KEY_ENABLED,
	AUDIT_KEY_EXPIRED,
	AUDIT_READING_BLOCKED,
	AUDIT_OPERATOR,
	AUDIT_RELOADED,
	AUDIT_STARTED,
	AUDIT_STOPPED,
	AUDIT_LOG_DAMAGED,
	AUDIT_EVENTS_LOST,
	AUDIT_N
};

/*
 * The record itself follows: its text is what the tree stands on.  Behind
 * that, with AUDIT_AUTHENTICATED, a secret of the session's, sealed.
 */
struct ipc_audit {
	uint64_t	 index;
	uint64_t	 time;		/* microseconds since 1970 */
	uint32_t	 type;		/* enum audit_type */
	uint32_t	 ok;
	uint32_t	 number;	/* of who was let in, or 0 */
	uint32_t	 sealedlen;	/* bytes of the secret, or 0 */
	char		 device[ASMP_IDMAX + 1];
	char		 gateway[ASMP_IDMAX + 1];
	uint8_t		 mac[ASMP_HASHLEN];	/* the parent's */
};

struct ipc_audited {
	uint64_t	 size;		/* records on the disk */
};

/* The log of readings, to be signed: proof that it goes on from what was. */
struct ipc_tree {
	uint64_t	 from;		/* signed last */
	uint64_t	 size;
	uint64_t	 missing;	/* of its end, at the start */
	uint32_t	 n;		/* hashes of the proof, which follow */
	uint32_t	 asked;		/* IPC_TREE_GET that came before it */
	uint8_t		 root[ASMP_HASHLEN];
};

/* Who asked before it is told so; it comes later. */
struct ipc_tree_failed {
	uint32_t	 asked;		/* IPC_TREE_GET that came before it */
	char		 text[CTL_TEXTMAX];
};

struct ipc_checkpoint {
	uint64_t	 size;
	uint32_t	 log;
	uint32_t	 spare;
};

/* Verify has refused what the parent only looked up. */
struct ipc_refused {
	uint64_t	 conn;
	uint32_t	 reason;
	uint32_t	 spare;
};

struct ipc_blocked {
	uint64_t	 conn;
	uint64_t	 id;
	uint32_t	 device;
	uint32_t	 reason;
	char		 detail[AUDIT_DETAILMAX];
};

/* A DATA record was opened and accepted, or sent. */
struct ipc_message {
	uint64_t	 conn;
	uint64_t	 id;		/* of a reading, or 0 */
	uint32_t	 device;
	uint32_t	 stream;
	uint32_t	 bytes;		/* without what encrypts them */
	uint32_t	 encrypted;	/* it was sent */
};

enum share {
	SHARE_JOINED,			/* it has a session */
	SHARE_LEFT,
	SHARE_VALUE
};

/* A member of groups, for the verifier that brings their values together. */
struct ipc_share {
	uint64_t	 conn;
	double		 d;
	int64_t		 i;
	uint32_t	 exact;		/* i says it to the last digit */
	uint32_t	 what;		/* enum share */
	char		 group[IPC_NAMEMAX];	/* of a value */
	char		 id[ASMP_IDMAX + 1];	/* whose session it is */
	uint8_t		 spare[6];
};

/* What a member is told. */
struct ipc_result {
	uint64_t	 conn;
	int64_t		 i;		/* as in smcp */
	uint32_t	 status;	/* SMCP_COMPLETE and so on */
	uint32_t	 answered;	/* it has given a value for it */
	char		 text[RESULT_TEXTMAX];	/* for the others, or "" */
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

/* The store answers into the descriptor, and reads nothing from it. */
struct ipc_query {
	struct ctl_query q;
	uint32_t	 device;	/* its number, or 0 for any */
	uint32_t	 devices;	/* how many there are */
	uint32_t	 active;	/* and may come in */
	uint32_t	 spare;
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

struct vn_hold {
	uint32_t	 on;
};

struct vn_fault {
	uint8_t		 addr[16];	/* as in nv_open */
	uint32_t	 kind;		/* enum penalty */
};

struct vs_reading {
	uint64_t	 id;
	uint64_t	 time;		/* the device's, ms, or 0 */
	uint64_t	 received;	/* the gateway's, ms */
	uint32_t	 device;
	uint32_t	 reason;	/* 0: accepted */
	uint32_t	 textlen;	/* bytes that follow */
	uint32_t	 rawlen;	/* and so many: the record unexpanded */
	uint32_t	 place;		/* in the last VS_SEAL, from 1, or 0 */
	uint32_t	 spare;
};

/*
 * A seal that held, before the first reading that it covers: what the log of
 * readings keeps of it, and how each of its frames is shown.
 */
struct vs_seal {
	uint64_t	 received;	/* ms since 1970 */
	uint32_t	 device;
	uint32_t	 recordlen;	/* bytes of seal_record_put() */
	uint32_t	 keylen;	/* of the device's public key */
	uint32_t	 count;		/* leaves behind that */
};

struct vs_leaf {
	uint8_t		 header[ASMP_HDRLEN];
	uint8_t		 leaf[ASMP_HASHLEN];
	uint8_t		 blind[ASMP_HASHLEN];
};

struct vs_model {
	uint32_t	 device;
};

struct vs_release {
	uint64_t	 rested;	/* mono_ms(): its bucket is full */
	uint32_t	 device;
	uint32_t	 spare;
};

struct sv_decided {
	uint64_t	 lastid;
	uint32_t	 nrefused;
	uint32_t	 others;	/* have said something lately */
};

struct sv_refused {
	uint64_t	 id;
	uint32_t	 reason;
};

/* The readings of a seal have all been sent, and what follows is another's. */
struct vs_sealed {
	uint32_t	 device;
};

/* Sizes that sender and receiver must agree on to the byte. */
_Static_assert(sizeof(struct vs_reading) == 48, "vs_reading");
_Static_assert(sizeof(struct vs_seal) == 24, "vs_seal");
_Static_assert(sizeof(struct vs_leaf) == 88, "vs_leaf");
_Static_assert(sizeof(struct nv_open) == 20, "nv_open");
_Static_assert(sizeof(struct ipc_ctl) == 16, "ipc_ctl");
_Static_assert(sizeof(struct ipc_reply) == 16, "ipc_reply");
_Static_assert(sizeof(struct ipc_share) == 120, "ipc_share");

/* ipc.c */
const char	*ipc_procname(enum ctl_process);
enum sandbox_role ipc_role(enum ctl_process);
void		 ipc_get(struct imsg *, const char *, void *, size_t);
const void	*ipc_get_with(struct imsg *, const char *, void *, size_t,
		    size_t *);
void		 ipc_string(const char *, const char *, const char *, size_t);
size_t		 ipc_row_keys(const struct ipc_row *);
size_t		 ipc_row_len(const struct ipc_row *);
int		 ipc_row_get(struct ipc_row *, const uint8_t **, size_t *);
__attribute__((__noreturn__))
void		 ipc_intrusion(const char *, const char *, uint32_t, size_t);

#endif /* IPC_H */
