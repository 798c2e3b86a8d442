"""Walk through the office without a browser: a request from filing to download, an access from request to log."""

import re
import time
import zipfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.identity.models import User
from accounts.personaldata.item_providers import NamedItem
from audit.merkle.tlog_proofs import SUFFIX, Receipt, ReceiptError
from audit.publishing import destinations
from audit.sequencer.sequence import sequence
from audit.tree import checkpoints
from audit.verification.verify import verify
from core import db
from humanaccess import services as access
from humanaccess.errors import ReadRefusedError
from humanaccess.grounds import Ground
from humanaccess.models import Grant
from humanaccess.presenters import text_of
from humanaccess.selectors import list_granted_items
from humanaccess.states import Finding
from humanaccess.texts import VERSION, ShownText
from rights import services as rights
from rights.models import RightsRequest
from rights.selectors import get_open_request
from rights.states import Kind, RequestState

from . import people

Say = Callable[[str], None]
_WAIT_SECONDS = 120.0
_RECEIPT = re.compile(r"/settings/receipts/[0-9a-f-]{36}/")


class WalkthroughError(Exception):
    """A step of the walkthrough did not do what it should."""


def _check(fact: object, sentence: str) -> None:
    if not fact:
        raise WalkthroughError(sentence)


def _expect(status: HTTPStatus, answer: Any, sentence: str) -> Any:
    """Return an answer of the test client that has this status."""
    _check(answer.status_code == status, f"{sentence} ({answer.status_code})")
    return answer


