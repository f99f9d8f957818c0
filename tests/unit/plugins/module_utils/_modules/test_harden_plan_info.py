# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""harden's look says that nothing is to be done only where every module that the role would start would do nothing."""

import os
import shutil

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules import harden_plan_info
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import (
    inetd as inetd_tcpd,
    systemd as systemd_tcpd,
    xinetd as xinetd_tcpd,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import (
    task as hosts_access,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..", "fixtures")
GRANTED = {"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"}
ALL_THREE = ["/usr/sbin/tcpd", "/etc/inetd.conf", "/etc/xinetd.conf"]


@pytest.fixture(name="look")
def fixture_look(tmp_path):
    """A host whose tables are as the look is asked for, and whose services go by no tcpd yet."""
    root = tmp_path / "root"
    shutil.copytree(os.path.join(FIXTURES, "legacy"), str(root), symlinks=True)
    (root / "usr" / "sbin" / "tcpd").chmod(0o755)
    for name, text in (("hosts.allow", "sshd: 10.\n"), ("hosts.deny", "ALL: ALL\n")):
        (root / "etc" / name).write_text(text)
        (root / "etc" / name).chmod(0o600)

    def ask(tables=None, **options):
        wanted = dict(
            {"allow": ["sshd: 10."], "default": "deny", "owner": str(os.getuid()), "group": str(os.getgid())},
            **(tables or {}),
        )
        params = {name: option.get("default") for name, option in harden_plan_info.argument_spec().items()}
        params.update(
            {"root": str(root), "dialect": "debian", "tables": wanted, "inetd_services": [], "xinetd_services": []},
            **options,
        )
        ask.module = Call(params)
        return harden_plan_info.run(ask.module)

    ask.root = root
    return ask


def wrap(face, look, **options):
    params = {name: option.get("default") for name, option in face.argument_spec().items()}
    return face.run(Call(dict(params, root=str(look.root), dialect="debian", **options)))


@pytest.mark.parametrize(
    "assertions", [[], [GRANTED], [GRANTED, dict(GRANTED, address="192.0.2.1", expect="denied")]], ids=len
)
def test_what_is_as_it_should_be_is_told_with_the_number_of_proofs(look, assertions):
    assert look(assertions=assertions) == {
        "changed": False,
        "unchanged": True,
        "found": ALL_THREE,
        "dialect": "debian",
        "proved": len(assertions),
    }
    assert look.module.warnings == []


@pytest.mark.parametrize(
    "options",
    [
        {"tables": {"allow": ["sshd: 11."]}},
        {"tables": {"default": "allow"}},
        {"tables": {"mode": "0640"}},
        {"tables": {"setype": "etc_t"}},
        {"tables": {"nonsense": True}},
        {"tables": {"allow": [{"ALL": "ALL"}]}},
        {"assertions": [dict(GRANTED, expect="denied")]},
        {"assertions": [dict(GRANTED, adress="10.1.2.3")]},
        {"inetd_services": ["ftp"]},
        {"inetd_services": ["no-such-service"]},
        {"inetd_services": None},
        {"xinetd_services": ["telnet"]},
        {"xinetd_services": None},
        {"systemd_services": ["telnet"]},
        {"systemd_services": ["no-such-service"]},
    ],
    ids=str,
)
def test_whatever_else_is_left_to_the_modules(look, options):
    assert look(**options) == {"changed": False, "unchanged": False, "found": ALL_THREE}


def test_a_change_that_waits_to_be_confirmed_is_left_to_the_modules(look):
    (look.root / "etc" / ".portcullis.tcp_wrappers").mkdir()
    assert look()["unchanged"] is False


@pytest.mark.parametrize(
    "face, option, service",
    [
        (inetd_tcpd, "inetd_services", "ftp"),
        (xinetd_tcpd, "xinetd_services", "telnet"),
        (systemd_tcpd, "systemd_services", "telnet"),
    ],
)
def test_once_its_module_has_run_a_service_is_done(look, face, option, service):
    assert look(**{option: [service]})["unchanged"] is False
    assert wrap(face, look, services=[service])["changed"]
    assert look(**{option: [service]})["unchanged"] is True


@pytest.mark.parametrize("face, option", [(inetd_tcpd, "inetd_services"), (xinetd_tcpd, "xinetd_services")])
def test_all_services_are_done_once_the_module_has_wrapped_all_that_can_be(look, face, option):
    assert wrap(face, look, missing="ignore")["changed"]
    assert look(**{option: None})["unchanged"] is True


def test_without_tcpd_a_wrapped_service_is_left_to_the_module_which_says_what_is_missing(look):
    wrap(inetd_tcpd, look, services=["ftp"])
    (look.root / "usr" / "sbin" / "tcpd").unlink()
    assert look(inetd_services=["ftp"]) == {"changed": False, "unchanged": False, "found": ALL_THREE[1:]}


@pytest.mark.parametrize("option, path", [("inetd_services", "inetd.conf"), ("xinetd_services", "xinetd.conf")])
def test_all_services_of_a_superserver_that_is_not_there_are_none(look, option, path):
    (look.root / "etc" / path).unlink()
    assert look(**{option: None})["unchanged"] is True
    assert look(**{option: ["ftp"]})["unchanged"] is False


def test_a_host_whose_libwrap_is_not_known_is_left_to_hosts_access_which_asks_for_it(look):
    (look.root / "etc" / "os-release").write_text("ID=plan9\n")
    assert look(dialect="auto") == {"changed": False, "unchanged": False, "found": ALL_THREE}


def test_a_root_that_is_no_folder_is_an_error_at_once(look):
    with pytest.raises(HostError, match="is not a folder"):
        look(root=str(look.root / "nowhere"))


def test_the_tables_may_stand_elsewhere(look):
    os.rename(str(look.root / "etc" / "hosts.allow"), str(look.root / "etc" / "other"))
    assert not look(assertions=[GRANTED])["unchanged"]
    assert look(allow_path="/etc/other", assertions=[GRANTED])["unchanged"]


# ---- a block that is renamed


def declare(look, name):
    """As the role's task does it, with the role's record."""
    params = {option: about.get("default") for option, about in hosts_access.argument_spec().items()}
    params.update(
        root=str(look.root),
        dialect="debian",
        allow=["sshd: 10."],
        default="deny",
        block_name=name,
        owner=str(os.getuid()),
        group=str(os.getgid()),
        record="/etc/record.json",
        allow_unenforced=True,
    )
    module = Call(params)
    return hosts_access.run(module)


def test_a_block_of_another_name_than_in_the_last_run_is_refused(look):
    declare(look, "harden")
    again = {"tables": {"block_name": "harden"}, "record": "/etc/record.json"}
    assert look(**again)["unchanged"] is True
    again["tables"]["block_name"] = "house"
    with pytest.raises(
        TaskError, match="block_name is 'house', and the tables hold the block 'harden'.*Nothing was changed"
    ):
        look(**again)
    # without the role's own memory of it, it may be anybody's
    assert look(tables={"block_name": "house"})["unchanged"] is False


def test_a_block_that_others_had_there_before_is_theirs(look):
    (look.root / "etc" / "hosts.allow").write_text("# BEGIN portcullis theirs\nin.ftpd: 10.\n# END portcullis theirs\n")
    declare(look, "harden")
    assert look(tables={"block_name": "harden"}, record="/etc/record.json")["unchanged"] is True


def test_the_filter_beside_the_wrappers_is_looked_at_too(look):
    """Which services it has to stand beside, whether it does, and that it goes when nobody wants it any more."""
    (look.root / "usr" / "sbin" / "nft").write_text("")
    record = "/etc/portcullis.harden.json"
    assert "companion" not in look(record=record)
    wanted = look(enforce="companion", record=record)
    assert not wanted["unchanged"] and {"daemon": "nrpe", "ports": [5666], "protocol": "tcp"} in wanted["companion"]
    tables = dict(allow=["sshd: 10."], default="deny", owner=str(os.getuid()), group=str(os.getgid()))
    assert wrap(hosts_access, look, record=record, companion=wanted["companion"], **tables)["changed"]
    assert look(enforce="companion", record=record)["unchanged"]
    (look.root / "etc" / "portcullis.nft").unlink()
    assert not look(enforce="companion", record=record)["unchanged"]
    assert wrap(hosts_access, look, record=record, companion=wanted["companion"], **tables)["changed"]
    away = look(record=record)
    assert away["companion"] == [] and not away["unchanged"]
    assert look(state="absent", record=record)["undo"] == ["filter", "tables"]
    assert wrap(hosts_access, look, record=record, companion=[], **tables)["changed"]
    assert "companion" not in look(record=record) and look(record=record)["unchanged"]
