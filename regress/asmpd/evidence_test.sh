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

# What is kept in great numbers: shown, filtered, taken away.
# What strangers believe: evidence of a reading, and the audit log with what
# was signed of it.

. $(atf_get_srcdir)/common.sh

SIGNED_BY_NOBODY='no signature covers it: only in profiles hybrid and asmp devices sign their readings'
NO_READING='there is no such reading: none came with this id, or retention has removed it'
RESTRICTED='the restricted socket only shows what .*; use the control socket'

# The verifier that was written from asmp(7), where its library is; that it is
# not is said by the case by_strangers.
stranger()
{
	PYTHON=${ASMP_PYTHON:-python3}
	stranger=
	! ${PYTHON} -c 'import cryptography' 2> /dev/null ||
	    stranger="${PYTHON} -B $(atf_get_srcdir)/../man/evidence.py"
}

# believed file id number reading: whoever has the keys finds this in it.
believed()
{
	atf_check -o save:said ${KEYGEN} verify -d $2.pub -g GW.vkey $1
	atf_check -o match:"^device +$2 " -o match:"^message id +$3$" \
	    -o match:'^log +GW/readings index ' cat said
	atf_check -o inline:"reading     $4\n" grep '^reading ' said
	[ -z "${stranger}" ] || {
		atf_check -o save:said ${stranger} $1 $2.pub GW.vkey
		atf_check -o inline:"$3 $4\n" \
		    sed 's/^\([0-9]*\) [0-9]* /\1 /' said
	}
}

# proves id number reading: there is evidence of it, in the file ev.
proves()
{
	rm -f ev
	atf_check ${ctl} evidence $1 $2 ev
	believed ev "$@"
}

evidence_asked()
{
	${ctl} audit show | grep -q "OPERATOR .* export evidence $1"
}

# proves_not why argument ...
proves_not()
{
	_why=$1
	shift
	atf_check -s exit:2 -e inline:"asmpctl: evidence $1 $2: ${_why}\n" \
	    ${ctl} evidence "$@"
	atf_check -s exit:2 -e inline:"asmpctl: evidence $1 $2: ${_why}\n" \
	    ${ctl} evidence "$@" none
	atf_check test ! -e none
}

# kill_all: as when the power goes.
kill_all()
{
	_all=$(pids)
	kill -KILL ${_all}
	wait_for ${SOON} none_alive ${_all} || atf_fail "a process was left"
	wait ${daemon_pid}
}

# letters n: so many of four, which are compressed to hardly a quarter.
letters()
{
	LC_ALL=C tr -dc abcd < /dev/urandom | head -c $1
}

atf_test_case signed
signed_head()
{
	atf_set descr "of a reading in each profile that signs, by each key"
}
signed_body()
{
	stranger
	gateway
	long=$(printf '{"s":"%0500d"}' 0)
	longest="{\"s\":\"$(letters 16300)\"}"
	echo "${longest}" > longest
	for t in ed25519 p256 p384; do
		device_enrol ${t} -t ${t}
		atf_check ./send ${t} -P hybrid '{"n":"1"}'
		proves ${t} 1 '{"n":"1"}'
		atf_check ./send ${t} -P asmp '{"n":"2"}'
		proves ${t} 2 '{"n":"2"}'
		atf_check -s exit:1 grep '^expanded ' ev
		atf_check ./send ${t} -P hybrid -z "${long}"
		proves ${t} 3 "${long}"
		atf_check -o ignore grep '^expanded ' ev
		atf_check ./send ${t} -P asmp -z < longest
		proves ${t} 4 "${longest}"
		atf_check -o ignore grep '^expanded ' ev
		atf_check ./send ${t} < longest
		proves ${t} 5 "${longest}"
	done
	# To standard output the same, and no file is written over.
	atf_check -o file:ev ${ctl} evidence p384 5
	atf_check -s exit:1 -e inline:'asmpctl: ev: exists already; choose '\
'another name or move it away\n' ${ctl} evidence p384 5 ev
	[ ! -c /dev/full ] || atf_check -s exit:1 \
	    -e inline:'asmpctl: stdout: No space left on device\n' \
	    sh -c "${ctl} evidence p384 5 > /dev/full"
	daemon_stop
}

atf_test_case by_strangers
by_strangers_head()
{
	atf_set descr "who has read no more than asmp(7) believes the same"
}
by_strangers_body()
{
	stranger
	[ -n "${stranger}" ] ||
	    atf_skip "no cryptography for python3; run scripts/deps.sh"
	gateway
	for t in ed25519 p256 p384; do
		device_enrol ${t} -t ${t}
		atf_check ./send ${t} '{"n":"1"}'
		proves ${t} 1 '{"n":"1"}'
	done
	daemon_stop
}

