"""The way to the API: each way of not getting there has its message, and what leads through a company's proxy is a setting."""

import asyncio
import contextlib
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from include.kofic import errors
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.replies import MOVIE_INFO
from include.kofic.secret import Secret

KEY = "0123456789abcdef0123456789abcdef"
NAME = "kofic.invalid"
PASSWORD = "password-of-the-proxy"
REPLY = b'{"movieInfoResult": {"movieInfo": {"movieCd": "1"}}}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """The certificate that a company's proxy puts before KOFIC's, signed by its own authority: the folder of both."""
    folder = tmp_path_factory.mktemp("authority")
    root = _certificate(folder / "root.pem", "A company's authority")
    _certificate(folder / "host.pem", NAME, root)
    return folder


def _certificate(file, name, signed_by=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    issuer, issuer_key = signed_by or (subject, key)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=signed_by is None, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return subject, key


class Listener:
    """A server of one function on a loopback port, in a thread of its own."""

    def __init__(self, serve, tls=None):
        self._serve, self._tls = serve, tls

    async def _served(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._serve(reader, writer)
        writer.close()

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        start = asyncio.start_server(self._served, "127.0.0.1", 0, ssl=self._tls)
        self._server = self._loop.run_until_complete(start)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()


async def _answer(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(REPLY), REPLY))
    await writer.drain()


async def _pipe(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture(scope="module")
def host(authority):
    """What stands behind the proxy: it has a name that only the proxy knows."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(authority / "host.pem")
    with Listener(_answer, tls) as listener:
        yield listener


@pytest.fixture
def proxy(host):
    """A proxy with a password, the one way to the host; `asked` is what it was asked, as it travelled."""
    asked = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        if b"Proxy-Authorization: Basic" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", host.port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))

    with Listener(serve) as listener:
        listener.asked = asked
        yield listener


@pytest.fixture
def settings():
    return ClientSettings(
        Secret(KEY), f"https://{NAME}", calls_per_second=500, longest_pause=0.02, connect_timeout=0.5, attempts=2
    )


def _through(proxy):
    return Secret(f"http://somebody:{PASSWORD}@127.0.0.1:{proxy.port}")


def _ask(settings):
    async def ask():
        async with KoficClient(settings) as client:
            return await client.get(MOVIE_INFO, {"movieCd": "1"})

    return asyncio.run(ask())


def test_a_network_that_only_a_proxy_leaves_with_a_certificate_of_its_own(settings, authority, host, proxy):
    with pytest.raises(errors.Unreachable, match=rf"{NAME}:443 does not resolve.*`proxy` in the connection's extra"):
        _ask(settings)
    with pytest.raises(errors.UntrustedCertificate, match=rf"{NAME} is not trusted.*`ca_file`") as refused:
        _ask(replace(settings, proxy=_through(proxy)))
    assert len(proxy.asked) == 1, "a certificate is refused at once"
    assert isinstance(refused.value, errors.PermanentError)
    with pytest.raises(errors.UntrustedCertificate):
        _ask(replace(settings, base_url=f"https://127.0.0.1:{host.port}", ca_file=str(authority / "root.pem")))
    way = replace(settings, proxy=_through(proxy), ca_file=str(authority / "root.pem"))
    assert _ask(way).answer == {"movieCd": "1"}
    assert PASSWORD not in repr(way)
    assert not any(KEY.encode() in head for head in proxy.asked), "the key travels inside the tunnel"


def test_a_proxy_that_refuses_is_named_and_its_password_is_not(settings, proxy):
    with pytest.raises(errors.Unreachable, match=rf"the proxy 127.0.0.1:{proxy.port} does not forward.*407.*`proxy`"):
        _ask(replace(settings, proxy=Secret(f"http://127.0.0.1:{proxy.port}")))
    with pytest.raises(errors.Unreachable, match="the proxy 127.0.0.1:9 refuses.*`proxy`") as refused:
        _ask(replace(settings, proxy=Secret(f"http://somebody:{PASSWORD}@127.0.0.1:9")))
    assert PASSWORD not in str(refused.value)


def test_a_refused_port_is_named(settings):
    with pytest.raises(errors.Unreachable, match=r"127.0.0.1:9 refuses connections.*Remedy.*`proxy`"):
        _ask(replace(settings, base_url="https://127.0.0.1:9"))


def test_an_address_that_does_not_answer_is_no_way_out(settings):
    """192.0.2.1 is set aside for documentation (RFC 5737): nothing is there, and most networks have no route to it."""
    with pytest.raises(errors.Unreachable, match=r"192.0.2.1:443.*Remedy.*`proxy`"):
        _ask(replace(settings, base_url="https://192.0.2.1"))


def test_a_host_that_speaks_no_tls_is_named(settings):
    async def answer(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    with Listener(answer) as plain, pytest.raises(errors.Unreachable, match="TLS fails.*Remedy"):
        _ask(replace(settings, base_url=f"https://127.0.0.1:{plain.port}"))


def test_the_environment_leads_nowhere_else(settings, monkeypatch, authority, host):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "root.pem"))
    with pytest.raises(errors.UntrustedCertificate):
        _ask(replace(settings, base_url=f"https://127.0.0.1:{host.port}"))


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_a_certificate_is_refused_before_any_call(settings, tmp_path, content):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(errors.BadSetting, match="`ca_file`.*ca.pem.*Remedy"):
        _ask(replace(settings, ca_file=str(file)))


@pytest.mark.parametrize("address", ["proxy", "proxy:3128", "socks5://p:1", "http://", f"ftp://a:{PASSWORD}@b"])
def test_what_is_no_proxy_is_refused_and_not_shown(settings, address):
    with pytest.raises(errors.BadSetting, match="`proxy`.*Remedy") as refused:
        replace(settings, proxy=Secret(address))
    assert PASSWORD not in str(refused.value)


def test_the_key_does_not_travel_unencrypted_to_a_far_proxy(settings):
    with pytest.raises(errors.BadSetting, match="proxy.example.com unencrypted"):
        replace(settings, base_url="http://127.0.0.1:8090", proxy=Secret("http://proxy.example.com:3128"))
