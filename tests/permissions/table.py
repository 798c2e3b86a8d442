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

from tests.permissions.staff_table import STAFF_TEXT

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
/api/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
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
/api/v1/me/accesses
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/approvals
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/approvals/<slug:reference>
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/approvals/<slug:reference>/answer
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/connections
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/held
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/history
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/policy
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/requests
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/requests/<slug:reference>
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/requests/<slug:reference>/withdraw
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/me/token
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/platform/apps/<uuid:app>/terminated
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/platform/orders
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/platform/orders/<uuid:order_id>/receipts
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/platform/pseudonyms/<slug:subject>
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/platform/reads
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/platform/tokens
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/schema
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/api/v1/schema.json
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/api/v1/staff/queue
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/staff/requests/<slug:reference>
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/api/v1/staff/requests/<slug:reference>/<slug:act>
  GET  401 401 401 401 401 401 401 401 401 401 401 401
  POST 401 401 401 401 401 401 401 401 401 401 401 401
/certificate/<str:link>/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/certificate/<str:link>/certificate.json
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
/policy/
  GET  200 200 200 200 200 200 200 200 200 200 200 200
  POST 405 405 405 405 405 405 405 405 405 405 405 405
/policy/<slug:day>/<slug:language>/
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
/settings/connections/google/callback/
  GET  in> 302 302 302 302 302 302 302 302 302 302 302
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/connections/google/consent/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 302 302 302 302 302 302 302 302 302 302 302
/settings/connections/google/consent/<uuid:automation>/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/connections/google/end/
  GET  in> 200 302 302 302 302 302 302 302 302 302 302
  POST in> 302 302 302 302 302 302 302 302 302 302 302
/settings/connections/google/end/<uuid:automation>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/letters/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/letters/<uuid:letter_id>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/log/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/log/log.csv
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/log/log.json
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/log/receipts.zip
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
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
/settings/policy/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/policy/<uuid:version>/accept/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 404 404 404 404 404 404 404 404 404 404 404
/settings/policy/<uuid:version>/seen/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 404 404 404 404 404 404 404 404 404 404 404
/settings/privacy/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/marks/<uuid:mark>/lift/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/privacy/requests/<slug:reference>/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/requests/<slug:reference>/confirmation/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/privacy/requests/<slug:reference>/identify/
  GET  in> 200 404 404 404 404 404 404 404 404 404 404
  POST in> 409 404 404 404 404 404 404 404 404 404 404
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
/settings/tokens/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 405 405 405 405 405 405 405 405 405 405 405
/settings/tokens/<uuid:token_id>/end/
  GET  in> 405 405 405 405 405 405 405 405 405 405 405
  POST in> 302 404 404 404 404 404 404 404 404 404 404
/settings/tokens/new/
  GET  in> 200 200 200 200 200 200 200 200 200 200 200
  POST in> 422 422 422 422 422 422 422 422 422 422 422
/settings/work-mails/
  GET  in> 404 404 200 200 200 200 200 200 200 200 404
  POST in> 404 404 302 302 302 302 302 302 302 302 404
/webhooks/google/
  GET  405 405 405 405 405 405 405 405 405 405 405 405
  POST 415 415 415 415 415 415 415 415 415 415 415 415
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


TABLE = dict(sorted(parse(TEXT + STAFF_TEXT).items()))

#: addresses for machines: a session counts for nothing there
MACHINES = {
    "/api/v1/ingest/<slug:stream>",
    "/api/v1/me/accesses",
    "/api/v1/me/approvals",
    "/api/v1/me/approvals/<slug:reference>",
    "/api/v1/me/approvals/<slug:reference>/answer",
    "/api/v1/me/connections",
    "/api/v1/me/held",
    "/api/v1/me/history",
    "/api/v1/me/policy",
    "/api/v1/me/requests",
    "/api/v1/me/requests/<slug:reference>",
    "/api/v1/me/requests/<slug:reference>/withdraw",
    "/api/v1/me/token",
    "/api/v1/platform/apps/<uuid:app>/terminated",
    "/api/v1/platform/orders",
    "/api/v1/platform/orders/<uuid:order_id>/receipts",
    "/api/v1/platform/pseudonyms/<slug:subject>",
    "/api/v1/platform/reads",
    "/api/v1/platform/tokens",
    "/api/v1/schema",
    "/api/v1/schema.json",
    "/api/v1/staff/queue",
    "/api/v1/staff/requests/<slug:reference>",
    "/api/v1/staff/requests/<slug:reference>/<slug:act>",
    "/webhooks/google/",
}
