# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a filter gives back: no templates, whatever the containers were."""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


class Lazy(list):
    """As ansible-core 2.21's lists of variables: nobody but Ansible makes one."""

    def __init__(self, *items, made=False):
        if not made:
            raise TypeError("Direct construction of lazy containers is not supported.")
        super().__init__(items)


def test_containers_of_variables_become_plain():
    given = {
        "daemon": "sshd",
        "networks": Lazy("10.0.0.0/8", Lazy("{{ x }}", made=True), made=True),
        "number": 1,
        "nothing": None,
    }
    made = untemplated(given)
    assert made == {"daemon": "sshd", "networks": ["10.0.0.0/8", ["{{ x }}"]], "number": 1, "nothing": None}
    assert not isinstance(made["networks"], Lazy) and not isinstance(made["networks"][1], Lazy)


def test_texts_stay_texts():
    assert untemplated("a,b\r\n") == "a,b\r\n"
    assert untemplated(b"x") == b"x"
