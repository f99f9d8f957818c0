# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run plays that the documentation shows: as they stand, but on this machine, below a folder that holds a host's files."""

import os
import pathlib
import shutil
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEGACY = ROOT / "tests" / "fixtures" / "legacy"
GROUP = "group/portcullis.tcp_wrappers.tcp_wrappers"


def legacy_host(folder, allow=None, deny=None):
    """A copy of the legacy host's files in folder/host, with other tables where they are given."""
    host = folder / "host"
    shutil.copytree(str(LEGACY), str(host), symlinks=True)
    (host / "usr" / "sbin" / "tcpd").chmod(0o755)
    (host / "usr" / "sbin" / "nft").write_text(
        "#!/bin/false\n"
    )  # below a folder nothing is asked; that there is one is enough
    (host / "usr" / "sbin" / "nft").chmod(0o755)
    for name, text in (("allow", allow), ("deny", deny)):
        if text is not None:
            (host / "etc" / ("hosts." + name)).write_text(text, encoding="utf-8")
    return host


def run_plays(plays, host, folder, *extra, inventory="localhost,"):
    """Run plays (or tasks, as one play) with root set to `host`; handlers only say that they were called. Returns the finished process."""
    if not any(key in plays[0] for key in ("hosts", "ansible.builtin.import_playbook")):
        plays = [{"name": "Examples", "hosts": "all", "gather_facts": False, "tasks": plays}]
    for play in plays:
        if "hosts" not in play:
            continue
        play["hosts"], play["become"] = "localhost", False
        play["module_defaults"] = {GROUP: {"root": str(host), "dialect": "debian"}}
        names = {task["notify"] for task in play.get("tasks", []) if "notify" in task}
        if names:
            play["handlers"] = [
                {"name": name, "ansible.builtin.debug": {"msg": "called: " + name}} for name in sorted(names)
            ]
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    env = dict(
        os.environ,
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_LOCALHOST_WARNING="False",
        ANSIBLE_HOME=str(folder / "ansible"),
    )
    program = shutil.which(
        "ansible-playbook", path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    )
    mine = {
        "ansible_python_interpreter": sys.executable,
        "harden_root": str(host),
        "enforce_root": str(host),
        "enforce_dialect": "debian",
        "harden_become": False,
        "harden_dialect": "debian",
        "harden_owner": str(os.getuid()),
        "harden_group": str(os.getgid()),
    }
    command = [program, "-i", inventory, "-c", "local", "-e", repr(mine), str(path)] + list(extra)
    return subprocess.run(
        command,
        env=env,
        cwd=str(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
        check=False,
    )
