"""Prediction sets on long-tailed data: top-K, average-K, and conformal rules on the scores of the same nets.

    python experiments/sets.py --csv nbs/results/digits_sets.csv                             # about a minute
    python experiments/sets.py --data cifar10-lt --csv nbs/results/cifar10_lt_sets.csv       # about 20 minutes

Nets are trained by the recipe with cross-entropy and with logit adjustment; thresholds and quantiles come from the
held-out slice, which is balanced and was not trained on, and the sets are judged on the test images. Two settings:

- balanced: held-out and test images as they are, every class alike;
- long-tailed: new images come with the class distribution of the training set. The calibration images are drawn from
  the held-out slice in that proportion (57 digits, about 1,240 CIFAR images); test images are weighted by class.

Runs that the table has are not repeated, so an interrupted call goes on where it was.
"""
import argparse, warnings
warnings.filterwarnings('ignore')
from pathlib import Path
import pandas as pd, torch
import lpl_nb.logit_adjustment
from lpl_nb.conformal import Conformal, InterpQ, set_rules, set_scores
from lpl_nb.core import class_counts
from lpl_nb.recipes import RECIPES, n_threads
from lpl_nb.report import write_atomic

DATA, SEEDS, NETS = ('digits', 'cifar10-lt'), {'digits': 5, 'cifar10-lt': 3}, ('ce', 'la')
ALPHAS, KS, WEIGHT = (.2, .1, .05), (1, 1.25, 1.5, 2, 3), .5

def rules(counts):
    "{name: {parameter: rule}}"
    classwise = {'class-wise': {a: InterpQ(a, 1.) for a in ALPHAS}}
    return {**set_rules(counts, KS, ALPHAS, WEIGHT), **classwise}

def long_tailed(y, counts, seed):
    "Places of samples in the proportion of `counts`, as many of the most frequent class as there are"
    generator, share = torch.Generator().manual_seed(seed), counts / counts.max()
    order = torch.randperm(len(y), generator=generator)
    of_class = [order[y[order] == c] for c in range(len(counts))]
    return torch.cat([ids[:round(float(share[c]) * len(ids))] for c, ids in enumerate(of_class)])

def predictions(recipe, net, seed):
    "Class counts of the training set, and probabilities and labels of the held-out and the test images"
    learn = recipe.learner(net, seed, valid='held-out')
    with n_threads(recipe.threads), learn.no_logging(), learn.no_bar():
        learn.fit_one_cycle(recipe.epochs, recipe.lr)
        loaders = learn.dls.valid, recipe.dls('test').valid
        return class_counts(learn.dls), *(learn.get_preds(dl=dl) for dl in loaders)

def rows(data, net, seed):
    "Of one run"
    counts, (cal, cal_y), (p, y) = predictions(RECIPES[data], net, seed)
    some = long_tailed(cal_y, counts, seed)
    settings = {'balanced': ((cal, cal_y), None), 'long-tailed': ((cal[some], cal_y[some]), counts)}
    for setting, (calibration, priors) in settings.items():
        for name, by_parameter in rules(counts).items():
            for parameter, rule in by_parameter.items():
                scores = set_scores(rule.fit(*calibration).inclusion(p), y, priors)
                yield dict(data=data, net=net, seed=seed, setting=setting, rule=name, parameter=parameter, **scores)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--data', choices=DATA, default='digits')
    ap.add_argument('--nets', nargs='+', default=NETS, help='methods as lpl_nb.registry.parse_method reads them')
    ap.add_argument('--seeds', nargs='+', type=int)
    ap.add_argument('--csv', type=Path, help='table to write into')
    args = ap.parse_args()
    table = pd.read_csv(args.csv) if args.csv and args.csv.exists() else pd.DataFrame(columns=['data', 'net', 'seed'])
    for seed in args.seeds or range(SEEDS[args.data]):
        for net in args.nets:
            if ((table.data == args.data) & (table.net == net) & (table.seed == seed)).any(): continue
            new = pd.DataFrame(rows(args.data, net, seed))
            table = pd.concat([table, new] if len(table) else [new]).sort_values(['data', 'net', 'seed'], kind='stable')
            if args.csv: write_atomic(args.csv, lambda f: table.to_csv(f, index=False, float_format='%.4f'))
            print(args.data, net, seed, flush=True)
    metrics = ['size', 'coverage', 'macro_coverage', 'below_half']
    print(table.groupby(['setting', 'net', 'rule', 'parameter'], sort=False)[metrics].mean().round(3).to_string())

if __name__ == '__main__': main()
