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
	uint32_t		 room;
	struct newcomer		*new;
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
	newcomers_free(im->new, im->n);
	free(im);
}

/* Begins a list; one that client began before is forgotten. */
void
import_begin(uint32_t client)
{
	struct import	*im;

	import_client_gone(client);
	if ((im = calloc(1, sizeof(*im))) == NULL)
		fatal("calloc");
	im->client = client;
	TAILQ_INSERT_TAIL(&imports, im, entry);
	request_result(client, CTL_OK, 0, 0, "go on");
}

static void
import_put(struct import *im, struct device *d, uint32_t place)
{
	uint32_t	 room;

	if (im->n == im->room) {
		room = im->room == 0 ? 64 : im->room * 2;
		im->new = reallocarray(im->new, room, sizeof(*im->new));
		if (im->new == NULL)
			fatal("reallocarray");
		im->room = room;
	}
	im->new[im->n].dev = d;
	im->new[im->n++].place = place;
}

/* One more entry; answered only if the list cannot go on. */
void
import_row(uint32_t client, const struct ctl_newdevice *row)
{
	struct import	*im = import_of(client);
	struct device	*d;
	const char	*why;

	if (im == NULL)
		return;
	if (im->n == IMPORT_MAX) {
		request_result(client, CTL_INVALID, 0, row->place,
		    "more than %d devices in one list", IMPORT_MAX);
		import_free(im);
		return;
	}
	if ((d = newdevice_make(&row->e, &why)) == NULL) {
		request_result(client, CTL_INVALID, 0, row->place, "%s", why);
		import_free(im);
		return;
	}
	import_put(im, d, row->place);
}

/* The list is whole: all of it is enrolled, or nothing. */
void
import_commit(uint32_t client)
{
	struct import	*im = import_of(client);

	if (im == NULL || im->n == 0) {
		request_result(client, CTL_INVALID, 0, 0, "the list is empty");
		if (im != NULL)
			import_free(im);
		return;
	}
	enrol_add(client, im->new, im->n);
	im->new = NULL;
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
