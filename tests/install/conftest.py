"""What is there to be installed, and room for it."""

import shutil

import pytest
from machine import WHEELS, linked, repack


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for name in WHEELS:
        repack(folder, name)
    return folder


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    return linked(tmp_path_factory.mktemp("packages"), WHEELS)


@pytest.fixture
def place(tmp_path):
    """A folder for an environment, which takes too much room to keep."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)
