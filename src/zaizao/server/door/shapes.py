"""Requests of the ``/v2`` door, field by field as Camunda 8 clients send them (keys are strings)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Tag = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_\-:.]{0,99}$")]
Variables = dict[str, Any]


class Shape(BaseModel):
    """camelCase outside, snake_case inside; unknown fields are ignored, as clients may be newer than we are."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class StartAt(Shape):
    """Begin before an element instead of at the start event."""

    element_id: str


class NewInstance(Shape):
    """Start a case, by definition key or by process id (and version; -1 is the latest)."""

    process_definition_key: str | None = None
    process_definition_id: str | None = None
    process_definition_version: int | None = None
    variables: Variables | None = None
    business_id: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    tags: Annotated[list[Tag], Field(max_length=10)] | None = None
    start_instructions: list[StartAt] | None = None
    runtime_instructions: list[dict[str, Any]] | None = None
    await_completion: bool = False
    fetch_variables: list[str] | None = None
    request_timeout: int = Field(default=0, ge=0, le=600_000)


class Pair(Shape):
    """An element of the old definition and the one that takes its place."""

    source_element_id: str
    target_element_id: str


class Migration(Shape):
    """Follow another definition."""

    target_process_definition_key: str
    mapping_instructions: list[Pair] = Field(default_factory=list)


class ScopeVariables(Shape):
    """Variables for the scope of this model id (empty: the process instance)."""

    variables: Variables
    scope_id: str = ""


class Activated(Shape):
    """Start before an element, in a live scope where several could be meant."""

    element_id: str
    variable_instructions: list[ScopeVariables] = Field(default_factory=list)
    ancestor_element_instance_key: str | None = None


class Terminated(Shape):
    """End a live element, or all of one model id."""

    element_id: str | None = None
    element_instance_key: str | None = None


class Source(Shape):
    """Which elements move away."""

    source_element_id: str | None = None
    source_element_instance_key: str | None = None


class Ancestor(Shape):
    """Where moved tokens go on."""

    ancestor_scope_type: str = "inferred"
    ancestor_element_instance_key: str | None = None


class Moved(Shape):
    """End elements and start before another one instead, once for each."""

    source_element_instruction: Source
    target_element_id: str
    ancestor_scope_instruction: Ancestor | None = None
    variable_instructions: list[ScopeVariables] = Field(default_factory=list)


class Modification(Shape):
    """Change where a case stands."""

    activate_instructions: list[Activated] = Field(default_factory=list)
    move_instructions: list[Moved] = Field(default_factory=list)
    terminate_instructions: list[Terminated] = Field(default_factory=list)


class VariablesSet(Shape):
    """Set variables of an element: its own where ``local``, else where they are known."""

    variables: Variables
    local: bool = False


class AdHocElement(Shape):
    """An activity of an ad-hoc sub-process, with variables of its own."""

    element_id: str
    variables: Variables | None = None


class AdHocActivation(Shape):
    """Start activities of an ad-hoc sub-process."""

    elements: list[AdHocElement]
    cancel_remaining_instances: bool = False


class JobWanted(Shape):
    """Activate jobs; ``timeout`` and ``request_timeout`` in milliseconds."""

    type: str
    timeout: int = Field(ge=1, le=86_400_000)
    max_jobs_to_activate: int = Field(ge=1, le=1000)
    worker: str = ""
    fetch_variable: list[str] | None = None
    request_timeout: int = Field(default=0, le=600_000)


class Corrections(Shape):
    """What a task listener puts right; an empty text or list clears."""

    assignee: str | None = None
    due_date: str | None = None
    follow_up_date: str | None = None
    candidate_users: list[str] | None = None
    candidate_groups: list[str] | None = None
    priority: int | None = Field(default=None, ge=0, le=100)


class JobResult(Shape):
    """What a task listener says of the change that it was asked about."""

    type: str = "userTask"
    denied: bool | None = None
    denied_reason: str | None = None
    corrections: Corrections | None = None


class JobDone(Shape):
    """Complete a job; ``result`` is for listeners of user tasks."""

    variables: Variables | None = None
    result: JobResult | None = None


class JobFailed(Shape):
    """Fail a job; ``retry_back_off`` in milliseconds."""

    retries: int = Field(default=0, ge=0, le=1000)
    error_message: str = ""
    retry_back_off: int = Field(default=0, ge=0)
    variables: Variables | None = None


class JobError(Shape):
    """Throw a business error that the model may catch."""

    error_code: str
    error_message: str | None = None
    variables: Variables | None = None


class JobChanges(Shape):
    """What to change of a job; ``timeout`` in milliseconds from now."""

    retries: int | None = Field(default=None, ge=1, le=1000)
    timeout: int | None = Field(default=None, ge=1, le=86_400_000)
    priority: int | None = None


class JobUpdate(Shape):
    """Change a job."""

    changeset: JobChanges


class Assignment(Shape):
    """Give a user task to someone."""

    assignee: str | None = None
    allow_override: bool | None = None
    action: str | None = None


class TaskChanges(Shape):
    """What to change of a user task; an empty text or list clears."""

    due_date: str | None = None
    follow_up_date: str | None = None
    candidate_users: list[str] | None = None
    candidate_groups: list[str] | None = None
    priority: int | None = Field(default=None, ge=0, le=100)


class TaskUpdate(Shape):
    """Change a user task."""

    changeset: TaskChanges | None = None
    action: str | None = None


class TaskDone(Shape):
    """Complete a user task."""

    variables: Variables | None = None
    action: str | None = None


class MessageSent(Shape):
    """A message for whoever waits for it now."""

    name: str = Field(min_length=1)
    correlation_key: str = ""
    variables: Variables | None = None


class NewMessage(MessageSent):
    """A message that waits ``time_to_live`` milliseconds for a taker."""

    time_to_live: int = Field(default=0, ge=0)
    message_id: str = ""


class ConditionsMet(Shape):
    """Variables that may make conditional start events true, of all processes or of one definition."""

    variables: Variables
    process_definition_key: str | None = None


class NewSignal(Shape):
    """A signal for all who listen."""

    signal_name: str = Field(min_length=1)
    variables: Variables | None = None


class DecisionWanted(Shape):
    """Ask a decision by id (the latest version) or by key."""

    decision_definition_id: str | None = None
    decision_definition_key: str | None = None
    variables: Variables | None = None


class Pin(Shape):
    """Milliseconds since 1970 at which the clock shall stand."""

    timestamp: int = Field(ge=0, le=253_402_300_799_000)


class ExpressionWanted(Shape):
    """A FEEL expression over variables."""

    expression: str
    variables: Variables | None = None


def stamp(microseconds: int | None) -> str | None:
    """An instant as ISO 8601 UTC with milliseconds; ``None`` stays ``None``, and so does an unset 0."""
    if not microseconds:
        return None
    moment = datetime.fromtimestamp(microseconds / 1e6, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
