#!/bin/sh
# transformers 5.24.0, head_mask: the argument that for years switched heads of BERT and GPT-2 off, and that papers on
# taking heads out are built on.
#
# One would guess that it works, or that a release without it refuses the argument. BERT and GPT-2 take it and compute
# as if it were not there: with every head of every layer masked the outputs are the same to the last bit, and nothing
# warns. (An attention_mask that is misspelt is swallowed in the same way.) So a script that measures what each head is
# worth finds that no head is worth anything.
#
# Seen: BertModel: with all heads masked the same to the last bit, warnings: 0
#       GPT2Model: with all heads masked the same to the last bit, warnings: 0
#       BERT with its heads really silenced: differs
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6 transformers==5.24.0
"$place/venv/bin/python" - <<'PYTHON'
import logging
import warnings

import torch
import transformers
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model

said = []
handler = logging.Handler()
handler.emit = lambda record: said.append(record.getMessage())

torch.manual_seed(0)
bert = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32)
gpt2 = GPT2Config(vocab_size=50, n_embd=16, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0)
models = [
    BertModel._from_config(bert, attn_implementation="eager").eval(),
    GPT2Model._from_config(gpt2, attn_implementation="eager").eval(),
]
tokens = torch.randint(1, 50, (1, 6))
transformers.utils.logging.get_logger("transformers").addHandler(handler)
assert transformers.__version__ == "5.24.0", transformers.__version__
with torch.no_grad(), warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    for model in models:
        plain = model(tokens).last_hidden_state
        masked = model(tokens, head_mask=torch.zeros(2, 4)).last_hidden_state
        words = "the same to the last bit" if torch.equal(plain, masked) else "differs"
        print(f"{type(model).__name__}: with all heads masked {words}, warnings: {len(said) + len(warned)}")
        misspelt = model(tokens, atention_mask=torch.zeros(1, 6)).last_hidden_state
        assert torch.equal(plain, masked) and torch.equal(plain, misspelt) and not said and not warned, (said, warned)

    # The control: without what its heads bring, the network does say something else.
    plain = models[0](tokens).last_hidden_state
    for layer in models[0].encoder.layer:
        layer.attention.output.dense.register_forward_pre_hook(lambda module, given: (torch.zeros_like(given[0]),))
    assert not torch.allclose(plain, models[0](tokens).last_hidden_state, atol=1e-3)
    print("BERT with its heads really silenced: differs")
PYTHON
