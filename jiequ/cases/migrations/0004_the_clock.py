"""What the sweep remembers, mail to complainants, and which task a co-handler has."""

import django.db.models.deletion
from django.db import migrations, models

from jiequ.core import guard

LIMITS = "cases_caselimit"


def open_limits(apps, schema):
    guard.allow_update(schema, LIMITS)


def close_limits(apps, schema):
    guard.forbid_update(schema, LIMITS)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_figures"), ("work", "0002_rest")]

    operations = [
        migrations.AddField("case", "contact_missed_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["contact_due_at"],
                condition=models.Q(responded_at=None, ended_at=None, contact_missed_at=None),
                name="case_to_contact",
            ),
        ),
        migrations.AddField(
            "cohandling",
            "task",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="co_handling",
                to="work.task",
            ),
        ),
        migrations.CreateModel(
            name="CaseMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("move", models.CharField(max_length=20)),
                (
                    "case_state",
                    models.CharField(
                        choices=[
                            ("submitted", "待受理"),
                            ("accepted", "待分拨"),
                            ("dispatched", "待签收"),
                            ("objected", "分拨异议"),
                            ("working", "办理中"),
                            ("escalated", "已吹哨"),
                            ("raised", "转议题或心愿"),
                            ("replied", "待评价"),
                            ("archived", "已归档"),
                            ("declined", "不予受理"),
                            ("referred", "已转介"),
                            ("merged", "已并入"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待发送"), ("sent", "已发送"), ("failed", "发送失败")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField()),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"),
                ),
                (
                    "complainant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mails", to="cases.complainant"
                    ),
                ),
            ],
            options={
                "verbose_name": "诉求邮件",
                "indexes": [
                    models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="case_mail_waiting")
                ],
            },
        ),
        # The trigger that keeps limits as they were written stands aside for the new column, and comes back.
        migrations.RunPython(open_limits, close_limits),
        migrations.AddField(
            "caselimit",
            "supervise_workdays",
            models.PositiveSmallIntegerField(default=3, verbose_name="逾期几个工作日转督办"),
        ),
        migrations.RunPython(close_limits, open_limits),
    ]
