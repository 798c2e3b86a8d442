"""The log's public files, in the layout of C2SP tlog-tiles, under /log/."""

from django.urls import path

from . import public_views

urlpatterns = [
    path("checkpoint", public_views.checkpoint, name="log_checkpoint"),
    path("verifiers", public_views.verifiers, name="log_verifiers"),
    path("verify.py", public_views.verify_script, name="log_verify_script"),
    path("<path:path>", public_views.tile, name="log_tile"),
]
