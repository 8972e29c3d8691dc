"""Credentials, regions, signatures and errors of Amazon's services."""

from __future__ import annotations

import hashlib
import hmac
import os
import pickle
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import botocore.session
import httpx
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.server import Answer, Seen, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    Client,
    MissingExtraError,
    PermissionDeniedError,
)
from trunkline.adapters.credentials.aws_login import Account

MODEL = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
USER = [{"role": "user", "content": "Hello"}]
ANSWER = answer_json(
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    }
)
KEYS: dict[str, Any] = {
    "aws_access_key_id": "AKIAOFTHETESTS",
    "aws_secret_access_key": "secret-of-the-tests",
    "aws_region_name": "eu-central-1",
}
ROLE = "arn:aws:iam::123456789012:role/caller"


@pytest.fixture(autouse=True)
def _no_account_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def call(server: Server, **arguments: Any) -> Seen:
    """Make a call and return what the server saw last."""
    if not server.answers:
        server.reply(ANSWER)
    with Client() as client:
        client.completion(MODEL, USER, base_url=server.url, num_retries=0, **arguments)
    return server.seen[-1]


def credential_of(seen: Seen) -> list[str]:
    """The access key and the scope of a signature: key, day, region, service."""
    credential = seen.headers["authorization"].partition("Credential=")[2].partition(",")[0]
    return credential.split("/")


