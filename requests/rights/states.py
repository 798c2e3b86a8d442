"""The kinds, states and steps of a request, and one table of which state may follow which."""

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a person may ask about their data (GDPR articles 15 to 21)."""

    ACCESS = "access", _("access")
    PORTABILITY = "portability", _("portability")
    CORRECTION = "correction", _("correction")
    DELETION = "deletion", _("deletion")
    RESTRICTION = "restriction", _("restriction")
    OBJECTION = "objection", _("objection")


#: the kinds that an officer answers by a yes or a no: no step gathers or erases anything
DECIDED = frozenset({Kind.RESTRICTION, Kind.OBJECTION})
#: the kinds of which an officer decides something before the work starts
DECIDED_FIRST = DECIDED | {Kind.CORRECTION, Kind.DELETION}


#: the kinds that a program may file: nothing begins before the person has confirmed that it was they
UNIDENTIFIED = frozenset({Kind.ACCESS, Kind.PORTABILITY})


class Channel(TextChoices):
    """How a request reached the office."""

    SETTINGS = "settings", _("settings page")
    API = "api", _("a program, with an access token")


class RequestState(TextChoices):
    """How far a request has come."""

    RECEIVED = "received", _("received")
    VERIFYING = "verifying", _("being verified")
    IN_PROGRESS = "in_progress", _("in progress")
    AWAITING_USER = "awaiting_user", _("waiting for an answer")
    REVIEW = "review", _("in review")
    COMPLETING = "completing", _("being completed")
    FULFILLED = "fulfilled", _("fulfilled")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


#: states in which steps run
RUNNING = frozenset({RequestState.IN_PROGRESS, RequestState.COMPLETING})
#: states of a deletion that has begun
ERASING = RUNNING | {RequestState.REVIEW}
OPEN = frozenset(RequestState) - {RequestState.FULFILLED, RequestState.REFUSED, RequestState.WITHDRAWN}


class AllowedAct(StrEnum):
    """What may be done to a request."""

    TAKE = "take"
    START = "start"
    STOP = "stop"
    SETTLE = "settle"
    ASK_USER = "ask_user"
    RESUME = "resume"
    APPROVE = "approve"
    GRANT = "grant"
    EXCLUDE = "exclude"
    SIGN_OFF = "sign_off"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


#: what an officer does; the rest is done by the steps and the user
OFFICER_ACTS = frozenset(AllowedAct) - {AllowedAct.SETTLE, AllowedAct.WITHDRAW}

_CLOSING = {AllowedAct.REFUSE: RequestState.REFUSED, AllowedAct.WITHDRAW: RequestState.WITHDRAWN}

#: state → act → next state; what is not here is refused
TRANSITIONS: Mapping[RequestState, Mapping[AllowedAct, RequestState]] = {
    RequestState.RECEIVED: {AllowedAct.TAKE: RequestState.VERIFYING, **_CLOSING},
    RequestState.VERIFYING: {
        AllowedAct.TAKE: RequestState.VERIFYING,
        AllowedAct.START: RequestState.IN_PROGRESS,
        AllowedAct.ASK_USER: RequestState.AWAITING_USER,
        **_CLOSING,
    },
    RequestState.IN_PROGRESS: {
        AllowedAct.TAKE: RequestState.IN_PROGRESS,
        AllowedAct.SETTLE: RequestState.REVIEW,
        AllowedAct.STOP: RequestState.VERIFYING,
        AllowedAct.ASK_USER: RequestState.AWAITING_USER,
        **_CLOSING,
    },
    RequestState.AWAITING_USER: {
        AllowedAct.TAKE: RequestState.AWAITING_USER,
        # The answer may change what is to be done: an officer starts the work anew.
        AllowedAct.RESUME: RequestState.VERIFYING,
        **_CLOSING,
    },
    RequestState.REVIEW: {
        AllowedAct.TAKE: RequestState.REVIEW,
        AllowedAct.APPROVE: RequestState.FULFILLED,
        # A data category that is left out after all: the package is made anew.
        AllowedAct.EXCLUDE: RequestState.IN_PROGRESS,
        AllowedAct.SIGN_OFF: RequestState.COMPLETING,
        **_CLOSING,
    },
    # What is under way here cannot be taken back: it is settled, or an officer decides about its steps.
    RequestState.COMPLETING: {
        AllowedAct.TAKE: RequestState.COMPLETING,
        AllowedAct.SETTLE: RequestState.FULFILLED,
    },
    RequestState.FULFILLED: {},
    RequestState.REFUSED: {},
    RequestState.WITHDRAWN: {},
}


#: acts that do not exist for a kind: a deletion is signed off by somebody else than who holds it
_NOT_FOR_DELETION = frozenset({AllowedAct.APPROVE, AllowedAct.EXCLUDE})
#: once data is erased or corrected, nothing leads back
_NOT_ONCE_ERASED = frozenset({AllowedAct.STOP, AllowedAct.ASK_USER, AllowedAct.REFUSE, AllowedAct.WITHDRAW})


def transitions_of(kind: Kind | str, state: RequestState | str) -> Mapping[AllowedAct, RequestState]:
    """Return act → next state for a request of that kind in that state; what is not in it is refused."""
    acts = TRANSITIONS[RequestState(state)]
    if kind in DECIDED and state == RequestState.VERIFYING:
        acts = {**acts, AllowedAct.GRANT: RequestState.FULFILLED}
        left_out = frozenset({AllowedAct.START})
    elif kind == Kind.DELETION:
        left_out = _NOT_FOR_DELETION
        if state in ERASING:
            left_out |= _NOT_ONCE_ERASED
    else:
        left_out = frozenset({AllowedAct.SIGN_OFF})
        if kind == Kind.CORRECTION and state in ERASING:
            left_out |= _NOT_ONCE_ERASED
    return {act: following for act, following in acts.items() if act not in left_out}


class Verb(TextChoices):
    """What a step does."""

    EXPORT = "export", _("export")
    ASSEMBLE = "assemble", _("put together")
    ERASE = "erase", _("erase")
    CORRECT = "correct", _("correct")
    ATTEST = "attest", _("attest")
    INFORM = "inform", _("tell a recipient")
    ERASE_OUTSIDE = "erase_outside", _("erase at a provider")
    SEARCH = "search", _("search")
    TELL = "tell", _("tell")
    CRYPTO_SHRED = "shred", _("destroy the key")
    CERTIFY = "certify", _("certify")


class StepStatus(TextChoices):
    """How far a step has come; a failed one is tried again until it needs an officer's attention."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed, will be tried again")
    NEEDS_ATTENTION = "parked", _("needs attention")
    EXCLUDED = "left_out", _("left out")


