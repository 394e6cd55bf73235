"""How a report wears its owner's colours: a logo to carry along, an accent that stays legible.

Takes what a person gives (a picture file, one colour) and gives what every medium can show.
Charts keep their own colours: those are told apart by the colour-blind, and red means failed.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from flora_analytics.errors import ConfigurationError
from flora_analytics.reporting import check_accent

__all__ = ["Branding", "contrast", "legible"]

LARGEST_LOGO = 32_768  # bytes; the page stays small enough to be mailed
LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3

#: What a file of each kind begins with.
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_STEPS = 64


@dataclass(frozen=True, slots=True)
class Branding:
    """A logo and an accent, ready to be shown.

    Attributes
    ----------
    logo : bytes or None
        The picture file as it is.
    logo_type : str
        Its media type, such as ``image/png``.
    accent : str or None
        As it was given, ``#RRGGBB``; see `legible`.
    """

    logo: bytes | None = None
    logo_type: str = ""
    accent: str | None = None

    @property
    def logo_uri(self) -> str | None:
        """The logo as a ``data:`` address, so that nothing need be fetched."""
        if self.logo is None:
            return None
        return f"data:{self.logo_type};base64,{base64.b64encode(self.logo).decode()}"

    @classmethod
    def of(cls, *, logo: str | Path | None = None, accent: str | None = None) -> Branding:
        """The branding that a person chose.

        Parameters
        ----------
        logo : path, optional
            A PNG, JPEG, GIF, WebP or SVG file of up to 32 KiB.
        accent : str, optional
            A colour, ``#RRGGBB``.

        Raises
        ------
        ConfigurationError
            If the file cannot be read, is too large or of another kind, or the accent no colour.

        Examples
        --------
        >>> Branding.of(accent="#0a7d5c").accent
        '#0a7d5c'
        """
        if accent is not None:
            check_accent(accent)
        if logo is None:
            return cls(accent=accent)
        picture = _read(Path(logo).expanduser())
        return cls(picture, _type_of(picture, logo), accent)


def legible(accent: str, *, paper: str, ink: str) -> str:
    """The accent, moved towards the ink just as far as text in it can be read on the paper.

    Parameters
    ----------
    accent, paper, ink : str
        Colours, ``#RRGGBB``; ink on paper is legible.

    Returns
    -------
    str
        The closest colour on the way whose contrast is at least 4.5 to 1.

    Examples
    --------
    >>> legible("#3B5BA5", paper="#FFFFFF", ink="#1F2933")
    '#3b5ba5'
    >>> legible("#FFD400", paper="#FFFFFF", ink="#1F2933")
    '#84761c'
    """
    mixed = (_mixed(accent, ink, step / _STEPS) for step in range(_STEPS + 1))
    return next(colour for colour in mixed if contrast(colour, paper) >= LEAST_CONTRAST)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 [1]_.

    References
    ----------
    .. [1] W3C, Web Content Accessibility Guidelines 2.2, "contrast ratio" and "relative
       luminance", https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.

    Examples
    --------
    >>> contrast("#000000", "#FFFFFF")
    21.0
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in bytes.fromhex(colour[1:]))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(one: str, other: str, share: float) -> str:
    parts = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in parts).hex()


def _read(path: Path) -> bytes:
    try:
        picture = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The logo {path} cannot be read: {error.strerror}.") from error
    if len(picture) > LARGEST_LOGO:
        raise ConfigurationError(
            f"The logo {path} has {len(picture):,} bytes; a report carries one of up to "
            f"{LARGEST_LOGO:,}. Save it smaller, or as SVG."
        )
    return picture


def _type_of(picture: bytes, logo: str | Path) -> str:
    for beginning, media_type in _BEGINNINGS.items():
        if picture.startswith(beginning):
            return media_type
    if picture[:4] + picture[8:12] == b"RIFFWEBP":
        return "image/webp"
    if b"<svg" in picture[:2000]:
        return "image/svg+xml"
    raise ConfigurationError(f"The logo {logo} is no PNG, JPEG, GIF, WebP or SVG picture.")
