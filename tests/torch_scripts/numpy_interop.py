"""NumPy and tensors side by side: conversions, printing and its options, formatting, metrics computed by hand."""

import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(123)
np.random.seed(123)
a = np.arange(6, dtype=np.float32).reshape(2, 3)
t = torch.from_numpy(a)
t[0, 0] = 100
print(a[0, 0], t.numpy() is not None, np.shares_memory(a, t.numpy()))
print(np.array(t), np.asarray(t).dtype, np.mean(t.numpy()), np.exp(t[1].numpy()))
x = torch.rand(3, 4)
print(x.numpy().argmax(axis=1), np.concatenate([x, x]).shape, np.stack([r for r in x]).shape, np.sum(x.numpy(), axis=0).round(4))
print(
    torch.tensor(np.float64(2.5)),
    torch.tensor(np.array([1, 2])),
    torch.tensor(np.arange(3, dtype=np.int32)),
    torch.Tensor(np.array([1, 2, 3])),
    torch.from_numpy(np.array([True, False])),
)
print(
    torch.as_tensor(a, dtype=torch.float64)[0],
    torch.asarray([1.5, 2]),
    torch.FloatTensor([1, 2]),
    torch.IntTensor([3]),
    torch.ByteTensor([1, 255]),
    torch.BoolTensor([1, 0]),
    torch.DoubleTensor(2, 2).zero_(),
)
print(x.data.numpy().shape, x.detach().cpu().numpy().flatten()[:3].tolist(), x.tolist()[0][:2])
for fmt in ("{:.3f}", "{:8.4f}", "{:e}", "{}", "{:>12}", "{!r}"):
    print(fmt.format(torch.tensor(3.14159)), end=" | ")
print(
    f"{torch.tensor(5)} {torch.tensor(5):d} {torch.tensor(True)} {torch.tensor([1.5])} {torch.tensor(0.5).item():.0%} {torch.tensor(2) + 0.5:.2f}"
)
print(
    "%s %d %.3f %5.1f%%" % (torch.tensor(7), torch.tensor(7), torch.tensor(1.23456), torch.tensor(45.678)),
    str(torch.tensor(1e-8)),
    int(torch.tensor(3.9)),
    float(torch.tensor(2)),
    bool(torch.tensor(0)),
    round(torch.tensor(2.567).item(), 2),
)
print(
    torch.tensor([1e-5, 1.0, 1e5]),
    torch.tensor([1e-10, 1.0]),
    torch.tensor([float("nan"), float("inf"), -1.0]),
    torch.tensor([1, -20, 300]),
    torch.tensor([0.0, 1.0, 2.0]),
    torch.tensor([1e20, 1.0]),
    torch.tensor(1e20),
)
print(
    torch.zeros(0),
    torch.empty(2, 0),
    torch.tensor([[[]]]),
    torch.tensor([True, False]),
    torch.randn(2, 2, dtype=torch.float64),
    torch.ones(2, dtype=torch.float16),
    torch.arange(3, dtype=torch.uint8),
)
print(torch.arange(2000.0), torch.randn(30, 30), torch.zeros(3, 1100)[:, :5])
torch.set_printoptions(precision=2, sci_mode=False, linewidth=60, threshold=20, edgeitems=2)
print(torch.randn(12, 12))
print(torch.tensor([1e-5, 123456.789]))
print(torch.randn(7) * 100)
torch.set_printoptions(profile="full")
print(torch.arange(12).view(3, 4).float() / 7)
torch.set_printoptions(profile="default")
p = nn.Parameter(torch.randn(2, 2))
q = (p * 2).sum()
print(p, q, p.data, p.grad, p.type(), p.dtype, p.device, p.layout, p.is_leaf, q.requires_grad)
try:
    p.numpy()
except RuntimeError:
    print("RuntimeError")
try:
    np.array([p])
    print("ok")
except (RuntimeError, ValueError) as e:
    print(type(e).__name__)
print(
    x.size(),
    x.shape[0],
    x.size(-1),
    list(x.shape),
    tuple(x.size()),
    x.shape == (3, 4),
    x.numel(),
    x.element_size(),
    x.ndim,
    x.stride(),
    x.nelement(),
    len(x),
    x.size() == torch.Size([3, 4]),
    x.shape + (1,),
    torch.Size([2, 3]).numel(),
)
print(
    x.type(torch.IntTensor),
    x.long().dtype,
    x.half().dtype,
    x.to(torch.uint8).type(),
    x.type("torch.DoubleTensor").dtype,
    x.bool().all(),
    x.char().dtype,
    x.short().dtype,
    x.type_as(torch.ones(1).double()).dtype,
)
scores, labels = np.random.rand(40), np.random.randint(0, 2, 40)
st, lt = torch.from_numpy(scores), torch.from_numpy(labels)
order = torch.argsort(st, descending=True)
tps = lt[order].cumsum(0)
fps = (1 - lt[order]).cumsum(0)
tpr, fpr = tps / tps[-1], fps / fps[-1]
print(f"auc {torch.trapz(tpr, fpr).item():.6f} {torch.trapezoid(tpr, fpr):.6f} ap {(tps / (tps + fps) * lt[order]).sum() / lt.sum():.6f}")
pred = (st > 0.5).int()
tp, fp, fn, tn = ((pred == i) & (lt == j) for i, j in ((1, 1), (1, 0), (0, 1), (0, 0)))
print(
    [int(k.sum()) for k in (tp, fp, fn, tn)],
    torch.corrcoef(torch.stack([st, lt.double()]))[0, 1],
    torch.cov(torch.stack([st, lt.double()])),
)
print(
    torch.histc(st.float(), bins=5, min=0, max=1),
    torch.histogram(st, 4).hist,
    torch.quantile(st, torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)),
    st.median(),
    torch.std_mean(st),
    torch.var_mean(st, unbiased=False),
    st.mode().values.dtype,
)
print(
    torch.result_type(torch.tensor(1), 1.0),
    (torch.tensor(1) + 1.0).dtype,
    (torch.ones(1, dtype=torch.int8) * 1000).dtype,
    (lt / 2).dtype,
    (lt // 2).dtype,
    (lt**2).dtype,
    torch.promote_types(torch.int8, torch.uint8),
    torch.finfo(torch.float32).eps,
    torch.iinfo(torch.int64).max,
    torch.finfo("float32") if False else torch.finfo(torch.float16),
)
b = np.ones(3)
b += torch.ones(3).numpy()
print(
    b,
    np.float32(2) * torch.ones(2),
    torch.ones(2) * np.float64(2),
    (torch.ones(2) * np.float64(2)).dtype,
    np.int64(3) * torch.ones(2, dtype=torch.long),
)
print(
    torch.ones(2) + np.ones(2),
    type(torch.ones(2) + np.ones(2)).__name__,
    torch.ones(2).eq(1).all().item(),
    torch.ones(2).__array__().dtype,
    np.isnan(torch.tensor([np.nan])).sum(),
)