# Who has another client sends more than asmp does.
atf_test_case longest
longest_head()
{
	atf_set descr "of a reading as long as can be, compressed"
	atf_set require.progs python3
}
longest_body()
{
	stranger
	gateway
	device_enrol DEV
	# Four letters in random order are hardly a quarter, blanks nothing.
	python3 -c 'import random, struct, zlib
text = "{%6000s\"s\":\"%s\"}" % ("", "".join(random.choices("abcd", k=53500)))
z = zlib.compressobj(6, zlib.DEFLATED, -15)
print(text)
open("hex", "w").write((z.compress(struct.pack(">QQ", 1, 0) +
    text.encode()) + z.flush()).hex())' > reading
	{ echo open; echo "plain 3 $(cat hex)"; echo expect acked 1
	  echo quit; } > in
	atf_check -o ignore ./say DEV.key -i DEV -P asmp -c < in
	atf_check ${ctl} evidence DEV 1 ev
	atf_check -o ignore grep '^expanded ' ev
	atf_check -o save:said ${KEYGEN} verify -d DEV.pub -g GW.vkey ev
	atf_check -o file:reading sed -n 's/^reading     //p' said
	# Who takes it to strangers is written down.
	wait_for ${SOON} evidence_asked DEV || atf_fail "no record of it"
	[ -z "${stranger}" ] || {
		atf_check -o save:said ${stranger} ev DEV.pub GW.vkey
		atf_check -o file:reading sed 's/^1 0 //' said
	}
	daemon_stop
}

atf_test_case within
within_head()
{
	atf_set descr "of one among 64 of a seal"
}
within_body()
{
	stranger
	gateway
	for p in hybrid asmp; do
		for z in '' -c; do
			id=DEV${p}${z}
			device_enrol ${id}
			{ echo open; echo hold
			  seq 64 | sed 's/.*/reading {"n":"&","z":"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}/'
			  echo go; echo expect acked 64; echo quit; } > in
			atf_check -o ignore ./say ${id}.key -i ${id} \
			    -P ${p} ${z} < in
			for n in 1 2 33 64; do
				proves ${id} ${n} "{\"n\":\"${n}\",\"z\":\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"}"
				atf_check -o inline:'63\n' grep -c '^leaf ' ev
				atf_check -o inline:"place $((n - 1))\n" \
				    grep '^place ' ev
				atf_check -s exit:$([ -n "${z}" ]; echo $?) \
				    -o ignore grep '^expanded ' ev
			done
		done
	done
	daemon_stop
}

atf_test_case blocked
blocked_head()
{
	atf_set descr "of a reading that was blocked, which is said"
}
blocked_body()
{
	stranger
	gateway 'reading require "n"'
	device_enrol DEV
	atf_check -s exit:5 -e ignore ./send DEV '{"m":1}'
	# asmp has not been told yet when the reading is stored.
	wait_for ${SOON} ${ctl} evidence DEV 1 || atf_fail "no evidence"
	atf_check -e inline:'asmpctl: the gateway blocked this reading: field\n' \
	    ${ctl} evidence DEV 1 ev
	believed ev DEV 1 '{"m":1}'
	atf_check ./send DEV '{"n":"2"}'
	proves DEV 2 '{"n":"2"}'
	daemon_stop
}

atf_test_case later
later_head()
{
	atf_set descr "after a restart, and after kill -9"
}
later_body()
{
	stranger
	gateway
	device_enrol DEV
	atf_check ./send DEV '{"n":"1"}' '{"n":"2"}'
	proves DEV 1 '{"n":"1"}'
	mv ev first
	daemon_stop
	daemon_start -v
	client send ${port}
	proves DEV 1 '{"n":"1"}'
	proves DEV 2 '{"n":"2"}'
	atf_check ./send DEV '{"n":"3"}'
	kill_all
	daemon_start -v
	client send ${port}
	for n in 1 2 3; do
		proves DEV ${n} "{\"n\":\"${n}\"}"
	done
	atf_check ./send DEV '{"n":"4"}'
	proves DEV 4 '{"n":"4"}'
	believed first DEV 1 '{"n":"1"}'
	count 0 'not those that were signed'
	audit_whole
	daemon_stop
}

atf_test_case damaged
damaged_head()
{
	atf_set descr "what somebody did to the readings is not handed on as evidence"
	atf_set require.progs sqlite3
}
damaged_body()
{
	gateway
	device_enrol DEV
	for n in 1 2 3; do
		atf_check ./send DEV "{\"n\":\"${n}\"}"
	done
	while read -r number why what; do
		atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db "${what}"
		atf_check -s exit:2 -o empty -e save:err \
		    ${ctl} evidence DEV ${number}
		atf_check -o ignore grep -E \
		    "^asmpctl: evidence DEV ${number}: $(echo "${why}" | tr _ ' ')$" err
	done <<-'EOF'
		1 .*_not_what_the_device_signed;_it_was_changed_since:_the_record_is_not_one_that_the_seal_covers UPDATE reading SET data = '{"n":"7"}' WHERE id = 1
		2 the_reading_is_damaged:_.* UPDATE reading SET place = 2 WHERE id = 2
		2 no_signature_covers_it:_.* UPDATE reading SET place = 0 WHERE id = 2
		3 seal_2_is_missing_or_damaged DELETE FROM seal WHERE seq = 2
		3 there_is_no_such_reading:_.* DELETE FROM reading WHERE id = 3
	EOF
	daemon_stop
}

