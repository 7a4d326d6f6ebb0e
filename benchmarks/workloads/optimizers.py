"""One step of every optimizer that goes element by element, on a transformer block of 64 and on one of 256: calls, then memory."""

STEPS = 20
NAMES = ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adadelta", "Adagrad", "RMSprop", "Rprop", "ASGD", "Adafactor"]


def build(torch, names=NAMES, widths=(64, 256)):
    torch.manual_seed(0)
    optimizers = []
    for name in names:
        params = []
        for d in widths:
            for shape in ((3 * d, d), (3 * d,), (d, d), (d,), (4 * d, d), (4 * d,), (d, 4 * d), (d,), (d,), (d,)):
                p = torch.randn(*shape, requires_grad=True)
                p.grad = torch.randn(*shape)
                params.append(p)
        optimizers.append(getattr(torch.optim, name)(params, lr=1e-4))

    def step():
        for optimizer in optimizers:
            optimizer.step()

    return step
