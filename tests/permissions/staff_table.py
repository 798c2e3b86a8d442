"""The staff site's part of the table of who may do what; `table.py` says how it is read."""

STAFF_TEXT = r"""
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
/staff/humanaccess/aggregate/
  GET  st> st> st> 200 200 200 200 403 200 st> 403 st>
  POST st> st> st> 200 200 200 200 403 200 st> 403 st>
/staff/humanaccess/aggregate/<uuid:answer>/
  GET  st> st> st> 200 200 200 200 403 200 st> 403 st>
  POST st> st> st> 200 200 200 200 403 200 st> 403 st>
/staff/humanaccess/aggregate/<uuid:answer>/csv/
  GET  st> st> st> 200 200 200 200 403 200 st> 403 st>
  POST st> st> st> 200 200 200 200 403 200 st> 403 st>
/staff/humanaccess/aggregate/new_run/
  GET  st> st> st> 200 200 200 200 403 403 st> 403 st>
  POST st> st> st> 422 422 422 422 403 403 st> 403 st>
/staff/humanaccess/aggregate/runs/<uuid:run>/review/
  GET  st> st> st> 403 403 403 403 403 200 st> 403 st>
  POST st> st> st> 403 403 403 403 403 422 st> 403 st>
/staff/humanaccess/ask/
  GET  st> st> st> 200 200 200 200 200 200 st> 200 st>
  POST st> st> st> 200 200 200 200 200 200 st> 200 st>
/staff/humanaccess/ask/<slug:reference>/
  GET  st> st> st> 200 200 404 404 200 200 st> 404 st>
  POST st> st> st> 200 200 404 404 200 200 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/approve/
  GET  st> st> st> 404 403 403 404 200 403 st> 404 st>
  POST st> st> st> 404 403 403 404 302 403 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/cancel/
  GET  st> st> st> 200 403 404 404 403 403 st> 404 st>
  POST st> st> st> 302 403 404 404 403 403 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/close/
  GET  st> st> st> 200 403 404 404 403 403 st> 404 st>
  POST st> st> st> 302 403 404 404 403 403 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/decline/
  GET  st> st> st> 404 403 403 404 200 403 st> 404 st>
  POST st> st> st> 404 403 403 404 302 403 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/live/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/humanaccess/ask/<slug:reference>/look/<uuid:item_id>/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 200 403 404 404 403 403 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/humanaccess/ask/<slug:reference>/review/
  GET  st> st> st> 404 403 403 404 403 403 st> 404 st>
  POST st> st> st> 404 422 422 404 422 422 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/revoke/
  GET  st> st> st> 403 200 404 404 200 403 st> 404 st>
  POST st> st> st> 403 302 404 404 302 403 st> 404 st>
/staff/humanaccess/ask/<slug:reference>/settle/
  GET  st> st> st> 403 403 404 404 403 403 st> 404 st>
  POST st> st> st> 422 422 404 404 422 422 st> 404 st>
/staff/humanaccess/ask/new/
  GET  st> st> st> 200 200 200 200 403 403 st> 403 st>
  POST st> st> st> 200 200 200 200 403 403 st> 403 st>
/staff/humanaccess/legalprocess/
  GET  st> st> st> 403 200 403 200 200 200 st> 403 st>
  POST st> st> st> 403 200 403 200 200 200 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/
  GET  st> st> st> 403 200 403 200 200 200 st> 403 st>
  POST st> st> st> 403 200 403 200 200 200 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/agree/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/assign/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/challenge/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/close/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 409 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/delay/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/document/
  GET  st> st> st> 403 200 403 200 200 403 st> 403 st>
  POST st> st> st> 403 405 403 405 405 405 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/note/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/notify/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 302 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/produce/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/humanaccess/legalprocess/<slug:reference>/reject/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/release/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 302 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/settle/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/<slug:reference>/take/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 302 403 403 st> 403 st>
/staff/humanaccess/legalprocess/bulk/
  GET  st> st> st> 403 405 403 405 405 405 st> 403 st>
  POST st> st> st> 403 403 403 302 403 403 st> 403 st>
/staff/humanaccess/legalprocess/new_process/
  GET  st> st> st> 403 403 403 200 403 403 st> 403 st>
  POST st> st> st> 403 403 403 422 403 403 st> 403 st>
/staff/humanaccess/legalprocess/take-next/
  GET  st> st> st> 403 405 403 405 405 405 st> 403 st>
  POST st> st> st> 403 403 403 302 403 403 st> 403 st>
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
/staff/rights/legalhold/
  GET  st> st> st> 403 200 403 200 403 200 st> 403 st>
  POST st> st> st> 403 200 403 200 403 200 st> 403 st>
/staff/rights/legalhold/<uuid:hold>/
  GET  st> st> st> 403 200 403 200 403 200 st> 403 st>
  POST st> st> st> 403 405 403 405 403 405 st> 403 st>
/staff/rights/legalhold/<uuid:hold>/lift/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 302 403 302 403 403 st> 403 st>
/staff/rights/legalhold/new_hold/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/rights/rightsrequest/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
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
/staff/rights/rightsrequest/<slug:reference>/certificate.json
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 405 403 405 403 405 st> 405 st>
/staff/rights/rightsrequest/<slug:reference>/erase/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/evidence/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 405 403 405 403 405 st> 405 st>
/staff/rights/rightsrequest/<slug:reference>/grant/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 409 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/lift/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 409 403 403 403 403 st> 403 st>
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
/staff/rights/rightsrequest/<slug:reference>/sign_off/
  GET  st> st> st> 403 200 403 200 403 403 st> 200 st>
  POST st> st> st> 403 403 403 409 403 403 st> 409 st>
/staff/rights/rightsrequest/<slug:reference>/start/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 403 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/attest/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/decide/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 422 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/evidence/
  GET  st> st> st> 403 200 403 403 403 403 st> 403 st>
  POST st> st> st> 403 405 403 405 403 405 st> 405 st>
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
  GET  st> st> st> 403 405 403 405 403 405 st> 405 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/rights/rightsrequest/take-next/
  GET  st> st> st> 403 405 403 405 403 405 st> 405 st>
  POST st> st> st> 403 302 403 403 403 403 st> 403 st>
/staff/search/
  GET  st> st> st> 200 200 200 200 200 200 st> 200 st>
  POST st> st> st> 200 200 200 200 200 200 st> 200 st>
/staff/terms/
  GET  st> st> st> 302 302 302 302 302 302 st> 302 st>
  POST st> st> st> 302 302 302 302 302 302 st> 302 st>
/staff/terms/announcement/
  GET  st> st> st> 403 200 200 200 403 200 st> 200 st>
  POST st> st> st> 403 200 200 200 403 200 st> 200 st>
/staff/terms/announcement/<uuid:announcement>/
  GET  st> st> st> 403 200 200 200 403 200 st> 200 st>
  POST st> st> st> 403 200 200 200 403 200 st> 200 st>
/staff/terms/announcement/<uuid:announcement>/discard/
  GET  st> st> st> 403 200 200 200 403 403 st> 403 st>
  POST st> st> st> 403 302 302 302 403 403 st> 403 st>
/staff/terms/announcement/<uuid:announcement>/edit/
  GET  st> st> st> 403 200 200 200 403 403 st> 403 st>
  POST st> st> st> 403 422 422 422 403 403 st> 403 st>
/staff/terms/announcement/<uuid:announcement>/progress/
  GET  302 302 302 302 302 302 302 302 302 302 302 302
  POST 302 302 302 302 302 302 302 302 302 302 302 302
/staff/terms/announcement/<uuid:announcement>/release/
  GET  st> st> st> 403 200 403 200 403 403 st> 200 st>
  POST st> st> st> 403 422 403 422 403 403 st> 422 st>
/staff/terms/announcement/new/
  GET  st> st> st> 403 200 200 200 403 403 st> 403 st>
  POST st> st> st> 403 422 422 422 403 403 st> 403 st>
/staff/terms/policyversion/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/policyversion/<uuid:version>/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/policyversion/<uuid:version>/discard/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 302 403 302 403 403 st> 403 st>
/staff/terms/policyversion/<uuid:version>/edit/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/terms/policyversion/<uuid:version>/publish/
  GET  st> st> st> 403 200 403 200 403 403 st> 200 st>
  POST st> st> st> 403 422 403 422 403 403 st> 422 st>
/staff/terms/policyversion/new/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
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
/staff/terms/processor/<slug:processor>/keep/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 302 403 302 403 403 st> 403 st>
/staff/terms/processor/<slug:processor>/review/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/terms/processor/new_processor/
  GET  st> st> st> 403 200 403 200 403 403 st> 403 st>
  POST st> st> st> 403 422 403 422 403 403 st> 403 st>
/staff/terms/retentionreport/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
/staff/terms/transferregister/
  GET  st> st> st> 403 200 403 200 403 200 st> 200 st>
  POST st> st> st> 403 200 403 200 403 200 st> 200 st>
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
