# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_refusals_info over whole logs: counts, times, doubles, and the logs and journals of recorded hosts."""

import gzip
import json
import os
import re
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


def serve_journal(monkeypatch, folder, text, status=0):
    """Let a journalctl print a text; its arguments are in the file `asked` then."""
    (folder / "text").write_text(text, encoding="utf-8")
    program = folder / "journalctl"
    version = '[ "$1" != --version ] || { echo "systemd 219"; exit 0; }\n'
    program.write_text('#!/bin/sh\n%secho "$@" >> %s/asked\ncat %s/text\nexit %d\n' % (version, folder, folder, status))
    program.chmod(0o755)
    monkeypatch.setattr(journal, "find_program", lambda name: str(program))
    monkeypatch.setattr(journal, "has_journal", lambda: True)


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
        {"MESSAGE": "FAIL: ftp address from=::ffff:10.0.0.5", "SYSLOG_IDENTIFIER": "xinetd", "_PID": "9", "_UID": "0",
         "_EXE": "/usr/sbin/xinetd", "__REALTIME_TIMESTAMP": "1795422912000000"},
        {"MESSAGE": "Invalid user refused connect from 6.6.6.6", "SYSLOG_IDENTIFIER": "sshd"},
        {"MESSAGE": None, "SYSLOG_IDENTIFIER": "refused connect from"},
    ]  # fmt: skip
    text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries) + "not json refused connect\n"
    serve_journal(monkeypatch, tmp_path, text)
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
        ("ftp", 9, 0, "10.0.0.5", False),
    ]
    assert (result["count"], result["forged"], [entry["client"] for entry in result["by_client"]]) == (
        3,
        2,
        ["10.0.0.1", "10.0.0.3", "10.0.0.5"],
    )
    assert "\\x1b[31m" in result["refusals"][1]["client"]
    assert "--since=@1795392000" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize("fields, uid, forged", [
    ({"_UID": "0", "_EXE": "/usr/sbin/sshd"}, 0, False),
    ({"_UID": "0", "_EXE": "/usr/bin/conmon", "CONTAINER_ID": "0a1b"}, None, None),  # of podman, and dockerd's journald
    ({"_UID": "0", "CONTAINER_NAME": "sshd"}, None, None),
    ({"_UID": "0", "_EXE": "/usr/bin/logger"}, None, None),
    ({"_UID": "1000", "CONTAINER_ID": "0a1b"}, 1000, True),  # anybody can name a container
])  # fmt: skip
def test_what_root_passes_on_for_others_is_not_root_s(tmp_path, monkeypatch, fields, uid, forged):
    """A program in a container called sshd writes what it likes, and conmon hands it to the journal as root."""
    entry = {"MESSAGE": "refused connect from 203.0.113.9", "SYSLOG_IDENTIFIER": "sshd", "_PID": "5"}
    entry.update(fields, __REALTIME_TIMESTAMP="1795422908000000")
    serve_journal(monkeypatch, tmp_path, json.dumps(entry, separators=(",", ":")) + "\n")
    monkeypatch.setattr(refused_clients, "usual_logs", lambda root: [])
    monkeypatch.setattr(refused_clients, "own_logs", lambda root: [])
    (told,) = look(since="2026-11-23")["refusals"]
    assert (told["uid"], told["forged"]) == (uid, forged)


@pytest.mark.parametrize(
    "daemon, uid, program, forged",
    [
        ("in.telnetd", 0, None, False),
        (
            "in.telnetd",
            33,
            "/usr/sbin/tcpd",
            None,
        ),  # a script of a web server can start it, or a copy of anything by its name
        ("sshd", 33, "/tmp/w/sshd", None),
        ("in.telnetd", 33, "/usr/bin/logger", True),
        ("rpcbind", 101, "/usr/sbin/rpcbind", None),
        ("rpcbind", 102, None, False),  # whom it becomes
        ("mountd", 101, "/usr/sbin/rpc.mountd", None),  # the name that libwrap sees
        ("sshd", 101, "/usr/sbin/rpcbind", True),
        ("rpcbind", 1000, "/usr/sbin/rpcbind", True),  # a person can start it
        ("rpcbind", 101, None, None),
        ("rpcbind", None, None, None),
        ("in.fingerd", 1234, None, False),  # as whom xinetd starts it
    ],
)
def test_who_wrote_a_line(tmp_path, daemon, uid, program, forged):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("finger:x:1234:1234::/:\n_rpc:x:102:102::/:\n")
    (tmp_path / "etc/inetd.conf").write_text("finger stream tcp nowait finger /usr/sbin/tcpd /usr/sbin/in.fingerd\n")
    assert Writers(Root(str(tmp_path))).is_forged(daemon, uid, program) is forged


