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


# What is not kept any longer, and what is kept all the same.

. $(atf_get_srcdir)/common.sh

OLD="1700000000000"			# ms: years ago
NEW="(strftime('%s', 'now') * 1000)"

# fill table n received: as many rows more of device 1, for a daemon that is
# down.
fill()
{
	_more=
	_values=
	[ $1 = reading ] || {
		_more=", reason"
		_values=", 'anomaly'"
	}
	atf_check sqlite3 db/asmpd.db "WITH RECURSIVE n(i) AS (SELECT 1 UNION
	    ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO $1 (device, id,
	    time, received, data${_more}) SELECT 1, i, 0, $3 + i, '{\"n\":\"'
	    || hex(zeroblob(100)) || '\"}'${_values} FROM n"
}

# A daemon with one device, which has been there, and is down.
prepared()
{
	gateway "$@"
	device_enrol DEV1
	atf_check -o ignore ./send DEV1 '{"n":1}' '{"n":2}'
	daemon_stop
}

rows_are()
{
	[ $(sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    "SELECT count(*) FROM $1") -eq $2 ]
}

# becomes table n: so many rows are left soon.
becomes()
{
	wait_for ${SOON} rows_are $1 $2 || {
		cat asmpd.log >&2
		atf_fail "not $2 of $1 are left"
	}
}

summary()
{
	${ctl} -j show | jq .summary.$1
}

atf_test_case by_age
by_age_head()
{
	atf_set descr "readings go when they are old, and nothing else does"
	atf_set require.progs "jq sqlite3"
}
by_age_body()
{
	prepared 'retention readings 30d' 'retention blocked 4w'
	sqlite3 db/asmpd.db "UPDATE reading SET received = 1"
	fill reading 5000 ${OLD}
	fill reading 100 "${NEW}"
	fill blocked 3000 ${OLD}
	records=$(sqlite3 db/asmpd.db 'SELECT count(*) FROM audit')
	daemon_start
	# The newest one stays whatever its age is: the next goes behind it.
	becomes reading 100
	becomes blocked 1
	[ $(sqlite3 db/asmpd.db 'SELECT count(*) FROM audit') -ge ${records} ] ||
	    atf_fail "records of the audit log are gone"
	atf_check -o inline:'2|2\n' sqlite3 db/asmpd.db \
	    'SELECT last_id, accepted FROM figures WHERE device = 1'
	stored model 1 'device = 1'
	stored span 0 'number < 19'
	atf_check_equal 8001 $(summary expired)
	atf_check_equal 0 $(summary evicted)
	atf_check -o match:'^readings removed  *8001 \(0 before their time\)$' \
	    ${ctl} show
	# What is left is found, and what comes has the next position.
	atf_check -o ignore ./send DEV1 '{"n":3}'
	atf_check_equal 5103 $(${ctl} -j show readings limit 1 |
	    jq '.readings[0].position')
	atf_check_equal 101 $(${ctl} export readings device DEV1 | wc -l)
	daemon_stop
}

atf_test_case reloaded
reloaded_head()
{
	atf_set descr "a reload changes what is kept"
	atf_set require.progs "jq sqlite3"
}
reloaded_body()
{
	prepared
	fill reading 3000 ${OLD}
	fill blocked 20 ${OLD}
	daemon_start
	stored reading 3002 1
	{ echo 'retention readings 365d'
	  echo 'retention blocked 365d'; } >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	# Blocked ones go after readings, of which the two that came before are
	# new, and those that they hide stay.
	becomes blocked 1
	stored reading 3002 1
	atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db \
	    'UPDATE reading SET received = 1 WHERE seq <= 2'
	becomes reading 1
	daemon_stop
}

atf_test_case by_size
by_size_head()
{
	atf_set descr "a database that is full loses the oldest, and says so"
	atf_set require.progs "jq sqlite3"
}
by_size_body()
{
	prepared 'retention readings 30d' 'retention size 2M'
	fill reading 12000 "${NEW}"
	fill blocked 2000 "${NEW}"
	daemon_start
	logged 'database: more than 2097152 bytes are in use: the oldest blocked readings are removed before their time$'
	logged 'database: more than 2097152 bytes are in use: the oldest readings are removed before their time$'
	becomes blocked 1
	wait_for ${SOON} fits || atf_fail "$(summary database_bytes) bytes"
	left=$(sqlite3 db/asmpd.db 'SELECT count(*) FROM reading')
	[ ${left} -gt 3000 ] && [ ${left} -lt 9000 ] ||
	    atf_fail "${left} left"
	atf_check_equal $((12002 - left + 1999)) $(summary evicted)
	atf_check_equal 0 $(summary expired)
	atf_check -o inline:'2\n' grep -c 'before their time$' asmpd.log
	# The newest are there.
	atf_check_equal 12002 $(${ctl} -j show readings limit 1 |
	    jq '.readings[0].position')
	# What was acknowledged is still known to have been.
	atf_check -o inline:'2\n' sqlite3 db/asmpd.db \
	    'SELECT last_id FROM figures WHERE device = 1'
	daemon_stop
}

