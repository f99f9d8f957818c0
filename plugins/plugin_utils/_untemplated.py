# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Values whose texts Ansible never takes for templates: a host's own words are data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible.utils.unsafe_proxy import wrap_var


def untemplated(value):
    """The same value in plain dictionaries and lists, with no text that is ever templated.

    Plain first: wrap_var() makes each list anew by its own type, and from ansible-core 2.19 on those of variables
    cannot be made so.
    """
    return wrap_var(_plain(value))


def _plain(value):
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value
