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
 * asmp(1): a device that sends readings, values or texts from its arguments
 * or its input, and shows what comes back.
 */

#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "asmp.h"
#include "asmp_proto.h"
#include "outbox.h"

/* Exit statuses, as asmp(1) has them. */
enum {
	EXIT_ACKED = 0,		/* all was acknowledged or answered */
	EXIT_LOCAL = 1,		/* usage, files, memory */
	EXIT_LOST = 2,		/* no connection, or lost */
	EXIT_GATEWAY = 3,	/* not the pinned gateway */
	EXIT_IDENTITY = 4,	/* this identity was refused */
	EXIT_READING = 5,	/* a reading was refused */
	EXIT_PROTOCOL = 6	/* the peer broke the protocol */
};

/* One more than the longest reading there can be, for its newline. */
#define LINEMAX		ENTRY_JSONMAX
#define INPUTMAX	(LINEMAX + 1)

enum input_state {
	INPUT_READING,		/* one is at hand */
	INPUT_TOOLONG,		/* one beyond LINEMAX was dropped */
	INPUT_MORE,		/* input_fill() first */
	INPUT_END
};

/* Where readings come from: arguments, or lines of standard input. */
struct input {
	char		**args;		/* NULL: standard input */
	const char	*unit;		/* what messages call a reading */
	int		 eof;
	int		 dropping;	/* inside a line that is too long */
	uint64_t	 number;	/* of the reading at hand, from 1 */
	const char	*json;
	size_t		 len;
	size_t		 pos;		/* first byte not yet taken */
	size_t		 end;
	char		 buf[INPUTMAX];
};

/* input.c */
void			 input_init(struct input *, char **);
enum input_state	 input_next(struct input *);
int			 input_fill(struct input *);
void			 input_cut(struct input *);
void			 input_stop(struct input *);

/* Readings sent and not yet decided, of which the line is remembered. */
#define INFLIGHT	16384

#define QUIT		(-1)	/* in place of an exit status: all is well */

/* What an item of the input is. */
enum mode {
	MODE_READINGS,		/* JSON */
	MODE_VITALS,		/* JSON, or text to be wrapped in it */
	MODE_VALUES,		/* profile smcp */
	MODE_CHAT,		/* text */
	MODE_COMMANDS		/* help lists them */
};

struct client {
	struct asmp	*a;
	enum mode	 mode;
	const char	*host;
	const char	*port;
	const char	*cafile;	/* NULL: no TLS */
	const char	*outbox;	/* directory, or NULL */
	const char	*newkey;	/* to rotate to, or NULL */
	uint64_t	 limit;		/* of the outbox, bytes */
	int		 noclock;
	int		 quiet;
	int		 raw;		/* leave checking to the gateway */
	int		 verbose;
	int		 timeout;	/* ms without any progress */
	int		 linger;	/* ms to hear what comes in the end */
	struct input	 in;
	int		 unrotated;	/* the new key was refused */
	int		 stage;		/* of the handshake, shown last */
	int64_t		 heard;		/* when we last gave a sign of life */
	int64_t		 shown;		/* progress line; 0: none yet */
	uint64_t	 nrefused;
	uint64_t	 refused;	/* id of the last, by the gateway; 0 */
	uint64_t	 number[INFLIGHT];	/* of the item, by id, or 0 */
	uint64_t	 taken[INFLIGHT];	/* ms after 1970, by id, or 0 */

	/* feed.c */
	int		 pending;	/* the reading at hand is not sent */
	int		 ended;		/* there are no more */
	int		 unsealed;
	uint64_t	 firstid;	/* last id before our first */
	uint64_t	 seen;		/* asmp_acked() at last progress */
	int64_t		 progress;	/* when that was, ms */
	int64_t		 started;

	/* talk.c, edit.c */
	uint32_t	 asked;		/* stream an answer is due on, or 0 */
	int		 closed;	/* it closed in place of that */
	int		 editing;	/* a line is being typed */
	int		 spoken;	/* something was shown meanwhile */
};

/* identity.c */
void	 identify(struct asmp *, const char *, const char *);
void	 identify_next(struct asmp *, const char *);
void	 identify_client(struct asmp *, const char *, char *);

/* client.c */
int	 stopped(void);
int64_t	 now_ms(clockid_t);
int64_t	 ticks(void);
const char *reading_name(const struct client *, uint64_t);
void	 client_signals(void);
int	 client_connect(struct client *);
void	 client_opened(struct client *);
int	 client_open(struct client *);
int	 client_turn(struct client *, int, int);
int	 client_failed(struct client *);
void	 client_linger(struct client *);
int	 client_close(struct client *);
void	 show_clear(struct client *);

/* feed.c */
void	 feed_refuse_length(struct client *, size_t);
enum input_state feed_next(struct client *);
int	 feed_show_due(struct client *);
int	 feed_run(struct client *);

/* deliver.c */
int	 deliver_run(struct client *);

/* vitals.c */
const char *vitals(const char *, size_t, size_t *);

/* show.c */
void	 show_text(const char *, size_t);
void	 show_message(struct client *, const struct asmp_message *);
const char *stream_name(uint32_t);
uint32_t stream_byname(const char *);

/* talk.c */
int	 talk_run(struct client *);
int	 ask(struct client *, uint32_t, const char *, size_t);
int	 ask_reading(struct client *, const char *, size_t);
int	 ask_close(struct client *, uint32_t);

/* command.c */
int	 command(struct client *, char *);
const char *command_complete(const char *, size_t);

/* edit.c */
int	 edit_open(struct client *, const char *);
const char *edit_line(struct client *, size_t *);
void	 edit_close(void);

#endif /* CLIENT_H */
