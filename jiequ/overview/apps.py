from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "jiequ.overview"
