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

/* What both forms of output share: names, and values as people read them. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "asmpctl.h"

#define YEAR_MAX	9999		/* of four digits */
#define UNITS		"KMGTPE"

uint64_t	 output_now;

static const char *const	 processes[CTL_NPROCESSES] = {
	[CTL_PARENT] = "parent",
	[CTL_NET] = "net",
	[CTL_STORE] = "store",
	[CTL_CONTROL] = "control",
	[CTL_VERIFY] = "verify", "verify2", "verify3", "verify4", "verify5",
	"verify6", "verify7", "verify8", "verify9", "verify10", "verify11",
	"verify12", "verify13", "verify14", "verify15", "verify16"
};

static const char *const	 codes[] = {
	[CTL_OK] = "ok",
	[CTL_DENIED] = "denied",
	[CTL_UNKNOWN] = "unknown",
	[CTL_INVALID] = "invalid",
	[CTL_NOTFOUND] = "notfound",
	[CTL_EXISTS] = "exists",
	[CTL_BUSY] = "busy",
	[CTL_FAILED] = "failed",
	[RESULT_LOST] = "lost",
	[RESULT_BROKEN] = "broken"
};

static const char *const	 events[] = {
	[CTL_EV_SESSION_UP] = "up",
	[CTL_EV_SESSION_DOWN] = "down",
	[CTL_EV_REFUSED] = "refused",
	[CTL_EV_ACCEPTED] = "accepted",
	[CTL_EV_BLOCKED] = "blocked"
};

static const char *const	 states[] = {
	[CTL_DEVICE_ACTIVE] = "active",
	[CTL_DEVICE_REVOKED] = "revoked",
	[CTL_DEVICE_DISABLED] = "disabled"
};

static const char *const	 counters[CTL_VERIFY + 1][CTL_NCOUNTERS] = {
	[CTL_PARENT] = {
		[CP_DEVICES] = "devices",
		[CP_REVOKED] = "revoked",
		[CP_SIGNED] = "signed",
		[CP_LOOKUPS] = "lookups",
		[CP_PROOFS] = "proofs",
		[CP_PROOFS_BAD] = "proofs_bad",
		[CP_RELOADS] = "reloads",
		[CP_AUDITED] = "audited",
		[CP_AUDIT_LOST] = "audit_lost",
		[CP_AUDIT_DAMAGED] = "audit_damaged",
		[CP_READINGS_DAMAGED] = "readings_damaged",
		[CP_VERIFIERS] = "verifiers",
		[CP_VALUES_LOST] = "values_lost"
	},
	[CTL_NET] = {
		[CN_CONNS] = "connections",
		[CN_HALFOPEN] = "half_open",
		[CN_ACCEPTED] = "accepted",
		[CN_REFUSED] = "refused",
		[CN_BYTES_IN] = "bytes_in",
		[CN_BYTES_OUT] = "bytes_out",
		[CN_FRAMES] = "frames",
		[CN_READS] = "reads",
		[CN_WRITES] = "writes",
		[CN_PIPE_WRITES] = "pipe_writes",
		[CN_QUEUED] = "queued_bytes",
		[CN_PAUSES] = "pauses",
		[CN_PENALTIES] = "penalties",
		[CN_SHUT] = "shut_out",
		[CN_TURNED] = "penalty_refused"
	},
	[CTL_VERIFY] = {
		[CV_SESSIONS] = "sessions",
		[CV_HANDSHAKES] = "handshakes",
		[CV_REFUSED] = "refused",
		[CV_RECORDS] = "records",
		[CV_SEALS] = "seals",
		[CV_ACCEPTED] = "accepted",
		[CV_BLOCKED] = "blocked",
		[CV_DUPLICATES] = "duplicates",
		[CV_ROOMS] = "rooms",
		[CV_ROOM_BYTES] = "room_bytes",
		[CV_EVENTS_LOST] = "events_lost",
		[CV_QUEUED] = "queued_bytes",
		[CV_STREAMS] = "streams",
		[CV_LATE] = "late_frames",
		[CV_UNSENT] = "unsent",
		[CV_REKEYS] = "rekeys",
		[CV_UNAUDITED] = "unaudited",
		[CV_HOLDS] = "holds",
		[CV_HELD] = "held_back",
		[CV_YIELDS] = "yields"
	},
	[CTL_STORE] = {
		[CS_READINGS] = "readings",
		[CS_BLOCKED] = "blocked",
		[CS_DUPLICATES] = "duplicates",
		[CS_COMMITS] = "commits",
		[CS_RETRIES] = "retries",
		[CS_LEASES] = "leases",
		[CS_UNLEASED] = "unleased",
		[CS_QUEUED] = "queued_bytes",
		[CS_STALLED] = "stalled",
		[CS_READERS] = "readers",
		[CS_EXPIRED] = "expired",
		[CS_EVICTED] = "evicted",
		[CS_BYTES] = "database_bytes"
	},
	[CTL_CONTROL] = {
		[CC_CLIENTS] = "clients",
		[CC_REQUESTS] = "requests",
		[CC_DENIED] = "denied",
		[CC_MALFORMED] = "malformed",
		[CC_EVENTS_LOST] = "events_lost"
	}
};

