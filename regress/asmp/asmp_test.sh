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

# asmp(1) against a gateway that does what each case needs.

. $(atf_get_srcdir)/../lib.sh

FAKEGW=$(atf_get_srcdir)/fakegw

SOON=10			# seconds within which something must have happened

# A device DEV1 and a gateway GW1, each with its files in the work directory.
identities()
{
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o ignore ${KEYGEN} -G GW1
}

# Secrets of the other kinds: 1.psk, user1.token, BP_MONITOR_001.kem.
secrets()
{
	identities
	atf_check -o ignore ${KEYGEN} -t psk 1
	atf_check -o ignore ${KEYGEN} -t mlkem768 BP_MONITOR_001
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	atf_check -o ignore ${KEYGEN} -T -a GW1 -k ISSUER.issuer user1
}

# to_port N: ${client} is asmp with the usual files, and ${to} what leads
# one with other files there.
to_port()
{
	to="-g GW1.pin -p $1 -t 5"
	client="${ASMP} -P asmp -k DEV1.key ${to}"
}

# gateway [fakegw's options]: for DEV1, and ${client} goes there.
gateway()
{
	start_gateway -d DEV1.pub -n DEV1 "$@"
}

# gateway_of profile secret name [fakegw's options]: for another device.
gateway_of()
{
	_profile=$1
	_secret=$2
	_name=$3
	shift 3
	start_gateway -P ${_profile} -s ${_secret} -n ${_name} "$@"
}

start_gateway()
{
	rm -f port
	${FAKEGW} -k GW1.key -i GW1 -p port "$@" > gw.out 2> gw.err &
	gw=$!
	wait_for ${SOON} test -s port || atf_fail "no gateway: $(cat gw.err)"
	to_port $(cat port)
}

# What the gateway saw, once it is done.
gateway_saw()
{
	wait ${gw}
	atf_check -o inline:"$1" cat gw.out
}

atf_test_case arguments
arguments_head()
{
	atf_set descr "readings as arguments are sent, sealed and acknowledged"
}
arguments_body()
{
	identities
	gateway
	atf_check ${client} 127.0.0.1 -q '{"t":37.4}' '{"t":37.5}'
	gateway_saw 'reading 1 clock {"t":37.4}
reading 2 clock {"t":37.5}
seal 2
closed
'
}

atf_test_case lines
lines_head()
{
	atf_set descr "lines, some blank, one with CR, the last without end"
}
lines_body()
{
	identities
	gateway
	printf '{"a":1}\n\n  {"a":2} \r\n\t\n{"a":3}' > in
	atf_check ${client} -n 127.0.0.1 < in
	gateway_saw 'reading 1 noclock {"a":1}
reading 2 noclock {"a":2}
reading 3 noclock {"a":3}
seal 3
closed
'
}

atf_test_case nothing_to_send
nothing_to_send_head()
{
	atf_set descr "empty input is no error"
}
nothing_to_send_body()
{
	identities
	gateway
	atf_check ${client} 127.0.0.1 < /dev/null
	gateway_saw 'closed
'
}

atf_test_case long_input_is_sealed_by_64
long_input_is_sealed_by_64_head()
{
	atf_set descr "a file is sealed in batches"
}
long_input_is_sealed_by_64_body()
{
	identities
	gateway
	i=0
	while [ ${i} -lt 200 ]; do
		echo "{\"n\":${i}}"
		i=$((i + 1))
	done > in
	atf_check -e match:"200 readings acknowledged, 0 refused" \
	    ${client} -v 127.0.0.1 < in
	wait ${gw}
	atf_check -o inline:'seal 64\nseal 64\nseal 64\nseal 8\n' \
	    grep seal gw.out
	atf_check -o inline:'200\n' grep -c reading gw.out
}

