import django.db.models.deletion
from django.db import migrations, models


def backfill(apps, schema):
    apps.get_model("outreach", "FoundMember").objects.update(found_in=models.F("unit"))


class Migration(migrations.Migration):
    dependencies = [("outreach", "0002_versions_are_written_once"), ("territory", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="foundmember",
            name="found_in",
            field=models.ForeignKey(
                db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="territory.unit",
            ),
        ),
        migrations.RunPython(backfill, migrations.RunPython.noop),
    ]  # fmt: skip
