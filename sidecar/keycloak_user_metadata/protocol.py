"""Owns what the HTTP parser lets through before there is a request; does not know the application.

uvicorn's fast parser bounds no header, and cuts a path at ``#``: a request to delete ``a#b`` would delete
``a``.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .errors import MalformedRequest
from .exact_json import dumps
from .problems import MEDIA_TYPE, problem_json
from .request_log import EXCHANGE, log_refusal
from .request_record import REQUEST_ID, RequestRecord

# As much as Keycloak itself accepts.
_LONGEST_HEAD = 65_536


class StrictProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a bound for the request line and the header fields, and no ``#`` in a target."""

    _head = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, unless the head of the request has grown too long."""
        if self._in_head:
            self._head += len(data)
            if self._head - len(data) > _LONGEST_HEAD:
                self.send_400_response("The request line and the header fields are too long.")
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Begin the request; an exception makes the parser refuse it."""
        self._in_head = False
        if b"#" in self.url:
            raise ValueError
        super().on_headers_complete()
        self.scope[EXCHANGE] = self.cycle  # type: ignore[literal-required]

    def on_message_complete(self) -> None:
        """End the request; what follows is the head of the next one."""
        super().on_message_complete()
        self._head, self._in_head, self.headers = 0, True, []

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, in the shape of all other refusals."""
        error = MalformedRequest(msg)
        record = RequestRecord.begin(None, self.headers or ())
        log_refusal(record, error)
        content = dumps(problem_json(error))
        head = (
            f"content-type: {MEDIA_TYPE}\r\ncache-control: no-store\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n"
            f"{REQUEST_ID.lower()}: {record.request_id}\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[400] + head.encode("ascii") + content)
        self.transport.close()
