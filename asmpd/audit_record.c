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

/* What an audit record says, and as which text. */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "asmpd.h"

#define STAMP_MAX	40	/* bytes of a time */
#define RECORD_FIXED	180	/* of a record, without ids and message */

_Static_assert(AUDIT_TEXTMAX > RECORD_FIXED + 2 * ASMP_IDMAX +
    AUDIT_DETAILMAX, "a record has room for a message");

static const char *const names[AUDIT_N] = {
	[AUDIT_AUTHENTICATED] = "AUTHENTICATED",
	[AUDIT_AUTH_FAILED] = "AUTH_FAILED",
	[AUDIT_KEY_REVOKED] = "KEY_REVOKED",
	[AUDIT_MESSAGE_ENCRYPTED] = "MESSAGE_ENCRYPTED",
	[AUDIT_MESSAGE_DECRYPTED] = "MESSAGE_DECRYPTED",
	[AUDIT_KEY_ENROLLED] = "KEY_ENROLLED",
	[AUDIT_KEY_ROTATED] = "KEY_ROTATED",
	[AUDIT_KEY_DISABLED] = "KEY_DISABLED",
	[AUDIT_KEY_ENABLED] = "KEY_ENABLED",
	[AUDIT_KEY_EXPIRED] = "KEY_EXPIRED",
	[AUDIT_READING_BLOCKED] = "READING_BLOCKED",
	[AUDIT_OPERATOR] = "OPERATOR",
	[AUDIT_RELOADED] = "RELOADED",
	[AUDIT_STARTED] = "STARTED",
	[AUDIT_STOPPED] = "STOPPED",
	[AUDIT_LOG_DAMAGED] = "LOG_DAMAGED",
	[AUDIT_EVENTS_LOST] = "EVENTS_LOST"
};

/* The type of this name; -1: there is none. */
int
audit_byname(const char *name)
{
	int	 i;

	for (i = 0; i < AUDIT_N; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* The name of this type; NULL: there is none. */
const char *
audit_name(int64_t type)
{
	return type < 0 || type >= AUDIT_N ? NULL : names[type];
}

/* All names, with a blank between two of them. */
void
audit_names(char *out, size_t size)
{
	int	 i;

	out[0] = '\0';
	for (i = 0; i < AUDIT_N; i++) {
		strlcat(out, i == 0 ? "" : " ", size);
		strlcat(out, names[i], size);
	}
}

/* Microseconds since 1970, and the same as ISO 8601. */
static uint64_t
stamp(char *out, size_t size)
{
	struct timespec	 ts;
	struct tm	 tm;
	size_t		 n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, size - n, ".%06ldZ", ts.tv_nsec / 1000);
	return (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* The record, and how long it is: names and order are those of asmp(7). */
static size_t
format(char *out, const struct ipc_audit *a, const char *text,
    const char *when)
{
	return (size_t)snprintf(out, AUDIT_TEXTMAX, "{\"event_type\":\"%s\","
	    "\"device_id\":\"%s\",\"gateway_id\":\"%s\",\"message\":\"%s\","
	    "\"timestamp\":\"%s\",\"status\":\"%s\"}", names[a->type],
	    a->device, a->gateway, text, when, a->ok ? "success" : "failure");
}

/*
 * The record of a message, as it is hashed, into out of AUDIT_TEXTMAX bytes;
 * its time comes into a.  Returns its length.  A message may grow sixfold as it
 * is escaped: it is cut to what the rest leaves.
 */
size_t
audit_record(char *out, struct ipc_audit *a, const char *message)
{
	char	 when[STAMP_MAX], text[AUDIT_TEXTMAX];

	a->time = stamp(when, sizeof(when));
	json_escape(text, AUDIT_TEXTMAX - format(out, a, "", when), message);
	return format(out, a, text, when);
}
