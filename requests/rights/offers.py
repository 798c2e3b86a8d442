"""What each kind of request is for, in plain words: on the page that offers it, on its form, and once it is filed."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .states import Kind

Text = str | Promise
FILE = _("File the request")


@dataclass(frozen=True)
class Offer:
    """The texts of one kind of request.

    `purpose` is what it is for, `when` when it is the right one; `points` stand above the form, `following` says what
    happens once it is filed. `preview` is a template above the form. `is_grave` colours what files it.
    """

    title: Text
    purpose: Text
    when: Text
    points: tuple[Text, ...] = ()
    following: tuple[Text, ...] = ()
    file: Text = FILE
    preview: str = ""
    is_grave: bool = False


_GATHERED = _("App data is gathered by machine: nobody opens it on the way.")
_DELIVERED = (
    _("An officer takes it up and starts the work. You see each step on the page of the request."),
    _("You get a letter once the package can be downloaded, or when we have a question."),
)
_DECIDED = (
    _("An officer takes it up and decides. You get a letter with the answer, and with the reasons where it is no."),
)

OFFERS: Mapping[Kind, Offer] = {
    Kind.ACCESS: Offer(
        _("Ask for your data"),
        _("A copy of everything that this office holds about you, with what it is used for and who receives it."),
        _("When you want to know what we have."),
        points=(
            _("You get one file with a page to read and every record, and the facts that the law wants you to know."),
            _GATHERED,
        ),
        following=_DELIVERED,
    ),
    Kind.PORTABILITY: Offer(
        _("Take your data with you"),
        _("Your data in files that other software can read."),
        _("When you move to another provider."),
        points=(
            _("You get one file with every record as JSON and CSV, their schemas, and a signed list of checksums."),
            _GATHERED,
        ),
        following=_DELIVERED,
    ),
    Kind.CORRECTION: Offer(
        _("Have your data corrected"),
        _("What we hold about you that is wrong is put right, and whoever received it is told."),
        _("When something is wrong and you cannot change it in your settings yourself."),
        points=(
            _("Fill in the right value where one is wrong, and leave the others empty."),
            _("An officer decides about each value. We correct it here and at the platform, and tell whoever has it."),
        ),
        following=_DECIDED,
    ),
    Kind.RESTRICTION: Offer(
        _("Have the use of your data restricted"),
        _("We go on storing what you choose, and do next to nothing else with it until the restriction is lifted."),
        _("When you dispute that it is right or that we may use it, and do not want it deleted."),
        points=(
            _("It is then read for your rights, for a law, or with your agreement alone, and does not end by its age."),
            _("What we need to answer you at all, as your account and your letters, cannot be chosen."),
        ),
        following=_DECIDED,
    ),
    Kind.OBJECTION: Offer(
        _("Object to a use of your data"),
        _("We stop using your data for analytics, or for what we do in our own interest."),
        _("When you are content that we hold it, and not with what we do with it."),
        points=(
            _("Analytics stop at once."),
            _("Any other objection is weighed by an officer, and until then that use is restricted."),
        ),
        following=_DECIDED,
    ),
    Kind.DELETION: Offer(
        _("Close your account"),
        _("Your account and everything that we hold about you is deleted. You first see what goes and what stays."),
        _("When you no longer want to be our customer. There is a time in which you can cancel with one click."),
        following=(
            _("Until the time to cancel is over nothing is deleted. The page of the request says when that is."),
            _("Then an officer begins, you can no longer sign in, and nobody can bring anything back."),
            _("You get a last mail with a link to a certificate of what was deleted."),
        ),
        file=_("Close my account"),
        preview="rights/_deletion_preview.html",
        is_grave=True,
    ),
}
