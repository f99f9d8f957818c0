# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep what Ansible puts together to send a module to a host, one of this collection or of its own: each run would put it together anew.

Of a run with one task, looking for what the module imports is a third, and compiling that on the host another; of a module like stat, compiling is two
thirds of what it takes there. tests/prebuilt.py switches this on.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import os
import pathlib
import pickle
import subprocess
import sys
import zipfile

import ansible
from ansible import constants
from ansible.executor import module_common
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: prebuilt_modules
type: notification
short_description: modules that are put together once
description: [for the tests]
"""

COLLECTION = "ansible_collections.portcullis.tcp_wrappers"
OWN = "ansible.modules."  # Ansible's, which are what they are for one version of it
# Puts compiled code beside each file of the archive. Another Python than the one that runs this does not look at it: each knows its own by a number.
# What a file was compiled to is kept in a folder, for most files are part of every module's archive.
COMPILE = """
import hashlib, io, os, sys, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import MAGIC_NUMBER, source_hash
stream = io.BytesIO(sys.stdin.buffer.read())
with zipfile.ZipFile(stream, "a") as archive:
    for entry in [one for one in archive.infolist() if one.filename.endswith(".py")]:
        source = archive.read(entry)
        known = hashlib.sha256(entry.filename.encode() + b"\\0" + source).hexdigest()
        path = os.path.join(sys.argv[1], "%s-%s" % (MAGIC_NUMBER.hex(), known))
        try:
            with open(path, "rb") as kept:
                content = kept.read()
        except FileNotFoundError:
            try:
                code = compile(source, entry.filename, "exec", dont_inherit=True)
            except SyntaxError:
                continue  # for a newer Python
            content = _code_to_hash_pyc(code, source_hash(source), False)
            with open("%s-%d" % (path, os.getpid()), "wb") as part:
                part.write(content)
            os.rename(part.name, path)
        compiled = zipfile.ZipInfo(entry.filename + "c", entry.date_time)
        compiled.compress_type = entry.compress_type
        archive.writestr(compiled, content)
sys.stdout.buffer.write(stream.getvalue())
"""
# Of what was kept for a module, this many are kept: of two ansible-cores, for some Pythons, before and after a change of the code.
KEPT = 16


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "prebuilt_modules"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        if not isinstance(module_common.recursive_finder, Prebuilt):
            module_common.recursive_finder = Prebuilt(module_common.recursive_finder)
            module_common._find_module_utils = ForItsHost(
                module_common._find_module_utils, module_common.recursive_finder
            )


class ForItsHost:
    """Stands in for Ansible's function that puts a module together for a host: where it is known which Python the host has, compiled for that one.

    What the host says of itself is `portcullis_image`, the image that its container is made of.
    """

    def __init__(self, function, prebuilt):
        self.function, self.prebuilt = function, prebuilt
        self.signature = inspect.signature(function)
        self.pythons = json.loads(os.environ.get("PORTCULLIS_PYTHONS", "{}"))

    def __call__(self, *arguments, **options):
        host = self.signature.bind(*arguments, **options).arguments["task_vars"]
        release = str(host.get("portcullis_image", "")).partition("-")[0]
        if release not in self.pythons:
            return self.function(*arguments, **options)
        before = self.prebuilt.python, constants.DEFAULT_LOCAL_TMP
        # below that folder Ansible keeps the module for the run's other hosts
        self.prebuilt.python, constants.DEFAULT_LOCAL_TMP = self.pythons[release], os.path.join(before[1], release)
        try:
            return self.function(*arguments, **options)
        finally:
            self.prebuilt.python, constants.DEFAULT_LOCAL_TMP = before


class Prebuilt:
    """Stands in for Ansible's function that writes all that a module imports to the archive for the host."""

    def __init__(self, finder):
        self.finder = finder
        self.folder = pathlib.Path(os.environ["PORTCULLIS_PREBUILT"])
        self.python = os.environ["PORTCULLIS_COMPILED"]

    def __call__(self, name, full_name, source, archive, *others):
        if not full_name.startswith((COLLECTION + ".", OWN)):
            return self.finder(name, full_name, source, archive, *others)
        path = self.folder / ("%s-%s" % (full_name.rpartition(".")[2], self.key(full_name, source, archive, others)))
        try:
            returned, content = pickle.loads(path.read_bytes())
        except FileNotFoundError:
            returned, content = self.build(path, (name, full_name, source), archive, others)
        put_in(archive, content)
        return returned

    def key(self, full_name, source, archive, others):
        """Whatever the archive depends on, as a digest."""
        known = hashlib.sha256()
        extensions = [getattr(one, "extension_names", ()) for one in others]  # of Ansible's own debugger
        versions = (ansible.__file__, ansible.__version__, sys.version)
        for word in (full_name, bytes(source), archive.compression, extensions, versions, self.python):
            known.update(repr(word).encode())
        if full_name.startswith(OWN):
            return known.hexdigest()
        folder = os.path.join(list(sys.modules[COLLECTION].__path__)[0], "plugins", "module_utils")
        for place, folders, files in os.walk(folder):
            folders.sort()
            for path in sorted(os.path.join(place, one) for one in files):
                info = os.stat(path)
                known.update(repr((path, info.st_mtime_ns, info.st_ctime_ns, info.st_size)).encode())
        return known.hexdigest()

    def build(self, path, module, archive, others):
        """Let Ansible write an archive, add what Python makes of it, and keep it. Returns what Ansible's function returned, and the archive."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", compression=archive.compression) as own:
            returned = self.finder(*module, own, *others)
        content = stream.getvalue()
        files = self.folder / "files"
        files.mkdir(parents=True, exist_ok=True)
        if self.python:
            command = [self.python, "-c", COMPILE, str(files)]
            content = subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True).stdout
        part = path.with_name("part-%d" % os.getpid())
        part.write_bytes(pickle.dumps((returned, content)))
        part.rename(path)
        kept = sorted(path.parent.glob(path.name.partition("-")[0] + "-*"), key=age)
        for old in kept[KEPT:]:
            old.unlink(missing_ok=True)
        return returned, content


def age(path):
    """For the newest first; a file that another run has just removed is the oldest."""
    try:
        return -path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def put_in(archive, content):
    """Make a new, empty archive (a ZipFile that is written to memory) begin with another one."""
    with zipfile.ZipFile(io.BytesIO(content)) as other:
        archive.fp.write(content[: other.start_dir])
        archive.filelist, archive.NameToInfo = other.filelist, other.NameToInfo
        archive.start_dir, archive._didModify = other.start_dir, True
