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
 * Output for people.  Columns are words without blanks, "-" where there is
 * nothing, and what has no fixed width comes last.
 */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "asmpctl.h"
#include "sandbox.h"

static void
text_head(FILE *fp, enum action action)
{
	switch (action) {
	case ACT_SHOW_SESSIONS:
		fprintf(fp, "%-12s %-12s %10s %8s %10s %-4s %-8s %-21s %s\n",
		    "SINCE", "IDLE", "ACCEPTED", "BLOCKED", "LASTID",
		    "HELD", "PROFILE", "ADDRESS", "DEVICE");
		break;
	case ACT_SHOW_DEVICES:
		fprintf(fp, "%8s %-8s %-7s %-10s %-9s %-12s %-10s %-20s %-20s "
		    "%-20s %s\n", "NUMBER", "STATE", "ONLINE", "KIND",
		    "ALGORITHM", "PROFILES", "ROLE", "ENROLLED", "CHANGED",
		    "EXPIRES", "DEVICE");
		break;
	case ACT_SHOW_ROTATIONS:
		fprintf(fp, "%-20s %-20s %-4s %-20s %-20s %-7s %s\n", "ROTATED",
		    "UNTIL", "USES", "OLDUSED", "NEWUSED", "SESSION", "DEVICE");
		break;
	case ACT_SHOW_PROCESSES:
		fprintf(fp, "%-8s %8s %6s %10s %10s %7s %-14s %7s\n",
		    "PROCESS", "PID", "UID", "USER", "SYSTEM", "RSS",
		    "UPTIME", "QUEUED");
		break;
	case ACT_SHOW_SANDBOX:
		fprintf(fp, "%-8s %6s %s\n", "PROCESS", "UID", "LAYERS");
		break;
	case ACT_SHOW_MEMORY:
		fprintf(fp, "%-8s %7s %7s %7s\n", "PROCESS", "RSS", "MAXRSS",
		    "HEAP");
		break;
	case ACT_SHOW_READINGS:
		fprintf(fp, "%-24s %10s %-16s %s\n", "RECEIVED", "ID",
		    "DEVICE", "DATA");
		break;
	case ACT_SHOW_BLOCKED:
	case ACT_SHOW_ANOMALIES:
		fprintf(fp, "%-24s %10s %-16s %-14s %s\n", "RECEIVED", "ID",
		    "DEVICE", "REASON", "DATA");
		break;
	case ACT_AUDIT_SHOW:
		fprintf(fp, "%8s %-27s %-17s %-8s %-20s %s\n", "INDEX",
		    "TIME", "EVENT", "STATUS", "DEVICE", "MESSAGE");
		break;
	case ACT_DEVICE_KEYS:
		fprintf(fp, "%-6s %-27s %-27s %-16s %-16s %s %s\n", "ACTIVE",
		    "AUTHENTICATED", "LASTACTIVITY", "GATEWAY", "DEVICE",
		    "KEY", "SECRET");
		break;
	case ACT_MONITOR:
		fprintf(fp, "%-24s %-8s %10s %-14s %-21s %s\n", "TIME",
		    "EVENT", "ID", "REASON", "ADDRESS", "DEVICE TEXT");
		break;
	default:
		break;
	}
}

static void
line(FILE *fp, const char *name, const char *fmt, ...)
{
	va_list	 ap;

	fprintf(fp, "%-20s ", name);
	va_start(ap, fmt);
	vfprintf(fp, fmt, ap);
	va_end(ap);
	putc('\n', fp);
}

static void
line_count(FILE *fp, const char *name, uint64_t n)
{
	line(fp, name, "%llu", (unsigned long long)n);
}

/*
 * The logs, where something is wrong with them.  What the parent is troubled
 * by is that store does not write for it.
 */
