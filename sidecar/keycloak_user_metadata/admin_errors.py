"""Owns the errors that end setup and check: each one line for the operator, without secrets; renders none.

AdminError
├── LoginRefused
├── MissingRole
└── ExtensionAbsent
"""

# ruff: noqa: N818 - named as what they tell


class AdminError(Exception):
    """Something that ends the command; its text is one line for the operator."""


class LoginRefused(AdminError):
    """Keycloak does not let the administrator in."""


class MissingRole(AdminError):
    """The login may not do or see this."""


class ExtensionAbsent(AdminError):
    """Keycloak runs without the extension."""
