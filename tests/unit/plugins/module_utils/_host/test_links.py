# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links and hard links lead to a program, within a root."""

import os

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.links import OtherNames
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root


def test_the_other_names_of_a_program(tmp_path):
    for folder in ("usr/sbin", "usr/bin", "opt/x", "etc/alternatives"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    program = tmp_path / "usr/bin/multi"
    program.write_text("x")
    (tmp_path / "usr/bin/other").write_text("x")
    root = Root(str(tmp_path))
    assert OtherNames(root).find("/usr/bin/multi") == []
    (tmp_path / "usr/sbin/multi").symlink_to("/bin/multi")  # the same name elsewhere is no other name
    assert OtherNames(root).find("/usr/bin/multi") == OtherNames(root).find("/usr/sbin/multi") == []
    (tmp_path / "usr/sbin/served").symlink_to("/etc/alternatives/served")
    (tmp_path / "etc/alternatives/served").symlink_to("../../bin/multi")
    (tmp_path / "usr/sbin/circle").symlink_to("circle")
    os.link(str(program), str(tmp_path / "usr/bin/hard"))
    assert OtherNames(root).find("/usr/bin/multi") == ["/usr/bin/hard", "/usr/sbin/served"]
    assert OtherNames(root).find("/bin/multi") == ["/bin/hard", "/usr/sbin/served"]
    assert OtherNames(root).find("/usr/bin/none") == OtherNames(root).find("relative") == []