def expected_signature(seen: Seen, secret: str) -> str:
    """Compute a request's signature as Amazon describes it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    authorization = seen.headers["authorization"]
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0]
    _, day, region, service, _ = credential_of(seen)
    path, _, query = seen.path.partition("?")
    canonical = "\n".join(
        [
            seen.method,
            path.replace("%", "%25"),
            "&".join(sorted(query.split("&"))),
            *(f"{name}:{seen.headers[name]}" for name in signed.split(";")),
            "",
            signed,
            hashlib.sha256(seen.body).hexdigest(),
        ]
    )
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            seen.headers["x-amz-date"],
            f"{day}/{region}/{service}/aws4_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@pytest.mark.parametrize("token", [None, "token-of-the-tests"])
def test_signature(token: str | None, world: World, server: Server) -> None:
    server.reply(ANSWER)
    world.complete(
        Client(),
        MODEL,
        USER,
        base_url=server.url,
        extra_query={"b": "2", "a": "1 x"},
        extra_headers={"X-Amz-Own": "mine"},
        aws_session_token=token,
        **KEYS,
    )
    seen = server.seen[0]
    assert seen.headers.get("x-amz-security-token") == token
    signature = seen.headers["authorization"].rpartition("Signature=")[2]
    assert signature == expected_signature(seen, KEYS["aws_secret_access_key"])
    assert credential_of(seen)[2:] == ["eu-central-1", "bedrock", "aws4_request"]
    assert "aws" not in seen.body.decode()


def test_signature_is_botocores(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    seen = call(server, **KEYS)
    signed = seen.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    headers = {name: seen.headers[name] for name in signed.split(";") if name != "x-amz-date"}
    request = AWSRequest("POST", f"{server.url}{seen.path}", headers, seen.body)
    credentials = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
    botocore.auth.SigV4Auth(credentials, "bedrock", "eu-central-1").add_auth(request)
    assert seen.headers["x-amz-date"] == "20260102T030405Z"
    assert seen.headers["authorization"] == request.headers["Authorization"]


@pytest.mark.parametrize(
    "base_url",
    [
        "https://own.example:443",
        "http://Own.Example:80/path/",
        "https://own.example:8443",
        "http://[::1]:8080",
        "https://b\u00fccher.example",
    ],
)
def test_signature_of_the_host_that_is_sent(base_url: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=ANSWER.pieces[0])

    with httpx.Client(transport=httpx.MockTransport(answer)) as http, Client() as client:
        client.completion(MODEL, USER, base_url=base_url, client=http, **KEYS)
    [request] = sent
    path = request.url.raw_path.decode()
    seen = Seen(request.method, path, dict(request.headers), request.content)
    assert "host" in seen.headers["authorization"]
    signature = seen.headers["authorization"].rpartition("Signature=")[2]
    assert signature == expected_signature(seen, KEYS["aws_secret_access_key"])


def url_of_call(model: str, **arguments: Any) -> httpx.URL:
    """Return where a call goes whose address is not given."""
    urls: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        urls.append(request.url)
        return httpx.Response(200, content=ANSWER.pieces[0])

    with httpx.Client(transport=httpx.MockTransport(answer)) as http, Client() as client:
        client.completion(model, USER, client=http, **arguments)
    return urls[0]


ARN = "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("model", "variables", "argument", "host"),
    [
        (MODEL, {"AWS_REGION_NAME": "eu-west-1", "AWS_REGION": "x"}, None, "eu-west-1"),
        (MODEL, {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "x"}, None, "eu-west-2"),
        (MODEL, {"AWS_DEFAULT_REGION": "eu-west-3"}, None, "eu-west-3"),
        (MODEL, {"AWS_REGION": "eu-west-2"}, "ap-south-1", "ap-south-1"),
        (f"bedrock/{ARN}", {"AWS_REGION": "eu-west-2"}, None, "us-west-2"),
        (f"bedrock/{ARN}", {}, "ap-south-1", "ap-south-1"),
    ],
)
def test_region(
    model: str,
    variables: dict[str, str],
    argument: str | None,
    host: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    url = url_of_call(model, **{**KEYS, "aws_region_name": argument})
    assert url.host == f"bedrock-runtime.{host}.amazonaws.com"


def test_address(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    china = {**KEYS, "aws_region_name": "cn-north-1"}
    assert url_of_call(MODEL, **china).host == "bedrock-runtime.cn-north-1.amazonaws.com.cn"
    monkeypatch.setenv("AWS_BEDROCK_RUNTIME_ENDPOINT", "https://vpce.example")
    assert url_of_call(MODEL, **KEYS).host == "vpce.example"
    own = "https://own.example"
    assert url_of_call(MODEL, aws_bedrock_runtime_endpoint=own, **KEYS).host == "own.example"


def test_profile(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[profile work]\nregion = sa-east-1\n")
    (tmp_path / "credentials").write_text(
        "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = work-secret\n"
    )
    assert credential_of(call(server, aws_profile_name="work"))[::2][:2] == [
        "AKIAWORK",
        "sa-east-1",
    ]
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert credential_of(call(server))[0] == "AKIAWORK"
    with pytest.raises(AuthenticationError, match="nobody"):
        call(server, aws_profile_name="nobody")


def test_variables_that_change(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests")
    for key in ("AKIAONE", "AKIATWO"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        assert credential_of(call(server))[0] == key


def test_bearer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bearer-of-the-tests")
    assert call(server).headers["authorization"] == "Bearer bearer-of-the-tests"
    # What the call itself says is nearer than a variable.
    assert credential_of(call(server, **KEYS))[0] == "AKIAOFTHETESTS"
    seen = call(server, api_key="key-of-the-tests", **KEYS)
    assert seen.headers["authorization"] == "Bearer key-of-the-tests"
    own = {"Authorization": "Custom own"}
    assert call(server, extra_headers=own).headers["authorization"] == "Custom own"


def sts_answer(action: str, key: str, expires_in: timedelta = timedelta(hours=1)) -> Answer:
    expiration = (datetime.now(UTC) + expires_in).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
      <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>{ROLE}</Arn></AssumedRoleUser>
      <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>
      <SessionToken>role-token-of-the-tests</SessionToken><Expiration>{expiration}</Expiration>
      </Credentials></{action}Result></{action}Response>"""
    return Answer([text.encode()], headers={"content-type": "text/xml"})


def test_assumed_role(world: World, server: Server) -> None:
    role = {
        "aws_role_name": ROLE,
        "aws_session_name": f"session-{world}",
        "aws_external_id": "external",
        "aws_sts_endpoint": server.url,
    }
    server.reply(sts_answer("AssumeRole", "ASIAROLE"), ANSWER)
    for _ in range(2):
        world.complete(Client(), MODEL, USER, base_url=server.url, **KEYS, **role)
    asked, *calls = server.seen
    assert f"RoleSessionName=session-{world}" in asked.body.decode()
    assert "ExternalId=external" in asked.body.decode()
    assert credential_of(asked)[0] == "AKIAOFTHETESTS"
    # Once for both calls.
    assert [credential_of(seen)[0] for seen in calls] == ["ASIAROLE", "ASIAROLE"]
    assert calls[0].headers["x-amz-security-token"] == "role-token-of-the-tests"
    assert calls[0].headers["authorization"].endswith(expected_signature(calls[0], "role-secret"))


