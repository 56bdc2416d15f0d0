"""The database holds what this room keeps, as the migration after this one lays it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consents", "0002_set_aside")]
    operations = []
