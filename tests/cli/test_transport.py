"""How a server is reached: https by certificate files, no plain http to other machines unasked, proxies by their exact number."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from running_site import PASSWORD, _address, _environment, kartotek, running, small_site

from kartotek.app import create_app
from kartotek.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that was started once."""
    folder = small_site(tmp_path_factory.mktemp("transport") / "site")
    with running(folder) as server:
        server.stop()
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own making and its key."""
    folder, key, now = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(2))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    (folder / "locked.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"password")))
    return certificate, secret


@pytest.fixture(scope="module")
def secure(site: Path, pair: tuple[Path, Path]) -> Iterator[str]:
    """The address of a server with the certificate, for all machines."""
    command = [sys.executable, "-m", "kartotek", "run", "--site", str(site), "--host", "0.0.0.0", "--port", "0", "--workers", "1"]  # noqa: S104
    process = subprocess.Popen(
        [*command, "--certificate", str(pair[0]), "--key", str(pair[1])], env=_environment("", {}),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    printed: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        if "https://127.0.0.1:" in line:
            break
    try:
        yield "".join(printed).split("https://127.0.0.1:")[1].split()[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


def test_a_certificate_makes_it_https(secure: str, pair: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context(cafile=str(pair[0]))
    connection = http.client.HTTPSConnection("127.0.0.1", int(secure), context=trusting, timeout=20)
    connection.request("GET", "/login/")
    answer = connection.getresponse()
    cookie = answer.headers["Set-Cookie"]
    assert answer.status == 200 and answer.headers["Strict-Transport-Security"]
    assert cookie.startswith("__Host-kartotek=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {one.strip() for one in cookie.split(";")} and "Domain" not in cookie
    connection.close()


def test_plain_http_and_old_tls_are_not_answered(secure: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(secure), timeout=20)
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("GET", "/login/")
        connection.getresponse()
    connection.close()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    late = http.client.HTTPSConnection("127.0.0.1", int(secure), context=old, timeout=20)
    with pytest.raises(OSError):
        late.request("GET", "/login/")
    late.close()


def test_plain_http_to_other_machines_has_to_be_asked_for(site: Path) -> None:
    for host in ("0.0.0.0", "::"):  # noqa: S104
        refused = kartotek("run", "--site", site, "--port", "0", "--host", host)
        assert refused.status == 1, host
        assert f"Plain HTTP on {host} would let anybody" in refused.err and "--insecure" in refused.err
        assert "Traceback" not in refused.err
    process = subprocess.Popen(
        [sys.executable, "-m", "kartotek", "run", "--site", str(site), "--port", "0", "--host", "0.0.0.0", "--insecure", "--workers", "1"],  # noqa: S104
        env=_environment("", {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert _address(process, []).startswith("http://127.0.0.1:")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


def test_files_that_are_no_certificate_are_told(site: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = pair
    nothing = tmp_path / "nothing.pem"
    for given, words in (
        (["--certificate", certificate], "Give both"), (["--key", key], "Give both"),
        (["--certificate", nothing, "--key", key], "There is no"), (["--certificate", key, "--key", key], "not a certificate and its key"),
        (["--certificate", certificate, "--key", key.with_name("locked.pem")], "without a password"),
    ):  # fmt: skip
        refused = kartotek("run", "--site", site, "--port", "0", *given)
        assert (refused.status, words in refused.err, "Traceback" in refused.err) == (1, True, False), refused.err


def _client(site: Path, proxies: int) -> tuple[Site, FlaskClient]:
    text = f"name: Site\nlanguages: [en]\ntimezone: UTC\nsecurity: {{proxies: {proxies}}}\n"
    (site / "site.yaml").write_text(text, encoding="utf-8")
    opened = Site(site)
    opened.prepare(owner_password=PASSWORD)
    for step in opened.engine.declaration_problems():
        assert step.severity != "error", step
    return opened, create_app(opened).test_client()


FORGED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.8.7, 203.0.113.1, 198.51.100.2", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/x"}


@pytest.mark.parametrize(("proxies", "is_secure", "seen"), [(0, False, "127.0.0.1"), (1, True, "198.51.100.0/24"), (2, False, "203.0.113.0/24")])
def test_as_many_servers_in_front_are_believed_as_there_are(tmp_path: Path, proxies: int, is_secure: bool, seen: str) -> None:
    site, client = _client(small_site(tmp_path / "site"), proxies)
    try:
        answer = client.get("/login/?next=/r/person/", headers=FORGED)
        assert answer.status_code == 200, "the host is not theirs to say"
        assert answer.headers["Set-Cookie"].startswith("__Host-kartotek=" if is_secure else "kartotek=")
        assert ("Strict-Transport-Security" in answer.headers) == is_secure
        assert "evil.example" not in answer.text and '"/x/' not in answer.text
        token = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
        head = {**FORGED, "Referer": "https://localhost/login/"}
        assert client.post("/login/", data={"csrf_token": token, "username": "owner", "password": PASSWORD}, headers=head).status_code == 303
        assert [one.address for one in site.users.signing.sessions(site.users.get("owner").id)] == [seen]
        assert client.get("/login/", headers={**FORGED, "Host": "evil.example"}).status_code == 400
    finally:
        site.close()
