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
 * What a hijacked process does to its messages: rules, one a line.
 *
 *	ACTION:TYPE[:ARGUMENT[:FIELD=VALUE,...]]
 *
 *	send:T:N	a message of N bytes, or of the size it should have
 *			if N is empty, zeros but for the fields
 *	many:T:N:F=V	N messages like that, of the size they should have
 *	set:T::F=V	these fields of the next one
 *	size:T:N	the next one has N bytes, or as many more or less
 *	as:T:T2:F=V	the next one goes as another type, of its size
 *	dup:T		the next one goes twice
 *	drop:T		it does not go at all
 *	mute:T		nor do all others behind it
 *	keep:T:F	this field of the next one is kept ..
 *	use:T:F:F=V	.. and is what the one after it says there
 *
 * Every other rule acts once, after SIGUSR1, or from the start with ! in front.
 * VALUE is a number, xHEX, 'TEXT, or for a connection: last or first, of
 * those that were opened, new, one that was not, or none, which cannot be.
 * A rule that has acted is a line of the log: "hijack: ACTION TYPE NUMBER".
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "hijack.h"
#include "tools.h"

#define CONN_NONE	CONN_ID(0xffffffff, 1)
#define TEXT_MAX	256

/* An answer to an operator, with what follows its head. */
struct reply_status {
	struct ipc_reply	 reply;
	struct ctl_status	 st;
};

struct reply_session {
	struct ipc_reply	 reply;
	struct ctl_session	 s;
};

struct reply_result {
	struct ipc_reply	 reply;
	struct ctl_result	 res;
};

#define T(t, s)		{ #t, t, 0, sizeof(struct s), 1 }
#define EMPTY(t)	{ #t, t, 0, 0, 1 }
#define HOT(t, s)	{ #t, t, 1, sizeof(struct s), 1 }
#define THEIRS(t, s)	{ #t, t, 0, sizeof(struct s), 0 }

static const struct type {
	const char	*name;
	uint32_t	 type;
	int		 hot;
	size_t		 size;
	int		 ours;
} types[] = {
	T(IPC_READY, ipc_ready), T(IPC_CONF_DONE, ipc_done),
	T(IPC_OPEN, ipc_conn), T(IPC_CLOSED, ipc_conn), EMPTY(IPC_STOPPED),
	T(IPC_SIGN, ipc_sign), T(IPC_LOOKUP, ipc_lookup),
	T(IPC_PROVE, ipc_prove), T(IPC_ROTATE, ipc_rotate),
	T(IPC_ENDED, ipc_end),
	T(IPC_EVENT, ctl_event), T(IPC_ROWS, ipc_row),
	T(IPC_ROWS_RESULT, ipc_jobresult), T(IPC_LEASED, ipc_leased),
	T(IPC_RELEASED, ipc_lease),
	T(IPC_DEVICE_STATS_REPLY, ipc_devstats), T(IPC_CTL, ipc_ctl),
	T(IPC_CTL_GONE, ipc_client), T(IPC_MONITOR, ctl_log),
	T(IPC_REFUSED, ipc_refused), T(IPC_BLOCKED, ipc_blocked),
	T(IPC_MESSAGE, ipc_message), T(IPC_SHARE, ipc_share),
	T(IPC_RESULT, ipc_result),
	T(IPC_LOG, ipc_log), T(IPC_AUDITED, ipc_audited),
	T(IPC_TREE, ipc_tree), T(IPC_TREE_FAILED, ipc_tree_failed),
	T(IPC_REPLY, ipc_reply),
	{ "REPLY_STATUS", IPC_REPLY, 0, sizeof(struct reply_status), 1 },
	{ "REPLY_SESSION", IPC_REPLY, 0, sizeof(struct reply_session), 1 },
	{ "REPLY_RESULT", IPC_REPLY, 0, sizeof(struct reply_result), 1 },
	EMPTY(IPC_INIT), EMPTY(IPC_CONF_COMMIT),
	{ "UNKNOWN", 9999, 0, 0, 1 },
	THEIRS(IPC_FOUND, ipc_found), THEIRS(IPC_SIGNED, ipc_signed),
	T(IPC_QUERY, ipc_query),
	HOT(NV_OPEN, nv_open), HOT(NV_FRAMES, nv_open),
	HOT(NV_CLOSED, nv_closed), HOT(VN_UP, vn_up),
	HOT(VN_CLOSE, vn_close), HOT(VN_SEND, vn_close),
	HOT(VN_FAULT, vn_fault), HOT(VN_HOLD, vn_hold),
	HOT(VN_TAKEN, vn_taken),
	HOT(VS_SEAL, vs_seal), HOT(VS_READING, vs_reading),
	HOT(VS_SEALED, vs_sealed), HOT(VS_MODEL, vs_model),
	HOT(VS_RELEASE, vs_release), HOT(SV_DECIDED, sv_decided)
};

