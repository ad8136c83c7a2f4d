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

/* Keys and lists of devices: where they come from and where they go. */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"
#include "log.h"

#define IMPORT_BYTES	(64 * 1024 * 1024)	/* what asmpd takes is less */
#define IMPORT_WINDOW	(64 * 1024)	/* bytes sent ahead of the socket */
#define ERROR_MAX	512		/* bytes of a message about a file */
#define SUBJECT_MAX	1024		/* file, entry and id */

static const char *
visible(const char *s)
{
	return log_vis(s, strlen(s));
}

/*
 * Reads all of fd, at most max bytes, into memory that the caller frees.
 * NULL with errno, EFBIG if there is more.
 */
static char *
read_all(int fd, size_t max, size_t *len)
{
	char	*buf = NULL, *grown;
	size_t	 size = 0;
	ssize_t	 n = 1;

	for (*len = 0; n > 0 && *len <= max; *len += n) {
		if (*len == size) {
			size = size == 0 ? KEYFILE_MAX : size * 2;
			if ((grown = realloc(buf, size)) == NULL)
				goto fail;
			buf = grown;
		}
		if ((n = read(fd, buf + *len, size - *len)) == -1)
			goto fail;
	}
	if (*len <= max)
		return buf;
	errno = EFBIG;
fail:
	free(buf);
	return NULL;
}

/* The same of a file, or of standard input for "-". */
static char *
read_path(const char *path, size_t max, size_t *len)
{
	char	*buf;
	int	 fd, saved;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, max, len);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return NULL;
	buf = read_all(fd, max, len);
	saved = errno;
	close(fd);
	errno = saved;
	return buf;
}

static void
newdevice_fill(struct ctl_newdevice *new, const char *id,
    const struct ident_pub *pub, uint32_t place)
{
	memset(new, 0, sizeof(*new));
	strlcpy(new->id, id, sizeof(new->id));
	new->alg = pub->alg;
	memcpy(new->key, pub->key, sizeof(new->key));
	new->place = place;
}

/* Whether key is a key itself and not the name of a file. */
static int
is_keytext(const char *key)
{
	enum ident_alg	 alg;
	char		 name[IDENT_TEXTMAX];
	size_t		 n = strcspn(key, ":");

	if (key[n] == '\0' || n >= sizeof(name))
		return 0;
	memcpy(name, key, n);
	name[n] = '\0';
	return ident_algbyname(name, &alg) == 0;
}

static int
key_file(struct ident_pub *pub, const char *path)
{
	char	*pem;
	size_t	 len;
	int	 r;

	if ((pem = read_path(path, KEYFILE_MAX, &len)) == NULL) {
		warnx("%s: %s", path, errno == EFBIG ?
		    keyfile_strerror(errno) : strerror(errno));
		return -1;
	}
	if ((r = keyfile_parse_pub(pub, pem, len)) == -1)
		warnx("%s: %s", path, keyfile_strerror(errno));
	/* It may be a private key that was given by mistake. */
	freezero(pem, len);
	return r;
}

/*
 * A device id with its key: "ed25519:" and base64, or the path of a public
 * key in PEM, "-" for standard input.  0, or -1 after one line on stderr.
 */
int
device_key(struct ctl_newdevice *new, const char *id, const char *key)
{
	struct ident_pub	 pub;

	if (!is_keytext(key)) {
		if (key_file(&pub, key) == -1)
			return -1;
	} else if (ident_pub_fromtext(&pub, key) == -1) {
		warnx("%s: not a key: type, colon and base64 without blanks, "
		    "as asmp-keygen prints it", visible(key));
		return -1;
	}
	newdevice_fill(new, id, &pub, 0);
	return 0;
}

/* One entry, with its number from 1; NULL, or what is wrong with it. */
static const char *
import_entry(struct ctl_newdevice *new, const char *id, const json_t *value,
    uint32_t place)
{
	struct ident_pub	 pub;

	if (!id_valid(id))
		return "not a device id: 1 to 64 of letters, digits and "
		    "._:@-, the first neither . nor -";
	if (!json_is_string(value))
		return "its value is not a string with a public key in PEM "
		    "format";
	if (keyfile_parse_pub(&pub, json_string_value(value),
	    json_string_length(value)) == -1)
		return keyfile_strerror(errno);
	newdevice_fill(new, id, &pub, place);
	return NULL;
}

