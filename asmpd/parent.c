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
 * What children may say to the parent: one table of types, each with its
 * sender and its size.  Anything else is an intrusion.
 */

#include <sys/types.h>

#include <errno.h>
#include <event.h>

#include "asmpd.h"
#include "log.h"
#include "sandbox.h"

static void	 recv_ready(struct child *, struct imsg *);
static void	 recv_conf_done(struct child *, struct imsg *);
static void	 recv_stopped(struct child *, struct imsg *);
static void	 recv_open(struct child *, struct imsg *);
static void	 recv_closed(struct child *, struct imsg *);
static void	 recv_sign(struct child *, struct imsg *);
static void	 recv_lookup(struct child *, struct imsg *);
static void	 recv_prove(struct child *, struct imsg *);
static void	 recv_rows(struct child *, struct imsg *);
static void	 recv_rows_result(struct child *, struct imsg *);
static void	 recv_leased(struct child *, struct imsg *);
static void	 recv_released(struct child *, struct imsg *);
static void	 recv_devstats(struct child *, struct imsg *);
static void	 recv_ctl(struct child *, struct imsg *);
static void	 recv_ctl_gone(struct child *, struct imsg *);
static void	 recv_monitor(struct child *, struct imsg *);
static void	 recv_reply(struct child *, struct imsg *);
static void	 recv_ended(struct child *, struct imsg *);
static void	 recv_event(struct child *, struct imsg *);

#define FROM(p)		(1U << (p))
#define FROM_ANY	(FROM(CTL_NET) | FROM(CTL_VERIFY) | \
			    FROM(CTL_STORE) | FROM(CTL_CONTROL))

static const struct {
	uint32_t	 type;
	uint32_t	 from;
	int		 running;	/* only after the start barrier */
	void		(*recv)(struct child *, struct imsg *);
} table[] = {
	{ IPC_READY,	FROM_ANY,		0, recv_ready },
	{ IPC_CONF_DONE, FROM_ANY,		0, recv_conf_done },
	{ IPC_ROWS,	FROM(CTL_STORE),	0, recv_rows },
	{ IPC_OPEN,	FROM(CTL_NET),		1, recv_open },
	{ IPC_CLOSED,	FROM(CTL_NET),		1, recv_closed },
	{ IPC_STOPPED,	FROM(CTL_NET),		1, recv_stopped },
	{ IPC_SIGN,	FROM(CTL_VERIFY),	1, recv_sign },
	{ IPC_LOOKUP,	FROM(CTL_VERIFY),	1, recv_lookup },
	{ IPC_PROVE,	FROM(CTL_VERIFY),	1, recv_prove },
	{ IPC_ENDED,	FROM(CTL_VERIFY),	1, recv_ended },
	{ IPC_EVENT,	FROM(CTL_VERIFY),	1, recv_event },
	{ IPC_LEASED,	FROM(CTL_STORE),	1, recv_leased },
	{ IPC_RELEASED,	FROM(CTL_STORE),	1, recv_released },
	{ IPC_ROWS_RESULT, FROM(CTL_STORE),	1, recv_rows_result },
	{ IPC_DEVICE_STATS_REPLY, FROM(CTL_STORE), 1, recv_devstats },
	{ IPC_CTL,	FROM(CTL_CONTROL),	1, recv_ctl },
	{ IPC_CTL_GONE,	FROM(CTL_CONTROL),	1, recv_ctl_gone },
	{ IPC_MONITOR,	FROM(CTL_CONTROL),	1, recv_monitor },
	{ IPC_REPLY,	FROM_ANY,		1, recv_reply }
};

/* The parent's end of a child. */
struct child *
child_of(enum ctl_process proc)
{
	return &env->child[proc];
}

/* Queues a message; a child whose queue is full has stopped reading. */
void
to_child(enum ctl_process proc, uint32_t type, const void *data, size_t len)
{
	struct child	*c = &env->child[proc];

	if (c->iev.ibuf.fd == -1)
		return;
	if (imsgev_compose(&c->iev, type, 0, 0, -1, data, len) == -1)
		fatal("%s does not take its messages", ipc_procname(proc));
}

static void
dispatch(struct child *c, struct imsg *imsg)
{
	const char	*from = ipc_procname(c->proc);
	uint32_t	 type = imsg_get_type(imsg);
	size_t		 i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].type == type)
			break;
	if (i == sizeof(table) / sizeof(table[0]))
		ipc_intrusion(from, "an unknown message", type,
		    imsg_get_len(imsg));
	if ((table[i].from & FROM(c->proc)) == 0)
		ipc_intrusion(from, "what another process may send", type,
		    imsg_get_len(imsg));
	if (table[i].running && !env->running)
		ipc_intrusion(from, "a message before its time", type,
		    imsg_get_len(imsg));
	table[i].recv(c, imsg);
}