def test_a_journalctl_that_fails_is_a_problem(image, tmp_path, monkeypatch):
    """It is started again without the option that systemd before 236 does not know."""
    serve_journal(monkeypatch, tmp_path, "", status=3)
    with pytest.raises(HostError, match="journalctl failed with status 3: run the task as root"):
        list(journal.find_messages(NEEDLES, None, 1795422908.5))
    first, second = (tmp_path / "asked").read_text().splitlines()
    assert "--output-fields=" in first and "--output-fields=" not in second and "--until=@1795422909" in first
    monkeypatch.setattr(journal, "find_program", lambda name: None)
    with pytest.raises(HostError, match="the host has no journalctl"):
        list(journal.find_messages(NEEDLES, None, None))


@pytest.mark.parametrize("readable", [True, False])
def test_journalctl_looks_for_the_words_itself_where_it_can(tmp_path, monkeypatch, readable):
    """systemd 252: with a pattern that no message has it ends with 1, as where it may not read."""
    program = tmp_path / "journalctl"
    program.write_text(
        '#!/bin/sh\necho "$@" >> %s/asked\ncase "$*" in\n--version) echo "systemd 252 (252.38)"; echo "+PAM -IDN +PCRE2";;\n'
        "*--lines=1) exit %d;;\n*) exit 1;;\nesac\n" % (tmp_path, 0 if readable else 1)
    )
    program.chmod(0o755)
    monkeypatch.setattr(journal, "find_program", lambda name: str(program))
    if readable:
        assert list(journal.find_messages(NEEDLES, None, None)) == []
    else:
        with pytest.raises(HostError, match="run the task as root"):
            list(journal.find_messages(NEEDLES, None, None))
    asked = (tmp_path / "asked").read_text().splitlines()[1]
    assert re.search(r"--case-sensitive=yes --grep=refused\\? connect[|]", asked)


def test_time_runs_out_while_journalctl_looks_and_prints_nothing(tmp_path, monkeypatch):
    program = tmp_path / "journalctl"
    program.write_text('#!/bin/sh\n[ "$1" != --version ] || exit 0\nexec sleep 600\n')
    program.chmod(0o755)
    monkeypatch.setattr(journal, "find_program", lambda name: str(program))
    assert list(journal.find_messages(NEEDLES, None, None, lambda: True)) == []


def test_long_and_unended_lines_of_a_journal_come_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "MAX_ENTRY", 100000)
    (tmp_path / "text").write_bytes(b"a\n" + b"x" * 250000 + b"\nlast")
    process = journal.Process(["/bin/cat", str(tmp_path / "text")], None)
    lines = list(journal._lines(process, lambda: False))
    assert process.wait() == 0
    assert lines[0] == b"a" and lines[-1] == b"last" and b"".join(lines[1:-1]) == b"x" * 250000
    assert max(map(len, lines)) <= 100000 + journal._BLOCK


def test_a_reader_that_stops_early_leaves_no_journalctl(tmp_path, monkeypatch):
    entry = json.dumps({"MESSAGE": "refused connect from 10.0.0.1", "_COMM": "sshd", "_PID": "7"})
    serve_journal(monkeypatch, tmp_path, entry + "\n")
    with (tmp_path / "journalctl").open("a") as stream:
        stream.write("exec sleep 600\n")
    (tmp_path / "journalctl").write_text(
        '#!/bin/sh\n[ "$1" != --version ] || exit 0\ncat %s/text\nexec sleep 600\n' % tmp_path
    )
    messages = journal.find_messages(NEEDLES, None, None)
    assert next(messages) == journal.Message(None, "sshd", "7", "refused connect from 10.0.0.1", None, None)
    started = messages.gi_yieldfrom.gi_frame.f_locals["process"]
    messages.close()
    assert started.poll() == -9


def test_the_logs_of_a_recorded_host(bookworm):
    """What rsyslog and mosquitto wrote while five services refused the client, and two users wrote a line themselves."""
    result = look()
    assert [
        (entry["time"], entry["daemon"], entry["pid"], entry["address"], entry["source"].rsplit("/", 1)[-1])
        for entry in result["refusals"]
    ] == [
        ("2026-11-27T20:05:30Z", "cat", 172, "127.0.0.2", "syslog"),
        ("2026-11-27T20:05:30Z", "cat", 176, "127.0.0.2", "syslog"),
        ("2026-11-27T20:05:35Z", "cat", 179, "127.0.0.2", "syslog"),
        ("2026-11-27T20:05:40Z", "sshd", 186, "127.0.0.2", "auth.log"),
        ("2026-11-27T20:05:45Z", "sshd", None, "6.6.6.6", "syslog"),
        ("2026-11-27T20:05:45Z", "in.telnetd", None, "6.6.6.7", "syslog"),
        ("2026-11-27T20:05:45Z", "mosquitto", None, "127.0.0.2", "mosquitto.log"),
    ]
    assert result["sources"] == ["/var/log/syslog", "/var/log/auth.log", "/var/log/mosquitto/mosquitto.log"]
    assert result["problems"] == [] and result["by_client"][0]["count"] == 5


