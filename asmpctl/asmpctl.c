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

/* asmpctl(8): one command, one connection, one answer. */

#include <sys/types.h>

#include <sodium.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asmpctl.h"
#include "asmpd.h"

#define SUBJECT_MAX	128	/* bytes of a command and its id */

/* What the commands of show ask, and the parts in which it is answered. */
static const struct {
	enum ctl_type	 type;
	enum ctl_type	 reply;
} shows[ACT_NACTIONS] = {
	[ACT_SHOW_SUMMARY] = { CTL_SHOW_SUMMARY, CTL_STATUS },
	[ACT_SHOW_SESSIONS] = { CTL_SHOW_SESSIONS, CTL_SESSION },
	[ACT_SHOW_DEVICES] = { CTL_SHOW_DEVICES, CTL_DEVICE },
	[ACT_SHOW_ROTATIONS] = { CTL_SHOW_ROTATIONS, CTL_ROTATION },
	[ACT_SHOW_PROCESSES] = { CTL_SHOW_PROCESSES, CTL_STATUS },
	[ACT_SHOW_SANDBOX] = { CTL_SHOW_SANDBOX, CTL_STATUS },
	[ACT_SHOW_MEMORY] = { CTL_SHOW_MEMORY, CTL_STATUS }
};

static __dead void
usage(void)
{
	fprintf(stderr, "usage: asmpctl [-j] [-s socket] command [argument "
	    "...]\ncommands:\n");
	parse_commands(stderr);
	exit(EXIT_LOCAL);
}

/* Nothing is half written: monitor flushes whole lines. */
static void
interrupted(int sig)
{
	(void)sig;
	_exit(EXIT_DONE);
}

static int
show(const char *path, enum action action, const struct output *out)
{
	struct request	 req = {
		.action = action,
		.type = shows[action].type,
		.reply = shows[action].reply,
		.subject = "show"
	};

	return ask_once(path, &req, out, stdout);
}

/* A request that names a device. */
static int
about(const char *path, const struct parse_result *res, enum ctl_type type,
    const char *verb, const struct output *out)
{
	struct ctl_name	 name;
	struct request	 req = {
		.action = res->action,
		.type = type,
		.reply = type == CTL_DEVICE_SHOW ? CTL_DEVICE : CTL_NONE,
		.data = &name,
		.len = sizeof(name)
	};
	char		 subject[SUBJECT_MAX];

	memset(&name, 0, sizeof(name));
	strlcpy(name.name, res->id, sizeof(name.name));
	snprintf(subject, sizeof(subject), "%s %s", verb, res->id);
	req.subject = subject;
	return ask_once(path, &req, out, stdout);
}

/* What is enrolled may be a secret. */
static int
add(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_newdevice	 new;
	struct request		 req = {
		.action = res->action,
		.type = CTL_DEVICE_ADD,
		.data = &new
	};
	char			 subject[SUBJECT_MAX];
	int			 r, status = EXIT_LOCAL;

	memset(&new, 0, sizeof(new));
	r = res->action == ACT_DEVICE_ADD ? device_arguments(&new.e, res) :
	    device_line(&new.e, res->file == NULL ? "-" : res->file);
	if (r == 0) {
		req.len = CTL_NEWDEVICE_LEN(&new);
		snprintf(subject, sizeof(subject), "device add %s", new.e.id);
		req.subject = subject;
		status = ask_once(path, &req, out, stdout);
	}
	explicit_bzero(&new, sizeof(new));
	return status;
}

/* How long the old key is accepted, if that was said. */
static void
take_overlap(struct ctl_rotate *r, const char *text)
{
	uint64_t	 seconds;

	if (text == NULL)
		return;
	if (when_duration(&seconds, text) == -1 || seconds > UINT32_MAX)
		errx(EXIT_LOCAL, "overlap=%s: not a duration, such as 12h or "
		    "7d, or 0", text);
	r->overlap = (uint32_t)seconds;
	r->given = 1;
}

/* A line has more room than is asked for here. */
static int
only_key(const struct enrolment *e)
{
	if (e->role[0] == '\0' && e->profiles == 0 && e->expires == 0)
		return 0;
	warnx("a device keeps its role, profiles and end: id and key are all "
	    "that can stand there");
	return -1;
}