atf_test_case live_pipe_is_sealed_at_once
live_pipe_is_sealed_at_once_head()
{
	atf_set descr "a line does not wait for the next one"
}
live_pipe_is_sealed_at_once_body()
{
	identities
	gateway
	mkfifo pipe
	(echo '{"a":1}'; sleep 1; echo '{"a":2}'; sleep 1) > pipe &
	atf_check ${client} 127.0.0.1 < pipe
	wait ${gw}
	atf_check -o inline:'seal 1\nseal 1\n' grep seal gw.out
}

atf_test_case bad_json_stays_here
bad_json_stays_here_head()
{
	atf_set descr "bad lines are named and not sent, good ones are"
}
bad_json_stays_here_body()
{
	identities
	gateway
	printf '{"a":1}\n{"a":NaN}\n[1]\n{"a":2}\n' > in
	cat > want <<'EOT'
asmp: line 2, byte 6: not a finite JSON number: not sent
asmp: line 3, byte 1: not a JSON object: not sent
EOT
	atf_check -s exit:5 -e file:want ${client} 127.0.0.1 < in
	gateway_saw 'reading 1 clock {"a":1}
reading 2 clock {"a":2}
seal 2
closed
'
	gateway
	atf_check ${client} -r 127.0.0.1 '{"a":NaN}'
	gateway_saw 'reading 1 clock {"a":NaN}
seal 1
closed
'
}

atf_test_case long_lines_are_named
long_lines_are_named_head()
{
	atf_set descr "a line too long for the gateway, or for any, is skipped"
}
long_lines_are_named_body()
{
	identities
	gateway -b max_in=1000
	{
		echo '{"a":1}'
		printf '{"a":"%1000s"}\n' x
		echo '{"a":2}'
		printf '{"a":"%100000s"}\n' x
		echo '{"a":3}'
		printf '{"a":"%100000s"}' x
	} > in
	cat > want <<'EOT'
asmp: line 2: longer than 968 bytes: not sent
asmp: line 4: longer than 65503 bytes: not sent
asmp: line 6: longer than 65503 bytes: not sent
EOT
	atf_check -s exit:5 -e file:want ${client} 127.0.0.1 < in
	gateway_saw 'reading 1 clock {"a":1}
reading 2 clock {"a":2}
reading 3 clock {"a":3}
seal 3
closed
'
}

atf_test_case refused_reading
refused_reading_head()
{
	atf_set descr "status 5 names the line and the reason"
}
refused_reading_body()
{
	identities
	gateway -b refuse=2
	printf '\n{"a":1}\n{"a":2}\n{"a":3}\n' > in
	atf_check -s exit:5 \
	    -e match:'^asmp: line 3 \(id 2\) was refused: ' \
	    ${client} 127.0.0.1 < in
	wait ${gw}
	atf_check -o inline:'3\n' grep -c reading gw.out
	gateway -b end=2
	atf_check -s exit:5 \
	    -e match:'^asmp: argument 2 \(id 2\) was refused: ' \
	    -e match:'^asmp: 127.0.0.1: the gateway ended the session: ' \
	    -e match:'send those from argument 3 on again' \
	    ${client} 127.0.0.1 '{"a":1}' '{"a":2}' '{"a":3}'
}

atf_test_case no_gateway_there
no_gateway_there_head()
{
	atf_set descr "status 2 where nobody listens, or hangs up"
}
no_gateway_there_body()
{
	identities
	gateway -b hangup
	atf_check -s exit:2 -e match:'^asmp: 127.0.0.1: closed by the other' \
	    ${client} 127.0.0.1 '{"a":1}'
	wait ${gw}
	atf_check -s exit:2 \
	    -e match:'^asmp: 127.0.0.1: cannot connect: Connection refused' \
	    ${client} 127.0.0.1 '{"a":1}'
	atf_check -s exit:2 -e match:'^asmp: no.such.host.invalid: ' \
	    ${client} no.such.host.invalid '{"a":1}'
}