def test_both_forms_of_a_recorded_inetd(trixie):
    """Those of `inetd -l`, which names the service, and of tcpd: every line of the logs with `refused` is one."""
    lines = sum(text.count(" refused connect") for text in map(trixie.text, ("/var/log/syslog", "/var/log/auth.log")))
    result = look()
    assert result["count"] == lines > 10
    assert {one["daemon"] for one in result["by_daemon"]} == {"7001", "7002", "cat", "in.accepts", "in.answers", "sshd"}


def test_the_journal_of_a_recorded_host_says_who_wrote_each_line(bookworm, tmp_path, monkeypatch):
    """On a host without syslog. _EXE of the journal is missing where the writer had ended before it was looked at."""
    for name in ("syslog", "auth.log", "mosquitto"):
        bookworm.remove("/var/log/" + name)
    serve_journal(monkeypatch, tmp_path, "\n".join(bookworm.recording["journal"]) + "\n")
    result = look()
    assert [
        (entry["daemon"], entry["pid"], entry["uid"], entry["address"], entry["forged"]) for entry in result["refusals"]
    ] == [
        ("cat", 172, 65534, "127.0.0.2", False),  # xinetd, as the user of the service finger
        ("cat", 176, 65534, "127.0.0.2", False),  # tcpd
        ("cat", 179, 0, "127.0.0.2", False),
        ("sshd", 186, 0, "127.0.0.2", False),
        ("sshd", 207, 1000, "6.6.6.6", True),  # logger(1) of a person
        ("in.telnetd", 208, 33, "6.6.6.7", None),  # logger(1) of www-data
    ]
    assert (result["count"], result["forged"], result["sources"]) == (5, 1, ["journal"])
    assert (tmp_path / "asked").read_text().count("--since") == 0


def test_what_a_log_lost_another_has(bookworm, tmp_path, monkeypatch):
    """rsyslog drops lines where anybody writes 20,000 in ten minutes, and goes on; journald drops those of one service."""
    lines = bookworm.text("/var/log/syslog").splitlines(True)
    bookworm.write("/var/log/syslog", "".join(line for line in lines if "cat[176]: refused" not in line))
    entries = [one for one in bookworm.recording["journal"] if '"_PID":"179"' not in one]
    assert len(entries) < len(bookworm.recording["journal"])
    serve_journal(monkeypatch, tmp_path, "\n".join(entries) + "\n")
    result = look()
    assert [(entry["daemon"], entry["pid"], entry["source"]) for entry in result["refusals"]] == [
        ("cat", 172, "journal"),
        ("cat", 176, "journal"),
        ("cat", 179, "/var/log/syslog"),
        ("sshd", 186, "journal"),
        ("mosquitto", None, "/var/log/mosquitto/mosquitto.log"),
        ("sshd", 207, "journal"),
        ("in.telnetd", 208, "journal"),
    ]
    assert (result["count"], result["forged"]) == (6, 1)
    assert look(since="2026-11-27T20:05:41Z", daemons=["cat"])["count"] == 0


@pytest.mark.parametrize("in_journal, in_file, count", [(3, 3, 3), (3, 1, 3), (1, 3, 3), (2, 0, 2), (0, 2, 2)])
def test_of_equal_lines_as_many_count_as_one_log_has(bookworm, tmp_path, monkeypatch, in_journal, in_file, count):
    """rpcbind refuses one client several times in a second, as one process; the logs' clocks differ by part of a second."""
    entry = {
        "MESSAGE": "connect from 10.0.0.9 to dump(): request from unauthorized host",
        "_UID": "0",
        "_COMM": "rpcbind",
    }
    entry.update(SYSLOG_IDENTIFIER="rpcbind", _PID="7", _EXE="/sbin/rpcbind", __REALTIME_TIMESTAMP="1795422909000100")
    line = "2026-11-23T08:35:08.999900+00:00 h rpcbind[7]: " + entry["MESSAGE"] + "\n"
    bookworm.write("/var/log/syslog", line * in_file)
    serve_journal(monkeypatch, tmp_path, (json.dumps(entry, separators=(",", ":")) + "\n") * in_journal)
    assert look(daemons=["rpcbind"])["count"] == count


