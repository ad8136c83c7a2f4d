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
 * What asmpctl asks of the parent, relayed by the control process: one table
 * of requests with their sizes.  A malformed one is its asker's fault and
 * harms nobody else.
 */

#include <sys/types.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

/* An answer that several processes give together. */
struct gather {
	TAILQ_ENTRY(gather)	 entry;
	uint32_t		 client;
	uint32_t		 waiting;	/* mask of 1 << process */
	int			 verify;	/* verify alone answers */
};
static TAILQ_HEAD(, gather)	 gathers = TAILQ_HEAD_INITIALIZER(gathers);

static void	 req_status(const struct ipc_ctl *, const void *);
static void	 req_sessions(const struct ipc_ctl *, const void *);
static void	 req_devices(const struct ipc_ctl *, const void *);
static void	 req_device_show(const struct ipc_ctl *, const void *);
static void	 req_device_add(const struct ipc_ctl *, const void *);
static void	 req_device_revoke(const struct ipc_ctl *, const void *);
static void	 req_import_begin(const struct ipc_ctl *, const void *);
static void	 req_import_row(const struct ipc_ctl *, const void *);
static void	 req_import_commit(const struct ipc_ctl *, const void *);
static void	 req_kill(const struct ipc_ctl *, const void *);
static void	 req_reload(const struct ipc_ctl *, const void *);
static void	 req_log(const struct ipc_ctl *, const void *);
static void	 req_send(const struct ipc_ctl *, const void *);

#define NOBODY		SIZE_MAX	/* the request is about no device */

static const struct {
	enum ctl_type	 type;
	const char	*name;		/* logged with the operator's uid */
	size_t		 subject;	/* where a device's id stands */
	size_t		 size;
	size_t		 more;		/* bytes that may follow, of a key */
	void		(*handle)(const struct ipc_ctl *, const void *);
} table[] = {
	{ CTL_SHOW_SUMMARY, NULL, NOBODY, 0, 0, req_status },
	{ CTL_SHOW_PROCESSES, NULL, NOBODY, 0, 0, req_status },
	{ CTL_SHOW_SANDBOX, NULL, NOBODY, 0, 0, req_status },
	{ CTL_SHOW_MEMORY, NULL, NOBODY, 0, 0, req_status },
	{ CTL_SHOW_SESSIONS, NULL, NOBODY, sizeof(struct ctl_page), 0,
	    req_sessions },
	{ CTL_SHOW_DEVICES, NULL, NOBODY, sizeof(struct ctl_page), 0,
	    req_devices },
	{ CTL_DEVICE_SHOW, NULL, NOBODY, sizeof(struct ctl_name), 0,
	    req_device_show },
	{ CTL_DEVICE_ADD, "device add", offsetof(struct ctl_newdevice, e.id),
	    CTL_NEWDEVICE_HEAD, MLKEM768_EKLEN, req_device_add },
	{ CTL_DEVICE_REVOKE, "device revoke", 0, sizeof(struct ctl_name), 0,
	    req_device_revoke },
	{ CTL_IMPORT_BEGIN, "device import", NOBODY, 0, 0, req_import_begin },
	{ CTL_IMPORT_ROW, NULL, NOBODY, CTL_NEWDEVICE_HEAD, MLKEM768_EKLEN,
	    req_import_row },
	{ CTL_IMPORT_COMMIT, NULL, NOBODY, 0, 0, req_import_commit },
	{ CTL_KILL, "kill", 0, sizeof(struct ctl_name), 0, req_kill },
	{ CTL_RELOAD, "reload", NOBODY, 0, 0, req_reload },
	{ CTL_LOG, NULL, NOBODY, sizeof(struct ctl_log), 0, req_log },
	{ CTL_SEND, "send", 0, sizeof(struct ctl_send), 0, req_send }
};

/* Says in the log who asks for what, and about which device. */
static void
log_operator(const struct ipc_ctl *ctl, const char *what, const char *id)
{
	log_info("operator uid %u: %s%s%s", ctl->uid, what,
	    id == NULL ? "" : " ",
	    id == NULL ? "" : log_vis(id, strnlen(id, ASMP_IDMAX + 1)));
}

static int
size_wrong(size_t i, const void *data, size_t len)
{
	struct ctl_newdevice	 new;

	if (table[i].more == 0)
		return len != table[i].size;
	if (len < table[i].size || len - table[i].size > table[i].more)
		return 1;
	memcpy(&new, data, CTL_NEWDEVICE_HEAD);
	return len != CTL_NEWDEVICE_LEN(&new);
}

