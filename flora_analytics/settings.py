"""Settings: arguments, environment and ``flora-analytics.toml`` in, one `Settings` out.

Each key is settled by itself: an argument wins over the environment, that over the file,
that over the default. The file names where an API key is to be found and never holds one.
Knows nothing of the API, the store or the command line.

A whole file::

    store = "runs.delta"            # FLORA_STORE; a path counts from the file's folder
    base_url = "https://app.flora.ai/api/v1"    # FLORA_BASE_URL
    api_key_file = "flora.key"      # FLORA_API_KEY_FILE
    tz = "Europe/Vienna"            # FLORA_TZ
    cycle_day = 15                  # FLORA_CYCLE_DAY
    lookback = "3d"                 # FLORA_LOOKBACK
    workers = 1                     # FLORA_WORKERS

    [profiles.studio]               # one for each further API key
    api_key_env = "FLORA_API_KEY_STUDIO"
    workspace_id = "ws_studio"

    [budget]                        # see flora_analytics.budget
    seats = 5
    included_per_seat = 40

    [[objective]]                   # see flora_analytics.objectives
    technique = "tech_reel"
    success = 0.95

    [mail]                          # see flora_analytics.channels; also [slack], [webhook]
    host = "smtp.example.com"
    sender = "reports@example.com"
    to = ["finance@example.com"]

    [alerts]                        # see flora_analytics.rules
    to = ["slack"]

    [[rule]]
    failure_rate = 0.2

    [report]                        # see flora_analytics.reporting
    out = "report.html"
    window = "last week"
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from flora_analytics.budget import Budget, read_budget
from flora_analytics.calendar import check_zone
from flora_analytics.channels import (
    MailAccount,
    SlackChannel,
    Webhook,
    read_mail,
    read_slack,
    read_webhook,
)
from flora_analytics.configured import refuse_unknown, span_of, suggestion
from flora_analytics.errors import ConfigurationError
from flora_analytics.objectives import Objective, read_objectives
from flora_analytics.reporting import ReportSettings, read_report
from flora_analytics.rules import Alerts, read_alerts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CONFIG_NAME", "Profile", "Settings", "load_settings", "parse_span", "read_key_file"]

CONFIG_NAME = "flora-analytics.toml"
#: What stands in a file beside the single settings.
_TABLES = [
    "profiles",
    "budget",
    "objective",
    "mail",
    "slack",
    "webhook",
    "alerts",
    "rule",
    "report",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One API key: where it is found, and what it is used for.

    Attributes
    ----------
    name : str
        As in ``[profiles.<name>]``.
    api_key_env, api_key_file : str or None
        The environment variable or the file that holds the key; exactly one of them.
    base_url : str or None
        Where this key's API is; None = as in the settings.
    workspace_id : str or None
        Load this workspace only.
    """

    name: str
    api_key_env: str | None = None
    api_key_file: str | None = None
    base_url: str | None = None
    workspace_id: str | None = None

    def __post_init__(self) -> None:
        if (self.api_key_env is None) == (self.api_key_file is None):
            raise ConfigurationError(
                f"Profile {self.name!r} must say where its API key is, by either "
                "api_key_env or api_key_file."
            )

    def api_key(self, environ: Mapping[str, str] = os.environ) -> str:
        """The key itself, read when it is needed and kept nowhere."""
        if self.api_key_file is not None:
            return read_key_file(self.api_key_file)
        key = environ.get(self.api_key_env or "", "").strip()
        if not key:
            raise ConfigurationError(
                f"Profile {self.name!r} takes its API key from the environment variable "
                f"{self.api_key_env}, which is not set."
            )
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for a whole session.

    Attributes
    ----------
    store : str
        Path or URI of the run store; by default a folder under the user's data directory.
    base_url : str or None
        Where the API is; None leaves it to `FloraClient`.
    api_key_file : str or None
        The file that holds the API key; None = the environment's ``FLORA_API_KEY``.
    tz : str
        IANA time zone in which days and months are cut.
    cycle_day : int
        Day of the month on which a billing cycle starts, 1 to 31.
    lookback : timedelta
        How far a sync re-reads, because runs change after they first appear.
    workers : int
        Requests at one time; more than one competes with production for the rate limit.
    profiles : tuple of Profile
        In the order of the file.
    budget : Budget or None
        What may be spent in a billing cycle.
    objectives : tuple of Objective
        What is promised, in the order of the file.
    mail : MailAccount or None
        By which server mail is sent, and to whom.
    slack : SlackChannel or None
        Where Slack messages are posted.
    webhook : Webhook or None
        Where alerts are posted as JSON.
    alerts : Alerts
        What is watched, and who is told.
    report : ReportSettings
        What a report shows, how it looks and where it goes.
    """

    store: str = str(platformdirs.user_data_path("flora-analytics") / "runs")
    base_url: str | None = None
    api_key_file: str | None = None
    tz: str = "UTC"
    cycle_day: int = 1
    lookback: timedelta = timedelta(days=3)
    workers: int = 1
    profiles: tuple[Profile, ...] = ()
    budget: Budget | None = None
    objectives: tuple[Objective, ...] = ()
    mail: MailAccount | None = None
    slack: SlackChannel | None = None
    webhook: Webhook | None = None
    alerts: Alerts = field(default_factory=Alerts)
    report: ReportSettings = field(default_factory=ReportSettings)

    def profile(self, name: str) -> Profile:
        """The profile of that name."""
        by_name = {profile.name: profile for profile in self.profiles}
        if name not in by_name:
            known = ", ".join(sorted(by_name)) or f"none; add [profiles.{name}] to {CONFIG_NAME}"
            raise ConfigurationError(
                f"There is no profile {name!r}{suggestion(name, by_name)} Known profiles: {known}."
            )
        return by_name[name]


def load_settings(
    arguments: Mapping[str, object] | None = None,
    *,
    config: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Settle each setting: argument > environment > file > default.

    Parameters
    ----------
    arguments : mapping of str to object, optional
        Settings given for this session; None as a value means "not given".
    config : path, optional
        The file to read; otherwise ``FLORA_ANALYTICS_CONFIG``, otherwise
        ``flora-analytics.toml`` in the working directory if there is one.
    environ : mapping of str to str
        Holds ``FLORA_STORE``, ``FLORA_TZ`` and so on; an empty value counts as not set.

    Raises
    ------
    ConfigurationError
        If the file is missing or broken, holds an API key, or a setting is unknown or
        cannot be what it says.

    Examples
    --------
    >>> load_settings({"tz": "Asia/Tokyo"}, environ={"FLORA_TZ": "UTC"}).tz
    'Asia/Tokyo'
    >>> load_settings(environ={"FLORA_LOOKBACK": "12h"}).lookback
    datetime.timedelta(seconds=43200)
    """
    path = _config_path(config, environ)
    chosen = {} if path is None else _read_file(path)
    for name in _SCALARS:
        variable = f"FLORA_{name.upper()}"
        if text := environ.get(variable, "").strip():
            chosen[name] = _checked(name, text, variable)
    for name, value in (arguments or {}).items():
        if value is not None:
            chosen[name] = _checked(name, value, f"The argument {name}")
    return Settings(**chosen)


