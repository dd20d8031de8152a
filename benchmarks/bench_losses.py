"""Time every loss, forward + backward, against `F.cross_entropy`, in one run.

    python benchmarks/bench_losses.py [NAME ...] [--threads 1] [--modes eager compiled] [--seconds 0.5] [--repeats 5]

The losses are those that the test battery knows, without LPL, which has its own benchmark. Labels are uniform over the
classes, logits are normal with standard deviation 2. A loss that learns from the batches does so in each step, as in a
`Learner`. A loss and cross-entropy are timed in turn, and the ratio of their medians is taken; the table has the median
of these ratios over the repeats, and the aims are 2 eager and 1.3 compiled. (What a loss costs in a training step is
measured by bench_step.py.) The C library is told to keep freed memory, as PyTorch does on a GPU: otherwise the time of a
loss depends on what was freed before it, by up to a factor of 1.5 for one and the same function.
"""
import os, sys
KEEP = dict(MALLOC_MMAP_THRESHOLD_='4294967296', MALLOC_TRIM_THRESHOLD_='4294967296', MALLOC_TOP_PAD_='268435456')
if __name__ == '__main__' and os.environ.get('MALLOC_TOP_PAD_') != KEEP['MALLOC_TOP_PAD_']:
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEEP})

import argparse, platform, statistics, warnings
import torch, torch.nn.functional as F
warnings.filterwarnings('ignore')
from bench_lpl import medians
import lpl_nb.all
from lpl_nb.battery import tail_counts
from lpl_nb.conformance import LOSSES

SIZES, AIMS = ((512, 1000), (256, 8142)), dict(eager=2., compiled=1.3)

def step_of(loss, logits, targets, compiled):
    "A function that takes a training step of a loss, without the model"
    f = torch.compile(loss, fullgraph=True) if compiled else loss
    learns = getattr(loss, 'learns', False)
    def step():
        logits.grad = None
        if learns: loss.observe(logits, targets)
        f(logits, targets).backward()
    return step

def ratio(name, mode, size, args):
    "Time of a loss over that of cross-entropy, the median over the repeats"
    torch.manual_seed(0)
    torch._dynamo.reset()
    logits, targets = (2*torch.randn(size)).requires_grad_(), torch.randint(size[1], size[:1])
    losses = F.cross_entropy, LOSSES[name][0](tail_counts(size[1]))
    steps = [step_of(loss, logits, targets, mode == 'compiled') for loss in losses]
    times = [medians(steps, args.seconds) for _ in range(args.repeats)]
    return statistics.median(t / t_ce for t_ce, t in times)

def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('names', nargs='*', metavar='NAME', help='losses; default: all')
    p.add_argument('--threads', type=int, default=1)
    p.add_argument('--modes', nargs='+', choices=list(AIMS), default=list(AIMS))
    p.add_argument('--seconds', type=float, default=.5)
    p.add_argument('--repeats', type=int, default=5)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    columns = [(mode, size) for mode in args.modes for size in SIZES]
    titles = [f'{mode}, {b} x {c} (aim {AIMS[mode]:g})' for mode, (b, c) in columns]
    machine = f'torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}'
    print(f'{machine}, {args.threads} thread(s)\n\n| loss | {" | ".join(titles)} |\n|---|{"---:|"*len(columns)}')
    for name in args.names or [n for n in LOSSES if not n.startswith(('lpl', 'la+lpl'))]:
        cells = [f'{ratio(name, mode, size, args):.2f}' for mode, size in columns]
        print(f'| {name} | {" | ".join(cells)} |', flush=True)

if __name__ == '__main__': main()
