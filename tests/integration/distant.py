"""Owns a Keycloak run as companies do: reached at another address than the one it writes into tokens."""

from dev.ports import HOST
from dev.server import ServerOptions
from tests.integration.certificates import Tls
from tests.integration.realms import Realm
from tests.services.databases import Database

PUBLIC = "https://id.example.test"
POOL = 20


def distant(tls: Tls, database: Database | None) -> ServerOptions:
    """Give the options of such a Keycloak."""
    return ServerOptions(
        environment=database.environment if database else None,
        hostname=PUBLIC,
        options=(
            "--hostname-admin=https://admin.example.test",
            "--hostname-backchannel-dynamic=true",
            f"--db-pool-initial-size={POOL}",
            f"--db-pool-min-size={POOL}",
            f"--db-pool-max-size={POOL}",
            "--http-access-log-enabled=true",
            "--proxy-headers=xforwarded",
            f"--proxy-trusted-addresses={HOST}",
            *tls.options,
        ),
    )


def issuer_of(realm: Realm) -> str:
    """Give the issuer in the tokens of a realm there: a sidecar cannot guess it from the address."""
    return f"{PUBLIC}/realms/{realm.name}"
