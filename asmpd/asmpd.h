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

#include <stdint.h>

#include "compat.h"
#include "asmp_proto.h"
#include "ctl.h"
#include "imsgev.h"
#include "ipc.h"
#include "stream.h"

#define ASMPD_CONF	"/etc/asmpd/asmpd.conf"
#define ASMPD_SOCKET	"/run/asmpd.sock"
#define ASMPD_DATABASE	"/var/lib/asmpd/asmpd.db"
#define ASMPD_CHROOT	"/var/empty"
#define ASMPD_USER	"_asmpd"

/* Defaults and bounds of what asmpd.conf(5) may set. */
#define SESSIONS_DEFAULT	10000
#define SESSIONS_MAX		1000000	/* 56 bytes each, unused */
#define HALFOPEN_DEFAULT	4096
#define HALFOPEN_SOURCE_DEFAULT	16
#define NEW_SOURCE_DEFAULT	10	/* a second */
#define HANDSHAKE_DEFAULT	10	/* seconds */
#define HANDSHAKE_MAX		60
#define SAMPLES_DEFAULT		10
#define SAMPLES_MAX		10000
#define LISTENERS_MAX		64
#define LISTENERS_TEXT		"64"
#define STREAM_IDLE_DEFAULT	30	/* seconds */
#define STREAM_IDLE_MAX		86400	/* a session's life */
#define SILENCE_DEFAULT		300	/* seconds */
#define SILENCE_MAX		86400
#define WITHIN_MAX		2592000	/* seconds; a month of buffering */
#define ROLES_MAX		255
#define REQUIRES_MAX		64
#define GROUPS_MAX		256
#define MEMBERS_MAX		4096	/* of a group, in one message */
#define MEMBERS_ALL_MAX		262144	/* of all, on their way at once */
#define GROUP_WAIT_DEFAULT	5	/* seconds */
#define GROUP_WAIT_MAX		3600
#define SECRETS_MAX		255	/* issuers, and shared keys */
#define PARENT_FD		3	/* a child's pipe to the parent */
#define EVENT_QUEUE_MAX		(1024 * 1024)	/* bytes; then they are lost */
#define ROLE_DEFAULT		1	/* "device" */
#define PROFILES_ALL		0xffU	/* bits in a registry row */
#define IMPORT_MAX		100000	/* rows held while one is checked */

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
	char			*control;
	char			*control_group;
	char			*restricted;
	char			*tls_cert;
	char			*tls_key;
	int			 permit;	/* run with less sandbox */
	struct ipc_conf		 limits;
	struct conf_listeners	 listeners;
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
	uint32_t	 number;
	uint32_t	 ending;	/* IPC_END that verify has to answer */
	uint16_t	 keylen;
	uint8_t		*ticket;	/* sealed, SEALED_MAX bytes, or NULL */
	uint8_t		 kind;
	uint8_t		 alg;
	uint8_t		 state;		/* enum ctl_state */
	uint8_t		 unstored;	/* the store has another state */
	uint8_t		 profiles;	/* mask of 1 << id */
	uint8_t		 role;
	uint8_t		 leased;	/* the store has answered */
	uint8_t		 sealedlen;
	uint8_t		 idlen;
	uint8_t		 data[];	/* key, sealed, then id and NUL */
};

/* A device on its way into the registry. */
struct newcomer {
	struct device	*dev;
	uint32_t	 place;		/* in its list, from 1, or 0 */
};

/* Who a connection says it is; made by LOOKUP, wiped after PROVE. */
struct claim {
	struct device		*dev;		/* NULL: a decoy stands in */
	char			 id[ASMP_IDMAX + 1];
	uint8_t			 kind;
	uint8_t			 group;
	uint8_t			 hbody[ASMP_HASHLEN];
	struct asmp_token	 token;
	uint8_t			 ticket[TICKET_IDLEN];
	struct kem_proof	 kem;
};

