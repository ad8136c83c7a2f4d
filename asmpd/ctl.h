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
#define CTL_NCOUNTERS	24

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
	CTL_IMPORT_COMMIT,	/* nothing -> ctl_result */
	CTL_KILL,		/* ctl_name -> ctl_result */
	CTL_RELOAD,		/* nothing -> ctl_result */
	CTL_LOG,		/* ctl_log -> ctl_result */
	CTL_MONITOR,		/* nothing -> ctl_event.., without end */
	CTL_SEND,		/* ctl_send -> ctl_result */
	CTL_REQUESTS,		/* one more than the last request */
	/* replies */
	CTL_STATUS = 64,
	CTL_SESSION,
	CTL_DEVICE,
	CTL_MORE,		/* ctl_page */
	CTL_RESULT,
	CTL_EVENT
};

enum ctl_process {
	CTL_PARENT,
	CTL_NET,
	CTL_VERIFY,
	CTL_STORE,
	CTL_CONTROL,
	CTL_NPROCESSES
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
	CTL_DEVICE_REVOKED
};

struct ctl_page {
	uint64_t	 cursor;	/* 0: from the beginning */
};

struct ctl_name {
	char		 name[ASMP_IDMAX + 1];
};

struct ctl_log {
	uint32_t	 verbose;
};

struct ctl_send {
	char		 name[ASMP_IDMAX + 1];
	char		 text[ASMP_TEXTMAX + 1];
};

/* Sent without what its key leaves free: CTL_NEWDEVICE_LEN() bytes. */
struct ctl_newdevice {
	uint32_t	 place;		/* of the entry in its file, from 1 */
	struct enrolment e;		/* a pre-shared key: a secret */
};

#define CTL_NEWDEVICE_HEAD	offsetof(struct ctl_newdevice, e.key)
#define CTL_NEWDEVICE_LEN(n)	(CTL_NEWDEVICE_HEAD + (n)->e.keylen)

struct ctl_result {
	uint32_t	 code;
	uint32_t	 count;		/* sessions closed, devices added .. */
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
	char		 device[ASMP_IDMAX + 1];
	char		 address[CTL_ADDRMAX];
	uint8_t		 profile;
};

/* Sent without what its key leaves free: CTL_DEVICE_LEN() bytes. */
struct ctl_device {
	uint32_t	 number;
	uint32_t	 spare;
	uint64_t	 enrolled;	/* ms since 1970 */
	uint64_t	 changed;
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
	uint64_t	 counter[CTL_NCOUNTERS];
};

/* Counters of each process, by place in ctl_status. */
enum ctl_counter_parent {
	CP_DEVICES, CP_REVOKED, CP_SIGNED, CP_LOOKUPS, CP_PROOFS,
	CP_PROOFS_BAD, CP_RELOADS, CP_NCOUNTERS
};

enum ctl_counter_net {
	CN_CONNS, CN_HALFOPEN, CN_ACCEPTED, CN_REFUSED, CN_BYTES_IN,
	CN_BYTES_OUT, CN_FRAMES, CN_READS, CN_WRITES, CN_PIPE_WRITES,
	CN_QUEUED, CN_PAUSES, CN_NCOUNTERS
};

enum ctl_counter_verify {
	CV_SESSIONS, CV_HANDSHAKES, CV_REFUSED, CV_RECORDS, CV_SEALS,
	CV_ACCEPTED, CV_BLOCKED, CV_DUPLICATES, CV_ROOMS, CV_ROOM_BYTES,
	CV_EVENTS_LOST, CV_QUEUED, CV_STREAMS, CV_LATE, CV_UNSENT, CV_REKEYS,
	CV_NCOUNTERS
};

enum ctl_counter_store {
	CS_READINGS, CS_BLOCKED, CS_DUPLICATES, CS_COMMITS, CS_RETRIES,
	CS_LEASES, CS_UNLEASED, CS_QUEUED, CS_STALLED, CS_NCOUNTERS
};

enum ctl_counter_control {
	CC_CLIENTS, CC_REQUESTS, CC_DENIED, CC_MALFORMED, CC_EVENTS_LOST,
	CC_NCOUNTERS
};

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

/* What is cut ends behind its key. */
_Static_assert(sizeof(struct ctl_newdevice) - CTL_NEWDEVICE_HEAD -
    MLKEM768_EKLEN < 4, "ctl_newdevice");
_Static_assert(sizeof(struct ctl_device) - CTL_DEVICE_HEAD -
    MLKEM768_EKLEN < 8, "ctl_device");

#endif /* CTL_H */
