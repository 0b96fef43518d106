from collections import Counter

import pytest

from tests.train2edge.datasets import toys
from train2edge.datasets.sample import Sample
from train2edge.datasets.split import split, with_sequences
from train2edge.errors import InputError, ProblemsError
from train2edge.spec.dataset import Split

RARE = [[0]] * 180 + [[1, 0]] * 16 + [[]] * 4


def names(samples: tuple[Sample, ...]) -> list[str]:
    return [one.name for one in samples]


@pytest.mark.parametrize("method", ["random", "stratified"])
def test_the_same_seed_gives_the_same_split_in_any_order(method: str) -> None:
    some = toys.samples(RARE)
    how = Split(validation=0.2, method=method, seed=3)  # type: ignore[arg-type]
    train, validation = split(some, how)
    assert (train, validation) == split(some[::-1], how)
    assert len(validation) == 40 and not set(names(train)) & set(names(validation))
    assert names(validation) != names(split(some, how.model_copy(update={"seed": 4}))[1])


def test_random_does_not_take_the_first_files() -> None:
    _, validation = split(toys.samples([[0]] * 100), Split(validation=0.2, method="random"))
    assert max(int(one.image.stem) for one in validation) > 60


def test_stratified_keeps_the_share_of_every_class() -> None:
    for seed in range(20):
        _, validation = split(toys.samples(RARE), Split(validation=0.25, seed=seed))
        kinds = Counter(tuple(sorted(one.class_ids.tolist())) for one in validation)
        assert len(validation) == 50
        assert kinds[(0, 1)] == 4 and kinds[()] == 1


def test_sequences_stay_whole() -> None:
    some = [one for name in "abcdefgh" for one in toys.samples([[0]] * 10, f"{name}_")]
    pattern = "^(.)_"
    how = Split(validation=0.3, method="sequence", sequence_pattern=pattern)
    train, validation = split(with_sequences(some, pattern), how)
    assert not {one.sequence for one in train} & {one.sequence for one in validation}
    assert len(validation) == 20


def test_one_sequence_cannot_be_split() -> None:
    some = with_sequences(toys.samples([[0]] * 10, "a_"), "^(.)_")
    with pytest.raises(InputError, match="one sequence 'a'"):
        split(some, Split(method="sequence", sequence_pattern="^(.)_"))


@pytest.mark.parametrize(("pattern", "message"), [("(", "regular expression"), ("a", "no group")])
def test_bad_patterns(pattern: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_sequences(toys.samples([[0]]), pattern)


def test_a_pattern_that_does_not_fit_names_the_pictures() -> None:
    with pytest.raises(ProblemsError, match=r"0003\.jpg.*does not fit"):
        with_sequences(toys.samples([[0]] * 4), "^(x)")


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.01, 1), (0.99, 9), (1.0, 10)])
def test_extreme_shares(share: float, count: int) -> None:
    assert len(split(toys.samples([[0]] * 10), Split(validation=share))[1]) == count


def test_one_picture_cannot_be_split() -> None:
    with pytest.raises(InputError, match="1 picture cannot be split"):
        split(toys.samples([[0]]), Split())
