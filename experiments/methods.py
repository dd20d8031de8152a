"""All methods on data that train in seconds, by the recipes of `lpl_nb.recipes`.

    python experiments/methods.py digits OUT --csv nbs/results/digits_lt.csv
    python experiments/methods.py digits-groups OUT --csv nbs/results/digits_groups.csv
    python experiments/methods.py digits-noise OUT --csv nbs/results/digits_noise.csv
    python experiments/methods.py fashion-noise OUT --csv nbs/results/fashion_noise.csv

An interrupted run goes on where it was. `--held-out` validates on training images that are left out, with right labels,
instead of the test set, for choosing options. Rows of other methods and seeds that the table has stay. Fashion-MNIST is
found as `lpl_nb.images.find_data` says.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from pathlib import Path
import lpl_nb.all
from lpl_nb.compare import compare
from lpl_nb.recipes import RECIPES, n_threads
from lpl_nb.report import add_rows

METHODS = {
    'digits': ['ce', 'wce', 'cb', 'focal', 'la', 'bayias', 'vs', 'cdt', 'lpl', 'la+lpl', 'cosine', 'ldam', 'drw', 'ldam+drw',
               'gcl', 'gcl2', 'gcl_angular', 'unimix', 'unimix+bayias', 'sampled', 'sampled(law=sqrt)', 'sampled(law=effective)',
               'sampled(law=cben)', 'crt', 'clip(tau=10.)', 'alpha(alpha=0.9)', 'absgd', 'absgd(lam=0.3)', 'drw+absgd',
               'la+absgd'],
    'digits-noise': ['ce', 'alpha(alpha=2.)', 'alpha(alpha=4.)', 'gce', 'sce', 'nce', 'mae', 'clip', 'clip(tau=5.0)', 'clip+gce',
                     'absgd', 'absgd(lam=-0.8, start=0.1)', 'absgd(lam=-1.0, start=0.1)', 'absgd(lam=-5.0)'],
    'digits-groups': ['ce', 'la', 'lpl', 'vs', 'group_vs', 'group_vs(gamma=0.)', 'group_vs(form=margin)', 'group_dro'],
    'fashion-noise': ['ce', 'alpha(alpha=2.)', 'gce', 'clip', 'clip(tau=5.0)']}
SEEDS = {'digits': range(5), 'digits-groups': range(5), 'digits-noise': range(5), 'fashion-noise': range(3)}

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('recipe', choices=METHODS)
    ap.add_argument('out', help='folder for the runs')
    ap.add_argument('--methods', nargs='+', help='as lpl_nb.registry.parse_method reads them; default: those of the table')
    ap.add_argument('--seeds', nargs='+', type=int, help='default: 0 to 4 on digits, 0 to 2 on Fashion-MNIST')
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', help='table to write into')
    args = ap.parse_args()
    recipe = RECIPES[args.recipe]
    dls = recipe.dls(valid='held-out' if args.held_out else 'test')
    methods = args.methods or METHODS[args.recipe]
    with n_threads(recipe.threads): result = compare(dls, methods, seeds=args.seeds or list(SEEDS[args.recipe]), out=args.out, **recipe.options())
    print(result.to_markdown())
    if len(result.methods) > 1: print(result.differences_markdown())
    if args.csv: add_rows(result.table.drop(columns='seconds'), Path(args.csv))
