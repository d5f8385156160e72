"""Long files, sent page by page as they are read."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

_KINDS = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


def streamed(pages: Iterator[str], filename: str) -> StreamingHttpResponse:
    """Return an answer that is saved under this name; its ending says what it is."""
    answer = StreamingHttpResponse(_off_the_loop(pages), content_type=_KINDS[filename.rpartition(".")[2]])
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


async def _off_the_loop(pages: Iterator[str]) -> AsyncIterator[str]:
    """Read each page on a thread, when the browser has taken the one before."""
    read = sync_to_async(lambda: next(pages, None))
    while (page := await read()) is not None:
        yield page
