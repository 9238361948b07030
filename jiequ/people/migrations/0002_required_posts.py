"""What posts a unit of each kind starts with (人人有岗); offices edit the rows."""

from django.db import migrations


def enter(apps, schema_editor):
    from jiequ.people.models import RequiredPost as Now

    required = apps.get_model("people", "RequiredPost")
    required.objects.bulk_create(required(kind=kind, role=role, count=count) for (kind, role), count in Now.DEFAULTS.items())


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