static void
text_logs(FILE *fp, const struct ctl_status *parent)
{
	char	 buf[FMT_MAX], why[CTL_TEXTMAX];

	if (parent->counter[CP_AUDIT_DAMAGED])
		line(fp, "audit log", "damaged: audit verify says more");
	if (parent->counter[CP_READINGS_DAMAGED])
		line(fp, "log of readings", "damaged: it is signed no more");
	if (parent->trouble[0] == '\0')
		return;
	line(fp, "audit log", "%s", printable(parent->trouble, why,
	    sizeof(why)));
	line(fp, "since", "%s", fmt_time(parent->troubled, buf));
}

/* Processes that something keeps from their work; the store has more. */
static void
text_silent(FILE *fp, const struct ctl_status *st)
{
	char	 why[CTL_TEXTMAX];
	int	 proc = CTL_PARENT;

	while ((proc = process_next(st, proc)) != -1)
		if (st[proc].trouble[0] != '\0' && proc != CTL_STORE)
			line(fp, process_name(proc), "%s",
			    printable(st[proc].trouble, why, sizeof(why)));
}

static void
text_summary(FILE *fp, const struct ctl_status *st)
{
	const uint64_t	*parent = st[CTL_PARENT].counter,
			*net = st[CTL_NET].counter,
			*store = st[CTL_STORE].counter;
	struct dropped	 dropped;
	char		 buf[FMT_MAX], why[CTL_TEXTMAX];

	line(fp, "uptime", "%s", fmt_since(st[CTL_PARENT].started, buf));
	line(fp, "gateway pid", "%d", st[CTL_PARENT].pid);
	line_count(fp, "sessions", verify_count(st, CV_SESSIONS));
	line_count(fp, "half-open", net[CN_HALFOPEN]);
	line(fp, "devices", "%llu (%llu revoked)",
	    (unsigned long long)parent[CP_DEVICES],
	    (unsigned long long)parent[CP_REVOKED]);
	line_count(fp, "readings accepted", store[CS_READINGS]);
	line_count(fp, "readings blocked", store[CS_BLOCKED]);
	line_count(fp, "duplicates", verify_count(st, CV_DUPLICATES) +
	    store[CS_DUPLICATES]);
	line(fp, "readings removed", "%llu (%llu before their time)",
	    (unsigned long long)(store[CS_EXPIRED] + store[CS_EVICTED]),
	    (unsigned long long)store[CS_EVICTED]);
	line(fp, "database", "%s bytes", fmt_bytes(store[CS_BYTES], buf));
	line_count(fp, "commits", store[CS_COMMITS]);
	line_count(fp, "handshakes refused", verify_count(st, CV_REFUSED));
	line_count(fp, "connections refused", net[CN_REFUSED]);
	line(fp, "refused by penalty", "%llu (%llu address%s now)",
	    (unsigned long long)net[CN_TURNED],
	    (unsigned long long)net[CN_SHUT], net[CN_SHUT] == 1 ? "" : "es");
	line(fp, "held back", "%llu (%llu device%s now)",
	    (unsigned long long)verify_count(st, CV_HOLDS),
	    (unsigned long long)verify_count(st, CV_HELD),
	    verify_count(st, CV_HELD) == 1 ? "" : "s");
	line_count(fp, "made to yield", verify_count(st, CV_YIELDS));
	dropped_count(st, &dropped);
	line(fp, "dropped", "%llu texts, %llu events, %llu audit records",
	    (unsigned long long)dropped.texts,
	    (unsigned long long)dropped.events,
	    (unsigned long long)dropped.records);
	text_logs(fp, &st[CTL_PARENT]);
	text_silent(fp, st);
	line(fp, "store", "%s", is_stalled(st) ? "stalled" : "working");
	if (!is_stalled(st))
		return;
	line(fp, "stalled since", "%s", fmt_time(st[CTL_STORE].troubled,
	    buf));
	line(fp, "stalled reason", "%s", printable(st[CTL_STORE].trouble,
	    why, sizeof(why)));
}

