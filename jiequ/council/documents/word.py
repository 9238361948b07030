"""The paper as a Word file, which offices go on editing: GB/T 9704's page, faces and sizes, set by styles."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from jiequ.core import clock
from jiequ.council.documents.wording import Paper

FANG, HEI, KAI, SONG, TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体", "方正小标宋简体"
#: What to set with where a machine does not have the face itself.
INSTEAD = {
    FANG: "仿宋;FangSong;STFangsong;Noto Serif CJK SC",
    KAI: "楷体;KaiTi;STKaiti;Noto Serif CJK SC",
    HEI: "SimHei;Noto Sans CJK SC",
    SONG: "SimSun;Noto Serif CJK SC",
    TITLE: "宋体;SimSun;Noto Serif CJK SC",
}
LATIN = "Times New Roman"
TEXT_WIDTH = 156  # mm, of 210
#: Paragraphs and runs by what they are, and the styles an office finds in its list.
STYLES = {
    "title": "J标题", "text": "J正文", "h1": "J一级", "h2": "J二级", "note": "J附注", "cell": "J表格", "head": "J表头",
    "page": "J页码", "label": "J项",
}  # fmt: skip
_KEPT = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "TableGrid", "Footer"}
# sizes by their Chinese numbers
SIZE_2, SIZE_3, SIZE_4, SIZE_4S = Pt(22), Pt(16), Pt(14), Pt(12)


def as_word(paper: Paper) -> bytes:
    """The .docx. Its body is built from elements: python-docx looks every style up by name, which took half the time."""
    document: Any = Document(io.BytesIO(_blank()))
    document.core_properties.title = paper.title
    document.core_properties.created = document.core_properties.modified = clock.now().replace(tzinfo=None)
    end = document.element.body.sectPr
    end.addprevious(_paragraph("title", _run(paper.title)))
    for part in paper.parts:
        end.addprevious(_PARTS[part["kind"]](part))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _line(part: dict[str, Any]) -> Any:
    return _paragraph("text", _run(f"{part['label']}：", "label"), _run(part["text"]))


def _plain(part: dict[str, Any]) -> Any:
    return _paragraph(part["kind"], _run(part["text"]))


def _table(part: dict[str, Any]) -> Any:
    return _grid([part["head"], *part["rows"]], part["widths"], has_head=True)


def _sign(part: dict[str, Any]) -> Any:
    return _grid(part["rows"], [2, 3, 6], height=30)


_PARTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "line": _line, "h1": _plain, "h2": _plain, "text": _plain, "note": _plain, "table": _table, "sign": _sign,
}  # fmt: skip


def _element(tag: str, *children: Any, **attributes: str) -> Any:
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    made.extend(children)
    return made


def _paragraph(style: str, *runs: Any) -> Any:
    return _element("p", _element("pPr", _element("pStyle", val=STYLES[style])), *runs)


def _run(text: str, style: str = "") -> Any:
    run = _element("r", *([_element("rPr", _element("rStyle", val=STYLES[style]))] if style else []))
    for n, line in enumerate(text.split("\n")):
        if n:
            run.append(_element("br"))
        words = _element("t")
        words.text = line
        words.set(qn("xml:space"), "preserve")
        run.append(words)
    return run


def _grid(rows: list[list[str]], widths: list[int], *, has_head: bool = False, height: int = 0) -> Any:
    """A table over the whole width; `height` of its rows in points, at least."""
    twips = [str(round(TEXT_WIDTH * 56.7 * width / sum(widths))) for width in widths]
    table = _element(
        "tbl",
        _element("tblPr", _element("tblStyle", val="TableGrid"), _element("tblW", type="dxa", w=str(sum(map(int, twips)))),
                 _element("jc", val="center"), _element("tblLayout", type="fixed")),
        _element("tblGrid", *(_element("gridCol", w=width) for width in twips)),
    )  # fmt: skip
    for n, row in enumerate(rows):
        is_head = has_head and n == 0
        properties = _element("trPr", _element("cantSplit"))
        if height:
            properties.append(_element("trHeight", val=str(height * 20), hRule="atLeast"))
        if is_head:
            properties.append(_element("tblHeader"))
        line = _element("tr", properties)
        for width, text in zip(twips, row, strict=True):
            shape = _element("tcPr", _element("tcW", w=width, type="dxa"), _element("vAlign", val="center"))
            line.append(_element("tc", shape, _paragraph("head" if is_head else "cell", _run(text))))
        table.append(line)
    return table


@cache
def _blank() -> bytes:
    """The empty form with page, styles and foot, made once a process."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.footer_distance = Mm(25)
    _style(document, STYLES["text"], FANG, SIZE_3, indent=True)
    _style(document, STYLES["title"], TITLE, SIZE_2, bold=True, center=True, line=32, after=14)
    _style(document, STYLES["h1"], HEI, SIZE_3, indent=True, keep=True)
    _style(document, STYLES["h2"], KAI, SIZE_3, indent=True, keep=True)
    _style(document, STYLES["note"], FANG, SIZE_4S, line=20)
    _style(document, STYLES["cell"], FANG, SIZE_4S, center=True, line=18)
    _style(document, STYLES["head"], HEI, SIZE_4S, center=True, line=18, keep=True)
    _style(document, STYLES["page"], SONG, SIZE_4, center=True, line=20)
    label = document.styles.add_style(STYLES["label"], WD_STYLE_TYPE.CHARACTER)
    _faces(label, HEI)
    _number_pages(page.footer.paragraphs[0], document.styles[STYLES["page"]])
    language = document.styles.element.xpath("//w:docDefaults//w:lang")
    for node in language:
        node.set(qn("w:eastAsia"), "zh-CN")
    styles = document.styles.element
    for style in list(styles.style_lst):
        if style.styleId not in _KEPT and style.styleId not in STYLES.values():
            styles.remove(style)
    for relation in document.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            relation.target_part._blob = _font_table()
    _drop(document.part.rels, "stylesWithEffects")
    _drop(document.part.package.rels, "thumbnail")
    core = document.core_properties
    core.author = core.comments = core.last_modified_by = ""
    core.language = "zh-CN"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _drop(relations: Any, kind: str) -> None:
    """What the library's own form brings along and nobody reads: nine tenths of its weight."""
    for key in [key for key, relation in relations.items() if relation.reltype.endswith(f"/{kind}")]:
        del relations[key]


