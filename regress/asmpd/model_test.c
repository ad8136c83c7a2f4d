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

/* What is normal for a device: asmpd/model.c. */

#include <sys/types.h>

#include <atf-c.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define HEAD	3		/* version, number of fields */
#define FIXED	21		/* of a field, before its path */

static const struct model_rules	 plain = {
	.samples = 10,
	.threshold = 3.0,
	.floor = 0.01,
	.generation = 1
};

/* A reading of one field. */
static const struct json_fields *
one(const char *path, double value)
{
	static struct json_fields	 f;

	memset(&f, 0, sizeof(f));
	f.n = 1;
	snprintf(f.f[0].path, sizeof(f.f[0].path), "%s", path);
	f.f[0].value = value;
	return &f;
}

static enum model_verdict
check(struct model *m, const char *path, double value,
    const struct model_rules *r)
{
	struct model_finding	 finding;

	return model_check(m, one(path, value), r, &finding);
}

static void
learn(struct model *m, const char *path, double value,
    const struct model_rules *r)
{
	ATF_REQUIRE(model_learn(m, one(path, value), r) != -1);
}

/* The field t of a device that sends 25.0 with a noise of 0.1. */
static struct model *
trained(const struct model_rules *r)
{
	static const double	 noise[] = {
		0, .1, -.1, 0, .1, -.1, .1, 0, -.1, 0
	};
	struct model		*m = model_new();
	size_t			 i;

	ATF_REQUIRE(m != NULL);
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 25 + noise[i], r));
		learn(m, "t", 25 + noise[i], r);
	}
	return m;
}

/* 27.0 after 25.0 +- 0.1, with all that a person needs to know about it. */
ATF_TC_WITHOUT_HEAD(finds);
ATF_TC_BODY(finds, tc)
{
	struct model		*m = trained(&plain);
	struct model_finding	 f;

	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 25.2, &plain));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, model_check(m, one("t", 27), &plain,
	    &f));
	ATF_REQUIRE_STREQ("t", f.path);
	ATF_REQUIRE_EQ(27.0, f.value);
	ATF_REQUIRE(fabs(f.mean - 25) < 1e-9);
	/* Six deviations of 0.1 in ten samples: sqrt(0.06 / 9). */
	ATF_REQUIRE(fabs(f.deviation - sqrt(0.06 / 9)) < 1e-9);
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", 23, &plain));
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "u", 27, &plain));
	model_free(m);
}

/* The edge itself is normal: three deviations, not one bit more. */
ATF_TC_WITHOUT_HEAD(edge);
ATF_TC_BODY(edge, tc)
{
	struct model_rules	 r = plain;
	struct model		*m = model_new();
	int			 i;

	r.floor = 0.5;
	for (i = 0; i < 10; i++)
		learn(m, "t", 8, &r);
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 9.5, &r));
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 6.5, &r));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", nextafter(9.5, 10), &r));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", nextafter(6.5, 6), &r));
	model_free(m);
}

/* A constant has no deviation: the floor keeps the next change normal. */
ATF_TC_WITHOUT_HEAD(floor_holds);
ATF_TC_BODY(floor_holds, tc)
{
	struct model	*m = model_new();
	int		 i;

	for (i = 0; i < 10; i++)
		learn(m, "t", 100, &plain);
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 100.02, &plain));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", 100.04, &plain));
	model_free(m);
}

/* What is not accepted is not learned, nor is what comes after the samples. */
ATF_TC_WITHOUT_HEAD(learns_only_samples);
ATF_TC_BODY(learns_only_samples, tc)
{
	struct model	*m = trained(&plain);
	uint8_t		 before[IPC_MODELMAX], after[IPC_MODELMAX];
	size_t		 len = model_encode(m, before);
	int		 i;

	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", 26, &plain));
		ATF_REQUIRE_EQ(0, model_learn(m, one("t", 25.2), &plain));
	}
	ATF_REQUIRE_EQ(len, model_encode(m, after));
	ATF_REQUIRE_EQ(0, memcmp(before, after, len));
	/* Of a field it does not know it learns, and says so. */
	ATF_REQUIRE_EQ(1, model_learn(m, one("u", 1), &plain));
	model_free(m);
}

