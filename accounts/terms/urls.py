"""The public addresses of the terms, under /policy/."""

from django.urls import path

from .views import processors

app_name = "terms"
urlpatterns = [path("processors/", processors, name="processors")]
