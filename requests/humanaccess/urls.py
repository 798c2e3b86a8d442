"""URLs of a user's own pages about human access, under /settings/."""

from django.urls import path

from . import views

app_name = "humanaccess"
urlpatterns = [
    path("permissions/", views.permissions, name="permissions"),
    path("permissions/<slug:reference>/", views.permission, name="permission"),
    path("permissions/<slug:reference>/end/", views.end_permission, name="end_permission"),
    path("looked/", views.access_history, name="access_history"),
]
