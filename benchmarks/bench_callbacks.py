"""Which share of an epoch do the callbacks take that watch the training?

    python benchmarks/bench_callbacks.py [--epochs 3] [--threads 2] [--out FILE]

ResNet-8, which is the smallest net of the recipes and so the hardest case, on random images of CIFAR's shape: 12,800 to
train on, 5,000 to validate, batches of 128, bfloat16, channels last. The time inside of the callback's own events is added
up and divided by the time of the whole fit, so that nothing has to be compared between runs. The table is written to
benchmarks/bench_callbacks.md, or FILE.
"""
import argparse, time
from pathlib import Path
import torch
from fastai.optimizer import SGD
import lpl_nb.all
from lpl_nb.core import class_counts
from lpl_nb.data import arrays_dls
from lpl_nb.models import resnet8
from lpl_nb.recipes import RECIPES, n_threads, seeded_learner
from lpl_nb.registry import build_method, parse_method

METHODS = ['cdb_w', 'cdb_s', 'absgd', 'cals', 'cals_hr']
AIM = .01

def timed(cb):
    "Let a callback add up the time of its events"
    cb.seconds, own = 0., type(cb).__call__
    class Timed(type(cb)):
        def __call__(self, event):
            start = time.perf_counter()
            try: return own(self, event)
            finally: self.seconds += time.perf_counter() - start
    Timed.__name__, Timed.__qualname__ = type(cb).__name__, type(cb).__qualname__
    cb.__class__ = Timed
    return cb

def random_images(n): return torch.randint(256, (n, 3, 32, 32), dtype=torch.uint8), torch.arange(n) % 10

def share(method, epochs, threads):
    "Share of the time of a fit"
    dls = arrays_dls(*random_images(12800), *random_images(5000), vocab=range(10), bs=128, device='cpu')
    counts, recipe = class_counts(dls), RECIPES['cifar10-lt']
    built = build_method(parse_method(method), dls, counts)
    cbs = [timed(cb) for cb in built.cbs]
    learn = seeded_learner(dls, resnet8, built, 0, counts, recipe.cbs() if recipe.cbs else None, opt_func=SGD)
    with n_threads(threads), learn.no_bar(), learn.no_logging():
        learn.fit(1)
        for cb in cbs: cb.seconds = 0.
        start = time.perf_counter()
        learn.fit(epochs)
    total = time.perf_counter() - start
    return sum(cb.seconds for cb in cbs) / total, total / epochs

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--epochs', type=int, default=3)
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--methods', nargs='+', default=METHODS)
    ap.add_argument('--out', type=Path, default=Path(__file__).with_suffix('.md'))
    args = ap.parse_args()
    lines = ['# Which share of an epoch callbacks take\n', f'Made by `python benchmarks/bench_callbacks.py`: {args.epochs} '
             'epochs of a ResNet-8 with 100 training and 40 validation batches.\n',
             f'torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {args.threads} threads\n',
             f'| | seconds an epoch | share of it in the callback (aim: {AIM:.0%}) |', '|---|---:|---:|']
    for method in args.methods:
        part, seconds = share(method, args.epochs, args.threads)
        lines.append(f'| {method} | {seconds:.1f} | {part:.2%} |')
        print(lines[-1], flush=True)
    args.out.write_text('\n'.join(lines) + '\n', encoding='utf-8')
