"""Owns what schemathesis cannot read from /openapi.json, for it to load into its own process."""

import os
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import UseAfterFree

TOKEN = os.environ.get("CALLER_TOKEN", "")
VALUE = os.environ["PLANTED_VALUE"]
# What may be answered at all where the caller is one to be refused: nothing that tells or changes anything.
ONLY = {int(status) for status in os.environ.get("ONLY_STATUSES", "").split()}
NO_VALUE = "it has no value, and null is none"
TRACES = ("Traceback", "\tat ", 'File "', "Exception")
_dry_runs: set[str] = set()

# An instant in the past is refused, and no schema can say "in the future".
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(2100, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - given by timezones
        lambda instant: instant.isoformat().replace("+00:00", "Z")
    ),
)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, object]) -> None:  # noqa: ARG001 - as it is called
    """Ask for something possible: nothing is both there and not there, and every answer would be 412."""
    if case.query.get("dryRun") in (True, "true"):
        _dry_runs.add(case.id)
    if case.headers.get("If-Match") == "*" == case.headers.get("If-None-Match"):
        del case.headers["If-Match"]
        del case.headers["If-None-Match"]


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:  # noqa: ARG001
    """Leave out what is right by the contract, and no schema can say."""
    if isinstance(failure, UseAfterFree):
        # A dry run deletes nothing, and so its entry is still there.
        return failure.deleted_case_id not in _dry_runs
    # Whether a patch leaves an entry without a value depends on what is stored.
    return not (case.method == "PATCH" and response.status_code == 422 and NO_VALUE in response.text)


@schemathesis.check
def nothing_is_given_away(ctx: CheckContext, response: Response, case: Case[Any]) -> None:  # noqa: ARG001
    """No answer holds the token or a trace; no error a value, but for the one that shows what is stored."""
    text = response.text
    assert not TOKEN or TOKEN.rpartition(".")[2] not in text
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        assert not any(trace in text for trace in TRACES)
        assert VALUE not in text or response.status_code == HTTPStatus.PRECONDITION_FAILED


@schemathesis.check
def the_caller_is_refused(ctx: CheckContext, response: Response, case: Case[Any]) -> None:  # noqa: ARG001
    """Where only some statuses are expected, no other one is answered."""
    assert not ONLY or response.status_code in ONLY, f"{case.method} {case.path}: {response.status_code}"
