"""The database holds what this room keeps, as the newest migration lays it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consents", "0002_set_aside")]
    operations = []
