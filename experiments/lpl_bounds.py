"""The bounds of LPL on long-tailed digits, on held-out images: `python experiments/lpl_bounds.py [OUT]` (about 7 minutes).

Six seeds, and with each seed another split into training, held-out and test images; no test image is used.
Bounds are in units of the log-prior gap log(n_max/n_min), head / tail. The table goes to nbs/results/lpl_bounds.csv.
"""
import math, sys, warnings
from pathlib import Path
warnings.filterwarnings('ignore', category=FutureWarning)
from lpl_nb.compare import compare
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
    lpl('backprop', backprop=True), lpl('no norm', norm='none'), lpl('column norm', norm='column'),
    dict(name='lpl', label='published', preset='cifar10-lt'),
    dict(name='lpl', label='published code', preset='cifar10-lt', norm='column', backprop=True),
    *[lpl(f'la+lpl {h:g}/{t:g}', (h, t), name='la+lpl') for h, t in ((.25, .25), (.5, .5), (.5, 1.), (1., 1.5))],
    dict(name='la+lpl', label='la+lpl published', lpl=dict(preset='cifar100-lt-la'))]

if __name__ == '__main__':
    recipe, out = RECIPES['digits'], sys.argv[1] if len(sys.argv) > 1 else 'lpl_bounds'
    def held_out(seed): return recipe.dls(valid='held-out', seed=seed, split=seed)
    with n_threads(): result = compare(held_out, variants, seeds=6, out=out, **recipe.options())
    print(result.to_markdown())
    file = Path(__file__).parent.parent/'nbs'/'results'/'lpl_bounds.csv'
    result.table.drop(columns='seconds').to_csv(file, index=False, float_format='%.4f')
