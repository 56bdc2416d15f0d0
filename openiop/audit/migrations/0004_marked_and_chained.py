"""Events are marked as the program's own and sealed in a chain; those written before are marked as they stand."""

import uuid

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from openiop.audit import rules
from openiop.audit.models import Event
from openiop.audit.triggers import KEPT
from openiop.base.frozen import Laid, lifted


def mark(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Every event there is has its mark."""
    then = apps.get_model("audit", "Event").objects.using(editor.connection.alias)
    for event in then.filter(mark="").order_by("pk").iterator(chunk_size=2000):
        event.mark = rules.mark(Event.said(event), settings.AUDIT_KEYS[0])
        event.save(update_fields=["mark"])


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_kept'),
    ]

    operations = [
        lifted(KEPT[:1]),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('number', models.PositiveBigIntegerField(unique=True)),
                ('event_id', models.UUIDField(unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('previous', models.CharField(max_length=64)),
                ('seal', models.CharField(max_length=64)),
            ],
            options={
                'abstract': False,
            },
        ),
        # Added in place: a table built anew would break the guards of other tables that ask this one.
        migrations.RunSQL(
            "ALTER TABLE audit_event ADD COLUMN mark varchar(64) NOT NULL DEFAULT ''",
            "ALTER TABLE audit_event DROP COLUMN mark",
            state_operations=[
                migrations.AddField(
                    model_name="event", name="mark", field=models.CharField(blank=True, max_length=64)
                )
            ],
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['created_at'], name='event_by_writing'),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
        Laid(KEPT, mark="cfddeb51"),
    ]
