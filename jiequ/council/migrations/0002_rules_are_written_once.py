from django.db import migrations

from jiequ.core import guard

TABLE = "council_decisionrule"


class Migration(migrations.Migration):
    dependencies = [("council", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema: guard.forbid_update(schema, TABLE), lambda apps, schema: guard.allow_update(schema, TABLE)
        )
    ]
