from __future__ import annotations

import re

from train2edge.chain.plots import histories


def test_labels_of_the_loss_do_not_run_into_one_another() -> None:
    losses = [0.03, 0.011, 0.007, 0.004, 0.0009, 0.0006]
    run = [{"epoch": n, "loss/total": loss, "ap50": 0.5} for n, loss in enumerate(losses)]
    texts = re.findall(r">\s*(0\.\d+)\s*<", histories({"train": run}, "ap50", "AP50"))
    assert {"0.01", "0.001", "0.02", "0.005"} <= set(texts)
    assert not {"0.009", "0.008", "0.003"} & set(texts)
