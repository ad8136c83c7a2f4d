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

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <atf-c.h>

#include "imsg.h"
#include "log.h"
#include "sandbox.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#endif

#define NOBODY	65534

/* In the sandbox, where a failed ATF_REQUIRE could not be written down. */
#define CHECK(e) do {							\
	if (!(e)) {							\
		dprintf(STDERR_FILENO, "role %d, line %d: %s: %s\n",	\
		    role, __LINE__, #e, strerror(errno));		\
		_exit(99);						\
	}								\
} while (0)
#define REFUSED(e)	CHECK((e) == -1 && errno == EACCES)

static const enum sandbox_role	 children[] = {
	SANDBOX_NET, SANDBOX_VERIFY, SANDBOX_STORE, SANDBOX_CONTROL
};
#define NCHILDREN	(sizeof(children) / sizeof(children[0]))

static int	 role;
static char	 storedir[PATH_MAX];

static long
kernel_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1);
}

/* Runs f in a child; how it ended, as wait(2) tells it. */
static int
wait_for(void (*f)(void))
{
	pid_t	 pid;
	int	 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		f();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return status;
}

static void
each_child(void (*f)(void))
{
	size_t	 i;

	for (i = 0; i < NCHILDREN; i++) {
		role = children[i];
		ATF_REQUIRE_EQ(0, wait_for(f));
	}
}

/* Every one of these ends each child with SIGSYS. */
static void
each_child_killed(void (*f)(void))
{
	size_t	 i;
	int	 status;

	for (i = 0; i < NCHILDREN; i++) {
		role = children[i];
		status = wait_for(f);
		ATF_REQUIRE_MSG(WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGSYS, "role %d: status %#x", role,
		    status);
	}
}

static void
make_storedir(void)
{
	char	 cwd[PATH_MAX / 2];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(storedir, sizeof(storedir), "%s/store", cwd);
	ATF_REQUIRE_EQ(0, mkdir(storedir, 0700));
}

static void
enter(void)
{
	sandbox_enter(role, role == SANDBOX_STORE && storedir[0] != '\0' ?
	    storedir : NULL);
}

static void
report_layers(void)
{
	uint32_t	 mask, want;
	long		 abi = kernel_abi();

	want = sandbox_expected(role);
	mask = sandbox_enter(role, NULL);
	CHECK(sandbox_expected(role) == want);
	if (abi < 1)
		want &= ~SANDBOX_LANDLOCK_FS;
	CHECK(mask == want);
	CHECK(mask & SANDBOX_SECCOMP);
	CHECK(mask & SANDBOX_RLIMIT);
	CHECK(mask & SANDBOX_NODUMP);
	CHECK((mask & (SANDBOX_USER | SANDBOX_CHROOT)) == 0);
}

/* What is active is what should be, and the parent lacks only Landlock. */
ATF_TC_WITHOUT_HEAD(layers);
ATF_TC_BODY(layers, tc)
{
	uint32_t	 landlock;
	long		 abi = kernel_abi();

	landlock = SANDBOX_LANDLOCK_FS;
	if (abi >= 4)
		landlock |= SANDBOX_LANDLOCK_NET;
	if (abi >= 6)
		landlock |= SANDBOX_SCOPE;
	ATF_REQUIRE_EQ(landlock | SANDBOX_SECCOMP | SANDBOX_RLIMIT |
	    SANDBOX_NODUMP, sandbox_expected(SANDBOX_VERIFY));
	ATF_REQUIRE_EQ(SANDBOX_SECCOMP | SANDBOX_RLIMIT | SANDBOX_NODUMP,
	    sandbox_expected(SANDBOX_PARENT));
	each_child(report_layers);
	role = SANDBOX_PARENT;
	ATF_REQUIRE_EQ(0, wait_for(report_layers));
}

