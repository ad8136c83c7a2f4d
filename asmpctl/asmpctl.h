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
#include <sys/tree.h>

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
	struct ctl_result *result;	/* NULL: it is written */
};

/* What is wrong with a list, in the order of its entries. */
#define WHERE_MAX	160	/* bytes; an id, and what it may be instead */

struct import_error {
	uint32_t	 place;			/* 0: the list as a whole */
	char		 where[WHERE_MAX];	/* behind its file's name */
	char		 text[CTL_TEXTMAX];
};

struct import_errors {
	size_t			 n;		/* of all */
	size_t			 kept;		/* of those, here */
	struct import_error	 e[LIST_ERRORS];	/* of the first */
};

/*
 * A form of output.  For an answer in parts, head comes before the first
 * part and tail after the last; result ends every answer, but one about a
 * list with errors, where errors does, and one whose asker keeps the result.
 */
struct output {
	void	(*head)(FILE *, enum action);
	void	(*status)(FILE *, enum action, const struct ctl_status *);
	void	(*session)(FILE *, const struct ctl_session *);
	void	(*device)(FILE *, enum action, const struct ctl_device *);
	void	(*event)(FILE *, const struct ctl_event *);
	void	(*reading)(FILE *, enum action, const struct ctl_reading *,
		    const char *);
	void	(*record)(FILE *, const struct ctl_audit *, const char *);
	void	(*mark)(FILE *, const struct ctl_mark *, const char *);
	void	(*sealed)(FILE *, const struct ctl_sealed *, const uint8_t *);
	void	(*note)(FILE *, const struct ctl_note *);
	void	(*devkey)(FILE *, const struct ctl_devkey *);
	void	(*activity)(FILE *, const struct ctl_activity *);
	void	(*statistics)(FILE *, const struct ctl_statistics *,
		    const char *);
	void	(*database)(FILE *, const struct ctl_database *, const char *);
	void	(*rotation)(FILE *, const struct ctl_rotation *);
	void	(*tail)(FILE *, enum action);
	void	(*errors)(FILE *, const char *, const struct import_errors *,
		    const struct ctl_result *);
	void	(*result)(FILE *, const char *, const struct ctl_result *);
};

extern const struct output	 output_text, output_json;

/* conn.c */
int	 conn_open(struct conn *, const char *);
void	 connect_to(struct conn *, const char *);
void	 conn_init(struct conn *, int);
void	 conn_pipe(struct conn *, int);
void	 conn_close(struct conn *);
int	 conn_send(struct conn *, uint32_t, const void *, size_t);
int	 conn_turn(struct conn *);
int	 conn_recv(struct conn *, struct imsg *);

/* answer.c */
int	 answer_status(struct imsg *, struct ctl_status *);
int	 answer_session(struct imsg *, struct ctl_session *);
int	 answer_device(struct imsg *, struct ctl_device *);
int	 answer_rotation(struct imsg *, struct ctl_rotation *);
int	 answer_event(struct imsg *, struct ctl_event *);
int	 answer_audit(struct imsg *, struct ctl_audit *, const char **);
int	 answer_mark(struct imsg *, struct ctl_mark *, const char **);
int	 answer_sealed(struct imsg *, struct ctl_sealed *, const uint8_t **);
int	 answer_note(struct imsg *, struct ctl_note *);
int	 answer_page(struct imsg *, struct ctl_page *);
int	 answer_reading(struct imsg *, struct ctl_reading *, const char **);
int	 answer_devkey(struct imsg *, struct ctl_devkey *);
int	 answer_activity(struct imsg *, struct ctl_activity *);
int	 answer_statistics(struct imsg *, struct ctl_statistics *,
	    const char **);
int	 answer_database(struct imsg *, struct ctl_database *, const char **);
int	 answer_result(struct imsg *, struct ctl_result *);
void	 answer_local(struct ctl_result *, uint32_t);
int	 answer_exit(const struct ctl_result *);

/* ask.c */
int	 ask(struct conn *, const struct request *, const struct output *,
	    FILE *);
