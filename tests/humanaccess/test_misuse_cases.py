"""What somebody might try, and the test that shows what comes of it: all of it can be read here."""

import pytest

from tests.plugin import ROOT

_LEGAL_GROUND = "tests/humanaccess/legal/test_ground.py"
_LEGAL_NOTICE = "tests/humanaccess/legal/test_notice.py"
_LEGAL_PROCESS = "tests/humanaccess/legal/test_process.py"
_AGGREGATES = "tests/humanaccess/test_aggregates.py"
_ANY_ORDER = "tests/humanaccess/test_any_order.py"
_ASKING = "tests/humanaccess/test_asking.py"
_BREAK_GLASS = "tests/humanaccess/test_break_glass.py"
_CATALOGUE = "tests/humanaccess/test_catalogue.py"
_CLOSING = "tests/humanaccess/test_closing.py"
_EVERY_KIND = "tests/humanaccess/test_every_kind.py"
_FOLLOW_UPS = "tests/humanaccess/test_follow_ups.py"
_GATE = "tests/humanaccess/test_gate.py"
_LABELS = "tests/humanaccess/test_labels.py"
_LISTING = "tests/humanaccess/test_listing.py"
_MISUSE = "tests/humanaccess/test_misuse.py"
_NEW_REQUEST = "tests/humanaccess/test_new_request.py"
_PAGES = "tests/humanaccess/test_pages.py"
_PEOPLE = "tests/humanaccess/test_people.py"
_READING = "tests/humanaccess/test_reading.py"
_REDEEMED_READS = "tests/humanaccess/test_redeemed_reads.py"
_ROLES = "tests/humanaccess/test_roles.py"
_SHORTENING = "tests/humanaccess/test_shortening.py"
_STOLEN_ENDINGS = "tests/stolen/test_endings.py"
_STOLEN_GATE = "tests/stolen/test_gate.py"
#: what somebody might try → the file and the test that show what comes of it
CASES = {
    "own second account, asking": (
        _ASKING,
        "test_nobody_requests_their_own_data_nor_that_of_a_second_account_of_theirs",
    ),
    "own second account, deciding": (_ASKING, "test_nobody_decides_on_their_own_request_by_any_account"),
    "own second account, as two approvers": (_PEOPLE, "test_two_accounts_of_one_approver_are_one"),
    "own second account, reviewing": (_FOLLOW_UPS, "test_nobody_reviews_their_own_reading_by_any_account"),
    "own second account, on the ground of law": (_LEGAL_GROUND, "test_a_second_account_of_counsel_decides_nothing"),
    "e-mail case": (_ASKING, "test_nobody_requests_their_own_data_nor_that_of_a_second_account_of_theirs"),
    "alias": (_ASKING, "test_nobody_requests_their_own_data_nor_that_of_a_second_account_of_theirs"),
    "posted approver, status, subject, expires_at, asking": (
        _MISUSE,
        "test_what_is_posted_beside_a_new_request_changes_nothing",
    ),
    "posted approver, status, subject, expires_at, answering": (
        _MISUSE,
        "test_what_is_posted_beside_an_answer_changes_nothing",
    ),
    "posted approver, status, subject, expires_at, deciding": (
        _MISUSE,
        "test_what_is_posted_beside_a_decision_changes_nothing",
    ),
    "posted approver, status, subject, expires_at, reviewing": (
        _MISUSE,
        "test_what_is_posted_beside_a_review_changes_nothing",
    ),
    "posted window": (_SHORTENING, "test_a_longer_time_posted_by_hand_is_refused_at_its_field"),
    "a decider loses the role before the vote": (_ASKING, "test_the_right_to_decide_is_checked_anew"),
    "a decider loses the role between two votes": (_ROLES, "test_an_approval_counts_while_its_author_holds_the_right"),
    "a decider loses the role between vote and read": (_ROLES, "test_a_grant_ends_with_the_role_of_who_approved_it"),
    "a decider loses the role while access opens": (
        _ROLES,
        "test_a_role_that_ends_while_a_grant_opens_leaves_no_grant_open",
    ),
    "approve, refuse, expire, cancel at once": (_MISUSE, "test_of_all_answers_at_once_one_counts"),
    "edit after approval": (_MISUSE, "test_no_role_edits_anything_after_an_approval"),
    "read at expiry": (_MISUSE, "test_a_window_ends_to_the_second_by_both_clocks"),
    "ended while a page is open": (_CLOSING, "test_the_poll_says_nothing_until_the_end_and_reads_and_writes_nothing"),
    "ended while a stream is open": (_REDEEMED_READS, "test_an_access_that_ended_meanwhile_opens_nothing"),
    "ended while an export is open": (_MISUSE, "test_the_persons_own_export_goes_on_when_access_ends"),
    "log insert fails, reading": (_READING, "test_nothing_is_shown_when_the_log_cannot_be_written"),
    "log insert fails, listing": (_LISTING, "test_nothing_is_listed_where_the_log_cannot_be_written"),
    "log insert fails, redeeming": (_REDEEMED_READS, "test_no_code_is_made_where_the_log_cannot_be_written"),
    "log insert hangs or rolls back": (_MISUSE, "test_nothing_is_fetched_or_listed_where_the_log_does_not_commit"),
    "staff as subject": (_MISUSE, "test_staff_see_nothing_of_a_request_about_themselves"),
    "approver as subject": (_MISUSE, "test_an_approver_neither_decides_nor_reviews_about_themselves"),
    "reciprocal": (_MISUSE, "test_two_decide_for_each_other_where_a_third_reviews"),
    "refused, unticked or silent, then security": (_PEOPLE, "test_what_was_not_agreed_to_needs_two_who_saw_it"),
    "silent, made an agreement afterwards": (_MISUSE, "test_silence_is_not_made_an_agreement_afterwards"),
    "refused, then break-glass": (_BREAK_GLASS, "test_what_the_user_did_not_agree_to_takes_two_approvers"),
    "refused, then law": (_LEGAL_GROUND, "test_what_was_refused_before_takes_one_approver_who_saw_it"),
    "agreement for another item": (_GATE, "test_an_item_that_was_not_agreed_to_stays_closed"),
    "agreement for another kind": (_EVERY_KIND, "test_access_to_another_kind_opens_none_of_this"),
    "agreement for another reader": (_READING, "test_every_rule_is_checked_on_every_read"),
    "agreement for another person's item": (
        _GATE,
        "test_an_item_of_somebody_else_stays_closed_even_when_it_was_agreed_to",
    ),
    "agreement for another record of the same number": (_MISUSE, "test_a_record_of_the_same_number_is_another_item"),
    "enumeration, requests": (_MISUSE, "test_not_yours_and_not_there_are_one_answer_to_staff"),
    "enumeration, own pages": (_MISUSE, "test_not_yours_and_not_there_are_one_answer_to_a_user"),
    "enumeration, items": (_MISUSE, "test_somebody_elses_item_and_none_at_all_are_one_refusal"),
    "enumeration, accounts": (_NEW_REQUEST, "test_whether_an_address_has_an_account_is_told_only_with_an_entry"),
    "enumeration, runs": (_CATALOGUE, "test_nobody_elses_run_and_none_at_all_are_one_answer"),
    "enumeration, apps": (_CATALOGUE, "test_somebody_elses_app_and_none_at_all_list_the_same_nothing"),
    "enumeration, codes": (_REDEEMED_READS, "test_unknown_used_late_and_other_are_one_answer_with_as_many_queries"),
    "file names": (_CATALOGUE, "test_no_listing_is_a_file_or_in_an_address"),
    "raw SQL as each role, rows": (_STOLEN_GATE, "test_no_role_gets_further_by_settings_alone"),
    "raw SQL as each role, grants": (_GATE, "test_no_role_writes_grants_or_rewrites_decisions_by_hand"),
    "raw SQL as each role, endings": (_STOLEN_ENDINGS, "test_a_row_that_has_ended_does_not_come_back"),
    "raw SQL as each role, codes": (_REDEEMED_READS, "test_no_role_reads_a_code_or_makes_it_last"),
    "raw SQL as each role, break-glass": (
        _BREAK_GLASS,
        "test_no_role_widens_the_window_clears_the_flag_or_takes_the_state_back",
    ),
    "raw SQL, law": (_LEGAL_GROUND, "test_raw_sql_opens_no_grant_without_decision_and_process"),
    "superuser admin": (_READING, "test_the_superuser_has_no_way_past"),
    "superuser admin, pages": (_PAGES, "test_nobody_else_reads"),
    "shell": (_MISUSE, "test_a_shell_on_the_staffs_side_sees_no_row"),
    "chained break-glass": (_BREAK_GLASS, "test_two_engineers_do_not_take_turns_with_one_person"),
    "chained break-glass, raw SQL": (_BREAK_GLASS, "test_the_database_chains_none_and_buys_nothing_that_was_refused"),
    "a gag without an end": (_LEGAL_NOTICE, "test_a_gag_without_an_end_or_with_one_too_far_is_refused"),
    "a gag without an end, raw SQL": (_LEGAL_NOTICE, "test_a_gag_without_an_end_cannot_be_stored_by_sql"),
    "a one-time code used twice": (_REDEEMED_READS, "test_a_code_is_redeemed_once"),
    "a one-time code used late": (_REDEEMED_READS, "test_it_lives_for_sixty_seconds_by_the_databases_clock"),
    "a one-time code for another item": (
        _REDEEMED_READS,
        "test_for_another_item_it_opens_nothing_and_stays_good_for_its_own",
    ),
    "aggregates subtracted": (_AGGREGATES, "test_no_pair_of_answers_leaves_a_set_under_eleven"),
    "any order of all this": (_ANY_ORDER, "test_no_order_of_acts_shows_anything_without_a_grant_and_an_entry"),
    "unknown items": (_PAGES, "test_a_bad_answer_says_what_is_wrong_and_stores_nothing"),
    "foreign items": (_NEW_REQUEST, "test_items_of_another_person_are_refused"),
    "another asker's items": (_LABELS, "test_another_askers_items_are_refused_on_the_page"),
    "deleted items": (_READING, "test_an_item_that_is_gone_is_reported_and_logged"),
    "hand-made cursors": (_CATALOGUE, "test_a_page_that_was_not_offered_is_refused_and_lists_nothing"),
    "windows beyond the maximum": (_ASKING, "test_a_field_that_breaks_its_rule_is_named_and_nothing_is_stored"),
    "reasons that pass for the office's words": (_LABELS, "test_a_reason_cannot_pass_for_the_offices_own_text"),
    "reasons with markup, controls, overrides": (
        _MISUSE,
        "test_a_reason_of_markup_and_controls_is_refused_or_harmless",
    ),
    "documents that are none": (_LEGAL_PROCESS, "test_what_is_no_document_is_refused_and_nothing_is_kept"),
    "answers to a closed request": (_MISUSE, "test_a_closed_request_takes_no_answer_and_says_so"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_test(case):
    path, name = CASES[case]
    assert f"\ndef {name}(" in (ROOT / path).read_text()
