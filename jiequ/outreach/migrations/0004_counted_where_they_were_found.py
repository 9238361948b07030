import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from the filling: PostgreSQL alters no table with rows that were changed in the same transaction."""

    dependencies = [("outreach", "0003_where_a_member_was_found")]
    operations = [
        migrations.AlterField(
            model_name="foundmember",
            name="found_in",
            field=models.ForeignKey(
                db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="territory.unit",
            ),
        ),
        migrations.RemoveIndex(model_name="foundmember", name="found_member_on"),
        migrations.AddIndex(
            model_name="foundmember", index=models.Index(fields=["found_on", "found_in"], name="found_member_on")
        ),
    ]  # fmt: skip