/* The new key may be a secret. */
static int
rotate(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_rotate	 r;
	struct request		 req = {
		.action = res->action,
		.type = CTL_DEVICE_ROTATE,
		.data = &r
	};
	char			 subject[SUBJECT_MAX];
	int			 ok, status = EXIT_LOCAL;

	memset(&r, 0, sizeof(r));
	take_overlap(&r, res->text);
	ok = res->action == ACT_DEVICE_ROTATE ? device_arguments(&r.e, res) :
	    device_line(&r.e, res->file == NULL ? "-" : res->file);
	if (ok == 0 && only_key(&r.e) == 0) {
		req.len = CTL_NEWDEVICE_HEAD + r.e.keylen;
		snprintf(subject, sizeof(subject), "device rotate %s",
		    r.e.id);
		req.subject = subject;
		status = ask_once(path, &req, out, stdout);
	}
	explicit_bzero(&r, sizeof(r));
	return status;
}

static int
expire(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_expire	 e;
	struct request		 req = {
		.action = res->action,
		.type = CTL_DEVICE_EXPIRE,
		.data = &e,
		.len = sizeof(e)
	};
	char			 subject[SUBJECT_MAX];

	memset(&e, 0, sizeof(e));
	strlcpy(e.name, res->id, sizeof(e.name));
	if (strcmp(res->text, "never") != 0 &&
	    when_parse(&e.expires, res->text, output_now / 1000) == -1)
		errx(EXIT_LOCAL, "%s: not a time: never, a duration such as "
		    "+90d, or a date such as 2027-01-31 or "
		    "2027-01-31T12:00:00Z", res->text);
	snprintf(subject, sizeof(subject), "device expire %s", res->id);
	req.subject = subject;
	return ask_once(path, &req, out, stdout);
}

static int
send_text(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct ctl_send	 text;
	struct request	 req = {
		.action = ACT_SEND,
		.type = CTL_SEND,
		.data = &text,
		.len = sizeof(text)
	};
	char		 subject[SUBJECT_MAX];

	memset(&text, 0, sizeof(text));
	strlcpy(text.name, res->id, sizeof(text.name));
	strlcpy(text.text, res->text, sizeof(text.text));
	snprintf(subject, sizeof(subject), "send %s", res->id);
	req.subject = subject;
	return ask_once(path, &req, out, stdout);
}

/* The whole list is checked before asmpd hears of it. */
static int
import(const char *path, const struct parse_result *parsed,
    const struct output *out)
{
	struct import	 im;
	struct conn	 c;
	int		 r, status = EXIT_LOCAL;

	r = import_load(&im, parsed->form, parsed->file);
	if (r == 0)
		import_complain(&im, parsed->file, out);
	if (r == 1) {
		connect_to(&c, path);
		status = device_import(&c, &im, parsed->file,
		    parsed->action == ACT_DEVICE_IMPORT_TRY, out);
		conn_close(&c);
	}
	import_free(&im);
	return status;
}

/* What is on standard output stays what it is: errors go elsewhere. */
static int
export(const char *path, const struct parse_result *res,
    const struct output *out)
{
	struct conn	 c;
	int		 status;

	if (res->file == NULL)
		out = &output_text;
	connect_to(&c, path);
	status = res->action == ACT_DEVICE_EXPORT ?
	    device_export(&c, res->form, res->file, out) :
	    rows_export(&c, res, out);
	conn_close(&c);
	return status;
}

static int
set_log(const char *path, uint32_t verbose, const struct output *out)
{
	struct ctl_log	 on = { .verbose = verbose };
	struct request	 req = {
		.type = CTL_LOG,
		.data = &on,
		.len = sizeof(on),
		.subject = "log"
	};

	return ask_once(path, &req, out, stdout);
}

static int
reload(const char *path, const struct output *out)
{
	struct request	 req = { .type = CTL_RELOAD, .subject = "reload" };

	return ask_once(path, &req, out, stdout);
}

