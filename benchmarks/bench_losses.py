"""Time every closed-form loss, forward + backward, against `F.cross_entropy`, in one run.

    python benchmarks/bench_losses.py [NAME ...] [--threads 1] [--modes eager compiled] [--seconds 0.5] [--repeats 5]

The losses are those that the test battery knows, without LPL, which has its own benchmark. Labels are uniform over the
classes, logits are normal with standard deviation 2. A loss and cross-entropy are timed in turn, and the ratio of their
medians is taken; the table has the median of these ratios over the repeats, and the aims are 1.5 eager and 1.2 compiled.
The C library is told to keep freed memory, as PyTorch does on a GPU: otherwise the time of a loss depends on what was
freed before it, by up to a factor of 1.5 for one and the same function.
"""
import os, sys
KEEP = dict(MALLOC_MMAP_THRESHOLD_='4294967296', MALLOC_TRIM_THRESHOLD_='4294967296', MALLOC_TOP_PAD_='268435456')
if __name__ == '__main__' and os.environ.get('MALLOC_TOP_PAD_') != KEEP['MALLOC_TOP_PAD_']: os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEEP})

import argparse, platform, statistics, warnings
import torch, torch.nn.functional as F
warnings.filterwarnings('ignore')
from bench_lpl import backward, medians
import lpl_nb.all
from lpl_nb.testing import LOSSES, tail_counts

SIZES, AIMS = ((512, 1000), (256, 8142)), dict(eager=1.5, compiled=1.2)

def ratios(name, mode, size, args):
    "Time of a loss over that of cross-entropy, once a repeat"
    torch.manual_seed(0)
    logits, targets = (2*torch.randn(size)).requires_grad_(), torch.randint(size[1], size[:1])
    loss, ce = LOSSES[name][0](tail_counts(size[1])), F.cross_entropy
    if mode == 'compiled': torch._dynamo.reset(); loss, ce = (torch.compile(f, fullgraph=True) for f in (loss, ce))
    for _ in range(args.repeats):
        t_ce, t = medians([lambda: backward(ce, logits, targets), lambda: backward(loss, logits, targets)], args.seconds)
        yield t / t_ce

def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('names', nargs='*', metavar='NAME', help='losses; default: all'); p.add_argument('--threads', type=int, default=1)
    p.add_argument('--modes', nargs='+', choices=list(AIMS), default=list(AIMS)); p.add_argument('--seconds', type=float, default=.5)
    p.add_argument('--repeats', type=int, default=5)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    columns = [(mode, size) for mode in args.modes for size in SIZES]
    print(f"torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {args.threads} thread(s)\n")
    print('| loss | ' + ' | '.join(f'{mode}, {b} x {c} (aim {AIMS[mode]})' for mode, (b, c) in columns) + ' |'); print('|---|' + '---:|'*len(columns))
    for name in args.names or [n for n in LOSSES if not n.startswith(('lpl', 'la+lpl'))]:
        values = [statistics.median(ratios(name, mode, size, args)) for mode, size in columns]
        print(f'| {name} | ' + ' | '.join(f'{v:.2f}' for v in values) + ' |', flush=True)

if __name__ == '__main__': main()
