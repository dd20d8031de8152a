"""What does a method cost in a real training step? Every registered method next to cross-entropy, in one run.

    python benchmarks/bench_step.py [--methods la lpl ...] [--minutes 8] [--steps 4] [--threads 2] [--out FILE]

A ResNet-32 on random images of CIFAR's shape (long-tailed labels, 10:1), batches of 128 that are cropped, flipped and
normalised, bfloat16 and channels last, SGD: fits of a fastai `Learner` with all that the method brings, its loss, its
callbacks and its change to the model. A step lasts from the end of one batch to the end of the next, so the loading of
the batch counts. The baseline is PyTorch's cross-entropy in a `Learner` that has nothing of this library but `Autocast`.

Methods are timed four at a time, a few steps of each, with the baseline before and after them, in rounds over all methods
until the time is up. A round gives the ratio of a method's median step to the mean of the two baselines, and the table
has the median of these ratios with their quartiles. A method that
changes the model is also compared with plain cross-entropy on that model ('cosine'). Methods for groups are compared on
batches with groups. Of a method in two stages only stage one is timed. Deferred weights are on. The table is written to
benchmarks/bench_step.md, or FILE.
"""
import argparse, platform, re, statistics, sys, time, warnings
from dataclasses import dataclass, field
from pathlib import Path
warnings.filterwarnings('ignore')
import torch, torch.nn.functional as F
from fastai.callback.channelslast import ChannelsLast
from fastai.callback.core import Callback
from fastai.data.transforms import Normalize
from fastai.learner import Learner
from fastai.optimizer import SGD
import lpl_nb.all
from lpl_nb.core import class_counts
from lpl_nb.data import arrays_dls, imbalanced_counts
from lpl_nb.images import RandomCropFlip
from lpl_nb.learner import ObserveBatches
from lpl_nb.models import Autocast, resnet32
from lpl_nb.recipes import SkipValidation
from lpl_nb.registry import METHODS, build_method, parse_method
from lpl_nb.two_stage import RetrainClassifier

AIM, CLASSES, PLAIN, COSINE = 1.03, 10, 'cross-entropy', 'cosine'
COMBINATIONS = ['la+lpl', 'ldam+drw', 'unimix+bayias']

class Steps(Callback):
    "Notes the seconds of each training step but the first of a fit"
    order = 1000
    def before_train(self): self.ends = []
    def after_batch(self): self.ends.append(time.perf_counter())
    @property
    def seconds(self): return [b - a for a, b in zip(self.ends, self.ends[1:])]

