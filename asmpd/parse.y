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
 * The grammar of asmpd.conf(5).  Every limit is enforced in the action that
 * reads it, so that an error names its file and line.
 */

%{
#include <sys/types.h>
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"
#include "model.h"

#define INCLUDE_MAX	16	/* files open at once: stops a cycle */
#define WORD_MAX	4096	/* the longest word, quoted or not */
#define BYTES_MIN	(1ULL << 20)	/* that a database is kept to */
#define BYTES_MAX	(1ULL << 50)

struct source {
	TAILQ_ENTRY(source)	 entry;
	FILE			*stream;
	char			*name;
	const char		*expand;	/* rest of a macro's value */
	int			 line;
	int			 ended;		/* its end has been a newline */
};
static TAILQ_HEAD(, source)	 sources = TAILQ_HEAD_INITIALIZER(sources);

struct macro {
	TAILQ_ENTRY(macro)	 entry;
	char			*name;
	char			*value;
	int			 fixed;		/* from the command line */
};
static TAILQ_HEAD(, macro)	 macros = TAILQ_HEAD_INITIALIZER(macros);

static struct asmpd_conf	*conf;
static struct conf_role		*role;		/* whose braces are open */
static struct conf_group	*group;
static int			 errors;
static char			 last[64];	/* word, for errors */
static struct {
	char	 first[64];	/* word, if it is none of the language's */
	int	 n;		/* words so far */
	int	 braces;	/* that are open */
	int	 over;		/* the next word is on another line */
}				 row;			/* for errors */
static const char		*mainfile;	/* NULL: none is being read */

static int	 yylex(void);
static int	 yyparse(void);
static int	 yyerror(const char *, ...)
		    __attribute__((__format__ (printf, 1, 2)));
static const char	*source_push(const char *);
static void	 source_pop(void);
static int	 macro_named(const char *);
static void	 macro_set(const char *, const char *, int);
static int	 take_string(char **, char *);
static int	 take_count(uint32_t *, int64_t, int64_t, int64_t,
		    const char *);
static int	 take_field(char *, double, uint32_t);
static int	 take_list(struct conf_words *, char *, const char *);
static int	 take_stream(char *, int64_t, char *, int64_t);
static int	 take_idle(char *, int64_t);
static int	 take_require(char *, enum require_type);
static uint32_t	 take_profile(char *);
static int	 take_role(char *, int64_t, int);
static void	 take_command(char *);
static int	 take_group(char *, int);
static void	 take_member(char *);
static void	 take_metric(char *);
static void	 take_function(char *);
static void	 take_wait(int64_t);
static int	 take_age(uint64_t *, char *);
static int	 take_bytes(uint64_t *, char *);
static int	 take_penalty(char *, char *);
static int	 take_rate(uint32_t *, uint32_t *, int64_t, int64_t);
static char	*dup_word(const char *);

#define IDLE_USUAL	(-1)	/* what the handler has without a word */
#define BURST_USUAL	(-1)	/* what goes with the rate */

typedef struct {
	union {
		int64_t	 number;
		double	 decimal;
		char	*string;
		int	 flag;
	} v;
	int	 line;
	char	 digits[24];		/* of a number, as written */
} YYSTYPE;
#define YYSTYPE_IS_DECLARED 1

/* Most actions take a string or a count: on an error, one way out. */
#define TAKE_STRING(field, str) do {					\
	if (take_string(&conf->field, (str)) == -1)			\
		YYERROR;						\
} while (0)
#define TAKE_COUNT(field, n, lo, hi, what) do {				\
	if (take_count(&conf->limits.field, (n), (lo), (hi), what) == -1) \
		YYERROR;						\
} while (0)
%}

%token	ACKNOWLEDGE ALL ANCHOR ANOMALY AUDIT BLOCKED CERTIFICATE CHROOT CONTROL
%token	BURST DATA DATABASE DEVICE MESSAGES READINGS RETENTION SIZE
%token	ERROR FIELD FLOOR FUNCTION GATEWAY GROUP HALFOPEN HANDLER HANDSHAKE ID
%token	IDLE IGNORE INCLUDE ISSUER KEY LIMIT LISTEN LOG MEMBER METRIC NEW NO
%token	NONE NUMBERED ON OPEN PENALTY PER PERMIT PORT PROFILES READING RECEIVED
%token	REQUIRE RESTRICTED ROLE SAMPLES SANDBOX SAY SEAL SESSIONS SHARED SILENCE
%token	SOCKET SOURCE STORED STREAM TEXT THRESHOLD TIME TIMEOUT TLS USER
%token	VERIFIERS WAIT WITHIN YES
%token	<v.string>	STRING
%token	<v.number>	NUMBER
%type	<v.decimal>	decimal
%type	<v.flag>	tls type yesno
%type	<v.number>	burst idle profile profilelist profiles seconds
%type	<v.string>	amount host id name socketgroup

