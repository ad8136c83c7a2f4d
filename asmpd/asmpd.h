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

#ifndef ASMPD_H
#define ASMPD_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <stdint.h>

#include "compat.h"
#include "asmp_proto.h"
#include "ctl.h"
#include "imsgev.h"
#include "ipc.h"
#include "stream.h"

#define ASMPD_CONF	"/etc/asmpd/asmpd.conf"
#define ASMPD_SOCKET	"/run/asmpd.sock"
#define ASMPD_DATABASE	"/var/lib/asmpd/db/asmpd.db"
#define ASMPD_ANCHOR	"/var/lib/asmpd/asmpd.anchor"
#define ASMPD_CHROOT	"/var/empty"
#define ASMPD_USER	"_asmpd"

/* Defaults and bounds of what asmpd.conf(5) may set. */
#define SESSIONS_DEFAULT	10000
#define SESSIONS_MAX		1000000	/* 104 bytes each, unused */
#define FD_RESERVE		64	/* pipes, listeners, log, reloads */
#define HALFOPEN_DEFAULT	4096
#define HALFOPEN_SOURCE_DEFAULT	16
#define NEW_SOURCE_DEFAULT	10	/* a second */
#define HANDSHAKE_DEFAULT	10	/* seconds */
#define HANDSHAKE_MAX		60
#define SAMPLES_DEFAULT		10
#define SAMPLES_MAX		10000
#define SHARES_MAX		(8 * 1024 * 1024)	/* bytes that wait */
#define LISTENERS_MAX		64
#define EXEMPTS_MAX		256	/* looked through one by one */
#define PENALTY_MAX_S		86400	/* seconds */
#define STREAM_IDLE_DEFAULT	30	/* seconds */
#define STREAM_IDLE_MAX		86400	/* a session's life */
#define SILENCE_DEFAULT		300	/* seconds */
#define SILENCE_MAX		86400
#define WITHIN_MAX		2592000	/* seconds; a month of buffering */
#define ROLES_MAX		255
#define REQUIRES_MAX		64
#define RATE_MAX		1000000	/* readings a second, and at once */
#define REST_MAX	(2000ULL * RATE_MAX)	/* ms; all of it, slowly */
#define GROUPS_MAX		256
#define MEMBERS_MAX		4096	/* of a group, in one message */
#define MEMBERS_ALL_MAX		262144	/* of all, on their way at once */
#define GROUP_WAIT_DEFAULT	5	/* seconds */
#define GROUP_WAIT_MAX		3600
#define SECRETS_MAX		255	/* issuers, and shared keys */
#define PARENT_FD		3	/* a child's pipe to the parent */
#define EVENT_QUEUE_MAX		(1024 * 1024)	/* bytes; then they are lost */
#define ROLE_DEFAULT		1	/* "device" */
#define OVERLAP_DEFAULT		604800	/* seconds for an old key */
#define OVERLAP_MAX		31622400	/* a year */
#define PROFILES_ALL		0xffU	/* bits in a registry row */
#define DEVICES_MAX	16000000	/* numbers are 32 bits, memory is not */
#define IMPORT_MAX		100000	/* rows held while one is checked */

/* A limit in the words of an error. */
#define LIMIT_TEXT(n)		LIMIT_DIGITS(n)
#define LIMIT_DIGITS(n)		#n

struct conf_listener {
	TAILQ_ENTRY(conf_listener)	 entry;
	struct sockaddr_storage		 ss;
	socklen_t			 len;
	char				 text[CTL_ADDRMAX];
	int				 tls;
	uint32_t			 profiles;	/* mask of 1 << id */
	int				 fd;
};
TAILQ_HEAD(conf_listeners, conf_listener);

struct conf_exempt {
	TAILQ_ENTRY(conf_exempt)	 entry;
	struct ipc_exempt		 e;
};
TAILQ_HEAD(conf_exempts, conf_exempt);

struct conf_field {
	TAILQ_ENTRY(conf_field)		 entry;
	struct ipc_field		 f;
};
TAILQ_HEAD(conf_fields, conf_field);

