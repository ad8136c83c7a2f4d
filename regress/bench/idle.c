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

/* Sessions that stay quiet: what they take, and what it took to begin them. */

#include <err.h>

#include "load.h"

/* One reading of each, all at once. */
static void
use(void)
{
	unsigned int	 i, left;

	for (i = nbusy; i < nbusy + nidle; i++)
		client_send(&clients[i], 1);
	do {
		for (i = nbusy, left = 0; i < nbusy + nidle; i++)
			left += clients[i].acked != clients[i].sent;
		if (left > 0)
			loop_step(NULL, -1);
	} while (left > 0);
}

/* At first, and after one reading of each. */
void
test_idle(void)
{
	if (nidle == 0)
		errx(1, "idle: -i says how many");
	settle();
	rss_begin();
	cpu_begin();
	loop_connect(nbusy + nidle);
	settle();
	cpu_end("idle", nidle);
	rss_end("idle", nidle);
	use();
	settle();
	rss_end("used", nidle);
}