static int
monitor(const char *path, const struct output *out)
{
	struct request	 req = {
		.action = ACT_MONITOR,
		.type = CTL_MONITOR,
		.reply = CTL_EVENT,
		.subject = "monitor"
	};

	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	return ask_once(path, &req, out, stdout);
}

static int
run(const char *path, const struct parse_result *res, const struct output *out)
{
	switch (res->action) {
	case ACT_SHOW_SUMMARY:
	case ACT_SHOW_SESSIONS:
	case ACT_SHOW_DEVICES:
	case ACT_SHOW_ROTATIONS:
	case ACT_SHOW_PROCESSES:
	case ACT_SHOW_SANDBOX:
	case ACT_SHOW_MEMORY:
		return show(path, res->action, out);
	case ACT_SHOW_READINGS:
	case ACT_SHOW_BLOCKED:
	case ACT_SHOW_ANOMALIES:
		return rows_show(path, res, out);
	case ACT_SHOW_STATISTICS:
	case ACT_SHOW_DATABASE:
	case ACT_DEVICE_KEYS:
	case ACT_DEVICE_STATUS:
		return rows_record(path, res, out);
	case ACT_EXPORT_READINGS:
	case ACT_EXPORT_EVENTS:
	case ACT_DEVICE_EXPORT:
		return export(path, res, out);
	case ACT_DEVICE_ADD:
	case ACT_DEVICE_ADD_LINE:
		return add(path, res, out);
	case ACT_DEVICE_IMPORT:
	case ACT_DEVICE_IMPORT_TRY:
		return import(path, res, out);
	case ACT_DEVICE_REVOKE:
		return about(path, res, CTL_DEVICE_REVOKE, "device revoke",
		    out);
	case ACT_DEVICE_DISABLE:
		return about(path, res, CTL_DEVICE_DISABLE, "device disable",
		    out);
	case ACT_DEVICE_ENABLE:
		return about(path, res, CTL_DEVICE_ENABLE, "device enable",
		    out);
	case ACT_DEVICE_ROTATE:
	case ACT_DEVICE_ROTATE_LINE:
		return rotate(path, res, out);
	case ACT_DEVICE_EXPIRE:
		return expire(path, res, out);
	case ACT_DEVICE_SHOW:
		return about(path, res, CTL_DEVICE_SHOW, "device show", out);
	case ACT_AUDIT_SHOW:
		return audit_show(path, res, out);
	case ACT_AUDIT_VERIFY:
		return audit_verify(path, out);
	case ACT_AUDIT_EXPORT:
		return audit_export(path, res, out);
	case ACT_AUDIT_CHECKPOINT:
		return audit_checkpoint(path, out);
	case ACT_EVIDENCE:
		return evidence_get(path, res, out);
	case ACT_KILL:
		return about(path, res, CTL_KILL, "kill", out);
	case ACT_SEND:
		return send_text(path, res, out);
	case ACT_RELOAD:
		return reload(path, out);
	case ACT_LOG_VERBOSE:
		return set_log(path, 1, out);
	case ACT_LOG_BRIEF:
		return set_log(path, 0, out);
	case ACT_MONITOR:
		return monitor(path, out);
	default:
		usage();
	}
}

static uint64_t
wall_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		err(EXIT_LOCAL, "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
main(int argc, char *argv[])
{
	const struct output	*out = &output_text;
	const char		*path = ASMPD_SOCKET;
	struct parse_result	 res;
	int			 ch, status;

#ifdef __OpenBSD__
	if (pledge("stdio rpath wpath cpath unix", NULL) == -1)
		err(EXIT_LOCAL, "pledge");
#endif
	if (sodium_init() == -1)
		errx(EXIT_LOCAL, "libsodium does not work here");
	while ((ch = getopt(argc, argv, "+js:")) != -1) {
		switch (ch) {
		case 'j':
			out = &output_json;
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage();
	switch (parse(&res, argc, argv, stderr)) {
	case PARSE_OK:
		break;
	case PARSE_HELP:
		return EXIT_DONE;
	case PARSE_ERROR:
		return EXIT_LOCAL;
	}
	output_now = wall_ms();
	status = run(path, &res, out);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(EXIT_LOCAL, "stdout");
	return status;
}
