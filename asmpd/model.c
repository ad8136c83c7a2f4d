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
 * The plain detector.  A field is learned from its first samples, by
 * Welford's method, and is then judged by its distance from their mean in
 * deviations; a floor under the deviation keeps a constant from making every
 * change an anomaly.  What was learned stays until the device is new.
 */

#include <sys/types.h>

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "model.h"

#define MODEL_VERSION	1
#define VALUE_MAX	1e150	/* its square is still a number */
#define FIELD_FIXED	(4 + 8 + 8 + 1)	/* count, mean, m2, length of path */

struct mfield {
	double		 mean;
	double		 m2;		/* sum of squares from the mean */
	uint32_t	 count;
	uint16_t	 path;		/* where it begins in paths */
	uint8_t		 pathlen;
	uint8_t		 rule;		/* that fits, see resolve() */
};

/* Two blocks, for a gateway has one of these for each session. */
struct model {
	uint32_t	 generation;	/* of the rules that fit */
	uint16_t	 nfields;
	uint16_t	 pathslen;
	struct mfield	*field;
	char		*paths;		/* each with its NUL */
};

#define NO_RULE		0xff

_Static_assert(RULES_MAX < NO_RULE, "a rule's number fits");
_Static_assert(MODEL_FIELDS * JSON_PATHMAX <= UINT16_MAX,
    "all paths' places fit");
_Static_assert(3 + MODEL_FIELDS * (FIELD_FIXED + JSON_PATHMAX) <=
    IPC_MODELMAX, "a full model fits its message");

/* An empty model, or NULL without memory; model_free() it. */
struct model *
model_new(void)
{
	return calloc(1, sizeof(struct model));
}

/* Frees a model; NULL is fine. */
void
model_free(struct model *m)
{
	if (m == NULL)
		return;
	free(m->field);
	free(m->paths);
	free(m);
}

static int
is_path(const struct model *m, const struct mfield *f, const char *path)
{
	return strcmp(m->paths + f->path, path) == 0;
}

/* Looks for a path; fields mostly come in the order they came before. */
static struct mfield *
find(const struct model *m, const char *path, size_t hint)
{
	uint32_t	 i;

	if (hint < m->nfields && is_path(m, &m->field[hint], path))
		return &m->field[hint];
	for (i = 0; i < m->nfields; i++)
		if (is_path(m, &m->field[i], path))
			return &m->field[i];
	return NULL;
}

/* A new field, of at most MODEL_FIELDS; len is below JSON_PATHMAX. */
static struct mfield *
add(struct model *m, const char *path, size_t len)
{
	struct mfield	*f;
	char		*paths;

	f = reallocarray(m->field, m->nfields + 1, sizeof(*f));
	if (f == NULL)
		return NULL;
	m->field = f;
	if ((paths = realloc(m->paths, m->pathslen + len + 1)) == NULL)
		return NULL;
	m->paths = paths;
	f = &m->field[m->nfields++];
	memset(f, 0, sizeof(*f));
	f->path = m->pathslen;
	f->pathlen = len;
	f->rule = NO_RULE;
	memcpy(paths + f->path, path, len);
	paths[f->path + len] = '\0';
	m->pathslen += len + 1;
	return f;
}

/* The first rule whose pattern fits decides. */
static void
resolve_field(const struct model *m, struct mfield *f,
    const struct model_rules *r)
{
	uint32_t	 i;

	f->rule = NO_RULE;
	for (i = 0; i < r->nfields && f->rule == NO_RULE; i++)
		if (fnmatch(r->field[i].pattern, m->paths + f->path, 0) == 0)
			f->rule = i;
}

static void
resolve(struct model *m, const struct model_rules *r)
{
	uint32_t	 i;

	if (m->generation == r->generation)
		return;
	for (i = 0; i < m->nfields; i++)
		resolve_field(m, &m->field[i], r);
	m->generation = r->generation;
}

static double
deviation(const struct mfield *f, const struct model_rules *r)
{
	double	 d = f->count < 2 ? 0 : sqrt(f->m2 / (f->count - 1));
	double	 floor = f->rule == NO_RULE ? r->floor :
		    r->field[f->rule].floor;

	return d < floor ? floor : d;
}

static int
is_normal(const struct mfield *f, double value, const struct model_rules *r)
{
	if (f->count < r->samples ||
	    (f->rule != NO_RULE && r->field[f->rule].ignore))
		return 1;
	return fabs(value - f->mean) <= r->threshold * deviation(f, r);
}

