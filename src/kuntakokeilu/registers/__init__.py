"""Register data: contracts of tables, adapters of extracts, typed reading, preflight.

Knows how registers are written; never what is estimated from them.
"""

from kuntakokeilu.registers.adapter import Adapter, Format, TableFiles, extract_root, read_adapter
from kuntakokeilu.registers.contract import ColumnRow, Table, read_contract
from kuntakokeilu.registers.inputs import extract_files
from kuntakokeilu.registers.preflight import preflight, report
from kuntakokeilu.registers.read import Extract, open_extract, read_table

__all__ = [
    "Adapter",
    "ColumnRow",
    "Extract",
    "Format",
    "Table",
    "TableFiles",
    "extract_files",
    "extract_root",
    "open_extract",
    "preflight",
    "read_adapter",
    "read_contract",
    "read_table",
    "report",
]
