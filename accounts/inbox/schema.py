"""Row-level security of letters: a user's own side sees that user's letters only; texts are sealed for all."""

POLICIES = """
ALTER TABLE inbox_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY inbox_letter_write ON inbox_letter FOR INSERT WITH CHECK (true);
CREATE POLICY inbox_letter_own ON inbox_letter FOR SELECT TO office_self
    USING (subject = nullif(current_setting('office.subject', true), ''));
CREATE POLICY inbox_letter_read_mark ON inbox_letter FOR UPDATE TO office_self
    USING (subject = nullif(current_setting('office.subject', true), ''));
CREATE POLICY inbox_letter_house ON inbox_letter FOR SELECT TO office_staff, office_worker USING (true);
CREATE POLICY inbox_letter_mailing ON inbox_letter FOR UPDATE TO office_worker USING (true);
"""
