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
	case ACT_SHOW_READINGS:
		return "readings";
	case ACT_SHOW_BLOCKED:
		return "blocked";
	case ACT_SHOW_ANOMALIES:
		return "anomalies";
	case ACT_DEVICE_KEYS:
		return "device_keys";
	case ACT_AUDIT_SHOW:
		return "audit_logs";
	case ACT_SHOW_ROTATIONS:
		return "rotations";
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

/* Processes that something keeps from their work; the store has more. */
static void
json_silent(FILE *fp, const struct ctl_status *st)
{
	int	 proc = CTL_PARENT;

	jsonw_open(fp, "silent", '[');
	while ((proc = process_next(st, proc)) != -1) {
		if (st[proc].trouble[0] == '\0' || proc == CTL_STORE)
			continue;
		jsonw_open(fp, NULL, '{');
		jsonw_string(fp, "process", process_name(proc));
		jsonw_string(fp, "reason", st[proc].trouble);
		jsonw_close(fp, '}');
	}
	jsonw_close(fp, ']');
}

static void
json_summary(FILE *fp, const struct ctl_status *st)
{
	const uint64_t	*store = st[CTL_STORE].counter;
	struct dropped	 dropped;

	dropped_count(st, &dropped);
	jsonw_open(fp, "summary", '{');
	jsonw_number(fp, "started", st[CTL_PARENT].started);
	jsonw_number(fp, "pid", st[CTL_PARENT].pid < 0 ? 0 :
	    st[CTL_PARENT].pid);
	jsonw_number(fp, "sessions", verify_count(st, CV_SESSIONS));
	jsonw_number(fp, "half_open", st[CTL_NET].counter[CN_HALFOPEN]);
	jsonw_number(fp, "devices", st[CTL_PARENT].counter[CP_DEVICES]);
	jsonw_number(fp, "revoked", st[CTL_PARENT].counter[CP_REVOKED]);
	jsonw_number(fp, "accepted", store[CS_READINGS]);
	jsonw_number(fp, "blocked", store[CS_BLOCKED]);
	jsonw_number(fp, "duplicates", verify_count(st, CV_DUPLICATES) +
	    store[CS_DUPLICATES]);
	jsonw_number(fp, "expired", store[CS_EXPIRED]);
	jsonw_number(fp, "evicted", store[CS_EVICTED]);
	jsonw_number(fp, "database_bytes", store[CS_BYTES]);
	jsonw_number(fp, "commits", store[CS_COMMITS]);
	jsonw_number(fp, "handshakes_refused", verify_count(st, CV_REFUSED));
	jsonw_number(fp, "connections_refused",
	    st[CTL_NET].counter[CN_REFUSED]);
	jsonw_number(fp, "penalty_refused", st[CTL_NET].counter[CN_TURNED]);
	jsonw_number(fp, "shut_out", st[CTL_NET].counter[CN_SHUT]);
	jsonw_number(fp, "holds", verify_count(st, CV_HOLDS));
	jsonw_number(fp, "held_back", verify_count(st, CV_HELD));
	jsonw_number(fp, "yields", verify_count(st, CV_YIELDS));
	jsonw_number(fp, "texts_dropped", dropped.texts);
	jsonw_number(fp, "events_dropped", dropped.events);
	jsonw_number(fp, "audit_dropped", dropped.records);
	jsonw_bool(fp, "audit_damaged",
	    st[CTL_PARENT].counter[CP_AUDIT_DAMAGED] != 0);
	jsonw_bool(fp, "readings_damaged",
	    st[CTL_PARENT].counter[CP_READINGS_DAMAGED] != 0);
	if (st[CTL_PARENT].trouble[0] != '\0') {
		jsonw_number(fp, "audit_late_since", st[CTL_PARENT].troubled);
		jsonw_string(fp, "audit_late", st[CTL_PARENT].trouble);
	}
	jsonw_bool(fp, "stalled", is_stalled(st));
	if (is_stalled(st)) {
		jsonw_number(fp, "stalled_since", st[CTL_STORE].troubled);
		jsonw_string(fp, "stalled_reason", st[CTL_STORE].trouble);
	}
	json_silent(fp, st);
	jsonw_close(fp, '}');
}

