"""The whole story without a browser: a request from filing to download, a look from ask to log."""

import re
import time
import zipfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.ports import NamedItem
from audit import checkpoints, places, sides
from audit.receipts import SUFFIX, Receipt, ReceiptError
from audit.services import sequence, verify
from humanaccess import services as access
from humanaccess.errors import ReadRefusedError
from humanaccess.grounds import Ground
from humanaccess.models import Grant
from humanaccess.selectors import list_granted_items
from humanaccess.states import Finding
from humanaccess.texts import VERSION, ShownText, agreement_text
from rights import services as rights
from rights.models import RightsRequest
from rights.selectors import get_open_request
from rights.states import Kind, State

from . import people

Say = Callable[[str], None]
_WAIT_SECONDS = 120.0
_RECEIPT = re.compile(r"/settings/receipts/[0-9a-f-]{36}/")


class StoryBrokenError(Exception):
    """A step of the story did not do what it should."""


def _check(fact: object, sentence: str) -> None:
    if not fact:
        raise StoryBrokenError(sentence)


class Story:
    """One walk through the office; artefacts go into `folder`."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self.say = folder, say
        with sides.acting("default"):
            self.people: dict[str, User] = {user.username: user for user in User.objects.all()}

    def person(self, name: str) -> User:
        """Return one of the demo people."""
        return self.people[name]

    # -- a request -------------------------------------------------------------------------------------------

    def sign_in(self, name: str) -> Client:
        """Sign a user in through the real pages and step up with the password."""
        client = Client(SERVER_NAME="localhost")
        login = {"login": self.person(name).email, "password": people.PASSWORD}
        answer = client.post(reverse("account_login"), login)
        _check(answer.status_code == HTTPStatus.FOUND, f"{name} could not sign in ({answer.status_code})")
        answer = client.post(reverse("settings_step_up"), {"way": "password", "password": people.PASSWORD})
        _check(answer.status_code == HTTPStatus.FOUND, f"{name} could not step up ({answer.status_code})")
        self.say(f"{name} signed in and confirmed it is them.")
        return client

    def file_request(self, client: Client) -> str:
        """File an access request on the settings page; return its reference. One that is open is carried on."""
        layla = self.person("layla")
        with sides.acting("default"), sides.as_subject(layla.reference):
            earlier = get_open_request(layla.reference, Kind.ACCESS)
        if earlier is not None:
            self.say(f"layla has the access request {earlier.reference} open already.")
            return earlier.reference
        answer = client.post(reverse("settings_request_new", args=["access"]), {"place": "DE"})
        found = re.search(r"RR-\d{4}-\d{6}", answer.headers.get("Location", ""))
        if found is None:
            raise StoryBrokenError(f"the access request was not filed ({answer.status_code})")
        self.say(f"layla filed the access request {found[0]}.")
        return found[0]

    def fulfil(self, reference: str) -> None:
        """Work the request as the privacy officer; the steps run in the worker."""
        officer = self.person("paula")
        with sides.acting("staff"):
            request = rights.take_request(reference, actor=officer, now=timezone.now())
            if request.state == State.VERIFYING:
                request = rights.start_request(reference, actor=officer, now=timezone.now())
            self.say(f"paula took it and started it; it is due on {request.due_on}.")
            self._wait_for_review(reference)
            rights.approve_delivery(reference, actor=officer, now=timezone.now())
        self.say("paula reviewed counts and receipts, never the content, and approved delivery.")

    def _wait_for_review(self, reference: str) -> None:
        deadline, shown = time.monotonic() + _WAIT_SECONDS, -1
        while time.monotonic() < deadline:
            request = RightsRequest.objects.get(reference=reference)
            steps = list(request.steps.all())
            done = sum(step.status == "done" for step in steps)
            if done != shown:
                shown = done
                self.say(f"  {done} of {len(steps)} steps are done")
            if request.state == State.REVIEW:
                return
            time.sleep(0.3)
        raise StoryBrokenError("the worker did not finish the steps in two minutes")

    def download(self, client: Client, reference: str) -> Path:
        """Download the package as its owner and check that the archive is whole."""
        answer = client.get(reverse("settings_request_package", args=[reference]))
        _check(answer.status_code == HTTPStatus.OK, f"the package was not delivered ({answer.status_code})")
        path = self.folder / f"{reference}.zip"
        with path.open("wb") as file:
            file.write(answer.getvalue())
        with zipfile.ZipFile(path) as archive:
            _check(archive.testzip() is None, "the package is damaged")
            self.say(f"layla downloaded the package: {len(archive.namelist())} files, every checksum right.")
        return path

    # -- a look ----------------------------------------------------------------------------------------------

    def name_items(self, asker: str) -> list[NamedItem]:
        """List layla's automations as opaque items, as staff may."""
        return list(
            access.list_items(
                asker=self.person(asker),
                subject=self.person("layla"),
                kind="connections.automation",
                where={},
                now=timezone.now(),
            )
        )

    def ask_on_agreement(self) -> Grant:
        """Have support ask for two automations, and the user agree to one of them."""
        sam, layla, now = self.person("sam"), self.person("layla"), timezone.now()
        reason = f"Your automation fails since {now:%H:%M:%S}; its settings show why."
        with sides.acting("staff"):
            items = self.name_items("sam")[:2]
            ask = access.ask_access(
                asker=sam, subject=layla, ground=Ground.AGREEMENT, items=items, reason=reason, now=now
            )
        self.say(f"sam asked for a look at {len(items)} automations ({ask.reference}).")
        with sides.acting("default"):
            text = agreement_text(
                reference=ask.reference,
                asker=sam.username,
                jobs=["support"],
                reason=reason,
                labels=[item.label for item in items],
                window=ask.window,
                expires_at=ask.expires_at,
            )
            shown = ShownText(text, VERSION, "en", timezone.now())
            grant = access.agree_to_ask(ask, user=layla, items=[items[0].id], shown=shown, now=timezone.now())
        self.say("layla agreed to the first of them and refused the other.")
        return grant

    def ask_on_security(self) -> Grant:
        """Have a security engineer ask, and a second person approve."""
        selim, now = self.person("selim"), timezone.now()
        with sides.acting("staff"):
            items = self.name_items("selim")[2:4]
            ask = access.ask_access(
                asker=selim,
                subject=self.person("layla"),
                ground=Ground.SECURITY,
                items=items,
                reason=f"Mail goes out in bursts since {now:%H:%M:%S}: is the automation abused?",
                abuse_reference="ABUSE-1042",
                now=now,
            )
            self.say(f"selim asked on the security ground ({ask.reference}).")
            grant = access.approve_ask(ask, actor=self.person("aida"), now=timezone.now())
        if grant is None:
            raise StoryBrokenError("one approval was not enough")
        self.say("aida, a second person, approved.")
        return grant

    def look(self, grant: Grant, reader: str, *, ended_by: str) -> None:
        """Read a granted item, try one that was never granted, have the access ended, and try again."""
        with sides.acting("staff"):
            granted = list_granted_items(grant)[0].item
            other = next(item.id for item in self.name_items(reader) if item.id != granted)
            if any(item.item == other for item in list_granted_items(grant)):
                other = uuid4()
            seen = access.read_item(
                grant.pk, item_id=granted, reader=self.person(reader), mfa=True, stepped_up=True, now=timezone.now()
            )
            self.say(f"{reader} looked at one item; line {seen.entry} was written first.")
            self._expect_refusal(grant, other, reader)
        with sides.acting("staff" if self.person(ended_by).is_staff else "default"):
            access.revoke_grant(grant, actor=self.person(ended_by), now=timezone.now())
        with sides.acting("staff"):
            self._expect_refusal(grant, granted, reader)
        self.say(f"An item outside the grant was refused; after {ended_by} ended it, so was the granted one.")

    def _expect_refusal(self, grant: Grant, item: UUID, reader: str) -> None:
        try:
            access.read_item(
                grant.pk, item_id=item, reader=self.person(reader), mfa=True, stepped_up=True, now=timezone.now()
            )
        except ReadRefusedError:
            return
        raise StoryBrokenError("an item was shown that the grant does not name, or no longer")

    def review(self, grant: Grant, reviewer: str) -> None:
        """Have another approver look over what was done; until then the reader's next asks would have to wait."""
        with sides.acting("staff"):
            access.review_grant(grant, actor=self.person(reviewer), finding=Finding.IN_ORDER, now=timezone.now())
        self.say(f"{reviewer}, who had not decided on it, reviewed what was read.")

    def see_who_looked(self, client: Client) -> None:
        """Show the user's own page of who looked."""
        answer = client.get(reverse("settings_looked"))
        _check(answer.status_code == HTTPStatus.OK, "the page of who looked did not open")
        _check(b"sam" in answer.content, "the page of who looked does not name sam")
        self.say("layla sees on the page who looked: sam and selim, when, why, and who decided.")

    # -- the log ---------------------------------------------------------------------------------------------

    def prove(self) -> Path:
        """Sequence, sign and verify the log; keep the signed checkpoint."""
        with sides.acting("sequencer"):
            _, checkpoint = sequence(timezone.now())
        if checkpoint is None:
            raise StoryBrokenError("the log is empty")
        with sides.acting("auditor"):
            found = verify()
        _check(any(place.latest() for place in places.configured() if place.readable), "no checkpoint was published")
        path = self.folder / "checkpoint"
        path.write_text(checkpoint.note)
        self.say(f"ari verified the log: {found.entries} entries agree with checkpoint {checkpoint.size}.")
        return path

    def keep_receipt(self, client: Client) -> Path:
        """Download the receipt of the latest look, as the page offers it, and check it without the database."""
        link = _RECEIPT.search(client.get(reverse("settings_looked")).content.decode())
        _check(link, "the page of who looked offers no receipt")
        answer = client.get(link[0]) if link else HttpResponse()
        _check(answer.status_code == HTTPStatus.OK, "the receipt did not come")
        try:
            head = Receipt.parse(answer.content).check(checkpoints.signer().name, checkpoints.verifiers())
        except ReceiptError as error:
            raise StoryBrokenError(f"the receipt proves nothing: {error}") from None
        path = self.folder / f"look{SUFFIX}"
        path.write_bytes(answer.content)
        self.say(f"layla keeps the receipt of a look: it proves that its line stands among {head.size}.")
        return path
