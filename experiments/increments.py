"""By how much each method raises or lowers the loss of the many- and few-shot classes, on the logits of one trained net.

    python experiments/increments.py digits OUT --csv nbs/results/increments.csv
    python experiments/increments.py cifar10-lt OUT --csv nbs/results/increments.csv     # two trainings, 10 minutes

Two nets are trained by the recipe of the data set, with cross-entropy and seed 0: a plain one, and one with a cosine
classifier for the methods that need it. Their logits for the test images are kept in OUT. The methods are those of the
committed table of results. Rows of other data sets stay. CIFAR-10 is found as `lpl_nb.images.find_data` says.
"""
import argparse, warnings
warnings.filterwarnings('ignore', category=FutureWarning)
from pathlib import Path
import pandas as pd, torch
from fastai.basics import noop
import lpl_nb.all
from lpl_nb.core import class_counts
from lpl_nb.metrics import shot_groups
from lpl_nb.portrait import method_increments, needs_cosine
from lpl_nb.recipes import RECIPES

RESULTS = Path(__file__).parent.parent/'nbs'/'results'

def test_logits(recipe, method, file):
    "Logits and labels of the test images under a net trained with `method`; kept in a file"
    if not file.exists():
        torch.set_num_threads(recipe.threads)
        learn = recipe.learner(method, seed=0)
        with learn.no_logging(): learn.fit_one_cycle(recipe.epochs, recipe.lr)
        logits, targets = learn.get_preds(act=noop)
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(dict(logits=logits.as_subclass(torch.Tensor).float(), targets=torch.as_tensor(targets)), file)
    saved = torch.load(file, weights_only=True)
    return saved['logits'].double(), saved['targets'].as_subclass(torch.Tensor)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('recipe', choices=['digits', 'cifar10-lt'])
    ap.add_argument('out', type=Path, help='folder for the logits')
    ap.add_argument('--csv', type=Path, help='table to write into')
    args = ap.parse_args()
    recipe = RECIPES[args.recipe]
    counts = class_counts(recipe.dls(valid='test'))
    nets = {head: test_logits(recipe, head, args.out/f'{args.recipe}-{head}.pth') for head in ('ce', 'cosine')}
    methods, rows = pd.read_csv(RESULTS/recipe.table).method.unique(), []
    for method in methods:
        logits, targets = nets['cosine' if needs_cosine(method, counts) else 'ce']
        increment = method_increments(method, logits, targets, counts)
        rows.append(dict(data=args.recipe, method=method, **{k: float(increment[c].mean()) for k, c in shot_groups(counts).items()}))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format='%.2f'))
    if args.csv:
        old = pd.read_csv(args.csv) if args.csv.exists() else table[:0]
        pd.concat([old[old.data != args.recipe], table]).to_csv(args.csv, index=False, float_format='%.4f')
