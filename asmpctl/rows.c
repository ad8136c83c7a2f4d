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
 * What asmpd keeps in great numbers: the newest of it shown, or all of it
 * taken away, as it comes and without keeping it.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "asmpctl.h"
#include "log.h"

#define SUBJECT_MAX	128	/* bytes of a command and its id */
#define FORMULA		"=+-@\t\r"	/* what one begins with */

/* What their errors are about. */
static const char *const	 subjects[ACT_NACTIONS] = {
	[ACT_SHOW_READINGS] = "show readings",
	[ACT_SHOW_BLOCKED] = "show blocked",
	[ACT_SHOW_ANOMALIES] = "show anomalies",
	[ACT_SHOW_STATISTICS] = "show statistics",
	[ACT_SHOW_DATABASE] = "show database",
	[ACT_DEVICE_KEYS] = "device keys",
	[ACT_DEVICE_STATUS] = "device status",
	[ACT_EXPORT_READINGS] = "export readings",
	[ACT_EXPORT_EVENTS] = "export events"
};

/* What an export came to. */
static struct {
	enum action		 action;
	enum form		 form;
	struct ctl_query	 query;
	uint64_t		 last;		/* position */
	struct ctl_result	 res;
} export;

/* The parser has seen that they are times. */
static uint64_t
time_of(const char *text)
{
	uint64_t	 ms = 0;

	if (text != NULL)
		(void)when_ago(&ms, text, output_now);
	return ms;
}

/* What a command asks of a kind, of all times and without a limit. */
void
query_fill(struct ctl_query *q, enum ctl_kind kind,
    const struct parse_result *res)
{
	memset(q, 0, sizeof(*q));
	q->kind = kind;
	q->after = res->position;
	q->since = time_of(res->since);
	q->until = time_of(res->until);
	q->id = res->number;
	if (res->id != NULL)
		strlcpy(q->device, res->id, sizeof(q->device));
	if (res->gateway != NULL)
		strlcpy(q->gateway, res->gateway, sizeof(q->gateway));
	if (res->event != NULL)
		strlcpy(q->type, res->event, sizeof(q->type));
}

/* What an error is about: the command, and the device if it has one. */
static const char *
subject_of(char *buf, const struct parse_result *res)
{
	snprintf(buf, SUBJECT_MAX, "%s%s%s", subjects[res->action],
	    res->id == NULL ? "" : " ", res->id == NULL ? "" : res->id);
	return buf;
}

/* Shows the newest of a kind. */
int
rows_show(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_query	 q;
	struct request		 req = {
		.action = res->action,
		.type = CTL_QUERY,
		.reply = CTL_READING,
		.data = &q,
		.len = sizeof(q)
	};
	char			 subject[SUBJECT_MAX];

	req.subject = subject_of(subject, res);
	query_fill(&q, res->action == ACT_SHOW_READINGS ? CTL_KIND_READINGS :
	    CTL_KIND_BLOCKED, res);
	q.newest = 1;
	q.limit = res->limit == 0 ? ROWS_SHOWN : res->limit;
	if (res->action == ACT_SHOW_ANOMALIES)
		strlcpy(q.type, reason_name(REASON_ANOMALY), sizeof(q.type));
	return ask_once(path, &req, out, stdout);
}

/* What is asked of what is known in the store besides rows. */
static const struct {
	enum ctl_kind	 kind;
	enum ctl_type	 reply;
} records[ACT_NACTIONS] = {
	[ACT_DEVICE_KEYS] = { CTL_KIND_DEVKEYS, CTL_DEVKEY },
	[ACT_DEVICE_STATUS] = { CTL_KIND_ACTIVITY, CTL_ACTIVITY },
	[ACT_SHOW_STATISTICS] = { CTL_KIND_STATISTICS, CTL_STATISTICS },
	[ACT_SHOW_DATABASE] = { CTL_KIND_DATABASE, CTL_DATABASE }
};

/* Shows the records of devices' keys, or what is counted. */
int
rows_record(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_query	 q;
	struct request		 req = {
		.action = res->action,
		.type = CTL_QUERY,
		.reply = records[res->action].reply,
		.data = &q,
		.len = sizeof(q)
	};
	char			 subject[SUBJECT_MAX];

	req.subject = subject_of(subject, res);
	query_fill(&q, records[res->action].kind, res);
	return ask_once(path, &req, out, stdout);
}

/*
 * A field as RFC 4180 has it.  What a spreadsheet would take for a formula
 * has an apostrophe in front.
 */
static void
csv_field(FILE *fp, const char *text, size_t len)
{
	size_t	 i;

	putc('"', fp);
	if (len > 0 && memchr(FORMULA, text[0], strlen(FORMULA)) != NULL)
		putc('\'', fp);
	for (i = 0; i < len; i++) {
		if (text[i] == '"')
			putc('"', fp);
		putc(text[i], fp);
	}
	putc('"', fp);
}

