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

# asmpctl(8) against a running asmpd.

. $(atf_get_srcdir)/../lib.sh

# json filter [argument of asmpctl ...]: the answer is JSON and holds.
json()
{
	_filter=$1
	shift
	${ctl} -j "$@" > json.out
	atf_check -o ignore jq -e "${_filter}" json.out
}

# list id ...: a list of new devices, on standard output.
list()
{
	_sep='{'
	for _id in "$@"; do
		[ -e ${_id}.pub ] || ${KEYGEN} ${_id} > /dev/null
		printf '%s"%s":"%s"\n' "${_sep}" ${_id} \
		    "$(awk '{ printf "%s\\n", $0 }' ${_id}.pub)"
		_sep=,
	done
	echo '}'
}

# ndevices n: so many are enrolled.
ndevices()
{
	atf_check -o match:"^devices +$1 " ${ctl} show
}

# A device that stays connected after its first reading.
connect()
{
	mkfifo $1.pipe
	device_send $1 < $1.pipe > $1.out 2>&1 &
	client=$!
	exec 9> $1.pipe
	echo '{"t":37}' >&9
	wait_for 10 has_session $1 || atf_fail "no session: $(cat $1.out)"
}

disconnect()
{
	exec 9>&-
	wait ${client}
	rm $1.pipe
}

has_session()
{
	${ctl} show sessions | grep -q " $1\$"
}

# send id reading: which is acknowledged.
send()
{
	device_send "$@" || atf_fail "not sent"
}

atf_test_case no_daemon
no_daemon_head()
{
	atf_set descr "without a daemon, the error names socket and next step"
}
no_daemon_body()
{
	atf_check -s exit:1 -e inline:'asmpctl: none: No such file or directory; is asmpd running?\n' \
	    ${ASMPCTL} -s none show
	atf_check -s exit:1 -e match:'^asmpctl: x{200}: longer than ' \
	    ${ASMPCTL} -s $(printf 'x%.0s' $(seq 200)) show
	daemon_conf
	daemon_start
	daemon_stop
	atf_check -s exit:1 -e match:"^asmpctl: ${sock}: .*is asmpd running" \
	    ${ctl} show
}

atf_test_case not_allowed
not_allowed_head()
{
	atf_set descr "a user whom the socket does not let in is told so"
	atf_set require.user root
	atf_set require.progs setpriv
}
not_allowed_body()
{
	daemon_conf
	daemon_start
	nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
	chmod 755 .
	cp ${ASMPCTL} tool	# where anybody can run it
	atf_check -s exit:1 -e match:"asmpd.sock: Permission denied; run asmpctl as root or as a member of the socket's group" \
	    ${nobody} ./tool -s asmpd.sock show
	chmod 666 asmpd.sock
	atf_check -o match:'^uptime ' ${nobody} ./tool -s asmpd.sock show
	daemon_stop
}

atf_test_case usage
usage_head()
{
	atf_set descr "what cannot be asked is answered with what can"
}
usage_body()
{
	for args in '' '-x' '-s'; do
		atf_check -s exit:1 -e match:'^usage: asmpctl ' \
		    -e match:'^device import FILE$' ${ASMPCTL} ${args}
	done
	atf_check -s exit:1 -e match:'^asmpctl: bogus: unknown word$' \
	    -e match:'^  monitor$' ${ASMPCTL} bogus
	atf_check -e match:'^  revoke$' ${ASMPCTL} device help
	atf_check -s exit:1 -e match:'^asmpctl: x: one word too many$' \
	    ${ASMPCTL} reload x
}

