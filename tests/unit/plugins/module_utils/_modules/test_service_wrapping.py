# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three modules' whole runs on a folder: what they write, what they leave, what they refuse."""

import errno
import hashlib
import json
import os
import shutil

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import (
    inetd as inetd_tcpd,
    run as service_wrapping,
    systemd as systemd_tcpd,
    xinetd as xinetd_tcpd,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries, Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import TCPD

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..", "fixtures")
FACES = {"inetd": inetd_tcpd, "xinetd": xinetd_tcpd, "systemd": systemd_tcpd}


@pytest.fixture
def root(tmp_path):
    shutil.copytree(os.path.join(FIXTURES, "legacy"), str(tmp_path / "root"), symlinks=True)
    return str(tmp_path / "root")


def run(kind, root, check_mode=False, **options):
    face = FACES[kind]
    params = {name: option.get("default") for name, option in face.argument_spec().items()}
    params.update(root=root, dialect="debian", **options)
    module = Call(params, check_mode)
    result = face.run(module)
    result["warnings"] = module.warnings
    return result


def snapshot(root):
    found = {}
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[path] = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as stream:
                    found[path] = (
                        hashlib.sha256(stream.read()).hexdigest(),
                        os.stat(path).st_mode,
                        os.stat(path).st_mtime_ns,
                    )
            else:
                found[path] = "folder"
    return found


def content(root):
    return {path: value[:2] if isinstance(value, tuple) else value for path, value in snapshot(root).items()}


def services(result):
    return {service["name"]: service for service in result["services"]}


@pytest.mark.parametrize("kind", sorted(FACES))
def test_check_run_check_run_and_back(kind, root):
    old = snapshot(root)
    predicted = run(kind, root, check_mode=True)
    assert predicted["changed"] and snapshot(root) == old
    done = run(kind, root)
    for key in ("changed", "diff", "services", "rewritten", "findings", "warnings"):
        assert done[key] == predicted[key]
    new = snapshot(root)
    assert new != old
    assert not run(kind, root, check_mode=True)["changed"]
    again = run(kind, root)
    assert not again["changed"] and again["diff"] == [] and again["rewritten"] == [] and snapshot(root) == new
    for service in done["services"]:
        assert service["wrapped"] or service["disabled"] or not service["wrappable"], service
        assert service["wrappable"] or service["reason"]
    back = run(kind, root, state="unwrapped", services=done["rewritten"])
    assert back["changed"] and back["rewritten"] == done["rewritten"]
    expected = {path: value[:2] if isinstance(value, tuple) else value for path, value in old.items()}
    left = content(root)
    # the one service that was wrapped by hand, and not quite right, stays as it was put right
    finger = os.path.join(root, "etc", "xinetd.d", "finger")
    if kind == "xinetd":
        assert left.pop(finger) != expected.pop(finger)
    assert left == expected


def test_named_services_only(root):
    result = run("inetd", root, services=["ftp", "tftp/udp", "pop-3"])
    assert result["rewritten"] == ["ftp/tcp", "pop-3/tcp", "tftp/udp"]
    assert services(result)["pop-3"]["disabled"] and services(result)["pop-3"]["wrapped"]
    assert not services(result)["shell"]["wrapped"]


def test_no_services_is_none(root):
    assert not run("inetd", root, services=[])["changed"]
    assert not run("inetd", root, services=[], state="unwrapped")["changed"]
    with pytest.raises(TaskError, match="needs services"):
        run("inetd", root, state="unwrapped")


@pytest.mark.parametrize("kind", sorted(FACES))
def test_a_service_that_is_not_there(kind, root):
    old = snapshot(root)
    with pytest.raises(TaskError, match="no service 'uucp-path'.*The services found are: "):
        run(kind, root, services=["uucp-path"])
    assert snapshot(root) == old
    assert run(kind, root, services=["uucp-path"], missing="ignore")["missing"] == ["uucp-path"]


@pytest.mark.parametrize(
    "kind, name, reason",
    [
        ("inetd", "daytime", "internal"),
        ("inetd", "nessus", "stream wait"),
        ("inetd", "rusersd/2-3", "rpc over tcp"),
        ("xinetd", "time-stream", "internal"),
        ("xinetd", "http-redirect", "redirect"),
        ("xinetd", "uucp", "drops it"),
        ("systemd", "cups", "Accept=no"),
    ],
)
def test_a_named_service_that_cannot_be_wrapped(kind, name, reason, root):
    old = snapshot(root)
    with pytest.raises(TaskError, match=reason) as failure:
        run(kind, root, services=[name])
    assert snapshot(root) == old and "Nothing was changed" in str(failure.value) and failure.value.details["services"]


@pytest.mark.parametrize("named", [True, False])
def test_tcpd_by_another_name_does_not_go_behind_tcpd(named, root):
    """Debian 13: it then asked as mytcpd, and ended with "cannot execute /usr/sbin/mytcpd"."""
    program = os.path.join(root, "usr/sbin/mytcpd")
    with open(program, "wb") as stream:
        stream.write(TCPD)
    os.chmod(program, 0o755)
    with open(os.path.join(root, "etc/inetd.conf"), "w") as stream:
        stream.write("7708 stream tcp nowait root /usr/sbin/mytcpd /usr/sbin/in.z8\n")
    if named:
        with pytest.raises(TaskError, match="cannot go through tcpd: its server is tcpd by another name"):
            run("inetd", root, services=["7708"])
    else:
        result = run("inetd", root)
        assert result["changed"] is False and services(result)["7708"]["wrappable"] is False


def test_tcpd_must_be_there(root):
    os.chmod(os.path.join(root, "usr/sbin/tcpd"), 0o644)
    with pytest.raises(TaskError, match="/usr/sbin/tcpd or /usr/libexec/tcpd is not an executable file below"):
        run("inetd", root)
    with pytest.raises(TaskError, match="/opt/tcpd is not an executable file"):
        run("inetd", root, tcpd="/opt/tcpd")
    assert "/opt/tcpd" in run("inetd", root, tcpd="/opt/tcpd", allow_missing_tcpd=True)["diff"][0]["after"]
    # taking it away needs none
    assert run("inetd", root, state="unwrapped", services=["ftp"])["changed"]


@pytest.mark.parametrize("kind", ["inetd", "xinetd"])
def test_tcpd_is_not_wanted_where_nothing_goes_through_it(kind, root):
    os.unlink(os.path.join(root, "usr/sbin/tcpd"))
    os.unlink(os.path.join(root, "etc/%s.conf" % kind))
    for given in ({}, {"services": ["ftp"]}):
        result = run(kind, root, missing="ignore", **given)
        assert not result["changed"] and result["services"] == []


def test_no_configuration(root):
    os.unlink(os.path.join(root, "etc/inetd.conf"))
    os.unlink(os.path.join(root, "etc/xinetd.conf"))
    with pytest.raises(
        HostError, match="^/etc/inetd.conf does not exist below .*, so inetd starts nothing. Install inetd, set path"
    ):
        run("inetd", root)
    with pytest.raises(HostError, match="^/etc/xinetd.conf does not exist below .*, so xinetd starts nothing"):
        run("xinetd", root)
    for kind in ("inetd", "xinetd"):
        result = run(kind, root, missing="ignore", services=["ftp"])
        assert not result["changed"] and result["services"] == [] and result["missing"] == ["ftp"]


@pytest.mark.parametrize("kind, path", [("inetd", "etc/inetd.conf"), ("xinetd", "etc/xinetd.conf")])
def test_something_else_in_place_of_the_configuration(kind, path, root):
    os.unlink(os.path.join(root, path))
    os.mkdir(os.path.join(root, path))
    with pytest.raises(HostError, match="name a file; a directory"):
        run(kind, root)
    os.rmdir(os.path.join(root, path))
    os.symlink("/nowhere", os.path.join(root, path))
    with pytest.raises(HostError):
        run(kind, root, missing="ignore")


def test_a_link_out_of_the_root_is_followed_within_it(root):
    shutil.move(os.path.join(root, "etc/inetd.conf"), os.path.join(root, "etc/real.conf"))
    os.symlink("/etc/real.conf", os.path.join(root, "etc/inetd.conf"))
    assert run("inetd", root)["changed"]
    assert os.path.islink(os.path.join(root, "etc/inetd.conf"))
    with open(os.path.join(root, "etc/real.conf")) as stream:
        assert "/usr/sbin/tcpd /usr/sbin/in.ftpd" in stream.read()


def test_owner_mode_and_a_backup(root):
    path = os.path.join(root, "etc/inetd.conf")
    os.chmod(path, 0o640)
    with open(path, "rb") as stream:
        old = stream.read()
    (copy,) = run("inetd", root, backup=True)["backup_files"]
    assert os.stat(path).st_mode & 0o777 == 0o640
    with open(root + copy, "rb") as stream:
        assert stream.read() == old
    assert os.stat(root + copy).st_mode & 0o777 == 0o600


def test_the_drop_in_and_its_folder_come_and_go(root):
    folder = os.path.join(root, "etc/systemd/system/telnet@.service.d")
    result = run("systemd", root, services=["telnet.socket"])
    assert not result["daemon_reloaded"]
    (name,) = os.listdir(folder)
    assert os.stat(os.path.join(folder, name)).st_mode & 0o777 == 0o644
    with open(os.path.join(folder, "other.conf"), "w") as stream:
        stream.write("[Service]\nNice=1\n")
    assert run("systemd", root, services=["telnet"], state="unwrapped")["changed"]
    assert os.listdir(folder) == ["other.conf"]


@pytest.mark.parametrize("backup", [False, True])
def test_all_files_or_none(root, monkeypatch, backup):
    """When one of several files cannot be written, those before it are put back, and no copy stays."""
    before = content(root)
    names = set(os.listdir(os.path.join(root, "etc/xinetd.d"))) | {"xinetd.conf"}
    moved = []

    def failing(real):
        def call(source, target, **options):
            if os.path.basename(target) in names and "portcullis" not in os.path.basename(target):
                moved.append(target)
                if len(moved) == 4:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(source, target, **options)

        return call

    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, failing(getattr(os, name)))
    with pytest.raises(HostError, match="make room"):
        run("xinetd", root, backup=backup)
    assert len(moved) > 4 and content(root) == before


