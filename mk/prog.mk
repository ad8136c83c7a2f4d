# A program: PROG names it, SRCS lists its sources, LDADD its libraries.

include ${TOP}/mk/flags.mk

CSRCS =	${SRCS:.y=.c}
OBJS =	${CSRCS:.c=.o}

all: ${PROG}

${PROG}: ${OBJS} ${LIBASMP} ${LIBUTIL}
	${LINK} -o $@ ${OBJS} ${LIBASMP} ${LIBUTIL} ${LDADD}

clean:
	rm -f ${PROG} *.o *.d parse.c

-include ${OBJS:.o=.d}
