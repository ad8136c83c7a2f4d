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

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

static void	 req_device_add(const struct ipc_ctl *, const void *);
static void	 req_named(const struct ipc_ctl *, const void *,
		    void (*)(uint32_t, const char *));
static void	 req_device_revoke(const struct ipc_ctl *, const void *);
static void	 req_device_disable(const struct ipc_ctl *, const void *);
static void	 req_device_enable(const struct ipc_ctl *, const void *);
static void	 req_device_expire(const struct ipc_ctl *, const void *);
static void	 req_device_rotate(const struct ipc_ctl *, const void *);
static void	 req_import_begin(const struct ipc_ctl *, const void *);
static void	 req_import_try(const struct ipc_ctl *, const void *);
static void	 req_import_row(const struct ipc_ctl *, const void *);
static void	 req_import_commit(const struct ipc_ctl *, const void *);
static void	 req_kill(const struct ipc_ctl *, const void *);
static void	 req_reload(const struct ipc_ctl *, const void *);
static void	 req_log(const struct ipc_ctl *, const void *);
static void	 req_send(const struct ipc_ctl *, const void *);
static void	 req_note(const struct ipc_ctl *, const void *);
static void	 req_query(const struct ipc_ctl *, const void *);

#define NOBODY		SIZE_MAX	/* the request is about no device */

static const struct {
	enum ctl_type	 type;
	const char	*name;		/* logged with the operator's uid */
	size_t		 subject;	/* where a device's id stands */
	size_t		 size;
	size_t		 more;		/* bytes that may follow, of a key */
	void		(*handle)(const struct ipc_ctl *, const void *);
} table[] = {
	{ CTL_SHOW_SUMMARY, NULL, NOBODY, 0, 0, show_status },
	{ CTL_SHOW_PROCESSES, NULL, NOBODY, 0, 0, show_status },
	{ CTL_SHOW_SANDBOX, NULL, NOBODY, 0, 0, show_status },
	{ CTL_SHOW_MEMORY, NULL, NOBODY, 0, 0, show_status },
	{ CTL_SHOW_SESSIONS, NULL, NOBODY, sizeof(struct ctl_page), 0,
	    show_sessions },
	{ CTL_SHOW_DEVICES, NULL, NOBODY, sizeof(struct ctl_page), 0,
	    show_devices },
	{ CTL_DEVICE_SHOW, NULL, NOBODY, sizeof(struct ctl_name), 0,
	    show_device },
	{ CTL_DEVICE_ADD, "device add", offsetof(struct ctl_newdevice, e.id),
	    CTL_NEWDEVICE_HEAD, MLKEM768_EKLEN, req_device_add },
	{ CTL_DEVICE_REVOKE, "device revoke", 0, sizeof(struct ctl_name), 0,
	    req_device_revoke },
	{ CTL_DEVICE_DISABLE, "device disable", 0, sizeof(struct ctl_name), 0,
	    req_device_disable },
	{ CTL_DEVICE_ENABLE, "device enable", 0, sizeof(struct ctl_name), 0,
	    req_device_enable },
	{ CTL_DEVICE_EXPIRE, "device expire", offsetof(struct ctl_expire,
	    name), sizeof(struct ctl_expire), 0, req_device_expire },
	{ CTL_DEVICE_ROTATE, "device rotate", offsetof(struct ctl_rotate,
	    e.id), CTL_NEWDEVICE_HEAD, MLKEM768_EKLEN, req_device_rotate },
	{ CTL_SHOW_ROTATIONS, NULL, NOBODY, sizeof(struct ctl_page), 0,
	    show_rotations },
	{ CTL_IMPORT_BEGIN, "device import", NOBODY, 0, 0, req_import_begin },
	{ CTL_IMPORT_TRY, "device import, dry run", NOBODY, 0, 0,
	    req_import_try },
	{ CTL_IMPORT_ROW, NULL, NOBODY, CTL_NEWDEVICE_HEAD, MLKEM768_EKLEN,
	    req_import_row },
	{ CTL_IMPORT_COMMIT, NULL, NOBODY, 0, 0, req_import_commit },
	{ CTL_KILL, "kill", 0, sizeof(struct ctl_name), 0, req_kill },
	{ CTL_RELOAD, "reload", NOBODY, 0, 0, req_reload },
	{ CTL_LOG, NULL, NOBODY, sizeof(struct ctl_log), 0, req_log },
	{ CTL_SEND, "send", 0, sizeof(struct ctl_send), 0, req_send },
	{ CTL_NOTE, NULL, NOBODY, sizeof(struct ctl_log_of), 0, req_note },
	{ CTL_QUERY, NULL, NOBODY, sizeof(struct ctl_query), 0, req_query }
};

