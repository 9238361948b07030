"""Papers of cases: the sheets with QR codes that hang in stairways. Chinese whatever language the page is in. Nothing here writes."""

from jiequ.cases.documents.posters import MOST, Poster, as_pdf, poster_of

__all__ = ["MOST", "Poster", "as_pdf", "poster_of"]
