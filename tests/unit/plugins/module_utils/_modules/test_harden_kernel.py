# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""harden_kernel: the drop-in, the running kernel and the record of both go there and back as one."""

import json
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.kernel import (
    run as harden_kernel,
    plan as kernel_plan,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import kernel_settings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError

ROUTE, LOOSE, LACKING = (
    "net.ipv4.conf.all.accept_source_route",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv6.conf.all.accept_source_route",
)
WANTED = {ROUTE: 0, LOOSE: 2, LACKING: 0}
RECORD = "/etc/record.json"
DROP_IN = "etc/sysctl.d/zz-portcullis-harden.conf"


class Host:
    """A folder, and a kernel in a folder of it that a task is told is its own."""

    def __init__(self, root):
        self.root = root
        (root / "etc").mkdir()
        self.proc = root / "proc"
        for name, value in ((ROUTE, "1"), (LOOSE, "0")):
            path = self.proc.joinpath("sys", *name.split("."))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(value + "\n")

    def kernel(self, name):
        return self.proc.joinpath("sys", *name.split("."))

    def values(self):
        return [self.kernel(name).read_text().strip() for name in (ROUTE, LOOSE)]

    def run(self, check_mode=False, **options):
        params = {name: option.get("default") for name, option in harden_kernel.argument_spec().items()}
        params.update(root=str(self.root), record=RECORD, **dict({"settings": WANTED}, **options))
        call = Call(params, check_mode)
        result = harden_kernel.run(call)
        assert call.warnings == []
        return result

    def files(self):
        return {
            str(path.relative_to(self.root)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.root.rglob("*"))
        }


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    return Host(tmp_path)


@pytest.fixture(name="host")
def fixture_host(tmp_path, monkeypatch):
    """The folder's kernel answers, as that of the root / does."""
    host = Host(tmp_path)
    ask, tell, look = kernel_settings.read_settings, kernel_settings.set_settings, kernel_settings.check_settable
    monkeypatch.setattr(kernel_plan, "read_settings", lambda names: ask(names, str(host.proc)))
    monkeypatch.setattr(kernel_plan, "check_settable", lambda names: look(names, str(host.proc)))
    monkeypatch.setattr(harden_kernel, "set_settings", lambda values: tell(values, str(host.proc)))
    monkeypatch.setattr(kernel_plan, "asks_kernel", lambda root: True)
    return host


def test_there_and_back(host):
    before = host.files()
    predicted = host.run(check_mode=True)
    assert host.files() == before
    done = host.run()
    assert done == predicted and done["told"] == [ROUTE + " = 0", LOOSE + " = 2"] and host.values() == ["0", "2"]
    assert (host.root / DROP_IN).read_text().splitlines()[1:] == [ROUTE + " = 0", LOOSE + " = 2", LACKING + " = 0"]
    assert (host.root / DROP_IN).stat().st_mode & 0o777 == 0o644 and (
        host.root / "etc/record.json"
    ).stat().st_mode & 0o777 == 0o600
    assert not host.run()["changed"]
    predicted = host.run(check_mode=True, state="absent")
    assert host.run(state="absent") == predicted and predicted["changed"]
    assert host.files() == before
    assert not host.run(state="absent")["changed"]


def test_an_images_kernel_is_nobodys(image):
    before = image.files()
    assert image.run()["told"] == [] and image.values() == ["1", "0"]
    assert not image.run()["changed"]
    assert image.run(state="absent")["changed"] and image.files() == before


def test_a_setting_that_somebody_changed_since_stays(host):
    host.run()
    host.kernel(LOOSE).write_text("1\n")
    assert host.run(state="absent")["told"] == [ROUTE + " = 1"]
    assert host.values() == ["1", "1"]


def test_what_was_found_first_comes_back_after_several_tasks(host):
    host.run(settings={LOOSE: 2})
    assert host.run(settings={LOOSE: 1, ROUTE: 0})["told"] == [ROUTE + " = 0", LOOSE + " = 1"]
    host.run(state="absent")
    assert host.values() == ["1", "0"]


def test_another_ones_file_is_not_shown_and_comes_back(host):
    (host.root / "etc/sysctl.d").mkdir()
    (host.root / DROP_IN).write_text("secret = 1\n")
    before = host.files()
    done = host.run()
    assert "secret" not in json.dumps(done)
    host.run(state="absent")
    assert host.files() == before


def test_a_kernel_that_refuses_leaves_the_files_as_they_were(host, monkeypatch):
    before = host.files()
    tell = harden_kernel.set_settings

    def failing(values):
        os.unlink(str(host.kernel(LOOSE)))
        os.mkdir(str(host.kernel(LOOSE)))
        tell(values)

    monkeypatch.setattr(harden_kernel, "set_settings", failing)
    with pytest.raises(
        HostError, match="the kernel does not let this task set %s: Is a directory" % LOOSE.replace(".", r"\.")
    ):
        host.run()
    assert {name: data for name, data in host.files().items() if "rp_filter" not in name} == {
        name: data for name, data in before.items() if "rp_filter" not in name
    }


def test_a_kernel_that_would_refuse_is_told_before_anything_is_written(host, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    before = host.files()
    for check_mode in (True, False):
        with pytest.raises(HostError, match="does not let this task set"):
            host.run(check_mode=check_mode)
    assert host.files() == before


def test_a_run_that_died_before_it_told_the_kernel_is_taken_up_again_and_undone(host, monkeypatch):
    before = host.files()

    class Died(Exception):
        pass

    def dying(values):
        raise Died()

    with monkeypatch.context() as patch:
        patch.setattr(harden_kernel, "set_settings", dying)
        with pytest.raises(Died):
            host.run()
    assert (host.root / DROP_IN).exists()
    assert not host.run(state="absent")["told"] and host.files() == before
    with monkeypatch.context() as patch:
        patch.setattr(harden_kernel, "set_settings", dying)
        with pytest.raises(Died):
            host.run()
    assert host.run()["told"] == [ROUTE + " = 0", LOOSE + " = 2"]
    host.run(state="absent")
    assert host.files() == before


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"kernel.modprobe": "/tmp/x"}, "no setting of the kernel below net"),
        ({"net.../../kernel": 1}, "no setting"),
        ({"net": 1}, "no setting"),
        ({ROUTE: "/bin/x"}, "must be a number"),
        ({ROUTE: True}, "must be a number"),
        ({ROUTE: "1\n2"}, "must be a number"),
        ({}, "settings is empty"),
    ],
)
def test_what_is_no_setting_is_refused(host, settings, told):
    before = host.files()
    with pytest.raises(TaskError, match=told):
        host.run(settings=settings)
    assert host.files() == before


