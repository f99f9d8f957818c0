# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run plays that the documentation shows: as they stand, but on this machine, below a folder that holds a host's files."""

import os
import pathlib
import shutil
import sys

import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt, preloaded

from shared_plays import Step

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


def on_a_folder(plays, target, root):
    """Plays (or tasks, as one play) with the host `target` and the folder `root` filled in; handlers only say that they were called."""
    if not any(key in plays[0] for key in ("hosts", "ansible.builtin.import_playbook")):
        plays = [{"name": "Examples", "hosts": "all", "gather_facts": False, "tasks": plays}]
    for play in plays:
        if "hosts" not in play:
            if "harden_hosts" in play.get("vars", {}):  # of a playbook that is imported
                play["vars"]["harden_hosts"] = target
            continue
        play["hosts"], play["become"] = target, False
        play["module_defaults"] = {GROUP: {"root": root, "dialect": "debian"}}
        names = {task["notify"] for task in play.get("tasks", []) if "notify" in task}
        if names:
            play["handlers"] = [
                {"name": name, "ansible.builtin.debug": {"msg": "called: " + name}} for name in sorted(names)
            ]
    return plays


def of_the_roles(root):
    """Extra variables that keep the roles to a folder."""
    return {
        "ansible_python_interpreter": prebuilt.OF_HOSTS,
        "harden_root": root,
        "enforce_root": root,
        "enforce_dialect": "debian",
        "harden_become": False,
        "harden_dialect": "debian",
        "harden_owner": str(os.getuid()),
        "harden_group": str(os.getgid()),
    }


def step(plays, host, folder, *extra):
    """The same plays as a step of a shared test, whose host has the name of `folder`."""
    return Step(
        on_a_folder(plays, folder.name, str(host)),
        ("-e", repr(of_the_roles("{{ shared_root }}"))) + extra,
        {"shared_root": str(host)},
    )


def run_plays(plays, host, folder, *extra, inventory="localhost,"):
    """Run plays (or tasks, as one play) with root set to `host`; handlers only say that they were called. Returns the finished process."""
    plays = on_a_folder(plays, "localhost", str(host))
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    env = dict(
        os.environ,
        **prebuilt.variables(),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_LOCALHOST_WARNING="False",
        ANSIBLE_HOME=str(folder / "ansible"),
    )
    program = shutil.which(
        "ansible-playbook", path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    )
    words = ["-i", inventory, "-c", "local", "-e", repr(of_the_roles(str(host))), str(path)] + list(extra)
    done = preloaded.run(program, words, env, folder, 300)
    done.stdout = done.stdout.decode()
    return done
