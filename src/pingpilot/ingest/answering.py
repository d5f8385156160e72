"""What every raw door adds to an answer: the quota of who calls, and when to come again."""

from pingpilot.ingest.answers import Answer, Header
from pingpilot.ingest.call import Call, Send, give
from pingpilot.ingest.gate import Gate


async def give_answer(gate: Gate, call: Call, answer: Answer, send: Send) -> None:
    """Send an answer with the caller's quota; after a refusal, what is remembered of the caller is asked again."""
    headers = answer.headers
    if call.caller is not None:
        headers = [*headers, *gate.quota_headers(call.caller)]
        if answer.status != 200:
            gate.doubt(call.caller)
    await give(send, answer.status, headers, answer.body)


def until_reset(gate: Gate, call: Call) -> list[Header]:
    """Return when a caller whose quota is used up may come again; nothing where nobody knows who calls."""
    headers = [] if call.caller is None else gate.quota_headers(call.caller)
    return [(b"retry-after", value) for name, value in headers if name == b"ratelimit-reset"]
