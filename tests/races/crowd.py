"""People with browsers: real connections, their own cookies and tokens, and one moment at which all of them press."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from urllib.parse import urlencode

Item = TypeVar("Item")
Answered = TypeVar("Answered")
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
SECONDS = 60


@dataclass(frozen=True)
class Answer:
    status: int
    body: str

    def json(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.body)
        return answer


class Browser:
    """One visitor: a connection that stays open, the cookies it was given and the hidden fields of the form it looks at."""

    def __init__(self, port: int, **cookies: str) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        self.cookies = dict(cookies)
        self.hidden: dict[str, str] = {}

    def open(self, path: str) -> Answer:
        answer = self.ask("GET", path)
        self.hidden = dict(HIDDEN.findall(answer.body))
        return answer

    def send_form(self, path: str, **fields: str) -> Answer:
        """The form that was opened, with its CSRF token and whatever else it hid."""
        return self.ask("POST", path, urlencode({**self.hidden, **fields}), {"Content-Type": "application/x-www-form-urlencoded"})

    def send_json(self, path: str, body: dict[str, Any]) -> Answer:
        """As the check-in page's own script does: the token goes into a header."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.hidden["csrfmiddlewaretoken"], "Accept": "application/json"}
        return self.ask("POST", path, json.dumps(body), headers)

    def ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.http.request(method, path, body or None, {"Cookie": cookie, **(headers or {})})
        response = self.http.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, response.read().decode())

    def close(self) -> None:
        self.http.close()


def each(items: Sequence[Item], act: Callable[[Item], Answered]) -> list[Answered]:
    """Do it for all, several at a time."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(act, items))


def together(items: Sequence[Item], act: Callable[[Item], Answered]) -> list[Answered]:
    """Do it for all of them at one moment: nobody starts before the last one is ready."""
    gate = threading.Barrier(len(items))

    def one(item: Item) -> Answered:
        gate.wait(SECONDS)
        return act(item)

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(one, items))
