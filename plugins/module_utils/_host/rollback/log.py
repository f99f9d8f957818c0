# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Tell the system's log."""


def log(text: str, error: bool = False) -> None:
    """Tell the system's log."""
    try:
        import syslog

        syslog.openlog("portcullis", 0, syslog.LOG_DAEMON)
        plain = text.encode("ascii", "backslashreplace").decode("ascii")  # a name may be of bytes that are no text
        syslog.syslog(syslog.LOG_ERR if error else syslog.LOG_WARNING, plain)
    except (ImportError, OSError):
        return