/* Before the last sample everything is normal. */
ATF_TC_WITHOUT_HEAD(young);
ATF_TC_BODY(young, tc)
{
	struct model	*m = model_new();
	int		 i;

	for (i = 0; i < 9; i++)
		learn(m, "t", 1, &plain);
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 1e6, &plain));
	learn(m, "t", 1, &plain);
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", 1e6, &plain));
	model_free(m);
}

/* Far from zero, where subtracting sums of squares would leave nothing. */
ATF_TC_WITHOUT_HEAD(precise);
ATF_TC_BODY(precise, tc)
{
	struct model_rules	 r = plain;
	struct model_finding	 f;
	struct model		*m = model_new();
	double			 x[1000], mean = 0, sum = 0;
	int			 i;

	r.samples = 1000;
	r.floor = 1e-12;
	srandom(1);
	for (i = 0; i < 1000; i++) {
		x[i] = 1e9 + (double)(random() % 1000) / 1000;
		mean += x[i] / 1000;
		learn(m, "t", x[i], &r);
	}
	for (i = 0; i < 1000; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	ATF_REQUIRE_EQ(MODEL_ANOMALY, model_check(m, one("t", 0), &r, &f));
	ATF_REQUIRE(fabs(f.mean - mean) < 1e-5);
	ATF_REQUIRE(fabs(f.deviation / sqrt(sum / 999) - 1) < 1e-6);
	model_free(m);
}

static void
rule(struct model_rules *r, const char *pattern, double floor, int ignore)
{
	struct ipc_field	*f = &r->field[r->nfields++];

	snprintf(f->pattern, sizeof(f->pattern), "%s", pattern);
	f->floor = floor;
	f->ignore = ignore;
}

/* The first rule that fits a field decides about it. */
ATF_TC_WITHOUT_HEAD(rules_in_order);
ATF_TC_BODY(rules_in_order, tc)
{
	struct model_rules	 r = plain;
	struct model		*m;
	int			 i;

	rule(&r, "a.b", 5, 0);
	rule(&r, "a.*", 0, 1);
	m = model_new();
	for (i = 0; i < 10; i++) {
		learn(m, "a.b", 0, &r);
		learn(m, "a.c", 0, &r);
		learn(m, "b", 0, &r);
	}
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "a.b", 15, &r));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "a.b", 16, &r));
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "a.c", 1e9, &r));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "b", 1, &r));
	model_free(m);
}

/* A reload is seen by models that are in use, when its generation is new. */
ATF_TC_WITHOUT_HEAD(rules_change);
ATF_TC_BODY(rules_change, tc)
{
	struct model_rules	 r = plain;
	struct model		*m = trained(&r);

	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", 27, &r));
	rule(&r, "t", 0, 1);
	r.generation++;
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 27, &r));
	r.nfields = 0;
	r.floor = 10;
	r.generation++;
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 54.9, &r));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, check(m, "t", 55.1, &r));
	/* More samples are wanted: it goes on learning. */
	r.samples = 11;
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 99, &r));
	ATF_REQUIRE_EQ(1, model_learn(m, one("t", 99), &r));
	ATF_REQUIRE_EQ(0, model_learn(m, one("t", 99), &r));
	model_free(m);
}

/* A number whose square is none would spoil what was learned. */
ATF_TC_WITHOUT_HEAD(range);
ATF_TC_BODY(range, tc)
{
	struct model	*m = model_new();
	int		 i;

	ATF_REQUIRE_EQ(MODEL_RANGE, check(m, "t", 1.1e150, &plain));
	ATF_REQUIRE_EQ(MODEL_RANGE, check(m, "t", -1.1e150, &plain));
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", i % 2 == 0 ?
		    1e150 : -1e150, &plain));
		learn(m, "t", i % 2 == 0 ? 1e150 : -1e150, &plain);
	}
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, "t", 1e150, &plain));
	model_free(m);
}

