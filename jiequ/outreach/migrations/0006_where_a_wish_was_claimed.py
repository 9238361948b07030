import django.db.models.deletion
from django.db import migrations, models


def backfill(apps, schema):
    claimed = apps.get_model("outreach", "Wish").objects.filter(claimed_at__isnull=False)
    claimed.update(claimed_in=models.F("unit"))


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0005_what_campaign_and_wish_lists_begin_with"),
        ("territory", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            model_name="wish",
            name="claimed_in",
            field=models.ForeignKey(
                db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="territory.unit",
            ),
        ),
        migrations.RunPython(backfill, migrations.RunPython.noop),
    ]  # fmt: skip
