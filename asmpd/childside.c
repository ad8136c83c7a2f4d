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
 * What all children do alike: take their orders, give up their rights, say
 * so, and tell the parent how they are.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"
#include "privdrop.h"
#include "sandbox.h"

#define INIT_WAIT	10000	/* ms until the parent's first message */

static struct {
	enum ctl_process	 proc;
	struct imsgev		 parent;
	struct ipc_init		 init;
	uint64_t		 started;
	uint32_t		 layers;
	int			 statm;		/* /proc/self/statm, or -1 */
	int			 over;		/* the parent has said so */
	void			 (*take)(struct imsg *);
	uint64_t		 troubled;	/* ms since 1970, or 0 */
	char			 trouble[CTL_TEXTMAX];
} self = { .statm = -1 };

static void	 parent_event(int, short, void *);

/* The parent's first message; nothing else can come before it. */
static void
take_orders(void)
{
	struct pollfd	 pfd = { .fd = PARENT_FD, .events = POLLIN };
	struct imsg	 imsg;
	int		 n;

	for (;;) {
		if ((n = imsgbuf_get(&self.parent.ibuf, &imsg)) == -1)
			fatal("imsgbuf_get");
		if (n == 1)
			break;
		if (poll(&pfd, 1, INIT_WAIT) != 1)
			fatalx("no orders from the parent");
		if (imsgbuf_read(&self.parent.ibuf) != 1)
			fatalx("the parent is gone");
	}
	if (imsg_get_type(&imsg) != IPC_INIT)
		fatalx("first message is of type %u", imsg_get_type(&imsg));
	ipc_get(&imsg, "parent", &self.init, sizeof(self.init));
	ipc_string("parent", "a chroot without end", self.init.chroot,
	    sizeof(self.init.chroot));
	ipc_string("parent", "a file without end", self.init.file,
	    sizeof(self.init.file));
	ipc_string("parent", "a name without end", self.init.name,
	    sizeof(self.init.name));
	imsg_free(&imsg);
}

/*
 * The first half of a child's start: logging, the pipe to the parent on
 * descriptor 3, its orders into *init, which say who of its kind it is.  take
 * gets each message that comes later.  The caller then opens what it cannot
 * open later and calls childside_ready().
 */
void
childside_init(enum ctl_process proc, int debug, int verbose,
    void (*take)(struct imsg *), struct ipc_init *init)
{
	self.proc = proc;
	self.take = take;
	self.started = now_ms();
	log_init(debug, LOG_DAEMON);
	log_setverbose(verbose);
	log_procinit(ipc_procname(proc));
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* A limit on files is an error of the write, as a full disk is. */
	signal(SIGXFSZ, SIG_IGN);
	/* The parent decides when it is over, and closes the pipe. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	umask(077);	/* readings are nobody else's business */
	if (crypto_start() == -1)
		fatalx("cryptography lacks memory, randomness or algorithms");
	event_init();
	if (imsgev_init(&self.parent, PARENT_FD, parent_event, NULL) == -1)
		fatal("imsgev_init");
	imsgbuf_allow_fdpass(&self.parent.ibuf);
	imsgbuf_set_queuemax(&self.parent.ibuf, IPC_QUEUEMAX);
	if (imsgbuf_set_maxsize(&self.parent.ibuf, IPC_MSGMAX) == -1)
		fatal("imsgbuf_set_maxsize");
	self.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	take_orders();
	self.proc = self.init.process;
	log_procinit(ipc_procname(self.proc));
	setproctitle("%s", ipc_procname(self.proc));
	*init = self.init;
}

/* Queues a message to the parent, whose inbox has room for all there is. */
void
to_parent(uint32_t type, const void *data, size_t len)
{
	if (imsgev_compose(&self.parent, type, 0, 0, -1, data, len) == -1)
		fatal("the parent does not take its messages");
}

/* Bytes that the parent has yet to take. */
size_t
childside_queued(void)
{
	return imsgbuf_queuebytes(&self.parent.ibuf);
}

/* The second half: drops rights, enters the sandbox, tells the parent. */
void
childside_ready(void)
{
	struct ipc_ready	 ready;

	if (self.init.drop) {
		privdrop(self.init.chroot, self.init.uid, self.init.gid);
		self.layers |= SANDBOX_USER | SANDBOX_CHROOT;
	}
	self.layers |= sandbox_enter(ipc_role(self.proc),
	    self.init.drop ? "/" : self.init.chroot);
	memset(&ready, 0, sizeof(ready));
	ready.layers = self.layers;
	ready.uid = geteuid();
	to_parent(IPC_READY, &ready, sizeof(ready));
}

/* Answers IPC_CONF_END: NULL, or why the configuration cannot be taken. */
void
childside_conf_done(const char *error)
{
	struct ipc_done	 done;

	memset(&done, 0, sizeof(done));
	done.failed = error != NULL;
	if (error != NULL)
		strlcpy(done.text, error, sizeof(done.text));
	to_parent(IPC_CONF_DONE, &done, sizeof(done));
}

