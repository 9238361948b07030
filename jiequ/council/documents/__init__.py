"""Official papers made from the record: a meeting's minutes on the page, in Word and in PDF, and a motion's excerpt.

    content  = record_of(meeting)            what the record says, persons by number; frozen as it is when final
    paper    = minutes_paper(content, names)    the same in words, once, for every format
    as_word(paper), as_pdf(paper)            the two files; the page draws the paper itself

The papers are Chinese whatever language somebody reads the pages in: they are the council's papers, not the screen's.
Nothing here writes.
"""

from jiequ.council.documents.excerpt import excerpt
from jiequ.council.documents.record import digest_of, numbers, record_of

__all__ = ["digest_of", "excerpt", "numbers", "record_of"]
