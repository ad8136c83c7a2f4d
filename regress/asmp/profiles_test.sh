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

# asmp(1) against asmpd(8) in every profile, as the clients of the original
# systems are used.

. $(atf_get_srcdir)/../asmpd/common.sh

# devices id ...: enrolled, each of the kind that its file says.
devices()
{
	for _file in "$@"; do
		case ${_file} in
		*.key)	atf_check -o ignore ${KEYGEN} ${_file%.key} ;;
		*.psk)	atf_check -o ignore ${KEYGEN} -t psk ${_file%.psk} ;;
		*.kem)	atf_check -o ignore ${KEYGEN} -t mlkem768 ${_file%.kem} ;;
		*.token) token ${_file%.token} -r admin ;;
		esac
		case ${_file} in
		*.token) enrol ${_file} -r admin ;;
		*)	enrol ${_file} ;;
		esac
	done
}

# token client [option of asmp-keygen -T ...]: its file, not enrolled.
token()
{
	_client=$1
	shift
	atf_check -o ignore ${KEYGEN} -T -a GW -k ISSUER.issuer "$@" ${_client}
}

# start [line of asmpd.conf ...]: a gateway that takes tokens.
start()
{
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	atf_check -o ignore ${KEYGEN} -t shared WARD
	gateway "issuer \"$(pwd -P)/ISSUER.issuer\"" \
	    "shared key \"$(pwd -P)/WARD.shared\"" "$@"
	asmp="timeout -k 3 60 ${ASMP} -g GW.pin -p ${port} -t 10"
}

# S-8 to S-10, Z-1, Z-33, Z-34, M-12, I-45, I-47 and A-33 in one gateway.
atf_test_case every_profile
every_profile_head()
{
	atf_set descr "what each original's client did, with one gateway"
}
every_profile_body()
{
	start
	devices DEV1.key 1.psk user1.token BP_MONITOR_001.kem
	atf_check ${asmp} -k DEV1.key 127.0.0.1 '{"temperature": 25.0}'
	logged 'session up: device DEV1 .* profile hybrid'
	logged '\[DATA RECEIVED\] device DEV1 id 1 \{"temperature": 25.0\}'
	atf_check ${asmp} -z -P asmp -k DEV1.key 127.0.0.1 \
	    '{"temperature": 25}'
	logged 'device DEV1 id 2 \{"temperature": 25\}'
	logged 'session up: device DEV1 .* profile asmp'
	atf_check -o inline:'Message received: Hello SLMP!\n' \
	    ${asmp} -P slmp -k user1.token 127.0.0.1 'Hello SLMP!'
	logged 'Authenticated message from user1: Hello SLMP!'
	atf_check -o inline:'250\n' ${asmp} -P smcp 1 $(${KEYGEN} -x 1.psk) 250
	logged '\[DATA RECEIVED\] device 1 id 1 \{"value":250\}'
	printf 'ping\nstatus\ntime\necho a b\nchat hello\nlist\n' > in
	printf 'send {"t":1}\nclose chat\nlist\nquit\nping\n' >> in
	atf_check -o save:out ${asmp} -k user1.token 127.0.0.1 < in
	sed '3s/^20..-..-..T..:..:..Z$/TIME/' out > seen
	cat > want <<-'EOT'
		pong
		server OK
		TIME
		a b
		hello
		1 chat
		2 control
		2 control
		3 telemetry
	EOT
	sort seen > seen.sorted
	sort want > want.sorted
	atf_check cmp want.sorted seen.sorted
	atf_check -e match:'INITIALIZED' -e match:'ENCAPSULATED' \
	    -e match:'AUTHENTICATED' ${asmp} -v -k BP_MONITOR_001.kem \
	    127.0.0.1 'BP=145/92, HR=88, O2=96%, Temp=37.2C'
	logged 'device BP_MONITOR_001 id 1 \{"vitals":"BP=145/92, HR=88'
	daemon_stop
}

