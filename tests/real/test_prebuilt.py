# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that was put together once is the one that Ansible would put together now, on both ansible-cores."""

import io
import os
import pathlib
import pickle
import re
import subprocess
import sys
import zipfile

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import pythons

# Tells whether it was compiled here, and what it imported.
MODULE = """#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils import words

AnsibleModule(argument_spec={}, supports_check_mode=True).exit_json(msg="%s %s" % (words.WORD, words.__file__.rpartition(".")[2]))
"""


@pytest.fixture(name="run", params=["2.16", "2.21"])
def fixture_run(request, tmp_path):
    """Run the module of a small collection; its import has this word in it. Returns what Ansible said."""
    programs = ROOT / ".cache" / ("venv-" + request.param) / "bin"
    plugins = tmp_path / "collections" / "ansible_collections" / "portcullis" / "tcp_wrappers" / "plugins"
    for name in ("modules", "module_utils"):
        (plugins / name).mkdir(parents=True)
    (plugins / "modules" / "say.py").write_text(MODULE)

    def run(
        word, python=str(programs / "python"), arguments=("localhost", "-m", "portcullis.tcp_wrappers.say"), **variables
    ):
        words, text = plugins / "module_utils" / "words.py", "WORD = %r\n" % word
        if not words.exists() or words.read_text() != text:
            words.write_text(text)
        env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
        env.update(
            ANSIBLE_COLLECTIONS_PATH=str(tmp_path / "collections"),
            ANSIBLE_HOME=str(tmp_path / "ansible"),
            ANSIBLE_LOAD_CALLBACK_PLUGINS="1",
            **variables,
        )
        command = [str(programs / "ansible"), *arguments]
        command += ["-e", "ansible_python_interpreter=" + python] if python else []
        return subprocess.run(
            command,
            env=env,
            cwd=str(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=300,
            check=False,
        ).stdout

    run.folder, run.python = tmp_path / "prebuilt", str(programs / "python")
    return run


def kept(folder):
    """The archives in the folder, as {name: content}, oldest first."""
    paths = sorted(filter(pathlib.Path.is_file, folder.iterdir()), key=lambda path: path.stat().st_mtime_ns)
    archives = [zipfile.ZipFile(io.BytesIO(pickle.loads(path.read_bytes())[1])) for path in paths]
    return [{name: archive.read(name) for name in archive.namelist()} for archive in archives]


def test_a_change_of_what_a_module_imports_is_sent(run):
    settings = dict(prebuilt.variables(run.python), PORTCULLIS_PREBUILT=str(run.folder))
    assert '"msg": "one pyc"' in run("one", **settings)
    assert '"msg": "two pyc"' in run("two", **settings)  # of the same length, and perhaps of the same second
    one, two = kept(run.folder)
    words = "ansible_collections/portcullis/tcp_wrappers/plugins/module_utils/words.py"
    assert [name for name in one if one[name] != two[name]] == [words, words + "c"]
    assert sorted(one) == sorted(name + end for name in one if name.endswith(".py") for end in ("", "c"))


def test_it_is_put_together_once_and_another_python_compiles_it_for_itself(run):
    settings = dict(prebuilt.variables(run.python), PORTCULLIS_PREBUILT=str(run.folder))
    for python in ([], [], [next(filter(None, map(pythons.find, ("3.12", "3.10"))))]):
        assert '"msg": "one %s"' % ("py" if python else "pyc") in run("one", *python, **settings)
    (archive,) = kept(run.folder)
    run("one", **dict(settings, PORTCULLIS_COMPILED=""))
    assert [sorted(archive), sorted(name for name in archive if name.endswith(".py"))] == [
        sorted(one) for one in kept(run.folder)
    ]


def test_each_host_of_a_run_gets_what_its_own_python_need_not_compile(run):
    other = next(filter(None, map(pythons.find, ("3.12", "3.10"))))
    hosts = run.folder.parent / "hosts"
    lines = [
        "%s-host portcullis_image=%s-daemons ansible_python_interpreter=%s" % (name, name, python)
        for name, python in (("one", run.python), ("two", other), ("three", other))
    ]
    hosts.write_text("\n".join(lines + ["[all:vars]", "ansible_connection=local", ""]))
    settings = dict(prebuilt.variables(run.python, one=run.python, two=other), PORTCULLIS_PREBUILT=str(run.folder))
    said = run("one", "", ["-i", str(hosts), "all", "-o", "-m", "portcullis.tcp_wrappers.say"], **settings)
    told = dict(re.findall(r'^(\w+)-host .*"msg": "one (\w+)"', said, re.MULTILINE))
    assert told == {"one": "pyc", "two": "pyc", "three": "py"}, said  # nobody said which Python the third one has
    assert len(kept(run.folder)) == 2


def test_a_module_of_ansible_s_own_is_put_together_once_too(run):
    settings = dict(prebuilt.variables(run.python), PORTCULLIS_PREBUILT=str(run.folder))
    for _time in range(2):
        assert '"ping": "yes"' in run("one", arguments=["localhost", "-m", "ping", "-a", "data=yes"], **settings)
    (archive,) = kept(run.folder)
    assert sorted(archive) == sorted(name + end for name in archive if name.endswith(".py") for end in ("", "c"))
    assert "ansible/module_utils/basic.pyc" in archive


def test_without_the_settings_nothing_is_kept(run):
    assert '"msg": "one py"' in run("one")
    assert not run.folder.exists()


# Runs a callback's class as Ansible does, and prints how long Ansible's strategies then sleep for what they ask.
ASKED = """
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("looks_less_often", sys.argv[1])
callback = importlib.util.module_from_spec(spec)
spec.loader.exec_module(callback)
callback.CallbackModule()
from ansible import constants
from ansible.plugins import strategy
slept = []
time.sleep = slept.append
for seconds in (0.0001, constants.DEFAULT_INTERNAL_POLL_INTERVAL, 2):
    strategy.time.sleep(seconds)
print(slept, strategy.time.time is time.time)
"""


def test_strategies_look_for_results_less_often(run):
    callback = str(ROOT / "tests" / "callback" / "looks_less_often.py")
    assert subprocess.check_output([run.python, "-c", ASKED, callback]) == b"[0.01, 0.01, 2] True\n"
    assert prebuilt.variables()["ANSIBLE_CALLBACKS_ENABLED"].endswith(",looks_less_often")