/* A word of a list: the name of a file, or of a stream. */
struct conf_word {
	TAILQ_ENTRY(conf_word)		 entry;
	char				*text;
};
TAILQ_HEAD(conf_words, conf_word);

struct conf_stream {
	TAILQ_ENTRY(conf_stream)	 entry;
	struct ipc_stream		 s;
};
TAILQ_HEAD(conf_streams, conf_stream);

struct conf_role {
	TAILQ_ENTRY(conf_role)		 entry;
	char				 name[IPC_NAMEMAX];
	uint32_t			 number;
	uint32_t			 commands;	/* mask */
	int				 builtin;
	int				 all;		/* opens any stream */
	int				 rated;		/* by its own rate */
	uint32_t			 rate;
	uint32_t			 burst;
	struct conf_words		 opens;
};
TAILQ_HEAD(conf_roles, conf_role);

struct conf_require {
	TAILQ_ENTRY(conf_require)	 entry;
	struct ipc_require		 r;
};
TAILQ_HEAD(conf_requires, conf_require);

struct conf_group {
	TAILQ_ENTRY(conf_group)		 entry;
	struct ipc_group		 g;
	char				**member;	/* sorted */
};
TAILQ_HEAD(conf_groups, conf_group);

struct asmpd_conf {
	char			 gateway_id[ASMP_IDMAX + 1];
	char			*gateway_key;
	char			*gateway_seal;
	char			*user;
	char			*chroot;
	char			*database;
	char			*anchor;
	char			*control;
	char			*control_group;
	char			*restricted;
	char			*tls_cert;
	char			*tls_key;
	int			 permit;	/* run with less sandbox */
	struct ipc_conf		 limits;
	struct conf_listeners	 listeners;
	struct conf_exempts	 exempts;
	struct conf_fields	 fields;
	struct conf_words	 issuers;	/* files */
	struct conf_words	 shared;
	struct conf_streams	 streams;	/* bits of a role's mask */
	struct conf_roles	 roles;
	struct conf_requires	 requires;
	struct conf_groups	 groups;
};

struct child {
	enum ctl_process	 proc;
	pid_t			 pid;
	int			 gone;		/* reaped */
	int			 ready;
	int			 conf_done;
	uint32_t		 layers;
	uint32_t		 uid;
	struct imsgev		 iev;
};

/* The parent's state; the other processes have none of it. */
struct asmpd {
	struct asmpd_conf	*conf;
	const char		*conffile;
	char			*argv0;
	struct child		 child[CTL_NPROCESSES];	/* [0] unused */
	int			 nprocesses;	/* of them, with verifiers */
	uint32_t		 layers;
	uint64_t		 started;		/* ms since 1970 */
	int			 ctlfd;		/* until control has it */
	int			 restrictedfd;
	int			 debug;
	int			 verbose;
	int			 running;
	int			 stopping;
	uint64_t		 counter[CTL_NCOUNTERS];
};

/* A device, as the parent knows it: the registry's row and who holds it. */
struct device {
	uint64_t	 enrolled;	/* ms since 1970 */
	uint64_t	 changed;
	uint64_t	 lease;		/* connection the store accepts, or 0 */
	uint64_t	 next;		/* connection that waits for it, or 0 */
	uint64_t	 conn;		/* proved and still open in net, or 0 */
	uint64_t	 last;		/* who had it before, or 0 */
	uint64_t	 rested;	/* mono_ms(); its bucket is full */
	uint32_t	 number;
	uint32_t	 ending;	/* IPC_END that verify has to answer */
	uint16_t	 keylen;
	uint8_t		*ticket;	/* sealed, SEALED_MAX bytes, or NULL */
	struct life	*life;		/* NULL for most */
	uint8_t		 kind;
	uint8_t		 alg;
	uint8_t		 state;		/* enum ctl_state */
	uint8_t		 unstored;	/* the store has another state */
	uint8_t		 barred;	/* so many jobs wait to shut it out */
	uint8_t		 profiles;	/* mask of 1 << id */
	uint8_t		 role;
	uint8_t		 leased;	/* the store has answered */
	uint8_t		 writing;	/* a job waits to write its row */
	uint8_t		 sealedlen;
	uint8_t		 idlen;
	uint64_t	 version;	/* of its row: the number of a change */
	uint8_t		 data[];	/* id and NUL, then key, sealed */
};

