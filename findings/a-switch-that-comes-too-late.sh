#!/bin/sh
# timm 1.0.31, a vision transformer whose attention weights are wanted: timm.utils.AttentionExtract, which is made for
# that, and timm.layers.set_fused_attn(False), the switch that has the weights computed where a hook can see them.
#
# One would guess that the extractor gives one tensor for each block, or an error. By hooks it finds its modules, runs
# the model and gives an empty dictionary: the fused kernel never calls the module that it listens to. And one would
# guess that the switch, which is global, holds for the next forward pass. It holds for models made afterwards: each
# block has copied it. A model that is there already goes on giving nothing, and nobody says so.
#
# Seen: as it comes: 2 modules listened to, 0 tensors
#       set_fused_attn(False) afterwards: 2 modules listened to, 0 tensors
#       set_fused_attn(False), then made: 2 modules listened to, 2 tensors
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 torchvision==0.29.1 numpy==2.4.6 timm==1.0.31
"$place/venv/bin/python" - <<'PYTHON'
import timm
import torch
from timm.layers import set_fused_attn
from timm.utils import AttentionExtract


def made():
    return timm.create_model(
        "vit_tiny_patch16_224", img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=4, num_classes=5
    )


def extracted(model):
    extract = AttentionExtract(model, method="hook")
    return len(extract.names), len(extract(image))


torch.manual_seed(0)
image = torch.randn(1, 3, 32, 32)
assert timm.__version__ == "1.0.31", timm.__version__
model = made()
seen = {"as it comes": extracted(model)}
set_fused_attn(False)
seen["set_fused_attn(False) afterwards"] = extracted(model)
seen["set_fused_attn(False), then made"] = extracted(made())
for when, (modules, tensors) in seen.items():
    print(f"{when}: {modules} modules listened to, {tensors} tensors")
assert list(seen.values()) == [(2, 0), (2, 0), (2, 2)], seen
PYTHON
