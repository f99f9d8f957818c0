# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side: ansible-playbook of two ansible-cores, against this machine or a host whose interpreter lies."""

import json
import os
import shlex
import stat

import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt, preloaded

from attacked import ROOT

# Stands in for Python on a host: answers some modules with a text of the attacker's, and runs the others. Ansible starts it with the module's file.
LIAR = """#!%s
import os, re, sys
name = re.search(r"AnsiballZ_(\\w+)\\.py", " ".join(sys.argv))
answer = os.path.join(%r, name.group(1) if name else "none")
if os.path.exists(answer):
    with open(answer) as stream:
        sys.stdout.write(stream.read())
    sys.exit(0)
os.execv(sys.executable, [sys.executable] + sys.argv[1:])
"""

# Stands in for Python on a host: runs every module, and puts the attacker's text behind every text of its answer, or in the place of it.
POISONER = """#!%s
import json, os, subprocess, sys
if not any("AnsiballZ" in word for word in sys.argv):
    os.execv(sys.executable, [sys.executable] + sys.argv[1:])
poison, instead = %r, %r
done = subprocess.run([sys.executable] + sys.argv[1:], stdout=subprocess.PIPE)
def poisoned(value):
    if isinstance(value, dict):
        return {key: poisoned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    if isinstance(value, str):
        return poison if instead else value + poison
    return value
print(json.dumps(poisoned(json.loads(done.stdout))))
"""

# Stands in for ssh: the host's words, and ssh's own exit code for a connection that failed.
NO_SSH = """#!/bin/sh
printf '%%s\\n' %s >&2
exit 255
"""

# Stands in for the shell on a host: does what it is told, but removes nothing and says why in the attacker's words.
NO_REMOVAL = """#!/bin/sh
case "$*" in *"rm -f -r"*) printf '%%s\\n' %s >&2; exit 1 ;; esac
exec /bin/sh "$@"
"""


class Controller:
    """A folder with an inventory and playbooks, and the programs of one ansible-core."""

    def __init__(self, core, folder):
        self.core, self.folder = core, folder
        self.programs = ROOT / ".cache" / ("venv-" + core) / "bin"
        self.python = prebuilt.OF_HOSTS
        self.inventory = folder / "inventory"
        self.inventory.mkdir(parents=True)
        self.hosts()

    def hosts(self, *names, **variables):
        """Write the inventory: these hosts (default: one, `target`), all of them this machine, with these variables each."""
        own = dict({"ansible_connection": "local", "ansible_python_interpreter": self.python}, **variables)
        listed = {name: own for name in names or ("target",)}
        (self.inventory / "hosts.json").write_text(json.dumps({"all": {"hosts": listed}}), encoding="utf-8")

    def lie(self, host, **answers):
        """A host (in the inventory beside the others) whose modules answer as given: a text as it is, anything else as JSON."""
        folder = self.folder / "answers" / host
        folder.mkdir(parents=True, exist_ok=True)
        for module, answer in answers.items():
            (folder / module).write_text(answer if isinstance(answer, str) else json.dumps(answer), encoding="utf-8")
        self._join(host, LIAR % (self.python, str(folder)))

    def poison(self, host, text, instead=False):
        """A host whose modules do their work, and answer with `text` behind every text of the answer, or instead of it."""
        self._join(host, POISONER % (self.python, text, instead))

    def hang(self, host):
        """A host whose modules never answer."""
        self._join(host, "#!/bin/sh\nexec sleep 250\n")

    def hang_up(self, host, text):
        """A host whose ssh server says `text` and ends every connection."""
        self._join(
            host,
            NO_SSH % shlex.quote(text),
            "ansible_ssh_executable",
            ansible_connection="ssh",
            ansible_ssh_retries=0,
            ansible_python_interpreter=self.python,
        )

    def keep_files(self, host, text):
        """A host that does its work, but says `text` where Ansible removes its temporary files."""
        self._join(
            host,
            NO_REMOVAL % shlex.quote(text),
            "ansible_shell_executable",
            ansible_python_interpreter=self.python,
        )

    def _join(self, host, program, role="ansible_python_interpreter", **variables):
        stand_in = self.folder / ("program-of-" + host)
        stand_in.write_text(program, encoding="utf-8")
        stand_in.chmod(stat.S_IRWXU)
        known = json.loads((self.inventory / "hosts.json").read_text(encoding="utf-8"))
        known["all"]["hosts"][host] = dict({"ansible_connection": "local", role: str(stand_in)}, **variables)
        (self.inventory / "hosts.json").write_text(json.dumps(known), encoding="utf-8")

    def play(self, plays, *extra, timeout=300, env=None, run=preloaded.run, **variables):
        """Run plays (a list, YAML text, or the name of a playbook of the collection); `variables` are extra variables.

        Returns the finished process: `stdout` has both streams, as bytes that reached the operator's screen.
        """
        if isinstance(plays, str) and plays.startswith("portcullis."):
            path = plays
        else:
            path = str(self.folder / "play.yml")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(plays if isinstance(plays, str) else yaml.safe_dump(plays, sort_keys=False))
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
        clean.update(
            ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
            ANSIBLE_HOME=str(self.folder / "ansible"),
            ANSIBLE_NOCOLOR="1",
            ANSIBLE_LOCALHOST_WARNING="False",
            LC_ALL="C.UTF-8",
            PYTHONDONTWRITEBYTECODE="1",
            **dict(prebuilt.variables(self.python), **(env or {})),
        )
        arguments = ["-i", str(self.inventory), path] + [str(word) for word in extra]
        if variables:
            arguments += ["-e", json.dumps(variables)]
        return run(str(self.programs / "ansible-playbook"), arguments, clean, self.folder, timeout)
