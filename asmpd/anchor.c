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
 * The anchor: what the parent remembers where the store cannot write.  How
 * far each log has come, and how often registry rows were changed: whoever
 * cuts off a log's tail or puts an old row back is found by it.
 *
 * The file has two places, written in turn and each with a checksum, so that
 * a power cut in the middle of one leaves the other.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

#define ANCHOR_MAGIC	"asmpd anchor 2\n"	/* 15 bytes and NUL */
#define ANCHOR_PLACE	8192	/* bytes between the two places */
#define AGAIN_SECONDS	1	/* between attempts while the disk refuses */

/* As it lies in the file, in the byte order of the machine. */
struct place {
	char		 magic[16];
	uint64_t	 serial;
	struct anchor	 anchor;
	uint8_t		 sum[ASMP_HASHLEN];
};

_Static_assert(sizeof(struct place) <= ANCHOR_PLACE, "anchor");

static struct anchor	 wanted;	/* what is to be remembered */
static struct place	 now;		/* what is on the disk */
static int		 fd = -1;
static int		 broken;	/* it could not be written last time */
static struct event	 ev_again;

static void
checksum(const struct place *p, uint8_t *sum)
{
	const struct part	 part = { p, offsetof(struct place, sum) };

	sha256_parts(sum, &part, 1);
}

/* Whether a place holds what was written, whole. */
static int
place_read(struct place *p, int n)
{
	uint8_t	 sum[ASMP_HASHLEN];

	if (pread(fd, p, sizeof(*p), n * ANCHOR_PLACE) != sizeof(*p) ||
	    memcmp(p->magic, ANCHOR_MAGIC, sizeof(p->magic)) != 0)
		return -1;
	checksum(p, sum);
	return memcmp(sum, p->sum, sizeof(sum)) == 0 ? 0 : -1;
}

/* The newer of the two places; -1: neither is whole. */
static int
anchor_read(void)
{
	struct place	 p;
	int		 i, found = -1;

	for (i = 0; i < 2; i++)
		if (place_read(&p, i) == 0 &&
		    (found == -1 || p.serial > now.serial)) {
			now = p;
			found = i;
		}
	return found;
}

/*
 * Writes what is wanted under this serial.  One that fails is tried again in
 * the same place: the other has the last that is known to be on the disk.
 */
static int
place_write(uint64_t serial)
{
	struct place	 p;
	ssize_t		 n;

	memset(&p, 0, sizeof(p));
	memcpy(p.magic, ANCHOR_MAGIC, sizeof(p.magic));
	p.serial = serial;
	p.anchor = wanted;
	checksum(&p, p.sum);
	n = pwrite(fd, &p, sizeof(p), serial % 2 * ANCHOR_PLACE);
	if (n != sizeof(p)) {
		if (n != -1)
			errno = ENOSPC;
		return -1;
	}
	if (fdatasync(fd) == -1)
		return -1;
	now = p;
	return 0;
}

/* A file that is new has its name on the disk, too. */
static int
directory_sync(const char *path)
{
	char	 dir[PATH_MAX];
	int	 dirfd, ret;

	strlcpy(dir, path, sizeof(dir));
	dirfd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1)
		return -1;
	ret = fsync(dirfd);
	close(dirfd);
	return ret;
}

/*
 * Room for both, so that a full disk does not matter later.  The first comes
 * first: who is killed in between leaves an anchor that is new.
 */
static int
anchor_make(const char *path)
{
	static const char	 zero[ANCHOR_PLACE];

	return place_write(0) == 0 && pwrite(fd, zero, sizeof(zero),
	    ANCHOR_PLACE) == sizeof(zero) && fdatasync(fd) == 0 ?
	    directory_sync(path) : -1;
}

static int
file_bad(const struct stat *st, const char **why)
{
	*why = !S_ISREG(st->st_mode) ? "is not a file" :
	    st->st_uid != geteuid() ? "must belong to the user that starts "
	    "asmpd" :
	    (st->st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "must not be written "
	    "by others: chmod 600" : NULL;
	return *why != NULL;
}

/*
 * Opens the anchor at path, or makes it.  Returns 0, or -1 with the reason in
 * *why, which an errno explains where that is NULL.
 */
int
anchor_open(const char *path, const char **why)
{
	struct stat	 st;

	*why = NULL;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 || fstat(fd, &st) == -1)
		return -1;
	if (file_bad(&st, why))
		return -1;
	if (st.st_size == 0)
		return anchor_make(path);
	if (anchor_read() != -1) {
		wanted = now.anchor;
		return 0;
	}
	*why = "is damaged; move it away to start without what it knows";
	return -1;
}

/* What was remembered last; all zeros in a new file. */
const struct anchor *
anchor_get(void)
{
	return &wanted;
}

/* Whether nothing was remembered yet. */
int
anchor_isnew(void)
{
	return now.serial == 0;
}

static void
again(int unused, short event, void *arg)
{
	(void)unused;
	(void)event;
	(void)arg;
	(void)anchor_put(&wanted);
}

static void
again_later(void)
{
	struct timeval	 tv = { .tv_sec = AGAIN_SECONDS };

	if (!evtimer_initialized(&ev_again))
		evtimer_set(&ev_again, again, NULL);
	if (!evtimer_pending(&ev_again, NULL) &&
	    evtimer_add(&ev_again, &tv) == -1)
		fatal("evtimer_add");
}

/*
 * Says once that it cannot be written, and once that it is again; what waited
 * for that goes on.
 */
static void
anchor_tell(int error)
{
	int	 was = broken;

	broken = error != 0;
	if (error != 0 && !was)
		log_warnx("anchor %s: %s; nothing is signed and the registry "
		    "takes no changes until it can be written",
		    env->conf->anchor, strerror(error));
	if (error != 0 || !was)
		return;
	log_info("anchor %s: is written again", env->conf->anchor);
	notary_anchored();
}

/*
 * Remembers this durably; returns 0, or -1 with errno.  It is remembered in
 * memory all the same, and tried again until the disk has it.
 */
int
anchor_put(const struct anchor *a)
{
	int	 error = 0;

	if (!broken && now.serial != 0 &&
	    memcmp(&wanted, a, sizeof(*a)) == 0)
		return 0;
	wanted = *a;
	if (place_write(now.serial + 1) == -1)
		error = errno;
	anchor_tell(error);
	if (error != 0)
		again_later();
	errno = error;
	return error == 0 ? 0 : -1;
}
