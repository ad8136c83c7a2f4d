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
 * The parent in one process with its fuzzer, and those of its files that
 * remember something: each input begins with the same registry.
 */

#include <sys/types.h>

#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "fuzz.h"

static int	 tell(struct imsgev *, uint32_t, int, const void *, size_t);
static void	 no_timer_set(struct event *, void (*)(int, short, void *),
		    void *);
static int	 no_timer(struct event *);

#define imsgev_compose(iev, type, id, pid, fd, data, len) \
	tell((iev), (type), (fd), (data), (len))
#define imsgbuf_queuebytes(ibuf)	((void)(ibuf), (size_t)0)
#undef evtimer_set
#undef evtimer_add
#undef evtimer_del
#undef evtimer_pending
#define evtimer_set(ev, call, arg)	no_timer_set((ev), (call), (arg))
#define evtimer_add(ev, tv)		((void)(tv), no_timer(ev))
#define evtimer_del(ev)			no_timer(ev)
#define evtimer_pending(ev, tv)		((void)(ev), (void)(tv), 0)

#define table		parent_table
#define dispatch	parent_take
#include "../../asmpd/parent.c"
#undef table
#undef dispatch
#define kinds		query_kinds
#include "../../asmpd/query.c"
#undef kinds
#define table		request_table
#include "../../asmpd/request.c"
#undef table
#include "../../asmpd/device.c"
#include "../../asmpd/ending.c"
#include "../../asmpd/import.c"
#include "../../asmpd/job.c"
#include "../../asmpd/life.c"
#include "../../asmpd/oracle.c"
#include "../../asmpd/registry.c"
#include "../../asmpd/await.c"
#include "../../asmpd/reply.c"
#include "../../asmpd/slot.c"

#include "parent_world.h"

struct asmpd		*env;
struct ident		*idents[DEVICES];
uint8_t			 kem_dk[MLKEM768_DKLEN];

static struct asmpd	 the_env;
static TAILQ_HEAD(tolds, told)	 tolds[CTL_NPROCESSES];

/* Keys that the fuzzer has too. */
static const uint8_t	 psk[PSK_SHORT] = { 7 };
static const uint8_t	 issuer[ASMP_KEYLEN] = { 8 };

static int
tell(struct imsgev *iev, uint32_t type, int fd, const void *data, size_t len)
{
	struct told	*t = fuzz_alloc(sizeof(*t) + len);
	int		 proc;

	for (proc = CTL_NET; &env->child[proc].iev != iev; proc++)
		MUST(proc < env->nprocesses - 1);
	if (fd != -1)
		close(fd);
	t->type = type;
	t->len = len;
	if (len > 0)
		memcpy(t->data, data, len);
	TAILQ_INSERT_TAIL(&tolds[proc], t, entry);
	return 1;
}

static void
no_timer_set(struct event *ev, void (*call)(int, short, void *), void *arg)
{
	(void)ev;
	(void)call;
	(void)arg;
}

static int
no_timer(struct event *ev)
{
	(void)ev;
	return 0;
}

/* An anchor that is remembered, but on no disk. */
static struct anchor	 the_anchor;

const struct anchor *
anchor_get(void)
{
	return &the_anchor;
}

int
anchor_isnew(void)
{
	return 0;
}

int
anchor_put(const struct anchor *a)
{
	the_anchor = *a;
	return 0;
}

/* What the parent has besides these files. */
void
parent_running(void)
{
}

void
parent_stop(const char *why)
{
	(void)why;
}

void
parent_stopped(void)
{
}

void
parent_reap(void)
{
}

void
parent_pipe_ended(void)
{
}

void
parent_shut_in(const char *name, enum sandbox_role role, uint32_t layers)
{
	(void)name;
	(void)role;
	(void)layers;
}

void
children_channels(void)
{
}

void
reload_first(void)
{
}

void
reload_done(struct child *c, const struct ipc_done *done)
{
	(void)c;
	(void)done;
}

const char *
reload_begin(uint32_t client)
{
	reply_result(client, CTL_OK, 0, 0, "reloaded");
	return NULL;
}

void
status_fill(struct ctl_status *st, enum ctl_process proc)
{
	memset(st, 0, sizeof(*st));
	st->process = proc;
}

