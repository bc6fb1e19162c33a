"""Register files of a synthetic twin, as an adapter describes them, with the dirt of real ones."""

from kuntakokeilu.twin.extract.write import write_extract, write_pair

__all__ = ["write_extract", "write_pair"]
