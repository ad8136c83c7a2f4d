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


/* The outbox of asmp(1), and what is left of it after a crash. */

#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outbox.h"

#define BOX	"box"
#define FIRST	BOX "/0000000000000001"
#define LIMIT	(64 * OUTBOX_MIN)
#define N	3		/* entries of the small ones, JSON of 7 to 9 */

static const char *const	json[N] = { "{\"a\":1}", "{\"b\":22}",
				    "{\"c\":333}" };
static char			why[512];

static struct outbox *
box_of(const char *device, const char *gateway)
{
	return outbox_open(BOX, device, gateway, LIMIT, why, sizeof(why));
}

static struct outbox *
box(void)
{
	struct outbox	*ob = box_of("DEV1", "GW1");

	ATF_REQUIRE_MSG(ob != NULL, "%s", why);
	return ob;
}

static void
put(struct outbox *ob, const char *text)
{
	ATF_REQUIRE_EQ(0, outbox_put(ob, 1000, 7, text, strlen(text)));
}

/* A session whose last id is this one, and which tells no news. */
static void
begin(struct outbox *ob, uint64_t last)
{
	struct outbox_news	 news;

	ATF_REQUIRE_EQ_MSG(0, outbox_begin(ob, last, &news), "%s",
	    outbox_error(ob));
	ATF_CHECK_EQ(0, news.forgotten);
	ATF_CHECK_EQ(0, news.foreign);
}

/* The next to be sent is this one, with this id. */
static void
sends(struct outbox *ob, const char *text, uint64_t id)
{
	struct entry	 e;

	ATF_REQUIRE_EQ_MSG(1, outbox_next(ob, &e), "%s", text);
	ATF_CHECK_EQ_MSG(strlen(text), e.len, "%s", text);
	ATF_CHECK_MSG(memcmp(text, e.json, e.len) == 0, "%.*s", (int)e.len,
	    e.json);
	ATF_CHECK_EQ(id, outbox_id(ob));
	outbox_sent(ob);
}

static void
sends_none(struct outbox *ob)
{
	struct entry	 e;

	ATF_CHECK_EQ(0, outbox_next(ob, &e));
}

/* The same directory again, as after kill -9. */
static struct outbox *
crashed(struct outbox *ob)
{
	outbox_free(ob);
	return box();
}

static size_t
file_read(const char *path, uint8_t *buf, size_t size)
{
	ssize_t	 n;
	int	 fd;

	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE((n = read(fd, buf, size)) != -1);
	close(fd);
	return (size_t)n;
}

static void
file_write(const char *path, const uint8_t *buf, size_t len)
{
	int	 fd;

	ATF_REQUIRE((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC,
	    0600)) != -1);
	ATF_REQUIRE(write(fd, buf, len) == (ssize_t)len);
	close(fd);
}

static void
file_remove(const char *name)
{
	char	 path[512];

	snprintf(path, sizeof(path), BOX "/%s", name);
	ATF_REQUIRE(unlink(path) == 0);
}

/* Nothing but the lock and the segments, or all of it. */
static size_t
files(int remove)
{
	struct dirent	*de;
	size_t		 n = 0;
	DIR		*dir;

	ATF_REQUIRE((dir = opendir(BOX)) != NULL);
	while ((de = readdir(dir)) != NULL) {
		n += segment_first(de->d_name) != 0;
		if (remove && de->d_name[0] != '.')
			file_remove(de->d_name);
	}
	closedir(dir);
	return n;
}

/* An outbox with N entries, of which nothing was sent; its one segment. */
static size_t
small(uint8_t *buf, size_t size)
{
	struct outbox	*ob = box();
	size_t		 i;

	for (i = 0; i < N; i++)
		put(ob, json[i]);
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	outbox_free(ob);
	return file_read(FIRST, buf, size);
}

ATF_TC_WITHOUT_HEAD(takes_and_gives);
ATF_TC_BODY(takes_and_gives, tc)
{
	struct outbox	*ob = box();
	struct entry	 e;

	put(ob, json[0]);
	put(ob, json[1]);
	begin(ob, 40);
	sends_none(ob);
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
	ATF_CHECK_EQ(1000, e.time);
	ATF_CHECK_EQ(7, e.line);
	ATF_CHECK(outbox_own(ob, &e));
	sends(ob, json[0], 41);
	sends(ob, json[1], 42);
	sends_none(ob);
	ATF_CHECK_EQ(2, outbox_waiting(ob));
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 42));
	ATF_CHECK_EQ(0, outbox_waiting(ob));
	ATF_REQUIRE_EQ(0, outbox_close(ob));
	outbox_free(ob);
	ATF_CHECK_EQ(0, files(0));
	/* Numbers go on, though no segment tells. */
	ob = box();
	put(ob, json[2]);
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	begin(ob, 42);
	ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
	ATF_CHECK_EQ(3, e.seq);
	sends(ob, json[2], 43);
	outbox_free(ob);
	ob = box();
	begin(ob, 42);
	ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
	ATF_CHECK(!outbox_own(ob, &e));
	outbox_free(ob);
}