%%

grammar	: /* empty */
	| grammar '\n'
	| grammar include
	| grammar macro '\n'
	| grammar main '\n'
	| grammar error '\n'	{ errors++; }
	;

include	: INCLUDE STRING '\n'	{
		/* The line is over: what is read next is the file's. */
		const char	*why = source_push($2);

		if (why != NULL)
			yyerror("include %s: %s", $2, why);
		free($2);
	}
	;

macro	: STRING '=' STRING	{
		if (!macro_named($1)) {
			yyerror("macro name \"%s\": only letters, digits "
			    "and _", $1);
			free($1);
			free($3);
			YYERROR;
		}
		macro_set($1, $3, 0);
		free($1);
		free($3);
	}
	;

main	: GATEWAY ID STRING	{
		int bad = !id_valid($3);

		if (bad)
			yyerror("gateway id \"%s\": must be 1 to %d of "
			    "letters, digits and ._:@-", $3, ASMP_IDMAX);
		else
			strlcpy(conf->gateway_id, $3, sizeof(conf->gateway_id));
		free($3);
		if (bad)
			YYERROR;
	}
	| GATEWAY KEY STRING	{ TAKE_STRING(gateway_key, $3); }
	| GATEWAY SEAL STRING	{ TAKE_STRING(gateway_seal, $3); }
	| ISSUER STRING		{
		if (take_list(&conf->issuers, $2, "issuer") == -1)
			YYERROR;
	}
	| SHARED KEY STRING	{
		if (take_list(&conf->shared, $3, "shared key") == -1)
			YYERROR;
	}
	| USER STRING		{ TAKE_STRING(user, $2); }
	| VERIFIERS NUMBER	{
		TAKE_COUNT(verifiers, $2, 1, VERIFIERS_MAX, "verifiers");
	}
	| CHROOT STRING		{ TAKE_STRING(chroot, $2); }
	| ANCHOR STRING		{ TAKE_STRING(anchor, $2); }
	| DATABASE STRING	{ TAKE_STRING(database, $2); }
	| CONTROL SOCKET STRING socketgroup	{
		free(conf->control_group);
		conf->control_group = $4;
		TAKE_STRING(control, $3);
	}
	| RESTRICTED CONTROL SOCKET STRING { TAKE_STRING(restricted, $4); }
	| SANDBOX REQUIRE	{ conf->permit = 0; }
	| SANDBOX PERMIT	{ conf->permit = 1; }
	| ACKNOWLEDGE STORED	{ conf->limits.received = 0; }
	| ACKNOWLEDGE RECEIVED	{ conf->limits.received = 1; }
	| LOG DATA yesno	{ conf->limits.log_data = $3; }
	| AUDIT MESSAGES yesno	{ conf->limits.audit_messages = $3; }
	| RETENTION READINGS amount	{
		if (take_age(&conf->limits.keep_readings_ms, $3) == -1)
			YYERROR;
	}
	| RETENTION BLOCKED amount	{
		if (take_age(&conf->limits.keep_blocked_ms, $3) == -1)
			YYERROR;
	}
	| RETENTION SIZE amount	{
		if (take_bytes(&conf->limits.keep_bytes, $3) == -1)
			YYERROR;
	}
	| LISTEN ON host PORT NUMBER tls profiles	{
		const char *why = "must be between 1 and 65535";
		int bad = $5 < 1 || $5 > 65535 ||
		    conf_addlistener(conf, $3, $5, $6, $7, &why) == -1;

		if (bad)
			yyerror("listen on %s port %lld: %s", $3,
			    (long long)$5, why);
		free($3);
		if (bad)
			YYERROR;
	}
	| TLS CERTIFICATE STRING KEY STRING	{
		free(conf->tls_key);
		conf->tls_key = $5;
		TAKE_STRING(tls_cert, $3);
	}
	| LIMIT SESSIONS NUMBER	{
		TAKE_COUNT(max_sessions, $3, 1, SESSIONS_MAX, "sessions");
	}
	| LIMIT HALFOPEN NUMBER	{
		TAKE_COUNT(max_halfopen, $3, 1, SESSIONS_MAX, "half-open");
	}
	| LIMIT HALFOPEN PER SOURCE NUMBER	{
		TAKE_COUNT(halfopen_source, $5, 1, SESSIONS_MAX,
		    "half-open per source");
	}
	| LIMIT NEW PER SOURCE NUMBER	{
		TAKE_COUNT(new_source, $5, 1, SESSIONS_MAX, "new per source");
	}
	| LIMIT READINGS PER DEVICE NUMBER burst	{
		if (take_rate(&conf->limits.rate, &conf->limits.burst, $5,
		    $6) == -1)
			YYERROR;
	}
	| LIMIT READINGS PER DEVICE NONE	{ conf->limits.rate = 0; }
	| LIMIT SILENCE seconds	{
		TAKE_COUNT(silence_ms, $3, 0, SILENCE_MAX, "silence");
		conf->limits.silence_ms *= 1000;
	}
	| PENALTY NONE		{ penalties_none(&conf->limits); }
	| PENALTY STRING amount	{
		if (take_penalty($2, $3) == -1)
			YYERROR;
	}
	| HANDSHAKE TIMEOUT NUMBER	{
		TAKE_COUNT(handshake_ms, $3, 1, HANDSHAKE_MAX,
		    "handshake timeout");
		conf->limits.handshake_ms *= 1000;
	}
	| ANOMALY SAMPLES NUMBER	{
		TAKE_COUNT(samples, $3, 2, SAMPLES_MAX, "anomaly samples");
	}
	| ANOMALY THRESHOLD decimal	{ conf->limits.threshold = $3; }
	| ANOMALY FLOOR decimal		{ conf->limits.floor = $3; }
	| ANOMALY FIELD STRING FLOOR decimal	{
		if (take_field($3, $5, 0) == -1)
			YYERROR;
	}
	| ANOMALY FIELD STRING IGNORE	{
		if (take_field($3, 0, 1) == -1)
			YYERROR;
	}
	| READING REQUIRE STRING type	{
		if (take_require($3, $4) == -1)
			YYERROR;
	}
	| READING TIME WITHIN seconds	{
		TAKE_COUNT(within_ms, $4, 0, WITHIN_MAX, "reading time within");
		conf->limits.within_ms *= 1000;
	}
	| STREAM name NUMBERED NUMBER HANDLER name	{
		if (take_stream($2, $4, $6, IDLE_USUAL) == -1)
			YYERROR;
	}
	| STREAM name NUMBERED NUMBER HANDLER name idle	{
		if (take_stream($2, $4, $6, $7) == -1)
			YYERROR;
	}
	| STREAM name idle	{
		if (take_idle($2, $3) == -1)
			YYERROR;
	}
	| ROLE name NUMBERED NUMBER rolebody	{
		if (take_role($2, $4, $<line>1) == -1)
			YYERROR;
	}
	| GROUP name groupbody	{
		if (take_group($2, $<line>1) == -1)
			YYERROR;
	}
	;