static void
text_process(FILE *fp, const struct ctl_status *st)
{
	char		 user[FMT_MAX], sys[FMT_MAX], rss[FMT_MAX],
			 up[FMT_MAX], queued[FMT_MAX] = "-";
	uint64_t	 n;

	if (queued_bytes(st, &n) == 0)
		fmt_bytes(n, queued);
	fprintf(fp, "%-8s %8d %6u %10s %10s %7s %-14s %7s\n",
	    process_name(st->process), st->pid, st->uid,
	    fmt_cpu(st->utime, user), fmt_cpu(st->stime, sys),
	    fmt_bytes(st->rss, rss), fmt_since(st->started, up), queued);
}

static void
text_sandbox(FILE *fp, const struct ctl_status *st)
{
	char	 report[LAYERS_MAX];

	fprintf(fp, "%-8s %6u %s\n", process_name(st->process), st->uid,
	    sandbox_report(st->layers, report, sizeof(report)));
}

static void
text_memory(FILE *fp, const struct ctl_status *st)
{
	char	 rss[FMT_MAX], maxrss[FMT_MAX], heap[FMT_MAX];

	fprintf(fp, "%-8s %7s %7s %7s\n", process_name(st->process),
	    fmt_bytes(st->rss, rss), fmt_bytes(st->maxrss, maxrss),
	    fmt_bytes(st->heap, heap));
}

/* What takes up the memory. */
static void
text_objects(FILE *fp, const struct ctl_status *st)
{
	char	 bytes[FMT_MAX];

	putc('\n', fp);
	line_count(fp, "sessions", verify_count(st, CV_SESSIONS));
	line_count(fp, "half-open", st[CTL_NET].counter[CN_HALFOPEN]);
	line_count(fp, "streams", verify_count(st, CV_STREAMS));
	line(fp, "rooms", "%llu (%s bytes)",
	    (unsigned long long)verify_count(st, CV_ROOMS),
	    fmt_bytes(verify_count(st, CV_ROOM_BYTES), bytes));
	line_count(fp, "leases", st[CTL_STORE].counter[CS_LEASES]);
	line_count(fp, "devices", st[CTL_PARENT].counter[CP_DEVICES]);
	line_count(fp, "clients", st[CTL_CONTROL].counter[CC_CLIENTS]);
}

static void
each(FILE *fp, const struct ctl_status *st,
    void (*row)(FILE *, const struct ctl_status *))
{
	int	 proc = -1;

	while ((proc = process_next(st, proc)) != -1)
		row(fp, &st[proc]);
}

static void
text_status(FILE *fp, enum action action, const struct ctl_status *st)
{
	switch (action) {
	case ACT_SHOW_PROCESSES:
		each(fp, st, text_process);
		break;
	case ACT_SHOW_SANDBOX:
		each(fp, st, text_sandbox);
		break;
	case ACT_SHOW_MEMORY:
		each(fp, st, text_memory);
		text_objects(fp, st);
		break;
	default:
		text_summary(fp, st);
		break;
	}
}

static void
text_session(FILE *fp, const struct ctl_session *s)
{
	char	 since[FMT_MAX], idle[FMT_MAX], address[CTL_ADDRMAX];

	fprintf(fp, "%-12s %-12s %10llu %8llu %10llu %-4s %-8s %-21s %s\n",
	    fmt_since(s->since, since), fmt_since(s->active, idle),
	    (unsigned long long)s->accepted, (unsigned long long)s->blocked,
	    (unsigned long long)s->lastid, s->held ? "yes" : "no",
	    profile_text(s->profile),
	    printable(s->address, address, sizeof(address)), s->device);
}

static void
text_device_row(FILE *fp, const struct ctl_device *d)
{
	char	 enrolled[FMT_MAX], changed[FMT_MAX], profiles[FMT_MAX],
		 role[FMT_MAX], algorithm[FMT_MAX], expires[FMT_MAX];

	fprintf(fp, "%8u %-8s %-7s %-10s %-9s %-12s %-10s %-20s %-20s %-20s "
	    "%s\n",
	    d->number, state_text(d), d->online ? "yes" : "no",
	    kind_name(d->kind),
	    printable(algorithm_text(d), algorithm, sizeof(algorithm)),
	    fmt_profiles(d->profiles, profiles),
	    printable(d->role, role, sizeof(role)),
	    fmt_time(d->enrolled, enrolled), fmt_time(d->changed, changed),
	    fmt_time(d->expires, expires), d->id);
}

