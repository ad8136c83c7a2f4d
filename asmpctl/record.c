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
 * Audit records, which are JSON of six strings.  The daemon makes them; what
 * is shown of one is what a strict reader finds in it.
 */

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "asmpctl.h"

static const char *const	 fields[] = {
	"event_type", "device_id", "gateway_id", "message", "timestamp",
	"status"
};

#define NFIELDS		(sizeof(fields) / sizeof(fields[0]))
#define SHOWN_MAX	512	/* bytes of a field */

static json_t	*record;	/* the one at hand */

/* Takes a record of len bytes.  Returns 0, or -1 if it is none. */
int
record_parse(const char *text, size_t len)
{
	size_t	 i;

	json_decref(record);
	record = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(record) || json_object_size(record) != NFIELDS)
		return -1;
	for (i = 0; i < NFIELDS; i++)
		if (!json_is_string(json_object_get(record, fields[i])))
			return -1;
	return 0;
}

/* A field of the record at hand. */
const char *
record_field(const char *name)
{
	return json_string_value(json_object_get(record, name));
}

/* The record at hand as a line, with its place in the log. */
void
record_text(FILE *fp, uint64_t index)
{
	char	 message[SHOWN_MAX], device[SHOWN_MAX], word[SHOWN_MAX];
	char	 when[SHOWN_MAX], status[SHOWN_MAX];

	fprintf(fp, "%8llu %-27s %-17s %-8s %-20s %s\n",
	    (unsigned long long)index,
	    printable(record_field("timestamp"), when, sizeof(when)),
	    printable(record_field("event_type"), word, sizeof(word)),
	    printable(record_field("status"), status, sizeof(status)),
	    printable(record_field("device_id"), device, sizeof(device)),
	    printable(record_field("message"), message, sizeof(message)));
}

/* The same as an object. */
void
record_json(FILE *fp, uint64_t index)
{
	jsonw_open(fp, NULL, '{');
	jsonw_number(fp, "index", index);
	record_members(fp);
	jsonw_close(fp, '}');
}

/* What the record at hand says, in an object. */
void
record_members(FILE *fp)
{
	size_t	 i;

	for (i = 0; i < NFIELDS; i++)
		jsonw_string(fp, fields[i], record_field(fields[i]));
}