atf_test_case audit_grows
audit_grows_head()
{
	atf_set descr "no reading is removed because the audit log grows"
	atf_set require.progs jq sqlite3
}
audit_grows_body()
{
	gateway 'retention size 2M'
	device_enrol DEV1
	seq 100 | sed 's/.*/{"n":"&"}/' | atf_check ./send DEV1
	# Each of them is a record.
	seq 10000 | sed 's/.*/NEW& token/' > list
	atf_check -o ignore ${ctl} device import list
	wait_for 30 above 4000000 || atf_fail "$(summary database_bytes) bytes"
	atf_check_equal 0 $(summary evicted)
	stored reading 100 1
	count 0 'before their time$'
	# What the log is said to take is about what it takes.
	set -- $(sqlite3 -readonly db/asmpd.db "SELECT max(bytes), (SELECT
	    sum(pgsize) FROM dbstat WHERE name LIKE 'audit%') FROM audit" |
	    tr '|' ' ')
	[ $1 -gt $(($2 * 8 / 10)) ] && [ $1 -lt $(($2 * 13 / 10)) ] ||
	    atf_fail "$2 bytes are said to be $1"
	daemon_stop
}

above()
{
	[ $(summary database_bytes) -gt $1 ]
}

fits()
{
	[ $(summary database_bytes) -le $((2 * 1024 * 1024)) ]
}

# Nothing but time and size is said by it, and in units.
# session line ...: of DEV1, which says what is in standard input.
session()
{
	{ echo open; cat; echo quit; } > in
	atf_check -o ignore ./say DEV1.key -i DEV1 -P asmp < in
}

# readings first last: each of them has a seal of its own.
readings()
{
	{ seq $1 $2 | sed 's/.*/reading {"n":"&"}/'
	  echo "expect acked $2"; } | session
}

# proven id ...: of each of them there is still evidence.
proven()
{
	for _id in "$@"; do
		atf_check -o save:ev -e ignore ${ctl} evidence DEV1 ${_id}
	done
	atf_check -o match:"^message id +${_id}\$" \
	    ${KEYGEN} verify -d DEV1.pub -g GW.vkey ev
}

# changed sql: with asmpd down.
changed()
{
	daemon_stop
	atf_check sqlite3 db/asmpd.db "$1"
	daemon_start -v
}

# Times are the gateway's, and its clock may have been wrong.
atf_test_case seals
seals_head()
{
	atf_set descr "a seal stays as long as anything that it covers"
	atf_set require.progs sqlite3
	atf_set timeout 600
}
seals_body()
{
	gateway 'reading require "n"' 'retention readings 30d'
	device_enrol DEV1
	atf_check -s exit:5 -e ignore ./send DEV1 '{"m":1}'
	readings 2 301
	{ echo hold; seq 302 365 | sed 's/.*/reading {"n":"&"}/'
	  echo go; echo expect acked 365; } | session
	stored seal 302 'TRUE'
	# One is old; the next is from a clock that ran ahead.
	changed "UPDATE reading SET received = ${OLD} WHERE id = 2;
	    UPDATE reading SET received = received + 31536000000 WHERE id = 3"
	becomes reading 363
	becomes seal 301
	proven $(seq 3 7 301) 302 365 1
	# Of what is left of the last seal its readings are a part.
	changed "UPDATE reading SET received = ${OLD} WHERE id < 330"
	becomes reading 36
	becomes seal 47
	proven 330 365 1
	# Behind it are many without a seal.
	daemon_stop
	fill reading 9000 "${NEW}"
	atf_check sqlite3 db/asmpd.db \
	    "UPDATE reading SET received = ${OLD} WHERE seal > 0;
	    UPDATE reading SET device = 2 WHERE seal = 0"
	daemon_start -v
	client send ${port}
	becomes reading 9000
	atf_check ./send DEV1 '{"n":"366"}'
	becomes reading 9001
	stored seal 48 'TRUE'
	readings 367 600
	becomes seal 236
	proven 366 600 1
	daemon_stop
}

