"""The triggers once laid here are laid by 0003."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("questionnaires", "0001_initial")]
    operations = []
