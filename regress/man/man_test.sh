# Copyright (c) 2026 The asmpd developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# The manuals and the files of etc against the programs they speak of.

. $(atf_get_srcdir)/../lib.sh

MAN=${TOPDIR}/man
ETC=${TOPDIR}/etc
PYTHON=${ASMP_PYTHON:-python3}
TOOL="python3 $(atf_get_srcdir)/man.py"
STRANGER="${PYTHON} $(atf_get_srcdir)/asmp7.py"
GIVEN=$(atf_get_srcdir)/given.txt

# number and name of every reason, from the table that programs print.
reasons()
{
	sed -n 's/^	{ \(REASON_[A-Z_]*\), "\([a-z-]*\)",.*/\1 \2/p' \
	    ${TOPDIR}/lib/libasmp/reason.c |
	while read -r symbol name; do
		echo $(sed -n "s/^	${symbol} = \([0-9]*\),*.*/\1/p" \
		    ${TOPDIR}/lib/libasmp/reason.h) ${name}
	done
}

# The configurations that the manual and etc show, as conf1 .., with the
# identity and the certificate that they speak of; prints how many.
examples()
{
	[ -e GATEWAY_CLINIC_A.key ] ||
	    ${KEYGEN} -G GATEWAY_CLINIC_A > /dev/null || exit 1
	n=$(${TOOL} blocks ${MAN}/asmpd.conf.5 EXAMPLES)
	cp ${ETC}/asmpd.conf block$((n + 1))
	for _n in $(seq $((n + 1))); do
		sed "s,/etc/asmpd/,$(pwd -P)/," block${_n} > conf${_n}
	done
	echo $((n + 1))
}

atf_test_case reasons
reasons_head()
{
	atf_set descr "every reason has its line in asmp(7) and asmpd(8)"
}
reasons_body()
{
	reasons > reasons
	# Each number that is declared has a name.
	atf_check -o inline:"$(grep -c '^	REASON_.* = ' \
	    ${TOPDIR}/lib/libasmp/reason.h)\n" grep -c '^[0-9]* [a-z-]*$' \
	    reasons
	# The manuals know these, and no others.
	sed -n 's/^\.It \([0-9]*\) Ta Cm \([a-z-]*\) Ta [a-zA-Z].*/\1 \2/p' \
	    ${MAN}/asmp.7 > known
	atf_check cmp reasons known
	sed -n 's/^\.It Cm \([a-z-]*\)$/\1/p' ${MAN}/asmpd.8 | sort > known
	cut -d ' ' -f 2 reasons | sort > names
	atf_check cmp names known
	# What is refused goes by number and name.
	sed -n '/^\.Sh REFUSALS/,/^\.Sh REASONS/s/^\.It .* Ta \([0-9].*\)/\1/p' \
	    ${MAN}/asmp.7 | sed 's/ \*$//' | sort -u > refusals
	sort reasons > sorted
	atf_check comm -23 refusals sorted
	atf_check -o match:'^27 bad-proof$' -o match:'^18 length$' cat refusals
}

# .Va of the page on standard input, each on a line.
members()
{
	sed -n 's/^\.\(It \)\{0,1\}Va //p' | tr -s ' ,' '\n\n' |
	    grep '^[a-z]' | sort -u
}

atf_test_case json_members
json_members_head()
{
	atf_set descr "asmpctl(8) names the members of JSON, and no others"
}
json_members_body()
{
	_here=$(pwd)
	# Members by themselves, arrays of an answer, fields of a record.
	cd ${TOPDIR}/asmpctl || atf_fail "no asmpctl"
	{ cat *.c | tr '\n' ' ' |
	    grep -Eo '(jsonw|json)_[a-z_]*\([a-z]+,[^",();]*"[a-z0-9_]+"'
	  sed -n '/^list_name(/,/^}/p' output_json.c | grep 'return "'
	  sed -n '/ fields\[\]/,/^}/p' record.c | tr ',' '\n'
	} | sed -n 's/.*"\(.*\)".*/\1/p' | sort -u > ${_here}/written
	cat $(grep -l jsonw_ *.c) record.c | grep -o '"[a-z0-9_]*"' |
	    tr -d '"' | sort -u > ${_here}/literals
	cd ${_here} || atf_fail "no ${_here}"
	atf_check -o match:'^old_fingerprint$' -o match:'^rotations$' \
	    -o match:'^gateway_id$' -o match:'^device$' cat written
	members < ${MAN}/asmpctl.8 > known
	atf_check comm -23 written known
	sed -n '/^\.Sh OUTPUT/,/^\.Sh FILES/p' ${MAN}/asmpctl.8 |
	    members > known
	atf_check -o match:'^queued$' cat known
	atf_check comm -13 literals known
}

