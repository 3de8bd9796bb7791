"""Owns what a realm needs: sealed attribute, client and roles, scope and mapper; does not ask Keycloak."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

Json = dict[str, Any]

ATTRIBUTE: Final = "user-metadata-document"
CLIENT: Final = "user-metadata"
SCOPE: Final = "user-metadata"
MAPPER: Final = "user-metadata"
MAPPER_TYPE: Final = "oidc-user-metadata-mapper"
CLAIM_PREFIX: Final = "metadata_"

# What the largest document any realm may allow (1 MiB) takes at most when stored: so Keycloak never calls one
# too long. The limit itself is the extension's.
DECLARED_LENGTH: Final = 3 * 1024 * 1024

_LABELS: Final = ("displayName", "group")

ROLES: Final = {
    "view-metadata": "Read every user's metadata",
    "manage-metadata": "Read and change every user's metadata",
    "view-own-metadata": "Read one's own metadata, as far as it is in one's tokens",
}

# By namespace: its keys are those that begin with it and a dot.
_NAMESPACE_ROLES: Final = {
    "view-metadata": "Read the entries {}.* of every user's metadata",
    "manage-metadata": "Read and change the entries {}.* of every user's metadata",
}
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_LONGEST_NAMESPACE: Final = 100

TOKEN_SWITCHES: Final = {
    "access.token.claim": "access token",
    "id.token.claim": "ID token",
    "userinfo.token.claim": "userinfo",
    "introspection.token.claim": "introspection",
    "lightweight.claim": "lightweight access token",
}

# Keycloak's own attributes, as a realm that defines no profile has them.
_STOCK_PROFILE: Final = """{"attributes":[
{"name":"username","displayName":"${username}","validations":{"length":{"min":3,"max":255},
"username-prohibited-characters":{},"up-username-not-idn-homograph":{}},
"permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false},
{"name":"email","displayName":"${email}","validations":{"email":{},"length":{"max":255}},
"required":{"roles":["user"]},"permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false},
{"name":"firstName","displayName":"${firstName}","validations":{"length":{"max":255},
"person-name-prohibited-characters":{}},"required":{"roles":["user"]},
"permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false},
{"name":"lastName","displayName":"${lastName}","validations":{"length":{"max":255},
"person-name-prohibited-characters":{}},"required":{"roles":["user"]},
"permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false}],
"groups":[{"name":"user-metadata","displayHeader":"User metadata",
"displayDescription":"Attributes, which refer to user metadata"}]}"""


def sealed_profile(profile: Mapping[str, Any]) -> Json:
    """Return the user profile with our attribute sealed in it; all else stays as it is."""
    attributes = list(profile.get("attributes", []))
    for place, attribute in enumerate(attributes):
        if attribute["name"] == ATTRIBUTE:
            if not _is_sealed(attribute):
                attributes[place] = _sealed(attribute)
            break
    else:
        attributes.append(_sealed({"displayName": "User metadata"}))
    return {**profile, "attributes": attributes}


def declaration(profile: Mapping[str, Any]) -> Json | None:
    """Return what the profile declares of our attribute, None when it does not name it."""
    return next((each for each in profile.get("attributes", []) if each["name"] == ATTRIBUTE), None)


def _sealed(attribute: Mapping[str, Any]) -> Json:
    return {
        "name": ATTRIBUTE,
        **{label: attribute[label] for label in _LABELS if attribute.get(label)},
        "multivalued": False,
        "validations": {"length": {"max": DECLARED_LENGTH}},
    }


def _is_sealed(attribute: Mapping[str, Any]) -> bool:
    """Tell whether nobody may see or change the attribute, and nothing can find fault with a document.

    A user whose profile has a fault cannot log in: so neither a requirement nor another validator may stand
    there. The admin console writes out what says nothing: empty annotations, permissions for nobody, numbers
    as text.
    """
    said = {name for name, value in attribute.items() if value is not None}
    validators = attribute.get("validations") or {}
    length = {name: str(value) for name, value in (validators.get("length") or {}).items()}
    return (
        said <= {"name", *_LABELS, "multivalued", "validations", "permissions", "annotations"}
        and not any((attribute.get("permissions") or {}).values())
        and not attribute.get("annotations")
        and not attribute.get("multivalued")
        and set(validators) == {"length"}
        and length == {"max": str(DECLARED_LENGTH)}
    )


def client() -> Json:
    """Return the client that owns the roles; nobody logs in with it."""
    return {
        "clientId": CLIENT,
        "name": "User metadata",
        "description": "Owns the roles for user metadata; the audience of tokens that carry one",
        "protocol": "openid-connect",
        "bearerOnly": True,
        "standardFlowEnabled": False,
    }


def roles(namespaces: Iterable[str] = ()) -> list[Json]:
    """Return the client's roles, and those of some namespaces."""
    of_namespaces = {
        f"{name}:{namespace}": description.format(namespace)
        for namespace in namespaces
        for name, description in _NAMESPACE_ROLES.items()
    }
    every = {**ROLES, **of_namespaces}
    return [{"name": name, "description": description} for name, description in every.items()]


def is_namespace(text: str) -> bool:
    """Tell whether it can name a namespace: letters, digits, - and _, with single dots inside."""
    return len(text) <= _LONGEST_NAMESPACE and _NAMESPACE.fullmatch(text) is not None


def namespaces(role_names: Iterable[str]) -> dict[str, list[str]]:
    """Find the namespaces that have roles, and which of the pair each lacks."""
    found: dict[str, set[str]] = {}
    for role in role_names:
        name, colon, namespace = role.partition(":")
        if colon and namespace and name in _NAMESPACE_ROLES:
            found.setdefault(namespace, set()).add(name)
    return {
        namespace: [name for name in _NAMESPACE_ROLES if name not in names]
        for namespace, names in sorted(found.items())
    }


def mapper() -> Json:
    """Return the protocol mapper that emits the claims."""
    switches = {switch: str(switch != "lightweight.claim").lower() for switch in TOKEN_SWITCHES}
    return {"name": MAPPER, "protocol": "openid-connect", "protocolMapper": MAPPER_TYPE, "config": switches}


def scope() -> Json:
    """Return the client scope with the mapper in it."""
    return {
        "name": SCOPE,
        "description": f"Adds the user's metadata to the tokens, as {CLAIM_PREFIX}… claims",
        "protocol": "openid-connect",
        "attributes": {
            "include.in.token.scope": "true",
            "display.on.consent.screen": "true",
            "consent.screen.text": "Preferences and other facts kept about you",
        },
        "protocolMappers": [mapper()],
    }


def realm_fragment() -> Json:
    """Return what a realm file must hold for the imported realm to be prepared from its first moment on."""
    profile = sealed_profile(json.loads(_STOCK_PROFILE))
    return {
        # Without it a realm whose file names client scopes gets none of Keycloak's own. Since Keycloak 26.6.
        "attributes": {"CreateDefaultClientScopes": "true"},
        "clients": [client()],
        "roles": {"client": {CLIENT: roles()}},
        "clientScopes": [scope()],
        "defaultDefaultClientScopes": [SCOPE],
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {
                    "providerId": "declarative-user-profile",
                    "config": {"kc.user.profile.config": [json.dumps(profile)]},
                }
            ]
        },
    }
