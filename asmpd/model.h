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
 * What is normal for a device: of each of its numeric fields, mean and
 * deviation of the first accepted samples.
 */

#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

#include "asmp_proto.h"
#include "ipc.h"

#define MODEL_FIELDS	64	/* distinct fields of one device */
#define RULES_MAX	64	/* about fields, in asmpd.conf(5) */

struct model;

/* The rules of the configuration, as verify holds them. */
struct model_rules {
	uint32_t	 samples;
	double		 threshold;
	double		 floor;
	uint32_t	 generation;	/* rises with each reload */
	uint32_t	 nfields;
	struct ipc_field field[RULES_MAX];
};

/* What was wrong with a reading, for people. */
struct model_finding {
	const char	*path;
	double		 value;
	double		 mean;
	double		 deviation;
};

enum model_verdict {
	MODEL_NORMAL,
	MODEL_ANOMALY,
	MODEL_RANGE,		/* a number too large to learn from */
	MODEL_FULL		/* more fields than a model holds */
};

/* model.c */
struct model		*model_new(void);
void			 model_free(struct model *);
struct model		*model_decode(const uint8_t *, size_t);
size_t			 model_encode(const struct model *, uint8_t *);
enum model_verdict	 model_check(struct model *,
			    const struct json_fields *,
			    const struct model_rules *,
			    struct model_finding *);
int			 model_learn(struct model *,
			    const struct json_fields *,
			    const struct model_rules *);

#endif /* MODEL_H */