atf_test_case libraries
libraries_head()
{
	atf_set descr "asmp(3): a program is linked with the libraries named"
	atf_set require.progs ar cc
}
libraries_body()
{
	_lib=${TOPDIR}/lib/libasmp
	! grep -q -e __asan_init -e __ubsan_handle ${_lib}/libasmp.a ||
	    atf_skip "built with a sanitizer"
	cat > device.c <<-EOF
		#include <stdint.h>
		#include <stddef.h>
		#include "asmp.h"
		int
		main(void)
		{
			struct asmp *a = asmp_new();

			return a != NULL && asmp_set_identity(a, "DEV1",
			    "DEV1.key", NULL) == 0 &&
			    asmp_connect(a, "", "1", NULL) == -1 ? 0 : 1;
		}
	EOF
	_flags=$(sed -n '/^\.Sh LIBRARY/,/^\.Sh SYN/s/^\.Fl //p' \
	    ${MAN}/asmp.3 | tr -s ', \n' ' ' | sed 's/\<l/-l/g')
	atf_check_equal '-lasmp -l' "$(echo "${_flags}" | cut -c 1-9)"
	# As it is installed.
	cp ${_lib}/libasmp.a .
	atf_check ar rs libasmp.a ${TOPDIR}/lib/libutil/timingsafe.o
	atf_check cc -I${_lib} -o device device.c -L. ${_flags}
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check ./device
}

# What is recorded is listed, for who filters by it.
atf_test_case events
events_head()
{
	atf_set descr "every type of audit records has its line in asmpd(8)"
}
events_body()
{
	sed -n 's/^	\[AUDIT_\([A-Z_]*\)\] = "\([A-Z_]*\)",*$/\1 \2/p' \
	    ${TOPDIR}/asmpd/audit_record.c | sort > table
	atf_check sed -n '/^\([A-Z_]*\) \1$/!p' table
	# Each that is declared has a name.
	sed -n 's/^	AUDIT_\([A-Z_]*\),*\( .*\)*$/\1/p' \
	    ${TOPDIR}/asmpd/ipc.h | grep -vx N | sort > declared
	cut -d ' ' -f 2 table > names
	atf_check test -s names
	atf_check cmp declared names
	# The manual knows these, and no others.
	sed -n '/^\.Sh LOGS AND EVIDENCE/,/^\.Sh BACKUP/s/^\.It Cm \([A-Z_]*\)$/\1/p' \
	    ${MAN}/asmpd.8 | sort > known
	atf_check cmp names known
}

# M-8: how each attack is met, and where to report one that is not.
atf_test_case security
security_head()
{
	atf_set descr "the reasons that SECURITY.md promises are there"
}
security_body()
{
	reasons | cut -d ' ' -f 2 | sort > names
	sed -n 's/^|.*|.*| \([a-z, -]*\) |$/\1/p' ${TOPDIR}/SECURITY.md |
	    sed '1d; s/, */\n/g' | grep '[a-z]' | sort -u > promised
	atf_check -o match:'^replay$' -o match:'^ticket$' cat promised
	atf_check comm -23 promised names
	atf_check -o ignore grep '^## Where to report$' ${TOPDIR}/SECURITY.md
}

