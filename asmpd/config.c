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
 * The configuration as a value: made, checked as a whole, bound to sockets,
 * compared with another, freed.  parse.y fills it in.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

#define LISTEN_BACKLOG	1024	/* a reconnect storm waits here */
#define FILE_MAX	(256 * 1024)	/* certificate chains are large */

static char *
dup_or_die(const char *s)
{
	char	*p;

	if ((p = strdup(s)) == NULL)
		fatal("strdup");
	return p;
}

/* Adds a copy of text to a list of words. */
void
conf_addword(struct conf_words *list, const char *text)
{
	struct conf_word	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("calloc");
	w->text = dup_or_die(text);
	TAILQ_INSERT_TAIL(list, w, entry);
}

/* Empties a list of words. */
void
conf_freewords(struct conf_words *list)
{
	struct conf_word	*w;

	while ((w = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, w, entry);
		free(w->text);
		free(w);
	}
}

/* A configuration with its defaults; conf_free() it. */
struct asmpd_conf *
conf_new(void)
{
	struct asmpd_conf	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&c->listeners);
	TAILQ_INIT(&c->exempts);
	TAILQ_INIT(&c->fields);
	TAILQ_INIT(&c->issuers);
	TAILQ_INIT(&c->shared);
	TAILQ_INIT(&c->streams);
	TAILQ_INIT(&c->roles);
	TAILQ_INIT(&c->requires);
	TAILQ_INIT(&c->groups);
	c->user = dup_or_die(ASMPD_USER);
	c->chroot = dup_or_die(ASMPD_CHROOT);
	c->database = dup_or_die(ASMPD_DATABASE);
	c->anchor = dup_or_die(ASMPD_ANCHOR);
	c->control = dup_or_die(ASMPD_SOCKET);
	c->limits.verifiers = 1;
	c->limits.max_sessions = SESSIONS_DEFAULT;
	c->limits.max_halfopen = HALFOPEN_DEFAULT;
	c->limits.halfopen_source = HALFOPEN_SOURCE_DEFAULT;
	c->limits.new_source = NEW_SOURCE_DEFAULT;
	c->limits.handshake_ms = HANDSHAKE_DEFAULT * 1000;
	c->limits.samples = SAMPLES_DEFAULT;
	c->limits.threshold = 3.0;
	c->limits.floor = 0.01;
	c->limits.silence_ms = SILENCE_DEFAULT * 1000;
	penalties_default(&c->limits);
	streams_builtin(c);
	roles_builtin(c);
	return c;
}

static void
listener_free(struct conf_listener *l)
{
	if (l->fd != -1)
		close(l->fd);
	free(l);
}

/* What has a name of its own. */
static void
free_named(struct asmpd_conf *c)
{
	struct conf_stream	*s;
	struct conf_role	*r;
	struct conf_group	*g;

	while ((s = TAILQ_FIRST(&c->streams)) != NULL) {
		TAILQ_REMOVE(&c->streams, s, entry);
		free(s);
	}
	while ((r = TAILQ_FIRST(&c->roles)) != NULL) {
		TAILQ_REMOVE(&c->roles, r, entry);
		role_free(r);
	}
	while ((g = TAILQ_FIRST(&c->groups)) != NULL) {
		TAILQ_REMOVE(&c->groups, g, entry);
		group_free(g);
	}
}

/* Frees what conf_new() made and closes sockets still in it; NULL is fine. */
void
conf_free(struct asmpd_conf *c)
{
	struct conf_listener	*l;
	struct conf_exempt	*e;
	struct conf_field	*f;
	struct conf_require	*r;

	if (c == NULL)
		return;
	while ((l = TAILQ_FIRST(&c->listeners)) != NULL) {
		TAILQ_REMOVE(&c->listeners, l, entry);
		listener_free(l);
	}
	while ((e = TAILQ_FIRST(&c->exempts)) != NULL) {
		TAILQ_REMOVE(&c->exempts, e, entry);
		free(e);
	}
	while ((f = TAILQ_FIRST(&c->fields)) != NULL) {
		TAILQ_REMOVE(&c->fields, f, entry);
		free(f);
	}
	while ((r = TAILQ_FIRST(&c->requires)) != NULL) {
		TAILQ_REMOVE(&c->requires, r, entry);
		free(r);
	}
	free_named(c);
	conf_freewords(&c->issuers);
	conf_freewords(&c->shared);
	free(c->gateway_key);
	free(c->gateway_seal);
	free(c->user);
	free(c->chroot);
	free(c->database);
	free(c->anchor);
	free(c->control);
	free(c->control_group);
	free(c->restricted);
	free(c->tls_cert);
	free(c->tls_key);
	free(c);
}

