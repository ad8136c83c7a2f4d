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


/* What people and scripts say: chat is answered, control is obeyed. */

#include <sys/types.h>

#include <string.h>
#include <time.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define COMMAND_MAX	16	/* no command is as long */

/* Where a text may be cut so that no UTF-8 character is: at most max. */
static size_t
text_cut(const uint8_t *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	for (len = max; len > 0 && (text[len] & 0xc0) == 0x80; len--)
		;
	return len;
}

/* Answers on the stream the question came on; an answer may be lost. */
static void
answer(struct session *s, uint32_t number, const void *text, size_t len)
{
	size_t	 max = data_max(s->profile, s->max_out);

	if (max > ASMP_TEXTMAX)
		max = ASMP_TEXTMAX;
	(void)stream_say(s, number, text, text_cut(text, len, max));
}

/*
 * Chat goes back to who said it: the text alone, or as slmp's clients know
 * it.
 */
void
chat_take(struct session *s, uint32_t number, const uint8_t *text, size_t len)
{
	static const char	 said[] = "Message received: ";
	char			 reply[ASMP_TEXTMAX];
	size_t			 n = sizeof(said) - 1;

	event_text(s, text, len);
	if (s->profile->record != ASMP_FERNET) {
		answer(s, number, text, len);
		return;
	}
	len = text_cut(text, len, sizeof(reply) - n);
	memcpy(reply, said, n);
	memcpy(reply + n, text, len);
	answer(s, number, reply, n + len);
}

static void
say_time(struct session *s, uint32_t number)
{
	char		 buf[32];
	struct tm	 tm;
	time_t		 now = time(NULL);

	if (gmtime_r(&now, &tm) == NULL)
		fatal("gmtime_r");
	answer(s, number, buf, strftime(buf, sizeof(buf),
	    "%Y-%m-%dT%H:%M:%SZ", &tm));
}

static void
say_list(struct session *s, uint32_t number)
{
	char	 buf[ASMP_TEXTMAX];

	answer(s, number, buf, streams_list(s, buf, sizeof(buf)));
}

static void
say(struct session *s, uint32_t number, const char *text)
{
	answer(s, number, text, strlen(text));
}

static int
role_may_say(const struct session *s, int command)
{
	const struct ipc_role	*role = conf_role_bynumber(s->up->role);

	return role != NULL && (role->commands & 1U << command) != 0;
}

/* A command and, for echo, what follows it. */
void
control_take(struct session *s, uint32_t number, const uint8_t *text,
    size_t len)
{
	const uint8_t	*rest = memchr(text, ' ', len);
	size_t		 word = rest == NULL ? len : (size_t)(rest - text);
	char		 name[COMMAND_MAX];
	int		 command = -1;

	if (word < sizeof(name)) {
		memcpy(name, text, word);
		name[word] = '\0';
		command = command_byname(name);
	}
	if (command == -1 || (command != CMD_ECHO && rest != NULL)) {
		say(s, number, "unknown command");
		return;
	}
	if (!role_may_say(s, command)) {
		say(s, number, "not permitted");
		return;
	}
	switch (command) {
	case CMD_PING:
		say(s, number, "pong");
		break;
	case CMD_STATUS:
		say(s, number, "server OK");
		break;
	case CMD_TIME:
		say_time(s, number);
		break;
	case CMD_ECHO:
		answer(s, number, rest == NULL ? text : rest + 1,
		    rest == NULL ? 0 : len - word - 1);
		break;
	case CMD_LIST:
		say_list(s, number);
		break;
	}
}

/* The operator can open no stream: that is said in other words. */
static const char *
send_text(enum reason reason)
{
	switch (reason) {
	case REASON_IDLE:
		return "the chat stream of its session is closed; the next "
		    "session has another";
	case REASON_STREAM:
		return "its profile carries no texts";
	default:
		return reason_text(reason);
	}
}

static void
send_result(uint32_t client, enum reason reason)
{
	struct {
		struct ipc_reply	 reply;
		struct ctl_result	 out;
	} msg;

	memset(&msg, 0, sizeof(msg));
	msg.reply.client = client;
	msg.reply.type = CTL_RESULT;
	msg.reply.last = 1;
	if (reason == REASON_NONE)
		strlcpy(msg.out.text, "sent", sizeof(msg.out.text));
	else {
		msg.out.code = CTL_FAILED;
		strlcpy(msg.out.text, send_text(reason),
		    sizeof(msg.out.text));
	}
	to_parent(IPC_REPLY, &msg, sizeof(msg));
}

/* An operator says something to a device. */
void
chat_send(const struct ipc_send *ask)
{
	struct session	*s = session_find(ask->conn);
	const char	*text = ask->text;
	enum reason	 reason;

	if (s == NULL || s->state != S_UP)
		reason = REASON_LOST;
	else if (data_len(s->profile, strlen(text)) > s->max_out)
		reason = REASON_LENGTH;
	else
		reason = stream_say(s, ASMP_STREAM_CHAT, text, strlen(text));
	send_result(ask->client, reason);
}
