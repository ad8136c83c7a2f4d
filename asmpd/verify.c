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
 * The verifier.  It owns the sessions: handshake, keys, the checks in their
 * order.  It has its pipes and nothing else.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

struct hotpipe		 verify_net, verify_store;
uint64_t		 verify_counter[CTL_NCOUNTERS];
uint32_t		 verify_nth, verify_of;
struct aead_pool	*verify_aeads;
struct expand		*verify_expand;

static struct event	 ev_sweep, ev_again;
static int		 stopping, stopped;
static int		 net_fd = -1;	/* until there is a configuration */

static void	 dispatch(struct imsg *);
static void	 work_net(struct hotpipe *);
static void	 work_store(struct hotpipe *);
static void	 sweep(int, short, void *);
static void	 again(int, short, void *);

/* Libraries load on first use what they cannot load from inside. */
static void
libraries_warm(void)
{
	struct ident	*id;
	struct noise	 n;
	uint8_t		 prologue[NOISE_PROLOGUE] = { 0 };
	uint8_t		 sig[ASMP_SIGMAX];
	struct part	 part = { "warm", 4 };
	enum ident_alg	 alg;

	if (noise_init(&n, ASMP_X25519, prologue) == -1)
		fatalx("no X25519");
	noise_wipe(&n);
	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		if ((id = ident_generate(alg)) == NULL ||
		    ident_sign(id, sig, &part, 1) == -1 ||
		    ident_verify(ident_public(id), sig, ident_siglen(alg),
		    &part, 1) == -1)
			fatalx("no %s", ident_algname(alg));
		ident_free(id);
	}
	if ((verify_aeads = aead_pool_new(AEAD_CONTEXTS)) == NULL)
		fatalx("no cipher, or no memory");
	if ((verify_expand = expand_new()) == NULL)
		fatal("expand_new");
}

/* Whether one more message of net's may have its consequences. */
static int
has_room(void)
{
	return !hotpipe_full(&verify_store, STORE_ROOM) &&
	    !hotpipe_full(&verify_net, NET_ROOM) &&
	    childside_queued() < PARENT_QUEUE;
}

static void
flush(void)
{
	if (verify_store.peer == NULL || verify_net.peer == NULL)
		return;
	groups_run();
	hotpipe_flush(&verify_store);
	if (verify_store.held && !hotpipe_full(&verify_net, NET_ROOM)) {
		hotpipe_hold(&verify_store, 0);
		work_store(&verify_store);
	}
	if (verify_net.held && has_room()) {
		hotpipe_hold(&verify_net, 0);
		work_net(&verify_net);
		hotpipe_flush(&verify_store);
	}
	hotpipe_flush(&verify_net);
}

/* Ends all sessions, in slices; then net hears that nothing follows. */
static void
stop(void)
{
	hotpipe_hold(&verify_net, 1);	/* nothing new */
	if (!stopped && sessions_stop()) {
		hotpipe_send(&verify_net, VN_STOPPED, 0, NULL, 0);
		stopped = 1;
	}
	hotpipe_flush(&verify_net);
	hotpipe_flush(&verify_store);
}

/* Runs the verifier; does not return. */
void
verify_main(int debug, int verbose)
{
	struct ipc_init	 init;
	struct timeval	 tv = { .tv_sec = SWEEP_SECONDS };

	childside_init(CTL_VERIFY, debug, verbose, dispatch, &init);
	verify_nth = init.process - CTL_VERIFY;
	verify_of = init.verifiers;
	libraries_warm();
	childside_ready();
	event_set(&ev_sweep, -1, EV_PERSIST, sweep, NULL);
	evtimer_set(&ev_again, again, NULL);
	if (evtimer_add(&ev_sweep, &tv) == -1)
		fatal("evtimer_add");
	while (!childside_over()) {
		if (event_loop(EVLOOP_ONCE) == -1)
			fatal("event_loop");
		if (stopping)
			stop();
		else
			flush();
		if (sessions_freed())
			burn_stack();	/* the keys of its last words */
	}
	exit(0);
}

static void
sweep(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	rooms_sweep();
	streams_sweep();
	groups_run();
	sessions_sweep();
}

