"""Add a region, and a signature or a bearer token, to requests for AWS.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ...pipeline.call.request import Endpoint, Request, replace
from ...pipeline.port import HTTPRequest
from ...pipeline.secret import Secret
from ..provider.row import Provider
from .aws_login import ARGUMENTS, configured_region, find_credentials, read_account

if TYPE_CHECKING:
    from .aws_signature import Signer

# The field of a row's base_url for the region.
_REGION = "{region}"


class AWSEndpoint(Endpoint, frozen=True, kw_only=True):
    """An endpoint whose region is known.

    Attributes:
        signer: signs the request; None if the key is sent as a bearer token.
    """

    signer: Signer | None = None


def require_botocore(provider: Provider) -> None:
    """Check that the extra is installed.

    Raises:
        ImportError: it is not; the message names the command.
    """
    try:
        import botocore  # noqa: F401, PLC0415  # pyright: ignore[reportUnusedImport]  # an extra
    except ImportError:
        raise ImportError(
            f'{provider.name} needs botocore: pip install "trunkline[bedrock]"'
        ) from None


async def find_account(
    request: Request, provider: Provider, endpoint: Endpoint, service: str
) -> tuple[Request, AWSEndpoint]:
    """Return the request without the arguments of its account, and the endpoint with a signer.

    Args:
        request: the call; `ARGUMENTS` are among its params.
        provider: a row whose base_url may contain `{region}`.
        endpoint: as the row defines it. Its key becomes a bearer token unless the call has AWS
            credentials and no key.
        service: the name of the service in signatures, such as "bedrock".

    Raises:
        ImportError: botocore is missing.
        BadRequestError: there is no region.
        AuthenticationError: no credentials are found, or they are incomplete.
        APIConnectionError: the service that issues them does not respond.
    """
    require_botocore(provider)
    account = read_account(request.params, endpoint.model)
    params = {name: value for name, value in request.params.items() if name not in ARGUMENTS}
    named = {"aws_access_key_id", "aws_profile_name", "aws_role_name"} & request.params.keys()
    bearer = endpoint.key is not None and (request.api_key is not None or not named)
    region = account.region
    if region is None and (not bearer or _REGION in endpoint.base_url):
        region = await request.io.run(partial(configured_region, account, provider))
    signer, key = None, endpoint.key
    if not bearer and region is not None:
        from .aws_signature import Signer  # noqa: PLC0415  # an extra

        found = await find_credentials(request.io, account._replace(region=region), provider)
        signer = Signer(found, service, region)
        # AWS may quote this in the error of an invalid signature.
        key = Secret(found.token or found.secret_key or "")
    fields = msgspec.structs.asdict(endpoint)
    fields |= {
        "base_url": _with_region(endpoint.base_url, region),
        "key": key,
        "only_signs": signer is not None,
        "signer": signer,
    }
    return replace(request, params=params), AWSEndpoint(**fields)


def sign_request(outgoing: HTTPRequest, endpoint: Endpoint) -> HTTPRequest:
    """Return the request with its signature or its bearer token.

    A caller's own Authorization header takes precedence.
    """
    signer = endpoint.signer if isinstance(endpoint, AWSEndpoint) else None
    if "authorization" in map(str.lower, outgoing.headers):
        return outgoing
    if signer is not None:
        signer.sign(outgoing)
    elif endpoint.key is not None:
        outgoing.headers["Authorization"] = f"Bearer {endpoint.key.reveal()}"
    return outgoing


def _with_region(base_url: str, region: str | None) -> str:
    if region is None:
        return base_url
    url = base_url.replace(_REGION, region)
    # https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
    ours = _REGION in base_url and region.startswith("cn-")
    return url.replace(".amazonaws.com", ".amazonaws.com.cn") if ours else url