/* Sent are all, decided those up to the last id of the next session. */
ATF_TC_WITHOUT_HEAD(last_id_settles);
ATF_TC_BODY(last_id_settles, tc)
{
	struct outbox_news	 news;
	struct outbox		*ob;
	uint64_t		 last;
	uint8_t			 buf[512];
	size_t			 i, len = small(buf, sizeof(buf));

	for (last = 40; last <= 40 + N; last++) {
		files(1);
		(void)small(buf, sizeof(buf));
		ob = box();
		begin(ob, 40);
		for (i = 0; i < N; i++)
			sends(ob, json[i], 41 + i);
		ob = crashed(ob);
		ATF_CHECK_EQ(N, outbox_waiting(ob));
		/* What was put since has nothing to do with it. */
		put(ob, "{}");
		ATF_REQUIRE_EQ(0, outbox_sync(ob));
		ATF_REQUIRE_EQ(0, outbox_begin(ob, last, &news));
		ATF_CHECK_EQ(last - 40, news.decided);
		ATF_CHECK_EQ(0, news.foreign);
		for (i = last - 40; i < N; i++)
			sends(ob, json[i], 41 + i);
		sends(ob, "{}", 41 + N);
		sends_none(ob);
		outbox_free(ob);
		ATF_CHECK_EQ(len + ENTRY_HDR + 2, file_read(FIRST, buf,
		    sizeof(buf)));
	}
}

/* Others used ids: what is in doubt is sent again, and said. */
ATF_TC_WITHOUT_HEAD(foreign_ids);
ATF_TC_BODY(foreign_ids, tc)
{
	struct outbox_news	 news;
	struct outbox		*ob;
	uint8_t			 buf[512];

	(void)small(buf, sizeof(buf));
	ob = box();
	begin(ob, 0);
	sends(ob, json[0], 1);
	ob = crashed(ob);
	put(ob, "{}");
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	ATF_REQUIRE_EQ(0, outbox_begin(ob, N + 1, &news));
	ATF_CHECK_EQ(1, news.foreign);
	ATF_CHECK_EQ(N, news.doubted);
	ATF_CHECK_EQ(0, news.decided);
	sends(ob, json[0], N + 2);
	outbox_free(ob);
}

/* As begin(), but others have used so many ids, and so many are in doubt. */
static void
begin_foreign(struct outbox *ob, uint64_t last, uint64_t foreign,
    uint64_t doubted)
{
	struct outbox_news	 news;

	ATF_REQUIRE_EQ(0, outbox_begin(ob, last, &news));
	ATF_CHECK_EQ(foreign, news.foreign);
	ATF_CHECK_EQ(doubted, news.doubted);
	ATF_CHECK_EQ(0, news.decided);
	ATF_CHECK_EQ(0, news.forgotten);
}

static struct outbox *
closed(struct outbox *ob)
{
	ATF_REQUIRE_EQ(0, outbox_close(ob));
	outbox_free(ob);
	return box();
}

/* An outbox in a session, whose first entry, of id 41, is decided. */
static struct outbox *
one_decided(void)
{
	struct outbox	*ob;

	outbox_free(box());
	files(1);
	ob = box();
	put(ob, "{}");
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	begin(ob, 40);
	sends(ob, "{}", 41);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 41));
	return ob;
}

static void
put_all(struct outbox *ob)
{
	size_t	 i;

	for (i = 0; i < N; i++)
		put(ob, json[i]);
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
}

static void
sends_all(struct outbox *ob, uint64_t id)
{
	size_t	 i;

	for (i = 0; i < N; i++)
		sends(ob, json[i], id + i);
	sends_none(ob);
	outbox_free(ob);
}