#: verbs about one data category or one external store, in any order; the others wait for every step before them
PARALLEL = frozenset({Verb.EXPORT, Verb.ERASE, Verb.CORRECT, Verb.ATTEST, Verb.INFORM, Verb.ERASE_OUTSIDE})
#: the last steps of a deletion, in this order, once a second person has signed it off
LAST_STEPS = (Verb.SEARCH, Verb.TELL, Verb.CRYPTO_SHRED, Verb.CERTIFY)
#: verbs about an external store
OUTSIDE = frozenset({Verb.ATTEST, Verb.INFORM, Verb.ERASE_OUTSIDE})
#: verbs that no worker does: the platform by an order, or a member of staff
BY_HAND = frozenset({Verb.ATTEST, Verb.INFORM})
#: verb and status of a step that an officer attests: one that is done by hand, or that a machine gave up
ATTESTABLE = frozenset(
    {*((verb, StepStatus.WAITING) for verb in BY_HAND), (Verb.ERASE_OUTSIDE, StepStatus.NEEDS_ATTENTION)}
)
#: steps whose request may be answered without them, for a reason that the answer states
EXCLUDABLE = frozenset({*PARALLEL, Verb.SEARCH, Verb.TELL})
#: a worker may lease these (a running one only once its lease ran out)
LEASABLE = frozenset({StepStatus.WAITING, StepStatus.RUNNING, StepStatus.FAILED})
#: nothing more happens to these
SETTLED = frozenset({StepStatus.DONE, StepStatus.EXCLUDED})


