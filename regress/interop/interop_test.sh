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


# asmpd against a device by other hands: client.py, written from asmp(7) alone
# on libraries that are not ours.  Who changes the protocol or its page and
# not the other hears of it here.  So does who changes what logs look like.

. $(atf_get_srcdir)/../lib.sh

READINGS='value=37.4 value=37.5 value=37.6'

# Starts a daemon with an issuer, or skips where there are no libraries.
begin()
{
	python=${ASMP_PYTHON:-python3}
	for _module in noise.connection \
	    cryptography.hazmat.primitives.asymmetric.mlkem; do
		${python} -c "import ${_module}" 2> /dev/null ||
		    atf_skip "${python} has no ${_module}, see make deps"
	done
	daemon_conf
	atf_check -o ignore ${KEYGEN} -t issuer front
	echo "issuer \"$(pwd -P)/front.issuer\"" >> asmpd.conf
	[ $# -eq 0 ] || echo "$@" >> asmpd.conf
	daemon_start
	# -B: modules that it imports leave nothing in the tree.
	client="timeout -k 3 60 ${python} -B $(atf_get_srcdir)/client.py"
	client="${client} -p ${port} -g"
}

# enrol file: what asmp-keygen made.
enrol()
{
	(umask 077; ${KEYGEN} -e $1 > line) || atf_fail "no line for $1"
	atf_check -o ignore ${ctl} device add -f line
}

# token client [option ...]: a token of our issuer for a client, enrolled.
token()
{
	_client=$1
	shift
	atf_check -o ignore ${KEYGEN} -T -a GW -k front.issuer "$@" ${_client}
	enrol ${_client}.token
}

# shown device accepted: what asmpctl knows of its readings.
shown()
{
	atf_check -o save:shown ${ctl} device show $1
	atf_check -o match:"^last id +$2$" \
	    -o match:"^readings accepted +$2$" \
	    -o match:"^readings blocked +0$" cat shown
}

# logged pattern [count]
logged()
{
	wait_for 10 test_log "$1" ${2:-1} || {
		cat asmpd.log
		atf_fail "not in the log: $1"
	}
}

test_log()
{
	test $(grep -c "$1" asmpd.log) -eq $2
}

# refused device: that of the last client, whose output is in the file out.
refused()
{
	atf_check -o match:'^refused without a word after [1-9]' cat out
	atf_check test $(wc -l < out) -eq 1
	logged "session refused: .* device $1 reason bad-proof"
	shown $1 0
}

atf_test_case asmp
asmp_body()
{
	begin
	device_enrol DEV
	# The ids of the second session go on from those of the first.
	for last in 0 3; do
		atf_check -o inline:"role 1, last id ${last}
chat hello
control pong
close 1
" ${client} GW.pin -k DEV.key -i DEV asmp ${READINGS} chat=hello control=ping
	done
	shown DEV 6
	logged 'session up: .* profile asmp proof signature' 2
	logged 'session down: .* reason done' 2
	daemon_stop
}

atf_test_case ztp
ztp_body()
{
	begin
	token kemal -r user
	atf_check -o inline:'role 2, last id 0
chat hello
control pong
control server OK
close 1
' ${client} GW.pin -k kemal.token ztp ${READINGS} chat=hello control=ping \
    control=status
	shown kemal 3
	logged 'session up: .* profile ztp proof token'
	logged 'session down: .* reason done'
	daemon_stop
}

atf_test_case slmp
slmp_body()
{
	begin
	token kemal
	atf_check -o inline:'role 1, last id 0
chat Message received: hello
control pong
control not permitted
close 1
' ${client} GW.pin -k kemal.token slmp ${READINGS} chat=hello control=ping \
    control=status
	shown kemal 3
	logged 'session up: .* profile slmp proof token'
	logged 'session down: .* reason done'
	daemon_stop
}

atf_test_case smcp
smcp_body()
{
	begin 'group "ward" { member { 1 2 } wait 60 }'
	for number in 1 2; do
		atf_check -o ignore ${KEYGEN} -t psk ${number}
		enrol ${number}.psk
	done
	# Both wait for the other one in each round.
	${client} GW.pin -k 1.psk -i 1 smcp value=100 value=-7 > out &
	first=$!
	atf_check -o save:expected -o inline:'role 1, last id 0
value 350
value -3
close 1
' ${client} GW.pin -k 2.psk -i 2 smcp value=250 value=4
	wait ${first} || atf_fail "the first client failed"
	atf_check -o file:expected cat out
	shown 1 2
	shown 2 2
	logged 'session up: .* profile smcp proof psk' 2
	logged 'session down: .* reason done' 2
	daemon_stop
}

atf_test_case iomt
iomt_body()
{
	begin
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	atf_check -o inline:'role 1, last id 0
chat hello
control pong
close 1
' ${client} GW.pin -k KEM.kem -i KEM iomt ${READINGS} chat=hello control=ping
	shown KEM 3
	logged 'session up: .* profile iomt proof kem'
	logged 'session down: .* reason done'
	daemon_stop
}

# A reading that the gateway does not take ends the session, by name.
atf_test_case blocked
blocked_body()
{
	begin
	device_enrol DEV
	atf_check -s exit:5 -o inline:'role 1, last id 0
refused 2 48
close 48
' ${client} GW.pin -k DEV.key -i DEV asmp value=37.4 \
    'telemetry={"value":37.4,"value":0}'
	atf_check -o match:'^readings blocked +1$' ${ctl} device show DEV
	daemon_stop
}

# Neither another gateway nor another key is told who the device is.
atf_test_case wrong_gateway
wrong_gateway_body()
{
	begin
	device_enrol DEV
	token kemal
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW
	sed 's/^GW /GW2 /' GW.pin > renamed.pin
	for pin in other/GW.pin renamed.pin; do
		for args in '-k DEV.key -i DEV asmp' '-k kemal.token ztp'; do
			atf_check -s exit:3 \
			    -o inline:'not the pinned gateway\n' \
			    ${client} ${pin} ${args} ${READINGS}
		done
	done
	logged 'session refused: .* device - reason lost' 4
	shown DEV 0
	shown kemal 0
	daemon_stop
}

# One bit of the proof is changed.
atf_test_case wrong_proof
wrong_proof_body()
{
	begin
	device_enrol DEV
	token kemal
	token ayse
	atf_check -o ignore ${KEYGEN} -t psk 1
	enrol 1.psk
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	for args in 'DEV.key -i DEV asmp' 'kemal.token ztp' 'ayse.token slmp' \
	    '1.psk -i 1 smcp' 'KEM.kem -i KEM iomt'; do
		atf_check -s exit:4 -o save:out ${client} GW.pin -x -k ${args}
		refused ${args%%.*}
	done
	daemon_stop
}

# A client gives itself a higher role than its issuer did.
atf_test_case wrong_token
wrong_token_body()
{
	begin
	token kemal
	# The role is the third byte of the body.
	cut -d ' ' -f 2 kemal.token | base64 -d > token
	{ head -c 2 token; printf '\003'; tail -c +4 token; } > forged
	echo "asmp-token-1 $(base64 -w 0 forged)" > forged.token
	chmod 600 forged.token
	atf_check -o match:'^role +3 admin' ${KEYGEN} -l forged.token
	atf_check -s exit:4 -o save:out ${client} GW.pin -k forged.token ztp
	refused kemal
	daemon_stop
}

# Checkpoints and proofs are what implementations of the same specifications
# make of the same leaves, and take.
atf_test_case logs
logs_body()
{
	[ -x "${ASMP_LOGCHECK:=${HOME}/.cache/asmpd/logcheck}" ] ||
	    atf_skip "no logcheck; set ASMP_LOGCHECK or run scripts/go.sh"
	atf_check -o save:log $(atf_get_srcdir)/../lib/libasmp/log_peer
	atf_check -o inline:'71 checkpoints, 2485 inclusion proofs, 2485 '\
'consistency proofs\n' ${ASMP_LOGCHECK} < log
	# It would not take anything.
	sed '/^inclusion 40 70 /{s/0$/1/;t
s/.$/0/;}' log > one
	atf_check -s exit:1 -e inline:"logcheck: another proof of inclusion \
than tlog's\n" ${ASMP_LOGCHECK} < one
	sed '/^checkpoint 70/s/ 47/ 46/' log > one
	atf_check -s exit:1 -e match:'^logcheck: invalid signature ' \
	    ${ASMP_LOGCHECK} < one
}

atf_init_test_cases()
{
	atf_add_test_case asmp
	atf_add_test_case ztp
	atf_add_test_case slmp
	atf_add_test_case smcp
	atf_add_test_case iomt
	atf_add_test_case blocked
	atf_add_test_case wrong_gateway
	atf_add_test_case wrong_proof
	atf_add_test_case wrong_token
	atf_add_test_case logs
}
