"""The product's settings, with only what a test run needs changed."""

import os

from openiop.settings import *

# A password is hashed hundreds of times in a run; its strength is not what the suite tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The test client and the journeys' live server speak plain HTTP on this machine.
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
# A file and not memory, so that two writers at once wait for each other as they do in service.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": VAR / f"tests-{os.getpid()}.sqlite3"}
    options = DATABASES["default"]["OPTIONS"]
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
# Static files straight from the rooms, so that no test waits for collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# The cast signs in without a second step; the tests of that rule ask for it themselves.
STAFF_SECOND_FACTOR = "offered"
