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
 * The parent's side of its children: start, pipes, channels, death.  Each is
 * this same program, run anew with one letter, so that none shares memory
 * with another.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

#define ENV_MAX		3	/* variables that children get */

static char *const letters[CTL_VERIFY + 1] = {
	[CTL_NET] = "n",
	[CTL_STORE] = "s",
	[CTL_CONTROL] = "c",
	[CTL_VERIFY] = "v"
};

/*
 * Of the environment only what a child reads: others may hold secrets, which
 * its memory should not.
 */
static void
child_env(char **envp)
{
	static const char *const keep[] = { "TZ=", "ASAN_OPTIONS=",
	    "UBSAN_OPTIONS=" };
	char	**e;
	size_t	  i;
	int	  n = 0;

	for (e = environ; *e != NULL && n < ENV_MAX; e++)
		for (i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			if (strncmp(*e, keep[i], strlen(keep[i])) == 0)
				envp[n++] = *e;
	envp[n] = NULL;
}

/* Net needs a descriptor for each session; as root we may give it so many. */
static void
allow_descriptors(void)
{
	struct rlimit	 rl;
	rlim_t		 need = env->conf->limits.max_sessions + FD_RESERVE;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("getrlimit");
	if (rl.rlim_max >= need)
		return;
	rl.rlim_cur = rl.rlim_max = need;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_debug("setrlimit: %s", strerror(errno));
}

static __dead void
run_child(enum ctl_process proc, int fd)
{
	char	*argv[8], *envp[ENV_MAX + 1];
	int	 n = 0;

	child_env(envp);
	if (proc == CTL_NET)
		allow_descriptors();

	/* dup2 onto itself would leave the descriptor closed on exec. */
	if (fd != PARENT_FD) {
		if (dup2(fd, PARENT_FD) == -1)
			fatal("dup2");
	} else if (fcntl(fd, F_SETFD, 0) == -1)
		fatal("fcntl");
	argv[n++] = env->argv0;
	argv[n++] = "-X";
	argv[n++] = letters[proc < CTL_VERIFY ? proc : CTL_VERIFY];
	if (env->debug)
		argv[n++] = "-d";
	if (env->verbose)
		argv[n++] = "-v";
	argv[n] = NULL;
	execve(env->argv0, argv, envp);
	fatal("%s", env->argv0);
}

/* The store lives in its database's directory, the others in an empty one. */
static void
fill_init(enum ctl_process proc, struct ipc_init *init)
{
	struct passwd	*pw;
	char		 path[PATH_MAX];

	memset(init, 0, sizeof(*init));
	init->process = proc;
	init->verifiers = env->conf->limits.verifiers;
	if (geteuid() == 0) {
		/* parent_check() has seen that the user exists. */
		if ((pw = getpwnam(env->conf->user)) == NULL)
			fatalx("user %s is gone", env->conf->user);
		init->drop = 1;
		init->uid = pw->pw_uid;
		init->gid = pw->pw_gid;
	}
	strlcpy(init->chroot, env->conf->chroot, sizeof(init->chroot));
	if (proc != CTL_STORE)
		return;
	strlcpy(path, env->conf->database, sizeof(path));
	strlcpy(init->chroot, dirname(path), sizeof(init->chroot));
	strlcpy(init->name, env->conf->database, sizeof(init->name));
	strlcpy(path, env->conf->database, sizeof(path));
	if (init->drop)
		snprintf(init->file, sizeof(init->file), "/%s",
		    basename(path));
	else
		strlcpy(init->file, path, sizeof(init->file));
}

static void
child_start(enum ctl_process proc)
{
	struct child	*c = &env->child[proc];
	struct ipc_init	 init;
	int		 pair[2];

	if (sock_pair(pair) == -1)
		fatal("socketpair");
	switch (c->pid = fork()) {
	case -1:
		fatal("fork");
	case 0:
		run_child(proc, pair[1]);
	default:
		break;
	}
	close(pair[1]);
	c->proc = proc;
	if (imsgev_init(&c->iev, pair[0], parent_dispatch, c) == -1)
		fatal("imsgev_init");
	imsgbuf_allow_fdpass(&c->iev.ibuf);
	imsgbuf_set_queuemax(&c->iev.ibuf, IPC_QUEUEMAX);
	if (imsgbuf_set_maxsize(&c->iev.ibuf, IPC_MSGMAX) == -1)
		fatal("imsgbuf_set_maxsize");
	fill_init(proc, &init);
	to_child(proc, IPC_INIT, &init, sizeof(init));
}

/* Starts them all; each says IPC_READY once it has shut itself in. */
void
children_start(void)
{
	int	 proc;

	env->nprocesses = CTL_VERIFY + env->conf->limits.verifiers;
	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		child_start(proc);
}

static void
channel(enum ctl_process a, enum ctl_process b)
{
	struct ipc_channel	 ca = { .peer = b }, cb = { .peer = a };
	int			 pair[2];

	if (sock_pair(pair) == -1)
		fatal("socketpair");
	if (imsgev_compose(&env->child[a].iev, IPC_CHANNEL, 0, 0, pair[0],
	    &ca, sizeof(ca)) == -1 ||
	    imsgev_compose(&env->child[b].iev, IPC_CHANNEL, 0, 0, pair[1],
	    &cb, sizeof(cb)) == -1)
		fatal("channel %s-%s", ipc_procname(a), ipc_procname(b));
}

/* Gives the hot path its direct channels, two for each verifier. */
void
children_channels(void)
{
	int	 proc;

	for (proc = CTL_VERIFY; proc < env->nprocesses; proc++) {
		channel(CTL_NET, proc);
		channel(proc, CTL_STORE);
	}
}

static void
child_died(struct child *c, int status)
{
	char	 text[128];

	c->gone = 1;
	if (env->stopping)
		return;
	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "%s was killed by signal %d (%s)",
		    ipc_procname(c->proc), WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof(text), "%s exited with status %d",
		    ipc_procname(c->proc), WEXITSTATUS(status));
	parent_stop(text);
}

/* Collects who died; the first one not asked to stops the daemon. */
void
children_reap(void)
{
	pid_t	 pid;
	int	 proc, status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (proc = CTL_NET; proc < env->nprocesses; proc++)
			if (env->child[proc].pid == pid)
				child_died(&env->child[proc], status);
}

/*
 * Closes the pipes, which tells every child to leave; before that, it hears
 * what there is room for, since the last checkpoint was made just now.
 */
void
children_close(void)
{
	struct imsgev	*iev;
	int		 proc;

	for (proc = CTL_NET; proc < env->nprocesses; proc++) {
		iev = &env->child[proc].iev;
		if (iev->ibuf.fd == -1)
			continue;
		(void)imsgbuf_write(&iev->ibuf);
		imsgev_clear(iev);
	}
}

/* Sends sig to all that are still there. */
void
children_kill(int sig)
{
	int	 proc;

	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		if (env->child[proc].pid > 0 && !env->child[proc].gone)
			kill(env->child[proc].pid, sig);
}

/* How many are still there. */
int
children_left(void)
{
	int	 n = 0, proc;

	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		n += env->child[proc].pid > 0 && !env->child[proc].gone;
	return n;
}
