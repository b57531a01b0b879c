"""Finding the values a document states, without any model: labels, layout, checksums, sums.

``extract`` is the door, ``extract_fields`` where no tables are wanted. How a document writes
numbers and dates is told from the document; no supplier and no form is known by name.
"""

from runs.agents.extraction.extract import MAX_OF_A_NAME, Extraction, document_conventions, extract, extract_fields
from runs.agents.extraction.fields import Field
from runs.agents.extraction.table_fields import ExtractedTable, TableCell, TableColumn, TableRow

__all__ = [
    "MAX_OF_A_NAME",
    "ExtractedTable",
    "Extraction",
    "Field",
    "TableCell",
    "TableColumn",
    "TableRow",
    "document_conventions",
    "extract",
    "extract_fields",
]
