#!/bin/sh
# torch 2.14.1, scaled_dot_product_attention: a row whose keys are all hidden by adding torch.finfo(dtype).min to the
# scores, as many models do so that no row is without a key.
#
# One would guess the plain mean of the values, since all scores are then equally low. That is so in float32 and in
# bfloat16. In float16 the row gets ordinary attention, as if nothing were hidden: the function computes float16 in
# wider numbers, where -65504 plus a score still tells scores apart. A softmax in float16 by hand, with the same number
# filled in, gives the mean.
#
# Seen: float32 mean, bfloat16 mean, float16 ordinary; by hand in float16 mean
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6
"$place/venv/bin/python" - <<'PYTHON'
import torch
from torch.nn.functional import scaled_dot_product_attention as attend

torch.manual_seed(0)
parts = torch.randn(1, 1, 1, 4), 2 * torch.randn(1, 1, 5, 4), torch.randn(1, 1, 5, 4)


def named(result, q, k, v):
    mean, ordinary = v.mean(2, keepdim=True), attend(q, k, v)
    assert not torch.allclose(mean, ordinary, atol=0.1)
    found = [name for name, like in (("mean", mean), ("ordinary", ordinary)) if torch.allclose(result, like, atol=0.02)]
    return found[0] if found else str(result)


seen = {}
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    q, k, v = (part.to(dtype) for part in parts)
    hidden = torch.full((1, 5), torch.finfo(dtype).min, dtype=dtype)
    seen[str(dtype)[6:]] = named(attend(q, k, v, attn_mask=hidden), q, k, v)
scores = (q @ k.mT / 2).masked_fill(torch.ones(5, dtype=torch.bool), torch.finfo(torch.float16).min)
seen["by hand"] = named(torch.softmax(scores, -1) @ v, q, k, v)
print(", ".join(f"{how} {what}" for how, what in seen.items()))
assert torch.__version__.split("+")[0] == "2.14.1", torch.__version__
assert seen == {"float32": "mean", "bfloat16": "mean", "float16": "ordinary", "by hand": "mean"}, seen
PYTHON
