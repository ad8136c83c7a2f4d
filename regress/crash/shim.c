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

/* The part of the shim that finds out where it is, and hands itself on. */

#include <sys/mman.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

#define ENV_MAX		32

extern int		 seccomp_load(const void *);

static struct shim	*shim;		/* NULL: not in this process */
static int		 paused;

/* asmpd gives its children one letter, as the argument after -X. */
static uint32_t
role(void)
{
	char	 buf[512], *p, *end;
	ssize_t	 n;
	int	 fd;

	if ((fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline",
	    O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	for (p = buf, end = buf + n; p < end; p += strlen(p) + 1)
		if (strcmp(p, "-X") == 0 && p + 3 < end)
			return (unsigned char)p[3];
	return 'p';
}

static void
begin(void) __attribute__((__constructor__));

static void
begin(void)
{
	const char	*path = getenv(SHIM_ENV);
	struct shim	*s;
	int		 fd;

	if (path == NULL || (fd = syscall(SYS_openat, AT_FDCWD, path,
	    O_RDWR | O_CLOEXEC)) == -1)
		return;
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (s != MAP_FAILED && s->role == role())
		shim = s;
}

/* What this process shares with the test, or NULL. */
struct shim *
shim_here(void)
{
	return shim;
}

/* Counts one of what; whether it is to fail. */
int
shim_due(uint32_t what)
{
	uint64_t	 n;

	if (shim == NULL || paused || (shim->what & what) == 0)
		return 0;
	n = atomic_fetch_add(&shim->count, 1) + 1;
	if (shim->how == SHIM_COUNT || shim->at == 0 || n < shim->at ||
	    (shim->times != 0 && n >= shim->at + shim->times))
		return 0;
	atomic_fetch_add(&shim->fired, 1);
	return 1;
}

/* A number that follows from the seed and those before it. */
uint64_t
shim_random(void)
{
	uint64_t	 z = shim->seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* As by kill -9, which the sandbox lets nobody do to others. */
void
shim_die(void)
{
	raise(SIGKILL);
	_exit(1);
}

/*
 * libseccomp (2.5) itself crashes here without memory, or loads a filter that
 * allows too little; asmpd says who died and stops, which is all it can do.
 */
int
seccomp_load(const void *ctx)
{
	int	(*load)(const void *);
	int	  ret;

	*(void **)&load = dlsym(RTLD_NEXT, "seccomp_load");
	paused++;
	ret = load(ctx);
	paused--;
	return ret;
}

/* asmpd cleans the environment of its children; the shim must stay in it. */
int
execve(const char *path, char *const argv[], char *const envp[])
{
	char	*env[ENV_MAX], preload[1024], file[1024];
	int	 n = 0;

	for (; n < ENV_MAX - 3 && envp[n] != NULL; n++)
		env[n] = envp[n];
	if (argv[0] != NULL && argv[1] != NULL &&
	    strcmp(argv[1], "-X") == 0 && getenv(SHIM_ENV) != NULL) {
		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s",
		    getenv("LD_PRELOAD"));
		snprintf(file, sizeof(file), SHIM_ENV "=%s", getenv(SHIM_ENV));
		env[n++] = preload;
		env[n++] = file;
	}
	env[n] = NULL;
	return syscall(SYS_execve, path, argv, env);
}
