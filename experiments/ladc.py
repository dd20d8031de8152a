"""Calibrated tails: one net a seed, trained by the recipe with cross-entropy, and many second stages of it.

    python experiments/ladc.py --csv nbs/results/digits_ladc.csv                            # about 2 minutes
    python experiments/ladc.py --data cifar10-lt --csv nbs/results/cifar10_lt_ladc.csv      # about an hour
    python experiments/ladc.py --data docstrings --csv nbs/results/docstrings_ladc.csv      # about 2 minutes

`gcl2` and `la` are trained by the recipe with the same seed. Whoever rejects draws reads the labels of the validation
set, so that is the held-out slice here, for all alike; the test set is looked at once, in the end. `--held-out` writes
the scores of the held-out slice, for choosing options, and `--methods` takes further ones, such as 'ladc(alpha=0.01)'.
Runs that the table has are not repeated. Docstrings are those of the packages that are installed with this library.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from copy import deepcopy
from pathlib import Path
import pandas as pd
import lpl_nb.all
from fastai.learner import Learner
from lpl_nb.ladc import FREE_LUNCH, TAILCALIB, retrain_with_ladc, use_tukey
from lpl_nb.recipes import RECIPES, n_threads
from lpl_nb.registry import parse_method
from lpl_nb.report import Comparison, add_rows
from lpl_nb.tail_features import docstrings_recipe
from lpl_nb.two_stage import retrain_classifier

METHODS = ['ce', 'crt', 'lws', 'lws_plus', 'ladc', 'ladc(head=lws)', 'ladc(head=lws_plus)', 'ladc(reject=True)', 'ladc(k_mu=0)',
           'free_lunch', 'tailcalib', 'gcl2', 'la']
STAGE_ONE = {'gcl2', 'la'}                                   # methods with a first stage of their own
SEEDS = {'digits': 5, 'cifar10-lt': 3, 'docstrings': 5}

def second_stage(method, learn, seed):
    "Train the classifier of a net of cross-entropy anew"
    if method == 'ce': return
    if method == 'crt': return retrain_classifier(learn, seed=seed)
    if method in ('lws', 'lws_plus'): return retrain_with_ladc(learn, method, seed=seed, draws=dict(n_draws=0))
    if method in ('free_lunch', 'tailcalib'):
        return retrain_with_ladc(use_tukey(learn), seed=seed, **dict(free_lunch=FREE_LUNCH, tailcalib=TAILCALIB)[method])
    options = dict(parse_method(method).options.get('ladc', {}))
    stage = {k: options.pop(k) for k in ('head', 'reject') if k in options}
    draws = {k: options.pop(k) for k in ('n_draws',) if k in options}
    return retrain_with_ladc(learn, seed=seed, draws=dict(draws, options=options), **stage)

class Nets:
    "The nets of one seed, each trained when it is asked for"
    def __init__(self, recipe, seed): self.recipe, self.seed, self.trained = recipe, seed, {}
    def get(self, method):
        if method not in self.trained: self.trained[method] = self.recipe.train(method, self.seed, valid='held-out')
        learn = self.trained[method]
        return Learner(learn.dls, deepcopy(learn.model), loss_func=learn.loss_func, metrics=learn.metrics)

def run(method, nets, dl):
    "One row of the table"
    learn = nets.get(method if method in STAGE_ONE else 'ce')
    with n_threads(1), learn.no_logging(), learn.no_bar():                # heads are too small for more
        stage = None if method in STAGE_ONE else second_stage(method, learn, nets.seed)
        loss, *values = learn.validate(dl=dl)
    metrics = dict(valid_loss=loss, **dict(zip(learn.metrics.attrgot('name'), values)))
    rejected = len(getattr(stage, 'rejected', []))
    if rejected: print(f'{method}, seed {nets.seed}: rejected the draws of {stage.rejected}')
    return dict(method=method, seed=nets.seed, status='ok', epochs=nets.recipe.epochs, seconds=0., metrics=metrics)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', choices=SEEDS, default='digits')
    ap.add_argument('--methods', nargs='+')
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', type=Path, help='table to write into')
    args = ap.parse_args()
    recipe = docstrings_recipe() if args.data == 'docstrings' else RECIPES[args.data]
    methods = args.methods or [m for m in METHODS if args.data != 'docstrings' or m != 'gcl2']
    for seed in args.seeds or range(SEEDS[args.data]):
        nets, dl = Nets(recipe, seed), recipe.dls(valid='held-out' if args.held_out else 'test').valid
        for method in methods:
            old = pd.read_csv(args.csv) if args.csv and args.csv.exists() else pd.DataFrame(columns=['method', 'seed'])
            if ((old.method == method) & (old.seed == seed)).any(): continue
            result = Comparison.from_rows([run(method, nets, dl)])
            print(result.to_markdown().splitlines()[-1], flush=True)
            if args.csv: add_rows(result.table.drop(columns='seconds'), args.csv)