atf_test_case lost_connection
lost_connection_head()
{
	atf_set descr "status 2 says from where to send again"
}
lost_connection_body()
{
	identities
	gateway -b lose
	mkfifo pipe
	(echo '{"a":1}'; sleep 1; echo '{"a":2}'; sleep 1) > pipe &
	atf_check -s exit:2 -e match:'127.0.0.1: the connection was lost' \
	    ${client} 127.0.0.1 < pipe
}

atf_test_case silent_gateway
silent_gateway_head()
{
	atf_set descr "status 2 when acknowledgements do not come"
}
silent_gateway_body()
{
	identities
	gateway -b mute
	atf_check -s exit:2 -e match:'no acknowledgement for 1 seconds' \
	    -e match:'0 readings are decided; send those from argument 1' \
	    ${client} -t 1 127.0.0.1 '{"a":1}'
}

atf_test_case another_gateway
another_gateway_head()
{
	atf_set descr "status 3 for another key or another id, nothing sent"
}
another_gateway_body()
{
	identities
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW1
	gateway
	atf_check -s exit:3 -e match:'another key than the one pinned' \
	    ${client} -g other/GW1.pin 127.0.0.1 '{"a":1}'
	gateway_saw ''
	gateway
	sed s/GW1/GW2/ GW1.pin > gw2.pin
	atf_check -s exit:3 -e match:'calls itself GW1, and GW2 is pinned' \
	    ${client} -g gw2.pin 127.0.0.1 '{"a":1}'
	gateway_saw ''
}

atf_test_case identity_refused
identity_refused_head()
{
	atf_set descr "status 4 for a key or an id the gateway does not know"
}
identity_refused_body()
{
	identities
	gateway
	atf_check -s exit:4 -e match:'GW1 refused the identity DEV2' \
	    ${client} -i DEV2 127.0.0.1 '{"a":1}'
	gateway_saw 'refused the identity
'
	gateway
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other DEV1
	atf_check -s exit:4 -e match:'GW1 refused the identity DEV1' \
	    ${client} -k other/DEV1.key 127.0.0.1 '{"a":1}'
}

atf_test_case protocol_broken
protocol_broken_head()
{
	atf_set descr "status 6 for what no gateway may send"
}
protocol_broken_body()
{
	identities
	gateway -b garbage
	atf_check -s exit:6 -e match:'^asmp: 127.0.0.1: the gateway ' \
	    ${client} 127.0.0.1 '{"a":1}'
}

atf_test_case local_errors
local_errors_head()
{
	atf_set descr "status 1 names file and reason"
}
local_errors_body()
{
	identities
	to_port 9
	atf_check -s exit:1 -e match:'^usage: asmp ' ${ASMP}
	atf_check -s exit:1 -e match:'no pin file.*gateway.pin: No such file' \
	    env HOME=/nonexistent ${ASMP} -k DEV1.key host
	atf_check -s exit:1 -e match:'^usage: asmp ' ${ASMP} -g GW1.pin host
	atf_check -s exit:1 -e match:'^usage: asmp ' \
	    ${ASMP} -k DEV1.key -g GW1.pin
	atf_check -s exit:1 -e match:'^asmp: none.key: No such file' \
	    ${client} -k none.key 127.0.0.1 '{}'
	atf_check -s exit:1 -e match:'^asmp: none: No such file' \
	    ${client} -g none 127.0.0.1 '{}'
	atf_check -s exit:1 \
	    -e match:'profile ztp takes no identity of kind signature' \
	    ${client} -P ztp 127.0.0.1 '{}'
	atf_check -s exit:1 -e match:'profile none: not one this' \
	    ${client} -P none 127.0.0.1 '{}'
	atf_check -s exit:1 -e inline:'asmp: 0: not a number of seconds: too small\n' \
	    ${client} -t 0 127.0.0.1 '{}'
	atf_check chmod 644 DEV1.key
	atf_check -s exit:1 -e match:'DEV1.key: .*chmod 600' \
	    ${client} 127.0.0.1 '{}'
}