/* Takes one request; data of len bytes is what the operator's tool sent. */
void
request_dispatch(const struct ipc_ctl *ctl, const void *data, size_t len)
{
	size_t	 i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].type == ctl->type)
			break;
	if (i == sizeof(table) / sizeof(table[0])) {
		request_result(ctl->client, CTL_UNKNOWN, 0, 0,
		    "asmpd does not know this request; is asmpctl of the same "
		    "version?");
		return;
	}
	if (size_wrong(i, data, len)) {
		request_result(ctl->client, CTL_INVALID, 0, 0,
		    "the request has a wrong size; is asmpctl of the same "
		    "version?");
		return;
	}
	if (table[i].name != NULL)
		log_operator(ctl, table[i].name, table[i].subject == NOBODY ?
		    NULL : (const char *)data + table[i].subject);
	table[i].handle(ctl, data);
}

/* A part of an answer; last says that nothing follows. */
static void
reply(uint32_t client, uint32_t type, const void *data, size_t len,
    int last)
{
	struct {
		struct ipc_reply	 reply;
		uint8_t			 data[sizeof(struct ctl_device) + 512];
	} msg;

	if (client == 0)	/* asked by a signal: nobody listens */
		return;
	if (len > sizeof(msg.data))
		fatalx("answer of %zu bytes", len);
	memset(&msg.reply, 0, sizeof(msg.reply));
	msg.reply.client = client;
	msg.reply.type = type;
	msg.reply.last = last;
	memcpy(msg.data, data, len);
	to_child(CTL_CONTROL, IPC_REPLY, &msg, sizeof(msg.reply) + len);
}

/* The end of an answer. */
void
request_result(uint32_t client, enum ctl_code code, uint32_t n,
    uint32_t place, const char *fmt, ...)
{
	struct ctl_result	 res;
	va_list			 ap;

	memset(&res, 0, sizeof(res));
	res.code = code;
	res.count = n;
	res.place = place;
	va_start(ap, fmt);
	vsnprintf(res.text, sizeof(res.text), fmt, ap);
	va_end(ap);
	reply(client, CTL_RESULT, &res, sizeof(res), 1);
}

/* An id from outside, which must be one before it is used or logged. */
static const char *
name_of(const struct ipc_ctl *ctl, const void *data)
{
	const struct ctl_name	*n = data;

	if (memchr(n->name, '\0', sizeof(n->name)) != NULL &&
	    id_valid(n->name))
		return n->name;
	request_result(ctl->client, CTL_INVALID, 0, 0,
	    "not a device id: 1 to 64 of letters, digits and ._:@-");
	return NULL;
}

static struct gather *
gather_find(uint32_t client, enum ctl_process proc, int verify)
{
	struct gather	*g;

	TAILQ_FOREACH(g, &gathers, entry)
		if (g->client == client && g->verify == verify &&
		    (g->waiting & (1U << proc)) != 0)
			return g;
	return NULL;
}

static struct gather *
gather_new(uint32_t client, int verify)
{
	struct gather	*g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		fatal("calloc");
	g->client = client;
	g->verify = verify;
	TAILQ_INSERT_TAIL(&gathers, g, entry);
	return g;
}

static void
parent_status(struct ctl_status *st)
{
	status_fill(st, CTL_PARENT);
	st->layers = env->layers;
	st->started = env->started;
	memcpy(st->counter, env->counter, sizeof(st->counter));
	st->counter[CP_DEVICES] = registry_count();
	st->counter[CP_REVOKED] = registry_revoked();
}

static void
req_status(const struct ipc_ctl *ctl, const void *data)
{
	struct ipc_client	 who = { .client = ctl->client };
	struct ctl_status	 st;
	struct gather		*g;
	int			 proc;

	(void)data;
	g = gather_new(ctl->client, 0);
	parent_status(&st);
	reply(ctl->client, CTL_STATUS, &st, sizeof(st), 0);
	for (proc = CTL_NET; proc < CTL_NPROCESSES; proc++) {
		g->waiting |= 1U << proc;
		to_child(proc, IPC_STATUS, &who, sizeof(who));
	}
}

