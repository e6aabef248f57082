"""Jina's BERT (jina-embeddings-v2) by its definition, for make_tiny_tasks.py: no package holds the original.

Facts from the paper (Günther et al. 2023, sections 3 and 4), Press et al. 2022 (ALiBi) and the model's public
modeling code: scores get -slope * |distance| after their division by sqrt(d); the feed-forward is
wo(act(gate(x)) * up(x)), gate and up the halves of one matrix without bias; LayerNorm comes after each residual;
there is no position table. Embeddings' norm, poolers and heads are transformers' own classes.
"""
import math

import torch
import transformers
from torch import nn


def slopes(heads):
    """Of the ALiBi paper's reference: powers of 2^(-8/n) for n = 2^p heads, else those of the power of two
    below and every second of the one above."""
    def of_power_of_two(n):
        first = 2 ** (-2 ** -(math.log2(n) - 3))
        return [first ** (i + 1) for i in range(n)]
    below = 2 ** math.floor(math.log2(heads))
    return of_power_of_two(below) + of_power_of_two(2 * below)[0::2][:heads - below]


class Attention(nn.Module):
    """Named so that the tensors get the names of the checkpoints: attention.self and attention.output."""

    class Projections(nn.Module):
        def __init__(self, h):
            super().__init__()
            self.query, self.key, self.value = nn.Linear(h, h), nn.Linear(h, h), nn.Linear(h, h)

    class Output(nn.Module):
        def __init__(self, h, eps):
            super().__init__()
            self.dense, self.LayerNorm = nn.Linear(h, h), nn.LayerNorm(h, eps=eps)

    def __init__(self, config):
        super().__init__()
        self.heads = config.num_attention_heads
        self.self = Attention.Projections(config.hidden_size)
        self.output = Attention.Output(config.hidden_size, config.layer_norm_eps)

    def forward(self, x, mask):
        batch, length, h = x.shape
        split = lambda y: y.view(batch, length, self.heads, -1).transpose(1, 2)
        q, k, v = split(self.self.query(x)), split(self.self.key(x)), split(self.self.value(x))
        at = torch.arange(length)
        bias = -torch.tensor(slopes(self.heads))[:, None, None] * (at[None, :] - at[:, None]).abs()
        scores = q @ k.transpose(-1, -2) / math.sqrt(h // self.heads) + bias
        weights = torch.softmax(scores if mask is None else scores + mask, dim=-1)
        context = (weights @ v).transpose(1, 2).reshape(batch, length, h)
        return self.output.LayerNorm(x + self.output.dense(context))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        h, f = config.hidden_size, config.intermediate_size
        self.act = {"geglu": nn.GELU(), "reglu": nn.ReLU()}[config.feed_forward_type]
        self.gated_layers, self.wo = nn.Linear(h, 2 * f, bias=False), nn.Linear(f, h)
        self.layernorm = nn.LayerNorm(h, eps=config.layer_norm_eps)

    def forward(self, x):
        gate, up = self.gated_layers(x).chunk(2, dim=-1)
        return self.layernorm(x + self.wo(self.act(gate) * up))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention, self.mlp = Attention(config), FeedForward(config)

    def forward(self, x, attention_mask=None, *_, **__):
        y = self.mlp(self.attention(x, attention_mask))
        return (y,) if transformers.__version__.startswith("4.") else y


def jina(head):
    """transformers' BertFor... or BertModel with Jina's layers: a function config -> model."""
    def make(config):
        model = getattr(transformers, "Bert" + head)(config)
        bert = model if head == "Model" else model.bert
        for i in range(config.num_hidden_layers):
            bert.encoder.layer[i] = Layer(config)
        bert.embeddings.position_embeddings.weight.zero_()
        bert.embeddings.position_embeddings.weight.requires_grad = False
        return model
    return make
