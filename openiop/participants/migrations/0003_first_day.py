"""The triggers once laid here are laid by 0004."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("participants", "0002_kept")]
    operations = []