/* What a proof has earned, until the session has it. */
struct grant {
	uint32_t	 role;
	uint64_t	 ends;		/* seconds since 1970 */
	uint8_t		 x[ASMP_KEYLEN];
	uint8_t		 g[ASMP_KEYLEN];
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

/* child.c */
void		 children_start(void);
void		 children_channels(void);
void		 children_reap(void);
void		 children_close(void);
void		 children_kill(int);
int		 children_left(void);

/* childside.c */
void		 childside_init(enum ctl_process, int, int,
		    void (*)(int, short, void *), struct ipc_init *);
void		 childside_ready(void);
int		 childside_dispatch(short, void (*)(struct imsg *));
enum ctl_process childside_channel(struct imsg *, int *);
size_t		 childside_queued(void);
void		 to_parent(uint32_t, const void *, size_t);
void		 childside_conf_done(const char *);
void		 childside_status(struct imsg *, const uint64_t *, size_t);
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
int		 reload_begin(uint32_t);
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
int		 keyring_seal(enum asmp_kind, const char *, const uint8_t *,
		    size_t, uint8_t *, size_t *);
int		 keyring_open(enum asmp_kind, const char *, const uint8_t *,
		    size_t, uint8_t *, size_t *);
void		 keyring_psk_hash(uint8_t *, const uint8_t *, size_t);
const struct ident_pub	*keyring_decoy(const char *);
const uint8_t	*keyring_decoy_kem(void);
void		 keyring_fingerprint(char *, size_t);
void		 keyring_wipe(void);

/* registry.c */
const char	*device_id(const struct device *);
void		 device_pub(const struct device *, struct ident_pub *);
const uint8_t	*device_keybytes(const struct device *);
int		 device_psk(const struct device *, uint8_t *, size_t *);
int		 device_cmpkey(const struct device *, const struct device *);
struct device	*device_new(const struct ipc_row *);
struct device	*registry_byid(const char *);
struct device	*registry_bynumber(uint32_t);
struct device	*registry_bykey(const struct device *);
struct device	*registry_next(uint32_t);
void		 registry_insert(struct device *);
void		 registry_setstate(struct device *, enum ctl_state);
uint32_t	 registry_newnumber(void);
void		 registry_row(const struct device *, struct ipc_row *);
size_t		 registry_count(void);
size_t		 registry_revoked(void);
size_t		 registry_signers(enum ident_alg);

/* enrol.c */
void		 enrol_load(void);
void		 enrol_rows(const void *, size_t);
void		 enrol_add(uint32_t, struct newcomer *, uint32_t);
void		 enrol_revoke(uint32_t, const char *);
void		 enrol_ticket(struct device *, uint64_t);
void		 enrol_kill(uint32_t, const char *);
void		 enrol_result(const struct ipc_jobresult *);
void		 enrol_session_over(const struct device *);
void		 newcomers_free(struct newcomer *, uint32_t);

/* newdevice.c */
struct device	*newdevice_make(const struct enrolment *, const char **);

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
void		 import_begin(uint32_t);
void		 import_row(uint32_t, const struct ctl_newdevice *);
void		 import_commit(uint32_t);
void		 import_client_gone(uint32_t);

/* oracle.c */
void		 oracle_init(uint32_t);
void		 oracle_open(const struct ipc_conn *);
void		 oracle_closed(uint64_t);
void		 oracle_sign(const struct ipc_sign *);
void		 oracle_lookup(const struct ipc_lookup *);
void		 oracle_prove(const struct ipc_prove *);
void		 oracle_stored(uint64_t, struct device *, int);
void		 oracle_leased(const struct ipc_leased *, const void *);
void		 oracle_released(const struct ipc_lease *);
uint32_t	 oracle_end(struct device *, uint32_t);
void		 oracle_ended(const struct ipc_end *);
int		 oracle_held(const struct device *);
int		 oracle_busy(const struct device *);

/* request.c: what asmpctl asks of the parent */
void		 request_dispatch(const struct ipc_ctl *, const void *, size_t);
void		 request_result(uint32_t, enum ctl_code, uint32_t, uint32_t,
		    const char *, ...)
		    __attribute__((__format__ (printf, 5, 6)));
void		 request_devstats(const struct ipc_devstats *);
void		 request_status(uint32_t, enum ctl_process, const void *);
void		 request_sessions(uint32_t, uint32_t, const void *, size_t);
void		 request_client_gone(uint32_t);

/* the other processes */
__dead void	 net_main(int, int);
__dead void	 verify_main(int, int);
__dead void	 store_main(int, int);
__dead void	 control_main(int, int);

/* util.c */
uint64_t	 now_ms(void);
uint64_t	 mono_ms(void);
void		 addr_text(const uint8_t *, uint16_t, char *, size_t);
int		 sock_pair(int [2]);

#endif /* ASMPD_H */
