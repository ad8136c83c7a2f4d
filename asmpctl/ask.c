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

/* One request and its answer, from the first part to the result. */

#include <string.h>
#include <unistd.h>

#include "asmpctl.h"

struct asking {
	const struct request	*req;
	const struct output	*out;
	FILE			*fp;
	struct ctl_status	 st[CTL_NPROCESSES];
	uint32_t		 seen;		/* mask of 1 << process */
	uint32_t		 number;	/* of the last device */
	uint64_t		 position;	/* of the last row */
	struct conn		 pipe;		/* if there is one */
	int			 piped;
	struct ctl_page		 page;
	struct ctl_result	 res;
	int			 begun;		/* head was written */
};

enum taken {
	TAKEN_PART,
	TAKEN_PAGE,		/* ask for the next one */
	TAKEN_PIPE,		/* the rest comes on it */
	TAKEN_RESULT,
	TAKEN_BROKEN
};

static void
begin(struct asking *a)
{
	if (!a->begun && a->out->head != NULL && a->req->reply != CTL_NONE)
		a->out->head(a->fp, a->req->action);
	a->begun = 1;
}

/* The parent says how many verifiers there are. */
static int
all_seen(const struct asking *a)
{
	uint64_t	 n = a->st[CTL_PARENT].counter[CP_VERIFIERS];

	return n > 0 && n <= VERIFIERS_MAX &&
	    a->seen == (1U << (CTL_VERIFY + n)) - 1;
}

/* All processes answer at once, in any order, and are shown in theirs. */
static enum taken
take_status(struct asking *a, struct imsg *imsg)
{
	struct ctl_status	 st;

	if (answer_status(imsg, &st) == -1 ||
	    (a->seen & (1U << st.process)) != 0)
		return TAKEN_BROKEN;
	a->seen |= 1U << st.process;
	a->st[st.process] = st;
	if (!all_seen(a))
		return TAKEN_PART;
	begin(a);
	a->out->status(a->fp, a->req->action, a->st);
	return TAKEN_PART;
}

