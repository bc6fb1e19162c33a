"""Statistics Finland's PxWeb: fetching a table politely, and reading answers in every form.

What comes out is the long table that `cells` reads; nothing here knows a cell.
"""

from kuntakokeilu.statfin.download import STATFIN_URL, download_folder, fetch_download
from kuntakokeilu.statfin.tables import (
    answer_files,
    read_statfin_table,
    require_download,
    statfin_tables,
)

__all__ = [
    "STATFIN_URL",
    "answer_files",
    "download_folder",
    "fetch_download",
    "read_statfin_table",
    "require_download",
    "statfin_tables",
]