static int
path_bad(const char *file, const char *what, const char *path)
{
	if (path == NULL || (path[0] == '/' && strlen(path) < IPC_PATHMAX))
		return 0;
	log_warnx("%s: %s must be an absolute path of less than %d bytes",
	    file, what, IPC_PATHMAX);
	return 1;
}

static int
roles_bad(const struct asmpd_conf *c, const char *file)
{
	struct conf_role	*r;
	const char		*stream;
	int			 bad = 0;

	TAILQ_FOREACH(r, &c->roles, entry)
		if ((stream = role_unknown(c, r)) != NULL) {
			log_warnx("%s: role %s opens stream %s, but no stream "
			    "has this name", file, r->name, stream);
			bad = 1;
		}
	if (role_bynumber(c, 1) == NULL) {
		log_warnx("%s: no role has number 1, which is that of devices "
		    "enrolled without one", file);
		bad = 1;
	}
	return bad;
}

/*
 * Checks what no single line can show.  file names the configuration in the
 * errors.  Returns 0 or -1 after one line for each error.
 */
int
conf_check(const struct asmpd_conf *c, const char *file)
{
	struct conf_listener	*l;
	int			 bad = 0;

	if (c->gateway_id[0] == '\0' || c->gateway_key == NULL ||
	    c->gateway_seal == NULL) {
		log_warnx("%s: no %s; make an identity with asmp-keygen -G and "
		    "copy the lines it prints", file,
		    c->gateway_id[0] == '\0' ? "gateway id" :
		    c->gateway_key == NULL ? "gateway key" : "gateway seal");
		bad = 1;
	}
	if (TAILQ_EMPTY(&c->listeners)) {
		log_warnx("%s: no listen line: no device could connect", file);
		bad = 1;
	}
	TAILQ_FOREACH(l, &c->listeners, entry)
		if (l->tls && c->tls_cert == NULL) {
			log_warnx("%s: listen on %s tls: no tls certificate "
			    "line", file, l->text);
			bad = 1;
		}
	if (strcmp(c->user, "root") == 0) {
		log_warnx("%s: user may not be root: it is what the children "
		    "become to have no rights", file);
		bad = 1;
	}
	if (c->limits.penalty_least_ms > c->limits.penalty_most_ms) {
		log_warnx("%s: penalty minimum is above penalty maximum", file);
		bad = 1;
	}
	bad |= roles_bad(c, file);
	bad |= path_bad(file, "database", c->database);
	bad |= path_bad(file, "anchor", c->anchor);
	bad |= path_bad(file, "chroot", c->chroot);
	bad |= path_bad(file, "control socket", c->control);
	bad |= path_bad(file, "restricted control socket", c->restricted);
	return bad ? -1 : 0;
}

/* The listener of c, or of nobody if that is NULL, at the address of l. */
static struct conf_listener *
listener_like(const struct asmpd_conf *c, const struct conf_listener *l)
{
	struct conf_listener	*o;

	if (c == NULL)
		return NULL;
	TAILQ_FOREACH(o, &c->listeners, entry)
		if (o->len == l->len &&
		    memcmp(&o->ss, &l->ss, l->len) == 0)
			return o;
	return NULL;
}

/*
 * Adds the addresses that host (numeric, or "*" for all) and port mean, for
 * the profiles of a mask.  Returns 0, or -1 with *why pointing to a fixed text.
 */