/*
 * Net may be told to begin before this process has seen the configuration:
 * what it sends waits until then.
 */
static void
recv_channel(struct imsg *imsg)
{
	int	 fd;

	if (childside_channel(imsg, &fd) == CTL_NET)
		net_fd = fd;
	else
		hotpipe_init(&verify_store, fd, "store", HOTPIPE_IN,
		    work_store);
}

static void
recv_commit(void)
{
	int	 first = verify_conf.max_sessions == 0;

	conf_commit();
	if (first) {
		sessions_init(verify_conf.max_sessions);
		hotpipe_init(&verify_net, net_fd, "net", HOTPIPE_IN, work_net);
	}
	groups_reload();
	streams_reload();
	rates_reload();
}

static void
recv_signed(struct imsg *imsg)
{
	struct ipc_signed	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if (msg.len > sizeof(msg.gpt))
		fatalx("a GATEWAY_AUTH of %u bytes", msg.len);
	handshake_signed(&msg);
}

static void
recv_found(struct imsg *imsg)
{
	struct ipc_found	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	handshake_found(&msg);
}

static void
recv_proved(struct imsg *imsg)
{
	struct ipc_proved	 msg;
	const void		*model;
	size_t			 len;

	model = ipc_get_with(imsg, "parent", &msg, sizeof(msg), &len);
	if (len != msg.modellen)
		fatalx("a model of %zu bytes", len);
	ipc_string("parent", "an id without end", msg.id, sizeof(msg.id));
	handshake_proved(&msg, model);
	explicit_bzero(&msg, sizeof(msg));
}

static void
recv_rotated(struct imsg *imsg)
{
	struct ipc_rotated	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	record_rotated(&msg);
}

static void
recv_end(struct imsg *imsg)
{
	struct ipc_end	 msg;
	struct session	*s;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	s = session_find(msg.conn);
	if (s != NULL && s->up != NULL)
		session_end(s, msg.reason);
	else if (s != NULL && s->state == S_PROVING)
		session_refuse(s, msg.reason);
	to_parent(IPC_ENDED, &msg, sizeof(msg));
}

static void
recv_sessions(struct imsg *imsg)
{
	struct ipc_sessions	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	sessions_show(&msg);
}

static void
recv_status(struct imsg *imsg)
{
	verify_counter[CV_QUEUED] = chan_queued(&verify_store.chan) +
	    chan_queued(&verify_net.chan);
	childside_status(imsg, verify_counter, CV_NCOUNTERS);
}

static void
recv_send(struct imsg *imsg)
{
	struct ipc_send	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	ipc_string("parent", "a text without end", msg.text,
	    sizeof(msg.text));
	chat_send(&msg);
}

static void
recv_share(struct imsg *imsg)
{
	struct ipc_share	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	group_share(&msg);
}

static void
recv_result(struct imsg *imsg)
{
	struct ipc_result	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	member_result(&msg);
}

static void
recv_monitor(struct imsg *imsg)
{
	struct ctl_log	 on;

	ipc_get(imsg, "parent", &on, sizeof(on));
	event_monitor(on.verbose != 0);
}

static void
dispatch(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IPC_CHANNEL:
		recv_channel(imsg);
		break;
	case IPC_CONF:
	case IPC_CONF_FIELD:
	case IPC_CONF_STREAM:
	case IPC_CONF_ROLE:
	case IPC_CONF_REQUIRE:
	case IPC_CONF_GROUP:
		conf_recv(imsg);
		break;
	case IPC_CONF_END:
		childside_conf_done(NULL);
		break;
	case IPC_CONF_COMMIT:
		recv_commit();
		break;
	case IPC_CONF_ABORT:
		conf_abort();
		break;
	case IPC_SIGNED:
		recv_signed(imsg);
		break;
	case IPC_FOUND:
		recv_found(imsg);
		break;
	case IPC_PROVED:
		recv_proved(imsg);
		break;
	case IPC_ROTATED:
		recv_rotated(imsg);
		break;
	case IPC_END:
		recv_end(imsg);
		break;
	case IPC_SESSIONS:
		recv_sessions(imsg);
		break;
	case IPC_STATUS:
		recv_status(imsg);
		break;
	case IPC_SEND:
		recv_send(imsg);
		break;
	case IPC_SHARE:
		recv_share(imsg);
		break;
	case IPC_RESULT:
		recv_result(imsg);
		break;
	case IPC_MONITOR:
		recv_monitor(imsg);
		break;
	case IPC_STOP:
		stopping = 1;
		break;
	default:
		fatalx("unknown message %u from the parent",
		    imsg_get_type(imsg));
	}
}

