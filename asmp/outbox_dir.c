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
 * The directory of an outbox: all its files are opened here and nowhere else,
 * by one process at a time.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outbox_local.h"

/*
 * Say why, with what errno means if there is something, for outbox_error();
 * always -1, and errno is what it was.
 */
int
dir_failed(struct outbox_dir *d, const char *fmt, ...)
{
	va_list	 ap;
	int	 saved = errno;
	size_t	 n;

	snprintf(d->error, sizeof(d->error), "%s", d->path);
	n = strlen(d->error);
	va_start(ap, fmt);
	vsnprintf(d->error + n, sizeof(d->error) - n, fmt, ap);
	va_end(ap);
	n = strlen(d->error);
	if (saved != 0)
		snprintf(d->error + n, sizeof(d->error) - n, ": %s",
		    strerror(saved));
	errno = saved;
	return -1;
}

/* Whether it is a file and ours, and not, say, a pipe that has us wait. */
static int
file_fit(struct outbox_dir *d, const char *name, int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return dir_failed(d, "/%s", name);
	errno = 0;
	if (!S_ISREG(st.st_mode))
		return dir_failed(d, "/%s is not a file", name);
	if (st.st_uid != geteuid())
		return dir_failed(d, "/%s belongs to somebody else", name);
	return 0;
}

