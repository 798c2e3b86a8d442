"""The log's public files, in the layout of C2SP tlog-tiles, under /log/."""

from django.urls import path

from . import public_views

app_name = "log"
urlpatterns = [
    path("checkpoint", public_views.checkpoint, name="checkpoint"),
    path("verifiers", public_views.verifiers, name="verifiers"),
    path("verify.py", public_views.verify_script, name="verify_script"),
    path("<path:path>", public_views.tile, name="tile"),
]