atf_test_case show
show_head()
{
	atf_set descr "each command of show, as text and as JSON"
	atf_set require.progs jq
}
show_body()
{
	daemon_conf
	daemon_start
	device_enrol DEV1
	device_enrol DEV2
	connect DEV1
	for what in '' summary; do
		atf_check -o match:'^uptime +00:00:' \
		    -o match:"^gateway pid +${daemon_pid}\$" \
		    -o match:'^sessions +1$' -o match:'^half-open +0$' \
		    -o match:'^devices +2 \(0 revoked\)$' \
		    -o match:'^readings accepted +1$' \
		    -o match:'^store +working$' ${ctl} show ${what}
	done
	json ".summary | .pid == ${daemon_pid} and .sessions == 1 and
	    .devices == 2 and .accepted == 1 and (.stalled | not)" show
	atf_check -o match:'^SINCE +IDLE +ACCEPTED ' \
	    -o match:' asmp +127.0.0.1:[0-9]+ +DEV1$' ${ctl} show sessions
	json '.sessions | length == 1 and .[0].device == "DEV1" and
	    .[0].profile == "asmp" and .[0].accepted == 1' show sessions
	atf_check -o match:'^ +1 active +yes +signature +ed25519 +hybrid,asmp +device .*Z +- +DEV1$' \
	    -o match:'^ +2 active +no +signature +ed25519 +hybrid,asmp +device .*Z +- +DEV2$' \
	    ${ctl} show dev
	atf_check -o match:'^last reading +20[0-9]{2}-.*Z$' ${ctl} show dev DEV1
	atf_check -o match:'^last reading +-$' ${ctl} show device DEV2
	json '.devices | map(.id) == ["DEV1", "DEV2"]' show devices
	for proc in parent net verify store control; do
		atf_check -o match:"^${proc} +[0-9]+ +[0-9]+ +[0-9.]+ " \
		    ${ctl} show processes
		atf_check -o match:"^${proc} +[0-9]+ .*(seccomp|pledge)" \
		    ${ctl} show sandbox
		atf_check -o match:"^${proc} +[0-9.]+M" ${ctl} show memory
	done
	json '[.processes[].process | select(. != "verify2")] |
	    . == ["parent", "net", "verify", "store", "control"]' \
	    show processes
	json '.processes | all(.layers | index("nodump"))' show sandbox
	json '.processes | all(.maxrss > 0)' show memory
	atf_check -o match:'^leases +1$' -o match:'^clients +1$' \
	    ${ctl} show memory
	daemon_stop
}

atf_test_case device
device_head()
{
	atf_set descr "a device is enrolled, shown, revoked, and never again"
	atf_set require.progs jq
}
device_body()
{
	daemon_conf
	daemon_start
	for t in ed25519 p256 p384; do
		atf_check -o save:${t}.out ${KEYGEN} -t ${t} ${t}
	done
	text=$(awk '/device add/ { print $5 }' ed25519.out)
	atf_check -o ignore ${ctl} device add ed25519 ${text}
	atf_check -o ignore ${ctl} device add p256 p256.pub
	atf_check -o ignore ${ctl} device add p384 - < p384.pub
	atf_check -o save:shown -o match:'^state +active$' \
	    ${ctl} device show ed25519
	atf_check -o ignore grep -Fx "key                  ${text}" shown
	atf_check -o ignore grep -F \
	    "fingerprint          $(awk 'NR == 1 { print $3 }' ed25519.out)" \
	    shown
	json '.device | .id == "p256" and (.key | startswith("p256:"))' \
	    show device p256
	atf_check -s exit:2 -e match:'^asmpctl: device add p256: .*already' \
	    ${ctl} device add p256 p384.pub
	atf_check -s exit:2 -e match:'^asmpctl: device add other: .*this key' \
	    ${ctl} device add other p384.pub
	atf_check -s exit:2 -e inline:'asmpctl: device show other: no such device\n' \
	    ${ctl} device show other
	atf_check -o match:'p256 revoked, 0 sessions closed' \
	    ${ctl} device revoke p256
	atf_check -s exit:2 -e match:'^asmpctl: device revoke p256: ' \
	    ${ctl} device revoke p256
	json '.status == "error" and .code == "exists" and
	    .subject == "device add p256"' device add p256 p256.pub
	atf_check -o match:'^state +revoked$' ${ctl} device show p256
	daemon_stop
}

atf_test_case bad_keys
bad_keys_head()
{
	atf_set descr "a key that is none is refused before asmpd is asked"
}
bad_keys_body()
{
	atf_check -o ignore ${KEYGEN} DEV1
	for key in DEV1.key none . /dev/null ed25519:AAAA ed25519: \
	    "p256:$(${KEYGEN} -l DEV1.pub | sed s/.*ed25519://)"; do
		atf_check -s exit:1 -e save:err \
		    ${ASMPCTL} -s none device add DEV1 "${key}"
		atf_check -o ignore grep -F "asmpctl: ${key}: " err
	done
	atf_check -s exit:1 -e match:'none: No such .*running' \
	    ${ASMPCTL} -s none device add DEV1 DEV1.pub
}

