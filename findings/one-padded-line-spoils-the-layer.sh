#!/bin/sh
# torch 2.14.1, nn.MultiheadAttention: a batch in which one line is nothing but padding, and a loss that does not look
# at that line at all.
#
# One would guess that only that line suffers. With need_weights=True, the default, NaN gets into the gradients of
# in_proj_weight, in_proj_bias and out_proj.weight, which all lines share, so that one step of training spoils the
# layer: 0 times NaN is NaN. With need_weights=False the same batch gives finite gradients everywhere.
#
# Seen: True: in_proj_weight in_proj_bias out_proj.weight
#       False: none
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6
"$place/venv/bin/python" - <<'PYTHON'
import torch

torch.manual_seed(0)
layer = torch.nn.MultiheadAttention(8, num_heads=2, batch_first=True)
x = torch.randn(2, 4, 8)
padding = torch.tensor([[False] * 4, [True] * 4])  # True: padding
seen = {}
for need_weights in (True, False):
    layer.zero_grad()
    out, _ = layer(x, x, x, key_padding_mask=padding, need_weights=need_weights)
    assert out[0].isfinite().all()
    out[0].sum().backward()  # the line without padding
    seen[need_weights] = [name for name, p in layer.named_parameters() if not p.grad.isfinite().all()]
    print(f"{need_weights}: {' '.join(seen[need_weights]) or 'none'}")
assert torch.__version__.split("+")[0] == "2.14.1", torch.__version__
assert seen == {True: ["in_proj_weight", "in_proj_bias", "out_proj.weight"], False: []}, seen
PYTHON
