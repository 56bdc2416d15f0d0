"""What the database itself keeps is lifted here and laid again by the migration after this one."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from openiop.base.frozen import lifted
from openiop.consents.triggers import KEPT


def own_document(apps, editor):
    """Each consent kept so far is a document of its own."""
    rows = apps.get_model("consents", "Consent").objects
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        rows.filter(pk=pk).update(document=pk)


class Migration(migrations.Migration):

    dependencies = [
        ('consents', '0003_kept'),
        ('participants', '0004_kept'),
        ('programs', '0001_initial'),
    ]

    operations = [
        lifted(KEPT[:2]),
        migrations.AddField(
            model_name='consent',
            name='basis',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='consent',
            name='capacity',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='consent',
            name='document',
            field=models.UUIDField(db_index=True, default=uuid.uuid4),
        ),
        migrations.AddField(
            model_name='consent',
            name='extra',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='consent',
            name='paper_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='relied_last_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='relied_reads',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='renews',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='consents.consent'),
        ),
        migrations.AddField(
            model_name='consent',
            name='revocable_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='revocation_entered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='second_name',
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AddField(
            model_name='consent',
            name='text_checked',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='consent',
            name='variant',
            field=models.CharField(choices=[('tpo_single', 'tpo_single'), ('named_disclosure', 'named_disclosure'), ('family_person', 'family_person'), ('emergency_contact', 'emergency_contact'), ('payer_only', 'payer_only'), ('intermediary', 'intermediary'), ('app_vendor', 'app_vendor'), ('research', 'research'), ('criminal_justice_2_35', 'criminal_justice_2_35'), ('legal_proceedings', 'legal_proceedings'), ('sud_counseling_notes', 'sud_counseling_notes')], max_length=30),
        ),
        migrations.CreateModel(
            name='ConsentNotice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('days', models.PositiveSmallIntegerField()),
                ('last_on', models.DateField()),
                ('told_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='consents.consent')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='programs.membership')),
                ('seen_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='seen_consent_notices', to='programs.membership')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('consent', 'days'), name='consent_notice_once')],
            },
        ),
        migrations.CreateModel(
            name='ItemLabel',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('item', models.CharField(max_length=60)),
                ('item_id', models.CharField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('word', models.CharField(blank=True, choices=[('', ''), ('trauma', 'trauma'), ('family-conflict', 'family-conflict'), ('counseling', 'counseling')], max_length=20)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='programs.membership')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='item_labels', to='participants.participant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('item', 'item_id', 'version'), name='item_label_version_once')],
            },
        ),
        migrations.RunPython(own_document, migrations.RunPython.noop),
    ]
