"""LPL on balanced data, next to cross-entropy and label smoothing.

    python experiments/balanced.py digits --csv nbs/results/digits_balanced.csv
    python experiments/balanced.py cifar10 --csv nbs/results/cifar10_balanced.csv

The digits have ten training images a class (with 20 there is too little left to gain) and five seeds; net, epochs and
learning rate are those of the recipe of the long-tailed digits. CIFAR-10 has 500 a class, a ResNet-8, three seeds, and the
recipe of long-tailed CIFAR-10 (half an hour on two quiet cores; it is found as `lpl_nb.images.find_data` says). `--held-out`
tests on training images that are left out, for choosing options. `--n` takes another number of images a class.
"""
import argparse, time, warnings
from functools import partial
from pathlib import Path
warnings.filterwarnings('ignore', category=FutureWarning)
import torch.nn.functional as F
from fastai.metrics import AccumMetric, accuracy
from torch import nn
from lpl_nb.core import class_counts
from lpl_nb.data import digits_lt
from lpl_nb.images import cifar10_lt
from lpl_nb.loss import ClassLoss
from lpl_nb.lpl import LPL_PUBLISHED, LPLLoss
from lpl_nb.recipes import RECIPES, SkipValidation, n_threads, scores, seeded_learner
from lpl_nb.report import Comparison, add_rows

def balanced(threshold='mean', **options): return partial(LPLLoss, regime='balanced', tau=threshold, **options)

LOSSES = {                                                 # name -> function that makes the loss
    'ce': ClassLoss,
    'label smoothing 0.1': partial(nn.CrossEntropyLoss, label_smoothing=.1),
    'lpl, published fixed': partial(LPLLoss, **LPL_PUBLISHED['balanced-fixed']),
    'lpl, published varied': partial(LPLLoss, **LPL_PUBLISHED['balanced-varied']),
    'lpl, default': balanced(),
    'lpl, fixed 1': balanced(epsilon=1., delta_epsilon=0., alpha=.1),
    'lpl, varied 5': balanced(delta_epsilon=5., alpha=.1),
    'lpl, all raised by 1': balanced(1., epsilon=1., delta_epsilon=0., alpha=.1)}
DATA = {                                                   # name -> recipe, images a class, seeds
    'digits': (RECIPES['digits'], partial(digits_lt, imbalance=1, device='cpu'), 10, 5),
    'cifar10': (RECIPES['cifar10-lt'], partial(cifar10_lt, imbalance=1), 500, 3)}

def metrics(): return [accuracy, AccumMetric(F.cross_entropy, name='nll', flatten=False, to_np=False)]

def run(name, seed, recipe, dls):
    "A row of the table"
    start = time.time()
    learn = seeded_learner(dls, recipe.model, LOSSES[name](), seed, class_counts(dls), recipe.cbs() if recipe.cbs else None,
                           opt_func=recipe.opt_func, wd=recipe.wd, metrics=metrics())
    with n_threads(recipe.threads), learn.no_logging():
        learn.fit_one_cycle(recipe.epochs, recipe.lr, cbs=SkipValidation())
    return dict(method=name, seed=seed, status='ok', epochs=recipe.epochs, seconds=time.time() - start, metrics=scores(learn))

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('data', choices=DATA)
    ap.add_argument('--methods', nargs='+', choices=LOSSES, default=list(LOSSES))
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--n', type=int, help='training images a class')
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', type=Path, help='table to write into')
    args = ap.parse_args()
    recipe, make_dls, n, seeds = DATA[args.data]
    dls = make_dls(n_max=args.n or n, valid='held-out' if args.held_out else 'test')
    rows = []
    for name in args.methods:
        for seed in args.seeds or range(seeds):
            rows.append(run(name, seed, recipe, dls))
            if args.csv: add_rows(Comparison.from_rows(rows[-1:]).table.drop(columns='seconds'), args.csv)
    print(Comparison.from_rows(rows).to_markdown())
