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
 * Output for programs: one object for each answer, with the numbers as
 * asmpd counts them; for monitor, one object a line.
 */

#include <string.h>

#include "asmpctl.h"
#include "sandbox.h"

static int	 inside;	/* the answer's object is open */

/* The array in which an answer's parts stand; NULL: in none. */
static const char *
list_name(enum action action)
{
	switch (action) {
	case ACT_SHOW_SESSIONS:
		return "sessions";
	case ACT_SHOW_DEVICES:
		return "devices";
	case ACT_SHOW_PROCESSES:
	case ACT_SHOW_SANDBOX:
	case ACT_SHOW_MEMORY:
		return "processes";
	default:
		return NULL;
	}
}

static void
json_head(FILE *fp, enum action action)
{
	if (action == ACT_MONITOR)
		return;
	jsonw_open(fp, NULL, '{');
	inside = 1;
	if (list_name(action) != NULL)
		jsonw_open(fp, list_name(action), '[');
}

static void
json_counts(FILE *fp, const struct ctl_status *st)
{
	const char	*name;
	unsigned int	 i;

	jsonw_open(fp, "counters", '{');
	for (i = 0; (name = counter_name(st->process, i)) != NULL; i++)
		jsonw_number(fp, name, st->counter[i]);
	jsonw_close(fp, '}');
}

static void
json_process(FILE *fp, const struct ctl_status *st)
{
	uint64_t	 queued;

	jsonw_number(fp, "pid", st->pid < 0 ? 0 : st->pid);
	jsonw_number(fp, "uid", st->uid);
	jsonw_number(fp, "user_us", st->utime);
	jsonw_number(fp, "system_us", st->stime);
	jsonw_number(fp, "rss", st->rss);
	jsonw_number(fp, "started", st->started);
	if (queued_bytes(st, &queued) == 0)
		jsonw_number(fp, "queued", queued);
	json_counts(fp, st);
}

static void
json_sandbox(FILE *fp, const struct ctl_status *st)
{
	char	 report[LAYERS_MAX], *p, *layer;

	jsonw_number(fp, "uid", st->uid);
	p = sandbox_report(st->layers, report, sizeof(report));
	jsonw_open(fp, "layers", '[');
	while (st->layers != 0 && (layer = strsep(&p, ",")) != NULL)
		jsonw_string(fp, NULL, layer);
	jsonw_close(fp, ']');
}

static void
json_memory(FILE *fp, const struct ctl_status *st)
{
	jsonw_number(fp, "rss", st->rss);
	jsonw_number(fp, "maxrss", st->maxrss);
	jsonw_number(fp, "heap", st->heap);
	json_counts(fp, st);
}

static void
json_summary(FILE *fp, const struct ctl_status *st)
{
	const uint64_t	*verify = st[CTL_VERIFY].counter,
			*store = st[CTL_STORE].counter;

	jsonw_open(fp, "summary", '{');
	jsonw_number(fp, "started", st[CTL_PARENT].started);
	jsonw_number(fp, "pid", st[CTL_PARENT].pid < 0 ? 0 :
	    st[CTL_PARENT].pid);
	jsonw_number(fp, "sessions", verify[CV_SESSIONS]);
	jsonw_number(fp, "half_open", st[CTL_NET].counter[CN_HALFOPEN]);
	jsonw_number(fp, "devices", st[CTL_PARENT].counter[CP_DEVICES]);
	jsonw_number(fp, "revoked", st[CTL_PARENT].counter[CP_REVOKED]);
	jsonw_number(fp, "accepted", store[CS_READINGS]);
	jsonw_number(fp, "blocked", store[CS_BLOCKED]);
	jsonw_number(fp, "duplicates", verify[CV_DUPLICATES] +
	    store[CS_DUPLICATES]);
	jsonw_number(fp, "commits", store[CS_COMMITS]);
	jsonw_number(fp, "handshakes_refused", verify[CV_REFUSED]);
	jsonw_number(fp, "connections_refused",
	    st[CTL_NET].counter[CN_REFUSED]);
	jsonw_bool(fp, "stalled", store[CS_STALLED] != 0);
	jsonw_close(fp, '}');
}

