from django.db import migrations

from jiequ.core import guard

TABLES = ("outreach_outreachrule", "outreach_consenttext")


def forbid(apps, schema):
    for table in TABLES:
        guard.forbid_update(schema, table)


def allow(apps, schema):
    for table in TABLES:
        guard.allow_update(schema, table)


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
