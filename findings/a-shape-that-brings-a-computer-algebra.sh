#!/bin/sh
# torch 2.14.1, nothing compiled and nothing asked to be: torch.broadcast_shapes, with which a toolbox checks masks
# against scores, and the constructor of torch.optim.Adam, with which every training loop begins.
#
# One would guess arithmetic on two tuples, and a few numbers for each parameter. The first call of broadcast_shapes
# imports SymPy, some 400 modules of computer algebra; the first optimizer imports TorchDynamo, the compiler, and SymPy
# with it, whether or not anything is ever compiled. So whoever measures the memory of a first training step, or the
# time to a first heatmap, measures an import. numpy.broadcast_shapes gives the same tuple and imports nothing.
#
# Seen: numpy.broadcast_shapes: SymPy no, TorchDynamo no
#       torch.broadcast_shapes: SymPy yes, TorchDynamo no
#       torch.optim.Adam: SymPy yes, TorchDynamo yes
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6
"$place/venv/bin/python" - <<'PYTHON'
import subprocess
import sys

CALLS = {
    "numpy.broadcast_shapes": "numpy.broadcast_shapes((2, 1), (1, 3))",
    "torch.broadcast_shapes": "torch.broadcast_shapes((2, 1), (1, 3))",
    "torch.optim.Adam": "torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))])",
}
LIBRARIES = {"SymPy": "sympy", "TorchDynamo": "torch._dynamo"}


def brought_in(call):
    """Which of the libraries a call imports, in a process of its own."""
    code = f"""
import sys
import numpy, torch
assert torch.__version__.split("+")[0] == "2.14.1", torch.__version__
before = [name in sys.modules for name in {list(LIBRARIES.values())}]
assert not any(before), before
{call}
print(*(name in sys.modules for name in {list(LIBRARIES.values())}))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return [word == "True" for word in said.split()]


seen = {name: brought_in(call) for name, call in CALLS.items()}
for name, found in seen.items():
    print(f"{name}: " + ", ".join(f"{one} {'yes' if there else 'no'}" for one, there in zip(LIBRARIES, found)))
assert list(seen.values()) == [[False, False], [True, False], [True, True]], seen
PYTHON