def test_malformed_lines_are_reported_and_kept(root):
    findings = run("inetd", root)["findings"]
    assert [(finding["code"], finding["path"]) for finding in findings] == [("malformed", "/etc/inetd.conf")]
    findings = run("xinetd", root)["findings"]
    assert ("malformed", "/etc/xinetd.d/uucp", 6) in [
        (finding["code"], finding["path"], finding["line"]) for finding in findings
    ]


def test_a_changed_daemon_name_is_a_warning(root):
    with open(os.path.join(root, "etc/xinetd.d/chosen"), "w") as stream:
        stream.write(
            "service chosen\n{\n socket_type = stream\n wait = no\n libwrap = mail\n server = /usr/sbin/in.maild\n}\n"
        )
    result = run("xinetd", root, services=["chosen"])
    assert result["warnings"] == [
        "Rules for the service chosen must now name the daemon in.maild; until now it was mail."
    ]
    assert services(result)["chosen"]["daemon"] == "in.maild"
    result = run("xinetd", root, services=["chosen"], state="unwrapped")
    assert services(result)["chosen"]["daemon"] == "mail" and len(result["warnings"]) == 1


def test_tables_that_tcpd_cannot_read_as_the_services_user(root):
    for name in ("hosts.allow", "hosts.deny"):
        path = os.path.join(root, "etc", name)
        with open(path, "w") as stream:
            stream.write("")
        os.chmod(path, 0o600)
    result = run("inetd", root, services=["finger"])
    messages = [finding["message"] for finding in result["findings"] if finding["code"] == "unreadable-tables"]
    # one for each user, whatever the number of its services and tables
    assert len(messages) == len({message.partition(" runs as ")[2].split()[0] for message in messages})
    (told,) = [message for message in messages if "runs as nobody for " in message]
    assert "finger" in told and "/etc/hosts.allow (mode 0600) and /etc/hosts.deny (mode 0600)" in told
    assert not any(" ftp" in message for message in messages)