/* What few devices have: an end, and a key that was replaced. */
struct life {
	RB_ENTRY(life)	 entry;		/* among those with something due */
	struct device	*dev;
	uint64_t	 due;		/* ms since 1970, or 0: nothing is */
	uint64_t	 expires;	/* 0: never */
	uint64_t	 rotated;	/* when the old key was replaced */
	uint64_t	 until;		/* and until when it is accepted */
	uint64_t	 used;		/* the key, last, since then; or 0 */
	uint64_t	 oldused;
	uint8_t		*cred;		/* key, sealed; NULL: as in data */
	uint8_t		*old;		/* the old ones, or NULL */
	uint32_t	 serial;	/* of the key */
	uint32_t	 oldserial;
	uint16_t	 oldkeylen;
	uint8_t		 oldsealedlen;
	uint8_t		 oldalg;
	uint8_t		 told;		/* that it expired was audited */
	uint64_t	 stamped;	/* when uses were written last */
};

/* A key as two are compared. */
struct device_key {
	const uint8_t	*data;
	size_t		 len;		/* 0: there is none */
	uint8_t		 kind;
	uint8_t		 alg;
};

/* A device on its way into the registry. */
struct newcomer {
	TAILQ_ENTRY(newcomer)	 entry;
	RB_ENTRY(newcomer)	 byid;
	RB_ENTRY(newcomer)	 bykey;
	struct device		*dev;	/* NULL: it has found its place */
	uint32_t		 place;	/* in its list, from 1, or 0 */
};

struct newlist_error {
	uint32_t		 place;
	enum ctl_code		 code;
	const char		*why;
};

/* Devices that come together, or not at all. */
struct newlist {
	TAILQ_HEAD(, newcomer)		 head;
	RB_HEAD(newids, newcomer)	 ids;
	RB_HEAD(newkeys, newcomer)	 keys;
	uint32_t			 n;
	uint32_t			 nerrors;
	struct newlist_error		 error[LIST_ERRORS];
	int				 dry;	/* checked, and no more */
};

/* What the parent remembers where the store cannot write. */
struct anchor {
	struct merkle	 audit;		/* signed last, or at the start */
	uint64_t	 made;		/* of its records, so many at least */
	uint64_t	 run;		/* whose records come behind; 0: any */
	struct {
		uint64_t	 size;
		uint8_t		 root[ASMP_HASHLEN];
	}		 readings;	/* the same */
	uint64_t	 change;	/* number of the last, made or not */
	uint8_t		 set[ASMP_HASHLEN];	/* of the registry's rows */
	uint8_t		 next[ASMP_HASHLEN];	/* if that change was made */
};

/* Who a connection says it is; made by LOOKUP, wiped after PROVE. */
struct claim {
	struct device		*dev;		/* NULL: a decoy stands in */
	char			 id[ASMP_IDMAX + 1];
	uint8_t			 kind;
	uint8_t			 flags;
	uint8_t			 group;
	uint8_t			 hbody[ASMP_HASHLEN];
	struct asmp_token	 token;
	uint8_t			 ticket[TICKET_IDLEN];
	uint32_t		 serial;	/* kem: of the key it is for */
	struct kem_proof	 kem;
};

/* What a proof has earned, until the session has it. */
struct grant {
	uint32_t	 role;
	uint64_t	 ends;		/* seconds since 1970 */
	uint32_t	 serial;	/* of the key that proved it */
	uint8_t		 x[ASMP_KEYLEN];
	uint8_t		 g[ASMP_KEYLEN];
	uint8_t		 sealed[SEALED_MAX];	/* for the store's files */
	size_t		 sealedlen;		/* 0: there is nothing */
	uint64_t	 since;		/* the last signature, ms since 1970 */
	int		 ticketed;	/* the two below are there */
	uint8_t		 ticket[TICKET_IDLEN];
	uint8_t		 secret[ASMP_KEYLEN];
};

