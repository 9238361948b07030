from django.db import migrations

from jiequ.core import guard

TABLE = "cases_caselimit"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema: guard.forbid_update(schema, TABLE), lambda apps, schema: guard.allow_update(schema, TABLE)
        )
    ]