/* A file in it by open(2)'s flags; or -1, with errno if there is none. */
static int
file_open(struct outbox_dir *d, const char *name, int flags)
{
	int	 fd;

	fd = openat(d->fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return dir_failed(d, "/%s", name);
	if (file_fit(d, name, fd) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One process alone; who it is, if not us. */
static int
lock(struct outbox_dir *d)
{
	struct flock	 fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if ((d->lock = file_open(d, "lock", O_RDWR | O_CREAT)) == -1)
		return -1;
	if (fcntl(d->lock, F_SETLK, &fl) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return dir_failed(d, "/lock");
	errno = 0;
	if (fcntl(d->lock, F_GETLK, &fl) == -1 || fl.l_type == F_UNLCK)
		return dir_failed(d, " is in use by another process");
	return dir_failed(d, " is in use by process %ld", (long)fl.l_pid);
}

/* The directory that path is in, so that path itself is there for good. */
static int
sync_parent(struct outbox_dir *d)
{
	int	 fd, r;

	if ((fd = openat(d->fd, "..", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return dir_failed(d, "/..");
	r = fsync(fd) == -1 ? dir_failed(d, "/..") : 0;
	close(fd);
	return r;
}

/*
 * The directory at d->path, which is made unless it is there, for nobody
 * else; fd and lock are -1 before.  0 or -1; dir_close() in any case.
 */
int
dir_open(struct outbox_dir *d)
{
	struct stat	 st;
	int		 made = 0;

	if (mkdir(d->path, 0700) == 0)
		made = 1;
	else if (errno != EEXIST)
		return dir_failed(d, "%s", "");
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (d->fd == -1 || fstat(d->fd, &st) == -1)
		return dir_failed(d, "%s", "");
	errno = 0;
	if (st.st_uid != geteuid())
		return dir_failed(d, " belongs to somebody else");
	if ((st.st_mode & 077) != 0)
		return dir_failed(d, ": others have access to it: "
		    "chmod 700");
	if (made && sync_parent(d) == -1)
		return -1;
	return lock(d);
}

/* Let go of it, and of what others wait for; frees the path. */
void
dir_close(struct outbox_dir *d)
{
	if (d->lock != -1)
		close(d->lock);
	if (d->fd != -1)
		close(d->fd);
	free(d->path);
}

/* The names in it are durable from here on.  0 or -1. */
int
dir_sync(struct outbox_dir *d)
{
	if (fsync(d->fd) == -1)
		return dir_failed(d, "%s", "");
	d->newnames = 0;
	return 0;
}

/* All len bytes, at this offset; 0, or -1 with errno. */
int
write_at(int fd, const uint8_t *p, size_t len, size_t offset)
{
	ssize_t	 n;

	while (len > 0) {
		n = pwrite(fd, p, len, (off_t)offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		offset += (size_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Up to size bytes from this offset on; how many there are, or -1. */
ssize_t
read_at(int fd, uint8_t *p, size_t size, size_t offset)
{
	size_t	 got = 0;
	ssize_t	 n;

	while (got < size) {
		n = pread(fd, p + got, size - got, (off_t)(offset + got));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* This state becomes that of the next file; 0 or -1. */
static int
state_write(struct outbox_dir *d, const struct outbox_state *st, int durable)
{
	uint8_t	 buf[STATE_MAX];
	size_t	 len = state_put(buf, st);
	int	 fd, r;

	if ((fd = file_open(d, "state.new", O_WRONLY | O_CREAT)) == -1)
		return -1;
	r = write_at(fd, buf, len, 0);
	if (r == 0)
		r = ftruncate(fd, (off_t)len);
	if (r == 0 && durable)
		r = fsync(fd);
	if (close(fd) == -1 || r == -1)
		return dir_failed(d, "/state.new");
	return 0;
}

/*
 * Save the state, durable: the old one or this, whenever we die.  The next
 * file is there already, so that a full disk has room for it.  0 or -1.
 */
int
dir_save(struct outbox_dir *d, const struct outbox_state *st)
{
	if (state_write(d, st, 1) == -1)
		return -1;
	if (renameat(d->fd, "state.new", d->fd, "state") == -1)
		return dir_failed(d, "/state.new");
	if (dir_sync(d) == -1)
		return -1;
	(void)state_write(d, st, 0);
	return 0;
}

/* The state that was saved.  1: there was one, 0: there is none yet, -1. */
int
dir_load(struct outbox_dir *d, struct outbox_state *st)
{
	uint8_t	 buf[STATE_MAX + 1];
	ssize_t	 n;
	int	 fd;

	if ((fd = file_open(d, "state", O_RDONLY)) == -1)
		return errno == ENOENT ? 0 : -1;
	n = read_at(fd, buf, sizeof(buf), 0);
	close(fd);
	if (n == -1)
		return dir_failed(d, "/state");
	errno = 0;
	if (state_older(buf, (size_t)n))
		return dir_failed(d, "/state is of an older asmp: have that "
		    "send what waits, then use another directory");
	if (state_get(st, buf, (size_t)n) == -1)
		return dir_failed(d, "/state is damaged: what it was about is "
		    "not known any more");
	return 1;
}

/* The segment that begins with this number, by open(2)'s flags; or -1. */
int
dir_segment(struct outbox_dir *d, uint64_t first, int flags)
{
	char	 name[SEGMENT_NAMELEN + 1];
	int	 fd;

	segment_name(name, first);
	if ((fd = file_open(d, name, flags)) == -1)
		return -1;
	if ((flags & O_CREAT) != 0)
		d->newnames = 1;
	return fd;
}

/* The segment goes, with the next dir_sync() for good.  0 or -1. */
int
dir_remove(struct outbox_dir *d, uint64_t first)
{
	char	 name[SEGMENT_NAMELEN + 1];

	segment_name(name, first);
	if (unlinkat(d->fd, name, 0) == -1 && errno != ENOENT)
		return dir_failed(d, "/%s", name);
	d->newnames = 1;
	return 0;
}

/* The bytes of a segment, or -1. */
static off_t
segment_size(struct outbox_dir *d, const char *name)
{
	struct stat	 st;

	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return dir_failed(d, "/%s", name);
	errno = 0;
	if (!S_ISREG(st.st_mode))
		return dir_failed(d, "/%s is not a file", name);
	if (st.st_size > 2 * SEGMENT_MAX)
		return dir_failed(d, "/%s is longer than any that asmp writes",
		    name);
	return st.st_size;
}

/*
 * Calls found with arg, and the number and bytes of each segment, in no
 * order, until it returns other than 0.  That, or -1.
 */
int
dir_scan(struct outbox_dir *d, int (*found)(void *, uint64_t, size_t),
    void *arg)
{
	struct dirent	*de;
	DIR		*dir;
	off_t		 size;
	uint64_t	 first;
	int		 fd, r = 0;

	if ((fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return dir_failed(d, "%s", "");
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return dir_failed(d, "%s", "");
	}
	while (r == 0 && (de = readdir(dir)) != NULL) {
		if ((first = segment_first(de->d_name)) == 0)
			continue;
		if ((size = segment_size(d, de->d_name)) == -1)
			r = -1;
		else
			r = found(arg, first, (size_t)size);
	}
	closedir(dir);
	return r;
}