# session: of DEV, which says what is in standard input.
session()
{
	{ echo open; cat; echo quit; } > in
	atf_check -o ignore ./say DEV.key -i DEV -P asmp < in
}

# seals first last: as many readings, each in a seal of its own.
seals()
{
	{ seq $1 $2 | sed 's/.*/reading {"n":"&"}/'
	  echo "expect acked $2"; } | session
}

# What cannot be read is not what somebody has changed.
atf_test_case unread
unread_head()
{
	atf_set descr "a log that cannot be read for a while is not taken for a forged one"
	atf_set require.progs "jq sqlite3"
}
unread_body()
{
	stranger
	gateway
	device_enrol DEV
	seals 1 250
	proves DEV 250 '{"n":"250"}'
	# The proof from there to what comes needs hashes that are away.
	atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db \
	    'CREATE TABLE away AS SELECT * FROM tile;
	    CREATE TRIGGER goes AFTER INSERT ON tile BEGIN
	    INSERT INTO away VALUES (NEW.id, NEW.data);
	    DELETE FROM tile WHERE id = NEW.id; END'
	seals 251 260
	proves_not 'the log of readings cannot be read: hashes of a log are missing (level 0, tile 0)' \
	    DEV 1
	atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db \
	    'DROP TRIGGER goes; INSERT INTO tile SELECT * FROM away;
	    DROP TABLE away'
	logged 'store: log of readings: can be signed again$'
	count 1 'store: log of readings: hashes of a log are missing .*; it is signed later$'
	proves DEV 1 '{"n":"1"}'
	proves DEV 260 '{"n":"260"}'
	count 0 'not those that were signed'
	shows '[]' .audit_logs type LOG_DAMAGED
	daemon_stop
}

# tile: the first one of the log of readings.
tile()
{
	sqlite3 db/asmpd.db 'SELECT hex(data) FROM tile WHERE id = 1 << 56'
}

# Who has cut it off can still put back what is missing.
atf_test_case cut
cut_head()
{
	atf_set descr "hashes that are left of a log that was cut off are kept"
	atf_set require.progs "jq sqlite3"
}
cut_body()
{
	stranger
	gateway
	device_enrol DEV
	seals 1 256
	proves DEV 256 '{"n":"256"}'
	daemon_stop
	tile > whole
	atf_check test -s whole
	# Of 256 all hashes are there, and are not enough.
	for n in 256 300; do
		atf_check sqlite3 db/asmpd.db 'CREATE TABLE away AS SELECT *
		    FROM seal WHERE seq >= 250; DELETE FROM seal WHERE
		    seq >= 250'
		daemon_start -v
		logged "parent: log of readings: 250 seals where ${n} were signed: its end was cut off; it is signed no more"
		proves_not 'the log of readings is not the one that was signed' \
		    DEV 1
		daemon_stop
		tile > now
		atf_check cmp whole now
		atf_check sqlite3 db/asmpd.db \
		    'INSERT INTO seal SELECT * FROM away; DROP TABLE away'
		daemon_start -v
		client send ${port}
		for id in 1 255 256 ${n}; do
			proves DEV ${id} "{\"n\":\"${id}\"}"
		done
		count 0 'log of readings'
		[ ${n} -eq 300 ] || seals 257 300
		proves DEV 1 '{"n":"1"}'
		daemon_stop
	done
}

# anchored n: as if so many seals had been signed, where one has been: its
# hash is the root, behind the size.
anchored()
{
	${ASMP_PYTHON:-python3} - $1 $(sqlite3 db/asmpd.db \
	    'SELECT hex(leaf) FROM seal') <<-'EOF2' || atf_fail "no such anchor"
		import hashlib, struct, sys
		size, root = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
		file = open('asmpd.anchor', 'r+b')

		def digest(place, n):
		    return hashlib.sha256(place[:n]).digest()

		found = 0
		for begin in (0, 8192):
		    file.seek(begin)
		    place = bytearray(file.read(4096))
		    if (at := place.find(root) - 8) < 0:
		        continue
		    n = next(n for n in range(at, len(place)) if
		        digest(place, n) == place[n:n + 32])
		    place[at:at + 8] = struct.pack('=Q', size)
		    file.seek(begin)
		    file.write(place[:n] + digest(place, n))
		    found += 1
		sys.exit(found == 0)
	EOF2
}

