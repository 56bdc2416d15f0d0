"""The triggers once laid here are laid by 0004."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("schedule", "0001_initial")]
    operations = []
