"""The API's JSON as typed structs: bytes in, runs as served out, or a plain reason why not.

Knows which field has which JSON type, and puts a parser's complaint into our words; knows
nothing of what a value may be, nor of Arrow. The one module that imports msgspec.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import msgspec.structs

from flora_analytics.decode.strict_json import strict_json
from flora_analytics.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BrokenRunError",
    "Meta",
    "Output",
    "PolledRun",
    "Run",
    "Technique",
    "polled_run",
    "run_id_of",
    "run_texts",
    "single_run",
    "transposed",
    "whole_page",
]

Text = Annotated[str, msgspec.Meta(min_length=1)]


class Technique(msgspec.Struct, gc=False):
    """`Run.technique`."""

    technique_id: Text
    name: str | None = None


class Output(msgspec.Struct, gc=False):
    """One of `Run.outputs`."""

    output_id: str | None = None
    type: str | None = None
    url: str | None = None


class _AnyRun(msgspec.Struct, kw_only=True, gc=False):
    run_id: Text
    technique_run_id: str | None = None
    progress: float | None = None
    started_at: float | None = None
    completed_at: float | None = None
    charged_cost: Any = None  # int, Decimal to nine places, or what should not be there
    error_code: str | None = None
    error_message: str | None = None
    outputs: list[Output] | None = None
    poll_url: str | None = None


class Run(_AnyRun, kw_only=True, gc=False):
    """A run as listed; an optional field is None if it is absent or null."""

    workspace_id: Text
    project_id: Text
    technique: Technique
    status: Text
    created_at: float


class PolledRun(_AnyRun, kw_only=True, gc=False):
    """A run as polled: it may say less."""

    workspace_id: Text | None = None
    project_id: Text | None = None
    technique: Technique | None = None
    status: Text | None = None
    created_at: float | None = None


class Meta(msgspec.Struct):
    """`meta` of a page."""

    next_cursor: str | None = None
    total_estimate: Any = None


class _KnownTechnique(Technique, forbid_unknown_fields=True, gc=False):
    pass


class _KnownOutput(Output, forbid_unknown_fields=True, gc=False):
    pass


class _KnownRun(Run, kw_only=True, forbid_unknown_fields=True, gc=False):
    technique: _KnownTechnique
    outputs: list[_KnownOutput] | None = None  # type: ignore[assignment]  # never written to


class _KnownPage(msgspec.Struct):
    technique_runs: list[_KnownRun]
    meta: Meta


class _Page(msgspec.Struct):
    technique_runs: list[Run]
    meta: Meta


class _TextPage(msgspec.Struct):
    technique_runs: list[msgspec.Raw]
    meta: Meta


class _Identity(msgspec.Struct):
    run_id: Text


class _ErrorCode(msgspec.Struct):
    code: Annotated[str, msgspec.Meta(pattern=r"^\w{1,40}$")]


class _ErrorBody(msgspec.Struct):
    error: _ErrorCode


class BrokenRunError(Exception):
    """This run breaks the contract; the text says in which field and how."""


@lru_cache(maxsize=4096)  # prices repeat
def _to_nano_dollar(text: str) -> Decimal:
    """A JSON number from its own text to nine places, half-even; Infinity from a billion up.

    >>> _to_nano_dollar("0.30000000000000004"), _to_nano_dollar("1e-7"), _to_nano_dollar("1e9")
    (Decimal('0.300000000'), Decimal('1.00E-7'), Decimal('Infinity'))
    """
    try:
        return Decimal(text).quantize(_NANO_DOLLAR, context=_MONEY)
    except InvalidOperation:
        return Decimal("Infinity")


_NANO_DOLLAR = Decimal("1e-9")
#: The digits of `schema.COST_TYPE`.
_MONEY = Context(prec=18, rounding=ROUND_HALF_EVEN)

# float_hook sees only fields of type Any: costs keep their text, and instants stay quick floats.
_KNOWN_PAGE = msgspec.json.Decoder(_KnownPage, float_hook=_to_nano_dollar)
_PAGE = msgspec.json.Decoder(_Page, float_hook=_to_nano_dollar)
_TEXT_PAGE = msgspec.json.Decoder(_TextPage, float_hook=_to_nano_dollar)
_RUN = msgspec.json.Decoder(Run, float_hook=_to_nano_dollar)
_POLLED_RUN = msgspec.json.Decoder(PolledRun, float_hook=_to_nano_dollar)
_IDENTITY = msgspec.json.Decoder(_Identity)
_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)
_TEXT = msgspec.json.Decoder(msgspec.Raw)
_ANYTHING = msgspec.json.Decoder(float_hook=_to_nano_dollar)

#: All that these decoders raise: malformed, of another type, no UTF-8, nested too deep.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def whole_page(body: bytes) -> tuple[Sequence[Run], Meta, list[list[str]]] | None:
    """A page's runs, its `Meta` and each run's undocumented fields; None if a run is broken."""
    try:
        page = _KNOWN_PAGE.decode(body)
        return page.technique_runs, page.meta, [[]] * len(page.technique_runs)
    except _UNREADABLE:
        pass
    try:
        lenient = _PAGE.decode(body)
        fields = [_unknown_fields(run) for run in _ANYTHING.decode(body)["technique_runs"]]
    except _UNREADABLE:
        return None
    return lenient.technique_runs, lenient.meta, fields


def run_texts(body: bytes) -> tuple[list[bytes], Meta]:
    """The runs of a page, each as its own JSON, and the page's `Meta`.

    Raises `ContractError` if the body is no page.
    """
    try:
        page = _TEXT_PAGE.decode(_readable(body))
    except _UNREADABLE as exc:
        raise ContractError(
            f"The API's answer is no page of runs: {_what_it_is(body, exc)}. Expected a JSON "
            "object with technique_runs and meta; check FLORA_BASE_URL."
        ) from None
    return [bytes(text) for text in page.technique_runs], page.meta


def single_run(text: bytes) -> tuple[Run, list[str]]:
    """One run from its own JSON, and the names of fields that the API does not document.

    Raises `BrokenRunError`.
    """
    try:
        return _RUN.decode(text), _unknown_fields(_ANYTHING.decode(text))
    except _UNREADABLE as exc:
        raise BrokenRunError(_reason(exc)) from None


def polled_run(body: bytes) -> tuple[PolledRun, list[str]]:
    """The run that a poll answers with, and the names of fields not documented.

    Raises `BrokenRunError`, or `ContractError` if the body is no object with a run's id.
    """
    try:
        text = _readable(body)
        _IDENTITY.decode(text)
    except _UNREADABLE as exc:
        raise ContractError(
            f"The API's answer is no run: {_what_it_is(body, exc)}. Expected a JSON object with "
            "a run_id; check FLORA_BASE_URL."
        ) from None
    try:
        return _POLLED_RUN.decode(text), _unknown_fields(_ANYTHING.decode(text))
    except _UNREADABLE as exc:
        raise BrokenRunError(_reason(exc)) from None


def run_id_of(text: bytes) -> str | None:
    """The id in a run's own JSON, if it has one."""
    try:
        return _IDENTITY.decode(_readable(text)).run_id
    except _UNREADABLE:
        return None


