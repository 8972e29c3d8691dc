# needs ray.data: pip install 'ray[data]'
"""Answer a column of questions with Ray Data: each worker creates its client once."""

from typing import Any

import numpy as np
import ray
import ray.data

from trunkline import APIError, Client


class Answer:
    """Answer the questions of a block; Ray creates one instance per worker process."""

    def __init__(self) -> None:
        self.client = Client()

    def __call__(self, block: dict[str, Any]) -> dict[str, Any]:
        """Return the block with the columns `answer`, empty after a failure, and `error`."""
        answers = self.client.batch_completion(
            "openai/gpt-4o",
            [[{"role": "user", "content": str(question)}] for question in block["question"]],
            max_workers=8,
            mock_response="It is a number.",  # omit it for real calls
        )
        texts: list[str] = []
        errors: list[str] = []
        for answer in answers:
            if isinstance(answer, APIError):
                text, error = "", str(answer)
            else:
                text, error = answer.choices[0].message.content or "", ""
            texts.append(text)
            errors.append(error)
        return {**block, "answer": np.array(texts), "error": np.array(errors)}


def main() -> None:
    """Ask twenty questions in two worker processes."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    questions = ray.data.from_items([{"question": f"What is {n} squared?"} for n in range(20)])
    rows = questions.map_batches(Answer, batch_size=5, concurrency=2).take_all()
    print(len(rows), "rows, the first:", rows[0])
    ray.shutdown()


if __name__ == "__main__":
    main()
