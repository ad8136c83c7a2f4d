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

# A process of asmpd in other hands: what asmpd(8), SECURITY CONSIDERATIONS,
# says that it cannot do, tried through its own pipes.  Each attempt has a
# daemon of its own, which serves a device first.

. $(atf_get_srcdir)/common.sh

HIJACK=${TOPDIR}/regress/attack/hijack

# other_hands process: from here on it is; with nothing done, all works.
other_hands()
{
	process=$1
	profile=ipc
	case ${process} in
	net)		letter=n ;;
	verify)		letter=v ;;
	verify2)	letter=v2 ;;
	store)		letter=s ;;
	control)	letter=c ;;
	esac
	genuine_asmpd=${ASMPD}
	ASMPD=$(pwd -P)/asmpd
	cp ${HIJACK} asmpd
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	atf_check -o ignore ${KEYGEN} -t shared COMMON
	ASMP_VERIFIERS=
	[ ${process} != verify2 ] || ASMP_VERIFIERS=2
	daemon_conf
	cat >> asmpd.conf <<-EOF
		issuer "$(pwd -P)/ISSUER.issuer"
		shared key "$(pwd -P)/COMMON.shared"
	EOF
	rules
	daemon_start -v
	client send ${port}
	device_enrol VICTIM
	device_enrol DEV1
	served VICTIM
	served DEV1
	daemon_stop
}

# rules [rule ...]: what the next daemon's process will do.
rules()
{
	printf '%s\n' ${genuine_asmpd} ${letter} "$@" > hijack.conf
}

served()
{
	atf_check ./send $1 '{"n":"genuine"}'
}

# acts rule ...: a daemon whose process does this now, after it has served.
acts()
{
	rules "$@"
	daemon_start -v
	client send ${port}
	served DEV1
	kill -USR1 $(cat hijack.pid)
}

# stir_for rules: what makes every process say something, where that is what
# they wait for; it may come to nothing.
stir_for()
{
	case $1 in
	send:*)	return ;;
	esac
	./send DEV1 -t 3 '{"n":"stirred"}' > stir.out 2>&1
	timeout 5 ${ctl} show device DEV1 >> stir.out 2>&1
}

# The number of the message that the process has sent last.
sent_type()
{
	sed -n 's/^hijack: .* \([0-9]*\)$/\1/p' asmpd.log | tail -n 1
}

# ends label receiver what: asmpd ends, and says who sent what to whom.
ends()
{
	wait_for ${DAEMON_STOP} not_alive ${daemon_pid} || {
		cat asmpd.log >&2
		atf_fail "$1: asmpd goes on"
	}
	daemon_ended 1
	_seen=$(sed -n "s/^.* $2: fatal in $2: intrusion: //p" asmpd.log |
	    sed 's/ (type .*//')
	verdict "$1" "${process} sent $3" "${_seen}"
}

# stops label what rule ...: an attempt on the parent, which ends asmpd.
stops()
{
	_what=$2
	_label=$1
	shift 2
	acts "$@"
	stir_for "$*"
	ends "${_label}" parent "${_what}"
	grep -Eq "\(type ($(sent_type)|0), [0-9]* bytes\)\$" asmpd.log ||
	    atf_fail "${_label}: another type: $(grep intrusion asmpd.log)"
}

# The same for another receiver.
stops_at()
{
	_at=$1
	_label=$2
	_what=$3
	shift 3
	acts "$@"
	stir_for "$*"
	ends "${_label}" ${_at} "${_what}"
}

# others type ...: what another process may send.
others()
{
	for t in "$@"; do
		stops "${t}" 'what another process may send' \
		    "send:${t}"
	done
}

# sizes type ...: one byte more or less than the one size it has.
sizes()
{
	for t in "$@"; do
		for n in 0 1 7; do
			stops "${t} of ${n} bytes" 'a message of a wrong size' \
			    "send:${t}:${n}"
		done
	done
}

# acted: the attempt was made, and asmpd goes on.
acted()
{
	logged '^hijack: '
	served DEV1
	served VICTIM
}

