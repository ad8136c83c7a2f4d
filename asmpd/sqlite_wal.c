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
 * SQLite: whether its WAL is on the disk.
 *
 * When a sync fails, Linux says so once and takes the pages for clean: the
 * next sync succeeds without them.  SQLite writes the frames of the commit
 * that failed anew, but not those of commits before it that were not synced.
 * Recovery would end at such a hole, before all that came behind it.  Nor may
 * there be a checkpoint: of a WAL with a hole a power cut leaves the first
 * part, which would then go over newer pages of the database.  So before
 * anything else the WAL is written again where it lies, and synced.
 */

#include <sys/types.h>

#include <errno.h>

#include "asmpd.h"
#include "sqlite.h"

/* What an earlier process had left may not be on the disk either. */
static int	 doubtful = 1;

/* A sync has failed. */
void
sqlite_wal_doubt(void)
{
	doubtful = 1;
}

/* Instead of SQLite's own, which keeps it to itself when a sync fails. */
static int
committed(void *arg, sqlite3 *db, const char *name, int frames)
{
	int	 ret;

	(void)arg;
	if (frames < WAL_FRAMES)
		return SQLITE_OK;
	ret = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE,
	    NULL, NULL);
	if ((ret & 0xff) == SQLITE_IOERR)
		doubtful = 1;
	return SQLITE_OK;
}

static int
write_again(sqlite3_file *wal, sqlite3_int64 size)
{
	static uint8_t	 buf[WAL_PIECE];
	sqlite3_int64	 off;
	int		 n, ret;

	for (off = 0; off < size; off += n) {
		n = size - off > WAL_PIECE ? WAL_PIECE : (int)(size - off);
		if ((ret = wal->pMethods->xRead(wal, buf, n, off)) !=
		    SQLITE_OK ||
		    (ret = wal->pMethods->xWrite(wal, buf, n, off)) !=
		    SQLITE_OK)
			return ret;
	}
	return wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
}

/* While nobody else can write to it. */
static int
mend(sqlite3 *db, sqlite3_file *wal)
{
	sqlite3_int64	 size;
	int		 alone = sqlite3_get_autocommit(db), ret, saved;

	if ((ret = wal->pMethods->xFileSize(wal, &size)) != SQLITE_OK ||
	    size == 0)
		return ret;
	if (alone && (ret = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL)) != SQLITE_OK)
		return ret;
	ret = write_again(wal, size);
	saved = errno;
	if (alone)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	errno = saved;
	return ret;
}

/*
 * Syncs the WAL, where all is that a commit has left to the system.  Returns
 * 0, and all of it is on the disk, or -1.
 */
int
sqlite_wal_sync(sqlite3 *db)
{
	sqlite3_file	*wal = NULL;
	int		 ret;

	errno = 0;
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
	    &wal) != SQLITE_OK)
		return sqlite_failed();
	if (wal == NULL || wal->pMethods == NULL)
		return 0;
	ret = doubtful ? mend(db, wal) :
	    wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
	doubtful = ret != SQLITE_OK;
	return doubtful ? sqlite_failed_as(ret & 0xff,
	    sqlite3_errstr(ret & 0xff), errno) : 0;
}

/* Whether what is in the WAL can be built on: 0, or -1. */
int
sqlite_wal_trust(sqlite3 *db)
{
	return doubtful ? sqlite_wal_sync(db) : 0;
}

/* Begins with the WAL as it was found. */
int
sqlite_wal_open(sqlite3 *db)
{
	sqlite3_wal_hook(db, committed, NULL);
	return sqlite_wal_trust(db);
}

/* A WAL with holes stays as it is. */
void
sqlite_wal_close(sqlite3 *db)
{
	if (sqlite_wal_trust(db) == -1)
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
		    NULL);
}