static void
json_status(FILE *fp, enum action action, const struct ctl_status *st)
{
	int	 proc = -1;

	if (action == ACT_SHOW_SUMMARY) {
		json_summary(fp, st);
		return;
	}
	while ((proc = process_next(st, proc)) != -1) {
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
	jsonw_number(fp, "holds", s->holds);
	jsonw_bool(fp, "held", s->held);
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
	jsonw_string(fp, "state", state_text(d));
	jsonw_bool(fp, "online", d->online);
	jsonw_string(fp, "kind", kind_name(d->kind));
	json_some(fp, "algorithm", algorithm_text(d));
	json_profiles(fp, d->profiles);
	jsonw_string(fp, "role", d->role);
	json_some(fp, "key", key_text(d, buf));
	json_some(fp, "fingerprint", fingerprint_text(d, buf));
	jsonw_number(fp, "enrolled", d->enrolled);
	jsonw_number(fp, "changed", d->changed);
	jsonw_number(fp, "expires", d->expires);
	if (action == ACT_DEVICE_SHOW) {
		jsonw_number(fp, "last_time", d->lasttime);
		jsonw_number(fp, "last_id", d->lastid);
		jsonw_number(fp, "accepted", d->accepted);
		jsonw_number(fp, "blocked", d->blocked);
	}
	jsonw_close(fp, '}');
}

static void
json_rotation(FILE *fp, const struct ctl_rotation *r)
{
	jsonw_open(fp, NULL, '{');
	jsonw_string(fp, "device", r->id);
	jsonw_string(fp, "kind", kind_name(r->kind));
	jsonw_bool(fp, "uses_old", uses_old(r));
	json_some(fp, "session", session_key_name(r->session));
	jsonw_number(fp, "rotated", r->rotated);
	jsonw_number(fp, "until", r->until);
	jsonw_number(fp, "old_used", r->oldused);
	jsonw_number(fp, "new_used", r->used);
	json_some(fp, "old_fingerprint", r->oldkey);
	json_some(fp, "new_fingerprint", r->key);
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

/* What is known of a reading; its data is a value, or else bytes. */
void
json_reading_members(FILE *fp, const struct ctl_reading *r, const char *text)
{
	jsonw_number(fp, "position", r->position);
	jsonw_number(fp, "received", r->received);
	jsonw_number(fp, "time", r->time);
	jsonw_string(fp, "device", r->device);
	jsonw_number(fp, "id", r->id);
	if (r->reason != REASON_NONE)
		jsonw_string(fp, "reason", reason_name(r->reason));
	if (is_json(text, r->len))
		jsonw_value(fp, "data", text, r->len);
	else
		jsonw_bytes(fp, "bytes", text, r->len);
}

static void
json_reading(FILE *fp, enum action action, const struct ctl_reading *r,
    const char *text)
{
	(void)action;
	jsonw_open(fp, NULL, '{');
	json_reading_members(fp, r, text);
	jsonw_close(fp, '}');
}

/* A member that may be null. */
static void
json_ornull(FILE *fp, const char *name, const char *text)
{
	if (text[0] != '\0')
		jsonw_string(fp, name, text);
	else
		jsonw_value(fp, name, "null", 4);
}

/* Microseconds since 1970 as ISO 8601, or null. */
static void
json_time_us(FILE *fp, const char *name, uint64_t us)
{
	char	 buf[FMT_MAX];

	fmt_time_us(us, buf);
	json_ornull(fp, name, strcmp(buf, "-") == 0 ? "" : buf);
}

static void
json_devkey(FILE *fp, const struct ctl_devkey *k)
{
	char	 buf[HEX_MAX];

	jsonw_open(fp, NULL, '{');
	jsonw_string(fp, "device_id", k->device);
	jsonw_string(fp, "public_key", fmt_hex(k->key, k->keylen, buf));
	json_ornull(fp, "shared_secret", fmt_hex(k->sealed, k->sealedlen,
	    buf));
	json_ornull(fp, "gateway_id", k->gateway);
	jsonw_bool(fp, "active", k->active);
	json_time_us(fp, "authenticated_at", k->authenticated);
	json_time_us(fp, "last_activity", k->last);
	jsonw_close(fp, '}');
}

static void
json_activity(FILE *fp, const struct ctl_activity *a)
{
	jsonw_open(fp, "device_status", '{');
	jsonw_string(fp, "device_id", a->device);
	jsonw_bool(fp, "active", a->active);
	jsonw_number(fp, "total_events", a->events);
	jsonw_number(fp, "successful_auths", a->successes);
	jsonw_number(fp, "failed_auths", a->failures);
	json_time_us(fp, "last_activity", a->last);
	jsonw_close(fp, '}');
}

/* An array of the names, len bytes. */
static void
json_names(FILE *fp, const char *what, const char *names, size_t len)
{
	const char	*name;

	jsonw_open(fp, what, '[');
	for (name = names; name < names + len; name += strlen(name) + 1)
		jsonw_string(fp, NULL, name);
	jsonw_close(fp, ']');
}

static void
json_statistics(FILE *fp, const struct ctl_statistics *s, const char *names)
{
	jsonw_open(fp, "statistics", '{');
	jsonw_number(fp, "total_devices", s->devices);
	jsonw_number(fp, "active_devices", s->active);
	jsonw_number(fp, "authenticated_devices", s->authenticated);
	jsonw_number(fp, "total_events", s->events);
	jsonw_number(fp, "unique_gateways", s->gateways);
	json_names(fp, "gateway_list", names, s->len);
	jsonw_close(fp, '}');
}

static void
json_database(FILE *fp, const struct ctl_database *d, const char *names)
{
	const char	*name = names + strlen(names) + 1,
			*tables = name + strlen(name) + 1;

	jsonw_open(fp, "database", '{');
	jsonw_string(fp, "uri", names);
	jsonw_string(fp, "database", name);
	json_names(fp, "collections", tables, d->len - (tables - names));
	jsonw_string(fp, "status", d->trouble[0] == '\0' ? "Connected" :
	    "Failed");
	if (d->trouble[0] != '\0')
		jsonw_string(fp, "reason", d->trouble);
	jsonw_number(fp, "schema_version", d->schema);
	jsonw_string(fp, "engine", d->engine);
	jsonw_close(fp, '}');
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

static void
json_errors(FILE *fp, const char *subject, const struct import_errors *errors,
    const struct ctl_result *res)
{
	size_t	 i;

	jsonw_open(fp, NULL, '{');
	jsonw_open(fp, "errors", '[');
	for (i = 0; i < errors->kept; i++) {
		jsonw_open(fp, NULL, '{');
		jsonw_number(fp, "place", errors->e[i].place);
		jsonw_string(fp, "text", errors->e[i].text);
		jsonw_close(fp, '}');
	}
	jsonw_close(fp, ']');
	inside = 1;
	json_result(fp, subject, res);
}

static void
json_record(FILE *fp, const struct ctl_audit *r, const char *text)
{
	if (record_parse(text, r->len) == 0)
		record_json(fp, r->position - 1);
	else {
		jsonw_open(fp, NULL, '{');
		jsonw_number(fp, "index", r->position - 1);
		jsonw_bool(fp, "damaged", 1);
		jsonw_close(fp, '}');
	}
}

static void
json_note(FILE *fp, const struct ctl_note *note)
{
	char	 text[B64_LEN(CHECKPOINT_MAX) + 1];

	b64_encode(text, (const uint8_t *)note->text, strlen(note->text));
	jsonw_open(fp, NULL, '{');
	inside = 1;
	jsonw_string(fp, "checkpoint", text);
	jsonw_string(fp, "key", note->key);
}

const struct output	 output_json = {
	.head = json_head,
	.status = json_status,
	.session = json_session,
	.device = json_device,
	.event = json_event,
	.reading = json_reading,
	.devkey = json_devkey,
	.activity = json_activity,
	.statistics = json_statistics,
	.database = json_database,
	.record = json_record,
	.rotation = json_rotation,
	.note = json_note,
	.tail = json_tail,
	.errors = json_errors,
	.result = json_result
};