@pytest.mark.parametrize("xinetd, expected", [(b"\0NOLIBWRAP\0", True), (b"\0libwrap-less\0", False), (None, True)])
def test_whether_xinetd_knows_nolibwrap(xinetd, expected, root):
    if xinetd is not None:
        with open(os.path.join(root, "usr/sbin/xinetd"), "wb") as stream:
            stream.write(xinetd)
    result = run("xinetd", root, services=["telnet"])
    assert result["nolibwrap"] is expected
    with open(os.path.join(root, "etc/xinetd.d/telnet")) as stream:
        assert ("NOLIBWRAP" in stream.read()) is expected


@pytest.mark.parametrize(
    "program, flavour",
    [("inetd", "openbsd"), ("inetutils-inetd", "inetutils"), ("xinetd", "xinetd"), (None, "openbsd")],
)
def test_which_inetd_reads_the_file(program, flavour, root):
    if program is not None:
        with open(os.path.join(root, "usr/sbin", program), "w"):
            pass
    assert run("inetd", root)["flavour"] == flavour
    assert run("inetd", root, flavour="freebsd")["flavour"] == "freebsd"


def test_bytes_of_any_encoding(root):
    path = os.path.join(root, "etc/inetd.conf")
    with open(path, "rb") as stream:
        old = (
            stream.read()
            + b"# caf\xe9 \x85 \xff\nodd stream tcp nowait root /opt/caf\xe9 caf\xe9 \xff\nt\xe9 stream tcp nowait root /opt/t t\n"
        )
    with open(path, "wb") as stream:
        stream.write(old)
    result = run("inetd", root)
    assert services(result)["odd"]["server"] == "/opt/caf\\xe9"
    assert "t\\xe9/tcp" in result["rewritten"]
    assert run("inetd", root, state="unwrapped", services=result["rewritten"])["changed"]
    with open(path, "rb") as stream:
        assert stream.read() == old


