"""URLs of certificates, under /certificate/: for people whose account is gone."""

from django.urls import path

from . import certificate_views

app_name = "certificates"
urlpatterns = [
    path("<str:link>/", certificate_views.certificate, name="certificate"),
    path("<str:link>/certificate.json", certificate_views.download, name="certificate_file"),
]
