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
 * All quiet sessions end at the same moment, without a word, and all of their
 * devices come again at once, as after a power cut; others go on meanwhile.
 */

#include <err.h>
#include <stdio.h>

#include "load.h"

#define ROUND		64	/* begun before the others have a turn */
#define AGAIN_US	1e6	/* until who was refused comes again */
#define LOOK_US		1e4	/* between two looks for such */
#define PATIENCE_US	60e6

static unsigned int	 refused;

/* Those that are no part of it send one reading after the other. */
static void
go_on(struct client *c)
{
	if (c->n < nbusy && c->acked == c->sent)
		client_send(c, 1);
}

/* Whoever has no connection comes again when it is time; how many are out. */
static unsigned int
come_again(void)
{
	struct client	*c;
	unsigned int	 out = 0;

	for (c = clients + nbusy; c < clients + nbusy + nidle; c++) {
		out += !c->up;
		if (c->fd != -1)
			continue;
		if (c->again == 0) {
			c->again = now_us() + AGAIN_US;
			refused++;
		} else if (c->again <= now_us()) {
			c->again = 0;
			client_connect(c);
		}
	}
	return out;
}

static void
begin(void)
{
	struct client	*c;
	unsigned int	 i;

	for (c = clients + nbusy; c < clients + nbusy + nidle; c++)
		client_cut(c);
	for (i = nbusy; i < nbusy + nidle; i++) {
		clients[i].again = 0;
		client_connect(&clients[i]);
		if (i % ROUND == 0)
			loop_step(go_on, 0);
	}
}

static void
storm(void)
{
	double		 begun = now_us();
	uint64_t	 before = acked_sum();

	refused = 0;
	cpu_begin();
	begin();
	while (come_again() > 0) {
		loop_step(go_on, LOOK_US);
		if (now_us() > begun + PATIENCE_US)
			errx(1, "not all are back");
	}
	printf("storm seconds %.2f\n", (now_us() - begun) / 1e6);
	printf("storm refused %u\n", refused);
	printf("storm others %llu\n",
	    (unsigned long long)(acked_sum() - before));
	cpu_end("storm", nidle);
}

/* Memory is looked at before, after the first storm and after later ones. */
void
test_storm(void)
{
	unsigned int	 i;

	if (nidle == 0)
		errx(1, "storm: -i says how many");
	loop_connect(nbusy + nidle);
	for (i = nbusy; i < nbusy + nidle; i++)
		clients[i].maylose = 1;
	settle();
	rss_now("before");
	puts("begins");
	fflush(stdout);
	for (i = 0; i < nbusy; i++)
		go_on(&clients[i]);
	for (i = 0; i <= runs; i++) {
		storm();
		settle();
		rss_now(i == 0 ? "first" : "later");
	}
	fflush(stdout);
}