#define F(t, s, f)	{ t, #f, offsetof(struct s, f), \
			    sizeof(((struct s *)NULL)->f) }

static const struct field {
	uint32_t	 type;
	const char	*name;
	size_t		 off;
	size_t		 len;
} fields[] = {
	F(IPC_OPEN, ipc_conn, conn), F(IPC_CLOSED, ipc_conn, conn),
	F(IPC_SIGN, ipc_sign, conn), F(IPC_SIGN, ipc_sign, h),
	F(IPC_LOOKUP, ipc_lookup, conn), F(IPC_LOOKUP, ipc_lookup, profile),
	F(IPC_LOOKUP, ipc_lookup, kind), F(IPC_LOOKUP, ipc_lookup, id),
	F(IPC_LOOKUP, ipc_lookup, flags), F(IPC_LOOKUP, ipc_lookup, group),
	F(IPC_LOOKUP, ipc_lookup, nonce),
	F(IPC_LOOKUP, ipc_lookup, token.version),
	F(IPC_LOOKUP, ipc_lookup, token.role),
	F(IPC_LOOKUP, ipc_lookup, token.expires),
	F(IPC_LOOKUP, ipc_lookup, token.client),
	F(IPC_LOOKUP, ipc_lookup, token.audience),
	F(IPC_LOOKUP, ipc_lookup, ticket), F(IPC_PROVE, ipc_prove, conn),
	F(IPC_PROVE, ipc_prove, len), F(IPC_PROVE, ipc_prove, proof),
	F(IPC_ROTATE, ipc_rotate, conn), F(IPC_ROTATE, ipc_rotate, len),
	F(IPC_ROTATE, ipc_rotate, plain),
	F(IPC_ENDED, ipc_end, conn), F(IPC_ENDED, ipc_end, device),
	F(IPC_REFUSED, ipc_refused, conn), F(IPC_BLOCKED, ipc_blocked, conn),
	F(IPC_BLOCKED, ipc_blocked, device),
	F(IPC_MESSAGE, ipc_message, conn), F(IPC_MESSAGE, ipc_message, device),
	F(IPC_LOG, ipc_log, from),
	F(IPC_LOG, ipc_log, n), F(IPC_LOG, ipc_log, size),
	F(IPC_LOG, ipc_log, log), F(IPC_LOG, ipc_log, root),
	F(IPC_BLOCKED, ipc_blocked, detail),
	F(IPC_SHARE, ipc_share, conn), F(IPC_SHARE, ipc_share, what),
	F(IPC_SHARE, ipc_share, d), F(IPC_SHARE, ipc_share, id),
	F(IPC_SHARE, ipc_share, group), F(IPC_RESULT, ipc_result, conn),
	F(IPC_RESULT, ipc_result, status), F(IPC_RESULT, ipc_result, text),
	F(IPC_TREE, ipc_tree, from), F(IPC_TREE, ipc_tree, size),
	F(IPC_TREE, ipc_tree, n), F(IPC_TREE, ipc_tree, root),
	F(IPC_TREE_FAILED, ipc_tree_failed, text),
	F(IPC_AUDITED, ipc_audited, size), F(IPC_ROWS, ipc_row, version),
	F(IPC_EVENT, ctl_event, kind), F(IPC_EVENT, ctl_event, device),
	F(IPC_EVENT, ctl_event, address), F(IPC_EVENT, ctl_event, text),
	F(IPC_ROWS, ipc_row, number), F(IPC_ROWS, ipc_row, kind),
	F(IPC_ROWS, ipc_row, state), F(IPC_ROWS, ipc_row, profiles),
	F(IPC_ROWS, ipc_row, enrolled), F(IPC_ROWS, ipc_row, role),
	F(IPC_ROWS, ipc_row, keylen), F(IPC_ROWS, ipc_row, id),
	F(IPC_ROWS, ipc_row, mac), F(IPC_ROWS, ipc_row, key),
	F(IPC_ROWS_RESULT, ipc_jobresult, job),
	F(IPC_ROWS_RESULT, ipc_jobresult, text),
	F(IPC_ROWS_RESULT, ipc_jobresult, failed),
	F(IPC_FOUND, ipc_found, reason), F(IPC_FOUND, ipc_found, alg),
	F(IPC_FOUND, ipc_found, key),
	F(IPC_LEASED, ipc_leased, conn), F(IPC_LEASED, ipc_leased, device),
	F(IPC_LEASED, ipc_leased, modellen),
	F(IPC_LEASED, ipc_leased, lastid),
	F(IPC_RELEASED, ipc_lease, conn), F(IPC_RELEASED, ipc_lease, device),
	F(IPC_RELEASED, ipc_lease, rested),
	F(IPC_DEVICE_STATS_REPLY, ipc_devstats, client),
	F(IPC_DEVICE_STATS_REPLY, ipc_devstats, device),
	F(IPC_CTL, ipc_ctl, client), F(IPC_CTL, ipc_ctl, uid),
	F(IPC_CTL, ipc_ctl, type), F(IPC_REPLY, ipc_reply, client),
	F(IPC_REPLY, ipc_reply, type), F(IPC_REPLY, reply_status, st.process),
	F(IPC_REPLY, reply_status, st.trouble),
	F(IPC_REPLY, reply_session, s.device),
	F(IPC_REPLY, reply_session, s.address),
	F(IPC_REPLY, reply_result, res.code),
	F(IPC_REPLY, reply_result, res.text), F(IPC_READY, ipc_ready, layers),
	F(VS_SEAL, vs_seal, device), F(VS_SEAL, vs_seal, recordlen),
	F(VS_SEAL, vs_seal, count), F(VS_READING, vs_reading, place),
	F(VS_READING, vs_reading, rawlen), F(VS_READING, vs_reading, id),
	F(VS_READING, vs_reading, device),
	F(VS_READING, vs_reading, textlen), F(VS_MODEL, vs_model, device),
	F(VS_RELEASE, vs_release, device),
	F(VS_RELEASE, vs_release, rested),
	F(SV_DECIDED, sv_decided, lastid), F(SV_DECIDED, sv_decided, nrefused),
	F(VN_CLOSE, vn_close, how), F(VN_FAULT, vn_fault, kind),
	F(VN_UP, vn_up, max_in)
};

