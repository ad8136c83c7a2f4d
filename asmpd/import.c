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
 * Lists of devices on their way in: asmpctl sends them row by row, and only
 * whole ones are checked and enrolled.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "asmpd.h"
#include "log.h"

/* An import while its rows come in. */
struct import {
	TAILQ_ENTRY(import)	 entry;
	uint32_t		 client;
	uint32_t		 n;
	struct newlist		*list;
};
static TAILQ_HEAD(, import)	 imports = TAILQ_HEAD_INITIALIZER(imports);

static struct import *
import_of(uint32_t client)
{
	struct import	*im;

	TAILQ_FOREACH(im, &imports, entry)
		if (im->client == client)
			return im;
	return NULL;
}

static void
import_free(struct import *im)
{
	TAILQ_REMOVE(&imports, im, entry);
	newlist_free(im->list);
	free(im);
}

/*
 * Begins a list, which is only checked if dry; one that client began before
 * is forgotten.
 */
void
import_begin(uint32_t client, int dry)
{
	struct import	*im;

	import_client_gone(client);
	if ((im = calloc(1, sizeof(*im))) == NULL)
		fatal("calloc");
	im->client = client;
	im->list = newlist_new(dry);
	TAILQ_INSERT_TAIL(&imports, im, entry);
	reply_result(client, CTL_OK, 0, 0, "go on");
}

/* One more entry; answered only if the list cannot go on. */
void
import_row(uint32_t client, const struct ctl_newdevice *row)
{
	struct import	*im = import_of(client);

	if (im == NULL)
		return;
	if (im->n == IMPORT_MAX) {
		reply_result(client, CTL_INVALID, 0, row->place,
		    "more than %d devices in one list", IMPORT_MAX);
		import_free(im);
		return;
	}
	im->n++;
	newlist_add(im->list, &row->e, row->place);
}

/* The list is whole: all of it is enrolled, or nothing. */
void
import_commit(uint32_t client)
{
	struct import	*im = import_of(client);

	if (im == NULL || im->n == 0) {
		reply_result(client, CTL_INVALID, 0, 0, "the list is empty");
		if (im != NULL)
			import_free(im);
		return;
	}
	enrol_add(client, im->list);
	im->list = NULL;
	import_free(im);
}

/* Forgets what only concerns a client that has left. */
void
import_client_gone(uint32_t client)
{
	struct import	*im;

	if ((im = import_of(client)) != NULL)
		import_free(im);
}
