# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_refusals_info over whole logs: counts, times, doubles, memory and speed, and the real journal's form."""

import gzip
import json
import os
import random
import resource
import subprocess
import sys
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    refusals as refused_clients,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.refusal_writers import Writers
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs import journal
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs.refusal_lines import NEEDLES
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

SYSLOG = """\
2026-11-23T08:35:03.448790+00:00 h in.telnetd[124]: refused connect from 10.0.0.1 (10.0.0.1)
2026-11-23T08:35:08.451784+00:00 h xinetd[125]: libwrap refused connection to ftp (libwrap=in.ftpd) from ::ffff:10.0.0.2
2026-11-23T08:35:08.451784+00:00 h xinetd[125]: FAIL: ftp libwrap from=::ffff:10.0.0.2
2026-11-23T08:35:09.000000+00:00 h xinetd[126]: FAIL: ftp address from=::ffff:10.0.0.3
2026-11-23T08:35:10.000000+00:00 h cron[1]: nothing
"""
AUTH = """\
2026-11-22T10:00:00.000000+00:00 h sshd[7]: refused connect from bad.example.com (10.0.0.1)
2026-11-23T08:35:03.448790+00:00 h in.telnetd[124]: refused connect from 10.0.0.1 (10.0.0.1)
"""
XINETD = (
    "26/11/23@08:35:08: FAIL: ftp libwrap from=::ffff:10.0.0.2\n26/11/23@09:00:00: FAIL: ftp libwrap from=10.0.0.9\n"
)


def call(**params):
    """A call of tcpd_refusals_info."""
    options = {"root": "/", "since": None, "until": None, "paths": None, "daemons": None, "limit": 100}
    return Call(dict(options, **params))


def look(**params):
    return refused_clients.run(call(**params))


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def image(tmp_path):
    folder = tmp_path / "var" / "log"
    folder.mkdir(parents=True)
    (folder / "syslog").write_text(SYSLOG)
    (folder / "auth.log").write_text(AUTH)
    (folder / "xinetd.log").write_text(XINETD)
    (folder / "auth.log.2.gz").write_bytes(
        gzip.compress(b"2026-11-01T00:00:00+00:00 h sshd[3]: refused connect from 10.0.0.7 (10.0.0.7)\n")
    )
    os.utime(str(folder / "auth.log.2.gz"), (1793500000, 1793500000))
    return tmp_path


def test_counts(image):
    result = look(root=str(image))
    assert result["count"] == 6
    assert (result["first"], result["last"]) == ("2026-11-01T00:00:00Z", "2026-11-23T09:00:00Z")
    assert result["by_daemon"] == [
        {"daemon": "ftp", "count": 2},
        {"daemon": "sshd", "count": 2},
        {"daemon": "in.ftpd", "count": 1},
        {"daemon": "in.telnetd", "count": 1},
    ]
    assert result["by_client"][0] == {
        "client": "10.0.0.1",
        "count": 2,
        "first": "2026-11-22T10:00:00Z",
        "last": "2026-11-23T08:35:03Z",
    }
    assert [(one["day"], one["count"]) for one in result["by_day"]] == [
        ("2026-11-01", 1),
        ("2026-11-22", 1),
        ("2026-11-23", 4),
    ]
    assert {"client": "10.0.0.1", "count": 1} in result["by_day"][1]["clients"]
    assert {"client": "10.0.0.1", "count": 1} in result["by_day"][2]["clients"]
    assert result["refusals"][0] == {
        "time": "2026-11-01T00:00:00Z",
        "daemon": "sshd",
        "pid": 3,
        "client": "10.0.0.7 (10.0.0.7)",
        "address": "10.0.0.7",
        "by": "libwrap",
        "source": "/var/log/auth.log.2.gz",
        "uid": None,
        "forged": None,
    }
    assert result["problems"] == [] and "journal" not in result["sources"]


def test_since_until_daemons_limit(image):
    assert look(root=str(image), since="2026-11-22")["count"] == 5
    assert "/var/log/auth.log.2.gz" not in look(root=str(image), since="2026-11-22")["sources"]
    assert look(root=str(image), until="2026-11-22T10:00:00Z")["count"] == 2
    assert look(root=str(image), daemons=["SSHD"])["by_daemon"] == [{"daemon": "sshd", "count": 2}]
    result = look(root=str(image), limit=2)
    assert result["count"] == 6 and [entry["time"] for entry in result["refusals"]] == [
        "2026-11-23T08:35:09Z",
        "2026-11-23T09:00:00Z",
    ]
    assert look(root=str(image), limit=0)["refusals"] == []


