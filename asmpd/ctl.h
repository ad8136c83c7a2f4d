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
 * What asmpctl and asmpd say to each other over the control socket.  One
 * struct per message, named after it; a reply that does not fit one message
 * comes as many, then CTL_MORE with the cursor for the next request, or
 * CTL_RESULT.
 */

#ifndef CTL_H
#define CTL_H

#include <stddef.h>
#include <stdint.h>

#include "asmp_proto.h"

#define CTL_TEXTMAX	256
#define CTL_ADDRMAX	64	/* "[IPv6%scope]:port", with NUL */
#define CTL_PAGE	64	/* entries in one page */
#define CTL_TYPEMAX	32	/* a word, with NUL */
#define CTL_ROWMAX	(96 * 1024)	/* bytes of a message on a pipe */
#define CTL_SEALEDMAX	128	/* bytes of what only the parent can open */
#define CTL_NAMESMAX	(32 * 1024)	/* bytes of names behind a message */
#define CTL_NCOUNTERS	24
#define LIST_ERRORS	20	/* of one list, that are told */

enum ctl_type {
	CTL_NONE,
	/* requests */
	CTL_SHOW_SUMMARY,	/* nothing -> ctl_status each, ctl_result */
	CTL_SHOW_PROCESSES,	/* the same */
	CTL_SHOW_SANDBOX,	/* the same */
	CTL_SHOW_MEMORY,	/* the same */
	CTL_SHOW_SESSIONS,	/* ctl_page -> ctl_session.., more or result */
	CTL_SHOW_DEVICES,	/* ctl_page -> ctl_device.., more or result */
	CTL_DEVICE_SHOW,	/* ctl_name -> ctl_device, ctl_result */
	CTL_DEVICE_ADD,		/* ctl_newdevice -> ctl_result */
	CTL_DEVICE_REVOKE,	/* ctl_name -> ctl_result */
	CTL_IMPORT_BEGIN,	/* nothing -> ctl_result */
	CTL_IMPORT_ROW,		/* ctl_newdevice -> nothing, or ctl_result */
	CTL_IMPORT_COMMIT,	/* nothing -> ctl_result, behind errors */
	CTL_KILL,		/* ctl_name -> ctl_result */
	CTL_RELOAD,		/* nothing -> ctl_result */
	CTL_LOG,		/* ctl_log -> ctl_result */
	CTL_MONITOR,		/* nothing -> ctl_event.., without end */
	CTL_SEND,		/* ctl_send -> ctl_result */
	CTL_IMPORT_TRY,		/* CTL_IMPORT_BEGIN, to check and no more */
	CTL_DEVICE_DISABLE,	/* ctl_name -> ctl_result */
	CTL_DEVICE_ENABLE,	/* ctl_name -> ctl_result */
	CTL_DEVICE_EXPIRE,	/* ctl_expire -> ctl_result */
	CTL_NOTE,		/* ctl_log_of -> CTL_NOTE_TEXT, ctl_result */
	CTL_QUERY,		/* ctl_query -> CTL_PIPE, or ctl_result */
	CTL_DEVICE_ROTATE,	/* ctl_rotate -> ctl_result */
	CTL_SHOW_ROTATIONS,	/* ctl_page -> ctl_rotation.., more or result */
	CTL_REQUESTS,		/* one more than the last request */
	/* replies */
	CTL_STATUS = 64,
	CTL_SESSION,
	CTL_DEVICE,
	CTL_MORE,		/* ctl_page */
	CTL_RESULT,
	CTL_EVENT,
	CTL_IMPORT_ERROR,	/* ctl_result, about one entry */
	CTL_ROTATION,
	CTL_NOTE_TEXT,		/* ctl_note */
	CTL_PIPE,		/* nothing, but the descriptor of a pipe */
	/* on a pipe, where the last one is a ctl_result */
	CTL_READING,		/* ctl_reading, text */
	CTL_AUDIT,		/* ctl_audit, text */
	CTL_MARK,		/* ctl_mark, note */
	CTL_SEALED,		/* ctl_sealed, and what it counts */
	CTL_DEVKEY,		/* ctl_devkey */
	CTL_ACTIVITY,		/* ctl_activity, only one */
	CTL_STATISTICS,		/* ctl_statistics, names; the same */
	CTL_DATABASE		/* ctl_database, names; the same */
};