/* asmpd.c */
extern struct asmpd	*env;
void		 parent_running(void);
void		 parent_stop(const char *);
void		 parent_stopped(void);
void		 parent_reap(void);
void		 parent_pipe_ended(void);
void		 parent_shut_in(const char *, enum sandbox_role, uint32_t);

/* parent.c */
void		 parent_dispatch(int, short, void *);
struct child	*child_of(enum ctl_process);
void		 to_child(enum ctl_process, uint32_t, const void *, size_t);
enum ctl_process verifier_of(uint64_t);
const char	*verifier_name(uint64_t);
void		 to_verifier(uint64_t, uint32_t, const void *, size_t);
void		 to_verifiers(uint32_t, const void *, size_t);

/* child.c */
void		 children_start(void);
void		 children_channels(void);
void		 children_reap(void);
void		 children_close(void);
void		 children_kill(int);
int		 children_left(void);

/* childside.c */
void		 childside_init(enum ctl_process, int, int,
		    void (*)(struct imsg *), struct ipc_init *);
void		 childside_ready(void);
int		 childside_orphaned(void);
int		 childside_over(void);
enum ctl_process childside_channel(struct imsg *, int *);
size_t		 childside_queued(void);
void		 to_parent(uint32_t, const void *, size_t);
void		 childside_conf_done(const char *);
void		 childside_status(struct imsg *, const uint64_t *, size_t);
void		 childside_trouble(const char *);
const char	*childside_troubled(void);
void		 status_fill(struct ctl_status *, enum ctl_process);

/* role.c */
void		 roles_builtin(struct asmpd_conf *);
struct conf_role *role_new(void);
void		 role_free(struct conf_role *);
void		 role_open(struct conf_role *, const char *);
const char	*role_say(struct conf_role *, const char *);
const char	*role_add(struct asmpd_conf *, const char *, int64_t,
		    struct conf_role *);
struct conf_role *role_byname(const struct asmpd_conf *, const char *);
struct conf_role *role_bynumber(const struct asmpd_conf *, uint32_t);
uint64_t	 role_streams(const struct asmpd_conf *,
		    const struct conf_role *);
const char	*role_unknown(const struct asmpd_conf *,
		    const struct conf_role *);

/* addr.c */
struct in_addr;

int		 addr_isv4(const uint8_t *);
void		 addr_map(uint8_t *, const struct in_addr *);
void		 addr_name(const uint8_t *, char *, size_t);
void		 addr_text(const uint8_t *, uint16_t, char *, size_t);

/* config.c */
struct asmpd_conf	*conf_new(void);
void		 conf_free(struct asmpd_conf *);
int		 conf_check(const struct asmpd_conf *, const char *);
int		 conf_addlistener(struct asmpd_conf *, const char *, int, int,
		    uint32_t, const char **);
void		 conf_addword(struct conf_words *, const char *);
void		 conf_freewords(struct conf_words *);
int		 conf_bind(struct asmpd_conf *, const struct asmpd_conf *);
int		 conf_same(const struct asmpd_conf *, const struct asmpd_conf *,
		    const char **);
char		*conf_readfile(const char *, int, size_t *, const char **);

/* penalty.c */
void		 penalties_default(struct ipc_conf *);
void		 penalties_none(struct ipc_conf *);
const char	*penalty_name(unsigned int);
const char	*penalty_set(struct asmpd_conf *, const char *, const char *);
size_t		 exempt_text(const struct ipc_exempt *, char *, size_t);

/* rules.c */
const char	*name_bad(const char *);
void		 streams_builtin(struct asmpd_conf *);
struct conf_stream *stream_byname(const struct asmpd_conf *, const char *);
const char	*stream_add(struct asmpd_conf *, const char *, int64_t,
		    const char *);