def test_given_files(image):
    assert look(root=str(image), paths=["/var/log/xinetd.log"])["count"] == 2
    for path, told in (("/var/log/none", "does not exist"), ("/var/log", "is not a file")):
        with pytest.raises(TaskError, match="^paths names %s, which %s below %s: name a log" % (path, told, image)):
            look(root=str(image), paths=[path])
    with pytest.raises(HostError, match="since"):
        look(root=str(image), since="soon")


def test_what_cannot_be_read_is_told(image):
    (image / "var" / "log" / "auth.log.3.gz").write_bytes(b"\x1f\x8b damaged")
    module = call(root=str(image))
    result = refused_clients.run(module)
    assert result["count"] == 6 and len(result["problems"]) == 1
    assert module.warnings == result["problems"]


def test_a_daemon_that_logs_twice_is_counted_once(image):
    line = "1795422908: Client connection from 10.0.0.4 denied access by tcpd.\n"
    (image / "var" / "log" / "mosquitto").mkdir()
    (image / "var" / "log" / "mosquitto" / "mosquitto.log").write_text(line)
    assert look(root=str(image), daemons=["mosquitto"])["count"] == 1
    with (image / "var" / "log" / "syslog").open("a") as stream:
        stream.write("2026-11-23T08:35:08.464333+00:00 h mosquitto[98]: " + line)
    assert look(root=str(image), daemons=["mosquitto"])["count"] == 1


def test_more_clients_than_are_kept(image, monkeypatch):
    monkeypatch.setattr(refused_clients, "MAX_CLIENTS", 3)
    result = look(root=str(image))
    assert len(result["by_client"]) == 3 and result["other_clients"] == 2 and result["count"] == 6


def test_the_journals_form(tmp_path, monkeypatch):
    entries = [
        {"MESSAGE": "refused connect from 10.0.0.1 (10.0.0.1)", "SYSLOG_IDENTIFIER": "sshd", "_PID": "5", "_UID": "0",
         "__REALTIME_TIMESTAMP": "1795422908000000"},
        {"MESSAGE": list(b"refused connect from \x1b[31m (10.0.0.2)"), "SYSLOG_IDENTIFIER": "in.ftpd", "SYSLOG_PID": "6",
         "_UID": "1000", "__REALTIME_TIMESTAMP": "1795422909000000"},
        {"MESSAGE": "portcullis sshd refused: IN=lo OUT= MAC= SRC=10.0.0.3 DST=10.0.0.9 LEN=60", "SYSLOG_IDENTIFIER": "kernel",
         "_TRANSPORT": "kernel", "__REALTIME_TIMESTAMP": "1795422910000000"},
        {"MESSAGE": "portcullis sshd refused: IN=lo OUT= MAC= SRC=10.0.0.4 DST=10.0.0.9 LEN=60", "SYSLOG_IDENTIFIER": "kernel",
         "_TRANSPORT": "syslog", "_UID": "1000", "__REALTIME_TIMESTAMP": "1795422911000000"},
        {"MESSAGE": "Invalid user refused connect from 6.6.6.6", "SYSLOG_IDENTIFIER": "sshd"},
        {"MESSAGE": None, "SYSLOG_IDENTIFIER": "refused connect from"},
    ]  # fmt: skip
    program = tmp_path / "journalctl"
    text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries) + "not json refused connect\n"
    (tmp_path / "text").write_text(text)
    program.write_text('#!/bin/sh\necho "$@" > %s/asked\ncat %s/text\n' % (tmp_path, tmp_path))
    program.chmod(0o755)
    monkeypatch.setattr(journal, "find_program", lambda name: str(program))
    monkeypatch.setattr(journal, "has_journal", lambda: True)
    monkeypatch.setattr(refused_clients, "usual_logs", lambda root: [])
    monkeypatch.setattr(refused_clients, "own_logs", lambda root: [])
    result = look(since="2026-11-23")
    assert [
        (entry["daemon"], entry["pid"], entry["uid"], entry["address"], entry["forged"]) for entry in result["refusals"]
    ] == [
        ("sshd", 5, 0, "10.0.0.1", False),
        ("in.ftpd", 6, 1000, "10.0.0.2", True),
        ("sshd", None, 0, "10.0.0.3", False),
        ("sshd", None, 1000, "10.0.0.4", True),
    ]
    assert (result["count"], result["forged"], [entry["client"] for entry in result["by_client"]]) == (
        2,
        2,
        ["10.0.0.1", "10.0.0.3"],
    )
    assert "\\x1b[31m" in result["refusals"][1]["client"]
    assert "--since=@1795392000" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize(
    "daemon, uid, program, forged",
    [
        ("in.telnetd", 0, None, False),
        ("in.telnetd", 33, "/usr/sbin/tcpd", False),  # tcpd runs as the service's user
        ("in.telnetd", 33, "/usr/bin/logger", True),
        ("rpcbind", 101, "/usr/sbin/rpcbind", False),
        ("mountd", 101, "/usr/sbin/rpc.mountd", False),  # the name that libwrap sees
        ("sshd", 101, "/usr/sbin/rpcbind", True),
        ("rpcbind", 1000, "/usr/sbin/rpcbind", True),  # a person can start it
        ("rpcbind", 101, None, None),
        ("rpcbind", None, None, None),
        ("in.fingerd", 1234, None, False),  # as whom xinetd starts it
    ],
)
def test_who_wrote_a_line(tmp_path, daemon, uid, program, forged):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("finger:x:1234:1234::/:\n")
    (tmp_path / "etc/inetd.conf").write_text("finger stream tcp nowait finger /usr/sbin/tcpd /usr/sbin/in.fingerd\n")
    assert Writers(Root(str(tmp_path))).is_forged(daemon, uid, program) is forged


