"""Settings: all mistakes at once, in words; addresses as they are meant."""

from pathlib import Path

import pytest

from keycloak_user_metadata.settings import PREFIX, AdminSettings, Settings, SettingsError

_GIVEN = {"keycloak_url": "https://id.example.com", "realm": "demo"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in AdminSettings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def mistakes(**given: object) -> list[str]:
    """Load settings that are wrong."""
    with pytest.raises(SettingsError) as error:
        Settings.load(**given)
    return error.value.mistakes


def test_address_and_realm_are_enough() -> None:
    """All else has a default, the issuer follows from the two."""
    settings = Settings.load(**_GIVEN)
    assert settings.issuer == "https://id.example.com/realms/demo"
    assert settings.extension_url == "https://id.example.com/admin/realms/demo/user-metadata"
    assert (settings.host, settings.port, settings.ca_file) == ("127.0.0.1", 8000, None)


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One run names all that is wrong, by the names of the environment."""
    (tmp_path / "no.pem").write_text("nothing")
    monkeypatch.setenv("USER_METADATA_KEYCLOAK_ULR", "https://id.example.com")
    told = mistakes(
        port="many",
        ca_file=str(tmp_path / "no.pem"),
        root_path="meta?",
        keycloak_timeout=0,
        log_level="loud",
        trusted_proxies="proxy.internal",
        issuer="id.example.com",
    )
    names = [line.split()[0].removeprefix(PREFIX) for line in told]
    assert names == [
        "KEYCLOAK_URL",
        "REALM",
        "ISSUER",
        "CA_FILE",
        "PORT",
        "ROOT_PATH",
        "KEYCLOAK_TIMEOUT",
        "LOG_LEVEL",
        "TRUSTED_PROXIES",
        "KEYCLOAK_ULR",
    ]
    assert "did you mean USER_METADATA_KEYCLOAK_URL" in told[-1]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://127.0.0.1:8090/auth/", "http://127.0.0.1:8090/auth"),
        ("http://127.0.0.1:8090//", "http://127.0.0.1:8090"),
        ("HTTPS://ID.Example.COM:443", "https://id.example.com"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_addresses_are_spelt_as_clients_spell_them(given: str, meant: str) -> None:
    """Case of the host, the standard port and closing slashes make no difference to where Keycloak is."""
    assert Settings.load(keycloak_url=given, realm="demo").keycloak_url == meant


@pytest.mark.parametrize(
    "url",
    [
        "id.example.com",
        "ftp://id.example.com",
        "http://",
        "http://id.example.com:99999",
        "https://user:secret@id.example.com",
        "https://id.example.com/?a=b",
        "https://id.example.com/#",
        "https://id.example.com/realms/demo",
        "https://id.example.com/auth/admin",
        "https://id.exämple.com",
        "https://id.example.com/a b",
    ],
)
def test_what_is_no_address_of_keycloak_is_refused(url: str) -> None:
    """A wrong address is found before anything is asked, and never shown where it might hold a secret."""
    (told,) = mistakes(keycloak_url=url, realm="demo")
    assert told.startswith("USER_METADATA_KEYCLOAK_URL must ")
    assert "secret" not in told


def test_the_issuer_is_kept_to_the_letter() -> None:
    """An issuer is compared, so nothing of it is changed."""
    issuer = "HTTPS://Id.example.com:443/realms/demo/"
    assert Settings.load(**_GIVEN, issuer=issuer).issuer == issuer


def test_odd_names_of_realms_are_encoded() -> None:
    """The name of a realm is one segment of a path."""
    assert (
        Settings.load(**{**_GIVEN, "realm": "a/b c"}).realm_url == "https://id.example.com/realms/a%2Fb%20c"
    )


def test_the_environment_is_read_and_what_is_given_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty variables and options that were not given leave the default."""
    monkeypatch.setenv("USER_METADATA_KEYCLOAK_URL", "http://127.0.0.1:8080")
    monkeypatch.setenv("USER_METADATA_REALM", "from-environment")
    monkeypatch.setenv("USER_METADATA_CA_FILE", "")
    monkeypatch.setenv("USER_METADATA_LOG_LEVEL", "INFO")
    settings = Settings.load(realm="given", host=None)
    assert (settings.keycloak_url, settings.realm) == ("http://127.0.0.1:8080", "given")
    assert (settings.host, settings.ca_file, settings.log_level) == ("127.0.0.1", None, "info")


def test_variables_that_kubernetes_adds_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service called user-metadata is no mistake of the operator, until it takes the name of a setting."""
    monkeypatch.setenv("USER_METADATA_SERVICE_HOST", "10.0.0.7")
    monkeypatch.setenv("USER_METADATA_PORT_8000_TCP_ADDR", "10.0.0.7")
    assert Settings.load(**_GIVEN).port == 8000
    monkeypatch.setenv("USER_METADATA_PORT", "tcp://10.0.0.7:8000")
    (told,) = mistakes(**_GIVEN)
    assert "enableServiceLinks" in told


@pytest.mark.parametrize(
    "path", ["/api", "/api/user", "/api/user/x", "/health", "meta", "/a//b", "/ü", "/a b"]
)
def test_prefixes_that_would_be_ambiguous_are_refused(path: str) -> None:
    """A prefix must be plain, and no beginning of a route."""
    (told,) = mistakes(**_GIVEN, root_path=path)
    assert told.startswith("USER_METADATA_ROOT_PATH must ")


def test_prefixes_lose_their_closing_slash() -> None:
    """Both spellings mean the same."""
    assert Settings.load(**_GIVEN, root_path="/").root_path == ""
    assert Settings.load(**_GIVEN, root_path="/meta/v1/").root_path == "/meta/v1"


@pytest.mark.parametrize("proxies", ["*", "127.0.0.1", "10.0.0.0/8, ::1"])
def test_proxies_are_addresses(proxies: str) -> None:
    """Addresses, networks and the star are taken."""
    assert Settings.load(**_GIVEN, trusted_proxies=proxies).trusted_proxies == proxies


def test_secrets_do_not_show() -> None:
    """An administrator's login never appears when settings are printed."""
    settings = AdminSettings.load(**_GIVEN, admin_password="hunter2", admin_token="hunter2")
    assert "hunter2" not in repr(settings)
