"""Who is out on which days, and appointments elsewhere. The triggers are laid by 0004."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0004_kept'),
        ('programs', '0001_initial'),
        ('schedule', '0002_kept'),
    ]

    operations = [
        migrations.CreateModel(
            name='Away',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('why', models.CharField(choices=[('sick', 'Sick'), ('leave', 'On leave'), ('training', 'Training'), ('other', 'Other')], max_length=10)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField()),
                ('noted_at', models.DateTimeField()),
                ('back_at', models.DateTimeField(blank=True, null=True)),
                ('back_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='noted_back', to='programs.membership')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='away', to='programs.membership')),
                ('noted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='noted_away', to='programs.membership')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('until_on__gte', models.F('from_on'))), name='away_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Elsewhere',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('with_whom', models.CharField(max_length=160)),
                ('where', models.CharField(blank=True, max_length=160)),
                ('off_at', models.DateTimeField(blank=True, null=True)),
                ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='elsewhere', to='participants.episode')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='elsewhere_ends_after_start')],
            },
        ),
    ]
