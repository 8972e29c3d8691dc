"""Register a provider that is not in trunkline's table."""

from trunkline import Provider, completion, get_supported_openai_params, register_provider

register_provider(
    Provider(
        name="mine",
        base_url="http://localhost:8000/v1",
        key_env=("MINE_API_KEY",),
        renames={"max_completion_tokens": "max_tokens"},
        drops=frozenset({"logit_bias"}),
    )
)
print("logit_bias" in get_supported_openai_params("mine/model"))
print(completion("mine/model", [{"role": "user", "content": "Hi"}], mock_response="Hello").id)
