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
 * What it takes to say whether a value is usual: the scanner's work and the
 * model's, for one value of a reading, and what a value's model holds.
 *
 *	score [-r runs]
 */

#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "measure.h"
#include "model.h"
#include "reading.h"

#define ROUNDS		200000	/* readings in a run */
#define LEARNED		20
#define MODELS		1000	/* to be weighed */

static const struct model_rules	 rules = {
	.samples = 10, .threshold = 3, .floor = 0.01, .generation = 1
};

/* The calls of these in the whole program come here first, see Makefile. */
void	*__real_malloc(size_t);
void	*__real_calloc(size_t, size_t);
void	*__real_realloc(void *, size_t);
void	*__real_reallocarray(void *, size_t, size_t);
char	*__real_strdup(const char *);
char	*__real_strndup(const char *, size_t);
void	*__wrap_malloc(size_t);
void	*__wrap_calloc(size_t, size_t);
void	*__wrap_realloc(void *, size_t);
void	*__wrap_reallocarray(void *, size_t, size_t);
char	*__wrap_strdup(const char *);
char	*__wrap_strndup(const char *, size_t);

static uint64_t	 allocations;

void *
__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	allocations++;
	return __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	allocations++;
	return __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	allocations++;
	return __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	allocations++;
	return __real_strndup(s, n);
}

static void
scan(struct json_fields *fields, uint64_t n)
{
	size_t	 off;

	if (json_scan((const uint8_t *)reading_text(n), reading_len, fields,
	    &off) != JSON_OK)
		errx(1, "a reading is no JSON");
}

static void
check(struct model *m, const struct json_fields *fields)
{
	struct model_finding	 finding;

	if (model_check(m, fields, &rules, &finding) != MODEL_NORMAL)
		errx(1, "a reading is not usual");
}

/* A model that has learned all it learns. */
static struct model *
trained(void)
{
	static struct json_fields	 fields;
	struct model			*m;
	uint64_t			 i;

	if ((m = model_new()) == NULL)
		err(1, NULL);
	for (i = 0; i < LEARNED; i++) {
		scan(&fields, i);
		if (model_learn(m, &fields, &rules) == -1)
			err(1, NULL);
	}
	return m;
}

static void
measure_scan(size_t nvalues)
{
	static struct json_fields	 fields;
	double				 begun = cpu_us();
	uint64_t			 i;

	for (i = 0; i < ROUNDS; i++)
		scan(&fields, i);
	printf("scan cpu %.4f\n", (cpu_us() - begun) / ROUNDS / nvalues);
}

static void
measure_check(struct model *m, const struct json_fields *fields)
{
	double		 begun = cpu_us();
	uint64_t	 i, before = allocations;

	for (i = 0; i < ROUNDS; i++)
		check(m, fields);
	printf("check cpu %.4f\n", (cpu_us() - begun) / ROUNDS / fields->n);
	printf("check allocations %llu\n",
	    (unsigned long long)(allocations - before));
}

/* What a process has less, by the allocator's own account. */
static void
weigh(size_t nvalues)
{
	static struct model	*m[MODELS];
	size_t			 i, before = mallinfo2().uordblks;

	for (i = 0; i < MODELS; i++)
		m[i] = trained();
	printf("state bytes %.1f\n", (double)(mallinfo2().uordblks - before) /
	    MODELS / nvalues);
	for (i = 0; i < MODELS; i++)
		model_free(m[i]);
}

int
main(int argc, char *argv[])
{
	static struct json_fields	 fields;
	struct model			*m;
	const char			*why = NULL;
	unsigned int			 i, runs = 5;
	int				 ch;

	while ((ch = getopt(argc, argv, "r:")) != -1) {
		if (ch == 'r')
			runs = strtonum(optarg, 1, 100, &why);
		if (ch != 'r' || why != NULL)
			errx(1, "usage: score [-r runs]");
	}
	reading_init(READING_LEN);
	scan(&fields, 0);
	m = trained();
	for (i = 0; i < runs; i++) {
		measure_scan(fields.n);
		measure_check(m, &fields);
	}
	weigh(fields.n);
	model_free(m);
	return 0;
}
