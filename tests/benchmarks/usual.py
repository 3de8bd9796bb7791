"""What one would write today, with FastAPI and python-keycloak: an attribute for each key of a user.

It is the comparison *usual*. Keycloak's admin API has no way to write one attribute, so a write reads the
user and puts the whole back.
"""

import json
import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from keycloak import KeycloakAdmin, KeycloakOpenID
from pydantic import BaseModel

SERVER, REALM = os.environ["KEYCLOAK_SERVER"], os.environ["KEYCLOAK_REALM"]
CLIENT, SECRET = os.environ["KEYCLOAK_CLIENT"], os.environ["KEYCLOAK_SECRET"]

app = FastAPI()
openid = KeycloakOpenID(server_url=SERVER, realm_name=REALM, client_id=CLIENT, client_secret_key=SECRET)
admin = KeycloakAdmin(server_url=SERVER, realm_name=REALM, client_id=CLIENT, client_secret_key=SECRET)


def caller(bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> dict[str, Any]:
    """Check the caller's token by asking Keycloak, so that whoever has been logged out is out here too."""
    token: dict[str, Any] = openid.introspect(bearer.credentials)
    if not token["active"]:
        raise HTTPException(401)
    return token


Caller = Annotated[dict[str, Any], Depends(caller)]


class Entry(BaseModel):
    """What is written under a key."""

    value: Any


@app.get("/api/user/{user_id}/metadata")
def read(user_id: str, _: Caller) -> dict[str, list[dict[str, Any]]]:
    """Read all entries of a user."""
    attributes = admin.get_user(user_id).get("attributes", {})
    return {"metadata": [{"key": key, "value": json.loads(text[0])} for key, text in attributes.items()]}


@app.put("/api/user/{user_id}/metadata/{key}")
def write(user_id: str, key: str, entry: Entry, _: Caller) -> dict[str, Any]:
    """Write one entry."""
    user = admin.get_user(user_id)
    if not user:
        raise HTTPException(404)
    attributes = {**user.get("attributes", {}), key: [json.dumps(entry.value)]}
    admin.update_user(user_id, {**user, "attributes": attributes})
    return {"key": key, "value": entry.value}