#define VERIFIERS_MAX	16	/* more than a gateway's other work feeds */

/* Verifiers have numbers of their own, from CTL_VERIFY on. */
enum ctl_process {
	CTL_PARENT,
	CTL_NET,
	CTL_STORE,
	CTL_CONTROL,
	CTL_VERIFY,
	CTL_NPROCESSES = CTL_VERIFY + VERIFIERS_MAX
};

enum ctl_code {
	CTL_OK,
	CTL_DENIED,		/* the restricted socket, or not for this uid */
	CTL_UNKNOWN,		/* no such request */
	CTL_INVALID,		/* the request is malformed */
	CTL_NOTFOUND,
	CTL_EXISTS,
	CTL_BUSY,
	CTL_FAILED
};

enum ctl_state {
	CTL_DEVICE_ACTIVE = 1,
	CTL_DEVICE_REVOKED,
	CTL_DEVICE_DISABLED
};

/* What is kept in such numbers that it comes on a pipe of its own. */
enum ctl_kind {
	CTL_KIND_READINGS = 1,
	CTL_KIND_BLOCKED,
	CTL_KIND_AUDIT,		/* records */
	CTL_KIND_MARKS,		/* checkpoints of the audit log */
	CTL_KIND_EVIDENCE,	/* of one reading; after: the log's size */
	CTL_KIND_DEVKEYS,	/* of all devices, or one */
	CTL_KIND_ACTIVITY,	/* of one device */
	CTL_KIND_STATISTICS,
	CTL_KIND_DATABASE,
	CTL_NKINDS
};

struct ctl_page {
	uint64_t	 cursor;	/* 0: from the beginning */
};

struct ctl_name {
	char		 name[ASMP_IDMAX + 1];
};

struct ctl_expire {
	uint64_t	 expires;	/* seconds since 1970; 0: never */
	char		 name[ASMP_IDMAX + 1];
};

struct ctl_log {
	uint32_t	 verbose;
};

/* The two logs, each a tree of its own. */
enum tree_kind {
	TREE_AUDIT,
	TREE_READINGS,
	TREE_N
};

struct ctl_log_of {
	uint32_t	 log;		/* enum tree_kind */
};

/* A log's newest checkpoint, and the key to check it with. */
struct ctl_note {
	uint64_t	 size;		/* records */
	uint64_t	 made;		/* more, if it lags: others are late */
	uint32_t	 log;		/* enum tree_kind */
	uint32_t	 spare;
	uint8_t		 root[ASMP_HASHLEN];
	char		 text[CHECKPOINT_MAX];
	char		 key[VKEY_MAX];
};

struct ctl_send {
	char		 name[ASMP_IDMAX + 1];
	char		 text[ASMP_TEXTMAX + 1];
};

/* Sent without what its key leaves free: CTL_NEWDEVICE_LEN() bytes. */
struct ctl_newdevice {
	uint32_t	 place;		/* of the entry in its file, from 1 */
	uint32_t	 spare;
	struct enrolment e;		/* a pre-shared key: a secret */
};

#define CTL_NEWDEVICE_HEAD	offsetof(struct ctl_newdevice, e.key)
#define CTL_NEWDEVICE_LEN(n)	(CTL_NEWDEVICE_HEAD + (n)->e.keylen)

/* The same, of the same shape. */
struct ctl_rotate {
	uint32_t	 overlap;	/* seconds, if there is one */
	uint32_t	 given;
	struct enrolment e;		/* id and key alone */
};