atf_test_case import_export
import_export_head()
{
	atf_set descr "a list goes out as it came in, over several pages"
	atf_set require.progs jq
}
import_export_body()
{
	daemon_conf
	daemon_start
	list $(seq -f D%03g 150) > in.json
	atf_check -o inline:'150 devices enrolled\n' \
	    ${ctl} device import in.json
	atf_check -o inline:'150 devices exported\n' \
	    ${ctl} device export out.json
	atf_check -o inline:'644\n' stat -c %a out.json
	jq -S . in.json > in.sorted
	atf_check -o file:in.sorted jq -S . out.json
	atf_check -o file:out.json ${ctl} device export
	json '.devices | length == 150' show devices
	atf_check -s exit:1 -e match:'^asmpctl: out.json: exists already' \
	    ${ctl} device export out.json
	# What is revoked is not carried on.
	atf_check -o ignore ${ctl} device revoke D001
	${ctl} device export > fewer.json
	atf_check -o inline:'149\n' jq length fewer.json
	daemon_stop
	# To another gateway, through a pipe.
	rm -r db asmpd.anchor
	daemon_conf
	daemon_start
	json '.status == "ok" and .count == 149' device import - < fewer.json
	daemon_stop
}

atf_test_case import_is_all_or_nothing
import_is_all_or_nothing_head()
{
	atf_set descr "one bad entry, here or at asmpd, and none is enrolled"
}
import_is_all_or_nothing_body()
{
	daemon_conf
	daemon_start
	device_enrol OLD
	list A B OLD C > old.json
	atf_check -s exit:2 -e match:'^asmpctl: device import old.json: entry 3 "OLD": ' \
	    ${ctl} device import old.json
	ndevices 1
	cp A.pub TWIN.pub
	list A B TWIN > twin.json
	atf_check -s exit:1 -e inline:'asmpctl: twin.json: entry 3 "TWIN": the key stands in the list twice, first in entry 1\n' \
	    ${ctl} device import twin.json
	list A B C | sed 3s/PUBLIC/PRIVATE/g > bad.json
	atf_check -s exit:1 -e match:'^asmpctl: bad.json: entry 3 "C": ' \
	    ${ctl} device import bad.json
	list A B A > again.json
	atf_check -s exit:1 -e match:'^asmpctl: again.json:3:[0-9]+: duplicate' \
	    ${ctl} device import again.json
	ndevices 1
	list A B C > good.json
	atf_check -o inline:'3 devices enrolled\n' \
	    ${ctl} device import good.json
	ndevices 4
	daemon_stop
}

atf_test_case sessions_end
sessions_end_head()
{
	atf_set descr "kill and revoke close the session before they return"
}
sessions_end_body()
{
	daemon_conf
	daemon_start
	device_enrol DEV1
	connect DEV1
	atf_check -o match:'DEV1 killed, 1 session closed' ${ctl} kill DEV1
	! has_session DEV1 || atf_fail "killed, and still there"
	atf_check -s exit:2 -e inline:'asmpctl: kill DEV1: the device has no session\n' \
	    ${ctl} kill DEV1
	disconnect DEV1
	# It may come back, until it is revoked.
	connect DEV1
	atf_check -o match:'DEV1 revoked, 1 session closed' \
	    ${ctl} device revoke DEV1
	! has_session DEV1 || atf_fail "revoked, and still there"
	disconnect DEV1
	atf_check -s exit:4 -e match:'refused the identity' \
	    ${ASMP} -k DEV1.key -g GW.pin -p ${port} 127.0.0.1 '{"t":37}'
	daemon_stop
}

atf_test_case reload
reload_head()
{
	atf_set descr "a configuration with an error changes nothing"
}
reload_body()
{
	daemon_conf
	daemon_start
	atf_check -o ignore ${ctl} reload
	echo 'nonsense' >> asmpd.conf
	atf_check -s exit:2 -e match:'^asmpctl: reload: ' ${ctl} reload
	atf_check -o ignore grep "asmpd.conf:[0-9]*: " asmpd.log
	atf_check -o match:'^uptime ' ${ctl} show
	sed -i '$d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	daemon_stop
}

