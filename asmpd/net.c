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

#include <openssl/rand.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

struct hotpipe		 net_verify;
uint64_t		 net_counter[CTL_NCOUNTERS];
struct ipc_conf		 net_conf;

static struct ipc_conf	 offered;
static char		 conf_error[CTL_TEXTMAX];
static int		 quit, flushing;

static void	 dispatch_parent(int, short, void *);
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
	uint8_t		 byte;

	if (tls_init() == -1 || (ctx = tls_server()) == NULL)
		fatalx("tls_init");
	tls_free(ctx);
	if (RAND_bytes(&byte, sizeof(byte)) != 1)
		fatalx("no randomness");
}

/* Runs the network process; does not return. */
void
net_main(int debug, int verbose)
{
	struct ipc_init	 init;

	childside_init(CTL_NET, debug, verbose, dispatch_parent, &init);
	descriptors_raise();
	libraries_warm();
	deadlines_init();
	childside_ready();
	while (!quit) {
		if (event_loop(EVLOOP_ONCE) == -1)
			fatal("event_loop");
		if (net_verify.peer == NULL)
			continue;
		hotpipe_flush(&net_verify);
		if (chan_queued(&net_verify.chan) < HOTPIPE_LOW)
			conns_resume();
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
recv_channel(struct imsg *imsg)
{
	int	 fd;

	(void)childside_channel(imsg, &fd);
	hotpipe_init(&net_verify, fd, "verify", work_verify);
}

static void
conf_commit(void)
{
	if (net_conf.max_sessions == 0)
		conns_init(offered.max_sessions);
	net_conf = offered;
	tls_commit();
	listen_commit();
	descriptors_check();
}

static void
conf_abort(void)
{
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
	net_counter[CN_QUEUED] = chan_queued(&net_verify.chan);
	net_counter[CN_PIPE_WRITES] = net_verify.chan.nwrite;
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

static void
dispatch_parent(int fd, short event, void *arg)
{
	quit = childside_dispatch(event, dispatch);
	(void)fd;
	(void)arg;
}

/* Verify has ended all sessions; what is queued is still written. */
static void
stop_begin(void)
{
	flushing = 1;
	listen_stop();
}

static void
stop_check(void)
{
	if (conns_left() > 0)
		return;
	flushing = 0;
	to_parent(IPC_STOPPED, NULL, 0);
}

static void
recv_taken(const struct chan_msg *msg)
{
	struct vn_taken	 taken;
	struct conn	*c;

	hotpipe_get(&net_verify, msg, &taken, sizeof(taken));
	if ((c = conn_find(msg->id)) != NULL)
		conn_taken(c, taken.bytes);
}

static void
recv_up(const struct chan_msg *msg)
{
	struct vn_up	 up;
	struct conn	*c;

	hotpipe_get(&net_verify, msg, &up, sizeof(up));
	if ((c = conn_find(msg->id)) != NULL)
		conn_up(c, up.max_in);
}

static void
recv_close(const struct chan_msg *msg)
{
	struct vn_close	 how;
	struct conn	*c;

	hotpipe_get(&net_verify, msg, &how, sizeof(how));
	if ((c = conn_find(msg->id)) != NULL)
		conn_close(c, how.how);
}

static void
work_verify(struct hotpipe *p)
{
	struct chan_msg	 msg;
	struct conn	*c;

	while (hotpipe_next(p, &msg) == 1) {
		switch (msg.type) {
		case VN_SEND:
			if ((c = conn_find(msg.id)) != NULL)
				conn_send(c, msg.data, msg.len);
			break;
		case VN_UP:
			recv_up(&msg);
			break;
		case VN_CLOSE:
			recv_close(&msg);
			break;
		case VN_TAKEN:
			recv_taken(&msg);
			break;
		case VN_STOPPED:
			stop_begin();
			break;
		default:
			ipc_intrusion("verify", "an unknown message",
			    msg.type, msg.len);
		}
	}
}