atf_test_case locked_key
locked_key_head()
{
	atf_set descr "a passphrase is never read from the readings' input"
}
locked_key_body()
{
	identities
	to_port 9
	rm DEV1.key DEV1.pub
	printf 'secret\nsecret\n' > answers
	atf_check -o ignore -e ignore setsid ${KEYGEN} -p DEV1 < answers
	atf_check -s exit:1 -e match:'DEV1.key: .*no terminal' \
	    setsid ${ASMP} -k DEV1.key -g GW1.pin 127.0.0.1 < answers
}

atf_test_case stopped_by_signal
stopped_by_signal_head()
{
	atf_set descr "SIGTERM ends the input, not what was read of it"
}
stopped_by_signal_body()
{
	identities
	gateway
	mkfifo pipe
	(echo '{"a":1}'; exec sleep 20) > pipe &
	sleeper=$!
	${client} 127.0.0.1 < pipe &
	pid=$!
	sleep 0.5
	kill -TERM ${pid}
	wait ${pid}
	status=$?
	kill ${sleeper}
	atf_check_equal 0 ${status}
	gateway_saw 'reading 1 clock {"a":1}
seal 1
closed
'
}

# certificate name: name.crt and name.tls for 127.0.0.1.
certificate()
{
	atf_check -o ignore -e ignore openssl req -x509 -newkey ec -pkeyopt \
	    ec_paramgen_curve:P-256 -nodes -keyout $1.tls -out $1.crt \
	    -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
}

atf_test_case tls
tls_head()
{
	atf_set descr "the same inside TLS, whose certificate is checked"
	atf_set require.progs openssl
}
tls_body()
{
	identities
	certificate one
	certificate two
	gateway -c one.crt -K one.tls
	i=0
	while [ ${i} -lt 1000 ]; do
		echo "{\"n\":${i}}"
		i=$((i + 1))
	done > in
	atf_check ${client} -C one.crt 127.0.0.1 < in
	wait ${gw}
	atf_check -o inline:'1000\n' grep -c reading gw.out
	atf_check -o inline:'closed\n' grep closed gw.out
	gateway -c one.crt -K one.tls
	atf_check -s exit:2 -e match:'^asmp: 127.0.0.1: TLS: ' \
	    ${client} -C two.crt 127.0.0.1 '{"a":1}'
	atf_check -s exit:1 -e match:'none.crt' \
	    ${client} -C none.crt 127.0.0.1 '{"a":1}'
}

atf_test_case default_pin_file
default_pin_file_head()
{
	atf_set descr "without -g the pin is the user's"
}
default_pin_file_body()
{
	identities
	gateway
	mkdir -p home/.asmp
	mv GW1.pin home/.asmp/gateway.pin
	atf_check env HOME=$(pwd)/home ${ASMP} -P asmp -k DEV1.key \
	    -p $(cat port) 127.0.0.1 '{"a":1}'
	wait ${gw}
	atf_check -o match:'^reading 1' cat gw.out
}

# M-12 to M-17, M-22: the original's command line, whose key is in hex.
atf_test_case smcp_client
smcp_client_head()
{
	atf_set descr "client_id master_key [value | -i], results on stdout"
}
smcp_client_body()
{
	secrets
	hex=$(${KEYGEN} -x 1.psk)
	gateway_of smcp 1.psk 1 -b others=500
	atf_check -o inline:'600\n' ${ASMP} ${to} -P smcp 1 ${hex}
	gateway_saw 'reading 1 noclock {"value": 100}
closed
'
	gateway_of smcp 1.psk 1 -b others=500
	atf_check -o inline:'489\n' ${ASMP} ${to} -h 127.0.0.1 -P smcp 1 \
	    ${hex} -11
	wait ${gw}
	gateway_of smcp 1.psk 1
	printf '1\n\n -2 \nquit\n3\n' > in
	atf_check -o inline:'1\n-2\n' ${ASMP} ${to} -P smcp 1 ${hex} -i < in
	wait ${gw}
	gateway_of smcp 1.psk 1
	atf_check -o inline:'9223372036854775807\n-9223372036854775808\n' \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 9223372036854775807 \
	    -9223372036854775808
	wait ${gw}
	gateway_of smcp 1.psk 1
	atf_check -o inline:'-7\n' ${ASMP} ${to} -k 1.psk 127.0.0.1 -7
	wait ${gw}
}