/* A counter's name in JSON; NULL behind a process's last one. */
const char *
counter_name(enum ctl_process proc, unsigned int i)
{
	if (proc > CTL_VERIFY)
		proc = CTL_VERIFY;
	return i < CTL_NCOUNTERS ? counters[proc][i] : NULL;
}

/*
 * The next process behind proc, or with -1 the first, in the order in which
 * data goes through them; -1: there are no more.
 */
int
process_next(const struct ctl_status *st, int proc)
{
	do {
		if (proc == CTL_NET)
			proc = CTL_VERIFY;
		else if (proc == CTL_NPROCESSES - 1)
			proc = CTL_STORE;
		else if (proc == CTL_CONTROL)
			return -1;
		else
			proc++;
	} while (st[proc].pid == 0);
	return proc;
}

/* What a counter is for all verifiers together. */
uint64_t
verify_count(const struct ctl_status *st, enum ctl_counter_verify i)
{
	uint64_t	 n = 0;
	int		 proc;

	for (proc = CTL_VERIFY; proc < CTL_NPROCESSES; proc++)
		n += st[proc].counter[i];
	return n;
}

/* What there was no room for, in all processes: the line `dropped'. */
void
dropped_count(const struct ctl_status *st, struct dropped *d)
{
	d->texts = verify_count(st, CV_UNSENT) + verify_count(st, CV_LATE);
	d->events = verify_count(st, CV_EVENTS_LOST) +
	    st[CTL_CONTROL].counter[CC_EVENTS_LOST];
	d->records = verify_count(st, CV_UNAUDITED) +
	    st[CTL_PARENT].counter[CP_AUDIT_LOST];
}

/* The process's name; it must be one. */
const char *
process_name(uint32_t proc)
{
	return processes[proc];
}

/* A result's code as one word, for ever the same; it must be one. */
const char *
code_name(uint32_t code)
{
	return codes[code];
}

/* Whether the device's time is over. */
int
has_expired(const struct ctl_device *d)
{
	return d->expires != 0 && d->expires <= output_now;
}

/* A device's state as one word; NULL: there is none of this number. */
const char *
state_name(uint8_t state)
{
	return state < sizeof(states) / sizeof(states[0]) ? states[state] :
	    NULL;
}

/* A device's state as it is shown: the clock alone lets it expire. */
const char *
state_text(const struct ctl_device *d)
{
	return d->state == CTL_DEVICE_ACTIVE && has_expired(d) ? "expired" :
	    state_name(d->state);
}

/* By which key a session was proved, as one word, "" for none. */
const char *
session_key_name(uint8_t key)
{
	return key == CTL_KEY_OLD ? "old" : key == CTL_KEY_NEW ? "new" : "";
}

/* Whether the device goes by its old key, as far as was seen. */
int
uses_old(const struct ctl_rotation *r)
{
	return r->used == 0 || r->oldused > r->used ||
	    r->session == CTL_KEY_OLD;
}

