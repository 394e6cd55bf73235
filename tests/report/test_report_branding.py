"""A logo travels inside the report, and any accent can be read on either paper."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from read_page import Page
from report_runs import make_run, make_table

from flora_analytics.charts.style import DARK, LIGHT
from flora_analytics.errors import ConfigurationError
from flora_analytics.report import Branding, write_report
from flora_analytics.report.branding import contrast, legible

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "image/jpeg"),
        (b"GIF89a" + b"\0" * 40, "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (SVG, "image/svg+xml"),
    ],
    ids=["png", "jpeg", "gif", "webp", "svg"],
)
def test_a_logo_is_what_it_holds_whatever_its_file_is_called(tmp_path, content, media_type):
    logo = tmp_path / "logo"
    logo.write_bytes(content)

    uri = Branding.of(logo=logo).logo_uri

    assert uri == f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def test_the_page_carries_logo_and_accent(tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_bytes(SVG)
    branding = Branding.of(logo=logo, accent="#e5a400")

    path = write_report(make_table(make_run()), tmp_path / "report.html", branding=branding)

    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.problems == []
    assert page.all("img") == [{"class": "logo", "src": branding.logo_uri, "alt": ""}]
    assert "--accent: #e5a400" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        (PNG + b"\0" * 40_000, "has 40,048 bytes; a report carries one of up to 32,768"),
        (b"%PDF-1.7", "is no PNG, JPEG, GIF, WebP or SVG picture"),
        (b"<html><body>svg</body></html>", "is no PNG"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "is no PNG"),
    ],
    ids=["missing", "large", "pdf", "html", "sound"],
)
def test_a_logo_that_cannot_be_carried_says_why(tmp_path, content, says):
    logo = tmp_path / "logo.png"
    if content is not None:
        logo.write_bytes(content)

    with pytest.raises(ConfigurationError, match=re.escape(says)):
        Branding.of(logo=logo)


def test_an_accent_is_a_colour():
    with pytest.raises(ConfigurationError, match="write a colour as #RRGGBB"):
        Branding.of(accent="javascript:alert(1)")


def test_contrast_is_that_of_wcag():
    # The last grey on white that passes and the first that fails, after WebAIM's checker.
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.005)


@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format), st.sampled_from([LIGHT, DARK]))
def test_any_accent_can_be_read(accent, theme):
    shown = legible(accent, paper=theme.paper, ink=theme.ink)

    assert contrast(shown, theme.paper) >= 4.5
    if contrast(accent, theme.paper) >= 4.5:
        assert shown == accent
