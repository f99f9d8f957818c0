# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who comes in: login shells that say and do things, and ways to become another user."""

from .kinds import CONFIRMS, EVERY_WAY, GOOD, REFUSES, RETURNS, Act, Situation

SUDO = {"become": True}
SHELLS = {
    "bash": (".bashrc", "/bin/bash"),
    "zsh": (".zshenv", "/usr/bin/zsh"),
    "fish": (".config/fish/config.fish", "/usr/bin/fish"),
    "tcsh": (".tcshrc", "/usr/bin/tcsh"),
}


def shell(name, text):
    """Give admin a login shell whose start file has a text; each of these shells reads it for a command of ssh too."""
    path, program = SHELLS[name]
    return """set -e
usermod --shell %(program)s admin
mkdir -p $(dirname /home/admin/%(path)s)
cat > /home/admin/%(path)s <<'END'
%(text)s
END
chown -R admin:admin /home/admin
""" % {"program": program, "path": path, "text": text}


def wrapper(text):
    """Give admin a login shell of the site's own, for shells such as dash that read nothing for a command."""
    return (
        """set -e
cat > /usr/local/bin/site-shell <<'END'
#!/bin/dash
%s
END
chmod 755 /usr/local/bin/site-shell
usermod --shell /usr/local/bin/site-shell admin
"""
        % text
    )


def login(name, setup, acts=(REFUSES, RETURNS, CONFIRMS), **more):
    return Situation(
        name,
        acts,
        image="bookworm-shells",
        setup=setup,
        user="admin",
        play=more.pop("play", SUDO),
        becomes=more.pop("becomes", "root"),
        **more,
    )


QUICK = (REFUSES, CONFIRMS)
PIPELINING = {"ANSIBLE_PIPELINING": "True"}  # without it Ansible itself fails where a shell prints what has no newline
# It asks for a password, which Ansible gives it.
SU = "echo root:portcullis | chpasswd\n"
DOAS = "echo 'permit nopass admin' > /etc/doas.conf; rm -f /etc/sudoers.d/admin; chmod 600 /etc/doas.conf\n"
NOT_ROOT = "useradd operator-two; echo 'admin ALL=(operator-two) NOPASSWD: ALL' > /etc/sudoers.d/admin\n"

SITUATIONS = [
    login("sudo", ""),
    login("sudo, no pipelining", "", EVERY_WAY, environment={"ANSIBLE_PIPELINING": "False"}),
    login("bash greets without a newline", shell("bash", 'printf "Welcome "'), spread=True),
    login(
        "bash greets, no pipelining",
        shell("bash", 'echo "Welcome to this host."'),
        environment={"ANSIBLE_PIPELINING": "False"},
    ),
    login("bash sets a terminal title", shell("bash", "printf '\\033]0;host\\007'"), QUICK, environment=PIPELINING),
    login("bash says goodbye", shell("bash", "trap 'printf \"bye \"' EXIT"), QUICK),
    login("bash unsets SSH_CONNECTION", shell("bash", "unset SSH_CONNECTION SSH_CLIENT")),
    login(
        "bash greets and unsets SSH_CONNECTION",
        shell("bash", 'printf "Welcome "; unset SSH_CONNECTION SSH_CLIENT'),
        QUICK,
    ),
    login("bash has another SSH_CONNECTION", shell("bash", 'export SSH_CONNECTION="192.0.2.1 5 10.99.7.9 22"'), QUICK),
    login("bash sleeps", shell("bash", "sleep 3"), QUICK),
    login(
        "bash becomes zsh",
        shell("bash", '[ -n "$ZSH_NOW" ] || { export ZSH_NOW=1; exec /usr/bin/zsh -c "$BASH_EXECUTION_STRING"; }'),
        QUICK,
    ),
    login("zsh colours", shell("zsh", "printf '\\033[1;31mhello\\033[0m'"), QUICK, environment=PIPELINING),
    login("zsh unsets SSH_CONNECTION", shell("zsh", "unset SSH_CONNECTION SSH_CLIENT"), QUICK),
    login("fish greets", shell("fish", "printf 'hi '"), QUICK, spread=True),
    login("fish erases SSH_CONNECTION", shell("fish", "set -e SSH_CONNECTION; set -e SSH_CLIENT"), QUICK),
    login("tcsh greets", shell("tcsh", 'printf "welcome "'), QUICK),
    login("tcsh unsets SSH_CONNECTION", shell("tcsh", "unsetenv SSH_CONNECTION; unsetenv SSH_CLIENT"), QUICK),
    login("dash greets", wrapper('printf "dash "; exec /bin/dash "$@"'), QUICK),
    login(
        "dash with an empty environment",
        wrapper('exec env -i HOME="$HOME" USER="$USER" PATH=/usr/bin:/bin /bin/dash "$@"'),
        spread=True,
    ),
    login("dash talks of portcullis", wrapper('printf "portcullis:"; exec /bin/dash "$@"'), QUICK),
    Situation(
        "root's own shell unsets SSH_CONNECTION",
        (REFUSES, RETURNS, CONFIRMS),
        setup="echo 'unset SSH_CONNECTION SSH_CLIENT' > /root/.bashrc",
    ),
    login(
        "su",
        SU,
        play={"become": True, "become_method": "su"},
        way={"ansible_become_password": "portcullis"},
        spread=True,
    ),
    login(
        "su, and a shell that unsets SSH_CONNECTION",
        SU + shell("bash", "unset SSH_CONNECTION SSH_CLIENT"),
        play={"become": True, "become_method": "su"},
        way={"ansible_become_password": "portcullis"},
    ),
    login("doas", DOAS, way={"ansible_become_exe": "doas", "ansible_become_flags": ""}, spread=True),
    login(
        "a user who is not root",
        NOT_ROOT,
        (Act("failed", GOOD), Act("failed", dict(GOOD, lockout_guard="disabled"))),
        play={"become": True, "become_user": "operator-two"},
        becomes="operator-two",
        way={"ansible_remote_tmp": "/tmp"},
    ),
    login("sudo on Debian 11", "", QUICK)._replace(image="bullseye-xinetd"),
    login("sudo on Debian 13", "", QUICK)._replace(image="trixie-xinetd", spread=True),
]