int	 ask_once(const char *, const struct request *,
	    const struct output *, FILE *);
uint32_t ask_result(struct conn *, struct ctl_result *);
int	 ask_listed(struct conn *, struct ctl_result *);
int	 ask_early(struct conn *, struct ctl_result *);

/* file.c */
char	*file_read(const char *, size_t, size_t *);
int	 file_new(const char *, mode_t, int (*)(void *, FILE *), void *, int *);
int	 file_syncname(const char *);
void	 file_complain(const char *, int);
void	 file_secret(const char *);

/* devices.c */
int	 is_keytext(const char *);
int	 is_psktext(const char *);
const char *device_fromtext(struct enrolment *, const char *, const char *);
void	 device_enrolment(struct enrolment *, const struct ctl_device *);
int	 device_totext(char *, size_t, const struct enrolment *);
const char *device_frompem(struct enrolment *, const char *, const char *,
	    size_t);
int	 device_arguments(struct enrolment *, const struct parse_result *);
int	 device_line(struct enrolment *, const char *);

/* columns.c */
#define COLUMN_MAX	ENROLMENT_TEXTMAX	/* bytes of a field's text */

enum {
	COLUMN_ID,
	COLUMN_KIND,
	COLUMN_KEY,
	COLUMN_PROFILES,
	COLUMN_ROLE,
	COLUMN_EXPIRES,
	NCOLUMNS
};

/* What a column of CSV, or a member of a JSON line, says of a device. */
struct column {
	const char	*name;
	int		 list;		/* in JSON an array of strings */
	const char	*(*take)(struct enrolment *, const char *);
	void		(*give)(const struct ctl_device *, char *);
};

extern const struct column	 columns[NCOLUMNS];

size_t		 column_byname(const char *, size_t);
const char	*column_names(void);
const char	*columns_take(struct enrolment *, const char *const *);

/* import.c */
#define IMPORT_BYTES	(192 * 1024 * 1024)	/* as much as asmpd takes */

struct import {
	size_t			  n;
	size_t			  room;
	struct import_row	**row;
	RB_HEAD(import_ids, import_row)	 ids;
	RB_HEAD(import_keys, import_row) keys;
	int			  lines;	/* places are lines */
	int			  secret;	/* it has pre-shared keys */
	struct import_errors	  errors;
};

void	 import_init(struct import *);
void	 import_add(struct import *, const struct enrolment *, uint32_t);
void	 import_error(struct import *, uint32_t, const char *, const char *,
	    ...) __attribute__((format(printf, 4, 5)));
void	 import_get(const struct import *, size_t, struct ctl_newdevice *);
void	 import_free(struct import *);
int	 device_import(struct conn *, struct import *, const char *, int,
	    const struct output *);
void	 import_complain(const struct import *, const char *,
	    const struct output *);

/* list.c */
int	 import_load(struct import *, enum form, const char *);
int	 import_parse(struct import *, enum form, const char *, size_t);
int	 is_blank(const char *, size_t);

/* csv.c */
void	 csv_parse(struct import *, const char *, size_t);
void	 csv_names(FILE *);
void	 csv_device(FILE *, const struct ctl_device *);

/* jsonl.c */
void	 jsonl_wipe(void);
void	 jsonl_parse(struct import *, const char *, size_t);
int	 jsonl_is_device(const char *, size_t);
void	 jsonl_device(FILE *, const struct ctl_device *);

/* export.c */
int	 device_export(struct conn *, enum form, const char *,
	    const struct output *);

/* output_json.c */
void	 json_reading_members(FILE *, const struct ctl_reading *,
	    const char *);

/* record.c: audit records as people read them */
int	 record_parse(const char *, size_t);
const char *record_field(const char *);
void	 record_text(FILE *, uint64_t);
void	 record_json(FILE *, uint64_t);
void	 record_members(FILE *);

/* audit.c */
int	 audit_show(const char *, const struct parse_result *,
	    const struct output *);
