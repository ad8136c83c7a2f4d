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
 * A session as a member of groups: what it gives goes to the first verifier,
 * which brings the values together, and what comes back from there goes to
 * the device, encrypted for it.  Only accepted readings count; nothing
 * survives a session.
 */

#include <sys/types.h>

#include <math.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define METRIC_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"0123456789_-"
#define EXACT_MAX	9007199254740992.0	/* 2^53: then integers blur */

/* Tells the first verifier, which may be this one. */
static void
share(const struct session *s, enum share what, struct ipc_share *msg)
{
	msg->conn = s->conn;
	msg->what = what;
	strlcpy(msg->id, s->up->id, sizeof(msg->id));
	if (verify_nth == 0)
		group_share(msg);
	else
		to_parent(IPC_SHARE, msg, sizeof(*msg));
}

static int
value_in(const struct group *g, const struct json_fields *fields,
    struct ipc_share *v)
{
	size_t	 i;

	for (i = 0; i < fields->n; i++)
		if (strcmp(fields->f[i].path, g->g.metric) == 0)
			break;
	if (i == fields->n)
		return -1;
	v->d = fields->f[i].value;
	v->exact = v->d == floor(v->d) && fabs(v->d) <= EXACT_MAX;
	v->i = v->exact ? (int64_t)v->d : 0;
	return 0;
}

/* An accepted reading; exact is what smcp's value was, or NULL. */
void
member_value(struct session *s, const struct json_fields *fields,
    const int64_t *exact)
{
	const struct group	*g = NULL;
	struct ipc_share	 v;

	if (!s->up->grouped) {
		/* Who is in no group hears its own value at once. */
		if (exact != NULL)
			smcp_result(s, SMCP_COMPLETE, *exact);
		return;
	}
	memset(&v, 0, sizeof(v));
	if (exact != NULL) {
		v.i = *exact;
		v.d = (double)v.i;
		v.exact = 1;
	}
	while ((g = conf_group_with(s->up->id, g)) != NULL)
		if (exact != NULL || value_in(g, fields, &v) == 0) {
			strlcpy(v.group, g->g.name, sizeof(v.group));
			share(s, SHARE_VALUE, &v);
		}
}

/* A session has begun, or its groups may be others. */
void
member_joined(struct session *s)
{
	struct ipc_share	 msg;

	s->up->grouped = conf_group_with(s->up->id, NULL) != NULL;
	if (!s->up->grouped)
		return;
	memset(&msg, 0, sizeof(msg));
	share(s, SHARE_JOINED, &msg);
}

/* A session is over: its values go with it. */
void
member_left(struct session *s)
{
	struct ipc_share	 msg;

	if (!s->up->grouped)
		return;
	memset(&msg, 0, sizeof(msg));
	share(s, SHARE_LEFT, &msg);
}

/* A new configuration has come into use. */
void
members_reload(void)
{
	sessions_each(member_joined);
}

/* In smcp each value has one answer, so that only who gave one gets one. */
void
member_result(const struct ipc_result *res)
{
	struct session	*s = session_find(res->conn);

	if (s == NULL || s->state != S_UP)
		return;
	if (s->profile->record != ASMP_SMCP) {
		if (res->text[0] != '\0' && s->up->grouped)
			(void)stream_say(s, ASMP_STREAM_AGGREGATE, res->text,
			    strlen(res->text));
	} else if (res->answered)
		smcp_result(s, res->status, res->i);
}

/* The metric by which a device's bare values are known. */
const char *
member_metric(const char *id)
{
	const struct group	*g = conf_group_with(id, NULL);

	if (g == NULL ||
	    g->g.metric[strspn(g->g.metric, METRIC_CHARS)] != '\0')
		return "value";
	return g->g.metric;
}
