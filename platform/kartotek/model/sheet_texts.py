"""The sentences that say by which rules a spreadsheet was read; `{name}` stands for a parameter. Pages translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RULES: Mapping[str, str] = MappingProxyType(
    {
        # text
        "trimmed": "Blanks at the ends are dropped.",
        "invisible": "Characters that nobody sees are dropped.",
        "plain_blanks": "No-break spaces become spaces.",
        "protecting_apostrophe": "An apostrophe that protects from formulas is dropped.",
        "number_as_text": "Numbers become text, without a decimal point where they are whole.",
        "date_as_text": "Dates and times become text in ISO form.",
        "empty_word": "Words for nothing (-, /, 无, N/A, null) count as an empty cell.",
        "wide": "Full-width digits, letters and signs are read as plain ones.",
        # numbers
        "decimal_point": "The decimal sign is a point, because {count} of {of} numbers allow nothing else.",
        "decimal_comma": "The decimal sign is a comma, because {count} of {of} numbers allow nothing else.",
        "decimal_given": "The decimal sign is {sign}, as was asked for.",
        "decimal_usual": "The decimal sign is {sign}, as the site's language has it: no number of the column shows it.",
        "groups": "Signs between groups of three digits are dropped.",
        "ten_thousands": "万 multiplies by 10,000 and 亿 by 100,000,000.",
        "header_unit": "The header says {unit}: values are multiplied by {factor}.",
        "percent": "A percent sign divides by 100.",
        "currency_sign": "Signs of {currency} are dropped.",
        "bracketed_negative": "Amounts in brackets, or with the minus behind them, are negative.",
        "fifteen_digits": "Numbers are taken with the fifteen digits that a spreadsheet vouches for.",
        # dates and times
        "order_evident": "In dates with {sign}, {order}, because {count} of {of} dates allow nothing else.",
        "order_given": "In dates with {sign}, {order}, as was asked for.",
        "order_header": "In dates with {sign}, {order}, as the header says.",
        "order_dots": "In dates with points, the day stands before the month.",
        "two_digit_years": "Years of two digits lie between {first} and {last}.",
        "serials_1900": "Numbers are days since 1900, as spreadsheets count them.",
        "serials_1904": "Numbers are days since 1904, as this workbook counts them.",
        "midnight_dropped": "The time 00:00 beside a date is dropped.",
        "site_zone": "Times without a zone are in the zone {zone}.",
        "midnight_added": "A date alone is taken as the beginning of the day.",
        "year_dropped": "Of full dates only month and day are kept.",
        "rounded_seconds": "Times are rounded to whole seconds.",
        "minutes": "Numbers without a unit are minutes.",
        "clock_duration": "1:30 is one hour and thirty minutes.",
        "duration_unit": "Numbers without a unit are {unit}, as the header says.",
        # words and others
        "boolean_words": "Words and signs for yes and no are understood.",
        "option_title": "Titles of the options are understood in every language.",
        "stars": "Stars are counted.",
        "phone_region": "Telephone numbers without a country code are of {region}.",
        "listed": "Several values in one cell are taken apart at separators.",
        "json_text": "The cell holds JSON.",
        # the table
        "merged_filled": "A value in cells merged over several rows counts for each of them.",
        "short_rows": "Rows with fewer cells than the header end with empty cells.",
        # about the file
        "merged_header": "The header has {rows} lines; group and column are joined with a slash.",
        "guessed_header": "No line names a field; line {row} is taken for the header.",
        "no_header": "The table has no header; columns are called by their letters.",
        "other_sheets": "The workbook has other sheets, which were not read: {names}.",
        "hidden_sheets": "The workbook has hidden sheets, which were not read: {names}.",
        "encoding_mark": "The file says itself that it is {encoding}.",
        "encoding_valid": "The whole file is valid {encoding}.",
        "encoding_zeros": "Zero bytes stand where {encoding} has them.",
        "encoding_fewest": "No encoding fits the whole file; {encoding} fits best, and the cells that it does not fit are refused.",
        "encoding_lonely": "Letters with accents stand alone, as in {encoding}.",
        "encoding_given": "The file was read as {encoding}, as was asked for.",
        "errors_look_blank": "In this format cells with errors, and formulas that were never calculated, cannot be told from empty ones; save it as XLSX to be sure.",
        "file_column": "The column {letter} ({header}) is ignored: files cannot come from a spreadsheet.",
        "read_only_column": "The column {letter} ({header}) is ignored: its values cannot be changed.",
        "nested_column": "The column {letter} ({header}) is ignored: such a part of a record cannot come from a column of its own.",
        "other_currency": "The column {letter} ({header}) is ignored: its header names another currency.",
    }
)
ORDERS: Mapping[str, str] = MappingProxyType(
    {
        "ymd": "the year stands before month and day",
        "dmy": "the day stands before the month",
        "mdy": "the month stands before the day",
    }
)
SKIPPED: Mapping[str, str] = MappingProxyType(
    {
        "title": "Lines above the header.",
        "header": "The header.",
        "blank": "Blank rows.",
        "total": "Rows of totals.",
        "repeated_header": "The header once more.",
        "note": "Notes.",
        "section": "Headings across the table.",
    }
)
