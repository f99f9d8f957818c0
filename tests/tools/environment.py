# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment variables that every test command runs with."""

import os
import shutil
from typing import Dict, Optional

import paths
import venvs

CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def containers_conf() -> str:
    """Podman's configuration for machines without CAP_SYS_RESOURCE and with cgroups v1; returns its path."""
    path = paths.CACHE / "containers.conf"
    if not path.exists() or path.read_text() != CONTAINERS_CONF:
        paths.CACHE.mkdir(exist_ok=True)
        path.write_text(CONTAINERS_CONF)
    return str(path)


def variables(venv: Optional[str] = None) -> Dict[str, str]:
    """os.environ plus Ansible's, podman's and, with a venv, its programs first on PATH."""
    env = dict(os.environ)
    env.update(
        {
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "ANSIBLE_HOME": str(paths.CACHE / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(paths.link_collection()),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "CONTAINERS_CONF": containers_conf(),
            "PORTCULLIS_CACHE": str(paths.CACHE),
            "PORTCULLIS_ROOT": str(paths.ROOT),
        }
    )
    for name in ("PYTHONPATH", "PYTHONHOME", "ANSIBLE_CONFIG", "VIRTUAL_ENV"):
        env.pop(name, None)
    if venv:
        folder = venvs.folder(venv)
        env["VIRTUAL_ENV"] = str(folder)
        env["PATH"] = os.pathsep.join([str(folder / "bin"), env.get("PATH", os.defpath)])
    if not shutil.which("podman", path=env["PATH"]):
        env["PATH"] += os.pathsep + "/usr/sbin:/sbin"
    return env