class RefusalGround(TextChoices):
    """Why a request may be refused (GDPR 11(2), 12(2), 12(5), 15(4), 18(1), 21(1), 23)."""

    UNFOUNDED = "unfounded", _("manifestly unfounded (GDPR 12(5))")
    EXCESSIVE = "excessive", _("excessive, in particular repeated (GDPR 12(5))")
    NOT_IDENTIFIED = "not_identified", _("the person could not be identified (GDPR 11(2), 12(2))")
    RIGHTS_OF_OTHERS = "rights_of_others", _("the rights and freedoms of others (GDPR 15(4))")
    FORBIDDEN_BY_LAW = "forbidden_by_law", _("a law forbids it (GDPR 23)")
    NOT_RESTRICTABLE = "not_restrictable", _("none of the cases in which use is restricted (GDPR 18(1))")
    COMPELLING = "compelling", _("compelling grounds of ours, or legal claims, prevail (GDPR 21(1))")


#: ground → the one kind of request that it is for; the others are for any
GROUND_OF: Mapping[str, Kind] = {
    RefusalGround.NOT_RESTRICTABLE: Kind.RESTRICTION,
    RefusalGround.COMPELLING: Kind.OBJECTION,
}


class ExclusionReason(TextChoices):
    """Why an officer delivers a package without one data category; the package says so."""

    TECHNICAL_FAULT = "technical_fault", _("a technical fault stood in the way")
    HELD_ELSEWHERE = "held_elsewhere", _("it is held by another controller, who has to be asked")
    RIGHTS_OF_OTHERS = "rights_of_others", _("it would affect the rights and freedoms of others")
    LEGAL_DUTY = "legal_duty", _("a law obliges us to keep it")
    DISPUTE = "dispute", _("a dispute needs it")
    NOT_DELIVERABLE = "not_deliverable", _("the address takes no mail")
    EVERYDAY_WORD = "everyday_word", _("the user name is an everyday word, and stands there for something else")
    DISPROPORTIONATE = "disproportionate", _("it is impossible, or a disproportionate effort (GDPR 19)")


class Mention(TextChoices):
    """What a machine may find of other people in a person's data."""

    EMAIL = "email", _("e-mail addresses")
    PHONE = "phone", _("telephone numbers")
    CARD = "card", _("card numbers")
    USER_NAME = "user_name", _("names of users")


#: why one may not be erased, beside a technical fault: GDPR 17(3)
_FOR_ERASURE = (
    ExclusionReason.TECHNICAL_FAULT,
    ExclusionReason.HELD_ELSEWHERE,
    ExclusionReason.LEGAL_DUTY,
    ExclusionReason.DISPUTE,
)
#: verb → the reasons for which its step may be excluded
REASONS: Mapping[str, tuple[ExclusionReason, ...]] = {
    Verb.EXPORT: (
        ExclusionReason.TECHNICAL_FAULT,
        ExclusionReason.HELD_ELSEWHERE,
        ExclusionReason.RIGHTS_OF_OTHERS,
    ),
    Verb.ERASE: _FOR_ERASURE,
    Verb.CORRECT: (ExclusionReason.TECHNICAL_FAULT, ExclusionReason.HELD_ELSEWHERE),
    Verb.ATTEST: _FOR_ERASURE,
    Verb.INFORM: (ExclusionReason.TECHNICAL_FAULT, ExclusionReason.DISPROPORTIONATE),
    Verb.ERASE_OUTSIDE: _FOR_ERASURE,
    Verb.SEARCH: (ExclusionReason.TECHNICAL_FAULT, ExclusionReason.EVERYDAY_WORD),
    Verb.TELL: (ExclusionReason.NOT_DELIVERABLE,),
}


