"""A language model's endpoint in a process of its own: OpenAI's chat completions, scripted.

``POST /v1/chat/completions`` is answered by the next step of the script, the last one again
and again. ``PUT /script`` sets the steps, ``GET /received`` tells what was asked. Whatever the
step, it never thinks: it is the endpoint that is real, and all that can go wrong with one.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-test-4f9b2c7d1e"
MODEL = "scripted-1"
VERSION = "scripted-1-2026-11-01"


class Model(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.steps: list[dict[str, Any]] = [{"act": "answer", "arguments": {}}]
        self.received: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.released = threading.Event()

    def next_step(self) -> dict[str, Any]:
        with self.lock:
            return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some steps are for."""


class Handler(BaseHTTPRequestHandler):
    server: Model
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Said nowhere."""

    def do_PUT(self) -> None:
        with self.server.lock:
            self.server.steps = json.loads(self._body())
            self.server.received.clear()
        self._send(200, {})

    def do_GET(self) -> None:
        with self.server.lock:
            self._send(200, self.server.received)

    def do_POST(self) -> None:
        body = json.loads(self._body())
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.received.append({"path": self.path, "headers": headers, "body": body})
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": "no such path"}})
        elif headers.get("authorization") != f"Bearer {KEY}":
            # As providers do: the key that was given, in the error.
            self._send(401, {"error": {"message": f"Incorrect API key provided: {headers.get('authorization')}"}})
        else:
            step = self.server.next_step()
            getattr(self, f"act_{step['act']}")(step, body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    # --- What it can do

    def act_answer(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """The arguments of the script, in whatever form was asked for."""
        self._send(200, completion(body, json.dumps(step["arguments"]), step.get("usage", USAGE)))

    def act_raw(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """A text where an object in the demanded form should be."""
        self._send(200, completion(body, step["text"]))

    def act_read(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """Reads for real, as far as a regular expression does: the answers whose ``pattern`` the quoted text has."""
        text = quoted(body)
        found = []
        for answer in step["answers"]:
            match = re.search(answer["pattern"], text)
            if match:
                rest = {name: value for name, value in answer.items() if name != "pattern"}
                found.append({**rest, "quote": rest.get("quote", match[0])})
        self._send(200, completion(body, json.dumps({step.get("key", "answers"): found})))

    def act_gullible(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """Obeys: a document that commands gets what it commands, any other what the script says."""
        command = re.search(r"[^\n]*(?:ignore|disregard)[^\n]*", quoted(body), re.IGNORECASE)
        arguments = step["obeying"] if command else step["arguments"]
        text = json.dumps(arguments).replace("{command}", json.dumps(command[0])[1:-1] if command else "")
        self._send(200, completion(body, text))

    def act_status(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        self._send(step["status"], step.get("body", {"error": {"message": "no"}}), step.get("headers"))

    def act_hang(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        self.server.released.wait(60)

    def act_drip(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """A byte now and then: never silent for long, and never done."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in itertools.repeat(None):
            self.wfile.write(b" ")
            self.wfile.flush()
            if self.server.released.wait(0.05):
                return

    def act_garbage(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        self._send(200, b"<html>Bad gateway</html>")

    def act_truncated(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """Ends in the middle of the answer it has announced."""
        content = json.dumps(completion(body, "{}")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.close_connection = True

    def act_huge(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        self._send(200, completion(body, json.dumps({"text": "x" * 5_000_000})))

    def act_redirect(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        self._send(307, {}, {"Location": step["to"]})

    def act_refusal(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        answer = completion(body, "{}")
        answer["choices"][0]["message"] = {"role": "assistant", "content": None, "refusal": "I can not help with it."}
        self._send(200, answer)

    def act_filtered(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        answer = completion(body, "{}")
        answer["choices"][0]["finish_reason"] = "content_filter"
        self._send(200, answer)

    def act_echo_key(self, step: dict[str, Any], body: dict[str, Any]) -> None:
        """An endpoint that writes the key it was given into its answer."""
        self._send(200, completion(body, json.dumps({**step["arguments"], "note": self.headers["authorization"]})))


USAGE = {"prompt_tokens": 120, "completion_tokens": 30}


def completion(body: dict[str, Any], text: str, usage: dict[str, Any] | None = USAGE) -> dict[str, Any]:
    """An answer in the form the request asks for: a call of its tool, or plain text."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if body.get("tools"):
        call = {"name": body["tools"][0]["function"]["name"], "arguments": text}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
        }
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": VERSION,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    return answer if usage is None else {**answer, "usage": usage}


def quoted(body: dict[str, Any]) -> str:
    """The document's text, as the request quotes it."""
    question = next(message["content"] for message in body["messages"] if message["role"] == "user")
    found = re.search(r"<<document (\w+)>>\n(.*)\n<<end of document \1>>", question, re.DOTALL)
    return found[2] if found else ""


if __name__ == "__main__":
    model = Model()
    sys.stdout.write(f"{model.server_port}\n")
    sys.stdout.flush()
    model.serve_forever()