atf_test_case amounts
amounts_head()
{
	atf_set descr "what is no age and no size is named"
}
amounts_body()
{
	daemon_conf
	for line in 'readings 90' 'readings 0d' 'readings x' 'readings 1y' \
	    'blocked -1d' 'readings 99999w'; do
		cp asmpd.conf bad.conf
		echo "retention ${line}" >> bad.conf
		atf_check -s exit:1 -e match:'must be a time with a unit' \
		    ${ASMPD} -n -f bad.conf
	done
	for line in 1023K 0 -1 10g 2000T x 99999999999999999999; do
		cp asmpd.conf bad.conf
		echo "retention size ${line}" >> bad.conf
		atf_check -s exit:1 -e match:'must be a size from 1M' \
		    ${ASMPD} -n -f bad.conf
	done
	cat >> asmpd.conf <<-EOF2
		retention readings 90d
		retention blocked 36h
		retention size 10G
	EOF2
	atf_check -o match:'^retention readings 7776000s$' \
	    -o match:'^retention blocked 129600s$' \
	    -o match:'^retention size 10737418240$' -e ignore \
	    ${ASMPD} -nv -f asmpd.conf
	${ASMPD} -nv -f asmpd.conf > printed.conf 2> /dev/null
	chmod 600 printed.conf
	atf_check -e ignore ${ASMPD} -n -f printed.conf
}

# How many readings of DEV1 were acknowledged up to now.
acknowledged()
{
	${ctl} -j device show DEV1 | jq .device.last_id
}

has_acknowledged()
{
	[ $(acknowledged) -ge $1 ]
}

# As the manual has it: while readings come in, without stopping anything.
atf_test_case backup
backup_head()
{
	atf_set descr "a copy made under load has all that was acknowledged"
	atf_set require.progs "jq sqlite3"
	atf_set timeout 300
}
backup_body()
{
	gateway
	device_enrol DEV1
	device_enrol DEV2
	for n in 1 2; do
		seq 500000 | sed 's/.*/{"n":"&"}/' |
		    ./send DEV${n} > sent.${n} 2>&1 &
		eval "load_${n}=$!"
	done
	wait_for 30 has_acknowledged 1000 || atf_fail "there is no load"
	before=$(acknowledged)
	atf_check sqlite3 -readonly db/asmpd.db "VACUUM INTO 'copy.db'"
	after=$(acknowledged)
	[ ${after} -gt ${before} ] || atf_fail "the load had stopped"
	kill ${load_1} ${load_2}
	wait ${load_1} ${load_2}
	atf_check -o inline:'ok\n' sqlite3 copy.db 'PRAGMA integrity_check'
	copied=$(sqlite3 copy.db 'SELECT max(id) FROM reading WHERE device = 1')
	[ ${copied} -ge ${before} ] && [ ${copied} -le ${after} ] ||
	    atf_fail "${copied}, where ${before} to ${after} were acknowledged"
	atf_check -o inline:"${copied}|1|${copied}\n" sqlite3 copy.db \
	    'SELECT count(*), min(id), last_id FROM reading, figures
	    WHERE reading.device = 1 AND figures.device = 1'
	atf_check -o ignore ${ctl} device revoke DEV2
	last=$(acknowledged)
	daemon_stop
	# Restored, it is not what the anchor knows.
	mkdir away
	mv db/asmpd.db* away
	cp copy.db db/asmpd.db
	[ $(id -u) -ne 0 ] || chown nobody db/asmpd.db
	chmod 600 db/asmpd.db
	refused 'registry: rows are missing or are not the last ones'
	mv asmpd.anchor away
	daemon_start
	atf_check_equal ${copied} $(acknowledged)
	atf_check -o match:' active .* DEV2$' ${ctl} show devices
	atf_check -o ignore ./send DEV1 '{"n":"back"}'
	atf_check_equal $((copied + 1)) $(acknowledged)
	[ ${last} -gt ${copied} ] || atf_fail "nothing came after the copy"
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case by_age
	atf_add_test_case reloaded
	atf_add_test_case by_size
	atf_add_test_case audit_grows
	atf_add_test_case seals
	atf_add_test_case amounts
	atf_add_test_case backup
}
