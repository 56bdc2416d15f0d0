"""Appointments booked before this table stood take the person's time as those booked after."""

from datetime import timedelta

from django.db import migrations


def tell(apps, editor):
    Appointment = apps.get_model("continuing", "Appointment")
    Elsewhere = apps.get_model("schedule", "Elsewhere")
    for row in Appointment.objects.filter(status="booked", elsewhere__isnull=True).order_by("pk"):
        row.elsewhere = Elsewhere.objects.create(
            episode_id=row.episode_id,
            starts_at=row.at,
            ends_at=row.at + timedelta(minutes=row.minutes),
            with_whom=row.with_whom,
            where=row.where,
        )
        row.save(update_fields=["elsewhere"])


class Migration(migrations.Migration):
    dependencies = [("continuing", "0003_visit_or_elsewhere"), ("schedule", "0004_kept")]
    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