/* What is wrong inside of braces is said once; the rest of them is skipped. */
rolebody : rolehead roles '}'
	| rolehead error '}'	{
		role_free(role);
		role = NULL;
	}
	;

rolehead : '{'			{
		role_free(role);
		role = role_new();
	}
	;

roles	: sep
	| roles may sep
	;

may	: OPEN ALL		{ role->all = 1; }
	| OPEN '{' sep opens '}'
	| OPEN '{' error '}'
	| SAY ALL		{ role->commands = CMD_ALL; }
	| SAY '{' sep says '}'
	| SAY '{' error '}'
	| LIMIT READINGS NUMBER burst	{
		role->rated = 1;
		(void)take_rate(&role->rate, &role->burst, $3, $4);
	}
	| LIMIT READINGS NONE	{
		role->rated = 1;
		role->rate = 0;
	}
	;

burst	: /* empty */		{ $$ = BURST_USUAL; }
	| BURST NUMBER		{
		/* What is wrong must not look as if nothing stood there. */
		$$ = $2 == BURST_USUAL ? 0 : $2;
	}
	;

opens	: /* empty */
	| opens opened sep
	;

opened	: name			{
		role_open(role, $1);
		free($1);
	}
	;

says	: /* empty */
	| says said sep
	;

said	: name			{ take_command($1); }
	;

groupbody : grouphead groups '}'
	| grouphead error '}'	{
		group_free(group);
		group = NULL;
	}
	;

grouphead : '{'			{
		group_free(group);
		group = group_new();
	}
	;

groups	: sep
	| groups about sep
	;

about	: MEMBER member
	| MEMBER '{' sep members '}'
	| MEMBER '{' error '}'
	| METRIC STRING		{ take_metric($2); }
	| FUNCTION name		{ take_function($2); }
	| WAIT NUMBER		{ take_wait($2); }
	;

members	: /* empty */
	| members member sep
	;

member	: id			{ take_member($1); }
	;

profiles : /* empty */		{ $$ = PROFILES_ALL; }
	| PROFILES '{' sep profilelist '}'	{ $$ = $4; }
	;