def make_dls(n_batches, groups, bs=128):
    "Random bytes with long-tailed labels, and with groups or without; an epoch has `n_batches`"
    counts = imbalanced_counts(bs*n_batches // 5, CLASSES, 10)
    y = torch.repeat_interleave(torch.arange(CLASSES), torch.tensor(counts))
    y = torch.cat([y, torch.zeros(bs*n_batches - len(y), dtype=torch.long)])
    x, ids = torch.randint(256, (len(y), 3, 32, 32), dtype=torch.uint8), torch.arange(len(y)) % 2
    tfms = [RandomCropFlip(), Normalize.from_stats((.49, .48, .45), (.25, .24, .26), cuda=False)]
    both = (ids, ids[:bs]) if groups else (None, None)
    return arrays_dls(x, y, x[:bs], y[:bs], vocab=range(CLASSES), bs=bs, batch_tfms=tfms, device='cpu', groups=both)

def cross_entropy(logits, targets, *groups): return F.cross_entropy(logits, targets)

def make_learner(dls, model, loss_func, cbs=()):
    learn = Learner(dls, model, loss_func=loss_func, opt_func=SGD, lr=.01, cbs=[Autocast(), ChannelsLast(), *cbs])
    learn.remove_cbs([cb for cb in learn.cbs if cb.name == 'progress'])
    return learn

def baseline(dls):
    "A learner that trains as fastai does without this library, but for bfloat16"
    learn = make_learner(dls, resnet32(CLASSES), cross_entropy)
    learn.remove_cbs([cb for cb in learn.cbs if isinstance(cb, ObserveBatches)])
    return learn

def method_learner(method, dls):
    "A learner with all that a method brings, but its second stage"
    built = build_method(method, dls)
    cbs = [cb for cb in built.cbs if not isinstance(cb, RetrainClassifier)]
    return make_learner(dls, built.adapt(resnet32(CLASSES)), built.loss_func, cbs)

@dataclass
class Case:
    "A method, its learner, what it is compared with, and what was measured"
    name: str
    learn: Learner
    against: dict                                          # {name: learner}
    seconds: list = field(default_factory=list)            # Median of a step, once a round
    ratios: dict = field(default_factory=dict)             # {name: ratio to it, once a round}

def make_cases(methods, steps):
    "A `Case` for each method; the learners to compare with are shared"
    dls = {groups: make_dls(steps + 1, groups) for groups in (False, True)}
    plain = {groups: baseline(dls[groups]) for groups in dls}
    cosine = method_learner(COSINE, dls[False])
    cases = []
    for method in methods:
        choice = parse_method(method)
        groups = any('cells' in METHODS[name].needs for name in choice.names)
        against = {PLAIN: plain[groups]}
        if method != COSINE and build_method(method, dls[groups]).changes: against[COSINE] = cosine
        cases.append(Case(choice.label, method_learner(method, dls[groups]), against))
    return cases

def step_time(learn):
    "Median seconds of the steps of an epoch"
    timer = Steps()
    with learn.no_logging(): learn.fit(1, cbs=[timer, SkipValidation()])
    return statistics.median(timer.seconds)

def chunks(cases, n=4):
    "The cases in lists of at most `n` that are compared with the same learners"
    together = {}
    for c in cases: together.setdefault(tuple(map(id, c.against.values())), []).append(c)
    return [same[i:i+n] for same in together.values() for i in range(0, len(same), n)]

def measure(chunk):
    "One round of a few methods, with the baselines before and after them"
    def baselines(): return {name: step_time(learn) for name, learn in chunk[0].against.items()}
    before, seconds, after = baselines(), [step_time(c.learn) for c in chunk], baselines()
    for case, t in zip(chunk, seconds):
        case.seconds.append(t)
        for name in before: case.ratios.setdefault(name, []).append(2*t / (before[name] + after[name]))

def rounds(cases, minutes, log):
    "Measure all cases until the time is up, twice at least; the number of rounds"
    learners = {id(o): o for c in cases for o in (c.learn, *c.against.values())}
    for learn in learners.values(): step_time(learn)       # warm up
    n, lasted, end = 0, 0., time.monotonic() + 60*minutes
    while n < 2 or time.monotonic() + lasted < end:
        begin = time.monotonic()
        for chunk in chunks(cases): measure(chunk)
        n, lasted = n + 1, time.monotonic() - begin
        log(f'round {n}: {lasted:.0f} s')
    return n

def with_quartiles(ratios):
    "The median of some ratios, and their quartiles"
    low, middle, high = statistics.quantiles(ratios, n=4, method='inclusive')
    return f'{middle:.3f} ({low:.3f} to {high:.3f})'

def table(cases):
    "The lines of a Markdown table"
    yield f'| method | ms a step | ratio to cross-entropy (aim {AIM}) | ratio to cross-entropy with a cosine classifier |'
    yield '|---|---:|---:|---:|'
    for c in cases:
        cosine = with_quartiles(c.ratios[COSINE]) if COSINE in c.ratios else ''
        yield f'| {c.name} | {1e3*statistics.median(c.seconds):.0f} | {with_quartiles(c.ratios[PLAIN])} | {cosine} |'

def above(cases):
    "Who is above the aim: a method with another model only where it also is next to that model"
    typical = {c.name: min(statistics.median(r) for r in c.ratios.values()) for c in cases}
    late = [f'{name} ({t:.3f})' for name, t in typical.items() if t > AIM]
    return f"Above {AIM}: {', '.join(late)}." if late else f'No method is above {AIM}.'

def report(cases, n, args):
    "The text of the file"
    command = re.sub(r' --out \S+', '', ' '.join(['python benchmarks/bench_step.py', *sys.argv[1:]]))
    machine = f'torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}'
    head = ['# What a method costs in a training step', '',
            f'Made by `{command}`: ResNet-32, 128 images a batch, bfloat16, channels last, '
            f'{n} rounds of {args.steps} steps of each. Medians of the ratios of the rounds, and their quartiles.', '',
            f'{machine}, {args.threads} threads', '']
    return '\n'.join([*head, *table(cases), '', above(cases)]) + '\n'

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--methods', nargs='+', help='default: all that are registered, and three combinations')
    ap.add_argument('--minutes', type=float, default=8, help='time for the rounds; there are at least two')
    ap.add_argument('--steps', type=int, default=4, help='steps of a method in a round')
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--out', type=Path, default=Path(__file__).with_suffix('.md'))
    args = ap.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    cases = make_cases(args.methods or [*sorted(METHODS), *COMBINATIONS], args.steps)
    n = rounds(cases, args.minutes, lambda line: print(line, file=sys.stderr, flush=True))
    text = report(cases, n, args)
    args.out.write_text(text, encoding='utf-8')
    print(text)
