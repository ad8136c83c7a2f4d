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
 * The network process.  It accepts, wraps in TLS, cuts streams into frames,
 * and keeps the limits; it never sees a key of a session or a plaintext, and
 * can open neither a file nor a socket.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include <errno.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

struct verifier		 net_verifier[VERIFIERS_MAX];
uint32_t		 net_nverifiers;
uint64_t		 net_counter[CTL_NCOUNTERS];
struct ipc_conf		 net_conf;

#define FOREACH_VERIFIER(v) \
	for ((v) = net_verifier; (v) < net_verifier + net_nverifiers; (v)++)

static struct ipc_conf	 offered;
static char		 conf_error[CTL_TEXTMAX];
static int		 flushing;

static void	 dispatch(struct imsg *);
static void	 work_verify(struct hotpipe *);
static void	 stop_check(void);

/* Each session takes a descriptor; too few is no reason not to start. */
static void
descriptors_raise(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_warn("setrlimit");
}

static void
descriptors_check(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("getrlimit");
	if (rl.rlim_cur < (rlim_t)net_conf.max_sessions + FD_RESERVE)
		log_warnx("limit sessions %u: only %llu descriptors are "
		    "allowed; raise the limit (ulimit -n) to %u",
		    net_conf.max_sessions, (unsigned long long)rl.rlim_cur,
		    net_conf.max_sessions + FD_RESERVE);
}

/* What libraries load on first use must be there before the door shuts. */
static void
libraries_warm(void)
{
	struct tls	*ctx;

	if (tls_init() == -1 || (ctx = tls_server()) == NULL)
		fatalx("tls_init");
	tls_free(ctx);
}

static void
verifiers_flush(void)
{
	struct verifier	*v;

	FOREACH_VERIFIER(v) {
		if (v->pipe.peer == NULL)
			continue;
		hotpipe_flush(&v->pipe);
		if (chan_queued(&v->pipe.chan) < HOTPIPE_LOW)
			conns_resume(v);
	}
}

/* With many devices that each say little, more of them are heard at once. */
static void
gather(void)
{
	static struct gather	 g;
	static uint64_t		 reads;
	struct timespec		 ts = { .tv_nsec = GATHER_US * 1000 };
	uint64_t		 n = net_counter[CN_READS] - reads;

	gather_turn(&g, n, n);
	reads += n;
	if (g.on && !conns_unread())
		nanosleep(&ts, NULL);
}

/* Runs the network process; does not return. */
void
net_main(int debug, int verbose)
{
	struct ipc_init	 init;

	childside_init(CTL_NET, debug, verbose, dispatch, &init);
	net_nverifiers = init.verifiers;
	descriptors_raise();
	libraries_warm();
	deadlines_init();
	ready_init();
	penalties_init();
	childside_ready();
	while (!childside_over()) {
		if (event_loop(EVLOOP_ONCE | (conns_unread() ?
		    EVLOOP_NONBLOCK : 0)) == -1)
			fatal("event_loop");
		conns_again();
		verifiers_flush();
		gather();
		if (flushing)
			stop_check();
	}
	exit(0);
}

static void
recv_conf_tls(struct imsg *imsg)
{
	struct ipc_tls	 msg;
	const uint8_t	*data;
	size_t		 len;

	data = ipc_get_with(imsg, "parent", &msg, sizeof(msg), &len);
	if (len != (size_t)msg.certlen + msg.keylen)
		ipc_intrusion("parent", "a certificate of a wrong size",
		    IPC_CONF_TLS, len);
	(void)tls_offer(data, msg.certlen, data + msg.certlen, msg.keylen,
	    conf_error, sizeof(conf_error));
}

static void
recv_conf_listener(struct imsg *imsg)
{
	struct ipc_listener	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if (listen_add(&msg, imsg_get_fd(imsg)) == -1)
		strlcpy(conf_error, "no descriptor or memory for a listener",
		    sizeof(conf_error));
}

static void
recv_conf_exempt(struct imsg *imsg)
{
	struct ipc_exempt	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if (penalty_exempt(&msg) == -1)
		fatalx("too many networks without penalties");
}

static void
recv_channel(struct imsg *imsg)
{
	enum ctl_process	 proc;
	struct verifier		*v;
	int			 fd;

	proc = childside_channel(imsg, &fd);
	v = &net_verifier[proc - CTL_VERIFY];
	TAILQ_INIT(&v->held);
	hotpipe_init(&v->pipe, fd, ipc_procname(proc), HOTPIPE_IN,
	    work_verify);
}

static void
conf_commit(void)
{
	if (net_conf.max_sessions == 0)
		conns_init(offered.max_sessions);
	net_conf = offered;
	penalties_commit();
	tls_commit();
	listen_commit();
	descriptors_check();
}

static void
conf_abort(void)
{
	penalties_abort();
	tls_abort();
	listen_abort();
}