def test_a_drop_in_of_somebody_else_cannot_be_unwrapped(root):
    folder = os.path.join(root, "etc/systemd/system/telnet@.service.d")
    os.mkdir(folder)
    with open(os.path.join(folder, "a.conf"), "w") as stream:
        stream.write("[Service]\nExecStart=\nExecStart=@/usr/sbin/tcpd /usr/sbin/in.telnetd\n")
    assert not run("systemd", root)["changed"]
    with pytest.raises(SuperserverError, match="line 3 of /etc/systemd/system/telnet@.service.d/a.conf"):
        run("systemd", root, services=["telnet"], state="unwrapped")


def tables(root, allow, deny):
    for name, text in (("hosts.allow", allow), ("hosts.deny", deny)):
        with open(os.path.join(root, "etc", name), "w") as stream:
            stream.write(text)


def test_what_must_stay_granted_is_asked_first(root):
    tables(root, "in.ftpd: 10.\n", "ALL: ALL\n")
    old = snapshot(root)
    wanted = [
        {"daemon": "in.ftpd", "address": "10.1.1.1"},
        {"daemon": "in.ftpd", "address": "192.0.2.7"},
        {"daemon": "sshd", "address": "192.0.2.8"},
    ]
    for check_mode in (True, False):
        with pytest.raises(
            TaskError, match="Nothing was changed.*in.ftpd from 192.0.2.7.*/etc/hosts.deny line 1, 'ALL: ALL'"
        ):
            run("inetd", root, check_mode=check_mode, services=["ftp"], keep_access=wanted)
    assert snapshot(root) == old
    # only the daemons of this task are asked for
    assert run("inetd", root, services=["shell"], keep_access=wanted)["changed"]
    assert run("inetd", root, services=["ftp"], keep_access=wanted[:1])["changed"]
    # a service that is checked already is not this task's concern
    assert not run("inetd", root, services=["ftp"], keep_access=wanted)["changed"]


def test_the_guard_can_be_turned_off(root):
    tables(root, "", "ALL: ALL\n")
    wanted = [{"daemon": "in.ftpd", "address": "192.0.2.7"}]
    assert run("inetd", root, services=["ftp"], keep_access=wanted, lockout_guard="disabled")["changed"]


