"""Finding the values a document states, without any model: labels, layout, checksums, sums.

``extract_fields`` is the door. How a document writes numbers and dates is told from
the document; no supplier and no form is known by name.
"""

from runs.agents.extraction.extract import MAX_OF_A_NAME, document_conventions, extract_fields
from runs.agents.extraction.fields import Field

__all__ = ["MAX_OF_A_NAME", "Field", "document_conventions", "extract_fields"]
