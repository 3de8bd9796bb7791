"""Owns the cases about tokens: our mapper against none and against a stock mapper for each claim."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tests.benchmarks.comparing import Plan, Run, Sample, compare, each
from tests.benchmarks.peers import posting, request
from tests.benchmarks.results import NOISE, Result
from tests.benchmarks.runs import asking
from tests.benchmarks.stage import Stage
from tests.integration.mappers import detach
from tests.integration.profiles import set_policy
from tests.integration.realms import Client, User
from tests.integration.tokens import Tokens

CLAIMS = 20
_LOGINS = 8
_SWITCHES = ("access.token.claim", "id.token.claim", "userinfo.token.claim", "introspection.token.claim")


def tokens(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Refresh grants and userinfo: the processor time that Keycloak takes for each."""
    # A mapper is a hundredth of what a grant takes, and the same grant varies by more: many short runs tell.
    plan = replace(plan, seconds=plan.seconds / 2, rounds=3 * plan.rounds)
    jane = stage.person({f"fact-{number}": _value(number) for number in range(CLAIMS)})
    _give_attributes(stage, jane)
    ours, none, stock = stage.realm.app, _without(stage), _with_stock_mappers(stage)
    logins = {
        client: [stage.realm.login(jane, client) for _ in range(_LOGINS)] for client in (ours, none, stock)
    }
    kinds = {
        "refresh grant": (partial(refreshing, stage), NOISE),
        "userinfo": (partial(asking_who, stage), "≤ 1.15"),
    }
    for name, (run_of, target) in kinds.items():
        runs = {client: run_of(client, logins[client]) for client in logins}
        case = f"{name}, {CLAIMS} claims: Keycloak's processor time"
        pairs = compare(runs[ours], runs[none], plan)
        yield Result(case, "our mapper", "no mapper", "ms", each(pairs, _cost), target)
        pairs = compare(runs[ours], runs[stock], plan)
        yield Result(case, "our mapper", f"{CLAIMS} stock mappers", "ms", each(pairs, _cost), "≤ 1.0")


def refreshing(stage: Stage, client: Client, logins: list[Tokens]) -> Run:
    """Refresh some logins, each over and over."""
    path = f"/realms/{stage.realm.name}/protocol/openid-connect/token"
    form = f"grant_type=refresh_token&client_id={client.client_id}&refresh_token="
    url = stage.realm.keycloak.url
    return asking([posting(url, path, form + each.refresh_token) for each in logins], stage, _LOGINS)


def asking_who(stage: Stage, client: Client, logins: list[Tokens]) -> Run:
    """Ask who the access tokens of some logins speak for."""
    del client
    path = f"/realms/{stage.realm.name}/protocol/openid-connect/userinfo"
    url = stage.realm.keycloak.url
    return asking([request("GET", url, path, each.access_token) for each in logins], stage, _LOGINS)


def _cost(sample: Sample) -> float:
    return sample.keycloak


def _value(number: int) -> str:
    return f"what is known of {number}"


def _give_attributes(stage: Stage, user: User) -> None:
    set_policy(stage.realm, "ADMIN_EDIT")
    attributes = {f"fact-{number}": [_value(number)] for number in range(CLAIMS)}
    admin = stage.realm.admin
    admin.update_user(user.id, {**admin.get_user(user.id), "attributes": attributes})


def _without(stage: Stage) -> Client:
    client = stage.realm.client(publicClient=True, directAccessGrantsEnabled=True)
    detach(stage.realm, client)
    return client


def _with_stock_mappers(stage: Stage) -> Client:
    client = _without(stage)
    for number in range(CLAIMS):
        key = f"fact-{number}"
        config = {"user.attribute": key, "claim.name": f"metadata_{key}", "jsonType.label": "String"}
        stage.realm.admin.add_mapper_to_client(
            client.id,
            {
                "name": key,
                "protocol": "openid-connect",
                "protocolMapper": "oidc-usermodel-attribute-mapper",
                "config": {**config, **dict.fromkeys(_SWITCHES, "true")},
            },
        )
    return client
