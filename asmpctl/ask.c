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

#include "asmpctl.h"

struct asking {
	const struct request	*req;
	const struct output	*out;
	FILE			*fp;
	struct ctl_status	 st[CTL_NPROCESSES];
	uint32_t		 seen;		/* mask of 1 << process */
	uint32_t		 number;	/* of the last device */
	struct ctl_page		 page;
	struct ctl_result	 res;
	int			 begun;		/* head was written */
};

enum taken {
	TAKEN_PART,
	TAKEN_PAGE,		/* ask for the next one */
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
	if (a->seen != (1U << CTL_NPROCESSES) - 1)
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
take_event(struct asking *a, struct imsg *imsg)
{
	struct ctl_event	 ev;

	if (answer_event(imsg, &ev) == -1)
		return TAKEN_BROKEN;
	begin(a);
	a->out->event(a->fp, &ev);
	return fflush(a->fp) == 0 ? TAKEN_PART : TAKEN_RESULT;
}

static enum taken
take_more(struct asking *a, struct imsg *imsg)
{
	struct ctl_page	 page;

	if (a->req->type != CTL_SHOW_SESSIONS &&
	    a->req->type != CTL_SHOW_DEVICES)
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
	    a->seen != (1U << CTL_NPROCESSES) - 1)
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
	if (type != a->req->reply)
		return TAKEN_BROKEN;
	switch (type) {
	case CTL_STATUS:
		return take_status(a, imsg);
	case CTL_SESSION:
		return take_session(a, imsg);
	case CTL_DEVICE:
		return take_device(a, imsg);
	case CTL_EVENT:
		return take_event(a, imsg);
	default:
		return TAKEN_BROKEN;
	}
}

static int
send_request(struct asking *a, struct conn *c)
{
	if (a->req->type == CTL_SHOW_SESSIONS ||
	    a->req->type == CTL_SHOW_DEVICES)
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
	if (a.begun && out->tail != NULL && req->reply != CTL_NONE)
		out->tail(fp, req->action);
	out->result(fp, req->subject, &a.res);
	return answer_exit(&a.res);
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

/* The same without waiting: 1 if *res was filled, 0 if nothing has come. */
int
ask_early(struct conn *c, struct ctl_result *res)
{
	struct imsg	 imsg;

	if (imsgbuf_get(&c->ibuf, &imsg) != 1)
		return 0;
	only_result(&imsg, res);
	return 1;
}
