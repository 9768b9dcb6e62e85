import pytest

from vcam.sinks.guard import Door, host_names, is_loopback

HOME = {"Host": "127.0.0.1:8080"}
OPEN = Door(host_names("127.0.0.1"), None)
LOCKED = Door(host_names("127.0.0.1"), "s3cret")


def status(door: Door, path: str = "/whep", **headers: str) -> int:
    refusal = door.refusal(path, HOME | {k.replace("_", "-"): v for k, v in headers.items()})
    return 200 if refusal is None else refusal.status


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080"])
def test_the_machines_own_names_are_served(host):
    assert status(OPEN, Host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:8080", "127.0.0.1.evil.test", "", "[::2]:1"]
)
def test_another_name_is_misdirected_against_dns_rebinding(host):
    assert status(OPEN, Host=host) == 421


def test_the_own_origin_is_served():
    assert status(OPEN, Origin="http://127.0.0.1:8080", Sec_Fetch_Site="same-origin") == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://127.0.0.1:9", "https://127.0.0.1:8080"]
)
def test_another_origin_is_forbidden(origin):
    assert status(OPEN, Origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_is_forbidden(site):
    assert status(OPEN, Sec_Fetch_Site=site) == 403


@pytest.mark.parametrize("path", ["/whep", "/stats", "/metrics", "/whep/x"])
@pytest.mark.parametrize(
    ("bearer", "wanted"),
    [
        ("Bearer s3cret", 200),
        ("bearer s3cret", 200),
        ("Bearer s3cre", 401),
        ("Bearer ", 401),
        ("Basic s3cret", 401),
        ("Bearer \udcff", 401),
        ("", 401),
    ],
)
def test_with_a_token_everything_but_the_empty_page_needs_it(path, bearer, wanted):
    assert status(LOCKED, path, Authorization=bearer) == wanted
    assert status(LOCKED, "/", Authorization=bearer) == 200


def test_tokens_are_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda a, b: bool(compared.append((a, b))))
    assert status(LOCKED, Authorization="Bearer s3cret") == 401
    assert compared == [(b"s3cret", b"s3cret")]


def test_a_server_open_to_the_network_goes_by_the_machines_names():
    names = host_names("0.0.0.0")
    assert {"127.0.0.1", "localhost"} < names
    assert "evil.test" not in names
    assert "camera.example" in host_names("camera.example")


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.2", False),
        ("example.org", False),
    ],
)
def test_which_hosts_are_loopback(host, wanted):
    assert is_loopback(host) is wanted