static void
csv_head(FILE *fp, enum action action)
{
	fputs(action == ACT_EXPORT_READINGS ?
	    "position,received,time,device,id,data\r\n" :
	    "position,index,timestamp,event_type,status,device_id,gateway_id,"
	    "message\r\n", fp);
}

static void
csv_reading(FILE *fp, enum action action, const struct ctl_reading *r,
    const char *text)
{
	char	 received[FMT_MAX], when[FMT_MAX];

	(void)action;
	export.last = r->position;
	fprintf(fp, "%llu,%s,%s,", (unsigned long long)r->position,
	    fmt_time_ms(r->received, received), r->time == 0 ? "" :
	    fmt_time_ms(r->time, when));
	csv_field(fp, r->device, strlen(r->device));
	fprintf(fp, ",%llu,", (unsigned long long)r->id);
	csv_field(fp, text, r->len);
	fputs("\r\n", fp);
}

/* What is no record of six fields is there as its last one. */
static void
csv_record(FILE *fp, const struct ctl_audit *r, const char *text)
{
	static const char *const	 names[] = {
		"timestamp", "event_type", "status", "device_id",
		"gateway_id", "message"
	};
	const size_t			 n = sizeof(names) / sizeof(names[0]);
	const char			*field;
	size_t				 i;
	int				 bad = record_parse(text, r->len) == -1;

	export.last = r->position;
	fprintf(fp, "%llu,%llu", (unsigned long long)r->position,
	    (unsigned long long)r->position - 1);
	for (i = 0; i < n; i++) {
		putc(',', fp);
		if (bad)
			csv_field(fp, text, i == n - 1 ? r->len : 0);
		else {
			field = record_field(names[i]);
			csv_field(fp, field, strlen(field));
		}
	}
	fputs("\r\n", fp);
}

static void
jsonl_reading(FILE *fp, enum action action, const struct ctl_reading *r,
    const char *text)
{
	(void)action;
	export.last = r->position;
	jsonw_open(fp, NULL, '{');
	json_reading_members(fp, r, text);
	jsonw_close(fp, '}');
	jsonw_end(fp);
}

static void
jsonl_record(FILE *fp, const struct ctl_audit *r, const char *text)
{
	export.last = r->position;
	jsonw_open(fp, NULL, '{');
	jsonw_number(fp, "position", r->position);
	jsonw_number(fp, "index", r->position - 1);
	if (record_parse(text, r->len) == -1)
		jsonw_bytes(fp, "bytes", text, r->len);
	else
		record_members(fp);
	jsonw_close(fp, '}');
	jsonw_end(fp);
}

static const struct output	 output_csv = {
	.head = csv_head,
	.reading = csv_reading,
	.record = csv_record
};

static const struct output	 output_jsonl = {
	.reading = jsonl_reading,
	.record = jsonl_record
};

static int
export_to(void *arg, FILE *fp)
{
	struct request	 req = {
		.action = export.action,
		.type = CTL_QUERY,
		.reply = export.action == ACT_EXPORT_READINGS ? CTL_READING :
		    CTL_AUDIT,
		.data = &export.query,
		.len = sizeof(export.query),
		.result = &export.res
	};

	return ask(arg, &req, export.form == FORM_CSV ? &output_csv :
	    &output_jsonl, fp);
}

/* How many there were, and where the next export can go on. */
static void
export_say(const struct output *out)
{
	if (export.last == 0)
		strlcpy(export.res.text, "nothing there to export",
		    sizeof(export.res.text));
	else
		snprintf(export.res.text, sizeof(export.res.text),
		    "%u exported, the last at position %llu",
		    export.res.count, (unsigned long long)export.last);
	out->result(stdout, "export", &export.res);
}

/*
 * Writes readings or events, the oldest first, to a new file or to standard
 * output.
 * Returns the exit status.
 */
int
rows_export(struct conn *c, const struct parse_result *res,
    const struct output *out)
{
	char	 subject[SUBJECT_MAX];
	int	 error, status;

	if (res->form == FORM_LINES) {
		warnx("export: it is written as csv or json");
		return EXIT_LOCAL;
	}
	memset(&export, 0, sizeof(export));
	export.action = res->action;
	export.form = res->form;
	query_fill(&export.query, res->action == ACT_EXPORT_READINGS ?
	    CTL_KIND_READINGS : CTL_KIND_AUDIT, res);
	status = file_new(res->file, 0600, export_to, c, &error);
	if (error != 0)
		file_complain(res->file, error);
	else if (status != EXIT_DONE)
		out->result(stdout, subject_of(subject, res), &export.res);
	else if (res->file != NULL)
		export_say(out);
	return status;
}
