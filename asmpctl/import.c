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

/* Lists of devices on their way to asmpd, all of them or none. */

#include <sys/types.h>
#include <sys/tree.h>

#include <err.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "compat.h"

#define IMPORT_WINDOW	(64 * 1024)	/* bytes sent ahead of the socket */
#define SUBJECT_MAX	1024		/* file, entry and id */

/* A device as it is sent. */
struct import_row {
	RB_ENTRY(import_row)	 byid;
	RB_ENTRY(import_row)	 bykey;
	size_t			 len;
	struct ctl_newdevice	 new;	/* len bytes of it */
};

static int
cmp_id(const struct import_row *a, const struct import_row *b)
{
	return strcmp(a->new.e.id, b->new.e.id);
}

static int
cmp_key(const struct import_row *a, const struct import_row *b)
{
	if (a->new.e.kind != b->new.e.kind)
		return a->new.e.kind < b->new.e.kind ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->new.e.key, b->new.e.key, a->new.e.keylen);
}

RB_GENERATE_STATIC(import_ids, import_row, byid, cmp_id)
RB_GENERATE_STATIC(import_keys, import_row, bykey, cmp_key)

/* An empty list. */
void
import_init(struct import *im)
{
	memset(im, 0, sizeof(*im));
	RB_INIT(&im->ids);
	RB_INIT(&im->keys);
}

/*
 * Notes what is wrong with the entry at place, or with all if that is 0;
 * where says more of the place, if there is more to say.  Of those above
 * LIST_ERRORS only the number is kept.
 */