/* The longest name there can be, and another for each n. */
static const char *
long_path(int n)
{
	static char	 path[JSON_PATHMAX];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	path[0] = (char)('A' + n / 26);
	path[1] = (char)('a' + n % 26);
	return path;
}

static struct model *
full(void)
{
	struct model	*m = model_new();
	int		 i;

	for (i = 0; i < MODEL_FIELDS; i++) {
		ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, long_path(i), i, &plain));
		learn(m, long_path(i), i, &plain);
	}
	return m;
}

/* A device cannot fill the memory with names. */
ATF_TC_WITHOUT_HEAD(full_model);
ATF_TC_BODY(full_model, tc)
{
	struct model		*m = full();
	struct model_finding	 f;
	struct json_fields	 many;
	int			 i;

	ATF_REQUIRE_EQ(MODEL_FULL, check(m, long_path(MODEL_FIELDS), 0,
	    &plain));
	ATF_REQUIRE_EQ(MODEL_NORMAL, check(m, long_path(5), 5, &plain));
	model_free(m);
	/* Nor with many in one reading. */
	m = model_new();
	learn(m, "first", 0, &plain);
	memset(&many, 0, sizeof(many));
	many.n = MODEL_FIELDS;
	for (i = 0; i < MODEL_FIELDS; i++)
		snprintf(many.f[i].path, sizeof(many.f[i].path), "f%d", i);
	ATF_REQUIRE_EQ(MODEL_FULL, model_check(m, &many, &plain, &f));
	many.n--;
	ATF_REQUIRE_EQ(MODEL_NORMAL, model_check(m, &many, &plain, &f));
	model_free(m);
}

/* What the store keeps is all there was; the largest fits its message. */
ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{
	struct model		*m = trained(&plain), *copy;
	struct model_finding	 f, g;
	uint8_t			 buf[IPC_MODELMAX], again[IPC_MODELMAX];
	size_t			 len;

	len = model_encode(m, buf);
	ATF_REQUIRE_EQ(HEAD + FIXED + 1, len);
	copy = model_decode(buf, len);
	ATF_REQUIRE(copy != NULL);
	ATF_REQUIRE_EQ(MODEL_ANOMALY, model_check(m, one("t", 27), &plain,
	    &f));
	ATF_REQUIRE_EQ(MODEL_ANOMALY, model_check(copy, one("t", 27), &plain,
	    &g));
	ATF_REQUIRE_EQ(f.mean, g.mean);
	ATF_REQUIRE_EQ(f.deviation, g.deviation);
	ATF_REQUIRE_EQ(0, model_learn(copy, one("t", 25), &plain));
	model_free(m);
	model_free(copy);
	m = full();
	len = model_encode(m, buf);
	ATF_REQUIRE(len <= sizeof(buf));
	copy = model_decode(buf, len);
	ATF_REQUIRE(copy != NULL);
	ATF_REQUIRE_EQ(len, model_encode(copy, again));
	ATF_REQUIRE_EQ(0, memcmp(buf, again, len));
	model_free(m);
	model_free(copy);
}

/* Nothing stored is a device that is new. */
ATF_TC_WITHOUT_HEAD(new_device);
ATF_TC_BODY(new_device, tc)
{
	struct model	*m = model_decode(NULL, 0);
	uint8_t		 buf[IPC_MODELMAX];

	ATF_REQUIRE(m != NULL);
	ATF_REQUIRE_EQ(HEAD, model_encode(m, buf));
	model_free(m);
	m = model_decode(buf, HEAD);
	ATF_REQUIRE(m != NULL);
	model_free(m);
	model_free(NULL);
}