/* Rows of a kind in their order; what is 0 or empty asks for nothing. */
struct ctl_query {
	uint64_t	 after;		/* position of the last one known */
	uint64_t	 since;		/* ms since 1970, when it came */
	uint64_t	 until;		/* the same; not itself */
	uint64_t	 id;		/* of the message */
	uint32_t	 kind;		/* enum ctl_kind */
	uint32_t	 limit;		/* rows */
	uint32_t	 newest;	/* first */
	char		 device[ASMP_IDMAX + 1];
	char		 gateway[ASMP_IDMAX + 1];
	char		 type[CTL_TYPEMAX];	/* of what, or why */
	uint8_t		 verify;	/* to be compared, not kept */
	uint8_t		 spare;
};

/* A record of the audit log, len bytes, follows; here is how it is found. */
struct ctl_audit {
	uint64_t	 position;	/* its index and one */
	uint64_t	 time;		/* microseconds since 1970 */
	uint8_t		 leaf[ASMP_HASHLEN];	/* the hash that is kept */
	uint32_t	 len;
	uint32_t	 ok;		/* 0, 1, or not so */
	char		 type[CTL_TYPEMAX];	/* or "": there is none such */
	char		 device[ASMP_IDMAX + 1];
	char		 gateway[ASMP_IDMAX + 1];
	uint8_t		 spare[6];
};

/* A checkpoint of it, len bytes with NUL, follows. */
struct ctl_mark {
	uint64_t	 position;	/* its size */
	uint32_t	 len;
	uint32_t	 spare;
};

/*
 * A reading and what proves it: text, unexpanded record, seal's record,
 * device's key, the seal's leaves (vs_leaf), hashes of the path.
 */
struct ctl_sealed {
	uint64_t	 position;	/* of the seal in its log, and one */
	uint64_t	 size;		/* of the log that the path is for */
	uint64_t	 id;
	uint64_t	 time;
	uint64_t	 received;
	uint32_t	 reason;
	uint32_t	 place;		/* in the seal, from 1 */
	uint32_t	 textlen;
	uint32_t	 rawlen;
	uint32_t	 recordlen;
	uint32_t	 keylen;
	uint32_t	 nleaves;
	uint32_t	 npath;
};

/* Its text, len bytes, follows; of a blocked one it may be anything. */
struct ctl_reading {
	uint64_t	 position;	/* rises with each */
	uint64_t	 id;
	uint64_t	 time;		/* the device's, ms since 1970, or 0 */
	uint64_t	 received;	/* the gateway's */
	uint32_t	 reason;	/* 0: accepted */
	uint32_t	 len;
	char		 device[ASMP_IDMAX + 1];	/* "": none known */
	uint8_t		 spare[7];
};

/*
 * A device's key and when it came in by it.  A key that a secret is
 * encapsulated to is there as its hash, one that is a secret is not.
 */
struct ctl_devkey {
	uint64_t	 authenticated;	/* microseconds since 1970, or 0 */
	uint64_t	 last;		/* the same; its last event */
	uint32_t	 number;	/* rises with each */
	uint16_t	 keylen;
	uint16_t	 sealedlen;	/* what is left of the secret, or 0 */
	uint8_t		 active;
	uint8_t		 kind;		/* enum asmp_kind */
	char		 device[ASMP_IDMAX + 1];
	char		 gateway[ASMP_IDMAX + 1];	/* or "" */
	uint8_t		 key[ASMP_PUBMAX];
	uint8_t		 sealed[CTL_SEALEDMAX];
};

/* What the audit log counts of a device. */
struct ctl_activity {
	uint64_t	 events;
	uint64_t	 successes;	/* times that it was let in */
	uint64_t	 failures;	/* and that it was not */
	uint64_t	 last;		/* microseconds since 1970, or 0 */
	char		 device[ASMP_IDMAX + 1];
	uint8_t		 active;
	uint8_t		 spare[6];
};

/* Names of gateways follow, len bytes, each with its NUL: the first ones. */
struct ctl_statistics {
	uint64_t	 devices;
	uint64_t	 active;
	uint64_t	 authenticated;	/* of the devices, ever */
	uint64_t	 events;
	uint64_t	 gateways;
	uint32_t	 len;
	uint32_t	 spare;
};