/* A pipe that ends: the reaper says more, once the kernel tells it. */
static void
pipe_ended(struct child *c)
{
	imsgev_clear(&c->iev);
	parent_reap();
	if (!env->stopping && !c->gone)
		parent_pipe_ended();
}

/* Serves the pipe of the child that arg is. */
void
parent_dispatch(int fd, short event, void *arg)
{
	struct child	*c = arg;
	struct imsg	 imsg;
	int		 n;

	(void)fd;
	if ((event & EV_READ) != 0 && (n = imsgbuf_read(&c->iev.ibuf)) != 1) {
		if (n == -1 && errno != ECONNRESET && errno != EPIPE)
			fatal("pipe from %s", ipc_procname(c->proc));
		pipe_ended(c);
		return;
	}
	if ((event & EV_WRITE) != 0 && imsgbuf_write(&c->iev.ibuf) == -1) {
		if (errno != EPIPE && errno != ECONNRESET)
			fatal("pipe to %s", ipc_procname(c->proc));
		pipe_ended(c);
		return;
	}
	for (;;) {
		if ((n = imsgbuf_get(&c->iev.ibuf, &imsg)) == -1)
			fatal("message from %s", ipc_procname(c->proc));
		if (n == 0)
			break;
		dispatch(c, &imsg);
		imsg_free(&imsg);
		if (c->iev.ibuf.fd == -1)
			return;
	}
	imsgev_rearm(&c->iev);
}

/* With all four shut in as well as they must be, the work can begin. */
static void
recv_ready(struct child *c, struct imsg *imsg)
{
	struct ipc_ready	 ready;
	int			 proc;

	ipc_get(imsg, ipc_procname(c->proc), &ready, sizeof(ready));
	if (c->ready)
		ipc_intrusion(ipc_procname(c->proc), "a second start",
		    IPC_READY, sizeof(ready));
	c->ready = 1;
	c->layers = ready.layers;
	c->uid = ready.uid;
	parent_shut_in(ipc_procname(c->proc), ipc_role(c->proc), ready.layers);
	if (env->stopping)
		return;
	for (proc = CTL_NET; proc < CTL_NPROCESSES; proc++)
		if (!env->child[proc].ready)
			return;
	children_channels();
	reload_first();
}

static void
recv_conf_done(struct child *c, struct imsg *imsg)
{
	struct ipc_done	 done;

	ipc_get(imsg, ipc_procname(c->proc), &done, sizeof(done));
	ipc_string(ipc_procname(c->proc), "a text without end", done.text,
	    sizeof(done.text));
	reload_done(c, &done);
}

static void
recv_stopped(struct child *c, struct imsg *imsg)
{
	ipc_get(imsg, ipc_procname(c->proc), NULL, 0);
	if (!env->stopping)
		ipc_intrusion("net", "an unasked stop", IPC_STOPPED, 0);
	parent_stopped();
}

static void
recv_open(struct child *c, struct imsg *imsg)
{
	struct ipc_conn	 open;

	ipc_get(imsg, ipc_procname(c->proc), &open, sizeof(open));
	oracle_open(&open);
}

static void
recv_closed(struct child *c, struct imsg *imsg)
{
	struct ipc_conn	 conn;

	ipc_get(imsg, ipc_procname(c->proc), &conn, sizeof(conn));
	oracle_closed(conn.conn);
}

static void
recv_sign(struct child *c, struct imsg *imsg)
{
	struct ipc_sign	 sign;

	ipc_get(imsg, ipc_procname(c->proc), &sign, sizeof(sign));
	oracle_sign(&sign);
}

static void
recv_lookup(struct child *c, struct imsg *imsg)
{
	struct ipc_lookup	 lookup;

	ipc_get(imsg, ipc_procname(c->proc), &lookup, sizeof(lookup));
	ipc_string("verify", "an id without end", lookup.id,
	    sizeof(lookup.id));
	ipc_string("verify", "a client without end", lookup.token.client,
	    sizeof(lookup.token.client));
	ipc_string("verify", "an audience without end", lookup.token.audience,
	    sizeof(lookup.token.audience));
	if (lookup.kind < ASMP_KIND_SIGNATURE ||
	    lookup.kind > ASMP_KIND_TICKET)
		ipc_intrusion("verify", "a kind that cannot be", IPC_LOOKUP,
		    lookup.kind);
	oracle_lookup(&lookup);
}