struct rule {
	TAILQ_ENTRY(rule)	 entry;
	const char		*action;
	const struct type	*type;
	const struct type	*other;		/* as */
	char			*arg;
	char			*set;		/* FIELD=VALUE,... or NULL */
	int			 armed;
};
static TAILQ_HEAD(, rule)	 rules = TAILQ_HEAD_INITIALIZER(rules);

static uint8_t		 kept[IPC_MSGMAX];
static uint64_t		 conn_first, conn_last;

static const struct type *
type_byname(const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	errx(1, "hijack: %s: no such type", name);
}

static const struct field *
field_byname(uint32_t type, const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].type == type &&
		    strcmp(fields[i].name, name) == 0)
			return &fields[i];
	errx(1, "hijack: %s: no such field of type %u", name, type);
}

/* Takes a line of the file; it is cut up and must stay. */
void
rule_add(char *line)
{
	struct rule	*r;
	const char	*name;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		err(1, NULL);
	r->armed = *line == '!';
	line += r->armed;
	r->action = strsep(&line, ":");
	if ((name = strsep(&line, ":")) == NULL)
		errx(1, "hijack: %s: no type", r->action);
	r->type = type_byname(name);
	r->arg = strsep(&line, ":");
	r->set = line;
	if (strcmp(r->action, "as") == 0)
		r->other = type_byname(r->arg == NULL ? "" : r->arg);
	TAILQ_INSERT_TAIL(&rules, r, entry);
}

