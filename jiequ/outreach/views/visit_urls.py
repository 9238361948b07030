"""The doors of visits, of what was found there, and of what a phone brings."""

from django.urls import path

from jiequ.outreach.views import conflicts, findings, found, plan, sync, visits

urlpatterns = [
    path("households/<int:pk>/visit/", visits.visit_new, name="visit-new"),
    path("households/<int:pk>/visits/", visits.household_visits, name="household-visits"),
    path("visits/", plan.visit_plan, name="visits"),
    path("visits/paper/", plan.visits_paper, name="visits-paper"),
    path("households/<int:pk>/claim/", plan.household_claim, name="household-claim"),
    path("visits/done/", visits.visit_list, name="visit-list"),
    path("visits/plan.json", sync.plan, name="visits-plan"),
    path("visits/plan/take/", sync.plan_take, name="visits-take"),
    path("visits/sync/", sync.sync, name="visits-sync"),
    path("visits/token/", sync.token, name="visits-token"),
    path("visits/<int:pk>/", visits.visit_page, name="visit"),
    path("visits/<int:pk>/amend/", visits.visit_amend, name="visit-amend"),
    path("visits/<int:pk>/withdraw/", visits.visit_withdraw, name="visit-withdraw"),
    path("visits/<int:pk>/found/<slug:kind>/", findings.finding_add, name="finding-add"),
    path("findings/<int:pk>/turn/", findings.finding_turn, name="finding-turn"),
    path("conflicts/<int:pk>/", conflicts.conflict_page, name="conflict"),
    path("found-members/", found.found_list, name="found-members"),
    path("found-members/new/", found.found_new, name="found-member-new"),
    path("found-members/<int:pk>/", found.found_page, name="found-member"),
    path("found-members/<int:pk>/report/", found.found_report, name="found-member-report"),
    path("found-members/<int:pk>/decline/", found.found_decline, name="found-member-decline"),
    path("found-members/<int:pk>/reveal/", found.found_reveal, name="found-member-reveal"),
]
