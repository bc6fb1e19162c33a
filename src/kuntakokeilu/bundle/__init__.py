"""An offline kit: the project and every package that it needs, for a machine without a network.

Packages are those of `requirements.lock`, checked by its hashes as they are fetched. Only wheels go
in, which nothing has to compile; the few packages that have none are built here, and must turn out
to be of Python alone.
"""

from kuntakokeilu.bundle.kit import changed_files, make_kit
from kuntakokeilu.bundle.lock import TARGETS, Target, target

__all__ = ["TARGETS", "Target", "changed_files", "make_kit", "target"]