def test_an_ssh_server_behind_inetd_keeps_its_operators(root):
    tables(root, "", "ALL: ALL\n")
    with open(os.path.join(root, "etc/inetd.conf"), "a") as stream:
        stream.write("ssh stream tcp nowait root /usr/sbin/sshd sshd -i\n")
    with pytest.raises(TaskError, match="sshd from 192.0.2.7"):
        run("inetd", root, operators=["192.0.2.7"])
    tables(root, "sshd: 192.0.2.7\n", "ALL: ALL\n")
    assert run("inetd", root, operators=["192.0.2.7"])["changed"]


def test_an_answer_that_depends_on_the_world(root):
    tables(root, "in.ftpd: 192.0.2.7: aclexec ask %a\n", "ALL: ALL\n")
    wanted = [{"daemon": "in.ftpd", "address": "192.0.2.7"}]
    with pytest.raises(TaskError, match="this depends on"):
        run("inetd", root, services=["ftp"], keep_access=wanted)
    result = run("inetd", root, services=["ftp"], keep_access=wanted, lockout_guard="warn")
    assert result["changed"] and "this depends on" in result["warnings"][0]
    with pytest.raises(TaskError, match="in.rshd from 192.0.2.7"):
        run(
            "inetd",
            root,
            services=["shell"],
            keep_access=[{"daemon": "in.rshd", "address": "192.0.2.7"}],
            lockout_guard="warn",
        )


def test_given_back_to_xinetds_own_check(root):
    """Unwrapping changes who asks; where the name stays, nothing new is asked."""
    tables(root, "", "ALL: ALL\n")
    wanted = [{"daemon": "in.telnetd", "address": "192.0.2.7"}]
    # xinetd asks for in.telnetd already
    assert run("xinetd", root, services=["telnet"], keep_access=wanted)["changed"]
    assert run("xinetd", root, services=["telnet"], state="unwrapped", keep_access=wanted)["changed"]


def test_a_daemon_that_asks_libwrap_by_itself_is_a_warning(root, monkeypatch):
    def find_libwrap(self, path):
        return Linkage(path == "/usr/sbin/in.ftpd", (), "")

    monkeypatch.setattr(service_wrapping.Libraries, "find_libwrap", find_libwrap)
    (warning,) = run("inetd", root, services=["ftp", "shell"])["warnings"]
    assert (
        warning.startswith("/usr/sbin/in.ftpd asks libwrap by itself")
        and "service ftp is then checked twice" in warning
    )
    assert run("inetd", root, services=["ftp", "shell"])["warnings"] == []


def test_a_daemon_that_asks_libwrap_by_itself_goes_behind_tcpd_only_where_it_is_named(root, monkeypatch):
    def find_libwrap(self, path):
        return Linkage(path == "/usr/sbin/in.ftpd", (), "")

    monkeypatch.setattr(Libraries, "find_libwrap", find_libwrap)
    result = run("inetd", root)
    assert "ftp/tcp" not in result["rewritten"] and "shell/tcp" in result["rewritten"]
    assert not any("checked twice" in warning for warning in result["warnings"])
    assert services(result)["ftp"]["wrapped"] is False and "by itself" in services(result)["ftp"]["note"]
    assert run("inetd", root)["rewritten"] == []
    assert run("inetd", root, services=["ftp"])["rewritten"] == ["ftp/tcp"]


def test_what_is_switched_off_is_left_alone(root):
    off = {"inetd": ["pop-3", "exec", "ident"], "xinetd": ["rsh", "rsync", "tftp", "uucp"]}
    for kind, names in off.items():
        before = services(run(kind, root, services=[]))
        after = services(run(kind, root))
        assert [name for name in before if before[name]["disabled"]] == sorted(names, key=list(before).index)
        for name in names:
            assert after[name]["wrapped"] == before[name]["wrapped"]
    os.unlink(os.path.join(root, "etc/systemd/system/sockets.target.wants/telnet.socket"))
    assert not run("systemd", root)["changed"]
    assert run("systemd", root, services=["telnet"])["changed"]


