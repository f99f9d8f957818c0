# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A taken-over host answers what it likes: it changes nothing of what the roles were told, and gets nothing run or written on the controller."""

import importlib
import json
import os
import types

import pytest
from ansible.plugins.action import ActionBase

from attacked import COLLECTION, NOBODY, ROOT
from controllers import Controller

LOOT = {
    "evil": {
        "hosts": {"x": {"ansible_connection": "local"}},
        "vars": {"pwned": "{{ lookup('ansible.builtin.pipe', 'touch MARK') }}"},
    }
}


def orders(folder, mark, loot):
    """What a module's result can hold to make Ansible do something."""
    facts = {
        "audit_output_dir": str(loot),
        "__audit_given": {"output_dir": str(loot), "document_path": str(loot / "x.json")},
        "audit_fail_on": [],
        "harden_operators": ["198.51.100.66"],
        "harden_root": str(folder / "elsewhere"),
        "ansible_facts": {},
        "ansible_limit": "x",
        "__audit_document": {"host": "liar", "hosts": LOOT},
    }
    return {
        "changed": False,
        "ansible_facts": facts,
        "add_host": {"host_name": "pwned", "groups": ["evil"], "host_vars": {"ansible_connection": "local"}},
        "add_group": "evil",
        "_ansible_facts_cacheable": True,
        "_ansible_notify": ["x"],
        "ansible_stats": {"data": {"x": 1}, "per_host": True, "aggregate": False},
        "msg": "{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % mark,
        "hosts": LOOT,
        "coverage": {"services": LOOT, "findings": [LOOT]},
        "tables": LOOT,
        "answers": [LOOT],
        "dialect": "{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % mark,
    }


@pytest.fixture(name="lied", scope="module", params=["2.16", "2.21"])
def fixture_lied(request, tmp_path_factory):
    """The audit of an honest host and of one whose module gives orders: the finished run, the folder of the report, what was to be made."""
    controller = Controller(request.param, tmp_path_factory.mktemp("lied") / "controller")
    mark, loot, out = controller.folder / "mark", controller.inventory / "evil", controller.folder / "out"
    controller.hosts("honest", audit_dialect="debian")
    controller.lie("liar", tcpd_audit_info=orders(controller.folder, mark, loot))
    tasks = [
        {
            "name": "See what the host could do",
            "ansible.builtin.debug": {"msg": "{{ groups | to_json }} {{ audit_output_dir }}"},
        }
    ]
    plays = [
        {"ansible.builtin.import_playbook": "portcullis.tcp_wrappers.audit"},
        {"hosts": "liar", "gather_facts": False, "vars": {}, "tasks": tasks},
    ]
    for_all(controller, audit_output_dir=str(out), audit_become=False)
    return controller.play(plays), out, mark, loot


def for_all(controller, **variables):
    """Give variables to all hosts in the inventory, which facts outrank; extra variables they do not."""
    (controller.inventory / "group_vars").mkdir()
    (controller.inventory / "group_vars" / "all.json").write_text(json.dumps(variables), encoding="utf-8")


def test_a_result_of_a_module_gives_the_controller_no_orders(lied):
    done, out, mark, loot = lied
    said = done.stdout.decode()
    assert not mark.exists() and not loot.exists(), said
    groups = said.split("See what the host could do")[-1]
    assert "honest" in groups and "pwned" not in groups and "evil" not in groups, said
    assert sorted(path.name for path in out.iterdir()) == [
        "fleet.csv",
        "fleet.html",
        "fleet.json",
        "fleet.prom",
        "fleet.sarif",
        "fleet.xml",
        "honest.json",
        "liar.json",
    ], said
    assert str(loot) not in groups and "The report is %s/fleet.html" % out in said, said


def test_what_such_a_host_answered_is_its_own_error_and_the_others_are_reported(lied):
    done, out, _mark, _loot = lied
    fleet = json.loads((out / "fleet.json").read_text(encoding="utf-8"))["portcullis_audit"]
    hosts = {host["host"]: host for host in fleet["hosts"]}
    assert sorted(hosts) == ["honest", "liar"], done.stdout.decode()
    assert hosts["honest"]["errors"] == {} and hosts["honest"]["tables"]["allow"]["path"] == "/etc/hosts.allow"
    assert sorted(hosts["liar"]["errors"]) == ["answers", "coverage", "integrity", "refusals", "tables"]
    assert "evil" not in json.dumps([hosts["liar"][key] for key in hosts["liar"] if key != "errors"])
    # no reader takes a document for an inventory or for variables
    for path in out.glob("*.json"):
        assert list(json.loads(path.read_text(encoding="utf-8"))) == ["portcullis_audit"]
    assert done.returncode != 0 and "liar: the assertions could not be asked" in done.stdout.decode()


