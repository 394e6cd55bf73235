"""Every error a caller can meet, as one tree.

    FloraAnalyticsError
    ├── ConfigurationError        a setting is missing or contradicts another
    ├── ApiError                  .status, .code, .request_id
    │   ├── AuthenticationError   401, 403: the key
    │   ├── RefusedRequestError   400, 402, 404, 409, 422: what was asked; .fields
    │   ├── RateLimitedError      429 after the last retry
    │   ├── UnavailableError      no connection, time-out, 5xx after the last retry
    │   └── ContractError         the answer is not what the API documents
    ├── StoreError
    │   ├── StoreNotFoundError
    │   ├── StoreSchemaError
    │   └── StoreConflictError    other writers were quicker each time
    ├── SendError                 a message was not sent, or nobody knows; .uncertain
    └── DataError (ValueError)    these runs cannot carry this calculation
        └── MissingColumnError

A message names what happened, what was expected and what to do, on one line. It never
holds a key, an output or a signed URL.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ApiError",
    "AuthenticationError",
    "ConfigurationError",
    "ContractError",
    "DataError",
    "FloraAnalyticsError",
    "IncompleteHistoryWarning",
    "MissingColumnError",
    "RateLimitedError",
    "RefusedRequestError",
    "SendError",
    "StoreConflictError",
    "StoreError",
    "StoreNotFoundError",
    "StoreSchemaError",
    "UnavailableError",
]


class FloraAnalyticsError(Exception):
    """Anything this package raises on purpose."""


class ConfigurationError(FloraAnalyticsError):
    """A setting is missing or contradicts another."""


class ApiError(FloraAnalyticsError):
    """The API could not be asked, or did not answer as documented.

    Attributes
    ----------
    status : int or None
        HTTP status of the last answer; None if there was none.
    code : str or None
        ``error.code`` of the API's error envelope.
    request_id : str or None
        The ``request-id`` header, to quote to FLORA's support.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__.copy())


class AuthenticationError(ApiError):
    """The API key is missing, wrong, or may not read this."""


class RefusedRequestError(ApiError):
    """The API understood the request and declined it; asking again will not help.

    Attributes
    ----------
    fields : tuple of str
        The request fields that the error envelope names, such as ``cursor``.
    """

    fields: tuple[str, ...] = ()


class RateLimitedError(ApiError):
    """Still rate limited (429) after the last retry."""


class UnavailableError(ApiError):
    """No connection, a time-out, a broken answer or a server error after the last retry."""


class ContractError(ApiError):
    """A whole answer that is not what the API documents."""


class StoreError(FloraAnalyticsError):
    """The store could not be read or written."""


class StoreNotFoundError(StoreError):
    """There is no store at this place."""


class StoreSchemaError(StoreError):
    """What lies there is not a store of this version."""


class StoreConflictError(StoreError):
    """Other writers committed first, again and again."""


class SendError(FloraAnalyticsError):
    """A message was not sent.

    Attributes
    ----------
    uncertain : bool
        True if it may have been sent all the same: the connection broke after the whole
        message was handed over and before the answer came. Sending it again may double it.
    answer : int or None
        The server's own word that it failed, if it gave one: an HTTP status from 500 on.
    """

    def __init__(self, message: str, *, uncertain: bool = False, answer: int | None = None) -> None:
        super().__init__(message)
        self.uncertain = uncertain
        self.answer = answer

    @property
    def may_have_arrived(self) -> bool:
        """Whether the message was handed over and nobody said that it failed.

        A server that answers with an error has most likely not taken it: better to send again,
        under the same key, than to lose it.
        """
        return self.uncertain and self.answer is None


class IncompleteHistoryWarning(UserWarning):
    """Runs are missing from what was returned, or it cannot be proved that none is."""


class DataError(FloraAnalyticsError, ValueError):
    """These runs cannot carry this calculation."""


class MissingColumnError(DataError):
    """A column the calculation needs is not there."""

    @classmethod
    def of(cls, missing: Iterable[str], present: Iterable[str]) -> MissingColumnError:
        """The error for columns `missing` from a table that has `present`."""
        return cls(
            f"The runs lack {sorted(missing)}; they have {sorted(present)}. "
            "read_runs() returns every column unless columns= narrows it."
        )


def _rebuilt(
    kind: type[ApiError], args: tuple[object, ...], attributes: dict[str, object]
) -> ApiError:
    error = kind(str(args[0]))
    error.__dict__.update(attributes)
    return error