static void
refuse_all(void)
{
	struct sockaddr_un	 sun;
	char			*argv[] = { NULL };
	struct stat		 st;
	int			 s, fd, pty;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "socket.%d", role);
	CHECK((fd = open("/etc/passwd", O_RDONLY)) != -1);
	CHECK((s = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	CHECK((pty = socket(AF_INET, SOCK_DGRAM, 0)) != -1);
	CHECK(kill(getppid(), 0) == 0);
	CHECK(access("/bin/true", X_OK) == 0);
	enter();
	REFUSED(open("/etc/passwd", O_RDONLY));
	REFUSED(open("made", O_WRONLY | O_CREAT, 0600));
	REFUSED(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0));
	REFUSED(creat("made", 0600));
	REFUSED(mkdir("made", 0700));
	REFUSED(symlink("/", "made"));
	REFUSED(chdir("/"));
	REFUSED(socket(AF_UNIX, SOCK_STREAM, 0));
	REFUSED(socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(socket(AF_INET6, SOCK_DGRAM, 0));
	REFUSED(bind(s, (struct sockaddr *)&sun, sizeof(sun)));
	REFUSED(connect(s, (struct sockaddr *)&sun, sizeof(sun)));
	REFUSED(listen(s, 1));
	REFUSED(execve("/bin/true", argv, argv));
	REFUSED(kill(getppid(), 0));
	REFUSED(kill(getpid(), 0));
	REFUSED(ioctl(s, FIONREAD, &pty));
	CHECK(fstat(fd, &st) == 0 && st.st_size > 0);
}

/* Files, sockets, programs, signals: refused, with an error to report. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	make_storedir();
	each_child(refuse_all);
}

static void
make_code(void)
{
	enter();
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
}

static void
turn_into_code(void)
{
	void	*p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	enter();
	mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void
new_namespace(void)
{
	enter();
	unshare(CLONE_NEWUSER);
}

static void
read_parent(void)
{
	enter();
	syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void
odd_option(void)
{
	int	 s, on = 1;

	s = socket(AF_INET, SOCK_STREAM, 0);
	enter();
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

static void
send_elsewhere(void)
{
	struct sockaddr_in	 sin;
	int			 s;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	s = socket(AF_INET, SOCK_DGRAM, 0);
	enter();
	sendto(s, "x", 1, 0, (struct sockaddr *)&sin, sizeof(sin));
}

static void
raise_limit(void)
{
	struct rlimit	 rl = { 0, 0 };

	enter();
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* What no honest library tries is answered with the end. */
ATF_TC_WITHOUT_HEAD(killed);
ATF_TC_BODY(killed, tc)
{
	each_child_killed(make_code);
	each_child_killed(turn_into_code);
	each_child_killed(new_namespace);
	each_child_killed(read_parent);
	each_child_killed(odd_option);
	each_child_killed(send_elsewhere);
	each_child_killed(raise_limit);
}

static void
do_abort(void)
{
	enter();
	abort();
}

static void
do_raise(void)
{
	enter();
	raise(SIGTERM);
}

static void
signal_thread(void)
{
	enter();
	syscall(SYS_tgkill, getppid(), getppid(), SIGTERM);
}

/* A process may end itself, and nobody else. */
ATF_TC_WITHOUT_HEAD(abort_works);
ATF_TC_BODY(abort_works, tc)
{
	size_t	 i;

	for (i = 0; i < NCHILDREN; i++) {
		role = children[i];
		ATF_REQUIRE_EQ(SIGABRT, WTERMSIG(wait_for(do_abort)));
		ATF_REQUIRE_EQ(SIGTERM, WTERMSIG(wait_for(do_raise)));
	}
	each_child_killed(signal_thread);
}

static void
pipe_event(int fd, short events, void *arg)
{
	int	*got = arg;
	char	 c;

	if (events & EV_READ && read(fd, &c, 1) == 1)
		*got = c;
}

static void
check_events(struct event_base *base, const int *p)
{
	struct event	 ev;
	int		 got = 0;

	event_set(&ev, p[0], EV_READ, pipe_event, &got);
	CHECK(event_add(&ev, NULL) == 0);
	CHECK(write(p[1], "e", 1) == 1);
	CHECK(event_base_loop(base, EVLOOP_ONCE) == 0);
	CHECK(got == 'e');
	event_base_free(base);
}

/* A descriptor may still be handed in, which is how a child gets work. */
static void
check_imsg(const int *sv, int fd)
{
	struct imsgbuf	 a, b;
	struct imsg	 imsg;

	CHECK(imsgbuf_init(&a, sv[0]) == 0 && imsgbuf_init(&b, sv[1]) == 0);
	imsgbuf_allow_fdpass(&a);
	imsgbuf_allow_fdpass(&b);
	CHECK(imsg_compose(&a, 1, 0, 0, fd, "x", 1) == 1);
	CHECK(imsgbuf_write(&a) == 0 && imsgbuf_read(&b) == 1);
	CHECK(imsgbuf_get(&b, &imsg) == 1 && imsg_get_fd(&imsg) != -1);
	imsg_free(&imsg);
	imsgbuf_clear(&a);
	imsgbuf_clear(&b);
}

static void
check_crypto(void)
{
	uint8_t		 md[EVP_MAX_MD_SIZE], rnd[32] = { 0 }, zero[32] = { 0 };
	unsigned int	 len;

	CHECK(EVP_Digest("abc", 3, md, &len, EVP_sha256(), NULL) == 1);
	CHECK(len == 32 && md[0] == 0xba && md[31] == 0xad);
	CHECK(RAND_bytes(rnd, sizeof(rnd)) == 1);
	CHECK(memcmp(rnd, zero, sizeof(rnd)) != 0);
	arc4random_buf(md, sizeof(md));
}

static int
compare(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* Large enough for mmap, and for qsort(3) to ask how much memory there is. */
static void
check_memory(void)
{
	size_t	 size = 8 * 1024 * 1024;
	char	*p;

	CHECK((p = malloc(size)) != NULL);
	memset(p, 1, size);
	CHECK((p = realloc(p, 2 * size)) != NULL);
	p[3] = 0;
	qsort(p, 4096, 1, compare);
	CHECK(p[0] == 0);
	free(p);
}

static void
check_time(void)
{
	struct timespec	 ts = { 0, 1000 };
	struct tm	 tm;
	time_t		 now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	CHECK(time(&now) != -1 && localtime_r(&now, &tm) != NULL);
	ts.tv_sec = 0;
	ts.tv_nsec = 1000;
	CHECK(nanosleep(&ts, NULL) == 0);
}

static void
check_socket(int s)
{
	struct linger	 linger = { 1, 0 };
	socklen_t	 len = sizeof(int);
	int		 on = 1, error;

	CHECK(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	CHECK(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0);
	CHECK(setsockopt(s, SOL_SOCKET, SO_LINGER, &linger,
	    sizeof(linger)) == 0);
	CHECK(getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
	CHECK(fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_NONBLOCK) == 0);
	CHECK(fcntl(s, F_SETFD, FD_CLOEXEC) == 0);
}

static void
use_all(void)
{
	struct event_base	*base;
	struct rusage		 ru;
	char			 buf[64];
	int			 p[2], sv[2], s, statm;

	log_init(0, LOG_DAEMON);
	CHECK((base = event_init()) != NULL);
	CHECK(pipe(p) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	CHECK((s = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	CHECK((statm = open("/proc/self/statm", O_RDONLY)) != -1);
	check_crypto();
	enter();
	check_imsg(sv, dup(p[1]));
	check_events(base, p);
	check_crypto();
	check_memory();
	check_time();
	check_socket(s);
	CHECK(pread(statm, buf, sizeof(buf), 0) > 0);
	CHECK(getrusage(RUSAGE_SELF, &ru) == 0);
	log_info("from role %d", role);
	log_init(1, LOG_DAEMON);
	log_info("from role %d", role);
	CHECK(close(s) == 0);
}

static void
use_all_and_exit(void)
{
	enter();
	CHECK(signal(SIGTERM, SIG_IGN) != SIG_ERR);
	CHECK(printf("%s", "") == 0 && fflush(stdout) == 0);
}

/* The other side of refused and killed: what the work needs goes on. */
ATF_TC_WITHOUT_HEAD(work_goes_on);
ATF_TC_BODY(work_goes_on, tc)
{
	each_child(use_all);
	each_child(use_all_and_exit);
}

static int
connected_listener(int *client)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 s;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK((s = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	CHECK(bind(s, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	CHECK(listen(s, 4) == 0);
	CHECK(getsockname(s, (struct sockaddr *)&sin, &len) == 0);
	CHECK((*client = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	CHECK(connect(*client, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	return s;
}

static void
try_accept(void)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 s, client, fd;

	s = connected_listener(&client);
	enter();
	fd = accept4(s, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (role == SANDBOX_NET || role == SANDBOX_CONTROL) {
		CHECK(fd != -1);
		CHECK(getpeername(fd, (struct sockaddr *)&sin, &len) == 0);
		CHECK(getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
		CHECK(write(client, "x", 1) == 1);
		CHECK(read(fd, &len, 1) == 1);
		return;
	}
	CHECK(fd == -1 && errno == EACCES);
	REFUSED(accept(s, NULL, NULL));
	REFUSED(getpeername(client, (struct sockaddr *)&sin, &len));
}

/* Listeners are for the two processes that have one. */
ATF_TC_WITHOUT_HEAD(accept_by_role);
ATF_TC_BODY(accept_by_role, tc)
{
	each_child(try_accept);
}

static void
use_store(void)
{
	struct flock	 fl;
	struct stat	 st;
	char		*p, buf[4];
	int		 fd, dir;

	memset(&fl, 0, sizeof(fl));
	fl.l_type = F_WRLCK;
	CHECK(chdir(storedir) == 0);
	enter();
	CHECK((fd = open("db", O_RDWR | O_CREAT | O_CLOEXEC, 0600)) != -1);
	CHECK(fcntl(fd, F_SETLK, &fl) == 0 && fcntl(fd, F_GETLK, &fl) == 0);
	CHECK(fchmod(fd, 0600) == 0);
	CHECK(pwrite(fd, "data", 4, 0) == 4 && pread(fd, buf, 4, 0) == 4);
	CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
	CHECK(ftruncate(fd, 4096) == 0);
	CHECK(posix_fallocate(fd, 0, 8192) == 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED && memcmp(p, "data", 4) == 0);
	CHECK(munmap(p, 4096) == 0);
	CHECK(rename("db", "db2") == 0);
	CHECK(stat("db2", &st) == 0 && st.st_size == 8192);
	CHECK(lstat("db2", &st) == 0 && fstat(fd, &st) == 0);
	CHECK(access("db2", R_OK | W_OK) == 0);
	CHECK(open("db2", O_RDWR | O_TRUNC) != -1);
	CHECK((dir = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	CHECK(fsync(dir) == 0);
	CHECK(unlink("db2") == 0);
	CHECK(open("db2", O_RDONLY) == -1 && errno == ENOENT);
}

/* The store works in its directory with all that a database does. */
ATF_TC_WITHOUT_HEAD(store_inside);
ATF_TC_BODY(store_inside, tc)
{
	make_storedir();
	role = SANDBOX_STORE;
	ATF_REQUIRE_EQ(0, wait_for(use_store));
}

static void
leave_store(void)
{
	char	 path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/out", storedir);
	CHECK(symlink("/etc/passwd", path) == 0);
	CHECK(open("/etc/passwd", O_RDONLY) != -1);
	CHECK(open(path, O_RDONLY) != -1);
	enter();
	REFUSED(open("/etc/passwd", O_RDONLY));
	REFUSED(open(path, O_RDONLY));
	REFUSED(open("/", O_RDONLY | O_DIRECTORY));
	REFUSED(open("outside", O_RDWR));
	REFUSED(open("new", O_RDWR | O_CREAT, 0600));
	REFUSED(unlink("outside"));
	snprintf(path, sizeof(path), "%s/in", storedir);
	CHECK(open(path, O_RDWR | O_CREAT, 0600) != -1);
	CHECK(rename(path, "moved") == -1 && (errno == EACCES ||
	    errno == EXDEV));
	CHECK(rename("outside", path) == -1 && (errno == EACCES ||
	    errno == EXDEV));
	REFUSED(mkdir(path, 0700));
}

/* And nowhere else, by no detour. */
ATF_TC_WITHOUT_HEAD(store_outside);
ATF_TC_BODY(store_outside, tc)
{
	int	 fd;

	if (kernel_abi() < 1)
		atf_tc_skip("this kernel has no Landlock, which alone "
		    "confines the store where there is no chroot");
	make_storedir();
	ATF_REQUIRE((fd = open("outside", O_RDWR | O_CREAT, 0600)) != -1);
	close(fd);
	role = SANDBOX_STORE;
	ATF_REQUIRE_EQ(0, wait_for(leave_store));
}

static void
store_of_nothing(void)
{
	uint32_t	 mask;

	mask = sandbox_enter(role, NULL);
	CHECK(mask & SANDBOX_LANDLOCK_FS);
	REFUSED(open(storedir, O_RDONLY | O_DIRECTORY));
	REFUSED(open("store/new", O_RDWR | O_CREAT, 0600));
}

/* A store whose database is elsewhere needs no directory, and has none. */
ATF_TC_WITHOUT_HEAD(store_without_directory);
ATF_TC_BODY(store_without_directory, tc)
{
	if (kernel_abi() < 1)
		atf_tc_skip("this kernel has no Landlock");
	make_storedir();
	role = SANDBOX_STORE;
	ATF_REQUIRE_EQ(0, wait_for(store_of_nothing));
}

static void
store_missing(void)
{
	sandbox_enter(SANDBOX_STORE, "no-such-directory");
}

/* A directory that is not there is a mistake to hear of at the start. */
ATF_TC_WITHOUT_HEAD(store_directory_missing);
ATF_TC_BODY(store_directory_missing, tc)
{
	int	 status;

	if (kernel_abi() < 1)
		atf_tc_skip("this kernel has no Landlock");
	status = wait_for(store_missing);
	ATF_REQUIRE(WIFEXITED(status));
	ATF_REQUIRE_EQ(1, WEXITSTATUS(status));
}

static void
be_parent(void)
{
	char	*argv[] = { NULL };
	pid_t	 pid;
	int	 status;

	enter();
	REFUSED(execve("/bin/true", argv, argv));
	REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	REFUSED(unshare(CLONE_NEWNS));
	REFUSED(chroot("/"));
	REFUSED(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0,
	    0));
	REFUSED(syscall(SYS_bpf, 0, NULL, 0));
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHECK(open("/etc/passwd", O_RDONLY) != -1);
	CHECK(open("made", O_RDWR | O_CREAT, 0600) != -1);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) != -1);
	CHECK((pid = fork()) != -1);
	if (pid == 0)
		_exit(7);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
}

/* The parent runs no program and traces nobody, and still reloads. */
ATF_TC_WITHOUT_HEAD(parent);
ATF_TC_BODY(parent, tc)
{
	role = SANDBOX_PARENT;
	ATF_REQUIRE_EQ(0, wait_for(be_parent));
}

static int
limit_is_zero(int resource)
{
	struct rlimit	 rl;

	CHECK(getrlimit(resource, &rl) == 0);
	return rl.rlim_cur == 0 && rl.rlim_max == 0;
}

static void
check_limits(void)
{
	int	 p[2];

	CHECK(pipe(p) == 0 && dup2(p[1], STDERR_FILENO) != -1);
	CHECK(!limit_is_zero(RLIMIT_FSIZE) && !limit_is_zero(RLIMIT_NPROC));
	if (geteuid() == 0)
		CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	sandbox_enter(role, NULL);
	CHECK(limit_is_zero(RLIMIT_CORE));
	CHECK(limit_is_zero(RLIMIT_NPROC));
	CHECK(limit_is_zero(RLIMIT_FSIZE) == (role != SANDBOX_STORE));
}

static void
log_to_file(void)
{
	int	 fd;

	CHECK((fd = open("log", O_RDWR | O_CREAT, 0600)) != -1);
	CHECK(dup2(fd, STDERR_FILENO) != -1);
	sandbox_enter(role, NULL);
	log_init(1, LOG_DAEMON);
	log_info("still alive");
	if (lseek(fd, 0, SEEK_CUR) == 0)
		_exit(98);
}

/* Limits hold, and do not kill a process whose log is a file. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	each_child(check_limits);
	each_child(log_to_file);
}

/* The text names what is there, and never more when room is short. */
ATF_TC_WITHOUT_HEAD(report);
ATF_TC_BODY(report, tc)
{
	char	 buf[128];

	ATF_REQUIRE_STREQ("none", sandbox_report(0, buf, sizeof(buf)));
	ATF_REQUIRE_STREQ("seccomp", sandbox_report(SANDBOX_SECCOMP, buf,
	    sizeof(buf)));
	ATF_REQUIRE_STREQ("user,chroot,landlock-fs,landlock-net,"
	    "landlock-scope,seccomp,pledge,unveil,rlimit,nodump",
	    sandbox_report(0x3ff, buf, sizeof(buf)));
	ATF_REQUIRE_STREQ("user,chroot", sandbox_report(SANDBOX_USER |
	    SANDBOX_CHROOT | SANDBOX_SECCOMP, buf, 12));
	ATF_REQUIRE_STREQ("user", sandbox_report(SANDBOX_USER |
	    SANDBOX_CHROOT, buf, 11));
	ATF_REQUIRE_STREQ("", sandbox_report(SANDBOX_SECCOMP, buf, 7));
	ATF_REQUIRE_STREQ("", sandbox_report(0x80000000U, buf, sizeof(buf)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, layers);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, abort_works);
	ATF_TP_ADD_TC(tp, work_goes_on);
	ATF_TP_ADD_TC(tp, accept_by_role);
	ATF_TP_ADD_TC(tp, store_inside);
	ATF_TP_ADD_TC(tp, store_outside);
	ATF_TP_ADD_TC(tp, store_without_directory);
	ATF_TP_ADD_TC(tp, store_directory_missing);
	ATF_TP_ADD_TC(tp, parent);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, report);
	return atf_no_error();
}
