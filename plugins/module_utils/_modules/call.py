# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the body of a module is asked. Bodies never see Ansible's own module object, so whoever asks them needs none."""

from typing import Any, Callable, Dict, List, Optional

#: Sets Ansible's own file options (SELinux, flags) of the task on one file; whether that changed anything.
SetAttributes = Callable[[str], bool]


class Call:
    """One call of a module's ``run``: the checked arguments, how it is asked, and the warnings that come of it.

    The first line of a body makes its own type of ``params`` (arguments.Arguments); nothing else reads them.
    """

    def __init__(
        self,
        params: Dict[str, Any],
        check_mode: bool = False,
        diff: bool = False,
        set_attributes: Optional[SetAttributes] = None,
    ) -> None:
        self.params = params
        self.check_mode = check_mode
        self.diff = diff
        self.warnings: List[str] = []
        self._set_attributes = set_attributes

    def warn(self, text: str) -> None:
        """One more warning, a sentence."""
        self.warnings.append(text)

    def part(self, params: Dict[str, Any]) -> "Call":
        """A call of another body, which changes nothing, as a part of this one: its warnings are this one's."""
        part = Call(params, True, self.diff)
        part.warnings = self.warnings
        return part

    def set_attributes(self, path: str) -> bool:
        """Ansible's own file options, where the task gives one; whether that changed anything."""
        return self._set_attributes is not None and self._set_attributes(path)