ATF_TC(never_sent);
ATF_TC_HEAD(never_sent, tc)
{
	atf_tc_set_md_var(tc, "descr", "ids that others used decide nothing "
	    "that was never sent, however few they are");
}
ATF_TC_BODY(never_sent, tc)
{
	struct outbox	*ob;
	uint64_t	 n;

	for (n = 1; n <= N + 1; n++) {
		/* After an end in good order. */
		ob = closed(one_decided());
		put_all(ob);
		ob = closed(ob);
		begin_foreign(ob, 41 + n, n, 0);
		sends_all(ob, 42 + n);
		/* After a crash the one that was sent is in doubt, too. */
		ob = crashed(one_decided());
		put_all(ob);
		ob = crashed(ob);
		begin_foreign(ob, 41 + n, n, 1);
		sends(ob, "{}", 42 + n);
		sends_all(ob, 43 + n);
	}
}

/* The same when we die while there is no session. */
ATF_TC_WITHOUT_HEAD(never_sent_at_rest);
ATF_TC_BODY(never_sent_at_rest, tc)
{
	struct outbox	*ob = one_decided();

	ATF_REQUIRE_EQ(0, outbox_rest(ob));
	put_all(ob);
	ob = crashed(ob);
	begin_foreign(ob, 42, 1, 0);
	sends_all(ob, 43);
}

/* A last id that nothing comes up to, from a gateway in other hands. */
ATF_TC_WITHOUT_HEAD(high_last_id);
ATF_TC_BODY(high_last_id, tc)
{
	const uint64_t	 last = UINT64_MAX - 100;
	struct outbox	*ob = closed(one_decided());

	put_all(ob);
	begin_foreign(ob, last, last - 41, 0);
	sends_all(ob, last + 1);
}

/* That an entry may have been sent is on the disk when it is handed out. */
ATF_TC_WITHOUT_HEAD(noted_before_sent);
ATF_TC_BODY(noted_before_sent, tc)
{
	struct outbox_state	 st;
	struct outbox		*ob = one_decided();
	struct entry		 e;
	uint8_t			 buf[512];
	uint64_t		 i, n = 40000;

	for (i = 0; i < n; i++)
		put(ob, "{}");
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
		ATF_REQUIRE_EQ(0, state_get(&st, buf, file_read(BOX "/state",
		    buf, sizeof(buf))));
		ATF_REQUIRE(st.sent > e.seq);
		outbox_sent(ob);
	}
	ATF_REQUIRE_EQ(0, outbox_close(ob));
	ATF_REQUIRE_EQ(0, state_get(&st, buf, file_read(BOX "/state", buf,
	    sizeof(buf))));
	ATF_CHECK_EQ(e.seq + 1, st.sent);
	outbox_free(ob);
}

/* One of before that was noted cannot tell, and is not guessed at. */
ATF_TC_WITHOUT_HEAD(older_format);
ATF_TC_BODY(older_format, tc)
{
	uint8_t	 buf[512];
	size_t	 len;

	(void)small(buf, sizeof(buf));
	len = file_read(BOX "/state", buf, sizeof(buf));
	memcpy(buf, "asmpbox1", 8);
	file_write(BOX "/state", buf, len);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box/state is of an older asmp: have that send what "
	    "waits, then use another directory", why);
}

/* A gateway that was set back gets again what is still there. */
ATF_TC_WITHOUT_HEAD(forgotten_ids);
ATF_TC_BODY(forgotten_ids, tc)
{
	struct outbox_news	 news;
	struct outbox		*ob;
	uint8_t			 buf[512];

	(void)small(buf, sizeof(buf));
	ob = box();
	begin(ob, 40);
	sends(ob, json[0], 41);
	sends(ob, json[1], 42);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 42));
	ATF_REQUIRE_EQ(0, outbox_begin(ob, 41, &news));
	ATF_CHECK_EQ(1, news.forgotten);
	sends(ob, json[1], 42);
	ATF_REQUIRE_EQ(0, outbox_begin(ob, 0, &news));
	ATF_CHECK_EQ(1, news.forgotten);
	sends(ob, json[0], 1);
	sends(ob, json[1], 2);
	ob = crashed(ob);
	begin(ob, 1);
	sends(ob, json[1], 2);
	sends(ob, json[2], 3);
	outbox_free(ob);
}

ATF_TC_WITHOUT_HEAD(dropped_entry_has_no_id);
ATF_TC_BODY(dropped_entry_has_no_id, tc)
{
	struct outbox	*ob;
	struct entry	 e;
	uint8_t		 buf[512];

	(void)small(buf, sizeof(buf));
	ob = box();
	begin(ob, 40);
	sends(ob, json[0], 41);
	ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
	outbox_drop(ob);
	/* Which id the third has is noted once the first is decided. */
	sends_none(ob);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 41));
	sends(ob, json[2], 42);
	ob = crashed(ob);
	begin(ob, 41);
	sends(ob, json[2], 42);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 42));
	put(ob, json[0]);
	put(ob, json[1]);
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
	outbox_drop(ob);
	ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
	outbox_drop(ob);
	sends_none(ob);
	ATF_CHECK_EQ(0, outbox_waiting(ob));
	ATF_CHECK_EQ(0, outbox_damaged(ob));
	outbox_free(ob);
}

