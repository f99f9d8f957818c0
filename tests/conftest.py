# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make `ansible_collections.portcullis.tcp_wrappers` importable from a plain checkout."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _make_importable():
    if os.sep + os.path.join("ansible_collections", "portcullis", "tcp_wrappers") in ROOT:
        return  # ansible-test and installed trees have the package path already
    parent = os.path.join(ROOT, ".cache", "collections", "ansible_collections", "portcullis")
    link = os.path.join(parent, "tcp_wrappers")
    if not os.path.isdir(parent):
        os.makedirs(parent)
    if not os.path.islink(link):
        os.symlink(ROOT, link)
    sys.path.insert(0, os.path.join(ROOT, ".cache", "collections"))
    try:
        from ansible.plugins.loader import init_plugin_loader
    except ImportError:
        return  # Python 3.6: nothing that runs on the controller is tested there
    init_plugin_loader([])  # before any test imports the collection, or Ansible does not find its plugins


# At import, for the conftest files further down import the collection before pytest configures anything.
_make_importable()