/*
 * Whether a request can be begun as things are with its device, or the one
 * that is to be: what is to be refused is no success in the logs.
 */
static int
can_begin(enum ctl_type type, const struct device *d)
{
	if (type == CTL_DEVICE_ADD)
		return d == NULL;
	if (d == NULL)
		return 0;
	switch (type) {
	case CTL_KILL:
	case CTL_SEND:
		return d->lease != 0;
	case CTL_DEVICE_DISABLE:
		return d->state == CTL_DEVICE_ACTIVE || d->unstored;
	case CTL_DEVICE_ENABLE:
		return d->state == CTL_DEVICE_DISABLED;
	default:
		return d->state != CTL_DEVICE_REVOKED || d->unstored;
	}
}

/*
 * Says in the logs who asks for what, about which device, and whether it can
 * be begun.  Returns 0, or -1: there is no record of it.
 */
static int
log_operator(const struct ipc_ctl *ctl, const char *what, const char *id,
    int ok)
{
	const char	*safe = id == NULL ? "" :
			    log_vis(id, strnlen(id, ASMP_IDMAX + 1));

	log_info("operator uid %u: %s%s%s", ctl->uid, what,
	    id == NULL ? "" : " ", safe);
	return audit_event(AUDIT_OPERATOR, id != NULL &&
	    registry_byid(safe) != NULL ? safe : NULL, ok, "uid %u: %s%s%s",
	    ctl->uid, what, id == NULL ? "" : " ", safe);
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

/* The same of a request at this place in the table. */
static int
log_request(const struct ipc_ctl *ctl, size_t i, const void *data)
{
	const char	*id;

	if (table[i].subject == NOBODY)
		return log_operator(ctl, table[i].name, NULL, 1);
	id = (const char *)data + table[i].subject;
	return log_operator(ctl, table[i].name, id, memchr(id, '\0',
	    ASMP_IDMAX + 1) != NULL && can_begin(table[i].type,
	    registry_byid(id)));
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
		reply_result(ctl->client, CTL_UNKNOWN, 0, 0,
		    "asmpd does not know this request; is asmpctl of the same "
		    "version?");
		return;
	}
	if (size_wrong(i, data, len)) {
		reply_result(ctl->client, CTL_INVALID, 0, 0,
		    "the request has a wrong size; is asmpctl of the same "
		    "version?");
		return;
	}
	if (table[i].name != NULL && log_request(ctl, i, data) == -1)
		reply_result(ctl->client, CTL_FAILED, 0, 0, "not done: %s",
		    AUDIT_FULL);
	else
		table[i].handle(ctl, data);
}

/* Forgets a client that has left. */
void
request_client_gone(uint32_t client)
{
	await_client_gone(client);
	import_client_gone(client);
	notary_client_gone(client);
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
	struct newlist		*list = newlist_new(0);

	newdevice_get(&row, data);
	newlist_add(list, &row.e, 0);
	explicit_bzero(&row, sizeof(row));
	enrol_add(ctl->client, list);
}

/* What takes a device's name and no more. */
static void
req_named(const struct ipc_ctl *ctl, const void *data,
    void (*enrol)(uint32_t, const char *))
{
	const char	*id;

	if ((id = reply_name(ctl, data)) != NULL)
		enrol(ctl->client, id);
}

static void
req_device_revoke(const struct ipc_ctl *ctl, const void *data)
{
	req_named(ctl, data, access_revoke);
}

static void
req_device_disable(const struct ipc_ctl *ctl, const void *data)
{
	req_named(ctl, data, access_disable);
}

static void
req_device_enable(const struct ipc_ctl *ctl, const void *data)
{
	req_named(ctl, data, access_enable);
}

