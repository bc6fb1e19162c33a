"""An attacker with nothing but what leaves, who tries to work out what was hidden.

It reads files from disk and shares no code and no constant with `disclosure`, so that a fault
there cannot hide itself here.
"""

from kuntakokeilu.attack.linear import ranges
from kuntakokeilu.attack.run import CLASSES, Success, attack, told

__all__ = ["CLASSES", "Success", "attack", "ranges", "told"]
