# A static library: LIB names it, SRCS lists its sources.

include ${TOP}/mk/flags.mk

OBJS =	${SRCS:.c=.o}

all: lib${LIB}.a

lib${LIB}.a: ${OBJS}
	rm -f $@
	${AR} rcs $@ ${OBJS}

clean:
	rm -f lib${LIB}.a *.o *.d

-include ${OBJS:.o=.d}
