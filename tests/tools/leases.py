# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forget the addresses that podman holds for containers which are gone: a run that was killed leaves them, and their hosts cannot start again.

podman 4.3 frees such an address neither with `podman rm` nor with its network ("requested ip address ... is already allocated").
"""

import pathlib
import shutil
import subprocess

import environment

LEASES = pathlib.Path("/run/containers/networks/ipam.db")


def forget_stale(leases: pathlib.Path = LEASES) -> bool:
    """Whether addresses were forgotten: only where no container is left, for then none of them belongs to anybody."""
    if not leases.exists() or not shutil.which("podman") or _containers():
        return False
    leases.unlink()
    return True


def _containers() -> str:
    """What podman knows of containers, those that are being built included; where it cannot say, as if there were some."""
    done = subprocess.run(
        ["podman", "ps", "--all", "--external", "--quiet"],
        env=environment.variables("2.21"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else "unknown"
