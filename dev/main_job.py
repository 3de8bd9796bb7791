"""Owns what ``make up`` shows: the main job step by step, then commands to go on with; starts nothing."""

import json
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jwt

from dev import DevError
from dev.demo import EMAIL, Demo

ENTRY = {"value": "Dark Mode", "profileClaim": True}
CLAIM = "metadata_theme"


def show_main_job(demo: Demo) -> None:
    """Write an entry as the manager, log Jane in, show the claim that came of it.

    Raises:
        DevError: a step was refused, or the claim is not there.
    """
    # Loopback is not asked for through a proxy, whatever the environment says.
    with httpx.Client(trust_env=False, timeout=30) as http:
        _say("The main job, done once:", "")
        address = f"{demo.sidecar_url}/api/user/{quote(EMAIL)}/metadata/theme"
        _say(
            f"1. The application {demo.manager_client_id} takes its own token and writes an entry for Jane:",
            f"   PUT {address}",
            f"   {json.dumps(ENTRY)}",
        )
        manager = {"client_id": demo.manager_client_id, "client_secret": demo.manager_client_secret}
        bearer = _tokens(http, demo, {"grant_type": "client_credentials", **manager})["access_token"]
        answer = http.put(address, json=ENTRY, headers={"Authorization": f"Bearer {bearer}"})
        if not answer.is_success:
            message = f"The sidecar refused the write: {answer.status_code} {answer.text}"
            raise DevError(message)
        _say(f"   -> {answer.status_code} {answer.reason_phrase}   ETag: {answer.headers.get('etag')}", "")

        _say(f"2. Jane logs in to another application, {demo.app_client_id}.", "")
        jane = {"username": demo.demo_username, "password": demo.demo_password, "scope": "openid"}
        tokens = _tokens(http, demo, {"grant_type": "password", "client_id": demo.app_client_id, **jane})

        _say("3. Her access token, decoded:")
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        _say(*(f"   {line}" for line in json.dumps(claims, indent=2).splitlines()), "")
        if claims.get(CLAIM) != ENTRY["value"]:
            message = f"The token carries no {CLAIM}: see user-metadata check."
            raise DevError(message)
        _say(f'   There it is: "{CLAIM}": "{claims[CLAIM]}"', "")


def show_commands(demo: Demo, variables: Path) -> None:
    """Print commands that work when pasted into another terminal."""
    entries = f'"$SIDECAR_URL/api/user/{EMAIL}/metadata'
    bearer = '-H "Authorization: Bearer $TOKEN"'
    take = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])'"
    show = (
        'python3 -c \'import base64, json, sys; part = sys.argv[1].split(".")[1]; '
        'print(json.dumps(json.loads(base64.urlsafe_b64decode(part + "==")), indent=2))\''
    )
    endpoint = '"$KEYCLOAK_URL/realms/$REALM/protocol/openid-connect/token"'
    _say(
        "Go on in another terminal with these commands:",
        "",
        "# names, addresses and secrets of this demonstration",
        f". {shlex.quote(str(variables))}",
        "",
        "# the manager's token (it lives for five minutes)",
        f"TOKEN=$(curl -s {endpoint} -d grant_type=client_credentials \\",
        f'  -d client_id="$MANAGER_CLIENT_ID" -d client_secret="$MANAGER_CLIENT_SECRET" | {take})',
        "",
        "# read all entries of Jane; write one",
        f'curl -i {bearer} {entries}"',
        f'curl -i -X PUT {bearer} -H "Content-Type: application/json" \\',
        f'  -d \'{{"value": "Light", "profileClaim": true}}\' {entries}/user-theme"',
        "",
        "# Jane logs in; what her token says",
        f'JANE=$(curl -s {endpoint} -d grant_type=password -d client_id="$APP_CLIENT_ID" -d scope=openid \\',
        f'  -d username="$DEMO_USERNAME" --data-urlencode password="$DEMO_PASSWORD" | {take})',
        f'{show} "$JANE"',
        "",
        "# delete the entry; the next login is without the claim",
        f'curl -i -X DELETE {bearer} {entries}/user-theme"',
        "",
        f"Keycloak's console: {demo.keycloak_url}/admin/{demo.realm}/console/ (password: {variables})",
        f"The API, described: {demo.sidecar_url}/openapi.json",
        "",
    )


def _tokens(http: httpx.Client, demo: Demo, form: dict[str, str]) -> dict[str, Any]:
    answer = http.post(demo.token_url, data=form)
    if not answer.is_success:
        message = f"Keycloak gave {form['client_id']} no token: {answer.status_code} {answer.text}"
        raise DevError(message)
    tokens: dict[str, Any] = answer.json()
    return tokens


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)
