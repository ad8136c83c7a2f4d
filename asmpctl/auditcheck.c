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
 * Whether an audit log is the one that was signed.  Its records come in their
 * order, each with the hash that the store has of it; what they should come
 * to is known from checkpoints, the last of which is the parent's own word.
 * The first record that is wrong is named, and how.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auditcheck.h"

#define US		1000000	/* microseconds in a second */

/* What the record behind a cut says first: asmpd(8) found it at its start. */
#define FOUND_CUT	"{\"event_type\":\"LOG_DAMAGED\""

static const char *const	 names[] = {
	[VERDICT_WHOLE] = "whole",
	[VERDICT_EDITED] = "edited",
	[VERDICT_MISFILED] = "misfiled",
	[VERDICT_DELETED] = "deleted",
	[VERDICT_CUT] = "cut",
	[VERDICT_REWRITTEN] = "rewritten"
};

/* The verdict as one word. */
const char *
verdict_name(enum verdict v)
{
	return names[v];
}

/* Frees what was remembered. */
void
auditcheck_free(struct auditcheck *c)
{
	free(c->marks);
	c->marks = NULL;
	c->nmarks = 0;
}

/*
 * Remembers that the first size records had this root when that was signed;
 * before the first record, by rising sizes.  Returns 0, or -1 with errno.
 */
int
auditcheck_mark(struct auditcheck *c, uint64_t size, const uint8_t *root)
{
	struct mark	*m;

	/* A power of two, or none: full. */
	if ((c->nmarks & (c->nmarks - 1)) == 0) {
		m = reallocarray(c->marks, c->nmarks == 0 ? 1 :
		    2 * c->nmarks, sizeof(*m));
		if (m == NULL)
			return -1;
		c->marks = m;
	}
	m = &c->marks[c->nmarks++];
	m->size = size;
	memcpy(m->root, root, sizeof(m->root));
	return 0;
}

/*
 * The first thing that is wrong is what is told.  Of records that were
 * rewritten one before a misfiled one may be the first.
 */
static void
found(struct auditcheck *c, enum verdict v, uint64_t first, uint64_t last)
{
	if (c->verdict != VERDICT_WHOLE)
		return;
	if (c->ismisfiled && v != VERDICT_REWRITTEN) {
		v = VERDICT_MISFILED;
		first = last = c->misfiled;
	}
	c->verdict = v;
	c->first = first;
	c->last = last;
}

/* What a record says is what was signed: what it is found by is not. */
static void
settle_misfiled(struct auditcheck *c)
{
	if (c->ismisfiled)
		found(c, VERDICT_MISFILED, c->misfiled, c->misfiled);
}

/*
 * A record that is not its hash was edited; or one was taken out, and those
 * behind it have moved up: then it is the next one's.
 */
static void
settle_odd(struct auditcheck *c, const uint8_t *nextleaf)
{
	if (!c->isodd)
		return;
	c->isodd = 0;
	found(c, nextleaf != NULL && memcmp(nextleaf, c->oddleaf,
	    sizeof(c->oddleaf)) == 0 ? VERDICT_DELETED : VERDICT_EDITED,
	    c->odd, c->odd);
}

/* Whether the records so far are what the mark says, which is of as many. */
static int
compare(struct auditcheck *c, const struct mark *m)
{
	uint8_t	 root[ASMP_HASHLEN];

	merkle_root(&c->tree, root);
	if (memcmp(root, m->root, sizeof(root)) == 0) {
		c->good = m->size;
		settle_misfiled(c);
		return 1;
	}
	if (!c->isodd)
		found(c, VERDICT_REWRITTEN, c->good, m->size == 0 ? 0 :
		    m->size - 1);
	return 0;
}

/* Marks may be missing, or the store's own: the parent's word comes first. */
static void
compare_marks(struct auditcheck *c)
{
	const struct mark	*m;

	if (c->tree.size == c->word.size)
		c->kept = compare(c, &c->word);
	for (; c->mark < c->nmarks; c->mark++) {
		m = &c->marks[c->mark];
		if (m->size > c->tree.size)
			return;
		if (m->size == c->tree.size)
			(void)compare(c, m);
	}
}

/*
 * Begins with an empty log, of which the parent has signed size records with
 * this root; ends with auditcheck_free().
 */
void
auditcheck_init(struct auditcheck *c, uint64_t size, const uint8_t *root)
{
	memset(c, 0, sizeof(*c));
	c->word.size = size;
	memcpy(c->word.root, root, sizeof(c->word.root));
	if (size == 0)
		c->kept = compare(c, &c->word);
}

