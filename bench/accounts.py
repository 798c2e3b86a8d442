"""What Google access costs: ending it, handing out a token, and the page of somebody with a thousand automations.

    python bench/accounts.py [--ends 50] [--tokens 200] [--pages 50] [--automations 1000] [--json]

Against the practice provider's own process, with a real Celery worker. *wiped* is from the click on the person's own
page to its answer, *confirmed* from that click to the provider's confirmation; each stands beside the same two calls to
the provider (revoke, and the refresh that must fail) made directly with requests. A hand-out is one request to the
platform's API beside one refresh made directly. Both take turns with what they stand beside. The page is asked for by a
person with ten automations, by one whose list fills a page of it, and by one with a thousand, in turns. Pages and API
are asked for through the whole stack by Django's test client. The database is made in `var/bench` and dropped
afterwards.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import parse_qs, urlsplit, urlunsplit

from databases import scratch_office

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

NAME = "office_bench_accounts"
PAGE, TOKENS = "/settings/connections/", "/api/v1/platform/tokens"
NEEDED = ["gmail.readonly", "spreadsheets"]
FEW = 10
GOAL_GROWTH = 1.2
#: requests of one service token, of which the office takes 120 a minute
MOST_REQUESTS = 100
#: runs at first that are not counted
WARM = 3
#: seconds for the worker to confirm
PATIENCE = 60


def make_person(name, automations):
    """Return a person with so many automations, their client, signed in, and one of their automations."""
    from django.test import Client
    from django.utils import timezone

    from accounts.identity.models import User
    from core import db
    from tests.platform_rows import put_rows
    from tests.signin import sign_in

    with db.use_role("default"):
        user = User.objects.create(username=name, email=f"{name}@example.org")
    items = put_rows("connections_automation", user.reference, timezone.now(), automations, scopes=NEEDED)
    return user, sign_in(Client(SERVER_NAME="localhost"), user), items[0]


def connect(client, google, who):
    """Have a person grant at the provider what their automations need, and come back."""
    back = urlsplit(google.sign_in(client.post(f"{PAGE}google/consent/")["Location"], who))
    assert client.get(f"{back.path}?{back.query}").status_code == 302


def get_refresh_token(google, who):
    """Return a refresh token of somebody at the provider, past the office."""
    from accounts.connections import google as office
    from omegaoffice.dev.practice.endpoints import GOOGLE_DATA_CALLBACK_PATH

    told = {"nonce": "bench", "verifier": "v" * 64, "redirect_uri": f"http://localhost{GOOGLE_DATA_CALLBACK_PATH}"}
    back = google.sign_in(office.consent_url(NEEDED, state="bench", **told), who)
    return office.redeem_code(parse_qs(urlsplit(back).query)["code"][0], **told).refresh_token


def refresh(token):
    """Ask the provider for an access token directly; return the status."""
    import requests
    from django.conf import settings

    app = settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"][0]
    body = {"grant_type": "refresh_token", "refresh_token": token}
    body |= {"client_id": app["client_id"], "client_secret": app["secret"]}
    return requests.post(settings.GOOGLE_ENDPOINTS["token"], data=body, timeout=20).status_code


def timed(act, expected):
    """Return the milliseconds that it took to answer as expected."""
    began = time.perf_counter()
    assert act() == expected
    return (time.perf_counter() - began) * 1000


def end(user, client):
    """End a person's access; return milliseconds from the click to the answer, and to the provider's confirmation."""
    from accounts.connections.models import Revocation
    from core import db

    clicked = time.time()
    wiped = timed(lambda: client.post(f"{PAGE}google/end/").status_code, 302)
    while time.time() - clicked < PATIENCE:
        with db.use_role("default"), db.row_security_for(user.reference):
            row = Revocation.objects.filter(subject=user.reference).latest("asked_at")
        if row.confirmed_at:
            return wiped, (row.confirmed_at.timestamp() - clicked) * 1000
        time.sleep(0.01)
    raise AssertionError("The worker has not confirmed it.")


def end_directly(token):
    """Revoke a token at the provider and see that it is refused; return the status of that."""
    import requests
    from django.conf import settings

    requests.post(settings.GOOGLE_ENDPOINTS["revoke"], data={"token": token}, timeout=20).raise_for_status()
    return refresh(token)


def measure_ends(google, ends):
    """Return milliseconds to wiped, to confirmed, and of the provider alone."""
    from tests.dev.practice.provider import LAYLA, OMAR

    user, client, _item = make_person("layla", FEW)
    found = {"wiped": [], "confirmed": [], "provider": []}
    for n in range(-WARM, ends):
        connect(client, google, LAYLA)
        wiped, confirmed = end(user, client)
        token = get_refresh_token(google, OMAR)
        direct = timed(lambda token=token: end_directly(token), 400)
        if n >= 0:
            for name, taken in (("wiped", wiped), ("confirmed", confirmed), ("provider", direct)):
                found[name].append(taken)
    return found


def measure_tokens(google, tokens):
    """Return milliseconds of hand-outs, and of refreshes by the provider alone."""
    from django.test import Client
    from django.utils import timezone

    from accounts.workloads.services import make_token
    from audit.log.actors import machine
    from core import db
    from tests.dev.practice.provider import LAYLA, OMAR

    user, client, item = make_person("lina", FEW)
    connect(client, google, LAYLA)
    token = get_refresh_token(google, OMAR)
    platform, headers = Client(SERVER_NAME="localhost"), {}
    body = {"subject": user.reference, "automation": str(item)}

    def renew(name):
        with db.use_role("staff"):
            text = make_token(name, scopes=["tokens"], actor=machine("bench"), now=timezone.now())[1]
        headers["Authorization"] = f"Bearer {text}"

    def hand_out():
        return platform.post(TOKENS, body, content_type="application/json", headers=headers).status_code

    found = {"hand_out": [], "provider": []}
    for n in range(-WARM, tokens):
        if (n + WARM) % MOST_REQUESTS == 0:
            renew(f"platform-{n + WARM}")
        taken = {"hand_out": timed(hand_out, 200), "provider": timed(lambda: refresh(token), 200)}
        for name, each in taken.items() if n >= 0 else ():
            found[name].append(each)
    return found


def measure_pages(pages, automations):
    """Return how many automations somebody has → milliseconds of their page, and its queries."""
    from contextlib import ExitStack

    from django.conf import settings
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from accounts.connections.services.show_automations import PAGE_SIZE

    people = {count: make_person(f"omar{count}", count)[1] for count in (FEW, PAGE_SIZE, automations)}
    taken, queries = {name: [] for name in people}, {}
    for n in range(-WARM, pages):
        for name, client in people.items():
            spent = timed(lambda client=client: client.get(PAGE).status_code, 200)
            if n >= 0:
                taken[name].append(spent)
    for name, client in people.items():
        with ExitStack() as stack:
            aliases = [alias for alias in settings.DATABASES if not alias.endswith("owner")]
            seen = [stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in aliases]
            client.get(PAGE)
        queries[name] = sum(map(len, seen))
    return taken, queries


def worker_settings():
    """Return what a worker's environment has besides: the bench's database and the servers' vault, and no owner."""
    from omegaoffice.dev.processes import WORKER_ROLES
    from omegaoffice.settings.databases import urls, variable

    found = {variable(alias): url for alias, url in urls().items() if alias in WORKER_ROLES}
    for name in found.keys() - {variable("vault")}:
        found[name] = urlunsplit(urlsplit(found[name])._replace(path=f"/{NAME}"))
    return found | {"DATABASE_URL": "", "OFFICE_SIDE": "worker", "PYTHONWARNINGS": "ignore"}


