"""Which answer each address gives to whom, literally: the one table of who may do what (ASVS 8.2.1).

Columns, left to right: anonymous, user (layla, whose the samples are), other user, support, privacy officer,
security engineer, legal counsel, approver (both rights), auditor, administrator who used no second factor in this
session, administrator, superuser (the flag, and no role). Everybody but the tenth used their second factor if they
are staff, and stepped up a minute ago; `test_pages.py` shows that a step-up is required where it must be.

An answer is a status, or where the address redirects: `in>` to the sign-in, `up>` to the step-up, `mf>` to the set-up
of a second factor, `st>` to the staff site's sign-in. A 200 to a POST with an empty form is the page again: allauth's
forms say what was wrong on it, and Django's list pages take no post. Each column has an office of its own; GET is sent
to every address first, then POST with an empty form, both in the order of the table: what an act changes, the next
ones find.
"""

TEXT = r"""
/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/.well-known/security.txt
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/2fa/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/accounts/2fa/authenticate/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/2fa/reauthenticate/
  GET  in> up> up> up> up> up> up> up> up> up> up> up>
  POST in> up> up> up> up> up> up> up> up> up> up> up>
/accounts/2fa/recovery-codes/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/accounts/2fa/recovery-codes/download/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 404 404 404 404 404 404 404 404 404 404
/accounts/2fa/recovery-codes/generate/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 302 200 302 302 302 302 302 302 302 302 302
/accounts/2fa/totp/activate/
  GET  in> 302 200 302 302 302 302 302 302 302 302 302
  POST in> 302 200 302 302 302 302 302 302 302 302 302
/accounts/2fa/totp/deactivate/
  GET  in> 200 404 200 200 200 200 200 200 200 200 200
  POST in> 302 404 302 302 302 302 302 302 302 302 302
/accounts/2fa/webauthn/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/accounts/2fa/webauthn/add/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 200 200 200 200 200 200 200 200 200 200 200
/accounts/2fa/webauthn/keys/<int:pk>/edit/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 200 404 404 404 404 404 404 404 404 404 404
/accounts/2fa/webauthn/keys/<int:pk>/remove/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/accounts/2fa/webauthn/login/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/2fa/webauthn/reauthenticate/
  GET  in> 200 403 302 302 302 302 302 302 302 302 302
  POST in> 302 403 403 403 403 403 403 403 403 403 403
/accounts/3rdparty/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 200 200 200 200 200 200 200 200 200 200 200
/accounts/3rdparty/login/cancelled/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/3rdparty/login/error/
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/3rdparty/signup/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/confirm-email/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/email/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 302 302 302 302 302 302 302 302 302 302 302
/accounts/github/login/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/github/login/callback/
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/accounts/google/login/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/google/login/callback/
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/accounts/google/login/token/
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/accounts/inactive/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/invitation/
  GET  410 410 410 410 410 410 410 410 410 410 410 410
  POST 422 403 403 403 403 403 403 403 403 403 403 403
/accounts/invitation/<str:token>/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/login/
  GET  200 302 302 302 302 302 302 302 302 302 302 302
  POST 200 302 302 302 302 302 302 302 302 302 302 302
/accounts/login/code/
  GET  200 302 302 302 302 302 302 302 302 302 302 302
  POST 200 302 302 302 302 302 302 302 302 302 302 302
/accounts/login/code/confirm/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/logout/
  GET  302 200 200 200 200 200 200 200 200 200 200 200
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/accounts/password/change/
  GET  in> 200 302 302 302 302 302 302 302 302 302 302
  POST in> 200 302 302 302 302 302 302 302 302 302 302
/accounts/password/reset/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 200 200 200 200 200 200 200 200 200 200 200 200
/accounts/password/reset/done/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 200 200 200 200 200 200 200 200 200 200 200 200
/accounts/password/reset/key/done/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/password/set/
  GET  in> 302 200 200 200 200 200 200 200 200 200 200
  POST in> 302 200 200 200 200 200 200 200 200 200 200
/accounts/reauthenticate/
  GET  in> up> up> up> up> up> up> up> up> up> up> up>
  POST in> up> up> up> up> up> up> up> up> up> up> up>
/accounts/sessions/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/accounts/signup/
  GET  200 302 302 302 302 302 302 302 302 302 302 302
  POST 200 302 302 302 302 302 302 302 302 302 302 302
/accounts/social/connections/
  GET  301 301 301 301 301 301 301 301 301 301 301 301
  POST 301 301 301 301 301 301 301 301 301 301 301 301
/accounts/social/login/cancelled/
  GET  301 301 301 301 301 301 301 301 301 301 301 301
  POST 301 301 301 301 301 301 301 301 301 301 301 301
/accounts/social/login/error/
  GET  301 301 301 301 301 301 301 301 301 301 301 301
  POST 301 301 301 301 301 301 301 301 301 301 301 301
/accounts/social/signup/
  GET  301 301 301 301 301 301 301 301 301 301 301 301
  POST 301 301 301 301 301 301 301 301 301 301 301 301
/api/v1/audit/entries
  GET  401 403 403 403 200 403 403 403 200 403 403 403
  POST 401 403 403 403 405 403 403 403 405 403 403 403
/api/v1/audit/exports
  GET  401 403 403 403 403 403 403 403 405 403 403 403
  POST 401 403 403 403 403 403 403 403 400 403 403 403
/api/v1/audit/exports/<uuid:export_id>
  GET  401 403 403 403 403 403 403 403 200 403 403 403
  POST 401 403 403 403 403 403 403 403 405 403 403 403
/api/v1/audit/exports/<uuid:export_id>/archive
  GET  401 403 403 403 403 403 403 403 409 403 403 403
  POST 401 403 403 403 403 403 403 403 405 403 403 403
/api/v1/audit/exports/<uuid:export_id>/cancel
  GET  401 403 403 403 403 403 403 403 405 403 403 403
  POST 401 403 403 403 403 403 403 403 200 403 403 403
/api/v1/audit/exports/<uuid:export_id>/pause
  GET  401 403 403 403 403 403 403 403 405 403 403 403
  POST 401 403 403 403 403 403 403 403 200 403 403 403
/api/v1/audit/exports/<uuid:export_id>/resume
  GET  401 403 403 403 403 403 403 403 405 403 403 403
  POST 401 403 403 403 403 403 403 403 200 403 403 403
/api/v1/audit/proofs/consistency
  GET  401 403 403 403 200 403 403 403 200 403 403 403
  POST 401 403 403 403 405 403 403 403 405 403 403 403
/api/v1/audit/proofs/inclusion
  GET  401 403 403 403 200 403 403 403 200 403 403 403
  POST 401 403 403 403 405 403 403 403 405 403 403 403
/api/v1/ingest/<slug:stream>
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/schema
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/i18n/setlang/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/livez
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/log/<path:path>
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/log/checkpoint
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/log/verifiers
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/log/verify.py
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/policy/processors/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/readyz
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/settings/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/connections/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/letters/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/letters/<uuid:letter_id>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/looked/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 200 200 200 200 200 200 200 200 200 200 200
/settings/permissions/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/permissions/<slug:reference>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 422 404 404 404 404 404 404 404 404 404 404
/settings/permissions/<slug:reference>/end/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/privacy/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/requests/<slug:reference>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/requests/<slug:reference>/package/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/requests/<slug:reference>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/requests/<slug:reference>/questions/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 422 404 404 404 404 404 404 404 404 404 404
/settings/privacy/requests/<slug:reference>/withdraw/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/privacy/requests/new/<slug:kind>/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 422 422 422 422 422 422 422 422 422 422 422
/settings/profile/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 422 422 422 422 422 422 422 422 422 422 422
/settings/receipts/<uuid:entry_id>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/security/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/security/second-factor/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/security/sessions/<int:session_id>/end/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/security/sessions/end/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 302 302 302 302 302 302 302 302 302 302 302
/settings/step-up/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 422 422 422 422 422 422 422 422 422 422 422
/settings/work-mails/
  GET  in> 404 404 200 200 200 200 200 200 200 200 404
  POST in> 404 404 302 302 302 302 302 302 302 302 404
/staff/
  GET  st> st> st> 200 200 200 200 200 200 st> 200 st>
  POST st> st> st> 200 200 200 200 200 200 st> 200 st>
/staff/(?P<url>.*)$
  GET  st> st> st> 404 404 404 404 404 404 st> 404 st>
  POST st> st> st> 404 404 404 404 404 404 st> 404 st>
/staff/audit/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/audit/entry/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/entry/<uuid:entry_id>/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/entry/<uuid:entry_id>/actor/
  GET  st> st> st> 403 405 403 403 403 405 st> 403 st>
  POST st> st> st> 403 403 403 403 403 422 st> 403 st>
/staff/audit/entry/<uuid:entry_id>/leaf/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/entry/<uuid:entry_id>/receipt/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/entry/<uuid:entry_id>/subject/
  GET  st> st> st> 403 405 403 403 403 405 st> 403 st>
  POST st> st> st> 403 403 403 403 403 422 st> 403 st>
/staff/audit/entry/checkpoints/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/entry/checkpoints/<int:size>/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/entry/checkpoints/growth/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/audit/export/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 200 st> 403 st>
/staff/audit/export/<uuid:export_id>/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 200 st> 403 st>
/staff/audit/export/<uuid:export_id>/archive/
  GET  st> st> st> 403 403 403 403 403 409 st> 403 st>
  POST st> st> st> 403 403 403 403 403 405 st> 403 st>
/staff/audit/export/<uuid:export_id>/cancel/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 302 st> 403 st>
/staff/audit/export/<uuid:export_id>/pause/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 302 st> 403 st>
/staff/audit/export/<uuid:export_id>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/audit/export/<uuid:export_id>/resume/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 302 st> 403 st>
/staff/audit/export/new/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 422 st> 403 st>
/staff/audit/exportschedule/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 200 st> 403 st>
/staff/audit/exportschedule/<uuid:schedule_id>/end/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 302 st> 403 st>
/staff/audit/exportschedule/new/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 422 st> 403 st>
/staff/audit/readertoken/
  GET  st> st> st> 403 403 403 403 403 200 st> 200 st>
  POST st> st> st> 403 403 403 403 403 200 st> 200 st>
/staff/audit/readertoken/<uuid:token_id>/revoke/
  GET  st> st> st> 403 403 403 403 403 200 st> 200 st>
  POST st> st> st> 403 403 403 403 403 302 st> 302 st>
/staff/audit/readertoken/new/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 422 st> 403 st>
/staff/autocomplete/
  GET  st> st> st> 403 403 403 403 403 403 st> 403 st>
  POST st> st> st> 405 405 405 405 405 405 st> 405 st>
/staff/connections/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/connections/dailytotal/
  GET  st> st> st> 200 200 200 403 403 200 st> 403 st>
  POST st> st> st> 422 422 422 403 403 422 st> 403 st>
/staff/humanaccess/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/humanaccess/ask/
  GET  st> st> st> 200 200 200 200 200 200 st> 403 st>
  POST st> st> st> 200 200 200 200 200 200 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/
  GET  st> st> st> 200 200 404 404 200 200 st> 403 st>
  POST st> st> st> 200 200 404 404 200 200 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/approve/
  GET  st> st> st> 404 403 403 404 200 403 st> 403 st>
  POST st> st> st> 404 403 403 404 302 403 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/cancel/
  GET  st> st> st> 200 403 404 404 403 403 st> 403 st>
  POST st> st> st> 302 403 404 404 403 403 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/close/
  GET  st> st> st> 200 403 404 404 403 403 st> 403 st>
  POST st> st> st> 302 403 404 404 403 403 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/decline/
  GET  st> st> st> 404 403 403 404 200 403 st> 403 st>
  POST st> st> st> 404 403 403 404 302 403 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/look/<uuid:item_id>/
  GET  st> st> st> 302 302 302 302 302 302 st> 403 st>
  POST st> st> st> 200 403 404 404 403 403 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/humanaccess/ask/<slug:reference>/review/
  GET  st> st> st> 404 403 403 404 403 403 st> 403 st>
  POST st> st> st> 404 422 422 404 422 422 st> 403 st>
/staff/humanaccess/ask/<slug:reference>/revoke/
  GET  st> st> st> 403 200 404 404 200 403 st> 403 st>
  POST st> st> st> 403 302 404 404 302 403 st> 403 st>
/staff/humanaccess/ask/new/
  GET  st> st> st> 200 200 200 403 403 403 st> 403 st>
  POST st> st> st> 200 200 200 403 403 403 st> 403 st>
/staff/identity/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/identity/roleassignment/
  GET  st> st> st> 403 403 403 403 403 200 st> 200 st>
  POST st> st> st> 403 403 403 403 403 200 st> 200 st>
/staff/identity/roleassignment/<uuid:user_id>/
  GET  st> st> st> 403 403 403 403 403 200 st> 200 st>
  POST st> st> st> 403 403 403 403 403 200 st> 200 st>
/staff/identity/roleassignment/<uuid:user_id>/<str:verb>/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 302 st>
/staff/identity/roleassignment/<uuid:user_id>/give/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 422 st>
/staff/identity/roleassignment/change/<uuid:change_id>/<str:verb>/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 302 st>
/staff/identity/roleassignment/invitation/<uuid:invitation_id>/cancel/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 302 st>
/staff/identity/roleassignment/invite/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 422 st>
/staff/identity/roleassignment/role/<int:assignment_id>/confirm/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 302 st>
/staff/identity/roleassignment/role/<int:assignment_id>/end/
  GET  st> st> st> 403 403 403 403 403 403 st> 200 st>
  POST st> st> st> 403 403 403 403 403 403 st> 302 st>
/staff/identity/user/
  GET  st> st> st> 200 200 200 200 403 403 st> 403 st>
  POST st> st> st> 422 422 422 422 403 403 st> 403 st>
/staff/identity/user/<uuid:user_id>/
  GET  st> st> st> 200 200 200 200 403 403 st> 403 st>
  POST st> st> st> 200 200 200 200 403 403 st> 403 st>
/staff/jsi18n/
  GET  st> st> st> 200 200 200 200 200 200 st> 200 st>
  POST st> st> st> 405 405 405 405 405 405 st> 405 st>
/staff/log/cases/<slug:case>/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/log/subjects/<slug:subject>/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/login/
  GET  in> 403 403 302 302 302 302 302 302 up> 302 403
  POST in> 403 403 302 302 302 302 302 302 mf> 302 403
/staff/logout/
  GET  302 302 302 405 405 405 405 405 405 302 405 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/password_change/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/password_change/done/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/r/<path:content_type_id>/<path:object_id>/
  GET  st> st> st> 404 404 404 404 404 404 st> 404 st>
  POST st> st> st> 404 404 404 404 404 404 st> 404 st>
/staff/rights/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/rights/rightsrequest/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/
  GET  st> st> st> 403 200 403 403 403 200 st> 403 st>
  POST st> st> st> 403 200 403 403 403 200 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/approve/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 409 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/ask_user/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/assign/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/begin/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/note/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/rights/rightsrequest/<slug:reference>/refuse/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/release/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/resume/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 403 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/start/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 403 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/leave_out/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/retry/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 409 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/stop/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 403 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/take/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/unbegin/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/bulk/
  GET  st> st> st> 403 405 403 403 403 405 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/take-next/
  GET  st> st> st> 403 405 403 403 403 405 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/search/
  GET  st> st> st> 200 200 200 200 200 200 st> 200 st>
  POST st> st> st> 200 200 200 200 200 200 st> 200 st>
/staff/terms/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/terms/processingrecord/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/processingrecord/csv/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/processingrecord/json/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/processor/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/processor/<slug:processor>/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/processor/<slug:processor>/change/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/terms/processor/<slug:processor>/end/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 302 403 302 403 403 st> 403 st>
/staff/terms/processor/<slug:processor>/review/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/terms/processor/new_processor/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/workloads/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/workloads/dailytotal/
  GET  st> st> st> 200 200 200 403 403 200 st> 403 st>
  POST st> st> st> 422 422 422 403 403 422 st> 403 st>
/staff/workloads/ingest/
  GET  st> st> st> 403 403 200 403 403 200 st> 200 st>
  POST st> st> st> 403 403 200 403 403 200 st> 200 st>
/staff/workloads/servicetoken/
  GET  st> st> st> 403 403 200 403 403 200 st> 200 st>
  POST st> st> st> 403 403 200 403 403 200 st> 200 st>
/staff/workloads/setasideline/
  GET  st> st> st> 403 403 200 403 403 200 st> 200 st>
  POST st> st> st> 403 403 200 403 403 200 st> 200 st>
"""


def parse(text: str) -> dict[str, dict[str, list[str]]]:
    """Return route → method → answers, one a column."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in text.strip().splitlines():
        if line.startswith("/"):
            found[line] = route = {}
        elif line.strip():
            method, *answers = line.split()
            route[method] = answers
    return found


TABLE = parse(TEXT)
