"""A small OpenID Connect issuer on the loopback: the authorization code flow with PKCE."""

import hashlib
import http.client
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

from tests.servers.loopback import Quiet, running_http

CLIENT_ID, CLIENT_SECRET = "pings", "a secret of the client"
LATER = 4_000_000_000
"""When its tokens expire: in 2096."""


@dataclass
class Issuer:
    """Signs everybody in as ``person``. ``told`` changes what its tokens claim, ``answers`` what an address answers."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    refusal: str = ""

    def discovery(self) -> dict[str, Any]:
        paths = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            **{f"{name}_endpoint": f"{self.url}/{path}" for name, path in paths.items()},
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Remember what was asked for; return the address to send the browser back to."""
        self.asked.append(query)
        answer = {"error": self.refusal} if self.refusal else {"code": str(len(self.asked) - 1)}
        return f"{query['redirect_uri']}?{urlencode({**answer, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Return the tokens for a code; None where the client is another, or another has the code."""
        asked = self.asked[int(form["code"])]
        proof = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        given = (form.get("client_id"), form.get("client_secret"), form.get("redirect_uri"), proof)
        if given != (CLIENT_ID, CLIENT_SECRET, asked["redirect_uri"], asked["code_challenge"]):
            return None
        claims = {"iss": self.url, "aud": CLIENT_ID, "exp": LATER, **self.person, **self.told}
        return {"access_token": "t", "token_type": "Bearer", "id_token": jwt.encode(claims, "k" * 32)}

    def follow(self, address: str) -> str:
        """Go where a browser was sent, and return where it is sent back to, as path and query."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        connection.request("GET", f"{parts.path}?{parts.query}")
        back = urlsplit(connection.getresponse().getheader("Location", ""))
        connection.close()
        return f"{back.path}?{back.query}"


@contextmanager
def running_issuer(**person: Any) -> Iterator[Issuer]:
    """Run the issuer for as long as the context lasts."""
    issuer = Issuer(person={"sub": "7", **person})

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - the library’s name
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self._send(302, None, issuer.authorize(query))
            elif parts.path == "/userinfo":
                self._send(200, issuer.person)
            else:
                self._send(200, issuer.discovery())

        def do_POST(self) -> None:  # noqa: N802 - as above
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tokens = issuer.token({name: values[0] for name, values in parse_qs(body).items()})
            self._send(200 if tokens else 401, tokens)

        def _send(self, status: int, content: Any, location: str = "") -> None:
            status, content = issuer.answers.get(urlsplit(self.path).path, (status, content))
            body = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    with running_http(Handler) as port:
        issuer.url = f"http://127.0.0.1:{port}"
        yield issuer