class Attestation(TextChoices):
    """What a member of staff found where something lies outside."""

    ERASED = "erased", _("it was erased there")
    CORRECTED = "corrected", _("they were told, and have corrected it")
    NOTHING_HELD = "nothing_held", _("nothing was held there")


#: verb → what may be attested of it
FINDINGS: Mapping[str, tuple[Attestation, ...]] = {
    Verb.ATTEST: (Attestation.ERASED, Attestation.NOTHING_HELD),
    Verb.INFORM: (Attestation.CORRECTED, Attestation.NOTHING_HELD),
    Verb.ERASE_OUTSIDE: (Attestation.ERASED, Attestation.NOTHING_HELD),
}


class FieldDecision(TextChoices):
    """What is decided about one field of a correction."""

    PENDING = "pending", _("not decided yet")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class CorrectionGround(TextChoices):
    """Why one field is not corrected: an officer's ground (GDPR 16, 12(5), 23), or what stood in the way afterwards."""

    ACCURATE = "accurate", _("what we hold is right")
    NOT_SHOWN = "not_shown", _("it was not shown to be wrong")
    RIGHTS_OF_OTHERS = "rights_of_others", _("it would affect the rights and freedoms of others")
    FORBIDDEN_BY_LAW = "forbidden_by_law", _("a law forbids it (GDPR 23)")
    #: one sentence for both: nobody learns by asking that somebody else has an address
    CHANGED = "changed", _("it was changed meanwhile, or the new value cannot be put in place")
    UNUSABLE = "unusable", _("it was changed meanwhile, or the new value cannot be put in place")
    NOT_HELD = "not_held", _("the platform no longer holds it")


#: grounds on which an officer refuses; the others are found when it is to be applied
OFFICER_GROUNDS = (
    CorrectionGround.ACCURATE,
    CorrectionGround.NOT_SHOWN,
    CorrectionGround.RIGHTS_OF_OTHERS,
    CorrectionGround.FORBIDDEN_BY_LAW,
)


class MarkKind(TextChoices):
    """What the person had done about the use of a data category (GDPR 16, 18, 21); a dispute alone stops nothing."""

    RESTRICTED = "restricted", _("restricted")
    OBJECTED = "objected", _("objected to")
    DISPUTED = "disputed", _("disputed")


class MarkEnd(TextChoices):
    """Why a mark is no longer in force."""

    PERSON = "person", _("lifted by the person")
    OFFICE = "office", _("lifted by the office")
    DECIDED = "decided", _("the request was answered")


class RestrictionGround(TextChoices):
    """Why a person may have the use of their data restricted (GDPR 18(1))."""

    ACCURACY = "accuracy", _("I dispute that it is right, and you are checking")
    UNLAWFUL = "unlawful", _("You may not use it, and I do not want it deleted")
    CLAIMS = "claims", _("You no longer need it, and I do, for a legal claim")
    OBJECTED = "objected", _("I objected, and it is not decided yet")


class ObjectionTo(TextChoices):
    """What a person may object to (GDPR 21), and what no objection applies to."""

    ANALYTICS = "analytics", _("Analytics: what a provider learns of how I use the service")
    SECURITY = "security", _("What you keep about where I am signed in, to protect my account")
    CONTRACT = "contract", _("What my contract needs: my account, my apps, my usage")


#: what is objected to → the data category that is used for it
OBJECTED_CATEGORIES: Mapping[str, str] = {
    ObjectionTo.ANALYTICS: "workloads.pseudonyms",
    ObjectionTo.SECURITY: "identity.sessions",
}