/* A child's answer to IPC_STATUS; with the last one the answer is whole. */
void
request_status(uint32_t client, enum ctl_process proc, const void *data)
{
	struct gather	*g;

	if ((g = gather_find(client, proc, 0)) == NULL)
		return;		/* who asked has left */
	reply(client, CTL_STATUS, data, sizeof(struct ctl_status), 0);
	g->waiting &= ~(1U << proc);
	if (g->waiting != 0)
		return;
	TAILQ_REMOVE(&gathers, g, entry);
	free(g);
	request_result(client, CTL_OK, 0, 0, "%s", "");
}

/* Verify's answer, or a part of one; it answers nobody who did not ask. */
void
request_sessions(uint32_t client, uint32_t type, const void *data, size_t len)
{
	struct gather	*g;
	int		 last = type != CTL_SESSION;

	if ((g = gather_find(client, CTL_VERIFY, 1)) == NULL)
		return;
	reply(client, type, data, len, last);
	if (!last)
		return;
	TAILQ_REMOVE(&gathers, g, entry);
	free(g);
}

/* Forgets a client that has left. */
void
request_client_gone(uint32_t client)
{
	struct gather	*g, *next;

	TAILQ_FOREACH_SAFE(g, &gathers, entry, next)
		if (g->client == client) {
			TAILQ_REMOVE(&gathers, g, entry);
			free(g);
		}
	import_client_gone(client);
}

static void
req_sessions(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_page		 page;
	struct ipc_sessions	 ask;

	memcpy(&page, data, sizeof(page));
	memset(&ask, 0, sizeof(ask));
	ask.cursor = page.cursor;
	ask.client = ctl->client;
	gather_new(ctl->client, 1)->waiting = 1U << CTL_VERIFY;
	to_child(CTL_VERIFY, IPC_SESSIONS, &ask, sizeof(ask));
}

/* What stands for a pre-shared key is nobody's business. */
static void
fill_device(struct ctl_device *out, const struct device *d)
{
	const struct conf_role	*role = role_bynumber(env->conf, d->role);

	memset(out, 0, sizeof(*out));
	out->number = d->number;
	out->enrolled = d->enrolled;
	out->changed = d->changed;
	out->state = d->state;
	out->kind = d->kind;
	out->alg = d->alg;
	out->profiles = d->profiles;
	out->online = d->lease != 0;
	strlcpy(out->id, device_id(d), sizeof(out->id));
	if (role != NULL)
		strlcpy(out->role, role->name, sizeof(out->role));
	if (d->kind == ASMP_KIND_PSK)
		return;
	out->keylen = d->keylen;
	memcpy(out->key, d->data, d->keylen);
}

static void
send_device(uint32_t client, const struct ctl_device *d)
{
	reply(client, CTL_DEVICE, d, CTL_DEVICE_LEN(d), 0);
}

static void
req_devices(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_page		 page;
	struct ctl_device	 out;
	struct device		*d;
	int			 n;

	memcpy(&page, data, sizeof(page));
	d = registry_next(page.cursor > UINT32_MAX ? UINT32_MAX - 1 :
	    page.cursor);
	for (n = 0; n < CTL_PAGE && d != NULL; n++) {
		fill_device(&out, d);
		send_device(ctl->client, &out);
		page.cursor = d->number;
		d = registry_next(d->number);
	}
	if (d != NULL)
		reply(ctl->client, CTL_MORE, &page, sizeof(page), 1);
	else
		request_result(ctl->client, CTL_OK, 0, 0, "%s", "");
}

static void
req_device_show(const struct ipc_ctl *ctl, const void *data)
{
	struct ipc_devstats	 ask;
	struct device		*d;
	const char		*id;

	if ((id = name_of(ctl, data)) == NULL)
		return;
	if ((d = registry_byid(id)) == NULL) {
		request_result(ctl->client, CTL_NOTFOUND, 0, 0,
		    "no such device");
		return;
	}
	memset(&ask, 0, sizeof(ask));
	ask.client = ctl->client;
	ask.device = d->number;
	to_child(CTL_STORE, IPC_DEVICE_STATS, &ask, sizeof(ask));
}

