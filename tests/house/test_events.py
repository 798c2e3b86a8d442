"""The names of all events, pinned: a line of the log keeps its meaning for ever."""

from audit import registry

#: add a name here when you register one; never rename or remove one that has been released
NAMES = [
    "audit.disclosure.read",
    "audit.disclosure.refused",
    "audit.disclosures.opened",
    "audit.export.cancelled",
    "audit.export.delivered",
    "audit.export.downloaded",
    "audit.export.expired",
    "audit.export.failed",
    "audit.export.finished",
    "audit.export.paused",
    "audit.export.requested",
    "audit.export.resumed",
    "audit.guards.differed",
    "audit.heartbeat.written",
    "audit.key.rotated",
    "audit.log.differed",
    "audit.log.verified",
    "audit.publication.missing",
    "audit.schedule.ended",
    "audit.schedule.made",
    "audit.shred.refused",
    "audit.subject.shredded",
    "audit.token.made",
    "audit.token.revoked",
    "connections.automations.shown",
    "connections.sums.shown",
    "humanaccess.act.refused",
    "humanaccess.ask.agreed",
    "humanaccess.ask.approved",
    "humanaccess.ask.cancelled",
    "humanaccess.ask.declined",
    "humanaccess.ask.expired",
    "humanaccess.ask.filed",
    "humanaccess.ask.opened",
    "humanaccess.ask.refused",
    "humanaccess.grant.ended",
    "humanaccess.grant.reviewed",
    "humanaccess.grant.started",
    "humanaccess.item.read",
    "humanaccess.items.listed",
    "humanaccess.looked.opened",
    "humanaccess.read.failed",
    "humanaccess.read.refused",
    "identity.account.created",
    "identity.email.changed",
    "identity.factor.added",
    "identity.factor.removed",
    "identity.invitation.cancelled",
    "identity.password.changed",
    "identity.person.shown",
    "identity.profile.changed",
    "identity.provider.connected",
    "identity.provider.disconnected",
    "identity.role.confirmed",
    "identity.role.ended",
    "identity.role.given",
    "identity.session.ended",
    "identity.session.refused",
    "identity.session.started",
    "identity.staff.bootstrapped",
    "identity.staff.invited",
    "identity.staff.joined",
    "identity.staff.left",
    "identity.staff.refused",
    "identity.staff.reinstated",
    "identity.staff.suspended",
    "identity.stepup.passed",
    "identity.stepup.refused",
    "inbox.letter.opened",
    "inbox.letter.posted",
    "inbox.letter.written",
    "rights.act.refused",
    "rights.package.assembled",
    "rights.package.downloaded",
    "rights.package.removed",
    "rights.request.fulfilled",
    "rights.request.noted",
    "rights.request.readied",
    "rights.request.received",
    "rights.request.refused",
    "rights.request.released",
    "rights.request.shown",
    "rights.request.started",
    "rights.request.taken",
    "rights.request.withdrawn",
    "rights.step.failed",
    "rights.step.finished",
    "rights.step.left_out",
    "rights.step.parked",
    "rights.step.retried",
    "rights.step.started",
    "workloads.batch.ingested",
    "workloads.stream.ingested",
    "workloads.sums.shown",
    "workloads.token.made",
    "workloads.token.revoked",
]


def test_the_register_of_events_is_exactly_this():
    assert registry.names() == NAMES


def test_no_sentence_names_a_field_that_the_event_does_not_have():
    for name in registry.names():
        event = registry.get(name)
        fields = {part.split("}")[0] for part in event.sentence.split("{")[1:]}
        assert fields <= {*event.payload, "actor"}, name


def test_nothing_personal_is_declared_as_payload():
    personal = {"email", "ip", "address", "user_agent", "username", "text"}
    for name in registry.names():
        assert not personal & set(registry.get(name).payload), name
