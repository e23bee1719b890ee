"""Runs a program inside the walls that a systemd unit puts around it, as far as the kernel sets them up without systemd:
python3 unit_walls.py UNIT PROGRAM [ARGUMENT...]. User, capabilities, umask, system calls, families of addresses, and
memory both writable and executable; a call that is not allowed fails with EPERM, as the unit says."""
import ctypes
import errno
import mmap
import os
import pwd
import resource
import socket
import subprocess
import sys

import seccomp

NOBODY = pwd.getpwnam("nobody")
PR_SET_NO_NEW_PRIVS = 38  # prctl(2)
OF_ARGUMENTS = {"mmap", "mprotect", "pkey_mprotect", "socket"}  # calls that depend on what they ask for


def read_service(unit):
    """The keys of [Service], each with the list of its values."""
    keys, section = {}, ""
    for line in map(str.strip, open(unit)):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            keys.setdefault(key, []).append(value)
    return keys


def calls_of(name):
    """What systemd means by a word of SystemCallFilter."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in listed.splitlines()[1:]]
    return set().union(*(calls_of(word) for word in words if word and not word.startswith("#")))


def allowed_calls(filters):
    allowed = set()
    for words in filters:
        if words.startswith("~"):
            allowed -= set().union(*map(calls_of, words[1:].split()))
        else:
            allowed |= set().union(*map(calls_of, words.split()))
    return allowed


def make_filter(keys):
    """Of calls: those of SystemCallFilter, less what MemoryDenyWriteExecute and RestrictAddressFamilies take away."""
    assert keys["SystemCallErrorNumber"] == ["EPERM"] and keys["MemoryDenyWriteExecute"] == ["yes"]
    made = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    here = {call for call in allowed_calls(keys["SystemCallFilter"]) if seccomp.resolve_syscall(seccomp.Arch(), call) >= 0}
    for call in sorted(here - OF_ARGUMENTS):
        made.add_rule(seccomp.ALLOW, call)
    both = mmap.PROT_EXEC | mmap.PROT_WRITE
    made.add_rule(seccomp.ALLOW, "mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, mmap.PROT_EXEC, 0))
    for protection in (0, mmap.PROT_EXEC, mmap.PROT_WRITE):
        made.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, both, protection))
    for family in keys["RestrictAddressFamilies"][0].split():
        made.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, getattr(socket, family)))
    return made


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY.pw_gid, NOBODY.pw_gid, NOBODY.pw_gid)
    os.setresuid(NOBODY.pw_uid, NOBODY.pw_uid, NOBODY.pw_uid)


def gain_nothing():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")


def main(unit, *command):
    keys = read_service(unit)
    walls = make_filter(keys)
    most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(int(keys["LimitNOFILE"][0]), most_files),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (int(keys["LimitCORE"][0]),) * 2)
    os.umask(int(keys["UMask"][0], 8))
    if os.getuid() == 0:
        become_nobody()
    gain_nothing()
    walls.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
