"""An attacker with nothing but what leaves, who tries to work out what was hidden.

It reads files from disk and shares no code and no constant with `disclosure`, so that a fault
there cannot hide itself here.
"""

from kuntakokeilu.attack.linear import ranges
from kuntakokeilu.attack.run import CLASSES, LEAST, Success, attack, say_successes, stop_at, tried

__all__ = ["CLASSES", "LEAST", "Success", "attack", "ranges", "say_successes", "stop_at", "tried"]
