"""Workers: they take jobs, run capabilities, and say what came of it; over HTTP or inside the server's process.

Rule kept: a job is held no longer than its worker lives: its lease is renewed at half its time while it runs, and lapses
by itself where the worker dies. Polling waits at the server; after trouble it backs off, doubling up to half a minute. A stop
takes no new jobs, lets running ones end, and gives the rest back at once with the retries they had.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import msgspec

from zaizao.engine import ActivatedJob, Capability, CommandRejected, Done, Failed, JobCall, Threw
from zaizao.problems import ZaizaoError

if TYPE_CHECKING:
    from zaizao.server.door import Partitions

LOG = logging.getLogger(__name__)
FIRST_WAIT = 0.2
LONGEST_WAIT = 30.0
RETRY_AFTER = 10.0
"""Seconds before a failed job may be tried again: this, doubled with each retry used, at most ten minutes."""
LONGEST_RETRY = 600.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in this worker's hands."""

    call: JobCall
    variables: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """The server does not take the answer: the job is gone or somebody else's. Nothing is to be repeated."""


class Source(Protocol):
    """Where jobs come from and answers go to. Trouble on the way is an ``OSError``, ``httpx.HTTPError`` or ``ZaizaoError``."""

    poll: float
    """Seconds that one request for jobs waits: a stop waits as long, so that no job is handed to nobody."""

    def take(self, job_type: str, worker: str, limit: int, hold: float, wait: float) -> list[Taken]:
        """Up to ``limit`` jobs, held for ``hold`` seconds; waits up to ``wait`` seconds for the first."""

    def hold(self, key: int, seconds: float) -> None:
        """Keep a job for so long from now."""

    def complete(self, key: int, variables: Mapping[str, Any]) -> None:
        """The job is done."""

    def fail(self, key: int, retries: int, message: str, back_off: float) -> None:
        """The job could not be done."""

    def throw(self, key: int, code: str, message: str, variables: Mapping[str, Any]) -> None:
        """The job ends with a business error."""


class DoorSource:
    """A server over HTTP."""

    poll = 5.0

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=256, max_keepalive_connections=64)
        self._client = httpx.Client(base_url=f"{url.rstrip('/')}/v2", headers=headers, limits=limits, timeout=30.0)
        self._encode = msgspec.json.Encoder(decimal_format="number").encode

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _send(self, method: str, path: str, body: Mapping[str, Any], timeout: float = 30.0) -> httpx.Response:
        content, kind = self._encode(body), {"content-type": "application/json"}
        answer = self._client.request(method, path, content=content, headers=kind, timeout=timeout)
        if answer.status_code in (400, 404, 409):
            raise Refused(f"{answer.status_code} {answer.text[:300]}")
        answer.raise_for_status()
        return answer

    def take(self, job_type: str, worker: str, limit: int, hold: float, wait: float) -> list[Taken]:
        """Activate jobs with a long poll."""
        wanted = {
            "type": job_type,
            "worker": worker,
            "maxJobsToActivate": limit,
            "timeout": int(hold * 1000),
            "requestTimeout": int(wait * 1000),
        }
        answer = self._send("POST", "/jobs/activation", wanted, timeout=wait + 10.0)
        return [_from_door(job) for job in answer.json()["jobs"]]

    def hold(self, key: int, seconds: float) -> None:
        """Renew the lease."""
        self._send("PATCH", f"/jobs/{key}", {"changeset": {"timeout": int(seconds * 1000)}})

    def complete(self, key: int, variables: Mapping[str, Any]) -> None:
        """The job is done."""
        self._send("POST", f"/jobs/{key}/completion", {"variables": variables})

    def fail(self, key: int, retries: int, message: str, back_off: float) -> None:
        """The job could not be done."""
        told = {"retries": retries, "errorMessage": message, "retryBackOff": int(back_off * 1000)}
        self._send("POST", f"/jobs/{key}/failure", told)

    def throw(self, key: int, code: str, message: str, variables: Mapping[str, Any]) -> None:
        """The job ends with a business error."""
        told = {"errorCode": code, "errorMessage": message, "variables": variables}
        self._send("POST", f"/jobs/{key}/error", told)


