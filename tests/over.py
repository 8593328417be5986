"""Tests that a class of tests runs over a table of that class: for each figure, for each chapter."""


def over(table):
    """The test runs for each entry in a table of its class, which `pytest_generate_tests` there looks up."""

    def mark(test):
        test.over = table
        return test

    return mark