/* The event's kind as one word; NULL: there is none of this number. */
const char *
event_name(uint8_t kind)
{
	return kind < sizeof(events) / sizeof(events[0]) ? events[kind] : NULL;
}

/* The profile's name; "-" for one that this build does not know. */
const char *
profile_text(uint8_t id)
{
	const struct asmp_profile	*p = profile_byid(id);

	return p == NULL ? "-" : p->name;
}

/*
 * The size bytes at buf hold text less what does not belong on a terminal,
 * or "-" for nothing.  The daemon has escaped what came from a device, so a
 * backslash stays one.
 */
const char *
printable(const char *text, char *buf, size_t size)
{
	char	*p;

	strlcpy(buf, text[0] == '\0' ? "-" : text, size);
	for (p = buf; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return buf;
}

/*
 * Writes len bytes that a device has sent: what is not printable ASCII as a
 * backslash and three octal digits, as in the log, but a backslash as itself.
 */
void
put_printable(FILE *fp, const char *text, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			fprintf(fp, "\\%03o", (unsigned char)text[i]);
		else
			putc(text[i], fp);
}

/* Whether len bytes are the JSON that asmpd takes from devices. */
int
is_json(const char *text, size_t len)
{
	static struct json_fields	 fields;
	size_t				 off;

	return json_scan((const uint8_t *)text, len, &fields, &off) ==
	    JSON_OK;
}

static const char *
nothing(char *buf)
{
	strlcpy(buf, "-", FMT_MAX);
	return buf;
}

/* The functions below fill the FMT_MAX bytes at buf and return it. */

/* Bytes in the largest unit of 1024 that leaves three digits or fewer. */
const char *
fmt_bytes(uint64_t n, char *buf)
{
	uint64_t	 unit = 1;
	int		 u = -1;

	while (n / unit >= 1024) {
		unit *= 1024;
		u++;
	}
	if (u == -1)
		snprintf(buf, FMT_MAX, "%llu", (unsigned long long)n);
	else if (n / unit >= 10)
		snprintf(buf, FMT_MAX, "%llu%c",
		    (unsigned long long)(n / unit), UNITS[u]);
	else
		snprintf(buf, FMT_MAX, "%llu.%llu%c",
		    (unsigned long long)(n / unit),
		    (unsigned long long)(n % unit * 10 / unit), UNITS[u]);
	return buf;
}

/* Microseconds as seconds. */
const char *
fmt_cpu(uint64_t us, char *buf)
{
	snprintf(buf, FMT_MAX, "%llu.%02llu",
	    (unsigned long long)(us / 1000000),
	    (unsigned long long)(us % 1000000 / 10000));
	return buf;
}

/* How long ago then was, in days, hours, minutes and seconds. */
const char *
fmt_since(uint64_t then, char *buf)
{
	uint64_t	 s = then < output_now ? (output_now - then) / 1000 : 0;
	int		 n = 0;

	if (then == 0)
		return nothing(buf);
	if (s >= 86400)
		n = snprintf(buf, FMT_MAX, "%llud",
		    (unsigned long long)(s / 86400));
	snprintf(buf + n, FMT_MAX - n, "%02u:%02u:%02u",
	    (unsigned int)(s / 3600 % 24), (unsigned int)(s / 60 % 60),
	    (unsigned int)(s % 60));
	return buf;
}

static const char *
fmt_utc(uint64_t ms, char *buf, int fraction)
{
	struct tm	 tm;
	time_t		 t = ms / 1000;
	size_t		 n;

	if (ms == 0 || gmtime_r(&t, &tm) == NULL ||
	    tm.tm_year > YEAR_MAX - 1900)
		return nothing(buf);
	n = strftime(buf, FMT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	if (fraction)
		n += snprintf(buf + n, FMT_MAX - n, ".%03u",
		    (unsigned int)(ms % 1000));
	strlcpy(buf + n, "Z", FMT_MAX - n);
	return buf;
}

/* The names of profiles in a mask of 1 << id, with commas. */
const char *
fmt_profiles(uint8_t mask, char *buf)
{
	const struct asmp_profile	*p = NULL;
	size_t				 n = 0;

	if (mask == 0)
		return nothing(buf);
	buf[0] = '\0';
	while ((p = profile_next(p)) != NULL)
		if ((mask & 1U << p->id) != 0 && n < FMT_MAX)
			n += snprintf(buf + n, FMT_MAX - n, "%s%s",
			    n == 0 ? "" : ",", p->name);
	return buf;
}

/* A time in UTC. */
const char *
fmt_time(uint64_t ms, char *buf)
{
	return fmt_utc(ms, buf, 0);
}

/* The same, to the millisecond. */
const char *
fmt_time_ms(uint64_t ms, char *buf)
{
	return fmt_utc(ms, buf, 1);
}

/* Microseconds since 1970 as a time in UTC, with all of them. */
const char *
fmt_time_us(uint64_t us, char *buf)
{
	size_t	 n = strlen(fmt_utc(us / 1000, buf, 0));

	if (n > 1)
		snprintf(buf + n - 1, FMT_MAX - n + 1, ".%06uZ",
		    (unsigned int)(us % 1000000));
	return buf;
}

/* Up to CTL_SEALEDMAX bytes as "0x" and hex, "" for none, in HEX_MAX. */
const char *
fmt_hex(const uint8_t *data, size_t len, char *buf)
{
	size_t	 i;

	strlcpy(buf, len == 0 ? "" : "0x", HEX_MAX);
	for (i = 0; i < len; i++)
		snprintf(buf + 2 + 2 * i, 3, "%02x", data[i]);
	return buf;
}

/* Bytes that wait in a process's channels; -1 for one that has none. */
int
queued_bytes(const struct ctl_status *st, uint64_t *n)
{
	switch (st->process) {
	case CTL_PARENT:
	case CTL_CONTROL:
		return -1;
	case CTL_NET:
		*n = st->counter[CN_QUEUED];
		return 0;
	case CTL_STORE:
		*n = st->counter[CS_QUEUED];
		return 0;
	default:
		*n = st->counter[CV_QUEUED];
		return 0;
	}
}

/* Whether the store does not write, or does not even answer. */
int
is_stalled(const struct ctl_status *st)
{
	return st[CTL_STORE].counter[CS_STALLED] != 0 ||
	    st[CTL_STORE].trouble[0] != '\0';
}

/* What the device's key is made for, as one word, "" if it has none. */
const char *
algorithm_text(const struct ctl_device *d)
{
	switch (d->kind) {
	case ASMP_KIND_SIGNATURE:
		return ident_algname(d->alg);
	case ASMP_KIND_KEM:
		return "mlkem768";
	default:
		return "";
	}
}

/*
 * The device's key in KEY_MAX bytes at buf, "" if it has none or it is a
 * secret.  A key that a secret is encapsulated to is shown as its hash.
 */
const char *
key_text(const struct ctl_device *d, char *buf)
{
	struct ident_pub	 pub;

	buf[0] = '\0';
	if (d->kind == ASMP_KIND_KEM)
		kem_fingerprint(buf, d->key);
	else if (d->kind == ASMP_KIND_SIGNATURE) {
		device_pubkey(d, &pub);
		if (ident_pub_totext(&pub, buf, KEY_MAX) == -1)
			buf[0] = '\0';
	}
	return buf;
}

/* The same for the fingerprint, which keys that sign have. */
const char *
fingerprint_text(const struct ctl_device *d, char *buf)
{
	struct ident_pub	 pub;

	buf[0] = '\0';
	if (d->kind == ASMP_KIND_SIGNATURE) {
		device_pubkey(d, &pub);
		ident_fingerprint(&pub, buf, KEY_MAX);
	}
	return buf;
}

/* The device's public key, as libasmp has it; not checked. */
void
device_pubkey(const struct ctl_device *d, struct ident_pub *pub)
{
	memset(pub, 0, sizeof(*pub));
	pub->alg = d->alg;
	memcpy(pub->key, d->key, sizeof(pub->key));
}
