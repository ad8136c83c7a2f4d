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
 * Readings at a given rate, whatever the gateway does: each client sends one
 * when its time has come, alone, and its round trip begins at that time, also
 * when this program was late to send it.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

#define LATE_US		10e6	/* behind its plan by so much, it is given up */

static double		*rtt;		/* of each reading, us */
static uint64_t		 total, ndone;
static double		 start;

/* When the n-th reading is due, us. */
static double
due(uint64_t n)
{
	return start + n * 1e6 / rate;
}

/* Times those of a client's readings that came back since it was asked. */
static void
note(struct client *c)
{
	while (c->noted < c->acked - c->begun) {
		rtt[ndone++] = now_us() - due(c->noted * nbusy + c->n);
		c->noted++;
	}
}

static void
send_due(uint64_t *next)
{
	struct client	*c;

	while (*next < total && due(*next) <= now_us()) {
		c = &clients[(*next)++ % nbusy];
		client_send(c, 1);
		note(c);
	}
}

static void
pace(void)
{
	uint64_t	 next = 0;
	double		 wait;

	start = now_us();
	for (;;) {
		send_due(&next);
		if (ndone == total)
			return;
		wait = next < total ? due(next) - now_us() : -1;
		if (next == total || wait > 0)
			loop_step(note, wait);
		if (now_us() > due(total) + LATE_US)
			errx(1, "%.0f readings/s are more than it takes",
			    rate);
	}
}

static void
run(void)
{
	unsigned int	 i;

	ndone = 0;
	for (i = 0; i < nbusy; i++) {
		clients[i].begun = clients[i].acked;
		clients[i].noted = 0;
	}
	settle();
	cpu_begin();
	pace();
	cpu_end("paced", total);
	printf("paced rtt %.1f\n", median(rtt, total));
	printf("paced rtt99 %.1f\n", quantile(rtt, total, 0.99));
	fflush(stdout);
}

/* Each client sends several readings in a run, and the same number. */
void
test_paced(void)
{
	unsigned int	 i;

	total = rate * seconds;
	total -= total % nbusy;
	if (total < nbusy)
		total = nbusy;
	if ((rtt = calloc(total, sizeof(*rtt))) == NULL)
		err(1, NULL);
	for (i = 0; i < runs; i++)
		run();
	free(rtt);
}