/* Its URI, its name and those of its tables follow, as with statistics. */
struct ctl_database {
	uint32_t	 schema;
	uint32_t	 len;
	char		 engine[CTL_TYPEMAX];
	char		 trouble[CTL_TEXTMAX];	/* or "": it works */
};

struct ctl_result {
	uint32_t	 code;
	uint32_t	 count;		/* sessions closed, devices added,
					   or errors in a list */
	uint32_t	 place;		/* of the entry that failed, or 0 */
	char		 text[CTL_TEXTMAX];
};

struct ctl_session {
	uint64_t	 conn;
	uint64_t	 since;		/* ms since 1970 */
	uint64_t	 active;	/* ms, last authenticated frame */
	uint64_t	 accepted;
	uint64_t	 blocked;
	uint64_t	 lastid;
	uint64_t	 holds;		/* times that it was held back */
	char		 device[ASMP_IDMAX + 1];
	char		 address[CTL_ADDRMAX];
	uint8_t		 profile;
	uint8_t		 held;		/* it is over its rate now */
};

/* Sent without what its key leaves free: CTL_DEVICE_LEN() bytes. */
struct ctl_device {
	uint32_t	 number;
	uint32_t	 spare;
	uint64_t	 enrolled;	/* ms since 1970 */
	uint64_t	 changed;
	uint64_t	 expires;	/* 0: never */
	uint64_t	 lastid;	/* detail only, else 0 */
	uint64_t	 lasttime;	/* the same; of its last reading */
	uint64_t	 accepted;	/* the same */
	uint64_t	 blocked;	/* the same */
	char		 id[ASMP_IDMAX + 1];
	char		 role[ROLE_NAMEMAX + 1];
	uint8_t		 state;		/* enum ctl_state */
	uint8_t		 kind;		/* enum asmp_kind */
	uint8_t		 alg;		/* kind signature, else 0 */
	uint8_t		 profiles;	/* mask of 1 << id */
	uint8_t		 online;
	uint16_t	 keylen;	/* 0: none, or it is a secret */
	uint8_t		 key[MLKEM768_EKLEN];
};

/* A device that has two keys for a time; times are in ms since 1970. */
struct ctl_rotation {
	uint32_t	 number;
	uint32_t	 kind;		/* enum asmp_kind */
	uint64_t	 rotated;
	uint64_t	 until;		/* the old key is accepted */
	uint64_t	 used;		/* the new key, last; 0: never */
	uint64_t	 oldused;
	char		 id[ASMP_IDMAX + 1];
	char		 key[IDENT_FPMAX];	/* empty: it is a secret */
	char		 oldkey[IDENT_FPMAX];
	uint8_t		 session;	/* enum ctl_session_key */
};

enum ctl_session_key {
	CTL_KEY_NONE,			/* there is no session */
	CTL_KEY_OLD,
	CTL_KEY_NEW
};

#define CTL_DEVICE_HEAD		offsetof(struct ctl_device, key)
#define CTL_DEVICE_LEN(d)	(CTL_DEVICE_HEAD + (d)->keylen)

struct ctl_status {
	uint32_t	 process;	/* enum ctl_process */
	int32_t		 pid;
	uint32_t	 layers;	/* SANDBOX_* */
	uint32_t	 uid;
	uint64_t	 started;	/* ms since 1970 */
	uint64_t	 utime;		/* microseconds of CPU */
	uint64_t	 stime;
	uint64_t	 rss;		/* bytes; 0 if it cannot be known */
	uint64_t	 maxrss;
	uint64_t	 heap;		/* bytes the allocator lent out */
	uint64_t	 troubled;	/* ms since 1970; 0: it works */
	uint64_t	 counter[CTL_NCOUNTERS];
	char		 trouble[CTL_TEXTMAX];	/* why it does not */
};

