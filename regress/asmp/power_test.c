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
 * The outbox of asmp(1) under crashes and power cuts at any moment, with a
 * gateway that has got more than it came to say, and with others that use ids
 * while there is no session.  fsync(2) is this file's: it keeps what a power
 * cut would leave.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <atf-c.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outbox.h"

#define BOX		"box"
#define KEPT		"kept"		/* what was synced, by inode */
#define NAMES		64
#define READINGS	15000		/* of one run */
#define SEED		20261130
#define OTHERS		UINT64_MAX	/* no reading of ours */

/* A file under the name that it would have after a power cut. */
struct name {
	char	 name[32];
	char	 key[64];
};

static struct name	 names[NAMES];
static size_t		 nnames;

/* What the gateway got, by id, and what it has decided. */
static uint64_t		 wire[4 * READINGS];
static uint64_t		 sent;
static uint64_t		 last;
static uint64_t		 foreign;	/* ids that others have used since */

static uint64_t		 put;		/* the last number taken */
static int		 safe[READINGS + 1];	/* which are durable */
static unsigned int	 cuts, crashes, rests;

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)random() % n;
}

/* Inodes are used again; with the time of their birth they are not. */
static void
key_of(char *key, size_t size, int dir, const char *name, int flags)
{
	struct statx	 st;

	ATF_REQUIRE(statx(dir, name, flags, STATX_INO | STATX_BTIME,
	    &st) == 0);
	snprintf(key, size, KEPT "/%llu.%lld.%u",
	    (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec,
	    st.stx_btime.tv_nsec);
}

static void
copy(int from, const char *path)
{
	static uint8_t	 buf[2 * 1024 * 1024];
	ssize_t		 n;
	int		 fd;

	ATF_REQUIRE((n = pread(from, buf, sizeof(buf), 0)) != -1);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(write(fd, buf, (size_t)n) == n);
	close(fd);
}

/* A directory's fsync keeps names, and no contents. */
static void
keep_names(int dir)
{
	struct dirent	*de;
	DIR		*d;

	ATF_REQUIRE((d = opendir(BOX)) != NULL);
	for (nnames = 0; (de = readdir(d)) != NULL;) {
		if (de->d_name[0] == '.')
			continue;
		ATF_REQUIRE(nnames < NAMES);
		snprintf(names[nnames].name, sizeof(names[nnames].name),
		    "%.31s", de->d_name);
		key_of(names[nnames].key, sizeof(names[nnames].key), dir,
		    de->d_name, 0);
		nnames++;
	}
	closedir(d);
}

static int
keep(int fd)
{
	struct stat	 st, box;
	char		 key[64], path[32];

	if (fstat(fd, &st) == -1 || stat(BOX, &box) == -1)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		if (st.st_ino == box.st_ino)
			keep_names(fd);
		return 0;
	}
	/* It may be open for writing alone. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((fd = open(path, O_RDONLY)) == -1)
		return -1;
	key_of(key, sizeof(key), fd, "", AT_EMPTY_PATH);
	copy(fd, key);
	close(fd);
	return 0;
}

int
fsync(int fd)
{
	return keep(fd);
}

int
fdatasync(int fd)
{
	return keep(fd);
}

static void
clear(void)
{
	struct dirent	*de;
	char		 path[512];
	DIR		*d;

	ATF_REQUIRE((d = opendir(BOX)) != NULL);
	while ((de = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), BOX "/%s", de->d_name);
		if (de->d_name[0] != '.')
			ATF_REQUIRE(unlink(path) == 0);
	}
	closedir(d);
}

/* Only what was synced is there again. */
static void
power_cut(void)
{
	char	 path[64];
	size_t	 i;
	int	 fd;

	clear();
	for (i = 0; i < nnames; i++) {
		snprintf(path, sizeof(path), BOX "/%.31s", names[i].name);
		if ((fd = open(names[i].key, O_RDONLY)) == -1)
			fd = open("/dev/null", O_RDONLY);
		copy(fd, path);
		close(fd);
		ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
		ATF_REQUIRE_EQ(0, keep(fd));
		close(fd);
	}
	ATF_REQUIRE((fd = open(BOX, O_RDONLY)) != -1);
	keep_names(fd);
	close(fd);
	cuts++;
}

static struct outbox *
box(void)
{
	struct outbox	*ob;
	char		 why[512];

	ob = outbox_open(BOX, "DEV1", "GW1", 64 * OUTBOX_MIN, why,
	    sizeof(why));
	ATF_REQUIRE_MSG(ob != NULL, "%s", why);
	return ob;
}

/* Take some; now and then they are made durable. */
static void
take(struct outbox *ob)
{
	static char	 pad[12000];
	uint32_t	 n = random_below(40);
	uint64_t	 i;

	memset(pad, ' ', sizeof(pad));
	while (n-- > 0 && put < READINGS) {
		put++;
		ATF_REQUIRE_EQ(0, outbox_put(ob, put, 0, pad,
		    1 + random_below(sizeof(pad))));
	}
	if (random_below(2) == 0)
		return;
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	for (i = put; i > 0 && !safe[i]; i--)
		safe[i] = 1;
}

/* Send some; the gateway decides some of what it got, and tells so. */
static void
give(struct outbox *ob)
{
	struct entry	 e;
	uint32_t	 n = random_below(60);

	while (n-- > 0 && outbox_next(ob, &e) == 1) {
		if (random_below(200) == 0) {
			safe[e.time] = -1;
			outbox_drop(ob);
			continue;
		}
		ATF_REQUIRE_EQ(sent + 1, outbox_id(ob));
		wire[++sent] = e.time;
		outbox_sent(ob);
	}
	last += random_below((uint32_t)(sent - last) + 1);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, last));
}

