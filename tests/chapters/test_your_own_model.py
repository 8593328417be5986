"""The page on the reader's own model: each row of its table measured, each recipe copied from it and run.

These fail if a library returns something else than the page says, if a recipe gives other weights than another way to
them, or if a row or a recipe is added that nothing here tries. What needs only torch and torchvision runs everywhere.
The rest is skipped, and says so, unless the releases that the page names are there. In an environment of the book that
may be spoilt, `pip install transformers==... timm==...` puts them beside its torch. All models are small and random.
"""

import importlib.metadata
import logging
import os
import re
from pathlib import Path

import pytest
import torch
import torchvision
from matplotlib import pyplot as plt
from places import ROOT
from torch import nn
from torch.nn import functional as F

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: no test asks the network

PAGE = (ROOT / "chapters" / "your-own-model.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
VERSIONS = dict(re.findall(r"\b(torch|torchvision|transformers|timm) (\d+\.\d+\.\d+)", PAGE))
TABLE = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]


def needs(package):
    """Skip unless the release that the page is about is installed."""
    try:
        there = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        there = "none"
    if there != VERSIONS[package]:
        pytest.skip(f"the page is about {package} {VERSIONS[package]}; installed: {there}")


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)
    yield
    plt.close("all")


def run(part, **given):
    """The names that a recipe leaves behind; `part` is a piece of its code that no other has."""
    (block,) = (block for block in BLOCKS if part in block)
    names = {"torch": torch, "F": F, "show_heatmaps": lambda *given: names["shown"].append(given), "shown": []} | given
    exec(block, names)
    return names


Recorder = run("class Recorder")["Recorder"]


def recorded(model, *args, **kwargs):
    with torch.no_grad(), Recorder() as recorder:
        model(*args, **kwargs)
    return recorder.weights


def sums(weights):
    return weights.sum(dim=-1)


def whole(weights):
    return torch.allclose(sums(weights), torch.ones(()), atol=1e-5)


def same(one, other):
    return len(one) == len(other) and all(
        a.shape == b.shape and torch.allclose(a, b, atol=1e-6) for a, b in zip(one, other, strict=True)
    )


# --- small models


def layer(dropout=0.0):
    return nn.MultiheadAttention(8, 2, dropout=dropout, batch_first=True)


def encoder():
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).eval()


def torchs_vit():
    return torchvision.models.VisionTransformer(
        image_size=32,
        patch_size=8,
        num_layers=2,
        num_heads=4,
        hidden_dim=16,
        mlp_dim=32,
        num_classes=5,
        attention_dropout=0.5,
    ).eval()


SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 32}
TOKENS = torch.arange(1, 11).reshape(2, 5)
IMAGE = torch.linspace(-1, 1, 3 * 32 * 32).sin().reshape(1, 3, 32, 32)


def hugging(kind, attention=None, **config):
    """A model of transformers with random weights, made from its configuration."""
    needs("transformers")
    import transformers

    words = {} if kind in ("ViT", "Swin") else {"vocab_size": 50, "bos_token_id": 0, "eos_token_id": 0}
    sizes = {} if kind in ("Swin", "T5", "GPT2") else SMALL
    named = getattr(transformers, f"{kind}Config")(**words | sizes | config)
    model = getattr(transformers, f"{kind}LMHeadModel" if kind == "GPT2" else f"{kind}Model")(named).eval()
    if attention:
        model.set_attn_implementation(attention)
    return model


GPT2 = {"n_embd": 16, "n_layer": 2, "n_head": 4}
SWIN = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4}


def timms(name="vit_tiny_patch16_224", **sizes):
    needs("timm")
    import timm

    sizes = sizes or {"patch_size": 8, "embed_dim": 16, "depth": 2, "num_heads": 4}
    return timm.create_model(name, img_size=32, num_classes=5, **sizes).eval()


def timms_swin(**more):
    sizes = {"window_size": 4, "embed_dim": 8, "depths": (2, 1), "num_heads": (2, 4)}
    return timms("swin_tiny_patch4_window7_224", **sizes | more)


# --- the table, row by row


def row_layer():
    x, attend = torch.randn(2, 5, 8), layer(dropout=0.5)
    assert not whole(attend(x, x, x)[1])
    attend.eval()
    mean, each = attend(x, x, x)[1], attend(x, x, x, average_attn_weights=False)[1]
    assert mean.shape == (2, 5, 5)
    assert whole(mean)
    assert torch.allclose(mean, each.mean(dim=1))


