"""Requests and answers of the ``/v2`` door, field by field as Camunda 8 clients expect them (keys are strings)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """camelCase outside, snake_case inside; unknown fields are ignored, as clients may be newer than we are."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class NewInstance(Shape):
    """Start a case, by definition key or by process id (and version)."""

    process_definition_key: str | None = None
    process_definition_id: str | None = None
    process_definition_version: int | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    business_id: str | None = None
    await_completion: bool = False
    request_timeout: int = Field(default=0, ge=0, le=600_000)


class JobWanted(Shape):
    """Activate jobs; ``timeout`` and ``request_timeout`` in milliseconds."""

    type: str
    timeout: int = Field(ge=1, le=86_400_000)
    max_jobs_to_activate: int = Field(ge=1, le=1000)
    worker: str = ""
    fetch_variable: list[str] | None = None
    request_timeout: int = 0


class JobDone(Shape):
    """Complete a job."""

    variables: dict[str, Any] | None = None


class JobFailed(Shape):
    """Fail a job; ``retry_back_off`` in milliseconds."""

    retries: int = Field(default=0, ge=0, le=1000)
    error_message: str = ""
    retry_back_off: int = Field(default=0, ge=0)
    variables: dict[str, Any] | None = None


class JobError(Shape):
    """Throw a business error that the model may catch."""

    error_code: str
    error_message: str | None = None
    variables: dict[str, Any] | None = None


class TaskFilter(Shape):
    """Which user tasks; several conditions hold together."""

    state: str | None = None
    assignee: str | None = None
    candidate_group: str | None = None
    process_instance_key: str | None = None


class Page(Shape):
    """Which part of a list."""

    from_: int = Field(default=0, ge=0, alias="from")
    limit: int = Field(default=100, ge=1, le=1000)


class TaskSearch(Shape):
    """Search user tasks."""

    filter: TaskFilter = Field(default_factory=TaskFilter)
    page: Page = Field(default_factory=Page)


class Assignment(Shape):
    """Give a user task to someone."""

    assignee: str
    allow_override: bool = True


class TaskDone(Shape):
    """Complete a user task."""

    variables: dict[str, Any] | None = None
    action: str | None = None


class NewMessage(Shape):
    """Publish a message; ``time_to_live`` in milliseconds."""

    name: str
    correlation_key: str = ""
    time_to_live: int = Field(default=0, ge=0)
    message_id: str = ""
    variables: dict[str, Any] = Field(default_factory=dict)


def stamp(microseconds: int | None) -> str | None:
    """An instant as ISO 8601 UTC with milliseconds; ``None`` stays ``None``, and so does an unset 0."""
    if not microseconds:
        return None
    moment = datetime.fromtimestamp(microseconds / 1e6, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
