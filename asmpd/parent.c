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
#include <math.h>
#include <string.h>

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
static void	 recv_rotate(struct child *, struct imsg *);
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
static void	 recv_log(struct child *, struct imsg *);
static void	 recv_audited(struct child *, struct imsg *);
static void	 recv_tree(struct child *, struct imsg *);
static void	 recv_tree_failed(struct child *, struct imsg *);
static void	 recv_refused(struct child *, struct imsg *);
static void	 recv_blocked(struct child *, struct imsg *);
static void	 recv_message(struct child *, struct imsg *);
static void	 recv_share(struct child *, struct imsg *);
static void	 recv_result(struct child *, struct imsg *);

#define FROM(p)		(1U << (p))
#define FROM_VERIFY	(((1U << VERIFIERS_MAX) - 1) << CTL_VERIFY)
#define FROM_ANY	(FROM(CTL_NET) | FROM(CTL_STORE) | \
			    FROM(CTL_CONTROL) | FROM_VERIFY)

static const struct {
	uint32_t	 type;
	uint32_t	 from;
	int		 running;	/* only after the start barrier */
	int		 conn;		/* it begins with a connection */
	void		(*recv)(struct child *, struct imsg *);
} table[] = {
	{ IPC_READY,	FROM_ANY,		0, 0, recv_ready },
	{ IPC_CONF_DONE, FROM_ANY,		0, 0, recv_conf_done },
	{ IPC_ROWS,	FROM(CTL_STORE),	0, 0, recv_rows },
	{ IPC_LOG,	FROM(CTL_STORE),	0, 0, recv_log },
	{ IPC_OPEN,	FROM(CTL_NET),		1, 0, recv_open },
	{ IPC_CLOSED,	FROM(CTL_NET),		1, 0, recv_closed },
	{ IPC_STOPPED,	FROM(CTL_NET),		1, 0, recv_stopped },
	{ IPC_SIGN,	FROM_VERIFY,		1, 1, recv_sign },
	{ IPC_LOOKUP,	FROM_VERIFY,		1, 1, recv_lookup },
	{ IPC_PROVE,	FROM_VERIFY,		1, 1, recv_prove },
	{ IPC_ROTATE,	FROM_VERIFY,		1, 1, recv_rotate },
	{ IPC_ENDED,	FROM_VERIFY,		1, 1, recv_ended },
	{ IPC_EVENT,	FROM_VERIFY,		1, 0, recv_event },
	{ IPC_REFUSED,	FROM_VERIFY,		1, 1, recv_refused },
	{ IPC_BLOCKED,	FROM_VERIFY,		1, 1, recv_blocked },
	{ IPC_MESSAGE,	FROM_VERIFY,		1, 1, recv_message },
	{ IPC_SHARE,	FROM_VERIFY,		1, 1, recv_share },
	{ IPC_RESULT,	FROM(CTL_VERIFY),	1, 0, recv_result },
	{ IPC_AUDITED,	FROM(CTL_STORE),	1, 0, recv_audited },
	{ IPC_TREE,	FROM(CTL_STORE),	1, 0, recv_tree },
	{ IPC_TREE_FAILED, FROM(CTL_STORE),	1, 0, recv_tree_failed },
	{ IPC_LEASED,	FROM(CTL_STORE),	1, 0, recv_leased },
	{ IPC_RELEASED,	FROM(CTL_STORE),	1, 0, recv_released },
	{ IPC_ROWS_RESULT, FROM(CTL_STORE),	1, 0, recv_rows_result },
	{ IPC_DEVICE_STATS_REPLY, FROM(CTL_STORE), 1, 0, recv_devstats },
	{ IPC_CTL,	FROM(CTL_CONTROL),	1, 0, recv_ctl },
	{ IPC_CTL_GONE,	FROM(CTL_CONTROL),	1, 0, recv_ctl_gone },
	{ IPC_MONITOR,	FROM(CTL_CONTROL),	1, 0, recv_monitor },
	{ IPC_REPLY,	FROM_ANY,		1, 0, recv_reply }
};

/* The parent's end of a child. */
struct child *
child_of(enum ctl_process proc)
{
	return &env->child[proc];
}

/* The verifier that has the session of a connection. */
enum ctl_process
verifier_of(uint64_t conn)
{
	return CONN_VERIFIER(conn, env->conf->limits.verifiers);
}