def heard(model, x):
    """What hooks on the layers of PyTorch inside a model find where the weights should be."""
    found = []
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            module.register_forward_hook(lambda module, args, output: found.append(output[1]))
    model(x)
    return found


def row_encoder():
    model, x = encoder(), torch.randn(2, 5, 8)
    assert isinstance(model(x), torch.Tensor)
    assert heard(model, x) == [None, None]
    assert heard(model.train(), x)[:2] == [None, None]


def row_function():
    query, key, value = torch.randn(3, 1, 2, 5, 4)
    holder = nn.Module().eval()
    holder.forward = lambda dropout: F.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
    assert isinstance(holder(0.0), torch.Tensor)
    assert holder(0.0).shape == value.shape
    assert not torch.allclose(holder(0.0), holder(0.5))


def row_torchvision():
    assert torchs_vit()(IMAGE).shape == (1, 5)
    assert heard(torchs_vit(), IMAGE) == [None, None]


def row_default():
    said = []
    for kind, more, given in (("Bert", {}, TOKENS), ("ViT", {"image_size": 32, "patch_size": 8}, IMAGE)):
        model = hugging(kind, **more)
        from transformers.utils.logging import get_logger

        handler = logging.Handler()
        handler.emit = lambda record: said.append(record.getMessage())
        get_logger("transformers").addHandler(handler)
        assert model(given, output_attentions=True).attentions == ()
        get_logger("transformers").removeHandler(handler)
    assert said
    assert "does not support `output_attentions=True`" in said[0]
    assert "eager" in said[0]


def row_eager():
    model = hugging("Bert", "eager")
    weights = model(TOKENS, output_attentions=True).attentions
    assert [tuple(each.shape) for each in weights] == [(2, 4, 5, 5)] * 2
    assert whole(weights[0])
    assert not whole(model.train()(TOKENS, output_attentions=True).attentions[0])


def row_padding():
    mask = torch.tensor([[1] * 5, [0, 0, 1, 1, 1]])
    model = hugging("Llama")
    ours = recorded(model, TOKENS, attention_mask=mask)[0][1]
    model.set_attn_implementation("eager")
    theirs = model(TOKENS, attention_mask=mask, output_attentions=True).attentions[0][1]
    assert torch.allclose(theirs[:, :2], torch.tensor(0.2))
    assert (ours[:, :2] == 0).all()
    assert torch.allclose(theirs[:, 2:], ours[:, 2:], atol=1e-6)


def row_generate():
    model = hugging("GPT2", "eager", **GPT2)
    wanted = {"output_attentions": True, "return_dict_in_generate": True, "do_sample": False, "pad_token_id": 0}
    told = model.generate(TOKENS[:1], max_new_tokens=3, min_new_tokens=3, **wanted).attentions
    assert [[tuple(each.shape) for each in step] for step in told] == [
        [(1, 4, n, m)] * 2 for n, m in ((5, 5), (1, 6), (1, 7))
    ]


def row_swin():
    model = hugging("Swin", **SWIN)
    every = recorded(model, IMAGE)
    model.set_attn_implementation("eager")
    weights = model(IMAGE, output_attentions=True).attentions
    assert len(every) == 4
    assert same(weights, every[1::2])
    assert not torch.allclose(every[0], every[1], atol=1e-6)
    assert weights[0].shape == (4, 2, 16, 16)  # one image, four windows


def row_sink():
    model = hugging("GptOss", num_key_value_heads=2, head_dim=4, num_local_experts=2, num_experts_per_tok=1)
    rows = sums(model(TOKENS, output_attentions=True).attentions[0])
    assert (rows < 0.95).all()
    assert (rows > 0).all()
    for each in model.layers:  # without the sink, nothing is missing
        nn.init.constant_(each.self_attn.sinks, -1e4)
    assert whole(model(TOKENS, output_attentions=True).attentions[0])


def row_head_mask():
    for model in (hugging("Bert", "eager"), hugging("GPT2", "eager", **GPT2)):
        assert torch.equal(model(TOKENS)[0], model(TOKENS, head_mask=torch.zeros(2, 4))[0])


def caught(model, keep):
    for name, module in model.named_modules():
        if name.endswith("attn_drop"):
            module.register_forward_hook(lambda module, args, output: keep.append((args[0], output)))
    model(IMAGE)
    return keep


