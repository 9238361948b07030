"""Meetings held before items kept their own outcome get it from their ballots, so that their minutes can be written."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def from_ballots(apps, schema_editor):
    AgendaItem, Ballot = apps.get_model("council", "AgendaItem"), apps.get_model("council", "Ballot")
    own = Ballot.objects.filter(item=OuterRef("pk"), closed_at__isnull=False, set_aside_at=None)
    counted = Ballot.objects.filter(closed_at__isnull=False, set_aside_at=None)  # a round set aside decided nothing
    voted = AgendaItem.objects.filter(outcome="", pk__in=counted.values("item"))
    voted.update(
        outcome=Subquery(own.values("outcome")[:1]),
        closed_at=Subquery(own.values("closed_at")[:1]),
        opened_at=Subquery(own.values("opened_at")[:1]),
    )
    over = AgendaItem.objects.filter(outcome="", meeting__state__in=["closed", "adjourned"])
    for item in over.annotate(ended=F("meeting__closed_at"), state=F("motion__state")).iterator():
        outcome = "postponed" if item.state == "postponed" else "unreached"
        AgendaItem.objects.filter(pk=item.pk).update(outcome=outcome, closed_at=item.ended)


class Migration(migrations.Migration):
    dependencies = [("council", "0006_final_minutes_stay")]
    operations = [migrations.RunPython(from_ballots, migrations.RunPython.noop)]