atf_test_case absurd
absurd_head()
{
	atf_set descr "a log that was never so long is not made so long"
	atf_set require.progs "python3 sqlite3"
}
absurd_body()
{
	gateway
	device_enrol DEV
	atf_check ./send DEV '{"n":"1"}'
	proves DEV 1 '{"n":"1"}'
	daemon_stop
	for n in 1099511627776 18446744073709551615 2000000; do
		anchored ${n}
		refused "fatal in store: log of readings: 1 entries where ${n} were signed: this is not the database that the anchor knows\$" -v
	done
	# But for what can have been cut off.
	anchored 1000
	daemon_start -v
	logged 'parent: log of readings: 1 seals where 1000 were signed: '
	daemon_stop
}

# refuses why file [device key [gateway key]]
refuses()
{
	atf_check -s exit:1 -e match:"^asmp-keygen: ($1)" ${KEYGEN} verify \
	    -d ${3:-DEV.pub} -g ${4:-GW.vkey} $2
	[ -z "${stranger}" ] || atf_check -s exit:1 -e match:'^evidence.py: ' \
	    ${stranger} $2 ${3:-DEV.pub} ${4:-GW.vkey}
}

atf_test_case changed
changed_head()
{
	atf_set descr "evidence that was changed, or is of others, is none"
	atf_set timeout 600
}
changed_body()
{
	stranger
	gateway
	device_enrol DEV
	device_enrol DEV2
	atf_check ./send DEV '{"n":"1"}'
	atf_check ./send DEV2 '{"n":"1"}'
	atf_check ./send DEV '{"n":"2"}'
	proves DEV 2 '{"n":"2"}'
	daemon_stop
	refuses "ev: it is signed by another key than the device's$" \
	    ev DEV2.pub
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW
	refuses "ev: the checkpoint is signed by another key than the gateway's$" \
	    ev DEV.pub other/GW.vkey
	atf_check -o ignore ${KEYGEN} -G GW2
	refuses 'GW2.vkey: has no key of GW/readings$' ev DEV.pub GW2.vkey
	size=$(stat -c %s ev)
	for at in $(seq 0 37 ${size}); do
		[ ${at} -lt ${size} ] || break
		change ${at}
		refuses 'new: |GW.vkey: has no key of ' new
	done
	# The last byte, and of each line the first and the last one.
	for at in $((size - 1)) $(awk '{ if (length() > 0) print n,
	    n + length() - 1; n += length() + 1 }' ev); do
		change ${at}
		refuses 'new: |GW.vkey: has no key of ' new
	done
}

# change at: one byte of ev is another one, in the file new.
change()
{
	{ head -c $1 ev
	  tail -c +$(($1 + 1)) ev | head -c 1 | LC_ALL=C tr '\000-\377' \
	      '\001-\377\000'
	  tail -c +$(($1 + 2)) ev; } > new
	atf_check -s exit:1 cmp -s ev new
	atf_check_equal $(stat -c %s ev) $(stat -c %s new)
}

atf_test_case unsigned
unsigned_head()
{
	atf_set descr "there is none of what nobody signed, or nobody sent"
}
unsigned_body()
{
	atf_check -o ignore ${KEYGEN} -t issuer front
	gateway "issuer \"$(pwd -P)/front.issuer\"" \
	    'group "ward" { member { 1 2 } }'
	device_enrol DEV
	for id in 1 2; do
		atf_check -o ignore ${KEYGEN} -t psk ${id}
		enrol ${id}.psk
		stays $((id + 3)) ${id}.psk
		tell $((id + 3)) open "value ${id}"
	done
	for id in 1 2; do
		hears $((id + 3)) '^result complete 3$'
		leaves $((id + 3))
	done
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	atf_check -o ignore ${KEYGEN} -T -a GW -k front.issuer CLERK
	enrol CLERK.token
	for key in KEM.kem CLERK.token; do
		atf_check -o ignore ./say ${key} open 'reading {"n":"1"}' \
		    'expect acked 1'
	done
	for id in 1 KEM CLERK; do
		number=$(${ctl} -j show readings device ${id} |
		    jq .readings[0].id)
		proves_not "${SIGNED_BY_NOBODY}" ${id} ${number}
	done
	proves_not "${NO_READING}" DEV 1
	atf_check ./send DEV '{"n":"1"}'
	proves_not "${NO_READING}" DEV 2
	proves_not "${NO_READING}" DEV 9223372036854775807
	proves_not 'no such device' DEV9 1
	proves_not 'evidence is of one reading of a device' DEV 0
	atf_check -s exit:2 -o save:out ${ctl} -j evidence DEV 2
	atf_check -o inline:"[\"error\",\"evidence DEV 2\",\"notfound\",\"${NO_READING}\"]\n" \
	    jq -c '[.status, .subject, .code, .text]' out
	daemon_stop
}

