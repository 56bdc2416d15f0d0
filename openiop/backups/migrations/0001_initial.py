"""How each copy went."""

import uuid

from django.db import migrations, models

from openiop.backups.triggers import KEPT
from openiop.base.frozen import Laid


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(choices=[('backup', 'Backup'), ('drill', 'Restore drill'), ('restore', 'Restore')], max_length=10)),
                ('at', models.DateTimeField()),
                ('file', models.CharField(max_length=60)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('rows', models.PositiveBigIntegerField(default=0)),
                ('seconds', models.DecimalField(decimal_places=2, default=0, max_digits=9)),
                ('trouble', models.TextField(blank=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('trouble', '')), fields=['kind', '-at'], name='backup_that_held')],
            },
        ),
        Laid(KEPT, mark="98c05412"),
    ]