# of_every_kind: a device each, beside the two that are there.
of_every_kind()
{
	for _d in T1:ztp P1:smcp K1:iomt; do
		profile=${_d#*:}
		enrol ${_d%:*}
	done
	profile=ipc
}

# all_served: these, and who has a shared key.
all_served()
{
	served DEV1
	atf_check ./send DEV1 -S COMMON.shared -P asmp '{"n":"shared"}'
	atf_check -o match:pong ./send T1 -P ztp ping
	atf_check -o ignore ./send P1 -P smcp 100
	atf_check ./send K1 -P iomt HR=88
}

# secrets: of the gateway and of its devices, one a line, in hexadecimal.
secrets()
{
	for k in GW DEV1 VICTIM; do
		openssl pkey -in ${k}.key -outform DER | tail -c 32 > secret
		hex secret
		echo
	done
	for f in GW.seal ISSUER.issuer COMMON.shared T1.token P1.psk K1.kem; do
		[ -e ${f} ] || continue
		sed 's/^[^ ]* //' ${f} | base64 -d | tail -c 32 > secret
		hex secret
		echo
	done
}

# known: what is no secret, and was said: the search finds it.
public_key()
{
	openssl pkey -in $1.key -pubout -outform DER | tail -c 32 > public
	hex public
}

# no_secret: nothing of them was told to the process or went through it.
no_secret()
{
	hex hijack.told > all.hex
	hex hijack.said >> all.hex
	secrets > secrets
	atf_check -o inline:"$1\n" grep -Ec '^[0-9a-f]{32,}$' secrets
	atf_check -s exit:1 grep -q -f secrets all.hex
}

atf_test_case net_types
net_types_head()
{
	atf_set descr "net cannot ask what verify, store and control may"
}
net_types_body()
{
	other_hands net
	others IPC_SIGN IPC_LOOKUP IPC_PROVE IPC_ROTATE IPC_ENDED \
	    IPC_EVENT IPC_REFUSED IPC_BLOCKED IPC_LOG IPC_AUDITED IPC_TREE \
	    IPC_ROWS IPC_ROWS_RESULT IPC_LEASED IPC_RELEASED \
	    IPC_DEVICE_STATS_REPLY IPC_CTL IPC_CTL_GONE IPC_MONITOR
	for t in IPC_INIT IPC_CONF_COMMIT IPC_QUERY UNKNOWN; do
		stops "${t}" 'an unknown message' "send:${t}"
	done
}

atf_test_case unasked
unasked_head()
{
	atf_set descr "no process has taken a configuration nobody gave it"
}
unasked_body()
{
	other_hands control
	for p in net:n verify:v store:s control:c; do
		process=${p%:*}
		letter=${p#*:}
		stops 'a configuration taken' 'an answer to no configuration' \
		    send:IPC_CONF_DONE
	done
}

atf_test_case net_turns
net_turns_head()
{
	atf_set descr "net cannot make or end connections that are not"
}
net_turns_body()
{
	other_hands net
	sizes IPC_OPEN IPC_CLOSED
	stops 'a connection opened twice' 'a connection twice' dup:IPC_OPEN
	stops 'a connection far ahead' 'a connection twice' \
	    send:IPC_OPEN::conn=0x7000000000
	stops 'a connection beyond all places' 'a connection that cannot be' \
	    send:IPC_OPEN::conn=none
	stops 'the end of a connection twice' 'the end of no connection' \
	    dup:IPC_CLOSED
	stops 'the end of one that never was' 'the end of no connection' \
	    send:IPC_CLOSED::conn=new
	stops 'a stop that nobody asked for' 'an unasked stop' \
	    send:IPC_STOPPED
	stops 'a second start' 'a second start' send:IPC_READY
}

atf_test_case net_frames
net_frames_head()
{
	atf_set descr "what net gives to verify is checked there again"
}
net_frames_body()
{
	other_hands net
	stops_at verify 'a frame cut short' 'what is not whole frames' \
	    size:NV_FRAMES:-1
	stops_at verify 'a frame and a byte' 'what is not whole frames' \
	    size:NV_FRAMES:+1
	stops_at verify 'a session opened twice' 'a connection twice' \
	    dup:NV_OPEN
	stops_at verify 'a session beyond all places' \
	    'a connection that cannot be' send:NV_OPEN::conn=none
	stops_at verify 'NV_OPEN of another size' \
	    'a message of a wrong size' size:NV_OPEN:+1
	stops_at verify 'NV_CLOSED of another size' \
	    'a message of a wrong size' send:NV_CLOSED:3
	stops_at verify 'a reading from net' 'an unknown message' \
	    send:VS_READING
}

atf_test_case net_misroutes
net_misroutes_head()
{
	atf_set descr "frames in another session are no readings there"
}
net_misroutes_body()
{
	other_hands net
	rules set:NV_FRAMES::conn=first
	daemon_start -v
	client send ${port}
	online VICTIM
	echo '{"n":"mine"}' >&9
	logged 'RECEIVED\] device VICTIM id 2 '
	kill -USR1 $(cat hijack.pid)
	./send DEV1 -t 3 '{"n":"misrouted"}' > stir.out 2>&1
	logged 'session down: device VICTIM address .* reason replay$'
	verdict 'frames given to another session' replay \
	    $(last_reason 'session down: device VICTIM')
	count 0 'RECEIVED\].*misrouted'
	served VICTIM
	served DEV1
	daemon_stop
}

atf_test_case net_sees
net_sees_head()
{
	atf_set descr "nothing net is told or passes on can be read by it"
	atf_set require.progs openssl
}
net_sees_body()
{
	other_hands net
	rules
	daemon_start -v
	client send ${port}
	of_every_kind
	all_served
	atf_check ./send DEV1 '{"a":"reading nobody between may read"}'
	daemon_stop
	no_secret 9
	[ $(stat -c %s hijack.said) -gt 500 ] || atf_fail "nothing was seen"
	printf 'nobody between' > text
	atf_check -s exit:1 grep -q "$(hex text)" all.hex
	verdict 'net reads what it carries' nothing nothing
}

atf_test_case verify_types
verify_types_head()
{
	atf_set descr "verify cannot say what net, store and control may"
}
verify_types_body()
{
	other_hands verify
	others IPC_OPEN IPC_CLOSED IPC_STOPPED IPC_ROWS IPC_ROWS_RESULT \
	    IPC_LEASED IPC_RELEASED IPC_DEVICE_STATS_REPLY IPC_CTL \
	    IPC_CTL_GONE IPC_MONITOR
	stops 'a type nobody knows' 'an unknown message' \
	    send:UNKNOWN
	stops 'a second start' 'a second start' send:IPC_READY
}

atf_test_case verify_sizes
verify_sizes_head()
{
	atf_set descr "each question of verify has one size, its texts an end"
}
verify_sizes_body()
{
	other_hands verify
	sizes IPC_SIGN IPC_LOOKUP IPC_PROVE IPC_ROTATE IPC_ENDED
	stops 'an event of another size' 'a message of a wrong size' \
	    send:IPC_EVENT:1
	_long=x$(printf '41%.0s' $(seq 65))
	stops 'a name without an end' 'an id without end' \
	    "set:IPC_LOOKUP::id=${_long}"
	stops 'an event of a device without an end' 'a device without end' \
	    "send:IPC_EVENT::device=${_long}"
	stops 'an answer of a wrong size' 'an answer of a wrong size' \
	    send:IPC_REPLY
}

# reply name type fields: a rule that says this, whoever has asked or not.
reply()
{
	echo "send:REPLY_$1::type=$2${3:+,$3}"
}

atf_test_case verify_replies
verify_replies_head()
{
	atf_set descr "an operator is told of verify by verify, in texts with an end"
}
verify_replies_body()
{
	other_hands verify
	_id=x$(printf '41%.0s' $(seq 65))
	_address=x$(printf '41%.0s' $(seq 64))
	_text=x$(printf '41%.0s' $(seq 256))
	stops 'the status of net' 'the status of another process' \
	    $(reply STATUS 64 st.process=1)
	stops 'the status of nobody' 'the status of another process' \
	    $(reply STATUS 64 st.process=255)
	stops 'a trouble without an end' 'a trouble without end' \
	    $(reply STATUS 64 st.process=4,st.trouble=${_text})
	stops 'a session of nobody' 'a session of no device' \
	    $(reply SESSION 65)
	stops 'a session of what is no id' 'a session of no device' \
	    $(reply SESSION 65 s.device=x1b5b)
	stops 'a session of an id without an end' 'a device without end' \
	    $(reply SESSION 65 s.device=${_id})
	stops 'a session from an address without an end' \
	    'an address without end' \
	    $(reply SESSION 65 s.device=x41,s.address=${_address})
	stops 'a result that cannot be' 'a result that cannot be' \
	    $(reply RESULT 68 res.code=8)
	stops 'a result without an end' 'a text without end' \
	    $(reply RESULT 68 res.text=${_text})
}

atf_test_case verify_neighbour
verify_neighbour_head()
{
	atf_set descr "a verifier has no say in what is another verifier's"
}
verify_neighbour_body()
{
	other_hands verify
	echo 'verifiers 2' >> asmpd.conf
	_what="what is about another verifier's connection"
	for t in SIGN LOOKUP PROVE ROTATE ENDED REFUSED BLOCKED MESSAGE; do
		stops "IPC_${t}" "${_what}" send:IPC_${t}::conn=new
	done
	for t in SEND UP CLOSE TAKEN HOLD FAULT; do
		stops_at net "VN_${t}" "${_what}" send:VN_${t}::conn=new
	done
	for t in READING SEALED MODEL RELEASE; do
		stops_at store "VS_${t}" "${_what}" send:VS_${t}::conn=new
	done
	stops_at store VS_SEAL "${_what}" send:VS_SEAL::conn=new send:VS_SEALED
}

atf_test_case verify_shares
verify_shares_head()
{
	atf_set descr "values of its own devices, and results from the first alone"
}
verify_shares_body()
{
	other_hands verify
	sizes IPC_SHARE IPC_RESULT
	stops 'a value to itself' 'what is for itself' send:IPC_SHARE::conn=last
	stops 'a result for itself' 'what is for itself' \
	    send:IPC_RESULT::conn=last
	stops 'a result for a connection that cannot be' \
	    'a result that cannot be' send:IPC_RESULT::conn=none
	stops 'a result that is none' 'a result that cannot be' \
	    send:IPC_RESULT::conn=new,status=3
	stops 'a result without an end' 'a text without end' \
	    send:IPC_RESULT::conn=new,text=x$(printf '41%.0s' $(seq 512))
	stops 'a group without an end' 'a group without end' \
	    send:IPC_SHARE::conn=last,group=x$(printf '41%.0s' $(seq 17))
	stops 'a member without an end' 'an id without end' \
	    send:IPC_SHARE::conn=last,id=x$(printf '41%.0s' $(seq 65))
}

# beside_acts rule ...: a daemon whose first verifier has a session of VICTIM,
# and whose second one, with a session of DEV1, does this now.
beside_acts()
{
	rules "$@"
	rm -f VICTIM.in DEV1.in
	daemon_start -v
	client send ${port}
	online VICTIM
	mkfifo DEV1.in
	./send DEV1 < DEV1.in > DEV1.out 2>&1 &
	exec 8> DEV1.in
	wait_for ${SOON} has_session DEV1 || atf_fail "no session of DEV1"
	logged 'verify2: session up: device DEV1 '
	kill -USR1 $(cat hijack.pid)
}

# none_beside: their devices have seen the end.
none_beside()
{
	exec 8>&- 9>&-
	wait
}

atf_test_case verify_members
verify_members_head()
{
	atf_set descr "no value in the name of another verifier's device"
}
verify_members_body()
{
	other_hands verify2
	# VICTIM's connection is the first of slot 0.
	_victim=$(printf "'VICTIM")
	beside_acts "send:IPC_SHARE::conn=0x100000000,what=2,id=${_victim}"
	ends 'a value in VICTIM'"'"'s name' parent \
	    "what is about another verifier's connection"
	none_beside
	beside_acts "send:IPC_SHARE::conn=last,what=2,id=${_victim}"
	ends 'VICTIM as its own member' parent 'another device as a member'
	none_beside
	beside_acts send:IPC_SHARE::conn=last,what=3
	ends 'what is no share' parent 'a value that cannot be'
	none_beside
	beside_acts send:IPC_SHARE::conn=last,what=2,d=x000000000000f07f
	ends 'an endless value' parent 'a value that cannot be'
	none_beside
	beside_acts send:IPC_RESULT::conn=0x100000000
	ends 'a result in the first one'"'"'s name' parent \
	    'what another process may send'
	none_beside
}

atf_test_case verify_seals
verify_seals_head()
{
	atf_set descr "a seal that does not end holds up nobody else"
}
verify_seals_body()
{
	other_hands verify
	stops_at store 'a seal inside another' 'a seal inside another' \
	    drop:VS_SEALED send:VS_SEAL send:VS_SEAL
	echo 'verifiers 2' >> asmpd.conf
	rules mute:VS_SEALED
	daemon_start -v
	client send ${port}
	kill -USR1 $(cat hijack.pid)
	./send DEV1 '{"n":"waits"}' > /dev/null 2>&1 &
	_waits=$!
	logged 'session up: device DEV1 '
	served VICTIM
	alive ${_waits} || atf_fail "what is not stored is acknowledged"
	kill ${_waits}
	verdict 'a seal without an end' waits waits
}

atf_test_case verify_turns
verify_turns_head()
{
	atf_set descr "each question once, in its turn, about a connection"
}
verify_turns_body()
{
	other_hands verify
	_turn='a request out of turn'
	stops 'SIGN twice' "${_turn}" dup:IPC_SIGN
	stops 'LOOKUP twice' "${_turn}" dup:IPC_LOOKUP
	stops 'PROVE twice' "${_turn}" dup:IPC_PROVE
	stops 'LOOKUP in place of SIGN' "${_turn}" as:IPC_SIGN:IPC_LOOKUP:kind=1
	stops 'PROVE in place of SIGN' "${_turn}" as:IPC_SIGN:IPC_PROVE
	stops 'PROVE in place of LOOKUP' "${_turn}" as:IPC_LOOKUP:IPC_PROVE
	stops 'SIGN in place of LOOKUP' "${_turn}" as:IPC_LOOKUP:IPC_SIGN
	stops 'SIGN in place of PROVE' "${_turn}" as:IPC_PROVE:IPC_SIGN
	stops 'LOOKUP in place of PROVE' "${_turn}" as:IPC_PROVE:IPC_LOOKUP:kind=1
	for t in SIGN LOOKUP PROVE; do
		_set=conn=none
		[ ${t} != LOOKUP ] || _set=conn=none,kind=1
		stops "${t} of a connection that cannot be" \
		    'a connection that cannot be' send:IPC_${t}::${_set}
	done
	stops 'LOOKUP of one that net has not opened' "${_turn}" \
	    send:IPC_LOOKUP::conn=new,kind=1
	stops 'the end of a session nobody ends' 'an answer to nothing' \
	    send:IPC_ENDED::device=1
}

atf_test_case verify_mints
verify_mints_head()
{
	atf_set descr "no token of its own making, no ticket nobody gave"
	atf_set require.progs jq
}
verify_mints_body()
{
	other_hands verify
	daemon_start -v
	of_every_kind
	daemon_stop
	for f in token.role=255 token.expires=0x7fffffffffffffff; do
		acts set:IPC_LOOKUP::${f}
		minted "a token with another ${f}" bad-proof T1 -P ztp ping
	done
	acts "set:IPC_LOOKUP::token.client='NOBODY"
	minted 'a token for somebody else' unknown-device T1 -P ztp ping
	acts "set:IPC_LOOKUP::token.audience='GW2"
	minted 'a token for another gateway' audience T1 -P ztp ping
	acts '!keep:IPC_FOUND:key' \
	    set:IPC_LOOKUP::kind=5,ticket=x$(printf '11%.0s' $(seq 16)) \
	    use:IPC_FOUND:key:reason=0,alg=1
	minted 'a ticket that was never given' unknown-device DEV1 -P asmp \
	    '{"n":"refused"}'
}

# minted label reason device argument ...: it is refused, and the daemon goes
# on.
minted()
{
	_label=$1
	_reason=$2
	shift 2
	atf_check -s not-exit:0 -o ignore -e ignore ./send "$@"
	logged "session refused: "
	verdict "${_label}" ${_reason} $(last_reason 'session refused: ')
	${ctl} -j show memory > memory
	proofs_bad
	acted
	daemon_stop
}

# signed: how many signatures the parent has made.
signed()
{
	${ctl} -j show memory | jq '.processes[] |
	    select(.process == "parent") | .counters.signed'
}

atf_test_case verify_signatures
verify_signatures_head()
{
	atf_set descr "no signature without a connection that net has open"
	atf_set require.progs jq
}
verify_signatures_body()
{
	other_hands verify
	for c in new last; do
		acts send:IPC_SIGN::conn=${c}
		_before=$(signed)
		served DEV1
		logged '^hijack: send IPC_SIGN'
		verdict "SIGN of a connection: ${c}" $((_before + 1)) $(signed)
		daemon_stop
	done
}

# proofs_bad: it was the parent who refused it.
proofs_bad()
{
	atf_check -o inline:"1\n" jq '.processes[] |
	    select(.process == "parent") | .counters.proofs_bad' memory
}

# refused label reason: DEV1 is, and the daemon goes on.
refused()
{
	atf_check -s exit:4 -e ignore ./send DEV1 '{"n":"refused"}'
	logged 'session refused: .* device DEV1 reason '
	verdict "$1" $2 $(last_reason 'session refused: .* device DEV1 ')
	count 0 'RECEIVED\].*refused'
	${ctl} -j show memory > memory
	proofs_bad
	acted
	daemon_stop
}

# rotates key new: DEV1, whose key is in the one file, asks for the other.
rotates()
{
	timeout 20 ${ASMP} -P asmp -i DEV1 -g GW.pin -p ${port} -t 10 -k $1 \
	    -R $2 127.0.0.1 '{"n":"rotated"}' > rotated.out 2>&1
}

# key_of id: what the database has for it.
key_of()
{
	sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    "SELECT hex(key) FROM device WHERE id = '$1'"
}

atf_test_case verify_rotates
verify_rotates_head()
{
	atf_set descr "no key for a device that has not signed it in this session"
	atf_set require.progs sqlite3
}
verify_rotates_body()
{
	other_hands verify
	stops 'a key of one that net has not opened' 'a key for nobody' \
	    send:IPC_ROTATE::conn=new
	stops 'a key in place of PROVE' 'a key for nobody' \
	    as:IPC_PROVE:IPC_ROTATE
	for k in B C; do
		atf_check -o ignore ${KEYGEN} ${k}
	done
	# What the device said is changed on its way.
	before=$(key_of DEV1)
	acts set:IPC_ROTATE::plain=x01$(printf '%0128d' 0)
	rotates DEV1.key B.key && atf_fail "a key of zeros is taken"
	logged 'session down: device DEV1 .* reason rotate$'
	atf_check_equal "${before}" "$(key_of DEV1)"
	verdict 'a new key, changed on its way' rotate rotate
	daemon_stop
	acts set:IPC_ROTATE::len=0xffffffff
	rotates DEV1.key B.key
	ends 'a new key of 4 GiB' parent 'a key for nobody'
	atf_check_equal "${before}" "$(key_of DEV1)"
	# What it said in an earlier session is said again.
	acts '!keep:IPC_ROTATE:plain' use:IPC_ROTATE:plain
	rotates DEV1.key B.key || atf_fail "no new key: $(cat rotated.out)"
	after=$(key_of DEV1)
	[ ${before} != ${after} ] || atf_fail "it is the old key"
	kill -USR1 $(cat hijack.pid)
	rotates B.key C.key && atf_fail "a key of another session is taken"
	logged 'session down: device DEV1 .* reason rotate$'
	atf_check_equal "${after}" "$(key_of DEV1)"
	verdict 'a new key, said in another session' rotate rotate
	daemon_stop
	# What one device said is told of another.
	cp B.key DEV1.key
	victim=$(key_of VICTIM)
	rules set:IPC_ROTATE::conn=first
	daemon_start -v
	client send ${port}
	online VICTIM
	kill -USR1 $(cat hijack.pid)
	rotates DEV1.key C.key
	atf_check_equal "${victim}" "$(key_of VICTIM)"
	atf_check_equal "${after}" "$(key_of DEV1)"
	verdict 'a new key, told of another device' unchanged unchanged
}

atf_test_case verify_proofs
verify_proofs_head()
{
	atf_set descr "no session for who is not proving itself now"
	atf_set require.progs jq
}
verify_proofs_body()
{
	other_hands verify
	acts set:IPC_PROVE::proof=x$(printf '%0128d' 0)
	refused 'a proof of zeros' bad-proof
	acts set:IPC_PROVE::len=0
	refused 'a proof of no bytes' bad-proof
	acts set:IPC_PROVE::len=0xffffffff
	refused 'a proof of 4 GiB' bad-proof
	acts '!keep:IPC_PROVE:proof' use:IPC_PROVE:proof
	refused 'the proof of an earlier connection' bad-proof
	# DEV1 proves itself; the parent is told that it is VICTIM.
	acts '!keep:IPC_FOUND:key' "set:IPC_LOOKUP::id='VICTIM" \
	    use:IPC_FOUND:key
	refused 'the proof of another device' bad-proof
	acts '!keep:IPC_FOUND:key' "set:IPC_LOOKUP::id='NOBODY" \
	    use:IPC_FOUND:key:reason=0
	refused 'a device that is not enrolled' unknown-device
	# What the device has said is in its proof, word for word.
	acts set:IPC_LOOKUP::flags=1
	refused 'a ticket for a device that wanted none' bad-proof
	acts set:IPC_LOOKUP::group=1
	refused 'a shared key that the device did not name' bad-proof
	acts set:IPC_LOOKUP::nonce=x$(printf '%032d' 0)
	refused 'another nonce' bad-proof
	stops 'a name that cannot be' 'an identity that cannot be' \
	    "set:IPC_LOOKUP::id='-x"
}

atf_test_case verify_learns
verify_learns_head()
{
	atf_set descr "nothing verify is told is a long-term secret"
	atf_set require.progs openssl
}
verify_learns_body()
{
	other_hands verify
	daemon_start -v
	of_every_kind
	daemon_stop
	rules "set:IPC_LOOKUP::id='VICTIM" "set:IPC_LOOKUP::id='P1,kind=2" \
	    "set:IPC_LOOKUP::id='K1,kind=4" \
	    "set:IPC_LOOKUP::id=0,kind=3,token.version=1,token.client='T1,token.audience='GW,token.expires=0x7fffffff"
	daemon_start -v
	client send ${port}
	all_served
	kill -USR1 $(cat hijack.pid)
	for n in 1 2 3 4; do
		./send DEV1 -t 3 '{"n":"refused"}' > stir.out 2>&1
		count ${n} '^hijack: set IPC_LOOKUP'
	done
	daemon_stop
	no_secret 9
	# The search would find it: the public key was told.
	atf_check -o ignore grep "$(public_key VICTIM)" all.hex
	printf 'genuine' > text
	atf_check -o ignore grep "$(hex text)" all.hex
	verdict 'LOOKUP of any device, for its secrets' nothing nothing
}

# unleased: how many messages the store has refused.
unleased()
{
	${ctl} -j show memory | jq '.processes[] |
	    select(.process == "store") | .counters.unleased'
}

atf_test_case verify_readings
verify_readings_head()
{
	atf_set descr "no readings of a device that has no session"
	atf_set require.progs jq sqlite3
}
verify_readings_body()
{
	other_hands verify
	sql 'SELECT count(*) FROM reading WHERE device = 1' -o save:before
	acts send:VS_READING:50:conn=last,device=1,id=7,textlen=2
	logged '^hijack: send VS_READING'
	wait_for ${SOON} is_unleased || atf_fail "the store has taken it"
	sql 'SELECT count(*) FROM reading WHERE device = 1' -o file:before
	verdict 'a reading of a device without a session' 1 $(unleased)
	acted
	daemon_stop
	stops_at store 'a reading of a wrong size' \
	    'a message of a wrong size' \
	    send:VS_READING:53:device=1,id=7,textlen=2
	stops_at store 'a reading that is too short' \
	    'a message that is too short' send:VS_READING:8
	stops_at net 'a message of net, to net' 'an unknown message' \
	    send:NV_OPEN
	stops_at store 'a rest without end' 'a rest that cannot be' \
	    set:VS_RELEASE::rested=0x7fffffffffffffff
}

is_unleased()
{
	[ $(unleased) -ge 1 ]
}

atf_test_case verify_blames
verify_blames_head()
{
	atf_set descr "verify says nothing about a device that it does not have"
}
verify_blames_body()
{
	other_hands verify
	for t in IPC_BLOCKED IPC_MESSAGE; do
		sizes ${t}
		for c in last new 0; do
			stops "${t} of another's device: ${c}" \
			    "what is about another's device" \
			    send:${t}::conn=${c},device=1
		done
		stops "${t} of no device" "what is about another's device" \
		    send:${t}::conn=last,device=99
		stops "${t} of a connection that cannot be" \
		    'a connection that cannot be' \
		    send:${t}::conn=none,device=1
	done
}

# late rule: it says so of DEV1's session when that has had another since.
late()
{
	rules "$@"
	daemon_start -v
	client send ${port}
	served DEV1
	served VICTIM
	served DEV1
	kill -USR1 $(cat hijack.pid)
	acted
	daemon_stop
}

atf_test_case verify_late
verify_late_head()
{
	atf_set descr "what verify says late harms nobody, and is not hidden"
	atf_set require.progs sqlite3
}
verify_late_body()
{
	other_hands verify
	late send:IPC_BLOCKED::conn=first,device=2
	stored audit 1 "data LIKE '%\"DEV1\"%\"id 0 reason none\"%'"
	stored audit 0 "data LIKE '%\"EVENTS_LOST\"%'"
	# Where a connection has its place, nobody knows whose it was.
	echo 'limit sessions 2' >> asmpd.conf
	late send:IPC_BLOCKED::conn=first,device=2
	stored audit 1 "data LIKE '%\"EVENTS_LOST\"%\"1 records\"%'"
	stored audit 1 "data LIKE '%\"id 0 reason none\"%'"
	# The same of messages; of those nobody asked for there is none.
	sed -i '/^limit sessions/d' asmpd.conf
	late send:IPC_MESSAGE::conn=first,device=2
	stored audit 0 "data LIKE '%\"stream 0 bytes 0\"%'"
	echo 'audit messages yes' >> asmpd.conf
	late send:IPC_MESSAGE::conn=first,device=2
	stored audit 1 "data LIKE '%\"DEV1\"%\"stream 0 bytes 0\"%'"
}

atf_test_case verify_net
verify_net_head()
{
	atf_set descr "verify cannot make net do what there is no rule for"
}
verify_net_body()
{
	other_hands verify
	stops_at net 'a way to close that is none' 'an unknown way to close' \
	    set:VN_CLOSE::how=9
	stops_at net 'a session twice' 'a session out of turn' dup:VN_UP
	stops_at net 'a session of a connection that cannot be' \
	    'a connection that cannot be' send:VN_UP::conn=none
	stops_at net 'VN_UP of another size' 'a message of a wrong size' \
	    size:VN_UP:+1
	stops_at net 'a fault that is none' 'an unknown fault' \
	    send:VN_FAULT::kind=3
}

atf_test_case store_types
store_types_head()
{
	atf_set descr "store cannot say what net, verify and control may"
}
store_types_body()
{
	other_hands store
	others IPC_OPEN IPC_CLOSED IPC_STOPPED IPC_SIGN IPC_LOOKUP IPC_PROVE \
	    IPC_ROTATE \
	    IPC_ENDED IPC_EVENT IPC_CTL IPC_CTL_GONE IPC_MONITOR
	stops 'a type nobody knows' 'an unknown message' \
	    send:UNKNOWN
	stops 'registry rows while it runs' 'registry rows out of turn' \
	    send:IPC_ROWS
}

atf_test_case store_answers
store_answers_head()
{
	atf_set descr "store cannot answer what nobody asked"
}
store_answers_body()
{
	other_hands store
	sizes IPC_RELEASED IPC_ROWS_RESULT IPC_DEVICE_STATS_REPLY
	stops 'a lease nobody asked for' 'a lease nobody asked for' \
	    send:IPC_LEASED::conn=last,device=1
	stops 'a lease of no device' 'a lease nobody asked for' \
	    send:IPC_LEASED::conn=last,device=99
	stops 'a lease for another connection' 'a lease nobody asked for' \
	    set:IPC_LEASED::conn=new
	stops 'a lease answered twice' 'a lease nobody asked for' \
	    dup:IPC_LEASED
	stops 'the end of a lease before it began' 'the end of no lease' \
	    as:IPC_LEASED:IPC_RELEASED:device=2
	stops 'a last id that cannot be' 'a last id that cannot be' \
	    set:IPC_LEASED::lastid=0x8000000000000000
	stops 'a model of a wrong size' 'a model of a wrong size' \
	    set:IPC_LEASED::modellen=1
	stops 'the end of a lease twice' 'the end of no lease' \
	    dup:IPC_RELEASED
	stops 'a rest that cannot be' 'a rest that cannot be' \
	    set:IPC_RELEASED::rested=0xffffffffffffffff
	stops 'the end of a lease nobody has' 'the end of no lease' \
	    send:IPC_RELEASED::conn=last,device=1
	stops 'a change nobody asked for' 'an answer to nothing' \
	    send:IPC_ROWS_RESULT::job=1
	stops 'figures of no device' 'figures of no device' \
	    send:IPC_DEVICE_STATS_REPLY::device=99
	stops_at verify 'a decision of a wrong size' \
	    'a message of a wrong size' set:SV_DECIDED::nrefused=3
	stops_at verify 'a decision that is too short' \
	    'a message that is too short' size:SV_DECIDED:4
	stops_at verify 'a reading from the store' 'an unknown message' \
	    send:VS_READING
}

# broken label rule ...: what the store offers of the log of readings is not
# signed, and asmpd says so and goes on.
broken()
{
	_label=$1
	shift
	acts "$@"
	served DEV1
	logged '^hijack: set IPC_TREE'
	logged 'parent: log of readings: .*; it is signed no more$'
	verdict "${_label}" 'signed no more' "$(sed -n \
	    's/.*log of readings: .*; it is //p' asmpd.log)"
	acted
	daemon_stop
}

atf_test_case store_logs
store_logs_head()
{
	atf_set descr "store cannot have a log signed that does not go on"
	atf_set require.progs sqlite3
}
store_logs_body()
{
	other_hands store
	sizes IPC_AUDITED
	for n in 0 1 0xffffffff 0xffffffffffffffff; do
		stops "${n} audit records on the disk" \
		    'audit records nobody made' send:IPC_AUDITED::size=${n}
	done
	stops 'audit records on the disk twice' 'audit records nobody made' \
	    dup:IPC_AUDITED
	stops 'an audit log while it runs' 'a log nobody asked for' \
	    send:IPC_LOG
	stops 'a log that is too short' 'a message that is too short' \
	    send:IPC_LOG:8
	stops 'a log with hashes that are missing' 'leaves of a wrong size' \
	    send:IPC_LOG::n=1
	stops 'a proof with hashes that are missing' \
	    'a proof of a wrong size' send:IPC_TREE::n=1
	stops 'a proof that is too long' 'a proof of a wrong size' \
	    send:IPC_TREE::n=0xffffffff
	stops 'a log that cannot be so long' 'a log longer than any' \
	    send:IPC_TREE::size=0x8000000000000000
	broken 'another root' set:IPC_TREE::root=x$(printf '%064d' 0)
	broken 'a log of no seals' set:IPC_TREE::size=0
	broken 'a log of fewer seals' set:IPC_TREE::size=1
	broken 'a log of more seals' set:IPC_TREE::size=99999
	broken 'a proof from the beginning' set:IPC_TREE::from=0
	broken 'a proof from elsewhere' set:IPC_TREE::from=1
}

# begins label what rule ...: an attempt while it starts, which ends it.
begins()
{
	_label=$1
	_what=$2
	shift 2
	rules "$@"
	atf_check -s exit:1 -o ignore -e save:asmpd.log timeout -k 3 30 \
	    ${ASMPD} -d -f asmpd.conf
	logged '^hijack: '
	_seen=$(sed -n 's/.*fatal in parent: intrusion: //p' asmpd.log |
	    sed 's/ (type .*//')
	verdict "${_label}" "store sent ${_what}" "${_seen}"
}

# begun label says rule ...: it starts all the same, and says this.
begun()
{
	_label=$1
	_says=$2
	shift 2
	rules "$@"
	daemon_start -v
	client send ${port}
	acted
	verdict "${_label}" "${_says}" "$(sed -n \
	    's/.*parent: audit log: //p' asmpd.log | sed 's/[0-9][0-9]*/N/g')"
	daemon_stop
}

atf_test_case store_begins
store_begins_head()
{
	atf_set descr "store cannot begin with another audit log unnoticed"
}
store_begins_body()
{
	other_hands store
	begins 'an audit log twice' 'a log nobody asked for' '!dup:IPC_LOG'
	begins 'an audit log from elsewhere' 'a log nobody asked for' \
	    '!set:IPC_LOG::from=1'
	begins 'another log' 'a log nobody asked for' '!set:IPC_LOG::log=1'
	begins 'an audit log instead of the registry' \
	    'a log nobody asked for' '!as:IPC_ROWS:IPC_LOG:from=0'
	begins 'registry rows after the last' 'registry rows out of turn' \
	    '!as:IPC_LOG:IPC_ROWS:number=9'
	begins 'an audit log without its hashes' 'leaves of a wrong size' \
	    '!set:IPC_LOG::n=1024'
	begun 'an audit log of no records' \
	    'N records where N were signed: its end was cut off; asmpctl audit verify says more' \
	    '!set:IPC_LOG::size=0'
	begun 'an audit log of another root' \
	    'its first N records are not those that were signed; asmpctl audit verify says more' \
	    '!set:IPC_LOG::root=x00'
}

atf_test_case verify_refuses
verify_refuses_head()
{
	atf_set descr "verify refuses each connection once, and none that is not"
	atf_set require.progs sqlite3
}
verify_refuses_body()
{
	other_hands verify
	sizes IPC_REFUSED
	stops 'a detail without end' 'a detail without end' \
	    "send:IPC_BLOCKED::conn=last,device=2,detail=x$(printf '41%.0s' \
	    $(seq 256))"
	acts "send:IPC_BLOCKED::conn=last,device=2,detail=x$(printf '01%.0s' \
	    $(seq 255))"
	acted
	wait_for ${SOON} in_log READING_BLOCKED
	verdict 'a detail of what grows when it is written' 1 \
	    $(in_log READING_BLOCKED && echo 1)
	daemon_stop
	stops 'a refusal of a connection that cannot be' \
	    'a connection that cannot be' send:IPC_REFUSED::conn=none
	stops 'a refusal of one that net has not opened' \
	    'a request out of turn' send:IPC_REFUSED::conn=new
	stops 'a refusal before anybody was claimed' 'a request out of turn' \
	    as:IPC_SIGN:IPC_REFUSED
	acts dup:IPC_REFUSED
	cp VICTIM.key DEV1.key
	stir_for dup:IPC_REFUSED
	ends 'a refusal twice' parent 'a request out of turn'
}

atf_test_case verify_floods
verify_floods_head()
{
	atf_set descr "verify leaves room in the audit log to operators"
	atf_set require.progs sqlite3
}
verify_floods_body()
{
	other_hands verify
	acts many:IPC_BLOCKED:30000:conn=last,device=2
	for n in 1 2 3 4 5 6; do
		atf_check -o ignore ${ctl} device disable VICTIM
		atf_check -o ignore ${ctl} device enable VICTIM
	done
	atf_check -o ignore ${ctl} device revoke VICTIM
	served DEV1
	_seconds=$(($(date +%s) - $(stat -c %Y hijack.pid) + 1))
	daemon_stop
	for _what in 'OPERATOR:able VICTIM:12' 'OPERATOR:revoke VICTIM:1' \
	    KEY_DISABLED::6 KEY_ENABLED::6 KEY_REVOKED::1; do
		verdict "records of ${_what%:*}" ${_what##*:} \
		    "$(records ${_what%:*})"
	done
	_own=$(records 'READING_BLOCKED:reason')
	[ ${_own} -le $((_seconds * 50)) ] || atf_fail "${_own} records"
	verdict 'what has no record of its own' $((30000 - _own)) \
	    "$(counted READING_BLOCKED)"
}

# records type:message: how many such are in the log.
records()
{
	sqlite3 -readonly db/asmpd.db "SELECT count(*) FROM audit WHERE
	    data ->> 'event_type' = '${1%%:*}' AND
	    data ->> 'message' LIKE '%${1#*:}%'"
}

# counted type: how many more they say there were.
counted()
{
	sqlite3 -readonly db/asmpd.db "SELECT sum(CAST(data ->> 'message' AS
	    INTEGER)) FROM audit WHERE data ->> 'event_type' = '$1' AND
	    data ->> 'message' LIKE '% more within %'"
}

atf_test_case store_withholds
store_withholds_head()
{
	atf_set descr "store cannot keep to itself that it has written records"
	atf_set require.progs sqlite3
}
store_withholds_body()
{
	other_hands store
	acts mute:IPC_AUDITED
	timeout 20 ${ctl} device disable VICTIM > stir.out 2>&1
	ends 'a change, its records withheld' parent 'a change without its records'
	acts mute:IPC_AUDITED
	served DEV1
	_late='[0-9]+ audit records were made and are not written, the first for 5 seconds; nothing of them is signed'
	logged "parent: store: ${_late}\$"
	atf_check -o match:'^audit log  *[0-9]+ records were made and are not written$' \
	    -o match:'^store  *working$' ${ctl} show
	atf_check -s exit:2 -o ignore -e match:'^asmpctl: audit verify: [0-9]+ records, as they were signed(; [0-9]+ more are not signed yet)?, but [0-9]+ more were made and are not written$' \
	    ${ctl} audit verify
	count 1 "parent: store: ${_late}\$"
	daemon_stop
	_signed=$(sqlite3 db/asmpd.db 'SELECT max(size) FROM checkpoint WHERE
	    log = 0')
	atf_check sqlite3 db/asmpd.db "DELETE FROM audit WHERE seq >= ${_signed}"
	rules
	daemon_start -v
	client send ${port}
	logged "parent: audit log: [0-9]+ records were made and never written, from ${_signed} on\$"
	atf_check -o match:"EVENTS_LOST .* [0-9]+ records: made and never written, from ${_signed} on" \
	    ${ctl} audit show
	atf_check -o ignore ${ctl} audit verify
	verdict 'records that are withheld, and deleted' 0 \
	    $(grep -c LOG_DAMAGED asmpd.log)
	served DEV1
	daemon_stop
}

# in_log type: the audit log has one such record, and each is JSON.
in_log()
{
	sqlite3 -readonly -cmd '.timeout 5000' db/asmpd.db "SELECT
	    sum(data ->> 'event_type' = '$1') || ' ' || min(json_valid(data))
	    FROM audit" > in_log.out
	grep -qx '1 1' in_log.out
}

atf_test_case store_operators
store_operators_head()
{
	atf_set descr "store cannot answer an operator who asked others"
}
store_operators_body()
{
	other_hands store
	# Whichever number control has given to who watches.
	rules $(seq -f 'send:IPC_DEVICE_STATS_REPLY::client=%.0f,device=1' 10)
	daemon_start -v
	client send ${port}
	${ctl} monitor > monitor.out 2>&1 &
	monitor_pid=$!
	wait_for ${SOON} watched || atf_fail "nothing to watch"
	kill -USR1 $(cat hijack.pid)
	wait_for ${SOON} at_least 10 '^hijack: send IPC_DEVICE_STATS_REPLY ' ||
	    atf_fail "the store has not answered"
	: > monitor.out
	wait_for ${SOON} watched || {
		cat monitor.out >&2
		atf_fail "the store has answered who watches"
	}
	verdict 'an answer to who asked others' nothing nothing
	kill ${monitor_pid}
	acted
	daemon_stop
}

# Who watches hears of a session.
watched()
{
	./send DEV1 '{"n":"watched"}' && grep -q ' up .* DEV1 ' monitor.out
}

# changed label field value: a row that the store has changed at the start.
changed()
{
	rules "!set:IPC_ROWS::$2=$3"
	atf_check -s exit:1 -o ignore -e save:asmpd.log timeout -k 3 30 \
	    ${ASMPD} -d -f asmpd.conf
	logged '^hijack: set IPC_ROWS'
	_seen=$(sed -n 's/.*fatal in parent: \(registry row\) [0-9]* /\1 /p' \
	    asmpd.log | sed 's/:.*//')
	verdict "$1" "registry row was not made with this gateway's seal" \
	    "${_seen}"
}

atf_test_case store_rows
store_rows_head()
{
	atf_set descr "store cannot enrol, change or revive a device"
	atf_set require.progs openssl
}
store_rows_body()
{
	other_hands store
	daemon_start -v
	atf_check -o ignore ${ctl} device revoke VICTIM
	daemon_stop
	changed 'a revoked device made active' state 1
	changed 'the key of another' key x$(public_key DEV1)
	changed 'another name' id "'OTHER"
	changed 'another number' number 7
	changed 'more rights' role 3
	changed 'more profiles' profiles 255
	changed 'another kind' kind 2
	changed 'no code at all' mac x$(printf '%064d' 0)
	# As it was, it is taken.
	rules
	daemon_start -v
	served DEV1
	daemon_stop
}

atf_test_case store_lies
store_lies_head()
{
	atf_set descr "what store says was not written, and keeps, undoes nothing"
	atf_set require.progs sqlite3
}
store_lies_body()
{
	other_hands store
	cp db/asmpd.db old.db
	rules set:IPC_ROWS_RESULT::failed=1
	daemon_start -v
	kill -USR1 $(cat hijack.pid)
	atf_check -s exit:2 -e match:'not stored' ${ctl} device expire DEV1 never
	atf_check -o ignore ${ctl} device revoke VICTIM
	daemon_stop
	# One row is a version ahead, and another a version behind.
	atf_check sqlite3 db/asmpd.db "ATTACH 'old.db' AS old;
	    DELETE FROM device WHERE id = 'VICTIM';
	    INSERT INTO device SELECT * FROM old.device WHERE id = 'VICTIM'"
	rules
	atf_check -s exit:1 -o ignore -e save:asmpd.log timeout -k 3 30 \
	    ${ASMPD} -d -f asmpd.conf
	logged 'parent: registry: rows are missing or are not the last ones'
}

atf_test_case store_waits
store_waits_head()
{
	atf_set descr "a store that does not answer a change lets nobody in"
}
store_waits_body()
{
	other_hands store
	rules drop:IPC_ROWS_RESULT
	daemon_start -v
	kill -USR1 $(cat hijack.pid)
	${ctl} device expire DEV1 never > expire.out 2>&1 &
	expire_pid=$!
	logged '^hijack: drop'
	${ctl} device revoke VICTIM > revoke.out 2>&1 &
	revoke_pid=$!
	logged 'operator uid 0: device revoke VICTIM'
	atf_check -s exit:4 -e match:'disabled' ./send VICTIM '{"n":"1"}'
	atf_check -o match:'^ +1 +disabled .* VICTIM$' ${ctl} show devices
	wait ${expire_pid}
	atf_check_equal 2 $?
	wait ${revoke_pid}
	atf_check_equal 2 $?
	atf_check -o match:'the store has not answered for 10 seconds' \
	    cat expire.out revoke.out
	count 1 'store: has not answered a change of the registry for 10 seconds'
	served DEV1
	daemon_stop
}

atf_test_case store_learns
store_learns_head()
{
	atf_set descr "nothing store is told is a long-term secret"
	atf_set require.progs openssl
}
store_learns_body()
{
	other_hands store
	rules
	daemon_start -v
	client send ${port}
	device_enrol DEV2
	of_every_kind
	all_served
	daemon_stop
	no_secret 9
	atf_check -o ignore grep "$(public_key DEV2)" all.hex
	verdict 'all that the store is told' nothing nothing
}

atf_test_case control_types
control_types_head()
{
	atf_set descr "control cannot say what net, verify and store may"
}
control_types_body()
{
	other_hands control
	others IPC_OPEN IPC_CLOSED IPC_STOPPED IPC_SIGN IPC_LOOKUP IPC_PROVE \
	    IPC_ROTATE \
	    IPC_ENDED IPC_EVENT IPC_ROWS IPC_ROWS_RESULT IPC_LEASED \
	    IPC_RELEASED IPC_DEVICE_STATS_REPLY
	stops 'a type nobody knows' 'an unknown message' \
	    send:UNKNOWN
	stops 'a question to the store' 'an unknown message' \
	    send:IPC_QUERY
	sizes IPC_CTL_GONE IPC_MONITOR
	stops 'a request that is too short' 'a message that is too short' \
	    send:IPC_CTL:8
	stops 'an answer of its own' 'an answer of a wrong size' \
	    send:IPC_REPLY
}

# requests: the number of what asmpctl may ask, CTL_NONE included.
requests()
{
	awk '/^enum ctl_type/ { on = 1 }
	    /CTL_REQUESTS/ { print n; exit }
	    on && /^\tCTL_/ { n++ }' ${TOPDIR}/asmpd/ctl.h
}

atf_test_case control_requests
control_requests_head()
{
	atf_set descr "control can ask what asmpctl can and no more"
}
control_requests_body()
{
	other_hands control
	acts set:IPC_CTL::type=9999
	atf_check -s exit:2 -o ignore -e match:'does not know this request' \
	    ${ctl} show device DEV1
	verdict 'a request that does not exist' unknown unknown
	acted
	daemon_stop
	acts set:IPC_CTL::type=$(requests)
	atf_check -s exit:2 -o ignore -e match:'does not know this request' \
	    ${ctl} show device DEV1
	verdict 'a request one above the last' unknown unknown
	acted
	daemon_stop
	acts size:IPC_CTL:+1
	atf_check -s exit:2 -o ignore -e match:'wrong size' \
	    ${ctl} show device DEV1
	verdict 'a request of a wrong size' invalid invalid
	acted
	daemon_stop
}

atf_test_case control_learns
control_learns_head()
{
	atf_set descr "nothing control is told is a long-term secret"
	atf_set require.progs openssl
}
control_learns_body()
{
	other_hands control
	rules
	daemon_start -v
	of_every_kind
	daemon_stop
	# From here on: a pre-shared key passes it when it is enrolled.
	daemon_start -v
	client send ${port}
	all_served
	for c in 'show device DEV1' 'show devices' 'show sessions' \
	    'show memory' 'show sandbox' 'show processes' 'show device P1' \
	    'device export'; do
		atf_check -o ignore -e ignore ${ctl} ${c}
	done
	daemon_stop
	no_secret 9
	atf_check -o ignore grep "$(public_key DEV1)" all.hex
	verdict 'all that control is told' nothing nothing
}

# early process type
early()
{
	other_hands $1
	rules "!send:$2"
	atf_check -s exit:1 -o ignore -e save:asmpd.log timeout -k 3 30 \
	    ${ASMPD} -d -f asmpd.conf
	_seen=$(sed -n 's/.*fatal in parent: intrusion: //p' asmpd.log |
	    sed 's/ (type .*//')
	verdict "$2 before all are ready" "$1 sent a message before its time" \
	    "${_seen}"
}

for early in net:IPC_OPEN verify:IPC_SIGN store:IPC_LEASED control:IPC_CTL; do
	atf_test_case ${early%:*}_early
	eval "${early%:*}_early_head()
	{
		atf_set descr 'nothing is asked before all are ready'
	}
	${early%:*}_early_body()
	{
		early ${early%:*} ${early#*:}
	}"
done

atf_init_test_cases()
{
	for p in net verify store control; do
		atf_add_test_case ${p}_types
		atf_add_test_case ${p}_early
	done
	atf_add_test_case unasked
	atf_add_test_case net_turns
	atf_add_test_case net_frames
	atf_add_test_case net_misroutes
	atf_add_test_case net_sees
	atf_add_test_case verify_sizes
	atf_add_test_case verify_replies
	atf_add_test_case verify_neighbour
	atf_add_test_case verify_seals
	atf_add_test_case verify_shares
	atf_add_test_case verify_members
	atf_add_test_case verify_turns
	atf_add_test_case verify_signatures
	atf_add_test_case verify_rotates
	atf_add_test_case verify_proofs
	atf_add_test_case verify_refuses
	atf_add_test_case verify_floods
	atf_add_test_case verify_mints
	atf_add_test_case verify_learns
	atf_add_test_case verify_readings
	atf_add_test_case verify_blames
	atf_add_test_case verify_late
	atf_add_test_case verify_net
	atf_add_test_case store_answers
	atf_add_test_case store_logs
	atf_add_test_case store_begins
	atf_add_test_case store_withholds
	atf_add_test_case store_operators
	atf_add_test_case store_rows
	atf_add_test_case store_lies
	atf_add_test_case store_waits
	atf_add_test_case store_learns
	atf_add_test_case control_requests
	atf_add_test_case control_learns
}