/* The store's part of what is known about a device. */
void
request_devstats(const struct ipc_devstats *stats)
{
	struct device		*d = registry_bynumber(stats->device);
	struct ctl_device	 out;

	if (d == NULL)
		ipc_intrusion("store", "figures of no device",
		    IPC_DEVICE_STATS_REPLY, stats->device);
	if (stats->failed) {
		request_result(stats->client, CTL_FAILED, 0, 0,
		    "the database cannot be read; the log says why");
		return;
	}
	fill_device(&out, d);
	out.lastid = stats->lastid;
	out.lasttime = stats->lasttime;
	out.accepted = stats->accepted;
	out.blocked = stats->blocked;
	send_device(stats->client, &out);
	request_result(stats->client, CTL_OK, 0, 0, "%s", "");
}

/* An entry, of a size that has been checked; the caller wipes it. */
static void
newdevice_get(struct ctl_newdevice *new, const void *data)
{
	memset(new, 0, sizeof(*new));
	memcpy(new, data, CTL_NEWDEVICE_HEAD);
	memcpy(new->e.key, (const uint8_t *)data + CTL_NEWDEVICE_HEAD,
	    new->e.keylen);
}

static void
req_device_add(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_newdevice	 row;
	struct newcomer		*new;
	struct device		*d;
	const char		*why;

	newdevice_get(&row, data);
	d = newdevice_make(&row.e, &why);
	explicit_bzero(&row, sizeof(row));
	if (d == NULL) {
		request_result(ctl->client, CTL_INVALID, 0, 0, "%s", why);
		return;
	}
	if ((new = calloc(1, sizeof(*new))) == NULL)
		fatal("calloc");
	new->dev = d;
	enrol_add(ctl->client, new, 1);
}

static void
req_device_revoke(const struct ipc_ctl *ctl, const void *data)
{
	const char	*id;

	if ((id = name_of(ctl, data)) != NULL)
		enrol_revoke(ctl->client, id);
}

static void
req_import_begin(const struct ipc_ctl *ctl, const void *data)
{
	(void)data;
	import_begin(ctl->client);
}

static void
req_import_row(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_newdevice	 row;

	newdevice_get(&row, data);
	import_row(ctl->client, &row);
	explicit_bzero(&row, sizeof(row));
}

static void
req_import_commit(const struct ipc_ctl *ctl, const void *data)
{
	(void)data;
	import_commit(ctl->client);
}

static void
req_kill(const struct ipc_ctl *ctl, const void *data)
{
	const char	*id;

	if ((id = name_of(ctl, data)) != NULL)
		enrol_kill(ctl->client, id);
}

static void
req_reload(const struct ipc_ctl *ctl, const void *data)
{
	(void)data;
	if (reload_begin(ctl->client) == -1)
		request_result(ctl->client, CTL_BUSY, 0, 0,
		    "another reload is under way");
}

static void
req_log(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_log	 on;
	int		 proc;

	memcpy(&on, data, sizeof(on));
	if (on.verbose > 1) {
		request_result(ctl->client, CTL_INVALID, 0, 0,
		    "verbose or brief");
		return;
	}
	log_operator(ctl, on.verbose ? "log verbose" : "log brief", NULL);
	log_setverbose(on.verbose);
	for (proc = CTL_NET; proc < CTL_NPROCESSES; proc++)
		to_child(proc, IPC_VERBOSE, &on, sizeof(on));
	request_result(ctl->client, CTL_OK, 0, 0, "log %s",
	    on.verbose ? "verbose" : "brief");
}

/* Verify answers, or says that the session has ended meanwhile. */
static void
req_send(const struct ipc_ctl *ctl, const void *data)
{
	const struct ctl_send	*send = data;
	struct ipc_send		 msg;
	struct device		*d;
	const char		*id;

	if ((id = name_of(ctl, data)) == NULL)
		return;
	if (send->text[0] == '\0' ||
	    memchr(send->text, '\0', sizeof(send->text)) == NULL) {
		request_result(ctl->client, CTL_INVALID, 0, 0,
		    "a text has 1 to %d bytes", ASMP_TEXTMAX);
		return;
	}
	if ((d = registry_byid(id)) == NULL || d->lease == 0) {
		request_result(ctl->client, CTL_NOTFOUND, 0, 0, d == NULL ?
		    "no such device" : "the device has no session");
		return;
	}
	memset(&msg, 0, sizeof(msg));
	msg.conn = d->lease;
	msg.client = ctl->client;
	strlcpy(msg.text, send->text, sizeof(msg.text));
	gather_new(ctl->client, 1)->waiting = 1U << CTL_VERIFY;
	to_child(CTL_VERIFY, IPC_SEND, &msg, sizeof(msg));
}
