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
 * The control process.  It answers on the local sockets, knows who asks, and
 * relays typed requests to the parent; by itself it decides only who may do
 * no more than look.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

#define CLIENTS_MAX	64
#define CLIENTS_PER_UID	32
#define CLIENTS_ROOT	16		/* more, for root alone */
#define ACCEPT_PAUSE	1		/* seconds, without descriptors */
#define REQUEST_MAX	4096		/* bytes; the largest is far smaller */
#define CLIENT_QUEUE	(1024 * 1024)	/* bytes kept for a slow asmpctl */
#define PARENT_QUEUE	(512 * 1024)	/* above it, requests wait */
#define ROWS_QUEUE	(64 * 1024)	/* the same, for rows of a list */

struct socket {
	struct event	 ev;
	int		 fd;
	int		 restricted;
};

struct client {
	TAILQ_ENTRY(client)	 entry;
	struct imsgev		 iev;
	uint32_t		 id;		/* ours, never the client's */
	uid_t			 uid;
	int			 restricted;
	int			 monitor;
	int			 asked;		/* a request is unanswered */
	int			 list;		/* it sends a list */
	int			 more;		/* its next request waits */
};

static TAILQ_HEAD(, client)	 clients = TAILQ_HEAD_INITIALIZER(clients);
static struct socket		 sockets[2];
static size_t			 nsockets;
static struct event		 ev_pause;
static uint64_t			 counter[CTL_NCOUNTERS];
static uint32_t			 lastid;
static int			 monitors;

static void	 dispatch(struct imsg *);
static void	 client_event(int, short, void *);
static void	 client_requests(struct client *);
static void	 clients_resume(void);

/* Runs the control process; does not return. */
void
control_main(int debug, int verbose)
{
	struct ipc_init	 init;

	childside_init(CTL_CONTROL, debug, verbose, dispatch, &init);
	childside_ready();
	while (!childside_over()) {
		if (event_loop(EVLOOP_ONCE) == -1)
			fatal("event_loop");
		clients_resume();
	}
	exit(0);
}

/*
 * A client's requests are taken one at a time, and never faster than done;
 * those of others must not wait long behind a list.
 */
static int
client_must_wait(const struct client *c)
{
	return c->asked || childside_queued() > (c->list ? ROWS_QUEUE :
	    PARENT_QUEUE);
}

static void
clients_resume(void)
{
	struct client	*c, *next;

	TAILQ_FOREACH_SAFE(c, &clients, entry, next)
		if (c->more && !client_must_wait(c)) {
			c->more = 0;
			imsgev_hold(&c->iev, 0);
			client_requests(c);
		}
}

static void
monitor_switch(int change)
{
	struct ctl_log	 on;

	monitors += change;
	on.verbose = monitors > 0;
	if (monitors == (change > 0 ? 1 : 0))
		to_parent(IPC_MONITOR, &on, sizeof(on));
}

static struct client *
client_find(uint32_t id)
{
	struct client	*c;

	TAILQ_FOREACH(c, &clients, entry)
		if (c->id == id)
			return c;
	return NULL;
}

static size_t
clients_of(uid_t uid)
{
	struct client	*c;
	size_t		 n = 0;

	TAILQ_FOREACH(c, &clients, entry)
		n += c->uid == uid;
	return n;
}

static void
client_new(int fd, const struct socket *s, uid_t uid)
{
	struct client	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("calloc");
	if (imsgev_init(&c->iev, fd, client_event, c) == -1)
		fatal("imsgev_init");
	if (imsgbuf_set_maxsize(&c->iev.ibuf, REQUEST_MAX) == -1)
		fatal("imsgbuf_set_maxsize");
	imsgbuf_set_queuemax(&c->iev.ibuf, CLIENT_QUEUE);
	imsgbuf_allow_fdsend(&c->iev.ibuf);
	c->id = ++lastid;
	if (c->id == 0)		/* which stands for nobody */
		c->id = ++lastid;
	c->uid = uid;
	c->restricted = s->restricted;
	TAILQ_INSERT_TAIL(&clients, c, entry);
	counter[CC_CLIENTS]++;
}

static void
client_free(struct client *c)
{
	struct ipc_client	 msg = { .client = c->id };

	if (c->monitor)
		monitor_switch(-1);
	to_parent(IPC_CTL_GONE, &msg, sizeof(msg));
	imsgev_clear(&c->iev);
	TAILQ_REMOVE(&clients, c, entry);
	counter[CC_CLIENTS]--;
	free(c);
}

