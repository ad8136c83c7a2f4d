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
 * What the fuzz targets share.  A target is a plain function of bytes, named
 * as its file, and returns 0; libfuzzer.c and replay.c call the one that they
 * were compiled for.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* What must hold whatever the input is; else this input is a finding. */
#define MUST(cond) do {							\
	if (!(cond))							\
		fuzz_broken(__FILE__, __LINE__, #cond);			\
} while (0)

/* What is left of an input. */
struct input {
	const uint8_t	*p;
	size_t		 left;
};

/* input.c */
uint8_t		 in_u8(struct input *);
uint16_t	 in_u16(struct input *);
uint64_t	 in_u64(struct input *);
const uint8_t	*in_take(struct input *, size_t *);
uint8_t		*in_copy(struct input *, size_t *);
char		*in_text(struct input *);
void		 in_fill(struct input *, void *, size_t);

/* world.c: the outside world, the same for every run of an input */
extern uint64_t	 fuzz_clock;		/* ms, of all clocks */
extern uint64_t	 fuzz_tick;		/* ms from one look at it to the next */
extern jmp_buf	*fuzz_end;		/* where fatal() goes, or NULL */

void		 fuzz_begin(void);
__attribute__((__noreturn__))
void		 fuzz_broken(const char *, int, const char *);
void		*fuzz_alloc(size_t);

int	 fuzz_ack(const uint8_t *, size_t);
int	 fuzz_asmpctl(const uint8_t *, size_t);
int	 fuzz_base64(const uint8_t *, size_t);
int	 fuzz_chan(const uint8_t *, size_t);
int	 fuzz_compress(const uint8_t *, size_t);
int	 fuzz_conf(const uint8_t *, size_t);
int	 fuzz_control(const uint8_t *, size_t);
int	 fuzz_data(const uint8_t *, size_t);
int	 fuzz_device(const uint8_t *, size_t);
int	 fuzz_enrolment(const uint8_t *, size_t);
int	 fuzz_evidence(const uint8_t *, size_t);
int	 fuzz_frame(const uint8_t *, size_t);
int	 fuzz_gateway_auth(const uint8_t *, size_t);
int	 fuzz_hello(const uint8_t *, size_t);
int	 fuzz_imsg(const uint8_t *, size_t);
int	 fuzz_init(const uint8_t *, size_t);
int	 fuzz_json(const uint8_t *, size_t);
int	 fuzz_kem(const uint8_t *, size_t);
int	 fuzz_key(const uint8_t *, size_t);
int	 fuzz_list(const uint8_t *, size_t);
int	 fuzz_logs(const uint8_t *, size_t);
int	 fuzz_net(const uint8_t *, size_t);
int	 fuzz_noise(const uint8_t *, size_t);
int	 fuzz_outbox(const uint8_t *, size_t);
int	 fuzz_parent(const uint8_t *, size_t);
int	 fuzz_rekey(const uint8_t *, size_t);
int	 fuzz_seal(const uint8_t *, size_t);
int	 fuzz_secret(const uint8_t *, size_t);
int	 fuzz_token(const uint8_t *, size_t);
int	 fuzz_verify(const uint8_t *, size_t);
int	 fuzz_window(const uint8_t *, size_t);

#endif /* FUZZ_H */
