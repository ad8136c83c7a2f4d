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
 * Files that fail: those of the database in store, the anchor in the parent.
 * Of the database and its WAL every write since the last
 * sync is kept together with what it has replaced, so that a power cut can
 * leave any mixture of both behind, sector by sector: what a disk may do that
 * was not told to sync.  After a sync that failed Linux takes for clean what
 * it could not write: that is lost unless it is written again.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

#define FILES_MAX	16
#define DATABASE	"asmpd.db"
#define ANCHOR		"asmpd.anchor"

/* A write, or truncation, that is not on the disk yet. */
struct undo {
	struct undo	*next;		/* the one before it */
	off_t		 off;
	size_t		 len;
	size_t		 oldlen;	/* of old; beyond it was the end */
	uint8_t		*lost;		/* bytes that no sync writes, or NULL */
	uint8_t		 old[];
};

struct file {
	char		 path[256];	/* "": not used */
	int		 fd;		/* -1: closed */
	int		 lasts;		/* not the index of the WAL */
	off_t		 size;		/* at the last sync */
	struct undo	*undo;
};

static struct file	 files[FILES_MAX];

static long
sys_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	return syscall(SYS_pwrite64, fd, buf, len, off);
}

static struct file *
file_byfd(int fd)
{
	int	 i;

	if (shim_here() == NULL)
		return NULL;
	for (i = 0; i < FILES_MAX; i++)
		if (files[i].path[0] != '\0' && files[i].fd == fd)
			return &files[i];
	return NULL;
}

static off_t
size_of(int fd)
{
	struct stat	 st;

	return fstat(fd, &st) == -1 ? 0 : st.st_size;
}

static int
file_fails(const char *name)
{
	return strcmp(name, ANCHOR) == 0 ||
	    (strncmp(name, DATABASE, strlen(DATABASE)) == 0 &&
	    strstr(name, ".lock") == NULL);
}

static void
file_opened(const char *path, int fd)
{
	const char	*name = strrchr(path, '/');
	struct file	*f;
	int		 i;

	name = name == NULL ? path : name + 1;
	if (shim_here() == NULL || strlen(path) >= sizeof(f->path) ||
	    !file_fails(name))
		return;
	for (i = 0; i < FILES_MAX; i++)
		if (strcmp(files[i].path, path) == 0 ||
		    files[i].path[0] == '\0')
			break;
	if (i == FILES_MAX)
		return;
	f = &files[i];
	f->fd = fd;
	f->lasts = strstr(name, "-shm") == NULL;
	if (f->undo == NULL)
		f->size = size_of(fd);
	memcpy(f->path, path, strlen(path) + 1);
}

/* Forgets what is on the disk: not what is lost, unless that does not last. */
static void
undo_free(struct file *f, int all)
{
	struct undo	**at = &f->undo, *u;

	while ((u = *at) != NULL) {
		if (u->lost != NULL && !all) {
			at = &u->next;
			continue;
		}
		*at = u->next;
		free(u->lost);
		free(u);
	}
}

/* A sync has failed: another one does not write it. */
static void
undo_lose(struct file *f)
{
	struct undo	*u;

	for (u = f->undo; u != NULL; u = u->next)
		if (u->lost == NULL && (u->lost = malloc(u->len)) != NULL)
			memset(u->lost, 1, u->len);
}

/* What was lost is written again: what the disk has is older than it. */
static void
undo_again(struct file *f, struct undo *new)
{
	struct undo	*u;
	off_t		 at, end;

	for (u = f->undo; u != NULL; u = u->next) {
		at = u->off > new->off ? u->off : new->off;
		end = new->off + (off_t)new->len;
		if (end > u->off + (off_t)u->len)
			end = u->off + (off_t)u->len;
		for (; u->lost != NULL && at < end; at++) {
			if (!u->lost[at - u->off])
				continue;
			new->old[at - new->off] = u->old[at - u->off];
			u->lost[at - u->off] = 0;
		}
	}
}

/* A power cut, and what was lost is not there. */
static void
undo_lost(struct file *f)
{
	struct undo	*u;
	size_t		 i;

	for (u = f->undo; u != NULL; u = u->next)
		for (i = 0; u->lost != NULL && i < u->len; i++)
			if (u->lost[i])
				(void)sys_pwrite(f->fd, &u->old[i], 1,
				    u->off + (off_t)i);
}

/* Keeps what len bytes at off are about to replace. */
static void
undo_keep(struct file *f, off_t off, size_t len)
{
	struct undo	*u;
	ssize_t		 n;

	if (!f->lasts || (u = malloc(sizeof(*u) + len)) == NULL)
		return;
	n = syscall(SYS_pread64, f->fd, u->old, len, off);
	u->off = off;
	u->len = len;
	u->oldlen = n > 0 ? n : 0;
	memset(u->old + u->oldlen, 0, len - u->oldlen);
	u->lost = NULL;
	undo_again(f, u);
	u->next = f->undo;
	f->undo = u;
}

static int
was_settled(uint8_t *bits, size_t n, off_t sector)
{
	if ((size_t)sector / 8 >= n)
		return 0;
	return bits[sector / 8] >> sector % 8 & 1;
}

/*
 * Of each write, the newest first, all is on the disk, or nothing, or some
 * sectors are; where one is, older ones are as well.
 */