/* Ends of the entries in the segment of small(). */
static size_t
whole(const uint8_t *buf, size_t len, size_t *end)
{
	struct entry	 e;
	size_t		 n, step;

	*end = 0;
	for (n = 0; (step = entry_get(&e, buf + *end, len - *end)) != 0; n++)
		*end += step;
	return n;
}

ATF_TC(torn_at_every_byte);
ATF_TC_HEAD(torn_at_every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr", "what is whole is sent, what is not "
	    "is cut, and what comes then is no worse for it");
}
ATF_TC_BODY(torn_at_every_byte, tc)
{
	struct outbox	*ob;
	uint8_t		 buf[512], now[512];
	size_t		 cut, end, i, len, n;

	len = small(buf, sizeof(buf));
	for (cut = 0; cut <= len; cut++) {
		files(1);
		(void)small(now, sizeof(now));
		file_write(FIRST, buf, cut);
		n = whole(buf, cut, &end);
		ob = box();
		ATF_CHECK_EQ(cut - end, outbox_cut(ob));
		ATF_CHECK_EQ(n, outbox_waiting(ob));
		/* None of it was sent: its numbers are free. */
		ATF_CHECK_EQ(end, file_read(FIRST, now, sizeof(now)));
		put(ob, "{}");
		ATF_REQUIRE_EQ(0, outbox_sync(ob));
		ATF_CHECK_EQ(n + 1, outbox_waiting(ob));
		begin(ob, 40);
		for (i = 0; i < n; i++)
			sends(ob, json[i], 41 + i);
		ATF_REQUIRE_EQ(0, outbox_acked(ob, 40 + n));
		sends(ob, "{}", 41 + n);
		sends_none(ob);
		ATF_CHECK_EQ(0, outbox_damaged(ob));
		ATF_REQUIRE_EQ(0, outbox_acked(ob, 41 + n));
		ATF_CHECK_EQ(0, outbox_waiting(ob));
		outbox_free(ob);
	}
}

/* What was cut was said, and is no damage to who comes later. */
ATF_TC_WITHOUT_HEAD(torn_and_torn_again);
ATF_TC_BODY(torn_and_torn_again, tc)
{
	struct outbox	*ob;
	uint8_t		 buf[512];
	size_t		 i, len = small(buf, sizeof(buf));

	file_write(FIRST, buf, len - 1);
	for (i = 0; i < 2; i++) {
		ob = box();
		ATF_CHECK(outbox_cut(ob) != 0);
		put(ob, json[0]);
		ATF_REQUIRE_EQ(0, outbox_sync(ob));
		put(ob, json[1]);
		ATF_REQUIRE_EQ(0, outbox_sync(ob));
		outbox_free(ob);
		len = file_read(FIRST, buf, sizeof(buf));
		file_write(FIRST, buf, len - 1);
	}
	ob = box();
	begin(ob, 40);
	sends(ob, json[0], 41);
	sends(ob, json[1], 42);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 42));
	for (i = 43; i < 45; i++) {
		sends(ob, json[0], i);
		ATF_REQUIRE_EQ(0, outbox_acked(ob, i));
	}
	sends_none(ob);
	ATF_CHECK_EQ(0, outbox_waiting(ob));
	ATF_CHECK_EQ(0, outbox_damaged(ob));
	outbox_free(ob);
}

/* The last entry was sent and decided, and then the disk lost it. */
ATF_TC_WITHOUT_HEAD(no_number_twice);
ATF_TC_BODY(no_number_twice, tc)
{
	struct outbox	*ob;
	uint8_t		 buf[512];
	size_t		 i, len = small(buf, sizeof(buf));

	ob = box();
	begin(ob, 40);
	for (i = 0; i < N; i++)
		sends(ob, json[i], 41 + i);
	outbox_free(ob);
	file_write(FIRST, buf, len - 1);
	/* What stands for it is no reading that waits, now or later. */
	ob = box();
	ATF_CHECK_EQ(N - 1, outbox_waiting(ob));
	ob = crashed(ob);
	ATF_CHECK_EQ(N - 1, outbox_waiting(ob));
	put(ob, "{}");
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	ATF_CHECK_EQ(N, outbox_waiting(ob));
	begin(ob, 40 + N);
	sends(ob, "{}", 41 + N);
	sends_none(ob);
	outbox_free(ob);
}

