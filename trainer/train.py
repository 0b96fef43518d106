"""Training: from an experiment to a RUN folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from train2edge.datasets.load import Splits
from train2edge.datasets.sample import Sample
from train2edge.datasets.task import load_experiment
from train2edge.errors import InputError, WorkError
from train2edge.folders import check_free
from train2edge.progress import bar
from train2edge.spec.experiment import Experiment
from train2edge.spec.loader import save as save_spec
from trainer import checkpoint, hooks, pretrained
from trainer.checkpoint import BEST, Checkpoint
from trainer.distributed import Group, joined
from trainer.examples import Examples
from trainer.learner import Learner
from trainer.loader import Loader, worker_count
from trainer.loop import Hook, Loop
from trainer.models.network import Network
from trainer.plan import TrainPlan, fingerprint, plan_training
from trainer.quantization.start import begin
from trainer.state import FILE, Progress, State
from trainer.tasks import task as tasks

SPEC = "spec.yaml"


@dataclass(frozen=True)
class TrainReport:
    """What came of a training; scores are those of the best epoch on validation pictures."""

    run: Path
    epochs: int
    best_epoch: int
    metric: str
    score: float
    seconds: float
    pictures_per_second: float

    def as_record(self) -> dict[str, Any]:
        return {**asdict(self), "run": str(self.run), self.metric: self.score}


def train(
    experiment: Experiment,
    out: Path,
    *,
    start: Path | None = None,
    teacher: Path | None = None,
    resume: bool = False,
    quantize: bool = False,
) -> TrainReport:
    """Train into the folder ``out``; under ``torchrun`` on all its processes together.

    ``start`` is a RUN or checkpoint to begin with (a pruned one is retrained), ``teacher`` one to
    learn from besides. With ``quantize`` it learns to compute in 8 bits. With ``resume`` goes on
    from ``last.pt`` and ends with the very weights of an undisturbed training. ``InputError`` for
    what does not go together.
    """
    with joined() as group:
        splits = load_experiment(experiment)
        plan = plan_training(
            experiment,
            splits.train,
            start=start,
            teacher=teacher,
            world=group.world,
            quantize=quantize,
        )
        return _Training(experiment, plan, splits, Path(out), group).run(resume)


class _Training:
    """Puts the parts of one training together."""

    def __init__(
        self, experiment: Experiment, plan: TrainPlan, splits: Splits, out: Path, group: Group
    ) -> None:
        if not splits.validation:
            raise InputError(
                "no validation pictures: nothing to choose the best epoch on",
                where="dataset.validation",
                hint="dataset.split.validation: 0.15",
            )
        self.experiment = experiment
        self.task = tasks.load(experiment.task)
        self.plan = plan
        self.splits = splits
        self.out = out
        self.group = group
        self.mark = fingerprint(plan, experiment, splits.train)

    def run(self, resume: bool) -> TrainReport:
        state = self._begin(resume)
        torch.manual_seed(self.plan.seed)
        learner, loader = parts(self.experiment, self.plan, self.splits.train, self.group)
        self._open()
        progress = Progress()
        if state is not None:
            learner.restore(state.learner)
            progress = state.progress
        with self._watched(loader, progress) as watching:
            every = self._hooks(learner, progress, watching)
            loop = Loop(
                learner, loader, self.plan.training.schedule, self.plan.training.epochs, every
            )
            loop.progress = progress
            loop.run()
        return self._finish(progress, loader)

    def _begin(self, resume: bool) -> State | None:
        if resume and self.out.is_dir():
            return self._resumed()
        if resume:
            raise InputError("nothing to resume", where=str(self.out), hint="leave --resume out")
        if (self.out / FILE).exists() or (self.out / BEST).exists():
            raise InputError(
                "holds a training already", where=str(self.out), hint="--resume, or another folder"
            )
        check_free(self.out, SPEC)  # alone it is left of a training that ended before it began
        return None

    def _open(self) -> None:
        """Make the folder, once everything that the experiment names has been read."""
        if self.group.main:
            self.out.mkdir(parents=True, exist_ok=True)
            save_spec(self.experiment, self.out / SPEC)

    def _resumed(self) -> State | None:
        """The last state; a training that was killed before its first one begins again."""
        if self.group.main:
            for name in (FILE, BEST, SPEC):
                for half in self.out.glob(f".{name}.*"):
                    half.unlink(missing_ok=True)
        path = self.out / FILE
        return State.load(path, self.mark) if path.exists() else None

    def _hooks(self, learner: Learner, progress: Progress, watching: Sequence[Hook]) -> list[Hook]:
        spec = self.plan.training
        every: list[Hook] = [hooks.Finite()]
        if spec.cost.autoweighting:
            every.append(hooks.Autoweight(learner.loss.goals, self.group))
        judged = self.splits.validation, self.plan.contract, self.experiment.evaluation
        score = self.task.judge(*judged, self.group.device)
        every.append(hooks.Validation(spec, self.task.METRIC, self.group, score, self._keep))
        every += watching
        if self.group.main:
            every.append(hooks.Saver(self.out, spec.checkpoint_minutes, self.mark))
        return every

    @contextlib.contextmanager
    def _watched(self, loader: Loader, progress: Progress) -> Iterator[list[Hook]]:
        """What shows and notes the figures, on rank 0."""
        if not self.group.main:
            yield []
            return
        from torch.utils.tensorboard import SummaryWriter

        batch = loader.batch_size * loader.world
        total = (self.plan.training.epochs * loader.steps - progress.total) * batch
        folder = self.out / "tensorboard"
        with (
            SummaryWriter(str(folder), purge_step=progress.epoch + 1) as writer,
            bar("training", total) as running,
        ):
            yield [
                hooks.Journal(self.out, progress.epoch, writer),
                hooks.Console(running, batch),
            ]

    def _keep(self, model: Network, figures: Mapping[str, float]) -> None:
        provenance = {"experiment": self.experiment.name, "seed": self.plan.seed, **figures}
        plan = self.plan
        Checkpoint.of(model, plan.architecture, plan.contract, provenance).save(self.out / BEST)

    def _finish(self, progress: Progress, loader: Loader) -> TrainReport:
        if progress.best_epoch == 0:
            raise WorkError("no epoch scored anything: nothing was kept")
        if self.group.main:
            self.task.tune(self.out / BEST, self.splits.validation, self.experiment.evaluation)
        pictures = progress.total * loader.batch_size * loader.world
        return TrainReport(
            self.out,
            progress.epoch,
            progress.best_epoch,
            self.task.METRIC,
            progress.best,
            progress.seconds,
            pictures / max(progress.seconds, 1e-9),
        )


def parts(
    experiment: Experiment, plan: TrainPlan, samples: Sequence[Sample], group: Group
) -> tuple[Learner, Loader]:
    """What learns and what feeds it."""
    settings = experiment.model
    model = _first_model(experiment, plan)
    changed = plan.retrain or plan.quantize
    blocks = () if changed else settings.freeze_blocks  # a changed network relearns everywhere
    if plan.calibration is not None:
        model = begin(model, plan.contract.input, plan.calibration, samples, group)
    model.freeze(blocks, batch_norm=settings.freeze_bn or plan.quantize)
    task = tasks.load(experiment.task)
    learner = Learner(
        model.train(),
        plan.training,
        plan.contract.input,
        task.loss(plan.contract, plan.training, samples),
        group=group,
        seed=plan.seed,
        teacher=checkpoint.load(Path(plan.teacher)).model() if plan.teacher else None,
    )
    return learner, _loader(experiment, plan, samples, group)


def _first_model(experiment: Experiment, plan: TrainPlan) -> Network:
    if plan.start:
        return checkpoint.load(Path(plan.start)).model()
    model = checkpoint.build(plan.architecture)
    if experiment.model.pretrained is not None:
        pretrained.load(model, experiment.model.pretrained)
    return model


def _loader(
    experiment: Experiment, plan: TrainPlan, samples: Sequence[Sample], group: Group
) -> Loader:
    spec = plan.training
    examples = examples_of(experiment, plan, samples)
    examples.pictures.load(share=1 / group.world)
    gpu = group.device.type == "cuda"
    return Loader(
        examples,
        spec.batch_size,
        seed=plan.seed,
        rank=group.rank,
        world=group.world,
        workers=worker_count(spec.workers, gpu=gpu, world=group.world),
    )


def examples_of(experiment: Experiment, plan: TrainPlan, samples: Sequence[Sample]) -> Examples:
    """The training examples of ``samples``; their pictures are not read yet."""
    return Examples(
        samples,
        plan.contract,
        sizes=plan.sizes,
        spec=experiment.augmentation,
        targets=tasks.load(experiment.task).targets(plan.contract, plan.training),
        seed=plan.seed,
        epochs=plan.training.epochs,
    )


def samples_of(experiment: Experiment) -> Sequence[Sample]:
    """The pictures that a training of ``experiment`` learns from."""
    return load_experiment(experiment).train
