"""Single layers, forward and backward, at sizes that NLP scripts have."""

STEPS = 40


def attention(torch, length):
    """N 12, 4 heads of 32 features, causal."""
    q, k, v = (torch.randn(12, 4, length, 32, requires_grad=True) for _ in range(3))
    attend = torch.nn.functional.scaled_dot_product_attention
    return lambda: attend(q, k, v, is_causal=True), (q, k, v)


def layer_norm(torch, *shape):
    x, layer = torch.randn(*shape, requires_grad=True), torch.nn.LayerNorm(shape[-1])
    return lambda: layer(x), (x, *layer.parameters())


def cross_entropy(torch):
    """700 rows, 10,000 classes."""
    x, t = torch.randn(700, 10000, requires_grad=True), torch.randint(0, 10000, (700,))
    return lambda: torch.nn.functional.cross_entropy(x, t), (x,)


def lstm(torch):
    """T 35, N 20, 200 units, one layer."""
    x, layer = torch.randn(35, 20, 200, requires_grad=True), torch.nn.LSTM(200, 200)
    return lambda: layer(x)[0], (x, *layer.parameters())


def conv1d(torch):
    """N 32, 64 -> 64 channels, width 3, length 128."""
    x, layer = torch.randn(32, 64, 128, requires_grad=True), torch.nn.Conv1d(64, 64, 3, padding=1)
    return lambda: layer(x), (x, *layer.parameters())


def embedding_bag(torch):
    """V 10,000, 100 features, 64 bags of 50 words: fastText's document vectors."""
    words, layer = torch.randint(0, 10000, (64, 50)), torch.nn.EmbeddingBag(10000, 100)
    return lambda: layer(words), tuple(layer.parameters())


LAYERS = {
    "attention_64": lambda torch: attention(torch, 64),
    "attention_256": lambda torch: attention(torch, 256),
    "layer_norm": lambda torch: layer_norm(torch, 12, 64, 128),
    "layer_norm_768": lambda torch: layer_norm(torch, 512, 768),
    "cross_entropy": cross_entropy,
    "lstm": lstm,
    "conv1d": conv1d,
    "embedding_bag": embedding_bag,
}


def build(torch, name):
    """One forward and backward of the layer `name`."""
    torch.manual_seed(0)
    forward, leaves = LAYERS[name](torch)
    weights = torch.randn(forward().shape)

    def step():
        y = forward()
        y.backward(weights)
        for leaf in leaves:
            leaf.grad = None
        return y

    return step