static int
import_entries(struct import *im, const char *name, json_t *root, char *error,
    size_t size)
{
	const char	*id, *why;
	json_t		*value;

	im->rows = calloc(json_object_size(root), sizeof(*im->rows));
	if (im->rows == NULL) {
		snprintf(error, size, "%s: %s", name, strerror(errno));
		return -1;
	}
	/* In the order of the text, which jansson keeps. */
	json_object_foreach(root, id, value) {
		why = import_entry(&im->rows[im->n], id, value, im->n + 1);
		if (why != NULL) {
			snprintf(error, size, "%s: entry %zu \"%s\": %s", name,
			    im->n + 1, visible(id), why);
			return -1;
		}
		im->n++;
	}
	return 0;
}

/*
 * Takes the len bytes of text apart, a JSON object of ids and public keys in
 * PEM; name stands for it in messages.  0, or -1 with what is wrong and
 * where in the size bytes at error.  Ends with import_free().
 */
int
import_parse(struct import *im, const char *name, const char *text, size_t len,
    char *error, size_t size)
{
	json_error_t	 jerr;
	json_t		*root;
	int		 r = -1;

	memset(im, 0, sizeof(*im));
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &jerr);
	if (root == NULL)
		snprintf(error, size, "%s:%d:%d: %s", name, jerr.line,
		    jerr.column, visible(jerr.text));
	else if (!json_is_object(root))
		snprintf(error, size, "%s: not a JSON object of ids and "
		    "public keys", name);
	else if (json_object_size(root) == 0)
		snprintf(error, size, "%s: no devices in it", name);
	else
		r = import_entries(im, name, root, error, size);
	json_decref(root);
	if (r == -1)
		import_free(im);
	return r;
}

/* Reads a list of devices from a file; 0, or -1 after one line on stderr. */
int
import_load(struct import *im, const char *path)
{
	char	*text, error[ERROR_MAX];
	size_t	 len;
	int	 r;

	if ((text = read_path(path, IMPORT_BYTES, &len)) == NULL) {
		warn("%s", path);
		return -1;
	}
	r = import_parse(im, path, text, len, error, sizeof(error));
	free(text);
	if (r == -1)
		warnx("%s", error);
	return r;
}

/* Forgets a list. */
void
import_free(struct import *im)
{
	free(im->rows);
	memset(im, 0, sizeof(*im));
}

/* Sends a row; 1 if asmpd has said something meanwhile, into *res. */
static int
import_row(struct conn *c, const struct ctl_newdevice *row,
    struct ctl_result *res)
{
	if (conn_send(c, CTL_IMPORT_ROW, row, sizeof(*row)) == -1)
		return -1;
	while (imsgbuf_queuebytes(&c->ibuf) > IMPORT_WINDOW) {
		if (ask_early(c, res))
			return 1;
		if (conn_turn(c) == -1)
			return -1;
	}
	return 0;
}

static void
import_run(struct conn *c, const struct import *im, struct ctl_result *res)
{
	size_t	 i;
	int	 r = 0;

	if (conn_send(c, CTL_IMPORT_BEGIN, NULL, 0) == -1)
		goto lost;
	if (ask_result(c, res) != CTL_OK)
		return;
	for (i = 0; i < im->n && r == 0; i++)
		r = import_row(c, &im->rows[i], res);
	if (r == 1)
		return;		/* the list cannot go on */
	if (r == 0 && conn_send(c, CTL_IMPORT_COMMIT, NULL, 0) == 0) {
		(void)ask_result(c, res);
		return;
	}
lost:
	answer_local(res, RESULT_LOST);
}

/*
 * Enrols a list that import_load() read from path, all of it or nothing.
 * Returns the exit status.
 */
int
device_import(struct conn *c, const struct import *im, const char *path,
    const struct output *out)
{
	struct ctl_result	 res;
	char			 subject[SUBJECT_MAX];
	int			 n;

	import_run(c, im, &res);
	n = snprintf(subject, sizeof(subject), "device import %s", path);
	if (res.place > 0 && res.place <= im->n && n > 0 &&
	    (size_t)n < sizeof(subject))
		snprintf(subject + n, sizeof(subject) - n,
		    ": entry %u \"%s\"", res.place, im->rows[res.place - 1].id);
	out->result(stdout, subject, &res);
	return answer_exit(&res);
}

/* What an export came to. */
static struct {
	uint32_t		 n;
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

static void
export_head(FILE *fp, enum action action)
{
	(void)action;
	jsonw_open(fp, NULL, '{');
}

static void
export_device(FILE *fp, enum action action, const struct ctl_device *d)
{
	char	 pem[KEYFILE_MAX];

	(void)action;
	if (d->state != CTL_DEVICE_ACTIVE || export.error != 0)
		return;
	if (export_pem(d, pem, sizeof(pem)) == -1) {
		export.error = errno;
		return;
	}
	jsonw_break(fp);
	jsonw_string(fp, d->id, pem);
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
	return status;
}