@pytest.mark.parametrize("where", ["etc/sysctl.d", DROP_IN, "etc/record.json"])
def test_no_link_leads_out_of_the_root(image, tmp_path_factory, where):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("kept = 1\n")
    (image.root / where).parent.mkdir(exist_ok=True)
    (image.root / where).symlink_to(outside if where.endswith(".d") else outside / "secret")
    done = None
    try:
        done = image.run()
    except (TaskError, HostError) as refused:
        assert ("is a link" in str(refused) or "make its folder first" in str(refused)) and "kept" not in str(refused)
    assert "kept" not in json.dumps(done)
    assert os.listdir(str(outside)) == ["secret"] and (outside / "secret").read_text() == "kept = 1\n"


@pytest.mark.parametrize(
    "part",
    [
        {"file": None, "before": {"kernel.modprobe": "1"}, "set": {"kernel.modprobe": "0"}, "made": False},
        {"file": None, "before": {ROUTE: "/x"}, "set": {ROUTE: "0"}, "made": False},
        {"file": None, "before": {ROUTE: "1"}, "set": {}, "made": False},
        {"file": 1, "before": {}, "set": {}, "made": False},
        {},
    ],
)
def test_what_is_no_record_of_ours_is_refused(host, part):
    (host.root / "etc/record.json").write_text(json.dumps({"portcullis.tcp_wrappers": {"record": 1}, "kernel": part}))
    (host.root / "etc/record.json").chmod(0o600)
    before = host.files()
    for state in ("present", "absent"):
        with pytest.raises(TaskError, match="is not a record"):
            host.run(state=state)
    assert host.files() == before