static void
text_device(FILE *fp, enum action action, const struct ctl_device *d)
{
	char	 buf[FMT_MAX], text[KEY_MAX], shown[KEY_MAX];

	if (action != ACT_DEVICE_SHOW) {
		text_device_row(fp, d);
		return;
	}
	line(fp, "device", "%s", d->id);
	line(fp, "number", "%u", d->number);
	line(fp, "state", "%s", state_text(d));
	line(fp, "online", "%s", d->online ? "yes" : "no");
	line(fp, "kind", "%s", kind_name(d->kind));
	line(fp, "algorithm", "%s", printable(algorithm_text(d), shown,
	    sizeof(shown)));
	line(fp, "profiles", "%s", fmt_profiles(d->profiles, buf));
	line(fp, "role", "%s", printable(d->role, shown, sizeof(shown)));
	line(fp, "key", "%s", printable(key_text(d, text), shown,
	    sizeof(shown)));
	line(fp, "fingerprint", "%s", printable(fingerprint_text(d, text),
	    shown, sizeof(shown)));
	line(fp, "enrolled", "%s", fmt_time(d->enrolled, buf));
	line(fp, "changed", "%s", fmt_time(d->changed, buf));
	line(fp, "expires", "%s", fmt_time(d->expires, buf));
	line(fp, "last reading", "%s", fmt_time(d->lasttime, buf));
	line_count(fp, "last id", d->lastid);
	line_count(fp, "readings accepted", d->accepted);
	line_count(fp, "readings blocked", d->blocked);
}

static void
text_rotation(FILE *fp, const struct ctl_rotation *r)
{
	char	 rotated[FMT_MAX], until[FMT_MAX], oldused[FMT_MAX],
		 used[FMT_MAX], session[FMT_MAX];

	fprintf(fp, "%-20s %-20s %-4s %-20s %-20s %-7s %s\n",
	    fmt_time(r->rotated, rotated), fmt_time(r->until, until),
	    uses_old(r) ? "old" : "new", fmt_time(r->oldused, oldused),
	    fmt_time(r->used, used), printable(session_key_name(r->session),
	    session, sizeof(session)), r->id);
}

static void
text_event(FILE *fp, const struct ctl_event *ev)
{
	char	 when[FMT_MAX], device[ASMP_IDMAX + 1], address[CTL_ADDRMAX],
		 text[CTL_TEXTMAX];

	fprintf(fp, "%-24s %-8s %10llu %-14s %-21s %s %s\n",
	    fmt_time_ms(ev->time, when), event_name(ev->kind),
	    (unsigned long long)ev->id,
	    ev->reason == REASON_NONE ? "-" : reason_name(ev->reason),
	    printable(ev->address, address, sizeof(address)),
	    printable(ev->device, device, sizeof(device)),
	    printable(ev->text, text, sizeof(text)));
}

static void
text_reading(FILE *fp, enum action action, const struct ctl_reading *r,
    const char *text)
{
	char	 when[FMT_MAX];

	fprintf(fp, "%-24s %10llu %-16s ", fmt_time_ms(r->received, when),
	    (unsigned long long)r->id, r->device[0] == '\0' ? "-" :
	    r->device);
	if (action != ACT_SHOW_READINGS)
		fprintf(fp, "%-14s ", reason_name(r->reason));
	put_printable(fp, text, r->len);
	putc('\n', fp);
}

static void
text_record(FILE *fp, const struct ctl_audit *r, const char *text)
{
	if (record_parse(text, r->len) == 0)
		record_text(fp, r->position - 1);
	else
		fprintf(fp, "record %llu is damaged: see audit verify\n",
		    (unsigned long long)r->position - 1);
}

/* It was found to be a checkpoint, which a terminal can show. */
static void
text_note(FILE *fp, const struct ctl_note *note)
{
	fputs(note->text, fp);
}