static void
recv_prove(struct child *c, struct imsg *imsg)
{
	struct ipc_prove	 prove;

	ipc_get(imsg, ipc_procname(c->proc), &prove, sizeof(prove));
	oracle_prove(&prove);
}

static void
recv_ended(struct child *c, struct imsg *imsg)
{
	struct ipc_end	 end;

	ipc_get(imsg, ipc_procname(c->proc), &end, sizeof(end));
	oracle_ended(&end);
}

static void
recv_rows(struct child *c, struct imsg *imsg)
{
	struct ibuf	 buf;

	(void)c;
	if (imsg_get_len(imsg) == 0)
		enrol_rows(NULL, 0);
	else if (imsg_get_ibuf(imsg, &buf) == 0)
		enrol_rows(ibuf_data(&buf), ibuf_size(&buf));
	else
		fatal("imsg_get_ibuf");
}

static void
recv_rows_result(struct child *c, struct imsg *imsg)
{
	struct ipc_jobresult	 res;

	ipc_get(imsg, ipc_procname(c->proc), &res, sizeof(res));
	ipc_string("store", "a text without end", res.text, sizeof(res.text));
	enrol_result(&res);
}

static void
recv_leased(struct child *c, struct imsg *imsg)
{
	struct ipc_leased	 leased;
	const void		*model;
	size_t			 len;

	model = ipc_get_with(imsg, ipc_procname(c->proc), &leased,
	    sizeof(leased), &len);
	if (len != leased.modellen || len > IPC_MODELMAX)
		ipc_intrusion("store", "a model of a wrong size", IPC_LEASED,
		    len);
	oracle_leased(&leased, model);
}

static void
recv_released(struct child *c, struct imsg *imsg)
{
	struct ipc_lease	 lease;

	ipc_get(imsg, ipc_procname(c->proc), &lease, sizeof(lease));
	oracle_released(&lease);
}

static void
recv_devstats(struct child *c, struct imsg *imsg)
{
	struct ipc_devstats	 stats;

	ipc_get(imsg, ipc_procname(c->proc), &stats, sizeof(stats));
	request_devstats(&stats);
}

static void
recv_ctl(struct child *c, struct imsg *imsg)
{
	struct ipc_ctl	 ctl;
	const void	*data;
	size_t		 len;

	data = ipc_get_with(imsg, ipc_procname(c->proc), &ctl, sizeof(ctl),
	    &len);
	request_dispatch(&ctl, data, len);
}

static void
recv_ctl_gone(struct child *c, struct imsg *imsg)
{
	struct ipc_client	 who;

	ipc_get(imsg, ipc_procname(c->proc), &who, sizeof(who));
	request_client_gone(who.client);
}

static void
recv_monitor(struct child *c, struct imsg *imsg)
{
	struct ctl_log	 on;

	ipc_get(imsg, ipc_procname(c->proc), &on, sizeof(on));
	to_child(CTL_VERIFY, IPC_MONITOR, &on, sizeof(on));
}

/* A child's part of an answer; control checks nothing, so this does. */
static void
recv_reply(struct child *c, struct imsg *imsg)
{
	struct ipc_reply	 reply;
	const void		*data;
	size_t			 len, want;

	data = ipc_get_with(imsg, ipc_procname(c->proc), &reply,
	    sizeof(reply), &len);
	want = reply.type == CTL_STATUS ? sizeof(struct ctl_status) :
	    c->proc != CTL_VERIFY ? SIZE_MAX :
	    reply.type == CTL_SESSION ? sizeof(struct ctl_session) :
	    reply.type == CTL_MORE ? sizeof(struct ctl_page) :
	    reply.type == CTL_RESULT ? sizeof(struct ctl_result) : SIZE_MAX;
	if (len != want)
		ipc_intrusion(ipc_procname(c->proc), "an answer of a wrong "
		    "size", reply.type, len);
	if (reply.type == CTL_STATUS)
		request_status(reply.client, c->proc, data);
	else
		request_sessions(reply.client, reply.type, data, len);
}

static void
recv_event(struct child *c, struct imsg *imsg)
{
	struct ctl_event	 ev;

	ipc_get(imsg, ipc_procname(c->proc), &ev, sizeof(ev));
	ipc_string("verify", "a device without end", ev.device,
	    sizeof(ev.device));
	ipc_string("verify", "an address without end", ev.address,
	    sizeof(ev.address));
	ipc_string("verify", "a text without end", ev.text, sizeof(ev.text));
	/* Control reads slowly when asmpctl does: events may be lost. */
	if (imsgbuf_queuebytes(&env->child[CTL_CONTROL].iev.ibuf) <
	    EVENT_QUEUE_MAX)
		to_child(CTL_CONTROL, IPC_EVENT, &ev, sizeof(ev));
}
