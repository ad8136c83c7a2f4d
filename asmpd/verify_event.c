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
 * What operators read: one line in the log for each thing that happens to a
 * session, and the same as an event for asmpctl monitor.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define EVENTS_MAX	1000	/* a second; more are counted and lost */

static int	 monitored;

/* Whether anybody watches, so that events are worth making. */
void
event_monitor(int on)
{
	monitored = on;
}

static int
event_allowed(void)
{
	static uint64_t	 second, n;
	uint64_t	 now;

	if (!monitored)
		return 0;
	if ((now = mono_ms() / 1000) != second) {
		second = now;
		n = 0;
	}
	if (++n <= EVENTS_MAX)
		return 1;
	verify_counter[CV_EVENTS_LOST]++;
	return 0;
}

static void
event_emit(const struct session *s, enum ctl_event_kind kind,
    const char *device, enum reason reason, uint64_t id, const char *text)
{
	struct ctl_event	 ev;

	if (!event_allowed())
		return;
	memset(&ev, 0, sizeof(ev));
	ev.time = now_ms();
	ev.id = id;
	ev.kind = kind;
	ev.reason = reason;
	if (device != NULL)
		strlcpy(ev.device, device, sizeof(ev.device));
	if (text != NULL)
		strlcpy(ev.text, text, sizeof(ev.text));
	addr_text(s->addr, s->port, ev.address, sizeof(ev.address));
	to_parent(IPC_EVENT, &ev, sizeof(ev));
}

/* What the server of SLMP said to each client, and its users look for. */
static void
event_slmp(char *addr)
{
	char	*port = strrchr(addr, ':');

	*port++ = '\0';
	log_info("Connection from ('%s', %s)", addr, port);
}

/* A session begins or ends; one that never began is a refusal. */
void
event_session(const struct session *s, enum ctl_event_kind kind,
    enum reason reason)
{
	char	 addr[CTL_ADDRMAX];

	if (s->up == NULL) {
		event_refused(s, s->hs == NULL ? NULL : s->hs->id, reason);
		return;
	}
	addr_text(s->addr, s->port, addr, sizeof(addr));
	if (kind == CTL_EV_SESSION_UP)
		log_info("session up: device %s address %s profile %s "
		    "proof %s", s->up->id, addr, s->profile->name,
		    kind_name(s->up->kind));
	else
		log_info("session down: device %s address %s reason %s",
		    s->up->id, addr, reason_name(reason));
	event_emit(s, kind, s->up->id, reason, 0, NULL);
	if (kind == CTL_EV_SESSION_UP && s->profile->record == ASMP_FERNET &&
	    (verify_conf.log_data || log_getverbose()))
		event_slmp(addr);
}

/* Somebody did not become a session; device is what was claimed, or NULL. */
void
event_refused(const struct session *s, const char *device,
    enum reason reason)
{
	char	 addr[CTL_ADDRMAX];

	verify_counter[CV_REFUSED]++;
	fault_tell(s, reason);
	addr_text(s->addr, s->port, addr, sizeof(addr));
	/* Who never said a word has not failed at anything. */
	if (s->state == S_HELLO && (reason == REASON_LOST ||
	    reason == REASON_TIMEOUT || reason == REASON_HALF_OPEN))
		log_debug("connection without a word: address %s reason %s",
		    addr, reason_name(reason));
	else
		log_info("session refused: address %s device %s reason %s",
		    addr, device == NULL || device[0] == '\0' ? "-" : device,
		    reason_name(reason));
	event_emit(s, CTL_EV_REFUSED, device, reason, 0, NULL);
}

/* The audit log is to know of a proof that did not come to the parent. */
void
event_unproved(const struct session *s, enum reason reason)
{
	struct ipc_refused	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = s->conn;
	msg.reason = reason;
	to_parent(IPC_REFUSED, &msg, sizeof(msg));
}

/* The same of a blocked reading. */
void
event_blocked(const struct session *s, uint64_t id, enum reason reason,
    const char *detail)
{
	struct ipc_blocked	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = s->conn;
	msg.id = id;
	msg.device = s->up->device;
	msg.reason = reason;
	if (detail != NULL)
		strlcpy(msg.detail, detail, sizeof(msg.detail));
	to_parent(IPC_BLOCKED, &msg, sizeof(msg));
}

/*
 * The same of len bytes of a stream, with a reading's id or 0: opened and
 * accepted, or sent.  They are many, and must not fill the pipe.
 */
void
event_message(const struct session *s, uint32_t stream, size_t len,
    uint64_t id, int encrypted)
{
	struct ipc_message	 msg;

	if (!verify_conf.audit_messages)
		return;
	if (childside_queued() > MESSAGES_QUEUE) {
		verify_counter[CV_UNAUDITED]++;
		return;
	}
	memset(&msg, 0, sizeof(msg));
	msg.conn = s->conn;
	msg.id = id;
	msg.device = s->up->device;
	msg.stream = stream;
	msg.bytes = len;
	msg.encrypted = encrypted;
	to_parent(IPC_MESSAGE, &msg, sizeof(msg));
}

/* Chat: who said it is proved, what it said stands where that was asked. */
void
event_text(const struct session *s, const uint8_t *text, size_t len)
{
	if (verify_conf.log_data || log_getverbose())
		log_info("Authenticated message from %s: %s", s->up->id,
		    log_vis((const char *)text, len));
}

/*
 * A reading has passed the checks, or was blocked for the reason that detail,
 * if any, explains.  What it said stands in the log only where that was asked
 * for.
 */
void
event_reading(const struct session *s, uint64_t id, enum reason reason,
    const uint8_t *text, size_t len, const char *detail)
{
	const char	*safe = "";
	int		 data = verify_conf.log_data || log_getverbose();

	if (reason == REASON_NONE && !data && !monitored)
		return;
	if (data || monitored)
		safe = log_vis((const char *)text, len);
	if (reason != REASON_NONE)
		log_info("reading blocked: device %s id %llu reason %s%s%s%s%s",
		    s->up->id, (unsigned long long)id, reason_name(reason),
		    detail == NULL ? "" : ": ", detail == NULL ? "" : detail,
		    data ? " data " : "", data ? safe : "");
	else if (data)
		log_info("[DATA RECEIVED] device %s id %llu %s", s->up->id,
		    (unsigned long long)id, safe);
	event_emit(s, reason == REASON_NONE ? CTL_EV_ACCEPTED :
	    CTL_EV_BLOCKED, s->up->id, reason, id,
	    detail == NULL ? safe : detail);
}
