"""How crowded it is around a passage: the mean of its greatest inner products with others, told by hand."""

import numpy as np
import pytest

from rag.search.legs import mean_nearest

PRODUCTS = [[0.5, 0.25, 1.0, -0.5], [0.5, 0.25, 1.0, -0.5], [0.5, 0.25, 1.0, -0.5]]
OTHERS = [[True, True, False, True], [False, False, False, True], [False, False, False, False]]


@pytest.mark.parametrize(("count", "means"), [(1, [0.5, -0.5, 0]), (2, [0.375, -0.5, 0]), (9, [0.25 / 3, -0.5, 0])])
def test_the_nearest_others_count_and_no_more_than_there_are(count: int, means: list[float]) -> None:
    found = mean_nearest(np.array(PRODUCTS, np.float32), np.array(OTHERS), count)
    assert found.dtype == np.float32 and found == pytest.approx(means)


def test_where_nothing_is_to_be_near_to_it_is_not_crowded() -> None:
    assert mean_nearest(np.zeros((2, 0), np.float32), np.zeros((2, 0), bool), 5).tolist() == [0, 0]
