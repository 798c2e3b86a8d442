"""Streams of a made-up platform: JSON Lines of any size, the same for the same seed. Plain Python."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

import orjson

DAYS = 30
_REGIONS = (
    ("aws", "me-central-1"),
    ("aws", "eu-central-1"),
    ("google-cloud", "europe-west3"),
    ("azure", "uaenorth"),
)
_APPS = ("shop", "newsletter", "booking", "inventory", "chat", "reports", "landing", "api")
_RESOURCES = (
    ("compute.small", "hour", 1.0),
    ("compute.large", "hour", 1.0),
    ("storage.block", "gib_hour", 40.0),
    ("network.egress", "gib", 3.0),
)
_METRICS = (("latency.p95", "ms", 180.0), ("cpu.load", "percent", 35.0), ("memory.used", "mib", 420.0))
_COMMANDS = (
    "omega run deploy {app}",
    "omega run logs {app} --since 1h",
    "omega run scale {app} --replicas {n}",
    "omega run exec {app} -- python manage.py migrate",
    "omega run restart {app}",
)
_PATHS = ("/", "/login", "/orders", "/orders/{n}", "/cart", "/api/items", "/api/items/{n}", "/static/app.css")
_LOGS = (
    ("info", "GET {path} 200 in {n} ms"),
    ("info", "POST {path} 201 in {n} ms"),
    ("debug", "cache hit for key item:{n}"),
    ("warning", "slow query on table orders: {n} ms"),
    ("error", "payment of order {n} refused by the bank"),
    ("critical", "connection to the database lost, attempt {n}"),
)
_LOG_WEIGHTS = (60, 15, 15, 6, 3, 1)
_AUTOMATIONS: tuple[tuple[str, str, list[str], list[str], list[str]], ...] = (
    (
        "Invoices to a sheet",
        "mail with the label invoices",
        ["read the mail", "append a row"],
        ["spreadsheet Invoices 2026"],
        ["gmail.readonly", "spreadsheets"],
    ),
    (
        "Weekly report",
        "every Monday at 07:00",
        ["make a document from the template", "send it"],
        ["team@example.org"],
        ["documents", "gmail.send"],
    ),
    ("Tidy the inbox", "every hour", ["label what is older than a week"], [], ["gmail.modify", "gmail.labels"]),
    ("Archive uploads", "file added to the folder Uploads", ["copy the file"], ["folder Archive"], ["drive.file"]),
    ("Stock alert", "cell B2 falls below 10", ["send a mail"], ["buyer@example.org"], ["spreadsheets.readonly"]),
)
_OUTCOMES = ("succeeded", "failed", "skipped", "cancelled")
_OUTCOME_WEIGHTS = (90, 6, 3, 1)
_BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605",
)
_PAGES = ("/", "/apps", "/apps/{n}", "/apps/{n}/logs", "/billing", "/docs/automations", "/settings")
_STREAMS = ("logs", "metrics", "usage", "runs", "commands")
_WEIGHTS = (62, 18, 10, 7, 3)
#: one visit after so many lines of the others, which are the same with and without
_BETWEEN_VISITS = 25
#: visits are of the last few days: those of who closed their account weeks ago are within their thirty days, too
_VISITS_OF = 1 / 6

_Record = dict[str, Any]


@dataclass
class _Tenant:
    account: str
    apps: list[tuple[str, str]] = field(default_factory=list)
    automations: list[str] = field(default_factory=list)


class MadeUpPlatform:
    """Writes `lines` lines about `accounts`, over the thirty days before `until`; a share `broken` is damaged."""

    def __init__(
        self, *, lines: int, seed: int, accounts: Sequence[UUID], until: datetime, broken: float = 0.0
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311  nobody's secret
        self._lines, self._seed = lines, seed
        self._until = until
        self._share = broken
        self._tenants = [
            _Tenant(text) for text in (map(str, accounts) if accounts else [self._uuid() for _ in range(3)])
        ]
        #: automation → kind and name of each of its destinations
        self._destinations: dict[str, list[tuple[str, str]]] = {}
        #: damaged lines written so far
        self.broken = 0

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _line(self, stream: str, tenant: _Tenant, at: datetime, **fields: Any) -> _Record:
        common = {"stream": stream, "id": self._uuid(), "account": tenant.account}
        return {**common, "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **fields}

    def _inventory(self) -> Iterator[_Record]:
        """Yield what the tenants have: apps and automations."""
        start = self._until - timedelta(days=DAYS)
        for tenant in self._tenants:
            for name in self._random.sample(_APPS, self._random.randint(2, 4)):
                provider, region = self._random.choice(_REGIONS)
                line = self._line("apps", tenant, start, name=name, provider=provider, region=region)
                tenant.apps.append((line["id"], name))
                yield line
            for name, trigger, actions, destinations, scopes in self._random.sample(_AUTOMATIONS, 3):
                line = self._line(
                    "automations",
                    tenant,
                    start,
                    name=name,
                    on=self._random.random() < 0.8,  # noqa: PLR2004
                    trigger=trigger,
                    actions=actions,
                    destinations=destinations,
                    scopes=scopes,
                )
                tenant.automations.append(line["id"])
                kinds = ("email" if "@" in each else "file" for each in destinations)
                self._destinations[line["id"]] = list(zip(kinds, destinations, strict=True))
                yield line

    def _fields(self, stream: str, tenant: _Tenant) -> _Record:
        """Return the fields of something that happened in `stream`."""
        pick = self._random.choice
        app, name = pick(tenant.apps)
        number = self._random.randrange(1, 2000)
        if stream == "logs":
            level, text = self._random.choices(_LOGS, _LOG_WEIGHTS)[0]
            return {"app": app, "level": level, "text": text.format(path=pick(_PATHS).format(n=number), n=number)}
        if stream == "metrics":
            metric, unit, usual = pick(_METRICS)
            value = round(usual * self._random.lognormvariate(0, 0.4), 2)
            return {"app": app, "name": metric, "value": value, "unit": unit}
        if stream == "usage":
            resource, unit, usual = pick(_RESOURCES)
            return {"app": app, "resource": resource, "quantity": round(usual * self._random.random(), 3), "unit": unit}
        if stream == "commands":
            text = pick(_COMMANDS).format(app=name, n=number % 8 + 1)
            return {"app": app, "command": text, "exit_code": int(number % 20 == 0)}
        outcome = self._random.choices(_OUTCOMES, _OUTCOME_WEIGHTS)[0]
        details = f"{number % 40} items read, {number % 7} written in {number} ms"
        return {"automation": pick(tenant.automations), "outcome": outcome, "details": details}

    def _events(self) -> Iterator[_Record]:
        step = timedelta(days=DAYS) / max(self._lines * _BETWEEN_VISITS / (_BETWEEN_VISITS + 1), 1)
        at = self._until - timedelta(days=DAYS)
        while True:
            at += step
            tenant = self._random.choice(self._tenants)
            stream = self._random.choices(_STREAMS, _WEIGHTS)[0]
            line = self._line(stream, tenant, at, **self._fields(stream, tenant))
            yield line
            if line.get("outcome") == "succeeded":
                yield from self._sent_by(line)

    def _sent_by(self, run: _Record) -> Iterator[_Record]:
        """Yield what a run sent, a line for each destination of its automation."""
        common = {name: run[name] for name in ("account", "time", "automation")}
        for number, (kind, destination) in enumerate(self._destinations[run["automation"]], start=1):
            record = str(UUID(int=UUID(run["id"]).int ^ number))
            yield {"stream": "transfers", "id": record, **common, "kind": kind, "destination": destination}

    def _visits(self) -> Iterator[_Record]:
        """Yield visits of the web log, from a source of chance of their own."""
        chance = random.Random(self._seed)  # noqa: S311  nobody's secret
        while True:
            number, at = chance.randrange(1, 2000), self._until - timedelta(days=DAYS) * _VISITS_OF * chance.random()
            common = {"stream": "weblog", "account": chance.choice(self._tenants).account}
            address = chance.choice((f"203.0.113.{number % 9}", f"2001:db8::{number % 9:x}"))
            yield common | {
                "id": str(UUID(int=chance.getrandbits(128), version=4)),
                "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "address": address,
                "browser": chance.choice(_BROWSERS),
                "path": chance.choice(_PAGES).format(n=number),
                "status": 404 if number % 20 == 0 else 200,
                "method": chance.choice(("GET", "GET", "POST")),
            }

    def _damaged(self, line: _Record) -> bytes:
        """Return a line that breaks exactly one rule."""
        damage: list[Callable[[], bytes]] = [
            lambda: orjson.dumps(line)[:-20],
            lambda: orjson.dumps({**line, "stream": "weather"}),
            lambda: orjson.dumps({**line, "account": self._uuid()}),
            lambda: orjson.dumps({**line, "time": "2199-01-01T00:00:00Z"}),
            lambda: orjson.dumps({**line, "time": "yesterday"}),
            lambda: orjson.dumps({**line, "id": 17}),
            lambda: orjson.dumps({key: value for key, value in line.items() if key != "account"}),
            lambda: orjson.dumps({**line, "colour": "blue"}),
            lambda: orjson.dumps(line)[:-2] + b'\xff"}',
            lambda: b'{"id":"",' + orjson.dumps(line)[1:],
            lambda: b"[" + orjson.dumps(line) + b"]",
            lambda: b"\0" + orjson.dumps(line),
        ]
        return self._random.choice(damage)()

    def lines(self) -> Iterator[bytes]:
        made, visits = 0, self._visits()
        for number, other in enumerate(chain(self._inventory(), self._events()), start=1):
            for line in (other, next(visits)) if number % _BETWEEN_VISITS == 0 else (other,):
                if made == self._lines:
                    return
                made += 1
                if self._share and self._random.random() < self._share:
                    self.broken += 1
                    yield self._damaged(line) + b"\n"
                else:
                    yield orjson.dumps(line) + b"\n"
