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
 * asmpd(8), the parent: it reads the configuration, holds the keys, starts
 * the others, and stops when one of them dies.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"
#include "sandbox.h"

#define START_WAIT	10	/* seconds for all children to be ready */
#define STOP_WAIT	2	/* seconds for sessions to be told */
#define REAP_WAIT	1	/* second from a closed pipe to its reason */
#define KILL_WAIT	5	/* seconds from closed pipes to SIGKILL */

struct asmpd		*env;

static struct event	 ev_hup, ev_int, ev_term, ev_chld, ev_timer;
static pid_t		 self;		/* who made the sockets */
static int		 exit_status;
static int		 waiting = -1;	/* pipe to who started us, or -1 */

static __dead void	 child_main(char, int, int);
static void		 parent_check(void);
static void		 parent_start(void);
static void		 parent_leave(void);
static __dead void	 parent_exit(int);
static void		 parent_signal(int, short, void *);
static void		 start_late(int, short, void *);
static void		 stop_late(int, short, void *);
static void		 write_late(int, short, void *);
static void		 parent_written(void);
static void		 kill_late(int, short, void *);
static void		 pipe_late(int, short, void *);

static __dead void
usage(void)
{
	fprintf(stderr, "usage: asmpd [-dnv] [-D macro=value] [-f file]\n");
	exit(1);
}

static int
check_only(int verbose)
{
	struct asmpd_conf	*c = conf_new();

	if (parse_file(env->conffile, c) == -1)
		return 1;
	if (verbose)
		print_conf(c);
	else
		fprintf(stderr, "configuration OK\n");
	conf_free(c);
	return 0;
}