/* The next message to a child, for the caller to free, or NULL. */
struct told *
parent_told(enum ctl_process proc)
{
	struct told	*t;

	if ((t = TAILQ_FIRST(&tolds[proc])) != NULL)
		TAILQ_REMOVE(&tolds[proc], t, entry);
	return t;
}

/* A message from a child. */
void
parent_from(enum ctl_process proc, uint32_t type, const void *data,
    size_t len)
{
	static struct imsg	 imsg;

	/* One that the parent ended itself over is still here. */
	ibuf_free(imsg.buf);
	memset(&imsg, 0, sizeof(imsg));
	imsg.hdr.type = type;
	imsg.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + len);
	MUST((imsg.buf = ibuf_open(len)) != NULL);
	MUST(len == 0 || ibuf_add(imsg.buf, data, len) == 0);
	if (len > 0)
		imsg.data = ibuf_data(imsg.buf);
	parent_take(&env->child[proc], &imsg);
	imsg_free(&imsg);
}

/* The secret that proves device who, if it has one: 0, or -1. */
int
parent_secret(int who, const struct asmp_token *t, uint8_t *out, size_t *len)
{
	switch (who) {
	case 1:
		memcpy(out, psk, sizeof(psk));
		*len = sizeof(psk);
		return 0;
	case 2:
		*len = ASMP_HASHLEN;
		return token_tag(out, issuer, t);
	default:
		return -1;
	}
}

static void
enrolled(const struct enrolment *e)
{
	struct device	*d;
	const char	*why;

	MUST((d = newdevice_make(e, &why)) != NULL);
	d->number = registry_newnumber();
	registry_insert(d);
}

static void
enrol_signature(int who, enum ident_alg alg)
{
	struct enrolment	 e;
	uint8_t			 bytes[48];

	memset(bytes, who + 1, sizeof(bytes));
	if (idents[who] == NULL)
		idents[who] = ident_fromseed(alg, bytes,
		    alg == IDENT_P384 ? 48 : 32);
	MUST(idents[who] != NULL);
	memset(&e, 0, sizeof(e));
	e.kind = ASMP_KIND_SIGNATURE;
	e.alg = alg;
	e.keylen = (uint16_t)ident_publen(alg);
	memcpy(e.key, ident_public(idents[who])->key, e.keylen);
	snprintf(e.id, sizeof(e.id), "DEV%d", who);
	enrolled(&e);
}

static void
enrol_others(void)
{
	static const uint8_t	 dz[MLKEM768_SEEDLEN];
	struct enrolment	 e;

	memset(&e, 0, sizeof(e));
	e.kind = ASMP_KIND_PSK;
	e.keylen = sizeof(psk);
	memcpy(e.key, psk, sizeof(psk));
	strlcpy(e.id, "DEV1", sizeof(e.id));
	enrolled(&e);
	memset(&e, 0, sizeof(e));
	e.kind = ASMP_KIND_TOKEN;
	strlcpy(e.id, "DEV2", sizeof(e.id));
	enrolled(&e);
	memset(&e, 0, sizeof(e));
	e.kind = ASMP_KIND_KEM;
	e.keylen = MLKEM768_EKLEN;
	mlkem768_keypair(e.key, kem_dk, dz);
	strlcpy(e.id, "DEV3", sizeof(e.id));
	enrolled(&e);
}

/* A new file for a key; its name stays in path. */
static int
key_file(char *path, size_t size, const char *dir, const char *name)
{
	int	 fd;

	snprintf(path, size, "%s/%s", dir, name);
	MUST((fd = keyfile_create(path, 0600)) != -1);
	return fd;
}

static void
secret_file(char *path, size_t size, const char *dir, enum secret_kind kind)
{
	struct secret	 s;
	int		 fd;

	memset(&s, 0, sizeof(s));
	s.kind = kind;
	s.number = kind != SECRET_SEAL;
	s.len = ASMP_KEYLEN;
	memcpy(s.key, issuer, sizeof(issuer));
	fd = key_file(path, size, dir, kind == SECRET_SEAL ? "seal" :
	    kind == SECRET_ISSUER ? "issuer" : "shared");
	MUST(secretfile_write(fd, &s) == 0);
	close(fd);
}

