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

/* The audit log: shown, and checked against what was signed. */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "asmpctl.h"
#include "auditcheck.h"
#include "log.h"

/* What has come of an answer. */
static struct {
	struct ctl_note		 note;
	struct ctl_result	 res;
	struct ident_pub	 key;		/* of the log */
	char			 log[NOTE_NAMEMAX];
	struct auditcheck	 check;
	int			 strict;	/* marks must be signed */
} got;

static void
keep_note(FILE *fp, const struct ctl_note *note)
{
	(void)fp;
	got.note = *note;
}

static const struct output	 output_note = {
	.note = keep_note
};

/* Whether it is a checkpoint, and says what came with it. */
static int
note_valid(void)
{
	struct checkpoint	 c;

	return vkey_fromtext(got.log, sizeof(got.log), &got.key,
	    got.note.key) == 0 && checkpoint_open(&c, got.note.text, got.log,
	    &got.key) == 0 && c.size == got.note.size &&
	    memcmp(c.root, got.note.root, sizeof(c.root)) == 0;
}

/*
 * A log's newest checkpoint into *note.  Returns the exit status; if that is
 * not EXIT_DONE, *res is why.
 */
int
note_ask(const char *path, uint32_t log, struct ctl_note *note,
    struct ctl_result *res)
{
	struct ctl_log_of	 of = { .log = log };
	struct request		 req = {
		.type = CTL_NOTE,
		.reply = CTL_NOTE_TEXT,
		.data = &of,
		.len = sizeof(of),
		.result = res
	};
	int			 status;

	status = ask_once(path, &req, &output_note, stdout);
	if (status == EXIT_DONE && !note_valid()) {
		answer_local(res, RESULT_BROKEN);
		status = EXIT_LOCAL;
	}
	*note = got.note;
	return status;
}

/*
 * One question about the log; its result is written, or goes to *res if that
 * is not NULL.  Returns the exit status.
 */
int
audit_rows(const char *path, const struct ctl_query *q, enum ctl_type reply,
    const struct output *out, struct ctl_result *res)
{
	struct request	 req = {
		.action = ACT_AUDIT_SHOW,
		.type = CTL_QUERY,
		.reply = reply,
		.data = q,
		.len = sizeof(*q),
		.subject = "audit",
		.result = res
	};

	return ask_once(path, &req, out, stdout);
}

/* Shows the newest records. */
int
audit_show(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_query	 q;

	query_fill(&q, CTL_KIND_AUDIT, res);
	q.newest = 1;
	q.limit = res->limit == 0 ? ROWS_SHOWN : res->limit;
	return audit_rows(path, &q, CTL_AUDIT, out, NULL);
}

/* Size and root of a checkpoint stand in its second and third line. */
static void
check_mark(FILE *fp, const struct ctl_mark *m, const char *note)
{
	struct checkpoint	 c;
	uint8_t			 root[ASMP_HASHLEN];
	const char		*line = strchr(note, '\n');
	size_t			 len;

	(void)fp;
	if (got.strict && (checkpoint_open(&c, note, got.log, &got.key) ==
	    -1 || c.size != m->position))
		return;		/* somebody else put it there */
	line = line == NULL ? NULL : strchr(line + 1, '\n');
	if (line == NULL || b64_decode(root, sizeof(root), &len, line + 1,
	    strcspn(line + 1, "\n")) == -1 || len != sizeof(root))
		return;		/* it says nothing */
	if (auditcheck_mark(&got.check, m->position, root) == -1)
		err(EXIT_LOCAL, NULL);
}

static void
check_record(FILE *fp, const struct ctl_audit *r, const char *text)
{
	(void)fp;
	auditcheck_record(&got.check, r, text);
}

static const struct output	 output_check = {
	.record = check_record,
	.mark = check_mark
};

/* The whole log against what was signed; EXIT_DONE, or why it stopped. */
static int
check_all(const char *path, enum verdict *v)
{
	struct ctl_query	 q;
	int			 status;

	auditcheck_init(&got.check, got.note.size, got.note.root);
	memset(&q, 0, sizeof(q));
	q.kind = CTL_KIND_MARKS;
	if ((status = audit_rows(path, &q, CTL_MARK, &output_check,
	    &got.res)) != EXIT_DONE)
		return status;
	q.kind = CTL_KIND_AUDIT;
	q.verify = 1;
	if ((status = audit_rows(path, &q, CTL_AUDIT, &output_check,
	    &got.res)) == EXIT_DONE)
		*v = auditcheck_end(&got.check);
	return status;
}

/*
 * The signatures of all checkpoints take far longer than all records: they
 * matter only where something is wrong, to tell what.
 */
static int
check(const char *path, enum verdict *v)
{
	int	 status;

	if ((status = note_ask(path, TREE_AUDIT, &got.note, &got.res)) !=
	    EXIT_DONE || (status = check_all(path, v)) != EXIT_DONE ||
	    *v == VERDICT_WHOLE)
		return status;
	auditcheck_free(&got.check);
	got.strict = 1;
	return check_all(path, v);
}

static int
say(const struct output *out, const char *subject, int status)
{
	out->result(stdout, subject, &got.res);
	return status;
}

/*
 * What was made seconds ago and is not written cannot be signed: a store that
 * withholds it would otherwise leave the log whole.
 */
static void
check_late(enum verdict v)
{
	size_t	 len = strlen(got.res.text);

	if (v != VERDICT_WHOLE || got.note.made <= got.note.size)
		return;
	got.res.code = CTL_FAILED;
	snprintf(got.res.text + len, sizeof(got.res.text) - len, ", but %llu "
	    "more were made and are not written",
	    (unsigned long long)(got.note.made - got.note.size));
}

/*
 * Says whether the log is whole, or which record is the first that is not.
 * Returns the exit status.
 */
int
audit_verify(const char *path, const struct output *out)
{
	enum verdict	 v;
	int		 status;

	if ((status = check(path, &v)) != EXIT_DONE)
		return say(out, "audit verify", status);
	memset(&got.res, 0, sizeof(got.res));
	got.res.code = v == VERDICT_WHOLE ? CTL_OK : CTL_FAILED;
	got.res.count = v == VERDICT_WHOLE ? (uint32_t)got.note.size : 0;
	auditcheck_text(&got.check, got.res.text, sizeof(got.res.text));
	auditcheck_free(&got.check);
	check_late(v);
	return say(out, "audit verify", got.res.code == CTL_OK ? EXIT_DONE :
	    EXIT_REFUSED);
}

/* Prints the newest checkpoint.  Returns the exit status. */
int
audit_checkpoint(const char *path, const struct output *out)
{
	int	 status;

	status = note_ask(path, TREE_AUDIT, &got.note, &got.res);
	if (status == EXIT_DONE)
		out->note(stdout, &got.note);
	return say(out, "audit checkpoint", status);
}
