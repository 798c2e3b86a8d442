"""Every write of human access, one verb a file."""

from .answer import agree_to_ask as agree_to_ask
from .answer import refuse_ask as refuse_ask
from .ask import ask_access as ask_access
from .cancel import cancel_ask as cancel_ask
from .decide import approve_ask as approve_ask
from .decide import decline_ask as decline_ask
from .end import close_grant as close_grant
from .end import end_grants_of_staff as end_grants_of_staff
from .end import revoke_grant as revoke_grant
from .expire import expire_asks as expire_asks
from .expire import expire_grants as expire_grants
from .listing import list_apps as list_apps
from .listing import list_items as list_items
from .read import Look as Look
from .read import read_item as read_item
from .review import review_grant as review_grant
from .show import OwnItem as OwnItem
from .show import open_looked as open_looked
from .show import show_ask_to_owner as show_ask_to_owner
from .show import show_ask_to_staff as show_ask_to_staff