atf_test_case keywords
keywords_head()
{
	atf_set descr "every keyword of the grammar is in asmpd.conf(5)"
}
keywords_body()
{
	sed -n '/^} keywords\[\]/,/^};/s/^	{ "\(.*\)",.*/\1/p' \
	    ${TOPDIR}/asmpd/parse.y > keywords
	atf_check -o match:'^gateway$' -o match:'^yes$' cat keywords
	grep -E '^\.(It|D1) ' ${MAN}/asmpd.conf.5 | tr ' ' '\n' > words
	while read -r keyword; do
		atf_check -o ignore -e ignore grep -x -- "${keyword}" words ||
		    atf_fail "asmpd.conf.5 lacks ${keyword}"
	done < keywords
}

# options_of program page: its usage and the page's synopsis and list agree.
options_of()
{
	${TOPDIR}/$1/$1 '-?' 2>&1 | sed '/^commands:/,$d' |
	    grep -oE '(^|[[ ])-[A-Za-z]+' | tr -dc 'A-Za-z' | fold -w 1 |
	    sort -u > usage
	[ -s usage ] || atf_fail "$1 has no usage"
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/.*Fl \([A-Za-z]*\).*/\1/p' \
	    $2 | tr -d '\n' | fold -w 1 | sort -u > synopsis
	sed -n 's/^\.It Fl \([A-Za-z]\).*/\1/p' $2 | sort -u > list
	atf_check cmp usage synopsis
	atf_check cmp usage list
}

atf_test_case options
options_head()
{
	atf_set descr "usage and manual of each program name the same options"
}
options_body()
{
	options_of asmpd ${MAN}/asmpd.8
	options_of asmpctl ${MAN}/asmpctl.8
	options_of asmp ${MAN}/asmp.1
	options_of asmp-keygen ${MAN}/asmp-keygen.1
}

atf_test_case log_lines
log_lines_head()
{
	atf_set descr "every kind of line that asmpd logs is in asmpd(8)"
	atf_set require.progs python3
}
log_lines_body()
{
	# Errors in the configuration speak for themselves.
	sources=$(find ${TOPDIR}/asmpd -name '*.c' ! -name parse.c \
	    ! -name config.c ! -name ctlsock.c)
	atf_check ${TOOL} log ${MAN}/asmpd.8 ${sources}
	grep -v 'session up' ${MAN}/asmpd.8 > less.8
	atf_check -o match:'session up: device' ${TOOL} log less.8 ${sources}
}

atf_test_case examples
examples_head()
{
	atf_set descr "what manual and etc show is valid, and survives -nv"
	atf_set require.progs python3
}
examples_body()
{
	n=$(examples)
	[ ${n} -ge 3 ] || atf_fail "only ${n} examples"
	for _n in $(seq ${n}); do
		atf_check -e inline:"configuration OK\n" \
		    ${ASMPD} -n -f conf${_n}
		atf_check -o save:once ${ASMPD} -nv -f conf${_n}
		atf_check -o file:once ${ASMPD} -nv -f once
		echo 'listen on nowhere' >> conf${_n}
		atf_check -s exit:1 -e match:"conf${_n}:[0-9]*: syntax error" \
		    ${ASMPD} -n -f conf${_n}
	done
	# So is what stands in comments, without the blank of those in words.
	sed 's/^#\([^ ]\)/\1/' ${ETC}/asmpd.conf > whole.conf
	atf_check -o match:'^group "ward"' -o match:'^role "nurse" number 4' \
	    ${ASMPD} -nv -f whole.conf
}

atf_test_case example_macro
example_macro_head()
{
	atf_set descr "-D wins over the macro of the manual's example"
	atf_set require.progs python3
}
example_macro_body()
{
	examples > /dev/null
	atf_check -o match:'^listen on 10.7.0.1 port 8888$' \
	    ${ASMPD} -nv -f conf2
	atf_check -o match:'^listen on 127.0.0.1 port 8888$' \
	    ${ASMPD} -nv -D inside=127.0.0.1 -f conf2
}

