"""The smallest Django service: settings, pages and application in one module."""

import os

import dj_database_url
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.contenttypes"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
ROOT_URLCONF = "small"


def ready(request):
    from django.db import connection

    connection.ensure_connection()
    return HttpResponse(connection.vendor)


urlpatterns = [path("health/ready", ready)]


def application(environ, start_response):
    global served
    served = served or get_wsgi_application()
    return served(environ, start_response)


served = None
