"""Class difficulty on long-tailed data: measured on a held-out slice, judged on the test set.

    python experiments/cdb.py --csv nbs/results/digits_cdb.csv                             # about 2 minutes
    python experiments/cdb.py --data cifar10-lt --csv nbs/results/cifar10_lt_cdb.csv       # about 2 hours
    python experiments/cdb.py --data cifar10-lt --seeds 0 --methods cdb_w 'cdb_w(tau_rule=cifar)' 'cdb_w(momentum=0.9)' \\
                              --epochs nbs/results/cifar10_lt_cdb_epochs.csv               # about 5 minutes

CDB reads the labels of the validation set in every epoch, so here that is the held-out slice (24 digits or 500 CIFAR
images a class), for all methods alike; the test images are looked at once, after the last epoch. Net, schedule and
training images are those of the recipe. The other methods have no use for the held-out slice. Runs that the table has are
not repeated, so an interrupted call goes on where it was. `--epochs` writes the difficulty of each class after each epoch.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from pathlib import Path
import pandas as pd
import lpl_nb.all
from fastai.callback.core import Callback
from lpl_nb.recipes import RECIPES, n_threads
from lpl_nb.registry import parse_method
from lpl_nb.report import Comparison, add_rows

METHODS = {
    'digits': ['ce', 'wce', 'la', 'sampled', 'cdb_w', 'cdb_w(tau_rule=cifar)', 'cdb_w(mean_over=weights)', 'cdb_w(floor=0.1)',
               'cdb_s'],
    'cifar10-lt': ['ce', 'la', 'cdb_w', 'cdb_w(tau_rule=cifar)', 'cdb_w(momentum=0.9)', 'cdb_s', 'absgd', 'mbls', 'cals']}
SEEDS = {'digits': 5, 'cifar10-lt': 3}

class Difficulties(Callback):
    "Keeps the difficulties that a `CDBW` or `CDBS` has measured"
    order, rows = 90, ()
    def before_fit(self): self.rows = []
    def after_epoch(self):
        for cb in self.learn.cbs:
            if hasattr(cb, 'difficulty'): self.rows.append(cb.difficulty.tolist())

def add_epochs(method, seed, rows, file):
    table = pd.DataFrame(rows).assign(method=method, seed=seed, epoch=range(len(rows)))
    old = [pd.read_csv(file).rename(columns=lambda c: int(c) if c.isdigit() else c)] if file.exists() else []
    table = pd.concat([*old, table]).drop_duplicates(['method', 'seed', 'epoch'], keep='last')
    table.set_index(['method', 'seed', 'epoch']).to_csv(file, float_format='%.2f')

def run(method, seed, recipe, epochs=None):
    "One row of the table"
    seen = Difficulties()
    learn, test = recipe.learner(method, seed, valid='held-out', cbs=seen), recipe.dls(valid='test').valid
    with n_threads(recipe.threads), learn.no_logging(), learn.no_bar():
        learn.fit_one_cycle(recipe.epochs, recipe.lr)
        loss, *values = learn.validate(dl=test)
    if epochs and seen.rows: add_epochs(parse_method(method).label, seed, seen.rows, epochs)
    metrics = dict(valid_loss=loss, **dict(zip(learn.metrics.attrgot('name'), values)))
    return dict(method=parse_method(method).label, seed=seed, status='ok', epochs=recipe.epochs, seconds=0., metrics=metrics)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', choices=METHODS, default='digits')
    ap.add_argument('--methods', nargs='+')
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--csv', type=Path, help='table to write into')
    ap.add_argument('--epochs', type=Path, help='table of difficulties to write into')
    args = ap.parse_args()
    for seed in args.seeds or range(SEEDS[args.data]):
        for method in args.methods or METHODS[args.data]:
            old = pd.read_csv(args.csv) if args.csv and args.csv.exists() else pd.DataFrame(columns=['method', 'seed'])
            if ((old.method == parse_method(method).label) & (old.seed == seed)).any(): continue
            result = Comparison.from_rows([run(method, seed, RECIPES[args.data], args.epochs)])
            print(result.to_markdown(), flush=True)
            if args.csv: add_rows(result.table.drop(columns='seconds'), args.csv)
