# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the container images of the test hosts: Debian with systemd, sshd, tcpd and one super-server, 11 to 13.

usage: python3 tests/tools/images.py [NAME ...]      (default: RELEASE-xinetd and RELEASE-inetd of all; the kinds of DERIVED when named)
A root file system is made once and kept as .cache/images/*.tar: pulled from a registry where one answers, else by mmdebstrap.
"""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
from typing import List

import environment
import paths
import system

RELEASES = ("bookworm", "trixie", "bullseye")
SERVERS = {"xinetd": "xinetd", "inetd": "openbsd-inetd"}
PACKAGES = [
    "acl",
    "ca-certificates",
    "dbus",
    "iproute2",
    "libpam-systemd",
    "netcat-openbsd",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "rsyslog",
    "strace",
    "sudo",
    "systemd",
    "systemd-sysv",
    "tcpd",
]
# Images made of another one by further packages of the release's archive: KIND: (made of, packages).
DERIVED = {
    "askers": (
        "xinetd",
        [
            "apcupsd",
            "apt-cacher-ng",
            "argus-client",
            "auditd",
            "bacula-fd",
            "conman",
            "conserver-server",
            "cyrus-common",
            "cyrus-imapd",
            "dcmtk",
            "ftp-proxy",
            "imapproxy",
            "libc6-dev",
            "libsnmp-base",
            "libsnmp40",
            "netatalk",
            "nfs-kernel-server",
            "ocserv",
            "openssl",
            "powerman",
            "proftpd-mod-wrap",
            "sendmail-bin",
            "ser2net",
            "snmpd",
            "socat",
            "sslh",
            "stunnel4",
            "talkd",
            "tcc",
            "tftpd-hpa",
            "usbip",
            "yaz",
        ],
    ),
    "filters": ("daemons", ["firewalld"]),
    "daemons": ("xinetd", ["mosquitto", "nftables", "rpcbind", "slapd", "vsftpd"]),
    "shells": ("xinetd", ["dropbear-bin", "fish", "opendoas", "tcsh", "zsh"]),
}
# Packages that a release does not have, or builds without libwrap: its host does without them.
ABSENT = {
    ("bookworm", "askers"): ("netatalk", "ocserv", "powerman"),
    ("trixie", "askers"): ("imapproxy", "libsnmp40", "ocserv", "powerman"),
}
# Packages whose newest version the archive of a release lists and does not always have: the one of its last point release is taken.
POINT_RELEASE = {
    ("bullseye", "askers"): (
        "cyrus-common",
        "cyrus-imapd",
        "inetutils-ftpd",
        "libsnmp-base",
        "libsnmp40",
        "netatalk",
        "snmpd",
        "sslh",
        "usbip",
    )
}
# Packages that conflict with one of an image's: unpacked below /opt, not installed.
UNPACKED = {"askers": ["atftpd", "inetutils-ftpd"]}
# Services of an image's packages that a test starts in its own way: they do not start with the host.
STILL = {
    "askers": [
        "apcupsd",
        "apt-cacher-ng",
        "audit-rules",
        "auditd",
        "avahi-daemon",
        "bacula-fd",
        "conman",
        "conserver-server",
        "cyrus-imapd",
        "ftp-proxy",
        "imapproxy",
        "netatalk",
        "nfs-blkmap",
        "nfs-server",
        "ocserv",
        "powerman",
        "proftpd",
        "sendmail",
        "ser2net",
        "snmpd",
        "sslh",
        "stunnel4",
        "tftpd-hpa",
    ]
}
INSTALL = """\
RUN printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d && export DEBIAN_FRONTEND=noninteractive \\
 && apt-get -q -o Acquire::Retries=3 update && apt-get -q -y -o Acquire::Retries=3 --no-install-recommends install %s < /dev/null \\
 && rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
"""
UNPACK = """\
RUN mkdir /opt/unpacked && cd /opt/unpacked && apt-get -q -o Acquire::Retries=3 update && apt-get -q -o Acquire::Retries=3 download %s \
 && for package in *.deb; do dpkg -x "$package" /opt/unpacked; done && rm -rf *.deb /var/lib/apt/lists/* /var/cache/apt/*.bin
"""
PIN = "RUN printf 'Package: %s\\nPin: release l=Debian-Security\\nPin-Priority: -1\\n' > /etc/apt/preferences.d/point-release\n"
MASK = "RUN cd /etc/systemd/system && for unit in %s; do ln -sf /dev/null $unit.service; done\n"
CUSTOMISE = paths.TOOLS / "images" / "customise.sh"
# Nobody reads descriptions of packages there: a quarter of what `apt-get update` takes.
APT = 'Acquire::Languages "none";'
REGISTRY = "https://registry-1.docker.io/v2/"
BASE = "docker.io/library/debian:%s-slim"


class CannotMake(Exception):
    """An image could not be made; the message has the end of the output."""


def recipe(kind: str = "") -> str:
    """A short name for what the images are made of: a change makes new ones. Derived images have one of their own, so that the others stay."""
    text = "\n".join(PACKAGES) + CUSTOMISE.read_text()
    if kind in DERIVED:
        text += INSTALL + "\n".join(DERIVED[kind][1])
        if kind in UNPACKED:
            text += PIN + UNPACK + MASK + "\n".join(UNPACKED[kind] + STILL[kind])
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def tag(name: str) -> str:
    return "localhost/portcullis-%s:latest" % name


def run(command: List[str], text: str = "") -> str:
    done = subprocess.run(
        command,
        env=environment.variables(),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        universal_newlines=True,
    )
    if done.returncode:
        raise CannotMake("%s\n%s failed" % ("\n".join(done.stdout.splitlines()[-30:]), " ".join(command)))
    return done.stdout


def label(image: str) -> str:
    """The recipe that an image in podman's store was made of, or nothing."""
    asked = subprocess.run(
        ["podman", "image", "inspect", "-f", '{{index .Labels "recipe"}}', image],
        env=environment.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        universal_newlines=True,
    )
    return asked.stdout.strip() if asked.returncode == 0 else ""


def registry_answers() -> bool:
    """Whether images can be pulled; asked within three seconds. 401 is the answer of a registry that wants a token first."""
    try:
        urllib.request.urlopen(REGISTRY, timeout=3).close()
    except urllib.error.HTTPError as error:
        return error.code == 401
    except (OSError, ValueError):
        return False
    return True


def ensure_base(release: str) -> str:
    """The image all others of a release are made from; returns its tag."""
    base = "localhost/portcullis-%s-base:latest" % release
    tarball = paths.CACHE / "images" / ("%s-%s.tar" % (release, recipe()))
    if label(base) == recipe():
        return base
    if not tarball.exists():
        tarball.parent.mkdir(parents=True, exist_ok=True)
        for old in tarball.parent.glob(release + "-*.tar"):
            old.unlink()
        partial = tarball.with_suffix(".partial")
        if not (registry_answers() and pulled(release, partial)):
            bootstrap(release, partial)
        partial.rename(tarball)
    run(
        [
            "podman",
            "import",
            "-q",
            "--change",
            "LABEL recipe=" + recipe(),
            "--change",
            'CMD ["/sbin/init"]',
            str(tarball),
            base,
        ]
    )
    return base


def bootstrap(release: str, tarball: pathlib.Path) -> None:
    """Make a root file system with mmdebstrap."""
    hook = 'cp %s "$1/customise" && chroot "$1" sh /customise && rm "$1/customise"' % CUSTOMISE
    run(
        [
            "mmdebstrap",
            "--variant=minbase",
            "--include=" + ",".join(PACKAGES),
            "--customize-hook=" + hook,
            "--aptopt=" + APT.rstrip(";"),
            "--format=tar",
            release,
            str(tarball),
        ]
    )


def pulled(release: str, tarball: pathlib.Path) -> bool:
    """Make a root file system from the registry's image; False where that does not work out."""
    install = (
        "echo '%s' > /etc/apt/apt.conf.d/99languages && " % APT
        + "apt-get -q update && apt-get -q -y --no-install-recommends install %s && sh /customise && rm /customise"
    )
    lines = [
        "FROM " + BASE % release,
        "COPY customise.sh /customise",
        "RUN export DEBIAN_FRONTEND=noninteractive; " + install % " ".join(PACKAGES),
    ]
    temporary = "localhost/portcullis-%s-pulled" % release
    container = "portcullis-export-" + release
    try:
        run(["podman", "build", "-q", "-t", temporary, "-f", "-", str(CUSTOMISE.parent)], "\n".join(lines) + "\n")
        run(["podman", "create", "--name", container, temporary])
        run(["podman", "export", "-o", str(tarball), container])
    except CannotMake as error:
        print("pulling %s did not work, mmdebstrap makes it: %s" % (BASE % release, error))
        return False
    finally:
        subprocess.run(
            ["podman", "rm", "-f", container],
            env=environment.variables(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    return True


def ensure(name: str) -> None:
    """Make one image unless podman has it of the same recipe. Two callers wait for each other."""
    release, kind = name.rsplit("-", 1)
    (paths.CACHE / "images").mkdir(parents=True, exist_ok=True)
    with open(str(paths.CACHE / "images" / (release + ".lock")), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(release, kind)


def further_packages(release: str, kind: str) -> str:
    """The lines of a Containerfile that make a derived image of the one it is made of."""

    wanted = [package for package in DERIVED[kind][1] if package not in ABSENT.get((release, kind), ())]
    older = POINT_RELEASE.get((release, kind), ())
    lines = PIN % " ".join(older) if older else ""
    lines += INSTALL % " ".join(wanted)
    if kind in UNPACKED:
        lines += UNPACK % " ".join(UNPACKED[kind]) + MASK % " ".join(STILL[kind])
    return lines


def make(release: str, kind: str) -> str:
    """Make one image and those that it is made of; the caller holds the release's lock. Returns its tag."""
    image = tag("%s-%s" % (release, kind))
    if label(image) == recipe(kind):
        return image
    if kind in DERIVED:
        base, install = make(release, DERIVED[kind][0]), further_packages(release, kind)
    else:
        base = ensure_base(release)
        install = "RUN dpkg --install /opt/superservers/%s/*.deb && rm -rf /opt/superservers\n" % SERVERS[kind]
    run(
        [
            "podman",
            "build",
            "-q",
            "--pull=never",
            "--network=host",
            "--label",
            "recipe=" + recipe(kind),
            "-t",
            image,
            "-f",
            "-",
            str(CUSTOMISE.parent),
        ],
        "FROM %s\n%s" % (base, install),
    )
    print("made %s" % image, flush=True)
    return image


def main(names: List[str]) -> int:
    known = ["%s-%s" % (release, kind) for release in RELEASES for kind in list(SERVERS) + list(DERIVED)]
    for name in names:
        if name not in known:
            print("no such image: %s (there are %s)" % (name, ", ".join(known)))
            return 2
    try:
        system.ensure()
        for name in names or [name for name in known if name.rsplit("-", 1)[1] in SERVERS]:
            ensure(name)
    except (CannotMake, system.CannotInstall) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
