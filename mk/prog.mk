# A program: PROG names it, SRCS lists its sources, LDADD its libraries.

include ${TOP}/mk/flags.mk

CSRCS =	${SRCS:.y=.c}
OBJS =	${CSRCS:.c=.o}

all: ${PROG}

${PROG}: ${OBJS} ${LIBASMP} ${LIBUTIL}
	${LINK} -o $@ ${OBJS} ${LIBASMP} ${LIBUTIL} ${LDADD}

# By name: a make has its own idea of how a .y becomes a .o.
parse.c: parse.y
	byacc -o $@ parse.y

clean:
	rm -f ${PROG} *.o *.d parse.c

-include ${OBJS:.o=.d}