# asked_of size: for evidence of DEV 1 in a log of this size, what the store
# answers: a code of asmpd/ctl.h, and a text.
asked_of()
{
	cat > ask.py <<-'EOF2'
		import socket, struct, sys
		CTL_QUERY, KIND_EVIDENCE, CTL_RESULT = 23, 5, 68
		query = struct.pack('=QQQQIII65s65s32s2x', int(sys.argv[2]), 0, 0,
		    1, KIND_EVIDENCE, 0, 0, b'DEV', b'', b'')
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(struct.pack('=IIII', CTL_QUERY, 16 + len(query), 0, 0) +
		    query)
		_, fds, _, _ = socket.recv_fds(s, 65536, 1)
		answer = b''
		with socket.socket(fileno=fds[0]) as pipe:
		    pipe.setblocking(True)
		    while data := pipe.recv(65536):
		        answer += data
		while struct.unpack_from('=I', answer)[0] != CTL_RESULT:
		    answer = answer[struct.unpack_from('=4xI', answer)[0]:]
		code, text = struct.unpack_from('=16xI8x256s', answer)
		print(code, text.rstrip(b'\0').decode())
	EOF2
	${ASMP_PYTHON:-python3} ask.py ${sock} $1
}

atf_test_case sizes
sizes_head()
{
	atf_set descr "there is none in a log that was never so long"
	atf_set require.progs python3
}
sizes_body()
{
	gateway
	device_enrol DEV
	atf_check ./send DEV '{"n":"1"}'
	atf_check ./send DEV '{"n":"2"}'
	for n in 1 2; do
		atf_check_equal '0 ' "$(asked_of ${n})"
	done
	atf_check_equal '6 it came while you asked; try again' "$(asked_of 0)"
	for n in 3 1099511627777 18446744073709551615; do
		atf_check_equal '3 the log of readings was never so long' \
		    "$(asked_of ${n})"
	done
	count 0 fatal
	daemon_stop
}

atf_test_case restricted
restricted_head()
{
	atf_set descr "who may only look is told nothing of this"
}
restricted_body()
{
	gateway "restricted control socket \"$(pwd -P)/look.sock\""
	device_enrol DEV
	atf_check ./send DEV '{"n":"1"}'
	for what in 'audit show' 'audit verify' 'audit export dir' \
	    'audit checkpoint' 'evidence DEV 1'; do
		atf_check -s exit:2 -e match:"^asmpctl: [a-zA-Z0-9 ]+: ${RESTRICTED}$" \
		    ${ASMPCTL} -s look.sock ${what}
	done
	atf_check test ! -e dir
	daemon_stop
}

# import first last: as many devices, each in a record of its own.
import()
{
	seq $1 $2 | sed 's/.*/T& token/' > list
	atf_check -o ignore ${ctl} device import list
}

# shows filter jq [argument of audit show ...]
shows()
{
	_want=$1 _jq=$2
	shift 2
	atf_check -o save:out ${ctl} -j audit show "$@"
	atf_check -o inline:"${_want}\n" jq -c "${_jq}" out
}

atf_test_case show
show_head()
{
	atf_set descr "the audit log is shown, the newest first, by what is asked for"
	atf_set require.progs jq
}
show_body()
{
	gateway
	device_enrol DEV
	atf_check ./send DEV '{"n":"1"}'
	atf_check -o ignore ${KEYGEN} NOBODY
	atf_check -s exit:4 -e ignore ./send NOBODY '{"n":"1"}'
	logged 'session refused: .* device NOBODY '
	shows '["AUTH_FAILED","NOBODY","GW","failure"]' \
	    '.audit_logs[] | [.event_type, .device_id, .gateway_id, .status]' \
	    device NOBODY
	shows '["device_id","event_type","gateway_id","index","message","status","timestamp"]' \
	    '.audit_logs[] | keys_unsorted | sort' type KEY_ENROLLED
	shows '["DEV","success","ok",1]' \
	    '[(.audit_logs[0] | .device_id, .status), .status, .count]' \
	    type KEY_ENROLLED
	shows true '.audit_logs[0].timestamp | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$")'
	shows '["AUTHENTICATED","KEY_ENROLLED"]' \
	    '[.audit_logs[].event_type | select(. != "OPERATOR")]' device DEV
	shows '["STARTED"]' '[.audit_logs[-1].event_type]'
	shows true '(.audit_logs | length) > 4' gateway GW since -1h
	shows '[]' .audit_logs gateway GW2
	shows '[]' .audit_logs until -1h
	shows '[]' .audit_logs since 2000-01-01 until 2000-01-02
	shows '[]' .audit_logs device DEV type AUTH_FAILED
	shows '[]' .audit_logs device DEV2
	atf_check -o match:'^ *[0-9]+ 20[-0-9]*T[:.0-9]*Z AUTH_FAILED  *failure  *NOBODY  *address 127\.0\.0\.1:' \
	    ${ctl} audit show device NOBODY
	atf_check -s exit:2 -e match:'^asmpctl: audit: NONE is none of AUTHENTICATED .* EVENTS_LOST$' \
	    ${ctl} audit show type NONE
	for n in 0 1001; do
		atf_check -s exit:1 -e match:'must be between 1 and 1000' \
		    ${ctl} audit show limit ${n}
	done
	import 1 1100
	shows '[5,5]' '[.count, (.audit_logs | length)]' limit 5
	shows 100 '.audit_logs | length'
	shows 1000 '.audit_logs | length' limit 1000
	shows true '[.audit_logs[].index] | . == (sort | reverse) and .[0] - .[-1] == 999' \
	    limit 1000
	shows '["T1100","T1099"]' '[.audit_logs[].device_id]' \
	    type KEY_ENROLLED limit 2
	daemon_stop
}

