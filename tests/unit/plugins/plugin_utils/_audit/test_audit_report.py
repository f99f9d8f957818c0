# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole report of a fleet: every form, one sentence, and the reports that are kept."""

import json
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[5]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import fleets  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.files import Folder  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.metrics import FAMILIES  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.report import (  # noqa: E402
    FORMS,
    Made,
    write_report,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.sarif import SCHEMA, sarif  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.verdict import Verdict  # noqa: E402


def write(folder, hosts, time=fleets.TIME, keep=0, fail_on=("assertions", "unreachable")):
    with Folder(str(folder)) as opened:
        return write_report(opened, iter(hosts), Made(time, fleets.EVIDENCE, list(fail_on), keep))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def sentence(*hosts):
    verdict = Verdict()
    for host in hosts:
        verdict.add(host)
    return verdict.sentence()


def host(name="web1", daemons=(), met=(), **more):
    services = [{"daemon": daemon, "enforced_by": [], "listens": []} for daemon in daemons]
    made = {
        "host": name,
        "reachable": True,
        "services": services,
        "assertions": [{"met": one} for one in met],
        "errors": {},
        "findings": {},
        "refusals": {},
    }
    return dict(made, **more)


GONE = {"host": "gone", "reachable": False}


@pytest.mark.parametrize(
    "hosts, said",
    [
        ([], "No host was audited."),
        ([host()], "No stranger is known to get in. Nothing was asserted: say in audit_assertions what must hold."),
        ([host(met=[True])], "No stranger is known to get in. The one assertion holds."),
        ([host(met=[True, True]), host("b", met=[True])], "No stranger is known to get in. All 3 assertions hold."),
        (
            [host("ftp", ["vsftpd"], [True]), host("lab2", ["in.telnetd"], [False, None]), host("c")],
            "2 of 3 hosts let strangers in: ftp (vsftpd), lab2 (in.telnetd). 1 of 2 assertions hold.",
        ),
        ([host("a", ["x"], [False])], "a lets strangers in: x. The one assertion does not hold."),
        (
            [host("h%d" % number, ["x"], [True]) for number in range(5)] + [host("z", "abcde", [True])],
            "6 of 6 hosts let strangers in: z (5 daemons), h0 (x), h1 (x) and 3 more. All 6 assertions hold.",
        ),
        (
            [host("h%02d" % number, ["x"], [True]) for number in range(11)],
            "11 of 11 hosts let strangers in: h00 (x) and 10 more. All 11 assertions hold.",
        ),
        ([GONE], "1 host was not reached: gone."),
        (
            [GONE, host(met=[True], errors={"tables": "x"})],
            "No stranger is known to get in. The one assertion holds. 1 host was not reached: gone. 1 host was audited in part only.",
        ),
        (
            [host(errors={"coverage": "x", "answers": "x"})],
            "What lets strangers in is not known of 1 host. What was asserted could not be asked on 1 host. 1 host was audited in part only.",
        ),
        # a user calls his own process sshd: it has no daemon, and is not taken for the host's
        (
            [host("a", ["vsftpd", None], [True])],
            "a lets strangers in: vsftpd, users' own processes. The one assertion holds.",
        ),
        ([host("a", [None] * 9, [True])], "a lets strangers in: users' own processes. The one assertion holds."),
    ],
)
def test_the_verdict_is_a_sentence(hosts, said):
    assert sentence(*hosts) == said


def test_every_form_is_written_and_the_totals_are_returned(tmp_path):
    made = fleets.make_fleet(20)
    report = write(tmp_path, made["hosts"])
    assert names(tmp_path) == sorted(FORMS)
    assert report.totals["hosts"] == 20 and report.totals["unreachable"] == 1 and report.totals["assertions"] == 19
    assert report.failed == report.totals["unmet"] + 1 and "host0019.example.com was not reached" in report.failures
    assert json.loads((tmp_path / "fleet.json").read_text())["portcullis_audit"]["hosts"] == made["hosts"]
    assert (
        report.verdict
        in json.loads((tmp_path / "fleet.html").read_text().split('id="data">')[1].split("<")[0])["verdict"]
    )


def test_reports_are_kept_by_their_time_and_the_page_links_them(tmp_path):
    hosts = fleets.make_fleet(2)["hosts"]
    for day in (1, 2, 3, 4):
        write(tmp_path, hosts, "2026-11-%02dT08:00:00Z" % day, keep=2)
    kept = ["fleet-20261102T080000Z", "fleet-20261103T080000Z"]
    assert names(tmp_path) == sorted([*FORMS, *(name + end for name in kept for end in (".html", ".json"))])
    data = json.loads((tmp_path / "fleet.html").read_text().split('id="data">')[1].split("<")[0])
    assert data["kept"] == [
        {"time": "2026-11-03T08:00:00Z", "file": "fleet-20261103T080000Z.html"},
        {"time": "2026-11-02T08:00:00Z", "file": "fleet-20261102T080000Z.html"},
    ]
    assert '"time":"2026-11-02T08:00:00Z"' in (tmp_path / "fleet-20261102T080000Z.json").read_text()
    write(tmp_path, hosts, "2026-11-05T08:00:00Z", keep=0)
    assert names(tmp_path) == sorted(FORMS)


def test_a_report_that_cannot_be_written_leaves_the_one_that_was_there(tmp_path):
    write(tmp_path, fleets.make_fleet(1)["hosts"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken():
        yield from fleets.make_fleet(3)["hosts"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(tmp_path, broken(), "2026-11-24T08:00:00Z", keep=3)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# The text format: https://prometheus.io/docs/instrumenting/exposition_formats/
SAMPLE = re.compile(
    r'(?P<name>[a-z_]+)(\{(?P<labels>[a-z]+="([^"\\\n]|\\[\\"n])*"(,[a-z]+="([^"\\\n]|\\[\\"n])*")*)\})? (?P<value>\d+)\Z'
)


@pytest.mark.parametrize("words", [None, fleets.HOSTILE])
def test_the_metrics_are_in_the_text_format_and_are_called_as_promtool_wants(tmp_path, words):
    write(tmp_path, fleets.make_fleet(20, words=words)["hosts"])
    families, samples = [], set()
    for line in (tmp_path / "fleet.prom").read_text(encoding="utf-8").splitlines():
        if line.startswith("# HELP "):
            families.append(line.split()[2])
            assert line.split(" ", 3)[3]
        elif line.startswith("# TYPE "):
            assert line == "# TYPE %s gauge" % families[-1]
        else:
            found = SAMPLE.match(line)
            assert found and found["name"] == families[-1] and line not in samples, line
            samples.add(line)
    assert families == ["portcullis_audit_" + name for name in FAMILIES]
    # gauges end in no _total, _count, _sum or _bucket, and times are in seconds
    assert not [name for name in families if re.search(r"_(total|count|sum|bucket|info|ms|minutes)\Z", name)]


def test_the_metrics_count_what_is_there(tmp_path):
    (made,) = fleets.make_fleet(1)["hosts"]
    made["services"] = [
        dict(one, enforced_by=["tcpd"], anywhere={"ipv4": "denied", "ipv6": "denied"}) for one in made["services"]
    ]
    made["services"][0].update(enforced_by=[], listens=["tcp 0.0.0.0:23"])
    made["services"][1].update(enforced_by=[], listens=["tcp 127.0.0.1:25"])
    made["services"][2].update(anywhere={"ipv4": "granted", "ipv6": "denied"})
    made["assertions"][0].update(met=False)
    write(tmp_path, [made, GONE])
    text = (tmp_path / "fleet.prom").read_text()
    for line in (
        "portcullis_audit_timestamp_seconds 1795420800",
        'portcullis_audit_host_reachable{host="host0000.example.com"} 1',
        'portcullis_audit_host_reachable{host="gone"} 0',
        'portcullis_audit_unmet_assertions{host="host0000.example.com"} 1',
        'portcullis_audit_unguarded_services{host="host0000.example.com"} 1',
        'portcullis_audit_open_services{host="host0000.example.com"} 2',
        'portcullis_audit_findings{host="host0000.example.com",severity="warning"} 9',
        'portcullis_audit_refusals{host="host0000.example.com",daemon="sshd"} 7',
    ):
        assert line + "\n" in text, text


@pytest.mark.parametrize("words", [None, fleets.HOSTILE])
def test_sarif_has_a_result_for_all_that_is_wrong(words):
    made = fleets.make_fleet(20, words=words)
    made["hosts"][0]["errors"] = {"tables": "no root"}
    told = json.loads(sarif(made))
    (run,) = told["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert told["version"] == "2.1.0" and told["$schema"] == SCHEMA
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    kinds = [result["ruleId"] for result in run["results"]]
    reached = [one for one in made["hosts"] if one["reachable"]]
    assert kinds.count("host-unreachable") == 1 and kinds.count("audit-part-failed") == 1
    assert kinds.count("assertion-unmet") == sum(one["assertions"][0]["met"] is False for one in reached)
    assert kinds.count("unenforced") == kinds.count("no-colon") == len(reached)
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"].isprintable()
        # a reference without scheme, of the letters that RFC 3986 lets stand
        assert re.match(r"[A-Za-z0-9._~%/-]+\Z", place["artifactLocation"]["uri"])
        assert place.get("region", {"startLine": 1})["startLine"] >= 1
    assert len({json.dumps(result["partialFingerprints"]) for result in run["results"]}) > len(reached)
    assert all(rule["helpUri"].startswith("https://") and rule["shortDescription"]["text"] for rule in rules)


def test_a_result_names_host_file_line_and_remedy():
    (run,) = json.loads(sarif(fleets.make_fleet(1)))["runs"]
    (result,) = [one for one in run["results"] if one["ruleId"] == "no-colon"]
    place = result["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "host0000.example.com/etc/hosts.allow"},
        "region": {"startLine": 4},
    }
    assert place["logicalLocations"][0]["name"] == "host0000.example.com"
    assert result["message"]["text"] == "line 4 has no colon. write a colon"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["helpUri"].endswith("docs/findings.md#no-colon")


def test_a_hosts_words_are_no_link_and_no_placeholder_and_no_path_leaves_its_host():
    """SARIF 2.1.0 gives [text](target) and {0} a meaning in messages (3.11.5, 3.11.6), and resolves relative references."""
    made = fleets.make_fleet(1)
    (one,) = made["hosts"]
    message = "see [the fix](https://evil.example/x) or {0}, not [::1] or {x}"
    one["findings"]["coverage"] = [
        {"code": "odd", "severity": "error", "message": message, "remedy": message, "path": path}
        for path in ("../../../../etc/passwd", "//evil.example/share", "/etc/../../x")
    ]
    (run,) = json.loads(sarif(made))["runs"]
    results = [result for result in run["results"] if result["ruleId"] == "odd"]
    shown = "see [the fix] (https://evil.example/x) or {{0}}, not [::1] or {x}"
    assert {result["message"]["text"] for result in results} == {"%s. %s" % (shown, shown)}
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results]
    assert places == ["%s/%s" % (one["host"], path) for path in ("etc/passwd", "evil.example/share", "x")]


def test_two_daemons_that_are_shown_alike_are_one_sample(tmp_path):
    """A sample that stands there twice is an error of the whole file to some exporters."""
    (one,) = fleets.make_fleet(1)["hosts"]
    one["refusals"]["by_daemon"] = [{"daemon": name, "count": 2} for name in ("sshd", "sshd", "s\x01", "s\\x01")]
    write(tmp_path, [one])
    lines = [line for line in (tmp_path / "fleet.prom").read_text().splitlines() if "refusals{" in line]
    assert [line.rpartition(" ")[2] for line in lines] == ["4", "4"] and len(set(lines)) == 2, lines