static uint64_t
timeval_us(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000 + tv->tv_usec;
}

static uint64_t
resident_bytes(void)
{
	unsigned long	 total, resident;
	char		 buf[128];
	ssize_t		 n;

	if ((n = pread(self.statm, buf, sizeof(buf) - 1, 0)) <= 0)
		return 0;
	buf[n] = '\0';
	if (sscanf(buf, "%lu %lu", &total, &resident) != 2)
		return 0;
	return (uint64_t)resident * sysconf(_SC_PAGESIZE);
}

static uint64_t
heap_bytes(void)
{
#ifdef __GLIBC__
	struct mallinfo2	 mi = mallinfo2();

	return mi.uordblks + mi.hblkhd;
#else
	return 0;
#endif
}

/* Fills in what the operating system knows about this process. */
void
status_fill(struct ctl_status *st, enum ctl_process proc)
{
	struct rusage	 ru;

	memset(st, 0, sizeof(*st));
	if (getrusage(RUSAGE_SELF, &ru) == -1)
		fatal("getrusage");
	if (self.statm == -1)
		self.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	st->process = proc;
	st->pid = getpid();
	st->uid = geteuid();
	st->layers = self.layers;
	st->started = self.started;
	st->utime = timeval_us(&ru.ru_utime);
	st->stime = timeval_us(&ru.ru_stime);
	st->rss = resident_bytes();
	st->maxrss = (uint64_t)ru.ru_maxrss * 1024;
	/* The kernel brings its maximum up to date now and then. */
	if (st->maxrss < st->rss)
		st->maxrss = st->rss;
	st->heap = heap_bytes();
	st->troubled = self.troubled;
	strlcpy(st->trouble, self.trouble, sizeof(st->trouble));
}

/*
 * What keeps this process from its work, for those who ask how it is; NULL
 * when nothing does any more.  It began when the first reason came.
 */
void
childside_trouble(const char *why)
{
	if (why == NULL)
		self.troubled = 0;
	else if (self.troubled == 0)
		self.troubled = now_ms();
	strlcpy(self.trouble, why == NULL ? "" : why, sizeof(self.trouble));
}

/* Why the process does not work, or "". */
const char *
childside_troubled(void)
{
	return self.trouble;
}

/* Answers IPC_STATUS with n counters of the caller's. */
void
childside_status(struct imsg *imsg, const uint64_t *counter, size_t n)
{
	struct {
		struct ipc_reply	 reply;
		struct ctl_status	 st;
	} msg;
	struct ipc_client	 who;

	ipc_get(imsg, "parent", &who, sizeof(who));
	memset(&msg, 0, sizeof(msg));
	msg.reply.client = who.client;
	msg.reply.type = CTL_STATUS;
	status_fill(&msg.st, self.proc);
	memcpy(msg.st.counter, counter, n * sizeof(*counter));
	to_parent(IPC_REPLY, &msg, sizeof(msg));
}

/*
 * Takes one end of a direct channel: its descriptor in *fd, the process at
 * the other end returned.
 */
enum ctl_process
childside_channel(struct imsg *imsg, int *fd)
{
	struct ipc_channel	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if ((*fd = imsg_get_fd(imsg)) == -1)
		fatalx("channel without its descriptor");
	return msg.peer;
}

static void
recv_verbose(struct imsg *imsg)
{
	struct ctl_log	 on;

	ipc_get(imsg, "parent", &on, sizeof(on));
	log_setverbose(on.verbose);
}

static void
take_message(struct imsg *imsg)
{
	if (imsg_get_type(imsg) == IPC_VERBOSE)
		recv_verbose(imsg);
	else
		self.take(imsg);
	imsg_free(imsg);
}

/* Reads and writes; -1 once the parent has closed the pipe. */
static int
parent_io(short event)
{
	int	 n;

	if ((event & EV_READ) != 0) {
		n = imsgbuf_read(&self.parent.ibuf);
		if (n == -1 && errno != ECONNRESET)
			fatal("pipe from the parent");
		if (n != 1)
			return -1;
	}
	if ((event & EV_WRITE) != 0 &&
	    imsgbuf_write(&self.parent.ibuf) == -1) {
		if (errno != EPIPE)
			fatal("pipe to the parent");
		return -1;
	}
	return 0;
}

/* The parent closes the pipe: this is how it says that it is over. */
static void
parent_event(int fd, short event, void *arg)
{
	struct imsg	 imsg;
	int		 n;

	(void)fd;
	(void)arg;
	if (parent_io(event) == -1) {
		self.over = 1;
		return;
	}
	while ((n = imsgbuf_get(&self.parent.ibuf, &imsg)) == 1)
		take_message(&imsg);
	if (n == -1)
		fatal("message from the parent");
	imsgev_rearm(&self.parent);
}

/* Whether the parent is gone, for who has no time for its messages. */
int
childside_orphaned(void)
{
	struct pollfd	 pfd = { .fd = PARENT_FD };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLHUP) != 0;
}

/* Whether the parent has said that it is over. */
int
childside_over(void)
{
	return self.over;
}
