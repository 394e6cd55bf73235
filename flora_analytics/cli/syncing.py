"""The command ``sync``: bring the store up to date, one API key after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import DONE, FAILED, LEFT_OUT, say
from flora_analytics.cli.options import Place
from flora_analytics.errors import ConfigurationError, FloraAnalyticsError
from flora_analytics.settings import Profile, Settings, read_key_file

if TYPE_CHECKING:
    from flora_analytics.client import FloraClient
    from flora_analytics.sync import SyncResult

__all__ = ["client_of", "refresh", "sync"]


def sync(
    *,
    place: Place,
    full: Annotated[bool, typer.Option("--full", help="Read the whole history again.")] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Do not read runs created before this day or time."),
    ] = None,
    lookback: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="Re-read runs this far back; 3d by default."),
    ] = None,
    workspace_id: Annotated[
        list[str], typer.Option(metavar="ID", help="Only this workspace; repeatable.")
    ] = [],  # noqa: B006
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help="Requests at one time: they share production's rate limit."),
    ] = None,
    api_key_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Take the API key from here, not from FLORA_API_KEY."),
    ] = None,
    profile: Annotated[
        list[str], typer.Option(metavar="NAME", help="Only this profile; repeatable.")
    ] = [],  # noqa: B006
    forget: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Sync nothing; vouch no longer for a profile that is gone. Its runs stay.",
        ),
    ] = None,
) -> int:
    """Bring the store up to date with the API.

      export FLORA_API_KEY=sk_live_...
      flora-analytics sync
      flora-analytics sync --store s3://bucket/flora-runs --full

    The first sync loads the whole history; later ones read what is new, what was open and the
    look-back window. With profiles in flora-analytics.toml each is loaded in turn, and one
    that fails does not keep the others from being loaded. What the store vouches for is what
    all of them do: give up one that is synced no more, by the name that status gives it.

      flora-analytics sync --forget studio
    """
    if forget is not None:
        from flora_analytics.store import RunStore

        store = RunStore(place.settings().store)
        store.forget(forget)
        say(f"{store.uri}: {forget} is given up; its runs stay.")
        return DONE
    settings = place.settings(lookback=lookback, workers=workers, api_key_file=api_key_file)
    start = Window.parse(since, tz=settings.tz).start if since else None
    failed, lacking = [], False
    jobs = _jobs(settings, profile, workspace_id, one_key=api_key_file is not None)
    for job in jobs:
        try:
            result = job.run(settings, full=full, since=start)
        except FloraAnalyticsError as error:
            if len(jobs) == 1:
                raise
            say(f"Error: {job.label}: {error}")
            failed.append(job.label)
            continue
        _print_result(settings.store, job, result)
        lacking |= not result.certificate.complete or result.n_rejected > 0
    if failed:
        say(f"{len(failed)} of {len(jobs)} failed: {', '.join(failed)}. The others are up to date.")
        return FAILED
    return LEFT_OUT if lacking else DONE


def refresh(settings: Settings) -> list[str]:
    """Sync all that the settings name before something else is done; say which of it failed.

    What cannot be synced is no reason not to go on with what is stored, but one to say so.
    """
    failed = []
    for job in _jobs(settings, [], [], one_key=False):
        label = job.label or settings.store
        try:
            result = job.run(settings, full=False, since=None)
        except FloraAnalyticsError as error:
            say(f"Error: {label}: {error}")
            failed.append(label)
        else:
            say(f"{label}: {result.n_new:,} new, {result.n_changed:,} changed.")
    return failed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One walk through one key's history."""

    profile: Profile | None
    workspace_id: str | None

    @property
    def label(self) -> str:
        name = self.profile.name if self.profile else None
        return " ".join(part for part in (name, self.workspace_id) if part)

    def run(self, settings: Settings, *, full: bool, since: datetime | None) -> SyncResult:
        from flora_analytics.progress import progress_bar
        from flora_analytics.sync import sync_runs

        with client_of(self.profile, settings) as client, progress_bar() as progress:
            return sync_runs(
                settings.store,
                client=client,
                full=full,
                since=since,
                lookback=settings.lookback,
                workspace_id=self.workspace_id,
                workers=settings.workers,
                profile=self.profile.name if self.profile else None,
                progress=progress,
            )


def client_of(profile: Profile | None, settings: Settings) -> FloraClient:
    """The API as seen with the key of a profile, or with the key of the settings."""
    from flora_analytics.client import FloraClient

    if profile is not None:
        return FloraClient(profile.api_key(), base_url=profile.base_url or settings.base_url)
    key = read_key_file(settings.api_key_file) if settings.api_key_file else None
    return FloraClient(key, base_url=settings.base_url)


def _jobs(
    settings: Settings, names: list[str], workspace_ids: list[str], *, one_key: bool
) -> list[_Job]:
    if names and one_key:
        raise ConfigurationError("--profile and --api-key-file both name a key; give one of them.")
    profiles: Sequence[Profile | None] = [settings.profile(name) for name in names]
    if not names:
        profiles = settings.profiles if settings.profiles and not one_key else [None]
    return [
        _Job(profile=profile, workspace_id=workspace_id)
        for profile in profiles
        for workspace_id in workspace_ids or (profile.workspace_id if profile else None,)
    ]


def _print_result(store: str, job: _Job, result: SyncResult) -> None:
    label = f" ({job.label})" if job.label else ""
    print(  # noqa: T201
        f"{store}{label}: {result.n_new:,} new, {result.n_changed:,} changed, "
        f"{result.n_rejected:,} rejected; {result.n_open:,} still running."
    )
    print(result.certificate.sentence())  # noqa: T201
