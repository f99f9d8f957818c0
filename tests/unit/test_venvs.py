# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""uv makes the venvs of the tests, and what it cannot make, pip does."""

import sys

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT

sys.path.insert(0, str(ROOT / "tests" / "tools"))

import venvs  # noqa: E402


@pytest.mark.parametrize(
    "name, there, fails, programs",
    [
        ("2.21", True, "", ["uv venv", "uv pip"]),
        ("2.21", True, "uv venv", ["uv venv", "pip install"]),
        ("2.21", True, "uv pip", ["uv venv", "uv pip", "pip install"]),
        ("2.21", False, "", ["pip install"]),
        ("3.6", True, "", ["pip install"]),  # uv does not know it
    ],
)
def test_what_uv_cannot_make_pip_makes(name, there, fails, programs, tmp_path, monkeypatch):
    ran = []

    def run(command):
        ran.append(" ".join(command[:2]))
        if ran[-1] == fails:
            raise venvs.CannotMake("no")

    monkeypatch.setattr(venvs, "_run", run)
    monkeypatch.setattr(venvs, "_uv", lambda _python: "uv" if there else None)
    monkeypatch.setattr(venvs, "_bare_venv", lambda _python, _target: ["pip"])
    venvs._make(name, "python3", tmp_path / "venv")
    assert ran == programs