/* Its name, for who it is that says something. */
const char *
verifier_name(uint64_t conn)
{
	return ipc_procname(verifier_of(conn));
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

/* The same, to the verifier that has the session of a connection. */
void
to_verifier(uint64_t conn, uint32_t type, const void *data, size_t len)
{
	to_child(verifier_of(conn), type, data, len);
}

/* The same, to all verifiers. */
void
to_verifiers(uint32_t type, const void *data, size_t len)
{
	int	 proc;

	for (proc = CTL_VERIFY; proc < env->nprocesses; proc++)
		to_child(proc, type, data, len);
}

/* A verifier speaks of its own connections alone, which its messages name. */
static void
check_conn(const struct child *c, struct imsg *imsg)
{
	uint64_t	 conn;

	if (imsg_get_len(imsg) < sizeof(conn))
		ipc_intrusion(ipc_procname(c->proc), "a message of a wrong "
		    "size", imsg_get_type(imsg), imsg_get_len(imsg));
	memcpy(&conn, imsg->data, sizeof(conn));
	if (verifier_of(conn) != c->proc)
		ipc_intrusion(ipc_procname(c->proc), "what is about another "
		    "verifier's connection", imsg_get_type(imsg),
		    imsg_get_len(imsg));
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
	if (table[i].conn)
		check_conn(c, imsg);
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

/* With all of them shut in as well as they must be, the work can begin. */
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
	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		if (!env->child[proc].ready)
			return;
	children_channels();
	reload_first();
}

/*
 * What a child says in words goes to logs and operators: it has an end, and is
 * made visible, for the child may be in other hands, or repeat what others
 * have said to it.
 */
static void
child_text(const struct child *c, const char *endless, char *text,
    size_t size)
{
	ipc_string(ipc_procname(c->proc), endless, text, size);
	strlcpy(text, log_visstr(text), size);
}

static void
recv_conf_done(struct child *c, struct imsg *imsg)
{
	struct ipc_done	 done;

	ipc_get(imsg, ipc_procname(c->proc), &done, sizeof(done));
	child_text(c, "a text without end", done.text, sizeof(done.text));
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
	const char		*from = ipc_procname(c->proc);
	struct ipc_lookup	 lookup;

	ipc_get(imsg, from, &lookup, sizeof(lookup));
	ipc_string(from, "an id without end", lookup.id, sizeof(lookup.id));
	ipc_string(from, "a client without end", lookup.token.client,
	    sizeof(lookup.token.client));
	ipc_string(from, "an audience without end", lookup.token.audience,
	    sizeof(lookup.token.audience));
	if (lookup.kind < ASMP_KIND_SIGNATURE ||
	    lookup.kind > ASMP_KIND_TICKET)
		ipc_intrusion(from, "a kind that cannot be", IPC_LOOKUP,
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
recv_rotate(struct child *c, struct imsg *imsg)
{
	struct ipc_rotate	 rotate;

	ipc_get(imsg, ipc_procname(c->proc), &rotate, sizeof(rotate));
	newkey_rotate(&rotate);
}

static void
recv_ended(struct child *c, struct imsg *imsg)
{
	struct ipc_end	 end;

	ipc_get(imsg, ipc_procname(c->proc), &end, sizeof(end));
	lease_ended(&end);
}

static void
recv_rows(struct child *c, struct imsg *imsg)
{
	struct ibuf	 buf;

	(void)c;
	if (imsg_get_len(imsg) == 0)
		registry_rows(NULL, 0);
	else if (imsg_get_ibuf(imsg, &buf) == 0)
		registry_rows(ibuf_data(&buf), ibuf_size(&buf));
	else
		fatal("imsg_get_ibuf");
}

static void
recv_rows_result(struct child *c, struct imsg *imsg)
{
	struct ipc_jobresult	 res;

	ipc_get(imsg, ipc_procname(c->proc), &res, sizeof(res));
	child_text(c, "a text without end", res.text, sizeof(res.text));
	job_result(&res);
}

static void
recv_log(struct child *c, struct imsg *imsg)
{
	struct ipc_log	 msg;
	const void	*leaves;
	size_t		 len;

	leaves = ipc_get_with(imsg, ipc_procname(c->proc), &msg, sizeof(msg),
	    &len);
	if (msg.n > IPC_LEAVES_MAX || len != msg.n * 2 * (size_t)ASMP_HASHLEN)
		ipc_intrusion("store", "leaves of a wrong size", IPC_LOG, len);
	audit_load(&msg, leaves);
}

static void
recv_audited(struct child *c, struct imsg *imsg)
{
	struct ipc_audited	 msg;

	ipc_get(imsg, ipc_procname(c->proc), &msg, sizeof(msg));
	audit_written(&msg);
}

static void
recv_tree(struct child *c, struct imsg *imsg)
{
	struct ipc_tree	 msg;
	const void	*proof;
	size_t		 len;

	proof = ipc_get_with(imsg, ipc_procname(c->proc), &msg, sizeof(msg),
	    &len);
	if (msg.n > MERKLE_CONSISTENCYMAX ||
	    len != msg.n * (size_t)ASMP_HASHLEN)
		ipc_intrusion("store", "a proof of a wrong size", IPC_TREE,
		    len);
	notary_tree(&msg, proof);
}

static void
recv_tree_failed(struct child *c, struct imsg *imsg)
{
	struct ipc_tree_failed	 msg;

	ipc_get(imsg, ipc_procname(c->proc), &msg, sizeof(msg));
	ipc_string("store", "a reason without end", msg.text,
	    sizeof(msg.text));
	notary_tree_failed(&msg);
}

static void
recv_refused(struct child *c, struct imsg *imsg)
{
	struct ipc_refused	 msg;

	ipc_get(imsg, ipc_procname(c->proc), &msg, sizeof(msg));
	oracle_refused(&msg);
}

static void
recv_blocked(struct child *c, struct imsg *imsg)
{
	struct ipc_blocked	 msg;

	ipc_get(imsg, ipc_procname(c->proc), &msg, sizeof(msg));
	child_text(c, "a detail without end", msg.detail, sizeof(msg.detail));
	oracle_blocked(&msg);
}

static void
recv_message(struct child *c, struct imsg *imsg)
{
	struct ipc_message	 msg;

	ipc_get(imsg, ipc_procname(c->proc), &msg, sizeof(msg));
	oracle_message(&msg);
}

/* What verifiers have to say to each other goes through here. */
static void
recv_share(struct child *c, struct imsg *imsg)
{
	const char		*from = ipc_procname(c->proc);
	struct ipc_share	 msg;

	ipc_get(imsg, from, &msg, sizeof(msg));
	ipc_string(from, "a group without end", msg.group, sizeof(msg.group));
	ipc_string(from, "an id without end", msg.id, sizeof(msg.id));
	if (msg.what > SHARE_VALUE || !isfinite(msg.d))
		ipc_intrusion(from, "a value that cannot be", IPC_SHARE,
		    msg.what);
	if (c->proc == CTL_VERIFY)
		ipc_intrusion(from, "what is for itself", IPC_SHARE, msg.what);
	if (!oracle_shares(&msg))
		return;
	/* The first one may be slow, which must not slow down the others. */
	if (msg.what == SHARE_VALUE && imsgbuf_queuebytes(
	    &env->child[CTL_VERIFY].iev.ibuf) > SHARES_MAX)
		env->counter[CP_VALUES_LOST]++;
	else
		to_child(CTL_VERIFY, IPC_SHARE, &msg, sizeof(msg));
}

static void
recv_result(struct child *c, struct imsg *imsg)
{
	const char		*from = ipc_procname(c->proc);
	struct ipc_result	 msg;

	ipc_get(imsg, from, &msg, sizeof(msg));
	ipc_string(from, "a text without end", msg.text, sizeof(msg.text));
	if (msg.status > SMCP_OVERFLOW || CONN_SLOT(msg.conn) >=
	    env->conf->limits.max_sessions)
		ipc_intrusion(from, "a result that cannot be", IPC_RESULT,
		    msg.status);
	if (verifier_of(msg.conn) == CTL_VERIFY)
		ipc_intrusion(from, "what is for itself", IPC_RESULT,
		    msg.status);
	to_verifier(msg.conn, IPC_RESULT, &msg, sizeof(msg));
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
	lease_granted(&leased, model);
}

static void
recv_released(struct child *c, struct imsg *imsg)
{
	struct ipc_lease	 lease;

	ipc_get(imsg, ipc_procname(c->proc), &lease, sizeof(lease));
	lease_released(&lease);
}

static void
recv_devstats(struct child *c, struct imsg *imsg)
{
	struct ipc_devstats	 stats;

	ipc_get(imsg, ipc_procname(c->proc), &stats, sizeof(stats));
	show_devstats(&stats);
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
	to_verifiers(IPC_MONITOR, &on, sizeof(on));
}

/* A process speaks for itself alone. */
static void
check_status(const struct child *c, const void *data)
{
	struct ctl_status	 st;

	memcpy(&st, data, sizeof(st));
	if (st.process != c->proc)
		ipc_intrusion(ipc_procname(c->proc), "the status of another "
		    "process", IPC_REPLY, st.process);
	ipc_string(ipc_procname(c->proc), "a trouble without end", st.trouble,
	    sizeof(st.trouble));
}

static void
check_session(const struct child *c, const void *data)
{
	const char		*from = ipc_procname(c->proc);
	struct ctl_session	 s;

	memcpy(&s, data, sizeof(s));
	ipc_string(from, "a device without end", s.device, sizeof(s.device));
	ipc_string(from, "an address without end", s.address,
	    sizeof(s.address));
	if (!id_valid(s.device))
		ipc_intrusion(from, "a session of no device", IPC_REPLY,
		    sizeof(s));
}

/* A verifier's own cursor; the parent's share of it is not there yet. */
static void
check_page(const struct child *c, const void *data)
{
	struct ctl_page	 page;

	memcpy(&page, data, sizeof(page));
	if (page.cursor > UINT32_MAX)
		ipc_intrusion(ipc_procname(c->proc), "a page that cannot be",
		    IPC_REPLY, sizeof(page));
}

static void
check_result(const struct child *c, const void *data)
{
	struct ctl_result	 res;

	memcpy(&res, data, sizeof(res));
	if (res.code > CTL_FAILED)
		ipc_intrusion(ipc_procname(c->proc), "a result that cannot be",
		    IPC_REPLY, res.code);
	ipc_string(ipc_procname(c->proc), "a text without end", res.text,
	    sizeof(res.text));
}

static const struct {
	uint32_t	 type;
	uint32_t	 from;
	size_t		 size;
	void		(*check)(const struct child *, const void *);
} answers[] = {
	{ CTL_STATUS,	FROM_ANY, sizeof(struct ctl_status), check_status },
	{ CTL_SESSION,	FROM_VERIFY, sizeof(struct ctl_session),
	    check_session },
	{ CTL_MORE,	FROM_VERIFY, sizeof(struct ctl_page), check_page },
	{ CTL_RESULT,	FROM_VERIFY, sizeof(struct ctl_result),
	    check_result }
};

/* A child's part of an answer; control checks nothing, so this does. */
static void
recv_reply(struct child *c, struct imsg *imsg)
{
	struct ipc_reply	 reply;
	const void		*data;
	size_t			 i, len;

	data = ipc_get_with(imsg, ipc_procname(c->proc), &reply,
	    sizeof(reply), &len);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].type == reply.type &&
		    (answers[i].from & FROM(c->proc)) != 0 &&
		    answers[i].size == len)
			break;
	if (i == sizeof(answers) / sizeof(answers[0]))
		ipc_intrusion(ipc_procname(c->proc), "an answer of a wrong "
		    "size", reply.type, len);
	answers[i].check(c, data);
	if (reply.type == CTL_STATUS)
		await_status(reply.client, c->proc, data);
	else
		await_sessions(reply.client, c->proc, reply.type, data, len);
}

static void
recv_event(struct child *c, struct imsg *imsg)
{
	const char		*from = ipc_procname(c->proc);
	struct ctl_event	 ev;

	ipc_get(imsg, from, &ev, sizeof(ev));
	ipc_string(from, "a device without end", ev.device, sizeof(ev.device));
	ipc_string(from, "an address without end", ev.address,
	    sizeof(ev.address));
	ipc_string(from, "a text without end", ev.text, sizeof(ev.text));
	/* Control reads slowly when asmpctl does: events may be lost. */
	if (imsgbuf_queuebytes(&env->child[CTL_CONTROL].iev.ibuf) <
	    EVENT_QUEUE_MAX)
		to_child(CTL_CONTROL, IPC_EVENT, &ev, sizeof(ev));
}
