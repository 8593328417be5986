#!/bin/sh
# transformers 5.24.0, GPT-OSS: attention weights asked for by output_attentions=True.
#
# One would guess that each row sums to 1, or that there is one more column than there are keys. GPT-OSS has a learned
# number for each head, the sink, that takes part in the softmax. It takes its share and is cut off before the weights
# are handed out: in a fresh model the first token, which can see only itself, gives itself half. No field of the output
# holds the rest. What is missing is the largest at the beginning, so that a heatmap of such a model is pale at its
# first rows, and a mean over rows counts them less. Other models of the library, here Llama, give rows that sum to 1.
#
# Seen: rows of LlamaModel sum to 1.00 1.00 1.00 1.00 1.00, for 5 keys and 5 columns
#       rows of GptOssModel sum to 0.50 0.67 0.75 0.80 0.83, for 5 keys and 5 columns
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6 transformers==5.24.0
"$place/venv/bin/python" - <<'PYTHON'
import torch
import transformers
from transformers import GptOssConfig, GptOssModel, LlamaConfig, LlamaModel

assert transformers.__version__ == "5.24.0", transformers.__version__
torch.manual_seed(0)
small = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "intermediate_size": 32,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
models = [
    LlamaModel._from_config(LlamaConfig(**small), attn_implementation="eager"),
    GptOssModel._from_config(
        GptOssConfig(**small, num_local_experts=2, num_experts_per_tok=1), attn_implementation="eager"
    ),
]
tokens = torch.randint(1, 50, (1, 5))
with torch.no_grad():
    for model in models:
        weights = model.eval()(tokens, output_attentions=True).attentions[0]  # (1, 4, 5, 5)
        rows = weights.sum(dim=-1)[0].mean(dim=0)
        shown = " ".join(f"{each:.2f}" for each in rows.tolist())
        print(f"rows of {type(model).__name__} sum to {shown}, for 5 keys and {weights.shape[-1]} columns")
        even = torch.arange(1.0, 6.0)  # keys that each query may see, all weights nearly even
        wanted = even / (even + 1) if isinstance(model, GptOssModel) else torch.ones(5)
        assert weights.shape == (1, 4, 5, 5)
        assert torch.allclose(rows, wanted, atol=0.02), rows
PYTHON