def row_timm_vit():
    model = timms()
    from timm.layers import set_fused_attn

    assert caught(model, []) == []
    set_fused_attn(False)
    try:
        assert caught(model, []) == []
        assert len(caught(timms(), [])) == 2
    finally:
        set_fused_attn(True)


def row_timm_swin():
    pairs = caught(timms_swin(attn_drop_rate=0.5).train(), [])
    assert [tuple(given.shape) for given, _ in pairs] == [(4, 2, 16, 16)] * 2 + [(1, 4, 16, 16)]
    assert all(whole(given) and not whole(came) for given, came in pairs)


ROWS = {
    "`nn.MultiheadAttention`": row_layer,
    "`nn.TransformerEncoder`": row_encoder,
    "`F.scaled_dot_product_attention`": row_function,
    "torchvision, `VisionTransformer`": row_torchvision,
    "transformers, `output_attentions=True`": row_default,
    'the same, `"eager"`': row_eager,
    "the same, padding on the left": row_padding,
    "transformers, `generate`": row_generate,
    'transformers, Swin, `"eager"`': row_swin,
    "transformers, GPT-OSS": row_sink,
    "transformers, `head_mask=`": row_head_mask,
    "timm, ViT, a hook on `attn_drop`": row_timm_vit,
    "timm, Swin, a hook on `attn_drop`": row_timm_swin,
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_table(row):
    ROWS[row]()


def test_every_row_and_every_recipe_is_tried_and_the_versions_are_those_of_the_book():
    assert [cells[0] for cells in TABLE[1:]] == list(ROWS)
    tried = re.findall(r"""run\((["'])(.+?)\1[,)]""", Path(__file__).read_text("utf-8"))
    assert [sum(part in block for part in {part for _, part in tried}) for block in BLOCKS] == [1] * len(BLOCKS)
    pinned = re.findall(r"^(torch|torchvision)==(\S+)$", (ROOT / "requirements-notebooks.txt").read_text("utf-8"), re.M)
    assert dict(pinned) == {name: VERSIONS[name] for name in ("torch", "torchvision")}
    assert len(VERSIONS) == 4


# --- the recorder


def test_the_recorder_gives_each_head_before_dropout_and_leaves_the_model_alone():
    x, attend = torch.randn(2, 5, 8), layer(dropout=0.5)
    for model, given in ((lambda: attend(x, x, x)[0], ()), (encoder(), (x,)), (encoder().train(), (x,))):
        torch.manual_seed(1)
        plain = model(*given)
        torch.manual_seed(1)
        with Recorder() as recorder:
            watched = model(*given)
        assert torch.allclose(plain, watched, atol=1e-5)
        assert recorder.weights
        assert all(weights.shape == (2, 2, 5, 5) and whole(weights) for weights in recorder.weights)
    assert same(recorded(attend, x, x, x), [attend.eval()(x, x, x, average_attn_weights=False)[1]])


@pytest.mark.parametrize("given", [{}, {"is_causal": True}, {"scale": 0.3}, {"dropout_p": 0.5}])
def test_the_recorder_gives_what_a_softmax_by_hand_gives(given):
    query, key, value = torch.randn(3, 2, 4, 5, 8)
    scores = query @ key.mT * given.get("scale", 8**-0.5)
    if given.get("is_causal"):
        scores = scores.masked_fill(torch.ones(5, 5, dtype=torch.bool).triu(1), -torch.inf)
    by_hand = [torch.softmax(scores, dim=-1)]
    assert same(recorded(F.scaled_dot_product_attention, query, key, value, **given), by_hand)
    mask = torch.rand(2, 1, 5, 5) > 0.3
    mask |= torch.eye(5, dtype=torch.bool)
    masked = [torch.softmax((query @ key.mT / 8**0.5).masked_fill(~mask, -torch.inf), dim=-1)]
    assert same(recorded(F.scaled_dot_product_attention, query, key, value, mask), masked)
    few = recorded(F.scaled_dot_product_attention, query, key[:, :2], value[:, :2], enable_gqa=True)
    assert same(few, recorded(F.scaled_dot_product_attention, query, *[key[:, [0, 0, 1, 1]]] * 2))


def test_the_recipe_of_the_recorder_and_what_it_draws():
    from paying_attention import show_heatmaps

    names = run("recorder = Recorder()", Recorder=Recorder, model=encoder(), x=torch.randn(2, 5, 8))
    ((weights, key, query),) = names["shown"]
    assert weights.shape == (2, 5, 5)
    assert (key, query) == ("Key", "Query")
    show_heatmaps(weights, key, query)


def test_the_recorder_is_empty_where_a_softmax_is_taken_by_hand_as_the_page_says():
    assert recorded(timms_swin(), IMAGE) == []
    assert recorded(hugging("Bert", "eager"), TOKENS) == []


# --- the other recipes, against the recorder


def test_a_layer_of_your_own():
    x, attend = torch.randn(2, 5, 8), layer(dropout=0.5)
    names = run("pooled, weights = layer(x, x, x", layer=attend, x=x)
    assert same([names["weights"]], recorded(attend, x, x, x))
    assert names["shown"][0][0].shape == (2, 5, 5)

    query, key = torch.randn(2, 2, 3, 5, 4)
    mask = torch.ones(5, 5, dtype=torch.bool).tril()  # True: may look
    names = run("key, one, attn_mask=mask", query=query, key=key, mask=mask)
    by_hand = torch.softmax((query @ key.mT / 2).masked_fill(~mask, -torch.inf), dim=-1)
    assert same([names["weights"]], [by_hand])


def test_hugging_face():
    model, mask = hugging("Bert"), torch.tensor([[1, 1, 1, 0, 0], [1] * 5])
    every = recorded(model, TOKENS, attention_mask=mask)
    names = run('set_attn_implementation("eager")', model=model.train(), ids=TOKENS, mask=mask)
    assert same(names["out"].attentions, every)
    shown = names["shown"][0][0]
    assert shown.shape == (4, 3, 3)
    assert whole(shown)


def test_models_that_read_and_write_have_the_names_that_the_page_gives():
    model = hugging("T5", "eager", d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=4)
    told = model(input_ids=TOKENS, decoder_input_ids=TOKENS[:, :3], output_attentions=True)
    named = [told[f"{kind}_attentions"][0] for kind in ("encoder", "decoder", "cross")]
    assert [tuple(each.shape) for each in named] == [(2, 4, 5, 5), (2, 4, 3, 3), (2, 4, 3, 5)]
    assert "attentions" not in told
    assert all(f"`{k}_attentions`" in PAGE for k in ("encoder", "decoder", "cross"))


def test_a_head_is_silenced():
    model, mask = hugging("Bert"), torch.ones(2, 5)
    plain = model(TOKENS, attention_mask=mask).last_hidden_state
    silenced = run("def without(head, size)", model=model, ids=TOKENS, mask=mask)["silenced"]
    assert not torch.allclose(plain, silenced, atol=1e-4)
    assert torch.equal(plain, model(TOKENS, attention_mask=mask).last_hidden_state)  # the hook is gone
    with torch.no_grad():  # another way: what head 2 brings meets a 0
        model.encoder.layer[0].attention.output.dense.weight[:, 8:12] = 0
    assert torch.allclose(silenced, model(TOKENS, attention_mask=mask).last_hidden_state, atol=1e-6)


def test_vision_models_of_pytorchs_layer():
    model = torchs_vit()
    every, plain = recorded(model, IMAGE), model(IMAGE)
    names = run("def ask(module", model=model.train())
    assert torch.allclose(model(IMAGE), plain, atol=1e-6)
    assert same(names["seen"], every)


@pytest.mark.parametrize("make", [timms, timms_swin])
def test_vision_models_of_timm(make):
    model = make()
    plain, every = model(IMAGE), recorded(model, IMAGE)
    seen = run("module.fused_attn = False", model=model)["seen"]
    assert torch.allclose(model(IMAGE), plain, atol=1e-6)
    assert same(seen, every) if make is timms else len(seen) == 3 and all(whole(each) for each in seen)


def test_a_row_becomes_a_picture():
    model = timms()
    seen = run("module.fused_attn = False", model=model)["seen"]
    names = run("first = model.num_prefix_tokens", model=model, images=IMAGE, seen=seen)
    ((maps, *_),) = names["shown"]
    assert names["first"] == 1
    assert maps.shape == (4, 4, 4)
    assert (maps.sum(dim=(1, 2)) < 0.99).all()
    assert torch.equal(maps[2, 1, 3], seen[-1][0, 2, 0, 1 + 4 * 1 + 3])  # row 1, column 3, behind the class token
    registers = timms("vit_small_patch14_reg4_dinov2", patch_size=8, embed_dim=16, depth=1, num_heads=4)
    assert registers.num_prefix_tokens == 5