def _from_door(job: Mapping[str, Any]) -> Taken:
    call = JobCall(
        key=int(job["jobKey"]),
        job_type=job["type"],
        idempotency=job["jobKey"],
        case=int(job["processInstanceKey"]),
        process_id=job["processDefinitionId"],
        element=job["elementId"],
        headers=job["customHeaders"],
        retries=job["retries"],
        deadline=job["deadline"] * 1000,
    )
    return Taken(call, job["variables"])


class EngineSource:
    """The partitions of this process."""

    poll = 1.0

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions

    def take(self, job_type: str, worker: str, limit: int, hold: float, wait: float) -> list[Taken]:
        """Take jobs of any partition led here."""
        from zaizao.server.door.writer import job_of

        jobs = self._partitions.until(
            lambda engine: engine.activate(job_type, worker, limit, int(hold * 1e6)), wait, job_of(job_type)
        )
        return [_from_engine(job) for job in jobs or ()]

    def hold(self, key: int, seconds: float) -> None:
        """Renew the lease."""
        self._do(key, lambda engine: engine.hold(key, int(seconds * 1e6)))

    def complete(self, key: int, variables: Mapping[str, Any]) -> None:
        """The job is done."""
        self._do(key, lambda engine: engine.complete(key, variables))

    def fail(self, key: int, retries: int, message: str, back_off: float) -> None:
        """The job could not be done."""
        self._do(key, lambda engine: engine.fail(key, retries, message, int(back_off * 1e6)))

    def throw(self, key: int, code: str, message: str, variables: Mapping[str, Any]) -> None:
        """The job ends with a business error."""
        self._do(key, lambda engine: engine.throw_error(key, code, message, variables))

    def _do(self, key: int, work: Callable[[Any], None]) -> None:
        try:
            self._partitions.of(key).do(work)
        except CommandRejected as rejected:
            raise Refused(str(rejected)) from rejected


def _from_engine(job: ActivatedJob) -> Taken:
    call = JobCall(
        key=job.key,
        job_type=job.job_type,
        idempotency=str(job.key),
        case=job.case,
        process_id=job.process_id,
        element=job.node,
        headers=job.headers,
        retries=job.retries,
        deadline=job.deadline,
    )
    return Taken(call, job.variables)


TROUBLE = (OSError, httpx.HTTPError, ZaizaoError)


