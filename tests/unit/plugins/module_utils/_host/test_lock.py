# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two writers never work at once, and a dead one holds nothing."""

import os
import signal

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout.turn import Turn
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import locks as lock_module
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.locks import Lock
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root


@pytest.fixture
def root(tmp_path):
    return Root(str(tmp_path))


def test_the_second_one_waits_and_then_gives_up(root):
    with Lock(root), pytest.raises(HostError, match="another run"), Lock(root, timeout=0.2):
        pass
    with Lock(root, timeout=0):
        pass


def test_nothing_is_left_in_an_image(root):
    with Lock(root):
        pass
    assert os.listdir(root.path) == []


def test_nothing_is_left_beside_the_lock_of_the_host(root, monkeypatch, tmp_path):
    """Root's lock of an image is a file in /run: it goes however the lock is given up, and who only waited does not take it away."""
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(lock_module, "host_lock", lambda: str(tmp_path / "run" / "lock"))
    lock = Lock(root)
    lock.__enter__()
    if lock.path_for(root) != root.path:
        assert len(os.listdir(str(tmp_path / "run"))) == 1
    with pytest.raises(HostError), Lock(root, timeout=0):
        pass
    assert len(os.listdir(str(tmp_path / "run"))) == (0 if lock.path_for(root) == root.path else 1)
    lock.release()
    with Turn(root):
        pass
    assert os.listdir(str(tmp_path / "run")) == []


def test_a_killed_holder_frees_it(root):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with Lock(root):
            os.write(writer, b"x")
            signal.pause()
        os._exit(0)
    os.read(reader, 1)
    with pytest.raises(HostError), Lock(root, timeout=0):
        pass
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with Lock(root, timeout=1):
        pass


def test_an_error_inside_frees_it(root):
    with pytest.raises(KeyError), Lock(root):
        raise KeyError()
    with Lock(root, timeout=0):
        pass