/* One entry is changed: it is missed, the others keep their order. */
static void
flipped(size_t bad)
{
	struct outbox	*ob = box();
	uint64_t	 id = 41;
	size_t		 i;

	begin(ob, 40);
	for (i = 0; i < N; i++) {
		if (i == bad)
			continue;
		sends(ob, json[i], id);
		ATF_REQUIRE_EQ(0, outbox_acked(ob, id++));
	}
	sends_none(ob);
	ATF_CHECK_EQ(0, outbox_waiting(ob));
	ATF_CHECK_EQ(bad == N - 1 ? 0 : 1, outbox_damaged(ob));
	ATF_CHECK_EQ(bad == N - 1, outbox_cut(ob) != 0);
	outbox_free(ob);
}

ATF_TC(flipped_bits);
ATF_TC_HEAD(flipped_bits, tc)
{
	atf_tc_set_md_var(tc, "descr", "a changed entry is found, and only "
	    "that one is lost");
}
ATF_TC_BODY(flipped_bits, tc)
{
	struct entry	 e;
	uint8_t		 buf[512], now[512];
	size_t		 bad = 0, bit, end = 0, i, len;

	len = small(buf, sizeof(buf));
	for (bit = 0; bit < len * 8; bit++) {
		if (bit == end * 8) {
			bad = end == 0 ? 0 : bad + 1;
			end += ENTRY_HDR + strlen(json[bad]);
		}
		buf[bit / 8] ^= 1 << bit % 8;
		i = end - ENTRY_HDR - strlen(json[bad]);
		ATF_CHECK_EQ(0, entry_get(&e, buf + i, len - i));
		/* One bit of each byte for what takes longer. */
		if (bit % 8 == bit / 8 % 8) {
			files(1);
			(void)small(now, sizeof(now));
			file_write(FIRST, buf, len);
			flipped(bad);
		}
		buf[bit / 8] ^= 1 << bit % 8;
	}
}

/* These two of N are sent, and that something is lost is told. */
static void
two_left(const char *first, const char *second)
{
	struct outbox	*ob = box();

	begin(ob, 40);
	sends(ob, first, 41);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 41));
	sends(ob, second, 42);
	ATF_REQUIRE_EQ(0, outbox_acked(ob, 42));
	sends_none(ob);
	ATF_CHECK(outbox_damaged(ob) != 0 || outbox_cut(ob) != 0);
	outbox_free(ob);
}

ATF_TC(edited);
ATF_TC_HEAD(edited, tc)
{
	atf_tc_set_md_var(tc, "descr", "entries that are good by themselves, "
	    "but not where they are");
}
ATF_TC_BODY(edited, tc)
{
	struct entry	 e = { .json = "{}", .len = 2 };
	uint8_t		 buf[512], now[512];
	size_t		 at[N + 1] = { 0 }, i, len;

	len = small(buf, sizeof(buf));
	for (i = 0; i < N; i++)
		at[i + 1] = at[i] + ENTRY_HDR + strlen(json[i]);
	/* The first is taken out, then the second. */
	file_write(FIRST, buf + at[1], len - at[1]);
	two_left(json[1], json[2]);
	files(1);
	(void)small(buf, sizeof(buf));
	memcpy(now, buf, at[1]);
	memcpy(now + at[1], buf + at[2], len - at[2]);
	file_write(FIRST, now, len - (at[2] - at[1]));
	two_left(json[0], json[2]);
	/* The first stands behind the second. */
	files(1);
	(void)small(buf, sizeof(buf));
	memcpy(now, buf + at[1], at[2] - at[1]);
	memcpy(now + (at[2] - at[1]), buf, at[1]);
	memcpy(now + at[2], buf + at[2], len - at[2]);
	file_write(FIRST, now, len);
	two_left(json[1], json[2]);
	/* The last one has a number that cannot be. */
	files(1);
	(void)small(buf, sizeof(buf));
	e.seq = UINT64_MAX;
	file_write(FIRST, buf, at[2] + entry_put(buf + at[2], &e));
	two_left(json[0], json[1]);
}

