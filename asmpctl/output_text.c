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
		fprintf(fp, "%-12s %-12s %10s %8s %10s %-8s %-21s %s\n",
		    "SINCE", "IDLE", "ACCEPTED", "BLOCKED", "LASTID",
		    "PROFILE", "ADDRESS", "DEVICE");
		break;
	case ACT_SHOW_DEVICES:
		fprintf(fp, "%8s %-8s %-7s %-10s %-9s %-12s %-10s %-20s %-20s "
		    "%s\n", "NUMBER", "STATE", "ONLINE", "KIND", "ALGORITHM",
		    "PROFILES", "ROLE", "ENROLLED", "CHANGED", "DEVICE");
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

static void
text_summary(FILE *fp, const struct ctl_status *st)
{
	const uint64_t	*parent = st[CTL_PARENT].counter,
			*net = st[CTL_NET].counter,
			*verify = st[CTL_VERIFY].counter,
			*store = st[CTL_STORE].counter;
	char		 buf[FMT_MAX];

	line(fp, "uptime", "%s", fmt_since(st[CTL_PARENT].started, buf));
	line(fp, "gateway pid", "%d", st[CTL_PARENT].pid);
	line_count(fp, "sessions", verify[CV_SESSIONS]);
	line_count(fp, "half-open", net[CN_HALFOPEN]);
	line(fp, "devices", "%llu (%llu revoked)",
	    (unsigned long long)parent[CP_DEVICES],
	    (unsigned long long)parent[CP_REVOKED]);
	line_count(fp, "readings accepted", store[CS_READINGS]);
	line_count(fp, "readings blocked", store[CS_BLOCKED]);
	line_count(fp, "duplicates", verify[CV_DUPLICATES] +
	    store[CS_DUPLICATES]);
	line_count(fp, "commits", store[CS_COMMITS]);
	line_count(fp, "handshakes refused", verify[CV_REFUSED]);
	line_count(fp, "connections refused", net[CN_REFUSED]);
	line(fp, "store", "%s", store[CS_STALLED] ? "stalled" : "working");
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
	const uint64_t	*verify = st[CTL_VERIFY].counter;
	char		 bytes[FMT_MAX];

	putc('\n', fp);
	line_count(fp, "sessions", verify[CV_SESSIONS]);
	line_count(fp, "half-open", st[CTL_NET].counter[CN_HALFOPEN]);
	line_count(fp, "streams", verify[CV_STREAMS]);
	line(fp, "rooms", "%llu (%s bytes)",
	    (unsigned long long)verify[CV_ROOMS],
	    fmt_bytes(verify[CV_ROOM_BYTES], bytes));
	line_count(fp, "leases", st[CTL_STORE].counter[CS_LEASES]);
	line_count(fp, "devices", st[CTL_PARENT].counter[CP_DEVICES]);
	line_count(fp, "clients", st[CTL_CONTROL].counter[CC_CLIENTS]);
}

static void
each(FILE *fp, const struct ctl_status *st,
    void (*row)(FILE *, const struct ctl_status *))
{
	int	 proc;

	for (proc = 0; proc < CTL_NPROCESSES; proc++)
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

	fprintf(fp, "%-12s %-12s %10llu %8llu %10llu %-8s %-21s %s\n",
	    fmt_since(s->since, since), fmt_since(s->active, idle),
	    (unsigned long long)s->accepted, (unsigned long long)s->blocked,
	    (unsigned long long)s->lastid, profile_text(s->profile),
	    printable(s->address, address, sizeof(address)), s->device);
}

static const char *
state_text(const struct ctl_device *d)
{
	return d->state == CTL_DEVICE_ACTIVE ? "active" : "revoked";
}

static void
text_device_row(FILE *fp, const struct ctl_device *d)
{
	char	 enrolled[FMT_MAX], changed[FMT_MAX], profiles[FMT_MAX],
		 role[FMT_MAX], algorithm[FMT_MAX];

	fprintf(fp, "%8u %-8s %-7s %-10s %-9s %-12s %-10s %-20s %-20s %s\n",
	    d->number, state_text(d), d->online ? "yes" : "no",
	    kind_name(d->kind),
	    printable(algorithm_text(d), algorithm, sizeof(algorithm)),
	    fmt_profiles(d->profiles, profiles),
	    printable(d->role, role, sizeof(role)),
	    fmt_time(d->enrolled, enrolled), fmt_time(d->changed, changed),
	    d->id);
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
	line(fp, "last reading", "%s", fmt_time(d->lasttime, buf));
	line_count(fp, "last id", d->lastid);
	line_count(fp, "readings accepted", d->accepted);
	line_count(fp, "readings blocked", d->blocked);
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
text_result(FILE *fp, const char *subject, const struct ctl_result *res)
{
	char	 text[CTL_TEXTMAX];

	printable(res->text, text, sizeof(text));
	if (res->code != CTL_OK)
		warnx("%s: %s", subject, text);
	else if (res->text[0] != '\0')
		fprintf(fp, "%s\n", text);
}

const struct output	 output_text = {
	.head = text_head,
	.status = text_status,
	.session = text_session,
	.device = text_device,
	.event = text_event,
	.result = text_result
};