static void
acted(const struct rule *r, uint32_t type)
{
	fprintf(stderr, "hijack: %s %s %u\n", r->action, r->type->name, type);
}

static uint64_t
value_number(const char *v)
{
	char		*end;
	uint64_t	 n;

	if (strcmp(v, "last") == 0)
		return conn_last;
	if (strcmp(v, "first") == 0)
		return conn_first;
	if (strcmp(v, "new") == 0)
		return CONN_ID(CONN_SLOT(conn_last) + 1,
		    CONN_GEN(conn_last) + 1);
	if (strcmp(v, "none") == 0)
		return CONN_NONE;
	n = strtoull(v, &end, 0);
	if (*v == '\0' || *end != '\0')
		errx(1, "hijack: %s: no value", v);
	return n;
}

static void
value_put(uint8_t *p, size_t len, const char *v)
{
	uint64_t	 n;

	if (*v == 'x') {
		if (tool_unhex(p, len, v + 1) == -1)
			errx(1, "hijack: %s: too long", v);
		return;
	}
	memset(p, 0, len);
	if (*v == '\'') {
		memcpy(p, v + 1, strlen(v + 1) < len ? strlen(v + 1) : len);
		return;
	}
	n = value_number(v);
	if (len > sizeof(n))
		len = sizeof(n);
	memcpy(p, &n, len);	/* of processors that begin with the least */
}

/* Writes FIELD=VALUE,... where the fields of the type are. */
static void
set_fields(struct message *m, const char *set)
{
	const struct field	*f;
	char			*copy, *list, *name, *value;
	size_t			 len;

	if (set == NULL)
		return;
	if ((copy = list = strdup(set)) == NULL)
		err(1, NULL);
	while ((value = strsep(&list, ",")) != NULL) {
		name = strsep(&value, "=");
		if (value == NULL)
			errx(1, "hijack: %s: no value", name);
		if (m->hot && strcmp(name, "conn") == 0) {
			m->id = value_number(value);
			continue;
		}
		f = field_byname(m->type, name);
		len = m->len < f->off ? 0 : m->len - f->off;
		value_put(m->data + f->off, len < f->len ? len : f->len,
		    value);
	}
	free(copy);
}

static int
is_many(const struct rule *r)
{
	return strcmp(r->action, "many") == 0;
}

static int
is_send(const struct rule *r)
{
	return strcmp(r->action, "send") == 0 || is_many(r);
}

static void
act_send(const struct rule *r)
{
	static uint8_t	 buf[IPC_MSGMAX];
	struct message	 m = { .type = r->type->type, .hot = r->type->hot,
		    .ours = 1, .id = conn_last, .fd = -1, .data = buf,
		    .len = r->type->size };
	uint64_t	 n = is_many(r) ? value_number(r->arg) : 1;

	memset(buf, 0, sizeof(buf));
	if (!is_many(r) && r->arg != NULL && *r->arg != '\0')
		m.len = (size_t)value_number(r->arg);
	set_fields(&m, r->set);
	for (; n > 0; n--)
		hijack_send(&m);
	acted(r, m.type);
}