const char	*require_add(struct asmpd_conf *, const char *,
		    enum require_type);
struct conf_group *group_new(void);
void		 group_free(struct conf_group *);
const char	*group_addmember(struct conf_group *, const char *);
const char	*group_setmetric(struct conf_group *, const char *);
const char	*group_add(struct asmpd_conf *, const char *,
		    struct conf_group *);

/* ctlsock.c */
int		 ctlsock_open(const char *, const char *, mode_t);
void		 ctlsock_remove(void);

/* parse.y */
int		 parse_file(const char *, struct asmpd_conf *);
int		 parse_macro(const char *);

/* printconf.c */
void		 print_conf(const struct asmpd_conf *);

/* reload.c */
void		 reload_first(void);
const char	*reload_begin(uint32_t);
void		 reload_done(struct child *, const struct ipc_done *);

/* keyring.c */
int		 keyring_load(const struct asmpd_conf *, char *, size_t);
void		 keyring_commit(void);
void		 keyring_abort(void);
int		 keyring_gateway_auth(const uint8_t *, uint8_t *);
int		 keyring_token_tag(const struct asmp_token *, uint8_t *);
int		 keyring_group(uint8_t, const uint8_t *, const uint8_t *,
		    uint8_t *);
void		 keyring_row_mac(const struct ipc_row *, uint8_t *);
void		 keyring_rowset(uint8_t *, uint32_t, uint64_t);
int		 keyring_seal(enum asmp_kind, const char *, const uint8_t *,
		    size_t, uint8_t *, size_t *);
int		 keyring_open(enum asmp_kind, const char *, const uint8_t *,
		    size_t, uint8_t *, size_t *);
void		 keyring_psk_hash(uint8_t *, const uint8_t *, size_t);
void		 keyring_audit_mac(uint64_t, uint64_t, const uint8_t *,
		    uint8_t *);
int		 keyring_checkpoint(struct ctl_note *, enum tree_kind,
		    uint64_t, const uint8_t *);
const struct ident_pub	*keyring_decoy(const char *);
const uint8_t	*keyring_decoy_kem(void);
void		 keyring_fingerprint(char *, size_t);
void		 keyring_wipe(void);

/* device.c */
#define DEVICE_KEYMAX	(IDENT_FPMAX + 14)	/* of device_keyname() */
const char	*device_id(const struct device *);
void		 device_pub(const struct device *, struct ident_pub *);
const char	*device_keyname(const struct device *, char *);
const uint8_t	*device_keybytes(const struct device *);
int		 device_psk(const struct device *, uint8_t *, size_t *);
int		 device_oldpub(const struct device *, struct ident_pub *);
int		 device_oldpsk(const struct device *, uint8_t *, size_t *);
uint8_t		 device_refused(const struct device *);
int		 device_cmpkey(const struct device *, const struct device *);
struct device_key device_key(const struct device *);
struct device_key device_oldkey(const struct device *);
int		 device_key_same(const struct device_key *,
		    const struct device_key *);
struct device	*device_new(const struct ipc_row *);
void		 device_free(struct device *);
uint32_t	 device_serial(const struct device *);
int		 device_accepts(const struct device *, uint32_t);
int		 device_apply(struct device *, const struct ipc_row *);
void		 device_row(const struct device *, struct ipc_row *);

/* registry.c */
struct device	*registry_byid(const char *);
struct device	*registry_bynumber(uint32_t);
struct device	*registry_bykey(const struct device *);
struct device	*registry_next(uint32_t);
void		 registry_insert(struct device *);
void		 registry_setstate(struct device *, enum ctl_state);
uint32_t	 registry_newnumber(void);
void		 registry_apply(struct device *, const struct ipc_row *);
const uint8_t	*registry_set(void);
size_t		 registry_count(void);
size_t		 registry_revoked(void);
size_t		 registry_active(void);
size_t		 registry_signers(enum ident_alg);

