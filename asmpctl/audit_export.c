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
 * Records of the audit log taken away, with the proofs that others believe.
 * The directory is whole, and then has its checkpoint, or it is not there.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"
#include "auditcheck.h"
#include "log.h"

#define PATH_ROOM	1024	/* bytes of a file's name */
#define LEAVES_FIRST	4096	/* room for so many; grows with the log */

enum { FILE_RECORDS, FILE_INCLUSION, FILE_CONSISTENCY, FILE_KEY,
    FILE_CHECKPOINT, FILE_N };

static const char *const names[FILE_N] = {
	[FILE_RECORDS] = "records",
	[FILE_INCLUSION] = "inclusion",
	[FILE_CONSISTENCY] = "consistency",
	[FILE_KEY] = "key",
	[FILE_CHECKPOINT] = "checkpoint"
};

/* The log, as far as it is signed. */
static struct {
	struct ctl_note	 note;
	uint8_t		 (*leaf)[ASMP_HASHLEN];
	uint8_t		 (*level[MERKLE_LEVELS])[ASMP_HASHLEN];
	size_t		 n;
	size_t		 room;
	int		 bad;		/* not in order, or not what it was */
	int		 misfiled;	/* filters do not find what is there */
} whole;

static const char	*begun;		/* a directory that is not whole yet */
static FILE		*file[FILE_N];
static struct ctl_result result;
static size_t		 done;		/* records */

static void
keep_leaf(FILE *fp, const struct ctl_audit *r, const char *text)
{
	const struct part	 p = { text, r->len };

	(void)fp;
	if (r->position != whole.n + 1) {
		whole.bad = 1;
		return;
	}
	if (whole.n == whole.room) {
		whole.room = whole.room == 0 ? LEAVES_FIRST : whole.room * 2;
		whole.leaf = reallocarray(whole.leaf, whole.room,
		    sizeof(*whole.leaf));
		if (whole.leaf == NULL)
			err(EXIT_LOCAL, NULL);
	}
	merkle_leaf(whole.leaf[whole.n++], &p, 1);
	if (!auditcheck_filed(r, text))
		whole.misfiled = 1;
}

static const struct output	 output_leaves = {
	.record = keep_leaf
};

/* Whether some of the records are asked for, by what the store finds. */
static int
is_filtered(const struct parse_result *res)
{
	return res->id != NULL || res->gateway != NULL || res->event != NULL ||
	    res->since != NULL || res->until != NULL;
}

/* Whether all that was signed is there; what is behind it is newer. */
static int
leaves_signed(void)
{
	struct merkle	 tree;
	uint8_t		 root[ASMP_HASHLEN];

	memset(&tree, 0, sizeof(tree));
	if (whole.bad || whole.n < whole.note.size)
		return 0;
	while (tree.size < whole.note.size)
		merkle_append(&tree, whole.leaf[tree.size]);
	merkle_root(&tree, root);
	return memcmp(root, whole.note.root, sizeof(root)) == 0;
}

static int
say_unsigned(void)
{
	memset(&result, 0, sizeof(result));
	result.code = CTL_FAILED;
	strlcpy(result.text, "the log is not the one that was signed: see "
	    "audit verify", sizeof(result.text));
	return EXIT_REFUSED;
}

/* Of each level the nodes of whole subtrees, above the leaves. */
static void
build_levels(void)
{
	unsigned int	 l;
	size_t		 i, n = whole.n / 2;

	whole.level[0] = whole.leaf;
	for (l = 1; n > 0; l++, n /= 2) {
		whole.level[l] = reallocarray(NULL, n, ASMP_HASHLEN);
		if (whole.level[l] == NULL)
			err(EXIT_LOCAL, NULL);
		for (i = 0; i < n; i++)
			merkle_node(whole.level[l][i],
			    whole.level[l - 1][2 * i],
			    whole.level[l - 1][2 * i + 1]);
	}
}

static void
free_levels(void)
{
	unsigned int	 l;

	for (l = 0; l < MERKLE_LEVELS; l++)
		free(whole.level[l]);
}

/* A node of the log's tree: merkle_get of libasmp. */
static int
node(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	(void)arg;
	memcpy(hash, whole.level[level][index], ASMP_HASHLEN);
	return 0;
}

static void
put_path(FILE *fp, uint8_t (*path)[ASMP_HASHLEN], size_t n)
{
	char	 text[B64_LEN(ASMP_HASHLEN) + 1];
	size_t	 i;

	jsonw_open(fp, "path", '[');
	for (i = 0; i < n; i++) {
		b64_encode(text, path[i], ASMP_HASHLEN);
		jsonw_string(fp, NULL, text);
	}
	jsonw_close(fp, ']');
	jsonw_close(fp, '}');
	jsonw_end(fp);
}

/* Whether what is said of a record now is what the tree was made of. */
static int
is_leaf(const struct ctl_audit *r, const char *text)
{
	const struct part	 p = { text, r->len };
	uint8_t			 leaf[ASMP_HASHLEN];

	merkle_leaf(leaf, &p, 1);
	return memcmp(leaf, whole.leaf[r->position - 1], sizeof(leaf)) == 0;
}

/* A record, as it is in the tree, and the proof that it is. */
static void
put_record(FILE *fp, const struct ctl_audit *r, const char *text)
{
	uint8_t	 path[MERKLE_PROOFMAX][ASMP_HASHLEN];
	size_t	 n;

	(void)fp;
	if (r->position > whole.note.size)
		return;		/* newer than what is signed */
	if (!is_leaf(r, text)) {
		whole.bad = 1;
		return;
	}
	if (merkle_inclusion(path, &n, r->position - 1, whole.note.size, node,
	    NULL) == -1)
		err(EXIT_LOCAL, "record %llu",
		    (unsigned long long)r->position - 1);
	fwrite(text, 1, r->len, file[FILE_RECORDS]);
	putc('\n', file[FILE_RECORDS]);
	jsonw_open(file[FILE_INCLUSION], NULL, '{');
	jsonw_number(file[FILE_INCLUSION], "index", r->position - 1);
	put_path(file[FILE_INCLUSION], path, n);
	done++;
}