/*
 * Judges a reading without learning from it.  With MODEL_ANOMALY, *out says
 * which field and why; its path points into fields.
 */
enum model_verdict
model_check(struct model *m, const struct json_fields *fields,
    const struct model_rules *r, struct model_finding *out)
{
	struct mfield	*f;
	size_t		 i, fresh = 0;

	resolve(m, r);
	for (i = 0; i < fields->n; i++) {
		if (fabs(fields->f[i].value) > VALUE_MAX)
			return MODEL_RANGE;
		f = find(m, fields->f[i].path, i);
		if (f == NULL) {
			fresh++;
			continue;
		}
		if (is_normal(f, fields->f[i].value, r))
			continue;
		out->path = fields->f[i].path;
		out->value = fields->f[i].value;
		out->mean = f->mean;
		out->deviation = deviation(f, r);
		return MODEL_ANOMALY;
	}
	return m->nfields + fresh > MODEL_FIELDS ? MODEL_FULL : MODEL_NORMAL;
}

static void
sample(struct mfield *f, double value)
{
	double	 delta = value - f->mean;

	f->count++;
	f->mean += delta / f->count;
	f->m2 += delta * (value - f->mean);
}

/*
 * Learns from an accepted reading what is still being learned.  Returns 1 if
 * the model has changed, 0 if not, -1 without memory.
 */
int
model_learn(struct model *m, const struct json_fields *fields,
    const struct model_rules *r)
{
	struct mfield	*f;
	size_t		 i;
	int		 changed = 0;

	for (i = 0; i < fields->n; i++) {
		f = find(m, fields->f[i].path, i);
		if (f == NULL) {
			f = add(m, fields->f[i].path,
			    strlen(fields->f[i].path));
			if (f == NULL)
				return -1;
			resolve_field(m, f, r);
		}
		if (f->count >= r->samples)
			continue;
		sample(f, fields->f[i].value);
		changed = 1;
	}
	return changed;
}

static uint64_t
bits(double d)
{
	uint64_t	 u;

	memcpy(&u, &d, sizeof(u));
	return u;
}

static double
unbits(uint64_t u)
{
	double	 d;

	memcpy(&d, &u, sizeof(d));
	return d;
}

/* Writes the model to out, IPC_MODELMAX bytes; returns how many it took. */
size_t
model_encode(const struct model *m, uint8_t *out)
{
	const struct mfield	*f;
	uint8_t			*p = out;
	uint32_t		 i;

	*p++ = MODEL_VERSION;
	put_u16(p, m->nfields);
	p += 2;
	for (i = 0; i < m->nfields; i++) {
		f = &m->field[i];
		put_u32(p, f->count);
		put_u64(p + 4, bits(f->mean));
		put_u64(p + 12, bits(f->m2));
		p[20] = f->pathlen;
		memcpy(p + FIELD_FIXED, m->paths + f->path, f->pathlen);
		p += FIELD_FIXED + f->pathlen;
	}
	return p - out;
}

static int
decode_field(struct model *m, struct cursor *c)
{
	const uint8_t	*path;
	struct mfield	*f;
	uint64_t	 mean, m2;
	uint32_t	 count;
	size_t		 len;

	count = cursor_u32(c);
	mean = cursor_u64(c);
	m2 = cursor_u64(c);
	len = cursor_u8(c);
	if ((path = cursor_take(c, len)) == NULL || len >= JSON_PATHMAX ||
	    memchr(path, '\0', len) != NULL)
		return -1;
	if ((f = add(m, (const char *)path, len)) == NULL)
		return -1;
	f->count = count;
	f->mean = unbits(mean);
	f->m2 = unbits(m2);
	return isfinite(f->mean) && isfinite(f->m2) && f->m2 >= 0 ? 0 : -1;
}

/*
 * A model from what model_encode() wrote; no bytes are an empty one.  NULL
 * if they are no model, or without memory.
 */
struct model *
model_decode(const uint8_t *data, size_t len)
{
	struct model	*m;
	struct cursor	 c;
	uint32_t	 i, n;

	if ((m = model_new()) == NULL || len == 0)
		return m;
	cursor_init(&c, data, len);
	if (cursor_u8(&c) != MODEL_VERSION ||
	    (n = cursor_u16(&c)) > MODEL_FIELDS)
		goto fail;
	for (i = 0; i < n; i++)
		if (decode_field(m, &c) == -1)
			goto fail;
	if (cursor_end(&c) == 0)
		return m;
fail:
	model_free(m);
	return NULL;
}
