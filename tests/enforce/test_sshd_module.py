# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hosts_access_enforce with the sshd of Debian 11, 12 and 13: written, read by the running server, mended, refused, taken away."""

import json
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import sshd
from anyip import AnyIP
from sshd_host import log_in, try_to_log_in, wait_for

GRANTED, DENIED, ELSEWHERE = "10.0.0.1", "10.66.0.1", "192.0.2.1"
MODULE = """
import json, os, subprocess, sys
sys.path.insert(0, "/opt/code")
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import run
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError

asked = json.loads(sys.argv[1])
options = {name: about.get("default") for name, about in run.argument_spec().items()}
options.update(
    services=[{"daemon": "sshd", "ports": [22]}], target="sshd", dialect="debian", backup=False,
    allow_text="sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\\n", deny_text="ALL: ALL\\n",
)
options.update(asked["options"])
try:
    answer = run.run(Call(options, asked["check_mode"]))
except TaskError as error:
    answer = {"failed": str(error)}
print(json.dumps(answer))
"""
#: Which programs filter sshd, as the coverage of the host tells it.
COVERAGE = """
import json, sys
sys.path.insert(0, "/opt/code")
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage

for name, text in (("allow", "sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\\n"), ("deny", "ALL: ALL\\n")):
    with open("/tmp/hosts." + name, "w") as stream:
        stream.write(text)
options = {name: about.get("default") for name, about in coverage.argument_spec().items()}
options.update(allow_path="/tmp/hosts.allow", deny_path="/tmp/hosts.deny", dialect="debian")
services = coverage.run(Call(options, False))["services"]
print(json.dumps([by for one in services if one["daemon"] == "sshd" for by in one["enforced_by"] if by != "libwrap"]))
"""
DROPIN = "/etc/ssh/sshd_config.d/00-portcullis.conf"
OTHERS = "/etc/ssh/sshd_config.d/%s.conf"


def task(host, check_mode=False, **options):
    return json.loads(host.python(MODULE, json.dumps({"options": options, "check_mode": check_mode})))


def filtered_by(host):
    return json.loads(host.python(COVERAGE))


@pytest.fixture(autouse=True)
def nothing_there(host):
    """Each test finds a host without the drop-in, and leaves none of its own files."""
    host.run("cp /etc/ssh/sshd_config /tmp/sshd_config; rm -f " + DROPIN)
    yield
    host.stop()
    host.run("cp /tmp/sshd_config /etc/ssh/sshd_config; rm -f %s %s" % (DROPIN, OTHERS % "*-other"))


def test_the_server_that_runs_does_what_the_tables_say(host):
    with AnyIP(host.pid) as network:
        host.serve()
        wait_for(network, ELSEWHERE)
        first = task(host)
        assert [first["changed"], first["services"][0]["in_force"], first["findings"]] == [True, True, []]
        wait_for(network, GRANTED)
        assert [log_in(network, address) for address in (GRANTED, DENIED, ELSEWHERE)] == [True, False, False]
        assert task(host)["changed"] is False
        assert task(host, state="absent")["changed"] is True
        wait_for(network, ELSEWHERE)
        assert task(host, state="absent")["changed"] is False
    assert DROPIN not in host.run("ls %s; true" % DROPIN)


ASKED = "Permission denied"


def test_who_is_refused_is_asked_for_nothing_where_sshd_can_do_better(host):
    """With `DenyUsers *` everybody may go on and try one key and password after the other. From 9.9 on there is a word that hangs up."""
    with AnyIP(host.pid) as network:
        host.run("printf 'Match Address 10.66.0.0/16\\n\\tDenyUsers *\\n' > " + OTHERS % "zz-other")
        host.serve()
        wait_for(network, GRANTED)
        got_in, said = try_to_log_in(network, DENIED)
        assert not got_in and ASKED in said
        host.stop()
        host.run("rm " + OTHERS % "zz-other")
        task(host)
        host.serve()
        wait_for(network, GRANTED)
        # another address, for sshd remembers for a while who failed
        got_in, said = try_to_log_in(network, "10.66.0.2")
        assert not got_in and (ASKED in said) is (host.version < sshd.REFUSES_SINCE), said


def test_a_drop_in_that_somebody_changed_is_a_finding(host):
    task(host)
    host.run("sed -i 's/^Match Address .*/Match Address 192.0.2.0\\/24/' " + DROPIN)
    drifted = task(host, check_mode=True)
    assert [drifted["changed"], drifted["services"][0]["in_force"]] == [True, False]
    assert {one["code"] for one in drifted["findings"]} == {"filter_drift"}
    assert task(host)["findings"] == [] and task(host)["changed"] is False


def test_a_server_that_reads_no_drop_ins(host):
    host.run("sed -i '/^Include/d' /etc/ssh/sshd_config")
    before = host.run("ls /etc/ssh /etc/ssh/sshd_config.d")
    assert "no Include" in task(host)["failed"]
    assert host.run("ls /etc/ssh /etc/ssh/sshd_config.d") == before