def test_a_journalctl_that_fails(tmp_path, monkeypatch):
    program = tmp_path / "journalctl"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(journal, "find_program", lambda name: str(program))
    with pytest.raises(HostError, match="journalctl"):
        list(journal.find_messages(NEEDLES, None, None))


FILLER = (
    "Nov 23 08:00:00 web1 systemd[1]: Started Session %d of user deploy.\n",
    "Nov 23 08:00:00 web1 sshd[%d]: Accepted publickey for deploy from 10.0.0.5 port 50022 ssh2: RSA SHA256:abcdefgh\n",
    "Nov 23 08:00:00 web1 kernel: [%d.123456] IN=eth0 OUT= MAC=00:11:22 SRC=10.1.1.1 DST=10.2.2.2 LEN=60\n",
)


def big_log(path, lines):
    generator = random.Random(1)
    with gzip.open(str(path), "wt", compresslevel=1) as stream:
        for number in range(lines):
            if number % 100 == 0:
                address = "10.%d.%d.%d" % tuple(generator.randrange(256) for _part in range(3))
                line = "Nov 23 08:00:00 web1 sshd[%d]: refused connect from %s (%s)\n" % (
                    number % 32768,
                    address,
                    address,
                )
                stream.write(line)
            else:
                stream.write(FILLER[number % 3] % number)


def test_speed_and_memory(tmp_path, record_property):
    """At least a fifth as fast as zgrep on the same compressed log, and no larger for a log eight times as long."""
    memory = {}
    for name, lines in (("small", 100000), ("large", 800000)):
        big_log(tmp_path / name, lines)
        script = (
            "import resource, sys, time; sys.path[:0] = %r\n"
            "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import refusals as face\n"
            "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call\n"
            "params = dict(root='/', since=None, until=None, paths=[%r], daemons=None, limit=10)\n"
            "start = time.process_time()\n"
            "result = face.run(Call(params))\n"
            "print(result['count'], time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        ) % (sys.path, str(tmp_path / name))
        output = subprocess.check_output([sys.executable, "-c", script], universal_newlines=True)
        count, seconds, peak = output.split()
        assert int(count) == lines // 100
        memory[name] = int(peak)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert int(subprocess.check_output(["zgrep", "-c", "refused", str(tmp_path / "large")])) == 8000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    zgrep = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    record_property("seconds", "%s against zgrep's %.2f" % (seconds, zgrep))
    print("processor seconds: %s, zgrep %.2f; peak memory %s KiB" % (seconds, zgrep, memory))
    assert float(seconds) <= 5 * zgrep
    assert memory["large"] - memory["small"] < 8 * 1024