def test_an_undo_takes_what_was_done_and_not_its_namesake(root):
    """Two services of one name below default addresses of openbsd-inetd, one of them behind tcpd already."""
    path = os.path.join(root, "etc", "inetd.conf")
    lines = [
        "127.0.0.1:",
        "ftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd",
        "127.0.0.2:",
        "ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.ftpd",
    ]
    with open(path, "w") as stream:
        stream.write("\n".join(lines) + "\n")
    done = run("inetd", root, flavour="openbsd")
    assert done["rewritten"] == ["127.0.0.1:ftp/tcp"] and done["findings"] == []
    assert [service["default_address"] for service in done["services"]] == ["127.0.0.1", "127.0.0.2"]
    assert run("inetd", root, flavour="openbsd", state="unwrapped", services=done["rewritten"])["changed"]
    with open(path) as stream:
        assert stream.read().splitlines() == lines


def test_a_program_of_several_names_stays_as_it_is(root):
    with open(os.path.join(root, "etc", "inetd.conf"), "w") as stream:
        stream.write("ssh stream tcp nowait root /usr/bin/many served -i\n")
    os.makedirs(os.path.join(root, "usr", "bin"), exist_ok=True)
    with open(os.path.join(root, "usr", "bin", "many"), "w") as stream:
        stream.write("")
    assert run("inetd", root, check_mode=True)["rewritten"] == ["ssh/tcp"]
    os.symlink("../bin/many", os.path.join(root, "usr", "sbin", "served"))
    result = run("inetd", root)
    assert not result["changed"] and "name /usr/sbin/served as the server instead" in result["services"][0]["reason"]
    with pytest.raises(TaskError, match="Nothing was changed: ssh .* may choose what to do by argv"):
        run("inetd", root, services=["ssh"])


RECORD = "/etc/record.json"


@pytest.mark.parametrize("kind", sorted(FACES))
def test_a_record_undoes_all_byte_for_byte(kind, root):
    """Also the one service of xinetd that was wrapped by hand and was put right."""
    before = content(root)
    done = run(kind, root, record=RECORD)
    assert done["changed"] and os.stat(root + RECORD).st_mode & 0o777 == 0o600
    written = snapshot(root)
    assert not run(kind, root, record=RECORD)["changed"] and snapshot(root) == written
    predicted = run(kind, root, check_mode=True, record=RECORD, state="unwrapped")
    assert snapshot(root) == written
    back = run(kind, root, record=RECORD, state="unwrapped")
    assert back["changed"] and back["diff"] == predicted["diff"] and back["rewritten"] == done["rewritten"]
    assert content(root) == before
    assert not run(kind, root, record=RECORD, state="unwrapped")["changed"] and content(root) == before


def test_three_modules_share_a_record(root):
    before = content(root)
    for kind in sorted(FACES):
        run(kind, root, record=RECORD)
    for kind in sorted(FACES):
        assert os.path.exists(root + RECORD)
        run(kind, root, record=RECORD, state="unwrapped")
    assert content(root) == before


def test_what_others_wrote_in_between_stays_and_the_services_are_unwrapped(root):
    """An administrator added a service and wrapped another one by hand; only what the record tells is unwrapped."""
    path = os.path.join(root, "etc/inetd.conf")
    with open(path, "rb") as stream:
        old = stream.read()
    run("inetd", root, record=RECORD, services=["ftp"])
    more = b"odd stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.oddd\n"
    with open(path, "ab") as stream:
        stream.write(more)
    run("inetd", root, record=RECORD, services=["ftp", "login"])
    result = run("inetd", root, record=RECORD, state="unwrapped")
    assert sorted(result["rewritten"]) == ["ftp/tcp", "login/tcp"] and services(result)["odd"]["wrapped"]
    with open(path, "rb") as stream:
        assert stream.read() == old + more
    assert not os.path.exists(root + RECORD)


def test_what_went_through_tcpd_before_does_so_afterwards(root):
    path = os.path.join(root, "etc/inetd.conf")
    run("inetd", root, services=["ftp"])
    with open(path, "rb") as stream:
        old = stream.read()
    run("inetd", root, record=RECORD)
    run("inetd", root, record=RECORD, state="unwrapped")
    with open(path, "rb") as stream:
        assert stream.read() == old


