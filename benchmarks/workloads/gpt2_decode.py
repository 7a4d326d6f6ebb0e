"""GPT-2 small in shape (12 layers, 768 wide, 50257 words, random weights), decoding one token at a time with a key-value cache.

A step is one token after 64 to 192 others; weights are stored as (in, out), as in examples/gpt2.py.
"""

STEPS = 128


def build(torch, LAYERS=12, D=768, H=12, V=50257, START=64, STOP=192):
    torch.manual_seed(0)
    nn, F = torch.nn, torch.nn.functional

    class Conv1D(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(inputs, outputs) * 0.07 - 0.035)
            self.bias = nn.Parameter(torch.zeros(outputs))

        def forward(self, x):
            return x @ self.weight + self.bias

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(D), nn.LayerNorm(D)
            self.c_attn, self.c_proj = Conv1D(D, 3 * D), Conv1D(D, D)
            self.fc, self.proj = Conv1D(D, 4 * D), Conv1D(4 * D, D)
            self.keys, self.values = torch.zeros(2, 1, H, STOP, D // H)

        def forward(self, x, place):
            q, k, v = (part.view(1, 1, H, D // H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(D, dim=2))
            self.keys[:, :, place : place + 1], self.values[:, :, place : place + 1] = k, v
            y = F.scaled_dot_product_attention(q, self.keys[:, :, : place + 1], self.values[:, :, : place + 1])
            x = x + self.c_proj(y.transpose(1, 2).reshape(1, 1, D))
            return x + self.proj(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))

    class GPT2(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Parameter(torch.rand(V, D) - 0.5), nn.Parameter(torch.rand(STOP, D) - 0.5)
            self.blocks, self.norm = nn.ModuleList([Block() for _ in range(LAYERS)]), nn.LayerNorm(D)

        def forward(self, token, place):
            x = F.embedding(token, self.tokens) + self.positions[place]
            for block in self.blocks:
                x = block(x, place)
            return F.linear(self.norm(x), self.tokens)

    model = GPT2()
    token, place = torch.zeros(1, 1, dtype=torch.long), START

    def step():
        nonlocal token, place
        with torch.no_grad():
            token = model(token, place)[:, -1].argmax(-1, keepdim=True)
        place = place + 1 if place + 1 < STOP else START
        return token

    return step
