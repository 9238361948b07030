from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class TerritoryConfig(AppConfig):
    name = "jiequ.territory"

    def ready(self) -> None:
        autodiscover_modules("actions")  # whoever splits a unit, in whatever process, every house's followers are there