atf_test_case smcp_results
smcp_results_head()
{
	atf_set descr "a result that is not whole says so"
}
smcp_results_body()
{
	secrets
	gateway_of smcp 1.psk 1 -b partial
	atf_check -o inline:'7 (partial: not all values came in time)\n' \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 7
	wait ${gw}
	gateway_of smcp 1.psk 1 -b overflow
	atf_check -o match:'^overflow: ' ${ASMP} ${to} -k 1.psk 127.0.0.1 7
	wait ${gw}
	gateway_of smcp 1.psk 1 -b silent
	atf_check -s exit:2 -e match:'no answer within 1 seconds' \
	    ${ASMP} ${to} -t 1 -k 1.psk 127.0.0.1 7
}

# M-13, M-14: what the original took on trust.
atf_test_case smcp_operands
smcp_operands_head()
{
	atf_set descr "numbers, keys and values that are none"
}
smcp_operands_body()
{
	identities
	to_port 9
	key=00112233445566778899aabbccddeeff
	for id in 0 256 x 01x -1; do
		atf_check -s exit:1 -e match:"client id ${id}: " \
		    ${ASMP} ${to} -P smcp -- ${id} ${key}
	done
	for bad in 0 ${key}0 ${key%f} ${key%f}g "${key%ff}:f"; do
		atf_check -s exit:1 -e match:'must be 32 hexadecimal digits' \
		    ${ASMP} ${to} -P smcp 1 "${bad}"
	done
	atf_check -s exit:1 -e match:'^usage: ' ${ASMP} ${to} -P smcp 1
	atf_check -s exit:1 -e match:'^usage: ' \
	    ${ASMP} ${to} -P smcp 1 ${key} 2 3
	atf_check -s exit:1 -e match:'^usage: ' ${ASMP} ${to} -P ztp 1 ${key}
	secrets_again
	gateway_of smcp 1.psk 1
	printf '1\n2x\n9223372036854775808\n3\n' > in
	cat > want <<-'EOT'
		asmp: line 2: 2x: invalid, a value is a whole number of 64 bits: not sent
		asmp: line 3: 9223372036854775808: too large, a value is a whole number of 64 bits: not sent
	EOT
	atf_check -s exit:5 -o inline:'1\n3\n' -e file:want \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 < in
}

secrets_again()
{
	atf_check -o ignore ${KEYGEN} -t psk 1
}

atf_test_case smcp_key_is_wiped
smcp_key_is_wiped_head()
{
	atf_set descr "the key in an argument is gone from what ps shows"
	atf_set require.progs ps
}
smcp_key_is_wiped_body()
{
	secrets
	hex=$(${KEYGEN} -x 1.psk)
	gateway_of smcp 1.psk 1
	mkfifo pipe
	${ASMP} ${to} -P smcp 1 ${hex} -i < pipe &
	pid=$!
	exec 3> pipe
	wait_for ${SOON} key_is_wiped || atf_fail "seen: $(cat args)"
	exec 3>&-
	wait ${pid} || atf_fail "the client ended with $?"
}

# It runs, with all of its arguments but the key.
key_is_wiped()
{
	ps -o args= -p ${pid} > args
	grep -q -e '-P smcp 1 ' args && ! grep -q ${hex} args
}

