"""What `python run.py` does beside the workflow, a function for each command.

Each imports what it needs when it is called, so that all start quickly.
"""
