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
 * Bulk answers, the parent's part: it says what may be asked, and makes the
 * pipe.  One end goes to the store, which answers into it and can read
 * nothing from it, the other one through control to asmpctl.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

/* The names of what is taken away, for the logs; "" is only shown. */
static const char *const kinds[CTL_NKINDS] = {
	[CTL_KIND_READINGS] = "export readings",
	[CTL_KIND_BLOCKED] = "export blocked",
	[CTL_KIND_AUDIT] = "export audit log",
	[CTL_KIND_MARKS] = "",
	[CTL_KIND_EVIDENCE] = "export evidence",
	[CTL_KIND_DEVKEYS] = "device keys",
	[CTL_KIND_ACTIVITY] = "",
	[CTL_KIND_STATISTICS] = "",
	[CTL_KIND_DATABASE] = ""
};

static int
is_kind(uint32_t kind)
{
	return kind < CTL_NKINDS && kinds[kind] != NULL;
}

/*
 * The name of what takes all there is away, or at least reads it, and of what
 * is made for strangers; "": it only shows some.
 */
const char *
query_name(const struct ctl_query *q)
{
	if (!is_kind(q->kind) || (q->limit != 0 &&
	    q->kind != CTL_KIND_EVIDENCE))
		return "";
	return q->kind == CTL_KIND_AUDIT && q->verify ? "audit verify" :
	    kinds[q->kind];
}

static int
ended(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

/* What is wrong with a type of audit records: there is none such. */
static const char *
no_type(const struct ctl_query *q)
{
	static char	 why[CTL_TEXTMAX];
	char		 types[CTL_TEXTMAX - sizeof(q->type) - 12];

	audit_names(types, sizeof(types));
	snprintf(why, sizeof(why), "%s is none of %s", q->type, types);
	return why;
}

/* NULL, or what is wrong with what is asked; the device must be there. */
static const char *
query_bad(const struct ctl_query *q)
{
	if (!is_kind(q->kind))
		return "there is nothing of this kind to ask for";
	if (!ended(q->type, sizeof(q->type)) ||
	    !ended(q->device, sizeof(q->device)) ||
	    !ended(q->gateway, sizeof(q->gateway)))
		return "a word without an end";
	if (q->kind == CTL_KIND_AUDIT && q->type[0] != '\0' &&
	    audit_byname(q->type) == -1)
		return no_type(q);
	if (q->kind == CTL_KIND_EVIDENCE && (q->device[0] == '\0' ||
	    q->id == 0))
		return "evidence is of one reading of a device";
	if (q->kind == CTL_KIND_ACTIVITY && q->device[0] == '\0')
		return "the status is that of one device";
	return NULL;
}

static void
pipe_give(const struct ipc_query *msg, uint32_t client)
{
	int	 pair[2];

	if (sock_pair(pair) == -1) {
		log_warn("a pipe for an answer");
		reply_result(client, CTL_FAILED, 0, 0, "no pipe for the "
		    "answer; the log says why");
		return;
	}
	if (shutdown(pair[0], SHUT_RD) == -1)
		fatal("shutdown");
	if (imsgev_compose(&child_of(CTL_STORE)->iev, IPC_QUERY, 0, 0,
	    pair[0], msg, sizeof(*msg)) == -1)
		fatal("store does not take its messages");
	reply_pipe(client, pair[1]);
}

/*
 * Starts the answer to a question of client.  Returns 0, or -1: it was
 * refused.
 */
int
query_ask(uint32_t client, const struct ctl_query *q)
{
	struct ipc_query	 msg;
	struct device		*d;
	const char		*why;

	if ((why = query_bad(q)) != NULL) {
		reply_result(client, CTL_INVALID, 0, 0, "%s", why);
		return -1;
	}
	memset(&msg, 0, sizeof(msg));
	msg.q = *q;
	msg.devices = registry_count();
	msg.active = registry_active();
	/* The log has those that were refused, too. */
	if (q->device[0] != '\0' && q->kind != CTL_KIND_AUDIT) {
		if ((d = registry_byid(q->device)) == NULL) {
			reply_result(client, CTL_NOTFOUND, 0, 0,
			    "no such device");
			return -1;
		}
		msg.device = d->number;
	}
	pipe_give(&msg, client);
	return 0;
}