/* Sends to a client; one that does not read is not waited for. */
static int
client_send(struct client *c, uint32_t type, const void *data, size_t len)
{
	return imsgev_compose(&c->iev, type, 0, 0, -1, data, len);
}

/* Passes the end of a pipe on, on which the rest of the answer comes. */
static int
client_pipe(struct client *c, struct imsg *imsg)
{
	int	 fd = imsg_get_fd(imsg);

	if (imsgev_compose(&c->iev, CTL_PIPE, 0, 0, fd, NULL, 0) != -1)
		return 0;
	if (fd != -1)
		close(fd);
	return -1;
}

static void
client_result(struct client *c, enum ctl_code code, const char *text)
{
	struct ctl_result	 res;

	memset(&res, 0, sizeof(res));
	res.code = code;
	strlcpy(res.text, text, sizeof(res.text));
	(void)client_send(c, CTL_RESULT, &res, sizeof(res));
}

/*
 * What the restricted socket may ask: to look.  What comes on a pipe is of
 * patients or of secrets, and anybody could keep the store busy with it.
 */
static int
is_harmless(uint32_t type)
{
	switch (type) {
	case CTL_SHOW_SUMMARY:
	case CTL_SHOW_PROCESSES:
	case CTL_SHOW_SANDBOX:
	case CTL_SHOW_MEMORY:
	case CTL_SHOW_SESSIONS:
	case CTL_SHOW_DEVICES:
	case CTL_SHOW_ROTATIONS:
	case CTL_DEVICE_SHOW:
		return 1;
	default:
		return 0;
	}
}

static void
start_monitor(struct client *c)
{
	if (!c->monitor)
		monitor_switch(1);
	c->monitor = 1;
}

/* Passes a request on, with who asks in front. */
static void
relay(struct client *c, struct imsg *imsg)
{
	struct {
		struct ipc_ctl	 ctl;
		uint8_t		 data[REQUEST_MAX];
	} msg;
	size_t	 len = imsg_get_len(imsg);

	memset(&msg.ctl, 0, sizeof(msg.ctl));
	msg.ctl.client = c->id;
	msg.ctl.uid = c->uid;
	msg.ctl.type = imsg_get_type(imsg);
	if (len > 0 && imsg_get_data(imsg, msg.data, len) == -1)
		fatal("imsg_get_data");
	/* The rows of a list are answered when the list is whole. */
	c->list = msg.ctl.type == CTL_IMPORT_ROW;
	c->asked = !c->list;
	to_parent(IPC_CTL, &msg, sizeof(msg.ctl) + len);
	explicit_bzero(msg.data, len);	/* a pre-shared key, perhaps */
}

static void
client_request(struct client *c, struct imsg *imsg)
{
	uint32_t	 type = imsg_get_type(imsg);

	counter[CC_REQUESTS]++;
	if (c->restricted && !is_harmless(type)) {
		counter[CC_DENIED]++;
		client_result(c, CTL_DENIED, "the restricted socket only "
		    "shows what asmpctl(8) lists under -s; use the control "
		    "socket");
		return;
	}
	if (type == CTL_NONE || type >= CTL_REQUESTS) {
		client_result(c, CTL_UNKNOWN, "asmpd does not know this "
		    "request; is asmpctl of the same version?");
		return;
	}
	if (type == CTL_MONITOR)
		start_monitor(c);
	else
		relay(c, imsg);
}

/* Whatever a client does wrong costs that client its connection, no more. */
static void
client_bad(struct client *c)
{
	counter[CC_MALFORMED]++;
	log_info("uid %u sent what is no message: connection closed",
	    c->uid);
	client_free(c);
}

/* Takes what a client has asked, until something must be waited for. */
static void
client_requests(struct client *c)
{
	struct imsg	 imsg;
	int		 n;

	while (!client_must_wait(c)) {
		if ((n = imsgbuf_get(&c->iev.ibuf, &imsg)) == -1) {
			client_bad(c);
			return;
		}
		if (n == 0) {
			imsgev_rearm(&c->iev);
			return;
		}
		client_request(c, &imsg);
		imsg_free(&imsg);
	}
	c->more = 1;
	imsgev_rearm(&c->iev);
}

static void
client_event(int fd, short event, void *arg)
{
	struct client	*c = arg;
	int		 n;

	(void)fd;
	if ((event & EV_READ) != 0) {
		n = imsgbuf_read(&c->iev.ibuf);
		if (n != 1) {
			if (n == -1 && errno == ERANGE)
				client_bad(c);
			else
				client_free(c);
			return;
		}
		/* Its end is still seen while it waits; more is not read. */
		if (client_must_wait(c))
			imsgev_hold(&c->iev, 1);
	}
	if ((event & EV_WRITE) != 0 && imsgbuf_write(&c->iev.ibuf) == -1) {
		client_free(c);
		return;
	}
	client_requests(c);
}

