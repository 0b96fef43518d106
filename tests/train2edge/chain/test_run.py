"""The chain: what is done and unchanged is skipped, what changed is done again."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from train2edge.chain.digests import DigestCache
from train2edge.chain.plan import ChainPlan, plan
from train2edge.chain.run import StageError, outlook, run
from train2edge.chain.stage import Stage
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment

EXPERIMENT = Experiment.model_validate(
    {
        "name": "toy",
        "dataset": {
            "classes": ["car"],
            "train": {"format": "kitti", "images": "/nowhere/i", "labels": "/nowhere/l"},
        },
        "pruning": {"speedup": 2},
        "stream": {"inputs": ["/nowhere/a.mp4"]},
    }
)


def toy(folder: Path, source: Path) -> ChainPlan:
    """Two stages: the template is written, then its schema, which needs it and ``source``."""
    first = folder / "template.yaml"
    second = folder / "schema.json"
    return ChainPlan(
        folder,
        EXPERIMENT,
        (
            Stage("new", "write", ("spec", "new", "detection", "-o", str(first)), first, (source,)),
            Stage("schema", "schema", ("spec", "schema", "-o", str(second)), second, (first,)),
        ),
    )


def outcomes(chain: ChainPlan, **options: str) -> list[str]:
    return [one.outcome for one in run(chain, **options)]


def test_a_second_run_skips_and_a_changed_input_does_not(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("a")
    chain = toy(tmp_path / "out", source)
    assert [state for _, state in outlook(chain)] == ["to do", "to do"]
    assert outcomes(chain) == ["done", "done"]
    assert outcomes(chain) == ["skipped", "skipped"]
    source.write_text("b")
    assert [state for _, state in outlook(chain)] == ["changed", "changed"]
    # the first product comes out the same, so what depends on it has not changed
    assert outcomes(chain) == ["done", "skipped"]


def test_a_product_that_was_removed_is_made_again(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.touch()
    chain = toy(tmp_path / "out", source)
    run(chain)
    chain.stages[1].product.unlink()
    assert outcomes(chain) == ["skipped", "done"]
    assert [state for _, state in outlook(chain, again="new")] == ["again", "changed"]
    assert [state for _, state in outlook(chain, until="new")] == ["done"]
    assert outcomes(chain, again="new") == ["done", "skipped"]
    assert outcomes(chain, until="new") == ["skipped"]


def test_a_stage_that_does_not_come_cannot_be_done_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "source"
    source.touch()
    chain = toy(tmp_path / "out", source)
    run(chain, again="quantize")
    assert "'quantize' was not done again, it does not come" in capfd.readouterr().err


def test_a_stage_that_fails_stops_the_chain_with_its_exit_code(tmp_path: Path) -> None:
    bad = Stage("bad", "bad", ("spec", "show", "nothing", "-o", "x"), tmp_path / "x")
    with pytest.raises(StageError) as caught:
        run(ChainPlan(tmp_path, EXPERIMENT, (bad,)))
    assert caught.value.exit_code == 2


def test_an_interrupted_training_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    out = tmp_path / "run"
    state, product = out / "last.pt", out / "best"

    class Dead:
        returncode = 1

    def child(arguments: list[str], **_: object) -> Dead:
        seen.append(arguments[3:])
        out.mkdir(exist_ok=True)
        state.write_text("state")
        return Dead()

    monkeypatch.setattr("train2edge.chain.run.subprocess.run", child)
    stage = Stage("train", "train", ("train", "-o", str(out)), product, resume=state)
    chain = ChainPlan(tmp_path, EXPERIMENT, (stage,))
    for _ in range(2):
        with pytest.raises(StageError):
            run(chain)
    assert seen == [["train", "-o", str(out)], ["train", "-o", str(out), "--resume"]]


def test_a_spoilt_state_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "chain.json").write_text("{")
    with pytest.raises(InputError, match="not a chain's state"):
        run(ChainPlan(tmp_path, EXPERIMENT, ()))


def test_the_plan_leads_from_pictures_to_the_table() -> None:
    chain = plan(EXPERIMENT, Path("/out"))
    names = [stage.name for stage in chain.stages]
    assert names[:5] == ["check", "train", "score-trained", "prune", "retrain"]
    assert names[-1] == "compare"
    assert chain.stage("retrain").needs[-1] == Path("/out/train/best.safetensors")
    made = {stage.product for stage in chain.stages}
    for stage in chain.stages:
        for need in stage.needs:
            assert need in made or str(need).startswith("/nowhere"), (stage.name, need)
        made.add(stage.product)


def test_an_app_that_never_ends_is_written_and_not_run() -> None:
    stream = EXPERIMENT.stream.model_copy(update={"loop": True})
    chain = plan(EXPERIMENT.model_copy(update={"stream": stream}), Path("/out"))
    names = [one.name for one in chain.stages]
    assert "app-t4-7.1" in names and "video" not in names
    assert "--no-loop" in chain.stage("film-app").arguments


def test_without_pruning_the_trained_model_is_exported() -> None:
    chain = plan(EXPERIMENT.model_copy(update={"pruning": None}), Path("/out"))
    assert "prune" not in [stage.name for stage in chain.stages]
    assert chain.stage("export").needs[0] == Path("/out/train/best.safetensors")


def test_a_classifiers_chain_ends_with_the_score_of_its_bundle() -> None:
    values = EXPERIMENT.model_dump(exclude={"model"}) | {"task": "classification"}
    chain = plan(Experiment.model_validate(values), Path("/out"))
    names = [stage.name for stage in chain.stages]
    assert names[-3:] == ["export", "score-onnx", "score-device"]
    assert "retrain" in names


def test_digests_are_of_content_and_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    cache = DigestCache.open(tmp_path / "none.json")
    before = cache.of([tmp_path / "a"])
    (tmp_path / "a").touch()
    assert cache.of([tmp_path / "a"]) == before
    (tmp_path / "a").write_text("yy")
    assert cache.of([tmp_path / "a"]) != before


def test_a_stages_command_can_be_typed(tmp_path: Path) -> None:
    words = ("stream", "compare", "DeepStream app=a b/kitti", "-o", str(tmp_path))
    command = Stage("compare", "compare", words, tmp_path).command
    assert shlex.split(command) == ["t2e", *words]
