"""How log lines look: one line whatever was logged, in either format, and nothing of an exception's text."""

import json
import logging
import logging.config
import sys

import pytest

from keycloak_user_metadata.logs import JsonLines, TextLines, logging_config
from keycloak_user_metadata.settings import Settings

ATTACK = 'a\nb\r\x1b[31m\x7f\u2028"\x9bü'


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    """Make a record as a logger does."""
    made = logging.LogRecord("x", logging.WARNING, "", 0, message, args, None)
    made.__dict__.update(extra)
    return made


def test_a_json_line_is_one_object_with_the_time_the_level_and_the_message() -> None:
    """Machines find the same members in each, and then those of the event."""
    line = json.loads(JsonLines().format(record("Ready: %s", 7, fields={"status": 200, "client": None})))

    assert list(line) == ["time", "level", "message", "status", "client"]
    assert line["time"].endswith("Z")
    assert {**line, "time": ""} == {
        "time": "",
        "level": "warning",
        "message": "Ready: 7",
        "status": 200,
        "client": None,
    }


def test_a_text_line_says_the_same() -> None:
    """Time, level, message, and the fields by name; what is not plain is quoted."""
    fields = {"status": 200, "client": "crm sync", "route": "/api/user/{userId}/metadata", "subject": None}
    line = TextLines().format(record('Said "%s"', "yes", fields=fields))

    assert line.partition(" ")[2] == (
        'warning Said "yes" status=200 client="crm sync" route=/api/user/{userId}/metadata subject=-'
    )


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
def test_nothing_that_is_logged_begins_a_line_or_moves_a_cursor(lines: logging.Formatter) -> None:
    """Line ends, escape sequences and other controls come out as escapes, in messages and in fields."""
    line = lines.format(record("%s", ATTACK.replace("\n", "\v"), fields={"client": ATTACK}))

    assert [character for character in line if not " " <= character <= "~"] == []


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
def test_an_exception_is_shown_without_its_text(lines: logging.Formatter) -> None:
    """Which it was, and where; what it quotes might be a token."""
    try:
        json.loads("secret")
    except ValueError:
        failed = record("Task failed\nexception=ValueError('secret')", exc_info=sys.exc_info())
    line = lines.format(failed)

    assert "Task failed" in line
    assert "JSONDecodeError" in line
    assert "in raw_decode" in line
    assert "secret" not in line


def test_all_loggers_share_the_format(capfd: pytest.CaptureFixture[str]) -> None:
    """Ours, the server's, and any library's warning."""
    before = logging.root.handlers[:], logging.root.level
    settings = Settings.load(keycloak_url="http://127.0.0.1:1", realm="demo", log_level="error")
    names = ("keycloak_user_metadata.x", "uvicorn.error", "uvicorn", "asyncio", "aiohttp.client")
    try:
        logging.config.dictConfig(logging_config(settings))
        for name in names:
            logging.getLogger(name).error("of %s", name)
            logging.getLogger(name).info("not at this level")
    finally:
        for handler in logging.root.handlers[:]:
            logging.root.removeHandler(handler)
        for handler in before[0]:
            logging.root.addHandler(handler)
        logging.root.setLevel(before[1])
        for name in ("keycloak_user_metadata", "uvicorn", "uvicorn.error"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]

    assert [(line["level"], line["message"]) for line in lines] == [("error", f"of {name}") for name in names]
