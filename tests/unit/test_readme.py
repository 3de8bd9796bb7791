"""What the README says, held against the code."""

import json
import re

import pytest
from pydantic_core import PydanticUndefined

from dev import ROOT
from keycloak_user_metadata.errors import MetadataError
from keycloak_user_metadata.realm import realm_fragment
from keycloak_user_metadata.settings import PREFIX, AdminSettings

README = (ROOT / "README.md").read_text()
ROWS = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.+?) \|", README, re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else() -> None:
    """The configuration table names each setting once."""
    assert sorted(ROWS) == sorted(name.upper() for name in AdminSettings.model_fields)


@pytest.mark.parametrize("name", list(AdminSettings.model_fields))
def test_the_documented_default_is_the_default(name: str) -> None:
    """A default in the table is the one in force; a word stands for none."""
    field = AdminSettings.model_fields[name]
    documented = ROWS[name.upper()]

    if field.default is PydanticUndefined:
        assert documented == ("—" if field.is_required() else "`{KEYCLOAK_URL}/realms/{REALM}`")
    elif field.default in (None, ""):
        assert "`" not in documented
    else:
        assert documented == f"`{field.default}`"


def test_the_realm_fragment_is_the_one_that_works() -> None:
    """The JSON in the README is what the command prints and the integration tests import."""
    (fragment,) = re.findall(r"```json\n(.+?)```", README, re.DOTALL)

    assert json.loads(fragment) == realm_fragment()


def test_every_problem_code_is_documented() -> None:
    """The table of errors names each code that a caller may get."""

    def codes(kind: type[MetadataError]) -> set[str]:
        own = {kind.code} if hasattr(kind, "code") else set()
        return own.union(*(codes(each) for each in kind.__subclasses__()))

    assert {code for code in codes(MetadataError) if f"`{code}`" not in README} == set()
