"""What a call is and how it flows; knows no provider and no middleware."""

import logging

logging.getLogger("trunkline").addHandler(logging.NullHandler())