atf_test_case log
log_head()
{
	atf_set descr "readings are logged while the log is verbose"
}
log_body()
{
	daemon_conf
	daemon_start
	device_enrol DEV1
	send DEV1 '{"t":1}'
	atf_check -o ignore ${ctl} log verbose
	send DEV1 '{"t":2}'
	atf_check -o ignore ${ctl} log brief
	send DEV1 '{"t":3}'
	daemon_stop
	# Who has changed it, and to what.
	for level in verbose brief; do
		atf_check -o inline:'1\n' grep -c \
		    "operator uid $(id -u): log ${level}\$" asmpd.log
	done
	atf_check -o match:'"t":2' grep -F '[DATA RECEIVED]' asmpd.log
	atf_check -o inline:'1\n' grep -cF '[DATA RECEIVED]' asmpd.log
}

# Whether the monitor has started to listen: asmpd counts it as a client.
is_monitored()
{
	${ctl} show memory | grep -q '^clients  *2$'
}

atf_test_case monitor
monitor_head()
{
	atf_set descr "what happens is told as it happens, until interrupted"
	atf_set require.progs jq
}
monitor_body()
{
	daemon_conf
	daemon_start
	device_enrol DEV1
	atf_check -o ignore ${KEYGEN} DEV2
	for form in -j ''; do
		${ctl} ${form} monitor > events${form} &
		pid=$!
		wait_for 10 is_monitored || atf_fail "nobody listens"
		send DEV1 '{"t":37}'
		! device_send DEV2 '{"t":37}' 2> refused || atf_fail "not refused"
		wait_for 10 grep refused events${form} ||
		    atf_fail "no event: $(cat events${form})"
		kill -TERM ${pid}
		wait ${pid}
		atf_check_equal 0 $?
	done
	atf_check -o inline:'up DEV1 none 0
accepted DEV1 none 1
down DEV1 done 0
refused DEV2 unknown-device 0
' jq -r '"\(.event) \(.device) \(.reason) \(.id)"' events-j
	atf_check -o inline:'{"t":37}\n' \
	    jq -r 'select(.event == "accepted").text' events-j
	atf_check -o match:'^TIME +EVENT +ID REASON +ADDRESS +DEVICE TEXT$' \
	    -o match:'Z up +0 - +127.0.0.1:[0-9]+ +DEV1 -$' \
	    -o match:'Z accepted +2 - +127.0.0.1:[0-9]+ +DEV1 \{"t":37\}$' \
	    -o match:'Z refused +0 unknown-device +127.* DEV2 -$' cat events
	daemon_stop
}

atf_test_case restricted
restricted_head()
{
	atf_set descr "the restricted socket shows, and denies all else"
	atf_set require.progs jq
}
restricted_body()
{
	daemon_conf
	echo "restricted control socket \"$(pwd -P)/look.sock\"" >> asmpd.conf
	daemon_start
	device_enrol DEV1
	ctl="${ASMPCTL} -s look.sock"
	# As asmpctl(8) lists them.
	sed -n '/^\.It Fl s Ar socket/,/^\.El/s/^\.It Ic //p' \
	    ${TOPDIR}/man/asmpctl.8 | sed 's/ Ar id/ DEV1/' > may
	atf_check -o inline:"10\n" grep -c . may
	while read -r what; do
		atf_check -o not-empty ${ctl} ${what}
	done < may
	json '.devices | length == 1' show devices
	for what in "device add DEV2 DEV1.pub" "device revoke DEV1" \
	    "kill DEV1" "send DEV1 hello" reload "log verbose" monitor; do
		atf_check -s exit:2 -e match:'^asmpctl: .*: the restricted ' \
		    ${ctl} ${what}
		atf_check -s exit:2 -o match:'"code":"denied"' ${ctl} -j ${what}
	done
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case no_daemon
	atf_add_test_case not_allowed
	atf_add_test_case usage
	atf_add_test_case show
	atf_add_test_case device
	atf_add_test_case bad_keys
	atf_add_test_case import_export
	atf_add_test_case import_is_all_or_nothing
	atf_add_test_case sessions_end
	atf_add_test_case reload
	atf_add_test_case log
	atf_add_test_case monitor
	atf_add_test_case restricted
}
