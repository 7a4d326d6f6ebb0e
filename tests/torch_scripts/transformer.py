"""nn.Transformer copies a sequence; a learning rate that warms up."""

import math

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(11)
VOCAB, D = 14, 32


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0))

    def forward(self, x):
        return self.dropout(x + self.pe[:, : x.size(1)])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, D)
        self.position = PositionalEncoding(D)
        self.transformer = nn.Transformer(
            d_model=D, nhead=4, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=64, dropout=0.1, batch_first=True
        )
        self.generator = nn.Linear(D, VOCAB)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        src, tgt = (self.position(self.embed(x) * math.sqrt(D)) for x in (src, tgt))
        return self.generator(self.transformer(src, tgt, tgt_mask=mask))


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
scheduler = LambdaLR(optimizer, lambda step: D**-0.5 * min((step + 1) ** -0.5, (step + 1) * 100**-1.5) * 0.5)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
for step in range(60):
    data = torch.randint(1, VOCAB, (16, 9))
    data[:, 0] = 1
    logits = model(data, data[:, :-1])
    loss = criterion(logits.reshape(-1, VOCAB), data[:, 1:].reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 10 == 9:
        print(f"step {step + 1:3d} lr {scheduler.get_last_lr()[0]:.5f} loss {loss.item():.4f}")
model.eval()
src = torch.tensor([[1, 2, 3, 4, 5, 6, 7, 8, 9]])
out = torch.ones(1, 1, dtype=torch.long)
with torch.no_grad():
    for _ in range(8):
        out = torch.cat([out, model(src, out)[:, -1].argmax(-1, keepdim=True)], dim=1)
print(out.shape, out[0, 0].item())
