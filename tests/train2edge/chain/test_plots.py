from __future__ import annotations

import re

from train2edge.chain.plots import histories


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
