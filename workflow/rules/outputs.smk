# In the order they are read, with their titles.
NOTEBOOKS = {
    name: f"{place} {name.replace('_', ' ').capitalize()}"
    for place, name in enumerate(
        [*PLANNED_PAGES, *(["validation"] if PLAN.is_twin else [])], start=1
    )
}
PAGES = [f"{REPORT}/{name}.html" for name in NOTEBOOKS]


def remove_outdated():
    """Delete figures and tables that the study no longer declares, so that none is read.

    Only these two folders belong to the workflow alone; a user may keep files beside them.
    """
    declared = {Path(path) for path in (*FIGURE_FILES, *TABLES)}
    made = [*Path(REPORT).glob("figures/*"), *Path(REPORT).glob("tables/*.csv")]
    for path in made:
        if path.suffix in (".csv", ".svg", ".png") and path not in declared:
            path.unlink()