static void
undo_one(struct file *f, const struct undo *u, uint8_t *bits, size_t nbits)
{
	off_t	 sector, from, to, end = u->off + (off_t)u->len;
	int	 how = shim_random() % 3, undo;

	for (sector = u->off / SHIM_SECTOR; sector * SHIM_SECTOR < end;
	    sector++) {
		undo = how == 0 || (how == 1 && shim_random() % 2);
		if (was_settled(bits, nbits, sector))
			continue;
		if (!undo) {
			bits[sector / 8] |= 1 << sector % 8;
			continue;
		}
		from = sector * SHIM_SECTOR;
		to = from + SHIM_SECTOR;
		from = from < u->off ? u->off : from;
		to = to > end ? end : to;
		(void)sys_pwrite(f->fd, u->old + (from - u->off), to - from,
		    from);
		atomic_fetch_add(&shim_here()->undone, 1);
	}
}

/* A file may have its old size, as far as nothing beyond it was kept. */
static void
undo_size(struct file *f, const uint8_t *bits, size_t nbits)
{
	off_t	 keep = f->size;
	size_t	 i;

	for (i = 0; i < nbits * 8; i++)
		if ((bits[i / 8] >> i % 8 & 1) != 0 &&
		    (off_t)(i + 1) * SHIM_SECTOR > keep)
			keep = (off_t)(i + 1) * SHIM_SECTOR;
	if (keep < size_of(f->fd) && shim_random() % 2)
		(void)syscall(SYS_ftruncate, f->fd, keep);
}

static void
power_cut(void)
{
	struct undo	*u;
	struct file	*f;
	uint8_t		*bits;
	size_t		 nbits;
	int		 i;

	for (i = 0; i < FILES_MAX; i++) {
		f = &files[i];
		if (f->undo == NULL || f->fd == -1)
			continue;
		nbits = 0;
		for (u = f->undo; u != NULL; u = u->next)
			if (((size_t)u->off + u->len) / SHIM_SECTOR / 8 + 1 >
			    nbits)
				nbits = ((size_t)u->off + u->len) /
				    SHIM_SECTOR / 8 + 1;
		if ((bits = calloc(1, nbits)) == NULL)
			continue;
		for (u = f->undo; u != NULL; u = u->next)
			if (u->lost == NULL)
				undo_one(f, u, bits, nbits);
		undo_lost(f);
		undo_size(f, bits, nbits);
		free(bits);
	}
}

/*
 * What happens instead of a write of len bytes, or a sync (buf NULL): -1 with
 * the error, if the process lives.
 */
static int
fail(struct file *f, const void *buf, size_t len, off_t off)
{
	int	 how = shim_here()->how;

	if (how == SHIM_HALF || how == SHIM_TEAR)
		len /= 2;
	if (how == SHIM_LOSE && buf == NULL)
		undo_lose(f);
	if (how != SHIM_ERROR && how != SHIM_LOSE && buf != NULL) {
		undo_keep(f, off, len);
		(void)sys_pwrite(f->fd, buf, len, off);
	}
	if (how == SHIM_POWER)
		power_cut();
	if (how == SHIM_POWER || how == SHIM_TEAR)
		shim_die();
	errno = shim_here()->error;
	return -1;
}

int
open64(const char *path, int flags, ...)
{
	va_list	 ap;
	mode_t	 mode = 0;
	int	 fd;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd != -1)
		file_opened(path, fd);
	return fd;
}

/* asmpd's own calls are these; SQLite's are those above and below. */
int	open(const char *, int, ...) __attribute__((__alias__("open64")));
ssize_t	pread(int, void *, size_t, off_t)
	    __attribute__((__alias__("pread64")));
ssize_t	pwrite(int, const void *, size_t, off_t)
	    __attribute__((__alias__("pwrite64")));

int
close(int fd)
{
	struct file	*f = file_byfd(fd);

	if (f != NULL)
		f->fd = -1;
	return syscall(SYS_close, fd);
}

ssize_t
pread64(int fd, void *buf, size_t len, off64_t off)
{
	if (file_byfd(fd) != NULL && shim_due(SHIM_READ)) {
		errno = shim_here()->error;
		return -1;
	}
	return syscall(SYS_pread64, fd, buf, len, off);
}

ssize_t
pwrite64(int fd, const void *buf, size_t len, off64_t off)
{
	struct file	*f = file_byfd(fd);

	if (f == NULL)
		return sys_pwrite(fd, buf, len, off);
	if (shim_due(SHIM_WRITE))
		return fail(f, buf, len, off);
	undo_keep(f, off, len);
	return sys_pwrite(fd, buf, len, off);
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	struct file	*f = file_byfd(fd);

	if (f != NULL && shim_due(SHIM_WRITE))
		return fail(f, buf, len, lseek(fd, 0, SEEK_CUR));
	if (f != NULL)
		undo_keep(f, lseek(fd, 0, SEEK_CUR), len);
	return syscall(SYS_write, fd, buf, len);
}

static int
sync_file(int fd, long number)
{
	struct file	*f = file_byfd(fd);
	int		 ret;

	if (f != NULL && shim_due(SHIM_SYNC))
		return fail(f, NULL, 0, 0);
	if ((ret = syscall(number, fd)) == 0 && f != NULL) {
		undo_free(f, 0);
		f->size = size_of(fd);
	}
	return ret;
}

int
fsync(int fd)
{
	return sync_file(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return sync_file(fd, SYS_fdatasync);
}

int
ftruncate64(int fd, off64_t size)
{
	struct file	*f = file_byfd(fd);
	off_t		 now;

	if (f != NULL && shim_due(SHIM_TRUNCATE))
		return fail(f, NULL, 0, 0);
	if (f != NULL && (now = size_of(fd)) > size)
		undo_keep(f, size, now - size);
	return syscall(SYS_ftruncate, fd, size);
}

/* SQLite removes a WAL only after all of it is in the database, synced. */
int
unlink(const char *path)
{
	int	 i;

	for (i = 0; shim_here() != NULL && i < FILES_MAX; i++)
		if (strcmp(files[i].path, path) == 0)
			undo_free(&files[i], 1);
	return syscall(SYS_unlink, path);
}