class Walkthrough:
    """One walk through the office, told by `say`; artefacts go into `folder`."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self.say = folder, say
        with db.use_role("default"):
            self.people: dict[str, User] = {user.username: user for user in User.objects.all()}

    # -- a request -------------------------------------------------------------------------------------------

    def sign_in(self, name: str) -> Client:
        """Sign a user in through the real pages and reauthenticate with the password."""
        client = Client(SERVER_NAME="localhost")
        login = {"login": self.people[name].email, "password": people.PASSWORD}
        again = {"way": "password", "password": people.PASSWORD}
        _expect(HTTPStatus.FOUND, client.post(reverse("account_login"), login), f"{name} could not sign in")
        _expect(HTTPStatus.FOUND, client.post(reverse("identity:step_up"), again), f"{name} could not reauthenticate")
        self.say(f"{name} signed in and entered the password again, as sensitive pages demand.")
        return client

    def file_request(self, client: Client) -> str:
        """File an access request on the settings page; return its reference. One that is open already is used."""
        layla = self.people["layla"]
        with db.use_role("default"), db.row_security_for(layla.reference):
            earlier = get_open_request(layla.reference, Kind.ACCESS)
        if earlier is not None:
            self.say(f"layla's access request {earlier.reference} is open already.")
            return earlier.reference
        answer = client.post(reverse("rights:new_request", args=["access"]), {"place": "DE", "step": "file"})
        found = re.search(r"RR-\d{4}-\d{6}", answer.headers.get("Location", ""))
        if found is None:
            raise WalkthroughError(f"the access request was not filed ({answer.status_code})")
        self.say(f"layla filed the access request {found[0]}.")
        return found[0]

    def fulfil(self, reference: str) -> None:
        """Work on the request as the privacy officer; the steps run in the worker."""
        officer = self.people["paula"]
        with db.use_role("staff"):
            rights.take_request(reference, actor=officer, now=timezone.now())
            request = RightsRequest.objects.get(reference=reference)
            if request.state == RequestState.VERIFYING:
                request = rights.start_request(reference, actor=officer, now=timezone.now())
            self.say(f"paula took it and started it; it is due on {request.due_on}.")
            self._wait_for_review(reference)
            rights.approve_delivery(reference, actor=officer, now=timezone.now(), reviewed=True)
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
            if request.state == RequestState.REVIEW:
                return
            time.sleep(0.3)
        raise WalkthroughError("the worker did not finish the steps in two minutes")

    def download(self, client: Client, reference: str) -> Path:
        """Download the package as its owner and check the archive."""
        url = reverse("rights:package", args=[reference])
        answer = _expect(HTTPStatus.OK, client.get(url), "the package was not delivered")
        path = self.folder / f"{reference}.zip"
        path.write_bytes(answer.getvalue())
        with zipfile.ZipFile(path) as archive:
            _check(archive.testzip() is None, "the package is damaged")
            self.say(f"layla downloaded the package: {len(archive.namelist())} files, all checksums match.")
        return path

    # -- restricted access -----------------------------------------------------------------------------------

    def list_items(self, asker: str) -> list[NamedItem]:
        """List layla's automations as staff may: by number, without their content."""
        layla, kind = self.people["layla"], "connections.automation"
        asked_by = self.people[asker]
        return list(access.list_items(asker=asked_by, subject=layla, kind=kind, where={}, now=timezone.now()))

    def request_on_agreement(self) -> Grant:
        """Have support request access to two automations, and the user agree to one of them."""
        sam, layla, now = self.people["sam"], self.people["layla"], timezone.now()
        reason = f"Your automation fails since {now:%H:%M:%S}; its settings show why."
        with db.use_role("staff"):
            items = self.list_items("sam")[:2]
            approval_request = access.request_approval(
                asker=sam, subject=layla, ground=Ground.AGREEMENT, items=items, reason=reason, now=now
            )
        self.say(f"sam requested access to {len(items)} automations ({approval_request.reference}).")
        with db.use_role("default"), db.row_security_for(layla.reference):
            shown = ShownText(text_of(approval_request, reason, sam), VERSION, "en", timezone.now())
            grant = access.agree_to_request(
                approval_request, user=layla, items=[items[0].id], shown=shown, now=timezone.now()
            )
        self.say("layla agreed to the first of them and refused the other.")
        return grant

    def request_on_security(self) -> Grant:
        """Have a security engineer request access, and a second person approve."""
        now = timezone.now()
        with db.use_role("staff"):
            approval_request = access.request_approval(
                asker=self.people["selim"],
                subject=self.people["layla"],
                ground=Ground.SECURITY,
                items=self.list_items("selim")[2:4],
                reason=f"Mail goes out in bursts since {now:%H:%M:%S}: is the automation abused?",
                abuse_reference="ABUSE-1042",
                now=now,
            )
            self.say(f"selim requested access on the security ground ({approval_request.reference}).")
            grant = access.approve_request(approval_request, actor=self.people["aida"], now=timezone.now())
        if grant is None:
            raise WalkthroughError("one approval was not enough")
        self.say("aida, a second person, approved.")
        return grant

    def read_and_end(self, grant: Grant, reader: str, *, ended_by: str) -> None:
        """Read a granted item, try one that was never granted, have the access ended, and try again."""
        with db.use_role("staff"):
            granted = [item.item for item in list_granted_items(grant)]
            other = next((item.id for item in self.list_items(reader) if item.id not in granted), uuid4())
            seen = self._read(grant, granted[0], reader)
            self.say(f"{reader} read one item; entry {seen.entry} was written to the log first.")
            self._expect_refusal(grant, other, reader)
        with db.use_role("staff" if self.people[ended_by].is_staff else "default"):
            access.revoke_grant(grant, actor=self.people[ended_by], now=timezone.now())
        with db.use_role("staff"):
            self._expect_refusal(grant, granted[0], reader)
        self.say(f"An item outside the grant was refused; after {ended_by} ended the access, so was the granted one.")

    def _read(self, grant: Grant, item: UUID, reader: str) -> access.ReadResult:
        staff = self.people[reader]
        return access.read_item(grant.pk, item_id=item, reader=staff, mfa=True, stepped_up=True, now=timezone.now())

    def _expect_refusal(self, grant: Grant, item: UUID, reader: str) -> None:
        try:
            self._read(grant, item, reader)
        except ReadRefusedError:
            return
        raise WalkthroughError("an item was shown that the grant does not name, or no longer")

    def review(self, grant: Grant, reviewer: str) -> None:
        """Have another approver review what was read; until then the reader cannot request more."""
        with db.use_role("staff"):
            access.review_grant(grant, actor=self.people[reviewer], finding=Finding.IN_ORDER, now=timezone.now())
        self.say(f"{reviewer}, who had not decided on it, reviewed what was read.")

    def see_access_history(self, client: Client) -> str:
        """Open the user's own access history; return the page."""
        url = reverse("humanaccess:access_history")
        page: str = _expect(HTTPStatus.OK, client.get(url), "the access history did not open").content.decode()
        _check("sam" in page, "the access history does not name sam")
        self.say("layla sees in the access history: sam and selim, when, why, and who decided.")
        return page

    # -- the log ---------------------------------------------------------------------------------------------

    def prove(self) -> Path:
        """Sequence, sign and verify the log; keep the signed checkpoint."""
        with db.use_role("sequencer"):
            _, checkpoint = sequence(timezone.now())
        if checkpoint is None:
            raise WalkthroughError("the log is empty")
        with db.use_role("auditor"):
            found = verify()
        readable = [destination for destination in destinations.configured() if destination.readable]
        _check(any(destination.latest() for destination in readable), "no checkpoint was published")
        path = self.folder / "checkpoint"
        path.write_text(checkpoint.note)
        self.say(f"ari verified the log: {found.entries} entries agree with checkpoint {checkpoint.size}.")
        return path

    def keep_receipt(self, client: Client, access_history: str) -> Path:
        """Download the first receipt that the access history offers, and check it without the database."""
        link = _RECEIPT.search(access_history)
        if link is None:
            raise WalkthroughError("the access history offers no receipt")
        receipt = _expect(HTTPStatus.OK, client.get(link[0]), "the receipt was not delivered").content
        try:
            checkpoint = Receipt.parse(receipt).check(checkpoints.signer().name, checkpoints.verifiers())
        except ReceiptError as error:
            raise WalkthroughError(f"the receipt proves nothing: {error}") from None
        path = self.folder / f"access{SUFFIX}"
        path.write_bytes(receipt)
        self.say(f"layla keeps the receipt of an access: its entry is among {checkpoint.size} under the checkpoint.")
        return path
