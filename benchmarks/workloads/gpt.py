"""The nanoGPT CPU configuration: 4 layers, 4 heads, 128 wide, T 64, N 12, 65 characters, AdamW with clipping."""

STEPS = 15


def build(torch, T=64, N=12, D=128, V=65):
    torch.manual_seed(0)
    nn = torch.nn
    H = 4

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(D), nn.LayerNorm(D)
            self.c_attn, self.c_proj = nn.Linear(D, 3 * D), nn.Linear(D, D)
            self.fc, self.gelu, self.proj = nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)

        def attention(self, x):
            q, k, v = (p.view(N, T, H, D // H).transpose(1, 2) for p in self.c_attn(x).split(D, dim=2))
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.c_proj(y.transpose(1, 2).contiguous().view(N, T, D))

        def forward(self, x):
            x = x + self.attention(self.ln_1(x))
            return x + self.proj(self.gelu(self.fc(self.ln_2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(V, D), nn.Embedding(T, D)
            self.blocks = nn.ModuleList([Block() for _ in range(4)])
            self.ln_f = nn.LayerNorm(D)
            self.head = nn.Linear(D, V, bias=False)
            self.wte.weight = self.head.weight

        def forward(self, x):
            h = self.wte(x) + self.wpe(torch.arange(T))
            for block in self.blocks:
                h = block(h)
            return self.head(self.ln_f(h))

    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    x, y = torch.randint(0, V, (N, T)), torch.randint(0, V, (N, T))

    def step():
        loss = nn.functional.cross_entropy(model(x).view(-1, V), y.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return step