static int
peer_uid(int fd, uid_t *uid)
{
#ifdef SO_PEERCRED
	struct ucred	 cred;
	socklen_t	 len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	*uid = cred.uid;
	return 0;
#else
	gid_t	 gid;

	return getpeereid(fd, uid, &gid);
#endif
}

static void
pause_over(int fd, short event, void *arg)
{
	size_t	 i;

	(void)fd;
	(void)event;
	(void)arg;
	for (i = 0; i < nsockets; i++)
		if (event_add(&sockets[i].ev, NULL) == -1)
			fatal("event_add");
}

/* Out of descriptors: rest, or the loop would spin. */
static void
accept_pause(void)
{
	struct timeval	 tv = { .tv_sec = ACCEPT_PAUSE };
	size_t		 i;

	log_warn("accept on the control socket");
	for (i = 0; i < nsockets; i++)
		event_del(&sockets[i].ev);
	evtimer_set(&ev_pause, pause_over, NULL);
	if (evtimer_add(&ev_pause, &tv) == -1)
		fatal("evtimer_add");
}

/* Others may fill their share, but never keep root out. */
static int
client_admit(uid_t uid)
{
	if (uid == 0)
		return counter[CC_CLIENTS] < CLIENTS_MAX + CLIENTS_ROOT;
	return counter[CC_CLIENTS] < CLIENTS_MAX &&
	    clients_of(uid) < CLIENTS_PER_UID;
}

static void
accept_event(int lfd, short event, void *arg)
{
	struct socket	*s = arg;
	uid_t		 uid;
	int		 fd;

	(void)event;
	fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE)
			accept_pause();
		else if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED)
			log_warn("accept on the control socket");
		return;
	}
	if (peer_uid(fd, &uid) == -1 || !client_admit(uid)) {
		counter[CC_DENIED]++;
		close(fd);
		return;
	}
	client_new(fd, s, uid);
}

static void
recv_socket(struct imsg *imsg)
{
	struct ipc_socket	 msg;
	struct socket		*s;
	int			 fd;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if ((fd = imsg_get_fd(imsg)) == -1 || nsockets == 2)
		fatalx("control socket without its descriptor");
	s = &sockets[nsockets++];
	s->fd = fd;
	s->restricted = msg.restricted;
	event_set(&s->ev, fd, EV_READ | EV_PERSIST, accept_event, s);
}

static void
sockets_start(void)
{
	size_t	 i;

	for (i = 0; i < nsockets; i++)
		if (event_add(&sockets[i].ev, NULL) == -1)
			fatal("event_add");
}

static void
recv_reply(struct imsg *imsg)
{
	struct ipc_reply	 reply;
	struct client		*c;
	const void		*data;
	size_t			 len;

	data = ipc_get_with(imsg, "parent", &reply, sizeof(reply), &len);
	if ((c = client_find(reply.client)) == NULL)
		return;
	if (reply.last)
		c->asked = 0;
	if (reply.type == CTL_PIPE ? client_pipe(c, imsg) == -1 :
	    client_send(c, reply.type, data, len) == -1) {
		log_info("uid %u does not read its answers: "
		    "connection closed", c->uid);
		client_free(c);
	}
}

static void
recv_event(struct imsg *imsg)
{
	struct ctl_event	 ev;
	struct client		*c;

	ipc_get(imsg, "parent", &ev, sizeof(ev));
	TAILQ_FOREACH(c, &clients, entry)
		if (c->monitor && client_send(c, CTL_EVENT, &ev,
		    sizeof(ev)) == -1)
			counter[CC_EVENTS_LOST]++;
}

static void
dispatch(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IPC_CONF:
	case IPC_CONF_COMMIT:
	case IPC_CONF_ABORT:
		break;		/* nothing in it concerns control */
	case IPC_CONF_CONTROL:
		recv_socket(imsg);
		break;
	case IPC_CONF_END:
		childside_conf_done(NULL);
		break;
	case IPC_START:
		sockets_start();
		break;
	case IPC_REPLY:
		recv_reply(imsg);
		break;
	case IPC_EVENT:
		recv_event(imsg);
		break;
	case IPC_STATUS:
		childside_status(imsg, counter, CC_NCOUNTERS);
		break;
	default:
		fatalx("unknown message %u from the parent",
		    imsg_get_type(imsg));
	}
}
