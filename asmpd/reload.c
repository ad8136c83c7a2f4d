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
 * A configuration goes to the children as one transaction: each takes its
 * slice aside and says whether it can use it; only when all of them can does
 * anybody switch.  The first configuration takes the same way.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

static struct asmpd_conf	*next;		/* under way; NULL: none */
static uint32_t			 asker;		/* client, 0: none or signal */
static int			 waiting;	/* children yet to answer */
static char			 failure[CTL_TEXTMAX];

static void
send_listeners(const struct asmpd_conf *c)
{
	struct conf_listener	*l;
	struct ipc_listener	 msg;
	int			 fd;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		memset(&msg, 0, sizeof(msg));
		msg.tls = l->tls;
		msg.profiles = l->profiles;
		/* The parent keeps its own, for the next reload. */
		if ((fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0)) == -1 ||
		    imsgev_compose(&child_of(CTL_NET)->iev, IPC_CONF_LISTENER,
		    0, 0, fd, &msg, sizeof(msg)) == -1)
			fatal("listener %s", l->text);
	}
}

static void
send_exempts(const struct asmpd_conf *c)
{
	struct conf_exempt	*e;

	TAILQ_FOREACH(e, &c->exempts, entry)
		to_child(CTL_NET, IPC_CONF_EXEMPT, &e->e, sizeof(e->e));
}

/* Returns 0, or -1 with the failure noted. */
static int
send_tls(const struct asmpd_conf *c)
{
	struct ipc_tls	 msg;
	struct ibuf	*buf;
	const char	*why;
	char		*cert = NULL, *key = NULL;
	size_t		 certlen = 0, keylen = 0;
	int		 ret = -1;

	if (c->tls_cert == NULL)
		return 0;
	if ((cert = conf_readfile(c->tls_cert, 0, &certlen, &why)) == NULL) {
		snprintf(failure, sizeof(failure), "tls certificate %s: %s",
		    c->tls_cert, why);
		goto done;
	}
	if ((key = conf_readfile(c->tls_key, 1, &keylen, &why)) == NULL) {
		snprintf(failure, sizeof(failure), "tls key %s: %s",
		    c->tls_key, why);
		goto done;
	}
	msg.certlen = certlen;
	msg.keylen = keylen;
	buf = imsg_create(&child_of(CTL_NET)->iev.ibuf, IPC_CONF_TLS, 0, 0,
	    sizeof(msg) + certlen + keylen);
	if (buf == NULL || imsg_add(buf, &msg, sizeof(msg)) == -1 ||
	    imsg_add(buf, cert, certlen) == -1 ||
	    imsg_add(buf, key, keylen) == -1)
		fatal("tls certificate");
	if (imsgev_close(&child_of(CTL_NET)->iev, buf) == -1)
		fatal("tls certificate");
	ret = 0;
done:
	if (cert != NULL)
		freezero(cert, certlen + 1);
	if (key != NULL)
		freezero(key, keylen + 1);
	return ret;
}

static void
send_roles(const struct asmpd_conf *c)
{
	struct conf_role	*r;
	struct ipc_role		 msg;

	TAILQ_FOREACH(r, &c->roles, entry) {
		memset(&msg, 0, sizeof(msg));
		msg.number = r->number;
		msg.streams = role_streams(c, r);
		msg.commands = r->commands;
		msg.rate = r->rated ? r->rate : c->limits.rate;
		msg.burst = r->rated ? r->burst : c->limits.burst;
		strlcpy(msg.name, r->name, sizeof(msg.name));
		to_verifiers(IPC_CONF_ROLE, &msg, sizeof(msg));
	}
}

/* A group and the ids of its members, one after the other. */
static void
send_group(enum ctl_process proc, const struct conf_group *g)
{
	struct ibuf	*buf;
	size_t		 len = sizeof(g->g);
	uint32_t	 i;
	int		 bad;

	for (i = 0; i < g->g.nmembers; i++)
		len += strlen(g->member[i]) + 1;
	buf = imsg_create(&child_of(proc)->iev.ibuf, IPC_CONF_GROUP, 0, 0,
	    len);
	bad = buf == NULL || imsg_add(buf, &g->g, sizeof(g->g)) == -1;
	for (i = 0; !bad && i < g->g.nmembers; i++)
		bad = imsg_add(buf, g->member[i], strlen(g->member[i]) + 1) ==
		    -1;
	if (bad || imsgev_close(&child_of(proc)->iev, buf) == -1)
		fatal("group %s", g->g.name);
}

/* What only verifiers look at. */
static void
send_rules(const struct asmpd_conf *c)
{
	struct conf_field	*f;
	struct conf_stream	*s;
	struct conf_require	*r;
	struct conf_group	*g;
	int			 proc;

	TAILQ_FOREACH(f, &c->fields, entry)
		to_verifiers(IPC_CONF_FIELD, &f->f, sizeof(f->f));
	TAILQ_FOREACH(s, &c->streams, entry)
		to_verifiers(IPC_CONF_STREAM, &s->s, sizeof(s->s));
	send_roles(c);
	TAILQ_FOREACH(r, &c->requires, entry)
		to_verifiers(IPC_CONF_REQUIRE, &r->r, sizeof(r->r));
	TAILQ_FOREACH(g, &c->groups, entry)
		for (proc = CTL_VERIFY; proc < env->nprocesses; proc++)
			send_group(proc, g);
}

