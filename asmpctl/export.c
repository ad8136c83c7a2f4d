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
	    d->profiles == profile_mask(d->kind) &&
	    strcmp(d->role, "device") == 0;
}

/* What stands on the device's line behind its id; 0, or -1 with errno. */
static int
export_text(const struct ctl_device *d, char *buf, size_t size)
{
	struct enrolment	 e;
	size_t			 id = strlen(d->id) + 1;

	memset(&e, 0, sizeof(e));
	strlcpy(e.id, d->id, sizeof(e.id));
	e.kind = d->kind;
	e.alg = d->alg;
	if (strcmp(d->role, "device") != 0)
		strlcpy(e.role, d->role, sizeof(e.role));
	if (d->profiles != profile_mask(d->kind))
		e.profiles = d->profiles;
	e.keylen = d->keylen;
	memcpy(e.key, d->key, d->keylen);
	if (enrolment_totext(buf, size, &e) == -1)
		return -1;
	memmove(buf, buf + id, strlen(buf + id) + 1);
	return 0;
}

static void
export_head(FILE *fp, enum action action)
{
	(void)action;
	jsonw_open(fp, NULL, '{');
}

static void
export_device(FILE *fp, enum action action, const struct ctl_device *d)
{
	char	 text[KEYFILE_MAX];

	(void)action;
	if (d->state != CTL_DEVICE_ACTIVE || export.error != 0)
		return;
	if (d->kind == ASMP_KIND_PSK) {
		export.left++;
		return;
	}
	if ((is_plain(d) ? export_pem(d, text, sizeof(text)) :
	    export_text(d, text, sizeof(text))) == -1) {
		export.error = errno;
		return;
	}
	jsonw_break(fp);
	jsonw_string(fp, d->id, text);
	export.n++;
}

static void
export_tail(FILE *fp, enum action action)
{
	(void)action;
	putc('\n', fp);
	jsonw_close(fp, '}');
	jsonw_end(fp);
}

static void
export_result(FILE *fp, const char *subject, const struct ctl_result *res)
{
	(void)fp;
	(void)subject;
	export.res = *res;
}

static const struct output	 output_export = {
	.head = export_head,
	.device = export_device,
	.tail = export_tail,
	.result = export_result
};

static int
export_to(struct conn *c, FILE *fp)
{
	struct request	 req = {
		.action = ACT_DEVICE_EXPORT,
		.type = CTL_SHOW_DEVICES,
		.reply = CTL_DEVICE
	};
	int		 status;

	memset(&export, 0, sizeof(export));
	status = ask(c, &req, &output_export, fp);
	if (export.error == 0 && fflush(fp) == EOF)
		export.error = errno;
	return export.error != 0 ? EXIT_LOCAL : status;
}

/* A new file is whole and on the disk, or it is not there. */
static int
export_file(struct conn *c, const char *path)
{
	FILE	*fp;
	int	 fd, status;

	if ((fd = keyfile_create(path, 0644)) == -1) {
		export.error = errno;
		return EXIT_LOCAL;
	}
	if ((fp = fdopen(fd, "w")) == NULL)
		err(EXIT_LOCAL, NULL);
	status = export_to(c, fp);
	if (status == EXIT_DONE && fsync(fd) == -1) {
		export.error = errno;
		status = EXIT_LOCAL;
	}
	fclose(fp);
	if (status != EXIT_DONE)
		(void)unlink(path);
	return status;
}

/*
 * Writes the active devices as device_import() reads them to a new file, or
 * for NULL to standard output.  Returns the exit status.
 */
int
device_export(struct conn *c, const char *path, const struct output *out)
{
	const char	*name = path == NULL ? "stdout" : path;
	int		 status;

	status = path == NULL ? export_to(c, stdout) : export_file(c, path);
	if (export.error != 0)
		warnx("%s: %s", name, export.error == EEXIST ?
		    "exists already; choose another name or move it away" :
		    strerror(export.error));
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