def _style(
    document: Any, name: str, face: str, size: Pt, *, bold: bool = False, center: bool = False, indent: bool = False,
    keep: bool = False, line: int = 28, after: int = 0,
) -> None:  # fmt: skip
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.font.size, style.font.bold = size, bold
    _faces(style, face)
    shape = style.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    shape.space_before, shape.space_after, shape.keep_with_next = Pt(0), Pt(after), keep
    shape.alignment = WD_ALIGN_PARAGRAPH.CENTER if center else WD_ALIGN_PARAGRAPH.JUSTIFY
    if indent:
        margin = style.element.get_or_add_pPr().get_or_add_ind()
        margin.set(qn("w:firstLineChars"), "200")
        margin.set(qn("w:firstLine"), str(int(size.pt * 40)))  # two characters, for readers that count none


def _faces(style: Any, face: str) -> None:
    """Word asks for the Chinese face apart from the Latin one."""
    style.font.name = LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face)
    fonts.set(qn("w:hAnsi"), LATIN)


def _number_pages(paragraph: Any, style: Any) -> None:
    paragraph.style = style
    paragraph.add_run("— ")
    for kind in ("begin", None, "end"):
        run = paragraph.add_run()
        if kind is None:
            code = OxmlElement("w:instrText")
            code.text = "PAGE"
            run._r.append(code)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
    paragraph.add_run(" —")


def _font_table() -> bytes:
    fonts = "".join(
        f'<w:font w:name="{face}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for face, others in INSTEAD.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()