static void
recv_open(const struct chan_msg *msg)
{
	struct nv_open	 open;

	hotpipe_get(&verify_net, msg, &open, sizeof(open));
	session_open(msg->id, &open);
}

/* The end of a connection, or of what can be read from it. */
static void
recv_closed(const struct chan_msg *msg)
{
	struct nv_closed	 closed;
	struct session		*s;

	hotpipe_get(&verify_net, msg, &closed, sizeof(closed));
	if ((s = session_find(msg->id)) == NULL)
		return;
	if (msg->type == NV_BROKEN)
		session_fail(s, closed.reason);
	else
		session_gone(s, closed.reason);
}

/* Net hears when the frames are done with, and reads more then. */
static void
recv_frames(const struct chan_msg *msg)
{
	struct session	*s;

	if ((s = session_find(msg->id)) != NULL)
		credit_frames(s, msg->data, msg->len);
	else
		credit_give(msg->id, msg->len);
}

static void
again(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
}

/* The parent and the store have their turn before net has another. */
static void
work_later(struct hotpipe *p)
{
	struct timeval	 now = { 0, 0 };

	hotpipe_hold(p, 1);
	if (evtimer_add(&ev_again, &now) == -1)
		fatal("evtimer_add");
}

/*
 * Takes messages only while their consequences find room: else net waits,
 * and with it the devices.
 */
static void
take_net(struct hotpipe *p)
{
	struct chan_msg	 msg;
	uint64_t	 end = mono_ms() + TURN_MS;

	for (;;) {
		if (mono_ms() >= end) {
			work_later(p);
			return;
		}
		if (!has_room()) {
			hotpipe_hold(p, 1);
			return;
		}
		if (hotpipe_next(p, &msg) == 0)
			return;
		switch (msg.type) {
		case NV_OPEN:
			recv_open(&msg);
			break;
		case NV_FRAMES:
			recv_frames(&msg);
			break;
		case NV_CLOSED:
		case NV_BROKEN:
			recv_closed(&msg);
			break;
		default:
			ipc_intrusion("net", "an unknown message", msg.type,
			    msg.len);
		}
	}
}

/* Keys of records are wiped once for all that were at hand. */
static void
work_net(struct hotpipe *p)
{
	pool_hold(verify_aeads);
	take_net(p);
	pool_burn(verify_aeads);
}

static void
recv_decided(const struct chan_msg *msg)
{
	struct sv_decided	 d;
	struct session		*s;

	if (msg->len < sizeof(d))
		ipc_intrusion("store", "a message that is too short",
		    msg->type, msg->len);
	memcpy(&d, msg->data, sizeof(d));
	if ((msg->len - sizeof(d)) / sizeof(struct sv_refused) !=
	    d.nrefused || (msg->len - sizeof(d)) %
	    sizeof(struct sv_refused) != 0)
		ipc_intrusion("store", "a message of a wrong size",
		    msg->type, msg->len);
	if ((s = session_find(msg->id)) != NULL && s->up != NULL)
		reading_decided(s, &d, msg->data + sizeof(d));
}

static void
take_store(struct hotpipe *p)
{
	struct chan_msg	 msg;

	for (;;) {
		if (hotpipe_full(&verify_net, NET_ROOM / 2)) {
			hotpipe_hold(p, 1);
			return;
		}
		if (hotpipe_next(p, &msg) == 0)
			return;
		if (msg.type != SV_DECIDED)
			ipc_intrusion("store", "an unknown message", msg.type,
			    msg.len);
		recv_decided(&msg);
	}
}

/* Likewise. */
static void
work_store(struct hotpipe *p)
{
	pool_hold(verify_aeads);
	take_store(p);
	pool_burn(verify_aeads);
}