# M-17, M-34, M-35, M-41: values 100, 200, 300, and 600 for everybody.
atf_test_case sum_for_all
sum_for_all_head()
{
	atf_set descr "three clients, in any order, all get the sum, round by round"
}
sum_for_all_body()
{
	start 'group "sum" { member { 1 2 3 } wait 20 }'
	devices 1.psk 2.psk 3.psk
	for order in '1 2 3' '3 1 2' '2 3 1'; do
		waiting=
		for i in ${order}; do
			${asmp} -P smcp ${i} $(${KEYGEN} -x ${i}.psk) ${i}00 \
			    > out.${i} 2>&1 &
			waiting="${waiting} $!"
			sleep 0.1
		done
		wait ${waiting}
		atf_check -o inline:'600\n600\n600\n' cat out.1 out.2 out.3
	done
	waiting=
	for i in 1 2 3; do
		printf "${i}\n-${i}0\nquit\n" | ${asmp} -P smcp ${i} \
		    $(${KEYGEN} -x ${i}.psk) -i > out.${i} 2>&1 &
		waiting="${waiting} $!"
	done
	wait ${waiting}
	for i in 1 2 3; do
		atf_check -o inline:'6\n-60\n' cat out.${i}
	done
	daemon_stop
}

atf_test_case sum_without_all
sum_without_all_head()
{
	atf_set descr "who does not come is said to be missing; no sum wraps"
}
sum_without_all_body()
{
	start 'group "sum" { member { 1 2 } wait 1 }'
	devices 1.psk 2.psk
	atf_check -o inline:'7 (partial: not all values came in time)\n' \
	    ${asmp} -k 1.psk 127.0.0.1 7
	${asmp} -k 1.psk 127.0.0.1 9223372036854775807 > out.1 2>&1 &
	atf_check -o match:'^overflow: ' ${asmp} -k 2.psk 127.0.0.1 1
	wait $!
	atf_check -o match:'^overflow: ' cat out.1
	daemon_stop
}

atf_test_case result_for_readings
result_for_readings_head()
{
	atf_set descr "a group of other profiles: -w hears the result"
}
result_for_readings_body()
{
	start 'group "ward" { member { DEV1 BP } metric "hr" function mean }'
	devices DEV1.key BP.kem
	${asmp} -w 10 -k DEV1.key 127.0.0.1 '{"hr":60}' > out 2>&1 &
	asmp_pid=$!
	logged 'RECEIVED. device DEV1 id 1'
	${asmp} -w 10 -k BP.kem 127.0.0.1 '{"hr":80}' > out.bp 2>&1 &
	for f in out out.bp; do
		wait_for ${SOON} grep -q '"status":"complete".*"result":70' \
		    ${f} || atf_fail "no result: $(cat ${f})"
	done
	kill ${asmp_pid} $!
	wait ${asmp_pid} $!
	atf_check_equal 0 $?
	daemon_stop
}

# Z-32: who was silent for too long goes on in a new session.
atf_test_case idle_streams
idle_streams_head()
{
	atf_set descr "a stream idles out, and the next command connects again"
}
idle_streams_body()
{
	start 'stream control idle 1'
	devices user1.token
	(echo ping; sleep 2.5; echo status) |
	    ${asmp} -v -k user1.token 127.0.0.1 > out 2> err
	atf_check_equal 0 $?
	atf_check -o inline:'pong\nserver OK\n' cat out
	atf_check -o match:'stream control was closed: Nothing was said' \
	    -o match:'connecting again' cat err
	count 2 'session up: device user1 '
	daemon_stop
}

