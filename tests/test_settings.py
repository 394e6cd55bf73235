"""Settings come from arguments, environment and file, and never hold a key."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from flora_analytics.errors import ConfigurationError
from flora_analytics.settings import Profile, Settings, load_settings, parse_span, read_key_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, name: str = "flora-analytics.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_source_the_defaults_hold():
    settings = load_settings(environ={})

    assert settings == Settings()
    assert settings.store.endswith("runs")
    assert (settings.tz, settings.cycle_day, settings.lookback, settings.workers) == (
        "UTC",
        1,
        timedelta(days=3),
        1,
    )


@pytest.mark.parametrize(
    ("file", "environ", "argument", "expected"),
    [
        ('tz = "Asia/Tokyo"', {"FLORA_TZ": "Europe/Vienna"}, "America/Lima", "America/Lima"),
        ('tz = "Asia/Tokyo"', {"FLORA_TZ": "Europe/Vienna"}, None, "Europe/Vienna"),
        ('tz = "Asia/Tokyo"', {"FLORA_TZ": " "}, None, "Asia/Tokyo"),
        ("workers = 2", {}, None, "UTC"),
    ],
    ids=["argument", "environment", "file", "default"],
)
def test_argument_beats_environment_beats_file_beats_default(
    folder, file, environ, argument, expected
):
    write(folder, file)

    settings = load_settings({"tz": argument}, environ=environ)

    assert settings.tz == expected


def test_each_key_is_settled_by_itself(folder):
    write(folder, 'store = "s3://bucket/runs"\nlookback = "12h"')

    settings = load_settings({"workers": 4}, environ={"FLORA_CYCLE_DAY": "15"})

    assert settings.store == "s3://bucket/runs"
    assert settings.lookback == timedelta(hours=12)
    assert (settings.cycle_day, settings.workers) == (15, 4)


def test_a_named_file_beats_the_one_in_the_working_directory(folder):
    write(folder, "cycle_day = 1")
    by_environment = write(folder, "cycle_day = 2", "two.toml")
    by_argument = write(folder, "cycle_day = 3", "three.toml")
    environ = {"FLORA_ANALYTICS_CONFIG": str(by_environment)}

    assert load_settings(environ=environ).cycle_day == 2
    assert load_settings(config=by_argument, environ=environ).cycle_day == 3


def test_paths_in_the_file_count_from_its_folder(folder):
    config = write(
        folder, 'store = "runs"\n[profiles.a]\napi_key_file = "a.key"', "job/flora-analytics.toml"
    )

    settings = load_settings(config=config, environ={})

    assert settings.store == str(folder / "job" / "runs")
    assert settings.profile("a").api_key_file == str(folder / "job" / "a.key")


def test_profiles_keep_the_order_of_the_file(folder):
    write(
        folder,
        '[profiles.z]\napi_key_env = "Z_KEY"\nworkspace_id = "ws_z"\n'
        '[profiles.a]\napi_key_file = "/run/a.key"\nbase_url = "https://a.example/api/v1"',
    )

    profiles = load_settings(environ={}).profiles

    assert profiles == (
        Profile(name="z", api_key_env="Z_KEY", workspace_id="ws_z"),
        Profile(name="a", api_key_file="/run/a.key", base_url="https://a.example/api/v1"),
    )


def test_objectives_keep_the_order_of_the_file(folder):
    write(
        folder,
        '[[objective]]\ntechnique = "tech_a"\nsuccess = 0.95\n[[objective]]\nsuccess = 0.9',
    )

    objectives = load_settings(environ={}).objectives

    assert [each.technique_id for each in objectives] == ["tech_a", None]


def test_a_wrong_objective_is_named_with_its_file(folder):
    path = write(folder, "[[objective]]\nsuccess = 95")

    with pytest.raises(ConfigurationError, match=f"{path.name}: objective 1: .* such as 0.95"):
        load_settings(environ={})


def test_a_profile_reads_its_key_when_asked(folder):
    key_file = write(folder, "sk_test_file\n", "a.key")

    by_env = Profile(name="z", api_key_env="Z_KEY").api_key({"Z_KEY": "sk_test_env"})
    by_file = Profile(name="a", api_key_file=str(key_file)).api_key({})

    assert (by_env, by_file) == ("sk_test_env", "sk_test_file")


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "secret-value"',
        '"api_key" = "secret-value"',
        'store = "sk_live_secret-value"',
        '[profiles.a]\napi_key = "secret-value"',
        '[profiles.a]\napi_key_env = "sk_test_secret-value"',
        '# sk_live_secret-value\ntz = "UTC"',
        'profiles = { a = { api_key = "secret-value" } }',
        'api_key = "secret-value',
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(folder, text):
    write(folder, text)

    with pytest.raises(ConfigurationError, match="holds an API key") as caught:
        load_settings(environ={})

    assert "secret-value" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('stroe = "runs"', "did you mean 'store'"),
        ('[profiles.a]\napi_key_evn = "A"', "did you mean 'api_key_env'"),
        ("[profiles.a]", "either api_key_env or api_key_file"),
        ('[profiles.a]\napi_key_env = "A"\napi_key_file = "b"', "either"),
        ("[profiles]\na = 1", "must be a table"),
        ("profiles = 1", "must be a table"),
        ("cycle_day = 32", "from 1 to 31"),
        ("cycle_day = true", "whole number"),
        ("workers = 0", "from 1 to 16"),
        ("workers = 2.5", "whole number"),
        ("tz = 3", "expected a text"),
        ("lookback = 3", 'such as "3d"'),
        ('lookback = "3 days"', "flora-analytics.toml: lookback: '3 days' is no span"),
        ('tz = "Europe/Viena"', "flora-analytics.toml: tz: There is no time zone 'Europe/Viena'"),
        ("[[rules]]\nspend = 5", "'rules' is not known; did you mean 'rule'"),
        ("[alert]", "did you mean 'alerts'"),
        ("tz = ", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_do(folder, text, says):
    write(folder, text)

    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ={})

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_environment_variable_is_named():
    with pytest.raises(ConfigurationError, match="FLORA_WORKERS is 'many'; expected a whole"):
        load_settings(environ={"FLORA_WORKERS": "many"})


def test_a_named_file_that_is_missing_is_an_error(folder):
    with pytest.raises(ConfigurationError, match=r"nowhere.toml cannot be read: No such file"):
        load_settings(config="nowhere.toml", environ={})


def test_an_unknown_profile_gets_a_suggestion():
    settings = Settings(profiles=(Profile(name="studio", api_key_env="A"),))

    with pytest.raises(ConfigurationError, match="did you mean 'studio'"):
        settings.profile("studi")


def test_a_profile_whose_variable_is_not_set_says_which():
    with pytest.raises(ConfigurationError, match="A_KEY, which is not set"):
        Profile(name="a", api_key_env="A_KEY").api_key({})


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90m", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        (" 3d ", timedelta(days=3)),
        ("4w", timedelta(weeks=4)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text, span):
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "3", "d", "3y", "-3d", "1.5h", "3d12h", "99999999d", "9999w"])
def test_anything_else_is_no_span(text):
    with pytest.raises(ConfigurationError, match="is no span"):
        parse_span(text)


@pytest.mark.parametrize("content", ["", "two words", "one\ntwo"], ids=["empty", "words", "lines"])
def test_a_key_file_holds_one_key(folder, content):
    path = write(folder, content, "flora.key")

    with pytest.raises(ConfigurationError, match="the key and nothing else"):
        read_key_file(path)


def test_a_key_file_that_is_not_there_says_so():
    with pytest.raises(ConfigurationError, match=r"flora.key cannot be read: No such file"):
        read_key_file("flora.key")
