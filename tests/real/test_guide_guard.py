# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of docs/guides/guard_a_change.md: the first lets a harmless change through, and stops one that opens what must stay closed."""

import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

from playing import legacy_host, run_plays

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guides" / "guard_a_change.md").read_text(encoding="utf-8")
PLAYBOOK, ROLL_OUT = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
OLD = {"hosts.allow": "sshd: 10.20.0.0/16\nin.telnetd: 10.20.30.0/24\n", "hosts.deny": "ALL: ALL\n"}


@pytest.mark.parametrize(
    "allow, code, words",
    [
        ("sshd: 10.20.0.0/16, 10.30.0.0/16\nin.telnetd: 10.20.30.0/24\n", 0, "sshd: 10.30.0.0/16: denied -> granted"),
        ("sshd: 10.20.0.0/16\nin.telnetd: 10.20.30.0/24, 192.0.2.7\n", 2, "in.telnetd from 0.0.0.0/0"),
        ("sshd: 10.20.0.0/17\nin.telnetd: 10.20.30.0/24\n", 2, "sshd from 10.20.0.0/16"),
        ("sshd: 10.20.0.0/16\nin.telnetd 10.20.30.0/24\n", 2, "no colon"),
    ],
)
def test_a_change_is_guarded(tmp_path, allow, code, words):
    for name, tables in (("old", OLD), ("new", dict(OLD, **{"hosts.allow": allow}))):
        (tmp_path / name).mkdir()
        for table, text in tables.items():
            (tmp_path / name / table).write_text(text, encoding="utf-8")
    (tmp_path / "guard.yml").write_text(PLAYBOOK, encoding="utf-8")
    run = subprocess.run(
        [
            str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
            "guard.yml",
            "-i",
            "localhost,",
            "-e",
            "old_folder=%s/old" % tmp_path,
            "-e",
            "new_folder=%s/new" % tmp_path,
            "-e",
            "ansible_python_interpreter=%s" % prebuilt.OF_HOSTS,
        ],
        cwd=str(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
        env={
            **prebuilt.variables(),
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "LC_ALL": "C.UTF-8",
        },
    )
    assert run.returncode == code, run.stdout
    assert words in run.stdout
    if "192.0.2.7" in allow:
        (told,) = re.findall(r"^```text\n(1 of 2.*?)\n```", PAGE, re.MULTILINE | re.DOTALL)
        assert told in run.stdout


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "run"])
@pytest.mark.parametrize(
    "allow, code, words, extra",
    [
        (OLD["hosts.allow"], 0, "changed=1", []),
        (
            OLD["hosts.allow"] + "in.telnetd: 192.0.2.7\n",
            2,
            "in.telnetd from 0.0.0.0/0 except 10.0.0.0/8: expected denied, is granted by /etc/hosts.allow line 3",
            [],
        ),
        ("in.telnetd: 10.20.30.0/24\n", 2, "forbid_gains: nothing was written.", []),
        ("in.telnetd: 10.20.30.0/24\n", 0, "changed=1", ["-e", "may_open=true"]),
    ],
)
def test_a_roll_out_is_guarded_before_anything_is_written(tmp_path, allow, code, words, extra, check):
    host = legacy_host(tmp_path, allow, OLD["hosts.deny"])
    run = run_plays(yaml.safe_load(ROLL_OUT), host, tmp_path, *extra + ["--check"] * check)
    assert run.returncode == code and words in run.stdout, run.stdout
    assert ((host / "etc" / "hosts.allow").read_text(encoding="utf-8") == allow) is (check or code != 0)
    if "forbid_gains" in words:
        (told,) = re.findall(r"^```text\n(forbid_gains: .*?)\n```", PAGE, re.MULTILINE | re.DOTALL)
        assert told in run.stdout