static enum taken
take_session(struct asking *a, struct imsg *imsg)
{
	struct ctl_session	 s;

	if (answer_session(imsg, &s) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->session(a->fp, &s);
	return TAKEN_PART;
}

/* Numbers rise, or the list would have no end. */
static enum taken
take_device(struct asking *a, struct imsg *imsg)
{
	struct ctl_device	 d;

	if (answer_device(imsg, &d) == -1 || d.number <= a->number)
		return TAKEN_BROKEN;
	a->number = d.number;
	begin(a);
	a->out->device(a->fp, a->req->action, &d);
	return TAKEN_PART;
}

static enum taken
take_rotation(struct asking *a, struct imsg *imsg)
{
	struct ctl_rotation	 r;

	if (answer_rotation(imsg, &r) == -1 || r.number <= a->number)
		return TAKEN_BROKEN;
	a->number = r.number;
	begin(a);
	a->out->rotation(a->fp, &r);
	return TAKEN_PART;
}

static enum taken
take_event(struct asking *a, struct imsg *imsg)
{
	struct ctl_event	 ev;

	if (answer_event(imsg, &ev) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->event(a->fp, &ev);
	return fflush(a->fp) == 0 ? TAKEN_PART : TAKEN_RESULT;
}

/* Positions rise or fall, or there would be no end. */
static int
position_bad(struct asking *a, uint64_t position)
{
	const struct ctl_query	*q = a->req->data;

	if (a->position != 0 && (q->newest ? position >= a->position :
	    position <= a->position))
		return 1;
	a->position = position;
	begin(a);
	return 0;
}

static enum taken
take_reading(struct asking *a, struct imsg *imsg)
{
	struct ctl_reading	 r;
	const char		*text;

	if (answer_reading(imsg, &r, &text) == -1 ||
	    position_bad(a, r.position))
		return TAKEN_BROKEN;
	a->out->reading(a->fp, a->req->action, &r, text);
	return ferror(a->fp) ? TAKEN_RESULT : TAKEN_PART;
}

static enum taken
take_audit(struct asking *a, struct imsg *imsg)
{
	struct ctl_audit	 r;
	const char		*text;

	if (answer_audit(imsg, &r, &text) == -1 ||
	    position_bad(a, r.position))
		return TAKEN_BROKEN;
	a->out->record(a->fp, &r, text);
	return ferror(a->fp) ? TAKEN_RESULT : TAKEN_PART;
}

static enum taken
take_mark(struct asking *a, struct imsg *imsg)
{
	struct ctl_mark	 m;
	const char	*note;

	if (answer_mark(imsg, &m, &note) == -1 ||
	    position_bad(a, m.position))
		return TAKEN_BROKEN;
	a->out->mark(a->fp, &m, note);
	return TAKEN_PART;
}

static enum taken
take_sealed(struct asking *a, struct imsg *imsg)
{
	struct ctl_sealed	 s;
	const uint8_t		*data;

	if (answer_sealed(imsg, &s, &data) == -1 ||
	    position_bad(a, s.position))
		return TAKEN_BROKEN;
	a->out->sealed(a->fp, &s, data);
	return TAKEN_PART;
}

static enum taken
take_note(struct asking *a, struct imsg *imsg)
{
	struct ctl_note	 note;

	if (answer_note(imsg, &note) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->note(a->fp, &note);
	return TAKEN_PART;
}

/* Whether it can only come on a pipe. */
static int
is_row(enum ctl_type type)
{
	return type >= CTL_READING;
}

/* Numbers rise, as in take_device(). */
static enum taken
take_devkey(struct asking *a, struct imsg *imsg)
{
	struct ctl_devkey	 k;

	if (answer_devkey(imsg, &k) == -1 || k.number <= a->position)
		return TAKEN_BROKEN;
	a->position = k.number;
	begin(a);
	a->out->devkey(a->fp, &k);
	return ferror(a->fp) ? TAKEN_RESULT : TAKEN_PART;
}

static enum taken
take_activity(struct asking *a, struct imsg *imsg)
{
	struct ctl_activity	 v;

	if (answer_activity(imsg, &v) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->activity(a->fp, &v);
	return TAKEN_PART;
}

static enum taken
take_statistics(struct asking *a, struct imsg *imsg)
{
	struct ctl_statistics	 s;
	const char		*names;

	if (answer_statistics(imsg, &s, &names) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->statistics(a->fp, &s, names);
	return TAKEN_PART;
}

static enum taken
take_database(struct asking *a, struct imsg *imsg)
{
	struct ctl_database	 d;
	const char		*names;

	if (answer_database(imsg, &d, &names) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->database(a->fp, &d, names);
	return TAKEN_PART;
}

/* What an answer has once and no more. */
static enum taken
take_once(struct asking *a, struct imsg *imsg)
{
	if (a->position++ != 0)
		return TAKEN_BROKEN;
	switch (imsg_get_type(imsg)) {
	case CTL_ACTIVITY:
		return take_activity(a, imsg);
	case CTL_STATISTICS:
		return take_statistics(a, imsg);
	default:
		return take_database(a, imsg);
	}
}

static enum taken
take_pipe(struct asking *a, struct imsg *imsg)
{
	int	 fd = imsg_get_fd(imsg);

	if (a->req->type != CTL_QUERY || a->piped || fd == -1) {
		if (fd != -1)
			close(fd);
		return TAKEN_BROKEN;
	}
	conn_pipe(&a->pipe, fd);
	a->piped = 1;
	return TAKEN_PIPE;
}

/* Whether the answer comes page by page. */
static int
is_paged(enum ctl_type type)
{
	return type == CTL_SHOW_SESSIONS || type == CTL_SHOW_DEVICES ||
	    type == CTL_SHOW_ROTATIONS;
}

static enum taken
take_more(struct asking *a, struct imsg *imsg)
{
	struct ctl_page	 page;

	if (!is_paged(a->req->type))
		return TAKEN_BROKEN;
	if (answer_page(imsg, &page) == -1 || page.cursor <= a->page.cursor)
		return TAKEN_BROKEN;
	a->page = page;
	return TAKEN_PAGE;
}

static enum taken
take_result(struct asking *a, struct imsg *imsg)
{
	if (answer_result(imsg, &a->res) == -1)
		return TAKEN_BROKEN;
	if (a->res.code == CTL_OK && a->req->reply == CTL_STATUS &&
	    !all_seen(a))
		return TAKEN_BROKEN;
	if (a->res.code == CTL_OK && a->position == 0 &&
	    (a->req->reply == CTL_ACTIVITY ||
	    a->req->reply == CTL_STATISTICS || a->req->reply == CTL_DATABASE))
		return TAKEN_BROKEN;
	if (a->res.code == CTL_OK)
		begin(a);
	return TAKEN_RESULT;
}

static enum taken
take(struct asking *a, struct imsg *imsg)
{
	enum ctl_type	 type = imsg_get_type(imsg);

	if (type == CTL_RESULT)
		return take_result(a, imsg);
	if (type == CTL_MORE)
		return take_more(a, imsg);
	if (type == CTL_PIPE)
		return take_pipe(a, imsg);
	if (type != a->req->reply || (is_row(type) && !a->piped))
		return TAKEN_BROKEN;
	switch (type) {
	case CTL_STATUS:
		return take_status(a, imsg);
	case CTL_SESSION:
		return take_session(a, imsg);
	case CTL_DEVICE:
		return take_device(a, imsg);
	case CTL_ROTATION:
		return take_rotation(a, imsg);
	case CTL_EVENT:
		return take_event(a, imsg);
	case CTL_READING:
		return take_reading(a, imsg);
	case CTL_DEVKEY:
		return take_devkey(a, imsg);
	case CTL_ACTIVITY:
	case CTL_STATISTICS:
	case CTL_DATABASE:
		return take_once(a, imsg);
	case CTL_AUDIT:
		return take_audit(a, imsg);
	case CTL_MARK:
		return take_mark(a, imsg);
	case CTL_SEALED:
		return take_sealed(a, imsg);
	case CTL_NOTE_TEXT:
		return take_note(a, imsg);
	default:
		return TAKEN_BROKEN;
	}
}

static int
send_request(struct asking *a, struct conn *c)
{
	if (is_paged(a->req->type))
		return conn_send(c, a->req->type, &a->page, sizeof(a->page));
	return conn_send(c, a->req->type, a->req->data, a->req->len);
}

/* The answer up to its result, whose code it returns. */
static uint32_t
run(struct asking *a, struct conn *c)
{
	struct imsg	 imsg;
	enum taken	 taken = TAKEN_PAGE;

	for (;;) {
		if (taken == TAKEN_PAGE && send_request(a, c) == -1)
			return RESULT_LOST;
		if (conn_recv(c, &imsg) == -1)
			return RESULT_LOST;
		taken = take(a, &imsg);
		imsg_free(&imsg);
		if (taken == TAKEN_PIPE)
			c = &a->pipe;
		if (taken == TAKEN_RESULT)
			return a->res.code;
		if (taken == TAKEN_BROKEN)
			return RESULT_BROKEN;
	}
}

/*
 * Sends a request and writes its answer to fp as out has it.  Returns the
 * exit status.
 */
int
ask(struct conn *c, const struct request *req, const struct output *out,
    FILE *fp)
{
	struct asking	 a;
	uint32_t	 code;

	memset(&a, 0, sizeof(a));
	a.req = req;
	a.out = out;
	a.fp = fp;
	if ((code = run(&a, c)) > CTL_FAILED)
		answer_local(&a.res, code);
	if (a.piped)
		conn_close(&a.pipe);
	if (a.begun && out->tail != NULL && req->reply != CTL_NONE)
		out->tail(fp, req->action);
	if (req->result != NULL)
		*req->result = a.res;
	else
		out->result(fp, req->subject, &a.res);
	return answer_exit(&a.res);
}

/* The same on a connection to the socket path, of its own. */
int
ask_once(const char *path, const struct request *req,
    const struct output *out, FILE *fp)
{
	struct conn	 c;
	int		 status;

	connect_to(&c, path);
	status = ask(&c, req, out, fp);
	conn_close(&c);
	return status;
}

static void
only_result(struct imsg *imsg, struct ctl_result *res)
{
	if (imsg_get_type(imsg) != CTL_RESULT ||
	    answer_result(imsg, res) == -1)
		answer_local(res, RESULT_BROKEN);
	imsg_free(imsg);
}

/* Waits for a result, and nothing else, into *res; returns its code. */
uint32_t
ask_result(struct conn *c, struct ctl_result *res)
{
	struct imsg	 imsg;

	if (conn_recv(c, &imsg) == -1)
		answer_local(res, RESULT_LOST);
	else
		only_result(&imsg, res);
	return res->code;
}

/*
 * Waits for an error in a list, 1, or the result, 0, into *res.  What is
 * neither is a result too.
 */
int
ask_listed(struct conn *c, struct ctl_result *res)
{
	struct imsg	 imsg;
	int		 listed;

	if (conn_recv(c, &imsg) == -1) {
		answer_local(res, RESULT_LOST);
		return 0;
	}
	listed = imsg_get_type(&imsg) == CTL_IMPORT_ERROR &&
	    answer_result(&imsg, res) == 0;
	if (listed)
		imsg_free(&imsg);
	else
		only_result(&imsg, res);
	return listed;
}

/* ask_result() without waiting: 1 if *res was filled, 0 if nothing has come. */
int
ask_early(struct conn *c, struct ctl_result *res)
{
	struct imsg	 imsg;

	if (imsgbuf_get(&c->ibuf, &imsg) != 1)
		return 0;
	only_result(&imsg, res);
	return 1;
}
