"""The doors of wishes; those that need no sign-in are at the end, and in people/middleware.py."""

from django.urls import path

from jiequ.outreach.public import wall, wisher
from jiequ.outreach.views import rounds, wish_moves, wishes

urlpatterns = [
    path("wishes/", wishes.wish_list, name="wishes"),
    path("wishes/new/", wishes.wish_new, name="wish-new"),
    path("wishes/<int:pk>/", wishes.wish_page, name="wish"),
    path("wishes/<int:pk>/do/<str:move>/", wish_moves.wish_move, name="wish-move"),
    path("wish-claims/<int:pk>/", wishes.wish_claim, name="wish-claim"),
    path("wish-claims/<int:pk>/do/<str:move>/", wish_moves.claim_move, name="wish-claim-move"),
    path("wish-rounds/", rounds.round_list, name="wish-rounds"),
    path("wish-rounds/open/", rounds.round_open, name="wish-round-open"),
    path("wish-rounds/<int:pk>/close/", rounds.round_close, name="wish-round-close"),
    path("cases/<int:pk>/wish/", wish_moves.case_wish, name="case-wish"),
    path("wishes/wall/", wall.wish_wall, name="wish-wall"),
    path("b/<str:code>/wishes/", wall.public_wishes, name="public-wishes"),
    path("w/<str:token>/", wisher.public_wish, name="public-wish"),
]
