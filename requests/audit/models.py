"""Django finds the app's models through this module; each is in the package that writes it."""

from .exports import models as exports  # noqa: F401
from .log import models as log  # noqa: F401
from .publishing import models as publishing  # noqa: F401
from .tokens import models as tokens  # noqa: F401
from .tree import models as tree  # noqa: F401
