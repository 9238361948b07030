"""Spreadsheets: one list of columns for import and export.

A house that wants them copies a sibling's `sheets.py`: a `Sheet` with its columns, how a batch of rows compares with what is there,
and how a batch is applied through the actions. Upload, verdicts, progress, resuming, downloads and pages are here.
"""

from jiequ.core.sheets.columns import Column, Row, Sheet, Verdict
from jiequ.core.sheets.importing import confirm, drop, resume, start, sweep
from jiequ.core.sheets.writing import export

__all__ = ["Column", "Row", "Sheet", "Verdict", "confirm", "drop", "export", "resume", "start", "sweep"]