int	 audit_verify(const char *, const struct output *);
int	 audit_checkpoint(const char *, const struct output *);
int	 audit_rows(const char *, const struct ctl_query *, enum ctl_type,
	    const struct output *, struct ctl_result *);
int	 note_ask(const char *, uint32_t, struct ctl_note *,
	    struct ctl_result *);

/* audit_export.c */
int	 audit_export(const char *, const struct parse_result *,
	    const struct output *);

/* evidence.c */
int	 evidence_get(const char *, const struct parse_result *,
	    const struct output *);

/* output.c */
#define FMT_MAX	48		/* bytes of any formatted value */
#define LAYERS_MAX	256	/* names of all layers of a sandbox */
#define KEY_MAX		IDENT_TEXTMAX	/* a key or what stands for it */
#define HEX_MAX		(2 + 2 * CTL_SEALEDMAX + 1)	/* "0x", hex, NUL */

_Static_assert(CTL_SEALEDMAX >= ASMP_PUBMAX, "HEX_MAX");
_Static_assert(KEY_MAX >= KEM_FPMAX && KEY_MAX >= IDENT_FPMAX, "KEY_MAX");

/* What there was no room for. */
struct dropped {
	uint64_t	 texts;		/* to devices, or too late */
	uint64_t	 events;	/* for monitor */
	uint64_t	 records;	/* of the audit log */
};

extern uint64_t	 output_now;	/* ms since 1970, for what is relative */

const char	*counter_name(enum ctl_process, unsigned int);
const char	*process_name(uint32_t);
int		 process_next(const struct ctl_status *, int);
uint64_t	 verify_count(const struct ctl_status *,
		    enum ctl_counter_verify);
void		 dropped_count(const struct ctl_status *, struct dropped *);
const char	*code_name(uint32_t);
int		 has_expired(const struct ctl_device *);
const char	*state_name(uint8_t);
const char	*state_text(const struct ctl_device *);
const char	*session_key_name(uint8_t);
int		 uses_old(const struct ctl_rotation *);
const char	*event_name(uint8_t);
const char	*profile_text(uint8_t);
const char	*printable(const char *, char *, size_t);
void		 put_printable(FILE *, const char *, size_t);
int		 is_json(const char *, size_t);
const char	*fmt_bytes(uint64_t, char *);
const char	*fmt_cpu(uint64_t, char *);
const char	*fmt_since(uint64_t, char *);
const char	*fmt_time(uint64_t, char *);
const char	*fmt_time_ms(uint64_t, char *);
const char	*fmt_time_us(uint64_t, char *);
const char	*fmt_hex(const uint8_t *, size_t, char *);
int		 is_stalled(const struct ctl_status *);
int		 queued_bytes(const struct ctl_status *, uint64_t *);
const char	*fmt_profiles(uint8_t, char *);
const char	*algorithm_text(const struct ctl_device *);
const char	*key_text(const struct ctl_device *, char *);
const char	*fingerprint_text(const struct ctl_device *, char *);
void		 device_pubkey(const struct ctl_device *, struct ident_pub *);

/* rows.c */
#define ROWS_SHOWN	100	/* of the newest, unless another limit is set */

void	 query_fill(struct ctl_query *, enum ctl_kind,
	    const struct parse_result *);
int	 rows_show(const char *, const struct parse_result *,
	    const struct output *);
int	 rows_export(struct conn *, const struct parse_result *,
	    const struct output *);
int	 rows_record(const char *, const struct parse_result *,
	    const struct output *);

/* jsonw.c: a stream of JSON on one FILE at a time */
void	 jsonw_open(FILE *, const char *, char);
void	 jsonw_close(FILE *, char);
void	 jsonw_string(FILE *, const char *, const char *);
void	 jsonw_bytes(FILE *, const char *, const char *, size_t);
void	 jsonw_value(FILE *, const char *, const char *, size_t);
void	 jsonw_number(FILE *, const char *, uint64_t);
void	 jsonw_bool(FILE *, const char *, int);
void	 jsonw_break(FILE *);
void	 jsonw_end(FILE *);

#endif /* ASMPCTL_H */
