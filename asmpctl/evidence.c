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
 * Evidence of one reading: what the store has of it, and the checkpoint that
 * the parent signs for it.  It is checked before it is written, so that what
 * is handed to a stranger holds.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "ipc.h"

static struct {
	struct evidence		*e;
	int			 whole;		/* it has come */
	uint32_t		 reason;	/* of a blocked one */
	struct ctl_result	 res;
	char			*text;
} got;

/* The record as the device sealed it. */
static void
take_plain(const struct ctl_sealed *s, const uint8_t *text, uint8_t *out,
    size_t *len)
{
	put_u64(out, s->id);
	put_u64(out + 8, s->time);
	memcpy(out + ASMP_READING_HDR, text, s->textlen);
	*len = ASMP_READING_HDR + s->textlen;
}

static void
take_data(struct evidence *e, const struct ctl_sealed *s,
    const uint8_t *data)
{
	if (s->rawlen == 0) {
		take_plain(s, data, e->data, &e->len);
		return;
	}
	take_plain(s, data, e->expanded, &e->expandedlen);
	memcpy(e->data, data + s->textlen, s->rawlen);
	e->len = s->rawlen;
}

static void
take_sealed(FILE *fp, const struct ctl_sealed *s, const uint8_t *data)
{
	struct evidence	*e = got.e;
	struct vs_leaf	 leaf;
	const uint8_t	*p = data + s->textlen + s->rawlen;
	uint32_t	 i;

	(void)fp;
	if (s->textlen + ASMP_READING_HDR > sizeof(e->data) ||
	    seal_record_get(&e->record, p, s->recordlen) == -1)
		return;
	take_data(e, s, data);
	p += s->recordlen;
	e->key.alg = e->record.alg;
	memcpy(e->key.key, p, s->keylen);
	p += s->keylen;
	for (i = 0; i < s->nleaves; i++, p += sizeof(leaf)) {
		memcpy(&leaf, p, sizeof(leaf));
		memcpy(e->leaf[i], leaf.leaf, sizeof(e->leaf[i]));
		if (i + 1 == s->place) {
			memcpy(e->header, leaf.header, sizeof(e->header));
			memcpy(e->blind, leaf.blind, sizeof(e->blind));
		}
	}
	memcpy(e->path, p, s->npath * sizeof(e->path[0]));
	e->pathlen = s->npath;
	e->place = s->place - 1;
	e->index = s->position - 1;
	got.reason = s->reason;
	got.whole = 1;
}

static const struct output	 output_evidence = {
	.sealed = take_sealed
};

static int
ask_reading(const char *path, const struct parse_result *res, uint64_t size)
{
	struct ctl_query	 q;
	struct request		 req = {
		.type = CTL_QUERY,
		.reply = CTL_SEALED,
		.data = &q,
		.len = sizeof(q),
		.result = &got.res
	};

	memset(&q, 0, sizeof(q));
	q.kind = CTL_KIND_EVIDENCE;
	q.newest = 1;
	q.after = size;
	q.id = res->number;
	q.limit = 1;
	strlcpy(q.device, res->id, sizeof(q.device));
	return ask_once(path, &req, &output_evidence, stdout);
}

/* What a stranger would find wrong with it; NULL: nothing. */
static const char *
doubt(const struct ctl_note *note)
{
	struct ident_pub	 gateway;
	struct checkpoint	 log;
	char			 name[NOTE_NAMEMAX];

	if (vkey_fromtext(name, sizeof(name), &gateway, note->key) == -1)
		return "the gateway's key is none";
	strlcpy(got.e->gateway, name, sizeof(got.e->gateway));
	got.e->gateway[strcspn(got.e->gateway, "/")] = '\0';
	strlcpy(got.e->checkpoint, note->text, sizeof(got.e->checkpoint));
	return evidence_check(got.e, &got.e->key, &gateway, &log);
}

static int
fill(void *arg, FILE *fp)
{
	(void)arg;
	fputs(got.text, fp);
	return EXIT_DONE;
}

static int
write_file(const char *path)
{
	int	 error, status;

	if ((got.text = malloc(EVIDENCE_MAX)) == NULL)
		err(EXIT_LOCAL, NULL);
	if (evidence_totext(got.text, EVIDENCE_MAX, got.e) == -1)
		err(EXIT_LOCAL, "evidence");
	status = file_new(path, 0600, fill, NULL, &error);
	if (error != 0)
		file_complain(path, error);
	free(got.text);
	return status;
}

/* Fills in got; EXIT_DONE, or another exit status after saying why. */
static int
collect(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_note	 note;
	const char	*why;
	char		 subject[128];
	int		 status;

	snprintf(subject, sizeof(subject), "evidence %s %llu", res->id,
	    (unsigned long long)res->number);
	if ((status = note_ask(path, TREE_READINGS, &note, &got.res)) ==
	    EXIT_DONE)
		status = ask_reading(path, res, note.size);
	if (status != EXIT_DONE) {
		out->result(stdout, subject, &got.res);
		return status;
	}
	why = got.whole ? doubt(&note) : "it is damaged";
	if (why == NULL)
		return EXIT_DONE;
	warnx("%s: what is in the database is not what the device signed; it "
	    "was changed since: %s", subject, why);
	return EXIT_REFUSED;
}

/*
 * Writes the evidence of a reading to a new file or to standard output.
 * Returns the exit status.
 */
int
evidence_get(const char *path, const struct parse_result *res,
    const struct output *out)
{
	int	 status;

	if ((got.e = calloc(1, sizeof(*got.e))) == NULL)
		err(EXIT_LOCAL, NULL);
	if ((status = collect(path, res, out)) == EXIT_DONE) {
		if (got.reason != 0)
			warnx("the gateway blocked this reading: %s",
			    reason_name(got.reason));
		status = write_file(res->file);
	}
	free(got.e);
	return status;
}
