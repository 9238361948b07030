from django.db import migrations

from jiequ.core import guard


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema: guard.install(schema), lambda apps, schema: guard.remove(schema)
        )
    ]
