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

/* The list of devices that asmpctl can read again. */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"

/* What an export came to. */
static struct {
	enum form		 form;
	uint32_t		 n;
	uint32_t		 left;		/* with pre-shared keys */
	int			 error;		/* errno, or 0 */
	struct ctl_result	 res;
} export;

/*
 * The key in PEM, in the size bytes at buf; 0, or -1 with errno.  libasmp
 * writes keys to descriptors, and a pipe holds far more than one.
 */
static int
export_pem(const struct ctl_device *d, char *buf, size_t size)
{
	struct ident_pub	 pub;
	ssize_t			 n = -1;
	int			 fd[2];

	device_pubkey(d, &pub);
	if (pipe(fd) == -1)
		return -1;
	if (keyfile_write_pub(fd[1], &pub) == 0)
		n = read(fd[0], buf, size - 1);
	close(fd[0]);
	close(fd[1]);
	if (n == -1)
		return -1;
	buf[n] = '\0';
	return 0;
}

/* Whether a flat list of keys in PEM, as others keep it, says it all. */
static int
is_plain(const struct ctl_device *d)
{
	return d->kind == ASMP_KIND_SIGNATURE &&
	    d->profiles == profile_mask(d->kind) && d->expires == 0 &&
	    strcmp(d->role, "device") == 0;
}

/* What stands on the device's line behind its id; 0, or -1 with errno. */
static int
export_text(const struct ctl_device *d, char *buf, size_t size)
{
	struct enrolment	 e;

	device_enrolment(&e, d);
	if (strcmp(d->role, "device") != 0)
		strlcpy(e.role, d->role, sizeof(e.role));
	if (d->profiles != profile_mask(d->kind))
		e.profiles = d->profiles;
	e.expires = d->expires / 1000;
	return device_totext(buf, size, &e);
}

static void
json_head(FILE *fp)
{
	jsonw_open(fp, NULL, '{');
}

static void
json_device(FILE *fp, const struct ctl_device *d)
{
	char	 text[KEYFILE_MAX];

	if ((is_plain(d) ? export_pem(d, text, sizeof(text)) :
	    export_text(d, text, sizeof(text))) == -1) {
		export.error = errno;
		return;
	}
	jsonw_break(fp);
	jsonw_string(fp, d->id, text);
}

static void
json_tail(FILE *fp)
{
	putc('\n', fp);
	jsonw_close(fp, '}');
	jsonw_end(fp);
}

static void
lines_device(FILE *fp, const struct ctl_device *d)
{
	char	 text[ENROLMENT_TEXTMAX];

	if (export_text(d, text, sizeof(text)) == -1)
		export.error = errno;
	else
		fprintf(fp, "%s %s\n", d->id, text);
}

/* The forms of a list; those of import. */
static const struct {
	void	(*head)(FILE *);	/* or NULL, as tail */
	void	(*device)(FILE *, const struct ctl_device *);
	void	(*tail)(FILE *);
} forms[FORM_N] = {
	[FORM_ANY] = { json_head, json_device, json_tail },
	[FORM_LINES] = { NULL, lines_device, NULL },
	[FORM_CSV] = { csv_names, csv_device, NULL },
	[FORM_JSON] = { json_head, json_device, json_tail },
	[FORM_JSONL] = { NULL, jsonl_device, NULL }
};

static void
export_head(FILE *fp, enum action action)
{
	(void)action;
	if (forms[export.form].head != NULL)
		forms[export.form].head(fp);
}

static void
export_device(FILE *fp, enum action action, const struct ctl_device *d)
{
	(void)action;
	if (d->state != CTL_DEVICE_ACTIVE || export.error != 0 ||
	    has_expired(d))
		return;
	if (d->kind == ASMP_KIND_PSK) {
		export.left++;
		return;
	}
	forms[export.form].device(fp, d);
	export.n++;
}

static void
export_tail(FILE *fp, enum action action)
{
	(void)action;
	if (forms[export.form].tail != NULL)
		forms[export.form].tail(fp);
}

static const struct output	 output_export = {
	.head = export_head,
	.device = export_device,
	.tail = export_tail
};

static int
export_to(void *arg, FILE *fp)
{
	struct request	 req = {
		.action = ACT_DEVICE_EXPORT,
		.type = CTL_SHOW_DEVICES,
		.reply = CTL_DEVICE,
		.result = &export.res
	};
	int		 status;

	status = ask(arg, &req, &output_export, fp);
	return export.error != 0 ? EXIT_LOCAL : status;
}

/*
 * Writes the active devices as device_import() reads them to a new file, or
 * for NULL to standard output, as JSON unless another form is asked for.
 * Returns the exit status.
 */
int
device_export(struct conn *c, enum form form, const char *path,
    const struct output *out)
{
	int	 error, status;

	memset(&export, 0, sizeof(export));
	export.form = form;
	status = file_new(path, 0644, export_to, c, &error);
	if (export.error != 0 || error != 0)
		file_complain(path, export.error != 0 ? export.error : error);
	else if (status != EXIT_DONE)
		out->result(stdout, "device export", &export.res);
	else if (path != NULL) {
		snprintf(export.res.text, sizeof(export.res.text),
		    "%u device%s exported", export.n,
		    export.n == 1 ? "" : "s");
		export.res.count = export.n;
		out->result(stdout, "device export", &export.res);
	}
	if (status == EXIT_DONE && export.left > 0)
		warnx("left out: %u device%s with a pre-shared key, which "
		    "leaves no gateway", export.left,
		    export.left == 1 ? "" : "s");
	return status;
}
