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

# The sandbox, seen from outside: what an intruder in one of the processes
# would try is tried, in that process, while it serves.

. $(atf_get_srcdir)/common.sh

# tries process call pattern: the process makes this system call.
tries()
{
	${INJECT} $(child_pid $1) $2 > inject.out 2> inject.err
	_status=$?
	[ ${_status} -ne 2 ] || atf_skip "$(cat inject.err)"
	atf_check_equal 0 ${_status}
	atf_check -o match:"^$2 ($3)\$" cat inject.out
}

serves()
{
	atf_check ./send DEV1 '{"n":"1"}'
	bystander_goes_on
}

# shut_in process: it reaches no file, no socket, no program.
shut_in()
{
	gateway
	bystander
	device_enrol DEV1
	serves
	for call in open create unlink socket connect bind execve kill; do
		tries $1 ${call} EACCES
		serves
	done
	intruded $1
}

# intruded process: what no library ever tries kills the process that does,
# and with it asmpd, which says so.
intruded()
{
	for call in fork ptrace mapexec; do
		all=$(pids)
		tries $1 ${call} 'killed by SIGSYS|EACCES'
		if grep -q EACCES inject.out; then
			serves
			continue
		fi
		daemon_ended 1 ${all}
		count 1 "stopping: $1 was killed by signal 31 "
		daemon_start -v
		atf_check ./send DEV1 '{"n":"1"}'
		rm -f BYSTANDER.in
		online BYSTANDER
		bystander_said=$(sqlite3 -readonly db/asmpd.db "SELECT last_id
		    FROM figures WHERE device = 1")
	done
	daemon_stop
}

for process in net verify control; do
	atf_test_case ${process}
	eval "${process}_head()
	{
		atf_set descr '${process} opens no file, no socket, no program'
		atf_set require.user root
		atf_set require.progs sqlite3
	}
	${process}_body()
	{
		shut_in ${process}
	}"
done

atf_test_case store
store_head()
{
	atf_set descr "store has its database's directory and nothing else"
	atf_set require.user root
	atf_set require.progs sqlite3
}
store_body()
{
	gateway
	bystander
	device_enrol DEV1
	serves
	for call in socket connect bind execve kill; do
		tries store ${call} EACCES
		serves
	done
	# There is no such file in its chroot, nor does Landlock let it look.
	for call in open create unlink; do
		tries store ${call} 'EACCES|ENOENT'
		serves
	done
	[ ! -e db/etc ] || atf_fail "it has made a directory"
	intruded store
}

atf_test_case parent
parent_head()
{
	atf_set descr "parent starts no program and reads no other's memory"
	atf_set require.user root
}
parent_body()
{
	gateway
	bystander
	device_enrol DEV1
	for call in execve ptrace; do
		tries parent ${call} EACCES
		serves
	done
	daemon_stop
}

# status pid field
status()
{
	awk -v f="$2:" '$1 == f { print $2 }' /proc/$1/status
}

atf_test_case seen_by_kernel
seen_by_kernel_head()
{
	atf_set descr "the kernel says of every process that it is shut in"
}
seen_by_kernel_body()
{
	gateway
	for p in parent net verify store control; do
		pid=$(child_pid ${p})
		atf_check_equal 2 $(status ${pid} Seccomp)
		atf_check_equal 1 $(status ${pid} NoNewPrivs)
		[ ${p} != parent ] || continue
		atf_check_equal 0000000000000000 $(status ${pid} CapEff)
		atf_check_equal 0000000000000000 $(status ${pid} CapPrm)
		atf_check_equal 0 $(awk '/^Max processes/ { print $4 }' \
		    /proc/${pid}/limits)
		atf_check_equal 0 $(awk '/^Max core file/ { print $6 }' \
		    /proc/${pid}/limits)
	done
	daemon_stop
}

atf_test_case another_user
another_user_head()
{
	atf_set descr "root's children are nobody, and live in an empty place"
	atf_set require.user root
}
another_user_body()
{
	gateway
	uid=$(id -u nobody)
	gid=$(id -g nobody)
	atf_check_equal 0 $(status $(child_pid parent) Uid)
	for p in net verify store control; do
		pid=$(child_pid ${p})
		atf_check -o inline:"Uid: ${uid} ${uid} ${uid} ${uid}\nGid: ${gid} ${gid} ${gid} ${gid}\nGroups: ${gid}\n" \
		    awk '/^(Uid|Gid|Groups):/ { $1 = $1; print }' \
		    /proc/${pid}/status
		root=empty
		[ ${p} != store ] || root=db
		atf_check -o inline:"$(pwd -P)/${root}\n" \
		    readlink /proc/${pid}/root
		atf_check -o inline:"$(pwd -P)/${root}\n" \
		    readlink /proc/${pid}/cwd
		atf_check -o match:"^${p} +${uid} " ${ctl} show sandbox
	done
	atf_check -o empty ls -A empty
	daemon_stop
}

atf_test_case descriptors
descriptors_head()
{
	atf_set descr "nobody holds a file that is not his"
	atf_set require.user root
}
descriptors_body()
{
	gateway
	bystander
	device_enrol DEV1
	serves
	log="$(pwd -P)/asmpd.log"
	for p in net verify control; do
		pid=$(child_pid ${p})
		ls -l /proc/${pid}/fd | sed -n 's/.* -> //p' > fds
		atf_check -s exit:1 grep -vE \
		    "^(socket:|pipe:|anon_inode:|/proc/${pid}/statm|/dev/null|${log})" \
		    fds
	done
	pid=$(child_pid store)
	ls -l /proc/${pid}/fd | sed -n 's/.* -> //p' > fds
	atf_check -s exit:1 grep -vE \
	    "^(socket:|pipe:|anon_inode:|/proc/${pid}/statm|/dev/null|${log}|$(pwd -P)/db/)" \
	    fds
	daemon_stop
}

atf_test_case reported
reported_head()
{
	atf_set descr "asmpd says which layers are there, and does not say more"
}
reported_body()
{
	gateway
	for p in net verify store control; do
		pid=$(child_pid ${p})
		atf_check -o match:"^${p} +$(status ${pid} Uid) .*seccomp,rlimit,nodump" \
		    ${ctl} show sandbox
		if [ $(id -u) -eq 0 ]; then
			atf_check -o match:"^${p} +[0-9]+ user,chroot," \
			    ${ctl} show sandbox
		else
			atf_check -o not-match:"^${p} .*(user|chroot)" \
			    ${ctl} show sandbox
		fi
	done
	if [ $(id -u) -ne 0 ]; then
		logged 'not started as root: sandbox without a separate user and chroot$'
	fi
	daemon_stop
}

atf_init_test_cases()
{
	for process in net verify control store parent; do
		atf_add_test_case ${process}
	done
	atf_add_test_case seen_by_kernel
	atf_add_test_case another_user
	atf_add_test_case descriptors
	atf_add_test_case reported
}
