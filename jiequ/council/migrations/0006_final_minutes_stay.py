from django.db import migrations

from jiequ.core import guard

#: What must not change once written, and from when on. A migration that rebuilds one of these tables installs its trigger anew.
FINAL = {
    "council_minutes": "OLD.finalised_at IS NOT NULL",
    "council_correction": "",
    "council_confirmation": "",
}


def forbid(apps, schema):
    for table, when in FINAL.items():
        guard.forbid_update(schema, table, when)


def allow(apps, schema):
    for table in FINAL:
        guard.allow_update(schema, table)


class Migration(migrations.Migration):
    dependencies = [("council", "0005_what_figures_begin_with")]
    operations = [migrations.RunPython(forbid, allow)]
