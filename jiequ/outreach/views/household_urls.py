"""Addresses of households, consents and the settings of visits."""

from django.urls import path

from jiequ.outreach.views import household_acts, households, outreach_settings

urlpatterns = [
    path("households/", households.household_list, name="households"),
    path("households/new/", household_acts.household_new, name="household-new"),
    path("households/<int:pk>/", households.household_page, name="household"),
    path("households/<int:pk>/do/<str:what>/", household_acts.household_do, name="household-do"),
    path("households/<int:pk>/reveal/", household_acts.household_reveal, name="household-reveal"),
    path("households/<int:pk>/held/", household_acts.household_held, name="household-held"),
    path("households/<int:pk>/erase/", household_acts.household_erase, name="household-erase"),
    path("consents/<int:pk>/withdraw/", household_acts.consent_withdraw, name="consent-withdraw"),
    path("classifications/<int:pk>/end/", household_acts.classification_end, name="classification-end"),
    path("units/<str:code>/outreach-settings/", outreach_settings.outreach_settings, name="outreach-settings"),
    path("units/<str:code>/outreach-settings/<str:what>/", outreach_settings.outreach_setting, name="outreach-setting"),
    path("outreach-settings/categories/<int:pk>/", outreach_settings.household_category, name="household-category"),
]
