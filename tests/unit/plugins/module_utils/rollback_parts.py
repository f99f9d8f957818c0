# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that undoes a change, for tests: a name of it has another value wherever it is used."""

import importlib
from pathlib import Path

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host import rollback

PARTS = [
    importlib.import_module("%s.%s" % (rollback.__name__, path.stem))
    for path in sorted(Path(rollback.__file__).parent.glob("[!_]*.py"))
]


def everywhere(monkeypatch, name, value):
    """Each part that defines or imports the name has the value; at least one does."""
    having = [part for part in PARTS if hasattr(part, name)]
    assert having, name
    for part in having:
        monkeypatch.setattr(part, name, value)
