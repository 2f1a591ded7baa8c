"""Connections to the API: trusted certificates, the proxy, and why a connection failed."""

import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address

import httpx

from include.kofic import errors
from include.kofic.secret import Secret

_PROXY_HINT = "if this network requires a proxy, give its address as `proxy` in the connection's extra"


def is_local(host: str) -> bool:
    """Whether a host is on this machine or its private network: such an address, or a name without a dot (a container's)."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return address.is_private


def proxy_address(proxy: Secret | None) -> httpx.URL | None:
    """The proxy's address.

    Raises:
        BadSetting: it is not a valid URL; the message omits it, because it may contain a password.
    """
    if proxy is None:
        return None
    try:
        url = httpx.URL(proxy.reveal())
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise errors.BadSetting(
            "`proxy` in the extra of the connection `kofic` is not the URL of a proxy. Remedy: write it as http://host:port, or "
            "http://user:password@host:port."
        )
    return url


def trusted(ca_file: str | None) -> ssl.SSLContext | bool:
    """The authorities that a host's certificate is verified against: those of the PEM file, else certifi's.

    Raises:
        BadSetting: the file cannot be read, or holds no certificate.
    """
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise errors.BadSetting(
            f"`ca_file` in the extra of the connection `kofic` cannot be used: {errors.printable(ca_file)} "
            f"({error.strerror or 'it holds no certificate'}). Remedy: the path of a PEM file, as Airflow's machine sees it."
        ) from None


def transport(ca_file: str | None, proxy: Secret | None, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
    """The transport that the settings describe; the environment's proxies and certificates are ignored.

    Raises:
        BadSetting: as `proxy_address` and `trusted`.
    """
    verify, address = trusted(ca_file), proxy_address(proxy)
    own_tls = verify if address and address.scheme == "https" and isinstance(verify, ssl.SSLContext) else None
    via = httpx.Proxy(address, ssl_context=own_tls) if address else None
    return httpx.AsyncHTTPTransport(verify=verify, proxy=via, limits=limits, trust_env=False)


def connection_error(error: Exception, url: httpx.URL, proxy: httpx.URL | None) -> errors.KoficError | None:
    """The reason that the connection failed, or None if it was made and the failure came later."""
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return None
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return errors.UntrustedCertificate(
                f"the certificate of {url.host} is not trusted ({errors.printable(cause.verify_message)}). Remedy: if a "
                "proxy re-signs it, give its authority's PEM file as `ca_file` in the extra of the connection `kofic`; "
                "else find out who answers there before the key is sent."
            )
    place = f"the proxy {_address(proxy)}" if proxy else _address(url)
    setting = "`proxy` in the extra" if proxy else "the host"
    check = f"check {setting} of the connection `kofic`" + ("" if proxy else f"; {_PROXY_HINT}")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return errors.Unreachable(f"the host name of {place} does not resolve. Remedy: {check}; see this machine's DNS.")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return errors.Unreachable(f"{place} refuses connections: nothing listens there. Remedy: {check}.")
    if isinstance(error, httpx.ProxyError):
        return errors.Unreachable(
            f"{place} does not forward the connection: {errors.printable(str(error))}. Remedy: {check}, user and password too."
        )
    reasons = [cause.reason for cause in causes if isinstance(cause, ssl.SSLError) and cause.reason]
    detail = f"TLS fails: {reasons[0]}" if reasons else _innermost(causes)
    return errors.Unreachable(f"{place} is unreachable ({detail}). Remedy: see whether this machine may connect to it; {check}.")


def _address(url: httpx.URL) -> str:
    return f"{url.host}:{url.port or {'https': 443}.get(url.scheme, 80)}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all its causes; every address tried for a name has its own."""
    pending, seen = [error], set[int]()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            pending.extend(each.exceptions)
        pending.extend(filter(None, (each.__cause__, each.__context__)))


def _innermost(causes: list[BaseException]) -> str:
    """The operating system's error text, else the class of httpx's time-out."""
    texts = [cause.strerror for cause in causes if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError)]
    return errors.printable(next(filter(None, reversed(texts)), type(causes[0]).__name__))
