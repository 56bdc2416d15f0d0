"""What a log line says: one JSON object, of pages and codes; no path, no query, no name, nothing anyone typed."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

QUERY = re.compile(r"\?\S*")


class Line(logging.Formatter):
    """One line for each record. Of a request it names the page and not its address, which may hold a link's secret.

    A refusal (4xx) has no trace. A failure has its class and where it happened; what an exception says may quote a row
    or a form, so only `whole` (a developer's own machine) shows it.
    """

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        request, status = getattr(record, "request", None), getattr(record, "status_code", None)
        if isinstance(request, HttpRequest):
            match = getattr(request, "resolver_match", None)
            line |= {"status": status, "method": request.method, "page": match.view_name if match else ""}
        else:
            line["says"] = QUERY.sub("", record.getMessage())
        if record.exc_info and record.exc_info[1] is not None and not (status and status < 500):
            failed = record.exc_info[1]
            frames = traceback.extract_tb(failed.__traceback__)
            line["failed"] = type(failed).__name__
            line["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            if self.whole:
                line["words"] = str(failed)
        return json.dumps(line)
