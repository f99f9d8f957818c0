# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The two tables of a host as a task names them, and the dialect that reads them."""

from typing import Any, Dict, List, NamedTuple, Optional

from ..._host.files.reading import MAX_LINES, MAX_LINES_OF_HOST, FileState, explain, read
from ..._host.files.private import led_astray
from ..._host.files.root import Root
from ..._host.system.changers import who_changes
from ..._libwrap.dialects import Dialect, get_dialect
from ..._libwrap.printable import printable
from ..arguments import TablesArguments, tables_argument_spec
from ..errors import TaskError


class Tables(NamedTuple):
    root: Root
    dialect: Dialect
    allow: FileState
    deny: FileState
    warnings: List[str]


def open_tables(arguments: TablesArguments, writing: bool) -> Tables:
    """Read both tables below the task's root and settle the dialect.

    Raises TaskError where a module that writes meets an unknown host, or something that is no readable file stands in a
    table's place.
    """
    root = Root(arguments.root)
    warnings: List[str] = []
    dialect = find_dialect(root, arguments.dialect, writing, warnings)
    if arguments.allow_path == arguments.deny_path:
        raise TaskError("allow_path and deny_path are both %s: the two tables are two files." % arguments.allow_path)
    allow, deny = (_read_table(root, path, writing) for path in (arguments.allow_path, arguments.deny_path))
    tables = Tables(root, dialect, allow, deny, warnings)
    if writing:
        _refuse_unwritable(root, tables.allow, "allow_path")
        _refuse_unwritable(root, tables.deny, "deny_path")
    else:
        warnings += [
            text for path in (arguments.allow_path, arguments.deny_path) for text in _changed_by_others(root, path)
        ]
    if tables.allow.kind == "file" and tables.allow.real_path == tables.deny.real_path:
        raise TaskError(
            "%s and %s are the same file: a rule in it would grant and refuse at once."
            % (arguments.allow_path, arguments.deny_path)
        )
    return tables


def _changed_by_others(root: Root, path: str) -> List[str]:
    """Whoever can change a table decides what it says, and what its rules run."""
    who = who_changes(root, path)
    if who is None:
        return []
    return [
        "%s can be changed by %s: what is said of the tables holds only until then, and what its rules run is their choice. "
        "Give it, and the folders above it, to root alone." % (printable(path), who)
    ]


def _read_table(root: Root, path: str, writing: bool) -> FileState:
    """A table's file. Raises TaskError where somebody leads us by a link of his to a file that is not his."""
    state = read(root, path, lines=MAX_LINES_OF_HOST if root.is_host else MAX_LINES)
    try:
        astray = led_astray(root, path, state.real_path, writing)
    except OSError:
        return state  # it says itself what was met
    if astray:
        raise TaskError(
            "%s leads, by a link that %s can change, to %s, which is another's: its text is not told, and nothing is "
            "written. Give the link and the folder that it is in to root, or name the file itself."
            % (printable(path), who_changes(root, path) or "somebody", printable(root.inside(state.real_path)))
        )
    return state


def find_dialect(root: Root, wanted: str, writing: bool, warnings: List[str]) -> Dialect:
    """The dialect that a task names, or the host's own for `auto`."""
    if wanted != "auto":
        return get_dialect(wanted)
    from ..._host.system.detect import detect_dialect

    found = detect_dialect(root).dialect
    if found is not None:
        return get_dialect(found)
    if writing:
        raise TaskError(
            "it is not known which libwrap reads the tables of this host, and the same line means different things to "
            "different builds. Set dialect to the build that comes closest (docs/dialects.md lists them)."
        )
    warnings.append(
        "It is not known which libwrap reads the tables of this host: answered as dialect upstream. Set dialect."
    )
    return get_dialect("upstream")


def describe_state(state: FileState, root: Root) -> Dict[str, Any]:
    """A table's file for results: path, exists, owner, group and mode."""
    described: Dict[str, Any] = {
        "path": state.path,
        "exists": state.kind not in ("missing", "dangling"),
        "kind": state.kind,
        "owner": state.uid,
        "group": state.gid,
        "mode": None if state.mode is None else "0%03o" % state.mode,
    }
    target = root.inside(state.real_path)
    if target != state.path:
        described["target"] = target
    return described


def path_of(tables: Tables, name: Optional[str]) -> Optional[str]:
    """The path of the table called allow or deny."""
    if name is None:
        return None
    return tables.allow.path if name == "allow" else tables.deny.path


def _refuse_unwritable(root: Root, state: FileState, option: str) -> None:
    if state.kind in ("file", "missing") or state.data is not None:
        return
    if state.kind == "dangling":
        raise TaskError(
            "%s is a link to %s, which does not exist, so libwrap reads it as empty: remove the link, or make its "
            "target." % (state.path, root.inside(state.real_path))
        )
    if state.kind in ("directory", "special"):
        usual = tables_argument_spec()[option]["default"]
        remedy = "Set %s to the file of the table, such as %s." % (option, usual)
        if state.path == usual:  # anything else may be a folder like /etc, which must stay
            remedy = "Move it away, and run the task again."
        raise TaskError(
            "%s is a %s%s. %s"
            % (
                state.path if root.is_host else "%s (below %s)" % (state.path, root.path),
                "directory" if state.kind == "directory" else "device, FIFO or socket, and no file",
                ", which libwrap reads as an empty table" if state.kind == "directory" else "",
                remedy,
            )
        )
    raise explain(OSError(state.errno, ""), "read", root, state.path)
