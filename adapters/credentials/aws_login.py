"""Find AWS credentials: those of the call, of a profile or of an assumed role.

This uses botocore's chain (variables, profiles, SSO, web identities, containers, instances) and its
refreshable credentials. It creates botocore clients only to assume a role.
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from cachetools import LRUCache

from ...pipeline.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    BadRequestError,
)
from ...pipeline.port import IO
from ...pipeline.secret import Secret
from ..decode.aws_errors import aws_error
from ..encode.url_parts import host_part
from ..provider.row import Provider

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials
    from botocore.exceptions import ClientError
    from botocore.session import Session

#: The arguments of a call for its AWS account, and the variables that replace them.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "aws_region_name": ("AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"),
    "aws_access_key_id": (),
    "aws_secret_access_key": (),
    "aws_session_token": (),
    "aws_profile_name": ("AWS_PROFILE_NAME",),
    "aws_role_name": ("AWS_ROLE_NAME",),
    "aws_session_name": ("AWS_SESSION_NAME",),
    "aws_external_id": ("AWS_EXTERNAL_ID",),
    "aws_web_identity_token": ("AWS_WEB_IDENTITY_TOKEN",),
    "aws_sts_endpoint": ("AWS_STS_ENDPOINT",),
}
# Variables that botocore's chain reads; other values lead to other credentials.
_CHAIN_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
_SESSION_NAME = "trunkline"


class Account(NamedTuple):
    """The AWS account of a call: the values of `ARGUMENTS` in their order."""

    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    profile: str | None = None
    role: str | None = None
    session_name: str | None = None
    external_id: str | None = None
    web_identity_token: str | None = None
    sts_endpoint: str | None = None

    def __repr__(self) -> str:
        return f"Account(region={self.region!r}, profile={self.profile!r}, role={self.role!r})"


def read_account(params: Mapping[str, Any], model: str) -> Account:
    """Return the account from arguments, the model's ARN and variables, in this order.

    Raises:
        BadRequestError: an argument is not a string, or the region cannot be part of a host name.
    """
    values: list[str | None] = []
    for name, variables in ARGUMENTS.items():
        value: object = params.get(name)
        if isinstance(value, Secret):
            value = value.reveal()
        if value is None and name == "aws_region_name":
            value = region_of(model)
        if value is None:
            value = next(filter(None, map(os.environ.get, variables)), None)
        if value is not None and not isinstance(value, str):
            raise BadRequestError(f"{name}: expected str, got {type(value).__name__}", param=name)
        if value and name == "aws_region_name":
            host_part(value, name)
        values.append(value or None)
    return Account(*values)


def region_of(model: str) -> str | None:
    """Return the region in an ARN, "arn:aws:bedrock:us-east-1:...", None for other names."""
    fields = model.split(":")
    return fields[3] or None if len(fields) > 5 and fields[0] == "arn" else None


def configured_region(account: Account, provider: Provider) -> str:
    """Return the region of the account's profile.

    Raises:
        BadRequestError: the profile has no region.
        AuthenticationError: the profile does not exist.
    """
    with _translated(provider):
        region: object = _session(account.profile, _chain_variables()).get_config_variable("region")
    if isinstance(region, str) and region:
        return host_part(region, "aws_region_name")
    raise BadRequestError(
        f"{provider.name}: no AWS region: pass aws_region_name, set AWS_REGION, "
        "or set one in the profile",
        provider.name,
        param="aws_region_name",
    )


def _chain_variables() -> tuple[str | None, ...]:
    return tuple(map(os.environ.get, _CHAIN_VARIABLES))


@lru_cache(maxsize=64)
def _session(profile: str | None, _variables: tuple[str | None, ...]) -> Session:
    """Return botocore's session, which reads files; one for each set of variables."""
    from botocore.session import Session  # noqa: PLC0415  # an extra

    return Session(profile=profile)


_known: LRUCache[tuple[Account, tuple[str | None, ...]], Credentials] = LRUCache(64)
_lock = Lock()


async def find_credentials(io: IO, account: Account, provider: Provider) -> ReadOnlyCredentials:
    """Return valid credentials of an account; they are kept and refreshed.

    Raises:
        AuthenticationError: none are found, or they are incomplete or refused.
        APIConnectionError: the service that issues them does not respond.
    """
    access, secret = account.access_key_id, account.secret_access_key
    if access and secret and account.role is None and account.profile is None:
        from botocore.credentials import ReadOnlyCredentials  # noqa: PLC0415  # an extra

        # There is nothing to look up or to refresh.
        return ReadOnlyCredentials(access, secret, account.session_token)
    if account.role is None:
        # Only the service that assumes roles depends on the region.
        account = account._replace(region=None)
    key = (account, _chain_variables())
    with _lock:
        found = _known.get(key)
    if found is None:
        found = await io.run(partial(_look_up, account, provider))
        with _lock:
            found = _known.setdefault(key, found)
    freeze = partial(_freeze, found, provider)
    # Only refreshing calls a service.
    return await io.run(freeze) if _is_stale(found) else freeze()