def test_role_that_expires(server: Server) -> None:
    soon = timedelta(minutes=2)
    role = {"aws_role_name": ROLE, "aws_session_name": "soon", "aws_sts_endpoint": server.url}
    answers = [sts_answer("AssumeRole", "ASIAONE", soon), ANSWER]
    server.reply(*answers, sts_answer("AssumeRole", "ASIATWO"), ANSWER)
    keys: list[str] = []
    for _ in range(2):
        keys.append(credential_of(call(server, **KEYS, **role))[0])
    assert keys == ["ASIAONE", "ASIATWO"]


def test_web_identity(server: Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("identity-token-of-the-tests\n")
    server.reply(sts_answer("AssumeRoleWithWebIdentity", "ASIAWEB"), ANSWER)
    seen = call(
        server,
        aws_region_name="eu-west-1",
        aws_role_name=ROLE,
        aws_web_identity_token=str(token),
        aws_sts_endpoint=server.url,
    )
    assert credential_of(seen)[0] == "ASIAWEB"
    assert "WebIdentityToken=identity-token-of-the-tests" in server.seen[0].body.decode()


def test_role_that_is_refused(server: Server) -> None:
    refusal = b"""<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
      <Message>not you</Message></Error><RequestId>request-1</RequestId></ErrorResponse>"""
    server.reply(Answer([refusal], status=403, headers={"content-type": "text/xml"}))
    with pytest.raises(PermissionDeniedError, match="not you") as caught:
        call(server, aws_role_name=ROLE, aws_sts_endpoint=server.url, **KEYS)
    assert caught.value.code == "AccessDenied"
    assert "secret" not in str(caught.value)


def test_role_service_that_is_not_there(server: Server) -> None:
    nobody = Server()
    url = nobody.url
    nobody.close()
    with pytest.raises(APIConnectionError, match="AWS credentials"):
        call(server, aws_role_name=ROLE, aws_sts_endpoint=url, **KEYS)


def test_what_is_missing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRequestError, match="aws_region_name"):
        call(server)
    with pytest.raises(AuthenticationError, match="AWS_BEARER_TOKEN_BEDROCK"):
        call(server, aws_region_name="eu-west-1")
    with pytest.raises(AuthenticationError, match="pass both aws_access_key_id and"):
        call(server, aws_access_key_id="AKIA", aws_region_name="eu-west-1")
    with pytest.raises(BadRequestError, match="aws_region_name: expected str, got int"):
        call(server, aws_region_name=1)
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(ImportError, match=r'pip install "trunkline\[bedrock\]"') as caught:
        call(server, **KEYS)
    assert isinstance(caught.value, MissingExtraError)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), MissingExtraError)
    assert not server.seen


def test_calls_make_no_clients(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of botocore takes longer to make than most calls."""
    made: list[str] = []

    def create_client(_session: object, name: str, **_arguments: object) -> None:
        made.append(name)

    monkeypatch.setattr(botocore.session.Session, "create_client", create_client)
    for _ in range(3):
        call(server, **KEYS)
    assert not made
    assert len(server.seen) == 3


def test_secrets_that_are_quoted_back(server: Server) -> None:
    token = "token-of-the-tests"
    message = f"The Canonical String should have been x-amz-security-token:{token}"
    server.reply(
        answer_json(
            {"message": message}, 403, x_amzn_errortype="InvalidSignatureException:http://x/"
        )
    )
    with pytest.raises(AuthenticationError) as caught:
        call(server, aws_session_token=token, **KEYS)
    assert token not in f"{caught.value} {caught.value.body}"
    assert caught.value.status_code == 403
    account = Account(secret_access_key="secret", session_token=token)
    assert token not in repr(account)
    assert "secret" not in repr(account)


def test_a_signature_prepares_no_request(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore would do that only to return the body, which takes a part of a signature's time."""
    prepared: list[AWSRequest] = []
    prepare = AWSRequest.prepare

    def count(request: AWSRequest) -> Any:
        prepared.append(request)
        return prepare(request)

    monkeypatch.setattr(AWSRequest, "prepare", count)
    assert credential_of(call(server, **KEYS))[0] == "AKIAOFTHETESTS"
    assert not prepared
