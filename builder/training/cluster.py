"""The workers of one training: who they are, by TF_CONFIG or Slurm, and what the first of them tells the others."""

import io
import itertools
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from builder.diagnostics import fail
from builder.training.checkpoints import Checkpoint, packed, read
from builder.training.pace import Pace

CONFIG = "TF_CONFIG"
LAUNCHED = "BRICKS_LAUNCHED"
ADDRESS = re.compile(r"[^\s:]+:\d{1,5}|\[[^\]]+\]:\d{1,5}")
EXAMPLE = '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'


@dataclass(frozen=True)
class Cluster:
    """The workers' addresses, the chief's first, and which of them this process is."""

    workers: tuple[str, ...]
    number: int
    launched: bool = False

    @property
    def chief(self) -> bool:
        return self.number == 0

    @property
    def address(self) -> str:
        return self.workers[self.number]


def cluster(environment: Mapping[str, str] = os.environ) -> Cluster:
    """The cluster that TF_CONFIG describes, else Slurm.

    Raises:
        SpecError: `no-cluster`, there is neither; `bad-cluster`, TF_CONFIG does not say what it should.
    """
    if environment.get(CONFIG, "").strip():
        return _described(environment[CONFIG], LAUNCHED in environment)
    if "SLURM_PROCID" in environment and int(environment.get("SLURM_NTASKS", "1")) > 1:
        return _of_slurm()
    raise fail("no-cluster", None)


def is_chief(device: str | None) -> bool:
    """Whether this process keeps the run: of several workers it is the first."""
    return device is None or device.strip().lower() != "multiworker" or cluster().chief


def _described(text: str, launched: bool) -> Cluster:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise _bad(f"it is no JSON: {error}") from None
    jobs, task = (told.get("cluster"), told.get("task")) if isinstance(told, dict) else (None, None)
    if not isinstance(jobs, dict) or not isinstance(task, dict):
        raise _bad("it needs `cluster` and `task`, each a map")
    _check_jobs(jobs)
    chiefs, workers = jobs.get("chief", []), jobs.get("worker", [])
    kind, number = task.get("type"), task.get("index")
    own = jobs.get(kind) if isinstance(kind, str) else None
    if own is None or not isinstance(number, int) or not 0 <= number < len(own):
        raise _bad(f"its task, {kind} {number}, is none of the cluster's")
    return Cluster((*chiefs, *workers), number + (len(chiefs) if kind == "worker" else 0), launched)


def _check_jobs(jobs: Mapping) -> None:
    other = sorted(set(jobs) - {"chief", "worker"})
    if other:
        raise _bad(f"its cluster has {', '.join(other)}; training takes `worker`, and one `chief` if you like")
    addresses = [address for job in jobs.values() for address in (job if isinstance(job, list) else [job])]
    wrong = [address for address in addresses if not isinstance(address, str) or not ADDRESS.fullmatch(address)]
    if wrong or not addresses or not all(isinstance(job, list) for job in jobs.values()) or len(jobs.get("chief", [])) > 1:
        raise _bad(f"its workers must be a list of host:port, and {wrong[0]!r} is none" if wrong else "its workers must be a list of host:port")
    if len(set(addresses)) < len(addresses):
        raise _bad("two of its workers have the same address")


def _bad(problem: str):
    return fail("bad-cluster", None, problem=problem, example=EXAMPLE)


def _of_slurm() -> Cluster:
    """The tasks of a Slurm step, a worker each."""
    import tensorflow as tf

    found = tf.distribute.cluster_resolver.SlurmClusterResolver(auto_set_gpu=False)
    workers = tuple(found.cluster_spec().as_dict()["worker"])
    return Cluster(workers, found.task_id)


def resolver(here: Cluster):
    """The cluster in TensorFlow's terms."""
    import tensorflow as tf

    spec = tf.train.ClusterSpec({"worker": list(here.workers)})
    return tf.distribute.cluster_resolver.SimpleClusterResolver(spec, task_type="worker", task_id=here.number, rpc_layer="grpc")


class Alone:
    """What a training asks of its fellow workers, where there are none."""

    chief = True
    workers = 1

    def follow(self, known: dict, resumed: Checkpoint | None) -> tuple[dict, Checkpoint | None]:
        """The chief's own of both, for all."""
        return known, resumed

    def told(self, value):
        """What the chief says: JSON values; all workers must ask at the same point."""
        return value

    def anyone(self, flag: bool) -> bool:
        """Whether this holds for any worker."""
        return flag

    def paced(self, pace: Pace) -> Pace:
        """A pace that is the same for all."""
        return pace


@dataclass(frozen=True)
class Crew(Alone):
    """The same among the workers of a MultiWorkerMirroredStrategy."""

    strategy: object
    chief: bool
    workers: int

    def follow(self, known: dict, resumed: Checkpoint | None) -> tuple[dict, Checkpoint | None]:
        known, going_on = self.told([known, resumed is not None])
        sent = self.told_bytes(packed(resumed) if resumed is not None else b"") if going_on else b""
        return known, read(io.BytesIO(sent)) if sent else None

    def told(self, value):
        return json.loads(self.told_bytes(json.dumps(value).encode() if self.chief else b""))

    def told_bytes(self, payload: bytes) -> bytes:
        size = int(self._sum(np.array([len(payload) if self.chief else 0], "int64"))[0])
        words = np.zeros(-(-size // 4) or 1, "int32")
        if self.chief:
            words.view("uint8")[:size] = np.frombuffer(payload, "uint8")
        return self._sum(words).tobytes()[:size]

    def anyone(self, flag: bool) -> bool:
        return int(self._sum(np.array([flag], "int64"))[0]) > 0

    def paced(self, pace: Pace) -> Pace:
        return Agreed(pace.steps, pace.settled, crew=self)

    def _sum(self, array: np.ndarray) -> np.ndarray:
        """The sum over the workers; of a worker's replicas the first speaks for all."""
        import tensorflow as tf

        parts = itertools.chain([array], itertools.repeat(np.zeros_like(array)))
        values = self.strategy.experimental_distribute_values_from_function(lambda _: tf.constant(next(parts)))
        return self.strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None).numpy()


@dataclass
class Agreed(Pace):
    """A pace set by the chief's clock: workers whose calls differ in length would wait for each other for ever."""

    crew: Crew | None = None

    def took(self, count: int, seconds: float) -> bool:
        return super().took(count, seconds if self.settled else self.crew.told(seconds))


def crew(strategy) -> Alone:
    """The fellow workers of this process under a strategy; none of them where it is None or of one process."""
    import tensorflow as tf

    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return Alone()
    return Crew(strategy, strategy.cluster_resolver.task_id == 0, len(cluster().workers))


def is_lost(error: BaseException) -> bool:
    """Whether an error tells of another worker that is gone."""
    import tensorflow as tf

    gone = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError, tf.errors.CancelledError)
    return isinstance(error, gone) or isinstance(error, tf.errors.OpError) and "ollective" in str(error)