def measure(google, options):
    """Return all figures."""
    from tests.real_workers import real_workers

    with real_workers(**worker_settings()) as start:
        start()
        ends = measure_ends(google, options.ends)
    tokens = measure_tokens(google, options.tokens)
    pages, queries = measure_pages(options.pages, options.automations)
    few, full, many = (median(taken) for taken in pages.values())
    found = {
        **{f"ends, {name}": summed_up(taken, ends["provider"]) for name, taken in ends.items()},
        **{f"tokens, {name}": summed_up(taken, tokens["provider"]) for name, taken in tokens.items()},
        **{f"page of {count}": summed_up(taken, pages[FEW]) for count, taken in pages.items()},
    }
    return {"figures": found, "queries": queries, "many_to_few": many / few, "many_to_full": many / full}


def summed_up(taken, beside):
    """Return median and 99th percentile, and the median's ratio to that of what it stands beside."""
    p50, p99 = median(taken), quantiles(taken, n=100, method="inclusive")[98]
    return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "ratio": round(p50 / median(beside), 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ends", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--automations", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    from tests.dev.practice.provider import running

    with running() as google:
        os.environ["PRACTICE_PROVIDER_URL"] = google.base_url
        with scratch_office(NAME, keep=False):
            found = measure(google, options)
    found |= {"automations": options.automations, "load_average": os.getloadavg()}
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"load {found['load_average'][0]:.1f}; {options.ends} ends, {options.tokens} tokens, {options.pages} pages")
    for name, row in found["figures"].items():
        print(f"{name:20} p50 {row['p50_ms']:8.1f} ms  p99 {row['p99_ms']:8.1f} ms  {row['ratio']:6.2f} times")
    print(f"ends and tokens: times the provider alone; pages: times that of {FEW}")
    print(
        f"page of {options.automations} beside a full one: {found['many_to_full']:.2f} (goal at most {GOAL_GROWTH})",
        end="; ",
    )
    print("queries:", ", ".join(f"{count} with {n}" for n, count in found["queries"].items()), "(goal: as many)")


if __name__ == "__main__":
    main()
