from __future__ import annotations

from pathlib import Path

from train2edge.int8_kernels import cpu_features, faithful

OLD, NEW = frozenset({"avx2"}), frozenset({"avx2", "avx512_vnni"})


def test_cpu_features_are_read_from_the_system(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu avx2\nflags\t\t: other\n")
    assert cpu_features(tmp_path / "cpuinfo") == {"fpu", "avx2"}
    assert cpu_features(tmp_path / "absent") == frozenset()


def test_a_graph_is_computed_as_written_without_saturation_and_without_concat(
    tmp_path: Path,
) -> None:
    graph = tmp_path / "model.onnx"
    graph.write_bytes(b"..Conv..DequantizeLinear..")
    assert faithful(graph, NEW) and not faithful(graph, OLD)
    graph.write_bytes(b"..Concat..DequantizeLinear..")
    assert not faithful(graph, NEW)