profilelist : profile sep	{ $$ = $1; }
	| profilelist profile sep	{ $$ = $1 | $2; }
	;

profile	: STRING		{ $$ = take_profile($1); }
	;

sep	: /* empty */
	| sep ','
	| sep '\n'
	;

idle	: IDLE seconds		{ $$ = $2; }
	;

seconds	: NUMBER
	| NONE			{ $$ = 0; }
	;

amount	: STRING
	| NUMBER		{ $$ = dup_word($<digits>1); }
	| NONE			{ $$ = dup_word("none"); }
	;

type	: /* empty */		{ $$ = REQUIRE_ANY; }
	| NUMBERED		{ $$ = REQUIRE_NUMBER; }
	| TEXT			{ $$ = REQUIRE_STRING; }
	;

/* Words of the grammar that are names as well. */
name	: STRING
	| AUDIT			{ $$ = dup_word("audit"); }
	| BLOCKED		{ $$ = dup_word("blocked"); }
	| BURST			{ $$ = dup_word("burst"); }
	| CONTROL		{ $$ = dup_word("control"); }
	| DEVICE		{ $$ = dup_word("device"); }
	| MESSAGES		{ $$ = dup_word("messages"); }
	| PENALTY		{ $$ = dup_word("penalty"); }
	| READINGS		{ $$ = dup_word("readings"); }
	| SIZE			{ $$ = dup_word("size"); }
	| TIME			{ $$ = dup_word("time"); }
	| USER			{ $$ = dup_word("user"); }
	;

id	: STRING
	| NUMBER		{ $$ = dup_word($<digits>1); }
	;

socketgroup : /* empty */	{ $$ = NULL; }
	| GROUP STRING		{ $$ = $2; }
	;

host	: STRING		{ $$ = $1; }
	| '*'			{ $$ = dup_word("*"); }
	;

tls	: /* empty */		{ $$ = 0; }
	| TLS			{ $$ = 1; }
	;

yesno	: YES			{ $$ = 1; }
	| NO			{ $$ = 0; }
	;

decimal	: NUMBER		{
		if ($1 <= 0) {
			yyerror("%lld: must be above 0", (long long)$1);
			YYERROR;
		}
		$$ = $1;
	}
	| STRING		{
		char *end;
		int bad;

		errno = 0;
		$$ = strtod($1, &end);
		bad = *end != '\0' || end == $1 || !isfinite($$) || $$ <= 0;
		if (bad)
			yyerror("\"%s\": must be a number above 0", $1);
		free($1);
		if (bad)
			YYERROR;
	}
	;

%%

static const struct keyword {
	const char	*name;
	int		 token;
} keywords[] = {	/* sorted: found by bsearch(3) */
	{ "acknowledge", ACKNOWLEDGE },
	{ "all",	ALL },
	{ "anchor",	ANCHOR },
	{ "anomaly",	ANOMALY },
	{ "audit",	AUDIT },
	{ "blocked",	BLOCKED },
	{ "burst",	BURST },
	{ "certificate", CERTIFICATE },
	{ "chroot",	CHROOT },
	{ "control",	CONTROL },
	{ "data",	DATA },
	{ "database",	DATABASE },
	{ "device",	DEVICE },
	{ "field",	FIELD },
	{ "floor",	FLOOR },
	{ "function",	FUNCTION },
	{ "gateway",	GATEWAY },
	{ "group",	GROUP },
	{ "half-open",	HALFOPEN },
	{ "handler",	HANDLER },
	{ "handshake",	HANDSHAKE },
	{ "id",		ID },
	{ "idle",	IDLE },
	{ "ignore",	IGNORE },
	{ "include",	INCLUDE },
	{ "issuer",	ISSUER },
	{ "key",	KEY },
	{ "limit",	LIMIT },
	{ "listen",	LISTEN },
	{ "log",	LOG },
	{ "member",	MEMBER },
	{ "messages",	MESSAGES },
	{ "metric",	METRIC },
	{ "new",	NEW },
	{ "no",		NO },
	{ "none",	NONE },
	{ "number",	NUMBERED },
	{ "on",		ON },
	{ "open",	OPEN },
	{ "penalty",	PENALTY },
	{ "per",	PER },
	{ "permit",	PERMIT },
	{ "port",	PORT },
	{ "profiles",	PROFILES },
	{ "reading",	READING },
	{ "readings",	READINGS },
	{ "received",	RECEIVED },
	{ "require",	REQUIRE },
	{ "restricted",	RESTRICTED },
	{ "retention",	RETENTION },
	{ "role",	ROLE },
	{ "samples",	SAMPLES },
	{ "sandbox",	SANDBOX },
	{ "say",	SAY },
	{ "seal",	SEAL },
	{ "sessions",	SESSIONS },
	{ "shared",	SHARED },
	{ "silence",	SILENCE },
	{ "size",	SIZE },
	{ "socket",	SOCKET },
	{ "source",	SOURCE },
	{ "stored",	STORED },
	{ "stream",	STREAM },
	{ "string",	TEXT },
	{ "threshold",	THRESHOLD },
	{ "time",	TIME },
	{ "timeout",	TIMEOUT },
	{ "tls",	TLS },
	{ "user",	USER },
	{ "verifiers",	VERIFIERS },
	{ "wait",	WAIT },
	{ "within",	WITHIN },
	{ "yes",	YES }
};

