# asmpd: make demo shows it, make check tests it; GNU make and bmake alike.

TOP =		.
include mk/flags.mk

LIBS =		lib/libutil lib/libasmp
PROGS =		asmpd asmpctl asmp asmp-keygen
TESTS =		regress/lib/libutil regress/lib/libasmp regress/asmp-keygen \
		regress/asmp regress/asmpctl regress/asmpd regress/attack \
		regress/bench regress/cost regress/crash regress/fuzz \
		regress/interop regress/man
TOOLS =		regress/tools

CONFDIR =	${SYSCONFDIR}/asmpd
EXAMPLEDIR =	${PREFIX}/share/examples/asmpd
UNITDIR =	${PREFIX}/lib/systemd/system
USERDIR =	${PREFIX}/lib/sysusers.d
TMPFDIR =	${PREFIX}/lib/tmpfiles.d
INSTDIRS =	${BINDIR} ${SBINDIR} ${LIBDIR} ${INCDIR} ${CONFDIR} \
		${EXAMPLEDIR} ${UNITDIR} ${USERDIR} ${TMPFDIR}
INSTALL =	install

all: ${LIBS} ${PROGS}

tests: ${TESTS}

${LIBS} ${PROGS} ${TOOLS} ${TESTS}:
	${MAKE} -C $@ all

${PROGS} ${TOOLS}: ${LIBS}
${TESTS}: ${LIBS} ${PROGS} ${TOOLS}

# What is missing is installed first, so each of these works in a new clone.
deps:
	@sh scripts/deps.sh build check lint bench

demo:
	@sh scripts/deps.sh build
	@echo building
	@${MAKE} -s all regress/tools
	@sh scripts/demo.sh

check:
	@sh scripts/deps.sh build
	@sh scripts/deps.sh check || echo "tests that need them are skipped"
	@echo building
	@${MAKE} -s all tests
	@sh scripts/check.sh

attack:
	@sh scripts/deps.sh build check
	@echo building
	@${MAKE} -s all tests
	@sh regress/attack/attack.sh

crash:
	@sh scripts/deps.sh build check
	@echo building
	@${MAKE} -s all tests
	@sh regress/crash/crash.sh

# Brokers to compare with are what is installed: deps has them, this does not.
bench:
	@sh scripts/deps.sh build
	@echo building
	@${MAKE} -s all regress/bench
	@sh regress/bench/bench.sh

fuzz:
	@sh scripts/deps.sh build fuzz
	@echo building
	@sh regress/fuzz/fuzz.sh

lint:
	@sh scripts/deps.sh build lint
	@sh scripts/lint.sh

install: all
	for d in ${INSTDIRS}; do \
		${INSTALL} -d ${DESTDIR}$$d || exit 1; \
	done
	${INSTALL} -m 755 asmp/asmp asmp-keygen/asmp-keygen ${DESTDIR}${BINDIR}
	${INSTALL} -m 755 asmpd/asmpd asmpctl/asmpctl ${DESTDIR}${SBINDIR}
	${INSTALL} -m 644 lib/libasmp/libasmp.a ${DESTDIR}${LIBDIR}
	${AR} rs ${DESTDIR}${LIBDIR}/libasmp.a lib/libutil/timingsafe.o
	${INSTALL} -m 644 lib/libasmp/asmp.h ${DESTDIR}${INCDIR}
	${INSTALL} -m 644 etc/*.conf ${DESTDIR}${EXAMPLEDIR}
	test -e ${DESTDIR}${CONFDIR}/asmpd.conf || \
	    ${INSTALL} -m 644 etc/asmpd.conf ${DESTDIR}${CONFDIR}
	sed 's|/usr/local|${PREFIX}|' etc/asmpd.service \
	    >${DESTDIR}${UNITDIR}/asmpd.service
	${INSTALL} -m 644 etc/asmpd.sysusers ${DESTDIR}${USERDIR}/asmpd.conf
	${INSTALL} -m 644 etc/asmpd.tmpfiles ${DESTDIR}${TMPFDIR}/asmpd.conf
	for s in 1 3 5 7 8; do \
		d=${DESTDIR}${MANDIR}/man$$s && ${INSTALL} -d $$d && \
		${INSTALL} -m 644 man/*.$$s $$d || exit 1; \
	done

clean:
	for d in ${LIBS} ${PROGS} ${TOOLS} ${TESTS}; do \
		${MAKE} -C $$d clean || exit 1; \
	done

dist:
	git archive --prefix=asmpd/ -o asmpd.tar.gz HEAD

.PHONY: all attack bench check clean crash demo deps dist fuzz install lint
.PHONY: tests ${LIBS} ${PROGS} ${TESTS} ${TOOLS}