static void
act_size(struct message *m, const char *arg)
{
	static uint8_t	 buf[IPC_MSGMAX];
	size_t		 len;

	if (*arg == '+')
		len = m->len + (size_t)value_number(arg + 1);
	else if (*arg == '-')
		len = m->len - (size_t)value_number(arg + 1);
	else
		len = (size_t)value_number(arg);
	memset(buf, 0, sizeof(buf));
	memcpy(buf, m->data, len < m->len ? len : m->len);
	m->data = buf;
	m->len = len;
}

/* Another type, its connection the same: all begin with it. */
static void
act_as(struct message *m, const struct type *type, const char *set)
{
	static uint8_t	 buf[IPC_MSGMAX];

	memset(buf, 0, sizeof(buf));
	if (m->len >= sizeof(m->id) && type->size >= sizeof(m->id))
		memcpy(buf, m->data, sizeof(m->id));
	m->type = type->type;
	m->data = buf;
	m->len = type->size;
	set_fields(m, set);
}

static void
act_field(struct message *m, const char *name, int use)
{
	const struct field	*f = field_byname(m->type, name);

	if (use)
		memcpy(m->data + f->off, kept, f->len);
	else
		memcpy(kept, m->data + f->off, f->len);
}

static int
is_mute(const struct rule *r)
{
	return strcmp(r->action, "mute") == 0;
}

/* Returns how often the message still goes. */
static int
act(const struct rule *r, struct message *m)
{
	int	 times = 1;

	if (strcmp(r->action, "drop") == 0 || is_mute(r))
		times = 0;
	else if (strcmp(r->action, "dup") == 0)
		times = 2;
	else if (strcmp(r->action, "set") == 0)
		set_fields(m, r->set);
	else if (strcmp(r->action, "size") == 0)
		act_size(m, r->arg);
	else if (strcmp(r->action, "as") == 0)
		act_as(m, r->other, r->set);
	else if (strcmp(r->action, "keep") == 0)
		act_field(m, r->arg, 0);
	else if (strcmp(r->action, "use") == 0) {
		act_field(m, r->arg, 1);
		set_fields(m, r->set);
	} else
		errx(1, "hijack: %s: no such action", r->action);
	acted(r, m->type);
	return times;
}

/* Those that send do so now, of these. */
static void
rules_send(int armed)
{
	struct rule	*r;

	TAILQ_FOREACH(r, &rules, entry)
		if (is_send(r) && r->armed == armed)
			act_send(r);
}

/* This process is not the one that is in other hands. */
void
rules_drop(void)
{
	TAILQ_INIT(&rules);
}

/* From now on all rules act. */
void
rules_arm(void)
{
	struct rule	*r;

	rules_send(0);
	TAILQ_FOREACH(r, &rules, entry)
		r->armed = !is_send(r);
}

static void
remember(const struct message *m)
{
	uint64_t	 conn = 0;

	if (m->hot && m->type == NV_OPEN)
		conn = m->id;
	else if (!m->hot && (m->type == IPC_OPEN || m->type == IPC_SIGN ||
	    m->type == IPC_LEASED) && m->len >= sizeof(conn))
		memcpy(&conn, m->data, sizeof(conn));
	if (conn == 0)
		return;
	conn_last = conn;
	if (conn_first == 0)
		conn_first = conn;
}

/*
 * A message passes: the first rule about it that has not acted does.  It may
 * be another message after it; returns how often it goes on.
 */
int
rules_apply(struct message *m)
{
	struct rule	*r;

	remember(m);
	if (m->type == IPC_READY && m->ours)
		rules_send(1);
	TAILQ_FOREACH(r, &rules, entry)
		if (r->armed && !is_send(r) && r->type->hot == m->hot &&
		    r->type->type == m->type && r->type->ours == m->ours) {
			if (!is_mute(r))
				TAILQ_REMOVE(&rules, r, entry);
			return act(r, m);
		}
	return 1;
}
