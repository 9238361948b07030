"""What is done with a key, in words."""

from django.utils.translation import gettext_lazy as _

from jiequ.core.flow import name_acts

name_acts("api.apikey", create=_("发放"), revoke=_("停用"), bring=_("带来诉求"))