def parse_span(text: str) -> timedelta:
    """A span written as a whole number and a unit: ``90m``, ``12h``, ``3d`` or ``4w``.

    Examples
    --------
    >>> parse_span("3d")
    datetime.timedelta(days=3)
    """
    span = span_of(text)
    if span is None:
        raise ConfigurationError(
            f"{text!r} is no span; write a whole number and m, h, d or w, such as 90m, 12h or 3d."
        )
    return span


def read_key_file(path: str | Path) -> str:
    """The API key in a file that holds nothing else."""
    try:
        key = Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ConfigurationError(f"The API key file {path} cannot be read: {reason}.") from error
    if not key or len(key.split()) != 1:
        raise ConfigurationError(f"The API key file {path} must hold the key and nothing else.")
    return key


def _config_path(config: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = config or environ.get("FLORA_ANALYTICS_CONFIG")
    if named:
        return Path(named).expanduser()
    return Path(CONFIG_NAME) if Path(CONFIG_NAME).is_file() else None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_key(path, text)
        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.") from error
    refuse_unknown(content, [*_SCALARS, *_TABLES], str(path))
    budget = read_budget(content.pop("budget", None), f"{path}: budget")
    objectives = read_objectives(content.pop("objective", []), f"{path}: objective")
    mail = read_mail(content.pop("mail", None), f"{path}: mail")
    slack = read_slack(content.pop("slack", None), f"{path}: slack")
    webhook = read_webhook(content.pop("webhook", None), f"{path}: webhook")
    report = read_report(content.pop("report", None), f"{path}: report", folder=path.parent)
    alerts = read_alerts(content.pop("alerts", None), content.pop("rule", []), f"{path}: ")
    profiles = content.pop("profiles", {})
    if not isinstance(profiles, dict):
        raise ConfigurationError(f"{path}: profiles must be a table such as [profiles.studio].")
    chosen = {name: _checked(name, value, f"{path}: {name}") for name, value in content.items()}
    chosen["profiles"] = tuple(_profile(path, name, table) for name, table in profiles.items())
    chosen["budget"] = budget
    chosen["objectives"] = objectives
    chosen.update(mail=mail, slack=slack, webhook=webhook)
    chosen["alerts"] = alerts
    chosen["report"] = report
    for name in ("store", "api_key_file"):
        if name in chosen:
            chosen[name] = _from_folder(path, chosen[name])
    return chosen


def _refuse_key(path: Path, text: str) -> None:
    """Comments count too: what is in the file ends up in a repository or a backup."""
    if re.search(r"xox[a-z]-\w|hooks\.slack(-gov)?\.com/\w", text):
        raise ConfigurationError(
            f"{path} holds a Slack token or the address of a Slack webhook. Take it out, and name "
            "the environment variable that holds it: token_env or webhook_env in [slack]."
        )
    if re.search(r"sk_(live|test)_\w|\bapi_key[\"']?\s*=", text):
        raise ConfigurationError(
            f"{path} holds an API key. Take it out, and name the environment variable or the "
            "file that holds it: FLORA_API_KEY, api_key_file, or api_key_env in a profile."
        )


def _profile(path: Path, name: str, table: object) -> Profile:
    known = {field.name for field in fields(Profile)} - {"name"}
    where = f"{path}: [profiles.{name}]"
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise ConfigurationError(f"{where} must be a table of texts: {', '.join(sorted(known))}.")
    refuse_unknown(table, sorted(known), where)
    if "api_key_file" in table:
        table["api_key_file"] = _from_folder(path, table["api_key_file"])
    return Profile(name=name, **table)


def _checked(name: str, value: object, where: str) -> Any:
    refuse_unknown([name], [*_SCALARS], where)
    kind = _SCALARS[name]
    if kind is timedelta and isinstance(value, str):
        return _named(where, parse_span, value)
    if kind is int and isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ConfigurationError(f"{where} is {value!r}; expected {_EXPECTED[kind]}.")
    if name in _LIMITS and value not in _LIMITS[name]:
        limits = _LIMITS[name]
        raise ConfigurationError(
            f"{where} is {value}; expected a number from {limits[0]} to {limits[-1]}."
        )
    if name == "tz":
        _named(where, check_zone, value)
    return value


def _named(where: str, check: Callable[[Any], Any], value: object) -> Any:
    """What `check` makes of the value; if it refuses it, the error says where it stands."""
    try:
        return check(value)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _from_folder(path: Path, target: str) -> str:
    """`target` as seen from the file's folder, so that a schedule may start anywhere."""
    return target if "://" in target else str(path.parent / Path(target).expanduser())


_SCALARS: dict[str, type] = {
    "store": str,
    "base_url": str,
    "api_key_file": str,
    "tz": str,
    "cycle_day": int,
    "lookback": timedelta,
    "workers": int,
}
_EXPECTED = {str: "a text", int: "a whole number", timedelta: 'a span such as "3d"'}
_LIMITS = {"cycle_day": range(1, 32), "workers": range(1, 17)}
