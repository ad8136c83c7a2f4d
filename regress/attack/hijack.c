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
 * A process of asmpd in other hands.  It is started in place of asmpd, which
 * starts itself again as each of its children: as the parent, and as all
 * children but one, it becomes the genuine asmpd; for that one it starts the
 * genuine child behind itself and stands in all its pipes.
 *
 * Beside it, in the file hijack.conf, is the path of the genuine asmpd, the
 * letter of the child, and one rule of hijack_rule.c on each further line.
 * All that goes through a pipe is kept too: in hijack.told what the others
 * told the child, in hijack.said what it said.  Its process id is in
 * hijack.pid.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "hijack.h"

#define PIPE_FD		3	/* to the parent, as every child has it */
#define HOT_IN		(1024 * 1024)
#define HOT_OUT		(4 * 1024 * 1024)
#define QUEUE_MAX	(64 * 1024 * 1024)
#define LINES_MAX	16

/* A direct channel of the child's: its end, and that of its peer. */
struct hot {
	struct chan	 inner;
	struct chan	 outer;
};

static struct imsgbuf	 inner, outer;	/* the child's pipe, the parent's */
static struct hot	 hots[2];
static int		 nhots;
static FILE		*told, *said;
static const char	*directory;	/* of all files */
static uint32_t		 verifier = CTL_VERIFY;
static pid_t		 child;
static volatile sig_atomic_t armed;

static void
on_usr1(int sig)
{
	(void)sig;
	armed = 1;
}

static void
keep(FILE *f, const void *data, size_t len)
{
	if (fwrite(data, 1, len, f) != len)
		err(1, "hijack: record");
	fflush(f);
}

/* To the one who should get it: the child, or the others. */
static void
pass(const struct message *m)
{
	struct hot	*h;

	if (!m->hot) {
		if (imsg_compose(m->ours ? &outer : &inner, m->type, 0, 0,
		    m->fd, m->data, m->len) == -1)
			err(1, "hijack: imsg_compose");
		return;
	}
	/* net's and store's only one; of verify's two, store's is later. */
	h = &hots[m->type >= VS_SEAL && m->type <= VS_RELEASE ? nhots - 1 :
	    0];
	if (chan_send(&h->outer, (uint16_t)m->type, m->id, m->data, m->len) ==
	    -1)
		err(1, "hijack: chan_send");
}

/* A message of our own making. */
void
hijack_send(const struct message *m)
{
	if (m->hot && nhots == 0)
		errx(1, "hijack: no channel yet");
	pass(m);
}

/* The child gets a channel to us; what it was given is ours. */
static void
channel(struct message *m)
{
	struct hot	*h;
	int		 pair[2];

	if (nhots == 2 || socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == -1)
		err(1, "hijack: channel");
	h = &hots[nhots++];
	if (chan_init(&h->outer, m->fd, HOT_IN, HOT_OUT, CHAN_MSGMAX) == -1 ||
	    chan_init(&h->inner, pair[0], HOT_IN, HOT_OUT, CHAN_MSGMAX) == -1)
		err(1, "hijack: channel");
	m->fd = pair[1];
}

static FILE *
beside(const char *dir, const char *name, const char *mode)
{
	char	 path[PATH_MAX];
	FILE	*f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, mode)) == NULL)
		err(1, "hijack: %s", path);
	return f;
}

/* Of several verifiers one is in other hands. */
static void
begin(const uint8_t *data)
{
	struct ipc_init	 init;
	FILE		*f;

	memcpy(&init, data, sizeof(init));
	if (init.process >= CTL_VERIFY && init.process != verifier) {
		rules_drop();
		return;
	}
	f = beside(directory, "hijack.pid", "w");
	fprintf(f, "%d\n", getpid());
	fclose(f);
}

