"""The triggers once laid here are laid by 0006."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("participants", "0003_first_day")]
    operations = []
