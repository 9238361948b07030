from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "jiequ.core"

    def ready(self) -> None:
        # Each house's Measures, moves, names of acts and spreadsheets enter their registers.
        autodiscover_modules("indicators", "workflow", "sheets")