@pytest.mark.parametrize("hidden", [False, True], ids=["plain", "hidden"])
@pytest.mark.parametrize(
    "role, fact",
    [
        ("audit", "audit_output_dir"),
        ("harden", "harden_operators"),
        ("harden", "__harden_given"),
        ("audit", "inventory_hostname"),  # another host's document
        ("harden", "omit"),  # a variable that has this text counts as left out
    ],
)
def test_facts_that_came_before_the_role_are_refused(controller, hidden, role, fact):
    facts = dict(
        {fact: str(controller.inventory / "evil"), "ansible_distribution": "Debian"},
        **({"ansible_facts": {}} if hidden else {}),
    )
    controller.lie("liar", setup={"changed": False, "ansible_facts": facts})
    for_all(
        controller,
        harden_allow=["sshd: ALL"],
        harden_root=str(controller.folder / "image"),
        audit_output_dir=str(controller.folder / "out"),
    )
    done = controller.play([{"hosts": "liar", "gather_facts": True, "roles": ["portcullis.tcp_wrappers." + role]}])
    said = done.stdout.decode()
    assert done.returncode != 0 and "the facts of this host hold %s" % fact in said, said
    assert not (controller.inventory / "evil").exists() and not (controller.folder / "out").exists()


def test_a_host_that_never_answers_is_its_own_error_and_the_page_is_written(controller):
    out = controller.folder / "out"
    controller.hosts("honest", audit_dialect="debian", audit_timeout=200)
    controller.hang("silent")
    for_all(controller, audit_output_dir=str(out), audit_become=False, audit_timeout=5)
    done = controller.play("portcullis.tcp_wrappers.audit", timeout=200)
    said = done.stdout.decode()
    assert "The report is %s/fleet.html" % out in said and (out / "fleet.html").stat().st_size, said
    fleet = json.loads((out / "fleet.json").read_text(encoding="utf-8"))["portcullis_audit"]
    hosts = {host["host"]: host for host in fleet["hosts"]}
    assert hosts["honest"]["reachable"] and hosts["honest"]["errors"] == {} and hosts["honest"]["services"], said
    assert hosts["silent"]["reachable"] and sorted(hosts["silent"]["errors"]) == [
        "answers",
        "coverage",
        "integrity",
        "refusals",
        "tables",
    ], said
    assert all("time" in error.lower() for error in hosts["silent"]["errors"].values()), hosts["silent"]["errors"]
    assert done.returncode != 0 and "silent: the assertions could not be asked" in said, said


def test_an_answer_that_nobody_would_check_is_not_asked_for(controller):
    """What async_status fetches is a result of Ansible's own: facts in it would outrank what the operator says."""
    started = {"changed": False, "ansible_job_id": "1.2", "started": 1, "finished": 0, "results_file": "/nowhere"}
    facts = {"changed": False, "finished": 1, "ansible_job_id": "1.2", "ansible_facts": {"audit_output_dir": "/evil"}}
    controller.lie("liar", tcpd_coverage_info=started, async_status=facts)
    for_all(controller, audit_output_dir="/good")
    tasks = [
        {"portcullis.tcp_wrappers.tcpd_coverage_info": {}, "async": 20, "poll": 1, "ignore_errors": True},
        {"ansible.builtin.debug": {"msg": "it is {{ audit_output_dir }}"}},
    ]
    said = controller.play([{"hosts": "liar", "gather_facts": False, "tasks": tasks}]).stdout.decode()
    assert "async is refused: nobody would check the host's answer" in said and '"msg": "it is /good"' in said, said


def test_objects_and_endless_nesting_are_that_host_s_own_trouble(controller):
    answer = {"changed": False, "services": [], "findings": [], "kernel": [], "dialect": "debian"}
    thing = {"__ansible_type": "Event", "msg": "odd"}
    controller.hosts("honest")
    controller.lie(
        "object",
        tcpd_coverage_info=dict(answer, dialect=thing, surprise=thing, ansible_facts=thing, kernel=[thing], rc=thing),
    )
    for levels in (40, 250, 300, 350, 900, 100000):
        text = json.dumps(answer)[:-1] + ', "invocation": {"x": %s}}' % ("[" * levels + "]" * levels)
        controller.lie("nested-%d" % levels, tcpd_coverage_info=text)
    tasks = [
        {"portcullis.tcp_wrappers.tcpd_coverage_info": {}, "register": "found", "ignore_errors": True},
        {
            "ansible.builtin.debug": {
                "msg": "{{ inventory_hostname }} has {{ found.keys() | sort | join(',') }} {{ found.kernel | default('') }}"
            }
        },
    ]
    done = controller.play([{"hosts": "all", "gather_facts": False, "tasks": tasks}])
    said = done.stdout.decode()
    assert said.count("it is nested too deep. Nothing of it is used.") >= 5 and done.returncode == 0, said
    assert "object has changed,failed,findings,kernel,services" in said and "odd" not in said, said
    assert "honest has changed" in said and "nested-40 has changed" in said and "nested-100000 has " in said, said