/* Counters of each process, by place in ctl_status. */
enum ctl_counter_parent {
	CP_DEVICES, CP_REVOKED, CP_SIGNED, CP_LOOKUPS, CP_PROOFS,
	CP_PROOFS_BAD, CP_RELOADS, CP_AUDITED, CP_AUDIT_LOST, CP_AUDIT_DAMAGED,
	CP_READINGS_DAMAGED, CP_VERIFIERS, CP_VALUES_LOST,
	CP_NCOUNTERS
};

enum ctl_counter_net {
	CN_CONNS, CN_HALFOPEN, CN_ACCEPTED, CN_REFUSED, CN_BYTES_IN,
	CN_BYTES_OUT, CN_FRAMES, CN_READS, CN_WRITES, CN_PIPE_WRITES,
	CN_QUEUED, CN_PAUSES, CN_PENALTIES, CN_SHUT, CN_TURNED, CN_NCOUNTERS
};

enum ctl_counter_verify {
	CV_SESSIONS, CV_HANDSHAKES, CV_REFUSED, CV_RECORDS, CV_SEALS,
	CV_ACCEPTED, CV_BLOCKED, CV_DUPLICATES, CV_ROOMS, CV_ROOM_BYTES,
	CV_EVENTS_LOST, CV_QUEUED, CV_STREAMS, CV_LATE, CV_UNSENT, CV_REKEYS,
	CV_UNAUDITED, CV_HOLDS, CV_HELD, CV_YIELDS, CV_NCOUNTERS
};

enum ctl_counter_store {
	CS_READINGS, CS_BLOCKED, CS_DUPLICATES, CS_COMMITS, CS_RETRIES,
	CS_LEASES, CS_UNLEASED, CS_QUEUED, CS_STALLED, CS_READERS,
	CS_EXPIRED, CS_EVICTED, CS_BYTES, CS_NCOUNTERS
};

enum ctl_counter_control {
	CC_CLIENTS, CC_REQUESTS, CC_DENIED, CC_MALFORMED, CC_EVENTS_LOST,
	CC_NCOUNTERS
};

/* childside_status() copies as many as a process has. */
_Static_assert(CP_NCOUNTERS <= CTL_NCOUNTERS, "counters of the parent");
_Static_assert(CN_NCOUNTERS <= CTL_NCOUNTERS, "counters of net");
_Static_assert(CV_NCOUNTERS <= CTL_NCOUNTERS, "counters of verify");
_Static_assert(CS_NCOUNTERS <= CTL_NCOUNTERS, "counters of store");
_Static_assert(CC_NCOUNTERS <= CTL_NCOUNTERS, "counters of control");

enum ctl_event_kind {
	CTL_EV_SESSION_UP = 1,
	CTL_EV_SESSION_DOWN,
	CTL_EV_REFUSED,
	CTL_EV_ACCEPTED,
	CTL_EV_BLOCKED
};

struct ctl_event {
	uint64_t	 time;		/* ms since 1970 */
	uint64_t	 id;		/* message id, where there is one */
	uint8_t		 kind;
	uint8_t		 reason;
	char		 device[ASMP_IDMAX + 1];
	char		 address[CTL_ADDRMAX];
	char		 text[CTL_TEXTMAX];
};

_Static_assert(sizeof(struct ctl_query) == 208, "ctl_query");
_Static_assert(sizeof(struct ctl_reading) == 112, "ctl_reading");
_Static_assert(sizeof(struct ctl_activity) == 104, "ctl_activity");
_Static_assert(sizeof(struct ctl_audit) == 224, "ctl_audit");

_Static_assert(offsetof(struct ctl_rotate, e) ==
    offsetof(struct ctl_newdevice, e), "ctl_rotate");
/* What is cut ends behind its key. */
_Static_assert(sizeof(struct ctl_newdevice) - CTL_NEWDEVICE_HEAD -
    MLKEM768_EKLEN < 8, "ctl_newdevice");
_Static_assert(sizeof(struct ctl_device) - CTL_DEVICE_HEAD -
    MLKEM768_EKLEN < 8, "ctl_device");

#endif /* CTL_H */