/* row.c */
int		 row_valid(const struct ipc_row *);
int		 row_genuine(const struct ipc_row *);
void		 row_forget(struct ipc_row *);
void		 row_age(struct ipc_row *, uint64_t, uint64_t);
void		 row_setkey(struct ipc_row *, const struct ipc_row *);

/* registry_load.c */
void		 registry_load(void);
void		 registry_rows(const void *, size_t);
uint64_t	 registry_nextchange(void);
int		 registry_announce(const uint8_t *);
void		 registry_settled(void);

/* job.c: job.h has the rest */
void		 job_result(const struct ipc_jobresult *);

/* enrol.c */
void		 enrol_add(uint32_t, struct newlist *);

/* access.c */
void		 access_revoke(uint32_t, const char *);
void		 access_disable(uint32_t, const char *);
void		 access_enable(uint32_t, const char *);
void		 access_expire(uint32_t, const char *, uint64_t);

/* newkey.c */
void		 newkey_given(uint32_t, const char *, struct ipc_row *,
		    const struct ctl_rotate *);
void		 newkey_rotate(const struct ipc_rotate *);

/* use.c */
void		 use_write(struct device *, uint64_t);
void		 use_key(struct device *, uint32_t);

/* ending.c */
void		 ending_wait(struct device *, uint32_t, uint32_t, const char *,
		    uint32_t);
void		 ending_kill(uint32_t, const char *);
void		 ending_over(const struct device *, uint64_t);

/* life.c */
void		 life_start(void);
void		 life_due(struct device *);

/* newlist.c */
struct newlist	*newlist_new(int);
void		 newlist_add(struct newlist *, const struct enrolment *,
		    uint32_t);
void		 newlist_error(struct newlist *, enum ctl_code, uint32_t,
		    const char *);
void		 newlist_free(struct newlist *);

/* newdevice.c */
struct device	*newdevice_make(const struct enrolment *, const char **);
const char	*newdevice_key(const struct enrolment *, struct ipc_row *);

/* ticket.c */
void		 ticket_drop(struct device *);
int		 ticket_make(struct device *, uint64_t, struct grant *);
struct device	*ticket_device(const uint8_t *);
int		 ticket_open(const struct device *, const uint8_t *, uint8_t *,
		    uint64_t *);

/* identity.c */
uint8_t		 identity_find(const struct ipc_lookup *, uint32_t,
		    const uint8_t *, struct claim *);
void		 identity_offer(struct claim *, const uint8_t *,
		    struct ipc_found *);
uint32_t	 identity_check(struct claim *, const uint8_t *,
		    const struct ipc_prove *, struct grant *);

/* import.c */
void		 import_begin(uint32_t, int);
void		 import_row(uint32_t, const struct ctl_newdevice *);
void		 import_commit(uint32_t);
void		 import_client_gone(uint32_t);

/* oracle.c */
void		 oracle_open(const struct ipc_conn *);
void		 oracle_closed(uint64_t);
void		 oracle_sign(const struct ipc_sign *);
void		 oracle_lookup(const struct ipc_lookup *);
void		 oracle_prove(const struct ipc_prove *);
void		 oracle_stored(uint64_t, struct device *, uint32_t);
void		 oracle_refused(const struct ipc_refused *);
void		 oracle_blocked(const struct ipc_blocked *);
void		 oracle_message(const struct ipc_message *);
int		 oracle_shares(const struct ipc_share *);

/* slot.c: slot.h has the rest */
void		 slots_init(uint32_t);

/* lease.c */
void		 lease_refuse(uint64_t, uint32_t);
void		 lease_take(uint64_t, struct device *);
void		 lease_granted(const struct ipc_leased *, const void *);
void		 lease_released(const struct ipc_lease *);
uint32_t	 lease_end(struct device *, uint32_t);
void		 lease_ended(const struct ipc_end *);
int		 lease_held(const struct device *);
int		 lease_stale(const struct device *);
uint32_t	 lease_serial(const struct device *);
int		 lease_busy(const struct device *);