# signed_to n: so many records are, now.
signed_to()
{
	[ $(${ctl} audit checkpoint | sed -n 2p) -ge $1 ]
}

# A log of some checkpoints, for tamperings: ${size} records, all signed.
some_log()
{
	PYTHON=${ASMP_PYTHON:-python3}
	gateway
	import 1 20
	wait_for ${SOON} signed_to 20 || atf_fail "records are not written"
	import 21 40
	daemon_stop
	daemon_start -v
	import 41 60
	atf_check -o save:note ${ctl} audit checkpoint
	atf_check_equal GW/audit $(head -n 1 note)
	audit_whole
	daemon_stop
	size=$(sqlite3 db/asmpd.db 'SELECT count(*) FROM audit')
	cp -p db/asmpd.db whole.db
	cp -p asmpd.anchor whole.anchor
	cat > tamper.py <<-'EOF'
		import base64, hashlib, sqlite3, sys
		db = sqlite3.connect('db/asmpd.db', timeout=20)
		db.execute('BEGIN IMMEDIATE')

		def leaf(data):
		    return hashlib.sha256(b'\0' + data.encode()).digest()

		def edit(n):
		    data, = db.execute('SELECT data FROM audit WHERE seq = ?',
		        (n,)).fetchone()
		    new = data.replace('"success"', '"failure"')
		    assert new != data, data
		    db.execute('UPDATE audit SET data = ? WHERE seq = ?',
		        (new, n))
		    return new

		def rewrite(n):
		    db.execute('UPDATE audit SET leaf = ? WHERE seq = ?',
		        (leaf(edit(n)), n))

		def delete(n):
		    db.execute('DELETE FROM audit WHERE seq = ?', (n,))

		def renumber(n):
		    delete(n)
		    last, = db.execute('SELECT max(seq) FROM audit').fetchone()
		    for i in range(n, last):
		        db.execute('UPDATE audit SET seq = ? WHERE seq = ?',
		            (i, i + 1))

		def cut(n):
		    db.execute('DELETE FROM audit WHERE seq >= ?', (n,))

		def root(leaves):
		    if len(leaves) == 1:
		        return leaves[0]
		    k = 1
		    while k * 2 < len(leaves):
		        k *= 2
		    return hashlib.sha256(b'\1' + root(leaves[:k]) +
		        root(leaves[k:])).digest()

		def forge(n):
		    leaves = [l for l, in db.execute(
		        'SELECT leaf FROM audit ORDER BY seq')]
		    for size, note in db.execute('SELECT size, note FROM '
		        'checkpoint WHERE size > ? AND note LIKE "GW/audit%"',
		        (n,)).fetchall():
		        lines = note.split('\n')
		        lines[2] = base64.b64encode(root(leaves[:size])).decode()
		        assert size > len(leaves) or n < 0 or '\n'.join(lines) != note
		        db.execute('UPDATE checkpoint SET note = ? WHERE size = ?'
		            ' AND note = ?', ('\n'.join(lines), size, note))

		def rewrite_and_forge(n):
		    rewrite(n)
		    forge(n)

		def hide(n):
		    rewrite(n)
		    db.execute('DELETE FROM checkpoint')
		    db.execute('CREATE TRIGGER none BEFORE INSERT ON checkpoint '
		        'BEGIN SELECT raise(ignore); END')
		    seq, *rest = db.execute('SELECT * FROM audit'
		        ' ORDER BY seq DESC LIMIT 1').fetchone()
		    db.execute('INSERT INTO audit VALUES (?' +
		        len(rest) * ', ?' + ')', (seq + 1, *rest))

		def lie(n):
		    note, = db.execute('SELECT note FROM checkpoint WHERE size'
		        ' > ? AND note LIKE "GW/audit%" ORDER BY size',
		        (n,)).fetchone()
		    lines = note.split('\n')
		    lines[2] = base64.b64encode(bytes(32)).decode()
		    db.execute('UPDATE checkpoint SET note = ? WHERE note = ?',
		        ('\n'.join(lines), note))

		globals()[sys.argv[1]](int(sys.argv[2]))
		db.commit()
	EOF
}

# marks n: between which checkpoints this record is, in ${low} and ${high}.
marks()
{
	_of="FROM checkpoint WHERE note LIKE 'GW/audit%' AND size"
	low=$(sqlite3 whole.db "SELECT coalesce(max(size), 0) ${_of} <= $1")
	high=$(sqlite3 whole.db "SELECT min(size) - 1 ${_of} > $1")
}