# M-40: the four diagnostics, and what helps against them.
atf_test_case smcp_diagnostics
smcp_diagnostics_head()
{
	atf_set descr "errors in the words that users of smcp know"
}
smcp_diagnostics_body()
{
	secrets
	to_port 9
	atf_check -s exit:2 \
	    -e match:'Connection refused: no gateway listens.*firewall' \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 1
	gateway_of smcp 1.psk 1
	atf_check -s exit:4 \
	    -e match:'HMAC verification failed: check the key and the client' \
	    ${ASMP} ${to} -P smcp 1 00112233445566778899aabbccddeeff
	wait ${gw}
	gateway_of smcp 1.psk 1 -b round
	atf_check -s exit:6 -o ignore \
	    -e match:'Round mismatch: .*restart the client' \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 1 2
	wait ${gw}
	# The gateway's CLOSE for reason record-mac, then for direction.
	gateway_of smcp 1.psk 1 -b op=40
	atf_check -s exit:6 -o ignore \
	    -e match:'ended the session: HMAC verification failed: ' \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 1 2
	wait ${gw}
	gateway_of smcp 1.psk 1 -b op=55
	atf_check -s exit:6 -o ignore \
	    -e match:'ended the session: Invalid message format: ' \
	    ${ASMP} ${to} -k 1.psk 127.0.0.1 1 2
}

# S-9, S-10.
atf_test_case slmp_client
slmp_client_head()
{
	atf_set descr "messages, each with its answer"
}
slmp_client_body()
{
	secrets
	gateway_of slmp user1.token user1
	atf_check -o inline:'Message received: Hello SLMP!\n' \
	    ${ASMP} ${to} -P slmp -k user1.token 127.0.0.1 'Hello SLMP!'
	gateway_saw 'text 1 Hello SLMP!
closed
'
	gateway_of slmp user1.token user1
	printf 'a\n\n  b c \n' > in
	atf_check -o inline:'Message received: a\nMessage received: b c\n' \
	    ${ASMP} ${to} -P slmp -k user1.token 127.0.0.1 < in
}

# Z-1, Z-33, Z-34: the prompt, here from a pipe.
atf_test_case ztp_commands
ztp_commands_head()
{
	atf_set descr "commands of the prompt from a pipe and from arguments"
}
ztp_commands_body()
{
	secrets
	gateway_of ztp user1.token user1
	cat > in <<-'EOT'
		ping
		chat hello
		status
		chat  any  normal text
		send {"t":1}
		say 17 deep
		close chat
		quit
		ping
	EOT
	atf_check -o inline:'pong\nhello\nserver OK\nany  normal text\ndeep\n' \
	    ${ASMP} ${to} -k user1.token 127.0.0.1 < in
	gateway_saw 'reading 1 clock {"t":1}
text 2 ping
text 1 hello
text 2 status
text 1 any  normal text
text 17 deep
ended 1
closed
'
	gateway_of ztp user1.token user1
	atf_check -o inline:'pong\n' ${ASMP} ${to} -k user1.token 127.0.0.1 ping
	wait ${gw}
	gateway_of ztp user1.token user1
	cat > in <<-'EOT'
		reboot now
		chat
		close 0
		close chat
		send {"t":NaN}
		say telemetry x
		say 4 x
		ping
	EOT
	cat > want <<-'EOT'
		asmp: reboot now: unknown command: help lists those there are
		asmp: chat: say what?
		asmp: close: "0": not a stream: chat, control, telemetry, aggregate or the number of one
		asmp: line 4: the stream is not open: not sent
		asmp: line 5: not a finite JSON number: not sent
		asmp: say: that stream takes readings: use send
		asmp: say: that stream gives results, and takes no text
	EOT
	atf_check -s exit:5 -o inline:'pong\n' -e file:want \
	    ${ASMP} ${to} -k user1.token 127.0.0.1 < in
	wait ${gw}
	gateway_of ztp user1.token user1
	atf_check -o match:'^ping ' -o match:'^send JSON ' \
	    ${ASMP} ${to} -k user1.token 127.0.0.1 help
	wait ${gw}
	gateway_of ztp user1.token user1 -b silent
	atf_check -s exit:2 -e match:'no answer within 1 seconds' \
	    ${ASMP} ${to} -t 1 -k user1.token 127.0.0.1 ping
}