/* Whether the text begins, or at its end ends, with what it should. */
static int
says(const struct ctl_audit *r, const char *text, const char *head,
    const char *tail)
{
	size_t	 n = strlen(head), m = strlen(tail);

	return r->len >= n + m && memcmp(text, head, n) == 0 &&
	    memcmp(text + r->len - m, tail, m) == 0;
}

/*
 * Whether a record says what it is found by: its text is signed, the columns
 * by which the store looks for it are not.  asmp(7) has the form.
 */
int
auditcheck_filed(const struct ctl_audit *r, const char *text)
{
	static const char *const	 status[] = { "failure", "success" };
	char				 head[256], tail[128], when[64];
	time_t				 sec = (time_t)(r->time / US);
	struct tm			 tm;

	if (r->ok > 1 || gmtime_r(&sec, &tm) == NULL)
		return 0;
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(head, sizeof(head), "{\"event_type\":\"%s\",\"device_id\":"
	    "\"%s\",\"gateway_id\":\"%s\",\"message\":\"", r->type,
	    r->device, r->gateway);
	snprintf(tail, sizeof(tail), "\",\"timestamp\":\"%s.%06uZ\","
	    "\"status\":\"%s\"}", when, (unsigned int)(r->time % US),
	    status[r->ok]);
	return says(r, text, head, tail);
}

/* The next record there is, with what the store keeps for this index. */
void
auditcheck_record(struct auditcheck *c, const struct ctl_audit *r,
    const char *text)
{
	const struct part	 p = { text, r->len };
	uint64_t		 index = r->position - 1;
	uint8_t			 hash[ASMP_HASHLEN];

	settle_odd(c, r->leaf);
	if (c->verdict != VERDICT_WHOLE || index < c->tree.size)
		return;
	if (index > c->tree.size) {
		found(c, says(r, text, FOUND_CUT, "") ? VERDICT_CUT :
		    VERDICT_DELETED, c->tree.size, index - 1);
		return;
	}
	merkle_leaf(hash, &p, 1);
	if (memcmp(hash, r->leaf, sizeof(hash)) != 0) {
		c->isodd = 1;
		c->odd = index;
		memcpy(c->oddleaf, hash, sizeof(c->oddleaf));
	} else if (!c->ismisfiled && !auditcheck_filed(r, text)) {
		c->ismisfiled = 1;
		c->misfiled = index;
	}
	merkle_append(&c->tree, hash);
	compare_marks(c);
}

/*
 * There are no more.  Those behind what the parent has signed are newer, and
 * none of them stands in for one that was not compared.
 */
enum verdict
auditcheck_end(struct auditcheck *c)
{
	settle_odd(c, NULL);
	if (c->tree.size < c->word.size)
		found(c, VERDICT_CUT, c->tree.size, c->word.size - 1);
	else if (!c->kept)
		found(c, VERDICT_REWRITTEN, 0, c->word.size);
	settle_misfiled(c);
	return c->verdict;
}

static void
text_whole(const struct auditcheck *c, char *out, size_t size)
{
	unsigned long long	 newer = c->tree.size - c->word.size;
	int			 n;

	n = snprintf(out, size, "%llu records, as they were signed",
	    (unsigned long long)c->word.size);
	if (newer != 0 && n > 0 && (size_t)n < size)
		snprintf(out + n, size - (size_t)n, "; %llu more %s not "
		    "signed yet", newer, newer == 1 ? "is" : "are");
}

/* What was found, for people, into size bytes of text; returns it. */
const char *
auditcheck_text(const struct auditcheck *c, char *out, size_t size)
{
	unsigned long long	 first = c->first, last = c->last;

	switch (c->verdict) {
	case VERDICT_WHOLE:
		text_whole(c, out, size);
		break;
	case VERDICT_EDITED:
		snprintf(out, size, "record %llu was edited", first);
		break;
	case VERDICT_MISFILED:
		snprintf(out, size, "record %llu was edited where it is "
		    "searched: the device, type, gateway, time or status "
		    "beside it is not the one in it", first);
		break;
	case VERDICT_DELETED:
		if (first == last)
			snprintf(out, size, "record %llu was deleted", first);
		else
			snprintf(out, size, "records %llu to %llu were "
			    "deleted", first, last);
		break;
	case VERDICT_CUT:
		snprintf(out, size, "the end was cut off: records %llu to "
		    "%llu are missing", first, last);
		break;
	case VERDICT_REWRITTEN:
		snprintf(out, size, "records were rewritten, with their "
		    "hashes: the first is one of %llu to %llu", first, last);
		break;
	}
	return out;
}