/* A new session: what the gateway got and did not decide is gone. */
static void
connect_again(struct outbox *ob)
{
	struct outbox_news	 news;

	last += random_below((uint32_t)(sent - last) + 1);
	sent = last;
	ATF_REQUIRE_EQ(0, outbox_begin(ob, last, &news));
	ATF_CHECK_EQ(foreign, news.foreign);
	ATF_CHECK_EQ(0, news.doubted);
	ATF_CHECK_EQ(0, news.forgotten);
	foreign = 0;
}

/* No session, and nothing in flight: somebody else sends. */
static void
rest(struct outbox *ob)
{
	uint32_t	 n = 1 + random_below(20);

	last = sent;
	ATF_REQUIRE_EQ(0, outbox_acked(ob, last));
	ATF_REQUIRE_EQ(0, outbox_rest(ob));
	foreign += n;
	rests++;
	while (n-- > 0)
		wire[++sent] = OTHERS;
	last = sent;
}

/* The next crash may come before anything else does. */
static struct outbox *
crash(struct outbox *ob)
{
	uint64_t	 i;

	outbox_free(ob);
	if (random_below(2) == 0)
		power_cut();
	else
		crashes++;
	/* What was not durable may be gone, and is put again as new. */
	for (i = put; i > 0 && !safe[i]; i--)
		safe[i] = -1;
	ob = box();
	connect_again(ob);
	if (random_below(2) == 0)
		give(ob);
	return random_below(3) == 0 ? crash(ob) : ob;
}

static void
check(void)
{
	uint64_t	 before = 0, id, i, n = 0, kept = 0;

	for (id = 1; id <= last; id++) {
		if (wire[id] == OTHERS)
			continue;
		ATF_REQUIRE_MSG(wire[id] > before, "%llu behind %llu",
		    (unsigned long long)wire[id], (unsigned long long)before);
		before = wire[id];
		n += safe[before] == 1;
	}
	for (i = 1; i <= put; i++)
		kept += safe[i] == 1;
	ATF_CHECK_EQ(kept, n);
	printf("%u crashes, %u power cuts, %u times others: %llu of %llu "
	    "durable readings stored, none twice\n", crashes, cuts, rests,
	    (unsigned long long)n, (unsigned long long)kept);
}

ATF_TC(any_moment);
ATF_TC_HEAD(any_moment, tc)
{
	atf_tc_set_md_var(tc, "descr", "what was durable is stored once, "
	    "through crashes, power cuts and lost sessions");
}
ATF_TC_BODY(any_moment, tc)
{
	struct outbox	*ob;

	ATF_REQUIRE(mkdir(KEPT, 0700) == 0);
	srandom(SEED);
	ob = box();
	connect_again(ob);
	while (put < READINGS) {
		take(ob);
		give(ob);
		if (random_below(10) == 0)
			connect_again(ob);
		if (random_below(10) == 0) {
			rest(ob);
			take(ob);
			if (random_below(2) == 0)
				connect_again(ob);
			else
				ob = crash(ob);
		}
		if (random_below(5) == 0)
			ob = crash(ob);
	}
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	for (; put > 0 && !safe[put]; put--)
		safe[put] = 1;
	put = READINGS;
	while (outbox_waiting(ob) != 0)
		give(ob);
	ATF_CHECK_EQ(0, outbox_damaged(ob));
	ATF_REQUIRE_EQ(0, outbox_close(ob));
	outbox_free(ob);
	ATF_CHECK(crashes > 50 && cuts > 50 && rests > 20);
	check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, any_moment);
	return atf_no_error();
}