def test_a_server_that_was_started_with_another_configuration(host):
    """The drop-in is nothing to it unless that file includes it: seen by a client, told before anything is written."""
    other = "/etc/ssh/other_config"
    with AnyIP(host.pid) as network:
        task(host)
        # the image's own settings are in a drop-in too
        host.run("cd /etc/ssh && { grep -v '^Include' sshd_config; cat sshd_config.d/[!0]*; } > " + other)
        host.serve("-f", other)
        wait_for(network, GRANTED)
        assert log_in(network, ELSEWHERE)  # whom the drop-in refuses
        failed = task(host, check_mode=True)["failed"]
        assert "-f %s" % other in failed and "has no Include" in failed
        assert filtered_by(host) == []
        host.run("rm " + DROPIN)
        assert "-f %s" % other in task(host)["failed"]
        assert DROPIN not in host.run("ls %s; true" % DROPIN)
        host.run("cp /etc/ssh/sshd_config " + other)
        host.serve()  # SIGHUP: it starts itself anew with the same words
        mended = task(host)
        assert [mended["changed"], mended["services"][0]["in_force"], mended["findings"]] == [True, True, []]
        assert filtered_by(host) == ["sshd"]
        wait_for(network, GRANTED)
        assert [log_in(network, address) for address in (GRANTED, ELSEWHERE)] == [True, False]


@pytest.mark.parametrize(
    "options, told",
    [
        (["-o", "UseDNS=no"], None),
        (["-o", "RefuseConnection=no"], "-o RefuseConnection"),
        (["-f", "sshd_config"], "cannot be read"),  # from a folder that nobody knows any more
    ],
)
def test_the_options_that_a_server_was_started_with(host, options, told):
    if told == "-o RefuseConnection" and host.version < sshd.REFUSES_SINCE:
        host.run("! /usr/sbin/sshd -t -o RefuseConnection=no")  # it knows no such word
        return
    with AnyIP(host.pid) as network:
        host.serve(*options, folder="/etc/ssh")
        wait_for(network, ELSEWHERE)
        answer = task(host)
        assert (answer["services"][0]["in_force"] is True) if told is None else (told in answer["failed"])


def test_a_server_that_systemd_starts_for_a_connection(host):
    """While none runs, the folder that sshd wants is not there (RuntimeDirectory= of ssh.service), and sshd answers nothing."""
    host.run("rmdir /run/sshd")
    try:
        assert "Missing privilege separation directory" in host.problem()
        assert task(host)["services"][0]["in_force"] is True and task(host)["changed"] is False
        assert host.run("ls /run/sshd 2>&1; true").startswith("ls:")
    finally:
        host.run("mkdir -p /run/sshd")


def test_a_configuration_that_is_broken_already_is_not_given_to_the_running_server(host):
    """SIGHUP ends an sshd that cannot read its files: nobody would get in any more."""
    with AnyIP(host.pid) as network:
        host.serve()
        wait_for(network, ELSEWHERE)
        host.run("echo NoSuchWord yes > " + OTHERS % "zz-other")
        assert host.problem() != ""
        failed = task(host)["failed"]
        assert "nothing was written" in failed and "NoSuchWord" in failed
        assert DROPIN not in host.run("ls %s; true" % DROPIN)
        assert log_in(network, ELSEWHERE)


def test_a_drop_in_that_is_read_before_ours_and_lets_in(host):
    """sshd takes the first value that it reads: another file may undo a refusal, in the middle of a network too."""
    host.run("printf 'Match Address 192.0.2.0/24\\n\\tRefuseConnection no\\n' > " + OTHERS % "00-a-other")
    if host.problem():  # before 9.9 there is no such word, and every DenyUsers counts
        host.run("printf 'Match Address 192.0.2.0/24\\n\\tDenyUsers nobody\\n' > " + OTHERS % "00-a-other")
        assert task(host)["services"][0]["in_force"] is True
        assert host.refused([ELSEWHERE, GRANTED]) == [True, False]
        return
    done = task(host)
    assert "is not in force" in done["failed"] and "line 2 of " + OTHERS % "00-a-other" in done["failed"]
    assert DROPIN not in host.run("ls %s; true" % DROPIN)


SECOND = """\
cp /etc/ssh/ssh_host_ed25519_key /etc/ssh/second_key
printf 'Port 2222\\nPidFile /run/second.pid\\nHostKey /etc/ssh/second_key\\n' > /etc/ssh/second.conf
/usr/sbin/sshd -f /etc/ssh/second.conf
while [ ! -s /run/second.pid ]; do sleep 0.1; done
rm /etc/ssh/second_key
"""


@pytest.fixture
def second(host):
    """A server with a configuration and a key of its own, which is gone when it runs."""
    host.run(SECOND)
    yield int(host.run("cat /run/second.pid"))
    host.run("kill $(cat /run/second.pid); rm -f /etc/ssh/second.conf /run/second.pid")