# verdict text [code status]: what asmpctl says of the log.
verdict()
{
	atf_check -s exit:2 -e inline:"asmpctl: audit verify: $1\n" \
	    ${ctl} audit verify
	atf_check -s exit:2 -o save:out ${ctl} -j audit verify
	atf_check -o inline:"[\"error\",\"audit verify\",\"failed\",\"$1\"]\n" \
	    jq -c '[.status, .subject, .code, .text]' out
}

whole_again()
{
	rm -f db/asmpd.db*
	cp -p whole.db db/asmpd.db
	cp -p whole.anchor asmpd.anchor
}

# tampered while what record text: with the log, and this is what is said.
tampered()
{
	whole_again
	case $1 in
	down)
		atf_check ${PYTHON} tamper.py $2 $3
		daemon_start -v ;;
	up)
		daemon_start -v
		atf_check ${PYTHON} tamper.py $2 $3 ;;
	esac
	verdict "$4"
	atf_check -s exit:2 -e inline:'asmpctl: audit export: the log is not the one that was signed: see audit verify\n' \
	    ${ctl} audit export dir
	atf_check test ! -e dir
	daemon_stop
}

for _when in down up; do
	atf_test_case tampered_${_when}
	eval "tampered_${_when}_head()
	{
		atf_set descr 'what was done to the log with asmpd ${_when} is told, and to which record'
		atf_set require.progs 'jq python3 sqlite3'
		atf_set timeout 600
	}
	tampered_${_when}_body()
	{
		some_log
		tamperings ${_when}
	}"
done

REWRITTEN='records were rewritten, with their hashes: the first is one of'

tamperings()
{
	for n in 10 30; do
		marks ${n}
		tampered $1 edit ${n} "record ${n} was edited"
		tampered $1 delete ${n} "record ${n} was deleted"
		tampered $1 rewrite ${n} "${REWRITTEN} ${low} to ${high}"
		tampered $1 renumber ${n} "${REWRITTEN} ${low} to ${high}"
	done
	last=$((size - 1))
	tampered $1 edit ${last} "record ${last} was edited"
	marks ${last}
	tampered $1 rewrite ${last} "${REWRITTEN} ${low} to ${last}"
	case $1 in
	down)	_cut="the end was cut off: records $((size - 5)) to ${last} are missing" ;;
	up)	_cut="records $((size - 5)) to $((size)) were deleted" ;;
	esac
	tampered $1 cut $((size - 5)) "${_cut}"
}

# A record hidden from who filters is as it was signed: it is told all the same.
atf_test_case misfiled
misfiled_head()
{
	atf_set descr "what a record is found by is compared with what it says"
	atf_set require.progs "jq python3 sqlite3"
	atf_set timeout 600
}
misfiled_body()
{
	some_log
	for _set in 'device = ""' 'device = "T1"' 'type = 0' 'type = 99' \
	    'time = time - 86400000000' 'time = time + 0.5' 'ok = 0' \
	    'gateway = "ELSE"' 'device = CAST(device AS BLOB)'; do
		whole_again
		atf_check sqlite3 db/asmpd.db \
		    "UPDATE audit SET ${_set} WHERE seq = 30"
		daemon_start -v
		verdict 'record 30 was edited where it is searched: the device, type, gateway, time or status beside it is not the one in it'
		atf_check -s exit:2 -e inline:'asmpctl: audit export: the log is not the one that was signed: see audit verify\n' \
		    ${ctl} audit export dir type KEY_ENROLLED
		atf_check test ! -e dir
		atf_check -o ignore ${ctl} audit export dir
		rm -r dir
		daemon_stop
	done
}

# Checkpoints that only look like some are no reason to trust, nor to doubt.
atf_test_case forged
forged_head()
{
	atf_set descr "checkpoints in the database count if they are signed"
	atf_set require.progs "jq python3 sqlite3"
}
forged_body()
{
	some_log
	marks 30
	[ ${low} -gt 10 ] || atf_fail "no checkpoint before record 30"
	whole_again
	atf_check ${PYTHON} tamper.py rewrite_and_forge 30
	daemon_start -v
	atf_check -s exit:2 -e match:"^asmpctl: audit verify: ${REWRITTEN} ${low} to [0-9]+$" \
	    ${ctl} audit verify
	daemon_stop
	whole_again
	atf_check ${PYTHON} tamper.py lie 10
	daemon_start -v
	audit_whole
	daemon_stop
}

# Only what the parent has signed tells, and there is more than that.
atf_test_case hidden
hidden_head()
{
	atf_set descr "without checkpoints, and behind newer records, an edited record is found"
	atf_set require.progs "jq python3 sqlite3"
}
hidden_body()
{
	some_log
	whole_again
	daemon_start -v
	atf_check ${PYTHON} tamper.py hide 10
	for _ in 1 2; do
		atf_check -s exit:2 \
		    -e match:"^asmpctl: audit verify: ${REWRITTEN} 0 to [0-9]+$" \
		    ${ctl} audit verify
	done
	daemon_stop
}