class Worker:
    """Runs capabilities on what ``source`` hands out, ``parallel`` at once."""

    def __init__(self, source: Source, capabilities: Sequence[Capability], *, name: str, parallel: int = 4) -> None:
        self._source = source
        self._capabilities = tuple(capabilities)
        self._name = name
        self._parallel = parallel
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="zaizao-capability")
        self._held: dict[int, tuple[Taken, Capability, float]] = {}
        self._running: set[int] = set()
        self._free = threading.Condition()
        self._polls = [threading.Thread(target=self._poll, args=(each,), daemon=True) for each in self._capabilities]
        self._renewal = threading.Thread(target=self._renew, daemon=True)
        self.finished = 0
        """Jobs that were answered, however they ended."""

    def start(self) -> None:
        """Take jobs from now on."""
        for thread in [*self._polls, self._renewal]:
            thread.start()

    def stop(self, seconds: float = 30.0) -> None:
        """Take no more, wait for what runs (``seconds`` at most), and give back what has not begun."""
        self._stopping.set()
        with self._free:
            self._free.notify_all()
            waiting = [key for key in self._held if key not in self._running]
        for key in waiting:
            self._give_back(key)
        end = time.monotonic() + seconds
        for thread in self._polls:
            thread.join(max(0.0, end - time.monotonic()))
        with self._free:
            while self._held and time.monotonic() < end:
                self._free.wait(max(0.0, end - time.monotonic()))
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- taking ---

    def _poll(self, made: Capability) -> None:
        """Keep at most ``parallel`` jobs in hand; what cannot run yet waits with a renewed lease."""
        manifest = made.manifest
        trouble = 0
        while not self._stopping.is_set():
            with self._free:
                while len(self._held) >= self._parallel and not self._stopping.is_set():
                    self._free.wait()
                limit = self._parallel - len(self._held)
            if self._stopping.is_set():
                return
            try:
                jobs = self._source.take(manifest.type, self._name, limit, manifest.timeout_seconds, self._source.poll)
                trouble = 0
            except (*TROUBLE, Refused) as fault:
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2**trouble)
                trouble = min(trouble + 1, 10)
                LOG.warning("no jobs of %s for now: %s (again in %.1f s)", manifest.type, fault, wait)
                self._stopping.wait(wait)
                continue
            for job in jobs:
                self._begin(job, made)

    def _begin(self, job: Taken, made: Capability) -> None:
        key = job.call.key
        with self._free:
            if key in self._held:
                return  # its lease had lapsed while it runs here, and this is the new one
            self._held[key] = (job, made, time.monotonic() + made.manifest.timeout_seconds / 2)
        if self._stopping.is_set():
            self._give_back(key)
        else:
            self._pool.submit(self._run, key)

    def _give_back(self, key: int) -> None:
        with self._free:
            job = self._held.pop(key, None)
            self._free.notify_all()
        if job is not None:
            self._answer(lambda: self._source.fail(key, job[0].call.retries, "the worker stops", 0.0))

    # --- running ---

    def _run(self, key: int) -> None:
        with self._free:
            if key not in self._held:
                return  # given back in the meantime
            self._running.add(key)
            job, made, _ = self._held[key]
        try:
            outcome = made.run(job.call, job.variables)
            self._answer(lambda: self._tell(job.call, outcome))
        finally:
            with self._free:
                self._held.pop(key, None)
                self._running.discard(key)
                self.finished += 1
                self._free.notify_all()

    def _tell(self, call: JobCall, outcome: Done | Threw | Failed) -> None:
        match outcome:
            case Done(variables):
                self._source.complete(call.key, variables)
            case Threw(code, message, variables):
                self._source.throw(call.key, code, message, variables)
            case Failed(message, again):
                LOG.warning("job %d failed: %s", call.key, message)
                left = max(0, call.retries - 1) if again else 0
                self._source.fail(call.key, left, message, _back_off(left) if left else 0.0)

    def _answer(self, tell: Callable[[], None]) -> None:
        """Give an answer; through trouble for as long as a lease may live, since the work is done."""
        wait = FIRST_WAIT
        for _ in range(8):
            try:
                tell()
                return
            except Refused as refused:
                LOG.warning("an answer came too late: %s", refused)
                return
            except TROUBLE as fault:
                LOG.warning("an answer is not taken for now: %s (again in %.1f s)", fault, wait)
                time.sleep(wait)
                wait = min(LONGEST_WAIT, wait * 2)

    def _renew(self) -> None:
        """Keep what is in hand, until it is answered."""
        while not self._stopping.wait(0.2) or self._held:
            now = time.monotonic()
            with self._free:
                due = [(key, made) for key, (_, made, at) in self._held.items() if at <= now]
            for key, made in due:
                seconds = float(made.manifest.timeout_seconds)
                try:
                    self._source.hold(key, seconds)
                except Refused as refused:
                    LOG.warning("a lease is lost: %s", refused)
                except TROUBLE as fault:
                    LOG.warning("a lease is not renewed for now: %s", fault)
                    seconds = min(seconds, 2.0)
                with self._free:
                    if key in self._held:
                        self._held[key] = (*self._held[key][:2], now + seconds / 2)
            if self._stopping.is_set():
                time.sleep(0.05)


def _back_off(left: int) -> float:
    """Seconds before the next try; the fewer retries are left, the longer."""
    return min(LONGEST_RETRY, RETRY_AFTER * float(1 << max(0, 3 - left)))
