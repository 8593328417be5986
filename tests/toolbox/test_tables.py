"""Tables as they are printed in the chapters.

Fails when a name stands over another column than its numbers, when digits are lost, or when a table with a name too
many is printed all the same.
"""

import pytest

from paying_attention.tables import print_table


def printed(capsys, *arguments, **options):
    print_table(*arguments, **options)
    return capsys.readouterr().out.splitlines()


def test_each_number_ends_under_the_end_of_its_name(capsys):
    lines = printed(capsys, [[1, 20.256], [-3.5, 400]], ["a", "longer"], ["one", "a long name"])
    for word, numbers in (("one", ("1.00", "-3.50")), ("a long name", ("20.26", "400.00"))):
        end = lines[0].index(word) + len(word)
        assert [line[:end].split()[-1] for line in lines[1:]] == list(numbers)
        assert all(line[end : end + 1] in ("", " ") for line in lines)


@pytest.mark.parametrize("title", ["", "w", "a title longer than any name"])
def test_a_title_stands_in_the_corner_and_moves_all_columns_alike(capsys, title):
    lines = printed(capsys, [[1, 2], [3, 4]], ["a", "bb"], ["x", "y"], digits=0, title=title)
    assert lines[0].split("  ")[0] == title
    assert len({len(line) for line in lines}) == 1
    assert [line.split()[-2:] for line in lines] == [["x", "y"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize("shape", [[[1, 2]], [[1], [2]], [1, 2]])
def test_numbers_of_another_shape_than_the_names_are_refused(shape):
    with pytest.raises(ValueError, match=r"numbers need shape \(2, 2\).*came"):
        print_table(shape, ["a", "b"], ["x", "y"])
