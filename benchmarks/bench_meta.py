"""What do learned bounds (meta-LPL) cost in a training step, in time and in memory?

    python benchmarks/bench_meta.py [--minutes 6] [--steps 4] [--threads 2] [--bs 64] [--out FILE]

The step of benchmarks/bench_step.py: ResNet-32, 128 random images of CIFAR's shape, bfloat16, channels last, SGD, with
PyTorch's cross-entropy as the baseline; here next to MetaLPL with lookahead='head' and 'full', and with a meta batch of
`--bs` images, of which 100 are in the meta set. Each is timed a few steps at a time, with the baseline before and after,
in rounds until the time is up. The memory is the largest resident size of a process of its own that takes a few steps.
The table is written to benchmarks/bench_meta.md, or FILE.
"""
import argparse, resource, statistics, subprocess, sys
from pathlib import Path
import torch
from bench_step import Case, CLASSES, PLAIN, baseline, make_dls, make_learner, rounds, with_quartiles
from lpl_nb.core import class_counts
from lpl_nb.data import ArrayDataset
from lpl_nb.lpl_meta import MetaLPL, MetaLPLLoss
from lpl_nb.models import resnet32
from lpl_nb.recipes import SkipValidation

KINDS, AIM = {'head': "lookahead='head'", 'full': "lookahead='full'"}, 1.3

def meta_learner(kind, dls, bs):
    "A learner that learns its bounds"
    x, y = torch.randint(256, (100, 3, 32, 32), dtype=torch.uint8), torch.arange(100) % CLASSES
    callback = MetaLPL(ArrayDataset(x, y, range(CLASSES), split_idx=1), kind, bs)
    return make_learner(dls, resnet32(CLASSES), MetaLPLLoss(class_counts(dls)), [callback])

def learner(kind, dls, bs): return baseline(dls) if kind == PLAIN else meta_learner(kind, dls, bs)

def megabytes(kind, args):
    "The largest resident size of a process that takes a few steps"
    command = [sys.executable, __file__, '--memory-of', kind, *(f'--{o}={getattr(args, o)}' for o in ('steps', 'threads', 'bs'))]
    return int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1])

def few_steps(kind, args):
    learn = learner(kind, make_dls(args.steps, False), args.bs)
    with learn.no_logging(): learn.fit(1, cbs=SkipValidation())
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(size // (2**20 if sys.platform == 'darwin' else 2**10))

def report(cases, n, sizes, args):
    "The text of the file"
    yield '# What learned bounds cost in a training step\n'
    yield f'Made by `python benchmarks/bench_meta.py`: {n} rounds of {args.steps} steps of each, meta batches of {args.bs}. '
    yield 'Medians of the ratios of the rounds, and their quartiles.\n'
    yield f'torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {args.threads} threads\n'
    yield f'| | ms a step | ratio to cross-entropy (aim of the head: {AIM}) | largest size of the process, MB |'
    yield '|---|---:|---:|---:|'
    yield f'| {PLAIN} | | 1 | {sizes[PLAIN]} |'
    for c in cases:
        ms, ratio = 1e3 * statistics.median(c.seconds), with_quartiles(c.ratios[PLAIN])
        yield f'| {KINDS[c.name]} | {ms:.0f} | {ratio} | {sizes[c.name]} |'

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--minutes', type=float, default=6, help='time for the rounds; there are at least two')
    ap.add_argument('--steps', type=int, default=4, help='steps of each in a round')
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--bs', type=int, default=64, help='images in a meta batch')
    ap.add_argument('--out', type=Path, default=Path(__file__).with_suffix('.md'))
    ap.add_argument('--memory-of', help=argparse.SUPPRESS)
    args = ap.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    if args.memory_of: sys.exit(few_steps(args.memory_of, args))
    sizes = {kind: megabytes(kind, args) for kind in (PLAIN, *KINDS)} # first: Linux hands the size of a process down
    dls = make_dls(args.steps + 1, False)
    plain = baseline(dls)
    cases = [Case(kind, meta_learner(kind, dls, args.bs), {PLAIN: plain}) for kind in KINDS]
    n = rounds(cases, args.minutes, lambda line: print(line, file=sys.stderr, flush=True))
    text = '\n'.join(report(cases, n, sizes, args)) + '\n'
    args.out.write_text(text, encoding='utf-8')
    print(text)