static void
take_imsg(struct imsg *imsg, int ours)
{
	static uint8_t	 buf[IPC_MSGMAX];
	struct message	 m = { .type = imsg_get_type(imsg), .ours = ours,
		    .fd = imsg_get_fd(imsg), .data = buf,
		    .len = imsg_get_len(imsg) };
	int		 n;

	if (m.len > sizeof(buf) ||
	    (m.len > 0 && imsg_get_data(imsg, buf, m.len) == -1))
		errx(1, "hijack: a message of %zu bytes", m.len);
	keep(ours ? said : told, buf, m.len);
	if (m.type == IPC_CHANNEL && !ours)
		channel(&m);
	if (m.type == IPC_INIT && !ours && m.len == sizeof(struct ipc_init))
		begin(buf);
	for (n = rules_apply(&m); n > 0; n--)
		pass(&m);
}

/* Returns 0 when the other side has closed. */
static int
serve_pipe(struct imsgbuf *from, short revents, int ours)
{
	struct imsg	 imsg;
	int		 n;

	if ((revents & POLLOUT) != 0 && imsgbuf_write(from) == -1)
		return 0;
	if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0)
		return 1;
	if (imsgbuf_read(from) != 1)
		return 0;
	while ((n = imsgbuf_get(from, &imsg)) == 1) {
		take_imsg(&imsg, ours);
		imsg_free(&imsg);
	}
	if (n == -1)
		errx(1, "hijack: what came is no message");
	return 1;
}

static void
take_hot(struct chan *from, struct chan *to, int ours)
{
	struct chan_msg	 msg;
	struct message	 m;
	int		 n;

	while (chan_room(to) > 2 * CHAN_MSGMAX && chan_next(from, &msg) == 1) {
		memset(&m, 0, sizeof(m));
		m.type = msg.type;
		m.hot = 1;
		m.ours = ours;
		m.id = msg.id;
		m.fd = -1;
		m.data = msg.data;
		m.len = msg.len;
		keep(ours ? said : told, m.data, m.len);
		for (n = rules_apply(&m); n > 0; n--)
			if (chan_send(to, (uint16_t)m.type, m.id, m.data,
			    m.len) == -1)
				err(1, "hijack: chan_send");
	}
}

static void
serve_hot(struct chan *c, struct chan *to, short revents, int ours)
{
	if (c->fd == -1)
		return;
	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
	    chan_read(c) != 1) {
		close(c->fd);
		c->fd = -1;
	}
	take_hot(c, to, ours);
}

static void
write_hot(struct chan *c)
{
	if (c->fd != -1 && chan_write(c) == -1) {
		close(c->fd);
		c->fd = -1;
	}
}

static short
wanted(const struct chan *c, const struct chan *to)
{
	return (chan_room(to) > 2 * CHAN_MSGMAX ? POLLIN : 0) |
	    (chan_queued(c) > 0 ? POLLOUT : 0);
}

static void
hots_poll(struct pollfd *p)
{
	int	 i;

	for (i = 0; i < nhots; i++) {
		p[2 * i].fd = hots[i].inner.fd;
		p[2 * i].events = wanted(&hots[i].inner, &hots[i].outer);
		p[2 * i + 1].fd = hots[i].outer.fd;
		p[2 * i + 1].events = wanted(&hots[i].outer, &hots[i].inner);
	}
}

static void
hots_serve(const struct pollfd *p, int n)
{
	int	 i;

	for (i = 0; i < n; i++) {
		serve_hot(&hots[i].inner, &hots[i].outer, p[2 * i].revents, 1);
		serve_hot(&hots[i].outer, &hots[i].inner, p[2 * i + 1].revents,
		    0);
	}
}

static void
hots_write(void)
{
	int	 i;

	for (i = 0; i < nhots; i++) {
		write_hot(&hots[i].inner);
		write_hot(&hots[i].outer);
	}
}

