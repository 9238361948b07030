"""Pages of this house."""

from django.urls import path

from jiequ.work import views

urlpatterns = [
    path("tasks/", views.task_list, name="tasks"),
    path("tasks/new/", views.task_new, name="task-new"),
    path("tasks/<int:pk>/", views.task_page, name="task"),
    *(path(f"tasks/<int:pk>/{act}/", views.task_act, {"act": act}, name=f"task-{act}") for act in views.ACTS),
]
