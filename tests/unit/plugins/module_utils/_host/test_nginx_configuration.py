# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where nginx hands connections on, by the manuals of ngx_http_proxy_module, ngx_http_upstream_module and ngx_stream_proxy_module."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.nginx_configuration import places_of


@pytest.fixture(name="places")
def fixture_places(tmp_path):
    """places(nginx.conf, name=text, ...): what is found with these files below /etc/nginx."""

    def look(main, **files):
        for name, text in dict(files, **{"nginx.conf": main}).items():
            path = tmp_path / "etc" / "nginx" / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return places_of(Root(str(tmp_path)), "/etc/nginx/nginx.conf")

    return look


@pytest.mark.parametrize(
    "text, found",
    [
        ("proxy_pass http://10.0.0.1:8080/app/;", ["10.0.0.1:8080"]),
        ("proxy_pass http://10.0.0.1;", ["10.0.0.1:80"]),  # the port of the scheme
        ("proxy_pass https://backend.example.com/;", ["backend.example.com:443"]),
        ("grpc_pass grpcs://10.0.0.1;", ["10.0.0.1:443"]),
        ('proxy_pass "http://[2001:db8::1]:8080";', ["[2001:db8::1]:8080"]),
        ("proxy_pass http://unix:/run/app.sock;", []),
        ("proxy_pass http://$backend;", []),
        ("# proxy_pass http://10.0.0.1;", []),
        ("proxy_pass http://10.0.0.1:1; # the old one; proxy_pass http://10.0.0.2:2;", ["10.0.0.1:1"]),
        ("location / {\n proxy_pass\n  http://10.0.0.1:3;\n}", ["10.0.0.1:3"]),
    ],
)
def test_what_is_passed(places, text, found):
    assert places("http {\n server {\n listen 80;\n %s\n }\n}\n" % text) == found


def test_a_stream_is_passed_to_a_host_and_a_port(places):
    assert places("stream { server { listen 2222; proxy_pass 127.0.0.1:22; } }\n") == ["127.0.0.1:22"]


def test_the_servers_of_an_upstream_stand_in_its_place_wherever_it_is_declared(places):
    text = (
        "http {\n server { location / { proxy_pass http://app; } }\n"
        " upstream app {\n  least_conn;\n  server 10.0.0.1:8001 weight=5;\n  server 10.0.0.2;\n  server unix:/run/x;\n }\n"
        " upstream other { server 10.0.0.9:9; }\n}\n"
    )
    assert places(text) == ["10.0.0.1:8001", "10.0.0.2:80"]


def test_included_files_are_read_in_their_place(places):
    found = places(
        "http { include sites/*.conf; include missing.conf; include nowhere/*; }\nstream { include /etc/nginx/tcp; }\n",
        sites__b_conf="server { proxy_pass http://10.0.0.9; }\n",  # not of the pattern
        tcp="server { proxy_pass 10.0.0.3:22; }\n",
        **{"sites/a.conf": "server { location / { proxy_pass http://10.0.0.1:81; } }\n"},
    )
    assert found == ["10.0.0.1:81", "10.0.0.3:22"]


def test_a_file_that_includes_itself_comes_to_an_end(places):
    assert places("include a;\n", a="include a; proxy_pass 10.0.0.1:1;\n") == ["10.0.0.1:1"]
