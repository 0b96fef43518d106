from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.runs import outputs_of
from exporter.surgery import run as surgery
from exporter.surgery.report import PassReport
from tests.exporter import toy
from train2edge.errors import WorkError


def ops(model) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_all_passes_leave_the_outputs_as_they_were():
    raw = toy.raw_model()
    model, report = surgery.run(raw, toy.CONTRACT, toy.pictures())
    for before, after in zip(
        outputs_of(raw, toy.pictures()), outputs_of(model, toy.pictures()), strict=True
    ):
        np.testing.assert_allclose(after, before, atol=1e-5)
    assert [one.report.name for one in report.passes] == list(surgery.PASSES)
    assert report.worst < 1e-5
    gone = {"BatchNormalization", "Mul", "Identity", "Dropout"}
    assert not gone & set(ops(model))


def test_dynamic_batch_can_be_left_out_and_else_takes_any_batch(model):
    fixed, _ = surgery.run(toy.raw_model(), toy.CONTRACT, toy.pictures(), dynamic_batch=False)
    assert fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1
    from exporter.runs import session

    answer = session(model).run(None, {"input_1": toy.pictures(3)})
    np.testing.assert_allclose(answer[0], outputs_of(model, toy.pictures(3))[0], atol=1e-6)


def test_a_pass_that_changes_the_result_is_refused(monkeypatch):
    def spoil(graph: gs.Graph, contract: object) -> PassReport:
        conv = next(node for node in graph.nodes if node.op == "Conv")
        conv.inputs[1] = gs.Constant("spoilt", conv.inputs[1].values * 1.01)
        return PassReport("strip_dead", 1)

    monkeypatch.setattr(surgery, "_load", lambda name: SimpleNamespace(apply=spoil))
    with pytest.raises(WorkError, match="pass strip_dead changed an output"):
        surgery.run(toy.raw_model(), toy.CONTRACT, toy.pictures())


def test_an_output_that_is_not_a_number_is_refused():
    before = [np.zeros((1, 2)), np.zeros((1, 2))]
    after = [np.zeros((1, 2)), np.array([[np.nan, 0.0]])]
    checked = surgery.CheckedPass(PassReport("a_pass", 1), *surgery.most_moved(before, after))
    with pytest.raises(WorkError, match="a_pass"):
        surgery._refuse(checked, 1e-4)


def test_a_score_is_not_excused_by_a_count_beside_it():
    before = [np.array([[300.0]]), np.array([[0.9, 0.5]])]
    after = [np.array([[300.0]]), np.array([[0.9, 0.49]])]
    checked = surgery.CheckedPass(PassReport("a_pass", 1), *surgery.most_moved(before, after))
    with pytest.raises(WorkError, match=r"by 0\.01 "):
        surgery._refuse(checked, 1e-4)