/* The keyring reads its keys from files, which go again at once. */
static void
keyring_begin(struct asmpd_conf *conf)
{
	static const uint8_t	 seed32[32] = { 1 };
	char			 dir[] = "/tmp/fuzz_parent.XXXXXX";
	char			 path[4][64], error[512];
	struct ident		*id;
	int			 fd, i;

	MUST(mkdtemp(dir) != NULL);
	id = ident_fromseed(IDENT_ED25519, seed32, sizeof(seed32));
	fd = key_file(path[0], sizeof(path[0]), dir, "key");
	MUST(id != NULL && keyfile_write(fd, id, NULL) == 0);
	close(fd);
	ident_free(id);
	secret_file(path[1], sizeof(path[1]), dir, SECRET_SEAL);
	secret_file(path[2], sizeof(path[2]), dir, SECRET_ISSUER);
	secret_file(path[3], sizeof(path[3]), dir, SECRET_SHARED);
	MUST((conf->gateway_key = strdup(path[0])) != NULL);
	MUST((conf->gateway_seal = strdup(path[1])) != NULL);
	conf_addword(&conf->issuers, path[2]);
	conf_addword(&conf->shared, path[3]);
	MUST(keyring_load(conf, error, sizeof(error)) == 0);
	keyring_commit();
	for (i = 0; i < 4; i++)
		unlink(path[i]);
	rmdir(dir);
}

static void
begin_once(void)
{
	int	 proc;

	if (env != NULL)
		return;
	env = &the_env;
	env->conf = conf_new();
	strlcpy(env->conf->gateway_id, GATEWAY, sizeof(env->conf->gateway_id));
	env->running = 1;
	env->nprocesses = CTL_VERIFY + env->conf->limits.verifiers;
	for (proc = CTL_NET; proc < env->nprocesses; proc++) {
		env->child[proc].proc = proc;
		TAILQ_INIT(&tolds[proc]);
	}
	keyring_begin(env->conf);
	slots_init(CONNS);
}

/* A gateway with a device of each kind, and nobody connected. */
void
parent_begin(void)
{
	begin_once();
	seed = 1;
	enrol_signature(0, IDENT_ED25519);
	enrol_others();
	enrol_signature(4, IDENT_P256);
	enrol_signature(5, IDENT_P384);
}

/* Whether nobody waits for anything. */
int
parent_idle(void)
{
	uint32_t	 i;

	for (i = 1; i < ndevices; i++)
		if (lease_held(devices[i]) || lease_busy(devices[i]))
			return 0;
	return TAILQ_EMPTY(&jobs) && TAILQ_EMPTY(&waiters) &&
	    TAILQ_EMPTY(&awaits);
}

static void
forget_requests(void)
{
	struct waiter	*w;
	struct await	*g;

	while (!TAILQ_EMPTY(&jobs))
		job_free(TAILQ_FIRST(&jobs));
	while ((w = TAILQ_FIRST(&waiters)) != NULL) {
		TAILQ_REMOVE(&waiters, w, entry);
		free(w);
	}
	while (!TAILQ_EMPTY(&imports))
		import_free(TAILQ_FIRST(&imports));
	while ((g = TAILQ_FIRST(&awaits)) != NULL) {
		TAILQ_REMOVE(&awaits, g, entry);
		free(g);
	}
	job_number = 0;
	job_running = 0;
}

static void
forget_devices(void)
{
	uint32_t	 i;

	for (i = 0; i < ndevices; i++) {
		device_free(devices[i]);
	}
	free(devices);
	free(ids.place);
	free(keys.place);
	devices = NULL;
	ids.place = keys.place = NULL;
	ids.size = keys.size = 0;
	ids.used = keys.used = 0;
	serials = 0;
	RB_INIT(&lifes);
	lapsing = 0;
	ndevices = sdevices = 0;
	count = revoked = 0;
	memset(set, 0, sizeof(set));
	memset(&the_anchor, 0, sizeof(the_anchor));
}

/* The timer has gone off, if something is due. */
void
parent_due(void)
{
	look(0, 0, NULL);
}

/* All that an input has left. */
void
parent_end(void)
{
	struct told	*t;
	uint32_t	 i;
	int		 proc;

	for (i = 0; i < nslots; i++) {
		permit_free(&slots[i]);
		slot_ungrant(&slots[i]);
		free(slots[i].parked);
		free(slots[i].a);
		memset(&slots[i], 0, sizeof(slots[i]));
	}
	forget_requests();
	forget_devices();
	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		while ((t = parent_told(proc)) != NULL)
			free(t);
}
