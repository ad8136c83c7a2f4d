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
 * What the database does not take at the moment: said once when it begins
 * and once when it is over, and shown for as long as it lasts.
 */

#include <sys/types.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

static const struct {
	const char	*waits;
	const char	*again;
} texts[STALL_N] = {
	[STALL_READINGS] = { "nothing is acknowledged until it takes readings "
	    "again", "takes readings again" },
	[STALL_AUDIT] = { "audit records wait until it takes them again",
	    "takes audit records again" },
	[STALL_KEEP] = { "what is past its time stays until it can be removed",
	    "what is past its time is removed again" }
};

static int	 now[STALL_N];

/* Whether work of this kind waits for the database. */
int
stalled(enum stall what)
{
	return now[what];
}

/* The engine has just refused work, of which it says why. */
void
stall(enum stall what)
{
	if (!now[what])
		log_warnx("database: %s; %s", engine->error(),
		    texts[what].waits);
	now[what] = 1;
	store_counter[CS_STALLED] = 1;
	childside_trouble(engine->error());
}

/* The engine takes work of this kind, again or as ever. */
void
stall_over(enum stall what)
{
	if (!now[what])
		return;
	log_info("database: %s", texts[what].again);
	now[what] = 0;
	if (stalled(STALL_READINGS) || stalled(STALL_AUDIT) ||
	    stalled(STALL_KEEP))
		return;
	store_counter[CS_STALLED] = 0;
	childside_trouble(NULL);
}
