"""Time LPL forward + backward against `F.cross_entropy` forward + backward, in one run.

    python benchmarks/bench_lpl.py [--steps 1 10 40] [--threads 1 2] [--modes eager compiled traced] [--seconds 1.0]

Labels are uniform over the classes (the hardest law: most classes of a batch occur once); logits are normal with
standard deviation 2; row norm, detached, every class raised by K steps. Times are medians; the two losses are timed
in turn, so that a machine that slows down slows both. Memory is the peak of what the forward and backward pass
allocate beyond their inputs, in units of one B x C array, less what cross-entropy allocates. The mode `traced` is
`compiled` without LPL's operation for CPUs: the compiler sees the steps themselves (nbs/09_lpl_steps.ipynb).
"""
import argparse, platform, statistics, time, warnings, weakref
import torch, torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
warnings.filterwarnings('ignore')
import lpl_nb.lpl
from lpl_nb.lpl import LPLLoss
from lpl_nb.lpl_steps import _fast_steps, class_steps

SIZES = (128, 10), (128, 100), (512, 1000), (256, 8142)
AIMS = {'eager': (12, 18, 12, 14), 'compiled': (8, 8, 8, 8), 'traced': ('',)*4} # At K = 10

def backward(f, logits, targets):
    logits.grad = None
    f(logits, targets).backward()

def medians(functions, seconds):
    "Median microseconds of each function, called in turn"
    times = [[] for _ in functions]
    for f in functions:
        for _ in range(3): f()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < 7:
        for f, ts in zip(functions, times):
            start = time.perf_counter(); f(); ts.append(time.perf_counter() - start)
    return [1e6 * statistics.median(ts) for ts in times]

class PeakMemory(TorchDispatchMode):
    "Bytes of the storages alive that were made inside, at most"
    def __init__(self): super().__init__(); self.now = self.peak = 0; self.seen = set()
    def _gone(self, key, size): self.now -= size; self.seen.discard(key)
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        before = {t.untyped_storage()._cdata for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)}
        out = func(*args, **(kwargs or {}))
        for t in tree_leaves(out):
            if not isinstance(t, torch.Tensor): continue
            s = t.untyped_storage(); key = s._cdata
            if key in before or key in self.seen: continue
            self.seen.add(key); self.now += s.nbytes(); self.peak = max(self.peak, self.now)
            weakref.finalize(s, self._gone, key, s.nbytes())
        return out

def peak(f, logits, targets):
    with PeakMemory() as m: backward(f, logits, targets)
    return m.peak / (logits.numel() * logits.element_size())

def _traced(logits, targets, steps, alpha, n_steps, rule):
    return _fast_steps(logits.detach(), targets, steps, alpha, n_steps, rule)

def rows(args):
    for threads in args.threads:
        torch.set_num_threads(threads)
        for mode in args.modes:
            for k in args.steps:
                for i, (b, c) in enumerate(SIZES):
                    torch.manual_seed(0)
                    logits, targets = (2*torch.randn(b, c)).requires_grad_(), torch.randint(c, (b,))
                    loss, ce = LPLLoss(bounds=torch.full((c,), .1*k), alpha=.1), F.cross_entropy
                    memory = peak(loss, logits, targets) - peak(ce, logits, targets)
                    lpl_nb.lpl.class_steps = _traced if mode == 'traced' else class_steps
                    if mode != 'eager':
                        torch._dynamo.reset()
                        loss, ce = torch.compile(loss, fullgraph=True), torch.compile(ce, fullgraph=True)
                    both = [lambda: backward(ce, logits, targets), lambda: backward(loss, logits, targets)]
                    t_ce, t_lpl = medians(both, args.seconds)
                    aim = AIMS[mode][i] if k == 10 else ''
                    yield (threads, mode, k, f'{b} x {c}', f'{t_ce:.0f}', f'{t_lpl:.0f}', f'{t_lpl/t_ce:.1f}', aim,
                           f'{memory:.1f}')

def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--steps', type=int, nargs='+', default=[1, 10, 40])
    p.add_argument('--threads', type=int, nargs='+', default=[1, 2])
    p.add_argument('--modes', nargs='+', choices=list(AIMS), default=['eager', 'compiled'])
    p.add_argument('--seconds', type=float, default=1.)
    args = p.parse_args()
    print(f"torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}; "
          "uniform labels, row norm, detached\n")
    print('| threads | mode | K | B x C | cross-entropy (us) | LPL (us) | ratio | aim | extra memory (B x C) |')
    print('|---'*9 + '|')
    for row in rows(args): print('| ' + ' | '.join(map(str, row)) + ' |', flush=True)

if __name__ == '__main__': main()