static void
json_status(FILE *fp, enum action action, const struct ctl_status *st)
{
	int	 proc;

	if (action == ACT_SHOW_SUMMARY) {
		json_summary(fp, st);
		return;
	}
	for (proc = 0; proc < CTL_NPROCESSES; proc++) {
		jsonw_open(fp, NULL, '{');
		jsonw_string(fp, "process", process_name(proc));
		if (action == ACT_SHOW_SANDBOX)
			json_sandbox(fp, &st[proc]);
		else if (action == ACT_SHOW_MEMORY)
			json_memory(fp, &st[proc]);
		else
			json_process(fp, &st[proc]);
		jsonw_close(fp, '}');
	}
}

static void
json_session(FILE *fp, const struct ctl_session *s)
{
	jsonw_open(fp, NULL, '{');
	jsonw_string(fp, "device", s->device);
	jsonw_string(fp, "address", s->address);
	jsonw_string(fp, "profile", profile_text(s->profile));
	jsonw_number(fp, "connection", s->conn);
	jsonw_number(fp, "since", s->since);
	jsonw_number(fp, "active", s->active);
	jsonw_number(fp, "accepted", s->accepted);
	jsonw_number(fp, "blocked", s->blocked);
	jsonw_number(fp, "last_id", s->lastid);
	jsonw_close(fp, '}');
}

static void
json_profiles(FILE *fp, uint8_t mask)
{
	const struct asmp_profile	*p = NULL;

	jsonw_open(fp, "profiles", '[');
	while ((p = profile_next(p)) != NULL)
		if ((mask & 1U << p->id) != 0)
			jsonw_string(fp, NULL, p->name);
	jsonw_close(fp, ']');
}

/* A member that not all devices have. */
static void
json_some(FILE *fp, const char *name, const char *text)
{
	if (text[0] != '\0')
		jsonw_string(fp, name, text);
}

static void
json_device(FILE *fp, enum action action, const struct ctl_device *d)
{
	char	 buf[KEY_MAX];

	jsonw_open(fp, action == ACT_DEVICE_SHOW ? "device" : NULL, '{');
	jsonw_string(fp, "id", d->id);
	jsonw_number(fp, "number", d->number);
	jsonw_string(fp, "state", d->state == CTL_DEVICE_ACTIVE ? "active" :
	    "revoked");
	jsonw_bool(fp, "online", d->online);
	jsonw_string(fp, "kind", kind_name(d->kind));
	json_some(fp, "algorithm", algorithm_text(d));
	json_profiles(fp, d->profiles);
	jsonw_string(fp, "role", d->role);
	json_some(fp, "key", key_text(d, buf));
	json_some(fp, "fingerprint", fingerprint_text(d, buf));
	jsonw_number(fp, "enrolled", d->enrolled);
	jsonw_number(fp, "changed", d->changed);
	if (action == ACT_DEVICE_SHOW) {
		jsonw_number(fp, "last_time", d->lasttime);
		jsonw_number(fp, "last_id", d->lastid);
		jsonw_number(fp, "accepted", d->accepted);
		jsonw_number(fp, "blocked", d->blocked);
	}
	jsonw_close(fp, '}');
}

static void
json_event(FILE *fp, const struct ctl_event *ev)
{
	jsonw_open(fp, NULL, '{');
	jsonw_number(fp, "time", ev->time);
	jsonw_string(fp, "event", event_name(ev->kind));
	jsonw_string(fp, "device", ev->device);
	jsonw_string(fp, "address", ev->address);
	jsonw_number(fp, "id", ev->id);
	jsonw_string(fp, "reason", reason_name(ev->reason));
	jsonw_string(fp, "text", ev->text);
	jsonw_close(fp, '}');
	jsonw_end(fp);
}

static void
json_tail(FILE *fp, enum action action)
{
	if (list_name(action) != NULL)
		jsonw_close(fp, ']');
}

static void
json_result(FILE *fp, const char *subject, const struct ctl_result *res)
{
	if (!inside)
		jsonw_open(fp, NULL, '{');
	jsonw_string(fp, "status", res->code == CTL_OK ? "ok" : "error");
	if (res->code != CTL_OK)
		jsonw_string(fp, "subject", subject);
	jsonw_string(fp, "code", code_name(res->code));
	jsonw_string(fp, "text", res->text);
	if (res->count != 0)
		jsonw_number(fp, "count", res->count);
	if (res->place != 0)
		jsonw_number(fp, "place", res->place);
	jsonw_close(fp, '}');
	jsonw_end(fp);
	inside = 0;
}

const struct output	 output_json = {
	.head = json_head,
	.status = json_status,
	.session = json_session,
	.device = json_device,
	.event = json_event,
	.tail = json_tail,
	.result = json_result
};