static void
req_device_expire(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_expire	 e;
	const char		*id;

	memcpy(&e, data, sizeof(e));
	if ((id = reply_name(ctl, e.name)) == NULL)
		return;
	if (e.expires > WHEN_LAST)
		reply_result(ctl->client, CTL_INVALID, 0, 0,
		    "after the year 9999");
	else
		access_expire(ctl->client, id, e.expires * 1000);
}

/* An entry is as a newcomer's: of a size that has been checked. */
static void
req_device_rotate(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_newdevice	 new;
	struct ctl_rotate	 r;
	struct ipc_row		*key;
	const char		*why;

	newdevice_get(&new, data);
	memcpy(&r, &new, sizeof(r));
	if ((key = calloc(1, sizeof(*key))) == NULL)
		fatal("calloc");
	if ((why = newdevice_key(&r.e, key)) == NULL &&
	    r.given && r.overlap > OVERLAP_MAX)
		why = "an old key is accepted for a year at most";
	if (why == NULL)
		newkey_given(ctl->client, r.e.id, key, &r);
	else {
		reply_result(ctl->client, CTL_INVALID, 0, 0, "%s", why);
		freezero(key, sizeof(*key));
	}
	explicit_bzero(&new, sizeof(new));
	explicit_bzero(&r, sizeof(r));
}

static void
req_import_begin(const struct ipc_ctl *ctl, const void *data)
{
	(void)data;
	import_begin(ctl->client, 0);
}

static void
req_import_try(const struct ipc_ctl *ctl, const void *data)
{
	(void)data;
	import_begin(ctl->client, 1);
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
	req_named(ctl, data, ending_kill);
}

static void
req_reload(const struct ipc_ctl *ctl, const void *data)
{
	const char	*why;

	(void)data;
	if ((why = reload_begin(ctl->client)) != NULL)
		reply_result(ctl->client, CTL_BUSY, 0, 0, "%s", why);
}

static void
req_log(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_log	 on;
	int		 proc;

	memcpy(&on, data, sizeof(on));
	if (on.verbose > 1) {
		reply_result(ctl->client, CTL_INVALID, 0, 0,
		    "verbose or brief");
		return;
	}
	(void)log_operator(ctl, on.verbose ? "log verbose" : "log brief", NULL,
	    1);
	log_setverbose(on.verbose);
	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		to_child(proc, IPC_VERBOSE, &on, sizeof(on));
	reply_result(ctl->client, CTL_OK, 0, 0, "log %s",
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

	if ((id = reply_name(ctl, data)) == NULL)
		return;
	if (send->text[0] == '\0' ||
	    memchr(send->text, '\0', sizeof(send->text)) == NULL) {
		reply_result(ctl->client, CTL_INVALID, 0, 0,
		    "a text has 1 to %d bytes", ASMP_TEXTMAX);
		return;
	}
	if ((d = registry_byid(id)) == NULL || d->lease == 0) {
		reply_result(ctl->client, CTL_NOTFOUND, 0, 0, d == NULL ?
		    "no such device" : "the device has no session");
		return;
	}
	memset(&msg, 0, sizeof(msg));
	msg.conn = d->lease;
	msg.client = ctl->client;
	strlcpy(msg.text, send->text, sizeof(msg.text));
	await_one(ctl->client, verifier_of(msg.conn));
	to_verifier(msg.conn, IPC_SEND, &msg, sizeof(msg));
}

static void
req_note(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_log_of	 of;
	struct ctl_note		 note;

	memcpy(&of, data, sizeof(of));
	if (of.log == TREE_AUDIT) {
		if (audit_sign(&note) == 0)
			reply_note(ctl->client, &note);
		else
			reply_result(ctl->client, CTL_FAILED, 0, 0,
			    ANCHOR_FAILED);
	} else if (of.log == TREE_READINGS)
		notary_ask(ctl->client);
	else
		reply_result(ctl->client, CTL_INVALID, 0, 0,
		    "there is no such log");
}

/* Who takes all there is away is remembered. */
static void
req_query(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_query	 q;
	const char		*name;
	int			 ok;

	memcpy(&q, data, sizeof(q));
	name = query_name(&q);
	ok = query_ask(ctl->client, &q) == 0;
	if (name[0] != '\0')
		(void)log_operator(ctl, name, q.device[0] == '\0' ? NULL :
		    q.device, ok);
}