/* That the log has only grown since it was signed at this size. */
static void
put_mark(FILE *fp, const struct ctl_mark *m, const char *note)
{
	uint8_t	 path[MERKLE_CONSISTENCYMAX][ASMP_HASHLEN];
	char	 text[B64_LEN(CHECKPOINT_MAX) + 1];
	size_t	 n;

	(void)fp;
	if (m->position >= whole.note.size || m->len > CHECKPOINT_MAX)
		return;
	if (merkle_consistency(path, &n, m->position, whole.note.size, node,
	    NULL) == -1)
		err(EXIT_LOCAL, "checkpoint %llu",
		    (unsigned long long)m->position);
	jsonw_open(file[FILE_CONSISTENCY], NULL, '{');
	jsonw_number(file[FILE_CONSISTENCY], "size", m->position);
	b64_encode(text, (const uint8_t *)note, m->len - 1);
	jsonw_string(file[FILE_CONSISTENCY], "checkpoint", text);
	put_path(file[FILE_CONSISTENCY], path, n);
}

static const struct output	 output_export = {
	.record = put_record,
	.mark = put_mark
};

/* The name of a file in the directory. */
static const char *
path_of(int i)
{
	static char	 path[PATH_ROOM];

	if (snprintf(path, sizeof(path), "%s/%s", begun, names[i]) >=
	    (int)sizeof(path))
		errx(EXIT_LOCAL, "%s: the name is too long", begun);
	return path;
}

/* Takes away what was begun and did not come to its end. */
static void
undo(void)
{
	int	 i;

	if (begun == NULL)
		return;
	for (i = 0; i < FILE_N; i++)
		if (file[i] != NULL)
			(void)unlink(path_of(i));
	(void)rmdir(begun);
}

static FILE *
file_begin(int i)
{
	const char	*path = path_of(i);

	if ((file[i] = fopen(path, "wx")) == NULL)
		err(EXIT_LOCAL, "%s", path);
	return file[i];
}

static void
file_end(int i)
{
	if (fflush(file[i]) == EOF || ferror(file[i]) ||
	    fsync(fileno(file[i])) == -1)
		err(EXIT_LOCAL, "%s", path_of(i));
	fclose(file[i]);
}

static void
file_text(int i, const char *text)
{
	fputs(text, file_begin(i));
	file_end(i);
}

static int
put_records(const char *path, const struct parse_result *res)
{
	struct ctl_query	 q;
	int			 status;

	query_fill(&q, CTL_KIND_AUDIT, res);
	file_begin(FILE_RECORDS);
	file_begin(FILE_INCLUSION);
	status = audit_rows(path, &q, CTL_AUDIT, &output_export, &result);
	file_end(FILE_RECORDS);
	file_end(FILE_INCLUSION);
	return status == EXIT_DONE && whole.bad ? say_unsigned() : status;
}

static int
put_marks(const char *path)
{
	const struct ctl_query	 q = { .kind = CTL_KIND_MARKS };
	int			 status;

	file_begin(FILE_CONSISTENCY);
	status = audit_rows(path, &q, CTL_MARK, &output_export, &result);
	file_end(FILE_CONSISTENCY);
	return status;
}

static void
begin(const char *dir)
{
	if (mkdir(dir, 0700) == -1) {
		file_complain(dir, errno);
		exit(EXIT_LOCAL);
	}
	begun = dir;
	if (atexit(undo) != 0)
		err(EXIT_LOCAL, NULL);
}

static void
sync_name(const char *path)
{
	if (file_syncname(path) == -1)
		err(EXIT_LOCAL, "%s", path);
}

/* The checkpoint, once all else is on the disk; then nothing is undone. */
static void
end(void)
{
	file_text(FILE_KEY, whole.note.key);
	sync_name(path_of(FILE_KEY));
	file_text(FILE_CHECKPOINT, whole.note.text);
	sync_name(path_of(FILE_CHECKPOINT));
	sync_name(begun);
	begun = NULL;
}

static int
put_all(const char *path, const struct parse_result *res)
{
	int	 status;

	begin(res->file);
	if ((status = put_records(path, res)) != EXIT_DONE ||
	    (status = put_marks(path)) != EXIT_DONE)
		return status;
	end();
	result.count = (uint32_t)done;
	snprintf(result.text, sizeof(result.text), "%zu records of %llu "
	    "exported", done, (unsigned long long)whole.note.size);
	return EXIT_DONE;
}

/*
 * Writes records into a new directory, each with the proof that it is in the
 * log, and that the log has only grown.  Returns the exit status.
 */
int
audit_export(const char *path, const struct parse_result *res,
    const struct output *out)
{
	const struct ctl_query	 q = { .kind = CTL_KIND_AUDIT };
	int			 status;

	status = note_ask(path, TREE_AUDIT, &whole.note, &result);
	if (status == EXIT_DONE)
		status = audit_rows(path, &q, CTL_AUDIT, &output_leaves,
		    &result);
	if (status == EXIT_DONE && (!leaves_signed() || (whole.misfiled &&
	    is_filtered(res))))
		status = say_unsigned();
	if (status == EXIT_DONE) {
		build_levels();
		status = put_all(path, res);
		free_levels();
	}
	out->result(stdout, "audit export", &result);
	return status;
}
