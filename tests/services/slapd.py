"""Owns an LDAP directory of the tests' own on loopback, OpenLDAP's slapd, and what befalls its people."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dev import DevError
from dev.ports import HOST, free_port
from dev.processes import RunningProgram
from tests.services.accounts import folder_of, program
from tests.services.starting import listens, wait_until_up

SUFFIX = "dc=example,dc=com"
ADMIN = f"cn=admin,{SUFFIX}"
PASSWORD = "directory"
SCHEMAS = Path("/etc/ldap/schema")
START_SECONDS = 30.0


@dataclass
class Directory:
    """A directory with people in organizational units; stopped and started in turn, all of it stays."""

    folder: Path
    port: int
    _program: RunningProgram | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"ldap://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it and return when it takes connections.

        Raises:
            DevError: it does not come up; then its last log lines.
        """
        configuration = self.folder / "slapd.conf"
        command = [_program(), "-f", str(configuration), "-h", self.url, "-d", "0"]
        self._program = RunningProgram(command, log=self.folder / "slapd.log", environment={})
        wait_until_up("slapd", self._program, partial(listens, self.port), START_SECONDS)

    def stop(self) -> None:
        """End it."""
        if self._program:
            self._program.stop()
            self._program = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop it for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep it from answering for a while: connections to it stand."""
        if self._program is None:
            message = "slapd does not run: there is nothing to freeze."
            raise DevError(message)
        self._program.freeze()
        try:
            yield
        finally:
            self._program.thaw()

    def add_unit(self, unit: str) -> str:
        """Add an organizational unit, and give its name for others to use."""
        name = f"ou={unit},{SUFFIX}"
        self._change(name, changetype="add", objectClass="organizationalUnit", ou=unit)
        return name

    def add_person(self, unit: str, uid: str, email: str, password: str) -> None:
        """Add somebody who can log in; an e-mail is ASCII, as the directory wants it."""
        kind = {"changetype": "add", "objectClass": "inetOrgPerson"}
        names = {"uid": uid, "cn": uid, "sn": "Doe", "givenName": "Amara", "mail": email}
        self._change(f"uid={uid},{unit}", **kind, **names, userPassword=password)

    def change(self, unit: str, uid: str, **attributes: str) -> None:
        """Replace attributes of somebody."""
        for name, value in attributes.items():
            self._change(f"uid={uid},{unit}", changetype="modify", replace=name, **{name: value})

    def rename(self, unit: str, uid: str, new: str) -> None:
        """Give somebody another name; it stays the same person."""
        self._change(f"uid={uid},{unit}", changetype="modrdn", newrdn=f"uid={new}", deleteoldrdn="1")

    def remove(self, unit: str, uid: str) -> None:
        """Remove somebody."""
        self._change(f"uid={uid},{unit}", changetype="delete")

    def create(self) -> None:
        """Write its configuration, start it, and lay out its root."""
        schemas = [f"include {SCHEMAS / name}.schema" for name in ("core", "cosine", "inetorgperson")]
        lines = [
            *schemas,
            *("modulepath /usr/lib/ldap", "moduleload back_mdb", f"pidfile {self.folder / 'pid'}"),
            *("database mdb", "maxsize 67108864", "dbnosync", f"directory {self.folder / 'data'}"),
            *(f'suffix "{SUFFIX}"', f'rootdn "{ADMIN}"', f"rootpw {PASSWORD}", "index uid,mail,entryUUID eq"),
        ]
        (self.folder / "data").mkdir()
        (self.folder / "slapd.conf").write_text("\n".join([*lines, ""]))
        self.start()
        self._change(SUFFIX, changetype="add", objectClass="domain", dc="example")

    def _change(self, name: str, **lines: str) -> None:
        change = "\n".join([f"dn: {name}", *(f"{key}: {value}" for key, value in lines.items()), ""])
        login = ["-x", "-D", ADMIN, "-w", PASSWORD]
        done = subprocess.run(  # noqa: S603 - the package's own
            [program("ldapmodify", "ldap-utils"), "-H", self.url, *login],
            input=change,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"ldapmodify failed:\n{done.stderr}"
            raise DevError(message)


@contextmanager
def running_slapd() -> Iterator[Directory]:
    """Start a directory without people; it ends with the test, and its data with it.

    Raises:
        DevError: it is not installed, or does not come up.
    """
    with folder_of() as folder:
        directory = Directory(folder, free_port())
        try:
            directory.create()
            yield directory
        finally:
            directory.stop()


def _program() -> str:
    return program("slapd", "slapd", Path("/usr/sbin"))