/* A segment of many that is shorter by whole entries, or gone. */
static void
segment_gone(uint64_t which, size_t left, uint64_t gap)
{
	static uint8_t	 buf[2 * 1024 * 1024];
	char		 path[512], name[SEGMENT_NAMELEN + 1];
	struct outbox	*ob;
	struct entry	 e;
	uint64_t	 i, n = 0;

	outbox_free(box());
	files(1);
	ob = box();
	for (i = 1; i <= 60000; i++)
		ATF_REQUIRE_EQ(0, outbox_put(ob, i, i, "{\"n\":1}", 7));
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	outbox_free(ob);
	segment_name(name, which);
	snprintf(path, sizeof(path), BOX "/%s", name);
	(void)file_read(path, buf, sizeof(buf));
	if (left == 0)
		file_remove(name);
	else
		file_write(path, buf, left);
	ob = box();
	begin(ob, 0);
	while (outbox_next(ob, &e) == 1) {
		n++;
		ATF_CHECK_EQ(n, outbox_id(ob));
		outbox_sent(ob);
		ATF_REQUIRE_EQ(0, outbox_acked(ob, n));
	}
	ATF_CHECK_EQ(60000 - gap, n);
	ATF_CHECK_EQ(1, outbox_damaged(ob));
	ATF_CHECK_EQ(0, outbox_waiting(ob));
	outbox_free(ob);
}

ATF_TC(segments_missing);
ATF_TC_HEAD(segments_missing, tc)
{
	atf_tc_set_md_var(tc, "descr", "what was taken out between two that "
	    "are there, or before all of them, is told as lost");
}
ATF_TC_BODY(segments_missing, tc)
{
	const size_t	 each = 1024 * 1024 / (ENTRY_HDR + 7);

	segment_gone(1, 0, each);
	segment_gone(1, (ENTRY_HDR + 7) * 10, each - 10);
	segment_gone(1 + each, 0, each);
	segment_gone(1 + each, (ENTRY_HDR + 7) * 10, each - 10);
}

/* What is not a file of ours is named, and not waited for. */
ATF_TC_WITHOUT_HEAD(other_files);
ATF_TC_BODY(other_files, tc)
{
	static const char *const	 names[] = { "lock", "state",
					    "state.new", "0000000000000001" };
	char				 path[64], want[128];
	uint8_t				 buf[512];
	size_t				 i;

	(void)small(buf, sizeof(buf));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), BOX "/%s", names[i]);
		ATF_REQUIRE(rename(path, "kept") == 0);
		ATF_REQUIRE(mkdir(path, 0700) == 0);
		ATF_CHECK(i == 2 || box_of("DEV1", "GW1") == NULL);
		ATF_REQUIRE(rmdir(path) == 0);
		ATF_REQUIRE(mkfifo(path, 0600) == 0);
		snprintf(want, sizeof(want), "%s is not a file", path);
		if (i != 2) {
			ATF_CHECK(box_of("DEV1", "GW1") == NULL);
			ATF_CHECK_STREQ(want, why);
		}
		ATF_REQUIRE(unlink(path) == 0);
		ATF_REQUIRE(rename("kept", path) == 0);
	}
	ATF_REQUIRE(truncate(FIRST, (off_t)1 << 40) == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ(FIRST " is longer than any that asmp writes", why);
}

ATF_TC(files_of_others);
ATF_TC_HEAD(files_of_others, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(files_of_others, tc)
{
	uint8_t	 buf[512];

	(void)small(buf, sizeof(buf));
	ATF_REQUIRE(chown(BOX "/state", 1, 1) == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ(BOX "/state belongs to somebody else", why);
	ATF_REQUIRE(chown(BOX "/state", 0, 0) == 0);
	ATF_REQUIRE(chown(FIRST, 1, 1) == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ(FIRST " belongs to somebody else", why);
}

ATF_TC_WITHOUT_HEAD(state_is_checked);
ATF_TC_BODY(state_is_checked, tc)
{
	struct outbox_state	 st;
	uint8_t			 buf[512];
	size_t			 i, len;

	(void)small(buf, sizeof(buf));
	len = file_read(BOX "/state", buf, sizeof(buf));
	ATF_REQUIRE_EQ(0, state_get(&st, buf, len));
	ATF_CHECK_STREQ("DEV1", st.device);
	ATF_CHECK_STREQ("GW1", st.gateway);
	for (i = 0; i < len; i++)
		ATF_CHECK_EQ(-1, state_get(&st, buf, i));
	for (i = 0; i < len * 8; i++) {
		buf[i / 8] ^= 1 << i % 8;
		ATF_CHECK_EQ(-1, state_get(&st, buf, len));
		buf[i / 8] ^= 1 << i % 8;
	}
	file_write(BOX "/state", buf, len - 1);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box/state is damaged: what it was about is not "
	    "known any more", why);
	file_remove("state");
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box/state is missing: whose readings these are is "
	    "not known", why);
}

ATF_TC_WITHOUT_HEAD(belongs_to_one_device);
ATF_TC_BODY(belongs_to_one_device, tc)
{
	outbox_free(box());
	ATF_CHECK(box_of("DEV2", "GW1") == NULL);
	ATF_CHECK_STREQ("box is the outbox of device DEV1 for gateway GW1, "
	    "not of DEV2 for GW1", why);
	ATF_CHECK(box_of("DEV1", "GW2") == NULL);
	ATF_CHECK_STREQ("box is the outbox of device DEV1 for gateway GW1, "
	    "not of DEV1 for GW2", why);
}

/* A process that has it, until it is killed. */
static pid_t
holder(void)
{
	int	 fd[2];
	pid_t	 pid;
	char	 c;

	ATF_REQUIRE(pipe(fd) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)box();
		ATF_REQUIRE(write(fd[1], "", 1) == 1);
		for (;;)
			pause();
	}
	ATF_REQUIRE(read(fd[0], &c, 1) == 1);
	close(fd[0]);
	close(fd[1]);
	return pid;
}