/* The control sockets go over once: they do not change in a reload. */
static void
send_sockets(void)
{
	struct ipc_socket	 msg;
	int			*fds[2] = { &env->ctlfd, &env->restrictedfd };
	int			 i;

	for (i = 0; i < 2; i++) {
		if (*fds[i] == -1)
			continue;
		memset(&msg, 0, sizeof(msg));
		msg.restricted = i;
		if (imsgev_compose(&child_of(CTL_CONTROL)->iev,
		    IPC_CONF_CONTROL, 0, 0, *fds[i], &msg, sizeof(msg)) == -1)
			fatal("control socket");
		*fds[i] = -1;
	}
}

/* Offers next to all children.  Returns 0 or -1 with the failure noted. */
static int
offer(void)
{
	int	 proc, ret;

	waiting = 0;
	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		to_child(proc, IPC_CONF, &next->limits, sizeof(next->limits));
	send_listeners(next);
	send_exempts(next);
	ret = send_tls(next);
	send_rules(next);
	send_sockets();
	for (proc = CTL_NET; proc < env->nprocesses; proc++) {
		to_child(proc, IPC_CONF_END, NULL, 0);
		child_of(proc)->conf_done = 0;
		waiting++;
	}
	return ret;
}

/* Sends the configuration that the daemon starts with. */
void
reload_first(void)
{
	next = env->conf;
	failure[0] = '\0';
	(void)offer();
}

/* The answer to whoever asked for a reload. */
static void
answer(void)
{
	if (failure[0] != '\0') {
		log_warnx("reload failed, the old configuration stays: %s",
		    failure);
		audit_event(AUDIT_RELOADED, NULL, 0, "%s", failure);
		reply_result(asker, CTL_FAILED, 0, 0, "the old "
		    "configuration stays: %.200s", failure);
	} else {
		env->counter[CP_RELOADS]++;
		log_info("configuration reloaded");
		audit_event(AUDIT_RELOADED, NULL, 1, "%s", env->conffile);
		reply_result(asker, CTL_OK, 0, 0, "configuration reloaded");
	}
	asker = 0;
}

/* Reads and checks the file again, beside what is in use. */
static int
prepare(void)
{
	const char	*what;

	if (parse_file(env->conffile, next) == -1) {
		snprintf(failure, sizeof(failure), "%s has errors; asmpd -n "
		    "-f %s shows them, as does the log", env->conffile,
		    env->conffile);
		return -1;
	}
	if (!conf_same(env->conf, next, &what)) {
		snprintf(failure, sizeof(failure), "%s cannot change while "
		    "asmpd runs; restart it", what);
		return -1;
	}
	if (keyring_load(next, failure, sizeof(failure)) == -1)
		return -1;
	if (conf_bind(next, env->conf) == -1) {
		strlcpy(failure, "an address cannot be listened on; the log "
		    "says which", sizeof(failure));
		return -1;
	}
	return 0;
}

/* Whether a pipe has ended: the daemon does too, once it knows of what. */
static int
child_missing(void)
{
	int	 proc;

	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		if (child_of(proc)->iev.ibuf.fd == -1)
			return 1;
	return 0;
}

/*
 * Starts a reload for client (0: nobody to answer).  Returns NULL, or why
 * there is none, in words that follow "reload: ".
 */
const char *
reload_begin(uint32_t client)
{
	if (env->stopping || child_missing())
		return "asmpd is stopping";
	if (next != NULL || !env->running)
		return "another one is under way";
	asker = client;
	failure[0] = '\0';
	next = conf_new();
	if (prepare() == -1) {
		conf_free(next);
		next = NULL;
		keyring_abort();
		answer();
		return NULL;
	}
	(void)offer();
	return NULL;
}

static void
switch_over(int commit)
{
	int	 proc;

	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		to_child(proc, commit ? IPC_CONF_COMMIT : IPC_CONF_ABORT,
		    NULL, 0);
	if (commit)
		keyring_commit();
	else
		keyring_abort();
	if (next != env->conf)
		conf_free(commit ? env->conf : next);
	if (commit)
		env->conf = next;
	next = NULL;
}

/* A child has looked at its slice; with the last one it is decided. */
void
reload_done(struct child *c, const struct ipc_done *done)
{
	int	 first = next == env->conf;

	if (next == NULL || c->conf_done)
		ipc_intrusion(ipc_procname(c->proc), "an answer to no "
		    "configuration", IPC_CONF_DONE, 0);
	c->conf_done = 1;
	if (done->failed && failure[0] == '\0')
		strlcpy(failure, done->text, sizeof(failure));
	if (--waiting > 0)
		return;
	if (first && failure[0] != '\0') {
		parent_stop(failure);
		return;
	}
	switch_over(failure[0] == '\0');
	if (first)
		registry_load();
	else
		answer();
}
