"""Accounts that erasing once left behind go: it shut them, and gave them a reference that nothing else has."""

from django.db import migrations

#: `identity_erase` takes the reference of an erased person; the account gets one that no account has. Trying to sign in
#: and being found by staff is all that such an account can have met with since
ERASE = """
DO $$
DECLARE
    account uuid;
    erased text;
    part text;
BEGIN
    FOR account IN
        SELECT u.id FROM identity_user u
        WHERE NOT u.is_active AND NOT u.is_staff AND NOT EXISTS (
            SELECT FROM audit_entry e
            WHERE (e.subject = u.reference AND e.event NOT IN ('identity.session.refused', 'identity.person.shown'))
               OR e.actor IN ('user:' || u.reference, 'staff:' || u.reference))
    LOOP
        SELECT e.subject INTO erased FROM audit_entry e
        WHERE e.event = 'audit.subject.shredded' AND e.outcome = 'ok'
          AND NOT EXISTS (SELECT FROM identity_user u WHERE u.reference = e.subject)
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE rights_rightsrequest SET user_id = NULL WHERE user_id = account;
        UPDATE identity_user SET reference = erased WHERE id = account;
        FOREACH part IN ARRAY ARRAY['sessions', 'provider_ids', 'second_factors', 'account'] LOOP
            PERFORM identity_erase(erased, part);
        END LOOP;
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0011_erase_outside"), ("identity", "0011_erasing")]
    operations = [migrations.RunSQL(ERASE, migrations.RunSQL.noop)]