# Z-19, S-17, M-28: the client hears nothing but the end, the log says why.
atf_test_case refused_identities
refused_identities_head()
{
	atf_set descr "status 4, and the reason in the log alone"
}
refused_identities_body()
{
	start
	devices 1.psk user1.token BP.kem
	atf_check -s exit:4 -e match:'HMAC verification failed' ${asmp} \
	    -P smcp 1 00112233445566778899aabbccddeeff
	logged 'refused: .* device 1 reason bad-proof'
	atf_check -s exit:4 -e match:'HMAC verification failed' ${asmp} \
	    -P smcp 99 00112233445566778899aabbccddeeff
	logged 'refused: .* device 99 reason unknown-device'
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t mlkem768 BP
	atf_check -s exit:4 -e match:'refused the identity BP' ${asmp} \
	    -k other/BP.kem 127.0.0.1 'HR=88'
	logged 'refused: .* device BP reason lost'
	token user1 -d other -u 1s
	sleep 2
	atf_check -s exit:4 -e match:'expired or is not valid yet' ${asmp} \
	    -k other/user1.token 127.0.0.1 ping
	logged 'refused: .* device user1 reason expired'
	token stranger -d other
	atf_check -s exit:4 -e match:'refused the identity stranger' ${asmp} \
	    -k other/stranger.token 127.0.0.1 ping
	logged 'refused: .* device stranger reason unknown-device'
	daemon_stop
}

atf_test_case revoked_at_the_prompt
revoked_at_the_prompt_head()
{
	atf_set descr "a session that is revoked while it waits ends with 4"
}
revoked_at_the_prompt_body()
{
	start
	devices user1.token
	mkfifo pipe
	${asmp} -k user1.token 127.0.0.1 < pipe > out 2> err &
	asmp_pid=$!
	exec 9> pipe
	echo ping >&9
	wait_for ${SOON} grep -q pong out || atf_fail "no answer"
	atf_check -o match:'closed|revoked' ${ctl} device revoke user1
	wait ${asmp_pid}
	atf_check_equal 4 $?
	atf_check -o match:'The device was revoked during the session' cat err
	daemon_stop
}

# The operator's words, whatever the profile's input is.
atf_test_case operator_speaks
operator_speaks_head()
{
	atf_set descr "what the operator sends is shown"
}
operator_speaks_body()
{
	start
	devices DEV1.key
	mkfifo pipe
	${asmp} -k DEV1.key 127.0.0.1 < pipe > out 2> err &
	asmp_pid=$!
	exec 9> pipe
	logged 'session up: device DEV1'
	atf_check -o ignore ${ctl} send DEV1 'come home'
	wait_for ${SOON} grep -qx 'chat: come home' out ||
	    atf_fail "not heard: $(cat out err)"
	exec 9>&-
	wait ${asmp_pid}
	atf_check_equal 0 $?
	daemon_stop
}

# A-19.
atf_test_case shared_key
shared_key_head()
{
	atf_set descr "the group's key counts on both sides, in every profile"
}
shared_key_body()
{
	start
	devices DEV1.key 1.psk user1.token BP.kem
	atf_check ${asmp} -S WARD.shared -k DEV1.key 127.0.0.1 '{"a":1}'
	atf_check -o inline:'100\n' ${asmp} -S WARD.shared \
	    -P smcp 1 $(${KEYGEN} -x 1.psk)
	atf_check -o inline:'pong\n' ${asmp} -S WARD.shared -k user1.token \
	    127.0.0.1 ping
	atf_check ${asmp} -S WARD.shared -k BP.kem 127.0.0.1 '{"a":1}'
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t shared WARD
	atf_check -s exit:6 -e match:'its shared key of this number' ${asmp} \
	    -S other/WARD.shared -k DEV1.key 127.0.0.1 '{"a":1}'
	atf_check -o ignore ${KEYGEN} -d other -n 9 -t shared NINE
	atf_check -s exit:4 -e match:'this shared key' ${asmp} \
	    -S other/NINE.shared -k DEV1.key 127.0.0.1 '{"a":1}'
	logged 'refused: .* device DEV1 reason shared-key'
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case every_profile
	atf_add_test_case sum_for_all
	atf_add_test_case sum_without_all
	atf_add_test_case result_for_readings
	atf_add_test_case idle_streams
	atf_add_test_case refused_identities
	atf_add_test_case revoked_at_the_prompt
	atf_add_test_case operator_speaks
	atf_add_test_case shared_key
}