# Z-14, Z-32: a stream that idled out does not open again.
atf_test_case closed_stream_means_another_session
closed_stream_means_another_session_head()
{
	atf_set descr "what is asked on a closed stream is asked in a new session"
}
closed_stream_means_another_session_body()
{
	secrets
	gateway_of ztp user1.token user1 -b idle -m 2
	atf_check -o inline:'pong\npong\n' -e match:'stream control was closed' \
	    -e match:'stream control is closed: connecting again' \
	    ${ASMP} ${to} -v -k user1.token 127.0.0.1 ping ping
	gateway_saw 'text 2 ping
closed
text 2 ping
closed
'
	gateway_of smcp 1.psk 1 -b idle -m 2
	atf_check -o inline:'1\n2\n' ${ASMP} ${to} -k 1.psk 127.0.0.1 1 2
}

atf_test_case prompt
prompt_head()
{
	atf_set descr "on a terminal: history, completion, and ^C is an end"
	atf_set require.progs python3
}
prompt_body()
{
	secrets
	gateway_of ztp user1.token user1
	cat > typist.py <<-'EOT'
		import os, pty, select, sys, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.environ["TERM"] = "vt100"
		    os.execv(sys.argv[1], sys.argv[1:])
		seen = b""
		def until(text):
		    global seen
		    end = time.time() + 10
		    while text not in seen:
		        if time.time() > end:
		            sys.exit("no %r in %r" % (text, seen))
		        if select.select([fd], [], [], 0.1)[0]:
		            seen += os.read(fd, 4096)
		    seen = seen[seen.index(text) + len(text):]
		until(b"asmp> ")
		for typed, answer in ((b"pi\t\r", b"pong\r\n"),
		    (b"\x10\r", b"pong\r\n"), (b"st\t\r", b"server OK\r\n"),
		    (b"chat a b\r", b"a b\r\n")):
		    os.write(fd, typed)
		    until(b"\r\n" + answer)
		    until(b"asmp> ")
		os.write(fd, b"not sent\x03")
		sys.exit(os.waitpid(pid, 0)[1] >> 8)
	EOT
	atf_check python3 typist.py ${ASMP} ${to} -k user1.token 127.0.0.1
	gateway_saw 'text 2 ping
text 2 ping
text 2 status
text 1 a b
closed
'
}

atf_test_case terminal_is_safe
terminal_is_safe_head()
{
	atf_set descr "what no terminal should see is escaped"
}
terminal_is_safe_body()
{
	secrets
	gateway_of ztp user1.token user1 -b evil
	atf_check -o inline:'x\nchat: a\\033]0;b\\007\\015\\200\npong\n' \
	    -e ignore env LC_ALL=C.UTF-8 sh -c "
	    (echo chat x; sleep 0.5; echo ping) |
	    ${ASMP} ${to} -k user1.token 127.0.0.1 | head -n 3"
}