def transposed(
    structs: Sequence[msgspec.Struct], *, kind: type[msgspec.Struct]
) -> dict[str, Sequence[Any]]:
    """The structs' fields as columns, named as in `kind`."""
    names = kind.__struct_fields__
    columns = zip(*map(msgspec.structs.astuple, structs), strict=True)
    return dict(zip(names, columns, strict=True)) if structs else dict.fromkeys(names, ())


def _unknown_fields(run: Mapping[str, Any]) -> list[str]:
    parts = [("", run, Run), ("technique.", run.get("technique") or {}, Technique)]
    parts += [("outputs.", output, Output) for output in run.get("outputs") or ()]
    return [
        prefix + name
        for prefix, part, kind in parts
        for name in part
        if name not in kind.__struct_fields__
    ]


def _readable(body: bytes) -> bytes:
    """`body`, or if that is no JSON, what `strict_json` makes of it."""
    try:
        _TEXT.decode(body)
    except msgspec.DecodeError:
        return strict_json(body)
    return body


def _what_it_is(body: bytes, exc: Exception) -> str:
    """What came instead, without quoting it."""
    start = body[:100].lstrip()
    if not start:
        return "it is empty"
    if start.startswith(b"<"):
        return "it is HTML or XML"
    if isinstance(exc, RecursionError):
        return "it is nested too deep"
    if not isinstance(exc, msgspec.ValidationError):
        return "it is not JSON"
    try:
        code = _ERROR_BODY.decode(body).error.code
    except _UNREADABLE:
        return _reason(exc)
    return f"it is an error, {code}, though sent with status 200"


_TYPES = {
    "str": "a string",
    "float": "a number",
    "int": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _reason(exc: Exception) -> str:
    """msgspec's complaint in our words.

    >>> _reason(msgspec.ValidationError("Expected `str | null`, got `int` - at `$.poll_url`"))
    'poll_url: expected a string, got a number'
    """
    if isinstance(exc, RecursionError):
        return "nested too deep"
    if isinstance(exc, UnicodeDecodeError):
        return "not UTF-8"
    complaint, _, path = str(exc).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    words = re.findall(r"`([^`]*)`", complaint)
    if complaint.startswith("Object missing"):
        return f"{path}.{words[0]}".lstrip(".") + ": required, but missing"
    if complaint.startswith("Expected") and len(words) == 2:
        expected, got = (_TYPES.get(word.split(" | ")[0], word) for word in words)
        what = f"expected {expected}, got {got}"
    elif "length" in complaint:
        what = "expected a string that is not empty"
    else:
        what = complaint[:1].lower() + complaint[1:]
    return f"{path}: {what}" if path else what