/* request.c: what asmpctl asks of the parent */
void		 request_dispatch(const struct ipc_ctl *, const void *, size_t);
void		 request_client_gone(uint32_t);

/* show.c */
void		 show_status(const struct ipc_ctl *, const void *);
void		 show_sessions(const struct ipc_ctl *, const void *);
void		 show_devices(const struct ipc_ctl *, const void *);
void		 show_device(const struct ipc_ctl *, const void *);
void		 show_devstats(const struct ipc_devstats *);
void		 show_rotations(const struct ipc_ctl *, const void *);

/* await.c */
void		 await_one(uint32_t, enum ctl_process);
void		 await_pages(uint32_t, enum ctl_process);
int		 await_over(uint32_t, enum ctl_process);
void		 await_all(uint32_t);
void		 await_status(uint32_t, enum ctl_process, const void *);
void		 await_sessions(uint32_t, enum ctl_process, uint32_t,
		    const void *, size_t);
void		 await_client_gone(uint32_t);

/* reply.c */
void		 reply_part(uint32_t, uint32_t, const void *, size_t, int);
void		 reply_result(uint32_t, enum ctl_code, uint32_t, uint32_t,
		    const char *, ...)
		    __attribute__((__format__ (printf, 5, 6)));
void		 reply_pipe(uint32_t, int);
void		 reply_errors(uint32_t, const struct newlist *);
void		 reply_note(uint32_t, const struct ctl_note *);
const char	*reply_name(const struct ipc_ctl *, const void *);

/* query.c */
const char	*query_name(const struct ctl_query *);
int		 query_ask(uint32_t, const struct ctl_query *);

/* anchor.c */
#define ANCHOR_FAILED	"the anchor cannot be written; asmpd's log says why"
int		 anchor_open(const char *, const char **);
const struct anchor *anchor_get(void);
int		 anchor_isnew(void);
int		 anchor_put(const struct anchor *);

/* audit.c */
#define AUDIT_FULL	"the audit log has no room for it now: the store " \
			    "does not keep up, see asmpctl show"
void		 audit_ask(void);
void		 audit_load(const struct ipc_log *,
		    const uint8_t (*)[ASMP_HASHLEN]);
int		 audit_event(enum audit_type, const char *, int, const char *,
		    ...) __attribute__((__format__ (printf, 4, 5)));
void		 audit_authenticated(const struct device *, const char *,
		    const uint8_t *, size_t);
int		 audit_room(uint64_t);
int		 audit_room_change(void);
uint64_t	 audit_late(uint64_t *);
void		 audit_mark(void);
void		 audit_marked(void);
void		 audit_written(const struct ipc_audited *);
int		 audit_sign(struct ctl_note *);
void		 audit_finish(void (*)(void));
void		 audit_close(void);

/* audit_record.c */
int		 audit_byname(const char *);
const char	*audit_name(int64_t);
void		 audit_names(char *, size_t);
size_t		 audit_record(char *, struct ipc_audit *, const char *);

/* audit_flood.c */
int		 audit_spend(enum audit_type);
void		 audit_lose(void);
void		 audit_failed(const char *, const char *, uint32_t);
void		 audit_tell(void);

/* notary.c */
void		 notary_start(void);
void		 notary_sign(enum tree_kind, uint64_t, const uint8_t *,
		    struct ctl_note *);
void		 notary_tree(const struct ipc_tree *,
		    const uint8_t (*)[ASMP_HASHLEN]);
void		 notary_anchored(void);
void		 notary_tree_failed(const struct ipc_tree_failed *);
void		 notary_ask(uint32_t);
void		 notary_client_gone(uint32_t);

/* the other processes */
__dead void	 net_main(int, int);
__dead void	 verify_main(int, int);
__dead void	 store_main(int, int);
__dead void	 control_main(int, int);

/* util.c */
uint64_t	 now_ms(void);
uint64_t	 mono_ms(void);
uint64_t	 mono_us(void);
int		 sock_pair(int [2]);

#endif /* ASMPD_H */
