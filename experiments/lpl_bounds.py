"""The bounds of LPL on long-tailed digits, on held-out images (about 7 minutes).

    python experiments/lpl_bounds.py OUT --csv nbs/results/lpl_bounds.csv

Six seeds, and with each seed another split into training, held-out and test images; no test image is used.
Bounds are in units of the log-prior gap log(n_max/n_min), head / tail.
"""
import argparse, math, warnings
from pathlib import Path
warnings.filterwarnings('ignore', category=FutureWarning)
from lpl_nb.compare import compare
from lpl_nb.lpl import LPL_PUBLISHED
from lpl_nb.recipes import RECIPES, n_threads

GAP, DEFAULT = math.log(100), (.5, 1.)

def lpl(label, bounds=DEFAULT, steps=10, name='lpl', **options):
    "A variant with bounds in units of the gap, reached in a number of steps"
    options = dict(delta_epsilon=tuple(b*GAP for b in bounds), alpha=max(bounds)*GAP/steps, **options)
    return dict(name=name, label=label, lpl=options)

bounds = [(.25, .5), (.5, .5), (.5, 1.), (.75, 1.5), (1., 1.), (1., 1.5), (1., 2.), (1.5, 2.), (2., 2.)]
variants = ['ce', 'la',
    *[lpl(f'lpl {h:g}/{t:g}', (h, t)) for h, t in bounds],
    *[lpl(f'split {s:g}', split=s) for s in (0., .2, .6, .8)],
    *[lpl(f'{k} steps', steps=k) for k in (1, 3, 30)],
    *[lpl(label, published=rule) for label, rule in (
        ('backprop', dict(backprop=True)), ('no norm', dict(norm='none')), ('column norm', dict(norm='column')))],
    dict(name='lpl', label='published', **LPL_PUBLISHED['cifar10-lt']),
    dict(name='lpl', label='published code', published=dict(norm='column', backprop=True), **LPL_PUBLISHED['cifar10-lt']),
    *[lpl(f'la+lpl {h:g}/{t:g}', (h, t), name='la+lpl') for h, t in ((.25, .25), (.5, .5), (.5, 1.), (1., 1.5))],
    dict(name='la+lpl', label='la+lpl published', lpl=LPL_PUBLISHED['cifar100-lt-la'])]

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('out', help='folder for the runs')
    ap.add_argument('--csv', type=Path, help='table to write')
    args = ap.parse_args()
    recipe = RECIPES['digits']
    def held_out(seed): return recipe.dls(valid='held-out', seed=seed, split=seed)
    with n_threads(recipe.threads): result = compare(held_out, variants, seeds=6, out=args.out, **recipe.options())
    print(result.to_markdown())
    if args.csv: result.table.drop(columns='seconds').to_csv(args.csv, index=False, float_format='%.4f')
