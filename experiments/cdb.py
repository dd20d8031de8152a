"""Class difficulty on long-tailed data: measured on a held-out slice, judged on the test set.

    python experiments/cdb.py --csv nbs/results/digits_cdb.csv                             # about 2 minutes
    python experiments/cdb.py --data cifar10-lt --csv nbs/results/cifar10_lt_cdb.csv       # about 2 hours

CDB reads the labels of the validation set in every epoch, so here that is the held-out slice (24 digits or 500 CIFAR
images a class), for all methods alike; the test images are looked at once, after the last epoch. Net, schedule and
training images are those of the recipe. The other methods have no use for the held-out slice. Runs that the table has are
not repeated, so an interrupted call goes on where it was.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from pathlib import Path
import pandas as pd
import lpl_nb.all
from lpl_nb.recipes import RECIPES, n_threads
from lpl_nb.registry import parse_method
from lpl_nb.report import Comparison, add_rows

METHODS = {
    'digits': ['ce', 'wce', 'la', 'sampled', 'cdb_w', 'cdb_w(tau_rule=cifar)', 'cdb_w(mean_over=weights)', 'cdb_w(floor=0.1)',
               'cdb_s'],
    'cifar10-lt': ['ce', 'la', 'cdb_w', 'cdb_s', 'absgd', 'mbls', 'cals']}
SEEDS = {'digits': 5, 'cifar10-lt': 3}

def run(method, seed, recipe):
    "One row of the table"
    learn, test = recipe.learner(method, seed, valid='held-out'), recipe.dls(valid='test').valid
    with n_threads(recipe.threads), learn.no_logging(), learn.no_bar():
        learn.fit_one_cycle(recipe.epochs, recipe.lr)
        loss, *values = learn.validate(dl=test)
    metrics = dict(valid_loss=loss, **dict(zip(learn.metrics.attrgot('name'), values)))
    return dict(method=parse_method(method).label, seed=seed, status='ok', epochs=recipe.epochs, seconds=0., metrics=metrics)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', choices=METHODS, default='digits')
    ap.add_argument('--methods', nargs='+')
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--csv', type=Path, help='table to write into')
    args = ap.parse_args()
    for seed in args.seeds or range(SEEDS[args.data]):
        for method in args.methods or METHODS[args.data]:
            old = pd.read_csv(args.csv) if args.csv and args.csv.exists() else pd.DataFrame(columns=['method', 'seed'])
            if ((old.method == parse_method(method).label) & (old.seed == seed)).any(): continue
            result = Comparison.from_rows([run(method, seed, RECIPES[args.data])])
            print(result.to_markdown(), flush=True)
            if args.csv: add_rows(result.table.drop(columns='seconds'), args.csv)
