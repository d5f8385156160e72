"""How the handbook is made of docs/: `make site` writes it to where it is shown, ready to be published as it is."""

import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.dirhtml import DirectoryHTMLBuilder
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from pingpilot import __version__  # noqa: E402 - found on the path added above

STATIC = ROOT / "src/pingpilot/console/static"
TOKENS_END = "/* ---- ground"
INDEX = "/README"
"""What code hosts show for a folder; here its page stands at the address of the folder."""
CHAPTERS = "\n\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
ELSEWHERE = {
    "changelog": "CHANGELOG.md",
    "security": "SECURITY.md",
    **{f"clients/{name}": f"clients/{name}/README.md" for name in ("github-action", "python", "typescript")},
}
"""Pages whose text stands outside docs/, where people look for it; what is in docs/ leads there."""
WORDY = 44
"""Characters in the longest row of a table that a phone shows row by row, each cell under the other."""
NARROW_MAX = 5
"""Columns of such a table at most; those with more hold numbers to compare."""
BROAD = "broad"
"""Marks a table that is scrolled sideways."""
PAIR = 2
"""Columns of a table whose second one needs no label below the first."""
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?!https?:|#|docs/)[^)]+\)")

project = "PingPilot"
copyright = "PingPilot contributors"  # noqa: A001 - Sphinx reads this name
release = __version__
html_title = "PingPilot handbook"

extensions = ["myst_parser"]
exclude_patterns = ["_theme", "images", "decisions"]
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
suppress_warnings = [
    "misc.highlighting_failure",  # our samples leave things out with "…"
    "toc.not_included",  # a test says so; a page that is not listed yet is no reason not to start
]

html_theme = "handbook"
html_theme_path = ["_theme"]
html_static_path = [str(STATIC / "favicon.svg"), str(ROOT / "docs/images")]
html_js_files = [("handbook.js", {"defer": "defer"})]
html_copy_source = False
html_use_index = False
html_show_sphinx = False
html_permalinks_icon = "#"


class HandbookBuilder(DirectoryHTMLBuilder):
    """Gives each page an address without a suffix, and a folder's README that of the folder."""

    name = "dirhtml"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the address of a page below the handbook's."""
        return super().get_target_uri(_as_index(docname), typ)

    def get_output_path(self, page_name: str, /) -> Path:
        """Return the file of a page."""
        return super().get_output_path(_as_index(page_name))


class PageWriter(HTML5Translator):
    """Tells the cells of a wordy table what the head of their column says."""

    def visit_entry(self, node: nodes.Element) -> None:
        """Write the tag of a cell."""
        super().visit_entry(node)
        if label := node.get("label"):
            self.body[-1] = self.body[-1].replace("<td", f'<td data-label="{self.attval(label)}"', 1)

    def visit_table(self, node: nodes.Element) -> None:
        """Write the tag of a table; one that is broader than its page can be scrolled by keyboard."""
        super().visit_table(node)
        if BROAD in node["classes"]:
            self.body[-1] = self.body[-1].replace("<table", '<table tabindex="0"', 1)

    def visit_literal_block(self, node: nodes.Element) -> None:
        """Write a sample; one that is not wrapped can be scrolled by keyboard."""
        try:
            super().visit_literal_block(node)
        finally:
            if node.get("language") == "text":
                self.body[-1] = self.body[-1].replace("<pre>", '<pre tabindex="0">', 1)


class Mermaid(SphinxDirective):
    """A picture that code hosts draw from its text; here the table beside it says the same."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Draw nothing."""
        return []


def setup(app: Sphinx) -> dict[str, Any]:
    """Make what is ours known to Sphinx."""
    app.add_builder(HandbookBuilder, override=True)
    app.set_translator("dirhtml", PageWriter, override=True)
    app.connect("doctree-resolved", _label_cells)
    app.add_directive("mermaid", Mermaid)
    app.connect("config-inited", _share_tokens)
    app.connect("source-read", _complete)
    app.connect("build-finished", _lead_searches)
    return {"parallel_read_safe": True}


def _share_tokens(app: Sphinx, config: Config) -> None:
    """Take colours, type and spacing from the product's own style sheet: they are said once."""
    folder = Path(app.doctreedir) / "tokens"
    folder.mkdir(parents=True, exist_ok=True)
    whole = (STATIC / "pingpilot.css").read_text("utf-8")
    (folder / "tokens.css").write_text(whole[: whole.index(TOKENS_END)], "utf-8")
    config.html_static_path.append(str(folder))
    config.html_css_files.append("tokens.css")


def _complete(app: Sphinx, name: str, source: list[str]) -> None:
    """Let the page of a folder lead to the others in it, and bring in what stands outside."""
    if name.endswith(INDEX):
        source[0] += CHAPTERS
    if name in ELSEWHERE:
        app.env.note_dependency(ROOT / ELSEWHERE[name])
        text = (ROOT / ELSEWHERE[name]).read_text("utf-8")
        source[0] = OUTSIDE.sub(r"\1", text).replace("](docs/", "](")


def _label_cells(_app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Note at each cell of a wordy table what its column is called."""
    for table in doctree.findall(nodes.table):
        head, *rows = ([cell.astext() for cell in row] for row in table.findall(nodes.row))
        if len(head) > NARROW_MAX:
            table["classes"].append(BROAD)
        if len(head) > NARROW_MAX or max(len("".join(row)) for row in rows) < WORDY:
            continue
        table["classes"].append("wordy")
        labelled = list(table.findall(nodes.row))[1:] if len(head) > PAIR else []
        for row in labelled:
            for cell, label in zip(row[1:], head[1:], strict=True):
                cell["label"] = label


def _lead_searches(app: Sphinx, error: Exception | None) -> None:
    """Name the pages of folders in the index of words as their addresses do: results lead there by name."""
    index = Path(app.outdir) / "searchindex.js"
    if error is None and index.exists():
        index.write_text(index.read_text("utf-8").replace(f'{INDEX}"', '/index"'), "utf-8")


def _as_index(name: str) -> str:
    return f"{name.removesuffix(INDEX)}/index" if name.endswith(INDEX) else name