# A comment that shows a default must show the one that there is.
atf_test_case defaults
defaults_head()
{
	atf_set descr "the defaults in etc/asmpd.conf are the daemon's"
}
defaults_body()
{
	shown='user|chroot|database|sandbox|log|limit|handshake|anomaly (sam|thr|flo)'
	shown="${shown}|stream .* idle|reading time|retention|penalty [rpum]"
	sed -E "s/^#((${shown}).*)/\1/" ${ETC}/asmpd.conf > defaults
	atf_check -o inline:"28\n" grep -Ec "^(${shown})" defaults
	cp ${ETC}/asmpd.conf .
	atf_check -o save:want ${ASMPD} -nv -f asmpd.conf
	atf_check -o file:want ${ASMPD} -nv -f defaults
	# What the manual calls the default of a number is one too.
	for setting in 'handshake timeout' 'limit half-open' \
	    'limit half-open per source' 'limit new per source' \
	    'limit sessions' 'limit silence' 'anomaly floor' 'anomaly samples' \
	    'anomaly threshold'; do
		value=$(sed -n "s/^${setting} \([0-9.]*\)\$/\1/p" want)
		sed -n "/^\.It Ic ${setting} Ar/,/^\.It/p" \
		    ${MAN}/asmpd.conf.5 > entry
		atf_check -o ignore grep "^The default is ${value}[,;]" entry ||
		    atf_fail "${setting} ${value}"
	done
}

atf_test_case example_runs
example_runs_head()
{
	atf_set descr "a gateway runs with etc/asmpd.conf, but for its places"
	atf_set require.progs python3
}
example_runs_body()
{
	n=$(examples)
	daemon_conf
	grep -Ev '^gateway|^listen' asmpd.conf > places
	{ grep -v '^listen' conf${n}; cat places; } > asmpd.conf
	daemon_conf_port
	daemon_start
	device_enrol BP_MONITOR_001
	atf_check ${ASMP} -k BP_MONITOR_001.key -g GATEWAY_CLINIC_A.pin \
	    -p ${port} 127.0.0.1 '{"systolic": 121}'
	# The database is nobody else's, as asmpd.conf(5) says.
	atf_check -o inline:"600\n" stat -c %a db/asmpd.db
	daemon_stop
}

