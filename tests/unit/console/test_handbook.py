"""The handbook: made of docs/ as it is, served under /docs with this instance's own address in its samples."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import pytest
from django.test import Client, override_settings

from pingpilot.console.handbook import EXAMPLE, Handbook
from pingpilot.console.pages import docs
from tests.architecture.source import ROOT
from tests.parts import require

POLICY_BREAKERS = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|(?:src|href)=\"https?://[^\"]+\.(?:js|css)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The handbook, made of docs/ as `make site` does; a warning of the maker's fails."""
    require(find_spec("sphinx") is not None, "no Sphinx: `make site` installs it")
    folder = tmp_path_factory.mktemp("handbook")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-b",
        "dirhtml",
        "-d",
        folder / "kept",
        "docs",
        folder / "site",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def pages(site):
    return sorted(site.rglob("index.html"))


def test_every_text_of_docs_has_a_page(site):
    texts = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    kept = [path for path in texts if path.parts[0] != "decisions"]
    missing = [path for path in kept if not (site / path.with_suffix("") / "index.html").exists()]
    assert [str(path) for path in missing if path.name not in {"README.md", "index.md"}] == []


def test_every_page_is_listed(site):
    listed = (site / "index.html").read_text("utf-8") + "".join(
        (site / folder / "index.html").read_text("utf-8") for folder in ("channels", "doors")
    )
    names = {path.parent.name for path in pages(site) if path.parent != site}
    assert {name for name in names if f'{name}/"' not in listed} == set()


def test_no_page_needs_what_the_policy_forbids(site):
    found = {path: POLICY_BREAKERS.findall(path.read_text("utf-8")) for path in pages(site)}
    assert {path: breakers for path, breakers in found.items() if breakers} == {}


def test_every_link_within_the_handbook_leads_to_a_page(site):
    dead = []
    for path in pages(site):
        for link in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', path.read_text("utf-8")):
            if not re.match(r"[a-z]+:|/", link):
                target = (path.parent / link).resolve()
                if not (target.is_file() or (target / "index.html").is_file()):
                    dead.append((str(path.relative_to(site)), link))
    assert dead == []


def test_every_result_of_a_search_leads_to_a_page(site):
    found = re.search(r'"docnames":(\[.*?\])', (site / "searchindex.js").read_text("utf-8"))
    assert found is not None
    names = [name.removesuffix("index") for name in json.loads(found[1])]
    assert len(names) > 50
    assert [name for name in names if not (site / name / "index.html").is_file()] == []


def test_samples_name_this_instance(site):
    page = Handbook(site).find("webhooks/", "https://own.example")
    assert page is not None
    assert page.kind == "text/html"
    assert EXAMPLE not in page.body


@pytest.mark.parametrize(
    "path", ["../secret.key", "..%2fsecret.key", "/etc/passwd", "webhooks/../../x", "nowhere/", "."]
)
def test_nothing_but_the_handbook_is_ever_read(site, path):
    assert Handbook(site).find(path, "https://own.example") is None


@pytest.fixture
def own(services):
    with override_settings(PINGPILOT=replace(services, public_url="https://own.example")):
        yield Client()


def test_an_address_without_its_slash_leads_on(own, monkeypatch, site):
    monkeypatch.setattr(docs, "handbook", Handbook(site))
    assert (own.get("/docs/webhooks").status_code, own.get("/docs/webhooks")["Location"]) == (302, "/docs/webhooks/")
    assert own.get("/docs")["Location"] == "/docs/"


def test_a_page_is_asked_for_again_only_when_it_has_changed(own, monkeypatch, site):
    monkeypatch.setattr(docs, "handbook", Handbook(site))
    first = own.get("/docs/keys/")
    again = own.get("/docs/keys/", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert b"https://own.example/api/v1/keys/leaked" in first.content


def test_a_page_that_is_not_there_is_a_404_of_ours(own, monkeypatch, site):
    monkeypatch.setattr(docs, "handbook", Handbook(site))
    answer = own.get("/docs/nowhere/")
    assert (answer.status_code, b"There is nothing here" in answer.content) == (404, True)


def test_an_installation_without_its_pages_says_how_to_make_them(own, monkeypatch, tmp_path):
    monkeypatch.setattr(docs, "handbook", Handbook(tmp_path))
    answer = own.get("/docs/")
    assert (answer.status_code, b"make site" in answer.content) == (404, True)


def test_the_api_reference_keeps_its_address(own):
    assert b"API reference" in own.get("/docs/api").content