/* Takes note of where in its line a word stands. */
static void
row_take(int token)
{
	if (row.over)
		row.n = 0;
	row.over = token == '\n';
	if (row.n++ == 0)
		strlcpy(row.first, token == STRING && row.braces == 0 ? last :
		    "", sizeof(row.first));
	row.braces += (token == '{') - (token == '}');
}

/* A word of no meaning is taken for a macro's, until no = comes. */
static int
is_row_unknown(void)
{
	return row.n == 2 && row.first[0] != '\0' && strcmp(last, "=") != 0;
}

static int
yyerror(const char *fmt, ...)
{
	struct source	*s = TAILQ_FIRST(&sources);
	char		 text[512];
	const char	*at;
	va_list		 ap;

	static int	 lastline;

	errors++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The parser says no more than this, also of what was just named. */
	if (strcmp(text, "syntax error") == 0 && errors > 1 &&
	    lastline == yylval.line)
		return 0;
	lastline = yylval.line;
	at = is_row_unknown() ? row.first : last;
	if (strcmp(text, "syntax error") == 0)
		snprintf(text, sizeof(text), at[0] == '\0' ?
		    "syntax error at the end of the line" :
		    "syntax error at \"%s\"", at);
	if (s != NULL)
		log_warnx("%s:%d: %s", s->name, yylval.line,
		    log_visstr(text));
	else if (mainfile != NULL)
		log_warnx("%s: ends before a } that is missing", mainfile);
	else
		log_warnx("command line: %s", log_visstr(text));
	return 0;
}

/*
 * A configuration says what the gateway trusts, so only its owner may write
 * it: NULL, or why fd is not to be read.
 */
static const char *
source_bad(int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return strerror(EISDIR);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "must belong to root or to who runs asmpd, and must "
		    "not be writable by others (chmod go-w)";
	return NULL;
}

static void
source_add(const char *name, int fd)
{
	struct source	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->name = strdup(name)) == NULL)
		fatal("calloc");
	if ((s->stream = fdopen(fd, "r")) == NULL)
		fatal("fdopen");
	s->line = 1;
	TAILQ_INSERT_HEAD(&sources, s, entry);
}

