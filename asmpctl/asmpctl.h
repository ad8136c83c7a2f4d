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

/* asmpctl(8): asks a running asmpd(8), and tells what it answers. */

#ifndef ASMPCTL_H
#define ASMPCTL_H

#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>

#include "ctl.h"
#include "imsg.h"
#include "parser.h"

/* Exit statuses, as asmpctl(8) has them. */
enum {
	EXIT_DONE = 0,
	EXIT_LOCAL = 1,		/* usage, files, no connection */
	EXIT_REFUSED = 2	/* asmpd answered with an error */
};

/* Codes of results that asmpd did not send; they go on from enum ctl_code. */
enum {
	RESULT_LOST = CTL_FAILED + 1,	/* the connection ended */
	RESULT_BROKEN			/* what came is no answer */
};

/* A connection to the control socket. */
struct conn {
	struct imsgbuf	 ibuf;
	int		 fd;
	int		 eof;
};

/* What one command sends, and what it expects. */
struct request {
	enum action	 action;
	enum ctl_type	 type;
	enum ctl_type	 reply;		/* the answer's parts, or CTL_NONE */
	const void	*data;		/* NULL: nothing, or the first page */
	size_t		 len;
	const char	*subject;	/* what errors are about */
};

/*
 * A form of output.  For an answer in parts, head comes before the first
 * part and tail after the last; result ends every answer.
 */
struct output {
	void	(*head)(FILE *, enum action);
	void	(*status)(FILE *, enum action, const struct ctl_status *);
	void	(*session)(FILE *, const struct ctl_session *);
	void	(*device)(FILE *, enum action, const struct ctl_device *);
	void	(*event)(FILE *, const struct ctl_event *);
	void	(*tail)(FILE *, enum action);
	void	(*result)(FILE *, const char *, const struct ctl_result *);
};

extern const struct output	 output_text, output_json;

/* conn.c */
int	 conn_open(struct conn *, const char *);
void	 conn_init(struct conn *, int);
void	 conn_close(struct conn *);
int	 conn_send(struct conn *, uint32_t, const void *, size_t);
int	 conn_turn(struct conn *);
int	 conn_recv(struct conn *, struct imsg *);

/* answer.c */
int	 answer_status(struct imsg *, struct ctl_status *);
int	 answer_session(struct imsg *, struct ctl_session *);
int	 answer_device(struct imsg *, struct ctl_device *);
int	 answer_event(struct imsg *, struct ctl_event *);
int	 answer_page(struct imsg *, struct ctl_page *);
int	 answer_result(struct imsg *, struct ctl_result *);
void	 answer_local(struct ctl_result *, uint32_t);
int	 answer_exit(const struct ctl_result *);

/* ask.c */
int	 ask(struct conn *, const struct request *, const struct output *,
	    FILE *);
uint32_t ask_result(struct conn *, struct ctl_result *);
int	 ask_early(struct conn *, struct ctl_result *);

/* file.c */
char	*file_read(const char *, size_t, size_t *);
void	 file_secret(const char *);

/* devices.c */
int	 is_keytext(const char *);
int	 is_psktext(const char *);
const char *device_fromtext(struct enrolment *, const char *, const char *);
const char *device_frompem(struct enrolment *, const char *, const char *,
	    size_t);
int	 device_arguments(struct enrolment *, const struct parse_result *);
int	 device_line(struct enrolment *, const char *);

/* import.c */
#define IMPORT_BYTES	(192 * 1024 * 1024)	/* as much as asmpd takes */

struct import {
	size_t		 n;
	uint8_t		*rows;		/* as they are sent */
	size_t		 len;		/* of them, bytes */
	size_t		 size;
	size_t		*at;		/* n + 1: where each row begins */
	size_t		 room;
	int		 lines;		/* places are lines, not entries */
	int		 secret;	/* there are pre-shared keys in it */
};

int	 device_import(struct conn *, const struct import *, const char *,
	    const struct output *);
int	 import_load(struct import *, const char *);
int	 import_parse(struct import *, const char *, const char *, size_t,
	    char *, size_t);
void	 import_get(const struct import *, size_t, struct ctl_newdevice *);
void	 import_free(struct import *);

/* export.c */
int	 device_export(struct conn *, const char *, const struct output *);

/* output.c */
#define FMT_MAX	48		/* bytes of any formatted value */
#define LAYERS_MAX	256	/* names of all layers of a sandbox */
#define KEY_MAX		IDENT_TEXTMAX	/* a key or what stands for it */

_Static_assert(KEY_MAX >= KEM_FPMAX && KEY_MAX >= IDENT_FPMAX, "KEY_MAX");

extern uint64_t	 output_now;	/* ms since 1970, for what is relative */

const char	*counter_name(enum ctl_process, unsigned int);
const char	*process_name(uint32_t);
const char	*code_name(uint32_t);
const char	*event_name(uint8_t);
const char	*profile_text(uint8_t);
const char	*printable(const char *, char *, size_t);
const char	*fmt_bytes(uint64_t, char *);
const char	*fmt_cpu(uint64_t, char *);
const char	*fmt_since(uint64_t, char *);
const char	*fmt_time(uint64_t, char *);
const char	*fmt_time_ms(uint64_t, char *);
int		 queued_bytes(const struct ctl_status *, uint64_t *);
const char	*fmt_profiles(uint8_t, char *);
const char	*algorithm_text(const struct ctl_device *);
const char	*key_text(const struct ctl_device *, char *);
const char	*fingerprint_text(const struct ctl_device *, char *);
void		 device_pubkey(const struct ctl_device *, struct ident_pub *);

/* jsonw.c: a stream of JSON on one FILE at a time */
void	 jsonw_open(FILE *, const char *, char);
void	 jsonw_close(FILE *, char);
void	 jsonw_string(FILE *, const char *, const char *);
void	 jsonw_number(FILE *, const char *, uint64_t);
void	 jsonw_bool(FILE *, const char *, int);
void	 jsonw_break(FILE *);
void	 jsonw_end(FILE *);

#endif /* ASMPCTL_H */