/* One program for all processes; -X says which child this is. */
int
main(int argc, char *argv[], char *envp[])
{
	char		 child = '\0';
	int		 ch, noaction = 0;

	/* setproctitle(3) writes over argv[0]. */
	if ((env = calloc(1, sizeof(*env))) == NULL ||
	    (env->argv0 = strdup(argv[0])) == NULL)
		err(1, NULL);
	setproctitle_init(argc, argv, envp);
	env->conffile = ASMPD_CONF;
	log_init(1, LOG_DAEMON);
	while ((ch = getopt(argc, argv, "D:df:nvX:")) != -1) {
		switch (ch) {
		case 'D':
			if (parse_macro(optarg) == -1)
				errx(1, "-D %s: must be macro=value, the "
				    "macro of letters, digits and _", optarg);
			break;
		case 'd':
			env->debug = 1;
			break;
		case 'f':
			env->conffile = optarg;
			break;
		case 'n':
			noaction = 1;
			break;
		case 'v':
			env->verbose = 1;
			break;
		case 'X':
			child = optarg[0];
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	if (child != '\0')
		child_main(child, env->debug, env->verbose);
	if (noaction)
		exit(check_only(env->verbose));
	parent_start();
	event_dispatch();
	parent_exit(exit_status);
}

static __dead void
child_main(char letter, int debug, int verbose)
{
	free(env);
	env = NULL;
	switch (letter) {
	case 'n':
		net_main(debug, verbose);
	case 'v':
		verify_main(debug, verbose);
	case 's':
		store_main(debug, verbose);
	case 'c':
		control_main(debug, verbose);
	default:
		usage();
	}
}

/* A directory in which only root may replace a file. */
static void
anchor_check(void)
{
	struct stat	 st;
	const char	*why;
	char		 path[PATH_MAX];

	strlcpy(path, env->conf->anchor, sizeof(path));
	if (stat(dirname(path), &st) == -1)
		err(1, "anchor %s: directory %s", env->conf->anchor, path);
	if (geteuid() == 0 && (st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0))
		errx(1, "anchor %s: directory %s must be one that only root "
		    "may write", env->conf->anchor, path);
	if (anchor_open(env->conf->anchor, &why) == 0)
		return;
	if (why == NULL)
		err(1, "anchor %s", env->conf->anchor);
	errx(1, "anchor %s: %s", env->conf->anchor, why);
}

/* What would otherwise fail later, in a child, with less to say. */
static void
parent_check(void)
{
	struct passwd	*pw;
	struct stat	 st;
	char		 path[PATH_MAX];

	if (env->argv0[0] != '/')
		errx(1, "%s: must be started with an absolute path, since it "
		    "starts itself again", env->argv0);
	strlcpy(path, env->conf->database, sizeof(path));
	if (stat(dirname(path), &st) == -1)
		err(1, "database %s: directory %s", env->conf->database,
		    path);
	if (geteuid() != 0)
		return;
	if ((pw = getpwnam(env->conf->user)) == NULL)
		errx(1, "user %s: no such user; create it (useradd -r -M -s "
		    "/usr/sbin/nologin %s) or set user in %s",
		    env->conf->user, env->conf->user, env->conffile);
	if (st.st_uid != pw->pw_uid)
		errx(1, "database %s: directory %s must belong to user %s and "
		    "hold nothing else (install -d -o %s makes one)",
		    env->conf->database, path, env->conf->user,
		    env->conf->user);
	if (stat(env->conf->chroot, &st) == -1)
		errx(1, "chroot %s: %s; install -d makes one, or set chroot in "
		    "%s", env->conf->chroot, strerror(errno), env->conffile);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		errx(1, "chroot %s: must be a directory that only root may "
		    "write", env->conf->chroot);
}

/* The control process gets them later, with its configuration. */
static int
ctlsocks_open(void)
{
	env->ctlfd = ctlsock_open(env->conf->control,
	    env->conf->control_group, 0660);
	env->restrictedfd = -1;
	if (env->conf->restricted != NULL)
		env->restrictedfd = ctlsock_open(env->conf->restricted, NULL,
		    0666);
	return env->ctlfd == -1 || (env->conf->restricted != NULL &&
	    env->restrictedfd == -1) ? -1 : 0;
}

static void
signals_start(void)
{
	signal_set(&ev_hup, SIGHUP, parent_signal, NULL);
	signal_set(&ev_int, SIGINT, parent_signal, NULL);
	signal_set(&ev_term, SIGTERM, parent_signal, NULL);
	signal_set(&ev_chld, SIGCHLD, parent_signal, NULL);
	if (signal_add(&ev_hup, NULL) == -1 ||
	    signal_add(&ev_int, NULL) == -1 ||
	    signal_add(&ev_term, NULL) == -1 ||
	    signal_add(&ev_chld, NULL) == -1)
		fatal("signal_add");
	signal(SIGPIPE, SIG_IGN);
}

static void
timer_start(void (*handler)(int, short, void *), int seconds)
{
	struct timeval	 tv = { .tv_sec = seconds };

	if (evtimer_initialized(&ev_timer))
		evtimer_del(&ev_timer);
	evtimer_set(&ev_timer, handler, NULL);
	if (evtimer_add(&ev_timer, &tv) == -1)
		fatal("evtimer_add");
}

/*
 * Goes to the background.  The process that was started waits there until
 * the daemon runs, so that its exit status tells whether it does.
 */
static void
detach(void)
{
	int	 pair[2];
	char	 ready;

	if (pipe2(pair, O_CLOEXEC) == -1)
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		break;
	default:
		close(pair[1]);
		if (read(pair[0], &ready, sizeof(ready)) == sizeof(ready))
			_exit(0);
		warnx("did not start: the system log says why (journalctl "
		    "-t asmpd), or run it with -d");
		_exit(1);
	}
	close(pair[0]);
	waiting = pair[1];
	if (setsid() == -1)
		err(1, "setsid");
}

/* The daemon runs: nobody waits any more, and nothing is on the terminal. */
static void
detached(void)
{
	int	 fd;

	if (waiting == -1)
		return;
	if (write(waiting, "", 1) == -1)
		log_warn("pipe");
	close(waiting);
	waiting = -1;
	if ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		fatal("/dev/null");
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

/*
 * Everything that can fail for a reason a person must mend fails here, in
 * the foreground, with exit status 1; the order is that of asmpd(8).
 */
static void
parent_start(void)
{
	char	 error[CTL_TEXTMAX];

	if (crypto_start() == -1)
		errx(1, "cryptography lacks memory, randomness or algorithms");
	env->conf = conf_new();
	if (parse_file(env->conffile, env->conf) == -1)
		exit(1);
	parent_check();
	if (keyring_load(env->conf, error, sizeof(error)) == -1)
		errx(1, "%s", error);
	keyring_commit();
	anchor_check();
	self = getpid();
	atexit(parent_leave);
	if (conf_bind(env->conf, NULL) == -1 || ctlsocks_open() == -1)
		exit(1);
	if (!env->debug)
		detach();
	self = getpid();
	log_init(env->debug, LOG_DAEMON);
	log_setverbose(env->verbose);
	log_procinit(ipc_procname(CTL_PARENT));
	setproctitle("parent");
	env->started = now_ms();
	event_init();
	slots_init(env->conf->limits.max_sessions);
	signals_start();
	children_start();
	timer_start(start_late, START_WAIT);
	env->layers = sandbox_enter(SANDBOX_PARENT, NULL);
	/* It may begin the end, which has a time of its own. */
	parent_shut_in(ipc_procname(CTL_PARENT), SANDBOX_PARENT, env->layers);
}

/*
 * Logs what shuts a process in.  Less than there must be stops the daemon,
 * unless the configuration permits it.
 */
void
parent_shut_in(const char *name, enum sandbox_role role, uint32_t layers)
{
	char		 text[128];
	uint32_t	 missing = sandbox_expected(role) & ~layers;

	log_debug("%s: sandbox %s", name, sandbox_report(layers, text,
	    sizeof(text)));
	if (missing == 0)
		return;
	log_warnx("%s: sandbox without %s%s", name, sandbox_report(missing,
	    text, sizeof(text)), env->conf->permit ? "" : "; asmpd does not "
	    "run with less unless the configuration says sandbox permit");
	if (!env->conf->permit)
		parent_stop("a sandbox layer is missing");
}

/* Where SLMP alone is spoken, in the words of its server, too. */
static void
listening(const struct conf_listener *l)
{
	static const char	 loopback[] = "127.0.0.1:";
	size_t			 n = sizeof(loopback) - 1;	/* with colon */
	int			 local = strncmp(l->text, loopback, n) == 0;

	log_info("listening on %s%s", l->text, l->tls ? " tls" : "");
	if (l->profiles == 1U << profile_byname("slmp")->id)
		log_info("SLMP Server running on %s%s",
		    local ? "localhost" : "", l->text + (local ? n - 1 : 0));
}

/* All children hold their configuration and the registry is loaded. */
void
parent_running(void)
{
	struct conf_listener	*l;
	char			 fp[128];

	evtimer_del(&ev_timer);
	env->running = 1;
	to_child(CTL_NET, IPC_START, NULL, 0);
	to_child(CTL_CONTROL, IPC_START, NULL, 0);
	keyring_fingerprint(fp, sizeof(fp));
	log_info("gateway %s %s", env->conf->gateway_id, fp);
	if (geteuid() != 0)
		log_warnx("not started as root: sandbox without a separate "
		    "user and chroot");
	TAILQ_FOREACH(l, &env->conf->listeners, entry)
		listening(l);
	log_info("ready, %zu devices", registry_count());
	audit_event(AUDIT_STARTED, NULL, 1, "%zu devices", registry_count());
	life_start();
	detached();
}

static void
start_late(int fd, short event, void *arg)
{
	int	 proc;

	(void)fd;
	(void)event;
	(void)arg;
	for (proc = CTL_NET; proc < env->nprocesses; proc++)
		if (!env->child[proc].ready || !env->child[proc].conf_done)
			log_warnx("%s was not ready within %d seconds",
			    ipc_procname(proc), START_WAIT);
	parent_stop("start took too long");
}

static void
parent_signal(int sig, short event, void *arg)
{
	const char	*why;

	(void)event;
	(void)arg;
	switch (sig) {
	case SIGHUP:
		if ((why = reload_begin(0)) != NULL)
			log_warnx("reload: %s", why);
		break;
	case SIGINT:
	case SIGTERM:
		parent_stop(NULL);
		break;
	case SIGCHLD:
		parent_reap();
		break;
	}
}

/* Collects children that died; with the last of them it is over. */
void
parent_reap(void)
{
	children_reap();
	if (env->stopping && children_left() == 0)
		parent_exit(exit_status);
}

/* The kernel says soon what the child died of; if not, it is over too. */
void
parent_pipe_ended(void)
{
	timer_start(pipe_late, REAP_WAIT);
}

static void
pipe_late(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	parent_stop("a child closed its pipe");
}

/*
 * Begins the end.  why is NULL if it was asked for; then devices are told
 * first.  Otherwise it names what happened and the exit status is 1.
 */
void
parent_stop(const char *why)
{
	if (env->stopping)
		return;
	env->stopping = 1;
	exit_status = why != NULL;
	if (why != NULL)
		log_warnx("stopping: %s", why);
	else
		log_info("stopping");
	audit_event(AUDIT_STOPPED, NULL, why == NULL, "%s",
	    why == NULL ? "asked for" : why);
	if (why == NULL && env->running) {
		to_verifiers(IPC_STOP, NULL, 0);
		timer_start(stop_late, STOP_WAIT);
	} else
		parent_stopped();
}

/* Devices have been told, or need not be. */
void
parent_stopped(void)
{
	timer_start(write_late, STOP_WAIT);
	audit_finish(parent_written);
}

static void
write_late(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	parent_written();
}

/* The audit log is whole, as far as it can be: the children leave. */
static void
parent_written(void)
{
	audit_close();
	children_close();
	timer_start(kill_late, KILL_WAIT);
	if (children_left() == 0)
		parent_exit(exit_status);
}

static void
stop_late(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	parent_stopped();
}

static void
kill_late(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	log_warnx("children are still there after %d seconds: killing them",
	    KILL_WAIT);
	children_kill(SIGKILL);
}

/* However the parent ends, it leaves nothing behind: no sockets, no keys. */
static void
parent_leave(void)
{
	/* A child that fails before its exec comes here too. */
	if (getpid() != self)
		return;
	ctlsock_remove();
	keyring_wipe();
}

static __dead void
parent_exit(int status)
{
	parent_leave();
	if (env->stopping)
		log_info("stopped");
	exit(status);
}
