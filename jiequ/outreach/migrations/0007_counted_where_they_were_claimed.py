from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Apart from the filling: PostgreSQL alters no table with rows that were changed in the same transaction."""

    dependencies = [("outreach", "0006_where_a_wish_was_claimed")]
    operations = [
        migrations.RemoveIndex(model_name="wish", name="wish_claimed"),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(
                fields=["claimed_at", "claimed_in"], condition=Q(claimed_at__isnull=False), name="wish_claimed"
            ),
        ),
        migrations.AddConstraint(
            model_name="wish",
            constraint=models.CheckConstraint(
                condition=Q(claimed_at=None, claimed_in=None) | Q(claimed_at__isnull=False, claimed_in__isnull=False),
                name="wish_claimed_somewhere",
            ),
        ),
    ]
