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

/* Answers to asmpctl in the parent's own words. */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

/*
 * A part of an answer, len bytes, at most a struct ctl_device and 512; last
 * says that nothing follows.
 */
void
reply_part(uint32_t client, uint32_t type, const void *data, size_t len,
    int last)
{
	struct {
		struct ipc_reply	 reply;
		uint8_t			 data[sizeof(struct ctl_device) + 512];
	} msg;

	if (client == 0)	/* asked by a signal: nobody listens */
		return;
	if (len > sizeof(msg.data))
		fatalx("answer of %zu bytes", len);
	memset(&msg.reply, 0, sizeof(msg.reply));
	msg.reply.client = client;
	msg.reply.type = type;
	msg.reply.last = last;
	memcpy(msg.data, data, len);
	to_child(CTL_CONTROL, IPC_REPLY, &msg, sizeof(msg.reply) + len);
}

/* The end of an answer. */
void
reply_result(uint32_t client, enum ctl_code code, uint32_t n,
    uint32_t place, const char *fmt, ...)
{
	struct ctl_result	 res;
	va_list			 ap;

	memset(&res, 0, sizeof(res));
	res.code = code;
	res.count = n;
	res.place = place;
	va_start(ap, fmt);
	vsnprintf(res.text, sizeof(res.text), fmt, ap);
	va_end(ap);
	reply_part(client, CTL_RESULT, &res, sizeof(res), 1);
}

/* The answer comes on a pipe, whose end this is; it is given away. */
void
reply_pipe(uint32_t client, int fd)
{
	struct ipc_reply	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.client = client;
	msg.type = CTL_PIPE;
	msg.last = 1;
	if (imsgev_compose(&child_of(CTL_CONTROL)->iev, IPC_REPLY, 0, 0, fd,
	    &msg, sizeof(msg)) == -1)
		fatal("control does not take its messages");
}

/* What is wrong with a list, entry by entry, and the end of the answer. */
void
reply_errors(uint32_t client, const struct newlist *l)
{
	const struct newlist_error	*e = l->error;
	struct ctl_result		 res;
	uint32_t			 i;

	for (i = 0; i < l->nerrors && i < LIST_ERRORS; i++) {
		memset(&res, 0, sizeof(res));
		res.code = e[i].code;
		res.place = e[i].place;
		strlcpy(res.text, e[i].why, sizeof(res.text));
		if (res.place != 0)
			reply_part(client, CTL_IMPORT_ERROR, &res,
			    sizeof(res), 0);
	}
	reply_result(client, e->code, l->nerrors, e->place, "%s", e->why);
}

/* What a log was signed as. */
void
reply_note(uint32_t client, const struct ctl_note *note)
{
	reply_part(client, CTL_NOTE_TEXT, note, sizeof(*note), 0);
	reply_result(client, CTL_OK, 0, 0, "%s", "");
}

/*
 * An id from outside, of ASMP_IDMAX + 1 bytes, which must be one before it is
 * used or logged; NULL, and the answer is given, where it is none.
 */
const char *
reply_name(const struct ipc_ctl *ctl, const void *data)
{
	const char	*name = data;

	if (memchr(name, '\0', ASMP_IDMAX + 1) != NULL && id_valid(name))
		return name;
	reply_result(ctl->client, CTL_INVALID, 0, 0,
	    "not a device id: 1 to 64 of letters, digits and ._:@-");
	return NULL;
}