int
conf_addlistener(struct asmpd_conf *c, const char *host, int port, int tls,
    uint32_t profiles, const char **why)
{
	struct addrinfo		 hints, *res;
	struct conf_listener	*l;
	char			 serv[8], addr[NI_MAXHOST];
	size_t			 n = 0;
	int			 e;

	TAILQ_FOREACH(l, &c->listeners, entry)
		n++;
	*why = "more than " LIMIT_TEXT(LISTENERS_MAX) " listen lines";
	if (n >= LISTENERS_MAX)
		return -1;
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = strcmp(host, "*") == 0 ? AF_INET6 : AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
	snprintf(serv, sizeof(serv), "%d", port);
	e = getaddrinfo(strcmp(host, "*") == 0 ? "::" : host, serv, &hints,
	    &res);
	*why = "not a numeric address (use * for all)";
	if (e != 0)
		return -1;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("calloc");
	memcpy(&l->ss, res->ai_addr, res->ai_addrlen);
	l->len = res->ai_addrlen;
	l->tls = tls;
	l->profiles = profiles;
	l->fd = -1;
	if (getnameinfo(res->ai_addr, res->ai_addrlen, addr, sizeof(addr),
	    NULL, 0, NI_NUMERICHOST) != 0)
		fatalx("getnameinfo");
	snprintf(l->text, sizeof(l->text), res->ai_family == AF_INET6 ?
	    "[%.46s]:%d" : "%.46s:%d", addr, port);
	freeaddrinfo(res);
	*why = "is given twice";
	if (listener_like(c, l) != NULL) {
		free(l);
		return -1;
	}
	TAILQ_INSERT_TAIL(&c->listeners, l, entry);
	return 0;
}

static int
listener_bind(struct conf_listener *l)
{
	const struct sockaddr_in6 *sin6 = (const void *)&l->ss;
	int	 any, off = 0, on = 1;

	l->fd = socket(l->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (l->fd == -1)
		return -1;
	any = l->ss.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr);
	if (setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
	    -1)
		return -1;
	if (any && setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
	    sizeof(off)) == -1)
		return -1;
	if (bind(l->fd, (const void *)&l->ss, l->len) == -1)
		return -1;
	return listen(l->fd, LISTEN_BACKLOG);
}

/*
 * Opens every listener of c.  A socket that the running configuration old
 * (or NULL) has at the same address is taken over by dup(2), since it cannot
 * be bound twice.  Returns 0, or -1 after one line in the log.
 */
int
conf_bind(struct asmpd_conf *c, const struct asmpd_conf *old)
{
	struct conf_listener	*l, *o;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if ((o = listener_like(old, l)) != NULL) {
			l->fd = fcntl(o->fd, F_DUPFD_CLOEXEC, 0);
			if (l->fd != -1)
				continue;
		} else if (listener_bind(l) == 0)
			continue;
		log_warn("listen on %s", l->text);
		return -1;
	}
	return 0;
}

static int
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/*
 * Whether a reload may go from a to b.  Returns 1, or 0 with *what naming
 * the setting that only a restart can change.
 */
int
conf_same(const struct asmpd_conf *a, const struct asmpd_conf *b,
    const char **what)
{
	*what = NULL;
	if (!same(a->user, b->user))
		*what = "user";
	else if (!same(a->chroot, b->chroot))
		*what = "chroot";
	else if (!same(a->database, b->database))
		*what = "database";
	else if (!same(a->anchor, b->anchor))
		*what = "anchor";
	else if (!same(a->control, b->control) ||
	    !same(a->control_group, b->control_group))
		*what = "control socket";
	else if (!same(a->restricted, b->restricted))
		*what = "restricted control socket";
	else if (a->limits.max_sessions != b->limits.max_sessions)
		*what = "limit sessions";
	else if (a->limits.verifiers != b->limits.verifiers)
		*what = "verifiers";
	else if (strcmp(a->gateway_id, b->gateway_id) != 0)
		*what = "gateway id";
	else if (!same(a->gateway_seal, b->gateway_seal))
		*what = "gateway seal";
	else if (a->permit != b->permit)
		*what = "sandbox";
	return *what == NULL;
}

/*
 * Reads a file; a secret one only if nobody but its owner may.  Links are
 * followed, since those who renew certificates make them.  Returns its bytes,
 * NUL terminated, with their number in *len; the caller freezero()s len + 1.
 * NULL with *why naming the reason otherwise.
 */
char *
conf_readfile(const char *path, int secret, size_t *len, const char **why)
{
	char		 real[PATH_MAX], *buf = NULL;
	struct stat	 st;
	int		 fd = -1;

	*why = NULL;
	if (realpath(path, real) == NULL ||
	    (fd = keyfile_open(real, secret, why)) == -1) {
		if (*why == NULL)
			*why = strerror(errno);
		return NULL;
	}
	*why = "cannot be read";
	if (fstat(fd, &st) == -1 || st.st_size > FILE_MAX)
		goto done;
	if ((buf = calloc(1, st.st_size + 1)) == NULL)
		fatal("calloc");
	if (read(fd, buf, st.st_size) != st.st_size) {
		freezero(buf, st.st_size + 1);
		buf = NULL;
		goto done;
	}
	*len = st.st_size;
done:
	close(fd);
	return buf;
}
