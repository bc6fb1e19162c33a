"""Result tables, sheets, workbooks and CSV files for spreadsheets."""
