"""Class difficulty on long-tailed digits: measured on a held-out slice, judged on the test set (about 2 minutes).

    python experiments/cdb.py --csv nbs/results/digits_cdb.csv

CDB reads the labels of the validation set in every epoch, so here that is the held-out slice of 24 images a class, for
all methods alike; the test images are looked at once, after the last epoch. Net, schedule and training images are those of
the recipe. The other methods have no use for the held-out slice. Rows of other methods and seeds that the table has stay.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
import lpl_nb.all, lpl_nb.cdb
from lpl_nb.recipes import RECIPES, n_threads, scores
from lpl_nb.report import Comparison, add_rows

METHODS = ['ce', 'wce', 'la', 'sampled', 'cdb_w', 'cdb_w(tau_rule=cifar)', 'cdb_w(mean_over=weights)', 'cdb_w(floor=0.1)',
           'cdb_s']

def run(method, seed, recipe=RECIPES['digits']):
    "One row of the table"
    learn, test = recipe.learner(method, seed, valid='held-out'), recipe.dls(valid='test').valid
    with n_threads(recipe.threads), learn.no_logging(), learn.no_bar():
        learn.fit_one_cycle(recipe.epochs, recipe.lr)
        loss, *values = learn.validate(dl=test)
    metrics = dict(valid_loss=loss, **dict(zip(learn.metrics.attrgot('name'), values)))
    return dict(method=method, seed=seed, status='ok', epochs=recipe.epochs, seconds=0., metrics=metrics)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--methods', nargs='+', default=METHODS)
    ap.add_argument('--seeds', nargs='+', type=int, default=range(5))
    ap.add_argument('--csv', help='table to write into')
    args = ap.parse_args()
    result = Comparison.from_rows([run(m, s) for m in args.methods for s in args.seeds])
    print(result.to_markdown(), result.differences_markdown(), sep='\n\n')
    if args.csv: add_rows(result.table.drop(columns='seconds'), args.csv)