def test_a_service_that_is_gone_is_told_and_forgotten(root):
    run("inetd", root, record=RECORD, services=["ftp", "login"])
    path = os.path.join(root, "etc/inetd.conf")
    with open(path) as stream:
        lines = [line for line in stream if not line.startswith("ftp")]
    with open(path, "w") as stream:
        stream.writelines(lines)
    result = run("inetd", root, record=RECORD, state="unwrapped")
    assert (
        result["missing"] == ["ftp/tcp"] and result["rewritten"] == ["login/tcp"] and not os.path.exists(root + RECORD)
    )


def test_a_record_takes_no_names_of_services_beside_it(root):
    with pytest.raises(TaskError, match="leave services out"):
        run("inetd", root, record=RECORD, state="unwrapped", services=["ftp"])


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"services": [1], "files": {}},
        {"services": [], "files": {"/etc/inetd.conf": {"before": "\u2028", "left": ""}}},
        {"services": [], "files": {"/etc/inetd.conf": "x"}},
    ],
)
def test_what_is_no_record_of_ours_is_refused(root, part):
    with open(root + RECORD, "w") as stream:
        json.dump({"portcullis.tcp_wrappers": {"record": 1}, "inetd": part}, stream)
    before = content(root)
    for options in ({"state": "unwrapped"}, {"services": ["ftp"]}):
        with pytest.raises(TaskError, match="/etc/record.json is not a record"):
            run("inetd", root, record=RECORD, **options)
    assert content(root) == before


def test_a_record_names_no_file_that_is_written(root):
    """Only files of the configuration count, whatever paths a record holds."""
    run("inetd", root, record=RECORD, services=["ftp"])
    with open(root + RECORD) as stream:
        record = json.load(stream)
    for path in ("/etc/passwd", "/../outside", "/etc/inetd.conf/"):
        record["inetd"]["files"][path] = {"before": "evil", "left": None}
        record["inetd"]["files"][path]["left"] = hashlib.sha256(b"root\n").hexdigest()
    with open(root + RECORD, "w") as stream:
        json.dump(record, stream)
    with open(root + "/etc/passwd", "w") as stream:
        stream.write("root\n")
    run("inetd", root, record=RECORD, state="unwrapped")
    with open(root + "/etc/passwd") as stream:
        assert stream.read() == "root\n"


def test_a_file_of_inetutils_folder_has_no_copy_beside_it(root):
    """inetutils-inetd reads every file of the folder, test_inetd_real has seen it: a copy would start the service without tcpd."""
    path = os.path.join(root, "etc", "inetd.d", "telnet")
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as stream:
        stream.write("telnet stream tcp nowait root /usr/sbin/in.telnetd in.telnetd\n")
    with pytest.raises(TaskError, match="leave backup out"):
        run("inetd", root, path="/etc/inetd.d/telnet", flavour="inetutils", backup=True)
    done = run("inetd", root, path="/etc/inetd.d/telnet", flavour="inetutils")
    assert done["rewritten"] == ["telnet/tcp"] and os.listdir(os.path.dirname(path)) == ["telnet"]


def test_the_whole_folder_of_inetutils_is_read_beside_its_file(root):
    folder = os.path.join(root, "etc", "inetd.d")
    os.makedirs(folder)
    line = "%s stream tcp nowait root /usr/sbin/in.%sd in.%sd\n"
    for name in ("echo", ".old"):
        with open(os.path.join(folder, name), "w") as stream:
            stream.write(line % ((name.strip("."),) * 3))
    before = content(root)
    done = run("inetd", root, services=["echo", "old", "shell"], flavour="inetutils", backup=True)
    assert done["rewritten"] == ["shell/tcp", "old/tcp", "echo/tcp"]
    assert sorted(os.listdir(folder)) == [".old", "echo"]  # a copy in the folder would be read
    assert [os.path.dirname(path) for path in done["backup_files"]] == ["/etc"]
    with open(os.path.join(folder, "echo")) as stream:
        assert stream.read() == "echo stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.echod\n"
    run("inetd", root, services=["echo", "old", "shell"], flavour="inetutils", state="unwrapped")
    after = content(root)
    assert {path: after[path] for path in before if path != root} == {
        path: before[path] for path in before if path != root
    }
    assert run("inetd", root, services=["echo"], missing="ignore", flavour="openbsd")["missing"] == ["echo"]
