"""The triggers once laid here are laid by 0005."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("continuing", "0001_initial")]
    operations = []
