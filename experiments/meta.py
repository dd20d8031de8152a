"""LPL with bounds learned from a meta set, next to its rivals, on long-tailed data (100:1).

    python experiments/meta.py --csv nbs/results/digits_meta.csv --bounds nbs/results/digits_meta_bounds.csv
    python experiments/meta.py --data cifar10-lt --csv nbs/results/cifar10_lt_meta.csv \\
                               --bounds nbs/results/cifar10_lt_meta_bounds.csv

The meta set has ten digits, or a hundred CIFAR images, of each class from the recipe's held-out slice. No method trains on
them but those whose name ends in 'and meta set' (digits only), which have them in their training set, and count them. All
train by the recipe of the data and are tested on the test set; rivals on CIFAR are in the table of `cifar10_lt.py`.
`--held-out` tests on the rest of the held-out slice, for choosing options. The second table has the bounds that were
learned. Runs that the table has are not repeated. The digits take two minutes on one quiet core, CIFAR ten on two.
"""
import argparse, time, warnings
from pathlib import Path
warnings.filterwarnings('ignore', category=FutureWarning)
import pandas as pd, torch
import lpl_nb.logit_adjustment, lpl_nb.lpl
from lpl_nb.core import class_counts
from lpl_nb.data import ArrayDataset, arrays_dls, split_per_class
from lpl_nb.lpl_meta import MetaLPL, meta_bounds
from lpl_nb.recipes import RECIPES, SkipValidation, n_threads, new_metrics, scores, seeded_learner
from lpl_nb.registry import build_method
from lpl_nb.report import Comparison, add_rows

RIVALS = ['ce', 'la', 'lpl']
LEARNED = ['lpl_meta', 'lpl_meta(lookahead=full)', 'la+lpl_meta']
WITH_META, NO_META = ' and meta set', ' without a meta set'
EVERYTHING = [*RIVALS, *LEARNED, LEARNED[0] + NO_META, *(m + WITH_META for m in RIVALS)]
DATA = {'digits': (10, EVERYTHING, 5), 'cifar10-lt': (100, ['lpl_meta'], 3)}     # images a class, methods, seeds

def parts(ds, *sizes):
    "Balanced parts of a data set as data sets of their own"
    return [ArrayDataset(ds.x[ids], ds.targets[ids], ds.vocab, split_idx=1) for ids in split_per_class(ds.targets, sizes)]

def data(recipe, n_meta, held_out):
    "Data of the recipe, tested on the test set or on what is left of the held-out slice; and the meta set"
    dls = recipe.dls()
    meta, rest = parts(recipe.dls('held-out').valid_ds, n_meta)
    if held_out: dls.loaders[1] = dls.valid.new(rest)
    return dls, meta

def joined(dls, meta):
    "The same data, with the meta set in the training set"
    train, valid = dls.train_ds, dls.valid_ds
    x, y = torch.cat([train.x, meta.x]), torch.cat([train.targets, meta.targets])
    return arrays_dls(x, y, valid.x, valid.targets, vocab=range(10), bs=dls.train.bs, device='cpu')

def train(recipe, method, seed, dls, meta):
    "A trained learner of a method by its name in the table"
    name = method.removesuffix(WITH_META).removesuffix(NO_META)
    if method.endswith(WITH_META):
        if recipe is not RECIPES['digits']: raise SystemExit(f"{method!r} is for the digits only")
        dls = joined(dls, meta)
    counts = class_counts(dls)
    built = build_method(name, dls, counts)
    for cb in built.cbs:
        if isinstance(cb, MetaLPL) and not method.endswith(NO_META): cb.meta = meta
    learn = seeded_learner(dls, recipe.model, built, seed, counts, opt_func=recipe.opt_func, wd=recipe.wd,
                           metrics=new_metrics(recipe.metrics, counts))
    with n_threads(recipe.threads), learn.no_logging():
        learn.fit_one_cycle(recipe.epochs, recipe.lr, cbs=SkipValidation())
    return learn

def run(recipe, method, seed, dls, meta):
    "A row of the table, and the rows of the bounds"
    start = time.time()
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'no meta set')
        learn = train(recipe, method, seed, dls, meta)
    row = dict(method=method, seed=seed, status='ok', epochs=recipe.epochs, seconds=time.time() - start,
               metrics=scores(learn))
    bounds = meta_bounds(learn.loss_func).bounds.tolist() if 'meta' in method.split(' ')[0] else []
    return row, [dict(method=method, seed=seed, c=c, bound=b) for c, b in enumerate(bounds)]

def add_bounds(rows, file):
    "Write the bounds of a run into their table"
    old = [pd.read_csv(file)] if file.exists() else []
    table = pd.concat([*old, pd.DataFrame(rows)]).drop_duplicates(['method', 'seed', 'c'], keep='last')
    table.to_csv(file, index=False, float_format='%.3f')

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', choices=DATA, default='digits')
    ap.add_argument('--methods', nargs='+', help='default: all of these data')
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', type=Path, help='table of results to write into')
    ap.add_argument('--bounds', type=Path, help='table of bounds to write into')
    args = ap.parse_args()
    recipe, (n_meta, methods, seeds) = RECIPES[args.data], DATA[args.data]
    dls, meta = data(recipe, n_meta, args.held_out)
    old = pd.read_csv(args.csv) if args.csv and args.csv.exists() else pd.DataFrame(columns=['method', 'seed'])
    rows = []
    for method in args.methods or methods:
        for seed in args.seeds or range(seeds):
            if ((old.method == method) & (old.seed == seed)).any(): continue
            row, bounds = run(recipe, method, seed, dls, meta)
            rows.append(row)
            if args.csv: add_rows(Comparison.from_rows([row]).table.drop(columns='seconds'), args.csv)
            if args.bounds and bounds: add_bounds(bounds, args.bounds)
    print(Comparison.from_rows(rows).to_markdown() if rows else 'nothing to do')