# I-45, I-47, I-59: the vitals of the original.
atf_test_case iomt_client
iomt_client_head()
{
	atf_set descr "vitals in words become readings; -v shows the states"
}
iomt_client_body()
{
	secrets
	gateway_of iomt BP_MONITOR_001.kem BP_MONITOR_001
	cat > want <<-'EOT'
		asmp: 127.0.0.1: INITIALIZED
		asmp: 127.0.0.1: PUBLIC_KEY_RECEIVED
		asmp: 127.0.0.1: ENCAPSULATED
		asmp: 127.0.0.1: AUTHENTICATED
		asmp: 127.0.0.1: session is open, last id 0
		asmp: 3 readings acknowledged, 0 refused
	EOT
	atf_check -e file:want ${ASMP} ${to} -v -k BP_MONITOR_001.kem \
	    127.0.0.1 'BP=145/92, HR=88, O2=96%, Temp=37.2C' '{"hr": 88}' \
	    'say "ah\"	now'
	gateway_saw 'reading 1 clock {"vitals":"BP=145/92, HR=88, O2=96%, Temp=37.2C"}
reading 2 clock {"hr": 88}
reading 3 clock {"vitals":"say \"ah\\\\\"\u0009now"}
closed
'
	gateway_of iomt BP_MONITOR_001.kem BP_MONITOR_001
	atf_check -s exit:5 -e match:'argument 1, byte 12: .*UTF-8.*not sent' \
	    ${ASMP} ${to} -k BP_MONITOR_001.kem 127.0.0.1 "$(printf '\377')"
	wait ${gw}
	gateway_of iomt BP_MONITOR_001.kem BP_MONITOR_001
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t mlkem768 BP_MONITOR_001
	atf_check -s exit:4 -e match:'refused the identity BP_MONITOR_001' \
	    ${ASMP} ${to} -k other/BP_MONITOR_001.kem 127.0.0.1 'HR=88'
}

# A-19.
atf_test_case shared_key
shared_key_head()
{
	atf_set descr "-S mixes the group's key in"
}
shared_key_body()
{
	identities
	atf_check -o ignore ${KEYGEN} -t shared WARD
	gateway -S WARD.shared
	atf_check ${client} -S WARD.shared 127.0.0.1 '{"a":1}'
	wait ${gw}
	gateway -S WARD.shared
	atf_check -s exit:4 -e match:'refused the identity DEV1' \
	    ${client} 127.0.0.1 '{"a":1}'
	atf_check -s exit:1 -e match:'WARD.shared: is a shared key, which' \
	    ${ASMP} ${to} -k WARD.shared 127.0.0.1
}

atf_test_case commands_of_other_profiles
commands_of_other_profiles_head()
{
	atf_set descr "-c is the prompt in every profile that has text"
}
commands_of_other_profiles_body()
{
	secrets
	gateway
	atf_check -o inline:'pong\n' ${client} -c 127.0.0.1 ping 'send {"a":1}'
	wait ${gw}
	atf_check -o match:'^reading 1 ' -o match:'^text 2 ping' cat gw.out
	gateway_of slmp user1.token user1
	atf_check -o inline:'pong\n' ${ASMP} ${to} -c -P slmp \
	    -k user1.token 127.0.0.1 ping
	wait ${gw}
	atf_check -s exit:1 -e match:'profile smcp has no commands' \
	    ${ASMP} ${to} -c -k 1.psk 127.0.0.1 1
}

atf_init_test_cases()
{
	atf_add_test_case arguments
	atf_add_test_case lines
	atf_add_test_case nothing_to_send
	atf_add_test_case long_input_is_sealed_by_64
	atf_add_test_case live_pipe_is_sealed_at_once
	atf_add_test_case bad_json_stays_here
	atf_add_test_case long_lines_are_named
	atf_add_test_case refused_reading
	atf_add_test_case no_gateway_there
	atf_add_test_case lost_connection
	atf_add_test_case silent_gateway
	atf_add_test_case another_gateway
	atf_add_test_case identity_refused
	atf_add_test_case protocol_broken
	atf_add_test_case local_errors
	atf_add_test_case locked_key
	atf_add_test_case stopped_by_signal
	atf_add_test_case tls
	atf_add_test_case default_pin_file
	atf_add_test_case smcp_client
	atf_add_test_case smcp_results
	atf_add_test_case smcp_operands
	atf_add_test_case smcp_key_is_wiped
	atf_add_test_case smcp_diagnostics
	atf_add_test_case slmp_client
	atf_add_test_case ztp_commands
	atf_add_test_case closed_stream_means_another_session
	atf_add_test_case prompt
	atf_add_test_case terminal_is_safe
	atf_add_test_case iomt_client
	atf_add_test_case shared_key
	atf_add_test_case commands_of_other_profiles
}