def test_a_false_line_is_told_although_syslog_has_the_same(bookworm, tmp_path, monkeypatch):
    """A person repeats in the same second what sshd wrote, and may give any number of a process (logger --id)."""
    line = "2026-11-27T20:05:45.100000+00:00 bookworm sshd[207]: refused connect from 6.6.6.6 (6.6.6.6)\n"
    bookworm.write("/var/log/syslog", line * 2)
    for name in ("auth.log", "mosquitto"):
        bookworm.remove("/var/log/" + name)
    serve_journal(monkeypatch, tmp_path, "\n".join(bookworm.recording["journal"]) + "\n")
    result = look(daemons=["sshd"])
    assert [(entry["source"], entry["pid"], entry["uid"], entry["forged"]) for entry in result["refusals"]] == [
        ("journal", 186, 0, False),
        ("/var/log/syslog", 207, None, None),  # the second, of which nothing tells who wrote it
        ("journal", 207, 1000, True),
    ]
    assert (result["count"], result["forged"]) == (2, 1)


def test_a_false_line_hides_none_of_a_daemon_s_own_log(bookworm, tmp_path, monkeypatch):
    """alice wrote a line each second that sounded as mosquitto's, which names no process in its own log."""
    entries = [
        {"MESSAGE": "refused connect from 127.0.0.2 (127.0.0.2)", "SYSLOG_IDENTIFIER": "mosquitto", "_PID": "9", "_UID": "1000",
         "_EXE": "/usr/bin/python3", "__REALTIME_TIMESTAMP": "%d000000" % second}
        for second in range(1795809940, 1795809950)
    ]  # fmt: skip
    serve_journal(monkeypatch, tmp_path, "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in entries))
    result = look(daemons=["mosquitto"])
    assert (result["count"], result["forged"]) == (1, 10)


def test_logs_that_take_too_long_are_a_problem(bookworm, tmp_path, monkeypatch):
    serve_journal(monkeypatch, tmp_path, "\n".join(bookworm.recording["journal"]) + "\n")
    arguments = refused_clients.RefusalsArguments(call().params)
    result = refused_clients.read_refusals(arguments, seconds=-1)
    journals, files = result["problems"]
    assert result["count"] == 0 and journals.startswith("the journal was not read to its end: ")
    assert "/var/log/syslog was not read to its end, nor any log after it" in files


def test_time_that_runs_out_within_a_log(bookworm, monkeypatch):
    """The clock stands until the first refusal is counted, and is beyond the end then."""
    now, add = [0.0], refused_clients.Tally.add
    monkeypatch.setattr(refused_clients.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(refused_clients.Tally, "add", lambda *words: now.__setitem__(0, 5.0) or add(*words))
    result = refused_clients.read_refusals(refused_clients.RefusalsArguments(call().params), seconds=1)
    assert (result["count"], len(result["problems"])) == (1, 1)


def test_a_journal_that_cannot_be_read_is_a_problem(bookworm, tmp_path, monkeypatch):
    serve_journal(monkeypatch, tmp_path, "", status=1)
    module = call()
    result = refused_clients.run(module)
    assert result["count"] == 7 and "journalctl failed with status 1" in module.warnings[0]


def test_no_journal_and_no_limit_below_nothing(bookworm):
    assert journal.has_journal() is False
    with pytest.raises(TaskError, match="^limit is -1: write 0 for counts alone"):
        look(limit=-1)
    assert look(until="2026-11-27T20:05:31Z", limit=1)["refusals"][0]["pid"] == 176


def test_the_size_of_what_is_kept_is_bounded(image, monkeypatch):
    """The oldest days go, as does the memory of lines that stand in two logs."""
    monkeypatch.setattr(refused_clients, "MAX_DAYS", 2)
    assert [day["day"] for day in look(root=str(image))["by_day"]] == ["2026-11-22", "2026-11-23"]
    monkeypatch.setattr(refused_clients, "MAX_REMEMBERED", 0)
    assert look(root=str(image))["count"] == 9  # with the three lines that say again what another one said


def test_lines_without_a_time(image):
    """A line of traditional syslog with a day that does not exist is counted, but never in a span of time."""
    with (image / "var" / "log" / "syslog").open("a") as stream:
        stream.write("Feb 33 08:00:00 h sshd[9]: refused connect from 10.0.0.8 (10.0.0.8)\n")
    result = look(root=str(image))
    (entry,) = [entry for entry in result["refusals"] if entry["address"] == "10.0.0.8"]
    assert entry["time"] is None and result["count"] == 7
    assert look(root=str(image), since="1970-01-01")["count"] == 6
    assert look(root=str(image), until="2030-01-01")["count"] == 6