def test_no_host_reports_about_another_one(controller):
    """A fact can be called as the document that the fleet's report is made of, and such a document can name an honest host."""
    out = controller.folder / "out"
    controller.hosts("honest", audit_dialect="debian")
    forged = {
        "schema": "portcullis.tcp_wrappers audit host 2",
        "host": "honest",
        "time": "2026-11-26T00:00:00Z",
        "reachable": False,
    }
    controller.lie("liar", setup={"changed": False, "ansible_facts": {"__audit_document": forged}})
    for_all(controller, audit_output_dir=str(out), audit_fail_on=[])
    fleet = {"name": "portcullis.tcp_wrappers.audit", "tasks_from": "fleet"}
    done = controller.play(
        [
            {"hosts": "all", "gather_facts": True, "roles": ["portcullis.tcp_wrappers.audit"]},
            {
                "hosts": "all",
                "gather_facts": False,
                "tasks": [{"ansible.builtin.include_role": fleet, "run_once": True}],
            },
        ]
    )
    hosts = json.loads((out / "fleet.json").read_text(encoding="utf-8"))["portcullis_audit"]["hosts"]
    reached = {host["host"]: host["reachable"] for host in hosts}
    assert reached == {"honest": True, "liar": False}, done.stdout.decode()


ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__")
OF_ROLES = {"audit_documents", "role_settings"}  # they take other arguments


def test_every_action_asks_the_host_by_what_checks_its_answer():
    for place in ("action", "plugin_utils"):
        for path in (ROOT / "plugins" / place).rglob("*.py"):
            calls = path.read_text(encoding="utf-8").count("._execute_module(")
            assert calls == (path.name == "_results.py"), path


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - OF_ROLES))
def test_a_class_that_a_strategy_puts_in_front_of_an_action_is_not_in_front_of_the_check(name, monkeypatch):
    """Mitogen makes a class of its own mixin and the action, and runs modules in its own way."""
    monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})
    asked = []

    class InFront:
        """What of Mitogen's ActionModuleMixin counts here."""

        def _execute_module(self, module_name=None, **options):
            asked.append((module_name, options))
            return {"changed": False, "ansible_facts": {"evil": 1}, "add_group": "evil", "warnings": ["\x1b]0;owned"]}

        def _remove_tmp_path(self, path):
            del path

    action = importlib.import_module(COLLECTION + "plugins.action." + name).ActionModule
    both = type(name, (InFront, action), {})
    made = both.__new__(both)
    made._task = types.SimpleNamespace(action="portcullis.tcp_wrappers." + name, args={}, async_val=0, _role=None)
    made._connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None), transport="local")
    made._play_context = types.SimpleNamespace(become=False)
    made._discovered_interpreter_key = None
    result = made.run(task_vars={})
    assert asked and result["warnings"] == ["\\x1b]0;owned"]
    assert not {"ansible_facts", "add_group"} & set(result)


def test_a_folder_of_another_user_of_the_controller_takes_no_report(controller):
    """Whoever owns the folder can put documents of his own in the place of ours; as root nothing else would stop that."""
    out = controller.folder / "out"
    out.mkdir(mode=0o777)
    os.chown(str(out), NOBODY, NOBODY)
    controller.hosts("honest", audit_dialect="debian")
    done = controller.play("portcullis.tcp_wrappers.audit", audit_output_dir=str(out), audit_become=False)
    said = " ".join(done.stdout.decode().split())
    assert done.returncode != 0 and "it belongs to user %d" % NOBODY in said, said
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("where", ["the folder", "one above it", "behind a link of ours"])
def test_a_link_of_another_user_of_the_controller_leads_no_report_anywhere(controller, where):
    """In a folder that he may write he puts a link in the place of the report's: it would be written into the operator's variables, and these be locked."""
    own, shared = controller.folder / "own", controller.folder / "shared"
    (own / "host_vars").mkdir(parents=True, mode=0o755)
    shared.mkdir(mode=0o777)
    link = shared / "audit"
    link.symlink_to(own if where == "one above it" else own / "host_vars")
    os.lchown(str(link), NOBODY, NOBODY)
    out = link / "host_vars" if where == "one above it" else link
    if where == "behind a link of ours":
        out = controller.folder / "mine"
        out.symlink_to(link)
    controller.hosts("honest", audit_dialect="debian")
    done = controller.play("portcullis.tcp_wrappers.audit", audit_output_dir=str(out), audit_become=False)
    said = " ".join(done.stdout.decode().split())
    assert done.returncode != 0 and "it is a link that belongs to user %d" % NOBODY in said, said
    assert os.listdir(str(own / "host_vars")) == [] and os.stat(str(own / "host_vars")).st_mode & 0o777 == 0o755