ATF_TC_WITHOUT_HEAD(one_process);
ATF_TC_BODY(one_process, tc)
{
	char	 want[64];
	pid_t	 pid = holder();
	int	 status;

	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	snprintf(want, sizeof(want), "box is in use by process %ld",
	    (long)pid);
	ATF_CHECK_STREQ(want, why);
	ATF_REQUIRE(kill(pid, SIGKILL) == 0);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	outbox_free(box());
}

ATF_TC_WITHOUT_HEAD(nobody_else);
ATF_TC_BODY(nobody_else, tc)
{
	struct stat	 st;
	uint8_t		 buf[512];

	(void)small(buf, sizeof(buf));
	ATF_REQUIRE(stat(BOX, &st) == 0);
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	ATF_REQUIRE(stat(FIRST, &st) == 0);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_REQUIRE(stat(BOX "/state", &st) == 0);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_REQUIRE(chmod(BOX, 0750) == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box: others have access to it: chmod 700", why);
	ATF_REQUIRE(chmod(BOX, 0700) == 0);
	ATF_REQUIRE(rename(FIRST, "elsewhere") == 0);
	ATF_REQUIRE(symlink("../elsewhere", FIRST) == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box/0000000000000001 is not a file", why);
	file_remove("0000000000000001");
	ATF_REQUIRE(rename(BOX "/state", "elsewhere") == 0);
	ATF_REQUIRE(symlink("../elsewhere", BOX "/state") == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box/state: Too many levels of symbolic links", why);
	ATF_REQUIRE(rename(BOX, "other") == 0);
	ATF_REQUIRE(symlink("other", BOX) == 0);
	ATF_CHECK(box_of("DEV1", "GW1") == NULL);
	ATF_CHECK_STREQ("box: Not a directory", why);
}

static uint64_t
bytes(void)
{
	struct dirent	*de;
	struct stat	 st;
	uint64_t	 n = 0;
	DIR		*dir;

	ATF_REQUIRE((dir = opendir(BOX)) != NULL);
	while ((de = readdir(dir)) != NULL) {
		if (segment_first(de->d_name) != 0 &&
		    fstatat(dirfd(dir), de->d_name, &st, 0) == 0)
			n += (uint64_t)st.st_size;
	}
	closedir(dir);
	return n;
}

/* As many of these as there is room for; how many. */
static uint64_t
fill(struct outbox *ob, const char *text, size_t len)
{
	uint64_t	 n = 0;
	int		 r;

	while ((r = outbox_put(ob, 0, 0, text, len)) == 0)
		n++;
	ATF_REQUIRE_EQ(OUTBOX_FULL, r);
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	ATF_CHECK(bytes() <= OUTBOX_MIN);
	return n;
}

/* Send and acknowledge n of them, from this id on. */
static void
empty(struct outbox *ob, const char *text, size_t len, uint64_t n,
    uint64_t id)
{
	struct entry	 e;

	for (; n > 0; n--, id++) {
		ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
		ATF_REQUIRE_EQ(len, e.len);
		ATF_REQUIRE(memcmp(text, e.json, len) == 0);
		ATF_REQUIRE_EQ(id, outbox_id(ob));
		outbox_sent(ob);
		ATF_REQUIRE_EQ(0, outbox_acked(ob, id));
	}
}

ATF_TC(full);
ATF_TC_HEAD(full, tc)
{
	atf_tc_set_md_var(tc, "descr", "it never exceeds its limit, and "
	    "room comes back with what is decided");
}
ATF_TC_BODY(full, tc)
{
	static char	 text[ENTRY_JSONMAX];
	static size_t	 lens[] = { ENTRY_JSONMAX, 1000 };
	struct outbox	*ob;
	uint64_t	 id = 1, m, n;
	size_t		 i;

	ob = outbox_open(BOX, "DEV1", "GW1", OUTBOX_MIN, why, sizeof(why));
	ATF_REQUIRE(ob != NULL);
	begin(ob, 0);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < 2; i++) {
		n = fill(ob, text, lens[i]);
		ATF_CHECK(n * (ENTRY_HDR + lens[i]) > OUTBOX_MIN * 7 / 8);
		ATF_CHECK_EQ(n, outbox_waiting(ob));
		/* Half of it makes room for nearly as many. */
		empty(ob, text, lens[i], n / 2, id);
		m = fill(ob, text, lens[i]);
		ATF_CHECK(m > n / 4);
		id += n / 2;
		empty(ob, text, lens[i], n - n / 2 + m, id);
		id += n - n / 2 + m;
		ATF_CHECK_EQ(0, outbox_waiting(ob));
	}
	/* All decided: it takes one of any length. */
	ATF_CHECK_EQ(0, outbox_put(ob, 0, 0, text, sizeof(text)));
	outbox_free(ob);
}

ATF_TC(many_segments);
ATF_TC_HEAD(many_segments, tc)
{
	atf_tc_set_md_var(tc, "descr", "over segments, crashes and two "
	    "sessions none is left out or comes twice");
}
ATF_TC_BODY(many_segments, tc)
{
	struct outbox	*ob = box();
	struct entry	 e;
	char		 text[64];
	uint64_t	 i, n = 60000, done = 0;

	for (i = 1; i <= n; i++) {
		snprintf(text, sizeof(text), "{\"i\":%llu}",
		    (unsigned long long)i);
		ATF_REQUIRE_EQ(0, outbox_put(ob, i, i, text, strlen(text)));
		if (i == n / 3) {
			ATF_REQUIRE_EQ(0, outbox_sync(ob));
			ob = crashed(ob);
		}
	}
	ATF_REQUIRE_EQ(0, outbox_sync(ob));
	ATF_CHECK(files(0) > 2);
	while (done < n) {
		ob = crashed(ob);
		begin(ob, done);
		for (i = done + 1; i <= n && i <= done + 25000; i++) {
			ATF_REQUIRE_EQ(1, outbox_next(ob, &e));
			ATF_REQUIRE_EQ(i, e.time);
			ATF_REQUIRE_EQ(i, outbox_id(ob));
			outbox_sent(ob);
		}
		done = i - 1 - (i < n ? 5000 : 0);
	}
	ATF_REQUIRE_EQ(0, outbox_acked(ob, n));
	ATF_CHECK_EQ(1, files(0));
	ATF_REQUIRE_EQ(0, outbox_close(ob));
	ATF_CHECK_EQ(0, files(0));
	outbox_free(ob);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, takes_and_gives);
	ATF_TP_ADD_TC(tp, last_id_settles);
	ATF_TP_ADD_TC(tp, foreign_ids);
	ATF_TP_ADD_TC(tp, never_sent);
	ATF_TP_ADD_TC(tp, never_sent_at_rest);
	ATF_TP_ADD_TC(tp, high_last_id);
	ATF_TP_ADD_TC(tp, noted_before_sent);
	ATF_TP_ADD_TC(tp, older_format);
	ATF_TP_ADD_TC(tp, forgotten_ids);
	ATF_TP_ADD_TC(tp, dropped_entry_has_no_id);
	ATF_TP_ADD_TC(tp, torn_at_every_byte);
	ATF_TP_ADD_TC(tp, torn_and_torn_again);
	ATF_TP_ADD_TC(tp, no_number_twice);
	ATF_TP_ADD_TC(tp, flipped_bits);
	ATF_TP_ADD_TC(tp, edited);
	ATF_TP_ADD_TC(tp, segments_missing);
	ATF_TP_ADD_TC(tp, other_files);
	ATF_TP_ADD_TC(tp, files_of_others);
	ATF_TP_ADD_TC(tp, state_is_checked);
	ATF_TP_ADD_TC(tp, belongs_to_one_device);
	ATF_TP_ADD_TC(tp, one_process);
	ATF_TP_ADD_TC(tp, nobody_else);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, many_segments);
	return atf_no_error();
}