static void
text_devkey(FILE *fp, const struct ctl_devkey *k)
{
	char	 authenticated[FMT_MAX], last[FMT_MAX],
		 gateway[ASMP_IDMAX + 1], key[HEX_MAX], secret[HEX_MAX];

	fmt_hex(k->key, k->keylen, key);
	fmt_hex(k->sealed, k->sealedlen, secret);
	fprintf(fp, "%-6s %-27s %-27s %-16s %-16s %s %s\n",
	    k->active ? "yes" : "no",
	    fmt_time_us(k->authenticated, authenticated),
	    fmt_time_us(k->last, last),
	    printable(k->gateway, gateway, sizeof(gateway)), k->device,
	    k->keylen == 0 ? "-" : key, k->sealedlen == 0 ? "-" : secret);
}

static void
text_activity(FILE *fp, const struct ctl_activity *a)
{
	char	 last[FMT_MAX];

	line(fp, "device", "%s", a->device);
	line(fp, "active", "%s", a->active ? "yes" : "no");
	line_count(fp, "events", a->events);
	line_count(fp, "successful auths", a->successes);
	line_count(fp, "failed auths", a->failures);
	line(fp, "last activity", "%s", fmt_time_us(a->last, last));
}

/* A line for each of the names, len bytes. */
static void
line_names(FILE *fp, const char *what, const char *names, size_t len)
{
	const char	*name;
	char		 text[CTL_TEXTMAX];

	for (name = names; name < names + len; name += strlen(name) + 1)
		line(fp, what, "%s", printable(name, text, sizeof(text)));
}

static void
text_statistics(FILE *fp, const struct ctl_statistics *s, const char *names)
{
	line_count(fp, "devices", s->devices);
	line_count(fp, "active devices", s->active);
	line_count(fp, "authenticated", s->authenticated);
	line_count(fp, "events", s->events);
	line_count(fp, "gateways", s->gateways);
	line_names(fp, "gateway", names, s->len);
}

static void
text_database(FILE *fp, const struct ctl_database *d, const char *names)
{
	const char	*name = names + strlen(names) + 1,
			*tables = name + strlen(name) + 1;
	char		 text[CTL_NAMESMAX];

	line(fp, "uri", "%s", printable(names, text, sizeof(text)));
	line(fp, "database", "%s", printable(name, text, sizeof(text)));
	line(fp, "engine", "%s", printable(d->engine, text, sizeof(text)));
	line(fp, "schema", "%u", d->schema);
	line(fp, "status", "%s", d->trouble[0] == '\0' ? "Connected" :
	    "Failed");
	if (d->trouble[0] != '\0')
		line(fp, "reason", "%s", printable(d->trouble, text,
		    sizeof(text)));
	line_names(fp, "collection", tables, d->len - (tables - names));
}

static void
text_result(FILE *fp, const char *subject, const struct ctl_result *res)
{
	char	 text[CTL_TEXTMAX];

	printable(res->text, text, sizeof(text));
	if (res->code != CTL_OK)
		warnx("%s: %s", subject, text);
	else if (res->text[0] != '\0')
		fprintf(fp, "%s\n", text);
}

static void
text_errors(FILE *fp, const char *subject, const struct import_errors *errors,
    const struct ctl_result *res)
{
	size_t	 i;

	(void)fp;
	(void)res;
	for (i = 0; i < errors->kept; i++)
		warnx("%s%s: %s", subject, errors->e[i].where,
		    errors->e[i].text);
	if (errors->n > i)
		warnx("%s: and %zu more error%s", subject, errors->n - i,
		    errors->n - i == 1 ? "" : "s");
}

const struct output	 output_text = {
	.head = text_head,
	.status = text_status,
	.session = text_session,
	.device = text_device,
	.event = text_event,
	.reading = text_reading,
	.devkey = text_devkey,
	.activity = text_activity,
	.statistics = text_statistics,
	.database = text_database,
	.record = text_record,
	.rotation = text_rotation,
	.note = text_note,
	.errors = text_errors,
	.result = text_result
};