/* Goes on in a file: NULL, or why not. */
static const char *
source_push(const char *name)
{
	struct source	*s;
	const char	*why;
	int		 depth = 0, fd;

	TAILQ_FOREACH(s, &sources, entry)
		depth++;
	if (depth >= INCLUDE_MAX)
		return "too deep: is one in itself?";
	if ((fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return strerror(errno);
	if ((why = source_bad(fd)) != NULL)
		close(fd);
	else
		source_add(name, fd);
	return why;
}

/* Leaves the innermost file. */
static void
source_pop(void)
{
	struct source	*s = TAILQ_FIRST(&sources);

	TAILQ_REMOVE(&sources, s, entry);
	fclose(s->stream);
	free(s->name);
	free(s);
}

static struct macro *
macro_find(const char *name)
{
	struct macro	*m;

	TAILQ_FOREACH(m, &macros, entry)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static int
macro_named(const char *name)
{
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return *name == '\0';
}

static void
macro_set(const char *name, const char *value, int fixed)
{
	struct macro	*m;

	if ((m = macro_find(name)) != NULL) {
		if (m->fixed)
			return;
		TAILQ_REMOVE(&macros, m, entry);
		free(m->name);
		free(m->value);
	} else if ((m = malloc(sizeof(*m))) == NULL)
		fatal("malloc");
	if ((m->name = strdup(name)) == NULL ||
	    (m->value = strdup(value)) == NULL)
		fatal("strdup");
	m->fixed = fixed;
	TAILQ_INSERT_TAIL(&macros, m, entry);
}

static void
macros_forget(void)
{
	struct macro	*m, *next;

	TAILQ_FOREACH_SAFE(m, &macros, entry, next) {
		if (m->fixed)
			continue;
		TAILQ_REMOVE(&macros, m, entry);
		free(m->name);
		free(m->value);
		free(m);
	}
}

/* One character; a macro being expanded comes before the file. */
static int
get_char(void)
{
	struct source	*s = TAILQ_FIRST(&sources);
	int		 c;

	if (s == NULL)
		return EOF;
	if (s->expand != NULL) {
		if (*s->expand != '\0')
			return (unsigned char)*s->expand++;
		s->expand = NULL;
	}
	c = getc(s->stream);
	if (c == '\\') {
		if ((c = getc(s->stream)) == '\n') {
			s->line++;
			return get_char();
		}
		ungetc(c, s->stream);
		return '\\';
	}
	if (c == '\n')
		s->line++;
	return c;
}

static void
unget_char(int c)
{
	struct source	*s = TAILQ_FIRST(&sources);

	if (c == EOF || s == NULL)
		return;
	if (s->expand != NULL)
		s->expand--;
	else {
		if (c == '\n')
			s->line--;
		ungetc(c, s->stream);
	}
}

static int
keyword_cmp(const void *k, const void *e)
{
	return strcmp(k, ((const struct keyword *)e)->name);
}

static int
is_word(int c)
{
	return isalnum(c) || (c != EOF && strchr("._:/@%+-?*[]~", c) != NULL);
}

static int
lex_quoted(void)
{
	char	 buf[WORD_MAX];
	size_t	 n = 0;
	int	 c;

	while ((c = get_char()) != '"') {
		if (c == EOF || c == '\n' || n == sizeof(buf) - 1) {
			yyerror(n == sizeof(buf) - 1 ? "string too long" :
			    "string without its closing quote");
			unget_char(c);
			return ERROR;
		}
		if (c == '\\' && (c = get_char()) != '"' && c != '\\') {
			unget_char(c);
			c = '\\';
		}
		buf[n++] = c;
	}
	buf[n] = '\0';
	strlcpy(last, buf, sizeof(last));
	if ((yylval.v.string = strdup(buf)) == NULL)
		fatal("strdup");
	return STRING;
}

/* A keyword, a number, or else a string. */
static int
lex_word(int c)
{
	const struct keyword	*k;
	const char		*errstr;
	char			 buf[WORD_MAX];
	size_t			 n = 0;

	do {
		buf[n++] = c;
	} while (is_word(c = get_char()) && n < sizeof(buf) - 1);
	unget_char(c);
	buf[n] = '\0';
	strlcpy(last, buf, sizeof(last));
	if (strcmp(buf, "*") == 0)
		return '*';
	k = bsearch(buf, keywords, sizeof(keywords) / sizeof(keywords[0]),
	    sizeof(keywords[0]), keyword_cmp);
	if (k != NULL)
		return k->token;
	if (strspn(buf, "-0123456789") == n && n < sizeof(yylval.digits)) {
		strlcpy(yylval.digits, buf, sizeof(yylval.digits));
		yylval.v.number = strtonum(buf, LLONG_MIN, LLONG_MAX, &errstr);
		if (errstr == NULL)
			return NUMBER;
	}
	if ((yylval.v.string = strdup(buf)) == NULL)
		fatal("strdup");
	return STRING;
}

static int
lex_macro(void)
{
	struct source	*s = TAILQ_FIRST(&sources);
	struct macro	*m;
	char		 name[128];
	size_t		 n = 0;
	int		 c, inside = s->expand != NULL;

	/* What ends the name may come from behind the macro around it. */
	while ((isalnum(c = get_char()) || c == '_') && n < sizeof(name) - 1)
		name[n++] = c;
	unget_char(c);
	name[n] = '\0';
	if ((m = macro_find(name)) == NULL) {
		yyerror("macro \"%s\" is not defined", name);
		return ERROR;
	}
	if (inside) {
		yyerror("macro \"%s\" stands inside another one", name);
		return ERROR;
	}
	s->expand = m->value;
	return 0;
}

/* A file's last line may lack its newline; then the one around goes on. */
static int
lex_end(void)
{
	struct source	*s = TAILQ_FIRST(&sources);

	if (s == NULL)
		return EOF;
	if (!s->ended) {
		s->ended = 1;
		return '\n';
	}
	source_pop();
	return 0;
}

static int
lex_one(void)
{
	int	 c;

	while ((c = get_char()) == ' ' || c == '\t')
		;
	yylval.line = TAILQ_EMPTY(&sources) ? 0 :
	    TAILQ_FIRST(&sources)->line - (c == '\n');
	if (c == '#')
		while ((c = get_char()) != '\n' && c != EOF)
			;
	if (c == EOF)
		return lex_end();
	if (c == '"')
		return lex_quoted();
	if (c == '$')
		return lex_macro();
	if (is_word(c))
		return lex_word(c);
	return c;
}

static int
yylex(void)
{
	int	 token;

	/* A macro's reference is replaced, not returned: 0. */
	last[0] = '\0';
	while ((token = lex_one()) == 0)
		;
	if (token > ' ' && token < 0x7f && token != ERROR)
		snprintf(last, sizeof(last), "%c", token);
	row_take(token);
	return token == EOF ? 0 : token;
}

/* Takes over str; a setting given twice keeps the later value. */
static int
take_string(char **field, char *str)
{
	if (str[0] == '\0') {
		yyerror("must not be empty");
		free(str);
		return -1;
	}
	free(*field);
	*field = str;
	return 0;
}

static int
take_count(uint32_t *field, int64_t n, int64_t lo, int64_t hi,
    const char *what)
{
	if (n < lo || n > hi) {
		yyerror("%s %lld: must be between %lld and %lld", what,
		    (long long)n, (long long)lo, (long long)hi);
		return -1;
	}
	*field = n;
	return 0;
}

/* Says what an amount must be, if it is something else.  Takes it over. */
static int
take_amount(uint64_t *field, uint64_t n, char *text, const char *what)
{
	if (strcmp(text, "none") == 0)
		n = 0;
	else if (n == 0) {
		yyerror("%s: must be %s, or none", text, what);
		free(text);
		return -1;
	}
	free(text);
	*field = n;
	return 0;
}

/* Takes over text. */
static int
take_age(uint64_t *ms, char *text)
{
	uint64_t	 s;

	return take_amount(ms, when_duration(&s, text) == -1 ? 0 : s * 1000,
	    text,
	    "a time with a unit, such as 12h, 90d or 4w");
}

/* Bytes, or units of 1024 and more of them; 0 if it is something else. */
static uint64_t
bytes_of(const char *text)
{
	static const char	 units[] = "KMGT";
	const char		*unit;
	char			*end;
	uint64_t		 n;
	int			 shift = 0;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0)
		return 0;
	if (end[0] != '\0') {
		if ((unit = strchr(units, end[0])) == NULL || end[1] != '\0')
			return 0;
		shift = 10 * (int)(unit - units + 1);
	}
	return n < BYTES_MIN >> shift || n > BYTES_MAX >> shift ? 0 :
	    n << shift;
}

/* Takes over text. */
static int
take_bytes(uint64_t *bytes, char *text)
{
	return take_amount(bytes, bytes_of(text), text, "a size from 1M to "
	    "1024T, such as 500M or 10G");
}

/* Without a word, what comes in a second, or under a seal, may come at once. */
static int
take_rate(uint32_t *rate, uint32_t *burst, int64_t n, int64_t most)
{
	if (take_count(rate, n, 1, RATE_MAX, "readings") == -1)
		return -1;
	if (most == BURST_USUAL)
		most = n < ASMP_SEAL_FRAMES ? ASMP_SEAL_FRAMES : n;
	return take_count(burst, most, 1, RATE_MAX, "burst");
}

/* Takes over name and text. */
static int
take_penalty(char *name, char *text)
{
	const char	*why = penalty_set(conf, name, text);

	if (why != NULL)
		yyerror("penalty %s %s: %s", name, text, why);
	free(name);
	free(text);
	return why == NULL ? 0 : -1;
}

/* Takes over pattern. */
static int
take_field(char *pattern, double floor, uint32_t ignore)
{
	struct conf_field	*f;
	size_t			 n = 0;

	TAILQ_FOREACH(f, &conf->fields, entry)
		n++;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatal("calloc");
	f->f.floor = floor;
	f->f.ignore = ignore;
	if (n >= RULES_MAX || strlcpy(f->f.pattern, pattern,
	    sizeof(f->f.pattern)) >= sizeof(f->f.pattern)) {
		yyerror(n >= RULES_MAX ? "anomaly field \"%s\": more than %d "
		    "rules" : "anomaly field \"%s\": longer than %d bytes",
		    pattern, n >= RULES_MAX ? RULES_MAX :
		    (int)sizeof(f->f.pattern) - 1);
		free(pattern);
		free(f);
		return -1;
	}
	free(pattern);
	TAILQ_INSERT_TAIL(&conf->fields, f, entry);
	return 0;
}

static char *
dup_word(const char *s)
{
	char	*p;

	if ((p = strdup(s)) == NULL)
		fatal("strdup");
	return p;
}

/* Says why what cannot be, if it cannot.  Takes over name. */
static int
take_named(const char *what, char *name, const char *why)
{
	if (why != NULL)
		yyerror("%s \"%s\": %s", what, name, why);
	free(name);
	return why == NULL ? 0 : -1;
}

/* The same of what has braces: its first line is named, not the last. */
static int
take_block(const char *what, char *name, const char *why, int line)
{
	int	 end = yylval.line, ret;

	yylval.line = line;
	ret = take_named(what, name, why);
	yylval.line = end;
	return ret;
}

/* Takes over path. */
static int
take_list(struct conf_words *list, char *path, const char *what)
{
	struct conf_word	*w;
	const char		*why = path[0] == '\0' ? "must not be empty" :
				    NULL;
	size_t			 n = 0;

	TAILQ_FOREACH(w, list, entry) {
		if (strcmp(w->text, path) == 0)
			why = "is given twice";
		n++;
	}
	if (n >= SECRETS_MAX)
		why = "more than " LIMIT_TEXT(SECRETS_MAX) " of them";
	if (why == NULL)
		conf_addword(list, path);
	return take_named(what, path, why);
}

/* Takes over name. */
static int
take_idle(char *name, int64_t idle)
{
	struct conf_stream	*s;
	uint32_t		 n;

	if ((s = stream_byname(conf, name)) == NULL)
		return take_named("stream", name, "is not built in, and no "
		    "line above gives it a number and a handler");
	free(name);
	if (take_count(&n, idle, 0, STREAM_IDLE_MAX, "stream idle") == -1)
		return -1;
	s->s.idle_ms = n * 1000;
	return 0;
}

/* Takes over name and handler. */
static int
take_stream(char *name, int64_t number, char *handler, int64_t idle)
{
	const char	*why;

	why = stream_add(conf, name, number, handler);
	free(handler);
	if (why == NULL && idle != IDLE_USUAL)
		return take_idle(name, idle);
	return take_named("stream", name, why);
}

/* Takes over path. */
static int
take_require(char *path, enum require_type type)
{
	return take_named("reading require", path, require_add(conf, path,
	    type));
}

/* Takes over name.  Returns the profile's bit, or 0 after an error. */
static uint32_t
take_profile(char *name)
{
	const struct asmp_profile	*p = profile_byname(name);

	(void)take_named("profile", name, p == NULL ?
	    "there is no such profile" : NULL);
	return p == NULL ? 0 : 1U << p->id;
}

/* Takes over name; the role is what was in the braces, NULL if nonsense. */
static int
take_role(char *name, int64_t number, int line)
{
	const char	*why = NULL;

	if (role != NULL)
		why = role_add(conf, name, number, role);
	if (why == NULL)
		role = NULL;
	return take_block("role", name, why, line);
}

/* Takes over name. */
static void
take_command(char *name)
{
	(void)take_named("command", name, role_say(role, name));
}

/* Takes over name; the group is what was in the braces, NULL if nonsense. */
static int
take_group(char *name, int line)
{
	const char	*why = NULL;

	if (group != NULL)
		why = group_add(conf, name, group);
	if (why == NULL)
		group = NULL;
	return take_block("group", name, why, line);
}

/* Takes over id. */
static void
take_member(char *id)
{
	(void)take_named("member", id, group_addmember(group, id));
}

/* Takes over path. */
static void
take_metric(char *path)
{
	(void)take_named("metric", path, group_setmetric(group, path));
}

/* Takes over name. */
static void
take_function(char *name)
{
	int	 n = function_byname(name);

	(void)take_named("function", name, n == -1 ?
	    "must be sum, mean, min, max or count" : NULL);
	if (n != -1)
		group->g.function = n;
}

static void
take_wait(int64_t n)
{
	if (take_count(&group->g.wait_ms, n, 1, GROUP_WAIT_MAX, "wait") == 0)
		group->g.wait_ms *= 1000;
}

/*
 * Reads a configuration file into c, which conf_new() made.  Returns 0, or
 * -1 after each error has been logged with its file and line.
 */
int
parse_file(const char *name, struct asmpd_conf *c)
{
	const char	*why;

	conf = c;
	errors = 0;
	memset(&row, 0, sizeof(row));
	if ((why = source_push(name)) != NULL) {
		log_warnx("%s: %s", name, why);
		return -1;
	}
	mainfile = name;
	yyparse();
	mainfile = NULL;
	while (!TAILQ_EMPTY(&sources))
		source_pop();
	macros_forget();
	if (errors == 0 && conf_check(c, name) == -1)
		errors++;
	return errors == 0 ? 0 : -1;
}

/* Defines a macro from the command line, "name=value"; -1 if it is not. */
int
parse_macro(const char *def)
{
	const char	*eq;
	char		*name;
	int		 ret;

	if ((eq = strchr(def, '=')) == NULL || eq == def)
		return -1;
	if ((name = strndup(def, eq - def)) == NULL)
		fatal("strndup");
	if ((ret = macro_named(name) ? 0 : -1) == 0)
		macro_set(name, eq + 1, 1);
	free(name);
	return ret;
}
