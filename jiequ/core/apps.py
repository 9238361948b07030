from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "jiequ.core"

    def ready(self) -> None:
        autodiscover_modules("indicators")  # each house's Measures enter the one register
