from __future__ import annotations

import re

from train2edge.chain.plots import gate, histories


def labels(losses: list[float]) -> set[str]:
    run = [{"epoch": n + 1, "loss/total": loss, "ap50": 0.5} for n, loss in enumerate(losses)]
    return set(re.findall(r">\s*(\d+(?:\.\d+)?)\s*<", histories({"train": run}, "ap50", "AP50")))


def test_labels_of_the_loss_do_not_run_into_one_another() -> None:
    found = labels([0.03, 0.011, 0.007, 0.004, 0.0009, 0.0006])
    assert {"0.01", "0.001", "0.02", "0.005"} <= found
    assert not {"0.009", "0.008", "0.003"} & found


def test_losses_that_hardly_change_have_labels_too_and_epochs_are_whole() -> None:
    found = labels([0.0024, 0.0012])
    assert len([one for one in found if one.startswith("0.00")]) > 2
    assert {"1", "2"} <= found and "1.5" not in found


def trial(kept: int, drop: float | None, speed: float | None) -> dict[str, float | None]:
    error = None if drop is None else 0.5
    return {"kept": kept, "drop": drop, "error": error, "int8_share": 0.9, "speed": speed}


def test_a_gate_shows_what_was_scored_and_what_was_timed() -> None:
    drawn = gate([trial(0, None, None), trial(1, 1.5, 2.0), trial(2, 0.7, None)], 0.5)
    assert drawn.count(">90 %<") == 1
    assert "allowed" in drawn and "lost" in drawn


def test_a_gate_without_labels_or_an_engine_is_drawn_too() -> None:
    assert "allowed" in gate([trial(0, None, None)], 0.5)
