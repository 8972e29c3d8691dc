"""IBM watsonx.ai's text chat: nearly OpenAI's, with IBM's tokens and a project or space.

A key is exchanged for a token at IBM's IAM, and the token is kept until it expires. The model
"deployment/ID" is a deployment, which determines the project and the model.

https://cloud.ibm.com/apidocs/watsonx-ai#text-chat
https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey
"""

from __future__ import annotations

from ....pipeline.errors import APIError, RateLimitError
from ....pipeline.json_values import as_array, as_object
from ....pipeline.port import HTTPResponse
from ...decode.classify import COMMON_CODES, error_of_body, make_error, read_problem
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from ..openai import Decoder, decode
from .login import prepare
from .request import encode

__all__ = ["COUNTER", "PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

COUNTER = "watsonx/counting"
#: OpenAI parameters that this wire has a place for.
PARAMS = MOST | LOGPROBS | PENALTIES | {"logit_bias", "n", "seed"}

_CODES = {**COMMON_CODES, "token_quota_reached": RateLimitError}


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    found = error_of_body(response.status, response.headers, response.body)
    several = as_array((as_object(found.body) or {}).get("errors"))
    first = as_object(several[0]) if several else None
    problem = read_problem(first)
    if problem is None:
        return found
    problem.body = found.body
    if problem.code == "token_quota_reached":
        # Its status is 403, but waiting helps.
        limit = make_error(problem, None, response.headers, _CODES)
        limit.status_code = response.status
        return limit
    return make_error(problem, response.status, response.headers)