static void
recv_drop(struct imsg *imsg)
{
	struct ipc_conn	 msg;
	struct conn	*c;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if ((c = conn_find(msg.conn)) != NULL)
		conn_drop(c);
}

static void
recv_status(struct imsg *imsg)
{
	const struct verifier	*v;

	net_counter[CN_QUEUED] = net_counter[CN_PIPE_WRITES] = 0;
	FOREACH_VERIFIER(v) {
		net_counter[CN_QUEUED] += chan_queued(&v->pipe.chan);
		net_counter[CN_PIPE_WRITES] += v->pipe.chan.nwrite;
	}
	childside_status(imsg, net_counter, CN_NCOUNTERS);
}

static void
dispatch(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IPC_CHANNEL:
		recv_channel(imsg);
		break;
	case IPC_CONF:
		conf_error[0] = '\0';
		ipc_get(imsg, "parent", &offered, sizeof(offered));
		break;
	case IPC_CONF_LISTENER:
		recv_conf_listener(imsg);
		break;
	case IPC_CONF_EXEMPT:
		recv_conf_exempt(imsg);
		break;
	case IPC_CONF_TLS:
		recv_conf_tls(imsg);
		break;
	case IPC_CONF_END:
		childside_conf_done(conf_error[0] == '\0' ? NULL :
		    conf_error);
		break;
	case IPC_CONF_COMMIT:
		conf_commit();
		break;
	case IPC_CONF_ABORT:
		conf_abort();
		break;
	case IPC_START:
		listen_start();
		break;
	case IPC_DROP:
		recv_drop(imsg);
		break;
	case IPC_STATUS:
		recv_status(imsg);
		break;
	default:
		fatalx("unknown message %u from the parent",
		    imsg_get_type(imsg));
	}
}

/* All verifiers have ended their sessions; what is queued is still written. */
static void
recv_stopped(struct hotpipe *p)
{
	struct verifier	*v;

	listen_stop();
	flushing = 1;
	FOREACH_VERIFIER(v) {
		v->stopped |= &v->pipe == p;
		flushing &= v->stopped;
	}
}

static void
stop_check(void)
{
	if (conns_left() > 0)
		return;
	flushing = 0;
	to_parent(IPC_STOPPED, NULL, 0);
}

/* The connection of which the verifier at p speaks: one of its own, or NULL. */
static struct conn *
conn_of(const struct hotpipe *p, uint64_t id)
{
	if (p != &net_verifier[CONN_SLOT(id) % net_nverifiers].pipe)
		ipc_intrusion(p->peer, "what is about another verifier's "
		    "connection", 0, CONN_SLOT(id));
	return conn_find(id);
}

static void
recv_taken(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vn_taken	 taken;
	struct conn	*c;

	hotpipe_get(p, msg, &taken, sizeof(taken));
	if ((c = conn_of(p, msg->id)) != NULL)
		conn_taken(c, taken.bytes);
}

static void
recv_up(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vn_up	 up;
	struct conn	*c;

	hotpipe_get(p, msg, &up, sizeof(up));
	if ((c = conn_of(p, msg->id)) != NULL)
		conn_up(c, up.max_in);
}

static void
recv_close(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vn_close	 how;
	struct conn	*c;

	hotpipe_get(p, msg, &how, sizeof(how));
	if ((c = conn_of(p, msg->id)) != NULL)
		conn_close(c, how.how);
}

static void
recv_hold(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vn_hold	 hold;
	struct conn	*c;

	hotpipe_get(p, msg, &hold, sizeof(hold));
	if ((c = conn_of(p, msg->id)) != NULL)
		conn_stop(c, hold.on != 0);
}

static void
recv_fault(struct hotpipe *p, const struct chan_msg *msg)
{
	struct vn_fault	 fault;

	/* Its connection may be gone, but never is another verifier's. */
	(void)conn_of(p, msg->id);
	hotpipe_get(p, msg, &fault, sizeof(fault));
	if (fault.kind >= PENALTY_N)
		ipc_intrusion(p->peer, "an unknown fault", VN_FAULT,
		    fault.kind);
	penalty_add(fault.addr, fault.kind);
}

static void
work_verify(struct hotpipe *p)
{
	struct chan_msg	 msg;
	struct conn	*c;

	while (hotpipe_next(p, &msg) == 1) {
		switch (msg.type) {
		case VN_SEND:
			if ((c = conn_of(p, msg.id)) != NULL)
				conn_send(c, msg.data, msg.len);
			break;
		case VN_UP:
			recv_up(p, &msg);
			break;
		case VN_CLOSE:
			recv_close(p, &msg);
			break;
		case VN_TAKEN:
			recv_taken(p, &msg);
			break;
		case VN_FAULT:
			recv_fault(p, &msg);
			break;
		case VN_HOLD:
			recv_hold(p, &msg);
			break;
		case VN_STOPPED:
			recv_stopped(p);
			break;
		default:
			ipc_intrusion(p->peer, "an unknown message",
			    msg.type, msg.len);
		}
	}
}