def test_a_second_server_that_would_not_start_again(host, second):
    """SIGHUP ended it, for only the configuration of the first was tried; one that reads no drop-in needs none."""
    assert task(host)["services"][0]["in_force"] is True
    host.run("sleep 0.5; kill -0 %d" % second)
    host.run("echo 'Include /etc/ssh/sshd_config.d/*.conf' >> /etc/ssh/second.conf")
    for options in ({"state": "absent"}, {"allow_text": "sshd: 10.0.0.1\n"}):
        failed = task(host, **options)["failed"]
        assert "nothing was written" in failed and "process %d (sshd -f /etc/ssh/second.conf)" % second in failed
        assert "/etc/ssh/second_key" in failed
    host.run("sleep 0.5; kill -0 %d" % second)


@pytest.fixture
def other(host):
    """An sshd of another place, as of a site that builds its own, in the place of the host's."""
    host.run(
        "mkdir -p /opt/ssh && cp /usr/sbin/sshd /opt/ssh/sshd && /opt/ssh/sshd && while [ ! -s /run/sshd.pid ]; do sleep 0.1; done"
    )
    yield int(host.run("cat /run/sshd.pid"))
    host.run("kill $(cat /run/sshd.pid); rm -rf /opt/ssh /run/sshd.pid")


def test_a_server_that_is_not_the_host_s_own(host, other):
    """It may read other files, or be of a release that does not know the words that are right for the host's: SIGHUP ended it."""
    before = host.run("ls -la /proc/%d/fd | grep socket" % other)
    failed = task(host)["failed"]
    assert "process %d (sshd) runs /opt/ssh/sshd, and the drop-in is for /usr/sbin/sshd" % other in failed
    assert DROPIN not in host.run("ls %s; true" % DROPIN)
    assert host.python(TELL) == "\n" and host.run("ls -la /proc/%d/fd | grep socket" % other) == before


GRAB = """
import os, socket, time
os.setuid(1500)
for _child in range(3):
    if not os.fork():
        break
while True:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind(("0.0.0.0", 2222))
        one.listen(5)
        time.sleep(1000)
    except OSError:
        one.close()
"""
TELL = """
import sys
sys.path.insert(0, "/opt/code")
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import readers, ssh_telling
print(readers.reload_all(["sshd"]))
"""
#: The moment that a signal leaves: sshd has closed its port, somebody has taken it, and sshd ends since it cannot bind it.
LOST = TELL.replace(
    "print(",
    """
import os, signal, time
def taken():
    with open("/proc/net/tcp") as stream:
        return any(words[1].endswith(":08AE") and words[7] == "1500" for words in map(str.split, stream) if words[3] == "0A")
def hang_up(pid):
    os.kill(pid, signal.SIGTERM)
    while not taken():
        time.sleep(0.01)
ssh_telling.hang_up = hang_up
print(""",
)
WHO = "awk '$4 == \"0A\" && $2 ~ /:08AE$/ {print $8}' /proc/net/tcp"


def test_a_user_who_takes_the_port_while_sshd_reads_its_files_does_not_keep_it(host):
    """sshd closes its ports then: at one that users may bind, one of them was the ssh server from there on."""
    host.serve("-p", "2222")
    wait_until = time.monotonic() + 60
    while host.run(WHO).split() != ["0"]:
        assert time.monotonic() < wait_until
    host.run("cat > /tmp/user.py; python3 /tmp/user.py > /dev/null 2>&1 &", GRAB)
    try:
        for number in range(1, 4):
            said = host.python(LOST)
            assert (said, host.run(WHO).split()) == ("\n", ["0"]), said
            assert int(host.run("pgrep -c -u 1500 -r R,S,D")) == 4 - number  # the others go on, and try again
        said = host.python(TELL)
        assert said == "\n" and host.run(WHO).split() in (["0"], []), said
        assert "SSH-2.0" in host.run("exec 3<>/dev/tcp/127.0.0.1/2222; head -c 8 <&3".join(["bash -c '", "'"]))
    finally:
        host.run("pkill -KILL -u 1500; pkill sshd; true")


WEB = """
import os, socket, threading, time
os.setuid(1500)
open("/tmp/web.pid", "w").write(str(os.getpid()))
def serve():
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.2", 2222))
    one.listen(50)
    end = time.monotonic() + 0.1
    kept = []
    while time.monotonic() < end:
        socket.create_connection(("127.0.0.2", 2222)).close()
        kept = kept[-50:] + [one.accept()]
while True:
    serve()
"""


def test_a_server_of_a_user_at_the_same_port_of_another_address_is_left_alone(host):
    """sshd at port 443 of a second address, beside a busy web server: its connections and new sockets were taken for thieves of the port."""
    host.run("rm -f /tmp/web.pid; cat > /tmp/user.py; python3 /tmp/user.py > /dev/null 2>&1 &", WEB)
    host.serve("-o", "ListenAddress=127.0.0.1:2222")
    end = time.monotonic() + 60
    while not {"0100007F:08AE", "0200007F:08AE"} <= set(host.run("cat /proc/net/tcp").split()):
        assert time.monotonic() < end
    try:
        for _time in range(5):
            assert host.python(TELL) == "\n"
        assert host.run("pgrep -u 1500 -r R,S,D").split() == host.run("cat /tmp/web.pid").split()
    finally:
        host.run("pkill -KILL -u 1500; pkill sshd; true")
