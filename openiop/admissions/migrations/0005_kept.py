"""The triggers once laid here are laid by 0007."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("admissions", "0004_taken_back"), ("participants", "0004_kept")]
    operations = []
