"""Random batches through every loss and metric: only the documented errors, nothing that turns into a number or NaN in silence.

    python tools/fuzz.py --cases 20000 --seed 0

Hypothesis makes up batches of 0 to 4 samples and 1 to 7 classes, in four dtypes, some with labels out of range, ignored
samples, class weights of 0, NaN or infinite logits. A case is one batch in one loss or metric."""
import argparse, math, warnings
from collections import Counter
from dataclasses import dataclass, replace

import torch
from hypothesis import HealthCheck, given, seed, settings, strategies as st
from lpl_nb import calibration, metrics
import lpl_nb.methods                                                   # registers all losses
from lpl_nb.battery import tail_counts
from lpl_nb.conformance import LOSSES

DOCUMENTED = (TypeError, ValueError, NotImplementedError)
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)

@dataclass
class Batch:
    logits: torch.Tensor
    targets: torch.Tensor
    options: dict       # Of the loss
    training: bool
    broken: torch.Tensor# (B,) does the row hold NaN or infinity?
    valid: bool         # Are all labels in range, or ignored?

    @property
    def kept(self): return self.targets != self.options.get('ignore_index', -1)

@st.composite
def batches(draw):
    "A batch: mostly a good one"
    B, C = draw(st.integers(0, 4)), draw(st.integers(1, 7))
    g = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    logits = torch.randn(B, C, generator=g, dtype=torch.float64) * draw(st.sampled_from([0, .1, 2, 30, 1e3, 1e4]))
    logits = logits.to(draw(st.sampled_from(DTYPES)))
    special = draw(st.sampled_from([None]*6 + [math.nan, math.inf, -math.inf]))
    if special is not None and B: logits[draw(st.integers(0, B-1)), draw(st.integers(0, C-1))] = special
    low, high = draw(st.sampled_from([(0, C)]*8 + [(0, C+2), (-1, C)]))
    targets = torch.randint(low, high, (B,), generator=g)
    options = dict(reduction=draw(st.sampled_from(['none', 'mean', 'sum'])))
    if draw(st.integers(0, 3)) == 0:
        options['ignore_index'] = -100
        targets = torch.where(torch.rand(B, generator=g) < .4, -100, targets)
    if draw(st.integers(0, 3)) == 0: options['weight'] = torch.randint(0, 3, (C,), generator=g).double()
    ok = (targets >= 0) & (targets < C) | (targets == options.get('ignore_index', -1000))
    return Batch(logits, targets, options, draw(st.booleans()), ~logits.isfinite().all(1), bool(ok.all()))

def run_loss(name, batch):
    "(loss, gradient) of a new loss"
    make, _ = LOSSES[name]
    loss = make(tail_counts(batch.logits.shape[1]), **batch.options)
    loss.train(batch.training)
    x = batch.logits.detach().clone().requires_grad_()
    loss.observe(x, batch.targets)
    value = loss(x, batch.targets)
    value.sum().backward()
    return value.detach(), x.grad

def too_large(name, batch):
    "Is the gradient larger than the largest number of its dtype?"
    _, grad = run_loss(name, replace(batch, logits=batch.logits.double()))
    return bool(grad.abs().max() > torch.finfo(batch.logits.dtype).max)

def check_loss(name, batch):
    "Raise AssertionError for what must not be"
    try: value, grad = run_loss(name, batch)
    except DOCUMENTED as e:
        assert not batch.valid or isinstance(e, NotImplementedError), f"a valid batch was refused: {e}"
        assert len(str(e)) > 20, f"no sentence: {type(e).__name__}: {e}"
        return 'refused'
    assert batch.valid, "labels out of range were accepted"
    assert value.shape == (batch.targets.shape if batch.options['reduction'] == 'none' else ()), value.shape
    assert value.dtype == (torch.float64 if batch.logits.dtype == torch.float64 else torch.float32), value.dtype
    lost = batch.broken & batch.kept
    if not lost.any():
        assert value.isfinite().all(), f"the loss of a finite batch is {value}"
        assert grad.isfinite().all() or too_large(name, batch), "the gradient of a finite batch is not finite"
    assert (grad[~batch.kept] == 0).all(), "an ignored sample has a gradient"
    if batch.options['reduction'] == 'none' and batch.logits.isnan().any() and 'weight' not in batch.options:
        bad = batch.logits.isnan().any(1) & batch.kept
        assert value[bad].isnan().all(), "NaN logits gave a number"
    return 'ok'

FUNCTIONS = {f.__name__: f for f in (
    metrics.class_accuracy, metrics.balanced_accuracy, metrics.balanced_error, metrics.prediction_counts,
    metrics.macro_f1, metrics.confusion_counts, metrics.class_scores)}
PROBABILITIES = {f.__name__: f for f in (
    calibration.ece, calibration.mce, calibration.classwise_ece, calibration.adaptive_ece, calibration.nll,
    calibration.brier_score)}

def check_metric(name, batch):
    "Raise AssertionError unless a metric gives numbers in their range, NaN, or a documented error"
    scores = name in PROBABILITIES
    f = PROBABILITIES[name] if scores else FUNCTIONS[name]
    try: value = f(batch.logits, batch.targets, **(dict(from_logits=True) if scores else {}))
    except DOCUMENTED as e:
        assert len(str(e)) > 20, f"no sentence: {type(e).__name__}: {e}"
        fine = batch.valid and len(batch.targets) and batch.kept.all() and not batch.broken.any()
        assert not fine or batch.logits.shape[1] == 1, f"a valid batch was refused: {e}"
        return 'refused'
    x = torch.as_tensor(value.to_numpy(dtype=float) if hasattr(value, 'to_numpy') else value).double()
    assert not x.isinf().any() or name == 'nll' and (batch.broken.any() or batch.logits.abs().max() > 30), x
    assert (x[~x.isnan()] >= 0).all(), x
    return 'ok'

def fuzz(cases, first_seed):
    "Run the cases; returns how often what happened"
    names = [*LOSSES, *FUNCTIONS, *PROBABILITIES]
    tally = Counter()

    @seed(first_seed)
    @settings(max_examples=math.ceil(cases / len(names)), deadline=None, database=None,
              suppress_health_check=list(HealthCheck))
    @given(batches())
    def any_batch(batch):
        for name in names:
            check = check_loss if name in LOSSES else check_metric
            try: tally[check(name, batch)] += 1
            except Exception as e: raise AssertionError(f"{name}: {type(e).__name__}: {e}\n{batch}") from e

    any_batch()
    return len(names), tally

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--cases', type=int, default=20_000)
    ap.add_argument('--seed', type=int, default=0)
    args = ap.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter('ignore')
    n, tally = fuzz(args.cases, args.seed)
    print(f"{sum(tally.values())} cases in {n} losses and metrics: {dict(tally)}")
