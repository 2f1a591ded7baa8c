"""The way to the API: whose certificates are trusted, which proxy leads out, and why a connection came to nothing."""

import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address

import httpx

from include.kofic import errors
from include.kofic.secret import Secret

_ELSE_A_PROXY = "if this network is left through a proxy only, give its address as `proxy` in the connection's extra"


def stays_near(host: str) -> bool:
    """Whether a call stays on this machine or its private network: such an address, or a name without a dot (a container's)."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return address.is_private


def proxy_address(proxy: Secret | None) -> httpx.URL | None:
    """The proxy's address.

    Raises:
        BadSetting: it is none; the message does not show it, for a password may stand in it.
    """
    if proxy is None:
        return None
    try:
        url = httpx.URL(proxy.reveal())
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise errors.BadSetting(
            "`proxy` in the extra of the connection `kofic` is no address of a proxy. Remedy: write it as http://host:port, or "
            "http://user:password@host:port."
        )
    return url


def trusted(ca_file: str | None) -> ssl.SSLContext | bool:
    """What a host's certificate is checked against: the authorities of that PEM file, else those of certifi.

    Raises:
        BadSetting: the file cannot be read, or holds no certificate.
    """
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise errors.BadSetting(
            f"`ca_file` in the extra of the connection `kofic` cannot be used: {errors.shown(ca_file)} "
            f"({error.strerror or 'it holds no certificate'}). Remedy: the path of a PEM file, as Airflow's machine sees it."
        ) from None


def transport(ca_file: str | None, proxy: Secret | None, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
    """The way that the settings describe; nothing of the environment leads elsewhere.

    Raises:
        BadSetting: as `proxy_address` and `trusted`.
    """
    verify, address = trusted(ca_file), proxy_address(proxy)
    own_tls = verify if address and address.scheme == "https" and isinstance(verify, ssl.SSLContext) else None
    via = httpx.Proxy(address, ssl_context=own_tls) if address else None
    return httpx.AsyncHTTPTransport(verify=verify, proxy=via, limits=limits, trust_env=False)


def unreached(error: Exception, url: httpx.URL, proxy: httpx.URL | None) -> errors.KoficError | None:
    """Why the address was not reached, or None: it was, and what failed came later."""
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return None
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return errors.UntrustedCertificate(
                f"the certificate of {url.host} is not trusted ({errors.shown(cause.verify_message)}). Remedy: if a proxy on the "
                "way signs it anew, give its authority's PEM file as `ca_file` in the extra of the connection `kofic`; else find "
                "out who answers there before the key is sent."
            )
    place = f"the proxy {_address(proxy)}" if proxy else _address(url)
    setting = "`proxy` in the extra" if proxy else "the host"
    check = f"check {setting} of the connection `kofic`" + ("" if proxy else f"; {_ELSE_A_PROXY}")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return errors.Unreachable(f"no address is known for the name of {place}. Remedy: {check}; see this machine's DNS.")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return errors.Unreachable(f"{place} refuses connections: nothing listens there. Remedy: {check}.")
    if isinstance(error, httpx.ProxyError):
        return errors.Unreachable(
            f"{place} does not lead on: {errors.shown(str(error))}. Remedy: {check}, user and password too."
        )
    reasons = [cause.reason for cause in causes if isinstance(cause, ssl.SSLError) and cause.reason]
    detail = f"TLS fails: {reasons[0]}" if reasons else _innermost(causes)
    return errors.Unreachable(f"there is no way to {place} ({detail}). Remedy: see whether this machine may go there; {check}.")


def _address(url: httpx.URL) -> str:
    return f"{url.host}:{url.port or {'https': 443}.get(url.scheme, 80)}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it; each address of a name that was tried has one of its own."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(each.exceptions)
        waiting.extend(filter(None, (each.__cause__, each.__context__)))


def _innermost(causes: list[BaseException]) -> str:
    """What the operating system said, else which of httpx's limits was met."""
    said = [cause.strerror for cause in causes if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError)]
    return errors.shown(next(filter(None, reversed(said)), type(causes[0]).__name__))
