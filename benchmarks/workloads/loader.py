"""A DataLoader without workers: a pass over 4,096 pieces of text of 65 tokens, shuffled, in batches of 64 (inputs, targets)."""

STEPS = 12


def build(torch, workers=0):
    torch.manual_seed(0)

    class Text(torch.utils.data.Dataset):
        def __init__(self):
            self.tokens = torch.randint(0, 10_000, (4096 * 64 + 1,))

        def __len__(self):
            return 4096

        def __getitem__(self, i):
            piece = self.tokens[64 * i : 64 * i + 65]
            return piece[:-1], piece[1:]

    loader = torch.utils.data.DataLoader(Text(), batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)

    def step():
        for _batch in loader:
            pass

    return step