atf_test_case checkpoint
checkpoint_head()
{
	atf_set descr "the newest checkpoint is what was recorded just now"
	atf_set require.progs jq
}
checkpoint_body()
{
	gateway
	device_enrol DEV
	n=$(${ctl} -j audit show limit 1 | jq '.audit_logs[0].index + 1')
	atf_check -o save:note ${ctl} audit checkpoint
	atf_check -o inline:"GW/audit\n${n}\n" head -n 2 note
	atf_check -o inline:'5\n' sh -c 'wc -l < note'
	atf_check -o save:out ${ctl} -j audit checkpoint
	atf_check -o file:note sh -c 'jq -r .checkpoint out | base64 -d'
	atf_check -o inline:'ok\n' jq -r .status out
	atf_check -o ignore grep -Fx "$(jq -r .key out)" GW.vkey
	daemon_stop
}

# Others have to believe it: every proof, by two implementations of each.
atf_test_case exported
exported_head()
{
	atf_set descr "an exported log is believed by those who did not write it"
	atf_set require.progs "jq python3 sqlite3"
}
exported_body()
{
	gateway
	for n in 0 1 2 3; do
		import $((n * 80 + 1)) $((n * 80 + 80))
		daemon_stop
		daemon_start -v
	done
	atf_check -o save:said ${ctl} audit export dir
	n=$(sed -n 2p dir/checkpoint)
	[ ${n} -gt 300 ] || atf_fail "too few records: ${n}"
	atf_check -o inline:"${n} records of ${n} exported\n" cat said
	atf_check_equal ${n} $(wc -l < dir/records)
	atf_check_equal ${n} $(wc -l < dir/inclusion)
	atf_check -o ignore grep -Fx "$(cat dir/key)" GW.vkey
	sqlite3 -readonly db/asmpd.db \
	    "SELECT data FROM audit WHERE seq < ${n} ORDER BY seq" > records
	atf_check cmp records dir/records
	atf_check -s exit:1 -e inline:'asmpctl: dir: exists already; choose '\
'another name or move it away\n' ${ctl} audit export dir
	atf_check -o inline:"1 records of $((n + 3)) exported\n" \
	    ${ctl} audit export one device T7
	atf_check -o inline:'T7\n' jq -r .device_id one/records
	atf_check -o save:out ${ctl} -j audit export two type KEY_ENROLLED
	atf_check -o inline:'[320,"ok"]\n' jq -c '[.count, .status]' out
	daemon_stop
	[ -x "${ASMP_LOGCHECK:=${HOME}/.cache/asmpd/logcheck}" ] ||
	    atf_skip "no logcheck; set ASMP_LOGCHECK or run scripts/go.sh"
	marks=$(wc -l < dir/consistency)
	[ ${marks} -ge 4 ] || atf_fail "too few checkpoints: ${marks}"
	python3 $(atf_get_srcdir)/../interop/exported.py dir > log ||
	    atf_fail "not exported as asmpctl(8) says"
	atf_check -o inline:"$((marks + 1)) checkpoints, ${n} inclusion proofs, ${marks} consistency proofs\n" \
	    ${ASMP_LOGCHECK} < log
}

atf_test_case full_disk cleanup
full_disk_head()
{
	atf_set descr "a full disk is told, and ends an export"
	atf_set require.user root
	atf_set require.progs mount
}
full_disk_body()
{
	mkdir full
	mount -t tmpfs -o size=64k none full 2> mount.out ||
	    atf_skip "no tmpfs here: $(cat mount.out)"
	gateway
	import 1 600
	device_enrol DEV
	atf_check ./send DEV '{"n":"1"}'
	atf_check -s exit:1 -e inline:'asmpctl: full/dir/records: No space left on device\n' \
	    ${ctl} audit export full/dir
	atf_check test ! -e full/dir
	dd if=/dev/zero of=full/filler bs=4k > dd.out 2>&1
	atf_check -s exit:1 -e inline:'asmpctl: full/ev: No space left on device\n' \
	    ${ctl} evidence DEV 1 full/ev
	atf_check test ! -e full/ev
	daemon_stop
}
full_disk_cleanup()
{
	umount full 2> /dev/null || :
}

atf_init_test_cases()
{
	atf_add_test_case signed
	atf_add_test_case by_strangers
	atf_add_test_case longest
	atf_add_test_case within
	atf_add_test_case blocked
	atf_add_test_case later
	atf_add_test_case damaged
	atf_add_test_case unread
	atf_add_test_case cut
	atf_add_test_case absurd
	atf_add_test_case changed
	atf_add_test_case unsigned
	atf_add_test_case sizes
	atf_add_test_case restricted
	atf_add_test_case show
	atf_add_test_case tampered_down
	atf_add_test_case tampered_up
	atf_add_test_case misfiled
	atf_add_test_case forged
	atf_add_test_case hidden
	atf_add_test_case checkpoint
	atf_add_test_case exported
	atf_add_test_case full_disk
}