# refused_lines: a daemon whose log has what the filter counts and what not.
refused_lines()
{
	daemon_conf
	echo 'limit new per source 6' >> asmpd.conf
	daemon_start -v
	device_enrol DEV1
	atf_check -o ignore ${KEYGEN} DEV2
	send="${ASMP} -g GW.pin -p ${port} -t 10"
	spoof='verify: session refused: address 203.0.113.1:1 device A reason bad-proof'
	atf_check ${send} -k DEV1.key 127.0.0.1 "{\"said\":\"${spoof}\"}"
	atf_check -s exit:5 -e ignore ${send} -r -k DEV1.key 127.0.0.1 \
	    "${spoof}"
	atf_check -s exit:4 -e ignore ${send} -k DEV2.key 127.0.0.1 '{"a":1}'
	atf_check -s exit:4 -e ignore ${send} -k DEV2.key -i DEV1 127.0.0.1 \
	    '{"a":1}'
	atf_check -o ignore python3 -c '
import socket, sys, time
for i in range(20):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
        try:
            s.sendall(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")
        except OSError:
            pass
' ${port}
	wait_for 5 grep -q 'reason source-limit' asmpd.log ||
	    atf_fail "no connection was refused"
	daemon_stop
}

# counts mode n reason: as many lines with this reason blame 127.0.0.1.
counts()
{
	${TOOL} fail2ban ${ETC}/asmpd-fail2ban.conf $1 < asmpd.log > counted
	atf_check -s ignore -o inline:"$2\n" \
	    grep -c "^127\.0\.0\.1 .* reason $3" counted
}

atf_test_case fail2ban
fail2ban_head()
{
	atf_set descr "the filter counts real lines, and not what devices say"
	atf_set require.progs python3
}
fail2ban_body()
{
	refused_lines
	counts normal 1 'unknown-device$'
	counts normal 1 'bad-proof$'
	counts normal 0 version
	atf_check -o inline:"2\n" grep -c . counted
	counts aggressive 1 'unknown-device$'
	counts aggressive 1 'source-limit (0 more'
	counts aggressive 0 lost
	atf_check -o ignore grep 'reason version$' counted
	atf_check -s exit:1 grep -E '203\.0|DATA RECEIVED' counted
	atf_check -o ignore grep 'DATA RECEIVED.*203\.0\.113\.1' asmpd.log
	atf_check -o ignore grep 'reading blocked.*203\.0\..*bad-proof$' \
	    asmpd.log
	# The same lines as syslog has them, and as the journal adds to them.
	cp counted want
	cp asmpd.log foreground
	sed 's/^[^ ]* /Nov 21 10:50:26 gateway asmpd[2177]: /' \
	    foreground > asmpd.log
	counts aggressive 1 'bad-proof$'
	atf_check -o inline:"$(grep -c . want)\n" grep -c . counted
	sed 's/^/Nov 21 10:50:26 gateway asmpd[2177]: /' \
	    foreground > asmpd.log
	counts aggressive 1 'bad-proof$'
	atf_check -o inline:"$(grep -c . want)\n" grep -c . counted
}

atf_test_case fail2ban_reasons
fail2ban_reasons_head()
{
	atf_set descr "the filter waits for no reason that asmpd has not"
}
fail2ban_reasons_body()
{
	reasons | cut -d ' ' -f 2 | sort > names
	sed -n 's/.* (?:\([a-z|-]*\))\$$/\1/p' ${ETC}/asmpd-fail2ban.conf |
	    tr '|' '\n' | sort > filter
	atf_check -o match:'^bad-proof$' -o match:'^hello$' cat filter
	atf_check comm -23 filter names
	# Mode normal is what asmp(7) closes a second late: 24 to 27, 33 to 38.
	reasons | sed -nE 's/^(2[4-7]|3[3-8]) //p' | sort > identity
	sed -n '/^_mode-normal/s/.*(?:\([a-z|-]*\))\$$/\1/p' \
	    ${ETC}/asmpd-fail2ban.conf | tr '|' '\n' | sort > normal
	atf_check cmp identity normal
	atf_check -o ignore grep -F \
	    '6 to 9, 24 to 27 and 33 to 38' ${MAN}/asmp.7
}

# The installed filter, where there is the program that will use it.
atf_test_case fail2ban_itself
fail2ban_itself_head()
{
	atf_set descr "fail2ban reads the filter as this test does"
	atf_set require.progs python3 fail2ban-regex
}
fail2ban_itself_body()
{
	refused_lines
	for mode in normal aggressive; do
		counts ${mode} 1 'bad-proof$'
		atf_check -o match:", $(grep -c . counted) matched, " \
		    fail2ban-regex asmpd.log \
		    "${ETC}/asmpd-fail2ban.conf[mode=${mode}]"
	done
}

require_cryptography()
{
	${PYTHON} -c \
	    'import cryptography.hazmat.primitives.asymmetric.mlkem' \
	    2> /dev/null ||
	    atf_skip "${PYTHON} has no ML-KEM; run scripts/deps.sh"
}

atf_test_case vectors
vectors_head()
{
	atf_set descr "the bytes in asmp(7) are those of another implementation"
	atf_set require.progs python3
}
vectors_body()
{
	require_cryptography
	${STRANGER} vectors ${GIVEN} > want
	atf_check -o match:'^hybrid SEAL_2 0001000b' cat want
	${TOOL} vectors ${MAN}/asmp.7 > vectors
	atf_check -o file:want cat vectors
}

atf_test_case vectors_library
vectors_library_head()
{
	atf_set descr "the bytes in asmp(7) are those of libasmp"
	atf_set require.progs python3
}
vectors_library_body()
{
	atf_check -o save:library $(atf_get_srcdir)/vectors ${GIVEN}
	sort library > sorted
	${TOOL} vectors ${MAN}/asmp.7 | sort > vectors
	atf_check comm -23 vectors sorted
	# Every section is there, and a value that is not the library's shows.
	atf_check -o inline:"asmp
compression
hybrid
iomt
key
p-256
p-384
slmp
smcp
ticket
ztp
" sh -c 'cut -d " " -f 1 vectors | sort -u'
	sed '/^ztp pong/s/.$/g/' vectors > wrong
	atf_check -o match:'^ztp pong ' comm -23 wrong sorted
}

# enrol_file file: the device whose key or token asmp-keygen has made.
enrol_file()
{
	${KEYGEN} -e $1 > line || atf_fail "$1 has no line"
	atf_check -o ignore ${ctl} device add -f line
}

# strangers: a daemon, and a device of each kind.
strangers()
{
	daemon_conf
	_dir=$(pwd -P)
	cat >> asmpd.conf <<-EOF
		issuer "${_dir}/desk.issuer"
		shared key "${_dir}/ward.shared"
		limit new per source 100
	EOF
	umask 077
	atf_check -o ignore ${KEYGEN} -t issuer desk
	atf_check -o ignore ${KEYGEN} -t shared ward
	atf_check -o ignore ${KEYGEN} -t psk 7
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	atf_check -o ignore ${KEYGEN} -T -a GW -k desk.issuer -r user CLIENT
	daemon_start
	device_enrol DEV1
	device_enrol P256 -t p256
	device_enrol P384 -t p384
	enrol_file 7.psk
	enrol_file KEM.kem
	enrol_file CLIENT.token
}

# says want argument ...: what a stranger prints.
says()
{
	_want=$1
	shift
	atf_check -o save:said ${STRANGER} send ${port} GW.pin "$@"
	grep -v '^ack ' said > without
	atf_check -o inline:"${_want}" cat without
}

atf_test_case stranger
stranger_head()
{
	atf_set descr "devices that were written from asmp(7) are served"
	atf_set require.progs python3
}
stranger_body()
{
	require_cryptography
	strangers
	limits='max_in 16384 seal_limit 64 lifetime'
	says "role 1 ${limits} 86400 tickets 0
1 hello
epoch 2
heartbeat
2 pong
close 1
" hybrid DEV1 DEV1.key -- '{"t":37.4}' 1:hello seal rekey \
	    '{"t":37.5}' 2:ping heartbeat
	says "role 1 ${limits} 86400 tickets 0
2 not permitted
close 1
" asmp DEV1 DEV1.key shared=ward.shared -- '{"t":37.4}' 2:status
	for kind in P256 P384; do
		says "role 1 ${limits} 86400 tickets 0
close 1
" hybrid ${kind} ${kind}.key -- '{"t":37.4}' '{"t":37.5}'
		atf_check -o match:'^ack 2$' cat said
	done
	for profile in ztp slmp; do
		${STRANGER} send ${port} GW.pin ${profile} - CLIENT.token \
		    -- '{"t":37.4}' 2:status 2: > said || atf_fail ${profile}
		atf_check -o match:'^role 2 ' -o match:'^2 server OK$' \
		    -o match:'^close 1$' cat said
	done
	says "role 1 ${limits} 86400 tickets 0
1 hello
close 1
" iomt KEM KEM.kem shared=ward.shared compress -- 1:hello '{"t":37.4}'
	says "role 1 ${limits} 86400 tickets 0
challenge
0 100
0 -5
close 1
" smcp 7 7.psk -- 100 -5
	atf_check -o match:'^ack 2$' cat said
	# A ticket from a signature, one from a ticket, and one used before.
	for n in 1 2 3; do
		says "role 1 ${limits} 86400 tickets 48
close 1
" hybrid DEV1 DEV1.key ticket=kept compress -- '{"t":37.4}' '{"t":37.5}'
		cp kept kept${n}
	done
	atf_check -s exit:1 -e inline:"the gateway closed\n" ${STRANGER} send \
	    ${port} GW.pin hybrid DEV1 DEV1.key ticket=kept1 -- '{"t":37.4}'
	daemon_stop
	atf_check -o ignore grep 'device - reason ticket$' asmpd.log
}

atf_test_case stranger_refused
stranger_refused_head()
{
	atf_set descr "and what is refused is refused as asmp(7) says"
	atf_set require.progs python3
}
stranger_refused_body()
{
	require_cryptography
	strangers
	send="${STRANGER} send ${port} GW.pin"
	# The second is refused: 48 is json; the third is dropped.
	atf_check -o match:'^ack 2 2 48$' -o match:'^close 48$' \
	    ${send} asmp DEV1 DEV1.key -- '{"t":37.4}' '{"t":NaN}' \
	    '{"t":37.5}'
	# A stream that nobody has configured, and an aggregate's.
	atf_check -o match:'^close 42$' \
	    ${send} iomt KEM KEM.kem -- 5:hello
	atf_check -o match:'^close 42$' \
	    ${send} iomt KEM KEM.kem -- 4:hello
	atf_check -s exit:1 -e inline:"the gateway closed\n" \
	    ${send} asmp DEV2 DEV1.key -- '{"t":37.4}'
	atf_check -s exit:1 -e inline:"the gateway closed\n" \
	    ${send} smcp 8 7.psk -- 100
	daemon_stop
	atf_check -o ignore grep 'device DEV2 reason unknown-device$' asmpd.log
	atf_check -o ignore grep 'device 8 reason unknown-device$' asmpd.log
}

atf_test_case stranger_evidence
stranger_evidence_head()
{
	atf_set descr "who has only asmp(7) can check evidence"
	atf_set require.progs python3
}
stranger_evidence_body()
{
	${PYTHON} -c 'import cryptography' 2> /dev/null ||
	    atf_skip "${PYTHON} has no cryptography; run scripts/deps.sh"
	make=$(atf_get_srcdir)/../lib/libasmp/evidence_make
	check="${PYTHON} $(atf_get_srcdir)/evidence.py"
	atf_check -o ignore ${KEYGEN} -G GW
	for t in ed25519 p256 p384; do
		atf_check -o ignore ${KEYGEN} -t ${t} ${t}
		for how in '' compressed; do
			atf_check -o save:${t} ${make} ${t}.key GW.seal GW \
			    ${t} '{"t":37.4}' ${how}
			atf_check -o inline:'42 1790000000000 {"t":37.4}\n' \
			    ${check} ${t} ${t}.pub GW.vkey
		done
	done
	atf_check -s exit:1 -e inline:'evidence.py: another device\n' \
	    ${check} p256 p384.pub GW.vkey
	# What one of both refuses, the other one does.
	size=$(stat -c %s ed25519)
	for at in $(seq 3 150 ${size}); do
		{ head -c ${at} ed25519
		  tail -c +$((at + 1)) ed25519 | head -c 1 | tr ' -~' '!-~ '
		  tail -c +$((at + 2)) ed25519; } > changed
		atf_check -s exit:1 cmp -s ed25519 changed
		atf_check_equal ${size} $(stat -c %s changed)
		atf_check -s exit:1 -e match:'^asmp-keygen: changed: ' \
		    ${KEYGEN} verify -d ed25519.pub -g GW.vkey changed
		atf_check -s exit:1 -e match:'^evidence.py: ' \
		    ${check} changed ed25519.pub GW.vkey
	done
}

atf_init_test_cases()
{
	atf_add_test_case reasons
	atf_add_test_case events
	atf_add_test_case json_members
	atf_add_test_case libraries
	atf_add_test_case security
	atf_add_test_case keywords
	atf_add_test_case options
	atf_add_test_case log_lines
	atf_add_test_case examples
	atf_add_test_case example_macro
	atf_add_test_case defaults
	atf_add_test_case example_runs
	atf_add_test_case fail2ban
	atf_add_test_case fail2ban_reasons
	atf_add_test_case fail2ban_itself
	atf_add_test_case vectors
	atf_add_test_case vectors_library
	atf_add_test_case stranger
	atf_add_test_case stranger_refused
	atf_add_test_case stranger_evidence
}
