"""Accuracy, NLL, Brier score and calibration errors of the methods against over-confidence, before and after temperature
scaling, by the recipes of `lpl_nb.recipes`.

    python experiments/calibration.py --csv nbs/results/digits_calibration.csv
    python experiments/calibration.py --data fashion fashion-noise --seeds 0 1 2 --csv nbs/results/fashion_calibration.csv
    python experiments/calibration.py --data cifar10-lt --seeds 0 1 2 --csv nbs/results/cifar10_lt_calibration.csv

Multipliers of CALS and temperatures are fitted on the held-out slice; all scores are those of the test images. A run has
two rows, as trained and scaled by one temperature; a temperature of 1 in the second says that the NLL of the held-out
slice has no minimum (all of it is right). Runs that the table has are not repeated, so an interrupted call goes on where
it was. Fashion-MNIST is found as `lpl_nb.images.find_data` says, and left out where it is missing. `--held-out` reports
on the held-out slice instead, before scaling, for choosing options.
"""
import argparse, warnings
warnings.filterwarnings('ignore')
from dataclasses import replace
from functools import partial
from pathlib import Path
import pandas as pd
from fastai.basics import noop
import lpl_nb.cals
from lpl_nb.data import digits_lt
from lpl_nb.images import fashion_mnist_lt
from lpl_nb.recipes import RECIPES, n_threads
from lpl_nb.registry import parse_method
from lpl_nb.learner import write_atomic
from lpl_nb.temperature import TemperatureScaling, calibration_scores

DATA = {'digits': replace(RECIPES['digits'], data=partial(digits_lt, imbalance=1, device='cpu')),
        'digits-lt': RECIPES['digits'], 'digits-noise': RECIPES['digits-noise'], 'cifar10-lt': RECIPES['cifar10-lt'],
        'fashion': replace(RECIPES['fashion-noise'], data=partial(fashion_mnist_lt, imbalance=1, n_max=500, device='cpu')),
        'fashion-noise': RECIPES['fashion-noise']}
METHODS = ['ce', 'ls', 'mbls', 'mbls(margin=6.)', 'cals', 'cals(margin=6.)', 'cals_hr']

def train(recipe, method, seed):
    "A learner trained by the recipe, with the validation pass that CALS needs on the held-out slice"
    learn = recipe.learner(method, seed, valid='held-out')
    learn.metrics = []
    with n_threads(recipe.threads), learn.no_logging(): learn.fit_one_cycle(recipe.epochs, recipe.lr)
    return learn

def logits_of(learn, dl):
    with learn.no_bar(), learn.no_logging(): return learn.get_preds(dl=dl, act=noop)

def rows(data, recipe, method, seed, held_out):
    "Of one run"
    learn, label = train(recipe, method, seed), parse_method(method).label
    held = logits_of(learn, learn.dls.valid)
    logits, targets = held if held_out else logits_of(learn, recipe.dls('test').valid)
    scaling = TemperatureScaling().fit(*held)
    scaled = [] if held_out else [(f'{label}, scaled', scaling(logits), float(scaling.temperature))]
    for name, u, T in [(label, logits, 1.), *scaled]:
        yield dict(data=data, method=name, seed=seed, status='ok', epochs=recipe.epochs, temperature=T,
                   **calibration_scores(u, targets, from_logits=True))

def add(table, new):
    "A table with new rows in the place of old ones of the same run, sorted by data, method as first seen, and seed"
    table = pd.concat([table, pd.DataFrame(new)]).drop_duplicates(['data', 'method', 'seed'], keep='last')
    order = {k: {v: i for i, v in enumerate(dict.fromkeys(table[k]))} for k in ('data', 'method')}
    return table.sort_values(['data', 'method', 'seed'], key=lambda c: c.map(order[c.name]) if c.name in order else c)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', nargs='+', choices=DATA, default=['digits', 'digits-lt', 'digits-noise'])
    ap.add_argument('--methods', nargs='+', default=METHODS, help='as lpl_nb.registry.parse_method reads them')
    ap.add_argument('--seeds', nargs='+', type=int, default=list(range(5)))
    ap.add_argument('--held-out', action='store_true', help='report on the held-out slice')
    ap.add_argument('--csv', help='table to write into')
    args = ap.parse_args()
    table = pd.read_csv(args.csv) if args.csv and Path(args.csv).exists() else pd.DataFrame()
    for data in args.data:
        try: DATA[data].dls('held-out')
        except FileNotFoundError as e:
            print(f'{data} is left out: {e}')
            continue
        for method, seed in ((m, s) for m in args.methods for s in args.seeds):
            label = parse_method(method).label
            if len(table) and ((table.data == data) & (table.method == label) & (table.seed == seed)).any(): continue
            table = add(table, list(rows(data, DATA[data], method, seed, args.held_out)))
            if args.csv: write_atomic(Path(args.csv), lambda f: table.to_csv(f, index=False, float_format='%.4f'))
            print(data, label, seed, flush=True)
    metrics = ['temperature', 'accuracy', 'nll', 'brier', 'ece', 'classwise_ece']
    print(table.groupby(['data', 'method'], sort=False)[metrics].mean().round(3).to_string())

if __name__ == '__main__': main()
