"""The encoder of gte-*-en-v1.5 by its definition, for make_tiny_tasks.py: no package holds the original.

Facts from the paper (Zhang et al. 2024, mGTE) and the model's public modeling code (Alibaba-NLP/new-impl): query, key
and value come from one matrix; queries and keys turn by rotary angles, whose frequencies are 1 / (f theta)^(2i/d) /
f^(2/d) with rope_scaling "ntk" of factor f; the feed-forward is down_proj(up * act(gate)), up and gate the halves of
one matrix without bias; LayerNorm comes after each residual; there is no position table and there may be no token
types. Embeddings' norm, poolers and heads are transformers' own classes.
"""
import math

import torch
import transformers
from torch import nn
from transformers.activations import ACT2FN


def turned(x, config):
    """x [batch, heads, length, d] with column pairs i and d/2 + i turned by position * frequency i."""
    length, d = x.shape[-2:]
    factor = config.gte["rope_scaling"]["factor"] if config.gte["rope_scaling"] else 1.0
    theta = config.gte["rope_theta"] * factor
    frequencies = 1.0 / theta ** (torch.arange(0, d, 2).float() / d) / factor ** (2 / d)
    angles = torch.outer(torch.arange(length).float(), frequencies)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., :d // 2], x[..., d // 2:]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        h = config.hidden_size
        self.config, self.heads = config, config.num_attention_heads
        self.qkv_proj, self.o_proj = nn.Linear(h, 3 * h), nn.Linear(h, h)

    def forward(self, x, mask):
        batch, length, h = x.shape
        split = lambda y: y.view(batch, length, self.heads, -1).transpose(1, 2)
        q, k, v = (split(y) for y in self.qkv_proj(x).split(h, dim=-1))
        scores = turned(q, self.config) @ turned(k, self.config).transpose(-1, -2) / math.sqrt(h // self.heads)
        weights = torch.softmax(scores if mask is None else scores + mask, dim=-1)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(batch, length, h))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        h, f = config.hidden_size, config.intermediate_size
        self.act = ACT2FN[config.hidden_act]
        self.up_gate_proj, self.down_proj = nn.Linear(h, 2 * f, bias=False), nn.Linear(f, h)

    def forward(self, x):
        up, gate = self.up_gate_proj(x).chunk(2, dim=-1)
        return self.down_proj(up * self.act(gate))


class Layer(nn.Module):
    """Named so that the tensors get the names of the checkpoints."""

    def __init__(self, config):
        super().__init__()
        norm = lambda: nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.attention, self.mlp = Attention(config), FeedForward(config)
        self.attn_ln, self.mlp_ln = norm(), norm()

    def forward(self, x, attention_mask=None, *_, **__):
        x = self.attn_ln(x + self.attention(x, attention_mask))
        return self.mlp_ln(x + self.mlp(x))


def absent(name, config):
    """Whether the checkpoint has no such tensor, which BERT has."""
    return "position_embeddings" in name or ("token_type_embeddings" in name and config.gte["type_vocab_size"] == 0)


def gte(head):
    """transformers' BertFor... or BertModel with these layers: a function config -> model. config.gte: what of
    config.json is not BERT's."""
    def make(config):
        model = getattr(transformers, "Bert" + head)(config)
        bert = model if head == "Model" else model.bert
        for i in range(config.num_hidden_layers):
            bert.encoder.layer[i] = Layer(config)
        for name, parameter in model.named_parameters():
            if absent(name, config):
                parameter.zero_()
                parameter.requires_grad = False
        return model
    return make


def renamed(name):
    """The checkpoint's name of one of BERT's tensors."""
    for bert, new in (("bert.", "new."), ("cls.predictions.transform.dense.", "lm_head.dense."),
                      ("cls.predictions.transform.LayerNorm.", "lm_head.norm."),
                      ("cls.predictions.bias", "lm_head.decoder.bias")):
        if name.startswith(bert):
            return new + name[len(bert):]
    return name
