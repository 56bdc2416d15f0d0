"""Topics a session can teach."""

from django.db import models

from openiop.base.models import Record
from openiop.programs.models import Program


class Topic(Record):
    """Something a group works on, with the modality it belongs to."""

    class Modality(models.TextChoices):
        RELAPSE_PREVENTION = "relapse-prevention", "Relapse prevention"
        CBT = "cbt", "CBT"
        DBT = "dbt", "DBT skills"
        EDUCATION = "education", "Education"
        TRAUMA = "trauma", "Trauma-informed coping"
        LIFE_SKILLS = "life-skills", "Life skills"
        FAMILY = "family", "Family"
        HOLISTIC = "holistic", "Holistic"
        PROCESS = "process", "Process group"

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    title = models.CharField(max_length=120)
    modality = models.CharField(max_length=20, choices=Modality)
    objective = models.CharField(max_length=240, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "title"], name="topic_titled_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "program", "title", "modality", "objective", "ended_on"}