static int
is_refused(const uint8_t *buf, size_t len)
{
	struct model	*m = model_decode(buf, len);

	model_free(m);
	return m == NULL;
}

static void
put_double(uint8_t *p, double d)
{
	uint64_t	 u;

	memcpy(&u, &d, sizeof(u));
	put_u64(p, u);
}

/* A damaged database must not become a model of nonsense. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	static const double	 no_mean[] = { NAN, INFINITY, -INFINITY };
	static const double	 no_m2[] = { NAN, INFINITY, -1 };
	struct model		*m = trained(&plain);
	uint8_t			 good[IPC_MODELMAX + 1], bad[IPC_MODELMAX + 1];
	size_t			 i, len = model_encode(m, good);

	model_free(m);
	good[len] = 0;
	ATF_REQUIRE(!is_refused(good, len));
	for (i = 1; i < len; i++)
		ATF_REQUIRE(is_refused(good, i));
	ATF_REQUIRE(is_refused(good, len + 1));
	for (i = 0; i < 3; i++) {
		memcpy(bad, good, len);
		put_double(bad + HEAD + 4, no_mean[i]);
		ATF_REQUIRE(is_refused(bad, len));
		memcpy(bad, good, len);
		put_double(bad + HEAD + 12, no_m2[i]);
		ATF_REQUIRE(is_refused(bad, len));
	}
	memcpy(bad, good, len);
	bad[0]++;
	ATF_REQUIRE(is_refused(bad, len));
	memcpy(bad, good, len);
	bad[len - 1] = '\0';
	ATF_REQUIRE(is_refused(bad, len));
}

/* Counts and lengths that promise more than a model may hold. */
ATF_TC_WITHOUT_HEAD(too_much);
ATF_TC_BODY(too_much, tc)
{
	uint8_t	 buf[HEAD + 70 * (FIXED + 200)];
	uint8_t	*p = buf + HEAD;
	int	 i;

	memset(buf, 0, sizeof(buf));
	buf[0] = 1;
	/* One field whose name is as long as can be, then one longer. */
	put_u16(buf + 1, 1);
	memset(p + FIXED, 'x', JSON_PATHMAX);
	p[FIXED - 1] = JSON_PATHMAX - 1;
	ATF_REQUIRE(!is_refused(buf, HEAD + FIXED + JSON_PATHMAX - 1));
	p[FIXED - 1] = JSON_PATHMAX;
	ATF_REQUIRE(is_refused(buf, HEAD + FIXED + JSON_PATHMAX));
	/* As many fields as there can be, then one more. */
	memset(buf + HEAD, 0, sizeof(buf) - HEAD);
	for (i = 0; i <= MODEL_FIELDS; i++, p += FIXED + 2) {
		p[FIXED - 1] = 2;
		p[FIXED] = (uint8_t)('a' + i / 16);
		p[FIXED + 1] = (uint8_t)('a' + i % 16);
	}
	put_u16(buf + 1, MODEL_FIELDS);
	ATF_REQUIRE(!is_refused(buf, HEAD + MODEL_FIELDS * (FIXED + 2)));
	put_u16(buf + 1, MODEL_FIELDS + 1);
	ATF_REQUIRE(is_refused(buf, HEAD + (MODEL_FIELDS + 1) * (FIXED + 2)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, finds);
	ATF_TP_ADD_TC(tp, edge);
	ATF_TP_ADD_TC(tp, floor_holds);
	ATF_TP_ADD_TC(tp, learns_only_samples);
	ATF_TP_ADD_TC(tp, young);
	ATF_TP_ADD_TC(tp, precise);
	ATF_TP_ADD_TC(tp, rules_in_order);
	ATF_TP_ADD_TC(tp, rules_change);
	ATF_TP_ADD_TC(tp, range);
	ATF_TP_ADD_TC(tp, full_model);
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, new_device);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, too_much);
	return atf_no_error();
}
