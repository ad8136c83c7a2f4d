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
 * What the steps of the hot path cost, for cost_test to run under callgrind,
 * which counts what happens inside measured().  Each step has run before, so
 * that what is made at the first use is not counted.
 */

#ifndef COST_H
#define COST_H

#include <stddef.h>

#define RUN		64	/* as many records as a seal may cover */
#define TEXT		240	/* bytes of JSON in a reading */

void	 cost_begin(const char *, const char *);
size_t	 cost_text(char *, size_t);
void	 measured(const char *, unsigned int, void (*)(void));

#endif /* COST_H */
