# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`unenforced`: nothing is called refused that would be served, and a rule must use the name that is asked for."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules import harden_plan_info
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import evaluate, unenforced
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import check_assertions
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import Listener
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import PLAIN, TCPD

INETD = b"""\
telnet stream tcp nowait root /usr/sbin/in.telnetd in.telnetd
ident stream tcp wait root /usr/sbin/in.identd in.identd
finger stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.fingerd
"""
REFUSED = {"daemon": "sshd", "network": "198.51.100.0/24", "expect": "denied"}


class Image:
    """A host whose sshd, telnetd and identd link nothing, below a folder."""

    def __init__(self, folder):
        self.folder = folder
        for path, data in {
            "etc/inetd.conf": INETD,
            "etc/services": b"ssh 22/tcp\ntelnet 23/tcp\nident 113/tcp\nfinger 79/tcp\n",
            "usr/sbin/sshd": PLAIN,
            "usr/sbin/in.telnetd": PLAIN,
            "usr/sbin/in.identd": PLAIN,
            "usr/sbin/in.fingerd": PLAIN,
            "usr/sbin/tcpd": TCPD,
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
            (folder / path).chmod(0o755)

    def params(self, spec, **options):
        params = {name: option.get("default") for name, option in spec.items()}
        params.update({name: None for name in ("seuser", "serole", "setype", "selevel", "attributes")})
        params.update(root=str(self.folder), dialect="debian", **options)
        return params

    def declare(self, **options):
        options = dict({"owner": str(os.getuid()), "group": str(os.getgid())}, **options)
        self.module = Call(self.params(hosts_access.argument_spec(), **options))
        return hosts_access.run(self.module)

    def ask(self, **options):
        self.module = Call(self.params(evaluate.argument_spec(), **options))
        return evaluate.run(self.module)

    def harden(self, allow, **options):
        tables = {"allow": allow, "default": "deny", "owner": str(os.getuid()), "group": str(os.getgid())}
        self.module = Call(self.params(harden_plan_info.argument_spec(), tables=tables, **options))
        return harden_plan_info.run(self.module)

    def written(self):
        return (self.folder / "etc/hosts.deny").exists()


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    return Image(tmp_path)


def test_only_the_services_that_are_wrapped_are_spared_and_not_all_of_their_name(tmp_path):
    """vsftpd by itself at port 21 and by a socket unit at 2121, which the same run wraps: port 21 serves everybody."""

    def vsftpd(port, wrappable):
        return Listener(
            "vsftpd", "process", "tcp", "vsftpd", (), "its configuration does not use it", "root", (("tcp", "0.0.0.0", port),),
            port, (), "/usr/sbin/vsftpd", (), (), None, None, False, wrappable=wrappable,
        )  # fmt: skip

    refused = check_assertions([{"daemon": "vsftpd", "address": "198.51.100.1", "expect": "denied"}], "assertions")
    rules = [("deny[0]", "vsftpd")]
    for services, said in (([vsftpd(21, False), vsftpd(2121, True)], 2), ([vsftpd(2121, True)], 0)):
        judged = unenforced.judge(Root(str(tmp_path)), services, refused, rules, ["vsftpd"])
        assert len(judged.complaints) == said and all("tcp port 21)" in told for told in judged.complaints)


def test_nobody_is_warned_of_a_program_that_is_not_there(image):
    """It serves nobody, so the expected refusal holds."""
    (image.folder / "usr/sbin/in.identd").unlink()
    refused = {"daemon": "in.identd", "address": "198.51.100.1", "expect": "denied"}
    image.declare(default="deny", assertions=[refused], unenforced="warn")
    assert not [told for told in image.module.warnings if "in.identd" in told], image.module.warnings


def test_a_refusal_that_nobody_would_make_is_refused_before_the_write(image):
    with pytest.raises(TaskError) as error:
        image.declare(default="deny", assertions=[REFUSED], unenforced="refuse")
    told = str(error.value)
    assert (
        "198.51.100.0/24 is refused, but sshd does not ask libwrap" in told and "let in whatever the tables say" in told
    )
    assert "hosts_access_enforce with target: sshd or nftables" in told and not image.written()
    assert error.value.details["enforcement"][0]["state"] == "does not ask"


def test_it_is_a_warning_where_nothing_is_said_and_nothing_where_it_shall_be_ignored(image):
    result = image.declare(default="deny", assertions=[REFUSED])
    assert result["changed"] and len(image.module.warnings) == 1 and "does not ask libwrap" in image.module.warnings[0]
    assert [(entry["daemon"], entry["state"]) for entry in result["enforcement"]] == [("sshd", "does not ask")]
    again = image.declare(default="deny", assertions=[REFUSED])
    assert not again["changed"] and again["enforcement"] == result["enforcement"] and image.module.warnings
    image.declare(default="deny", assertions=[REFUSED], unenforced="ignore")
    assert image.module.warnings == []


def test_where_no_such_service_runs_nothing_is_refused_and_the_result_says_so(image):
    refused = dict(REFUSED, daemon="in.rshd")
    result = image.declare(default="deny", assertions=[refused], unenforced="refuse")
    assert [(entry["daemon"], entry["state"]) for entry in result["enforcement"]] == [("in.rshd", "no such service")]
    assert [item["service"] for item in image.ask(assertions=[refused])["decisions"]] == ["no such service"]


@pytest.mark.parametrize("daemon, state", [
    ("sshd", "does not ask"),
    ("in.telnetd", "does not ask"),
    ("in.identd", "does not ask"),
    ("in.fingerd", "asks"),
    ("in.rshd", "no such service"),
])  # fmt: skip
def test_evaluate_gives_the_same_answer(image, daemon, state):
    image.declare(default="deny", unenforced="ignore")
    refused = dict(REFUSED, daemon=daemon)
    assert [item["service"] for item in image.ask(assertions=[refused])["decisions"]] == [state]
    assert bool(image.module.warnings) is (state == "does not ask")
    if state == "does not ask":
        with pytest.raises(TaskError, match="does not ask libwrap"):
            image.ask(assertions=[refused], unenforced="refuse")


@pytest.mark.parametrize("rule, told", [
    ("ssh: 10.0.0.1", "allow[0] names ssh, but the name of that daemon is sshd. Write sshd instead of ssh."),
    ("telnet: 10.0.0.1", "allow[0] names telnet, but the name of that daemon is in.telnetd. Write in.telnetd instead of telnet."),
    ("vsftp: 10.0.0.1", "allow[0] names vsftp, but the name of that daemon is vsftpd. Write vsftpd instead of vsftp."),
    ("sshd: 10.0.0.1", "sshd does not ask libwrap"),
    ("in.identd: 10.0.0.1", "does not ask libwrap"),
    ("in.telnetd: 10.0.0.1", ""),  # tcpd can be put in front of it
    ("in.fingerd, ALL: 10.0.0.1", ""),
])  # fmt: skip
def test_rules_of_the_task(image, rule, told):
    image.declare(allow=[rule])
    assert len(image.module.warnings) == bool(told) and told in "".join(image.module.warnings)
    if told:
        with pytest.raises(TaskError, match="unenforced: warn"):
            image.declare(deny=[rule.replace("10.0.0.1", "192.0.2.1")], unenforced="refuse")


def test_harden_refuses_where_sshd_does_not_ask_and_counts_what_it_will_wrap(image):
    with pytest.raises(TaskError, match="sshd does not ask libwrap"):
        image.harden(["sshd: 10.0.0.1"], unenforced="refuse")
    refused = [dict(REFUSED, daemon="in.telnetd")]
    assert image.harden(["in.telnetd: 10.0.0.1"], assertions=refused, unenforced="refuse")["unchanged"] is False
    with pytest.raises(TaskError, match="in.telnetd from 198.51.100.0/24 is refused"):
        image.harden(["in.telnetd: 10.0.0.1"], assertions=refused, unenforced="refuse", inetd_services=[])
    assert not image.written()


@pytest.mark.parametrize("mode, warned", [("refuse", 1), ("warn", 1), ("ignore", 0)])
def test_a_refusal_of_which_nothing_is_known_does_not_pass_in_silence(image, mode, warned):
    program = image.folder / "usr/sbin/in.telnetd"
    program.write_bytes(b"neither a program nor a script")
    image.declare(default="deny", unenforced="ignore")
    result = image.ask(assertions=[dict(REFUSED, daemon="in.telnetd")], unenforced=mode)
    assert [item["service"] for item in result["decisions"]] == ["not known"]
    assert len(image.module.warnings) == warned
    assert all("it is not known whether telnet (tcp port 23) asks libwrap" in text for text in image.module.warnings)