def _look_up(account: Account, provider: Provider) -> Credentials:
    """Return the credentials of the call, else those of botocore's chain."""
    from botocore.credentials import Credentials  # noqa: PLC0415  # an extra

    keys = (account.access_key_id, account.secret_access_key)
    if any(keys) and not all(keys):
        raise AuthenticationError(
            f"{provider.name}: pass both aws_access_key_id and aws_secret_access_key; "
            "one of them is missing",
            provider.name,
        )
    with _translated(provider):
        session = _session(account.profile, _chain_variables())
        if account.role and account.web_identity_token:
            return _web_identity(session, account, account.role, account.web_identity_token)
        found: Credentials | None = (
            Credentials(keys[0], keys[1], account.session_token)
            if keys[0] and keys[1]
            else session.get_credentials()
        )
        if found is None:
            raise AuthenticationError(
                f"{provider.name}: no AWS credentials: pass aws_access_key_id and "
                "aws_secret_access_key or aws_profile_name, or set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, AWS_PROFILE or another source of AWS's chain"
                + _or_key(provider),
                provider.name,
            )
        return _assumed(session, account, account.role, found) if account.role else found


def _or_key(provider: Provider) -> str:
    return f"; or pass api_key or set {provider.key_env[0]}" if provider.key_env else ""


def _assumed(session: Session, account: Account, role: str, source: Credentials) -> Credentials:
    """Return credentials that assume a role at their first use and again before they expire.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    from botocore import credentials  # noqa: PLC0415  # an extra

    extra = {"RoleSessionName": account.session_name or _SESSION_NAME}
    if account.external_id:
        extra["ExternalId"] = account.external_id
    fetcher = credentials.AssumeRoleCredentialFetcher(
        _client_maker(session, account), source, role, extra_args=extra
    )
    return credentials.DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")


def _web_identity(session: Session, account: Account, role: str, token: str) -> Credentials:
    """Return credentials for an identity token, given as text or as the path of a file."""
    from botocore import credentials  # noqa: PLC0415  # an extra

    fetcher = credentials.AssumeRoleWithWebIdentityCredentialFetcher(
        _client_maker(session, account),
        lambda: _read_token(token),
        role,
        extra_args={"RoleSessionName": account.session_name or _SESSION_NAME},
    )
    return credentials.DeferredRefreshableCredentials(
        fetcher.fetch_credentials, "assume-role-with-web-identity"
    )


def _read_token(token: str) -> str:
    """Return the token; a file is read each time, because another program updates it."""
    is_path = token.startswith((os.sep, ".", "~"))
    return Path(token).expanduser().read_text(encoding="utf-8").strip() if is_path else token


def _client_maker(session: Session, account: Account) -> Callable[..., Any]:
    from botocore.config import Config  # noqa: PLC0415  # an extra

    return partial(
        session.create_client,
        region_name=account.region,
        endpoint_url=account.sts_endpoint,
        config=Config(connect_timeout=10, read_timeout=30, retries={"total_max_attempts": 2}),
    )


def _is_stale(found: Credentials) -> bool:
    from botocore.credentials import RefreshableCredentials  # noqa: PLC0415  # an extra

    return isinstance(found, RefreshableCredentials) and found.refresh_needed()


def _freeze(found: Credentials, provider: Provider) -> ReadOnlyCredentials:
    with _translated(provider):
        return found.get_frozen_credentials()


@contextmanager
def _translated(provider: Provider) -> Generator[None]:
    """Translate botocore's errors into ours."""
    from botocore import exceptions  # noqa: PLC0415  # an extra

    try:
        yield
    except exceptions.ClientError as error:
        raise _service_error(error) from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise APIConnectionError(
            f"AWS credentials: {error}", provider.name, phase="connect"
        ) from error
    except (exceptions.BotoCoreError, OSError, ValueError) as error:
        raise AuthenticationError(f"AWS credentials: {error}", provider.name) from error


def _service_error(error: ClientError) -> APIError:
    """Return the error of the service that issues credentials."""
    said = error.response.get("Error", {})
    about = error.response.get("ResponseMetadata", {})
    return aws_error(
        said.get("Code"),
        f"AWS credentials: {said.get('Message') or error}",
        about.get("HTTPStatusCode"),
        about.get("HTTPHeaders", {}),
    )
