"""Sheets: spreadsheets as they come, read into rows for a record type, and records written as spreadsheets."""