void
import_error(struct import *im, uint32_t place, const char *where,
    const char *fmt, ...)
{
	struct import_error	*e;
	va_list			 ap;

	im->errors.n++;
	if (im->errors.kept == LIST_ERRORS)
		return;
	e = &im->errors.e[im->errors.kept++];
	e->place = place;
	e->where[0] = '\0';
	if (place != 0)
		snprintf(e->where, sizeof(e->where), "%s%u%s",
		    im->lines ? ":" : ": entry ", place, where);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

static void
row_free(struct import_row *row)
{
	freezero(row, offsetof(struct import_row, new) + row->len);
}

/* The row that has the id or the key of another; NULL: there is none. */
static const struct import_row *
insert(struct import *im, struct import_row *row, const char **what)
{
	const struct import_row	*other;

	*what = "id";
	if ((other = RB_INSERT(import_ids, &im->ids, row)) != NULL ||
	    row->new.e.keylen == 0)
		return other;
	*what = "key";
	if ((other = RB_INSERT(import_keys, &im->keys, row)) != NULL)
		RB_REMOVE(import_ids, &im->ids, row);
	return other;
}

/* Adds a device as it will be sent, or the error that it is there already. */
void
import_add(struct import *im, const struct enrolment *e, uint32_t place)
{
	const struct import_row	*other;
	struct ctl_newdevice	 new;
	struct import_row	*row;
	const char		*what;
	char			 where[WHERE_MAX];
	size_t			 len;

	memset(&new, 0, sizeof(new));
	new.place = place;
	new.e = *e;
	len = CTL_NEWDEVICE_LEN(&new);
	if ((row = malloc(offsetof(struct import_row, new) + len)) == NULL)
		err(EXIT_LOCAL, NULL);
	row->len = len;
	memcpy(&row->new, &new, len);
	explicit_bzero(&new, sizeof(new));
	im->secret |= e->kind == ASMP_KIND_PSK;
	if ((other = insert(im, row, &what)) != NULL) {
		snprintf(where, sizeof(where), " \"%s\"", e->id);
		import_error(im, place, im->lines ? "" : where, "the %s stands "
		    "in the list twice, first in %s %u", what,
		    im->lines ? "line" : "entry", other->new.place);
		row_free(row);
		return;
	}
	if (im->n == im->room) {
		im->room = im->room == 0 ? 64 : im->room * 2;
		im->row = reallocarray(im->row, im->room, sizeof(*im->row));
		if (im->row == NULL)
			err(EXIT_LOCAL, NULL);
	}
	im->row[im->n++] = row;
}

/* Row i, below im->n, which the caller wipes. */
void
import_get(const struct import *im, size_t i, struct ctl_newdevice *new)
{
	memset(new, 0, sizeof(*new));
	memcpy(new, &im->row[i]->new, im->row[i]->len);
}

/* Forgets a list, and what was wrong with it. */
void
import_free(struct import *im)
{
	size_t	 i;

	for (i = 0; i < im->n; i++)
		row_free(im->row[i]);
	free(im->row);
	import_init(im);
}

/* Sends row i; 1 if asmpd has said something meanwhile, into *res. */
static int
import_row(struct conn *c, const struct import *im, size_t i,
    struct ctl_result *res)
{
	const struct import_row	*row = im->row[i];

	if (conn_send(c, CTL_IMPORT_ROW, &row->new, row->len) == -1)
		return -1;
	while (imsgbuf_queuebytes(&c->ibuf) > IMPORT_WINDOW) {
		if (ask_early(c, res))
			return 1;
		if (conn_turn(c) == -1)
			return -1;
	}
	return 0;
}

/* What asmpd says of an entry; the place may be that of none. */
static void
import_refused(struct import *im, const struct ctl_result *res)
{
	struct import_error	*e;
	char			 text[CTL_TEXTMAX];
	size_t			 i;

	import_error(im, res->place, "", "%s", printable(res->text, text,
	    sizeof(text)));
	if (im->errors.n > LIST_ERRORS)
		return;
	e = &im->errors.e[im->errors.kept - 1];
	e->where[0] = '\0';
	for (i = 0; i < im->n; i++)
		if (im->row[i]->new.place == res->place) {
			snprintf(e->where, sizeof(e->where), ": %s %u \"%s\"",
			    im->lines ? "line" : "entry", res->place,
			    im->row[i]->new.e.id);
			break;
		}
}

/* The errors of the list, or none, and the result. */
static void
import_answer(struct conn *c, struct import *im, struct ctl_result *res)
{
	while (ask_listed(c, res) == 1) {
		import_refused(im, res);
		if (im->errors.n > LIST_ERRORS) {
			answer_local(res, RESULT_BROKEN);
			return;
		}
	}
	if (im->errors.n > 0 && res->count > im->errors.n)
		im->errors.n = res->count;
}

static void
import_run(struct conn *c, struct import *im, int dry, struct ctl_result *res)
{
	size_t	 i;
	int	 r = 0;

	if (conn_send(c, dry ? CTL_IMPORT_TRY : CTL_IMPORT_BEGIN, NULL,
	    0) == -1)
		goto lost;
	if (ask_result(c, res) != CTL_OK)
		return;
	for (i = 0; i < im->n && r == 0; i++)
		r = import_row(c, im, i, res);
	if (r == 1)
		return;		/* the list cannot go on */
	if (r == 0 && conn_send(c, CTL_IMPORT_COMMIT, NULL, 0) == 0) {
		import_answer(c, im, res);
		return;
	}
lost:
	answer_local(res, RESULT_LOST);
}

/*
 * Enrols a list that import_load() read from path, all of it or nothing, or
 * asks if that could be done if dry.  Returns the exit status.
 */
int
device_import(struct conn *c, struct import *im, const char *path, int dry,
    const struct output *out)
{
	struct ctl_result	 res;
	char			 subject[SUBJECT_MAX];

	im->errors.n = im->errors.kept = 0;
	import_run(c, im, dry, &res);
	if (res.code != CTL_OK && im->errors.n == 0 && res.place > 0)
		import_refused(im, &res);
	snprintf(subject, sizeof(subject), "device import %s", path);
	if (im->errors.n > 0 && res.code != CTL_OK && res.code <= CTL_FAILED)
		out->errors(stdout, subject, &im->errors, &res);
	else
		out->result(stdout, subject, &res);
	return answer_exit(&res);
}

/* Says what is wrong with a list that asmpd did not hear of. */
void
import_complain(const struct import *im, const char *path,
    const struct output *out)
{
	struct ctl_result	 res = { .code = CTL_INVALID };

	res.place = im->errors.e[0].place;
	res.count = (uint32_t)im->errors.n;
	strlcpy(res.text, im->errors.e[0].text, sizeof(res.text));
	out->errors(stdout, path, &im->errors, &res);
}