/* One turn; 0 when parent or child is gone. */
static int
turn(void)
{
	struct pollfd	 p[6];
	sigset_t	 none;
	int		 n = nhots;

	memset(p, 0, sizeof(p));
	p[0].fd = outer.fd;
	p[0].events = POLLIN | (imsgbuf_queuelen(&outer) > 0 ? POLLOUT : 0);
	p[1].fd = inner.fd;
	p[1].events = POLLIN | (imsgbuf_queuelen(&inner) > 0 ? POLLOUT : 0);
	hots_poll(&p[2]);
	sigemptyset(&none);
	if (ppoll(p, (nfds_t)(2 + 2 * n), NULL, &none) == -1) {
		if (errno != EINTR)
			err(1, "hijack: ppoll");
		memset(p, 0, sizeof(p));
	}
	if (armed) {
		armed = 0;
		rules_arm();
	}
	if (!serve_pipe(&outer, p[0].revents, 0) ||
	    !serve_pipe(&inner, p[1].revents, 1))
		return 0;
	hots_serve(&p[2], n);
	hots_write();
	return 1;
}

/* Ends as the child did, once its pipes are closed. */
static __dead void
leave(void)
{
	int	 i, status;

	(void)imsgbuf_write(&outer);
	imsgbuf_clear(&inner);
	close(inner.fd);
	for (i = 0; i < nhots; i++) {
		close(hots[i].inner.fd);
		close(hots[i].outer.fd);
	}
	if (waitpid(child, &status, 0) == -1)
		err(1, "hijack: waitpid");
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	exit(WEXITSTATUS(status));
}

static void
start_child(char *path, char *argv[])
{
	int	 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    pair) == -1)
		err(1, "hijack: socketpair");
	if ((child = fork()) == -1)
		err(1, "hijack: fork");
	if (child == 0) {
		if (dup2(pair[1], PIPE_FD) == -1)
			err(1, "hijack: dup2");
		argv[0] = path;
		execv(path, argv);
		err(1, "hijack: %s", path);
	}
	close(pair[1]);
	if (imsgbuf_init(&inner, pair[0]) == -1 ||
	    imsgbuf_set_maxsize(&inner, IPC_MSGMAX) == -1)
		err(1, "hijack: imsgbuf");
	imsgbuf_allow_fdpass(&inner);
	imsgbuf_set_queuemax(&inner, QUEUE_MAX);
}

static __dead void
hijack(const char *dir, char *path, char *argv[])
{
	struct sigaction	 sa;
	sigset_t		 usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_usr1;
	sigaction(SIGUSR1, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	directory = dir;
	told = beside(dir, "hijack.told", "w");
	said = beside(dir, "hijack.said", "w");
	start_child(path, argv);
	(void)fcntl(PIPE_FD, F_SETFD, FD_CLOEXEC);
	if (imsgbuf_init(&outer, PIPE_FD) == -1 ||
	    imsgbuf_set_maxsize(&outer, IPC_MSGMAX) == -1)
		err(1, "hijack: imsgbuf");
	imsgbuf_allow_fdpass(&outer);
	imsgbuf_set_queuemax(&outer, QUEUE_MAX);
	while (turn())
		;
	leave();
}

int
main(int argc, char *argv[])
{
	static char	 line[LINES_MAX][2048];
	char		*dir;
	FILE		*f;
	int		 i, n = 0;

	if ((dir = strdup(argv[0])) == NULL)
		err(1, NULL);
	dir = dirname(dir);
	f = beside(dir, "hijack.conf", "r");
	while (n < LINES_MAX && fgets(line[n], sizeof(line[n]), f) != NULL) {
		line[n][strcspn(line[n], "\n")] = '\0';
		n++;
	}
	fclose(f);
	if (n < 2)
		errx(1, "hijack.conf: path and letter are missing");
	/* A letter, and of verifiers which. */
	if (line[1][0] != '\0' && line[1][1] != '\0')
		verifier += atoi(line[1] + 1) - 1;
	if (argc >= 3 && strcmp(argv[1], "-X") == 0 &&
	    argv[2][0] == line[1][0]) {
		for (i = 2; i < n; i++)
			rule_add(line[i]);
		hijack(dir, line[0], argv);
	}
	/* The parent keeps our name, so that its children come here. */
	execv(line[0], argv);
	err(1, "%s", line[0]);
}
