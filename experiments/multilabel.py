"""Losses for several labels a sample, by the recipes of `lpl_nb.multilabel`.

    python experiments/multilabel.py OUT --csv nbs/results/multilabel.csv

The yeast data are found as `lpl_nb.images.find_data` says: in the folder of `--path` or `$LPL_NB_DATA`. A method of the
table is `canvas: lpl` or `yeast: lpl`. Finished runs in OUT are not made again. `--held-out` validates on data that are
left out of the training, for choosing options; `--losses` takes names, or calls like "lpl(delta_class=0.5,delta_polarity=1)".
"""
import argparse, ast, os, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from functools import partial
from pathlib import Path
import pandas as pd
from lpl_nb.lpl_multilabel import MultiLabelLPLLoss
from lpl_nb.multilabel import (MULTILABEL_LOSSES, MULTILABEL_RECIPES, AsymmetricLoss, DistributionBalancedLoss, LogitAdjustedBCELoss,
                               MultiLabelLoss)
from lpl_nb.recipes import scores
from lpl_nb.report import Comparison, add_rows

MAKES = {'bce': lambda n, **kw: MultiLabelLoss(**kw), 'la-bce': LogitAdjustedBCELoss, 'asl': lambda n, **kw: AsymmetricLoss(**kw),
         'db': DistributionBalancedLoss, 'lpl': MultiLabelLPLLoss, 'lpl-confidence': lambda n, **kw: MultiLabelLPLLoss(rule='confidence', **kw)}

def maker(text):
    "A function of the label counts from a name, or from a name with options"
    name, _, options = text.partition('(')
    if not options: return MULTILABEL_LOSSES[name]
    pairs = (o.split('=') for o in options.rstrip(')').split(','))
    return partial(MAKES[name], **{k.strip(): ast.literal_eval(v) for k, v in pairs})

def run(recipe, text, seed, valid):
    learn = MULTILABEL_RECIPES[recipe].train(maker(text), seed=seed, valid=valid)
    return dict(method=f'{recipe}: {text}', seed=seed, status='ok', epochs=MULTILABEL_RECIPES[recipe].epochs, **scores(learn))

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('out', type=Path, help='folder for the runs')
    ap.add_argument('--recipes', nargs='+', default=list(MULTILABEL_RECIPES), choices=MULTILABEL_RECIPES)
    ap.add_argument('--losses', nargs='+', default=list(MULTILABEL_LOSSES))
    ap.add_argument('--seeds', nargs='+', type=int, default=list(range(5)))
    ap.add_argument('--path', help='folder of yeast.npz')
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', help='table to write into')
    args = ap.parse_args()
    if args.path: os.environ['LPL_NB_DATA'] = args.path
    valid = 'held-out' if args.held_out else 'test'
    file = args.out/f'{valid}.csv'
    done = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=['method', 'seed'])
    finished = set(zip(done.method, done.seed))
    for recipe in args.recipes:
        for text in args.losses:
            for seed in args.seeds:
                if (f'{recipe}: {text}', seed) in finished: continue
                row = run(recipe, text, seed, valid)
                add_rows(pd.DataFrame([row]), file)
                print(row, flush=True)
    wanted = [f'{r}: {t}' for r in args.recipes for t in args.losses]
    table = pd.read_csv(file)
    table = table[table.method.isin(wanted) & table.seed.isin(args.seeds)]
    print(Comparison(table).to_markdown())
    if args.csv: add_rows(table, Path(args.csv))
