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

/* What it takes to keep one reading in a database, so that it stays. */

#include <err.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "floor.h"
#include "measure.h"
#include "reading.h"

#define ROUNDS		101	/* in a run */
#define PAUSE		5000	/* us before each, for the disk to idle */

static sqlite3		*db;
static sqlite3_stmt	*insert;

static void
commit(void)
{
	if (sqlite3_step(insert) != SQLITE_DONE ||
	    sqlite3_reset(insert) != SQLITE_OK)
		errx(1, "sqlite: %s", sqlite3_errmsg(db));
}

static void
run(void)
{
	double		 wall[ROUNDS], cpu[ROUNDS], begun, used;
	unsigned int	 i;

	for (i = 0; i < ROUNDS; i++) {
		usleep(PAUSE);
		used = cpu_us();
		begun = now_us();
		commit();
		wall[i] = now_us() - begun;
		cpu[i] = cpu_us() - used;
	}
	printf("commit wall %.1f\n", median(wall, ROUNDS));
	printf("commit cpu %.1f\n", median(cpu, ROUNDS));
}

static void
exec(const char *sql)
{
	char	*why;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		errx(1, "sqlite: %s: %s", sql, why);
}

/* As asmpd has its own: a log in front of the file, and a full sync. */
static void
db_open(const char *dir)
{
	char	 path[PATH_MAX];

	reading_init(READING_LEN);
	snprintf(path, sizeof(path), "%s/floor.db", dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		errx(1, "%s: %s", path, sqlite3_errmsg(db));
	exec("PRAGMA journal_mode = WAL");
	exec("PRAGMA synchronous = FULL");
	exec("CREATE TABLE reading (data TEXT)");
	if (sqlite3_prepare_v2(db, "INSERT INTO reading VALUES (?)", -1,
	    &insert, NULL) != SQLITE_OK || sqlite3_bind_text(insert, 1,
	    reading_text(0), -1, SQLITE_STATIC) != SQLITE_OK)
		errx(1, "sqlite: %s", sqlite3_errmsg(db));
}

static void
db_close(const char *dir)
{
	static const char *const	 names[] = { "", "-wal", "-shm" };
	char				 path[PATH_MAX];
	size_t				 i;

	sqlite3_finalize(insert);
	sqlite3_close(db);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/floor.db%s", dir, names[i]);
		(void)unlink(path);
	}
}

/* One commit of one reading, in a file in dir. */
void
floor_disk(unsigned int runs, const char *dir)
{
	unsigned int	 i;

	db_open(dir);
	for (i = 0; i < runs; i++)
		run();
	db_close(dir);
}
